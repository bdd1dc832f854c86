"""The county's published tables as pages read them: one state of the warehouse, read once, looked up by town, indicator and period."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import duckdb

from .audience import Suppressed, suppress
from .contract import PROJECT
from .figures import Row
from .versions import warehouse

PLACE = ("town_code", "period_start", "period_end", "indicator", "breakdown_by", "breakdown")
Period = tuple[object, object]

# table -> how its rows stand; rowid is a seed's own order, which is how a registry lists indicators and breakdowns
TABLES = {
    "figures": "select f.* from mart_town_indicator f left join seed.indicator i on i.code = f.indicator"
    " left join seed.breakdown b on b.breakdown_by = f.breakdown_by and b.breakdown = f.breakdown"
    " order by f.town_code, i.rowid nulls last, f.indicator, f.period_start, f.period_end,"
    " f.breakdown_by <> 'total', f.breakdown_by, b.rowid nulls last, f.breakdown",
    "county_figures": "from mart_county_indicator order by county_code, indicator, period_start, period_end",
    "identities": "from mart_identity_check order by town_code, identity, period_start, period_end, indicator, breakdown_by, breakdown",
    "identity_cells": "from mart_identity_cell order by town_code, identity, source_file, source_sheet, source_cell,"
    " period_start, period_end, indicator, breakdown_by, breakdown",
    "ledger_sources": "from mart_ledger_source order by town_code, period_start, period_end, indicator, form, source_file, source_sheet",
    "cells": "from fct_reported_indicator order by town_code, source_file, source_sheet, source_row, source_cell",
    "submissions": "from mart_submission order by town_code, form, period_start, period_end, version",
    "expectations": "from expectation_result order by suite, table_name, column_name, expectation",
    "problems": "from seed.intake_problem order by town_code, source_file, source_sheet, cell, rule_id, message",
    "identity_registry": "from seed.identity order by rowid",
    "terms": "from seed.identity_term order by rowid",
    "targets": "from seed.indicator_target order by rowid",
    "parameters": "from seed.parameter order by rowid",
    "breakdowns": "from seed.breakdown order by rowid",
}
# tables of other parts of the project: a page says so where they are not there
OPTIONAL = {
    "rankings": "from mart_town_ranking order by indicator, period_start, period_end, town_code",
    "scores": "from mart_score order by town_code, period_start, period_end",
    "score_lines": "from mart_score_sheet order by town_code, period_end, rule_id",
    "flags": "from mart_record_flag order by town_code, rule_id, source_file, source_sheet, source_row",
    "record_rules": "from seed.record_rule order by rowid",
    "scoring_rules": "from seed.scoring_rule order by rowid",
    "exits": "from mart_county_exit order by survey_year, survey_name, figure",
}


@dataclass(frozen=True)
class County:
    """The published tables; a public audience's county has no records and no small counts in it at all."""

    figures: list[Row] = field(default_factory=list)
    county_figures: list[Row] = field(default_factory=list)
    identities: list[Row] = field(default_factory=list)
    identity_cells: list[Row] = field(default_factory=list)
    ledger_sources: list[Row] = field(default_factory=list)
    cells: list[Row] = field(default_factory=list)
    submissions: list[Row] = field(default_factory=list)
    expectations: list[Row] = field(default_factory=list)
    problems: list[Row] = field(default_factory=list)
    identity_registry: list[Row] = field(default_factory=list)
    terms: list[Row] = field(default_factory=list)
    targets: list[Row] = field(default_factory=list)
    parameters: list[Row] = field(default_factory=list)
    breakdowns: list[Row] = field(default_factory=list)
    rankings: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)
    score_lines: list[Row] = field(default_factory=list)
    flags: list[Row] = field(default_factory=list)
    record_rules: list[Row] = field(default_factory=list)
    scoring_rules: list[Row] = field(default_factory=list)
    exits: list[Row] = field(default_factory=list)
    towns: dict[str, Row] = field(default_factory=dict)
    registry: dict[str, Row] = field(default_factory=dict)
    broken: str = ""
    is_public: bool = False

    def of(self, *indicators: str, breakdown_by: Sequence[str] = ()) -> list[Row]:
        """The figures of these indicators, whole and by these breakdowns, in the registry's order."""
        return [r for r in self.figures if r["indicator"] in indicators and r["breakdown_by"] in ("total", *breakdown_by)]

    @cached_property
    def totals(self) -> dict[tuple[str, str, Period], Row]:
        """Town, indicator and period -> its figure, whole."""
        whole = (r for r in self.figures if r["breakdown_by"] == "total")
        return {(r["town_code"], r["indicator"], (r["period_start"], r["period_end"])): r for r in whole}

    @cached_property
    def whole_county(self) -> dict[tuple[str, Period], Row]:
        """Indicator and period -> the county's figure, where all towns are of one county."""
        if len(self.counties) > 1:
            return {}
        return {(r["indicator"], (r["period_start"], r["period_end"])): r for r in self.county_figures}

    @cached_property
    def named_identities(self) -> dict[object, Row]:
        """Identity -> its row of the registry."""
        return {r["identity"]: r for r in self.identity_registry}

    @cached_property
    def part_names(self) -> dict[tuple[object, object], str]:
        """Breakdown and part -> its English name."""
        return {(r["breakdown_by"], r["breakdown"]): str(r["name_en"]) for r in self.breakdowns}

    @cached_property
    def counties(self) -> set[str]:
        """The counties whose townships have figures."""
        return {r["county_code"] for r in self.figures}

    @cached_property
    def indicators(self) -> dict[str, Row]:
        """Every indicator that has a figure, whole: one row that names it."""
        return {i: r for (_, i, _), r in self.totals.items()}

    @cached_property
    def periods(self) -> dict[str, list[Period]]:
        """Indicator -> periods in which some township has a figure, the latest first, of one day's the longest first."""
        found = defaultdict(set)
        for (_, indicator, period), row in self.totals.items():
            if row["value"] is not None or row["reported_value"] is not None or row["verdict"] == "contradicts":
                found[indicator].add(period)
        for indicator in self.indicators:
            found[indicator] |= set() if found[indicator] else {p for _, i, p in self.totals if i == indicator}
        return {i: sorted(found[i], key=lambda p: (-p[1].toordinal(), p[0])) for i in self.indicators}

    @cached_property
    def reporting(self) -> dict[str, str]:
        """Code and name of every township that sent anything, was to send anything, or has a figure."""
        seen = {r["town_code"] for rows in (self.figures, self.submissions, self.problems) for r in rows}
        listed = {c: r["town_name"] for c, r in self.towns.items() if c in seen}
        return listed or {c: r["town_name"] for c, r in self.towns.items()}

    def latest(self, town: str, indicator: str) -> Row | None:
        """A township's figure at its latest period."""
        for period in self.periods.get(indicator, ()):
            if row := self.totals.get((town, indicator, period)):
                return row
        return None

    def unit(self, indicator: str | None) -> str:
        """The unit an indicator is counted in; indicators outside the registry bring their own."""
        known = self.registry.get(indicator) or self.indicators.get(indicator) or {}
        return known.get("unit") or ""

    def of_town(self, rows: Iterable[Row], town: str) -> list[Row]:
        """Those rows of a table that are a township's."""
        return [r for r in rows if r["town_code"] == town]


def data_folder() -> Path:
    """The county's folder: `ZHENSHU_DATA`, else the project itself."""
    return Path(os.environ.get("ZHENSHU_DATA") or PROJECT)


def load(data: Path | None = None) -> County:
    """Read the published tables; the file is closed at once, so that a page never stands in the way of a build."""
    path = warehouse(data or data_folder())
    if not path.exists():
        raise FileNotFoundError(f"no warehouse at {path}: run `zhenshu build` first")
    changed = path.stat()
    audience, one = os.environ.get("ZHENSHU_AUDIENCE", "internal"), os.environ.get("ZHENSHU_COUNTY", "")
    return _load(path, changed.st_mtime_ns, changed.st_size, audience, one)


@lru_cache(maxsize=1)
def _load(path: Path, changed: int, size: int, audience: str, one: str) -> County:  # the pages of one site share what was read once
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            county = _read(connection, one)
    except duckdb.Error as error:
        # a page that says what is wrong is of more use than no page
        return County(broken=str(error).splitlines()[0].replace(str(path), path.name))
    return suppress(county) if audience == "public" else county


def _read(warehouse: duckdb.DuckDBPyConnection, one: str) -> County:
    """The tables; of one county by its code, where the warehouse holds many."""
    described = warehouse.execute("select schema_name, table_name, list(column_name) from duckdb_columns() group by all").fetchall()
    there = {f"{schema}.{table}": columns for schema, table, columns in described}

    def rows(sql: str) -> list[Row]:
        if one:
            before, order, after = sql.partition(" order by ")
            sql = f"{before}{_of_county(there[_table(sql)])}{order}{after}"
        cursor = warehouse.execute(sql, {"county": one} if "$county" in sql else None)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    optional = {k: sql for k, sql in OPTIONAL.items() if _table(sql) in there}
    return County(
        **{name: rows(sql) for name, sql in (TABLES | optional).items()},
        towns={r["town_code"]: r for r in rows("from seed.township order by town_code")},
        registry={r["code"]: r for r in rows("from seed.indicator order by rowid")},
    )


def _of_county(columns: list[str]) -> str:
    if "town_code" in columns:  # a problem whose town nobody knows may be any county's
        return " where town_code is null or town_code in (select town_code from seed.township where county_code = $county)"
    return " where county_code = $county" if "county_code" in columns else ""


def _table(sql: str) -> str:
    name = sql.partition("from ")[2].split()[0]
    return name if "." in name else f"main.{name}"


__all__ = ["PLACE", "County", "Period", "Suppressed", "data_folder", "load"]
