"""The 30 answers worked out by hand from the real figures (data/expected.csv) must stand in the warehouse."""

import calendar
import csv
import datetime as dt
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ANSWERS = list(csv.DictReader((Path(__file__).parent / "data/expected.csv").open(encoding="utf-8")))
# an answer is named by an indicator's code or other code, alone or followed by the code of its breakdown
FIGURE = """
    select m.numerator, m.denominator, m.value, m.reported_value, m.verdict, m.period_end, m.breakdown_by
    from mart_town_indicator as m
    left join seed.breakdown as b using (breakdown_by, breakdown)
    left join seed.indicator as i on m.indicator = i.code
    where m.town_name = $town and m.period_end between $first and $last
      and $name in (m.indicator, i.code_aliases, m.indicator || '_' || b.code, i.code_aliases || '_' || b.code)
"""


def span(period: str) -> tuple[dt.date, dt.date]:
    """Within which the figure's period must end: 2020-01..2020-10 and 2014-2019 end with their last part."""
    if period.endswith(" autumn"):
        return dt.date(int(period[:4]) + 1, 1, 31), dt.date(int(period[:4]) + 1, 1, 31)
    last = re.split(r"\.\.|(?<=\d{4})-(?=\d{4})", period)[-1]
    year, month = int(last[:4]), int(last[5:] or 0)
    return dt.date(year, month or 1, 1), dt.date(year, month or 12, calendar.monthrange(year, month or 12)[1])


def same(answer: str, figure, tolerance: float) -> bool:
    return figure is None if answer == "" else figure is not None and abs(float(answer) - float(figure)) <= tolerance


def printed_precision(answer: str) -> float:
    """Half a unit of the answer's last digit (573.82, 3284.6715), at least 1e-6."""
    return max(1e-6, 0.5 * 10.0 ** -len(answer.partition(".")[2])) if "." in answer else 1e-6


def test_all_thirty_are_there():
    assert len(ANSWERS) == 30


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: f"{a['unit']}-{a['indicator']}-{a['period']}")
def test_answer(warehouse, answer):
    first, last = span(answer["period"])
    rows = warehouse.execute(FIGURE, {"town": answer["unit"], "first": first, "last": last, "name": answer["indicator"]}).fetchall()
    # several breakdowns: the answer is the total's
    figures = rows if len(rows) == 1 else [r for r in rows if r[-1] == "total"]
    assert len(figures) == 1, rows
    numerator, denominator, value, reported, verdict, *_ = figures[0]
    assert same(answer["numerator"], numerator, 0), numerator
    assert same(answer["denominator"], denominator, 0), denominator
    assert same(answer["value"], value, printed_precision(answer["value"])), value
    assert same(answer["reported"], reported, 1e-12), reported
    assert verdict == answer["verdict"]


def test_wilson_limits_of_the_two_printed_proportions(warehouse):
    limits = dict(
        (name, (round(low, 6), round(high, 6)))
        for name, low, high in warehouse.execute(
            "select indicator, lower_95, upper_95 from mart_town_indicator where indicator in ('rectification_rate', 'project_start_rate')"
        ).fetchall()
    )
    assert limits == {"rectification_rate": (0.822841, 0.903206), "project_start_rate": (0.921823, 0.985183)}


def test_money_ratios_have_no_binomial_interval(warehouse):
    counted = warehouse.execute(
        "select count(*), count(lower_95), count(interval_method) from mart_town_indicator where kind = 'money_ratio'"
    )
    rows, limits, methods = counted.fetchone()
    assert rows > 10 and (limits, methods) == (0, 0)


@pytest.mark.parametrize(
    ("fact", "column", "indicator"),
    [
        ("fct_fund_execution", "issued_yuan", "fund_issued"),
        ("fct_fund_execution", "allocated_yuan", "fund_allocated"),
        ("fct_education_subsidy", "amount_yuan", "education_aid_amount"),
        ("fct_education_subsidy", "student_count", "students"),
        ("fct_poverty_exit", "exited_person_count", "exited_persons"),
    ],
)
def test_a_fact_adds_up_to_the_published_indicator(warehouse, fact, column, indicator):
    sums = warehouse.execute(
        f"select town_code, period_end, sum({column}) from {fact} group by all having sum({column}) is not null"
    ).fetchall()
    published = warehouse.execute(
        "select town_code, period_end, numerator from mart_town_indicator where indicator = ? and breakdown_by = 'total'", [indicator]
    ).fetchall()
    assert published and set(published) <= set(sums)


def test_known_contradictions_are_named_with_both_sides(warehouse):
    failed = warehouse.execute(
        "select town_name, identity, left_value, right_value, sentence from mart_identity_check where not passes order by all"
    ).fetchall()
    assert [(t, i, float(left), float(right)) for t, i, left, right, _ in failed] == [
        ("乙镇", "medical_balance", 28380000.0, 293800000.0),
        ("乙镇", "parts_make_total", 303.0, 313.0),
        ("甲乡", "part_within_whole", 67.0, 1741.0),
    ]
    assert all(sentence for *_, sentence in failed)
