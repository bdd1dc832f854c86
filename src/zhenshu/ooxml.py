"""What python-calamine does not tell about an .xlsx sheet, read from its XML as a stream: errors, hidden rows, number formats.

Also the guard before it: a few forged bytes can declare gigabytes or a cell at XFD1048576, and calamine would ask for that much memory.
"""

import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

MOST_BYTES, MOST_RATIO, MOST_CELLS = 2 << 30, 400, 30_000_000
CHUNK = 8 << 20
NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")  # signs that no XML can hold, and the carriage return
WIDEST_SHORT = 702  # columns up to ZZ
LAST_ROW, LAST_COLUMN = 1 << 20, 1 << 14
ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
ROW_NUMBER = re.compile(rb'\br="(\d+)"')
HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
FAR_CELL = re.compile(rb'r="(?:[A-Z]{3,}\d|[A-Z]+\d{6,})')
# past column Z, or near the last row: short of both no more than 27 million cells can be meant
OUTLYING_CELL = re.compile(rb'r="(?:[A-Z]{2,}\d|[A-Z](?:\d{8,}|[2-9]\d{6}|1[1-9]\d{5}|10[5-9]\d{4}|104[89]\d{3}))')
# nearly every sheet has neither, and one look says so
FAR_OR_OUTLYING = re.compile(rb'r="(?:[A-Z]{2,}\d|[A-Z]\d{6,})')
FILLED_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*(?<!/)>(?!</)')
ERROR_CELL = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)', re.DOTALL)
FORMULA_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(<(?:\w+:)?v>[^<])?")
COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')
TELLING_FORMAT = re.compile(r"[%‰万亿千]")
BUILT_IN = {9: "0%", 10: "0.00%"}


class TooLarge(ValueError):
    """What a file declares is more than any township's report; it is not unpacked."""


@dataclass
class Marks:
    """What stands beside a sheet's values, by zero-based row and column."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncached: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    epoch_1904: bool = False


def column_number(letters: bytes | str) -> int:
    """25 for Z, zero-based."""
    number = 0
    for letter in letters.decode() if isinstance(letters, bytes) else letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def attribute(tag: bytes, name: str) -> str:
    """The value of an attribute in a tag's text, '' when absent."""
    match = re.search(rb"(?<![\w:])" + name.encode() + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return html.unescape((match[1] if match[1] is not None else match[2]).decode("utf-8", "replace")) if match else ""


def _place(tag: bytes) -> tuple[int, int] | None:
    found = REFERENCE.search(tag)
    return (int(found[2]) - 1, column_number(found[1])) if found else None


class Package:
    """An .xlsx file's parts. Raises TooLarge, zipfile.BadZipFile, KeyError."""

    def __init__(self, content: bytes):
        self.zip = zipfile.ZipFile(BytesIO(content))
        members = self.zip.infolist()
        declared = sum(m.file_size for m in members)
        if declared > MOST_BYTES or (declared > 64 << 20 and declared > MOST_RATIO * len(content)):
            raise TooLarge(f"declares {declared} bytes")
        self.members = {m.filename.replace("\\", "/").lower(): m for m in members}
        self.workbook = self._part("xl/workbook.xml")
        self.parts = self._sheet_parts()
        for tag in re.findall(rb"<(?:\w+:)?workbookPr\b([^>]*)>", self.workbook):
            self.epoch_1904 = attribute(tag, "date1904") in ("1", "true")
            break
        else:
            self.epoch_1904 = False

    def _part(self, name: str) -> bytes:
        return self.zip.read(self.members[name.lower()])

    def _sheet_parts(self) -> dict[str, str]:
        targets = {}
        for tag in re.findall(rb"<(?:\w+:)?Relationship\b([^>]*)>", self._part("xl/_rels/workbook.xml.rels")):
            target = attribute(tag, "Target")
            targets[attribute(tag, "Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        tags = re.findall(rb"<(?:\w+:)?sheet\b([^>]*)>", self.workbook)
        ids = (re.search(rb'\w+:id\s*=\s*"([^"]*)"', tag) for tag in tags)
        return {attribute(tag, "name"): targets.get(found[1].decode(), "") for tag, found in zip(tags, ids, strict=True) if found}

    def _chunks(self, part: str) -> Iterator[bytes]:
        """A sheet's XML in pieces that end between rows. Reading to the end also proves the declared size and checksum."""
        rest = b""
        with self.zip.open(self.members[part.lower()]) as lines:
            while piece := lines.read(CHUNK):
                text = rest + piece
                end = text.rfind(b"row>") + 4
                if end > 3:
                    yield text[:end]
                    rest = text[end:]
                elif len(text) > 16 * CHUNK:
                    raise TooLarge("one row of more than 128 MB")
                else:
                    rest = text
        yield rest

    def marks(self, sheet: str) -> Marks:
        """What to know of a sheet beside its values. Raises TooLarge for one whose filled cells lie too far apart."""
        marks, last_row, far, outlying = Marks(epoch_1904=self.epoch_1904), 0, False, False
        telling = self.telling_styles
        styled = re.compile(rb'<(?:\w+:)?c\b([^>]*\bs="(' + b"|".join(telling) + rb')"[^>]*)>') if telling else None
        in_data = False
        for chunk in self._chunks(self.parts[sheet]):
            begin = 0
            if not in_data:
                begin = chunk.find(b"sheetData")
                in_data = begin >= 0
                marks.hidden_columns += _hidden_columns(chunk[:begin] if in_data else chunk)
            # nearly no sheet gives its tags a prefix, and one byte is found much faster than two
            prefixed = chunk.find(b":", max(begin, 0)) >= 0
            at = chunk.rfind(b"<row ")
            plain = at >= 0 and b"hidden" not in chunk and not (prefixed and b":row" in chunk)
            number = ROW_NUMBER.search(chunk, at, chunk.find(b">", at) + 1) if plain else None
            last_row = int(number[1]) if number else _rows(chunk, last_row, marks)
            if FAR_OR_OUTLYING.search(chunk):
                far = far or bool(FAR_CELL.search(chunk))
                outlying = outlying or bool(OUTLYING_CELL.search(chunk))
            if b't="e"' in chunk:
                marks.errors.update((p, c[2].decode()) for c in ERROR_CELL.finditer(chunk) if (p := _place(c[1])))
            if b"<f" in chunk or (prefixed and b":f" in chunk):
                blank = (c[1] for c in FORMULA_CELL.finditer(chunk) if not c[2] and b't="str"' not in c[1])
                marks.uncached.update(p for tag in blank if (p := _place(tag)))
            if styled:
                marks.formats.update((p, telling[c[2]]) for c in styled.finditer(chunk) if (p := _place(c[1])))
        if outlying and (far or last_row * WIDEST_SHORT > MOST_CELLS):
            self._refuse_far_cells(self.parts[sheet])
        marks.uncached -= marks.errors.keys()
        return marks

    def _refuse_far_cells(self, part: str) -> None:
        row = column = 0
        for chunk in self._chunks(part):
            for cell in FILLED_CELL.finditer(chunk):
                row = max(row, int(cell[2]))
                column = max(column, column_number(cell[1]) + 1) if len(cell[1]) < 8 else 1 << 40
        if row * column > MOST_CELLS or row > LAST_ROW or column > LAST_COLUMN:
            raise TooLarge(f"{row} rows by {column} columns")

    @cached_property
    def telling_styles(self) -> dict[bytes, str]:
        """Number formats that say something about a figure's unit, by the style number that cells bear."""
        if "xl/styles.xml" not in self.members:
            return {}
        styles = self._part("xl/styles.xml")
        codes = {int(attribute(t, "numFmtId") or 0): attribute(t, "formatCode") for t in re.findall(rb"<(?:\w+:)?numFmt\b([^>]*)>", styles)}
        section = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
        tags = re.findall(rb"<(?:\w+:)?xf\b([^>]*)>", section[0]) if section else []
        numbers = [attribute(t, "numFmtId") for t in tags]
        named = {str(i).encode(): {**BUILT_IN, **codes}.get(int(n), "") for i, n in enumerate(numbers) if n.isdigit()}
        return {style: code for style, code in named.items() if TELLING_FORMAT.search(code)}


def _rows(chunk: bytes, last_row: int, marks: Marks) -> int:
    """Note the hidden rows; the number of the last row, which a row without one follows."""
    for row in ROW.finditer(chunk):
        number = ROW_NUMBER.search(row[1])
        last_row = int(number[1]) if number else last_row + 1
        if b"hidden" in row[1] and HIDDEN.search(row[1]):
            marks.hidden_rows.append(last_row - 1)
    return last_row


def _hidden_columns(head: bytes) -> list[tuple[int, int]]:
    tags = [tag for tag in COLUMN.findall(head) if HIDDEN.search(tag)]
    return [(int(attribute(t, "min") or 1) - 1, int(attribute(t, "max") or 1) - 1) for t in tags]
