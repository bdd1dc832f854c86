"""How the towns of a practice county lay out and send their forms: each has its habits and keeps them all year.

A `Sheet` is one form as cells, and knows where each of its rows and columns stands; it is written as a workbook's sheet or, without a
workbook, as what intake would read of it (`sample_seeds`).
"""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import xlsxwriter
import xlwt

from .contract import Column, Form, forms
from .sample import YEAR, Filled, Row, last_day
from .sample_places import Town
from .values import plain

IN_WAN = {"fund_project", "fund_summary", "medical_summary"}
LEDGERS_WITH_TOTAL = {"medical_claim", "fund_project", "education_grant"}
# columns that no town has in its form
ABSENT = {
    "exit_summary": {"village"},
    "medical_summary": {"village"},
    "education_summary": {"program", "school_place"},
    "indicator_summary": {"numerator_of", "denominator_of"},
}
MOST_XLS_ROWS = 60_000  # an .xls sheet ends at 65,536
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ERRORS = {"#DIV/0!": 0x07}


class Percent(float):
    """A number that its cell shows as a percentage."""


class ErrorCell(str):
    """What a formula that failed shows."""

    __slots__ = ()


@dataclass(frozen=True)
class Habits:
    """A town's ways. Every value occurs among any seventeen neighbours."""

    number: int

    def _one(self, step: int, *choices: object) -> object:
        return choices[self.number // step % len(choices)]

    @property
    def kind(self) -> str:
        return self._one(1, "xlsx", "xlsx", "xls", "xlsx", "csv", "xlsx", "xlsx")

    @property
    def bundled(self) -> bool:
        """Several forms in one workbook."""
        return self.kind != "csv" and self._one(1, True, False, True, True, False)

    @property
    def folders(self) -> str:
        return self._one(2, "none", "month", "town")

    @property
    def other_headings(self) -> bool:
        return self._one(1, False, True)

    @property
    def two_rows(self) -> bool:
        return self.kind != "csv" and self._one(2, True, False)

    @property
    def in_wan(self) -> bool:
        return self._one(1, False, True, False)

    @property
    def unit_in_heading(self) -> bool:
        return self._one(3, False, True)

    @property
    def total(self) -> str:
        return self._one(1, "last", "first", "none", "last")

    @property
    def numbers(self) -> str:
        return self._one(1, "plain", "commas", "plain", "plain", "full-width")

    @property
    def dates(self) -> str:
        return self._one(1, "date", "2020.6.18", "date", "2020年6月18日", "20200618", "2020-06-18", "2020/6/18")

    @property
    def ticks(self) -> bool:
        return self._one(4, False, True)

    @property
    def other_spellings(self) -> bool:
        return self._one(5, False, True)

    @property
    def notes(self) -> bool:
        return self._one(1, True, True, False)

    @property
    def serial(self) -> bool:
        return self._one(3, True, False)

    @property
    def period_in_title(self) -> bool:
        return self._one(2, False, True)


@dataclass(frozen=True)
class _Style:
    """How cells of one column are printed: worked out once a sheet."""

    column: Column
    habits: Habits
    unit: str | None

    @cached_property
    def spelled(self) -> dict[str, str]:
        if not self.habits.other_spellings:
            return {}
        # 合计 spelled 小计 would be another total
        return {value: spelling for spelling, value in reversed(self.column.spellings.items()) if value not in ("合计", "是", "否")}

    def __call__(self, value: object) -> object:
        if value is None:
            return ""
        kind, habits = self.column.type, self.habits
        if kind == "text":
            return self.spelled.get(value, value)
        if kind == "boolean":
            return ("√" if value else "×") if habits.ticks else "是" if value else "否"
        if kind == "date":
            return _day(value, habits.dates)
        if kind == "year":
            return f"{value}年" if habits.dates == "2020年6月18日" else value
        if kind == "percent":
            return f"{value / 100:.2f}%" if habits.numbers != "plain" or habits.kind == "csv" else Percent(value / 10000)
        if self.column.unit == "元":
            value = value / (1_000_000 if self.unit == "万元" else 100)
        return number_cell(plain(value), habits)


def number_cell(text: str, habits: Habits) -> object:
    """A number as a town types it."""
    if habits.numbers == "full-width":
        return text.translate(FULL_WIDTH)
    whole, point, fraction = text.partition(".")
    if habits.numbers == "commas":
        return f"{int(whole):,}{point}{fraction}"
    return float(text) if point else int(text)


def _day(day: dt.date, spelling: str) -> object:
    y, m, d = day.year, day.month, day.day
    spellings = {"2020.6.18": f"{y}.{m}.{d}", "2020年6月18日": f"{y}年{m}月{d}日", "2020/6/18": f"{y}/{m}/{d}", "date": day}
    return spellings.get(spelling) or (day.isoformat() if "-" in spelling else f"{y}{m:02}{d:02}")


@dataclass
class Sheet:
    """One form of one town. `rows` are the rows below the header: kind, and the true values in the contract's order; `fill` prints them."""

    town: Town
    habits: Habits
    filled: Filled
    path: str
    name: str
    cells: list[list[object]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    rows: list[tuple[str, Row]] = field(default_factory=list)

    def __post_init__(self) -> None:
        absent = ABSENT.get(self.form.name, ())
        self.serial = int(self.habits.serial and self.form.name != "rectification")
        self.shown = [(n, c) for n, c in enumerate(self.form.columns.values()) if c.name not in absent]
        # where each shown column stands
        self.position = {c.name: k + self.serial for k, (_, c) in enumerate(self.shown)}
        self.styles = [_Style(c, self.habits, self.unit_of(c)) for _, c in self.shown]
        self._title()
        self._header()
        self._body()

    @property
    def form(self) -> Form:
        return forms()[self.filled.form]

    @property
    def is_summary(self) -> bool:
        return self.form.kind == "summary"

    @property
    def money(self) -> str:
        return "万元" if self.habits.in_wan and self.form.name in IN_WAN else "元"

    def unit_of(self, column: Column) -> str | None:
        return self.money if column.unit == "元" else column.unit

    def _title(self) -> None:
        town, stated, title = self.town.name, self.filled.stated, self.form.title
        units = dict.fromkeys(u for _, c in self.shown if (u := self.unit_of(c)))
        line = [f"填报单位：{town}"]
        if not self.habits.period_in_title:
            line.append(f"统计时间：{stated}")
        if units and not (self.habits.unit_in_heading and "元" in {c.unit for _, c in self.shown}):
            line.append(f"单位：{'、'.join(units)}")
        self.cells.append([f"{town}{stated}{title}" if self.habits.period_in_title else f"{town}{title}"])
        # one cell for all of it, or a cell each
        self.cells.append(["　　".join(line)] if self.habits.notes else line)
        if self.habits.kind != "csv":
            self.merges.append((0, 0, 0, len(self.shown) + self.serial - 1))

    def _header(self) -> None:
        self.top = len(self.cells)
        groups = [self._grouped(c) for _, c in self.shown] if self.habits.two_rows else []
        if not any(groups):
            self.cells.append(["序号"] * self.serial + [self._heading(c) for _, c in self.shown])
            return
        upper, lower = ["序号"] * self.serial, [""] * self.serial
        for (_, column), group in zip(self.shown, groups, strict=True):
            above, _, leaf = (group or self._heading(column)).partition("/")
            upper.append("" if above in upper else above)
            lower.append(self._with_unit(leaf, column) if leaf else "")
        starts = [k for k, text in enumerate(upper) if text]
        for start, following in zip(starts, [*starts[1:], len(upper)], strict=True):
            if not lower[start]:
                self.merges.append((self.top, start, self.top + 1, start))
            elif following - start > 1:
                self.merges.append((self.top, start, self.top, following - 1))
        self.cells += [upper, lower]

    def _grouped(self, column: Column) -> str | None:
        return next((h for h in column.aliases if "/" in h and not h.startswith("医疗费用")), None)

    def _heading(self, column: Column) -> str:
        plain_ones = [h for h in (column.header, *column.aliases) if "/" not in h]
        choice = self.habits.number // 2 % (len(plain_ones) - 1) + 1 if self.habits.other_headings and len(plain_ones) > 1 else 0
        return self._with_unit(plain_ones[choice], column)

    def _with_unit(self, heading: str, column: Column) -> str:
        return f"{heading}（{self.unit_of(column)}）" if self.habits.unit_in_heading and column.unit == "元" else heading

    def _body(self) -> None:
        self.body = len(self.cells)
        self.rows = [("detail", row) for row in self.filled.rows]
        total = self.filled.total
        if total is not None:
            if self.habits.total != "none":
                self.rows.insert(len(self.rows) if self.habits.total == "last" else 0, ("total", total))
            elif self.form.name == "exit_summary":  # the register's own line, under no label
                self.rows.append(("detail", total))
        elif self.form.name in LEDGERS_WITH_TOTAL and self.habits.total == "last":
            columns = list(self.form.columns.values())
            sums = [sum(row[n] or 0 for row in self.filled.rows) if c.unit == "元" else None for n, c in enumerate(columns)]
            self.rows.append(("total", tuple(sums)))

    def fill(self) -> "Sheet":
        """Print the rows below the header, and the notes below them."""
        for number, (kind, row) in enumerate(self.rows, 1):
            cells = [style(row[n]) for style, (n, _) in zip(self.styles, self.shown, strict=True)]
            if kind == "total":
                cells[0] = "合计"
            elif self.form.name == "indicator_summary" and row[3] == "%":
                cells[self.position["value"] - self.serial] = number_cell(plain(row[2] / 100), self.habits)
            self.cells.append([number if kind == "detail" else ""] * self.serial + cells)
        if self.habits.notes:
            self.cells += [["注：以上数据由各村上报，镇扶贫办审核。"], ["填表人：　　　　审核人：　　　　填表日期："]]
        return self


def sheets_of(town: Town, filled: list[Filled], habits: Habits) -> list[Sheet]:
    """Everything a town sends, form by form, each with the file and the sheet it goes into."""
    found = []
    for one in filled:
        names = forms()[one.form].sheets
        name = names[habits.number % len(names)] if habits.other_headings else names[0]
        kind = "xlsx" if habits.kind == "xls" and len(one.rows) > MOST_XLS_ROWS else habits.kind
        when = f"{YEAR}年{one.month}月" if one.month else "2019年底"
        if habits.bundled and one.form != "household":
            stem = f"{town.name}{when}{'台账' if forms()[one.form].kind == 'ledger' else '报表'}"
        else:
            stem = f"{town.name}{forms()[one.form].title}（{one.stated}）"
        folder = {"none": "", "month": f"{when}/", "town": f"{town.name}/"}[habits.folders]
        found.append(Sheet(town, habits, one, f"{folder}{stem}.{kind}", stem if kind == "csv" else name))
    return found


def due_on(month: int) -> dt.date:
    """The fifth day of the next month; the register of 2019 with the forms of January."""
    return last_day(max(month, 1)) + dt.timedelta(5)


def received_on(town: Town, month: int) -> dt.date:
    """Between the first day after the month and the day it is due."""
    return last_day(max(month, 1)) + dt.timedelta(1 + town.number * 7 % 5)


def write_books(folder: Path, sheets: list[Sheet]) -> Iterator[str]:
    """Write the sheets of a town into their files; yields the files' paths."""
    books: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        books.setdefault(sheet.path, []).append(sheet)
    for name, inside in books.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        {".xlsx": _write_xlsx, ".xls": _write_xls, ".csv": _write_csv}[path.suffix](path, inside)
        yield name


def _write_xlsx(path: Path, sheets: list[Sheet]) -> None:
    with xlsxwriter.Workbook(path) as book:
        # the day in the file's properties must not come from the clock
        book.set_properties({"created": dt.datetime(2020, 1, 1)})
        day, percent = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0.00%"})
        head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for first_row, first, last_row, last in sheet.merges:
                page.merge_range(first_row, first, last_row, last, "", head)
            for r, row in enumerate(sheet.cells):
                for c, cell in enumerate(row):
                    if cell == "":
                        continue
                    if isinstance(cell, ErrorCell):
                        page.write_formula(r, c, "=1/0", None, str(cell))
                    elif isinstance(cell, str):
                        page.write_string(r, c, cell, head if r < sheet.body else None)
                    elif isinstance(cell, dt.date):
                        page.write_datetime(r, c, cell, day)
                    else:
                        page.write_number(r, c, cell, percent if isinstance(cell, Percent) else None)


def _write_xls(path: Path, sheets: list[Sheet]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    day, percent = xlwt.easyxf(num_format_str="yyyy-mm-dd"), xlwt.easyxf(num_format_str="0.00%")
    for sheet in sheets:
        page = book.add_sheet(sheet.name)
        merged = {(r, c): (last_row, last) for r, c, last_row, last in sheet.merges}
        for r, row in enumerate(sheet.cells):
            for c, cell in enumerate(row):
                if cell == "":
                    continue
                if isinstance(cell, ErrorCell):
                    page.row(r).set_cell_error(c, ERRORS[cell])
                elif (r, c) in merged:
                    page.write_merge(r, merged[r, c][0], c, merged[r, c][1], cell)
                elif isinstance(cell, dt.date):
                    page.write(r, c, cell, day)
                elif isinstance(cell, Percent):
                    page.write(r, c, float(cell), percent)
                else:
                    page.write(r, c, cell)
    book.save(str(path))


def _write_csv(path: Path, sheets: list[Sheet]) -> None:
    (sheet,) = sheets
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows([[plain(c) if isinstance(c, float) else c for c in row] for row in sheet.cells])
    path.write_bytes(lines.getvalue().encode("gb18030"))
