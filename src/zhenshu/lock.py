"""One at a time: who builds a county, or writes one of its sites, holds a lock of the operating system.

The system frees it when the process ends, however it ends: a dead process blocks nobody. Beside it stands who holds it.
"""

import datetime as dt
import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

WORK = {"warehouse": "另一个构建正在进行"}
_taken: set[FileLock] = set()  # a lock that nobody refers to would be let go


class Busy(RuntimeError):
    """Another process is at it. The text says who and since when, in Chinese."""


def hold(data: Path, what: str = "warehouse") -> FileLock:
    """Take the county's lock on `what` (warehouse, or a site's folder) for this process, which may take it again. Raises Busy."""
    folder = data / "warehouse"
    folder.mkdir(parents=True, exist_ok=True)
    name = what.replace("/", "-")
    lock, holder = FileLock(folder / f".{name}.lock", is_singleton=True, thread_local=False), folder / f".{name}.holder"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Busy(f"{WORK.get(what, '页面正在发布')}（{_said(holder)}）：{data}。请等它结束后再运行") from None
    _taken.add(lock)
    # on a full disk the lock holds and only its holder stays unnamed; what is full is told by the work that follows
    with suppress(OSError):
        if lock.lock_counter == 1:
            holder.write_text(f"进程 {os.getpid()}，始于 {dt.datetime.now().astimezone():%Y-%m-%d %H:%M:%S}", encoding="utf-8")
    return lock


def _said(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8") or "进程不明"
    except OSError:
        return "进程不明"
