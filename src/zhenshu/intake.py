"""Workbooks in, seeds out: every cell is loaded exactly or named as a problem, and every row knows where it came from.

The seeds are replaced only by a complete set; the same workbooks give the same bytes.
"""

import gc
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tqdm import tqdm

from . import keys, privacy, submissions
from .columns import TableReader
from .contract import forms, seed_columns
from .downloads import neutral
from .layout import find_tables
from .places import Disagreement, Period, Towns, periods, resolve_period
from .remarks import LIST_SHEET
from .rows import Remark, Table
from .seedfiles import POSITION, frame, recover, replace_all, stacked
from .values import plain
from .workbook import Refused, Sheet, Workbook, cell_name, column_letters, find


@dataclass(frozen=True)
class Problem:
    """One thing a person must look at, as a row of `intake_problem.csv`."""

    rule_id: str
    message: str
    source_file: str
    severity: str = "error"
    source_sheet: str = ""
    cell: str = ""
    form: str = ""
    column_name: str = ""
    town_code: str = ""
    found: str = ""


@dataclass
class Result:
    """What an intake read: tables by form, each as columns; figure cells, problems, and how many files there were."""

    tables: dict[str, list[dict[str, list]]] = field(default_factory=lambda: {name: [] for name in forms()})
    figures: list[dict] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    sha256: dict[str, str] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)

    @property
    def row_count(self) -> int:
        return sum(len(table["source_row"]) for tables in self.tables.values() for table in tables)

    @property
    def rows(self) -> dict[str, list[dict]]:
        """The rows by form, each as what its table says of it."""
        every = self.tables.items()
        return {form: [dict(zip(t, row, strict=True)) for t in tables for row in zip(*t.values(), strict=True)] for form, tables in every}


@dataclass
class _Place:
    """Where a table stands and what it speaks of."""

    book: Workbook
    sheet: Sheet
    table: Table
    town: str
    period: Period
    towns: Towns
    key: bytes
    result: Result

    def __post_init__(self) -> None:
        self.origin = {"source_file": privacy.scrub(self.book.name), "source_sheet": privacy.scrub(self.sheet.name)}

    def problem(self, remark: Remark) -> None:
        contract = self.table.columns.get(remark.column)
        found = plain(self.sheet.merged(remark.row, remark.column))
        self.result.problems.append(
            Problem(
                remark.rule,
                remark.message,
                severity=remark.severity,
                cell=cell_name(remark.row, remark.column),
                form=self.table.form.name,
                column_name=contract.name if contract else "",
                town_code=self.town,
                found=privacy.masked(found, contract.pii if contract and remark.row >= self.table.body else None),
                **self.origin,
            )
        )


def read_all(data: Path, key: bytes) -> Result:
    """Read every workbook below `data/workbooks`."""
    result, towns = Result(), Towns(data)
    for book in tqdm(find(data / "workbooks"), desc="intake", unit="file", leave=False, disable=None):
        result.files += 1
        result.sha256[privacy.scrub(book.name)] = book.sha256
        _read_book(book, towns, key, result)
    return result


def _read_book(book: Workbook, towns: Towns, key: bytes, result: Result) -> None:
    """Sheet by sheet, so that a damaged one does not take the others with it."""
    place = {"source_file": privacy.scrub(book.name)}
    empty = True
    try:
        for name, read in book.sheets():
            if name.startswith(LIST_SHEET):  # the list that came with a returned workbook
                continue
            place["source_sheet"] = privacy.scrub(name)
            try:
                sheet = read()
                if any(plain(c) for row in sheet.rows for c in row):
                    empty = False
                    _read_sheet(book, sheet, towns, key, result)
            except Refused as refusal:
                empty = False
                result.problems.append(Problem(refusal.rule, str(refusal), **place))
        place["source_sheet"] = ""
        if empty:
            result.problems.append(Problem("F07", "文件里没有一个有内容的工作表：如是退回的问题清单，请改原表后重报", **place))
    except Refused as refusal:
        result.problems.append(Problem(refusal.rule, str(refusal), **place))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # one strange file must not keep sixteen towns from being read; a panic of Rust is no Exception
        at = traceback.extract_tb(error.__traceback__)[-1]
        message = f"程序读到这里出错（{type(error).__name__}，{Path(at.filename).name} 第 {at.lineno} 行），请把文件交技术人员"
        result.problems.append(Problem("F09", message, **place))


def _read_sheet(book: Workbook, sheet: Sheet, towns: Towns, key: bytes, result: Result) -> None:
    where = {"source_file": privacy.scrub(book.name), "source_sheet": privacy.scrub(sheet.name)}
    tables, refused = find_tables(sheet, book.path.stem, forms())
    for why in refused:
        cell = cell_name(*why.cell) if why.cell else ""
        found = privacy.scrub(plain(sheet.merged(*why.cell))) if why.cell else ""
        form = why.form.name if why.form else ""
        # a hidden sheet that is no form is the clerk's own scratch paper, yet it is named
        severity = "notice" if sheet.hidden and why.rule == "L01" else "error"
        result.problems.append(Problem(why.rule, privacy.scrub(str(why)), cell=cell, form=form, found=found, severity=severity, **where))
    names = [sheet.name, *Path(book.name).with_suffix("").parts]
    for table in tables:
        if table.is_blank_form and not table.rows:
            cell, message = cell_name(table.top, table.left), "空白表没有填写；本期没有这项内容的，不用处理"
            result.problems.append(Problem("L07", message, cell=cell, form=table.form.name, severity="notice", **where))
            continue
        try:
            town = _town(towns, table, names)
            period = _period(table, names)
        except Disagreement as why:
            cell = cell_name(table.top, table.left)
            result.problems.append(Problem(why.rule, str(why), cell=cell, form=table.form.name, **where))
            continue
        _read_table(_Place(book, sheet, table, town, period, towns, key, result))


def _town(towns: Towns, table: Table, names: list[str]) -> str:
    """The town that the titles or the names speak of; '' where a column of the table says it row by row."""
    own = any(towns.named_in(line) for line in table.lines)
    try:
        return towns.resolve([*table.lines, *([] if own else table.sheet_lines), *names])
    except Disagreement:
        if table.town_column is None:
            raise
        return ""


def _period(table: Table, names: list[str]) -> Period:
    sheet_name, *file_names = names
    own = any(periods(line)[0] for line in [*table.lines, sheet_name])
    return resolve_period([sheet_name, *table.lines, *([] if own else table.sheet_lines)], file_names)


def _read_table(place: _Place) -> None:
    table = place.table
    for remark in table.remarks:
        place.problem(remark)
    if not table.rows:
        place.problem(Remark("L07", "表头下面没有数据，请核对是否漏填", table.top, table.left, "warning"))
    _say_hidden(place)
    towns, strangers = _row_towns(place)
    read = TableReader(place.sheet, table, [row for row in table.rows if row.number in towns], place.key)
    for remark in sorted(strangers + read.remarks, key=lambda r: r.row):
        place.problem(remark)
    place.result.figures += [figure | place.origin for figure in read.figures]
    if read.rows:
        count, fixed = len(read.rows), {"period_start": place.period.start.isoformat(), "period_end": place.period.end.isoformat()}
        place.result.tables[table.form.name].append(
            {
                "town_code": [towns[row.number] for row in read.rows],
                "row_kind": [row.kind for row in read.rows],
                **read.columns,
                "source_row": [row.number + 1 for row in read.rows],
                **{name: [text] * count for name, text in (fixed | place.origin).items()},
                "source_column": [column_letters(table.left)] * count,
            }
        )


def _row_towns(place: _Place) -> tuple[dict[int, str], list[Remark]]:
    """Each row's town: of the table, or of its own column where a county sends one table of many towns; and the rows of none."""
    table, column, strangers = place.table, place.table.town_column, []
    if column is None:
        return dict.fromkeys([row.number for row in table.rows], place.town), []
    towns, named_in = {}, cache(place.towns.named_in)
    for row in table.rows:
        text = plain(place.sheet.merged(row.number, column))
        named = named_in(text)
        if place.town and (not text or row.kind == "total"):
            towns[row.number] = place.town
        elif len(named) == 1 and (not place.town or named == {place.town}):
            (towns[row.number],) = named
        elif row.kind == "total":
            strangers.append(Remark("T03", "多个乡镇的合计行，不属于哪个乡镇，未入库", row.number, column, "notice"))
        else:
            message = "这一行的乡镇认不出，或与标题不一致，未入库：请填 township.csv 中的乡镇名"
            strangers.append(Remark("T01", message, row.number, column, "error"))
    return towns, strangers


def _say_hidden(place: _Place) -> None:
    """Hidden rows and columns are loaded like others, and said so: they are easily forgotten."""
    table, marks = place.table, place.sheet.marks

    def say(what: str, row: int, column: int) -> None:
        place.problem(Remark("L10", f"{what}隐藏的，已照常入库：请核实", row, column, "notice"))

    if place.sheet.hidden:
        say("工作表是", table.top, table.left)
    hidden = set(marks.hidden_rows)
    rows = [r.number for r in table.rows if r.number in hidden] if hidden else []
    if rows:
        message = f"有 {len(rows)} 个隐藏的行（从第 {rows[0] + 1} 行起），已照常入库：请核实"
        place.problem(Remark("L10", message, rows[0], table.left, "notice"))
    for column in table.columns:
        if any(first <= column <= last for first, last in marks.hidden_columns):
            say("这一列是", table.body - 1, column)


def write_seeds(result: Result, folder: Path, notes: dict[str, str] | None = None) -> None:
    """Replace the seeds of a folder by what was read, with notes beside; adds a problem for every file whose version cannot be told."""
    tables = {name: stacked(read, forms()[name].seed_columns, POSITION) for name, read in result.tables.items()}
    tables["figure_cell"] = frame(result.figures, seed_columns("figure_cell"), (*POSITION, "cell"))
    counts = Counter(p.source_file for p in result.problems)
    sent = submissions.table(tables, result.sha256, counts, folder.parents[1])
    for form, town, name, message in submissions.undecided(sent):
        result.problems.append(Problem("S01", message, name, form=form, town_code=town))
    tables["submission"] = sent.select(seed_columns("submission"))
    # people open the list in a spreadsheet program: what stood in a cell must not run there
    problems, order = (
        [vars(p) | {"found": neutral(p.found)} for p in result.problems],
        ("source_file", "source_sheet", "cell", "rule_id", "message"),
    )
    tables["intake_problem"] = frame(problems, seed_columns("intake_problem"), order)
    replace_all(tables, folder, notes)


def problem_lines(result: Result, towns: Towns) -> Iterator[str]:
    """The problems as short Chinese lines, town by town."""
    by_town: dict[str, list[Problem]] = {}
    for problem in result.problems:
        by_town.setdefault(towns.names.get(problem.town_code, "未识别乡镇"), []).append(problem)
    for town, problems in sorted(by_town.items()):
        yield f"{town}：{len(problems)} 个问题"
        for p in problems:
            place = " ".join(filter(None, (p.source_file, p.source_sheet, p.cell)))
            found = f"“{p.found}”" if p.found else ""
            yield f"  [{p.rule_id}] {place} {found} {p.message}"


def run(data: Path, project: Path) -> Result:
    """Read `data/workbooks` and replace `data/seeds/township`."""
    recover(data / "seeds/township")
    collects = gc.isenabled()
    gc.disable()  # nothing here refers to itself in circles; to look for it among the cells again and again is a tenth of the work
    try:
        key = keys.county_key(data, project)
        keys.check(key, data / "seeds/township")
        result = read_all(data, key)
        write_seeds(result, data / "seeds/township", keys.note(key))
    finally:
        if collects:
            gc.enable()
    return result
