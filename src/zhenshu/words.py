"""The pages' language: texts are written in Chinese in the code; their English stands in assets/english.csv, registries bring their own."""

import csv
import os
from functools import cache
from importlib.resources import files

Row = dict[str, object]


def is_english() -> bool:
    """Whether the pages are being written in English (`zhenshu publish --lang en`)."""
    return os.environ.get("ZHENSHU_LANG") == "en"


@cache
def english() -> dict[str, str]:
    """Chinese text -> English text."""
    with (files("zhenshu") / "assets/english.csv").open(encoding="utf-8", newline="") as lines:
        return {row["zh"]: row["en"] for row in csv.DictReader(lines)}


def t(text: str, /, **values: object) -> str:
    """A text in the pages' language with its values filled in."""
    said = english().get(text, text) if is_english() else text
    return said.format(**values) if values else said


def name_of(registry: dict[str, Row], code: str, otherwise: object = None) -> str:
    """An indicator's name in the pages' language; one outside the registry keeps its own."""
    entry = registry.get(code)
    if entry is None:
        return str(otherwise or code)
    return str((entry["name_en"] if is_english() else entry["name_zh"]) or otherwise or code)


def registry_text(entry: Row, chinese: str, english_column: str) -> str:
    """A registry row's text in the pages' language, from the column that holds it."""
    return str((entry[english_column] if is_english() else None) or entry[chinese])
