"""Opening a file of any accepted kind as sheets of raw cells, or refusing it by name. Knows nothing of forms."""

import csv
import hashlib
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO, StringIO
from itertools import compress, count, zip_longest
from pathlib import Path

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .biff import SIGNATURE, NoWorkbook, OldBook, Protected
from .ooxml import Marks, Package, TooLarge

SUFFIXES = {".xlsx", ".xlsm", ".xls", ".et", ".csv"}
OUR_OWN = re.compile(r"^(?:\..*|~\$.*|readme.*|thumbs\.db|desktop\.ini)$", re.IGNORECASE)
ZIP = b"PK\x03\x04"
BIFF_2_TO_4 = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
WEB_PAGE = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|head|table|meta|\?xml|body|div)", re.IGNORECASE)
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
MOST_MERGED = 2_000_000
UNCALCULATED = "=?"  # stands for a formula that no spreadsheet program has calculated yet
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, KeyError, IndexError, ValueError, NotImplementedError, OSError, EOFError)


class Refused(Exception):
    """A file or sheet that cannot be read. `rule` is its id in docs/intake.md, the text says why and what to do, in Chinese."""

    def __init__(self, rule: str, message: str):
        super().__init__(message)
        self.rule = rule


def column_letters(column: int) -> str:
    """F for the zero-based 5."""
    letters = ""
    column += 1
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(65 + last) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """F12 for the zero-based (11, 5)."""
    return f"{column_letters(column)}{row + 1}"


@dataclass
class Sheet:
    """One sheet: raw cells by zero-based row and column, and its merged ranges as (top, left, bottom, right)."""

    name: str
    rows: list[list[object]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    marks: Marks = field(default_factory=Marks)
    hidden: bool = False

    def __post_init__(self) -> None:
        width = max(map(len, self.rows), default=0)
        inside = [(t, le, min(b, len(self.rows) - 1), min(r, width - 1)) for t, le, b, r in self.merges]
        if sum(max(0, b - t + 1) * max(0, r - le + 1) for t, le, b, r in inside) > MOST_MERGED:
            raise Refused("F08", "合并单元格过多，请取消合并后重报")
        self.anchor = {(r, c): (t, le) for t, le, b, right in inside for r in range(t, b + 1) for c in range(le, right + 1)}
        self.merged_rows = {row for row, _ in self.anchor}
        self.extent = {(t, le): (b, r) for t, le, b, r in self.merges}

    @cached_property
    def columns(self) -> list[tuple[object, ...]]:
        """The same cells by column and row."""
        return list(zip_longest(*self.rows, fillvalue=""))

    @cached_property
    def words(self) -> list[set[str]]:
        """By column its different texts, but for ASCII ones such as numbers of households: no heading or total reads like these."""
        return [{c for c in set(column) if type(c) is str and not (c.isascii() and c[:1].isalnum())} for column in self.columns]

    def column(self, position: int) -> tuple[object, ...]:
        """A column from top to bottom, blank outside the sheet."""
        return self.columns[position] if position < len(self.columns) else ("",) * len(self.rows)

    def rows_of(self, column: int, cells: Container[object]) -> Iterator[int]:
        """The rows in which one of the cells stands in a column."""
        return compress(count(), map(cells.__contains__, self.column(column)))

    def at(self, row: int, column: int) -> object:
        """The cell itself, '' outside the sheet."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""

    def merged(self, row: int, column: int) -> object:
        """The cell, or what its merged range says."""
        return self.at(*self.anchor.get((row, column), (row, column)))


@dataclass
class Workbook:
    """A file of its path below `workbooks/`."""

    path: Path
    name: str

    @property
    def content(self) -> bytes:
        """The file's bytes, read afresh: many workbooks must not be held at once."""
        return self.path.read_bytes()

    @property
    def sha256(self) -> str:
        """Of the bytes; '' for what cannot be opened, a folder named like a file among them."""
        try:
            return hashlib.sha256(self.content).hexdigest()
        except OSError:
            return ""

    def sheets(self) -> Iterator[tuple[str, Callable[[], Sheet]]]:
        """Every sheet's name and the way to read it. Raises Refused, here for the file and in reading for the sheet."""
        if self.path.suffix.lower() not in SUFFIXES:
            raise Refused("F06", "不是受理的文件类型，未读取：请另存为 .xlsx 后放入")
        if self.path.is_dir():
            raise Refused("F06", "是文件夹，不是文件：请把里面的文件直接放入")
        try:
            content = self.content
        except OSError as error:
            raise Refused("F04", f"文件打不开（{type(error).__name__}），请检查后重报") from error
        if not content:
            raise Refused("F01", "文件是空的（0 字节），请重新保存后重报")
        if WEB_PAGE.match(content):
            raise Refused("F02", "不是表格文件（是网页或 XML 改了扩展名），请用表格软件打开后另存为 .xlsx")
        if content.startswith((ZIP, SIGNATURE)):
            yield from _binary_sheets(content)
        elif content.startswith(BIFF_2_TO_4):
            raise Refused("F02", "是 Excel 2.0 至 4.0 的旧格式，请用表格软件打开后另存为 .xlsx")
        elif self.path.suffix.lower() == ".csv":
            yield self.path.stem, lambda: Sheet(self.path.stem, _csv_rows(content))
        else:
            raise Refused("F02", "不是表格文件（可能是文本改了扩展名，或已损坏），请用表格软件另存为 .xlsx")


def _marks_reader(content: bytes) -> Callable[[int, str], Marks]:
    """How to ask the file's own records about a sheet. Raises Refused."""
    try:
        if content.startswith(ZIP):
            package = Package(content)
            return lambda _, name: package.marks(name)
        book = OldBook(content)
        return lambda index, _: book.marks[index]
    except Protected:
        raise Refused("F03", "文件设有打开密码，请取消密码后重报") from None
    except NoWorkbook:
        raise Refused("F02", "不是表格文件（可能是文档改了扩展名），请用表格软件另存为 .xlsx") from None
    except TooLarge:
        raise Refused("F08", "文件解开后大得不合情理，未打开：请另存为 .xlsx，只留要报的表") from None
    except DAMAGE as error:
        raise _damaged(error) from error


def _damaged(error: BaseException) -> Refused:
    return Refused("F04", f"文件损坏，无法读取（{type(error).__name__}），请用表格软件打开后另存重报")


def _calamine(call: Callable, *arguments: object, **options: object) -> object:
    """A call into calamine, whose Rust code panics on some damaged files; a panic is no `Exception`."""
    try:
        return call(*arguments, **options)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        if "password" in str(error).lower():
            raise Refused("F03", "文件设有打开密码，请取消密码后重报") from error
        raise _damaged(error) from error


def _binary_sheets(content: bytes) -> Iterator[tuple[str, Callable[[], Sheet]]]:
    marks_of = _marks_reader(content)
    book = _calamine(CalamineWorkbook.from_filelike, BytesIO(content))
    for index, sheet in enumerate(book.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet:
            hidden = sheet.visible != SheetVisibleEnum.Visible
            yield sheet.name, lambda i=index, n=sheet.name, h=hidden: _read(book, marks_of, i, n, h)


def _read(book: CalamineWorkbook, marks_of: Callable[[int, str], Marks], index: int, name: str, hidden: bool) -> Sheet:
    try:
        marks = marks_of(index, name)
    except TooLarge:
        raise Refused("F08", "工作表的单元格散布得过远，未打开：请把表格复制到新工作表后重报") from None
    except DAMAGE as error:
        raise _damaged(error) from error
    sheet: CalamineSheet = _calamine(book.get_sheet_by_name, name)
    rows = _calamine(sheet.to_python, skip_empty_area=False)
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    merges = [(*start, *end) for start, end in sheet.merged_cell_ranges or ()]
    for (row, column), text in ({place: UNCALCULATED for place in marks.uncached} | marks.errors).items():
        # calamine shows both as blank, and blank means something else
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = text
    return Sheet(name, rows, merges, marks, hidden)


def _csv_text(content: bytes) -> str:
    for encoding in ("utf-16",) if content.startswith(UTF_16) else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise Refused("F05", "文件里有空字符（NUL），不是文本表格，请用表格软件另存为 .xlsx")
        if encoding == "gb18030":
            _refuse_mixture(content)
        return text
    raise Refused("F05", "文字编码既不是 UTF-8 也不是 GB18030，请用表格软件另存为 .xlsx")


def _refuse_mixture(content: bytes) -> None:
    """GB18030 decodes nearly any bytes: lines that are sound UTF-8 Chinese beside others that are not would become other words."""
    for number, line in enumerate(content.splitlines(), 1):
        try:
            mixed = not line.isascii() and any(c >= "\u2e80" for c in line.decode("utf-8"))
        except UnicodeDecodeError:
            continue
        if mixed:
            raise Refused("F05", f"同一文件里混用了两种文字编码（第 {number} 行是 UTF-8，别的行不是），请用表格软件另存为 .xlsx")


def _csv_rows(content: bytes) -> list[list[object]]:
    text = _csv_text(content)
    lines = text.splitlines()
    tabs = sum("\t" in line for line in lines) > sum("," in line for line in lines)
    try:
        # strict: a quotation mark left open must not swallow the rest of the file as one cell
        return list(csv.reader(StringIO(text, newline=""), delimiter="\t" if tabs else ",", strict=True))
    except csv.Error as error:
        raise Refused("F05", f"文本表格的引号或分隔不成对（{error}），请用表格软件另存为 .xlsx") from error


def _readable_name(path: Path) -> str:
    """A path as text, its names unpacked by another system in GB18030 read as such."""
    raw = os.fsencode(path.as_posix())
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def find(folder: Path) -> list[Workbook]:
    """Every file below a folder, by name, accepted or not; lock files (~$), hidden files and read-me files are nobody's report."""
    found = [p for p in folder.rglob("*") if (p.is_file() or p.suffix.lower() in SUFFIXES) and not OUR_OWN.match(p.name)]
    return sorted((Workbook(p, _readable_name(p.relative_to(folder))) for p in found), key=lambda b: b.name)
