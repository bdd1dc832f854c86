"""The last look at what is about to be published: a person's number in any page, script or download, and nothing is published.

Intake keeps such numbers out. This looks at the written files as anybody would, whatever wrote them, and says where the number stands.
"""

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import duckdb
from python_calamine import CalamineWorkbook

from . import word
from .contract import forms
from .privacy import LONG_NUMBER, PHONE, is_identity

HASH = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{32,}(?![0-9a-zA-Z])")
EXACT_VALUE = re.compile(r'(?<=<data value=")[^"]*')  # a figure, however long
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
KINDS = {"identity": "身份证号", "card": "银行卡号", "phone": "电话号码"}
MOST_SAID = 5


class Leaked(Exception):
    """Written files hold persons' numbers; the text says which cells, in Chinese."""


class Found(NamedTuple):
    """A number and where it stands."""

    where: str
    kind: str
    number: str

    def __str__(self) -> str:
        return f"{self.where}：{KINDS[self.kind]}（{self.number[:3]}……，{len(self.number)} 位）"


def numbers(text: str) -> Iterator[tuple[str, str]]:
    """The (kind, number) of every identity, card and phone number in a text."""
    text = HASH.sub("", text)
    for match in LONG_NUMBER.finditer(text):
        number = re.sub(r"[ -]", "", match[0]).upper()
        if is_identity(number) or is_identity(number[:18]):
            yield "identity", number
        elif 16 <= len(number) <= 19 and _adds_up(number):
            yield "card", number
    for match in PHONE.finditer(text):
        # a part of a decimal number is none
        if not re.match(r"\.\d", text[match.end() :]) and not re.search(r"\d\.$", text[: match.start()][-2:]):
            yield "phone", match[0]


def _adds_up(number: str) -> bool:
    """Luhn's check, which every bank card passes and one other number in ten."""
    digits = [int(d) for d in reversed(number)] if number.isdigit() else [1]
    return sum(d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits)) % 10 == 0


def check_site(site: Path, warehouse: Path) -> None:
    """Refuse a site that shows a person's number anywhere. Raises Leaked."""
    found = [leak for path in sorted(site.rglob("*")) if path.is_file() and path.name != "plotly.min.js" for leak in _in_file(path, site)]
    if keys := {f.number for f in found if f.kind != "identity"}:
        known = _keys_of_ledgers(keys, warehouse)
        found = [f for f in found if f.kind == "identity" or f.number not in known]
    if found:
        more = f"；另有 {len(found) - MOST_SAID} 处" if len(found) > MOST_SAID else ""
        raise Leaked("；".join(map(str, found[:MOST_SAID])) + more)


def _keys_of_ledgers(suspects: set[str], warehouse: Path) -> set[str]:
    """Those that are a household's, project's or problem's own number: such may look like a card's or a phone's, and are shown."""
    known: set[str] = set()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for form in forms().values():
            for name in (c for c in form.columns if c.endswith("_no")):
                rows = connection.execute(
                    f'select distinct "{name}" from seed."{form.name}" where "{name}" in (select unnest(?))', [[*suspects]]
                )
                known |= {row[0] for row in rows.fetchall()}
    return known


def _in_file(path: Path, site: Path) -> Iterator[Found]:
    name = path.relative_to(site).as_posix()
    readers = {".html": _in_page, ".js": _in_script, ".csv": _in_csv, ".xlsx": _in_workbook, ".docx": _in_document}
    places = readers.get(path.suffix, _in_text)
    for text in (name, *_raw(path)):
        if any(numbers(text)):
            for where, cell in (("名称", name), *places(path)):
                for kind, number in numbers(cell):
                    yield Found(f"{name}，{where}", kind, number)
            return


def _raw(path: Path) -> Iterator[str]:
    """A file's texts without figures: most files are cleared by one look."""
    if path.suffix == ".docx":
        yield from word.paragraphs(path)
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as members:
            yield from (members.read(n).decode("utf-8") for n in members.namelist() if "worksheets/" not in n)
    else:
        text = EXACT_VALUE.sub("", path.read_text(encoding="utf-8-sig"))
        # escaped signs end in digits, which would run into the number behind them
        yield unescape(ESCAPED.sub(lambda m: chr(int(m[1], 16)), text))


def _in_text(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        yield f"第 {number} 行", line


def _in_csv(path: Path) -> Iterator[tuple[str, str]]:
    if path.with_suffix(".xlsx").exists():
        return  # the same cells, and there a figure is told from a text
    with path.open(encoding="utf-8-sig", newline="") as lines:
        heads, *rows = csv.reader(lines)
    yield from _in_rows(heads, rows)


def _in_workbook(path: Path) -> Iterator[tuple[str, str]]:
    book = CalamineWorkbook.from_path(str(path))
    for sheet in book.sheet_names:
        heads, *rows = book.get_sheet_by_name(sheet).to_python() or [[]]
        yield from _in_rows(heads, rows)
    with zipfile.ZipFile(path) as members:
        yield "文件属性", members.read("docProps/core.xml").decode("utf-8")


def _in_document(path: Path) -> Iterator[tuple[str, str]]:
    for n, text in enumerate(word.paragraphs(path), 1):
        yield f"第 {n} 段", text


def _in_rows(heads: list, rows: list[list]) -> Iterator[tuple[str, str]]:
    yield "表头", "　".join(map(str, heads))
    for n, row in enumerate(rows, 2):
        for head, cell in zip(heads, row, strict=False):
            if isinstance(cell, str):
                yield f"第 {n} 行，列“{head}”", cell


def _in_script(path: Path) -> Iterator[tuple[str, str]]:
    """A data file's texts; of a ledger's rows the cell in the township's workbook too."""
    call = re.fullmatch(r'zhenshu\.put\("[^"]+",(.*)\);\n', path.read_text(encoding="utf-8"), re.S)
    if not call:
        yield from _in_text(path)
        return
    content = json.loads(call[1])
    if "heads" in content and "rows" in content:
        for n, row in enumerate(content["rows"], 1):
            source = f"（{row[0]}，{row[1]}，第 {row[2]} 行）"
            for head, cell in zip(["文件", "工作表", "行", *content["heads"]], row, strict=True):
                yield f"第 {n} 行，列“{head}”{source}", cell if isinstance(cell, str) else ""
    else:
        yield from _in_json(content, "")


def _in_json(content: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, str):
        yield where, content
    elif isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content, 1):
            yield from _in_json(value, f"{where}/{key}")


def _in_page(path: Path) -> Iterator[tuple[str, str]]:
    reader = _Page()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return iter(reader.found)


class _Page(HTMLParser):
    """Walks a page: every text and attribute with its table, row and column; a figure's exact value is none of them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.table, self.row, self.column, self.heads, self.inside = "", 0, 0, [], ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.table, self.row, self.heads = "？", 0, []
        elif tag == "tr":
            self.row, self.column = self.row + 1, 0
        elif tag in ("td", "th"):
            self.column += 1
        self.inside = tag if tag in ("caption", "th") else self.inside
        self.found += [(self._where(), value or "") for name, value in attrs if (tag, name) != ("data", "value")]

    def handle_endtag(self, tag: str) -> None:
        self.table = "" if tag == "table" else self.table
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside == "caption":
            self.table = data
        elif self.inside == "th" and self.row == 1:
            self.heads.append(data)
        self.found.append((self._where(), data))

    def _where(self) -> str:
        if not self.table:
            return f"第 {self.getpos()[0]} 行"
        head = self.heads[self.column - 1] if 0 < self.column <= len(self.heads) else ""
        return f"表“{self.table}”，第 {self.row} 行，列“{head}”"
