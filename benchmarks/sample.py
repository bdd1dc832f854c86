"""How long the practice counties of three scales take to write, and how much memory: `python benchmarks/sample.py [county prefecture ...]`.

A county and a prefecture as workbooks, a province as seeds, without slips, ten months. CPU is of all processes together, memory of the
largest one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCALES = {
    "county": ("--towns", "17", "--households", "34332"),
    "prefecture": ("--towns", "170", "--households", "343320"),
    "province": ("--towns", "1700", "--households", "3433200", "--as", "seeds"),
}


def run(scale: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="zhenshu-sample-"))
    try:
        command = [sys.executable, "-m", "zhenshu.cli", "sample", str(folder / "out"), *SCALES[scale]]
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        clock, cpu = time.monotonic() - start, used.ru_utime + used.ru_stime
        files = [p for p in (folder / "out").rglob("*") if p.is_file()]
        size = sum(p.stat().st_size for p in files) / 2**20
        print(
            f"{scale}: exit {os.waitstatus_to_exitcode(status)}, {len(files)} files, {size:,.0f} MiB, CPU {cpu:,.0f} s, "
            f"clock {clock:,.0f} s, largest process {used.ru_maxrss / 2**10:,.0f} MiB",
            flush=True,
        )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    for name in sys.argv[1:] or SCALES:
        run(name)
