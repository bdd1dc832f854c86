"""Intake as a whole: values in their cells, problems for people, atomic seeds, and what was read compared with another reader."""

import csv
import datetime as dt
import gc
import io
import os
import random
import re
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from conftest import REPORTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_county import KEY, TOWNS, County, loaded, problems, xlsx

from zhenshu import intake, keys, privacy, seedfiles
from zhenshu.contract import PROJECT, forms, read_seed, seed_columns
from zhenshu.workbook import Sheet, column_letters

BODY = "90010119900307123"
NUMBER = BODY + privacy.check_digit(BODY)
HOUSEHOLD = ["行政村", "户编号", "户主姓名", "证件号码", "家庭人口数", "脱贫状态", "脱贫年度", "识别时间", "住房安全"]


def households(*rows: list, extra: tuple[str, ...] = ()) -> list[list]:
    return [["甲乡2020年建档立卡户台账"], [*HOUSEHOLD, *extra], *rows]


def test_a_household_is_read_exactly_and_its_persons_number_nowhere(county):
    county.put_sheet(households(["东村", "0012", "王某某", NUMBER, "４人", "已脱贫(享受政策)", "2018年", 43999, "安全"]))
    result = county.read()
    assert problems(result) == []
    (row,) = result.rows["household"]
    assert row == {
        "town_code": "900101201",
        "period_start": "2020-01-01",
        "period_end": "2020-12-31",
        "row_kind": "detail",
        "village": "东村",
        "household_no": "0012",
        "head_name": "王＊",
        "head_id": privacy.identify(NUMBER, KEY).key,
        "head_birth_year": "1990",
        "head_sex": "男",
        "members": "4",
        "status": "已脱贫",
        "exit_year": "2018",
        "identified_on": "2020-06-17",
        "housing_secure": "true",
        "source_file": "甲乡.xlsx",
        "source_sheet": "Sheet1",
        "source_row": 3,
        "source_column": "A",
    }
    assert result.figures == []


def test_each_bad_cell_is_named_and_the_row_stays(county):
    county.put_sheet(
        households(
            ["东村", "1", "王某", NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2"), "约四", "脱平", "19", "10月3日", "一般"],
            ["", NUMBER, "李某", 900101199003071234, "0", "未脱贫", "", "2020年6月", "/"],
        )
    )
    result = county.read()
    assert [(p.rule_id, p.cell, p.column_name, p.found, p.town_code) for p in result.problems] == [
        ("V17", "D3", "head_id", "［证件号码，18 位］", "900101201"),
        ("V01", "E3", "members", "约四", "900101201"),
        ("V12", "F3", "status", "脱平", "900101201"),
        ("V10", "G3", "exit_year", "19", "900101201"),
        ("V09", "H3", "identified_on", "10月3日", "900101201"),
        ("V11", "I3", "housing_secure", "一般", "900101201"),
        ("V20", "B4", "household_no", "［证件或卡号］", "900101201"),
        ("V13", "D4", "head_id", "［证件号码，18 位］", "900101201"),
        ("V05", "E4", "members", "0", "900101201"),
        ("V16", "H4", "identified_on", "2020年6月", "900101201"),
        ("V15", "A4", "village", "", "900101201"),
    ]
    assert loaded(result.rows["household"], "household_no", "head_name", "members", "status", "identified_on") == [
        ("1", "王＊", None, None, None),
        (None, "李＊", None, "未脱贫", "2020-06-01"),
    ]
    assert all(p.message and p.source_file == "甲乡.xlsx" and p.source_sheet == "Sheet1" for p in result.problems)


def test_no_personal_number_leaves_intake(county, tmp_path):
    phone, card = "13912345678", "6222021234567890123"
    rows = households(
        ["东村", "1", "王某", NUMBER, 4, "未脱贫", "", "", f"见{NUMBER}"], ["东村", NUMBER, "王某", NUMBER[:16], 4, phone, "", "", ""]
    )
    rows += [[f"负责人：张某 {phone}"], [f"请联系{phone}，卡号{card}"]]
    county.put(
        f"甲乡{phone}/{NUMBER}.xlsx",
        xlsx({f"户{phone}": rows, "走访": [[card, f"电话{phone}"]], "健康扶贫": [["就诊类型", NUMBER], ["住院", 1]]}),
    )
    result = county.read()
    intake.write_seeds(result, county.root / "seeds/township")
    written = b"".join(p.read_bytes() for p in (county.root / "seeds/township").glob("*.csv"))
    said = "\n".join(intake.problem_lines(result, intake.Towns(county.root))).encode()
    assert "甲乡［电话］".encode() in written and len(result.problems) > 4
    for secret in (phone, card, NUMBER, NUMBER[:16]):
        assert secret.encode() not in written + said


def summary(county: County, cell, **heading) -> tuple[list, list]:
    """One cell of a money or percent column, read."""
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True})
    sheet = book.add_worksheet("健康扶贫汇总表")
    sheet.write(0, 0, "甲乡2020年")
    for c, text in enumerate(("就诊类型", heading.get("money", "总费用"), heading.get("rate", "报销比例"))):
        sheet.write(1, c, text)
    sheet.write(2, 0, "住院")
    place = (2, heading.get("column", 1))
    style = book.add_format({"num_format": heading["format"]}) if "format" in heading else None
    if isinstance(cell, str) and cell.startswith("="):
        sheet.write_formula(*place, cell, style, heading.get("result", ""))
    else:
        sheet.write(*place, cell, style)
    book.close()
    county.put("甲乡.xlsx", saved.getvalue())
    result = county.read()
    return problems(result), loaded(result.rows["medical_summary"], ("total_cost", "reported_ratio")[place[1] - 1])


@pytest.mark.parametrize(
    ("cell", "heading", "found", "value"),
    [
        (0.9213, {"column": 2, "format": "0.00%"}, [], "0.92130000"),
        (0.9213, {"column": 2, "format": "0.00%", "rate": "报销比例（%）"}, [], "0.92130000"),
        (92.13, {"column": 2, "rate": "报销比例（%）"}, [], "0.92130000"),
        ("92.13%", {"column": 2}, [], "0.92130000"),
        (0.9213, {"column": 2}, [("V07", "C3")], None),
        (92.13, {"column": 2, "format": "0.00%"}, [("V22", "C3")], "92.13000000"),
        (0.5, {"format": "0%"}, [("V04", "B3")], None),
        (12.5, {"format": '0.00"万元"'}, [("V21", "B3")], None),
        (12.5, {"format": '0.00"万元"', "money": "总费用（万元）"}, [], "125000.00"),
        (12.5, {"format": '#,##0.00"元"'}, [], "12.50"),
        (12.5, {"money": "总费用（元/人）"}, [], "12.50"),
        ("=1/0", {"result": "#DIV/0!"}, [("V14", "B3")], None),
        ("=A1", {}, [("V19", "B3")], None),
        ("=5", {"result": 5}, [], "5.00"),
        (81.76875, {"money": "总费用（万元）"}, [], "817687.50"),
        (81.7687512, {"money": "总费用（万元）"}, [("V08", "B3")], None),
        (dt.datetime(2020, 1, 5), {"format": "yyyy-mm-dd"}, [("V01", "B3")], None),
    ],
)
def test_number_formats_formulas_and_errors(county, cell, heading, found, value):
    assert summary(county, cell, **heading) == (found, [(value,)])


@pytest.mark.parametrize(("cell", "value", "rule"), [(0.9213, "0.92130000", None), ("0.9213", None, "V07")])
def test_percent_formats_of_old_workbooks(county, cell, value, rule):
    book, saved = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("健康扶贫汇总表")
    for c, text in enumerate(("就诊类型", "报销比例")):
        sheet.write(1, c, text)
    sheet.write(0, 0, "甲乡2020年")
    sheet.write(2, 0, "住院")
    sheet.write(2, 1, cell, xlwt.easyxf(num_format_str="0.00%"))
    book.save(saved)
    county.put("甲乡.xls", saved.getvalue())
    result = county.read()
    assert loaded(result.rows["medical_summary"], "reported_ratio") == [(value,)]
    assert problems(result) == ([(rule, "B3")] if rule else [])


def test_units_of_indicators_stand_in_their_own_column(county):
    head = [["甲乡2020年"], ["指标名称", "数值", "计量单位"]]
    rows = [
        ["签约", 1.2, "万人"],
        ["贷款", 140, "万元"],
        ["签约率", "86.8%", "%"],
        ["户数", 5, ""],
        ["户数", 5, "蚊"],
        ["户数", "5元", "户"],
    ]
    county.put_sheet([*head, *rows], sheet="其他指标上报表")
    result = county.read()
    assert loaded(result.rows["indicator_summary"], "value", "unit") == [
        ("12000.00000000", "人"),
        ("1400000.00000000", "元"),
        ("0.86800000", "share"),
        (None, None),
        (None, "蚊"),
        (None, "户"),
    ]
    assert problems(result) == [("V03", "B6"), ("V15", "C6"), ("V03", "B7"), ("V04", "B8")]


def test_hidden_rows_columns_and_sheets_are_loaded_and_said(county):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "资金拨付进度表"
    for row in (["甲乡2020年"], ["级次", "下达金额（元）", "分配资金（元）"], ["中央", 8, 6], ["省级", 7, 5]):
        sheet.append(row)
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["C"].hidden = True
    scratch = book.create_sheet("草稿")
    scratch["A1"] = "随手记"
    scratch.sheet_state = "hidden"
    saved = io.BytesIO()
    book.save(saved)
    county.put("甲乡.xlsx", saved.getvalue())
    result = county.read()
    assert loaded(result.rows["fund_summary"], "issued", "allocated") == [("8.00", "6.00"), ("7.00", "5.00")]
    assert [(p.rule_id, p.cell, p.severity) for p in result.problems] == [
        ("L10", "A4", "notice"),
        ("L10", "C2", "notice"),
        ("L01", "", "notice"),
    ]
    assert result.sound


FUND = [["级次", "下达金额（万元）"], ["中央", 5]]


@pytest.mark.parametrize(
    ("name", "title", "sheet", "expected"),
    [
        ("甲乡.xlsx", "2020年", "资金", ("900101201", "2020-12-31")),
        ("报表.xlsx", "填报单位：甲乡  统计时间：2020年1—10月", "资金", ("900101201", "2020-10-31")),
        ("2020年/10月/甲乡.xlsx", "资金拨付进度表", "资金", ("900101201", "2020-10-31")),
        ("甲乡/资金202010.xlsx", "资金拨付进度表", "资金", ("900101201", "2020-10-31")),
        ("资金2020.xlsx", "资金拨付进度表", "甲乡", ("900101201", "2020-12-31")),
        ("甲乡.xlsx", "乙镇2020年", "资金", ("T01", "乡镇不一致：乙镇、甲乡")),
        ("报表.xlsx", "2020年", "资金", ("T01", "认不出乡镇")),
        ("甲乡.xlsx", "资金拨付进度表", "资金", ("T02", "没有写明统计时间")),
        ("甲乡2018年.xlsx", "2020年1—10月", "资金", ("T02", "统计时间不一致")),
        ("甲乡2020年.xlsx", "10月报表", "资金", ("T02", "看不出“10月”")),
    ],
)
def test_town_and_period_from_titles_names_and_folders(county, name, title, sheet, expected):
    county.put_sheet([[title], *FUND], sheet=sheet, name=name)
    result = county.read()
    if expected[0].startswith("T"):
        (problem,) = result.problems
        assert (problem.rule_id, problem.cell) == (expected[0], "A2") and problem.message.startswith(expected[1])
    else:
        assert loaded(result.rows["fund_summary"], "town_code", "period_end") == [expected]


def test_everything_else_is_still_loaded_beside_bad_input(county):
    good = [["甲乡2020年"], *FUND]
    county.put(
        "甲乡.xlsx", xlsx({"资金": good, "走访": [["对象", "结果"], ["某", "好"]], "指标": [["甲乡2020年"], ["指标", "数值"], ["低保", 3]]})
    )
    county.put("坏.xlsx", b"PK\x03\x04broken")
    county.put("空.xls", b"")
    county.put_sheet([["乙镇2020年"], FUND[0], ["中央", "约五"], ["省级", 6]], sheet="资金", name="乙镇.xlsx")
    result = county.read()
    assert [(p.rule_id, p.source_file, p.source_sheet, p.cell) for p in result.problems] == [
        ("V01", "乙镇.xlsx", "资金", "B3"),
        ("F04", "坏.xlsx", "", ""),
        ("L01", "甲乡.xlsx", "走访", ""),
        ("L04", "甲乡.xlsx", "指标", "A2"),
        ("F01", "空.xls", "", ""),
    ]
    assert loaded(result.rows["fund_summary"], "town_code", "fund_level", "issued") == [
        ("900102101", "中央", None),
        ("900102101", "省级", "60000.00"),
        ("900101201", "中央", "50000.00"),
    ]
    assert not result.sound and result.files == 4
    lines = list(intake.problem_lines(result, intake.Towns(county.root)))
    assert lines[0].startswith("乙镇：1 个问题") and "[V01] 乙镇.xlsx 资金 B3 “约五”" in lines[1]


def test_a_slip_of_the_program_is_named_and_the_next_file_read(county, monkeypatch):
    county.put_sheet([["甲乡2020年"], *FUND], name="1.xlsx", sheet="甲乡资金")
    county.put_sheet([["甲乡2020年"], *FUND], name="2.xlsx", sheet="甲乡资金")
    real = intake.find_tables
    monkeypatch.setattr(intake, "find_tables", lambda sheet, stem, known: 1 / 0 if stem == "1" else real(sheet, stem, known))
    result = county.read()
    assert [(p.rule_id, p.source_file) for p in result.problems] == [("F09", "1.xlsx")]
    assert len(result.rows["fund_summary"]) == 1


def test_no_sheet_outlives_its_reading(county):
    """Memory is given back without a search for cycles, which is switched off while reading."""
    bad = [["甲乡2020年"], ["级次", "下达金额（万元）"], ["中央", "约五"], ["合计", 5]]
    county.put_sheet(bad, sheet="资金")
    county.put("甲乡2.xlsx", xlsx({"资金": [["甲乡2020年"], *FUND], "脱贫": [["年度", "户"], [2020, 1]], "空": []})[:-200])
    gc.collect()
    gc.disable()
    try:
        result = county.read()
        assert result.problems and not any(isinstance(o, Sheet) for o in gc.get_objects())
    finally:
        gc.enable()


# ---- seeds


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.glob("*.csv"))}


def test_the_committed_seeds_come_from_the_workbooks_byte_for_byte(tmp_path):
    shutil.copytree(PROJECT / "seeds/reference", tmp_path / "seeds/reference")
    result = intake.read_all(PROJECT, keys.county_key(PROJECT, PROJECT))
    intake.write_seeds(result, tmp_path / "seeds/township")
    committed = folder_bytes(PROJECT / "seeds/township")
    assert folder_bytes(tmp_path / "seeds/township") == committed and len(committed) == 14


def test_every_figure_of_the_real_reports_is_what_another_reader_finds_in_its_cell(tmp_path):
    intake.write_seeds(intake.read_all(REPORTS, b"a key for tests only"), tmp_path / "seeds/township")
    books: dict[str, openpyxl.Workbook] = {}
    compared = 0
    for figure in read_seed(tmp_path / "seeds/township/figure_cell.csv"):
        if not figure["source_file"].endswith(".xlsx"):
            continue
        book = books.setdefault(figure["source_file"], openpyxl.load_workbook(REPORTS / "workbooks" / figure["source_file"]))
        cell = book[figure["source_sheet"]][figure["cell"]]
        assert cell.row == int(figure["source_row"])
        said = str(cell.value).translate(str.maketrans("０１２３４５６７８９", "0123456789"))
        assert said == figure["printed"]
        number = Decimal(re.match(r"[\d.,]+", said)[0].replace(",", ""))
        assert Decimal(figure["value"]) == number * {"万元": 10000, "%": Decimal("0.01")}.get(figure["printed_unit"], 1)
        compared += 1
    assert compared > 90


def test_a_crash_at_any_moment_leaves_one_whole_set(county, monkeypatch):
    folder = county.root / "seeds/township"
    county.put_sheet([["甲乡2020年"], *FUND], sheet="资金")
    intake.write_seeds(county.read(), folder)
    before = folder_bytes(folder)
    county.put_sheet([["甲乡2020年"], FUND[0], ["中央", 6]], sheet="资金")
    result, real = county.read(), os.replace
    monkeypatch.setattr(seedfiles.pl.DataFrame, "write_csv", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(seedfiles.NotWritten, match="原有的数据保持完整"):
        intake.write_seeds(result, folder)
    assert folder_bytes(folder) == before
    monkeypatch.undo()
    calls = []

    def interrupted(source, target):
        calls.append(target)
        if len(calls) == 5:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(seedfiles.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        intake.write_seeds(result, folder)
    monkeypatch.undo()
    seedfiles.recover(folder)
    after = folder_bytes(folder)
    intake.write_seeds(result, folder)
    assert folder_bytes(folder) == after != before
    assert sorted(p.name for p in county.root.iterdir()) == ["seeds", "workbooks"]


def test_seeds_hold_the_declared_columns_sorted(county):
    county.put_sheet([["甲乡2020年"], *FUND], sheet="资金", name="乙/甲乡.xlsx")
    county.put_sheet([["甲乡2020年"], *FUND], sheet="资金", name="甲/甲乡.xlsx")
    intake.write_seeds(county.read(), county.root / "seeds/township")
    for path in (county.root / "seeds/township").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            assert tuple(next(csv.reader(lines))) == seed_columns(path.stem)
    files = [row["source_file"] for row in read_seed(county.root / "seeds/township/fund_summary.csv")]
    assert files == ["乙/甲乡.xlsx", "甲/甲乡.xlsx"]


def test_a_real_county_needs_its_key(county):
    with pytest.raises(FileNotFoundError, match=r"county\.key"):
        keys.county_key(county.root, PROJECT)
    (county.root / "county.key").write_bytes(b"a secret of tests\n")
    assert keys.county_key(county.root, PROJECT) == b"a secret of tests"


# ---- any table in any layout

LEVELS = ["中央", "省级", "市级", "县级"]
MONEY = [("下达金额", "issued"), ("已安排分配", "allocated"), ("已拨付", "disbursed"), ("已支出", "paid"), ("已报账", "reimbursed")]
FACTORS = {"元": 1, "千元": 1000, "万元": 10_000, "亿元": 10**8}
amounts = st.one_of(st.none(), st.integers(0, 10**6), st.decimals(0, 10**5, places=2, allow_nan=False, allow_infinity=False))


@st.composite
def layouts(draw):
    """A table of fund levels, and where and how a clerk lays it out."""
    columns = draw(st.lists(st.sampled_from(MONEY), min_size=1, max_size=5, unique=True))
    rows = draw(st.lists(st.lists(amounts, min_size=len(columns), max_size=len(columns)), min_size=1, max_size=6))
    return {
        "columns": columns,
        "rows": [(draw(st.sampled_from(LEVELS)), row) for row in rows],
        "unit": draw(st.sampled_from([*FACTORS])),
        "unit_at": draw(st.sampled_from(["line", "heading", "row", "title"])),
        "top": draw(st.integers(0, 6)),
        "left": draw(st.integers(0, 28)),
        "blank_columns": draw(st.sets(st.integers(0, len(columns)), max_size=2)),
        "blank_rows": draw(st.sets(st.integers(0, len(rows)), max_size=2)),
        "group": draw(st.booleans()),
        "total": draw(st.sampled_from([None, "first", "last"])),
        "as_text": draw(st.booleans()),
        "spaced": draw(st.booleans()),
        "writer": draw(st.sampled_from(["openpyxl", "xlsxwriter", "xlwt", "csv"])),
    }


def grid(layout) -> tuple[dict, list[tuple[int, int, int, int]], dict]:
    """Cells and merges of a layout by zero-based place, and the figures that must come out of it."""
    cells, merges, expected = {}, [], {}
    row, left, unit = layout["top"], layout["left"], layout["unit"]
    cells[row, left] = "甲乡2020年资金拨付进度表" + (f"（单位：{unit}）" if layout["unit_at"] == "title" else "")
    row += 1
    if layout["unit_at"] == "line":
        cells[row, left + 1] = f"填报单位：甲乡　单位：户、{unit}"
        row += 1
    places, column = [], left
    for n in range(len(layout["columns"]) + 1):
        column += n in layout["blank_columns"]
        places.append(column)
        column += 1
    if layout["group"] and len(places) > 1 and layout["writer"] != "csv":
        cells[row, places[1]] = "资金情况"
        merges.append((row, places[1], row, places[-1]))
        cells[row, places[0]] = "资金来源"
        merges.append((row, places[0], row + 1, places[0]))
        row += 1
    else:
        cells[row, places[0]] = "资金来源"
    for place, (heading, _) in zip(places[1:], layout["columns"], strict=True):
        cells[row, place] = f"{heading}（{unit}）" if layout["unit_at"] == "heading" else " ".join(heading) if layout["spaced"] else heading
    row += 1
    if layout["unit_at"] == "row":
        cells.update({(row, place): unit for place in places[1:]})
        row += 1
    body = [("detail", *r) for r in layout["rows"]]
    total = ("total", "合　计", [7] * len(layout["columns"]))
    body = [total, *body] if layout["total"] == "first" else [*body, total] if layout["total"] == "last" else body
    for n, (kind, label, figures) in enumerate(body):
        row += n in layout["blank_rows"]
        cells[row, places[0]] = label
        for place, (_, name), figure in zip(places[1:], layout["columns"], figures, strict=True):
            if figure is not None:
                cells[row, place] = f"{figure:,}" if layout["as_text"] else float(figure)
                value = Decimal(str(figure)) * FACTORS[unit]
                expected[f"{column_letters(place)}{row + 1}"] = (name, format(value.quantize(Decimal("0.01")), "f"), kind)
        row += 1
    cells[row + 1, left] = "填表人：　　　审核人："
    return cells, merges, expected


def write(layout, cells, merges) -> tuple[str, bytes]:
    saved, size = io.BytesIO(), max(r for r, _ in cells) + 1
    if layout["writer"] == "csv":
        width = max(c for _, c in cells) + 1
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows([[cells.get((r, c), "") for c in range(width)] for r in range(size)])
        return "甲乡.csv", lines.getvalue().encode("gb18030")
    if layout["writer"] == "xlwt":
        book = xlwt.Workbook()
        sheet = book.add_sheet("表")
        for top, first, bottom, last in merges:
            sheet.write_merge(top, bottom, first, last, cells[top, first])
        anchors = {(top, first) for top, first, _, _ in merges}
        for (r, c), v in cells.items():
            if (r, c) not in anchors:
                sheet.write(r, c, v)
        book.save(saved)
        return "甲乡.xls", saved.getvalue()
    if layout["writer"] == "xlsxwriter":
        book = xlsxwriter.Workbook(saved, {"in_memory": True})
        sheet = book.add_worksheet("表")
        for top, first, bottom, last in merges:
            if (top, first) != (bottom, last):
                sheet.merge_range(top, first, bottom, last, "")
        for (r, c), v in cells.items():
            sheet.write(r, c, v)
        book.close()
        return "甲乡.xlsx", saved.getvalue()
    book = openpyxl.Workbook()
    book.active.title = "表"
    for (r, c), v in cells.items():
        book.active.cell(r + 1, c + 1, v)
    for top, first, bottom, last in merges:
        book.active.merge_cells(start_row=top + 1, start_column=first + 1, end_row=bottom + 1, end_column=last + 1)
    book.save(saved)
    return "甲乡.xlsx", saved.getvalue()


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(layout=layouts())
def test_any_table_in_any_layout_is_read_back_exactly(layout, tmp_path_factory):
    cells, merges, expected = grid(layout)
    name, content = write(layout, cells, merges)
    county = County(tmp_path_factory.mktemp("c"))
    (county.root / "seeds/reference").mkdir(parents=True)
    (county.root / "seeds/reference/township.csv").write_text(TOWNS, encoding="utf-8")
    county.put(name, content)
    result = county.read()
    assert problems(result, "error", "warning") == []
    kinds = {row["source_row"]: row["row_kind"] for row in result.rows["fund_summary"]}
    read = {f["cell"]: (f["column_name"], f["value"], kinds[f["source_row"]]) for f in result.figures}
    assert read == expected
    if name.endswith(".xlsx"):
        # every figure is what another reader finds at that address
        sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
        for figure in result.figures:
            there = sheet[figure["cell"]].value
            assert Decimal(str(there).replace(",", "")) == Decimal(figure["printed"].replace(",", ""))


# ---- the rules' list

RULE = re.compile(r"\b([FLTV]\d\d)\b")


def test_every_rule_is_explained_and_every_explanation_is_of_a_rule():
    code = "".join(p.read_text(encoding="utf-8") for p in (PROJECT / "src/zhenshu").glob("*.py"))
    used = set(re.findall(r'"([FLTV]\d\d)"', code))
    page = (PROJECT / "docs/intake.md").read_text(encoding="utf-8")
    explained = [
        row.split("|")[1].strip() for row in page.splitlines() if RULE.fullmatch(row.split("|")[1].strip() if row.count("|") > 3 else "")
    ]
    assert sorted(explained) == sorted(used) and len(used) > 40


def test_known_spellings_lead_to_known_codes():
    usable = {(c.name, s) for form in forms().values() for c in form.columns.values() for s in c.spellings}
    rows = read_seed(PROJECT / "seeds/reference/code_spelling.csv")
    assert {(r["column_name"], r["spelling"]) for r in rows} == usable
    assert len(rows) == len(usable), "a spelling given twice"


# ---- damaged files


def damaged(chance: random.Random, name: str, content: bytes) -> bytes:
    """Some bytes changed, cut off or doubled, in the file or in one member of its zip."""
    if name.endswith(".xlsx") and chance.random() < 0.6:
        saved = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as new:
            target = chance.choice([n for n in old.namelist() if n.endswith((".xml", ".rels"))])
            for member in old.namelist():
                new.writestr(member, damaged(chance, "", old.read(member)) if member == target else old.read(member))
        return saved.getvalue()
    first, last = sorted(chance.sample(range(len(content)), 2))
    changed = bytearray(content)
    for at in chance.sample(range(len(content)), min(8, len(content))):
        changed[at] = chance.randrange(256)
    number = re.sub(
        rb"\d+", lambda m: str(chance.choice([int(m[0]), 0, 2**31, 2**63])).encode() if chance.random() < 0.05 else m[0], content
    )
    return chance.choice([bytes(changed), content[:first], content[:last] + content[first:], content[:first] + content[last:], number])


def test_damaged_files_end_in_rows_or_named_problems(county):
    chance, originals = random.Random(20), sorted((REPORTS / "workbooks").iterdir())
    outcomes: dict[str, int] = {}
    rounds = int(os.environ.get("ZHENSHU_FUZZ", "200"))  # 2000 for the long run
    for _ in range(rounds):
        original = chance.choice(originals)
        path = county.put(original.name, damaged(chance, original.name, original.read_bytes()))
        result = county.read()
        path.unlink()
        assert result.problems or any(result.rows.values()), "a success without rows or a word"
        for rule, _cell in problems(result) or [("none", "")]:
            outcomes[rule] = outcomes.get(rule, 0) + 1
    assert "F09" not in outcomes and outcomes["F04"] > rounds / 4, outcomes
