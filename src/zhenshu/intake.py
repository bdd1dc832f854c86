"""Workbooks in, seeds out: every cell is loaded exactly or named as a problem, and every row knows where it came from.

The seeds are replaced only by a complete set; the same workbooks give the same bytes.
"""

import re
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path

from tqdm import tqdm

from . import privacy, values
from .contract import Column, forms, seed_columns
from .layout import Row, Table, find_tables, total_of
from .places import Disagreement, Period, Towns, periods, resolve_period
from .seedfiles import POSITION, frame, recover, replace_all
from .values import Unreadable, plain
from .workbook import Refused, Sheet, Workbook, cell_name, column_letters, find

DATED = {"date": values.read_date, "year": values.read_year}


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
    towns: Towns
    key: bytes
    result: Result
    seen: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = self.table.columns
        self.names = [c.name for c in columns.values()]
        self.labels = {c.name for c in columns.values() if not c.is_figure}
        self.required = {c.name: p for p, c in columns.items() if c.required}
        self.own_unit = next((c for c in columns.values() if c.amount_unit_from), None)

    def problem(self, rule: str, message: str, row: int, column: int, severity: str = "error") -> None:
        contract = self.table.columns.get(column)
        found = plain(self.sheet.merged(row, column))
        self.result.problems.append(
            Problem(
                rule,
                message,
                privacy.scrub(self.book.name),
                severity,
                privacy.scrub(self.sheet.name),
                cell_name(row, column),
                self.table.form.name,
                contract.name if contract else "",
                self.town,
                privacy.masked(found, contract.pii if contract and row >= self.table.body else None),
            )
        )

    @property
    def origin(self) -> dict:
        return {"source_file": privacy.scrub(self.book.name), "source_sheet": privacy.scrub(self.sheet.name)}


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
        _read_book(book, towns, key, result)
    return result


def _read_book(book: Workbook, towns: Towns, key: bytes, result: Result) -> None:
    """Sheet by sheet, so that a damaged one does not take the others with it."""
    place = {"source_file": privacy.scrub(book.name)}
    empty = True
    try:
        for name, read in book.sheets():
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
            result.problems.append(Problem("F07", "文件里没有一个有内容的工作表，请核对后重报", **place))
    except Refused as refusal:
        result.problems.append(Problem(refusal.rule, str(refusal), **place))
    except Exception as error:  # one strange file must not keep sixteen towns from being read
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
        place.problem(remark.rule, remark.message, remark.row, remark.column, remark.severity)
    if not table.rows:
        place.problem("L07", "表头下面没有数据，请核对是否漏填", table.top, table.left, "warning")
    _say_hidden(place)
    for row in table.rows:
        town = _row_town(place, row)
        record = _read_row(place, row) if town else None
        if record is None:
            continue
        place.result.rows[table.form.name].append(
            {
                "town_code": town,
                "period_start": place.period.start.isoformat(),
                "period_end": place.period.end.isoformat(),
                "row_kind": row.kind,
                **record,
                **place.origin,
                "source_row": row.number + 1,
                "source_column": column_letters(table.left),
            }
        )


def _row_town(place: _Place, row: Row) -> str | None:
    """The row's town: of the table, or of its own column where a county sends one table of many towns."""
    column = place.table.town_column
    text = "" if column is None else plain(place.sheet.merged(row.number, column))
    if column is None or (place.town and (not text or row.kind == "total")):
        return place.town
    named = place.towns.named_in(text)
    if len(named) == 1 and (not place.town or named == {place.town}):
        return named.pop()
    if row.kind == "total":
        place.problem("T03", "多个乡镇的合计行，不属于哪个乡镇，未入库", row.number, column, "notice")
    else:
        place.problem("T01", "这一行的乡镇认不出，或与标题不一致，未入库：请填 township.csv 中的乡镇名", row.number, column)
    return None


def _say_hidden(place: _Place) -> None:
    """Hidden rows and columns are loaded like others, and said so: they are easily forgotten."""
    table, marks = place.table, place.sheet.marks
    if place.sheet.hidden:
        place.problem("L10", "工作表是隐藏的，已照常入库：请核实", table.top, table.left, "notice")
    hidden = set(marks.hidden_rows)
    rows = [r.number for r in table.rows if r.number in hidden]
    if rows:
        place.problem("L10", f"有 {len(rows)} 个隐藏的行（从第 {rows[0] + 1} 行起），已照常入库：请核实", rows[0], table.left, "notice")
    for column in table.columns:
        if any(first <= column <= last for first, last in marks.hidden_columns):
            place.problem("L10", "这一列是隐藏的，已照常入库：请核实", table.body - 1, column, "notice")


def _read_row(place: _Place, row: Row) -> dict | None:
    """The row's values by seed column: a cell that cannot be read is null and a problem, the row itself stays.

    None where no required column holds anything, or in a ledger no label: such a row is no household, claim or figure.
    """
    table, number, anchor = place.table, row.number, place.sheet.anchor
    record: dict[str, str | None] = dict.fromkeys(place.names)
    refused = set()
    cells = place.sheet.rows[number]
    for position, column in table.columns.items():
        cell = cells[position] if position < len(cells) else ""
        if (number, position) in anchor and not column.is_figure:
            cell = place.sheet.merged(number, position)
        if cell == "":
            continue
        seen = place.seen.get((position, row.kind, type(cell), cell))
        if seen is not None:
            record[column.name] = seen
            continue
        try:
            read = _read_cell(place, row, position, column, cell)
        except Unreadable as why:
            place.problem(why.rule, str(why), number, position)
            refused.add(column.name)
            continue
        record.update(read)
        if not (column.is_figure or column.pii or column.type == "date"):
            # codes, villages and years come back thousands of times
            place.seen[position, row.kind, type(cell), cell] = read[column.name]
    if place.own_unit and record[place.own_unit.name] is not None:
        record[place.own_unit.amount_unit_from] = values.family(record[place.own_unit.amount_unit_from])
    if row.kind == "total":
        return record
    filled = {name for name, value in record.items() if value is not None} | refused
    required = place.required
    if not filled & (required.keys() or filled) or (table.form.kind == "ledger" and not filled & place.labels):
        place.problem("L08", "这一行没有任何必填内容，未入库：如是合计请写明“合计”，如是数据请填全", number, table.left)
        return None
    for name in required.keys() - filled:
        place.problem("V15", f"“{table.form.columns[name].header}”必填，现为空", number, required[name])
    return record


def _read_cell(place: _Place, row: Row, position: int, column: Column, cell: object) -> dict[str, str | None]:
    """Seed values of one cell, by seed column."""
    values.refuse_errors(cell)
    if column.is_figure:
        return {column.name: _figure(place, row, position, column, cell)}
    whole = total_of(plain(cell).replace(" ", ""), column) if row.kind == "total" else None
    if whole is not None:
        return {column.name: values.read_code(whole, column) if whole else "合计" if "合计" in column.values else None}
    if column.pii == "id":
        return _identity(column, cell, place.key)
    if column.type == "date" and values.is_month_only(cell):
        place.problem("V16", "只写到月，按当月1日入库：请写到日", row.number, position, "notice")
    if column.type in DATED:
        return {column.name: DATED[column.type](cell, place.sheet.marks.epoch_1904)}
    if column.type == "boolean":
        return {column.name: values.read_boolean(cell, column)}
    if column.values:
        return {column.name: values.read_code(cell, column)}
    text = values.read_text(cell)
    if text is None or column.pii == "name":
        return {column.name: privacy.mask_name(text) if text else None}
    if column.name.endswith("_no"):
        # numbers of households and projects may be as long as a card's, and are keys: only a person's own number is one too many
        if privacy.is_identity(text):
            raise Unreadable("V20", f"“{column.header}”里是证件号码，不能入库：请填编号")
        return {column.name: text}
    return {column.name: privacy.scrub(re.sub(r"^其中:?", "", text)) or None}


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


def _stated_unit(place: _Place, row: Row, position: int, column: Column) -> str | None:
    """What heading, unit row and unit line say of a figure, or the cell of its own row where the form has a column for it."""
    if not column.amount_unit_from:
        return place.table.units[position]
    source = next(p for p, c in place.table.columns.items() if c.name == column.amount_unit_from)
    text = plain(place.sheet.merged(row.number, source))
    if text in values.BLANKS:
        raise Unreadable("V03", "没有写计量单位，数值无法入库：请在本行填计量单位")
    return text


def _percent_format(place: _Place, row: Row, position: int, unit: str | None) -> bool:
    """Whether Excel shows a number as a percentage. A format that adds 万 to it must say what the heading says."""
    code = place.sheet.marks.formats.get((row.number, position), "")
    if "%" in code:
        return True
    if code and not (unit and unit in code):
        raise Unreadable("V21", "数字格式里带有计量单位，与列名不一致：请把格式改为常规，单位写在列名后")
    return False


def _figure(place: _Place, row: Row, position: int, column: Column, cell: object) -> str | None:
    if isinstance(cell, str) and plain(cell) in values.BLANKS:
        return None
    table, number = place.table, not isinstance(cell, str)
    unit = _stated_unit(place, row, position, column)
    read = values.read_figure(cell, column, unit, number and _percent_format(place, row, position, unit))
    if read is None:
        return None
    if column.type == "percent" and not 0 <= Decimal(read.text) <= 1:
        place.problem("V22", "百分数不在 0—100% 之间，已照原样入库：请核实", row.number, position, "warning")
    if table.form.kind == "summary":
        place.result.figures.append(
            {
                "form": table.form.name,
                "column_name": column.name,
                **place.origin,
                "source_row": row.number + 1,
                "source_column": column_letters(table.left),
                "cell": cell_name(row.number, position),
                "printed": plain(cell),
                "printed_unit": read.unit,
                "value": read.text,
                "half_unit": format(read.half_unit, "f"),
            }
        )
    return read.text


def write_seeds(result: Result, folder: Path) -> None:
    """Replace the seeds of a folder by what was read."""
    tables = {name: frame(rows, forms()[name].seed_columns, POSITION) for name, rows in result.rows.items()}
    tables["figure_cell"] = frame(result.figures, seed_columns("figure_cell"), (*POSITION, "cell"))
    problems, order = [asdict(p) for p in result.problems], ("source_file", "source_sheet", "cell", "rule_id", "message")
    tables["intake_problem"] = frame(problems, seed_columns("intake_problem"), order)
    replace_all(tables, folder)


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
    result = read_all(data, county_key(data, project))
    write_seeds(result, data / "seeds/township")
    return result
