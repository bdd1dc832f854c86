"""The rows of one table as columns of its seed: a column is converted as a whole, each distinct cell of it once.

A ledger says the same few thousand things over and over. What a cell means is `values`' affair; here only where it stands.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, partial

from . import privacy, values
from .contract import Column
from .rows import Remark, Row, Table, total_of
from .values import Unreadable, Value, plain
from .workbook import Sheet, cell_name, column_letters

DATED = {"date": values.read_date, "year": values.read_year}
KEY, OF_WHICH = re.compile(r"[\w-]+", re.ASCII), re.compile(r"^其中:?")
REPEATED, MOST_KNOWN = {str, dt.date}, 1 << 14  # nothing of another type is equal to these


@dataclass
class TableReader:
    """Some rows of a table, read: seed columns by name, what to say of which cell, and of a summary each figure's cell."""

    sheet: Sheet
    table: Table
    rows: list[Row]
    key: bytes
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    figures: list[dict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbers = [row.number for row in self.rows]
        self.totals = [row.kind == "total" for row in self.rows]
        self.beside_totals = {n: True for n, total in enumerate(self.totals) if total}
        self.merged = [n for n, number in enumerate(self.numbers) if number in self.sheet.merged_rows]
        self.refused: dict[str, set[int]] = {}
        for position, column in self.table.columns.items():
            self._read(position, column)
        for column in self.table.columns.values():
            if column.amount_unit_from:
                units = self.columns[column.amount_unit_from]
                pairs = zip(units, self.columns[column.name], strict=True)
                self.columns[column.amount_unit_from] = [u if u is None or figure is None else values.family(u) for u, figure in pairs]
        self._drop_empty()
        self.remarks.sort(key=lambda remark: remark.row)

    def _remark(self, rule: str, message: str, n: int, position: int, severity: str = "error") -> None:
        self.remarks.append(Remark(rule, message, self.numbers[n], position, severity))

    def _cells(self, position: int, column: Column) -> list[object]:
        """A column's cells; a label stands in every row of its merged range, a figure only in the first."""
        whole, numbers = self.sheet.column(position), self.numbers
        unbroken = bool(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1
        cells = list(whole[numbers[0] : numbers[-1] + 1] if unbroken else map(whole.__getitem__, numbers))
        for n in () if column.is_figure else self.merged:
            cells[n] = self.sheet.merged(numbers[n], position)
        return cells

    def _read(self, position: int, column: Column) -> None:
        cells = self._cells(position, column)
        beside, read, read_beside = self._figures(position, column) if column.is_figure else self._labels(column)
        if _are_confused(cells):
            beside = dict.fromkeys(range(len(cells))) | beside
        keys = cells.copy()
        for n, more in beside.items():
            keys[n] = (type(cells[n]), cells[n], more)
        left, said = set(keys), {}
        known = {} if column.is_figure or column.pii == "id" else _known(column, self.sheet.marks.epoch_1904)
        found = self._short_way(left, position, column)
        found.update((key, known[key]) for key in known.keys() & left)
        for key in left.difference(found):
            cell, more = key[1:] if type(key) is tuple else (key, None)
            if cell == "":
                continue
            try:
                values.refuse_errors(cell)
                if column.type == "date" and not _total(cell, column, more) and values.is_month_only(cell):
                    said[key] = [("V16", "只写到月，按当月1日入库：请写到日", "notice")]
                found[key] = read(cell) if more is None else read_beside(cell, more)
                if type(key) in REPEATED and len(known) < MOST_KNOWN and key not in said:
                    known[key] = found[key]
            except Unreadable as why:
                said.setdefault(key, []).append((why.rule, str(why), "error"))
        self._keep(position, column, cells, list(map(found.get, keys)))
        if said:
            for n, key in enumerate(keys):
                for remark in said.get(key, ()):
                    self._remark(*remark[:2], n, position, remark[2])
            failed = {key for key, remarks in said.items() if remarks[-1][2] == "error"}
            self.refused[column.name] = {n for n, key in enumerate(keys) if key in failed}

    def _short_way(self, cells: set[object], position: int, column: Column) -> dict[object, object]:
        """What those cells mean that need no closer look."""
        if self._is_plain_ledger(column):
            return values.common_figures(cells, column, self.table.units[position])
        if column.pii == "id":
            return privacy.identify_all(cells, self.key)
        if column.name.endswith("_no") and not column.values:
            # too short for a person's number, and shown as it stands
            short = (cell for cell in cells if type(cell) is str and len(cell) < 15 and cell.isascii() and cell.isalnum())
            return {cell: cell for cell in short if cell not in values.BLANKS}
        return {}

    def _keep(self, position: int, column: Column, cells: list[object], found: list) -> None:
        """Put what was found of a column where it belongs."""
        name = column.name
        if column.pii == "id":
            stem = name.removesuffix("_id")
            self.columns[name] = [known and known.key for known in found]
            self.columns[f"{stem}_birth_year"] = [known and str(known.birth_year) for known in found]
            self.columns[f"{stem}_sex"] = [known and known.sex for known in found]
            return
        if not column.is_figure or self._is_plain_ledger(column):
            self.columns[name] = found
            return
        self.columns[name] = [value and value.text for value in found]
        for n, value in enumerate(found):
            if value and column.type == "percent" and not 0 <= Decimal(value.text) <= 1:
                self._remark("V22", "百分数不在 0—100% 之间，已照原样入库：请核实", n, position, "warning")
            if value and self.table.form.kind == "summary":
                self.figures.append(self._figure_cell(column, self.numbers[n], position, cells[n], value))

    def _is_plain_ledger(self, column: Column) -> bool:
        return self.table.form.kind == "ledger" and column.is_figure and column.type != "percent" and not column.amount_unit_from

    def _figure_cell(self, column: Column, number: int, position: int, cell: object, value: Value) -> dict:
        return {
            "form": self.table.form.name,
            "column_name": column.name,
            "source_row": number + 1,
            "source_column": column_letters(self.table.left),
            "cell": cell_name(number, position),
            "printed": plain(cell),
            "printed_unit": value.unit,
            "value": value.text,
            "half_unit": format(value.half_unit, "f"),
        }

    def _labels(self, column: Column) -> tuple[dict[int, bool], Callable, Callable]:
        """Which rows are totals, and how a cell of the column is read in another row and in these."""
        read = _label_reader(column, self.key, self.sheet.marks.epoch_1904)

        def read_total(cell: object, _: bool) -> object:
            if (whole := _total(cell, column, True)) is None:
                return read(cell)
            return values.read_code(whole, column) if whole else "合计" if "合计" in column.values else None

        return self.beside_totals, read, read_total

    def _figures(self, position: int, column: Column) -> tuple[dict[int, tuple], Callable, Callable]:
        """By row the number format and the unit beside a figure, where they matter; and how it is read without and with them."""
        formats, stated, simple = self.sheet.marks.formats, self.table.units[position], self._is_plain_ledger(column)
        source = next((p for p, c in self.table.columns.items() if c.name == column.amount_unit_from), None)

        def read_beside(cell: object, beside: tuple[str, str | None]) -> Value | str | None:
            value = _figure(cell, column, beside[1], beside[0])
            return value.text if value and simple else value

        def read(cell: object) -> Value | str | None:
            return read_beside(cell, ("", stated))

        if simple and not formats:
            return {}, read, read_beside
        codes = [formats.get((number, position), "") for number in self.numbers]
        units = [stated if source is None else plain(self.sheet.merged(number, source)) for number in self.numbers]
        pairs = enumerate(zip(codes, units, strict=True))
        return {n: pair for n, pair in pairs if pair[0] or not simple}, read, read_beside

    def _is_null(self, names: Iterable[str]) -> list[int]:
        """The detail rows in which none of the columns holds anything, readable or not."""
        empty: Iterable[int] = range(len(self.rows))
        for name in names:
            column, refused = self.columns[name], self.refused.get(name, ())
            if None not in column:
                return []
            empty = [n for n in empty if column[n] is None and n not in refused]
        return [n for n in empty if not self.totals[n]]

    def _drop_empty(self) -> None:
        """Take out rows without any required content, or in a ledger without any label: no household, claim or figure stands there."""
        columns, left = self.table.columns, self.table.left
        required = {c.name: p for p, c in columns.items() if c.required}
        dropped = set(self._is_null(required or [c.name for c in columns.values()]))
        if self.table.form.kind == "ledger":
            dropped.update(self._is_null(c.name for c in columns.values() if not c.is_figure))
        for n in dropped:
            self._remark("L08", "这一行没有任何必填内容，未入库：如是合计请写明“合计”，如是数据请填全", n, left)
        for name, position in required.items():
            for n in self._is_null([name]):
                if n not in dropped:
                    self._remark("V15", f"“{self.table.form.columns[name].header}”必填，现为空", n, position)
        if dropped:
            kept = [n for n in range(len(self.rows)) if n not in dropped]
            self.rows = [self.rows[n] for n in kept]
            self.columns = {name: [column[n] for n in kept] for name, column in self.columns.items()}


def _are_confused(cells: list[object]) -> bool:
    """Whether cells that are equal, one key of a dict, may say different things: True and 1; numbers past what a float shows of itself."""
    kinds = set(map(type, cells))
    if bool in kinds:
        return not kinds.isdisjoint({int, float})
    return {int, float} <= kinds and any(type(cell) is int and abs(cell) >= 10**15 for cell in cells)


def _total(cell: object, column: Column, is_total: object) -> str | None:
    return total_of(plain(cell).replace(" ", ""), column) if is_total else None


@lru_cache(maxsize=256)
def _known(column: Column, epoch_1904: bool) -> dict[object, object]:
    """What the texts and dates of a label mean, filled as they are met: the ledgers of a county say the same again and again."""
    return {"": None}


def _label_reader(column: Column, key: bytes, epoch_1904: bool) -> Callable[[object], object]:
    """How a label of a column is read: the seed's text, or of an identity number what may be known of it."""
    if column.pii == "id":
        return lambda cell: _identity(cell, key)
    if column.type in DATED:
        return partial(DATED[column.type], epoch_1904=epoch_1904)
    if column.type == "boolean":
        return lambda cell: values.read_boolean(cell, column)
    if column.values:
        return lambda cell: values.read_code(cell, column)
    if column.pii == "name":
        return lambda cell: privacy.mask_name(text) if (text := values.read_text(cell)) else None
    if column.name.endswith("_no"):
        return lambda cell: _number(cell, column)
    return _free_text


def _number(cell: object, column: Column) -> str | None:
    """A household's or a project's number may be as long as a card's, and is a key: only a person's own number is one too many."""
    text = values.read_text(cell)
    if text and not KEY.fullmatch(text):
        return privacy.scrub(text)
    if text and privacy.is_identity(text):
        raise Unreadable("V20", f"“{column.header}”里是证件号码，不能入库：请填编号")
    return text


def _free_text(cell: object) -> str | None:
    text = values.read_text(cell)
    return text and (privacy.scrub(OF_WHICH.sub("", text)) or None)


def _identity(cell: object, key: bytes) -> privacy.Identity | None:
    text = values.read_text(cell)
    if text is None:
        return None
    try:
        return privacy.identify(text, key)
    except privacy.BadId as why:
        raise Unreadable("V17", str(why)) from why


def _figure(cell: object, column: Column, unit: str | None, code: str) -> Value | None:
    """A figure in a unit and a number format. A format that adds 万 to it must say what the heading says."""
    is_number, text = not isinstance(cell, str), plain(cell)
    if not is_number and text in values.BLANKS:
        return None
    if column.amount_unit_from and unit in values.BLANKS:
        raise Unreadable("V03", "没有写计量单位，数值无法入库：请在本行填计量单位")
    if is_number and code and "%" not in code and not (unit and unit in code):
        raise Unreadable("V21", "数字格式里带有计量单位，与列名不一致：请把格式改为常规，单位写在列名后")
    return values.read_figure(cell, column, unit, is_number and "%" in code)
