"""Intake cut short in a process of its own: killed, interrupted, on a full disk; and a library that gives up in the middle of a file.

Nothing is replaced by half a set, and the next run sets all to rights.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from intake_county import KEY
from python_calamine import CalamineWorkbook

from zhenshu import intake, seedfiles, workbook

LEFT = ["county.key", "seeds", "warehouse", "workbooks"]  # the lock of who builds is in warehouse/
FUND = [["级次", "下达金额（万元）"], ["中央", 5]]
LATER = [FUND[0], ["中央", 6], ["省级", 7]]
# sends itself a signal when it opens or renames for the n-th time what the moment names
CUT_SHORT = """
import os, signal, sys
sent, event, name, count = sys.argv[1:5]
left = int(count)
def watch(happened, arguments):
    global left
    if happened == event and name in str(arguments[0]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.Signals[sent])
sys.addaudithook(watch)
sys.argv[1:] = ["intake"]
from zhenshu.cli import main
main()
"""
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv[1:] = ["intake"]
from zhenshu.cli import main
main()
"""


def run(county, script: str, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"ZHENSHU_DATA": str(county.root), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120)


def seeds(county) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((county.root / "seeds/township").glob("*.csv"))}


@pytest.fixture
def read_once(county):
    """A county whose workbook was read, and has since been sent again with other figures; its former seeds."""
    (county.root / "county.key").write_bytes(KEY)
    county.put_sheet([["甲乡2020年"], *FUND], sheet="资金")
    intake.run(county.root, county.root)
    county.put_sheet([["甲乡2020年"], *LATER], sheet="资金")
    return county, seeds(county)


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.parametrize("sent", ["SIGKILL", "SIGINT"])
@pytest.mark.parametrize(
    ("moment", "replaced"),
    [
        (("open", "甲乡.xlsx", "1"), 0),
        (("open", "甲乡.xlsx", "2"), 0),
        (("os.mkdir", ".intake-unfinished", "1"), 0),
        (("os.rename", ".intake-unfinished", "1"), 0),
        (("os.rename", ".intake-complete", "1"), 0),
        (("os.rename", ".intake-complete", "9"), 8),
    ],
)
def test_cut_short_at_any_moment_the_seeds_are_whole_or_made_whole(read_once, sent, moment, replaced):
    county, former = read_once
    done = run(county, CUT_SHORT, sent, *moment)
    assert done.returncode == (-signal.SIGKILL if sent == "SIGKILL" else 1), done.stderr
    assert "Traceback" not in done.stderr
    now = seeds(county)
    # Ctrl-C is heard a moment later: the step it fell into has been taken
    changed = sum(now[file] != former[file] for file in former)
    assert now.keys() == former.keys() and changed <= (replaced + 1 if replaced else 0)
    intake.run(county.root, county.root)
    assert b"60000.00" in seeds(county)["fund_summary.csv"]
    assert sorted(p.name for p in county.root.iterdir()) == LEFT


def test_a_full_disk_leaves_the_former_seeds_and_says_so(read_once):
    """A limit on the size of files fails a write as a full disk does, and needs no disk."""
    pytest.importorskip("resource")
    county, former = read_once
    limit = str(max(map(len, former.values())) - 1)
    done = run(county, LIMITED, limit)
    assert done.returncode == 1 and seeds(county) == former
    assert f"{county.root}/seeds/township 写不进去（磁盘已满" in done.stderr
    assert "原有的数据保持完整" in done.stderr and "请腾出磁盘空间" in done.stderr and "Traceback" not in done.stderr
    assert sorted(p.name for p in county.root.iterdir()) == LEFT
    assert run(county, LIMITED, str(1 << 30)).returncode == 0
    assert b"60000.00" in seeds(county)["fund_summary.csv"] and b"60000.00" not in former["fund_summary.csv"]


def test_a_set_that_cannot_be_moved_into_place_is_moved_by_the_next_run(read_once, monkeypatch):
    """On Windows a seed that is open in a spreadsheet program cannot be replaced."""
    county, former = read_once
    real = os.replace

    def refused(source: Path, target: Path) -> None:
        if Path(target).name == "fund_summary.csv":
            raise PermissionError(13, "in use")
        real(source, target)

    monkeypatch.setattr(seedfiles.os, "replace", refused)
    with pytest.raises(seedfiles.NotWritten, match=r"文件正被别的程序打开.*下次运行会接着换完"):
        intake.run(county.root, county.root)
    monkeypatch.undo()
    assert seeds(county)["fund_summary.csv"] == former["fund_summary.csv"]
    intake.run(county.root, county.root)
    assert b"60000.00" in seeds(county)["fund_summary.csv"]


class Panic(BaseException):
    """As pyo3's PanicException: no `Exception`."""


class _Panicking:
    """A reader that gives up where it is asked for something."""

    def __init__(self, real: CalamineWorkbook, where: str):
        self.real, self.where = real, where

    def __getattr__(self, name: str) -> object:
        if name == self.where:
            raise Panic("index out of bounds")
        return getattr(self.real, name)


@pytest.mark.parametrize(("where", "rule"), [("from_filelike", "F04"), ("get_sheet_by_name", "F09"), ("sheets_metadata", "F09")])
def test_a_reader_that_panics_costs_its_file_and_no_other(county, monkeypatch, where, rule):
    for name in ("1.xlsx", "2.xlsx"):
        county.put_sheet([["甲乡2020年"], *FUND], name=name, sheet="甲乡资金")
    real, opened = CalamineWorkbook.from_filelike, []

    class Reader:
        @staticmethod
        def from_filelike(content):
            opened.append(content)
            if len(opened) > 1:
                return real(content)
            if where == "from_filelike":
                raise Panic("index out of bounds")
            return _Panicking(real(content), where)

    monkeypatch.setattr(workbook, "CalamineWorkbook", Reader)
    result = county.read()
    assert [(p.rule_id, p.source_file) for p in result.problems] == [(rule, "1.xlsx")]
    assert [row["source_file"] for row in result.rows["fund_summary"]] == ["2.xlsx"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_who_stops_the_run_stops_it(county, monkeypatch, stop):
    county.put_sheet([["甲乡2020年"], *FUND], sheet="甲乡资金")

    def stopped(*_: object) -> None:
        raise stop

    monkeypatch.setattr(intake, "find_tables", stopped)
    with pytest.raises(stop):
        county.read()
