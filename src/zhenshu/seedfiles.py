"""Writing what was read as seeds: the whole set beside the present one first, so that a crash or a full disk leaves the former whole."""

import os
import shutil
from itertools import chain
from pathlib import Path

import polars as pl

POSITION = ("source_file", "source_sheet", "source_row", "source_column")


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
    """Bring a replacement that was interrupted to its end, and clear away a set that never became complete."""
    unfinished, complete = _staging(folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    if complete.is_dir():
        for path in sorted(complete.iterdir()):
            os.replace(path, folder / path.name)
        complete.rmdir()


def replace_all(frames: dict[str, pl.DataFrame], folder: Path) -> None:
    """Put a complete set of seeds in the place of the present one."""
    folder.mkdir(parents=True, exist_ok=True)
    recover(folder)
    unfinished, complete = _staging(folder)
    unfinished.mkdir()
    try:
        for name, table in frames.items():
            table.write_csv(unfinished / f"{name}.csv")
        # from here on the new set is the one that counts, whatever happens
        unfinished.rename(complete)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    recover(folder)
