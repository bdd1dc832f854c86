"""Versions: which of several files with the same form, township and period is in force, told by data and never by the clock."""

import polars as pl
import pytest
from intake_county import County

from zhenshu import intake, submissions
from zhenshu.contract import PROJECT, read_seed

FUND = [["甲乡2020年1—6月资金拨付进度表"], ["单位：元"], ["资金级次", "下达资金"]]


def fund(amount: int) -> list[list]:
    return [*FUND, ["中央", amount]]


def sent(county: County) -> list[tuple]:
    (county.root / "county.key").write_text("a key for tests only", encoding="utf-8")
    intake.run(county.root, PROJECT)
    rows = read_seed(county.root / "seeds/township/submission.csv")
    return [(r["source_file"], r["version"], r["is_in_force"]) for r in rows]


@pytest.mark.parametrize(
    ("name", "date", "rank"),
    [
        ("甲乡.xlsx", None, 0),
        ("甲乡（更正）.xlsx", None, 1),
        ("甲乡第三版.xlsx", None, 2),
        ("甲乡V2.xlsx", None, 1),
        ("甲乡(3).xlsx", None, 2),
        ("20201105/甲乡.xlsx", "2020-11-05", 0),
        ("2020-11-05收/甲乡20201203.xlsx", "2020-12-03", 0),
        ("甲乡2020年11月5日.xlsx", None, 0),
        ("甲乡20201350.xlsx", None, 0),
    ],
)
def test_what_a_path_says(name, date, rank):
    assert (submissions.received_on(name, {}), submissions.correction_rank(name)) == (date, rank)


def test_the_countys_own_list_comes_before_the_path():
    assert submissions.received_on("20201105/甲乡.xlsx", {"20201105/甲乡.xlsx": "2020-11-09"}) == "2020-11-09"


def test_a_correction_is_in_force_and_the_first_version_is_kept(county: County):
    county.put_sheet(fund(100), sheet="资金拨付进度表", name="甲乡资金.xlsx")
    county.put_sheet(fund(200), sheet="资金拨付进度表", name="甲乡资金（更正）.xlsx")
    assert sent(county) == [("甲乡资金.xlsx", "1", "false"), ("甲乡资金（更正）.xlsx", "2", "true")]
    assert [r["issued"] for r in read_seed(county.root / "seeds/township/fund_summary.csv")] == ["100.00", "200.00"]


def test_dates_in_the_path_decide_whatever_the_order_of_names(county: County):
    county.put_sheet(fund(100), sheet="资金拨付进度表", name="20201109/甲乡a.xlsx")
    county.put_sheet(fund(200), sheet="资金拨付进度表", name="20201105/甲乡b.xlsx")
    assert sent(county) == [("20201105/甲乡b.xlsx", "1", "false"), ("20201109/甲乡a.xlsx", "2", "true")]


def test_two_that_cannot_be_told_apart_are_both_out_and_named(county: County):
    county.put_sheet(fund(100), sheet="资金拨付进度表", name="甲乡a.xlsx")
    county.put_sheet(fund(200), sheet="资金拨付进度表", name="甲乡b.xlsx")
    assert sent(county) == [("甲乡a.xlsx", "1", "false"), ("甲乡b.xlsx", "1", "false")]
    problems = [p for p in read_seed(county.root / "seeds/township/intake_problem.csv") if p["rule_id"] == "S01"]
    assert [(p["source_file"], p["severity"]) for p in problems] == [("甲乡a.xlsx", "error"), ("甲乡b.xlsx", "error")]
    assert "甲乡b.xlsx" in problems[0]["message"]


def test_a_date_on_one_of_two_does_not_decide(county: County):
    county.put_sheet(fund(100), sheet="资金拨付进度表", name="20201105/甲乡a.xlsx")
    county.put_sheet(fund(200), sheet="资金拨付进度表", name="甲乡b.xlsx")
    assert {force for *_, force in sent(county)} == {"false"}


def test_the_same_bytes_twice_are_one_version(county: County):
    path = county.put_sheet(fund(100), sheet="资金拨付进度表", name="甲乡a.xlsx")
    (path.parent / "甲乡b.xlsx").write_bytes(path.read_bytes())
    assert sent(county) == [("甲乡a.xlsx", "1", "true"), ("甲乡b.xlsx", "1", "false")]


def test_a_ledger_in_one_file_a_village_is_no_second_version(county: County):
    head = [["甲乡2020年1—6月问题整改台账"], ["问题编号", "行政村", "问题来源", "整改状态"]]
    county.put_sheet([*head, ["1", "一村", "自查", "已整改"]], sheet="问题整改台账", name="甲乡一村.xlsx")
    county.put_sheet([*head, ["1", "二村", "自查", "已整改"]], sheet="问题整改台账", name="甲乡二村.xlsx")
    county.put_sheet([*head, ["1", "二村", "自查", "未整改"]], sheet="问题整改台账", name="甲乡二村更正.xlsx")
    assert sent(county) == [("甲乡一村.xlsx", "1", "true"), ("甲乡二村.xlsx", "1", "false"), ("甲乡二村更正.xlsx", "2", "true")]


def test_nothing_sent_is_an_empty_table(tmp_path):
    empty = submissions.table({}, {}, {}, tmp_path)
    assert empty.height == 0 and {"version", "is_in_force"} <= set(empty.columns)
    assert isinstance(empty, pl.DataFrame)


def test_every_village_that_is_undecided_is_named(county: County):
    head = [["甲乡2020年1—6月问题整改台账"], ["问题编号", "行政村", "问题来源", "整改状态"]]
    for name, status in (("甲乡a.xlsx", "已整改"), ("甲乡b.xlsx", "未整改")):
        county.put_sheet([*head, ["1", "一村", "自查", status], ["2", "二村", "自查", status]], sheet="问题整改台账", name=name)
    assert {force for *_, force in sent(county)} == {"false"}
    problems = [p for p in read_seed(county.root / "seeds/township/intake_problem.csv") if p["rule_id"] == "S01"]
    assert sorted((p["source_file"], "一村" in p["message"], "二村" in p["message"]) for p in problems) == [
        ("甲乡a.xlsx", False, True),
        ("甲乡a.xlsx", True, False),
        ("甲乡b.xlsx", False, True),
        ("甲乡b.xlsx", True, False),
    ]
