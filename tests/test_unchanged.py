"""What has not changed is not done again; whatever may change an outcome has it done: workbooks, lists, key, code, outputs, failures."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import zhenshu
from test_warehouse import published

from zhenshu import unchanged
from zhenshu.unchanged import Saying, Steps

HEAVY = ("dbt", "great_expectations", "polars", "plotly", "duckdb", "pandas", "numpy", "nbconvert", "openpyxl", "python_calamine")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class Work:
    """Steps that leave what the real ones leave, and count how often they were done."""

    def __init__(self, data: Path) -> None:
        self.data, self.done, self.sound, self.complete = data, [], True, True

    def __call__(self, name: str, say: Saying) -> bool:
        self.done.append(name)
        say(f"{name} 说了什么")
        say.complete = self.complete
        left = {"intake": "seeds/township/household.csv", "dbt": "warehouse/zhenshu.duckdb", "publish": "site/index.html"}[name]
        write(self.data / left, name)
        return self.sound

    def run(self, anew: bool = False) -> list[str]:
        self.done, steps = [], Steps(self.data, anew)
        self.returned = [steps.run(name, lambda say, name=name: self(name, say)) for name in ("intake", "dbt", "publish")]
        return self.done


@pytest.fixture
def work(tmp_path, monkeypatch) -> Work:
    for name, text in {
        "workbooks/a/甲.xlsx": "1",
        "workbooks/乙.xlsx": "2",
        "county.key": "key",
        "seeds/reference/township.csv": "t",
    }.items():
        write(tmp_path / "county" / name, text)
    write(tmp_path / "package/rule.py", "rule = 1")
    monkeypatch.setattr(unchanged, "PACKAGE", tmp_path / "package")
    made = Work(tmp_path / "county")
    assert made.run() == ["intake", "dbt", "publish"]
    return made


def test_nothing_changed_nothing_done_and_the_same_is_said_and_returned(work, capsys):
    capsys.readouterr()
    assert work.run() == [] and work.returned == [True, True, True]
    said = capsys.readouterr().out
    assert said.count("沿用上次的结果") == 3 and "intake 说了什么" in said
    assert work.run(anew=True) == ["intake", "dbt", "publish"]


ALL = ["intake", "dbt", "publish"]


@pytest.mark.parametrize(
    ("change", "redone"),
    [
        (lambda d: write(d / "workbooks/乙.xlsx", "3"), ["intake"]),
        (lambda d: (d / "workbooks/乙.xlsx").unlink(), ["intake"]),
        (lambda d: (d / "workbooks/乙.xlsx").rename(d / "workbooks/丙.xlsx"), ["intake"]),
        (lambda d: write(d / "workbooks/b/丁.csv", "3"), ["intake"]),
        (lambda d: write(d / "county.key", "another"), ["intake"]),
        (lambda d: write(d / "seeds/reference/township.csv", "u"), ["intake", "dbt", "publish"]),
        (lambda d: write(d / "seeds/reference/correction.csv", "c"), ["intake", "dbt", "publish"]),
        (lambda d: write(d / "expectations/suites/own.json", "{}"), ["dbt", "publish"]),
        (lambda d: write(d.parent / "package/rule.py", "rule = 2"), ALL),
        (lambda d: (d / "seeds/township/household.csv").unlink(), ["intake"]),
        (lambda d: write(d / "seeds/township/household.csv", "by hand"), ["intake"]),
        (lambda d: write(d / "returns/甲/甲.xlsx", "left"), ["intake"]),
        (lambda d: (d / "warehouse/zhenshu.duckdb").unlink(), ["dbt", "publish"]),
        (lambda d: shutil.rmtree(d / "site"), ["publish"]),
        (lambda d: (d / "site/index.html").unlink(), ["publish"]),
        (lambda d: (d / "target/steps.json").write_text("{broken"), ALL),
        (lambda d: shutil.rmtree(d / "target"), ALL),
    ],
)
def test_whatever_may_change_an_outcome_has_it_done(work, change, redone):
    change(work.data)
    assert work.run() == redone
    assert work.run() == []


def test_a_seed_that_comes_out_another_way_goes_on_to_the_warehouse_and_the_pages(work, monkeypatch):
    write(work.data / "workbooks/乙.xlsx", "3")
    steps = Steps(work.data)

    def other(say: Saying) -> bool:
        write(work.data / "seeds/township/household.csv", "another row")
        return True

    assert steps.run("intake", other)
    assert work.run() == ["dbt", "publish"]


def test_a_workbook_that_somebody_has_open_changes_nothing(work):
    write(work.data / "workbooks/~$乙.xlsx", "lock")
    assert work.run() == []


def test_settings_of_dbt_count(work, monkeypatch):
    monkeypatch.setenv("DBT_FAIL_FAST", "1")
    assert work.run() == ["dbt", "publish"]


def test_what_failed_is_tried_again_and_what_was_refused_is_not(work):
    write(work.data / "workbooks/乙.xlsx", "3")
    work.sound = False
    assert work.run() == ["intake"]
    # an intake that named bad cells has done all it can, and says so again
    assert work.run() == [] and work.returned == [False, True, True]
    write(work.data / "seeds/reference/township.csv", "u")
    work.run()
    assert work.run() == ["dbt", "publish"]


def test_what_was_left_undone_is_done_next_time(work):
    write(work.data / "workbooks/乙.xlsx", "3")
    work.complete = False
    assert work.run() == ["intake"]
    assert work.run() == ["intake"]


def test_a_step_cut_short_is_done_again(work):
    write(work.data / "workbooks/乙.xlsx", "3")

    def stopped(say: Saying) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Steps(work.data).run("intake", stopped)
    write(work.data / "workbooks/乙.xlsx", "2")
    assert work.run() == ["intake"]


def test_unit_tests_are_tried_once_for_the_same_code(work):
    steps = Steps(work.data)
    assert not steps.tried_out()
    steps.remember_tried_out(True)
    assert Steps(work.data).tried_out() and not Steps(work.data, anew=True).tried_out()
    write(unchanged.PACKAGE / "rule.py", "rule = 2")
    assert not Steps(work.data).tried_out()
    steps.remember_tried_out(False)
    write(unchanged.PACKAGE / "rule.py", "rule = 1")
    assert not Steps(work.data).tried_out()


def imported(*arguments: str, data: Path) -> tuple[list[str], str]:
    """Which heavy libraries a command has loaded, and what it said."""
    code = (
        "import sys\nfrom zhenshu.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print('loaded', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    environment = os.environ | {"ZHENSHU_DATA": str(data), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False)
    said, _, loaded = done.stdout.rpartition("loaded ")
    assert loaded, done.stderr
    return ([] if loaded.strip() == "[]" else [loaded]), said


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"], ["publish", "--help"], ["intake", "--help"]])
def test_help_loads_no_heavy_library(arguments, tmp_path):
    loaded, said = imported(*arguments, data=tmp_path)
    assert loaded == [] and "Usage" in said


def standing(county: Path) -> dict[str, tuple[int, bytes]]:
    # who holds a lock is written anew each time
    there = [p for part in ("seeds", "site", "warehouse") for p in sorted((county / part).rglob("*"))]
    files = [p for p in there if p.is_file() and not p.name.startswith(".")]
    return {str(p.relative_to(county)): (p.stat().st_mtime_ns, b"" if p.suffix == ".duckdb" else p.read_bytes()) for p in files}


@pytest.mark.slow
def test_a_build_after_a_change_comes_to_what_a_full_one_comes_to(built, tmp_path):
    county = tmp_path / "county"
    shutil.copytree(built, county)
    first = zhenshu("build", data=county)  # another folder is another county
    assert first.returncode == 0 and "沿用" not in first.stdout, first.stdout + first.stderr
    before = standing(county)
    loaded, said = imported("build", data=county)
    assert loaded == [] and said.count("沿用上次的结果") == 3, said
    assert standing(county) == before
    named = [line for line in first.stdout.splitlines() if "沿用" not in line]
    assert [line for line in said.splitlines() if "沿用" not in line] == named
    # a second version moves figures
    workbooks = county / "workbooks"
    old = next(p for p in workbooks.rglob("*.csv"))
    text = old.read_text(encoding="gb18030").replace('"1,781",999', '"1,800","1,000"').replace("合计,", "县级,2020,19,1,\n合计,")
    old.with_name(f"{old.stem}（更正）.csv").write_text(text, encoding="utf-8")
    after_change = zhenshu("build", data=county)
    assert after_change.returncode == 0, after_change.stdout + after_change.stderr
    seeds = {p.name: p.read_bytes() for p in (county / "seeds/township").glob("*.csv")}
    rows = published(county)
    full = zhenshu("build", "--full", data=county)
    assert full.returncode == 0 and "沿用" not in full.stdout, full.stdout + full.stderr
    assert {p.name: p.read_bytes() for p in (county / "seeds/township").glob("*.csv")} == seeds
    again = published(county)
    assert [name for name in rows if rows[name] != again[name]] == [] and rows.keys() == again.keys()
    assert rows["mart_figure_revision"]
