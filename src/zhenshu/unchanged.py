"""The main job does not do again what would come out the same: a step whose inputs have not changed since it last succeeded, and whose
outputs are as it left them, is skipped, and what it said is said again.

Inputs count by their content, the program's own code and the versions of its libraries among them. The memory is the county's
`target/steps.json`: whoever clears `target/` has everything done anew.
"""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from .contract import CONTRACT, PROJECT
from .versions import WAREHOUSE, latest

PACKAGE = Path(__file__).parent
LIBRARIES = ("dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "nbconvert", "openpyxl", "plotly", "polars", "python-calamine")
# of no consequence: bytecode, and the mark of a workbook that somebody has open
PASSED_OVER = ("__pycache__", "~$")
CODE = ("models", "macros", "tests/dbt", "dbt_project.yml", "profiles.yml")
NAMES = {"intake": "读表", "dbt": "构建", "publish": "页面"}


class Saying:
    """Says lines to people and keeps them to be said again."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.complete = True  # false where something is left to be done next time

    def __call__(self, line: str, on_screen: bool = False) -> None:
        self.lines.append(line)
        if not on_screen:
            click.echo(line)


class Steps:
    """The steps of one county's main job."""

    def __init__(self, data: Path, anew: bool = False) -> None:
        self.data, self.anew, self.path = data, anew, data / "target/steps.json"
        try:
            self.known = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # a memory that cannot be read is none
            self.known = {}

    def run(self, name: str, work: Callable[[Saying], bool]) -> bool:
        """What `work` returned, now or when the same was done before. It is told where to say things."""
        inputs = self._inputs(name)
        before = self.known.get(name)
        if before and not self.anew and before["inputs"] == inputs and before["outputs"] == self._outputs(name):
            click.echo(f"{NAMES[name]}：内容和程序都没有变化，沿用上次的结果（全部重做：zhenshu build --full）")
            for line in before["said"]:
                click.echo(line)
            return before["returned"]
        self._remember(name, None)
        clock, before_work = time.perf_counter(), os.times()
        returned = work(say := Saying())
        # of this process and those it waited for
        taken = {"clock": time.perf_counter() - clock, "cpu": sum(os.times()[:4]) - sum(before_work[:4])}
        # a build that failed is tried again; an intake that refused a cell has done all it can
        if say.complete and (returned or name == "intake"):
            self._remember(name, {"inputs": inputs, "outputs": self._outputs(name), "said": say.lines, "returned": returned} | taken)
        return returned

    def tried_out(self) -> bool:
        """Whether dbt's unit tests, which try the models on rows of their own, have passed with the present code."""
        return not self.anew and self.known.get("unit_tests") == fingerprint(self._code())

    def remember_tried_out(self, passed: bool) -> None:
        """Keep the outcome of the unit tests."""
        self._remember("unit_tests", fingerprint(self._code()) if passed else None)

    def _code(self) -> list[Path]:
        return [PACKAGE, *(PROJECT / part for part in CODE), *sorted((PROJECT / "seeds").rglob("*.yml"))]

    def _inputs(self, name: str) -> str:
        data = self.data
        lists = [data / "seeds/reference", PROJECT / "seeds/reference"]
        files = {
            "intake": [data / "workbooks", data / "county.key", *lists, CONTRACT, PACKAGE],
            "dbt": [data / "seeds", PROJECT / "seeds", data / "expectations", PROJECT / "expectations", *self._code()],
            "publish": [PROJECT / "notebooks", CONTRACT, PACKAGE],
        }
        beside = {
            "intake": "",
            "dbt": repr(sorted(pair for pair in os.environ.items() if pair[0].startswith("DBT_"))),
            # the warehouse is as it was built, or it is not: its time and size say so without reading it
            "publish": _left(self._warehouse()),
        }
        return fingerprint(files[name]) + hashlib.sha256(beside[name].encode()).hexdigest()

    def _outputs(self, name: str) -> str:
        data = self.data
        if name == "intake":
            return fingerprint([data / "seeds/township"]) + _left([data / "returns"])
        return _left(self._warehouse() if name == "dbt" else [latest(data / "site")])

    def _warehouse(self) -> list[Path]:
        return [latest(self.data / WAREHOUSE)]

    def _remember(self, name: str, what: object) -> None:
        if what is None and name not in self.known:
            return
        self.known[name] = what
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.known, ensure_ascii=False), encoding="utf-8")
        os.replace(new, self.path)


def fingerprint(places: Iterable[Path]) -> str:
    """One digest of every file in these places, by name and content; a place that is not there counts as such."""
    total = hashlib.sha256(_versions().encode())
    for place in places:
        total.update(b"\0" + os.fsencode(place))
        for path in _files(place):
            content = _content(path, *_stat(path)) if path.is_file() else b"folder"
            total.update(b"\0" + os.fsencode(path.relative_to(place)) + b"\0" + content)
    return total.hexdigest()


def _left(places: Iterable[Path]) -> str:
    """How outputs stand, without reading them: names, sizes, times of the last change."""
    total = hashlib.sha256()
    for place in places:
        for path in _files(place):
            total.update(repr((os.fsencode(path), _stat(path))).encode())
        total.update(b"there" if place.exists() else b"gone")
    return total.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    below = sorted(place.rglob("*")) if place.is_dir() else [place] * place.exists()
    return (p for p in below if not any(part.startswith(PASSED_OVER) for part in p.parts))


def _stat(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns


@lru_cache(maxsize=1 << 16)
def _content(path: Path, size: int, changed: int) -> bytes:  # what several steps read is read once
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@cache
def _versions() -> str:
    return " ".join((platform.python_version(), *map(_version, LIBRARIES)))


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"
