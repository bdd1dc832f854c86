"""One finished version in the last one's place, in one step: readers have the old or the new, never a part, and never stand in the way.

Where a program holds the old one so that it cannot be moved (Windows), the new one goes to a dated folder beside it and a pointer,
`NAME.current.txt`, names it. Every reader of ours asks `latest`.
"""

import ctypes
import datetime as dt
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WAREHOUSE = "warehouse/zhenshu.duckdb"
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of linux/fs.h


def warehouse(data: Path) -> Path:
    """The last sound warehouse of the county at `data`; in a page build the one state of it that all its pages read."""
    return Path(os.environ.get("ZHENSHU_WAREHOUSE") or latest(data / WAREHOUSE))


@contextmanager
def one_state(data: Path, reader: str) -> Iterator[Path]:
    """A link to the last sound warehouse (a copy where it cannot be linked or is locked) that no build, client or log reaches."""
    import duckdb

    reader = reader.replace("/", "-")
    for left_behind in (data / "warehouse").glob(f".{reader}-reads-*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    folder = data / f"warehouse/.{reader}-reads-{secrets.token_hex(4)}"
    folder.mkdir()
    source, link = latest(data / WAREHOUSE), folder / Path(WAREHOUSE).name
    try:
        try:
            os.link(source, link)
            duckdb.connect(str(link), read_only=True).close()
        except (OSError, duckdb.IOException):
            link.unlink(missing_ok=True)
            shutil.copyfile(source, link)
        yield link
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def latest(target: Path) -> Path:
    """The version of `target` to read: `target` itself, or a later one that the pointer names."""
    found = [p for p in (target, _pointed(target)) if p and p.exists()]
    return max(found, key=lambda p: p.stat().st_mtime_ns, default=target)


def put(new: Path, target: Path) -> Path:
    """Move `new`, a file or a folder, to where `latest(target)` finds it; returns that place. Raises OSError, and all is as it was."""
    try:
        placed = replace_folder(new, target) if new.is_dir() else replace_file(new, target)
    except PermissionError:
        if not target.exists():
            raise
        placed = _put_beside(new, target)
    _clear(target, placed)
    return placed


def replace_file(new: Path, target: Path) -> Path:
    """Move a file into the place of another. DuckDB takes a log that lies beside a file for its own, whoever wrote it: it goes."""
    os.replace(new, target)
    target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
    return target


def replace_folder(new: Path, target: Path) -> Path:
    """Move a folder into the place of another, which is removed."""
    if target.exists() and not _exchange(new, target):
        former = _former(target)
        target.rename(former)
        try:
            new.rename(target)
        except OSError:
            former.rename(target)
            raise
        shutil.rmtree(former, ignore_errors=True)
    elif target.exists():
        shutil.rmtree(new, ignore_errors=True)
    else:
        new.rename(target)
    return target


def empty_beside(target: Path) -> Path:
    """A new folder to write the next version of `target` to; what runs that were killed left behind is put right first.

    Its name is used once: a process that outlives its killed parent never writes into another run's folder.
    """
    recover(target)
    new = target.with_name(f".{target.name}-unfinished-{secrets.token_hex(4)}")
    new.mkdir(parents=True)
    return new


def recover(target: Path) -> None:
    """Bring back the version that was set aside where a run was killed between two renames; clear away unfinished ones."""
    former = _former(target)
    if former.exists() and not target.exists():
        former.rename(target)
    for leftover in (former, *target.parent.glob(f".{target.name}-unfinished-*")):
        shutil.rmtree(leftover, ignore_errors=True)


def _former(target: Path) -> Path:
    return target.with_name(f".{target.name}-former")


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, which Linux can on most file systems; False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return bool(rename) and rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0


def _pointer(target: Path) -> Path:
    return target.with_name(f"{target.name}.current.txt")


def _pointed(target: Path) -> Path | None:
    try:
        return target.parent / _pointer(target).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _put_beside(new: Path, target: Path) -> Path:
    """A dated folder; a file keeps its name in it, since a DuckDB file's views know the database by that name."""
    folder = target.with_name(f"{target.name}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%fZ}")
    placed = folder if new.is_dir() else folder / target.name
    placed.parent.mkdir(parents=True, exist_ok=True)
    new.rename(placed)
    written = _pointer(target).with_suffix(".new")
    written.write_text(placed.relative_to(target.parent).as_posix() + "\n", encoding="utf-8")
    os.replace(written, _pointer(target))
    return placed


def _clear(target: Path, placed: Path) -> None:
    """Remove the dated versions that are no longer the latest, unless somebody holds one still."""
    if placed == target:
        _pointer(target).unlink(missing_ok=True)
    for dated in target.parent.glob(f"{target.name}-*Z"):
        if dated not in (placed, placed.parent):
            # Windows lets nobody rename a folder in which a file is open: it goes another time
            with suppress(PermissionError):
                shutil.rmtree(dated.rename(target.with_name(f".{target.name}-unfinished-{dated.name}")), ignore_errors=True)
