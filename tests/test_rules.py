"""Macros that are formulas, against figures worked out apart from the code."""

from pathlib import Path

import duckdb
import jinja2
import pytest

MACROS = (Path(__file__).resolve().parents[1] / "macros/rules.sql").read_text(encoding="utf-8")


def evaluate(call: str):
    template = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(MACROS + "{{ " + call + " }}")
    return duckdb.sql("select " + template.render()).fetchone()[0]


@pytest.mark.parametrize(("numerator", "denominator", "value"), [(1, 4, 0.25), (1, 0, None), (0, 0, None), ("null", 4, None), (0, 4, 0.0)])
def test_ratio_is_unknown_over_zero(numerator, denominator, value):
    assert evaluate(f"ratio('{numerator}', '{denominator}')") == value


@pytest.mark.parametrize(
    ("value", "better", "is_strict", "reached"),
    [
        (0.0199, "low", True, True),
        (0.02, "low", True, False),
        (0.02, "low", False, True),
        (0.0201, "low", False, False),
        (0.0199, "high", False, False),
        (0.02, "high", True, False),
        (0.0201, "high", True, True),
        ("null", "high", True, None),
    ],
)
def test_a_threshold_is_reached_at_itself_only_where_it_is_not_strict(value, better, is_strict, reached):
    assert evaluate(f"reaches('{value}', 0.02, \"'{better}'\", '{is_strict}')") is reached
