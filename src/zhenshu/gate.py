"""What a written page must not hold: an address outside its folder, and, for the public, anything that points at few persons."""

import json
import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

from .audience import LIMIT, PERSONS, SUBJECTS, WORDS, Suppressed
from .figures import Row

# ---- the check that nothing is fetched from elsewhere

URL_ATTRIBUTES = {"src", "href", "xlink:href", "srcset", "poster", "data", "action", "formaction", "background", "manifest", "ping"}
SCRIPT_ADDRESS = re.compile(r"(?:https?|wss?|ftp):/{2}[^\s\"'`<]*|(?<=[\"'`])/{2}[\w\[][^\s\"'`<]*", re.I)
# these draw maps, whose outlines and tiles plotly fetches from servers
MAP_TRACE = re.compile(r'"type"\s*:\s*"((?:scatter|choropleth|density)(?:geo|map|mapbox)?)"')
STYLE_ADDRESS = re.compile(r"url\(\s*[\"']?([^\"')]*)|@import\s+[\"']([^\"']*)", re.I)


def external_addresses(text: str, suffix: str = ".html") -> list[str]:
    """Every address outside the page's folder that a browser would load or follow from a page, a style sheet or a script of ours."""
    if suffix == ".css":
        return _in_style(text)
    if suffix == ".js":
        return [] if is_data(text) else _in_script(text)
    finder = _AddressFinder()
    finder.feed(text)
    finder.close()
    return finder.found


def is_data(text: str) -> bool:
    """Whether a script is one call that hands over JSON, and nothing else."""
    call = re.fullmatch(r'zhenshu\.put\("\w+",(.*)\);\n', text, re.S)
    if not call:
        return False
    try:
        json.loads(call[1])
    except ValueError:
        return False
    return True


def _leaves(address: str) -> bool:
    """Whether an address points outside the folder: a scheme or a host; browsers read \\ as / and skip control characters."""
    clean = re.sub(r"[\x00-\x20]", "", address).replace("\\", "/")
    return clean.startswith("//") or (bool(re.match(r"[a-z][a-z0-9+.-]*:", clean, re.I)) and not clean.lower().startswith("data:"))


def _in_style(text: str) -> list[str]:
    return [address for match in STYLE_ADDRESS.findall(text) for address in match if _leaves(address)]


def _in_script(text: str) -> list[str]:
    # plotly writes / as \u002f, others as \/: the browser sees the plain sign
    seen = re.sub(r"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})", lambda m: chr(int(m[1] or m[2], 16)), text, flags=re.I).replace("\\/", "/")
    maps = [kind for kind in MAP_TRACE.findall(seen) if kind not in ("scatter", "density")]
    return SCRIPT_ADDRESS.findall(seen) + [f"map chart {kind}" for kind in maps]


class _AddressFinder(HTMLParser):
    """Walks a page's tags, styles and inline scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # a block of JSON is text: a browser neither runs nor loads what stands in it
        self.inside = tag if tag in ("script", "style") and ("type", "application/json") not in attrs else ""
        for name, given in attrs:
            value = given or ""
            if name == "srcset":
                self.found += [part.strip() for part in value.split(",") if _leaves(part)]
            elif name in URL_ATTRIBUTES and _leaves(value):
                self.found.append(value)
            elif name == "style":
                self.found += _in_style(value)
            elif name == "srcdoc":
                self.found += external_addresses(value)
            elif name.startswith("on"):
                self.found += _in_script(value)
        if tag == "base" or (tag == "meta" and ("http-equiv", "refresh") in [(n, (v or "").lower()) for n, v in attrs]):
            self.found.append(self.get_starttag_text() or tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.inside = ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.found += _in_script(data)
        elif self.inside == "style":
            self.found += _in_style(data)


# ---- the check that public pages hold nothing about few persons

RECORD_FILES = re.compile(r"(?:^|/)(?:data/[er]_|evidence_)")


def check_public(site: Path, registry: dict[str, Row]) -> None:
    """Read the written pages as anybody would and refuse what the suppression should have taken out. Raises Suppressed."""
    found = _Figures(registry)
    for path in sorted(site.rglob("*")):
        name = found.page = path.relative_to(site).as_posix()
        if path.suffix == ".js" and name.startswith("data/") and name != "data/words.js":
            if RECORD_FILES.search(name):
                raise Suppressed(f"{name}: records and cells are not for the public")
            found.read_data(path.read_text(encoding="utf-8"))
        elif path.suffix == ".html":
            if RECORD_FILES.search(name) and "<data " in path.read_text(encoding="utf-8"):
                raise Suppressed(f"{name}: evidence is not for the public")
            found.feed(path.read_text(encoding="utf-8"))
    found.judge()


class _Figures(HTMLParser):
    """Collects every figure shown of a sensitive subject: county's and townships', by indicator, period and township."""

    def __init__(self, registry: dict[str, Row]) -> None:
        super().__init__()
        self.registry, self.page = registry, ""
        self.place: list[dict[str, str]] = []
        self.town: dict[tuple[str, str], dict[str, set[float]]] = defaultdict(lambda: defaultdict(set))
        self.whole: dict[tuple[str, str], set[float]] = defaultdict(set)
        self.small: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k.removeprefix("data-"): v or "" for k, v in attrs}
        if "table" in given:
            self.place = [given]
        if tag == "data" and self.place:
            self._take(self.place[0], given.get("column", "value"), float(given["value"]))

    def read_data(self, text: str) -> None:
        content = json.loads(text[text.index(",") + 1 : -3])
        code = content.get("code")
        for period in content.get("periods", []):
            for town, _, numbers, *_ in period["rows"]:
                at = {"table": "mart_town_indicator", "town": town, "indicator": code, "period": period["key"]}
                for column, number in zip(("value", "lower", "upper", "numerator", "denominator"), numbers, strict=True):
                    if number is not None:
                        self._take(at, column, float(number))
            if period["county"] and period["county"][0] is not None:
                at = {"table": "mart_county_indicator", "indicator": code, "period": period["key"]}
                self._take(at, "value", float(period["county"][0]))

    def _take(self, place: dict[str, str], column: str, number: float) -> None:
        code = place.get("indicator", "")
        entry = self.registry.get(code, {"subject": "", "unit": "", "kind": "", "name_zh": code})
        if entry["subject"] not in SUBJECTS and not any(w in str(entry["name_zh"]) for w in WORDS):
            return
        counted = {"value": code, "reported_value": code, "numerator": entry.get("numerator"), "denominator": entry.get("denominator")}
        base = self.registry.get(counted.get(column) or "", {})
        if base.get("unit") in PERSONS and base.get("kind") == "count" and abs(number) < LIMIT:
            self.small.append(f"{self.page}: {place} {column} {number:g}")
        if column == "value" and "part" not in place:
            key = (code, place.get("period", ""))
            if place["table"] == "mart_county_indicator":
                self.whole[key].add(number)
            elif place["table"] == "mart_town_indicator":
                self.town[key][place.get("town", "")].add(number)

    def judge(self) -> None:
        """Small counts as such, and a county's sum that lacks only a few of its townships."""
        if self.small:
            raise Suppressed(f"a count of fewer than {LIMIT} persons: {self.small[0]} (and {len(self.small) - 1} more)")
        for (code, period), sums in self.whole.items():
            entry = self.registry.get(code, {})
            if entry.get("unit") in PERSONS and entry.get("kind") == "count":
                shown = sum(max(values) for values in self.town[code, period].values())
                if any(0 < total - shown < LIMIT for total in sums):
                    raise Suppressed(f"{code} {period}: the county's sum less the townships shown leaves fewer than {LIMIT} persons")
