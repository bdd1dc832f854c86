"""Workbooks in, seeds out: every cell is loaded exactly or named as a problem, and every row knows where it came from.

The seeds are replaced only by a complete set; the same workbooks give the same bytes.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl
from tqdm import tqdm

from . import privacy, values
from .contract import Column, forms, seed_columns
from .layout import SUBTOTAL_WORDS, TOTAL_WORDS, NotATable, Row, Table, find_tables
from .places import Disagreement, Period, Towns, resolve_period
from .values import Unreadable, plain
from .workbook import Refused, Sheet, Workbook, cell_name, find, get_column_letter

READERS = {"date": values.read_date, "year": values.read_year, "boolean": values.read_boolean}


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
    """What an intake read: rows by form, figure cells, problems, and how many files there were."""

    rows: dict[str, list[dict]] = field(default_factory=lambda: {name: [] for name in forms()})
    figures: list[dict] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0

    @property
    def sound(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)


@dataclass
class _Place:
    """Where a table stands and what it speaks of."""

    book: Workbook
    sheet: Sheet
    table: Table
    town: str
    period: Period
    key: bytes
    result: Result

    def problem(self, rule: str, message: str, row: int, column: int, severity: str = "error") -> None:
        contract = self.table.columns.get(column)
        found = plain(self.sheet.errors.get((row, column), self.sheet.merged(row, column)))
        self.result.problems.append(
            Problem(
                rule,
                message,
                privacy.scrub(self.book.name),
                severity,
                self.sheet.name,
                cell_name(row, column),
                self.table.form.name,
                contract.name if contract else "",
                self.town,
                privacy.mask_name(found) if contract and contract.pii == "name" else privacy.scrub(found),
            )
        )

    @property
    def origin(self) -> dict:
        return {"source_file": privacy.scrub(self.book.name), "source_sheet": self.sheet.name}


def county_key(data: Path, project: Path) -> bytes:
    """The county's key for hashing identity numbers; the demonstration county has a published one."""
    path = data / "county.key"
    if path.exists():
        return path.read_bytes().strip()
    if data.resolve() == project.resolve():
        return privacy.DEMONSTRATION_KEY
    raise FileNotFoundError(f"no key file {path}: identity numbers cannot be hashed without the county's own key")


def read_all(data: Path, key: bytes) -> Result:
    """Read every workbook below `data/workbooks`."""
    result, towns = Result(), Towns(data)
    for book in tqdm(find(data / "workbooks"), desc="intake", unit="file", leave=False, disable=None):
        result.files += 1
        try:
            # sheet by sheet, so that a damaged later sheet does not take the earlier ones with it
            for sheet in book.sheets():
                _read_sheet(book, sheet, towns, key, result)
        except Refused as refusal:
            result.problems.append(Problem(refusal.rule, str(refusal), privacy.scrub(book.name)))
    return result


def _read_sheet(book: Workbook, sheet: Sheet, towns: Towns, key: bytes, result: Result) -> None:
    if not any(plain(c) for row in sheet.rows for c in row):
        return
    where = {"source_file": privacy.scrub(book.name), "source_sheet": sheet.name}
    try:
        tables = find_tables(sheet, book.path.stem, forms())
    except NotATable as why:
        cell = cell_name(*why.cell) if why.cell else ""
        found = privacy.scrub(plain(sheet.merged(*why.cell))) if why.cell else ""
        form = why.form.name if why.form else ""
        result.problems.append(Problem(why.rule, str(why), cell=cell, form=form, found=found, **where))
        return
    for table in tables:
        names = [part for part in Path(book.name).with_suffix("").parts]
        try:
            town = towns.resolve([*table.lines, *names])
            period = resolve_period(table.lines, names)
        except Disagreement as why:
            cell = cell_name(table.top, table.left)
            result.problems.append(Problem("T01", str(why), cell=cell, form=table.form.name, **where))
            continue
        _read_table(_Place(book, sheet, table, town, period, key, result))


def _read_table(place: _Place) -> None:
    table, result = place.table, place.result
    for row, column, text in table.remarks:
        if not text.startswith(("注", "填", "说明", "备注", "审", "负责", "制表", "复核", "联系", "分管")):
            place.problem("L06", "这一行是文字，不在任何一列里，未入库", row, column, "notice")
    if not table.rows:
        place.problem("L07", "表头下面没有数据", table.top, table.left, "warning")
    for row in table.rows:
        record = _read_row(place, row)
        if record is None:
            continue
        result.rows[table.form.name].append(
            {
                "town_code": place.town,
                "period_start": place.period.start.isoformat(),
                "period_end": place.period.end.isoformat(),
                "row_kind": row.kind,
                **record,
                **place.origin,
                "source_row": row.number + 1,
                "source_column": get_column_letter(table.left + 1),
            }
        )


def _read_row(place: _Place, row: Row) -> dict | None:
    """The row's values by seed column: a cell that cannot be read is null and a problem, the row itself stays.

    None where no required column holds anything: such a row is no household, claim or figure.
    """
    record: dict[str, str | None] = {}
    refused = set()
    for position, column in place.table.columns.items():
        at = place.sheet.at if column.is_figure else place.sheet.merged
        try:
            if (row.number, position) in place.sheet.errors:
                raise Unreadable("V14", "单元格是公式错误，不是数值")
            record.update(_read_cell(place, row, position, column, at(row.number, position)))
        except Unreadable as why:
            place.problem(why.rule, str(why), row.number, position)
            refused.add(column.name)
            record[column.name] = None
    for column in place.table.columns.values():
        if column.amount_unit_from and record[column.name] is not None:
            record[column.amount_unit_from] = values.stored_unit(record[column.amount_unit_from])
    filled = {name for name, value in record.items() if value is not None} | refused
    required = {c.name: p for p, c in place.table.columns.items() if c.required}
    if row.kind != "total":
        if not filled & (required.keys() or filled):
            place.problem("L08", "这一行没有任何必填内容，未入库", row.number, place.table.left)
            return None
        for name in required.keys() - filled:
            place.problem("V15", f"“{place.table.form.columns[name].header}”必填，现为空", row.number, required[name])
    return record


def _read_cell(place: _Place, row: Row, position: int, column: Column, cell: object) -> dict[str, str | None]:
    """Seed values of one cell, by seed column."""
    if column.is_figure:
        return {column.name: _figure(place, row, position, column, cell)}
    text = plain(cell).replace(" ", "")
    if text in TOTAL_WORDS | SUBTOTAL_WORDS and row.kind == "total":
        return {column.name: "合计" if "合计" in column.values else None}
    if column.pii == "id":
        return _identity(column, cell, place.key)
    if column.type == "date" and values.is_month_only(cell):
        place.problem("V16", "只写到月，按当月1日入库", row.number, position, "notice")
    if column.type in READERS:
        return {column.name: READERS[column.type](cell)}
    if column.values:
        return {column.name: values.read_code(cell, column)}
    text = values.read_text(cell)
    if text and column.pii == "name":
        return {column.name: privacy.mask_name(text)}
    return {column.name: privacy.scrub(text.removeprefix("其中:")) if text else None}


def _identity(column: Column, cell: object, key: bytes) -> dict[str, str | None]:
    stem = column.name.removesuffix("_id")
    text = values.read_text(cell)
    if text is None:
        return {column.name: None}
    try:
        known = privacy.identify(text, key)
    except privacy.BadId as why:
        raise Unreadable("V17", str(why)) from why
    return {column.name: known.key, f"{stem}_birth_year": str(known.birth_year), f"{stem}_sex": known.sex}


def _figure(place: _Place, row: Row, position: int, column: Column, cell: object) -> str | None:
    table = place.table
    unit = table.units[position]
    if column.amount_unit_from:
        source = next((p for p, c in table.columns.items() if c.name == column.amount_unit_from), None)
        unit = plain(place.sheet.merged(row.number, source)) or None if source is not None else None
    percent_format = column.type == "percent" and isinstance(cell, float) and place.book.is_percent(place.sheet.name, row.number, position)
    read = values.read_figure(cell, column, unit, percent_format)
    if read is None:
        return None
    if table.form.kind == "summary":
        place.result.figures.append(
            {
                "form": table.form.name,
                "column_name": column.name,
                **place.origin,
                "source_row": row.number + 1,
                "source_column": get_column_letter(table.left + 1),
                "cell": cell_name(row.number, position),
                "printed": plain(cell),
                "printed_unit": read.unit,
                "value": read.text,
                "half_unit": format(read.half_unit, "f"),
            }
        )
    return read.text


def _frame(rows: list[dict], columns: tuple[str, ...], order: list[str]) -> pl.DataFrame:
    """Rows as an all-text table in the declared column order, sorted so that file order does not matter."""
    frame = pl.DataFrame(rows, schema={c: pl.Int64 if c == "source_row" else pl.String for c in columns}, orient="row")
    return frame.sort(order, nulls_last=True)


def write_seeds(result: Result, folder: Path) -> None:
    """Write the whole set beside the present one, then put it in place file by file."""
    folder.mkdir(parents=True, exist_ok=True)
    position = ["source_file", "source_sheet", "source_row", "source_column"]
    frames = {
        name: _frame(rows, form.seed_columns, position) for (name, rows), form in zip(result.rows.items(), forms().values(), strict=True)
    }
    frames["figure_cell"] = _frame(result.figures, seed_columns("figure_cell"), [*position, "cell"])
    problems = [asdict(p) for p in result.problems]
    frames["intake_problem"] = _frame(
        problems, seed_columns("intake_problem"), ["source_file", "source_sheet", "cell", "rule_id", "message"]
    )
    staged = Path(tempfile.mkdtemp(prefix=".intake-", dir=folder))
    try:
        for name, frame in frames.items():
            frame.write_csv(staged / f"{name}.csv")
        for name in frames:
            os.replace(staged / f"{name}.csv", folder / f"{name}.csv")
    finally:
        shutil.rmtree(staged)


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
    result = read_all(data, county_key(data, project))
    write_seeds(result, data / "seeds/township")
    return result
