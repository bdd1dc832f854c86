"""What dbt-duckdb needs from us: one build at a time, a work file that opens, and putting a sound build in place in one step."""

from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from . import lock, versions
from .filenames import unfit_folder

MOST_GIB = 5  # a province is built on an office machine of 8: what does not fit is put on the disk beside the work file
IN_GIB = {"bytes": 2**-30, "KiB": 2**-20, "MiB": 2**-10, "GiB": 1, "TiB": 2**10}


def put_version(new: str, target: str) -> str:
    """Make the file `new` the version of `target` that readers find. Returns where it is."""
    return str(versions.put(Path(new), Path(target)))


def remove_file(path: str) -> str:
    """Remove a file that may not exist. Returns its path."""
    Path(path).unlink(missing_ok=True)
    return path


class Plugin(BasePlugin):
    """Registered in profiles.yml."""

    def update_connection_config(self, creds, config) -> None:
        path = Path(creds.path)
        if why := unfit_folder(path):
            raise RuntimeError(why)
        lock.hold(path.parents[2])
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix in (".new", ".new.wal"):
            remove_file(f"{path.parents[1] / path.name}{suffix}")
        _discard_unless_it_opens(path)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        # four fifths of the machine's memory unless somebody set it; a smaller machine keeps its own
        number, unit = conn.execute("select current_setting('memory_limit')").fetchone()[0].split()
        if float(number) * IN_GIB[unit] > MOST_GIB:
            conn.execute(f"set memory_limit = '{MOST_GIB}GiB'")
        for function in (put_version, remove_file):
            conn.create_function(function.__name__, function, side_effects=True)


def _discard_unless_it_opens(path: Path) -> None:
    """A work file that a killed build left unreadable, or that a client holds, must not stop the next: all in it is made anew."""
    try:
        duckdb.connect(str(path)).close()
    except duckdb.Error:
        try:
            for leftover in (path, path.with_name(f"{path.name}.wal")):
                remove_file(str(leftover))
        except PermissionError as held:  # Windows
            raise lock.Busy(f"{path} 正被别的程序打开，请关闭后再运行（看数据请打开 warehouse/zhenshu.duckdb）") from held
