"""What the benchmarks share: a command's seconds on the clock, its seconds of CPU and its largest memory, children included."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

BIN = Path(sys.executable).parent
ZHENSHU = [sys.executable, "-m", "zhenshu.cli"]
LIBRARIES = "dbt-core dbt-duckdb duckdb polars python-calamine great-expectations pandas openpyxl plotly".split()  # noqa: SIM905


@dataclass(frozen=True)
class Spent:
    """What a command took; `status` is its exit status, `said` its output."""

    clock: float
    cpu: float
    mib: float
    status: int = 0
    said: str = ""

    def __str__(self) -> str:
        return f"{self.clock:8.1f} s clock {self.cpu:8.1f} s CPU {self.mib:7,.0f} MiB"


def spent(command: list, allowed: tuple[int, ...] = (0,), **surroundings: str) -> Spent:
    """Run a command to its end. MiB is of the largest process of its tree; an exit status that is not allowed ends the benchmark."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
        start = time.perf_counter()
        child = subprocess.Popen(list(map(str, command)), stdout=out, stderr=subprocess.STDOUT, env=os.environ | surroundings)
        _, status, used = os.wait4(child.pid, 0)
        clock, status = time.perf_counter() - start, os.waitstatus_to_exitcode(status)
        child.returncode = status
        out.seek(0)
        said = out.read()
    if status not in allowed:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {status}:\n{said[-3000:]}")
    return Spent(clock, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**10, status, said)


def in_turn(contenders: dict[str, Callable[[], dict]], rounds: int) -> dict[str, dict]:
    """Each contender once a round; by contender the median of every figure it gave."""
    given: dict[str, list[dict]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            given[name].append(run())
    return {name: {key: statistics.median(g[key] for g in all_rounds) for key in all_rounds[0]} for name, all_rounds in given.items()}


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    about = {
        "cores": str(os.cpu_count()),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "load at start": load,
    }
    return about | {name: version(name) for name in LIBRARIES}
