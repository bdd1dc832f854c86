"""Every benchmark in one run: `python benchmarks/run.py [--quick] [--province] [--out results.json] [NAME ...]`; named, only these.

Writes one JSON file with machine, versions, commit and what each benchmark found. `--quick` leaves out the prefecture and five of
the six counties of detection; `--province` adds the province, which takes most of an hour.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import build
import pandas_build
import seeds
from measuring import ZHENSHU, Spent, machine, spent

HERE = Path(__file__).parent


def script(name: str, *arguments: str) -> dict[str, object]:
    """A benchmark that prints: its output as it stands."""
    done = spent([sys.executable, HERE / name, *arguments])
    return {"command": f"python benchmarks/{name} {' '.join(arguments)}".strip(), "clock": done.clock, "said": done.said.splitlines()}


def facts(households: int, months: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        data, out = Path(name) / "county", Path(name) / "out"
        out.mkdir()
        spent([*ZHENSHU, "sample", data, "--towns", 17, "--households", households, "--months", months])
        return {what: vars(v) if isinstance(v, Spent) else v for what, v in pandas_build.measure(data, out).items()}


def builds(sizes: list[str]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        found = {size: build.measure(size, Path(name)) for size in ("start", *sizes)}
    return {"sizes": found, "growth": build.growth(found), "said": build.lines(found)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--province", action="store_true")
    arguments.add_argument("--out", type=Path, default=Path("benchmark-results.json"))
    arguments.add_argument("names", nargs="*", help="which of them; all if none is named")
    given = arguments.parse_args()
    sizes = [*build.QUICK, *([] if given.quick else ["prefecture"]), *(["province"] if given.province else [])]
    work = {
        "seeds": lambda: (found := seeds.measure(1_000_000, 3 if given.quick else 5)) | {"said": seeds.judged(found)},
        "build": lambda: builds(sizes),
        "pandas_build": lambda: facts(34_332, 3),
        "intake": lambda: script("intake.py"),
        "sample": lambda: script("sample.py", "county"),
        "publish": lambda: script("publish.py", "--months", "3", "--measured", "2"),
        "detection": lambda: script("detection.py", *(["101"] if given.quick else ["101", "202", "303", "404", "505", "606"])),
    }
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()
    results: dict[str, object] = {"commit": commit, "machine": machine()}
    if unknown := set(given.names) - set(work):
        arguments.error(f"no benchmark {', '.join(sorted(unknown))}: there are {', '.join(work)}")
    for name, run in ((n, work[n]) for n in given.names or work):
        start = time.perf_counter()
        results[name] = run() | {"seconds": round(time.perf_counter() - start)}
        # written after each: an hour's work is not lost to the last of them
        given.out.write_text(json.dumps(results, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
        print(f"{name}: {results[name]['seconds']} s", *results[name].get("said", []), sep="\n  ", flush=True)
    print(f"all: {sum(r['seconds'] for n, r in results.items() if n in work)} s; {given.out}")


if __name__ == "__main__":
    main()
