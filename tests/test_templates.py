"""Blank forms: filled by a clerk and sent back, every cell loads and nothing is a problem; a new county's folder works at once."""

import datetime as dt
import stat
from decimal import Decimal

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import REPORTS

from zhenshu import counties, intake, templates
from zhenshu.cli import main
from zhenshu.contract import forms, read_seed
from zhenshu.privacy import check_digit

PERSON = "90010119900307001"
IDENTITY = PERSON + check_digit(PERSON)
FIRST_ROW = templates.FIRST + 1


def answer(column):
    """What a clerk would fill in: the last code of a list, plain values elsewhere."""
    if column.values:
        return column.values[-1] if column.values[-1] != "合计" else column.values[0]
    if column.pii:
        return IDENTITY if column.pii == "id" else "王某"
    if column.name == "unit":
        return "万元"
    return {"integer": 4, "decimal": 817.25, "percent": 0.875, "year": 2019, "date": dt.date(2020, 3, 4), "boolean": "否"}.get(
        column.type, "甲村"
    )


def stored(column) -> str:
    """The same as the seed must hold it."""
    value = answer(column)
    if column.type == "percent":
        return "0.87500000"
    if column.name == "value":
        return "8172500.00000000"
    if column.type == "decimal":
        return "817.25"
    if column.name == "unit":
        return "元"
    return {"否": "false"}.get(value, str(value)) if column.type == "boolean" else str(value)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A new county whose first township sent its blank workbook back, filled."""
    county = counties.init(tmp_path_factory.mktemp("new") / "county", "620522")
    blank = county / "空白表/兴国镇空白表.xlsx"
    book = openpyxl.load_workbook(blank)
    for form in forms().values():
        sheet = book[form.sheets[0]]
        sheet["D2"] = "2020年1—10月"
        for position, column in enumerate(form.columns.values(), start=1):
            sheet.cell(FIRST_ROW, position, answer(column))
    book.save(county / "workbooks/兴国镇.xlsx")
    return county, intake.run(county, county)


def test_a_filled_form_loads_with_no_problem(filled):
    county, result = filled
    assert result.problems == []
    assert {name: len(read_seed(county / f"seeds/township/{name}.csv")) for name in forms()} == dict.fromkeys(forms(), 1)


@pytest.mark.parametrize("name", forms())
def test_every_cell_arrives(filled, name):
    county, _ = filled
    (row,) = read_seed(county / f"seeds/township/{name}.csv")
    assert (row["town_code"], row["period_start"], row["period_end"], row["row_kind"]) == (
        "620522100",
        "2020-01-01",
        "2020-10-31",
        "detail",
    )
    assert row["source_row"] == str(FIRST_ROW)
    for column in forms()[name].columns.values():
        if column.pii == "id":
            assert len(row[column.name]) == 64 and IDENTITY not in row.values()
        elif column.pii == "name":
            assert row[column.name] == "王＊"
        else:
            assert row[column.name] == stored(column), column.name


def test_an_unfilled_form_is_a_notice_and_no_error(tmp_path):
    county = counties.init(tmp_path / "county", "620522")
    blank = county / "空白表/莲花镇空白表.xlsx"
    blank.rename(county / "workbooks/莲花镇.xlsx")
    result = intake.run(county, county)
    assert result.sound
    assert {(p.rule_id, p.severity) for p in result.problems} == {("L07", "notice")} and len(result.problems) == len(forms())


def test_checks_stand_in_the_cells(tmp_path):
    path = templates.write(tmp_path / "甲乡.xlsx", "甲乡", "2020年1—10月")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["填表说明", *(f.sheets[0] for f in forms().values())]
    for form in forms().values():
        sheet = book[form.sheets[0]]
        assert sheet.freeze_panes == f"A{FIRST_ROW}"
        assert sheet["A1"].value == f"甲乡{form.title}"
        checks = {str(check.sqref).split(":")[0]: check for check in sheet.data_validations.dataValidation}
        for position, column in enumerate(form.columns.values(), start=1):
            check = checks.get(sheet.cell(FIRST_ROW, position).coordinate)
            if column.values:
                assert check.type == "list" and check.formula1 == f'"{",".join(column.values)}"'
            elif column.type == "integer":
                assert check.type == "whole" and Decimal(check.formula1) == (column.min if column.min is not None else -(10**12))
            elif column.type in ("decimal", "percent", "date"):
                assert check.type == ("date" if column.type == "date" else "decimal")


def test_a_towns_name_stays_a_name(tmp_path):
    book = openpyxl.load_workbook(templates.write(tmp_path / "x.xlsx", "=1+1", ""))
    sheet = book["资金拨付进度表"]
    assert sheet["A1"].value.startswith("=1+1") and sheet["A1"].data_type == "s"


def test_init_makes_a_folder_that_is_ready(tmp_path):
    done = CliRunner().invoke(main, ["init", str(tmp_path / "county"), "--county", "620522"])
    assert done.exit_code == 0, done.output
    county = tmp_path / "county"
    towns = read_seed(county / "seeds/reference/township.csv")
    assert len(towns) == 17 and towns[0]["town_name"] == "兴国镇"
    assert {(t["code_system"], t["code_year"]) for t in towns} == {("统计用区划代码", "2023")}
    key = county / "county.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_text()) == 64
    assert len(list((county / "空白表").glob("*.xlsx"))) == 17
    assert "zhenshu build --data" in (county / "README.txt").read_text(encoding="utf-8-sig")


def test_two_counties_have_two_keys(tmp_path):
    keys = {counties.init(tmp_path / name, "620522").joinpath("county.key").read_text() for name in "ab"}
    assert len(keys) == 2


def test_init_keeps_off_a_folder_in_use_and_an_unknown_county(tmp_path):
    (tmp_path / "used").mkdir()
    (tmp_path / "used/a.txt").write_text("mine")
    for folder, code, word in (("used", "620522", "not empty"), ("new", "999999", "no county 999999")):
        done = CliRunner().invoke(main, ["init", str(tmp_path / folder), "--county", code])
        assert done.exit_code == 2 and word in done.output
    assert [p.name for p in (tmp_path / "used").iterdir()] == ["a.txt"] and not (tmp_path / "new").exists()


def test_templates_command_writes_one_workbook_a_town(tmp_path):
    done = CliRunner().invoke(main, ["templates", str(tmp_path / "out"), "--period", "2020年1—10月", "--data", str(REPORTS)])
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["丙区空白表.xlsx", "乙镇空白表.xlsx", "甲乡空白表.xlsx"]


def test_the_public_list_knows_names_outside_gbk():
    assert any(row["town_name"] == "湖㳇镇" for row in counties.townships("320282"))
