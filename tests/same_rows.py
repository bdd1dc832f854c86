"""Two states of a warehouse side by side: the same tables, columns, types and rows; every difference in words."""

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb

NEAR = 1e-9


def differences(one: Path, other: Path, schemas: tuple[str, ...] = ("main",)) -> list[str]:
    """What two warehouse files say differently in the tables of these schemas: decimals exactly, doubles to 1e-9 of their size."""
    with duckdb.connect() as both:
        both.execute("set timezone = 'UTC'")
        for name, path in (("a", one), ("b", other)):
            both.execute(f"attach '{path}' as {name} (read_only)")
        tables = {name: _tables(both, name, schemas) for name in ("a", "b")}
        found = [f"{table}: in one of the two only" for table in sorted(tables["a"].keys() ^ tables["b"].keys())]
        for table in sorted(tables["a"].keys() & tables["b"].keys()):
            found += [f"{table}: {line}" for line in _table(both, table, tables["a"][table], tables["b"][table])]
        return found


def _tables(both: duckdb.DuckDBPyConnection, database: str, schemas: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    sql = (
        "select schema_name || '.' || table_name, list((column_name, data_type) order by column_index) from duckdb_columns()"
        " where database_name = ? and list_contains(?, schema_name)"
        " and table_oid in (from duckdb_tables() select table_oid where database_name = duckdb_columns.database_name) group by all"
    )
    return dict(both.execute(sql, [database, list(schemas)]).fetchall())


def _table(both: duckdb.DuckDBPyConnection, table: str, columns: list, others: list) -> Iterator[str]:
    if columns != others:
        yield f"columns {sorted(set(columns) ^ set(others)) or 'in another order'}"
        return
    rows, other_rows = (both.execute(f"from {name}.{table}").fetchall() for name in ("a", "b"))
    if len(rows) != len(other_rows):
        yield f"{len(rows)} rows and {len(other_rows)}"
    exact = [n for n, (_, kind) in enumerate(columns) if kind != "DOUBLE"]
    key = lambda row: [(row[n] is not None, str(row[n])) for n in exact] + [str(v) for v in row]  # noqa: E731
    left, right = sorted(rows, key=key), sorted(other_rows, key=key)
    for a, b in zip(left, right, strict=False):
        unequal = [f"{columns[n][0]}: {a[n]!r} and {b[n]!r}" for n in range(len(columns)) if not same(a[n], b[n])]
        if unequal:
            yield f"{dict(zip([c for c, _ in columns], a, strict=True))}: {'; '.join(unequal)}"


def same(a: object, b: object) -> bool:
    """Whether two values are one: of one type and equal, doubles to 1e-9 of their size."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=NEAR, abs_tol=NEAR) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b
