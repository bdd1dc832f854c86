"""The site of a practice county in one run, against the same notebooks executed and converted page by page.

`python benchmarks/publish.py [--towns 17] [--measured 3]`. The baseline is papermill + nbconvert where papermill is installed
(`pip install papermill`, which is no dependency of ours), else `nbconvert --execute`, which starts a kernel a page as papermill does and
one process less. Of the townships' pages the baseline makes those of `--measured` townships and counts them for all.
"""

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from zhenshu import publish

BIN = Path(sys.executable).parent


def spent(command: list[str], **surroundings: str) -> tuple[float, float]:
    """Seconds on the clock and of CPU, kernels included."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=os.environ | surroundings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def page_by_page(path: Path, out: Path, data: Path, town: str) -> tuple[float, float]:
    """One page with a kernel of its own."""
    about = {"ZHENSHU_DATA": str(data), "ZHENSHU_TOWN": town}
    convert = [str(BIN / "jupyter"), "nbconvert", "--to", "html", "--output-dir", str(out), "--output", f"{path.stem}_{town}"]
    if importlib.util.find_spec("papermill") is None:
        return spent([*convert, "--execute", str(path)], **about)
    executed = out / f"{path.stem}_{town}.ipynb"
    first = spent([str(BIN / "papermill"), str(path), str(executed), "--cwd", str(path.parent)], **about)
    second = spent([*convert, str(executed)], **about)
    return first[0] + second[0], first[1] + second[1]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--towns", type=int, default=17)
    arguments.add_argument("--households", type=int, default=3000)
    arguments.add_argument("--months", type=int, default=4)
    arguments.add_argument("--measured", type=int, default=3)
    arguments.add_argument("--county", type=Path, help="a county that is built already")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = given.county or Path(folder) / "county"
        if not given.county:
            size = ["--towns", str(given.towns), "--households", str(given.households), "--months", str(given.months)]
            spent([str(BIN / "zhenshu"), "sample", str(data), *size])
            spent([str(BIN / "zhenshu"), "build", "--data", str(data)])
        with duckdb.connect(str(data / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
            towns = [code for (code,) in warehouse.execute("select distinct town_code from mart_submission order by 1").fetchall()]
        one_run = spent([str(BIN / "zhenshu"), "publish", "--data", str(data)])
        total, pages = [0.0, 0.0], 0
        for path, book in publish.page_notebooks(publish.NOTEBOOKS).items():
            each = book.metadata.zhenshu.get("each") == "town"
            chosen = towns[: given.measured] if each else [""]
            times = [page_by_page(path, Path(folder), data, town) for town in chosen]
            count = len(towns) if each else 1
            pages += count
            for i in (0, 1):
                total[i] += sum(t[i] for t in times) / len(times) * count
    tool = "nbconvert --execute" if importlib.util.find_spec("papermill") is None else "papermill + nbconvert"
    print(f"{len(towns)} townships, {pages} pages")
    print(f"one run:              {one_run[0]:6.0f} s clock, {one_run[1]:6.0f} s CPU")
    print(f"{tool}: {total[0]:6.0f} s clock, {total[1]:6.0f} s CPU (township pages of {given.measured} townships counted for all)")
    print(f"ratio:                {total[0] / one_run[0]:6.1f}   clock, {total[1] / one_run[1]:6.1f}   CPU")


if __name__ == "__main__":
    main()
