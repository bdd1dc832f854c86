"""Evidence: from any figure of a township to its cells, its ledgers' rows and its identities. The figures lie in script files by period,
which the page loads when it is asked for one: a page read from a folder may load scripts, and nothing else."""

import json
from collections import defaultdict
from decimal import Decimal

import duckdb
from IPython.display import HTML
from markupsafe import Markup

from . import downloads
from .contract import forms
from .county import County, data_folder
from .figures import NONE, Row, change, figure, period_label, row_decimals
from .markup import interval_text, paragraph, value_text, verdict_of
from .tables import identity_words, only_reported, part_name
from .town_page import in_order
from .versions import warehouse
from .words import name_of, t

DIMENSIONS = ("village", "fund_year", "fund_level", "visit_type", "exit_year", "school_place", "stage", "program", "item")
VALUES = ("value", "numerator", "denominator", "lower_95", "upper_95", "reported_value", "difference")


def page(county: County, town: str) -> HTML:
    """The page's frame, and the files it loads."""
    if county.is_public:
        return HTML(paragraph(t("公开版不含数字的逐格出处。"), "warning"))
    rows = county.of_town(county.figures, town)
    if not rows:
        return HTML(paragraph(t("这个乡镇没有任何指标值。"), "warning"))
    periods = sorted({(r["period_start"], r["period_end"]) for r in rows}, key=lambda p: (-p[1].toordinal(), p[0]))
    for period in periods:
        _write_period(county, town, period, [r for r in rows if (r["period_start"], r["period_end"]) == period])
    _write_ledgers(county, town)
    options = Markup("").join(
        Markup('<option value="{}_{}">{}</option>').format(*p, f"{period_label(*p)}（{p[0]}—{p[1]}）") for p in periods
    )
    about = {"town": town, "name": county.towns.get(town, {}).get("town_name", town), "definitions": _index(county)["definitions"]}
    return HTML(
        Markup(
            '<p class="pick"><label>{} <select id="ev-period">{}</select></label> <label>{} <input id="ev-find" type="search"></label></p>'
            '<div id="evidence" aria-live="polite"></div><div id="ev-list"></div>{}'
        ).format(t("时期"), options, t("查找指标"), json_block("about", about))
    )


def json_block(name: str, content: object) -> Markup:
    """Data inside a page that a browser cannot take for tags."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=plain).replace("<", "\\u003c")
    return Markup(f'<script type="application/json" id="{name}">{text}</script>')


def put(name: str, content: object) -> None:
    """A data file: a script that hands its content to the page."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=plain).replace("<", "\\u003c")
    downloads.write_file(f"data/{name}.js", f'zhenshu.put("{name}",{text});\n')


def plain(value: object) -> object:
    """What JSON does not know: decimals stay the digits they are."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _definitions(county: County) -> dict[str, list[object]]:
    found = {}
    for code in in_order(county):
        entry = county.registry.get(code) or {}
        name = name_of(county.registry, code, county.indicators[code]["indicator_name"])
        found[code] = [name, entry.get("numerator"), entry.get("denominator"), entry.get("denominator_wording"), entry.get("source")]
    for r in county.figures:
        found.setdefault(str(r["indicator"]), [r["indicator_name"], None, None, None, None])
    return found


def _write_period(county: County, town: str, period: tuple, rows: list[Row]) -> None:
    of_period = _index(county)
    key = (town, *period)
    cells = [
        [
            r["indicator"],
            r["source_file"],
            r["source_sheet"],
            r["source_cell"],
            r["printed"],
            r["printed_unit"],
            r["reported_value"],
            _parts(r),
        ]
        for r in of_period["cells"].get(key, [])
    ]
    ledgers = [
        [r["indicator"], r["form"], r["form_title"], r["source_file"], r["source_sheet"], r["first_row"], r["last_row"], r["row_count"]]
        for r in of_period["ledger_sources"].get(key, [])
    ]
    refs = defaultdict(list)
    for c in of_period["identity_cells"].get(key, []):
        refs[_check(c)].append([c["source_file"], c["source_sheet"], c["source_cell"], c["coefficient"], c["value"]])
    checks = [_identity(county, r, refs[_check(r)]) for r in of_period["identities"].get(key, [])]
    put(
        f"e_{town}_{period[0]}_{period[1]}",
        {"figures": [_figure(county, r) for r in rows], "cells": cells, "ledgers": ledgers, "identities": checks},
    )


_indexed: dict[int, dict] = {}


def _index(county: County) -> dict[str, dict]:
    """Table -> township and period -> rows, and the definitions of all indicators; made once for a county."""
    if id(county) not in _indexed:
        _indexed.clear()
        placed = {name: _by_period(getattr(county, name)) for name in ("cells", "ledger_sources", "identity_cells", "identities")}
        _indexed[id(county)] = placed | {"definitions": _definitions(county)}
    return _indexed[id(county)]


def _by_period(rows: list[Row]) -> dict[tuple, list[Row]]:
    found = defaultdict(list)
    for r in rows:
        found[r["town_code"], r["period_start"], r["period_end"]].append(r)
    return found


def _check(row: Row) -> tuple:
    return (row["identity"], row["indicator"], row["breakdown_by"], row["breakdown"])


def _parts(row: Row) -> list[str]:
    return [str(row[d]) for d in DIMENSIONS if row[d] is not None]


def _figure(county: County, row: Row) -> list[object]:
    """A figure's exact values and its texts."""
    unit, kind, decimals = str(row["unit"]), str(row["kind"]), row_decimals(row)
    entry = county.registry.get(str(row["indicator"]), {})
    own = only_reported(row)
    texts = [
        NONE if own else value_text(row, decimals),
        *(None if row[c] is None else figure(row[c], county.unit(str(entry.get(c)))) for c in ("numerator", "denominator")),
        interval_text(row, decimals),
        None if row["reported_value"] is None else figure(row["reported_value"], unit, "", decimals),
        None if own or row["difference"] is None else change(row["difference"], unit, kind, decimals),
    ]
    where = [row[c] for c in ("source_file", "source_sheet", "source_cell")] if row["reported_value"] is not None else None
    # whole numbers are numerators of themselves: not said twice
    values = [row[c] if kind not in ("count", "amount") or c not in ("numerator", "denominator") else None for c in VALUES]
    if own:
        values[0] = values[6] = None
    kept = [row["denominator_wording"], row["interval_method"], row["reported_printed"], where]
    by = None if row["breakdown_by"] == "total" else row["breakdown_by"]
    return [row["indicator"], by, by and row["breakdown"], by and part_name(county, row), verdict_of(row), values, texts, *kept]


def _identity(county: County, row: Row, cells: list) -> list[object]:
    unit = county.unit(str(row["indicator"]))
    sides = [figure(row["left_value"], unit), row["operator"], figure(row["right_value"], unit), change(row["difference"], unit)]
    by = None if row["breakdown_by"] == "total" else row["breakdown_by"]
    name, sentence = identity_words(county, row)
    return [name, row["indicator"], by, by and row["breakdown"], row["passes"], sides, sentence, row["explanation"], cells]


def _write_ledgers(county: County, town: str) -> None:
    """The rows of the ledgers in force, as masked as they are stored, without the hashes of identity numbers."""
    used = defaultdict(set)
    for r in county.of_town(county.ledger_sources, town):
        used[r["form"]].add((r["source_file"], r["source_sheet"]))
    with duckdb.connect(str(warehouse(data_folder())), read_only=True) as connection:
        for form, sheets in used.items():
            columns = [c for c in forms()[str(form)].columns.values() if c.pii != "id"]
            named = ", ".join(f'"{c.name}"' for c in columns)
            rows = connection.execute(
                f"select source_file, source_sheet, source_row, {named} from seed.{form} where town_code = ? and row_kind = 'detail'"
                " order by source_file, source_sheet, source_row",
                [town],
            ).fetchall()
            kept = [r for r in rows if r[:2] in sheets]
            put(f"r_{town}_{form}", {"names": [c.name for c in columns], "heads": [c.header for c in columns], "rows": kept})
