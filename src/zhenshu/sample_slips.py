"""Slips planted into a practice county's forms, each recorded with its cell, what should stand there and what does.

Every kind is a function of a sheet: it changes cells and returns what it did, or nothing where the sheet gives no occasion.
A slip is always a real one: what is written differs from what is true, and means something else.
"""

import copy
import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from .contract import Column
from .privacy import is_identity
from .sample import LINES, Filled
from .sample_files import ErrorCell, Sheet, due_on, number_cell
from .sample_places import Town
from .values import plain
from .workbook import cell_name

COUNTED = {"household": {"members"}, "register_change": set(), "rectification": set()}
NOT_TOLD = {"planned", "beneficiaries", "net_income_per_capita"}  # figures of ledgers that nothing else repeats
TOLD_INDICATORS = ("问题", "扶贫项目", "家庭医生签约人数", "边缘户", "入库项目")
HEADS = {"household": "head", "medical_claim": "patient", "education_grant": "student"}
Found = dict[str, object] | None


def masked(number: str) -> str:
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def _text(cell: object) -> str:
    return cell.isoformat() if isinstance(cell, dt.date) else plain(cell)


class Occasion:
    """A sheet to err in, with what else must be known: chance, the other towns, heads of earlier towns, who has died."""

    def __init__(self, sheet: Sheet, slips: "Slips", town_sheets: list[Sheet]):
        self.sheet, self.slips, self.town_sheets, self.chance = sheet, slips, town_sheets, slips.chance
        self.form, self.columns = sheet.form.name, list(sheet.form.columns)

    def value(self, k: int, column: str) -> object:
        return self.sheet.rows[k][1][self.columns.index(column)]

    def rows(self, kind: str = "detail") -> list[int]:
        found = [k for k, (of, _) in enumerate(self.sheet.rows) if of == kind]
        return self.chance.sample(found, min(len(found), 400))

    def figures(self, names: Callable[[Column], bool] = lambda c: True) -> list[tuple[int, str]]:
        """(row, column) of the counts and amounts that are not zero, in an order of chance."""
        own = COUNTED.get(self.form)
        columns = [c for _, c in self.sheet.shown if c.type in ("integer", "decimal") and names(c) and (own is None or c.name in own)]
        kinds = ("detail", "total") if self.sheet.is_summary else ("detail",)
        rows = [k for kind in kinds for k in self.rows(kind)]
        if self.form == "indicator_summary":
            rows = [k for k in rows if self.value(k, "unit") != "%"]
        found = [(k, c.name) for k in rows for c in columns if self.value(k, c.name)]
        self.chance.shuffle(found)
        return found

    def cell(self, k: int, column: str) -> object:
        return self.sheet.cells[self.sheet.body + k][self.sheet.position[column]]

    def write(self, k: int, column: str, written: object, **more: object) -> Found:
        """Put something else into a cell and say so."""
        true = self.cell(k, column)
        row, place = self.sheet.body + k, self.sheet.position[column]
        self.sheet.cells[row][place] = written
        is_id = column.endswith("_id")
        told = masked if is_id else str
        about = {"cell": cell_name(row, place), "source_row": row + 1, "column": column}
        return about | {"true": told(_text(true)), "written": told(_text(written)), "detectable": self.is_told(k, column)} | more

    def is_told(self, k: int, column: str) -> bool:
        """Whether anything else in the county's forms says what this cell should be."""
        if self.form == "indicator_summary":
            return str(self.value(k, "indicator")).startswith(TOLD_INDICATORS)
        if column in ("students", "eligible"):
            return any(kind == "total" for kind, _ in self.sheet.rows)
        return column not in NOT_TOLD

    def style(self, column: str) -> Callable[[object], object]:
        return self.sheet.styles[self.sheet.position[column] - self.sheet.serial]


def _in_digits(change: Callable[[str, random.Random, Sheet], str | None], among: Callable[[Column], bool] = lambda c: True) -> Callable:
    """A slip of one figure's digits."""

    def plant(o: Occasion) -> Found:
        for k, column in o.figures(among):
            text = plain(o.cell(k, column)).replace(",", "")
            written = change(text, o.chance, o.sheet)
            if written and Decimal(written) != Decimal(text):
                return o.write(k, column, number_cell(written, o.sheet.habits))
        return None

    return plant


def _is_money(column: Column) -> bool:
    return column.unit == "元"


def _pointless(text: str, chance: random.Random, sheet: Sheet) -> str | None:
    return text.replace(".", "").lstrip("0") if "." in text else None


def _in_other_unit(text: str, chance: random.Random, sheet: Sheet) -> str | None:
    """万元 written as 元; in a form in 元, 元 written as 万元 where that has no more than two decimals."""
    value = Decimal(text) * 10_000 if sheet.money == "万元" else Decimal(text) / 10_000
    return format(value.normalize(), "f") if value == round(value, 2) else None


def _swapped(text: str, chance: random.Random, sheet: Sheet) -> str | None:
    pairs = [n for n in range(len(text) - 1) if "." not in text[n : n + 2] and text[n] != text[n + 1] and (n or text[1] != "0")]
    if not pairs:
        return None
    n = chance.choice(pairs)
    return text[:n] + text[n + 1] + text[n] + text[n + 2 :]


def _mistyped(text: str, chance: random.Random, sheet: Sheet) -> str:
    n = chance.choice([n for n, digit in enumerate(text) if digit != "."])
    return text[:n] + chance.choice([d for d in "123456789" if d != text[n]]) + text[n + 1 :]


def _signed(text: str, chance: random.Random, sheet: Sheet) -> str:
    return "-" + text


def _left_out(o: Occasion) -> Found:
    """A cell left blank, or a whole row."""
    required = {c.name for c in o.sheet.form.columns.values() if c.required}
    parts = [(k, c) for k, c in o.figures() if o.sheet.rows[k][0] == "detail" and c not in required]
    if parts and o.chance.random() < 0.5:
        return o.write(*parts[0], "", how="blank cell")
    rows = o.rows() if len(o.sheet.rows) > 2 and o.form not in ("rectification", "register_change") else []
    rows = [k for k in rows if any(type(v) is int and v for v in o.sheet.rows[k][1])]
    if o.form == "indicator_summary":
        rows = [k for k in rows if o.value(k, "breakdown")]
    if not rows:
        return None
    row = o.sheet.body + rows[0]
    cells = o.sheet.cells.pop(row)
    o.sheet.rows.pop(rows[0])
    true = "｜".join(masked(t) if is_identity(t) else t for t in map(_text, cells))
    about = {"cell": "", "source_row": row + 1, "column": "", "how": "row left out: the next row stands in its place"}
    return about | {"true": true, "written": "", "detectable": True}


def _stale_total(o: Occasion) -> Found:
    for k in o.rows("total") if o.sheet.is_summary else ():
        for column in o.chance.sample(list(o.sheet.position), len(o.sheet.position)):
            contract = o.sheet.form.columns[column]
            late = [v for j in o.rows() if (v := o.value(j, column))] if contract.type in ("integer", "decimal") else []
            total = o.value(k, column)
            if len(late) > 1 and late[0] < total:
                return o.write(k, column, o.style(column)(total - late[0]))
    return None


def _another_person(o: Occasion, k: int, name: str, number: str, **more: object) -> Found:
    stem = HEADS[o.form]
    o.sheet.cells[o.sheet.body + k][o.sheet.position[f"{stem}_name"]] = name
    return o.write(k, f"{stem}_id", number, **more)


def _twice(o: Occasion) -> Found:
    rows = o.rows() if o.form == "household" else []
    if len(rows) < 2:
        return None
    return _another_person(o, rows[0], o.value(rows[1], "head_name"), o.value(rows[1], "head_id"), same_as_row=o.sheet.body + rows[1] + 1)


def _in_two_towns(o: Occasion) -> Found:
    if o.form != "household" or not o.slips.heads:
        return None
    town, name, number = o.chance.choice(o.slips.heads)
    return _another_person(o, o.rows()[0], name, number, same_as_town=town)


def _exited(o: Occasion) -> list[int]:
    return [k for k in o.rows() if o.value(k, "status") == "已脱贫"] if o.form == "household" else []


def _below_line(o: Occasion) -> Found:
    for k in _exited(o):
        below = LINES[o.sheet.filled.end.year] - 5000 - o.chance.randrange(100_000)
        return o.write(k, "net_income_per_capita", o.style("net_income_per_capita")(below), detectable=True)
    return None


def _same_year(o: Occasion) -> Found:
    for k in _exited(o):
        day = dt.date(o.value(k, "exit_year"), o.chance.randrange(1, 3), o.chance.randrange(1, 29))
        if day <= o.sheet.filled.end:
            return o.write(k, "identified_on", o.style("identified_on")(day))
    return None


def _too_much(o: Occasion) -> Found:
    for k in o.rows() if o.form == "education_grant" else ():
        return o.write(k, "amount", o.style("amount")(5 * o.value(k, "amount")))
    return None


def _wrong_stage(o: Occasion) -> Found:
    for k in o.rows() if o.form == "education_grant" else ():
        if o.value(k, "stage") in ("小学", "初中") and o.sheet.filled.start.year - int(o.value(k, "student_id")[6:10]) < 14:
            return o.write(k, "stage", o.style("stage")("普通高中"))
    return None


def _dead(o: Occasion) -> list[tuple[dt.date, str, str]]:
    """Heads who lived alone and died: the day, name and number."""
    register = {row[1]: row for s in o.town_sheets if s.form.name == "household" for row in s.filled.rows}
    changes = [row for s in o.town_sheets if s.form.name == "register_change" for row in s.filled.rows]
    gone = [(row[5], register[row[1]]) for row in changes if row[2:5] == ("自然减少", 1, 1) and row[1] in register]
    return [(day, row[2], row[3]) for day, row in gone]


def _after_death(o: Occasion) -> Found:
    for day, name, number in _dead(o) if o.form == "medical_claim" else ():
        for k in o.rows():
            if o.value(k, "discharged_on") > day:
                return _another_person(o, k, name, number, died_on=day.isoformat())
    return None


def _steps_up(o: Occasion) -> Found:
    for k in o.rows() if o.form == "fund_project" else ():
        if o.value(k, "disbursed"):
            return o.write(k, "paid", o.style("paid")(o.value(k, "disbursed") * 11 // 10 // 10_000 * 10_000 + 10_000))
    return None


def _closed_early(o: Occasion) -> Found:
    for k in o.rows() if o.form == "rectification" else ():
        if o.value(k, "closed_on"):
            return o.write(k, "closed_on", o.style("closed_on")(o.value(k, "found_on") - dt.timedelta(1 + o.chance.randrange(20))))
    return None


def _number_column(o: Occasion) -> str | None:
    return f"{HEADS[o.form]}_id" if o.form in HEADS else None


def _bad_number(o: Occasion) -> Found:
    if not (column := _number_column(o)):
        return None
    k = o.rows()[0]
    true = o.value(k, column)
    n = o.chance.randrange(14, 17)  # where the answer key, which shows no whole number, shows it
    return o.write(k, column, true[:n] + str((int(true[n]) + 1 + o.chance.randrange(9)) % 10) + true[n + 1 :])


def _damaged_number(o: Occasion) -> Found:
    for k in o.rows() if (column := _number_column(o)) else ():
        damaged = o.value(k, column)[:15] + "000"
        if not is_identity(damaged):
            return o.write(k, column, damaged)
    return None


def _unreadable(o: Occasion) -> Found:
    for k, column in o.figures():
        return o.write(k, column, o.chance.choice(["约{}", "{}左右", "近{}", "{}多"]).format(plain(o.cell(k, column))), detectable=True)
    return None


def _error(o: Occasion) -> Found:
    for k, column in o.figures():
        return o.write(k, column, ErrorCell("#DIV/0!"), detectable=True)
    return None


def _wrong_town(o: Occasion) -> Found:
    others = [t.name for t in o.slips.towns if t is not o.sheet.town]
    if not others:
        return None
    true = o.sheet.cells[0][0]
    o.sheet.cells[0][0] = written = true.replace(o.sheet.town.name, o.chance.choice(others))
    return {"cell": "A1", "source_row": 1, "column": "", "true": true, "written": written, "detectable": True}


def _strange_heading(o: Occasion) -> Found:
    column = o.chance.choice([c.name for _, c in o.sheet.shown])
    place = o.sheet.position[column]
    row = next(r for r in range(o.sheet.body - 1, o.sheet.top - 1, -1) if o.sheet.cells[r][place])
    true = o.sheet.cells[row][place]
    o.sheet.cells[row][place] = written = f"{o.sheet.form.columns[column].header}核定情况"
    about = {"cell": cell_name(row, place), "source_row": row + 1, "column": column}
    return about | {"true": true, "written": written, "detectable": True}


DIGITS = {
    "lost decimal point": _in_digits(_pointless),
    "万元 written as 元": _in_digits(_in_other_unit, _is_money),
    "two digits swapped": _in_digits(_swapped),
    "one digit mistyped": _in_digits(_mistyped),
    "a part left out": _left_out,
    "a sign lost": _in_digits(_signed),
}
IN_CELLS = {
    **DIGITS,
    "total not updated": _stale_total,
    "the same person twice": _twice,
    "one person in two towns": _in_two_towns,
    "exit below the line": _below_line,
    "exit in the year of identification": _same_year,
    "grant above the standard": _too_much,
    "grant for a wrong stage": _wrong_stage,
    "payment after death": _after_death,
    "stage order of money broken": _steps_up,
    "closed before found": _closed_early,
    "invalid ID": _bad_number,
    "Excel-damaged ID": _damaged_number,
    "unreadable number": _unreadable,
    "error cell": _error,
    "wrong town in the title": _wrong_town,
    "heading unknown": _strange_heading,
}
OF_FILES = ("missing form", "late form", "corrected second version")
KINDS = (*IN_CELLS, *OF_FILES)
RARE = ("payment after death",)


class Slips:
    """The slips of one county, planted town by town; what a town gives no occasion for is tried in the next."""

    def __init__(self, seed: int, count: int, towns: list[Town]):
        self.chance, self.towns = random.Random(f"{seed}/slips"), towns
        self.key: list[dict] = []
        self.heads: list[tuple[str, str, str]] = []
        self.waiting: dict[int, list[str]] = {n: [] for n in range(len(towns))}
        kinds = self.chance.sample(KINDS, len(KINDS))
        for n in range(count):
            kind = kinds[n % len(kinds)]
            # what few towns give occasion for must find one before the last
            first = len(towns) // 3 if kind in RARE else len(towns)
            self.waiting[self.chance.randrange(max(1, first))].append(kind)

    def plant(self, town: Town, sheets: list[Sheet], days: dict[str, dt.date]) -> tuple[list[Sheet], dict[str, dt.date]]:
        """The town's sheets and days of receipt with its slips in them."""
        used: set[tuple[str, str]] = set()
        register = next(s.filled for s in sheets if s.form.name == "household")
        for kind in self.waiting[town.number]:
            order = self.chance.sample(sheets, len(sheets))
            order.sort(key=lambda s: sum(k["form"] == s.form.name for k in self.key))
            for sheet in order:
                if (sheet.path, sheet.name) not in used and (found := self._planted(kind, sheet, sheets, days)):
                    used.add((sheet.path, sheet.name))
                    self._record(kind, sheet, found)
                    break
            else:
                self.waiting.setdefault(town.number + 1, []).append(kind)
        self.heads += [(town.name, row[2], row[3]) for row in register.rows[:3]]
        return sheets, days

    def _planted(self, kind: str, sheet: Sheet, sheets: list[Sheet], days: dict[str, dt.date]) -> Found:
        if kind in IN_CELLS:
            return IN_CELLS[kind](Occasion(sheet, self, sheets))
        whole = {"cell": "", "source_row": None, "column": "", "true": "", "written": "", "detectable": True}
        if kind == "missing form":
            sheets.remove(sheet)
            return whole
        if kind == "late form":
            due = due_on(sheet.filled.month)
            on_time = days[sheet.path]
            days[sheet.path] = due + dt.timedelta(1 + self.chance.randrange(15))
            return whole | {"true": on_time.isoformat(), "written": days[sheet.path].isoformat()}
        right = copy.copy(sheet)
        right.cells, stem = [row.copy() for row in sheet.cells], sheet.path.rpartition(".")
        right.path = f"{stem[0]}{sheet.form.title}（更正）.{stem[2]}" if sheet.habits.bundled else f"{stem[0]}（更正）.{stem[2]}"
        right.name = Path(right.path).stem if stem[2] == "csv" else sheet.name
        found = DIGITS["one digit mistyped"](Occasion(sheet, self, sheets))
        if found:
            sheets.append(right)
            days[right.path] = days[sheet.path] + dt.timedelta(1 + self.chance.randrange(9))
            found |= {"corrected_by": right.path}
        return found

    def _record(self, kind: str, sheet: Sheet, found: dict[str, object]) -> None:
        filled: Filled = sheet.filled
        place = {"town_code": sheet.town.code, "town": sheet.town.name, "form": filled.form, "file": sheet.path, "sheet": sheet.name}
        period = {"period": filled.stated, "period_start": filled.start.isoformat(), "period_end": filled.end.isoformat()}
        self.key.append({"kind": kind, **place, **period, **found, "explainable": kind in DIGITS})
