"""Where a sheet's tables are: headers found by their headings, each row below told apart as data, total, note or remark.

Positions mean nothing here, headings everything: a clerk may put a table anywhere, under titles, beside notes.
"""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache

from .contract import Column, Form, heading_key
from .values import UNITS, plain
from .workbook import Sheet

HEADER_LEVELS = (1, 2, 3)
IGNORED_HEADINGS = {"序号", "备注", "说明", "填表人", "填报单位", "乡镇", "乡(镇)", "乡", "镇", "县", "县(市、区)"}
TOTAL_WORDS = {"合计", "总计", "共计", "总数", "全乡合计", "全镇合计", "乡镇合计"}
SUBTOTAL_WORDS = {"小计"}
NOTE = re.compile(r"^(注|备注|说明|填表说明|填表人|制表人|填报人|审核人?|复核人?|负责人|分管领导|联系电话|填报单位|填表日期)[:：\d]?")
SECTION = re.compile(r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\))")
LABELLED = re.compile(r"^(填报|报送|统计|编制|计量)?(单位|时间|日期)[:：]")
UNIT_LINE = re.compile(r"(?<!填报)(?<!统计)(?<!编制)(?<!报送)(?<!主管)(?:计量)?单位[:：]\s*([^\s:：]+)")


@dataclass
class Row:
    """One row of a table: its zero-based number and its kind (detail, total, of_which)."""

    number: int
    kind: str


@dataclass
class Table:
    """One table of a sheet: the form it is, its columns' positions and stated units, and its rows."""

    form: Form
    top: int
    body: int
    columns: dict[int, Column]
    units: dict[int, str | None]
    lines: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    remarks: list[tuple[int, int, str]] = field(default_factory=list)
    town_column: int | None = None

    @property
    def left(self) -> int:
        return min(self.columns)


class NotATable(Exception):
    """A sheet in which no form can be found, or whose headings are not the form's. `cell` is zero-based or None."""

    def __init__(self, rule: str, message: str, cell: tuple[int, int] | None = None, form: Form | None = None):
        super().__init__(message)
        self.rule, self.cell, self.form = rule, cell, form


def text_lines(sheet: Sheet, top: int, bottom: int) -> list[str]:
    """The texts of the rows from `top` up to `bottom`."""
    return [plain(c) for row in sheet.rows[top:bottom] for c in row if isinstance(c, str) and c.strip()]


def _heading(sheet: Sheet, top: int, levels: int, column: int) -> list[str]:
    """The texts of a heading from its group down to its leaf, each once."""
    found: list[str] = []
    for row in range(top, top + levels):
        cell = sheet.merged(row, column)
        if cell == "" and row < top + levels - 1 and not sheet.merges:
            # a file without merged ranges (.csv): a group stands over the blanks to its right
            cell = next((sheet.at(row, c) for c in range(column, -1, -1) if sheet.at(row, c) != ""), "")
        if not isinstance(cell, str):
            return [str(cell)]
        if cell.strip() and (not found or found[-1] != plain(cell)):
            found.append(plain(cell))
    return found


def _match(parts: list[str], form: Form) -> str | None:
    """The column that a heading means: group and leaf joined, else the leaf alone."""
    keys = [heading_key(p) for p in parts]
    for start in range(len(keys)):
        name = form.headings.get("/".join(keys[start:]))
        if name:
            return name
    return None


def _width(sheet: Sheet, top: int, levels: int) -> int:
    return max((len(r) for r in sheet.rows[top : top + levels]), default=0)


def _score(sheet: Sheet, form: Form, top: int, levels: int) -> int:
    """How many columns of the form the rows from `top` name. Figures among them are no headings."""
    if top + levels > len(sheet.rows) or any(isinstance(c, float) for c in sheet.rows[top + levels - 1]):
        return 0
    parts = (_heading(sheet, top, levels, c) for c in range(_width(sheet, top, levels)))
    return len({_match(p, form) for p in parts if p} - {None})


def _leaf_counts(sheet: Sheet, candidates: list[Form]) -> list[int]:
    """How many cells of each row read like a heading; a cheap sieve before headers are matched in full."""
    leaves = {heading.rsplit("/", 1)[-1] for form in candidates for heading in form.headings}
    key = cache(heading_key)
    return [sum(isinstance(c, str) and c != "" and key(c) in leaves for c in row) for row in sheet.rows]


def _header_at(sheet: Sheet, candidates: list[Form], leaves: list[int], top: int) -> tuple[int, int, Form] | None:
    """(matches, levels, form) of the best header that begins at a row."""
    texts = {plain(c) for c in sheet.rows[top] if isinstance(c, str) and c.strip()}
    titled = len(texts) < 2 or any(LABELLED.match(t) for t in texts)
    if titled or sum(leaves[top : top + len(HEADER_LEVELS)]) < 2:
        return None
    best = max(
        ((_score(sheet, form, top, n), -n, -i) for i, form in enumerate(candidates) for n in HEADER_LEVELS),
        default=(0, 0, 0),
    )
    return (best[0], -best[1], candidates[-best[2]]) if best[0] >= 2 else None


def candidates(sheet: Sheet, file_stem: str, forms: dict[str, Form]) -> tuple[list[Form], bool]:
    """The forms a sheet may be, and whether its name says so: exactly, or as part of the sheet's, file's or title's text."""
    name = heading_key(sheet.name)
    exact = [f for f in forms.values() if name in f.sheets]
    if exact:
        return exact, True
    texts = [name, heading_key(file_stem), *(heading_key(t) for t in text_lines(sheet, 0, 3))]
    for text in texts:
        found = [(len(s), f) for f in forms.values() for s in f.sheets if s in text]
        if found:
            longest = max(length for length, _ in found)
            return [f for length, f in found if length == longest][:1], True
    return list(forms.values()), False


def find_tables(sheet: Sheet, file_stem: str, forms: dict[str, Form]) -> list[Table]:
    """Every table of a sheet, top down. Raises NotATable when there is none, or a heading is unknown or missing."""
    possible, named = candidates(sheet, file_stem, forms)
    leaves = _leaf_counts(sheet, possible)
    headers: list[tuple[int, int, Form]] = []
    row = 0
    while row < len(sheet.rows):
        found = _header_at(sheet, possible, leaves, row)
        following = _header_at(sheet, possible, leaves, row + 1) if found and row + 1 < len(sheet.rows) else None
        if found and not (following and following[0] > found[0]):
            headers.append((row, found[1], found[2]))
            row += found[1]
        else:
            row += 1
    if not headers:
        form = possible[0] if named else None
        expected = "、".join(c.header for c in form.columns.values() if c.required or c.is_figure) if form else None
        raise NotATable("L01", f"找不到表头，应有：{expected}" if form else "认不出这是哪张表：工作表名和表头都不在表单目录里", None, form)
    tables: list[Table] = []
    for n, (top, levels, form) in enumerate(headers):
        end = headers[n + 1][0] if n + 1 < len(headers) else len(sheet.rows)
        table = _columns(sheet, form, top, levels)
        if tables and tables[-1].form is form and list(tables[-1].columns) == list(table.columns) and not _breaks(sheet, tables[-1], top):
            _classify(sheet, tables[-1], top + levels, end)  # a header repeated on the next printed page
            continue
        above = text_lines(sheet, tables[-1].body if tables else 0, top) if not tables else _title_above(sheet, top)
        table.lines = [sheet.name, *(above or tables[0].lines)]
        _state_units(sheet, table, text_lines(sheet, 0, top))
        _classify(sheet, table, table.body, end)
        tables.append(table)
    return tables


def _title_above(sheet: Sheet, top: int) -> list[str]:
    """The lines directly above a stacked table: rows of at most two texts."""
    first = top
    while (
        first
        and 0 < len({c for c in sheet.rows[first - 1] if c != ""}) <= 2
        and not any(isinstance(c, float) for c in sheet.rows[first - 1])
    ):
        first -= 1
    return [t for t in text_lines(sheet, first, top) if not NOTE.match(t)]


def _breaks(sheet: Sheet, table: Table, top: int) -> bool:
    """Whether a title stands between a table's last row and a header below it, so that another table begins."""
    last = table.rows[-1].number if table.rows else table.body
    return bool(_title_above(sheet, top)) and top - last > 1


def _columns(sheet: Sheet, form: Form, top: int, levels: int) -> Table:
    table = Table(form, top, top + levels, {}, {})
    for column in range(_width(sheet, top, levels)):
        parts = _heading(sheet, top, levels, column)
        if not parts:
            continue
        name = _match(parts, form)
        leaf = heading_key(parts[-1])
        if name is None and leaf in IGNORED_HEADINGS | {heading_key(h) for h in IGNORED_HEADINGS}:
            if leaf in ("乡镇", "乡"):
                table.town_column = column
            continue
        if name is None:
            near = get_close_matches(leaf, form.headings, n=1, cutoff=0.3)
            hint = f"，是否为“{form.columns[form.headings[near[0]]].header}”？" if near else ""
            raise NotATable("L02", f"不认识的列名“{'/'.join(parts)}”{hint}", (top + levels - 1, column), form)
        if name in {c.name for c in table.columns.values()}:
            raise NotATable("L03", f"“{form.columns[name].header}”出现了两列", (top + levels - 1, column), form)
        table.columns[column] = form.columns[name]
        table.units[column] = _bracketed_unit(parts)
    missing = [c.header for c in form.columns.values() if c.required and c not in table.columns.values()]
    if missing:
        raise NotATable("L04", f"缺少必填的列：{'、'.join(missing)}", (top + levels - 1, table.left), form)
    return table


def _bracketed_unit(parts: list[str]) -> str | None:
    """万元 of 总费用(万元), the leaf before its group."""
    for part in reversed(parts):
        match = re.search(r"\(([^()]*)\)$", part)
        if match and match[1].strip() in UNITS:
            return match[1].strip()
    return None


def _state_units(sheet: Sheet, table: Table, above: list[str]) -> None:
    """Give each figure the unit its heading states, else the unit row's, else the unit line's; the heading wins."""
    stated = [u for line in above for found in UNIT_LINE.findall(line) for u in re.split(r"[、,，;；/]", found)]
    by_family = {UNITS[u][0]: u for u in stated if u in UNITS}
    row = {c: plain(sheet.at(table.body, c)).strip("()") for c in table.columns}
    filled = [u for u in row.values() if u]
    if filled and all(u in UNITS for u in filled):
        table.units.update({c: u for c, u in row.items() if u and not table.units[c]})
        table.body += 1
    money = [c for c, column in table.columns.items() if column.unit == "元"]
    unstated = [c for c in money if not table.units[c]]
    if "元" not in by_family and unstated and len(unstated) < len(money):
        raise NotATable("L05", "同表其他金额列写明了单位，这一列没有：请在列名后加（元）或（万元）", (table.top, unstated[0]), table.form)
    for position, column in table.columns.items():
        if column.unit and not table.units[position]:
            table.units[position] = by_family.get(UNITS[column.unit][0])


def _classify(sheet: Sheet, table: Table, top: int, end: int) -> None:
    """Sort the rows below a header into details, totals, 其中 items and remarks; fill `table.rows` and `table.remarks`."""
    labels = [c for c, column in table.columns.items() if not column.is_figure]
    closed = any(r.kind == "total" for r in table.rows)
    for number in range(top, end):
        filled = [(c, plain(v)) for c, v in enumerate(sheet.rows[number]) if v != "" and plain(v)]
        inside = [(c, t) for c, t in filled if c in table.columns]
        if not filled or all(plain(sheet.at(table.top, c)) and c not in table.columns for c, _ in filled):
            continue  # blank, or nothing but a serial number or a remark
        first = filled[0][1]
        if NOTE.match(first) and len({t for _, t in filled}) <= 2:
            table.remarks.append((number, filled[0][0], first))
            continue
        words = {t.replace(" ", "") for c in labels if (t := plain(sheet.merged(number, c)))}
        outside = {t.replace(" ", "") for c, t in filled if c not in table.columns}
        if words & (TOTAL_WORDS | SUBTOTAL_WORDS) or (not words and outside & TOTAL_WORDS):
            grand = not words - TOTAL_WORDS and any(r.kind == "detail" for r in table.rows)
            table.rows.append(Row(number, "total"))
            closed = closed or grand
            continue
        if _is_remark(inside, filled, table):
            if not SECTION.match(first):
                table.remarks.append((number, filled[0][0], first))
            continue
        of_which = closed or any(t.startswith("其中") for _, t in filled)
        table.rows.append(Row(number, "of_which" if of_which else "detail"))


def _is_remark(inside: list[tuple[int, str]], filled: list[tuple[int, str]], table: Table) -> bool:
    """A lone text that is neither a figure nor a code of its column: a line of prose or a section title."""
    if len({t for _, t in filled}) > 1 or len(table.columns) == 1:
        return False
    if not inside:
        return True
    column, text = table.columns[inside[0][0]], inside[0][1]
    return not column.is_figure and column.type == "text" and text not in column.values and text not in column.spellings
