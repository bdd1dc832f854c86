"""No plain identity, phone or card number leaves the township's own cells, and nothing that a cell says is ever run.

Both are planted everywhere, in a county whose folder has a name of the same kind; then every byte that was written is searched.
"""

import csv
import io
import re
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
    "card": "6200000000000000018",
}
EVERYWHERE = "，".join(PLANTED.values())
# what Jinja, SQL, HTML, Excel and a path would make of a text
JINJA, MADE_BY_JINJA = "{{ 'QZ' ~ 'XK' }}{% set a = 1 %}", "QZXK"
SQL = "'; drop table seed.rectification; --"
MARKUP = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
FORMULAS = ('=HYPERLINK("http://evil.example","x")', "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3+cmd|x", "＝1+1")
HOSTILE = [f"{start}{JINJA}{SQL}{MARKUP}" for start in ("", *FORMULAS)]
STRANGE_TOWN = "=CON'{{'QZ'~'XK'}}<i>..镇"


def plant(blank: Path, target: Path) -> None:
    """Every cell of one row of every form, titles, notes, signatures and sheet names hold the planted numbers."""
    book = openpyxl.load_workbook(blank)
    for form in forms().values():
        sheet = book[form.sheets[0]]
        sheet["D2"] = "2020年1—10月"
        for position, column in enumerate(form.columns.values(), start=1):
            sheet.cell(templates.FIRST + 1, position, IDENTITY if column.pii == "id" else f"王某{EVERYWHERE}")
            sheet.cell(templates.FIRST + 2, position, PLANTED["identity"] if column.name.endswith("_no") else PLANTED["card"])
            said = sheet.cell(templates.FIRST + 3, position, IDENTITY if column.pii == "id" else HOSTILE[position % len(HOSTILE)])
            said.data_type = "s"  # a text, whatever it begins with
        for title in sheet.iter_rows(max_row=1):
            title[0].value = f"{title[0].value}（{EVERYWHERE}）"
        sheet.cell(templates.FIRST + 4, 1, f"注：电话{PLANTED['phone']}")
        sheet.cell(templates.FIRST + 5, 1, f"填表人：王某 {EVERYWHERE}")
        sheet.cell(templates.FIRST + 6, 1, f"说明：{HOSTILE[0]}")
    book.create_sheet(f"王某{PLANTED['phone']}").append([EVERYWHERE])
    book.create_sheet("=1+1{{ 'QZ'~'XK' }}<b>'").append(HOSTILE)
    book.properties.creator = EVERYWHERE
    book.save(target)


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    county = counties.init(tmp_path_factory.mktemp("leaks") / f"县 'x\" {JINJA} 数据;--", "620522")
    (county / "workbooks" / PLANTED["identity"]).mkdir()
    plant(county / "空白表/兴国镇空白表.xlsx", county / "workbooks" / PLANTED["identity"] / f"兴国镇{PLANTED['phone']}.xlsx")
    rows = f"兴国镇2020年1—10月问题整改台账\n问题编号,问题来源,问题描述,整改状态\n1,王某{EVERYWHERE},{EVERYWHERE},{EVERYWHERE}\n"
    (county / f"workbooks/兴国镇{PLANTED['card']}.csv").write_text(rows, encoding="gb18030")
    with (county / "seeds/reference/township.csv").open("a", encoding="utf-8", newline="") as towns:
        csv.writer(towns, lineterminator="\n").writerow(
            ["620522998", STRANGE_TOWN, "", "620522", "秦安县", "", "", "统计用区划代码", "2023"]
        )
    table = io.StringIO()
    csv.writer(table).writerows([[f"{STRANGE_TOWN}2020年"], ["指标名称", "数值", "计量单位"], *([f"{h}数", 3, "户"] for h in HOSTILE)])
    name = f"{STRANGE_TOWN}{SQL}<img src=x onerror=alert(1)>2020年.csv".replace("/", "")
    (county / "workbooks" / name).write_text(table.getvalue(), encoding="utf-8")
    done = zhenshu("build", data=county)
    assert done.returncode == 1 and (county / "site/index.html").exists(), done.stdout + done.stderr
    return county, done


def unpacked(path: Path) -> list[tuple[str, bytes]]:
    """A file's bytes and those of its members; of a returned workbook, the township's own, what we wrote into it:
    comments and the list in front, which names no shared string."""
    content = path.read_bytes()
    if path.suffix not in (".xlsx", ".xlsm", ".docx"):
        return [(path.name, content)]
    is_own = "returns" in path.parts and "问题清单" not in path.name
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        return [(f"{path.name}!{n}", members.read(n)) for n in members.namelist() if not is_own or "comment" in n.lower()]


def written(folder: Path) -> list[Path]:
    """Every file that the build wrote."""
    parts = ("seeds", "logs", "target", "site", "returns", "warehouse", "空白表")
    return [p for part in parts for p in (folder / part).rglob("*") if p.is_file()]


def leaks(name: str, content: bytes) -> list[str]:
    encodings = ("utf-8", "utf-16-le")
    return [f"{kind} in {name}" for kind, text in PLANTED.items() if any(text.encode(e) in content for e in encodings)]


def test_no_file_holds_a_planted_number(county):
    folder, _ = county
    searched = written(folder)
    assert len(searched) > 30 and len({p.suffix for p in searched}) > 7
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
    assert len(lists) == 3
    for path in lists:
        sheet = openpyxl.load_workbook(path).worksheets[0]
        text = str([[c.value for c in row] for row in sheet.iter_rows()])
        assert leaks(path.name, text.encode()) == []
    assert any("证件" in openpyxl.load_workbook(path).worksheets[0]["A1"].value for path in lists)


def test_what_was_planted_really_was_read(county):
    folder, _ = county
    with duckdb.connect(str(folder / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        problems = warehouse.execute("select count(distinct form) from seed.intake_problem").fetchone()
        people = warehouse.execute("select head_id, head_name from seed.household").fetchall()
    assert problems[0] >= len(forms()) - 1
    assert any(len(key or "") == 64 and name == "王＊" for key, name in people)
    assert "found" in seed_columns("intake_problem")


# ---- nothing that a cell says is run


def test_no_text_is_run_by_jinja_or_sql(county):
    folder, done = county
    assert [str(p) for p in written(folder) for _, content in unpacked(p) if MADE_BY_JINJA.encode() in content] == []
    assert MADE_BY_JINJA not in done.stdout + done.stderr
    with duckdb.connect(str(folder / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        kept = warehouse.execute("select description from seed.rectification").fetchall()
        names = warehouse.execute("select distinct town_name from mart_town_indicator").fetchall()
        codes = {c for (c,) in warehouse.execute("select distinct indicator from mart_town_indicator").fetchall()}
        tables = warehouse.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        found = [t for (t,) in tables if MADE_BY_JINJA in str(warehouse.execute(f"select * from {t}").fetchall())]
    assert found == []
    # as it was written, to the letter
    assert any(SQL in (text or "") and JINJA in text and MARKUP in text for (text,) in kept), kept
    assert (STRANGE_TOWN,) in names and any("drop" in code and MARKUP in code for code in codes), codes


def test_no_text_is_markup_on_a_page(county):
    folder, _ = county
    pages = {p.name: p.read_text(encoding="utf-8") for p in (folder / "site").rglob("*.html")}
    assert [name for name, text in pages.items() if "<img src=x" in text or "<script>alert" in text or "<i>.." in text] == []
    assert sum("&lt;img src=x" in text for text in pages.values()) >= 3
    assert "&lt;i&gt;..镇" in pages["town_620522998.html"]


def test_no_text_is_a_formula_in_what_is_opened_with_excel(county):
    folder, _ = county
    books = [*(folder / "site/downloads").glob("*.xlsx"), *(folder / "空白表").glob("*.xlsx"), *(folder / "returns").rglob("*.xlsx")]
    formulas, texts = [], []
    for path in books:
        is_own = "returns" in path.parts and "问题清单" not in path.name
        for sheet in openpyxl.load_workbook(path).worksheets[: 1 if is_own else None]:
            for cell in (c for row in sheet.iter_rows() for c in row if c.value is not None):
                formulas += [f"{path.name} {cell.coordinate}"] if cell.data_type == "f" else []
                texts += [str(cell.value)] if "evil.example" in str(cell.value) else []
    assert formulas == [] and len(texts) > 5
    tables = [*(folder / "site/downloads").glob("*.csv"), folder / "seeds/township/intake_problem.csv"]
    shown = 0
    for path in tables:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                cells = [row[c] for c in row if path.parent.name == "downloads" or c in ("found", "message")]
                assert [c for c in cells if c and re.match(r"[=+@\t\r\n＝＋－＠]|-\D", c) and len(c) > 1] == [], path.name
                shown += sum("evil.example" in (c or "") for c in cells)
    assert shown > 5


def test_no_name_leads_out_of_its_folder(county):
    folder, _ = county
    assert sorted(p.name for p in folder.parent.iterdir()) == [folder.name]
    expected = {"README.txt", ".gitignore", "county.key", "workbooks", "空白表", "seeds", "warehouse", "returns", "target", "logs", "site"}
    assert {p.name for p in folder.iterdir()} == expected


def test_the_key_is_in_no_file_but_its_own(county):
    folder, done = county
    key = (folder / "county.key").read_text(encoding="ascii")
    assert [str(p) for p in written(folder) for _, content in unpacked(p) if key.encode() in content] == []
    assert key not in done.stdout + done.stderr
