"""Our typed seeds against dbt's stock seed and DuckDB's plain `create table as`: `python benchmarks/seeds.py [--rows N] [--rounds 5]`.

One file of fifteen columns; each contender in a process of its own, into a database of its own. Of the dbt runs the whole and the node
alone (run_results.json) are told; the CPU is told beyond what dbt takes for a file of one row, which is its start-up. The stock seed
runs as it comes, which guesses the types row by row, and with all types declared; it is slow and runs once.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from measuring import BIN, in_turn, machine, spent

from zhenshu.contract import PROJECT

TYPES = {
    "town_code": "varchar",
    "period_start": "date",
    "period_end": "date",
    "row_kind": "varchar",
    "village": "varchar",
    "person_name": "varchar",
    "person_id": "varchar",
    "visit_type": "varchar",
    "is_in_county": "boolean",
    "total_cost": "decimal(18, 2)",
    "basic_insurance": "decimal(18, 2)",
    "self_paid": "decimal(18, 2)",
    "source_file": "varchar",
    "source_row": "integer",
    "source_cell": "varchar",
}
FILE = """
    copy (
        select
            '0' || (90010100 + i % 17) as town_code, date '2020-01-01' as period_start, date '2020-01-31' as period_end,
            'detail' as row_kind,
            '东' || i % 160 || '村' as village, '王＊' as person_name, md5(i::varchar) as person_id,
            case when i % 3 = 0 then '住院' else '门诊慢特病' end as visit_type, i % 2 = 0 as is_in_county,
            (hash(i) % 1000000 / 100)::decimal(18, 2) as total_cost, (hash(i) % 700000 / 100)::decimal(18, 2) as basic_insurance,
            case when i % 11 > 0 then (hash(i) % 300000 / 100)::decimal(18, 2) end as self_paid,
            '某乡, "' || i % 17 || '"号.xlsx' as source_file, i::integer as source_row, 'F' || i as source_cell
        from range({rows}) as r(i)
    ) to '{path}' (header true)
"""
PLAIN = """
import json, sys, time, duckdb
start = time.perf_counter()
with duckdb.connect(sys.argv[1]) as database:
    database.execute("set enable_progress_bar = false")
    database.execute("create table big as select * from read_csv('" + sys.argv[2] + "')")
print(json.dumps(time.perf_counter() - start))
"""


def project(folder: Path, ours: bool = False, types: bool = True) -> Path:
    """A dbt project of one seed, stock or with our materialization, with the types of its columns or without."""
    (folder / "seeds").mkdir(parents=True)
    (folder / "macros").mkdir()
    (folder / "dbt_project.yml").write_text("name: bench\nprofile: bench\nflags: {send_anonymous_usage_stats: false}\n")
    target = f"{{type: duckdb, path: {folder}/bench.duckdb, threads: 2}}"
    (folder / "profiles.yml").write_text(f"bench: {{target: duckdb, outputs: {{duckdb: {target}}}}}\n")
    properties = [{"name": "big", "config": {"column_types": TYPES} if types else {}, "columns": [{"name": name} for name in TYPES]}]
    (folder / "seeds/seeds.yml").write_text(json.dumps({"version": 2, "seeds": properties}))
    if ours:
        for name in ("seed.sql", "seed_engines.sql", "portable.sql"):
            (folder / "macros" / name).write_bytes((PROJECT / "macros" / name).read_bytes())
    return folder


def dbt_seed(folder: Path, rows: int) -> dict[str, float]:
    """Load the seed from nothing; what the whole run and the node alone took."""
    (folder / "bench.duckdb").unlink(missing_ok=True)
    taken = spent([BIN / "dbt", "--quiet", "seed", "--project-dir", folder, "--profiles-dir", folder], ZHENSHU_DATA=str(folder))
    (result,) = json.loads((folder / "target/run_results.json").read_text())["results"]
    check(folder / "bench.duckdb", rows)
    return {"node": result["execution_time"], "clock": taken.clock, "cpu": taken.cpu, "mib": taken.mib}


def plain(folder: Path, csv: Path, rows: int) -> dict[str, float]:
    """DuckDB alone, which guesses the types."""
    database = folder / "plain.duckdb"
    database.unlink(missing_ok=True)
    taken = spent([sys.executable, "-c", PLAIN, database, csv])
    check(database, rows)
    return {"node": json.loads(taken.said), "clock": taken.clock, "cpu": taken.cpu, "mib": taken.mib}


def check(database: Path, rows: int) -> None:
    with duckdb.connect(str(database), read_only=True) as loaded:
        found = loaded.execute("select count(*), sum(total_cost), count(self_paid) from big").fetchone()
    if found[0] != rows:
        raise SystemExit(f"{database.name}: {found[0]} rows instead of {rows}")


def measure(rows: int, rounds: int) -> dict[str, dict]:
    """Medians by contender; `start` is dbt with a file of one row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stock, declared = project(folder / "stock", types=False), project(folder / "declared")
        typed, start = project(folder / "typed", ours=True), project(folder / "start", ours=True)
        csv = stock / "seeds/big.csv"
        duckdb.execute(FILE.format(rows=rows, path=csv))
        for other in (typed, declared):
            (other / "seeds/big.csv").hardlink_to(csv)
        duckdb.execute(FILE.format(rows=1, path=start / "seeds/big.csv"))
        contenders = {
            "typed": lambda: dbt_seed(typed, rows),
            "plain": lambda: plain(folder, csv, rows),
            "start": lambda: dbt_seed(start, 1),
        }
        slow = {"stock": lambda: dbt_seed(stock, rows), "declared": lambda: dbt_seed(declared, rows)}
        return in_turn(contenders, rounds) | in_turn(slow, 1)


def judged(found: dict[str, dict]) -> list[str]:
    """The ratios in words."""
    typed, bare, start = (found[name] for name in ("typed", "plain", "start"))

    def against(name: str) -> str:
        beyond = (found[name]["cpu"] - start["cpu"]) / (typed["cpu"] - start["cpu"])
        return (
            f"{found[name]['node'] / typed['node']:.0f} times as fast on the clock of the node, {beyond:.0f} times in CPU beyond start-up, "
            f"{found[name]['clock'] / typed['clock']:.1f} times with start-up; {found[name]['mib']:,.0f} MiB"
        )

    return [
        f"against stock (goal 50): {against('stock')}",
        f"against stock with declared types: {against('declared')}",
        f"against plain (goal at most 1.5 times as long): {typed['node'] / bare['node']:.2f} times on the clock, "
        f"{(typed['cpu'] - start['cpu']) / bare['cpu']:.2f} in CPU; {bare['mib']:,.0f} MiB",
        f"memory (goal under 1,024 MiB): {typed['mib']:,.0f} MiB",
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    print(machine())
    start = time.perf_counter()
    found = measure(given.rows, given.rounds)
    for name, values in found.items():
        print(f"{name:6}", ", ".join(f"{key} {value:,.2f}" for key, value in values.items()))
    print(*judged(found), f"{time.perf_counter() - start:.0f} s for all", sep="\n")


if __name__ == "__main__":
    main()
