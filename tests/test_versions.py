"""A new version takes the last one's place in one step, or stands beside it where that one is held; and who holds the lock is told."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from zhenshu import lock, publish, versions
from zhenshu.cli import main

HOLDS = """
import sys
from pathlib import Path
from zhenshu.lock import hold
hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.readline()
"""
WRITES = """
import duckdb, sys
held = duckdb.connect(sys.argv[1])
held.execute("insert into seed.t values (99)")
print("held", flush=True)
sys.stdin.readline()
held.close()
"""


def another(script: str, *arguments: object) -> subprocess.Popen:
    """Another process, once it holds what it is to hold."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def a_warehouse(path: Path, value: int) -> Path:
    """A database whose view names the database itself, as dbt's do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as zhenshu")
        connection.execute("create schema zhenshu.seed; create table zhenshu.seed.t as select " + str(value) + " as value")
        connection.execute("create view zhenshu.main.v as from zhenshu.seed.t; detach zhenshu")
    return path


def a_site(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder


def read(path: Path) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("from v").fetchall()


@pytest.fixture
def data(tmp_path) -> Path:
    """A county with a warehouse of the value 1 and a site that says old."""
    a_warehouse(tmp_path / versions.WAREHOUSE, 1)
    a_site(tmp_path / "site", "old")
    return tmp_path


@pytest.fixture
def held(monkeypatch):
    """The names that another program holds: as on Windows they can be neither replaced nor renamed."""
    names = {"zhenshu.duckdb", "site"}
    replace, rename = os.replace, Path.rename

    def refuse(path: object) -> None:
        if Path(path).exists() and Path(path).name in names and "unfinished" not in str(path):
            raise PermissionError(13, "in use", str(path))

    def refusing_replace(new: object, target: object) -> None:
        refuse(target)
        replace(new, target)

    def refusing_rename(path: Path, target: object) -> Path:
        refuse(path)
        return rename(path, target)

    monkeypatch.setattr(versions.os, "replace", refusing_replace)
    monkeypatch.setattr(Path, "rename", refusing_rename)
    monkeypatch.setattr(versions, "_exchange", lambda one, other: False)
    return names


def test_a_held_warehouse_keeps_its_reader_and_the_new_one_is_found(data, held):
    target = data / versions.WAREHOUSE
    placed = versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 2), target)
    assert read(target) == [(1,)]
    assert versions.warehouse(data) == placed != target and read(placed) == [(2,)]
    assert re.fullmatch(r"zhenshu\.duckdb-\d{8}T\d+Z/zhenshu\.duckdb\n", (data / "warehouse/zhenshu.duckdb.current.txt").read_text())
    later = versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 3), target)
    assert read(versions.warehouse(data)) == [(3,)] and later != placed
    assert [p.name for p in (data / "warehouse").glob("zhenshu.duckdb-*")] == [later.parent.name]
    held.clear()
    assert versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 4), target) == target
    assert read(versions.warehouse(data)) == [(4,)]
    assert [p.name for p in (data / "warehouse").iterdir()] == ["zhenshu.duckdb"]


def test_a_dated_version_that_is_held_too_goes_another_time(data, held):
    target = data / versions.WAREHOUSE
    first = versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 2), target)
    held.add(first.parent.name)
    versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 3), target)
    assert first.exists() and read(versions.warehouse(data)) == [(3,)]
    held.clear()
    versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 4), target)
    assert not first.exists() and read(target) == [(4,)]


def test_a_pointer_that_outlived_its_version_names_nothing_old(data, held):
    """Killed between the replacement and the pointer's removal, or the dated folder removed by hand."""
    target = data / versions.WAREHOUSE
    dated = versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 2), target)
    os.utime(dated, ns=(1, 1))
    assert versions.warehouse(data) == target
    dated.unlink()
    assert versions.warehouse(data) == target


def test_a_held_site_keeps_its_reader_and_the_new_one_is_found(data, held):
    site = data / "site"
    new = versions.put(a_site(versions.empty_beside(site) / "x", "new").parent, site)
    assert (site / "index.html").read_text() == "old"
    assert versions.latest(site) == new and new.name.startswith("site-") and (new / "x/index.html").read_text() == "new"
    held.clear()
    assert versions.put(a_site(versions.empty_beside(site) / "x", "newer").parent, site) == site
    assert (site / "x/index.html").read_text() == "newer"
    assert sorted(p.name for p in data.iterdir()) == ["site", "warehouse"]


@pytest.mark.parametrize(("placed", "told"), [("site-20200630T000000000000Z", True), ("site", False)])
def test_where_the_new_site_stands_is_told(data, monkeypatch, placed, told):
    monkeypatch.setattr(publish, "publish", lambda data, **_: data / placed)
    done = CliRunner().invoke(main, ["publish", "--data", str(data)])
    assert done.exit_code == 0 and f"页面：{data / placed}" in done.output
    assert (f"site/ 中有文件被别的程序打开，新页面在 {placed}/" in done.output) == told


def test_what_cannot_be_written_at_all_is_no_held_file(tmp_path, held, monkeypatch):
    monkeypatch.setattr(versions.os, "replace", lambda *_: (_ for _ in ()).throw(PermissionError(13, "read-only")))
    with pytest.raises(PermissionError):
        versions.put(a_warehouse(tmp_path / "warehouse/zhenshu.duckdb.new", 1), tmp_path / versions.WAREHOUSE)
    assert not (tmp_path / "warehouse/zhenshu.duckdb.current.txt").exists()


@pytest.mark.parametrize("at_once", [True, False])
def test_folders_change_places(data, monkeypatch, at_once):
    if at_once and not sys.platform.startswith("linux"):
        pytest.skip("Linux alone lets two folders change places")
    if not at_once:
        monkeypatch.setattr(versions, "_exchange", lambda one, other: False)
    new = versions.empty_beside(data / "site")
    (new / "index.html").write_text("new", encoding="utf-8")
    if at_once:
        monkeypatch.setattr(Path, "rename", lambda *_: pytest.fail("two renames leave a moment without a site"))
    versions.put(new, data / "site")
    assert (data / "site/index.html").read_text() == "new"
    assert sorted(p.name for p in data.iterdir()) == ["site", "warehouse"]


def test_a_run_killed_between_two_renames_is_put_right(data):
    (data / "site").rename(data / ".site-former")
    (data / ".site-unfinished-0").mkdir()
    new = versions.empty_beside(data / "site")
    assert (data / "site/index.html").read_text() == "old"
    assert sorted(p.name for p in data.iterdir()) == sorted([new.name, "site", "warehouse"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let the file be replaced: the case above")
def test_a_log_that_another_client_left_does_not_join_the_new_warehouse(data):
    """DuckDB replays any log beside a file: without its removal the new warehouse would hold the other's rows."""
    target = data / versions.WAREHOUSE
    client = another(WRITES, target)
    assert (data / "warehouse/zhenshu.duckdb.wal").exists()
    versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 2), target)
    assert read(versions.warehouse(data)) == [(2,)]
    client.communicate("\n", timeout=60)
    assert read(versions.warehouse(data)) == [(2,)]


def test_pages_read_one_state_whatever_is_built_meanwhile(data):
    with versions.one_state(data, "site") as state:
        versions.put(a_warehouse(data / "warehouse/zhenshu.duckdb.new", 2), data / versions.WAREHOUSE)
        assert (read(state), read(versions.warehouse(data))) == ([(1,)], [(2,)])
    assert [p.name for p in (data / "warehouse").iterdir()] == ["zhenshu.duckdb"]


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows such a client locks the bytes themselves")
def test_pages_are_read_though_a_client_holds_the_warehouse_for_writing(data):
    client = another(WRITES, data / versions.WAREHOUSE)
    with pytest.raises(duckdb.IOException):
        read(data / versions.WAREHOUSE)
    with versions.one_state(data, "site") as state:
        assert read(state) == [(1,)]
    client.communicate("\n", timeout=60)


# ---- one at a time


def test_the_second_is_told_who_and_since_when(tmp_path):
    first = another(HOLDS, tmp_path)
    with pytest.raises(lock.Busy, match=rf"另一个构建正在进行（进程 {first.pid}，始于 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d）"):
        lock.hold(tmp_path)
    # another lock is another matter
    lock.hold(tmp_path, "site").release()
    first.communicate("\n", timeout=60)
    lock.hold(tmp_path).release()


def test_the_dead_hold_nothing(tmp_path):
    first = another(HOLDS, tmp_path)
    first.kill()
    first.wait()
    assert (tmp_path / "warehouse/.warehouse.lock").exists()
    held = lock.hold(tmp_path)
    again = lock.hold(tmp_path)  # dbt within `zhenshu build`
    again.release()
    assert held.is_locked
    held.release()
