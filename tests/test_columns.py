"""A column read as a whole says of every cell what the exact reading of that one cell says."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_county import KEY

from zhenshu import privacy, values
from zhenshu.columns import TableReader
from zhenshu.contract import Column, forms
from zhenshu.ooxml import Marks
from zhenshu.rows import Row, Table, classify
from zhenshu.values import Unreadable
from zhenshu.workbook import Sheet

MONEY = Column("cost", "总费用", type="decimal", unit="元", min=0)
PERSONS = Column("persons", "人数", type="integer", unit="人", min=1)
CHANGE = Column("change", "变动", type="integer", unit="人")
FREE = Column("value", "数值", type="decimal")
RATE = Column("rate", "比例", type="percent")
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 1e17),
    st.integers(-(10**6), 10**18).map(float),
    st.decimals(-1000, 10**9, places=2, allow_nan=False).map(float),
    st.decimals(0, 10**4, places=6, allow_nan=False).map(float),
    st.integers(0, 10**6).map(lambda n: n * 0.1),
)


def outcome(read, *arguments):
    """What reading gives, or the rule and the words with which it is refused."""
    try:
        return read(*arguments)
    except Unreadable as why:
        return why.rule, str(why)


def exactly(cell, column, unit):
    value = values.read_figure(cell, column, unit)
    return value and value.text


def by_either_way(cell, column, unit):
    return values.common_figures([cell], column, unit).get(cell) or exactly(cell, column, unit)


@settings(max_examples=3000, deadline=None)
@given(
    cell=numbers,
    column=st.sampled_from([MONEY, PERSONS, CHANGE, FREE, RATE]),
    unit=st.sampled_from([None, "元", "万元", "人", "万人", "%"]),
)
def test_the_short_way_of_numbers_is_the_exact_one(cell, column, unit):
    assert outcome(by_either_way, cell, column, unit) == outcome(exactly, cell, column, unit)


@pytest.mark.parametrize(
    "cell",
    [
        0.0,
        -0.0,
        1234.56,
        float("nan"),
        float("inf"),
        0.1 + 0.2,
        1.005,
        1e15,
        999999999999.99,
        1e-9,
        4.35,
        81.76875,
        0.285,
        1.1e13,
        2**53 + 0.0,
        5,
        "5",
        True,
    ],
)
@pytest.mark.parametrize("unit", ["元", "万元", "亿元", "千元"])
def test_the_short_way_at_its_limits(cell, unit):
    assert outcome(by_either_way, cell, MONEY, unit) == outcome(exactly, cell, MONEY, unit)


BODY = "90010119900307123"
NUMBER = BODY + privacy.check_digit(BODY)
MIXED = [
    "",
    " ",
    "—",
    "无",
    1,
    1.0,
    True,
    False,
    "1",
    "是",
    "√",
    "合计",
    "小计",
    2019,
    2019.0,
    "2019年",
    "2019-12-31",
    43999,
    43999.0,
    202013,
    "2020年6月",
]
MIXED += [
    dt.date(2020, 6, 18),
    dt.datetime(2020, 6, 18, 8),
    "2020.6.18",
    "甲村",
    "其中：甲村",
    NUMBER,
    float(NUMBER[:17]),
    NUMBER[:17],
    "0012",
    "低保户",
    "一般户",
]
MIXED += [
    12.5,
    -3,
    "1,234.50",
    "1.2万",
    "约四",
    "#DIV/0!",
    "=?",
    "王某某",
    "５人",
    0.001,
    1e16,
    "电话13912345678",
    "已脱贫(享受政策)",
    "十",
]


def by_cell(cell, column):
    """What the exact functions say of one cell of a row that is no total."""
    values.refuse_errors(cell)
    if column.is_figure:
        return exactly(cell, column, None)
    if column.type in ("date", "year"):
        return {"date": values.read_date, "year": values.read_year}[column.type](cell)
    if column.type == "boolean":
        return values.read_boolean(cell, column)
    if column.values:
        return values.read_code(cell, column)
    text = values.read_text(cell)
    if text and column.pii == "name":
        return privacy.mask_name(text)
    if text and column.pii == "id":
        try:
            return privacy.identify(text, KEY).key
        except privacy.BadId as why:
            raise Unreadable("V17", str(why)) from why
    if text and column.name.endswith("_no") and re.fullmatch(r"[\w-]+", text, re.ASCII):
        if privacy.is_identity(text):
            raise Unreadable("V20", f"“{column.header}”里是证件号码，不能入库：请填编号")
        return text
    return text and privacy.scrub(text if column.name.endswith("_no") else text.removeprefix("其中:"))


@pytest.mark.parametrize("name", list(forms()["household"].columns))
@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.one_of(st.sampled_from(MIXED), numbers.filter(lambda x: abs(x) < 1e300)), min_size=1, max_size=40))
def test_a_column_says_what_its_cells_say(name, cells):
    form = forms()["household"]
    column, beside = form.columns[name], form.columns["village" if name != "village" else "household_no"]
    table = Table(form, 0, 0, {0: beside, 1: column}, {0: None, 1: None}, (0, 2), set())
    sheet = Sheet("户", [["x1", cell] for cell in cells])
    read = TableReader(sheet, table, [Row(n, "detail") for n in range(len(cells))], KEY)
    wrong = {(r.row, r.rule, r.message) for r in read.remarks if r.column == 1 and r.severity == "error" and r.rule not in ("V15", "L08")}
    expected = [outcome(by_cell, cell, column) for cell in cells]
    assert {(n, *e) for n, e in enumerate(expected) if isinstance(e, tuple)} == wrong
    kept = [row.number for row in read.rows]
    assert read.columns[name] == [None if isinstance(expected[n], tuple) else expected[n] for n in kept]
    months = [n for n, cell in enumerate(cells) if column.type == "date" and cell != "" and values.is_month_only(cell)]
    assert [r.row for r in read.remarks if r.rule == "V16"] == months


WORDS = [
    "",
    " ",
    "合 计",
    "小计",
    "甲村",
    "东村小计",
    "其中：甲村",
    "一、产业",
    "（一）路",
    "注：含上年",
    "填表人：",
    "备注",
    "单某",
    "经办：",
    "示例行，不用填",
    "说明：略",
    "第一部分",
]
CELLS = st.one_of(
    st.sampled_from([*WORDS, 5.0, 0.0, "5", "' 注", "甲", "乙村", dt.date(2020, 6, 1), True, "\u200b", '="合计"']), st.just("甲村")
)


@settings(max_examples=1500, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, max_size=7), min_size=2, max_size=12),
    merges=st.lists(st.tuples(st.integers(0, 8), st.integers(1, 3)), max_size=2),
    name=st.sampled_from(["household", "fund_project", "medical_summary", "fund_summary"]),
)
def test_the_sieve_of_rows_changes_nothing(rows, merges, name):
    form = forms()[name]
    columns = dict(enumerate(list(form.columns.values())[:4], 1))
    ranges = [(top, 1, top + height, 1) for top, height in merges]

    def classified(pieces):
        table = Table(form, 0, 0, dict(columns), {}, (0, 6), {0})
        sheet = Sheet("表", [list(row) for row in rows], ranges)
        for top, end in pieces:
            classify(sheet, table, top, end)
        return table.rows, table.is_blank_form, [r for r in table.remarks if r.rule != "L09"]

    # a table of one row is never sifted
    whole, single = classified([(0, len(rows))]), classified([(n, n + 1) for n in range(len(rows))])
    if name in ("household", "fund_project"):
        assert whole == single
    else:
        # a summary remembers its grand total from row to row; the kinds apart from that
        assert [(r.number, r.kind == "total") for r in whole[0]] == [(r.number, r.kind == "total") for r in single[0]]


def test_units_of_figures_are_powers_of_ten():
    """What the short way rests on."""
    assert all(factor.as_tuple().digits == (1,) or factor == Decimal(factor.to_integral_value()) for _, factor in values.UNITS.values())


def test_what_a_text_means_is_remembered_by_what_it_depends_on():
    form = forms()["household"]
    date, named = form.columns["identified_on"], form.columns["household_no"]
    table = Table(form, 0, 0, {0: named, 1: date}, {0: None, 1: None}, (0, 2), set())

    def read(epoch_1904):
        sheet = Sheet("户", [["x1", "43999"], ["x2", "43999"]], marks=Marks(epoch_1904=epoch_1904))
        return TableReader(sheet, table, [Row(0, "detail"), Row(1, "total")], KEY).columns["identified_on"]

    assert [read(True), read(False), read(True)] == [["2024-06-18"] * 2, ["2020-06-17"] * 2, ["2024-06-18"] * 2]
