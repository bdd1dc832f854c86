"""The last look before publishing finds a person's number wherever it stands and says where; figures and hashes are none."""

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from zhenshu import leaks, publish, word
from zhenshu.markup import Grid, Line, Markup, Shown
from zhenshu.privacy import check_digit

BODY = "90010119900307001"
IDENTITY = BODY + check_digit(BODY)
PHONE, CARD = "19900000001", "6200000000000000018"
KEY_LIKE_CARD, KEY_LIKE_PHONE = "6205220000000000003", "13070200123"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"号码{IDENTITY}。", [("identity", IDENTITY)]),
        (IDENTITY.lower() + "42", [("identity", IDENTITY + "42")]),
        (f"{IDENTITY[:6]} {IDENTITY[6:14]} {IDENTITY[14:]}", [("identity", IDENTITY)]),
        ("900101900307001", [("identity", "900101900307001")]),
        (f"{IDENTITY}，{PHONE}，{CARD}", [("identity", IDENTITY), ("card", CARD), ("phone", PHONE)]),
        ("6200 0000 0000 0000 018", [("card", CARD)]),
        ("0938-1234567", [("phone", "0938-1234567")]),
        # none of these is anybody's
        ("900101901332001", []),
        (IDENTITY[:17] + ("0" if IDENTITY[17] != "0" else "1"), []),
        ("6200000000000000017", []),
        ("0.19900000001", []),
        ("19900000001.50", []),
        ("19,900,000,001", []),
        ("2020-01-01_2020-12-31", []),
        (f"{'a' * 20}{IDENTITY}{'b' * 26}", []),
    ],
)
def test_numbers_of_persons(text, found):
    assert list(leaks.numbers(text)) == found


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("ZHENSHU_SITE", str(tmp_path / "site"))
    (tmp_path / "site/data").mkdir(parents=True)
    return tmp_path / "site"


@pytest.fixture
def warehouse(tmp_path) -> Path:
    """A warehouse whose ledgers know one household by a number that passes for a card's, another by one that passes for a phone's."""
    path = tmp_path / "zhenshu.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema seed")
        for form in leaks.forms().values():
            columns = ", ".join(f'"{c}" varchar' for c in form.columns)
            connection.execute(f'create table seed."{form.name}" ({columns})')
        connection.execute("insert into seed.household (household_no) values (?), (?)", [KEY_LIKE_CARD, KEY_LIKE_PHONE])
    return path


def a_page(site: Path, *texts: str) -> None:
    """A page with a table whose third column holds the texts, and its downloads."""
    figure = Shown(Markup('<data value="19900000001" data-column="value">199亿</data>'), Decimal("19900000001"), "元")
    grid = Grid("trial", "试表", ["村", "金额", "说明"], [Line(["东村", figure, text]) for text in texts])
    (site / "trial.html").write_text(f"<html><body>{grid.html()}</body></html>", encoding="utf-8")


def test_a_number_in_a_table_is_named_by_page_table_row_and_column(site, warehouse):
    a_page(site, "无", f"联系{PHONE}")
    with pytest.raises(leaks.Leaked) as refused:
        leaks.check_site(site, warehouse)
    said = str(refused.value)
    assert "downloads/trial.xlsx，第 3 行，列“说明”：电话号码（199……，11 位）" in said
    assert "trial.html，表“试表”，第 3 行，列“说明”：电话号码" in said
    assert PHONE not in said


def test_figures_are_no_phones_and_ledgers_own_numbers_no_cards(site, warehouse):
    a_page(site, "无", KEY_LIKE_CARD, f"户{KEY_LIKE_PHONE}")
    assert ("card", KEY_LIKE_CARD) in leaks.numbers(KEY_LIKE_CARD) and ("phone", KEY_LIKE_PHONE) in leaks.numbers(KEY_LIKE_PHONE)
    leaks.check_site(site, warehouse)


def test_an_identity_number_is_never_a_households_own(site, warehouse):
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("insert into seed.household (household_no) values (?)", [IDENTITY])
    a_page(site, IDENTITY)
    with pytest.raises(leaks.Leaked, match="身份证号"):
        leaks.check_site(site, warehouse)


def test_a_ledgers_row_is_named_by_the_townships_cell(site, warehouse):
    content = {"names": ["village", "note"], "heads": ["行政村", "备注"], "rows": [["甲乡.xlsx", "台账", 7, "东村", f"卡{CARD}"]]}
    (site / "data/r_1_household.js").write_text(f'zhenshu.put("r_1_household",{json.dumps(content)});\n', encoding="utf-8")
    with pytest.raises(leaks.Leaked, match=r"r_1_household\.js，第 1 行，列“备注”（甲乡\.xlsx，台账，第 7 行）：银行卡号（620……，19 位）"):
        leaks.check_site(site, warehouse)


def test_a_word_document_is_read_too(site, warehouse):
    page = f'<main id="main"><h1>甲乡</h1><table><tr><td>户{KEY_LIKE_PHONE}</td><td>联系{PHONE}</td></tr></table></main>'
    word.write(page, site / "downloads/town_1.docx")
    with pytest.raises(leaks.Leaked, match=r"^downloads/town_1\.docx，第 3 段：电话号码（199……，11 位）$"):
        leaks.check_site(site, warehouse)


@pytest.mark.parametrize("name", [f"town_{PHONE}.html", "trial.html", "data/e_1.js", "notes.txt", "zhenshu.css"])
def test_no_kind_of_file_is_passed_over(site, warehouse, name):
    text = "" if PHONE in name else f'<p title="{IDENTITY}">文</p>'
    if name.startswith("data/"):
        text = f'zhenshu.put("e_1",{json.dumps({"cells": [["甲", text]]})});\n'
    (site / name).write_text(text, encoding="utf-8")
    with pytest.raises(leaks.Leaked, match=name):
        leaks.check_site(site, warehouse)


def test_a_leak_stops_the_publication_and_leaves_the_last_site(tmp_path):
    for name in ("warehouse/zhenshu.duckdb", "site/trial.html"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("before", encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    cells = [new_code_cell(f"print('身份证 ' + '{IDENTITY[:9]}' + '{IDENTITY[9:]}')")]
    nbformat.write(new_notebook(cells=cells, metadata={"zhenshu": {"page": "trial", "title": "试页"}}), tmp_path / "notebooks/trial.ipynb")
    with pytest.raises(publish.PublishError, match=r"页面里有个人号码，没有发布：trial\.html，第 \d+ 行：身份证号（900……，18 位）"):
        publish.publish(tmp_path, tmp_path / "notebooks")
    assert (tmp_path / "site/trial.html").read_text(encoding="utf-8") == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notebooks", "site", "warehouse"]
