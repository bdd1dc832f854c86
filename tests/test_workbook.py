"""Opening files: every kind that is taken, and every kind that is refused by name."""

import datetime as dt
import io
import struct
import zipfile

import pytest
import xlsxwriter
import xlwt
from intake_county import xlsx
from xlwt.CompoundDoc import XlsDoc

from zhenshu import ooxml
from zhenshu.workbook import Refused, Sheet, Workbook, cell_name, column_letters, find


def sheets(tmp_path, name: str, content: bytes) -> list[Sheet]:
    path = tmp_path / name
    path.write_bytes(content)
    return [read() for _, read in Workbook(path, name).sheets()]


def refusal(tmp_path, name: str, content: bytes) -> str:
    with pytest.raises(Refused) as why:
        sheets(tmp_path, name, content)
    assert "请" in str(why.value), "a refusal says what to do"
    return why.value.rule


def rewritten(content: bytes, change) -> bytes:
    """A zip with some members' bytes changed by `change(name, data)`."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return saved.getvalue()


def xls(fill) -> bytes:
    book, saved = xlwt.Workbook(), io.BytesIO()
    fill(book)
    book.save(saved)
    return saved.getvalue()


def compound(stream: bytes, name: str = "Workbook", other: str = "") -> bytes:
    """An OLE file with one stream of that name, and the name of another."""
    saved = io.BytesIO()
    XlsDoc().save(saved, stream.ljust(4096, b"\0"))
    content = saved.getvalue()
    at = content.index("Workbook".encode("utf-16-le"))
    entry = name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(name) + 2)
    spare = other.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(other) + 2)
    return content[:at] + entry + content[at + 66 : at + 128] + (spare if other else content[at + 128 : at + 194]) + content[at + 194 :]


def test_cell_names():
    assert [cell_name(11, 5), cell_name(0, 25), cell_name(0, 26), cell_name(0, 16383)] == ["F12", "Z1", "AA1", "XFD1"]
    assert [ooxml.column_number(column_letters(n)) for n in (0, 25, 26, 701, 702, 16383)] == [0, 25, 26, 701, 702, 16383]


BOOK = xlsx({"甲": [["村", "数"], ["东村", 5]]})


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("零.xlsx", b"", "F01"),
        ("零.csv", b"", "F01"),
        ("网页.xls", b"<html><table><tr><td>1</td></tr></table></html>", "F02"),
        ("网页.xls", b"\xef\xbb\xbf \r\n<!DOCTYPE html>", "F02"),
        ("数据.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "F02"),
        ("网页.csv", b"<table><tr><td>1</td></tr></table>", "F02"),
        ("文本.xlsx", "村,数\n东村,5\n".encode(), "F02"),
        ("文档.xls", compound(b"text", "WordDocument", "1Table"), "F02"),
        ("旧.xls", b"\x09\x00\x04\x00\x02\x00\x10\x00" + b"\0" * 40, "F02"),
        ("旧.xls", b"\x09\x02\x06\x00\x00\x00\x10\x00\x00\x00" + b"\0" * 40, "F02"),
        ("旧.xls", b"\x09\x04\x06\x00\x00\x00\x10\x00\x00\x00" + b"\0" * 40, "F02"),
        ("加密.xlsx", compound(b"secret", "EncryptedPackage"), "F03"),
        ("加密.xls", compound(struct.pack("<HHHH12xHH6x", 0x809, 16, 0x600, 5, 0x2F, 6) + b"\x0a\0\0\0"), "F03"),
        ("截断.xlsx", BOOK[:-300], "F04"),
        ("截断.xlsx", BOOK[:40], "F04"),
        ("截断.xls", xls(lambda b: b.add_sheet("s").write(0, 0, "x" * 30000))[:3000], "F04"),
        ("空压缩包.xlsx", b"PK\x05\x06" + b"\0" * 18, "F02"),
        ("别的压缩包.xlsx", rewritten(BOOK, lambda n, d: d).replace(b"xl/workbook.xml", b"xl/workbooq.xml"), "F04"),
        ("乱码.csv", b"\xff\x00\x81\x30\x00,1\n", "F05"),
        ("空字符.csv", "村,数\n东\x00村,5\n".encode(), "F05"),
        ("混编.csv", "村,数\n东村,5\n".encode() + "西村,6\n".encode("gb18030"), "F05"),
        ("混编.csv", "村,数\n".encode("gb18030") + "户主,6\n".encode(), "F05"),
        ("引号.csv", '村,数\n"东村,5\n西村,6\n'.encode(), "F05"),
        ("截断.csv", "村,数\n东".encode("utf-16")[:-1], "F05"),
        ("报告.pdf", b"%PDF-1.4", "F06"),
        ("打包.zip", BOOK, "F06"),
    ],
)
def test_refused_by_name(tmp_path, name, content, rule):
    assert refusal(tmp_path, name, content) == rule


def test_a_workbook_without_sheets_is_refused(county):
    county.put("甲乡.xlsx", rewritten(BOOK, lambda n, d: d.replace(b"<sheet xmlns", b"<nosheet xmlns").replace(b"<sheet ", b"<nosheet ")))
    assert [p.rule_id for p in county.read().problems] in (["F07"], ["F04"])
    county.put("甲乡.xlsx", xlsx({"空": []}))
    assert [p.rule_id for p in county.read().problems] == ["F07"]


def test_a_directory_named_like_a_workbook_is_named_and_what_is_in_it_read(county):
    county.put("目录.xlsx/甲乡.csv", "填报单位：甲乡 统计时间：2020年 单位：万元\n级次,下达金额\n中央,5\n")
    result = county.read()
    assert [(p.rule_id, p.source_file) for p in result.problems] == [("F06", "目录.xlsx")]
    assert [row["issued"] for row in result.rows["fund_summary"]] == ["50000.00"]


def test_lock_files_and_hidden_files_are_nobodys_report(county):
    for name in ("~$甲乡.xlsx", ".DS_Store", "Thumbs.db", "README.md"):
        county.put(name, b"x")
    assert county.read().problems == []
    assert find(county.root / "workbooks") == []


@pytest.mark.parametrize("name", ["甲乡.xlsx", "甲乡.xls", "甲乡.et", "甲乡.xlsm", "甲乡.csv"])
def test_content_decides_not_the_extension(tmp_path, name):
    assert sheets(tmp_path, name, BOOK)[0].rows == [["村", "数"], ["东村", 5.0]]
    old = xls(lambda b: [b.add_sheet("甲").write(1, 1, "数")])
    assert sheets(tmp_path, name, old)[0].rows == [[], ["", "数"]]


@pytest.mark.parametrize(
    "content",
    [
        "村,数\n东村,5\n".encode(),
        "\ufeff村,数\r\n东村,5\r\n".encode(),
        "村,数\n东村,5\n".encode("gb18030"),
        "村,数\r\n东村,5".encode("utf-16"),
        "村\t数\n东村\t5\n".encode("utf-16"),
        b"\xfe\xff" + "村,数\n东村,5\n".encode("utf-16-be"),
    ],
)
def test_text_tables(tmp_path, content):
    assert sheets(tmp_path, "甲乡.csv", content)[0].rows == [["村", "数"], ["东村", "5"]]


def test_ragged_rows_and_line_breaks_inside_a_cell_keep_their_row_numbers(tmp_path):
    rows = sheets(tmp_path, "甲.csv", '标题\n\n村,数,备注\n"东\n村",5\n西村,6,无,多\n'.encode())[0].rows
    assert rows == [["标题"], [], ["村", "数", "备注"], ["东\n村", "5"], ["西村", "6", "无", "多"]]


def test_zip_bombs_are_refused_before_unpacking(tmp_path, monkeypatch):
    bomb = rewritten(BOOK, lambda n, d: d + b" " * (80 << 20) if n.endswith("sheet1.xml") else d)
    assert len(bomb) < 200_000
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    assert refusal(tmp_path, "炸弹.xlsx", bomb) == "F08"


def test_a_member_that_lies_about_its_size_is_refused(tmp_path):
    content = bytearray(BOOK)
    at = content.rindex(b"xl/worksheets/sheet1.xml") - 46  # its entry in the central directory
    assert content[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", content, at + 24, 100)
    assert refusal(tmp_path, "谎报.xlsx", bytes(content)) == "F04"


@pytest.mark.parametrize("reference", ["XFD1048576", "C9999999", "ZZZZZZZ3"])
def test_a_cell_at_the_worlds_end_asks_for_no_memory(tmp_path, reference):
    row = "".join(filter(str.isdigit, reference))
    cell = f'<row r="{row}"><c r="{reference}"><v>1</v></c></row></sheetData>'.encode()
    far = rewritten(BOOK, lambda n, d: d.replace(b"</sheetData>", cell))
    assert refusal(tmp_path, "远.xlsx", far) == "F08"


def test_far_cells_of_old_workbooks_too(tmp_path):
    content = xls(lambda b: b.add_sheet("s").write(1, 1, 7.25))
    number = (
        struct.pack("<HHHH", 0x203, 14, 1, 1) if struct.pack("<HHHH", 0x203, 14, 1, 1) in content else struct.pack("<HHHH", 0x27E, 10, 1, 1)
    )
    assert content.count(number) == 1
    far = content.replace(number, number[:4] + struct.pack("<HH", 65535, 65535))
    assert refusal(tmp_path, "远.xls", far) == "F08"


def test_sheets_styled_out_to_the_last_column_are_read(tmp_path):
    styled = "".join(f'<row r="{r}" s="1" customFormat="1"><c r="XFD{r}" s="0"/></row>' for r in range(3, 3000)).encode()
    far = b'<row r="1048576"><c r="A1048576" s="0"></c></row></sheetData>'
    content = rewritten(BOOK, lambda n, d: d.replace(b"</sheetData>", styled + far))
    rows = sheets(tmp_path, "样式.xlsx", content)[0].rows
    assert rows[:2] == [["村", "数"], ["东村", 5.0]]
    assert not any(rows[2:])


@pytest.mark.parametrize("dimension", [b"A1:A1", b"A1:XFD1048576", b"C5:D9"])
def test_dimension_records_that_lie(tmp_path, dimension):
    content = rewritten(BOOK, lambda n, d: d.replace(b'<dimension ref="A1:B2"', b'<dimension ref="' + dimension + b'"'))
    assert content != BOOK
    assert sheets(tmp_path, "谎.xlsx", content)[0].rows == [["村", "数"], ["东村", 5.0]]


def marked_xlsx() -> bytes:
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True, "date_1904": True})
    sheet = book.add_worksheet("甲")
    sheet.write(0, 0, 0.9213, book.add_format({"num_format": "0.00%"}))
    sheet.write(0, 1, 12.5, book.add_format({"num_format": '0.00"万元"'}))
    sheet.write(0, 2, dt.datetime(2020, 6, 18), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
    sheet.write_formula(1, 1, "=A1", None, "")
    sheet.write_formula(1, 2, '=""&""', None, 5)
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.write(3, 0, 1)
    sheet.set_column(4, 5, None, None, {"hidden": True})
    book.add_worksheet("藏").hide()
    book.close()
    return saved.getvalue()


def test_what_stands_beside_the_values(tmp_path):
    sheet, hidden = sheets(tmp_path, "甲.xlsx", marked_xlsx())
    assert sheet.marks.errors == {(1, 0): "#DIV/0!"}
    assert sheet.marks.uncached == {(1, 1)}
    assert sheet.rows[1] == ["#DIV/0!", "=?", 5.0]
    assert sheet.marks.formats == {(0, 0): "0.00%", (0, 1): '0.00"万元"'}
    assert sheet.marks.hidden_rows == [3] and sheet.marks.hidden_columns == [(4, 5)]
    assert sheet.marks.epoch_1904 and sheet.rows[0][2] == dt.date(2020, 6, 18)
    assert (sheet.hidden, hidden.hidden) == (False, True)


def test_the_same_of_old_workbooks(tmp_path):
    def fill(book):
        book.dates_1904 = True
        sheet = book.add_sheet("甲")
        sheet.write(0, 0, 0.9213, xlwt.easyxf(num_format_str="0.00%"))
        sheet.write(0, 1, 0.5, xlwt.easyxf(num_format_str="0.00%"))
        sheet.write(1, 0, xlwt.Formula("1+1"))
        sheet.row(1).set_cell_error(1, "#REF!")
        sheet.row(3).hidden = True
        sheet.write(3, 0, 1)
        sheet.col(4).hidden = True
        book.add_sheet("藏").visibility = 1
        book.get_sheet(1).write(0, 0, "x")

    # xlwt leaves the result empty; the flag that asks for calculation on opening is what tells it from an empty text
    content = xls(fill).replace(bytes.fromhex("030000000000ffff0000"), bytes.fromhex("030000000000ffff0200"))
    sheet, hidden = sheets(tmp_path, "甲.xls", content)
    assert sheet.marks.errors == {(1, 1): "#REF!"}
    assert sheet.marks.uncached == {(1, 0)}
    assert sheet.rows[1] == ["=?", "#REF!"]
    assert sheet.marks.formats == {(0, 0): "0.00%", (0, 1): "0.00%"}
    assert sheet.marks.hidden_rows == [3] and sheet.marks.hidden_columns == [(4, 4)]
    assert sheet.marks.epoch_1904 and (sheet.hidden, hidden.hidden) == (False, True)


def test_prefixed_xml_and_cells_without_references(tmp_path):
    def prefixed(name, data):
        if not name.endswith("sheet1.xml"):
            return data
        return (
            b'<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
            b'<x:row r="2" hidden="1"><x:c r="B2" t="e"><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c><x:c r="C2"><x:f>B2</x:f></x:c></x:row>'
            b"</x:sheetData></x:worksheet>"
        )

    sheet = sheets(tmp_path, "前缀.xlsx", rewritten(BOOK, prefixed))[0]
    assert sheet.rows == [[], ["", "#DIV/0!", "=?"]]
    assert sheet.marks.hidden_rows == [1]


def test_a_sheet_damaged_among_sound_ones_does_not_take_them_with_it(county):
    good = [["甲乡2020年资金拨付进度表  单位：万元"], ["级次", "下达金额"], ["中央", 5]]
    book = xlsx({"一": good, "二": good, "三": good})
    county.put("甲乡.xlsx", rewritten(book, lambda n, d: d[: len(d) // 2] if n.endswith("sheet2.xml") else d))
    result = county.read()
    assert [(p.rule_id, p.source_sheet) for p in result.problems] == [("F04", "二")]
    assert [row["source_sheet"] for row in result.rows["fund_summary"]] == ["一", "三"]


def test_merges_over_the_whole_world_are_clipped_or_refused(tmp_path):
    merge = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:A1048576"/></mergeCells>'
    content = rewritten(BOOK, lambda n, d: d.replace(b"</sheetData>", merge))
    sheet = sheets(tmp_path, "合并.xlsx", content)[0]
    assert sheet.anchor == {(0, 0): (0, 0), (1, 0): (0, 0)}
    with pytest.raises(Refused) as why:
        Sheet("s", [["x"] * 2000] * 2, [(0, 0, 1, 1999)] * 600)
    assert why.value.rule == "F08"


def test_a_thousand_sheets(tmp_path):
    content = xlsx({f"表{n}": [[n]] for n in range(1000)})
    assert [s.rows for s in sheets(tmp_path, "千.xlsx", content)][999] == [[999.0]]


def test_names_unpacked_in_another_encoding_are_readable(county):
    path = bytes(county.root / "workbooks") + b"/" + "甲乡2020年.csv".encode("gb18030")
    with open(path, "wb") as file:
        file.write("级次,下达金额（万元）\n中央,5\n".encode())
    result = county.read()
    assert [row["source_file"] for row in result.rows["fund_summary"]] == ["甲乡2020年.csv"]
    assert result.problems == []
