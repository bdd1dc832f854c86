"""Returned workbooks: remarks in the right cells, the list in front, and nothing of the township's own lost."""

import io
import re
import struct
import zipfile
from functools import cache
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from conftest import REPORTS
from intake_county import xlsx
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from zhenshu import intake, remarks, returns, versions
from zhenshu.intake import Problem
from zhenshu.remarks import LIST_SHEET, MARK
from zhenshu.workbook import Workbook

SHEET = "台账"
ID = "900101196001010014"
HEADINGS = ["序号", "工作表", "单元格", "表单", "列", "原文", "问题与改法", "规则编号", "级别"]


def bad(file: str, cell: str = "B3", **more) -> Problem:
    facts = {"rule_id": "V09", "message": "不是数：请填数字", "source_sheet": SHEET, "form": "household", "column_name": "head_id"}
    return Problem(source_file=file, cell=cell, **{**facts, "town_code": "900101201", "found": "三", **more})


@cache
def township_workbook() -> bytes:
    """A workbook with what a rewriting library may lose: a chart, results of formulas, a comment, a rule, drop-downs, hidden sheets."""
    saved = io.BytesIO()
    with xlsxwriter.Workbook(saved) as book:
        book.add_worksheet("说明").hide()
        sheet = book.add_worksheet(SHEET)
        sheet.merge_range("A1:D1", "甲乡建档立卡户台账", book.add_format({"bold": True}))
        sheet.write_row("A2", ["村", "人数", "金额", "比例"])
        sheet.write_row("A3", ["A村", "三", 12.5], book.add_format({"num_format": "#,##0.00"}))
        sheet.write_formula("D3", "=C3/100", book.add_format({"num_format": "0.00%"}), 0.125)
        sheet.merge_range("A4:A6", "B村")
        sheet.set_column("A:A", 33)
        sheet.write_comment("C3", "核对过", {"author": "经办"})
        sheet.data_validation("B3:B9", {"validate": "list", "source": ["1", "2"], "input_message": "选\n一个"})
        sheet.conditional_format("B3:B9", {"type": "cell", "criteria": ">", "value": 9, "format": book.add_format({"bg_color": "red"})})
        sheet.print_area("A1:D9")
        sheet.activate()
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": f"='{SHEET}'!$C$3:$C$9"})
        sheet.insert_chart("F2", chart)
        book.add_worksheet("附表'2 月").write("A1", 1)
    return saved.getvalue()


@pytest.fixture
def office(tmp_path: Path):
    """Workbooks in, returns out."""
    (tmp_path / "workbooks").mkdir()

    class Office:
        workbooks, folder = tmp_path / "workbooks", tmp_path / "returns"

        def put(self, name: str, content: bytes) -> Path:
            path = self.workbooks / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return path

        def send(self, *problems: Problem) -> list[str]:
            written = returns.write_all(list(problems), self.workbooks, self.folder, {"900101201": "甲乡"})
            return [p.relative_to(self.folder).as_posix() for p in written]

        def open(self, name: str = "甲乡.xlsx") -> openpyxl.Workbook:
            return openpyxl.load_workbook(self.folder / name, keep_vba=name.endswith("m"))

        def rows(self, name: str = "甲乡.xlsx") -> list[list]:
            return [[c.value for c in row] for row in self.open(name)[LIST_SHEET].iter_rows(min_row=4)]

    return Office()


def read(path: Path) -> dict:
    """What intake sees of a workbook, our own sheet apart."""
    sheets = {name: reader() for name, reader in Workbook(path, path.name).sheets() if not name.startswith(LIST_SHEET)}
    return {name: (s.rows, s.merges, s.marks, s.hidden) for name, s in sheets.items()}


def remarked(sheet) -> dict[str, str]:
    return {c.coordinate: c.comment.text for row in sheet.iter_rows() for c in row if c.comment}


def coloured(sheet) -> list[str]:
    return [str(f.sqref) for f in sheet.conditional_formatting for rule in f.rules if rule.formula == [remarks.RULE] and rule.priority == 1]


# ---- the township's own workbook


def test_bad_cells_get_a_comment_and_a_colour(office):
    office.put("甲乡.xlsx", township_workbook())
    office.send(bad("甲乡.xlsx"), bad("甲乡.xlsx", rule_id="V15", message="必填", severity="warning"), bad("甲乡.xlsx", "D9", found=""))
    sheet = office.open()[SHEET]
    said = remarked(sheet)
    assert said["B3"] == f"{MARK}V09　未入库\n原文：三\n不是数：请填数字\nV15　请核实\n原文：三\n必填"
    assert said["D9"] == f"{MARK}V09　未入库\n不是数：请填数字"
    assert sheet["B3"].comment.author == "镇数"
    assert coloured(sheet) == ["B3 D9"]
    fill = next(f for f in sheet.conditional_formatting if "D9" in str(f.sqref)).rules[0].dxf.fill
    assert (fill.patternType, fill.bgColor.rgb) == ("solid", "FFFFE0B2")


def test_the_list_stands_in_front_and_leads_to_the_cells(office):
    office.put("甲乡.xlsx", township_workbook())
    office.send(
        bad("甲乡.xlsx", severity="notice", rule_id="L10"),
        bad("甲乡.xlsx", "A1", source_sheet="附表'2 月", severity="warning"),
        bad("甲乡.xlsx", "B10"),
        bad("甲乡.xlsx", "B9"),
        Problem("F09", "整个文件", "甲乡.xlsx"),
    )
    book = office.open()
    sheet = book[LIST_SHEET]
    assert book.sheetnames == [LIST_SHEET, "说明", SHEET, "附表'2 月"] and book.active.title == LIST_SHEET
    assert sheet["A1"].value == "乡镇：甲乡　文件：甲乡.xlsx　未入库 3 个　请核实 1 个　提示 1 个"
    assert "按原文件名报回" in sheet["A2"].value
    assert [c.value for c in sheet[3]] == HEADINGS
    ledger = ["建档立卡户台账", "户主证件号码", "三", "不是数：请填数字"]
    assert office.rows() == [
        [1, None, None, None, None, None, "整个文件", "F09", "未入库"],
        [2, SHEET, "B9", *ledger, "V09", "未入库"],
        [3, SHEET, "B10", *ledger, "V09", "未入库"],
        [4, "附表'2 月", "A1", *ledger, "V09", "请核实"],
        [5, SHEET, "B3", *ledger, "L10", "提示"],
    ]
    assert [sheet[f"C{n}"].hyperlink.location for n in (5, 7)] == [f"'{SHEET}'!B9", "'附表''2 月'!A1"]
    assert sheet.freeze_panes == "A4" and sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
    assert sheet["G5"].alignment.wrap_text and sheet.column_dimensions["G"].width > 50
    assert [s.title for s in book if s.sheet_view.tabSelected] == [LIST_SHEET]  # two selected sheets would be typed into together


def test_nothing_of_the_township_is_lost(office):
    path = office.put("甲乡.xlsx", township_workbook())
    office.send(bad("甲乡.xlsx"), bad("甲乡.xlsx", "A5"))
    returned = office.folder / "甲乡.xlsx"
    assert read(returned) == read(path)
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(returned) as after:
        changed = {n for n in before.namelist() if before.read(n) != after.read(n)}
        assert "xl/charts/chart1.xml" in before.namelist()
        data = [z.read("xl/worksheets/sheet2.xml").partition(b"<cols>")[2].partition(b"</sheetData>")[0] for z in (before, after)]
    sheet = "xl/worksheets/sheet2.xml"
    touched = {"xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"}
    assert changed == {sheet, "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml", *touched}
    assert data[0] == data[1] and b"C3/100</f><v>0.125</v>" in data[1]
    old, new = openpyxl.load_workbook(path), office.open()
    assert [s.sheet_state for s in new] == ["visible", "hidden", "visible", "visible"]
    for cell in ("C3", "D3", "A1"):
        a, b = old[SHEET][cell], new[SHEET][cell]
        assert (a.value, a.number_format, a.font.b) == (b.value, b.number_format, b.font.b), cell
    assert new[SHEET].column_dimensions["A"].width == old[SHEET].column_dimensions["A"].width > 30
    (rule,) = new[SHEET].data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1, rule.prompt) == ("B3:B9", '"1,2"', "选\n一个")
    assert new[SHEET].print_area == old[SHEET].print_area  # its sheet is now the third
    assert [r.priority for f in new[SHEET].conditional_formatting if str(f.sqref) == "B3:B9" for r in f.rules] == [2]
    assert len(new[SHEET]._charts) == 1


def test_a_comment_that_stands_there_is_kept(office):
    office.put("甲乡.xlsx", township_workbook())
    office.send(bad("甲乡.xlsx", "C3"), bad("甲乡.xlsx", "D3"))
    said = remarked(office.open()[SHEET])
    assert said["C3"] == f"核对过\n{MARK}V09　未入库\n原文：三\n不是数：请填数字"
    assert office.open()[SHEET]["C3"].comment.author == "经办"
    with zipfile.ZipFile(office.folder / "甲乡.xlsx") as package:
        drawing = package.read("xl/drawings/vmlDrawing1.vml")
    assert re.findall(rb"<x:Row>(\d+)</x:Row><x:Column>(\d+)<", drawing) == [(b"2", b"2"), (b"2", b"3")]
    assert len(set(re.findall(rb'<v:shape [^>]*?\bid="([^"]+)"', drawing))) == 2


def test_a_merged_cell_is_remarked_where_it_can_be_seen(office):
    office.put("甲乡.xlsx", township_workbook())
    office.send(bad("甲乡.xlsx", "A6"), bad("甲乡.xlsx", "A5"))
    assert set(remarked(office.open()[SHEET])) == {"A4", "C3"}
    assert [row[2] for row in office.rows()] == ["A5", "A6"]


def test_one_that_comes_back_mended_is_remarked_anew(office):
    """Our list, colours and comments of last time go; the township's comment stays."""
    path = office.put("甲乡.xlsx", township_workbook())
    clean = read(path)
    office.send(bad("甲乡.xlsx"), bad("甲乡.xlsx", "C3"), bad("甲乡.xlsx", "A1", source_sheet="附表'2 月"))
    path.write_bytes((office.folder / "甲乡.xlsx").read_bytes())
    assert read(path) == clean
    office.send(bad("甲乡.xlsx", "D3"))
    book = office.open()
    assert book.sheetnames.count(LIST_SHEET) == 1 and len(office.rows()) == 1
    assert set(remarked(book[SHEET])) == {"C3", "D3"} and remarked(book[SHEET])["C3"].strip() == "核对过"
    assert coloured(book[SHEET]) == ["D3"] and remarked(book["附表'2 月"]) == {} and coloured(book["附表'2 月"]) == []
    assert read(office.folder / "甲乡.xlsx") == clean
    with zipfile.ZipFile(office.folder / "甲乡.xlsx") as package:
        assert package.read("xl/drawings/vmlDrawing1.vml").count(b"<v:shape ") == 2  # no box is left without its comment


@pytest.mark.skipif(not hasattr(intake, "LIST_SHEET"), reason="intake does not pass over our list yet")
def test_one_that_comes_back_loads_as_the_original_would(county):
    name = "乙镇报表（2020年）.xlsx"
    path = county.put(name, (REPORTS / "workbooks" / name).read_bytes())
    before = county.read()
    sheets = openpyxl.load_workbook(path, read_only=True).sheetnames
    returns.write_all([bad(name, "C5", source_sheet=sheet) for sheet in sheets], county.root / "workbooks", county.root / "returns")
    path.write_bytes((county.root / "returns" / name).read_bytes())
    after = county.read()
    assert any(before.rows.values()) and before.figures
    assert (after.rows, after.figures, after.problems) == (before.rows, before.figures, before.problems)


def test_one_saved_by_another_program_is_remarked_anew(office):
    """The same after openpyxl wrote it: other names of parts, other prefixes in the drawings."""
    path = office.put("甲乡.xlsx", township_workbook())
    office.send(bad("甲乡.xlsx"), bad("甲乡.xlsx", "C3"))
    book = office.open()
    book.move_sheet(LIST_SHEET, 2)
    book.save(path)
    office.send(bad("甲乡.xlsx", "D3"))
    book = office.open()
    assert book.sheetnames.index(LIST_SHEET) == 2 and book.active.title == LIST_SHEET
    assert set(remarked(book[SHEET])) == {"C3", "D3"} and remarked(book[SHEET])["C3"].strip() == "核对过"
    assert [s.title for s in book if s.sheet_view.tabSelected] == [LIST_SHEET]


def test_prefixed_xml_is_understood(office):
    """Some programs write <x:worksheet>, single quotes and empty elements."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx({SHEET: [["村", 1]]}))) as source, zipfile.ZipFile(saved, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith(("xl/workbook.xml", "xl/styles", "xl/worksheets/sheet")):
                content = re.sub(rb"(</?)(?=[a-zA-Z])", rb"\1x:", content).replace(b'xmlns="', b'xmlns:x="')
            target.writestr(name, content)
    path = office.put("甲乡.xlsx", saved.getvalue())
    assert office.send(bad("甲乡.xlsx")) == ["甲乡.xlsx"]
    assert set(remarked(office.open()[SHEET])) == {"B3"} and read(office.folder / "甲乡.xlsx") == read(path)


def test_what_openpyxl_wrote_is_annotated(office):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    sheet.append(["村", "=1+1"])
    sheet["A1"].comment = Comment("核对过\n了", "经办")
    sheet.conditional_formatting.add("A1:A9", CellIsRule(operator="equal", formula=["1"], fill=PatternFill("solid", bgColor="FF0000")))
    rule = DataValidation(type="list", formula1='"是,否"')
    sheet.add_data_validation(rule)
    rule.add("C1")
    saved = io.BytesIO()
    book.save(saved)
    office.put("甲乡.xlsx", saved.getvalue())
    office.send(bad("甲乡.xlsx", "A1"), bad("甲乡.xlsx", "B1"))
    sheet = office.open()[SHEET]
    assert remarked(sheet)["A1"].startswith(f"核对过\n了\n{MARK}V09") and set(remarked(sheet)) == {"A1", "B1"}
    assert sheet["B1"].value == "=1+1" and len(sheet.data_validations.dataValidation) == 1 and coloured(sheet) == ["A1 B1"]


def test_a_picture_in_the_page_header_is_not_taken_for_the_comments_drawing(office):
    saved = io.BytesIO()
    png = struct.pack(">8sI4sIIBBBBBI", b"\x89PNG\r\n\x1a\n", 13, b"IHDR", 1, 1, 8, 0, 0, 0, 0, 0) + struct.pack(">I4sI", 0, b"IEND", 0) * 3
    with xlsxwriter.Workbook(saved) as book:
        sheet = book.add_worksheet(SHEET)
        sheet.set_header("&C&G", {"image_center": "a.png", "image_data_center": io.BytesIO(png)})
        sheet.write("A1", 1)
    office.put("甲乡.xlsx", saved.getvalue())
    office.send(bad("甲乡.xlsx"))
    with zipfile.ZipFile(io.BytesIO(saved.getvalue())) as before, zipfile.ZipFile(office.folder / "甲乡.xlsx") as after:
        assert before.read("xl/drawings/vmlDrawing1.vml") == after.read("xl/drawings/vmlDrawing1.vml")
        assert b"<x:Row>2<" in after.read("xl/drawings/zhenshu1.vml")
        tail = after.read("xl/worksheets/sheet1.xml").partition(b"</sheetData>")[2]
    names = re.findall(rb"<(conditionalFormatting|pageMargins|headerFooter|legacyDrawing\w*)", tail)
    assert names == [b"conditionalFormatting", b"pageMargins", b"headerFooter", b"legacyDrawing", b"legacyDrawingHF"]


def test_a_threaded_comment_is_left_alone(office):
    """Excel shows the thread only: words put below it would not be seen."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(township_workbook())) as source, zipfile.ZipFile(saved, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace("<author>经办".encode(), b"<author>tc={0}"))
    office.put("甲乡.xlsx", saved.getvalue())
    office.send(bad("甲乡.xlsx", "C3"), bad("甲乡.xlsx", "D3"))
    assert remarked(office.open()[SHEET])["C3"] == "核对过" and coloured(office.open()[SHEET]) == ["C3 D3"]
    assert [row[2] for row in office.rows()] == ["C3", "D3"]


def test_macros_are_kept(office):
    saved = io.BytesIO(xlsx({SHEET: [["村"]]}))
    with zipfile.ZipFile(saved, "a") as package:
        package.writestr("xl/vbaProject.bin", b"macros")
    office.put("甲乡.xlsm", saved.getvalue())
    assert office.send(bad("甲乡.xlsm")) == ["甲乡.xlsm"]
    with zipfile.ZipFile(office.folder / "甲乡.xlsm") as package:
        assert package.read("xl/vbaProject.bin") == b"macros"


def test_only_so_many_comments(office, monkeypatch):
    monkeypatch.setattr(remarks, "MOST_REMARKS", 3)
    monkeypatch.setattr(returns, "MOST_REMARKS", 3)
    office.put("甲乡.xlsx", xlsx({SHEET: [["村"]]}))
    office.send(*(bad("甲乡.xlsx", f"B{n}") for n in range(1, 6)))
    assert set(remarked(office.open()[SHEET])) == {"B1", "B2", "B3"} and len(office.rows()) == 5
    assert "只有前 3 个单元格加了批注" in office.open()[LIST_SHEET]["A2"].value


# ---- lists alone


def old_excel() -> bytes:
    book, saved = xlwt.Workbook(), io.BytesIO()
    book.add_sheet(SHEET).write(0, 0, "村")
    book.save(saved)
    return saved.getvalue()


def strict(content: bytes) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(saved, "w") as target:
        for name in source.namelist():
            target.writestr(
                name, source.read(name).replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006", b"http://purl.oclc.org/ooxml/s")
            )
    return saved.getvalue()


def signed(content: bytes) -> bytes:
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as package:
        package.writestr("_xmlsignatures/origin.sigs", b"")
    return saved.getvalue()


def without(content: bytes, part: str) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(saved, "w") as target:
        for name in set(source.namelist()) - {part}:
            target.writestr(name, source.read(name))
    return saved.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("甲乡.csv", "村,人数\nA村,三\n".encode(), "不能自动加批注"),
        ("甲乡.xls", old_excel(), "不能自动加批注"),
        ("甲乡.et", old_excel(), "不能自动加批注"),
        ("甲乡.xlsx", old_excel(), "不能自动加批注"),
        ("甲乡.xlsx", township_workbook()[:-400], "损坏"),
        ("甲乡.xlsx", strict(township_workbook()), "Strict"),
        ("甲乡.xlsx", signed(township_workbook()), "签名"),
        ("甲乡.xlsx", without(township_workbook(), "xl/worksheets/sheet2.xml"), "损坏"),
        ("甲乡.xlsx", b"", "不能自动加批注"),
    ],
)
def test_what_cannot_be_annotated_still_gets_its_list(office, name, content, why):
    office.put(name, content)
    assert office.send(bad(name)) == ["甲乡.问题清单.xlsx"]
    sheet = office.open("甲乡.问题清单.xlsx")[LIST_SHEET]
    assert why in sheet["A2"].value and "照本清单在原文件里改正" in sheet["A2"].value
    assert sheet["C4"].value == "B3" and sheet["C4"].hyperlink is None
    assert f"文件：{name}" in sheet["A1"].value


def test_a_workbook_too_large_gets_its_list(office, monkeypatch):
    monkeypatch.setattr(remarks, "MOST_BYTES", 1000)
    office.put("甲乡.xlsx", township_workbook())
    assert office.send(bad("甲乡.xlsx")) == ["甲乡.问题清单.xlsx"]
    assert "太大" in office.open("甲乡.问题清单.xlsx")[LIST_SHEET]["A2"].value


def test_a_directory_named_like_a_workbook_and_a_file_that_is_gone(office):
    (office.workbooks / "目录.xlsx").mkdir()
    assert office.send(bad("目录.xlsx"), bad("没了.xlsx")) == ["没了.问题清单.xlsx", "目录.问题清单.xlsx"]


def test_two_files_of_one_stem(office):
    office.put("甲乡.csv", b"a")
    office.put("甲乡.xls", b"a")
    assert office.send(bad("甲乡.csv"), bad("甲乡.xls")) == ["甲乡.xls.问题清单.xlsx", "甲乡.问题清单.xlsx"]


@pytest.mark.parametrize("cell", ["XFE1", "A1048577", "A0", "1", "A", "a1", "A1:B2", "ZZZZ1", "A1 <x>"])
def test_what_is_no_cell_goes_to_the_list_only(office, cell):
    """A comment outside Excel's grid would make the whole workbook unreadable."""
    office.put("甲乡.xlsx", xlsx({SHEET: [["村"]]}))
    assert office.send(bad("甲乡.xlsx", cell), bad("甲乡.xlsx", "XFD1048576")) == ["甲乡.xlsx"]
    with zipfile.ZipFile(office.folder / "甲乡.xlsx") as package:
        assert re.findall(rb'<comment ref="([^"]+)"', package.read("xl/zhenshu_comments1.xml")) == [b"XFD1048576"]
    assert sorted(row[2] for row in office.rows()) == sorted([cell, "XFD1048576"])


def test_notices_alone_return_nothing(office):
    office.put("甲乡.xlsx", township_workbook())
    assert office.send(bad("甲乡.xlsx", severity="notice")) == []


def test_a_long_list_says_what_is_left_out(office, monkeypatch):
    monkeypatch.setattr(returns, "MOST_LISTED", 2)
    office.put("甲乡.csv", b"a")
    office.send(*(bad("甲乡.csv", f"B{n}") for n in range(1, 6)))
    assert len(office.rows("甲乡.问题清单.xlsx")) == 2
    assert "只列前 2 个" in office.open("甲乡.问题清单.xlsx")[LIST_SHEET]["A2"].value


# ---- safety


@pytest.mark.parametrize("name", ["甲乡.xlsx", "甲乡.csv"])
def test_formula_like_text_stays_text(office, name):
    office.put(name, township_workbook() if name.endswith("x") else b"a")
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "http://x.example", "<b>&\x00\x0b\ud800"]
    (written,) = office.send(*(bad(name, found=text, message=text, cell=f"B{n}") for n, text in enumerate(texts, 1)))
    sheet = office.open(written)[LIST_SHEET]
    cells = [sheet.cell(row, column) for row in range(4, 4 + len(texts)) for column in (6, 7)]
    assert {c.data_type for c in cells} == {"s"} and all(c.quotePrefix for c in cells)
    assert not any(c.hyperlink for c in cells)
    assert [c.value.lstrip() for c in cells[::2]] == ["=1+1", "+1", "-1", "@SUM(A1)", "=1", "=1", *texts[6:8], "<b>&"]
    with zipfile.ZipFile(office.folder / written) as package:
        lists = [n for n in package.namelist() if n.startswith("xl/worksheets/") and b"@SUM" in package.read(n)]
        assert len(lists) == 1 and b"<f>" not in package.read(lists[0])


def test_no_personal_number_is_in_what_we_write(office):
    phone = "13900000000"
    sheet = f"户主{ID}"
    office.put(f"甲乡{ID}/{phone}.xlsx", xlsx({sheet: [[1]]}))
    office.put(f"甲乡{ID}.csv", b"a")
    names = ["甲乡［证件或卡号］/［电话］.xlsx", "甲乡［证件或卡号］.csv"]
    plain = {"found": ID, "message": f"号码 {ID} 电话 {phone}", "source_sheet": "户主［证件或卡号］"}
    written = office.send(*(bad(n, **plain) for n in names))
    assert sorted(written) == sorted(["甲乡［证件或卡号］.问题清单.xlsx", names[0]])
    assert set(remarked(office.open(names[0])[sheet])) == {"B3"}  # found through its scrubbed name
    for name in written:
        with zipfile.ZipFile(office.folder / name) as package:
            ours = [package.read(n) for n in package.namelist() if n not in ("xl/workbook.xml", "docProps/app.xml")]
        assert not any(number.encode() in part for number in (ID, phone) for part in ours)


def test_files_and_sheets_that_scrubbing_makes_alike_are_not_mixed_up(office):
    other = "900101197001010011"
    office.put(f"{ID}.xlsx", xlsx({SHEET: [[1]]}))
    office.put(f"{other}.xlsx", xlsx({SHEET: [[1]]}))
    office.put("甲乡.xlsx", xlsx({f"户{ID}": [[1]], f"户{other}": [[1]]}))
    written = office.send(bad("［证件或卡号］.xlsx"), bad("甲乡.xlsx", source_sheet="户［证件或卡号］"))
    assert written == ["甲乡.xlsx", "［证件或卡号］.问题清单.xlsx"]
    assert [remarked(s) for s in office.open()] == [{}, {}, {}] and len(office.rows()) == 1


@pytest.mark.parametrize(
    "name", ["../外.xlsx", "/etc/外.xlsx", "a/../../外.xlsx", "..\\外.xlsx", "C:\\外.xlsx", "..", "/", "长" * 200 + ".xlsx"]
)
def test_nothing_is_written_outside_the_folder(office, name):
    before = {p for p in office.workbooks.parent.rglob("*")}
    (written,) = office.send(bad(name))
    after = {p for p in office.workbooks.parent.rglob("*")}
    assert after - before == {office.folder, *(office.folder / p for p in (written, *Path(written).parents) if str(p) != ".")}


# ---- the folder as a whole


def test_two_runs_give_the_same_bytes(office):
    office.put("甲乡.xlsx", township_workbook())
    office.put("乙/乙镇.csv", b"a")
    problems = (bad("甲乡.xlsx"), bad("乙/乙镇.csv"))
    first = {name: (office.folder / name).read_bytes() for name in office.send(*problems)}
    second = {name: (office.folder / name).read_bytes() for name in office.send(*problems)}
    with zipfile.ZipFile(office.folder / "乙/乙镇.问题清单.xlsx") as package:  # nor do they depend on the clock
        assert b"2020-01-01T00:00:00Z" in package.read("docProps/core.xml") and {m.date_time[0] for m in package.infolist()} == {1980}
    assert first == second and set(first) == {"甲乡.xlsx", "乙/乙镇.问题清单.xlsx"}


def test_a_file_that_is_sound_now_is_returned_no_more(office):
    office.put("甲乡.xlsx", township_workbook())
    office.put("乙镇.csv", b"a")
    office.send(bad("甲乡.xlsx"), bad("乙镇.csv"))
    assert office.send(bad("乙镇.csv")) == ["乙镇.问题清单.xlsx"]
    assert office.send() == [] and [p.name for p in office.workbooks.parent.iterdir()] == ["workbooks", "returns"]


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, MemoryError, OSError])
def test_a_run_that_is_stopped_leaves_the_former_folder_whole(office, monkeypatch, stopped):
    office.put("甲乡.csv", b"a")
    office.put("乙镇.csv", b"a")
    office.send(bad("甲乡.csv"))
    former = (office.folder / "甲乡.问题清单.xlsx").read_bytes()
    write, calls = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        calls.append(path)
        if len(calls) > 1:
            raise stopped
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(stopped):
        office.send(bad("甲乡.csv", "C9"), bad("乙镇.csv"))
    assert [p.name for p in office.folder.iterdir()] == ["甲乡.问题清单.xlsx"]
    assert (office.folder / "甲乡.问题清单.xlsx").read_bytes() == former
    assert sorted(p.name for p in office.workbooks.parent.iterdir()) == ["returns", "workbooks"]


def test_a_run_killed_between_the_two_renames_is_brought_back(office, monkeypatch):
    office.put("甲乡.csv", b"a")
    office.send(bad("甲乡.csv"))
    office.folder.rename(office.folder.with_name(".returns-former"))
    versions.recover(office.folder)
    assert [p.name for p in office.folder.iterdir()] == ["甲乡.问题清单.xlsx"]


@pytest.mark.parametrize("kept", ["returns", ".returns-unfinished"])
def test_a_folder_in_use_stays(office, monkeypatch, kept):
    """On Windows a returned workbook that is open keeps its folder from being renamed."""
    office.put("甲乡.csv", b"a")
    office.send(bad("甲乡.csv"))
    rename = Path.rename

    def refused(path: Path, goal: Path) -> Path:
        if path.name.startswith(kept):
            raise PermissionError
        return rename(path, goal)

    monkeypatch.setattr(versions, "_exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(PermissionError):
        office.send(bad("甲乡.csv"), bad("乙镇.csv"))
    assert [p.name for p in office.folder.iterdir()] == ["甲乡.问题清单.xlsx"]
    assert sorted(p.name for p in office.workbooks.parent.iterdir()) == ["returns", "workbooks"]
