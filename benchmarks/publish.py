"""The site of a practice county in one run, against the same notebooks executed and converted page by page.

`python benchmarks/publish.py [--towns 17] [--measured 3]`. The baseline is papermill + nbconvert where papermill is installed
(`pip install papermill`, which is no dependency of ours), else `nbconvert --execute`, which starts a kernel a page as papermill does and
one process less. Of the townships' pages the baseline makes those of `--measured` townships and counts them for all.
"""

import argparse
import importlib.util
import tempfile
from pathlib import Path

import duckdb
from measuring import BIN, ZHENSHU, Spent, spent

from zhenshu import publish


def page_by_page(path: Path, out: Path, data: Path, town: str) -> Spent:
    """One page with a kernel of its own."""
    about = {"ZHENSHU_DATA": str(data), "ZHENSHU_TOWN": town}
    convert = [BIN / "jupyter", "nbconvert", "--to", "html", "--output-dir", out, "--output", f"{path.stem}_{town}"]
    if importlib.util.find_spec("papermill") is None:
        return spent([*convert, "--execute", path], **about)
    executed = out / f"{path.stem}_{town}.ipynb"
    first = spent([BIN / "papermill", path, executed, "--cwd", path.parent], **about)
    second = spent([*convert, executed], **about)
    return Spent(first.clock + second.clock, first.cpu + second.cpu, max(first.mib, second.mib))


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
            size = ["--towns", given.towns, "--households", given.households, "--months", given.months]
            spent([*ZHENSHU, "sample", data, *size])
            spent([*ZHENSHU, "build", "--data", data])
        with duckdb.connect(str(data / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
            towns = [code for (code,) in warehouse.execute("select distinct town_code from mart_submission order by 1").fetchall()]
        one_run = spent([*ZHENSHU, "publish", "--data", data])
        clock, cpu, pages = 0.0, 0.0, 0
        for path, book in publish.page_notebooks(publish.NOTEBOOKS).items():
            each = book.metadata.zhenshu.get("each") == "town"
            chosen = towns[: given.measured] if each else [""]
            times = [page_by_page(path, Path(folder), data, town) for town in chosen]
            count = len(towns) if each else 1
            pages += count
            clock += sum(t.clock for t in times) / len(times) * count
            cpu += sum(t.cpu for t in times) / len(times) * count
    tool = "nbconvert --execute" if importlib.util.find_spec("papermill") is None else "papermill + nbconvert"
    print(f"{len(towns)} townships, {pages} pages")
    print(f"one run: {one_run}")
    print(f"{tool}: {clock:8.1f} s clock {cpu:8.1f} s CPU (township pages of {given.measured} townships counted for all)")
    print(f"ratio: {clock / one_run.clock:8.1f}   clock {cpu / one_run.cpu:8.1f}   CPU")


if __name__ == "__main__":
    main()
