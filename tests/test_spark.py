"""Spark beside DuckDB: the same rows in every published table, a build by period equal to a full one, and what goes wrong is said."""

import csv
import dataclasses
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from conftest import PROJECT, zhenshu
from same_rows import differences, same

from zhenshu import cli, county, spark
from zhenshu.unchanged import Saying, Steps
from zhenshu.versions import WAREHOUSE

pytestmark = [pytest.mark.slow, pytest.mark.spark]
NO_TESTS = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
CORRECTED_DAY = "2020-02-29"


@pytest.fixture(scope="module")
def engine() -> None:
    try:
        spark.check_engine()
    except spark.SparkError as why:
        pytest.fail(str(why)) if os.environ.get("CI") == "true" else pytest.skip(str(why))


def on_duckdb(data: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [str(Path(sys.executable).parent / "dbt"), "--quiet", "build", *NO_TESTS, *arguments]
    own = ["--target-path", str(data / "target"), "--log-path", str(data / "logs")]
    environment = os.environ | {"ZHENSHU_DATA": str(data)}
    return subprocess.run([*command, *own], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def on_spark(data: Path, *arguments: str) -> bool:
    """A build and its validation in this process, which keeps one session for all tests; tests are dbt's on the models behind it."""
    return dbt_on_spark(data, [*NO_TESTS, *arguments]) and spark.validate(data, lambda selection: dbt_on_spark(data, selection))


def dbt_on_spark(data: Path, selection: list[str]) -> bool:
    return cli._dbt_build(data, Steps(data), Saying(), "spark", selection)


@pytest.fixture(scope="module")
def counties(engine, tmp_path_factory) -> tuple[Path, Path]:
    """The practice county of 300 households and 60 slips, built on DuckDB and on Spark."""
    ours, theirs = (tmp_path_factory.mktemp("engines") / name for name in ("duckdb", "spark"))
    size = ("--towns", "4", "--households", "300", "--months", "3", "--slips", "60")
    assert zhenshu("sample", str(ours), *size, data=ours.parent).returncode == 0
    zhenshu("intake", data=ours)
    shutil.copytree(ours / "seeds", theirs / "seeds")
    done = on_duckdb(ours)
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        # tables of some hundred rows are done before code for them is generated
        for name, value in {"ZHENSHU_SPARK_CODEGEN": "false", "ZHENSHU_DATA": str(theirs), "ZHENSHU_SPARK_MEMORY": "1g"}.items():
            patch.setenv(name, value)
        assert on_spark(theirs)
        yield ours, theirs
        spark.session(theirs).stop()


def test_every_published_table_and_seed_has_the_same_rows(counties):
    ours, theirs = (data / WAREHOUSE for data in counties)
    found = differences(ours, theirs, ("main", "seed"))
    assert not found, "\n".join(found)
    with duckdb.connect(str(theirs), read_only=True) as warehouse:
        tables = [t for (t,) in warehouse.execute("select table_name from duckdb_tables() where schema_name = 'main'").fetchall()]
        counts = {t: warehouse.execute(f"select count(*) from {t}").fetchone()[0] for t in tables}
    empty = {t for t, n in counts.items() if not n}
    # a county sends survey results, and corrected versions, only now and then
    assert len(counts) >= 24 and empty <= {"mart_county_exit", "mart_figure_revision"}, empty


def test_pages_get_the_same_county_from_both(counties):
    ours, theirs = (county.load(data) for data in counties)
    assert not ours.broken and not theirs.broken
    for field in dataclasses.fields(county.County):
        one, other = getattr(ours, field.name), getattr(theirs, field.name)
        if isinstance(one, list):
            assert len(one) == len(other), field.name
            unequal = [(a, b) for a, b in zip(one, other, strict=True) if not all(map(same, a.values(), b.values()))]
            assert not unequal, (field.name, unequal[0])
        else:
            assert one == other, field.name


def test_a_build_since_a_corrected_month_equals_a_full_one_on_both_engines(counties, tmp_path):
    ours, theirs = counties
    since, before = ("--vars", f"{{since: {CORRECTED_DAY}}}"), _partitions(theirs)
    for data in counties:
        _correct_late(data, "98765.43")
    done = on_duckdb(ours, *since)
    assert done.returncode == 0, done.stdout
    by_period = [shutil.copyfile(ours / WAREHOUSE, tmp_path / "duckdb.duckdb")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENSHU_DATA", str(theirs))
        assert on_spark(theirs, *since)
        after = _partitions(theirs)
        by_period.append(shutil.copyfile(theirs / WAREHOUSE, tmp_path / "spark.duckdb"))
        assert on_spark(theirs)
    assert before.keys() == after.keys() and len(before) == 3
    assert all((before[day] == after[day]) == (day < f"period_end={CORRECTED_DAY}") for day in before), (before, after)
    # one more change in February, and only March is to be built
    _correct_late(ours, "98765.44")
    refused = on_duckdb(ours, "--vars", "{since: 2020-03-31}", "--select", "+int_period_built")
    assert refused.returncode != 0 and f"correction of {CORRECTED_DAY}" in refused.stdout
    # what was refused may be of two states: only a full build goes on from there
    stopped = on_duckdb(ours, *since)
    assert stopped.returncode != 0 and "did not come to its end" in stopped.stdout + stopped.stderr
    _correct_late(ours, "98765.43")
    assert on_duckdb(ours).returncode == 0
    for made in (*by_period, theirs / WAREHOUSE):
        assert not (found := differences(ours / WAREHOUSE, made, ("main", "seed"))), "\n".join(found)


def _partitions(data: Path) -> dict[str, set[str]]:
    """Partition of the ledger of projects -> its files."""
    folder = data / "warehouse/spark/tables/intermediate/int_fund_project"
    return {part.name: {f.name for f in part.glob("*.parquet")} for part in folder.glob("period_end=*")}


def _correct_late(data: Path, cost: str) -> None:
    """A correction of a claim of February, and its township's problems of March withdrawn."""
    seeds = data / "seeds/township"
    with (seeds / "medical_claim.csv").open(encoding="utf-8", newline="") as file:
        claim = next(r for r in csv.DictReader(file) if r["period_end"] == CORRECTED_DAY and r["total_cost"] and r["row_kind"] == "detail")
    place = [claim[name] for name in ("source_file", "source_sheet", "source_row", "source_column")]
    written = ["medical_claim", *place, "total_cost", claim["total_cost"], cost, "笔误", "2020-04-10"]
    head = (PROJECT / "seeds/reference/correction.csv").read_text(encoding="utf-8").splitlines()[0]
    with (data / "seeds/reference/correction.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(head + "\n")
        csv.writer(file, lineterminator="\n").writerow(written)
    lines = (seeds / "rectification.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{claim['town_code']},") or ",2020-03-31,detail," not in line]
    (seeds / "rectification.csv").write_text("".join(kept), encoding="utf-8")


def test_seeds_of_parquet_are_read_by_both_and_their_types_checked(counties):
    ours, theirs = counties
    kept = {data: _seed(data, "household") for data in counties}
    for data in counties:
        file = data / "seeds/township/household.csv"
        with duckdb.connect(str(ours / WAREHOUSE), read_only=True) as warehouse:
            warehouse.execute(f"copy (from seed.household) to '{file.with_suffix('.parquet')}'")
        file.rename(file.with_suffix(".kept"))
    assert on_duckdb(ours, "--select", "household").returncode == 0
    assert dbt_on_spark(theirs, ["--select", "household"])
    assert {data: _seed(data, "household") for data in counties} == kept
    for data in counties:
        with duckdb.connect() as memory:
            file = data / "seeds/township/household.parquet"
            memory.execute(f"create table t as select * replace (cast(members as varchar) as members) from '{file}'")
            memory.execute(f"copy t to '{file}'")
    done = on_duckdb(ours, "--select", "household")
    assert done.returncode != 0 and "members is varchar, not bigint" in done.stdout
    assert not dbt_on_spark(theirs, ["--select", "household"])
    for data in counties:
        (data / "seeds/township/household.parquet").unlink()
        (data / "seeds/township/household.kept").rename(data / "seeds/township/household.csv")


def _seed(data: Path, name: str) -> set[tuple]:
    if data.name == "spark":
        return set(map(tuple, duckdb.from_arrow(spark.session(data).table(f"seed.{name}").toArrow()).fetchall()))
    with duckdb.connect(str(data / "warehouse/work/zhenshu.duckdb"), read_only=True) as warehouse:
        return set(warehouse.execute(f"from seed.{name}").fetchall())


def test_a_changed_column_stops_the_build_and_what_is_published_stays(counties, capsys):
    _, theirs = counties
    published, file = (theirs / WAREHOUSE).read_bytes(), theirs / "seeds/township/rectification.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("issue_no", "number", 1), encoding="utf-8")
    assert not dbt_on_spark(theirs, ["--select", "rectification"])
    assert "columns missing: issue_no; columns not declared: number" in capsys.readouterr().out
    with pytest.raises(spark.SparkError, match="最近一次构建没有完成"):
        spark.validate(theirs, lambda selection: pytest.fail("nothing may be built on this"))
    with pytest.raises(spark.SparkError, match="还没有检验"):
        spark.collect(theirs)
    # a value that does not fit its type is no null
    file.write_text(text.replace(",detail,", ",detail,", 1).replace(",4,A", ",four,A", 1), encoding="utf-8")
    assert not dbt_on_spark(theirs, ["--select", "rectification"])
    # mended, a part alone does not make the whole sound
    file.write_text(text, encoding="utf-8")
    assert dbt_on_spark(theirs, ["--select", "rectification", *NO_TESTS])
    with pytest.raises(spark.SparkError, match="最近一次构建没有完成"):
        spark.validate(theirs, lambda selection: pytest.fail("nothing may be built on this"))
    assert (theirs / WAREHOUSE).read_bytes() == published


def test_what_a_killed_build_left_in_a_folder_is_overwritten(counties):
    _, theirs = counties
    session = spark.session(theirs)
    rows = session.table("main.fct_rectification").count()
    session.sql("drop table main.fct_rectification")
    folder = theirs / "warehouse/spark/tables/main/fct_rectification"
    (folder / "part-00009-left-behind.snappy.parquet").write_bytes(b"PAR1 half")
    assert dbt_on_spark(theirs, ["--select", "fct_rectification", *NO_TESTS])
    assert session.table("main.fct_rectification").count() == rows > 0


@pytest.mark.parametrize(
    ("java", "said"),
    [(None, "没有找到 Java"), ('openjdk version "11.0.2"', "是 Java 11"), ('java version "1.8.0_401"', "是 Java 8"), ("?", "不能运行")],
)
def test_a_missing_or_old_java_is_named_before_anything_is_read(tmp_path, java, said):
    pytest.importorskip("pyspark")
    (tmp_path / "bin").mkdir()
    if java:
        program = tmp_path / "bin/java"
        program.write_text(f"#!/bin/sh\necho '{java}' >&2\n", encoding="utf-8")
        program.chmod(0o755)
    command = [sys.executable, "-m", "zhenshu.cli", "build", "--target", "spark", "--data", str(tmp_path)]
    environment = os.environ | {"JAVA_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1 and said in done.stderr and "17" in done.stderr + "17" * (java == "?")


def test_a_county_that_is_there_as_seeds_needs_no_workbooks(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "_validate", lambda *about: True)
    command = ["validate", "--target", "spark", "--data", str(tmp_path)]
    refused = CliRunner().invoke(cli.main, command)
    assert refused.exit_code == 2 and "has no folder seeds/" in refused.output
    (tmp_path / "seeds").mkdir()
    assert CliRunner().invoke(cli.main, command).exit_code == 0


def test_an_unreachable_cluster_is_an_error_of_the_connection(tmp_path):
    pytest.importorskip("pyhive")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = str(closed.getsockname()[1])
        command = [str(Path(sys.executable).parent / "dbt"), "build", "--target", "spark_thrift", "--target-path", str(tmp_path / "target")]
        environment = os.environ | {"ZHENSHU_DATA": str(tmp_path), "ZHENSHU_SPARK_HOST": "127.0.0.1", "ZHENSHU_SPARK_PORT": port}
        own = ["--log-path", str(tmp_path / "logs")]
        done = subprocess.run([*command, *own], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and f"Could not connect to any of [('127.0.0.1', {port})]" in done.stdout
    assert not (tmp_path / "warehouse").exists()
