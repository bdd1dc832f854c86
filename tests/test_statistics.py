"""The macros of macros/statistics.sql against published figures, against scipy over a grid, and the models against numpy."""

import csv
import hashlib

import duckdb
import jinja2
import numpy as np
import pytest
from conftest import PROJECT
from scipy import stats

MACROS = "".join((PROJECT / f"macros/{name}.sql").read_text(encoding="utf-8") for name in ("rules", "statistics"))
EXACT = {
    (int(r["event_count"]), float(r["confidence"])): (float(r["lower"]), float(r["upper"]))
    for r in csv.DictReader((PROJECT / "seeds/reference/exact_poisson_limit.csv").open(encoding="utf-8"))
}
LEVELS = {0.95: 1.959963984540054, 0.998: 3.090232306167813}


def sql(call: str) -> str:
    return jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(MACROS + "{{ " + call + " }}").render().strip()


def evaluate(call: str):
    return duckdb.sql("select " + sql(call)).fetchone()[0]


def over(grid: list[tuple], *calls: str) -> np.ndarray:
    """Each call on each row of the grid, whose columns are a, b and c; unknown is nan."""
    with duckdb.connect() as connection:
        connection.execute("create table grid (n integer, a double, b double, c double)")
        rows = [(n, *row, *[None] * (3 - len(row))) for n, row in enumerate(grid)]
        connection.executemany("insert into grid values (?, ?, ?, ?)", rows)
        found = connection.execute(f"select {', '.join(sql(c) for c in calls)} from grid order by n").fetchall()
    return np.array(found, dtype=float)


@pytest.mark.parametrize(
    ("x", "n", "lower", "upper"),
    [
        (237, 273, 0.822841, 0.903206),
        (140, 145, 0.921823, 0.985183),
        (0, 20, 0.0, 0.161125),
        (20, 20, 0.838875, 1.0),
        (1482, 1973, 0.731587, 0.769718),
    ],
)
def test_wilson_score_interval(x, n, lower, upper):
    assert evaluate(f"wilson('lower', {x}, {n}, 1.959964)") == pytest.approx(lower, abs=5e-7)
    assert evaluate(f"wilson('upper', {x}, {n}, 1.959964)") == pytest.approx(upper, abs=5e-7)


@pytest.mark.parametrize(("x", "n", "z"), [("null", 5, 2), (1, "null", 2), (6, 5, 2), (-1, 5, 2), (0, 0, 2), (1, 5, "null")])
def test_wilson_is_unknown_where_it_has_no_meaning(x, n, z):
    assert evaluate(f"wilson('lower', '{x}', '{n}', '{z}')") is None
    assert evaluate(f"wilson('upper', '{x}', '{n}', '{z}')") is None


def test_wilson_agrees_with_scipy():
    grid = [(x, n, z) for n in (1, 2, 5, 17, 100, 999) for x in sorted({0, 1, n // 3, n // 2, n - 1, n}) for z in LEVELS.values()]
    levels = {z: level for level, z in LEVELS.items()}
    wanted = []
    for x, n, z in grid:
        limits = stats.binomtest(x, n).proportion_ci(levels[z], method="wilson")
        wanted.append((limits.low, limits.high))
    assert np.abs(over(grid, "wilson('lower', 'a', 'b', 'c')", "wilson('upper', 'a', 'b', 'c')") - wanted).max() < 1e-9


@pytest.mark.parametrize(("x", "lower", "upper"), [(10, 4.7874, 18.3915), (65, 50.1632, 82.8491), (100, 81.3621, 121.6279)])
def test_byars_limits(x, lower, upper):
    assert evaluate(f"poisson_limit('lower', {x}, 1.959964, 'null')") == pytest.approx(lower, abs=5e-5)
    assert evaluate(f"poisson_limit('upper', {x}, 1.959964, 'null')") == pytest.approx(upper, abs=5e-5)


@pytest.mark.parametrize(("x", "z"), [("null", 2), (-1, 2), (12, "null")])
def test_byar_is_unknown_where_it_has_no_meaning(x, z):
    assert evaluate(f"byar('lower', '{x}', '{z}')") is None and evaluate(f"byar('upper', '{x}', '{z}')") is None


def test_exact_limits_are_those_of_scipy():
    assert EXACT.keys() == {(x, level) for x in range(10) for level in LEVELS}
    for (x, level), limits in EXACT.items():
        tail = (1 - level) / 2
        wanted = (stats.chi2.ppf(tail, 2 * x) / 2 if x else 0, stats.chi2.ppf(1 - tail, 2 * x + 2) / 2)
        assert limits == pytest.approx(wanted, abs=1e-9)


def test_limits_of_counts_agree_with_scipy():
    for level, z in LEVELS.items():
        grid = [(x, *EXACT.get((x, level), (None, None))) for x in (*range(30), 65, 100, 4_000)]
        found = over(grid, f"poisson_limit('lower', 'a', {z}, 'b')", f"poisson_limit('upper', 'a', {z}, 'c')")
        for (x, *_), (lower, upper) in zip(grid, found, strict=True):
            tail, c = (1 - level) / 2, x + 1
            if x < 10:
                wanted = (stats.chi2.ppf(tail, 2 * x) / 2 if x else 0, stats.chi2.ppf(1 - tail, 2 * c) / 2)
            else:
                wanted = (x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3, c * (1 - 1 / (9 * c) + z / (3 * np.sqrt(c))) ** 3)
                exact = stats.chi2.ppf([tail, 1 - tail], [2 * x, 2 * c]) / 2
                assert wanted == pytest.approx(exact, rel=0.002 if level == 0.95 else 0.02)
            assert (lower, upper) == pytest.approx(wanted, abs=1e-9, rel=1e-12)


def test_normal_quantiles_agree_with_scipy():
    tails = [0.025 / m for m in (*range(1, 61), 1_000, 100_000)] + [0.0749, 0.05, 1e-10]
    found = over([(t,) for t in tails], "upper_normal_quantile('a')")[:, 0]
    assert np.abs(found - stats.norm.isf(tails)).max() < 1e-9
    assert np.isnan(over([(0.075,), (0.5,), (0.0,), (1e-12,), (None,)], "upper_normal_quantile('a')")).all()


@pytest.mark.parametrize(
    ("first", "second", "limits"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
    ],
)
def test_newcombes_hybrid_score_interval(first, second, limits):
    """The worked examples of Newcombe 1998, method 10."""
    parts = [
        part
        for x, n in (first, second)
        for part in (f"({x} / {n}e0)", *(sql(f"wilson('{b}', {x}, {n}, 1.959964)") for b in ("lower", "upper")))
    ]
    calls = [f"difference_limit('{bound}', {', '.join(map(repr, parts))})" for bound in ("lower", "upper")]
    assert [evaluate(call) for call in calls] == pytest.approx(limits, abs=5e-5)


@pytest.mark.parametrize(("bound", "limit"), [("lower", 0.8412), ("upper", 0.9588)])
def test_funnel_limits_of_a_proportion(bound, limit):
    variance = sql("chance_variance(\"'proportion'\", '0.9e0', '100', 'null', 'null')")
    assert evaluate(f"funnel_limit('{bound}', '0.9e0', {variance!r}, 1.959964, 1, 1)") == pytest.approx(limit, abs=5e-5)
    widened = evaluate(f"funnel_limit('{bound}', '0.9e0', {variance!r}, 1.959964, 4, 1)")
    assert widened == pytest.approx(min(1, 0.9 + 2 * (limit - 0.9)), abs=2e-4)
    assert evaluate(f"funnel_limit('{bound}', '0.9e0', 'null', 1.959964, 1, 1)") is None


def test_weights_are_poisson():
    weight = sql("poisson_weight('digits')")
    with duckdb.connect() as connection:
        connection.execute("create table d as select printf('%04x', n) as digits from range(65536) as r(n)")
        drawn = dict(connection.execute(f"select {weight}, count(*) / 65536 from d group by 1").fetchall())
    assert sorted(drawn) == list(range(8))
    assert max(abs(drawn[k] - stats.poisson.pmf(k, 1)) for k in drawn) < 1e-4


@pytest.mark.parametrize(
    ("value", "full_at", "zero_at", "better", "share"),
    [
        (0.92, 0.92, 0.8, "high", 1),
        (0.95, 0.92, 0.8, "high", 1),
        (0.8, 0.92, 0.8, "high", 0),
        (0.1, 0.92, 0.8, "high", 0),
        (0.83, 0.92, 0.8, "high", 0.25),
        (0.005, 0, 0.02, "low", 0.75),
        (1, 1, 1, "high", 1),
        (0.999, 1, 1, "high", 0),
        (0, 0, 0, "low", 1),
        (1, 0, 0, "low", 0),
        ("null", 1, 0, "high", None),
    ],
)
def test_points_are_piecewise_linear(value, full_at, zero_at, better, share):
    assert evaluate(f"score_share('{value}', {full_at}, {zero_at}, \"'{better}'\")") == (share if share is None else pytest.approx(share))


def test_the_spread_agrees_with_numpy(comparison):
    chance = np.random.default_rng(5)
    towns = [(f"{p}", f"{t:02}", int(chance.binomial(n, q)), n) for p in range(4) for t in range(17) for n, q in [towns_of(chance, p)]]
    comparison.indicators([(p, t, "proportion", x, n, x / n, None) for p, t, x, n in towns])
    comparison.make("int_town_compared", "int_indicator_spread", "int_town_rank")
    for period in range(4):
        x, n = np.array([(x, n) for p, _, x, n in towns if p == str(period)], dtype=float).T
        found = comparison.rows(
            "select value, pooled_value, z_score, phi, is_overdispersed, empirical_bayes_value, funnel_lower_95, funnel_upper_998"
            f" from intermediate.int_town_rank where county_code = '{period}' order by town_code"
        )
        p, m = x / n, x.sum() / n.sum()
        z = (p - m) / np.sqrt(m * (1 - m) / n)
        phi = np.mean(np.clip(z, *np.quantile(z, [0.1, 0.9])) ** 2)
        between = max(0, (n * (p - m) ** 2).sum() / n.sum() - m * (1 - m) / n.mean())
        bayes = m + between / (between + m * (1 - m) / n) * (p - m)
        scale = np.sqrt(max(1, phi) * m * (1 - m) / n) if 17 * phi > 16 else np.sqrt(m * (1 - m) / n)
        limits = (np.maximum(0, m - LEVELS[0.95] * scale), np.minimum(1, m + LEVELS[0.998] * scale))
        wanted = np.column_stack([p, np.full(17, m), z, np.full(17, phi), np.full(17, 17 * phi > 16), bayes, *limits])
        assert np.abs(np.array(found, dtype=float) - wanted).max() < 1e-9
    assert {flag for (flag,) in comparison.rows("select distinct is_overdispersed from intermediate.int_indicator_spread")} == {True, False}


def towns_of(chance: np.random.Generator, period: int) -> tuple[int, float]:
    """Size and true rate: alike in the first periods, apart in the later ones."""
    return int(chance.integers(20, 800)), 0.85 if period < 2 else float(chance.uniform(0.6, 0.95))


def resampled_in_python(units: list[tuple[str, float, float]], town: str) -> float:
    """Half the interval of one town's money ratio, from the words of the macro: digests, Poisson weights, |t|."""
    steps = np.round(stats.poisson.cdf(range(7), 1) * 65536)
    y, x = np.array([(y, x) for _, y, x in units]).T

    def ratio(weight: np.ndarray) -> tuple[float, float]:
        r = (weight * y).sum() / (weight * x).sum()
        return r, np.sqrt((weight * (y - r * x) ** 2).sum()) / (weight * x).sum()

    value, error = ratio(np.ones(len(units)))
    studied = []
    for block in range(25):
        digests = [hashlib.md5(f"{town}/{unit}/{block}".encode()).hexdigest() for unit, *_ in units]
        for part in range(8):
            drawn = [int(d[4 * part : 4 * part + 4], 16) for d in digests]
            r, e = ratio(np.searchsorted(steps, drawn, side="right"))
            studied.append(abs(r - value) / e)
    return float(np.quantile(studied, 0.95) * error)


def test_resampling_is_the_same_in_any_order_and_engine(comparison):
    chance = np.random.default_rng(6)
    units = [
        (f"P{n}", float(round(x * r, 2)), float(round(x, 2)))
        for n, (x, r) in enumerate(zip(chance.lognormal(8, 1, 40), chance.beta(4, 1, 40), strict=True))
    ]
    margins = set()
    for threads, rows in ((1, units), (4, units[::-1])):
        comparison.units([("1", "a", *u) for u in rows])
        comparison.connection.execute(f"set threads = {threads}")
        comparison.make("int_ratio_resampled")
        margins |= set(comparison.rows("select unit_count, margin_95 from intermediate.int_ratio_resampled"))
    assert len(margins) == 1
    count, margin = margins.pop()
    assert count == 40 and margin == pytest.approx(resampled_in_python(units, "a"), abs=1e-9)


@pytest.mark.parametrize(
    ("units", "known"),
    [
        ([(50, 100)] * 5 + [(60, 100)] * 5, True),
        ([(50, 100)] * 4 + [(60, 100)] * 5, False),
        ([(50, 100)] * 12, False),
        ([(0, 0)] * 12, None),
        ([(50, 100)] * 11 + [(None, 100)], None),
        ([(50, 100)] * 11 + [(2e14, 1e15)], False),
        ([(50, 100)] * 11 + [(-50, 100)], True),
    ],
    ids=["ten projects", "nine", "all alike", "nothing issued", "one unknown", "one that is all", "one paid back"],
)
def test_few_or_equal_or_unknown_projects_have_no_interval(comparison, units, known):
    comparison.units([("1", "a", f"P{n}", y, x) for n, (y, x) in enumerate(units)])
    comparison.make("int_ratio_resampled")
    found = comparison.rows("select margin_95 is not null from intermediate.int_ratio_resampled")
    assert found == ([] if known is None else [(known,)])


def test_no_statistic_is_written_out_in_a_model():
    # a z score and the error of one resample are the two that no other model needs
    rooted = {p.name for p in (PROJECT / "models").rglob("*.sql") if "sqrt(" in p.read_text(encoding="utf-8")}
    assert rooted == {"int_ratio_resampled.sql", "int_town_compared.sql"}
