"""The whole `zhenshu build` from 3,000 to 3,433,200 households: `python benchmarks/build.py [small county prefecture province]`.

Practice counties of one month without slips; the province as seeds, since reading workbooks is measured up to the prefecture. Clock and CPU
by step are what the main job itself remembers (target/steps.json), those within dbt are of its run_results.json, memory is of the largest
process. Growth is told of what lies beyond start-up: beyond the build of one township of forty households. `--county DIR` builds there
and keeps it.
"""

import argparse
import json
import math
import tempfile
from itertools import pairwise
from pathlib import Path

from measuring import BIN, ZHENSHU, Spent, machine, spent

from zhenshu.contract import PROJECT

SIZES = {
    "start": (1, 40, "workbooks"),
    "small": (17, 3_000, "workbooks"),
    "county": (17, 34_332, "workbooks"),
    "prefecture": (170, 343_320, "workbooks"),
    "province": (1_700, 3_433_200, "seeds"),
}
QUICK = ("small", "county")
OWN = {"model.zhenshu.expectation_run": "expectations", "model.zhenshu.int_identity_explanation": "explanations"}


def within_dbt(data: Path) -> dict[str, float]:
    """Seconds on the clock of the nodes, by kind; two run at a time, so that they come to more than the step."""
    seconds: dict[str, float] = {}
    for result in json.loads((data / "target/run_results.json").read_text(encoding="utf-8"))["results"]:
        kind = OWN.get(result["unique_id"], result["unique_id"].partition(".")[0])
        seconds[kind] = seconds.get(kind, 0) + result["execution_time"]
    return seconds


def slowest(data: Path, count: int = 5) -> list[str]:
    results = json.loads((data / "target/run_results.json").read_text(encoding="utf-8"))["results"]
    ordered = sorted(results, key=lambda r: -r["execution_time"])[:count]
    return [f"{r['unique_id'].rpartition('zhenshu.')[2]} {r['execution_time']:.1f}" for r in ordered]


def measure(size: str, folder: Path) -> dict[str, object]:
    """Write the county if it is not there, build it whole, and once more with nothing changed."""
    towns, households, form = SIZES[size]
    data, found = folder / size, {}
    if not data.exists():
        done = spent([*ZHENSHU, "sample", data, "--towns", towns, "--households", households, "--months", 1, "--as", form])
        found = {"written": {"clock": done.clock, "cpu": done.cpu, "mib": done.mib}}
    return found | (as_seeds(data) if form == "seeds" else as_workbooks(data, towns))


def as_workbooks(data: Path, towns: int) -> dict[str, object]:
    """A county of workbooks: built whole, again with nothing changed, and with one workbook changed or one county's pages."""
    whole = spent([*ZHENSHU, "build", "--full", "--data", data])
    steps = json.loads((data / "target/steps.json").read_text(encoding="utf-8"))
    taken = {name: {key: steps[name][key] for key in ("clock", "cpu")} for name in ("intake", "dbt", "publish")}
    found = {"clock": whole.clock, "cpu": whole.cpu, "mib": whole.mib, "steps": taken, "dbt": within_dbt(data), "slowest": slowest(data)}
    again = spent([*ZHENSHU, "build", "--data", data])
    found["unchanged"] = {"clock": again.clock, "cpu": again.cpu}
    if towns > 100:
        return found | {"publish_one_county": publish_one(data)}
    changed = county_with_a_change(data)
    found["one_changed"] = {"clock": changed.clock, "cpu": changed.cpu}
    return found


def county_with_a_change(data: Path) -> Spent:
    """Build once more after one workbook has changed: a town's file comes under a second name, and goes again."""
    first = min(p for p in (data / "workbooks").rglob("*") if p.is_file())
    second = first.with_name(f"{first.stem}（更正）{first.suffix}")
    second.write_bytes(first.read_bytes())
    try:
        return spent([*ZHENSHU, "build", "--data", data])
    finally:
        second.unlink()


def as_seeds(data: Path) -> dict[str, object]:
    """A county that is there as seeds: dbt alone, and the pages of one of its counties."""
    (data / "warehouse/work/zhenshu.duckdb").unlink(missing_ok=True)
    folders = ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", data / "target", "--log-path", data / "logs"]
    done = spent([BIN / "dbt", "--quiet", "build", *folders], ZHENSHU_DATA=str(data))
    found = {"clock": done.clock, "cpu": done.cpu, "mib": done.mib, "dbt": within_dbt(data), "slowest": slowest(data)}
    return found | {"publish_one_county": publish_one(data)}


def publish_one(data: Path) -> dict[str, float]:
    from zhenshu.publish import counties

    done = spent([*ZHENSHU, "publish", "--data", data, "--county", min(counties(data))])
    return {"clock": done.clock, "cpu": done.cpu, "mib": done.mib}


def growth(found: dict[str, dict]) -> dict[str, float]:
    """Exponents of CPU beyond start-up between neighbouring sizes; without reading and pages where one of them has none."""
    exponents, names = {}, [n for n in SIZES if n in found and n != "start"]
    for one, other in pairwise(names):
        wholes = "steps" in found[one] and "steps" in found[other]
        cpu = [f["cpu"] if wholes or "steps" not in f else f["steps"]["dbt"]["cpu"] for f in (found["start"], found[one], found[other])]
        if min(cpu[1], cpu[2]) > cpu[0]:
            factor = math.log(SIZES[other][1] / SIZES[one][1])
            exponents[f"{one} to {other}"] = math.log((cpu[2] - cpu[0]) / (cpu[1] - cpu[0])) / factor
    return exponents


def lines(found: dict[str, dict]) -> list[str]:
    """The figures for people."""
    said = []
    for size, about in found.items():
        said.append(f"{size}: {about['clock']:.0f} s clock, {about['cpu']:.0f} s CPU, {about['mib']:,.0f} MiB")
        for key in ("written", "steps", "unchanged", "one_changed", "publish_one_county", "dbt"):
            if key in about:
                said.append(f"    {key}: {json.dumps(about[key], default=str)}")
        said.append(f"    slowest nodes: {', '.join(about['slowest'])}")
    return [*said, *(f"growth {between}: exponent {value:.2f} (goal at most 1.05)" for between, value in growth(found).items())]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sizes", nargs="*", choices=list(SIZES), default=list(QUICK))
    arguments.add_argument("--county", type=Path, help="where the counties are written and kept")
    given = arguments.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = given.county or Path(name)
        found = {size: measure(size, folder) for size in dict.fromkeys(["start", *given.sizes])}
    print(*lines(found), sep="\n")


if __name__ == "__main__":
    main()
