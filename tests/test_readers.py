"""The real commands on a county of one town: killed at any moment, on a full disk, two at once, with readers and writers in the warehouse.

Whatever happens, the last sound warehouse and site stand, whole, and the next run succeeds.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, zhenshu

from zhenshu.versions import WAREHOUSE, warehouse

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals and limits as POSIX has them")]
# 50 at the desk, with ZHENSHU_KILLS=50 (docs/security.md)
KILLS, SEED = int(os.environ.get("ZHENSHU_KILLS", "3")), int(os.environ.get("ZHENSHU_KILLS_SEED", "20200630"))
# the kill's moments are the same without the 500 tests
QUICK = {"DBT_EXCLUDE_RESOURCE_TYPES": "test unit_test", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}
RUN = "from zhenshu.cli import main; main()"
KILLED_AT = """
import os, signal, sys
event, name = sys.argv[1:3]
def watch(happened, arguments):
    if happened == event and any(name in str(a) for a in arguments):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
sys.argv[1:] = sys.argv[3:]
from zhenshu.cli import main; main()
"""
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv[1:] = sys.argv[2:]
from zhenshu.cli import main; main()
"""
HOLDS_FOR_WRITING = """
import duckdb, sys
held = duckdb.connect(sys.argv[1])
held.execute("create table mine as select 42 as answer")
print("held", flush=True)
sys.stdin.readline()
held.execute("insert into mine values (43)")
held.close()
"""


def start(county: Path, *arguments: str, script: str = RUN) -> subprocess.Popen:
    """A command on its way, in a process group of its own."""
    environment = os.environ | QUICK | {"ZHENSHU_DATA": str(county)}
    # a file: PySpark, where it is installed, ends a process that was started by `python -c`
    path = county.parent / f"run-{zlib.crc32(script.encode())}.py"
    path.write_text(script, encoding="utf-8")
    command = [sys.executable, str(path), *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    )


def start_dbt(county: Path, *more: str) -> subprocess.Popen:
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    own = ["--target-path", str(county / "target"), "--log-path", str(county / "logs")]
    return start(county, "--quiet", "build", *folders, *own, *more, script="from dbt.cli.main import cli; cli()")


def finish(process: subprocess.Popen) -> subprocess.CompletedProcess:
    out, err = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def published(path: Path) -> dict[str, list[tuple]]:
    """Every published table and its rows in order; a view of staging proves that the database knows itself."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("select count(*) from staging.stg_household").fetchone()
        names = [
            n for (n,) in connection.execute("select table_name from duckdb_tables() where schema_name = 'main' order by 1").fetchall()
        ]
        return {name: sorted(connection.execute(f'from "{name}"').fetchall(), key=repr) for name in names}


def pages(county: Path) -> dict[str, bool]:
    return {p.name: "</html>" in p.read_text(encoding="utf-8") for p in sorted((county / "site").glob("*.html"))}


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    """A county of one town and forty households, built."""
    county = tmp_path_factory.mktemp("town") / "county"
    made = zhenshu("sample", str(county), "--towns", "1", "--households", "40", "--months", "1", "--seed", "5", data=county.parent)
    assert made.returncode == 0, made.stderr
    done = finish(start(county, "build"))
    assert done.returncode == 0, done.stdout + done.stderr
    return county


@pytest.fixture(scope="module")
def sound(town) -> tuple[dict, dict]:
    return published(warehouse(town)), pages(town)


def left_behind(county: Path) -> list[str]:
    """What only a run that was cut short leaves."""
    return [str(p.relative_to(county)) for kind in ("-unfinished", "-reads-", "-former", ".new") for p in county.rglob(f"*{kind}*")]


def test_killed_at_any_moment_the_last_sound_state_stands_and_the_next_run_succeeds(town, sound):
    moments = random.Random(SEED)
    # the seeds and the views on them are built, the whole work file is published
    built = ("--select", "township", "staging")
    commands = {"intake": lambda: start(town, "intake"), "dbt": lambda: start_dbt(town, *built), "publish": lambda: start(town, "publish")}
    lasts = {}
    for name, command in commands.items():
        began = time.monotonic()
        assert finish(command()).returncode == 0
        lasts[name] = time.monotonic() - began
    print(f"seed {SEED}, {KILLS} kills; whole runs take {lasts}")
    killed = 0
    for n in range(KILLS):
        name = list(commands)[n % 3]
        after = moments.uniform(0, lasts[name])
        process = commands[name]()
        time.sleep(after)
        os.killpg(process.pid, signal.SIGKILL)
        killed += finish(process).returncode == -signal.SIGKILL
        print(f"{n + 1}: {name} killed after {after:.2f} s")
        assert (published(warehouse(town)), pages(town)) == sound, name
        done = finish(commands[name]())
        assert done.returncode == 0, f"after a kill of {name} at {after:.2f} s: {done.stdout}{done.stderr}"
    assert killed > KILLS // 2
    assert (published(warehouse(town)), pages(town)) == sound
    assert left_behind(town) == []


@pytest.mark.parametrize(
    ("moment", "command"),
    [
        (("os.rename", "zhenshu.duckdb.new"), "dbt"),
        (("ctypes.dlsym", "renameat2"), "publish"),
        (("shutil.rmtree", ".site-unfinished"), "publish"),
    ],
)
def test_killed_at_the_very_step_that_puts_a_version_in_place(town, sound, moment, command):
    if command == "dbt":
        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        own = ["--target-path", str(town / "target"), "--log-path", str(town / "logs")]
        script = KILLED_AT.replace("from zhenshu.cli import main; main()", "from dbt.cli.main import cli; cli()")
        # what is selected is built; the whole work file is published
        process = start(town, *moment, "--quiet", "build", "--select", "township", *folders, *own, script=script)
    else:
        process = start(town, *moment, command, script=KILLED_AT)
    done = finish(process)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    assert (published(warehouse(town)), pages(town)) == sound
    again = finish(start_dbt(town, "--select", "township") if command == "dbt" else start(town, command))
    assert again.returncode == 0, again.stdout + again.stderr
    assert (published(warehouse(town)), pages(town)) == sound and left_behind(town) == []


def test_a_work_file_that_is_lost_is_not_published_in_part_and_the_next_build_makes_it_anew(town, sound):
    work = town / "warehouse/work/zhenshu.duckdb"
    work.write_bytes(b"torn" * 5000)
    done = finish(start_dbt(town, "--select", "township"))
    assert done.returncode == 0 and "the work file lacks" in done.stdout, done.stdout + done.stderr
    assert published(warehouse(town)) == sound[0]
    # the next test builds it whole


def test_two_builds_at_once_and_readers_and_a_writer_in_the_warehouse(town, sound, tmp_path):
    county = tmp_path / "county"
    shutil.copytree(town, county)
    for ledger in (county / "workbooks").glob("*报表.xlsx"):
        ledger.unlink()  # so that the new state differs
    writer = subprocess.Popen(
        [sys.executable, "-c", HOLDS_FOR_WRITING, str(county / WAREHOUSE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline() == "held\n"
    # and one has the work file open, which nobody should
    looks = "import duckdb, sys; held = duckdb.connect(sys.argv[1], read_only=True); print('held', flush=True); sys.stdin.readline()"
    work = str(county / "warehouse/work/zhenshu.duckdb")
    curious = subprocess.Popen([sys.executable, "-c", looks, work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert curious.stdout.readline() == "held\n"
    builds = finish(start(county, "build"))
    assert builds.returncode == 0, builds.stdout + builds.stderr
    curious.communicate("\n", timeout=60)
    writer.communicate("\n", timeout=60)
    new = published(warehouse(county))
    assert new != sound[0] and new.keys() == sound[0].keys()
    # ... and back, while one reader holds the file and another opens it again and again
    shutil.copytree(town / "workbooks", county / "workbooks", dirs_exist_ok=True)
    seen, whole, stop = [], [], threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.append(published(warehouse(county)))
            whole.append((county / "site/index.html").read_text(encoding="utf-8").rstrip().endswith("</html>"))

    looking = threading.Thread(target=look)
    with duckdb.connect(str(county / WAREHOUSE), read_only=True) as holding:
        before = holding.execute("select count(*) from fct_reported_indicator").fetchone()
        looking.start()
        first = start(county, "build")
        while not (county / "warehouse/.site.holder").exists() or str(first.pid) not in (county / "warehouse/.site.holder").read_text():
            assert first.poll() is None
            time.sleep(0.05)
        second = finish(start(county, "build"))
        by_hand = finish(start_dbt(county))
        done = finish(first)
        stop.set()
        looking.join()
        assert holding.execute("select count(*) from fct_reported_indicator").fetchone() == before
    assert done.returncode == 0, done.stdout + done.stderr
    assert second.returncode == 1 and f"另一个构建正在进行（进程 {first.pid}，始于 20" in second.stderr, second.stderr
    assert by_hand.returncode == 2 and f"另一个构建正在进行（进程 {first.pid}，始于 20" in by_hand.stdout, by_hand.stdout
    assert published(warehouse(county)) == sound[0]
    assert all(state in (new, sound[0]) for state in seen) and len(seen) > 5
    assert seen[0] == new and all(whole)


@pytest.mark.parametrize(("limit", "arguments"), [(20_000_000, ["build"]), (4_000_000, ["publish"])])
def test_a_full_disk_is_told_in_one_sentence_and_loses_nothing(town, sound, limit, arguments):
    """The copy of the warehouse is larger than the limit; plotly's file is larger than the other."""
    done = finish(start(town, str(limit), *arguments, script=LIMITED))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "磁盘已满，或超过了允许的大小" in done.stderr and "保持上一次的结果" in done.stderr
    assert "Traceback" not in done.stderr
    assert (published(warehouse(town)), pages(town)) == sound and left_behind(town) == []
