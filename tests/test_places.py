"""Which town and which period: every spelling, and every contradiction."""

import datetime as dt

import pytest

from zhenshu.places import Disagreement, Period, Towns, periods, resolve_period

YEAR_2020 = ("2020-01-01", "2020-12-31")


def span(period: Period) -> tuple[str, str]:
    return period.start.isoformat(), period.end.isoformat()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2020年", *YEAR_2020),
        ("2020年度", *YEAR_2020),
        ("２０２０年", *YEAR_2020),
        ("二〇二〇年", *YEAR_2020),
        ("2020年10月", "2020-10-01", "2020-10-31"),
        ("二〇二〇年十月", "2020-10-01", "2020-10-31"),
        ("二○二○年十一月", "2020-11-01", "2020-11-30"),
        ("2020年1—10月", "2020-01-01", "2020-10-31"),
        ("2020年1-9月", "2020-01-01", "2020-09-30"),
        ("2020年1月至9月", "2020-01-01", "2020-09-30"),
        ("2020年1～9月份", "2020-01-01", "2020-09-30"),
        ("2020.1-9月", "2020-01-01", "2020-09-30"),
        ("2019年11月-2020年2月", "2019-11-01", "2020-02-29"),
        ("2020年1月1日至2020年10月31日", "2020-01-01", "2020-10-31"),
        ("2020年1月1日—10月31日", "2020-01-01", "2020-10-31"),
        ("截至2019年底", "2019-01-01", "2019-12-31"),
        ("截止2019年末", "2019-01-01", "2019-12-31"),
        ("2019年底", "2019-01-01", "2019-12-31"),
        ("截至2020年10月底", "2020-01-01", "2020-10-31"),
        ("截至2020年11月", "2020-01-01", "2020-11-30"),
        ("截至2020年10月15日", "2020-01-01", "2020-10-15"),
        ("截止时间：2020-10-15", "2020-01-01", "2020-10-15"),
        ("统计时间：2020年10月31日", "2020-01-01", "2020-10-31"),
        ("2020年9月底", "2020-01-01", "2020-09-30"),
        ("2020年上半年", "2020-01-01", "2020-06-30"),
        ("2020年下半年", "2020-07-01", "2020-12-31"),
        ("2020年第三季度", "2020-07-01", "2020-09-30"),
        ("2020年3季度", "2020-07-01", "2020-09-30"),
        ("2020年前三季度", "2020-01-01", "2020-09-30"),
        ("2020年1-3季度", "2020-01-01", "2020-09-30"),
        ("2020年秋季", "2020-09-01", "2021-01-31"),
        ("2020年秋季学期", "2020-09-01", "2021-01-31"),
        ("2020年春季学期", "2020-02-01", "2020-07-31"),
        ("2020—2021学年", "2020-09-01", "2021-08-31"),
        ("2020/2021学年", "2020-09-01", "2021-08-31"),
        ("2020—2021学年秋季学期", "2020-09-01", "2021-01-31"),
        ("2020—2021学年度第一学期", "2020-09-01", "2021-01-31"),
        ("2020—2021学年春季学期", "2021-02-01", "2021-07-31"),
        ("2020-2021学年第二学期", "2021-02-01", "2021-07-31"),
        ("2014—2019年", "2014-01-01", "2019-12-31"),
    ],
)
def test_spellings_of_a_period(text, start, end):
    found, left = periods(f"甲乡{text}情况统计表")
    assert [span(p) for p in found] == [(start, end)]
    assert left == []


@pytest.mark.parametrize("text", ["填表日期：2020年11月20日", "制表时间:2020-11-20", "2020年11月20日", "20201120", "第3页"])
def test_the_day_of_signing_is_no_period(text):
    assert periods(text) == ([], [])


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("甲乡202010", "2020-10-01", "2020-10-31"),
        ("甲乡2020-10", "2020-10-01", "2020-10-31"),
        ("甲乡2020.10", "2020-10-01", "2020-10-31"),
        ("甲乡2020", *YEAR_2020),
    ],
)
def test_names_are_shorter(name, start, end):
    assert [span(p) for p in periods(name, is_name=True)[0]] == [(start, end)]
    assert periods("甲乡20201120", is_name=True)[0] == []


@pytest.mark.parametrize(
    ("lines", "names", "start", "end"),
    [
        (["甲乡2020年报表", "统计时间：2020年1—10月"], ["甲乡2020年"], "2020-01-01", "2020-10-31"),
        (["甲乡报表"], ["2020年", "10月", "甲乡"], "2020-10-01", "2020-10-31"),
        (["甲乡报表"], ["甲乡2020年1-9月"], "2020-01-01", "2020-09-30"),
        (["截至2019年底"], ["甲乡2020年报表"], "2019-01-01", "2019-12-31"),
        (["10月份报表", "统计时间：2020年1—10月"], [], "2020-01-01", "2020-10-31"),
        (["2020年报表  填表日期：2021年1月5日"], [], *YEAR_2020),
    ],
)
def test_the_finest_statement_that_all_agree_with(lines, names, start, end):
    assert span(resolve_period(lines, names)) == (start, end)


@pytest.mark.parametrize(
    ("lines", "names", "message"),
    [
        (["甲乡报表"], ["甲乡"], "没有写明统计时间"),
        (["2020年报表", "截至2019年底"], [], "不一致"),
        (["2020年1-9月", "2020年10月"], [], "不一致"),
        (["统计时间：2020年1-9月"], ["甲乡2018年"], "不一致"),
        (["2020年报表", "10月"], [], "看不出“10月”"),
        (["统计时间：2020年1-10月", "9月报表"], [], "看不出“9月”"),
        (["2020年13月"], [], "看不出“13月”"),
        (["2020年第二学期"], [], "看不出“学期”"),
        (["截至2020年2月30日"], [], "没有这个日期"),
    ],
)
def test_half_and_contradicting_statements_are_problems(lines, names, message):
    with pytest.raises(Disagreement, match=message) as why:
        resolve_period(lines, names)
    assert why.value.rule == "T02"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("填报单位：甲乡", {"900101201"}),
        ("示例市甲县甲 乡2020年", {"900101201"}),
        ("甲地", {"900101201"}),
        ("老乙", {"900102101"}),
        ("东城关镇", {"900101103"}),
        ("甲县城关镇", {"900101102"}),
        ("西城关镇", set()),
        ("城关村", set()),
        ("城关小学", set()),
        ("甲乡、乙镇", {"900101201", "900102101"}),
        ("丁镇", set()),
    ],
)
def test_towns_named(county, text, codes):
    assert Towns(county.root).named_in(text) == codes


def test_towns_disagreeing_or_unknown(county):
    towns = Towns(county.root)
    assert towns.resolve(["甲乡报表", "2020/甲地"]) == "900101201"
    for lines, message in ((["甲乡", "乙镇"], "不一致：乙镇、甲乡"), (["丁镇"], "认不出乡镇")):
        with pytest.raises(Disagreement, match=message) as why:
            towns.resolve(lines)
        assert why.value.rule == "T01"


def test_a_name_of_two_towns_is_refused(county):
    path = county.root / "seeds/reference/township.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("甲地", "城关"), encoding="utf-8")
    with pytest.raises(ValueError, match="names two towns"):
        Towns(county.root)


def test_period_within():
    year, month = Period(dt.date(2020, 1, 1), dt.date(2020, 12, 31)), Period(dt.date(2020, 3, 1), dt.date(2020, 3, 31))
    assert month.within(year) and not year.within(month)
