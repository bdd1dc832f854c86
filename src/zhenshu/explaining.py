"""The ground of explanations (int_identity_to_explain) as cells and checks for `explanation`, and its answers as rows."""

from decimal import Decimal
from itertools import groupby

import polars as pl
import pyarrow as pa
from duckdb import DuckDBPyRelation

from .contract import forms
from .explanation import Cell, Check, Explanation, conclusion, explain, sentence
from .values import factor

CHECK = ("identity", "town_code", "period_start", "period_end", "indicator", "breakdown_by", "breakdown")
PLACE = ("form", "source_file", "source_sheet", "source_row", "cell", "column_name")
FIGURE = pl.Decimal(38, 8)
SCHEMA = {
    **dict.fromkeys(CHECK, pl.String),
    "period_start": pl.Date,
    "period_end": pl.Date,
    "rank": pl.Int64,
    "is_tie": pl.Boolean,
    "kind": pl.String,
    **dict.fromkeys(PLACE, pl.String),
    "source_row": pl.Int64,
    "found_value": FIGURE,
    "explained_value": FIGURE,
    "explained_printed": pl.String,
    "mend_count": pl.Int64,
    "break_count": pl.Int64,
    "sentence": pl.String,
    "conclusion": pl.String,
}
MISSING = "合计比各分项之和多 {0:f}，也可能漏列了一个分项"
MOST = 10  # explanations kept of one check


def explain_ground(ground: DuckDBPyRelation) -> pa.Table:
    """The rows of int_identity_explanation, from those of int_identity_to_explain; each township is explained by itself."""
    ordered = ground.order("town_code, identity, indicator, period_start, period_end, breakdown_by, breakdown, cell_id")
    names = ordered.columns
    lines = (dict(zip(names, row, strict=True)) for row in iter(ordered.fetchone, None))
    rows = [row for _, town in groupby(lines, key=lambda line: line["town_code"]) for row in explain_town(list(town))]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").to_arrow()


def explain_town(lines: list[dict]) -> list[tuple]:
    """Rows as in SCHEMA for one township's lines of the ground; a broken identity that no slip explains has one row without a cell."""
    at = {line["cell_id"]: line for line in lines}
    labels = {cell: _label(line) for cell, line in at.items()}
    checks = {}
    for key, held in groupby(lines, key=lambda line: tuple(line[name] for name in CHECK)):
        checks["#".join(map(str, key))] = key, _check("#".join(map(str, key)), list(held))
    found = explain([_cell(cell, line, labels[cell]) for cell, line in at.items()], [check for _, check in checks.values()])
    rows = []
    for name, explanations in found.items():
        (key, check), said = checks[name], conclusion(explanations, labels)
        ranked = [_row(each, at[each.cell], labels[each.cell]) for each in explanations[:MOST]]
        if missing := _missing_part(key, check, at):
            ranked.append(
                (
                    bool(ranked),
                    "omitted",
                    *[None] * len(PLACE),
                    None,
                    missing,
                    f"{missing.normalize():f}",
                    1,
                    0,
                    MISSING.format(missing.normalize()),
                )
            )
            said = f"{said}；{ranked[-1][-1]}" if explanations else ranked[-1][-1]
        nothing = (False, None, *[None] * len(PLACE), None, None, None, None, None, None)
        rows += [(*key, n, *each, said) for n, each in enumerate(ranked or [nothing], 1)]
    return rows


def _missing_part(key: tuple, check: Check, at: dict[str, dict]) -> Decimal | None:
    """What a part without a row would be, where a total is more than its parts: it stands in no cell, and any shortfall would fit it."""
    if key[0] != "parts_make_total":
        return None
    short = check.constant + sum(c * at[cell]["value"] for cell, c in check.terms if at[cell]["value"] is not None)
    return short if short > check.tolerance else None


def _check(name: str, held: list[dict]) -> Check:
    """The identity as left side − right side; what no cell holds, such as a ledger's sum, is the constant."""
    one = held[0]
    terms = [(line["cell_id"], Decimal(line["coefficient"])) for line in held]
    stated = sum((c * line["value"] for (_, c), line in zip(terms, held, strict=True) if line["value"] is not None), Decimal(0))
    return Check(name, one["operator"], terms, one["difference"] - stated, one["tolerance"])


def _cell(name: str, line: dict, label: str) -> Cell:
    """A ledger's cell has no printed text in the warehouse: its digits are those of its value, its unit is 元 to the 分."""
    value, unit = line["value"], line["printed_unit"]
    neighbours = frozenset(line[name] for name in ("value_before", "value_after")) - {None}
    printed = line["printed"] or ("" if value is None else f"{value.normalize():f}")
    return Cell(
        name,
        value,
        printed,
        factor(unit) if unit else Decimal(1),
        line["half_unit"] if line["cell"] else Decimal("0.005"),
        label,
        neighbours,
    )


def _label(line: dict) -> str:
    """B7“基本医保”, or 第12行“总费用” in a ledger, with the sheet and file it is in."""
    heading = forms()[line["form"]].columns[line["column_name"]].header
    return f"{line['source_file']}〔{line['source_sheet']}〕{line['cell'] or '第' + str(line['source_row']) + '行'}“{heading}”"


def _row(each: Explanation, line: dict, label: str) -> tuple:
    place = [line[name] for name in PLACE]
    return each.is_tie, each.kind, *place, line["value"], each.value, each.printed, each.mends, each.breaks, sentence(each, label)
