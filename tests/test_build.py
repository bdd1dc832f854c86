"""The whole way by the real commands: same workbooks same bytes, bad input named and everything else built, nothing unsound published."""

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from conftest import PROJECT, zhenshu

from zhenshu.contract import read_seed

pytestmark = pytest.mark.slow
SEEDS = sorted(p.name for p in (PROJECT / "seeds/township").glob("*.csv"))


def test_a_second_intake_changes_nothing(built):
    before = {n: (built / "seeds/township" / n).read_bytes() for n in SEEDS}
    assert zhenshu("intake", data=built).returncode == 0
    assert {n: (built / "seeds/township" / n).read_bytes() for n in SEEDS} == before


@pytest.fixture(scope="module")
def troubled(built, tmp_path_factory):
    """A built county that receives five workbooks that cannot be taken whole, rebuilt while somebody reads the warehouse."""
    county = tmp_path_factory.mktemp("troubled") / "county"
    shutil.copytree(built, county)
    folder = county / "workbooks"
    (folder / "甲乡2020年损坏.xlsx").write_bytes((folder / "甲乡2020年脱贫攻坚报表.xlsx").read_bytes()[:3000])
    for name, sheet, rows in (
        ("乙镇2020年花名册.xlsx", "走访记录", [["走访对象", "走访结果"], ["张某", "良好"]]),
        ("乙镇2020年指标.xlsx", "其他指标上报表", [["乙镇2020年指标上报表"], ["指标名称", "数值"], ["危房改造户数", 3]]),
        (
            "丙区2020年指标.xlsx",
            "其他指标上报表",
            [["丙区2020年指标上报表"], ["指标名称", "数值", "计量单位"], ["危房改造户数", "约三十", "户"], ["改厕户数", 12, "户"]],
        ),
    ):
        book = openpyxl.Workbook()
        book.active.title = sheet
        for row in rows:
            book.active.append(row)
        book.save(folder / name)
    # a second version of one that was taken: 县级 comes to its parts
    first = (folder / "丙区资金拨付进度表2020上半年.csv").read_text(encoding="gb18030")
    second = first.replace("合计,", "县级,2020,19,1,\n合计,").replace('"1,781",999', '"1,800","1,000"')
    (folder / "丙区资金拨付进度表2020上半年（更正）.csv").write_text(second, encoding="utf-8")
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as reader:
        before = reader.execute("select count(*) from mart_town_indicator").fetchone()
        done = zhenshu("build", data=county)
        after = reader.execute("select count(*) from mart_town_indicator").fetchone()
    return county, done, before, after


def test_a_reader_neither_blocks_a_build_nor_is_broken_by_it(troubled):
    county, _, before, after = troubled
    assert before == after
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as fresh:
        assert fresh.execute("select count(*) from mart_town_indicator").fetchone() > before


def test_bad_input_is_named_with_its_place_and_ends_with_status_1(troubled):
    county, done, *_ = troubled
    assert done.returncode == 1, done.stderr
    problems = {p["source_file"]: p for p in read_seed(county / "seeds/township/intake_problem.csv") if p["severity"] == "error"}
    assert set(problems) == {"甲乡2020年损坏.xlsx", "乙镇2020年花名册.xlsx", "乙镇2020年指标.xlsx", "丙区2020年指标.xlsx"}
    assert problems["乙镇2020年花名册.xlsx"]["source_sheet"] == "走访记录"
    assert "计量单位" in problems["乙镇2020年指标.xlsx"]["message"]
    value = problems["丙区2020年指标.xlsx"]
    assert (value["source_sheet"], value["cell"], value["found"], value["town_code"]) == ("其他指标上报表", "B3", "约三十", "900103001")
    for name, problem in problems.items():
        assert name in done.stdout and problem["message"] in done.stdout


def test_everything_else_is_still_built(troubled):
    county, *_ = troubled
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        found = warehouse.execute("select value from mart_town_indicator where town_name = '丙区' and indicator = '改厕户数'").fetchall()
        rate = "select round(value, 6) from mart_town_indicator where town_name = '甲乡' and indicator = 'poverty_incidence'"
        good = warehouse.execute(rate).fetchall()
    assert (found, good) == ([(12.0,)], [(0.002333,)])
    assert (county / "site/county_overview.html").exists()


def test_a_corrected_version_replaces_the_first_and_is_not_added_to_it(troubled):
    county, *_ = troubled
    total = "select numerator, denominator from mart_town_indicator where indicator = 'fund_allocation_rate' and breakdown_by = 'total'"
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute(total).fetchall() == [(Decimal(10_000_000), Decimal(18_000_000))]
        files = warehouse.execute("select distinct source_file from fct_reported_indicator where form = 'fund_summary'").fetchall()
        versions = warehouse.execute("select version, is_in_force from seed.submission where form = 'fund_summary' order by 1").fetchall()
    assert files == [("丙区资金拨付进度表2020上半年（更正）.csv",)]
    assert versions == [(1, False), (2, True)]


def test_a_failing_expectation_keeps_the_last_sound_warehouse(built, tmp_path):
    county = tmp_path / "county"
    shutil.copytree(built, county)
    sound = (county / "warehouse/zhenshu.duckdb").read_bytes()
    # a county's own suite: JSON alone
    never = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "exited_person_count", "max_value": 100},
        "notes": "本县乡镇都小",
    }
    suite = {"name": "own", "meta": {"table": "fct_poverty_exit"}, "expectations": [never | {"severity": "critical"}]}
    (county / "expectations/suites").mkdir(parents=True)
    (county / "expectations/suites/own.json").write_text(json.dumps(suite), encoding="utf-8")
    done = zhenshu("build", data=county)
    assert done.returncode == 1
    assert "expectations_hold" in done.stdout
    assert (county / "warehouse/zhenshu.duckdb").read_bytes() == sound
    with duckdb.connect(str(county / "warehouse/work/zhenshu.duckdb"), read_only=True) as work:
        failed = work.execute(
            "select suite, table_name, column_name, note from expectation_result where not success and severity = 'error'"
        ).fetchall()
    assert failed == [("own", "fct_poverty_exit", "exited_person_count", "本县乡镇都小")]


def test_dbt_build_alone_is_green_on_the_committed_files(tmp_path):
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=PROJECT, capture_output=True, check=True)
    clone = tmp_path / "clone"
    for name in filter(None, listed.stdout.decode().split("\0")):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, clone / name)
    environment = {k: v for k, v in os.environ.items() if k != "ZHENSHU_DATA"}
    command = [str(Path(sys.executable).parent / "dbt"), "build"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (clone / "warehouse/zhenshu.duckdb").exists()


@pytest.mark.parametrize("arguments", [["build", "--data", "/no/such/folder"], ["launder"], ["build", "--quickly"]])
def test_wrong_usage_is_status_2(arguments, tmp_path):
    assert zhenshu(*arguments, data=tmp_path).returncode == 2


def test_a_county_without_workbooks_or_key_is_wrong_usage(tmp_path):
    assert zhenshu("build", data=tmp_path).returncode == 2 and not list(tmp_path.iterdir())
    (tmp_path / "workbooks").mkdir()
    done = zhenshu("build", data=tmp_path)
    assert done.returncode == 2 and "county.key" in done.stderr
