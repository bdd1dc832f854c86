"""Writing what was read as seeds: the whole set beside the present one first, so that a crash or a full disk leaves the former whole."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import polars as pl

POSITION = ("source_file", "source_sheet", "source_row", "source_column")
REASONS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "磁盘已满，或超过了允许的大小"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "没有写入权限，或文件正被别的程序打开"),
}


class NotWritten(Exception):
    """The seeds could not be replaced. The text says where, why and what to do, in Chinese."""


def reason(error: object) -> str | None:
    """In Chinese why a file could not be written; polars, DuckDB and notebooks tell the system's error in their text only."""
    number, text = getattr(error, "errno", None), str(error)
    said = re.findall(r"os error (\d+)", text) + [n for n in REASONS if os.strerror(n) in text]
    return REASONS.get(number or next(map(int, said), None))


def why_not(error: object) -> str:
    """The same with what the system said, or that alone."""
    known = reason(error)
    return f"{known}：{error}" if known else str(error)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        complete = _staging(folder)[1].exists()
        state = "新的一套已写好，还没有全部换上，下次运行会接着换完" if complete else "原有的数据保持完整，没有更新"
        raise NotWritten(f"{folder} 写不进去（{reason(error) or error}）：{state}。请腾出磁盘空间、关闭打开的文件后重新运行") from error


def frame(rows: list[dict], columns: tuple[str, ...], order: tuple[str, ...]) -> pl.DataFrame:
    """Rows as an all-text table in the declared column order, sorted so that file order does not matter."""
    table = pl.DataFrame(rows, schema={c: pl.Int64 if c == "source_row" else pl.String for c in columns}, orient="row")
    return table.sort(order, nulls_last=True)


def stacked(tables: list[dict[str, list]], columns: tuple[str, ...], order: tuple[str, ...]) -> pl.DataFrame:
    """The same of tables that are held as columns; a column that a table does not have is null in its rows."""
    found = {}
    for name in columns:
        parts = (table.get(name) or [None] * len(table["source_row"]) for table in tables)
        found[name] = pl.Series(name, list(chain.from_iterable(parts)), pl.Int64 if name == "source_row" else pl.String)
    return pl.DataFrame(found).sort(order, nulls_last=True)


def _staging(folder: Path) -> tuple[Path, Path]:
    # outside `seeds/`, where dbt would take a half-written set for seeds of the same names
    return folder.parents[1] / ".intake-unfinished", folder.parents[1] / ".intake-complete"


def recover(folder: Path) -> None:
    """Bring a replacement that was interrupted to its end, and clear away a set that never became complete. Raises NotWritten."""
    unfinished, complete = _staging(folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    if complete.is_dir():
        with _writing(folder):
            for path in sorted(complete.iterdir()):
                os.replace(path, folder / path.name)
            complete.rmdir()


def replace_all(frames: dict[str, pl.DataFrame], folder: Path, notes: dict[str, str] | None = None) -> None:
    """Put a complete set of seeds in the place of the present one, with notes (name -> text) beside. Raises NotWritten."""
    unfinished, complete = _staging(folder)
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    recover(folder)
    try:
        with _writing(folder):
            unfinished.mkdir()
            for name, table in frames.items():
                table.write_csv(unfinished / f"{name}.csv")
            for name, text in (notes or {}).items():
                (unfinished / name).write_text(text, encoding="utf-8", newline="\n")
            # from here on the new set is the one that counts, whatever happens
            unfinished.rename(complete)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    recover(folder)
