"""Macros that are formulas, against figures worked out apart from the code."""

from pathlib import Path

import duckdb
import jinja2
import pytest

MACROS = (Path(__file__).resolve().parents[1] / "macros/rules.sql").read_text(encoding="utf-8")


def evaluate(call: str):
    template = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(MACROS + "{{ " + call + " }}")
    return duckdb.sql("select " + template.render()).fetchone()[0]


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


@pytest.mark.parametrize(("x", "n"), [("null", 5), (1, "null"), (6, 5), (-1, 5), (0, 0)])
def test_wilson_is_unknown_where_it_has_no_meaning(x, n):
    assert evaluate(f"wilson('lower', '{x}', '{n}', 1.96)") is None


@pytest.mark.parametrize(("numerator", "denominator", "value"), [(1, 4, 0.25), (1, 0, None), (0, 0, None), ("null", 4, None), (0, 4, 0.0)])
def test_ratio_is_unknown_over_zero(numerator, denominator, value):
    assert evaluate(f"ratio('{numerator}', '{denominator}')") == value
