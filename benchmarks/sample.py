"""How long the practice counties of three scales take to write, and how much memory: `python benchmarks/sample.py [county prefecture ...]`.

A county and a prefecture as workbooks, a province as seeds, without slips, ten months. CPU is of all processes together, memory of the
largest one.
"""

import sys
import tempfile
from pathlib import Path

from measuring import ZHENSHU, spent

SCALES = {
    "county": ("--towns", "17", "--households", "34332"),
    "prefecture": ("--towns", "170", "--households", "343320"),
    "province": ("--towns", "1700", "--households", "3433200", "--as", "seeds"),
}


def run(scale: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "county"
        done = spent([*ZHENSHU, "sample", folder, *SCALES[scale]])
        files = [p for p in folder.rglob("*") if p.is_file()]
        size = sum(p.stat().st_size for p in files) / 2**20
        print(f"{scale}: {len(files)} files, {size:,.0f} MiB {done}", flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or SCALES:
        run(name)
