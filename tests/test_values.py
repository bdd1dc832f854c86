"""Each spelling of a cell, and what becomes of it: an exact value, a blank, or a named problem."""

import datetime as dt
from decimal import Decimal

import pytest

from zhenshu import values
from zhenshu.contract import Column
from zhenshu.values import Unreadable

MONEY = Column("cost", "总费用", type="decimal", unit="元", min=0)
PERSONS = Column("persons", "人数", type="integer", unit="人", min=0)
VISITS = Column("visits", "人次", type="integer", unit="人次", min=0)
FREE = Column("value", "数值", type="decimal")
RATE = Column("rate", "比例", type="percent")
STAGE = Column("stage", "学段", values=("学前", "小学", "合计"), spellings={"幼儿园": "学前", "小计": "合计"})


def rule_of(read, *arguments) -> str:
    with pytest.raises(Unreadable) as why:
        read(*arguments)
    assert str(why.value), "a problem says what was expected"
    return why.value.rule


@pytest.mark.parametrize(
    ("cell", "column", "unit", "stored", "half_unit"),
    [
        ("５７５", PERSONS, None, "575", "0"),
        (575, PERSONS, None, "575", "0"),
        (575.0, PERSONS, None, "575", "0"),
        ("57,000", PERSONS, None, "57000", "0"),
        ("57，000", PERSONS, None, "57000", "0"),
        ("1,234,567.5", MONEY, None, "1234567.50", "0.05"),
        ("9415人次", VISITS, None, "9415", "0"),
        ("9415 人次", VISITS, None, "9415", "0"),
        ("19名", PERSONS, None, "19", "0"),
        ('="123"', PERSONS, None, "123", "0"),
        ('="1,234"', PERSONS, None, "1234", "0"),
        ("'123", PERSONS, None, "123", "0"),
        ("１２.５", MONEY, "万元", "125000.00", "500"),
        ("1.2万", PERSONS, None, "12000", "500"),
        ("1.2万人", PERSONS, None, "12000", "500"),
        ("1.2万", MONEY, None, "12000.00", "500"),
        ("1.2万", MONEY, "万元", "12000.00", "500"),
        ("1.2万元", MONEY, "元", "12000.00", "500"),
        ("140万元", MONEY, None, "1400000.00", "5000"),
        ("0.5亿", MONEY, "万元", "50000000.00", "5000000"),
        (81.76875, MONEY, "万元", "817687.50", "0.05"),
        ("81.76875", MONEY, "万元", "817687.50", "0.05"),
        (1.23, MONEY, "亿元", "123000000.00", "500000"),
        (0.1 + 0.2, MONEY, "元", "0.30", "0.05"),
        (1.15, MONEY, "万元", "11500.00", "50"),
        (2.5, PERSONS, "万人", "25000", "500"),
        ("12\u200b3", PERSONS, None, "123", "0"),
        ("12\x073_x000D_", PERSONS, None, "123", "0"),
        ("+5", PERSONS, None, "5", "0"),
        ("-5", FREE, None, "-5.00000000", "0.5"),
        ("\u22125", FREE, None, "-5.00000000", "0.5"),
        (86.8, FREE, "%", "0.86800000", "0.0005"),
        ("86.8%", FREE, "%", "0.86800000", "0.0005"),
        (20.05, FREE, "万元", "200500.00000000", "50"),
        (273, FREE, "个", "273.00000000", "0"),
        (1.2, FREE, "万人", "12000.00000000", "500"),
    ],
)
def test_figures(cell, column, unit, stored, half_unit):
    read = values.read_figure(cell, column, unit)
    assert (read.text, read.half_unit) == (stored, Decimal(half_unit))


@pytest.mark.parametrize("cell", ["", " ", "\u3000", "-", "—", "——", "/", "／", "无", "空", "…", "N/A", "\u200b"])
def test_blank_is_unknown_and_never_zero(cell):
    for column in (MONEY, PERSONS, RATE, FREE):
        assert values.read_figure(cell, column, None) is None
    assert values.read_date(cell) is None
    assert values.read_year(cell) is None
    assert values.read_code(cell, STAGE) is None
    assert values.read_text(cell) is None


@pytest.mark.parametrize(
    ("cell", "column", "unit", "rule"),
    [
        ("近40", PERSONS, None, "V01"),
        ("十二", PERSONS, None, "V01"),
        ("12,34", PERSONS, None, "V01"),
        ("1,23,456", PERSONS, None, "V01"),
        ("56 210", PERSONS, None, "V01"),
        ("12.", PERSONS, None, "V01"),
        ("1.2.3", MONEY, None, "V01"),
        (True, PERSONS, None, "V01"),
        (dt.date(1900, 1, 20), PERSONS, None, "V01"),
        ("40余", PERSONS, None, "V02"),
        ("4000元左右", MONEY, None, "V02"),
        ("56户/210人", PERSONS, None, "V02"),
        ("1e5", PERSONS, None, "V02"),
        ("1.2万", FREE, None, "V02"),
        (5, FREE, "蚊", "V03"),
        ("5户", PERSONS, None, "V04"),
        ("1445人", VISITS, None, "V04"),
        ("12.5%", MONEY, None, "V04"),
        ("5户", FREE, "万元", "V04"),
        ("-5", PERSONS, None, "V05"),
        (-0.01, MONEY, "万元", "V05"),
        (12.5, PERSONS, None, "V06"),
        ("1.23456", PERSONS, "万人", "V06"),
        (81.7687512, MONEY, "万元", "V08"),
        (0.123, MONEY, "元", "V08"),
        ("0.123456789", FREE, None, "V08"),
        ("9" * 30, MONEY, None, "V18"),
        (10.0**16, MONEY, None, "V18"),
        ("14000000000", FREE, "元", "V18"),
        ("1" + "0" * 18, PERSONS, None, "V18"),
    ],
)
def test_figures_that_cannot_be_read_exactly(cell, column, unit, rule):
    assert rule_of(values.read_figure, cell, column, unit) == rule


@pytest.mark.parametrize(
    ("cell", "unit", "formatted", "stored", "half_unit"),
    [
        ("92.13%", None, False, "0.92130000", "0.00005"),
        ("９２.１３％", None, False, "0.92130000", "0.00005"),
        ("0.23%", None, False, "0.00230000", "0.00005"),
        (92.13, "%", False, "0.92130000", "0.00005"),
        ("2.3‰", None, False, "0.00230000", "0.00005"),
        (0.9213, None, True, "0.92130000", "0.00005"),
        (0.9213, "%", True, "0.92130000", "0.00005"),
        (1, None, True, "1.00000000", "0.5"),
    ],
)
def test_percent(cell, unit, formatted, stored, half_unit):
    read = values.read_figure(cell, RATE, unit, formatted)
    assert (read.text, read.half_unit) == (stored, Decimal(half_unit))


@pytest.mark.parametrize(
    ("cell", "unit", "rule"), [(0.9213, None, "V07"), (92.13, None, "V07"), ("92.13", None, "V07"), ("5人", None, "V07")]
)
def test_percent_or_fraction_is_not_guessed(cell, unit, rule):
    assert rule_of(values.read_figure, cell, RATE, unit) == rule


def test_percent_format_beside_a_stated_percent_unit_is_not_divided_twice():
    assert values.read_figure(0.868, FREE, "%", True).text == "0.86800000"
    assert rule_of(values.read_figure, 0.868, MONEY, "元", True) == "V04"


@pytest.mark.parametrize(
    ("cell", "iso", "month_only"),
    [
        (dt.date(2020, 6, 18), "2020-06-18", False),
        (dt.datetime(2020, 6, 18, 12, 30), "2020-06-18", False),
        ("2020.6.18", "2020-06-18", False),
        ("2020.06.18", "2020-06-18", False),
        ("2020/6/18", "2020-06-18", False),
        ("2020-06-18", "2020-06-18", False),
        ("2020-06-18 00:00:00", "2020-06-18", False),
        ("2020/6/18 8:05", "2020-06-18", False),
        ("2020年6月18日", "2020-06-18", False),
        ("２０２０年６月１８日", "2020-06-18", False),
        ("2020年6月18号", "2020-06-18", False),
        ("20200618", "2020-06-18", False),
        (20200618.0, "2020-06-18", False),
        (43999, "2020-06-17", False),
        ("43999", "2020-06-17", False),
        (43999.0, "2020-06-17", False),
        (43999.75, "2020-06-17", False),
        ("2020年6月", "2020-06-01", True),
        ("2020.6", "2020-06-01", True),
        (2020.6, "2020-06-01", True),
        ("202006", "2020-06-01", True),
        (202006.0, "2020-06-01", True),
        ("2020.1", "2020-01-01", True),
    ],
)
def test_dates(cell, iso, month_only):
    assert values.read_date(cell) == iso
    assert values.is_month_only(cell) is month_only


def test_serials_of_1904_books():
    assert values.read_date(42537, epoch_1904=True) == "2020-06-17"
    assert values.read_date("2020-06-18", epoch_1904=True) == "2020-06-18"


@pytest.mark.parametrize(
    "cell",
    [
        "2020-02-30",
        "20201301",
        "202013",
        "2020年13月",
        "10月3日",
        "6.18",
        "200618",
        "上半年",
        2020.1,
        5,
        dt.date(1905, 7, 11),
        "0202-06-18",
    ],
)
def test_dates_that_are_none(cell):
    assert rule_of(values.read_date, cell) == "V09"


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (2019, "2019"),
        (2019.0, "2019"),
        ("2019", "2019"),
        ("2019年", "2019"),
        ("2019年度", "2019"),
        ("2019-12-31", "2019"),
        (dt.date(2019, 12, 31), "2019"),
        ("2019年12月", "2019"),
        (201912, "2019"),
        (2019.1, "2019"),
        (43999, "2020"),
    ],
)
def test_years(cell, year):
    assert values.read_year(cell) == year


@pytest.mark.parametrize("cell", ["19年", "2019-2020", "2014—2019", "去年", 219, dt.date(1905, 7, 11)])
def test_years_that_are_none(cell):
    assert rule_of(values.read_year, cell) == "V10"


@pytest.mark.parametrize(
    ("cell", "read"),
    [("是", "true"), ("√", "true"), (True, "true"), ("y", "true"), (1.0, "true"), ("否", "false"), ("×", "false"), (0, "false")],
)
def test_booleans(cell, read):
    assert values.read_boolean(cell) == read
    assert values.read_boolean("") is None


@pytest.mark.parametrize("cell", ["基本", "2", "无"])
def test_booleans_that_are_none(cell):
    assert rule_of(values.read_boolean, cell) == "V11"


@pytest.mark.parametrize(
    ("cell", "code"),
    [("小学", "小学"), ("小 学", "小学"), ("幼儿园", "学前"), ("其中：小学", "小学"), ("一、小学", "小学"), ("（2）小学", "小学")],
)
def test_codes(cell, code):
    assert values.read_code(cell, STAGE) == code


def test_unknown_codes_name_the_list():
    with pytest.raises(Unreadable, match="应为：学前、小学、合计") as why:
        values.read_code("大学", STAGE)
    assert why.value.rule == "V12"


def test_text():
    assert values.read_text("  甲 村 ") == "甲 村"
    assert values.read_text(12.0) == "12"
    assert values.read_text("010203") == "010203"
    assert rule_of(values.read_text, 9.00101199001011e17) == "V13"


@pytest.mark.parametrize(("cell", "rule"), [("#DIV/0!", "V14"), ("#REF!", "V14"), ("#n/a", "V14"), ("=?", "V19"), ("=SUM(A1:A3)", "V19")])
def test_errors_and_formulas_without_results(cell, rule):
    assert rule_of(values.refuse_errors, cell) == rule


def test_what_is_no_error():
    for cell in ("", "#1 井", '="123"', 5, None):
        values.refuse_errors(cell)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("万元", "万元"),
        ("（万元）", "万元"),
        ("仟元", "千元"),
        ("万元人民币", "万元"),
        ("万人", "万人"),
        ("蚊", None),
        ("万", None),
        ("", None),
    ],
)
def test_known_units(text, unit):
    assert values.known_unit(values.plain(text)) == unit
