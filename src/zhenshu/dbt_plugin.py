"""What dbt-duckdb needs from us: the warehouse folder, and putting a sound build in place in one step."""

import os
from pathlib import Path

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection


def replace_file(new: str, old: str) -> str:
    """Move `new` over `old` in one step; readers that hold the old file keep it. Returns `old`."""
    os.replace(new, old)
    return old


def remove_file(path: str) -> str:
    """Remove a file that may not exist. Returns its path."""
    Path(path).unlink(missing_ok=True)
    return path


MOST_GIB = 5  # a province is built on an office machine of 8: what does not fit is put on the disk beside the work file
IN_GIB = {"bytes": 2**-30, "KiB": 2**-20, "MiB": 2**-10, "GiB": 1, "TiB": 2**10}


class Plugin(BasePlugin):
    """Registered in profiles.yml."""

    def update_connection_config(self, creds, config) -> None:
        Path(creds.path).parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        # four fifths of the machine's memory unless somebody set it; a smaller machine keeps its own
        number, unit = conn.execute("select current_setting('memory_limit')").fetchone()[0].split()
        if float(number) * IN_GIB[unit] > MOST_GIB:
            conn.execute(f"set memory_limit = '{MOST_GIB}GiB'")
        for function in (replace_file, remove_file):
            conn.create_function(function.__name__, function, side_effects=True)
