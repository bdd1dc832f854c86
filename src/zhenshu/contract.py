"""The forms' contract: what `seeds/township/_township__seeds.yml` says about headings, units, types and codes.

It is read here and nowhere else, so that intake, blank forms and checks cannot disagree about a form.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
CONTRACT = PROJECT / "seeds/township/_township__seeds.yml"
ORIGIN = ("source_file", "source_sheet", "source_row", "source_column")
EXAMPLE_MARK = "示例行"  # in the remark column of a blank form: the row is not data
FIGURES = {"integer", "decimal", "percent"}


@dataclass(frozen=True)
class Column:
    """One column of a form, as its `config.meta` declares it."""

    name: str
    header: str
    aliases: tuple[str, ...] = ()
    type: str = "text"
    unit: str | None = None
    values: tuple[str, ...] = ()
    spellings: dict[str, str] = field(default_factory=dict, hash=False)
    required: bool = False
    min: int | None = None
    pii: str | None = None
    amount_unit_from: str | None = None

    @property
    def is_figure(self) -> bool:
        return self.type in FIGURES


@dataclass(frozen=True)
class Form:
    """One form: its columns by name, and every heading that means one of them."""

    name: str
    kind: str
    title: str
    sheets: tuple[str, ...]
    columns: dict[str, Column]
    headings: dict[str, str]
    seed_columns: tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def heading_key(text: str) -> str:
    """A heading without what never changes its meaning: width, spaces, line breaks, a bracketed remark at its end."""
    plain = re.sub(r"[\s\u200b-\u200f\ufeff]|_x000[0-9A-F]_", "", unicodedata.normalize("NFKC", text)).strip("*:")
    return re.sub(r"(?<=.)(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕)$", "", plain)


def read_seed(path: Path) -> list[dict[str, str]]:
    """Rows of a seed CSV as text; an absent file has none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _form(seed: dict, spellings: dict[str, dict[str, str]]) -> Form:
    meta = seed["config"]["meta"]
    columns: dict[str, Column] = {}
    headings: dict[str, str] = {}
    for entry in seed["columns"]:
        facts = entry.get("config", {}).get("meta", {})
        if "header" not in facts:
            continue
        known = {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}
        # two forms may share a column's name and not its codes (status): a spelling counts where its value does
        usable = {s: v for s, v in spellings.get(entry["name"], {}).items() if v in (known.get("values") or ("是", "否"))}
        column = Column(name=entry["name"], spellings=usable, **known)
        columns[column.name] = column
        for heading in (column.header, *column.aliases):
            # 村 and 村（社区） differ only by a bracketed remark: the same heading, met twice
            if headings.setdefault(heading_key(heading), column.name) != column.name:
                raise ValueError(f"{seed['name']}: heading {heading} means two columns")
    return Form(
        name=seed["name"],
        kind=meta["kind"],
        title=meta["title"],
        sheets=tuple(meta["sheets"]),
        columns=columns,
        headings=headings,
        seed_columns=tuple(entry["name"] for entry in seed["columns"]),
    )


def seed_columns(name: str) -> tuple[str, ...]:
    """The declared columns of any township seed, in order."""
    return next(tuple(c["name"] for c in s["columns"]) for s in _document()["seeds"] if s["name"] == name)


@cache
def _document() -> dict:
    return yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))


@cache
def forms() -> dict[str, Form]:
    """All forms by seed name."""
    spellings: dict[str, dict[str, str]] = {}
    for row in read_seed(PROJECT / "seeds/reference/code_spelling.csv"):
        spellings.setdefault(row["column_name"], {})[row["spelling"]] = row["value"]
    found = [s for s in _document()["seeds"] if s["config"]["meta"]["kind"] in ("ledger", "summary")]
    return {seed["name"]: _form(seed, spellings) for seed in found}
