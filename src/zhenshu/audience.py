"""What the public may see: no count of persons below five in health, disability and education, nothing to subtract one from, no records.

The rules are coarse on purpose, so that each closes a way of subtracting: a breakdown is shown whole or not at all, a whole goes with
its parts, the county's sum goes with any of its townships, a year shows one period, of a share's two counts the smaller goes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from .figures import Row
from .words import t

LIMIT = 5  # persons
FEWEST_HOUSEHOLDS = 3  # in a village
SUBJECTS = ("medical", "education")
WORDS = ("残疾", "患病", "大病", "慢病", "学生", "disab")
PERSONS = ("人", "人次")
HIDDEN = {
    "numerator": None,
    "denominator": None,
    "value": None,
    "lower_95": None,
    "upper_95": None,
    "reported_value": None,
    "reported_printed": None,
    "difference": None,
    "verdict": "suppressed",
    "source_file": None,
    "source_sheet": None,
    "source_cell": None,
    "is_target_met": None,
}
Group = tuple[str, object, object, str, str]  # town, period, indicator, breakdown_by


class Suppressed(Exception):
    """A written page holds what the public must not see."""


def is_sensitive(row: Row) -> bool:
    """Whether a figure speaks of people's health, disability or schooling."""
    return row["subject"] in SUBJECTS or any(word in str(row["indicator_name"]) for word in WORDS)


def suppress(county):
    """The county as the public may see it."""
    rows = [_without_cells(r) for r in _villages_merged(county.figures) if not _is_by_village_and_sensitive(r)]
    hidden = _hidden_groups(rows, county.registry)
    figures = [_hide(r) if is_sensitive(r) and _group(r) in hidden else r for r in rows]
    some_town = {(r["indicator"], r["period_start"], r["period_end"]) for r in figures if r["verdict"] == "suppressed"}
    sums = [
        r | {"value": None, "numerator": None, "denominator": None, "verdict": "suppressed"}
        if (r["indicator"], r["period_start"], r["period_end"]) in some_town
        else r
        for r in county.county_figures
    ]
    unscored = {_step(r) for r in figures if r["verdict"] == "suppressed" and r["breakdown_by"] == "total"}
    partly = {(r["town_code"], r["period_end"]) for r in county.score_lines if _step(r) in unscored}
    return replace(
        county,
        # a score's total less its other items would give the hidden item, and with it the share
        score_lines=[r for r in county.score_lines if _step(r) not in unscored],
        scores=[r for r in county.scores if (r["town_code"], r["period_end"]) not in partly],
        figures=figures,
        county_figures=sums,
        identities=[_outcome_only(r) for r in county.identities],
        identity_cells=[],
        ledger_sources=[],
        cells=[],
        problems=[r | {"found": None, "message": None, "cell": None, "source_file": None, "source_sheet": None} for r in county.problems],
        flags=[],
        expectations=[r | {"examples": None} for r in county.expectations],
        rankings=[r for r in county.rankings if (r["indicator"], r["period_start"], r["period_end"]) not in some_town],
        is_public=True,
    )


def _step(row: Row) -> tuple:
    return (row["town_code"], row["period_start"], row["period_end"], row["indicator"])


def _group(row: Row) -> Group:
    return (row["town_code"], row["period_start"], row["period_end"], row["indicator"], row["breakdown_by"])


def _without_cells(row: Row) -> Row:
    # a file's name may hold a person's
    return row | {"source_file": None, "source_sheet": None, "source_cell": None}


def _hide(row: Row) -> Row:
    return row | HIDDEN


def _outcome_only(row: Row) -> Row:
    return row | {"left_value": None, "right_value": None, "difference": None, "explanation": None}


def _is_by_village_and_sensitive(row: Row) -> bool:
    return row["breakdown_by"] == "village" and is_sensitive(row)


def _villages_merged(rows: Iterable[Row]) -> list[Row]:
    """Villages with fewer than three registered households, and the smallest other village of their township, as one figure: the
    township's figure minus the shown villages' never is that of one small village. Where even these are too few: none."""
    households = defaultdict(dict)
    rows = list(rows)
    for r in rows:
        if r["breakdown_by"] == "village" and r["indicator"] == "registered_households" and r["value"] is not None:
            seen = households[r["town_code"]]
            seen[r["breakdown"]] = min(seen.get(r["breakdown"], r["value"]), r["value"])
    merged, left_out = set(), set()
    for town, villages in households.items():
        ordered = sorted(villages.items(), key=lambda v: v[1])
        small = [v for v in ordered if v[1] < FEWEST_HOUSEHOLDS]
        together = [(town, name) for name, _ in ordered[: len(small) + 1]] if small else []
        enough = len(together) > 1 and sum(n for _, n in ordered[: len(together)]) >= FEWEST_HOUSEHOLDS
        (merged if enough else left_out).update(together)
    kept, taken = [], defaultdict(list)
    for r in rows:
        village = (r["town_code"], r["breakdown"]) if r["breakdown_by"] == "village" else None
        if village in merged:
            taken[_group(r)].append(r)
        elif village not in left_out:
            kept.append(r)
    # where one of them alone has a figure, its villages' figures go: it would be the small village's own, or what the others leave
    alone = {group for group, parts in taken.items() if len(parts) == 1}
    return [r for r in kept if _group(r) not in alone] + [_as_one(parts) for group, parts in taken.items() if group not in alone]


def _as_one(parts: list[Row]) -> Row:
    """The figure of several villages together: counts and amounts added up, shares as the ratio of their sums, unknown where a part is."""

    def total(name: str) -> Decimal | float | None:
        found = [r[name] for r in parts]
        return None if None in found else sum(found)

    top, bottom = total("numerator"), total("denominator")
    share = float(top / bottom) if top is not None and bottom else None
    value = total("value") if parts[0]["kind"] in ("count", "amount") else share
    verdicts = {r["verdict"] for r in parts}
    verdict = verdicts.pop() if len(verdicts) == 1 else "not reported"
    told = {"breakdown": t("{n}个村合并", n=len(parts)), "numerator": top, "denominator": bottom, "value": value}
    return _hide(parts[0]) | told | {"verdict": "not computable" if value is None else verdict}


def is_small(value: object) -> bool:
    """A count of persons that points at them."""
    return value is not None and Decimal(str(value)) < LIMIT


def _hidden_groups(rows: list[Row], registry: dict[str, Row]) -> set[Group]:
    """The groups (a figure's whole, or all its parts of one kind) that must go, until nothing more follows."""
    sensitive = [r for r in rows if is_sensitive(r)]
    hidden = {_group(r) for r in sensitive if _is_small_cell(r, registry)} | _earlier_periods(sensitive)
    small_places = {_place(r) for r in sensitive if r["unit"] in PERSONS and r["kind"] == "count" and is_small(r["value"])}
    hidden |= {_group(r) for r in sensitive if _place(r) in small_places and r["kind"] != "count"}
    groups = {_group(r) for r in sensitive}
    ratios = [(c, e["numerator"], e["denominator"]) for c, e in registry.items() if e["numerator"] and e["denominator"]]
    while True:
        more = set()
        for town, start, end, indicator, by in hidden:
            at = (town, start, end)
            more |= {(*at, code, by) for code, top, bottom in ratios if indicator in (top, bottom)}
            more |= {(*at, registry[indicator]["numerator"], by)} if indicator in registry and registry[indicator]["numerator"] else set()
        more |= _parts_of(hidden, groups)
        more = (more & groups) - hidden
        if not more:
            return hidden
        hidden |= more


def _parts_of(hidden: set[Group], groups: set[Group]) -> set[Group]:
    """All parts of the wholes that are hidden."""
    wholes = {g[:4] for g in hidden if g[4] == "total"}
    return {g for g in groups if g[:4] in wholes}


def _place(row: Row) -> tuple:
    return (row["town_code"], row["period_start"], row["period_end"], row["subject"], row["breakdown_by"], row["breakdown"])


def _is_small_cell(row: Row, registry: dict[str, Row]) -> bool:
    if row["unit"] in PERSONS and row["kind"] == "count":
        return is_small(row["value"]) or is_small(row["reported_value"])
    entry = registry.get(row["indicator"], {})
    counted = [registry.get(entry.get(c), {}).get("unit") in PERSONS for c in ("numerator", "denominator")]
    top, bottom = row["numerator"], row["denominator"]
    if any(known and is_small(n) for known, n in zip(counted, (top, bottom), strict=True)):
        return True
    # the others: those who are not in the numerator
    return all(counted) and top is not None and bottom is not None and 0 < bottom - top < LIMIT


def _earlier_periods(rows: list[Row]) -> set[Group]:
    """All periods of a figure but its last longest one: of two cumulative figures the difference is a month."""
    periods = defaultdict(set)
    for r in rows:
        periods[r["town_code"], r["indicator"]].add((r["period_start"], r["period_end"]))
    kept = {key: min(found, key=lambda p: (-p[1].toordinal(), p[0])) for key, found in periods.items()}
    return {_group(r) for r in rows if (r["period_start"], r["period_end"]) != kept[r["town_code"], r["indicator"]]}
