"""Seeds through DuckDB's own reader behave as dbt's users expect: types, quoting, delimiters, documents, tests, selection, errors."""

import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT

pytestmark = pytest.mark.slow
SEEDS = {
    "typed": "code,long_code,day,amount,ok,note\n010203,1234567890123,2020-02-29,0.10,true,甲\n000001,9999999999999,2020-03-01,,false,\n",
    "by_config": "code,amount\n007,1.10\n",
    "quoted": '"order","户 主",note\n1,"王＊","a ""quoted"" word, a comma\nand a line"\n2,"O\'Neil",=1+1\n',
    "semicolons": "code;note\n01;a,b\n02;c\n",
    "tabbed": "code\tnote\n01\ta b\n",
    "guessed": "whole,day,word\n1,2020-01-31,x\n2,2020-02-29,y\n",
    "empty": "code,note\n",
}
PROPERTIES = {
    "version": 2,
    "seeds": [
        {
            "name": "typed",
            "description": "It's “typed”; a row a code.",
            "config": {"persist_docs": {"relation": True, "columns": True}},
            "columns": [
                {"name": "code", "data_type": "varchar", "description": "代码（'010203'）", "data_tests": ["unique", "not_null"]},
                {"name": "long_code", "data_type": "bigint"},
                {"name": "day", "data_type": "date"},
                {"name": "amount", "data_type": "decimal(18, 2)", "data_tests": [{"not_null": {"config": {"severity": "warn"}}}]},
                {"name": "ok", "data_type": "boolean"},
                {"name": "note", "data_type": "varchar"},
            ],
        },
        {"name": "by_config", "config": {"column_types": {"code": "varchar(8)", "amount": "decimal(9, 4)"}}},
        {
            "name": "quoted",
            "config": {"quote_columns": True, "column_types": {"order": "integer", "户 主": "varchar", "note": "varchar"}},
        },
        {"name": "semicolons", "config": {"delimiter": ";", "column_types": {"code": "varchar", "note": "varchar"}}},
        {"name": "tabbed", "config": {"delimiter": "\t", "column_types": {"code": "varchar", "note": "varchar"}}},
        {"name": "empty", "config": {"column_types": {"code": "varchar", "note": "varchar"}}},
    ],
}


def dbt(project: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [str(Path(sys.executable).parent / "dbt"), *arguments, "--project-dir", str(project), "--profiles-dir", str(project)]
    environment = os.environ | {"ZHENSHU_DATA": str(project), "PYTHONUTF8": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


def rows(project: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(project / "seeds.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project of seeds and our materialization alone, loaded by `dbt build`; one table was a view before."""
    folder = tmp_path_factory.mktemp("seeds")
    (folder / "seeds").mkdir()
    (folder / "macros").mkdir()
    for name in ("seed.sql", "seed_engines.sql", "portable.sql"):
        (folder / "macros" / name).write_bytes((PROJECT / "macros" / name).read_bytes())
    (folder / "dbt_project.yml").write_text("name: seeds\nprofile: seeds\nflags: {send_anonymous_usage_stats: false}\n")
    target = f"{{type: duckdb, path: '{folder}/seeds.duckdb', threads: 1}}"
    (folder / "profiles.yml").write_text(f"seeds: {{target: duckdb, outputs: {{duckdb: {target}}}}}\n")
    (folder / "seeds/seeds.yml").write_text(json.dumps(PROPERTIES, ensure_ascii=False), encoding="utf-8")
    for name, text in SEEDS.items():
        (folder / f"seeds/{name}.csv").write_text(text, encoding="utf-8", newline="")
    with duckdb.connect(str(folder / "seeds.duckdb")) as before:
        before.execute("create view guessed as select 1 as whole")
    done = dbt(folder, "build")
    assert done.returncode == 0, done.stdout
    assert "PASS=9 WARN=1" in done.stdout, done.stdout
    return folder


def test_declared_types_hold_and_a_blank_is_null(project):
    assert rows(project, "select code, long_code, day, amount, ok, note from typed") == [
        ("010203", 1234567890123, dt.date(2020, 2, 29), Decimal("0.10"), True, "甲"),
        ("000001", 9999999999999, dt.date(2020, 3, 1), None, False, None),
    ]
    assert rows(project, "select code, amount, typeof(amount) from by_config") == [("007", Decimal("1.1000"), "DECIMAL(9,4)")]


def test_quotes_commas_and_line_ends_inside_a_field_are_kept(project):
    assert rows(project, 'select "order", "户 主", note from quoted') == [
        (1, "王＊", 'a "quoted" word, a comma\nand a line'),
        (2, "O'Neil", "=1+1"),
    ]


def test_delimiters(project):
    assert rows(project, "from semicolons") == [("01", "a,b"), ("02", "c")]
    assert rows(project, "from tabbed") == [("01", "a b")]


def test_without_declared_types_they_are_guessed_and_a_view_makes_way(project):
    assert rows(project, "from guessed") == [(1, dt.date(2020, 1, 31), "x"), (2, dt.date(2020, 2, 29), "y")]


def test_a_file_of_a_header_alone_is_an_empty_table(project):
    assert rows(project, "select count(*) from empty") == [(0,)]


def test_documents_are_in_the_database(project):
    assert rows(project, "select comment from duckdb_tables() where table_name = 'typed'") == [("It's “typed”; a row a code.",)]
    comment = "select comment from duckdb_columns() where table_name = 'typed' and column_name = 'code'"
    assert rows(project, comment) == [("代码（'010203'）",)]


def test_select_loads_one_seed_with_its_tests_and_a_failing_test_fails(project):
    other, path = project / "seeds/by_config.csv", project / "seeds/typed.csv"
    kept = path.read_bytes()
    path.write_text(SEEDS["typed"] + "010203,1,2020-03-01,1,true,\n", encoding="utf-8")
    other.write_text("code,amount\n008,2\n", encoding="utf-8")
    try:
        done = dbt(project, "build", "--select", "typed")
    finally:
        path.write_bytes(kept)
        other.write_text(SEEDS["by_config"], encoding="utf-8")
    assert done.returncode == 1 and "unique_typed_code" in done.stdout and "by_config" not in done.stdout, done.stdout
    assert rows(project, "select count(*) from typed") == [(3,)]
    assert rows(project, "select code from by_config") == [("007",)]


@pytest.mark.parametrize("full", [[], ["--full-refresh"]])
def test_a_changed_file_replaces_the_table_with_and_without_full_refresh(project, full):
    path = project / "seeds/semicolons.csv"
    path.write_text(f"note;code\nmoved{len(full)};09\n", encoding="utf-8")
    done = dbt(project, "seed", "--select", "semicolons", *full)
    assert done.returncode == 0, done.stdout
    assert rows(project, "select code, note from semicolons") == [("09", f"moved{len(full)}")]


def failing(project: Path, name: str, text: str) -> str:
    path = project / f"seeds/{name}.csv"
    kept, before = path.read_bytes(), rows(project, f"from {name}")
    path.write_text(text, encoding="utf-8", newline="")
    try:
        done = dbt(project, "seed", "--select", name)
    finally:
        path.write_bytes(kept)
    assert done.returncode == 1, done.stdout
    assert rows(project, f"from {name}") == before
    return done.stdout


def test_a_value_that_is_not_of_its_type_is_named_by_file_line_and_column(project):
    said = failing(project, "typed", SEEDS["typed"] + "3,4,2020-03-01,about ten,true,\n")
    for part in ("typed.csv", "Line: 4", '"amount"', "about ten", "decimal"):
        assert part.lower() in said.lower(), said


def test_a_row_with_a_field_too_many_is_named_by_file_and_line(project):
    said = failing(project, "by_config", "code,amount\n007,1\n008,2,3\n")
    assert "by_config.csv" in said and "Line: 3" in said and "008,2,3" in said, said


def test_columns_missing_and_not_declared_are_named(project):
    said = failing(project, "by_config", "code,sum\n007,1\n")
    assert "by_config.csv" in said and "columns missing: amount" in said and "not declared: sum" in said, said
