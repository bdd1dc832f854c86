"""No plain identity, phone or card number leaves the township's own cells: planted everywhere, then every byte written is searched."""

import io
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pytest
from conftest import zhenshu

from zhenshu import counties, templates
from zhenshu.contract import forms, seed_columns
from zhenshu.privacy import check_digit

pytestmark = pytest.mark.slow
PERSON = "90010119900307001"
IDENTITY = PERSON + check_digit(PERSON)
PLANTED = {
    "identity": IDENTITY,
    "old identity": "900101900307001",
    "certificate": IDENTITY + "42",
    "phone": "19900000001",
    "card": "6200000000000000017",
}
EVERYWHERE = "，".join(PLANTED.values())


def plant(blank: Path, target: Path) -> None:
    """Every cell of one row of every form, titles, notes, signatures and sheet names hold the planted numbers."""
    book = openpyxl.load_workbook(blank)
    for form in forms().values():
        sheet = book[form.sheets[0]]
        sheet["D2"] = "2020年1—10月"
        for position, column in enumerate(form.columns.values(), start=1):
            sheet.cell(templates.FIRST + 1, position, IDENTITY if column.pii == "id" else f"王某{EVERYWHERE}")
            sheet.cell(templates.FIRST + 2, position, PLANTED["identity"] if column.name.endswith("_no") else PLANTED["card"])
        sheet.cell(templates.FIRST + 4, 1, f"注：电话{PLANTED['phone']}")
        sheet.cell(templates.FIRST + 5, 1, f"填表人：王某 {EVERYWHERE}")
    book.create_sheet(f"王某{PLANTED['phone']}").append([EVERYWHERE])
    book.save(target)


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    county = counties.init(tmp_path_factory.mktemp("leaks") / "county", "620522")
    (county / "workbooks" / PLANTED["identity"]).mkdir()
    plant(county / "空白表/兴国镇空白表.xlsx", county / "workbooks" / PLANTED["identity"] / f"兴国镇{PLANTED['phone']}.xlsx")
    rows = f"兴国镇2020年1—10月问题整改台账\n问题编号,问题来源,问题描述,整改状态\n1,王某{EVERYWHERE},{EVERYWHERE},{EVERYWHERE}\n"
    (county / f"workbooks/兴国镇{PLANTED['card']}.csv").write_text(rows, encoding="gb18030")
    done = zhenshu("build", data=county)
    assert done.returncode == 1, done.stderr
    return county, done


def unpacked(path: Path) -> list[tuple[str, bytes]]:
    """A file's bytes; of a returned workbook what we wrote into it: comments and the list in front, which names no shared string."""
    content = path.read_bytes()
    if path.suffix not in (".xlsx", ".xlsm"):
        return [(path.name, content)]
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        return [(f"{path.name}!{n}", members.read(n)) for n in members.namelist() if "comment" in n.lower()]


def leaks(name: str, content: bytes) -> list[str]:
    encodings = ("utf-8", "utf-16-le")
    return [f"{kind} in {name}" for kind, text in PLANTED.items() if any(text.encode(e) in content for e in encodings)]


def test_no_file_holds_a_planted_number(county):
    folder, _ = county
    searched = [
        p for part in ("seeds", "logs", "target", "site", "returns", "warehouse") for p in (folder / part).rglob("*") if p.is_file()
    ]
    assert len(searched) > 30
    assert [leak for path in searched for name, content in unpacked(path) for leak in leaks(name, content)] == []
    assert [leak for path in searched for leak in leaks("path", str(path.relative_to(folder)).encode())] == []


def test_the_screen_shows_none(county):
    _, done = county
    assert leaks("screen", (done.stdout + done.stderr).encode()) == []


def test_no_table_holds_a_planted_number(county):
    # a DuckDB file is compressed: its bytes alone would prove little
    folder, _ = county
    found = []
    with duckdb.connect(str(folder / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        tables = warehouse.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        assert len(tables) > 30
        for (table,) in tables:
            found += leaks(table, str(warehouse.execute(f"select * from {table}").fetchall()).encode())
    assert found == []


def test_the_list_sheets_hold_none(county):
    folder, _ = county
    lists = list((folder / "returns").rglob("*.xlsx"))
    assert len(lists) == 2
    for path in lists:
        sheet = openpyxl.load_workbook(path).worksheets[0]
        text = str([[c.value for c in row] for row in sheet.iter_rows()])
        assert leaks(path.name, text.encode()) == [] and "证件" in text


def test_what_was_planted_really_was_read(county):
    folder, _ = county
    with duckdb.connect(str(folder / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        problems = warehouse.execute("select count(distinct form) from seed.intake_problem").fetchone()
        people = warehouse.execute("select head_id, head_name from seed.household").fetchall()
    assert problems[0] >= len(forms()) - 1
    assert any(len(key or "") == 64 and name == "王＊" for key, name in people)
    assert "found" in seed_columns("intake_problem")
