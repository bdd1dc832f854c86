"""How long intake takes: `python benchmarks/intake.py`, against decoding alone and against a pandas script.

Contenders take turns in one process after a first run that is not counted; the figure is the median of their CPU seconds (all threads). A
sheet of a million rows is read once, in a process of its own, for its time and its largest memory.
"""

import csv
import io
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas_intake
import practice
from python_calamine import CalamineWorkbook

from zhenshu import intake

ROUNDS, MILLION = 5, 1_000_000


def decode(data: Path) -> int:
    """python-calamine and nothing else; a .csv, which it does not read, by the csv module. How many cells there were."""
    cells = 0
    for path in sorted((data / "workbooks").iterdir()):
        if path.suffix == ".csv":
            sheets = [list(csv.reader(io.StringIO(path.read_bytes().decode("gb18030"), newline="")))]
        else:
            book = CalamineWorkbook.from_path(str(path))
            sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
        cells += sum(len(row) for sheet in sheets for row in sheet)
    return cells


def ours(data: Path) -> int:
    """The whole of intake: read, convert, write the seeds. How many rows there were."""
    return intake.run(data, data).row_count


def cpu_seconds(run: Callable[[Path], int], data: Path) -> float:
    start = time.process_time()
    run(data)
    return time.process_time() - start


def compare(data: Path, contenders: dict[str, Callable[[Path], int]]) -> dict[str, float]:
    """Median CPU seconds by contender."""
    for name, run in contenders.items():
        print(f"{name}: {run(data):,} {'cells' if run is decode else 'rows'}", flush=True)
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            taken[name].append(cpu_seconds(run, data))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def county(folder: Path, name: str, files: int, rows: int = 0) -> Path:
    """A county of so many practice workbooks, or of one ledger of so many rows."""
    practice.write_county(folder / name, files)
    if rows:
        path = folder / name / "workbooks/甲山镇2020年.xlsx"
        practice.household_ledger(path, "甲山镇", random.Random(2), rows, big=True)
    return folder / name


def alone(data: Path) -> None:
    """Read one county in this process, and say what it took."""
    start = time.perf_counter()
    rows = ours(data)
    taken, memory = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{rows:,} rows: {taken:.1f} s, {time.process_time():.1f} s of CPU, {memory:.2f} GiB at most", flush=True)


def main() -> None:
    libraries = " ".join(f"{name} {version(name)}" for name in ("python-calamine", "polars", "pandas", "openpyxl"))
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {libraries}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scripted = {"pandas + openpyxl": lambda data: pandas_intake.run(data, data / "out")}
        every = {"intake": ours, "decoding alone": decode}
        for what, data, contenders in (
            ("200 workbooks", county(folder, "county", 200), every | scripted),
            ("one ledger of 30,000 households", county(folder, "ledger", 0, 30_000), every),
        ):
            print(f"\n{what}, {len(list((data / 'workbooks').iterdir()))} files")
            taken = compare(data, contenders)
            for contender, seconds in taken.items():
                print(f"{contender:20} {seconds:7.2f} s   intake is {taken['intake'] / seconds:.2f} times as long")
        print("\na sheet of a million rows")
        subprocess.run([sys.executable, __file__, str(county(folder, "million", 0, MILLION))], check=True)


if __name__ == "__main__":
    alone(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
