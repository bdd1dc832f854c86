"""Flags, reviews and corrections by the real commands: from a workbook to what people read, and what happens once it is mended."""

import shutil

import duckdb
import openpyxl
import pytest
from conftest import PROJECT, new_county, zhenshu

from zhenshu.privacy import check_digit

pytestmark = pytest.mark.slow
HEADINGS = "行政村、户编号、户主姓名、户主证件号码、家庭人口数、主要致贫原因、识别时间、脱贫状态、脱贫年度、监测对象类别、人均纯收入"
GUARANTEES = "不愁吃穿、义务教育保障、基本医疗保障、住房安全保障、饮水安全保障"
REVIEWS = "rule_id,source_file,source_sheet,source_row,finding,reason,decided_on\n"
CORRECTIONS = "form,source_file,source_sheet,source_row,source_column,column_name,old_value,new_value,reason,decided_on\n"
FILE, SHEET = "甲乡户台账.xlsx", "建档立卡户台账"


def person(number: int) -> str:
    body = f"90010119700101{number:03}"
    return body + check_digit(body)


def household(number: int, *, members=3, year=2018, income=8000, head=None) -> list:
    facts = ["东村", f"{number:04}", "王小明", person(head or 100 + number), members, "因病", "2014-06-01", "已脱贫", year, None, income]
    return facts + ["是"] * 5


def ledger(county, *rows: list) -> None:
    book = openpyxl.Workbook()
    book.active.title = SHEET
    for row in (["甲乡建档立卡户台账"], ["统计时间：截至2020年12月底"], [*HEADINGS.split("、"), *GUARANTEES.split("、")], *rows):
        book.active.append(row)
    book.save(county / "workbooks" / FILE)


def reference(county, name: str, text: str) -> None:
    (county / "seeds/reference").mkdir(parents=True, exist_ok=True)
    (county / "seeds/reference" / name).write_text(text, encoding="utf-8")


def read(county, query: str) -> list[tuple]:
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


@pytest.fixture(scope="module")
def flagged(tmp_path_factory):
    """A county whose register holds: a sound row 4, a low income 5, a year with swapped digits 6, the same head twice 7 and 8."""
    county = new_county(tmp_path_factory.mktemp("flagged"))
    ledger(
        county,
        household(1),
        household(2, income=3999),
        household(3, year=2081),
        household(4, head=9),
        household(5, head=9),
        household(6, members=31),
    )
    done = zhenshu("build", data=county)
    assert done.returncode == 0, done.stdout + done.stderr
    return county


def test_a_slip_becomes_a_flag_at_its_row_and_a_sound_row_does_not(flagged):
    found = read(flagged, "select source_row, rule_id, severity, found, is_open from mart_record_flag order by all")
    assert found == [
        (5, "H05", "warning", "人均纯收入 3999.00；当年脱贫标准 4000.00", True),
        (5, "H17", "warning", "人均纯收入 3999.00；当年监测标准 5000.00；监测对象类别 空白", True),
        (6, "H23", "error", "脱贫年度 2081；统计期止于 2020-12-31", True),
        (7, "H12", "error", "户主证件号码与本乡镇另一户相同", True),
        (8, "H12", "error", "户主证件号码与本乡镇另一户相同", True),
        (9, "H15", "warning", "家庭人口数 31", True),
    ]
    assert read(flagged, "select distinct town_name, form_title from mart_record_flag") == [("甲乡", SHEET)]
    other = read(flagged, "select source_row, other_place from mart_record_flag where rule_id = 'H12' order by 1")
    assert other == [(7, f"{FILE}/{SHEET}/A8"), (8, f"{FILE}/{SHEET}/A7")]


def test_no_flag_holds_a_name_a_number_or_a_key(flagged):
    texts = " ".join(str(cell) for row in read(flagged, "select * from mart_record_flag") for cell in row)
    keys = [k for (k,) in read(flagged, "select head_key from intermediate.int_household")]
    assert len(keys) == 6
    assert not [secret for secret in ("王小明", "王＊", person(9), *keys) if secret in texts]


def test_review_and_correction_hold_until_the_workbook_is_mended(flagged, tmp_path):
    county = tmp_path / "county"
    shutil.copytree(flagged, county)
    correction = f"household,{FILE},{SHEET},6,,exit_year,2081,2018,公示为2018年,2020-12-20\n"
    correction += "fund_summary,丙区2020年上半年.csv,没有这张表,3,,issued,1,2,试验,2020-12-20\n"
    reviews = f"H05,{FILE},{SHEET},5,误报,漏计转移性收入,2020-12-20\nH23,{FILE},{SHEET},6,已修正,公示为2018年,2020-12-20\n"
    reference(county, "flag_review.csv", REVIEWS + reviews)
    # a correction of a place that is not there stops the build and says where it pointed
    reference(county, "correction.csv", CORRECTIONS + correction)
    done = zhenshu("build", data=county)
    assert done.returncode == 1
    assert "corrections_still_apply" in done.stdout and "更正（fund_summary.issued）丙区2020年上半年.csv/没有这张表 第 3 行" in done.stdout
    assert f"{SHEET} 第 6 行" not in done.stdout

    # nor does what is no number, or would have to be rounded to fit
    place = f"{FILE},{SHEET},6,"
    wrong = [
        f"household,{place},exit_year,2081,二〇一八",
        f"household,{place},members,3.5,3",
        f"household,{place},identified_on,2014年,2014-12-31",
        f"household,{place},net_income_per_capita,4000,4000.005",
        "fund_summary,丙区.csv,表,3,,issued,1,约五",
    ]
    reference(county, "correction.csv", CORRECTIONS + "".join(f"{line},试验,2020-12-20\n" for line in wrong))
    done = zhenshu("build", data=county)
    assert done.returncode == 1 and "Conversion Error" not in done.stdout
    no_kind = ("更正值“二〇一八”不是整数", "原值“3.5”不是整数", "原值“2014年”不是日期", "“4000.005”不是两位小数", "“约五”不是数")
    assert [said for said in no_kind if said not in done.stdout] == []
    assert done.stdout.count("请改 correction.csv 这一行") == 5

    reference(county, "correction.csv", CORRECTIONS + correction.splitlines(keepends=True)[0])
    done = zhenshu("build", data=county)
    assert done.returncode == 0, done.stdout + done.stderr
    assert read(county, "select exit_year from intermediate.int_household where source_row = 6") == [(2018,)]
    assert read(county, "select rule_id, finding, reason, is_open from mart_record_flag where source_row in (5, 6) order by 1") == [
        ("H05", "误报", "漏计转移性收入", False),
        ("H17", None, None, True),
    ]

    # the township mends both rows: correction and review have lost their object, and say so
    ledger(county, household(1), household(2, income=4200), household(3, year=2018))
    done = zhenshu("build", data=county)
    assert done.returncode == 1
    assert f"更正（household.exit_year）{FILE}/{SHEET} 第 6 行：应为 2081，现为 2018；表格已改" in done.stdout
    assert f"核实（H05 误报）{FILE}/{SHEET} 第 5 行：所指的疑点已不在" in done.stdout


def test_a_rule_that_the_county_ends_says_nothing_more(flagged, tmp_path):
    county = tmp_path / "county"
    shutil.copytree(flagged, county)
    rules = (PROJECT / "seeds/reference/record_rule.csv").read_text(encoding="utf-8").splitlines()
    ended = [line.removesuffix(",") + ",2020-12-30" if line.startswith("H15,") else line for line in rules]
    reference(county, "record_rule.csv", "\n".join(ended) + "\n")
    assert zhenshu("build", data=county).returncode == 0
    assert read(county, "select count(*) from mart_record_flag where rule_id = 'H15'") == [(0,)]
