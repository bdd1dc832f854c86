"""The same build on DuckDB and on Spark local[2], county by prefecture: seconds, CPU seconds, memory, and that both say the same.

python benchmarks/scale_out.py [--scale county] [--scale prefecture] [--data DIR]
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import click
import psutil

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))
SCALES = {"small": (4, 300), "county": (17, 34_332), "prefecture": (170, 343_320)}
BIN = Path(sys.executable).parent
UNTESTED = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]


@dataclass
class Cost:
    """What a command and its children took; memory is that of all together, at most."""

    seconds: float = 0
    cpu: dict[int, float] = field(default_factory=dict)
    memory: int = 0

    def __str__(self) -> str:
        return f"{self.seconds:7.0f} s, {sum(self.cpu.values()):7.0f} s of CPU, {self.memory / 2**20:6.0f} MiB"


def run(command: list[str], environment: dict[str, str]) -> Cost:
    """Run to the end, looking at the tree of processes twice a second."""
    cost, begin = Cost(), time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = psutil.Popen(command, cwd=PROJECT, env=os.environ | environment, stdout=said, stderr=subprocess.STDOUT)
        while process.poll() is None:
            held = 0
            for each in [process, *process.children(recursive=True)]:
                try:
                    times, held = each.cpu_times(), held + each.memory_info().rss
                    cost.cpu[each.pid] = max(cost.cpu.get(each.pid, 0), times.user + times.system)
                except psutil.NoSuchProcess:
                    continue
            cost.memory = max(cost.memory, held)
            time.sleep(0.5)
        cost.seconds = time.monotonic() - begin
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{said.read()[-3000:]}")
    return cost


@click.command()
@click.option("--scale", "scales", multiple=True, type=click.Choice(list(SCALES)), default=["county"])
@click.option("--data", type=click.Path(path_type=Path), help="Where counties are kept; a temporary folder if not given.")
@click.option("--memory", default="4g", show_default=True, help="Of Spark's driver, which is all of Spark here.")
def main(scales: tuple[str, ...], data: Path | None, memory: str) -> None:
    """Print one line for each engine and scale."""
    from same_rows import differences

    with tempfile.TemporaryDirectory() as temporary:
        for scale in scales:
            towns, households = SCALES[scale]
            county = (data or Path(temporary)) / scale
            if not county.exists():
                size = ["--towns", str(towns), "--households", str(households), "--months", "1", "--as", "seeds"]
                run([str(BIN / "zhenshu"), "sample", str(county), *size], {})
            environment = {"ZHENSHU_DATA": str(county), "ZHENSHU_SPARK_MEMORY": memory, "PYTHONUTF8": "1"}
            published, kept = county / "warehouse/zhenshu.duckdb", county / "warehouse/of_duckdb.duckdb"
            print(
                f"{scale}: {towns} townships, {households} households, one month, seeds {folder_size(county / 'seeds'):.0f} MiB", flush=True
            )
            for engine in ("duckdb", "spark"):
                own = ["--target", engine, "--target-path", str(county / "target" / engine), "--log-path", str(county / "logs")]
                print(f"  {engine:7} build    {run([str(BIN / 'dbt'), 'build', *UNTESTED, *own], environment)}", flush=True)
                if engine == "duckdb":
                    os.replace(published, kept)
            print(f"  {'spark':7} validate {run([str(BIN / 'zhenshu'), 'validate', '--target', 'spark'], environment)}", flush=True)
            tables = folder_size(county / "warehouse/spark/tables")
            print(f"  tables of Spark {tables:.0f} MiB, of DuckDB {kept.stat().st_size / 2**20:.0f} MiB", flush=True)
            found = differences(kept, published)
            print(f"  differences of published tables: {len(found)}", *found[:5], sep="\n    ", flush=True)


def folder_size(folder: Path) -> float:
    """MiB of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


if __name__ == "__main__":
    main()
