"""Which form a heading row begins: rows are matched against every form's headings, never against positions.

A header has one to three rows, merged across and down or not; two tables may stand side by side under one of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from .contract import Column, Form, heading_key
from .values import plain
from .workbook import Sheet

LEVELS = (1, 2, 3)
TOWN_HEADINGS = {"乡镇", "乡", "镇", "街道", "乡镇街道", "乡镇名称", "所在乡镇", "所属乡镇"}
IGNORED = {"序号", "备注", "说明", "填表人", "填报单位", "县", "区县", "县区", "县市区", "省", "市"} | TOWN_HEADINGS
PERSONAL = re.compile(r"电话|手机|联系方式|银行卡|卡号|账号|账户|一卡通|一折通|开户")
# a group that makes another figure of the same heading: 上年同期/总费用 is not 总费用
CHANGES_MEANING = re.compile(r"其中|上年|去年|上期|同期|本月|当月|本季|增减|增长|预计|目标")
LABELLED = re.compile(r"^\(?(填报|报送|统计|编制|计量|金额|货币|编报|上报|填表)?(单位|时间|日期)[:：]")


@dataclass
class Header:
    """A form's headings in one block of columns, and what is wrong with them."""

    form: Form
    top: int
    levels: int
    columns: dict[int, Column]
    parts: dict[int, tuple[str, ...]]
    unknown: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    personal: list[int] = field(default_factory=list)
    town_column: int | None = None
    hinted: bool = False

    @property
    def missing(self) -> list[Column]:
        return [c for c in self.form.columns.values() if c.required and c not in self.columns.values()]

    @property
    def clean(self) -> bool:
        return not self.unknown and not self.repeated

    @property
    def left(self) -> int:
        return min(self.columns)

    @property
    def body(self) -> int:
        return self.top + self.levels


def is_number(cell: object) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _heading(sheet: Sheet, top: int, levels: int, column: int) -> tuple[str, ...]:
    """The texts of a heading from its group down to its leaf, each once."""
    found: list[str] = []
    for row in range(top, top + levels):
        cell = sheet.merged(row, column)
        if cell == "" and row < top + levels - 1 and (row, column) not in sheet.anchor:
            # a group that is not merged stands over the blanks to its right, down to the next text or merge
            if sheet.at(top + levels - 1, column) == "":
                continue
            left = next((c for c in range(column - 1, -1, -1) if sheet.at(row, c) != "" or (row, c) in sheet.anchor), None)
            cell = "" if left is None or (row, left) in sheet.anchor else sheet.at(row, left)
        text = plain(cell)
        if text and (not found or found[-1] != text):
            found.append(text)
    return () if _only_spanned(sheet, top, levels, column) else tuple(found)


def _only_spanned(sheet: Sheet, top: int, levels: int, column: int) -> bool:
    """Whether a column without a heading of its own merely lies under a group: a blank column inside a table."""
    places = [sheet.anchor.get((row, column), (row, column)) for row in range(top, top + levels)]
    texts = [p for p in places if sheet.at(*p) != ""]
    return places[-1] not in texts and all(sheet.extent.get(p, p)[1] > p[1] for p in texts)


@lru_cache(maxsize=1 << 12)
def _meanings(parts: tuple[str, ...]) -> list[str]:
    """What a heading may be: group and leaf joined, else the leaf alone where no group changes its meaning."""
    keys = [heading_key(p) for p in parts]
    starts = next((n + 1 for n in range(len(keys) - 1) if CHANGES_MEANING.search(keys[n])), len(keys))
    return ["/".join(keys[start:]) for start in range(starts)]


def match(parts: tuple[str, ...], form: Form) -> str | None:
    """The column that a heading means in a form."""
    for meaning in _meanings(parts):
        if meaning in form.headings:
            return form.headings[meaning]
    return None


def _assess(form: Form, top: int, levels: int, parts: dict[int, tuple[str, ...]]) -> Header:
    """How the headings of some columns fit a form."""
    header = Header(form, top, levels, {}, parts)
    names = {c: match(p, form) for c, p in parts.items()}
    proper = {name for c, name in names.items() if name and heading_key(parts[c][-1]) not in IGNORED}
    taken: set[str] = set()
    for column, name in names.items():
        leaf = heading_key(parts[column][-1])
        if leaf in IGNORED and (name is None or name in proper):
            # 序号 may stand for 问题编号, but not beside it
            if leaf in TOWN_HEADINGS:
                header.town_column = column
        elif name is None:
            (header.personal if PERSONAL.search(leaf) else header.unknown).append(column)
        elif name in taken:
            header.repeated.append(column)
        else:
            taken.add(name)
            header.columns[column] = form.columns[name]
    return header


def _choose(forms: Iterable[Form], hinted: list[Form], top: int, levels: int, parts: dict[int, tuple[str, ...]]) -> Header | None:
    """The form that the headings speak of: the one the titles name, unless another fits and that one does not."""
    meanings = {m for p in parts.values() for m in _meanings(p)}
    likely = (f for f in forms if sum(m in f.headings for m in meanings) > 1)
    fits = [h for h in (_assess(f, top, levels, parts) for f in likely) if len(h.columns) >= 2]
    for header in fits:
        header.hinted = header.form in hinted
    size = {id(h): (len(h.columns) - len(h.unknown) - len(h.repeated), len(h.columns)) for h in fits}
    named = max((h for h in fits if h.hinted), key=lambda h: size[id(h)], default=None)
    if named and named.clean:
        return named
    whole = max((h for h in fits if h.clean and not h.missing), key=lambda h: size[id(h)], default=None)
    return whole or named or max(fits, key=lambda h: size[id(h)], default=None)


def _pieces(parts: dict[int, tuple[str, ...]], header: Header | None) -> list[dict[int, tuple[str, ...]]]:
    """The runs of columns between blank ones, each cut again where its first heading comes back or strange headings begin."""
    pieces: list[dict[int, tuple[str, ...]]] = []
    first: str | None = None
    for column, texts in parts.items():
        strange = header is not None and column in header.unknown and column - 1 not in header.unknown
        name = match(texts, header.form) if header else None
        if column - 1 not in parts or strange or (name is not None and name == first):
            pieces.append({})
            first = None
        first = first or name
        pieces[-1][column] = texts
    return pieces


def _blocks(forms: list[Form], hinted: list[Form], top: int, levels: int, parts: dict[int, tuple[str, ...]]) -> list[Header]:
    """One header, or several side by side where one alone does not fit."""
    whole = _choose(forms, hinted, top, levels, parts)
    if whole and whole.clean:
        return [whole]
    joined: list[dict[int, tuple[str, ...]]] = []
    for piece in _pieces(parts, whole):
        both = _choose(forms, hinted, top, levels, {**joined[-1], **piece}) if joined else None
        if both and both.clean:
            joined[-1] |= piece
        else:
            joined.append(piece)
    blocks = [_choose(forms, hinted, top, levels, p) for p in joined]
    apart = all(min(p) - 1 not in parts for p in joined)
    if len(blocks) > 1 and all(b and (b.clean or apart) for b in blocks):
        return blocks
    return [whole] if whole else []


def headers_at(sheet: Sheet, forms: list[Form], hinted: list[Form], top: int) -> list[Header]:
    """The header or headers whose first row is `top`; none where figures stand or nothing matches."""
    best: list[Header] = []
    best_size = (0, 0, 0)
    for levels in LEVELS:
        last = top + levels - 1
        if last >= len(sheet.rows) or any(is_number(c) for c in sheet.rows[last]):
            break
        width = max(len(r) for r in sheet.rows[top : last + 1])
        parts = {c: p for c in range(width) if (p := _heading(sheet, top, levels, c))}
        found = _blocks(forms, hinted, top, levels, parts)
        size = (sum(len(h.columns) for h in found), -sum(len(h.unknown) for h in found), -levels)
        if found and size > best_size:
            best, best_size = found, size
    return best


def extended(sheet: Sheet, header: Header) -> Header:
    """The header with the rows above that reach into it: a group that changes the meaning of what stands under it is no title."""
    top = header.top
    while top:
        reaches_in = any(sheet.anchor.get((top, c), (top, c))[0] < top for c in header.columns)
        above = {plain(c) for c in sheet.rows[top - 1] if isinstance(c, str)} - {""}
        changes = len(above) > 1 and any(len(t) < 10 and CHANGES_MEANING.search(t) for t in above)
        if not reaches_in and not changes:
            break
        top -= 1
    if top == header.top:
        return header
    levels = header.body - top
    width = max(len(r) for r in sheet.rows[top : header.body])
    parts = {c: p for c in range(width) if (p := _heading(sheet, top, levels, c))}
    return _assess(header.form, top, levels, parts)


def nearly(sheet: Sheet, form: Form) -> Header | None:
    """In a sheet that is named after a form and has no header of it: the rows that come nearest, to name what is wrong in them."""
    found: list[Header] = []
    for top in range(min(len(sheet.rows), 50)):
        for levels in LEVELS:
            rows = sheet.rows[top : top + levels]
            parts = {c: p for c in range(max(map(len, rows))) if (p := _heading(sheet, top, levels, c))}
            found.append(_assess(form, top, levels, parts))
    found = [h for h in found if h.columns and len(h.parts) > 1]
    return max(found, key=lambda h: (len(h.columns), -len(h.unknown), -h.levels, -h.top), default=None)


def belongs(sheet: Sheet, header: Header) -> bool:
    """Whether a header's first row holds headings or groups of them, not a title line that only stands above."""
    words = {word for heading in header.form.headings for word in heading.split("/")}
    for column in header.parts:
        place = sheet.anchor.get((header.top, column), (header.top, column))
        bottom, right = sheet.extent.get(place, place)
        across = right > place[1] and not (place[1] <= header.left and right >= max(header.columns))
        if heading_key(plain(sheet.at(*place))) in words or (sheet.at(*place) != "" and (across or bottom > header.top)):
            return True
    return False


def nearest(parts: tuple[str, ...], form: Form) -> str:
    """The known heading most like an unknown one, as a hint; '' when nothing is."""
    near = get_close_matches(heading_key(parts[-1]), form.headings, n=1, cutoff=0.3)
    return f"，是否为“{form.columns[form.headings[near[0]]].header}”？" if near else f"，应为：{known_headings(form)}"


def known_headings(form: Form) -> str:
    return "、".join(c.header for c in form.columns.values())
