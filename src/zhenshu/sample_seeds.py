"""A practice county written as seeds, without workbooks: what intake would have made of the same sheets, town by town."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from . import privacy
from .contract import Column, forms, seed_columns
from .sample_county import Plan
from .sample_files import Habits, Percent, Sheet, received_on, sheets_of
from .sample_places import TOWNS_PER_COUNTY, Town
from .values import family, plain, read_figure
from .workbook import cell_name, column_letters

SEEDS = (*forms(), "figure_cell", "intake_problem", "submission")


def _reader(column: Column, identify: Callable[[str], privacy.Identity]) -> Callable[[object], str]:
    """True value to the seed's text."""
    if column.pii == "name":
        return privacy.mask_name
    if column.pii == "id":
        return identify
    if column.unit == "元":
        return lambda v: f"{v // 100}.{v % 100:02}"
    return {"boolean": lambda v: "true" if v else "false"}.get(column.type, str)


def _read(values: list, reader: Callable[[object], str]) -> list:
    return [None if v is None else reader(v) for v in values]


def _table(sheet: Sheet, identify: Callable[[str], privacy.Identity], figures: list[dict]) -> dict[str, list]:
    """The sheet's rows as columns of its seed; a summary's figures go to `figures` too."""
    period, count, found = sheet.filled, len(sheet.rows), {}
    for (name, column), values in zip(sheet.form.columns.items(), zip(*(row for _, row in sheet.rows), strict=True), strict=True):
        if sheet.is_summary and column.is_figure:
            found[name] = _figures(sheet, column, figures)
            continue
        read = _read(values, _reader(column, identify))
        if column.pii == "id":
            stem = name.removesuffix("_id")
            found |= {f"{stem}_birth_year": [p and p.birth_year for p in read], f"{stem}_sex": [p and p.sex for p in read]}
            read = [p and p.key for p in read]
        found[name] = [family(u) for u in read] if name == "unit" else read
    about = {"town_code": sheet.town.code, "period_start": period.start.isoformat(), "period_end": period.end.isoformat()}
    about |= {"source_file": sheet.path, "source_sheet": sheet.name, "source_column": column_letters(sheet.serial)}
    found |= {name: [text] * count for name, text in about.items()}
    return found | {"row_kind": [kind for kind, _ in sheet.rows], "source_row": range(sheet.body + 1, sheet.body + 1 + count)}


def _figures(sheet: Sheet, column: Column, figures: list[dict]) -> list[str | None]:
    if column.name not in sheet.position:
        return [None] * len(sheet.rows)
    place, found = sheet.position[column.name], []
    about = {"form": sheet.form.name, "column_name": column.name, "source_file": sheet.path, "source_sheet": sheet.name}
    for number in range(sheet.body, sheet.body + len(sheet.rows)):
        cell = sheet.cells[number][place]
        unit = sheet.cells[number][sheet.position["unit"]] if column.amount_unit_from else sheet.unit_of(column)
        value = read_figure(cell, column, unit, isinstance(cell, Percent))
        found.append(value and value.text)
        if value:
            where = {"source_row": number + 1, "source_column": column_letters(sheet.serial), "cell": cell_name(number, place)}
            what = {"printed": plain(cell), "printed_unit": value.unit, "value": value.text, "half_unit": format(value.half_unit, "f")}
            figures.append(about | where | what)
    return found


def _submissions(sheet: Sheet, table: dict[str, list]) -> Iterator[dict]:
    about = {name: table[name][0] for name in ("town_code", "period_start", "period_end", "source_file")}
    sent = {"form": sheet.form.name, "problem_count": 0, "version": 1, "is_in_force": "true"}
    sent["sha256"] = hashlib.sha256(sheet.path.encode()).hexdigest()  # of the name: there is no file
    sent["received_on"] = received_on(sheet.town, sheet.filled.month).isoformat()
    for village, count in Counter(village or "" for village in table.get("village", [""] * len(sheet.rows))).items():
        yield about | sent | {"village": village, "row_count": count}


def town_seeds(plan: Plan, town: Town) -> tuple[dict[str, str], set[tuple], dict]:
    """A town's lines of every seed, the forms it owed, and the days on which its files came."""
    identify = cache(partial(privacy.identify, key=privacy.DEMONSTRATION_KEY))
    texts = {name: io.StringIO(newline="") for name in SEEDS}
    figures: list[dict] = []
    sent: list[dict] = []
    filled = plan.filled(town)
    for sheet in sheets_of(town, filled, Habits(town.number)):
        table = _table(sheet.fill() if sheet.is_summary else sheet, identify, figures)
        sent += _submissions(sheet, table)
        columns = [table.get(name) or [None] * len(sheet.rows) for name in seed_columns(sheet.form.name)]
        csv.writer(texts[sheet.form.name], lineterminator="\n").writerows(zip(*columns, strict=True))
    csv.DictWriter(texts["figure_cell"], seed_columns("figure_cell"), lineterminator="\n").writerows(figures)
    # unlike the csv module, polars keeps an empty village apart from none
    texts["submission"].write(pl.DataFrame(sent).select(seed_columns("submission")).write_csv(include_header=False))
    received = {row["source_file"]: row["received_on"] for row in sent}
    return {name: text.getvalue() for name, text in texts.items()}, {(f.form, f.start, f.end, f.month) for f in filled}, received


def write_seeds(folder: Path, plan: Plan, listed: list[Town]) -> Iterator[tuple[set[tuple], dict]]:
    """Write the township seeds, rows in the order of the towns; yields what each town owed and when its files came."""
    folder.mkdir(parents=True)
    files = {name: (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") for name in SEEDS}
    try:
        for name, file in files.items():
            csv.writer(file, lineterminator="\n").writerow(seed_columns(name))
        # a process of its own for each core, started afresh: a fork of one that has used polars may wait for ever
        with get_context("spawn").Pool(None if len(listed) > TOWNS_PER_COUNTY else 1) as pool:
            for texts, owed, received in pool.imap(partial(town_seeds, plan), listed):
                for name, text in texts.items():
                    files[name].write(text)
                yield owed, received
    finally:
        for file in files.values():
            file.close()
