"""A hundred generated workbooks: every loaded cell equals what openpyxl, another reader altogether, finds at that address."""

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from conftest import PROJECT

from zhenshu import intake, privacy
from zhenshu.contract import Column, forms, read_seed
from zhenshu.layout import find_tables
from zhenshu.workbook import find

sys.path.insert(0, str(PROJECT / "benchmarks"))
import practice

pytestmark = pytest.mark.slow
FACTORS = {"元": 1, "千元": 1000, "万元": 10_000, "亿元": 10**8, "%": Decimal("0.01")}
YES = {"是", "√", "有", "达标"}


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("practice") / "county"
    practice.write_county(folder, files=167)
    for other in [p for p in (folder / "workbooks").iterdir() if p.suffix != ".xlsx"]:
        other.unlink()
    result = intake.run(folder, folder)
    assert result.sound and result.files == 101
    return folder


@pytest.fixture(scope="module")
def books(county) -> dict[str, openpyxl.Workbook]:
    return {path.name: openpyxl.load_workbook(path, data_only=True) for path in (county / "workbooks").iterdir()}


def test_every_figure_stands_in_its_cell(county, books):
    figures = read_seed(county / "seeds/township/figure_cell.csv")
    assert len(figures) > 1000
    for figure in figures:
        cell = books[figure["source_file"]][figure["source_sheet"]][figure["cell"]].value
        text = str(cell).replace(",", "").strip()
        number = Decimal(text.rstrip("%人次户个")) * (Decimal("0.01") if text.endswith("%") else FACTORS.get(figure["printed_unit"], 1))
        assert Decimal(figure["value"]) == number, figure


def expected(cell: object, column: Column, unit: str | None) -> object:
    """What the seed must hold for a cell, by rules written a second time."""
    if cell is None or str(cell).strip() in ("", "—", "/", "无", "-"):
        return ""
    text = str(cell).strip()
    if column.pii == "id":
        return "hash"
    if column.pii == "name":
        return text[0] + "＊"
    if column.type == "boolean":
        return str(text in YES).lower()
    if column.type == "date":
        numbers = (
            (cell.year, cell.month, cell.day)
            if isinstance(cell, dt.date)
            else map(int, text.replace("年", ".").replace("月", ".").replace("日", "").replace("-", ".").split("."))
        )
        return dt.date(*numbers).isoformat()
    if column.type == "year":
        return text[:4]
    if column.is_figure:
        return Decimal(text.replace(",", "")) * FACTORS.get(unit, 1)
    return column.spellings.get(text, text)


def test_every_ledger_cell_stands_at_its_address(county, books):
    rows = {name: {} for name in forms()}
    for name, form in forms().items():
        if form.kind == "ledger":
            for row in read_seed(county / f"seeds/township/{name}.csv"):
                rows[name][row["source_file"], row["source_sheet"], int(row["source_row"])] = row
    compared = 0
    for book in find(county / "workbooks"):
        for _, read in book.sheets():
            sheet = read()
            for table in find_tables(sheet, book.path.stem, forms())[0]:
                for (file, name, number), row in rows[table.form.name].items():
                    if (file, name) != (book.name, sheet.name) or row["row_kind"] != "detail":
                        continue
                    for position, column in table.columns.items():
                        cell = books[file][name].cell(number, position + 1).value
                        told = row[column.name]
                        want = expected(cell, column, table.units[position])
                        compared += 1
                        if want == "hash":
                            assert told == privacy.identify(str(cell), b"a key for the benchmark only").key
                        else:
                            assert (Decimal(told) if isinstance(want, Decimal) else told) == want, (file, name, number, column.name, cell)
    assert compared > 100_000
