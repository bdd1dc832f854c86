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


class Plugin(BasePlugin):
    """Registered in profiles.yml."""

    def update_connection_config(self, creds, config) -> None:
        Path(creds.path).parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        for function in (replace_file, remove_file):
            conn.create_function(function.__name__, function, side_effects=True)
