"""Where a sheet's tables are: headers found by their headings, each row below told apart as data, total, note or remark.

Positions mean nothing here, headings everything: a clerk may put a table anywhere, under titles, beside notes.
Every filled cell below a header is loaded, belongs to a column that is never loaded, or is named as a problem.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from functools import cache

from .contract import Form, heading_key
from .headers import LABELLED, LEVELS, Header, belongs, extended, headers_at, is_number, known_headings, nearest, nearly
from .rows import Remark, Table, classify, figure_like, is_note
from .units import NoUnit, state_units
from .values import plain
from .workbook import Sheet

INDEX_LABELS = {"甲", "乙", "丙", "丁", "戊", "栏次", "列次", "序号", "A", "B", "C", "D"}
ADVICE_SHEETS = re.compile(r"说明|目录|封面|须知|示例|字典|Evaluation Warning")


class NotATable(Exception):
    """A sheet in which no form can be found, or whose headings are not the form's. `cell` is zero-based or None."""

    def __init__(self, rule: str, message: str, cell: tuple[int, int] | None = None, form: Form | None = None):
        super().__init__(message)
        self.rule, self.cell, self.form = rule, cell, form


def _text(cell: object) -> str:
    """A title cell as words: a date in it as Chinese dates are written, a bare number as nothing."""
    if isinstance(cell, dt.date):
        return f"{cell.year}年{cell.month}月{cell.day}日"
    return plain(cell) if isinstance(cell, str) else ""


def text_lines(sheet: Sheet, top: int, bottom: int, reach: tuple[int, int] | None = None) -> list[str]:
    """The words of each row from `top` up to `bottom`; of the columns in reach, where any of these says something."""
    lines = []
    for row in sheet.rows[top:bottom]:
        cells = [_text(c) for c in row]
        near = " ".join(filter(None, cells[slice(*reach)])) if reach else ""
        line = near or " ".join(filter(None, cells))
        if line:
            lines.append(line)
    return lines


def _leaf_counts(sheet: Sheet, forms: list[Form]) -> Counter[int]:
    """How many cells of which row read like a heading; a cheap sieve before headers are matched in full."""
    leaves = {heading.rsplit("/", 1)[-1] for form in forms for heading in form.headings}
    # most cells of a ledger begin with a character that no heading begins with
    initials = {leaf[0] for leaf in leaves} | set(" \u3000\r\n\t\ufeff\u200b*(（")
    counts: Counter[int] = Counter()
    for column, words in enumerate(sheet.words):
        like = {c for c in words if c[:1] in initials and len(c) < 40 and heading_key(c) in leaves}
        if like:
            counts.update(sheet.rows_of(column, like))
    return counts


def _named_forms(text: str, forms: list[Form]) -> list[Form]:
    """The forms whose sheet names a text holds, the longest name's only."""
    key = heading_key(text)
    found = [(len(s), f) for f in forms for s in f.sheets if s in key]
    longest = max((length for length, _ in found), default=0)
    return [f for length, f in found if length == longest]


def _hints(texts: list[str], forms: list[Form]) -> list[Form]:
    return next((found for text in texts if (found := _named_forms(text, forms))), [])


def _title_top(sheet: Sheet, top: int, floor: int) -> int:
    """The first of the title lines directly above a header that is not the sheet's first: lone texts, unit and period lines."""
    first = top
    while first > floor:
        cells = [c for c in sheet.rows[first - 1] if c != "" and plain(c)]
        texts = [_text(c) for c in cells]
        single = len(set(texts)) == 1 or any(LABELLED.match(t) for t in texts)
        if not single or any(is_number(c) or figure_like(plain(c)) for c in cells) or is_note(texts):
            break
        first -= 1
    return first


def find_headers(sheet: Sheet, forms: list[Form], hints: Callable[[int], list[Form]]) -> list[list[Header]]:
    """The headers of a sheet from the top down, those side by side together."""
    leaves = _leaf_counts(sheet, forms)

    @cache
    def at(row: int) -> list[Header]:
        if row >= len(sheet.rows) or sum(leaves[row + n] for n in range(len(LEVELS))) < 2:
            return []
        texts = {_text(c) for c in sheet.rows[row]} - {""}
        if len(texts) < 2 or any(LABELLED.match(t) for t in texts):
            return []
        return headers_at(sheet, forms, hints(row), row)

    found: list[list[Header]] = []
    free = 0
    for row in sorted({row - n for row in leaves for n in range(len(LEVELS)) if row >= n}):
        here = at(row) if row >= free else []
        below = at(row + 1) if here else []
        size, size_below = (sum(len(h.columns) - len(h.unknown) for h in headers) for headers in (here, below))
        if here and not (size_below > size or (size_below == size and not any(belongs(sheet, h) for h in here))):
            found.append([extended(sheet, here[0])] if len(here) == 1 else here)
            free = row + max(h.levels for h in here)
    return found


def find_tables(sheet: Sheet, file_stem: str, forms: dict[str, Form]) -> tuple[list[Table], list[NotATable]]:
    """Every table of a sheet, top down, and what looks like one but must be refused: a heading is unknown or missing."""
    every = list(forms.values())

    def hints(row: int) -> list[Form]:
        above = text_lines(sheet, max(0, row - 4), row)
        return _hints([*reversed(above), sheet.name, file_stem], every)

    found = find_headers(sheet, every, hints)
    # a lone pair of words that fits no form is a header only where nothing better is
    sure = [[h for h in level if h.hinted or h.clean or len(h.columns) > 2] for level in found]
    levels = [level for level in sure if level] or found
    if not levels:
        form = next(iter(_hints([sheet.name, *text_lines(sheet, 0, 3), file_stem], every)), None)
        if ADVICE_SHEETS.search(sheet.name) and form is None:
            return [], []
        if form and (header := nearly(sheet, form)):
            return _tables(sheet, [[header]])
        unknown = "认不出这是哪张表：工作表名和表头都不在表单目录里，不用报的表请删去"
        return [], [NotATable("L01", f"找不到表头，列名应有：{known_headings(form)}" if form else unknown, None, form)]
    return _tables(sheet, levels)


def _tables(sheet: Sheet, levels: list[list[Header]]) -> tuple[list[Table], list[NotATable]]:
    tables: list[Table] = []
    refused: list[NotATable] = []
    above: list[Table] = []
    for n, level in enumerate(levels):
        floor = levels[n - 1][0].body if n else 0
        title = _title_top(sheet, level[0].top, floor) if n else 0
        below = levels[n + 1][0] if n + 1 < len(levels) else None
        end = _title_top(sheet, below.top, level[0].body) if below else len(sheet.rows)
        here: list[Table] = []
        for k, header in enumerate(level):
            reach = (min(header.parts) if k else 0, min(level[k + 1].parts) if k + 1 < len(level) else 1 << 20)
            if title == header.top and (former := _continued(above, header)):
                classify(sheet, former, header.body, end)  # a header repeated on the next printed page
                here.append(former)
                continue
            try:
                table = _table(header, reach)
                groups = sorted({text for parts in header.parts.values() for text in parts[:-1]})
                table.lines = text_lines(sheet, title, header.top, reach if len(level) > 1 else None) + groups
                table.sheet_lines = tables[0].lines if tables else []
                state_units(sheet, table)
            except (NotATable, NoUnit) as why:
                refused.append(why if isinstance(why, NotATable) else NotATable(why.rule, str(why), why.cell, header.form))
                continue
            _skip_index_row(sheet, table)
            classify(sheet, table, table.body, end)
            here.append(table)
            tables.append(table)
        above = here
    return tables, refused


def _continued(above: list[Table], header: Header) -> Table | None:
    return next((t for t in above if t.form is header.form and list(t.columns) == list(header.columns)), None)


def _table(header: Header, reach: tuple[int, int]) -> Table:
    """An empty table of the header's columns. Raises NotATable where the headings are not the form's."""
    form, last = header.form, header.body - 1
    for column in header.unknown:
        named = "/".join(header.parts[column])
        raise NotATable("L02", f"“{form.title}”里没有列名“{named}”{nearest(header.parts[column], form)}", (last, column), form)
    for column in header.repeated:
        raise NotATable("L03", f"列名“{'/'.join(header.parts[column])}”与别的列重复，请删去或改名", (last, column), form)
    if header.missing:
        absent = "、".join(c.header for c in header.missing)
        raise NotATable("L04", f"“{form.title}”缺少必填的列：{absent}", (last, header.left), form)
    unloaded = header.parts.keys() - header.columns.keys()
    table = Table(form, header.top, header.body, header.columns, {}, reach, unloaded, town_column=header.town_column)
    table.units = {c: header.parts[c] for c in header.columns}
    for column in header.personal:
        message = "这一列是个人联系方式或账号，按规定不入库"
        table.remarks.append(Remark("L13", message, last, column, "notice"))
    return table


def _skip_index_row(sheet: Sheet, table: Table) -> None:
    """甲 1 2 3 under the headings numbers the columns; loaded, it would be figures."""
    cells = [plain(sheet.at(table.body, c)) for c in sorted(table.columns)]
    numbers = [int(c) for c in cells if c.isascii() and c.isdigit()]
    labels = {c for c in cells if not (c.isascii() and c.isdigit())}
    running = bool(numbers) and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 2
    if running and labels <= INDEX_LABELS and (labels or len(numbers) > 2):
        table.remarks.append(Remark("L12", "这一行是栏次，不是数据，未入库", table.body, table.left, "notice"))
        table.body += 1
