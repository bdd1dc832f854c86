"""Names that people wrote become names of files that stay in their folder, and that Windows takes."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from intake_county import xlsx

from zhenshu import places, returns, templates
from zhenshu.cli import main
from zhenshu.filenames import safe
from zhenshu.returns import _path


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("兴国镇", "兴国镇"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("..", ""),
        ("...  . ", ""),
        ("/abs\\olute", "_abs_olute"),
        ("C:\\x", "C__x"),
        ("CON", "_CON"),
        ("nul.xlsx", "_nul.xlsx"),
        ("com1 .txt", "_com1 .txt"),
        ("LPT¹", "_LPT¹"),
        ("CONDOR.xlsx", "CONDOR.xlsx"),
        ('a<b>:"|?*\x07c', "a_b_______c"),
        ("名. .", "名"),
    ],
)
def test_one_name(name, made):
    assert safe(name) == made


def test_a_very_long_name_keeps_its_kind():
    long = safe("镇" * 300 + ".xlsx")
    assert len(long.encode()) <= 210 and long.endswith("镇.xlsx")


@pytest.mark.parametrize("name", ["../../甲.xlsx", "/甲.xlsx", "a/../../甲.xlsx", "CON/NUL.xlsx", "..", "./.", "甲" * 400 + "/乙.xlsx"])
def test_a_returned_file_stays_below_its_folder(name, tmp_path):
    path = tmp_path / "returns" / _path(name, True, set())
    assert path.resolve().is_relative_to((tmp_path / "returns").resolve()) and path.name not in ("CON", "NUL.xlsx")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_blank_forms_of_strange_towns(tmp_path):
    names = {"1": "../上级镇", "2": "=1+1镇", "3": "CON", "4": "镇" * 200, "5": "a\\b:c"}
    written = templates.write_all(tmp_path / "空白表", names)
    assert {p.parent for p in written} == {tmp_path / "空白表"} and len(set(written)) == 5
    assert [p.name for p in tmp_path.iterdir()] == ["空白表"]
    for path in written:
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
        assert not [c.coordinate for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]


@pytest.mark.parametrize("code", ["../x", "a b", "", "x/y", "１", "a" * 50])
def test_a_towns_code_is_a_part_of_file_names(tmp_path, code):
    (tmp_path / "seeds/reference").mkdir(parents=True)
    text = f"town_code,town_name,aliases\n{code},甲乡,\n"
    (tmp_path / "seeds/reference/township.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="town_code"):
        places.Towns(tmp_path)


def test_members_of_a_workbook_are_read_where_they_are(county):
    """A package may hold names that lead out of it: nothing of it is unpacked."""
    content = io.BytesIO(xlsx({"资金": [["甲乡2020年"], ["级次", "下达金额（万元）"], ["中央", "约五"]]}))
    with zipfile.ZipFile(content, "a") as members:
        for name in ("../../evil.txt", "/tmp/evil-of-zhenshu.txt", "xl/../../evil.xml", "CON"):
            members.writestr(name, "evil")
    county.put("甲乡.xlsx", content.getvalue())
    result = county.read()
    written = returns.write_all(result.problems, county.root / "workbooks", county.root / "returns")
    assert [p.rule_id for p in result.problems] and len(written) == 1
    assert not [p for p in county.root.parent.rglob("*evil*")] and sorted(p.name for p in county.root.iterdir()) == [
        "returns",
        "seeds",
        "workbooks",
    ]
    assert not Path("/tmp/evil-of-zhenshu.txt").exists()


@pytest.mark.parametrize("name", ["一#二", "县?"])
def test_a_folder_that_dbt_would_misread_is_refused_before_anything_is_written(tmp_path, name):
    folder = tmp_path / name
    (folder / "workbooks").mkdir(parents=True)
    for command in ("build", "intake", "publish"):
        done = CliRunner().invoke(main, [command, "--data", str(folder)])
        assert done.exit_code == 2 and "不能有 # 或 ?" in done.output
    assert [p.name for p in folder.iterdir()] == ["workbooks"]
