"""Opening a file of any accepted kind as sheets of raw cells, or refusing it by name. Knows nothing of forms."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineWorkbook

SUFFIXES = {".xlsx", ".xlsm", ".xls", ".et", ".csv"}
OLE, ZIP = b"\xd0\xcf\x11\xe0", b"PK"


class Refused(Exception):
    """A file that cannot be read as a workbook. `rule` is its id in docs/intake.md, the text says why, in Chinese."""

    def __init__(self, rule: str, message: str):
        super().__init__(message)
        self.rule = rule


def cell_name(row: int, column: int) -> str:
    """F12 for the zero-based (11, 5)."""
    return f"{get_column_letter(column + 1)}{row + 1}"


@dataclass
class Sheet:
    """One sheet: raw cells by zero-based row and column, and its merged ranges as (top, left, bottom, right)."""

    name: str
    rows: list[list[object]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.anchor = {
            (r, c): (top, left)
            for top, left, bottom, right in self.merges
            for r in range(top, min(bottom, len(self.rows) - 1) + 1)
            for c in range(left, right + 1)
        }

    def at(self, row: int, column: int) -> object:
        """The cell itself, '' outside the sheet."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""

    def merged(self, row: int, column: int) -> object:
        """The cell, or what its merged range says."""
        return self.at(*self.anchor.get((row, column), (row, column)))


@dataclass
class Workbook:
    """A file's bytes and their SHA-256, its path below `workbooks/`, and its sheets."""

    path: Path
    name: str

    @cached_property
    def content(self) -> bytes:
        return self.path.read_bytes()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def sheets(self) -> Iterator[Sheet]:
        """Every sheet that holds a cell. Raises Refused."""
        if not self.content:
            raise Refused("F01", "文件是空的（0 字节）")
        if self.path.suffix.lower() == ".csv":
            yield Sheet(self.path.stem, list(self._csv_rows()))
            return
        if not self.content.startswith((OLE, ZIP)):
            raise Refused("F02", "不是表格文件（可能是网页或文本改了扩展名），请用表格软件另存为 .xlsx")
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(self.content))
            for sheet_name in book.sheet_names:
                sheet = book.get_sheet_by_name(sheet_name)
                rows = sheet.to_python(skip_empty_area=False)
                merges = [(*start, *end) for start, end in sheet.merged_cell_ranges or ()]
                if rows:
                    yield Sheet(sheet_name, rows, merges, self._error_cells(sheet_name))
        except CalamineError as error:
            if "password" in str(error).lower():
                raise Refused("F03", "文件设有打开密码，请取消密码后重报") from error
            raise Refused("F04", f"文件损坏，无法读取（{type(error).__name__}）") from error

    def _csv_rows(self) -> Iterator[list[object]]:
        text = None
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = self.content.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        if text is None or "\x00" in text:
            raise Refused("F05", "文字编码既不是 UTF-8 也不是 GB18030")
        yield from csv.reader(io.StringIO(text, newline=""))

    @cached_property
    def _styled(self) -> openpyxl.Workbook | None:
        # only opened where calamine is blind: number formats and error values
        if not self.content.startswith(ZIP):
            return None
        return openpyxl.load_workbook(io.BytesIO(self.content), data_only=True)

    def is_percent(self, sheet: str, row: int, column: int) -> bool:
        """Whether Excel shows the cell as a percentage (.xlsx; an .xls does not tell us)."""
        return bool(self._styled) and "%" in self._styled[sheet].cell(row + 1, column + 1).number_format

    @cached_property
    def _has_errors(self) -> bool:
        if not self.content.startswith(ZIP):
            return False
        with zipfile.ZipFile(io.BytesIO(self.content)) as members:
            return any(b't="e"' in members.read(n) for n in members.namelist() if n.startswith("xl/worksheets/sheet"))

    def _error_cells(self, sheet: str) -> dict[tuple[int, int], str]:
        # calamine reads #DIV/0! as blank; blank and wrong are different things
        if not self._has_errors:
            return {}
        cells = (c for row in self._styled[sheet].iter_rows() for c in row if c.data_type == "e")
        return {(c.row - 1, c.column - 1): str(c.value) for c in cells}


def find(folder: Path) -> list[Workbook]:
    """Every accepted file below a folder, by name; lock files (~$) are not workbooks."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
    return [Workbook(p, p.relative_to(folder).as_posix()) for p in files if not p.name.startswith("~$")]
