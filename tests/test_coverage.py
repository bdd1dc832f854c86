"""What the intervals and the ranges of ranks promise, by simulation: drawn again and again, they hold what is true as often as they say."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from comparing import true_ranks
from test_statistics import EXACT, sql

TOWNS = 17
# what stood in the run that docs/comparison.md quotes is printed with -s
SIZES = np.array([12, 18, 25, 30, 35, 40, 50, 60, 75, 90, 110, 140, 180, 240, 320, 500, 900])


def held(frame: pd.DataFrame, lower: str, upper: str) -> float:
    """Share of the rows of `frame` whose limits hold `truth`."""
    with duckdb.connect() as connection:
        connection.register("drawn", frame)
        return connection.execute(f"select avg(cast(truth between {lower} and {upper} as integer)) from drawn").fetchone()[0]


def test_wilson_covers():
    chance = np.random.default_rng(1)
    truth, n = chance.uniform(0.02, 0.98, 60_000), chance.choice(SIZES, 60_000)
    frame = pd.DataFrame({"truth": truth, "x": chance.binomial(n, truth), "n": n})
    limits = [sql(f"wilson('{bound}', 'x', 'n', 1.959964)") for bound in ("lower", "upper")]
    covered = held(frame, *limits)
    print(f"Wilson {covered:.4f}")
    assert 0.93 <= covered <= 0.97
    by_size = [held(frame[frame.n == size], *limits) for size in SIZES]
    assert min(by_size) >= 0.93 and max(by_size) <= 0.97


def test_limits_of_counts_cover():
    chance = np.random.default_rng(2)
    for low, high, most in ((12, 200, 0.97), (1, 12, 1.0)):
        truth = chance.uniform(low, high, 40_000)
        frame = pd.DataFrame({"truth": truth, "x": chance.poisson(truth)})
        for n, name in enumerate(("lower", "upper")):
            frame[name] = frame.x.map({x: limits[n] for (x, level), limits in EXACT.items() if level == 0.95})
        covered = held(frame, *(sql(f"poisson_limit('{bound}', 'x', 1.959964, '{bound}')") for bound in ("lower", "upper")))
        print(f"counts of {low} to {high}: {covered:.4f}")
        # exact limits never cover less than they say, and more where there are few events
        assert 0.93 <= covered <= most and (low > 1 or covered >= 0.95)


def claims(chance: np.random.Generator, shape: tuple[int, int], rate: np.ndarray | float = 0.88) -> tuple[np.ndarray, np.ndarray]:
    """Paid and total of claims: many small ones, a few that are a hundred times larger and paid otherwise."""
    total = chance.lognormal(6.5, 1.2, shape)
    paid = np.clip(rate + np.where(total > 1500, -0.03, 0.02) + chance.normal(0, 0.08, shape), 0, 1) * total
    return paid, total


def projects(chance: np.random.Generator, shape: tuple[int, int], rate: np.ndarray | float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    """Spent and issued of projects: some not begun, some finished, the others on their way."""
    issued = chance.lognormal(12, 0.8, shape)
    share = np.where(chance.random(shape) < 0.25, 1.0, chance.beta(10 * rate, 10 * (1 - rate), shape))
    return np.where(chance.random(shape) < 0.08, 0.0, share) * issued, issued


def as_units(paid: np.ndarray, total: np.ndarray) -> pd.DataFrame:
    towns, units = np.indices(paid.shape)
    return pd.DataFrame(
        {
            "county_code": "c",
            "town_code": [f"{t}" for t in towns.ravel()],
            "unit_key": [f"u{n}" for n in units.ravel()],
            "numerator": paid.ravel().round(2),
            "denominator": total.ravel().round(2),
        }
    )


@pytest.mark.parametrize("draw", [claims, projects])
def test_resampled_intervals_cover(comparison, draw):
    chance = np.random.default_rng(3)
    population = draw(chance, (2_000, 2_000))
    truth = population[0].sum() / population[1].sum()
    covered = {}
    for size, towns in ((12, 500), (30, 500), (100, 400), (400, 300)):
        comparison.units(as_units(*draw(chance, (towns, size))))
        comparison.make("int_ratio_resampled")
        inside = f"abs(numerator_yuan / denominator_yuan - {truth}) <= margin_95"
        found = comparison.rows(f"select avg(cast({inside} as integer)), count(margin_95) from intermediate.int_ratio_resampled")
        covered[size], known = found[0]
        assert known == towns
    print(f"bootstrap, {draw.__name__}", {size: round(share, 3) for size, share in covered.items()})
    # 400 are drawn as 256 groups
    assert 0.93 <= np.mean(list(covered.values())) <= 0.97 and min(covered.values()) >= 0.91


def ranges(comparison, counties: int) -> tuple[np.ndarray, np.ndarray]:
    """Best and worst rank as mart_town_ranking has them, counties by towns."""
    comparison.make("int_town_compared", "mart_town_pair")
    found = comparison.rows(
        f"""select 1 + count(case when conclusion = 'worse' then 1 end), {TOWNS} - count(case when conclusion = 'better' then 1 end)
        from mart_town_pair group by county_code, town_code order by county_code, town_code"""
    )
    return tuple(np.array(found).reshape(counties, TOWNS, 2).transpose(2, 0, 1))


def check(name: str, truth: np.ndarray, best: np.ndarray, worst: np.ndarray) -> float:
    rank = true_ranks(truth)
    inside = (best <= rank) & (rank <= worst)
    width = float((worst - best + 1).mean())
    print(f"ranks, {name}: held {inside.mean():.4f}, least for any town {inside.mean(axis=0).min():.4f}, mean width {width:.1f} of {TOWNS}")
    assert inside.mean() >= 0.95 and inside.mean(axis=0).min() >= 0.95
    return width


def codes(counties: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat([f"{c:04}" for c in range(counties)], TOWNS), np.tile([f"{t:02}" for t in range(TOWNS)], counties)


@pytest.mark.parametrize(
    ("name", "centre", "apart"),
    [("near ties", 0.9, 0.001), ("some apart", 0.85, 0.05), ("far apart", 0.6, 0.3), ("near 100 %", 0.985, 0.01)],
)
@pytest.mark.parametrize("kind", ["proportion", "count_ratio"])
def test_rank_ranges_hold_the_true_rank(comparison, kind, name, centre, apart):
    chance, counties = np.random.default_rng(4), 600
    truth = np.clip(centre + apart * chance.uniform(-1, 1, (counties, TOWNS)), 0, 1)
    n = np.tile(SIZES, (counties, 1))
    x = chance.binomial(n, truth) if kind == "proportion" else chance.poisson(n * truth)
    county, town = codes(counties)
    comparison.indicators(
        pd.DataFrame({"c": county, "t": town, "k": kind, "x": x.ravel(), "n": n.ravel(), "v": (x / n).ravel(), "m": np.nan})
    )
    width = check(f"{kind}, {name}", truth, *ranges(comparison, counties))
    # the ranges are no empty promise: towns that are far apart are told apart
    assert name != "far apart" or width < 0.9 * TOWNS


def test_rank_ranges_of_money_ratios_hold_the_true_rank(comparison):
    chance, counties, size = np.random.default_rng(5), 60, 40
    county, town = codes(counties)
    rate = chance.uniform(0.55, 0.95, (counties * TOWNS, 1))
    paid, total = claims(chance, (counties * TOWNS, size), rate)
    # the truth of each town by a ledger a hundred times as long
    long_paid, long_total = claims(chance, (counties * TOWNS, 100 * size), rate)
    comparison.units(as_units(paid, total))
    comparison.make("int_ratio_resampled")
    margin = dict(comparison.rows("select cast(split_part(town_code, '-', 2) as integer), margin_95 from intermediate.int_ratio_resampled"))
    x, n = paid.sum(axis=1), total.sum(axis=1)
    comparison.indicators(
        pd.DataFrame(
            {"c": county, "t": town, "k": "money_ratio", "x": x, "n": n, "v": x / n, "m": [margin[i] for i in range(counties * TOWNS)]}
        )
    )
    truth = (long_paid.sum(axis=1) / long_total.sum(axis=1)).reshape(counties, TOWNS)
    assert check("money_ratio", truth, *ranges(comparison, counties)) < 0.9 * TOWNS
