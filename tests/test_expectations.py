"""Expectations over a table that is read in parts say what they say over the whole; a build takes no more memory than it may."""

import json
import subprocess
import sys

import duckdb
import pandas as pd
import pytest

from zhenshu import expectations
from zhenshu.dbt_plugin import Plugin


def suite(folder, *wanted: tuple[str, dict]) -> None:
    listed = [{"type": kind, "kwargs": kwargs, "severity": "warning", "notes": str(n)} for n, (kind, kwargs) in enumerate(wanted)]
    folder.mkdir()
    (folder / "s.json").write_text(json.dumps({"name": "s", "meta": {"table": "t"}, "expectations": listed}), encoding="utf-8")


@pytest.mark.slow
def test_in_parts_as_in_one(tmp_path, monkeypatch):
    monkeypatch.setattr(expectations, "VECTORS", 1)
    suite(
        tmp_path / "suites",
        ("expect_column_values_to_not_be_null", {"column": "a"}),
        ("expect_column_values_to_be_between", {"column": "n", "max_value": 4000}),
        ("expect_column_values_to_be_between", {"column": "n", "min_value": 0}),
        ("expect_column_values_to_be_between", {"column": "n", "max_value": 4000, "mostly": 0.5}),
        ("expect_column_values_to_be_in_set", {"column": "a", "value_set": ["x"]}),
        ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "n", "column_B": "m", "or_equal": True}),
        # the two rows that share a key stand far apart
        ("expect_compound_columns_to_be_unique", {"column_list": ["k", "a"]}),
        ("expect_column_values_to_not_be_null", {"column": "absent"}),
    )
    table = duckdb.sql(
        "select i as n, i - case when i = 4999 then -1 else 1 end as m, case when i % 2000 = 7 then null else 'x' end as a, i % 4998 as k"
        " from range(5000) as r(i)"
    )
    table.create_view("t")
    parts = expectations.run([tmp_path / "suites"], lambda name: table).astype({"unexpected_count": "Int64"})
    whole = expectations.run([tmp_path / "suites"], lambda name: table.df()).astype({"unexpected_count": "Int64"})
    assert list(parts["success"]) == [False, False, True, True, True, False, False, False]
    assert list(parts["unexpected_count"][:7]) == [3, 999, 0, 999, 0, 1, 4]
    assert "absent" in parts["examples"][7]
    # pandas holds a column of blanks and numbers otherwise in parts; nothing of this table is such
    pd.testing.assert_frame_equal(parts.drop(columns="examples"), whole.drop(columns="examples"))
    # the examples do not depend on the order in which an engine happens to give the rows
    shuffled = expectations.run([tmp_path / "suites"], lambda name: duckdb.sql("from t order by hash(n)", alias="s"))
    pd.testing.assert_frame_equal(parts, shuffled.astype({"unexpected_count": "Int64"}))


def test_a_main_module_without_a_file_ends_no_process():
    """PySpark, which Great Expectations imports, would take it for its doctests."""
    code = "import zhenshu\ntry: import pyspark.sql.connect\nexcept ImportError: pass\nprint('still here')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "still here" in done.stdout, done.stderr


@pytest.mark.parametrize(("given", "kept"), [("900MiB", "900.0 MiB"), ("12GiB", "5.0 GiB"), ("3GiB", "3.0 GiB")])
def test_memory_is_bounded_and_never_raised(given, kept):
    with duckdb.connect(config={"memory_limit": given}) as connection:
        Plugin.configure_connection(None, connection)
        assert connection.execute("select current_setting('memory_limit')").fetchone() == (kept,)
