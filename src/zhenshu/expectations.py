"""Great Expectations over published tables: suites in expectations/suites/*.json become rows of `expectation_result`.

A suite is JSON alone: {"name", "meta": {"table"}, "expectations": [{"type", "kwargs", "severity", "notes"}]}.
Severity `critical` stops publication (error); `warning` and `info` are shown.
"""

import copy
import json
import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

from .contract import PROJECT, Form, forms

SEVERITY = {"critical": "error", "warning": "warning", "info": "info"}
# judged row by row, so that a part of the rows at a time gives the same; other expectations see the whole table
ROW_WISE = {
    f"expect_column_{what}"
    for what in (
        "values_to_not_be_null",
        "values_to_be_between",
        "values_to_be_in_set",
        "values_to_not_be_in_set",
        "pair_values_a_to_be_greater_than_b",
    )
}
VECTORS = 100  # of 2,048 rows each
COLUMNS = ["suite", "expectation", "table_name", "column_name", "success", "severity", "unexpected_count", "examples", "note"]


def read_suites(folders: Iterable[Path]) -> list[dict]:
    """Suites by folder and file name. Raises ValueError naming the file for broken JSON or a suite without table or notes."""
    suites = []
    for path in (p for folder in folders for p in sorted(folder.glob("*.json"))):
        try:
            suite = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}: not JSON: {error}") from error
        if not suite.get("meta", {}).get("table"):
            raise ValueError(f'{path}: "meta" must name the "table" that is checked')
        nameless = [e.get("type", "?") for e in suite.get("expectations", []) if not e.get("notes")]
        if nameless:
            raise ValueError(f'{path}: every expectation says in "notes" why it is checked; missing for {", ".join(nameless)}')
        suites.append(suite)
    return suites


def run(folders: Iterable[Path], table: Callable[[str], duckdb.DuckDBPyRelation | pd.DataFrame]) -> pd.DataFrame:
    """Validate every suite against `table(name)`; one row per expectation, columns as in COLUMNS.

    An expectation that raises (an absent column, say) is a failed row with the exception as its example, never a silent pass.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    # takes seconds to import: only here, and once; where PySpark is installed it warns of its pandas, which is not used
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

    # this one sets a level of its own
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("published")
    rows = []
    for suite in read_suites(folders):
        name, checked, wanted = suite["name"], suite["meta"]["table"], suite["expectations"]
        whole = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("whole")
        outcomes: dict[int, list] = {n: [] for n in range(len(wanted))}
        for of_parts in (True, False):
            # results come back in an order of their own: the number in meta says whose they are
            chosen = [
                e | {"meta": {"n": n}} for n, e in enumerate(wanted) if (e["type"] in ROW_WISE and "mostly" not in e["kwargs"]) == of_parts
            ]
            for part in _parts(table(checked), chosen, of_parts):
                # a copy each time: an expectation belongs to one suite only
                found = whole.get_batch({"dataframe": part}).validate(gx.ExpectationSuite(name=name, expectations=copy.deepcopy(chosen)))
                for outcome in found.results:
                    outcomes[outcome.expectation_config.meta["n"]].append(outcome)
        rows += [_row(name, checked, expectation, outcomes[n]) for n, expectation in enumerate(wanted)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _parts(table: duckdb.DuckDBPyRelation | pd.DataFrame, expectations: list[dict], in_parts: bool) -> Iterator[pd.DataFrame]:
    """The columns that the expectations speak of, some rows at a time where each row is judged by itself: a province is no data frame."""
    if not expectations:
        return
    if isinstance(table, pd.DataFrame):
        yield table
        return
    named = {c for e in expectations for c in _columns(e)} & set(table.columns)
    # in an order of their own, so that the examples are the same on every run and engine
    chosen = table.select(*map(duckdb.ColumnExpression, sorted(named) or table.columns)).order("all")
    if not in_parts:
        yield chosen.df()
        return
    chosen.execute()
    part = chosen.fetch_df_chunk(VECTORS)
    while True:
        yield part
        part = chosen.fetch_df_chunk(VECTORS)
        if part.empty:
            return


def _columns(expectation: dict) -> list[str]:
    kwargs = expectation["kwargs"]
    return [kwargs[k] for k in ("column", "column_A", "column_B") if kwargs.get(k)] or kwargs.get("column_list", [])


def gate(table: Callable[[str], duckdb.DuckDBPyRelation], count: Callable[[str, list[str]], list[int]]) -> pd.DataFrame:
    """All that stands before publishing, as rows of `expectation_run`: the project's suites, a county's own beside them, the raw forms."""
    folders = dict.fromkeys([PROJECT, Path(os.environ.get("ZHENSHU_DATA") or PROJECT)])
    result = pd.concat([run([folder / "expectations/suites" for folder in folders], table), run_raw(forms().values(), count)])
    return result.astype({"unexpected_count": "Int64"})


def counting(conditions: list[str]) -> str:
    """The aggregates of a select that counts the rows meeting each condition, in SQL that both engines read."""
    return ", ".join(f"count(case when {condition} then 1 end)" for condition in conditions)


def raw_suite(form: Form) -> list[tuple[str, str, str, str, str]]:
    """What the contract promises of a form's columns: (column, expectation, condition that a breach meets, severity, note)."""
    promised = []
    for column in form.columns.values():
        name, null, text = column.name, f"{column.name} is null", column.name
        if column.required:
            # a blank is the township's to mend, and named by intake (V15); the other two cannot come through intake at all
            promised.append((name, "expect_column_values_to_not_be_null", f"row_kind = 'detail' and {null}", "warning", "必填项"))
        if column.values:
            codes = ", ".join(f"'{value}'" for value in column.values)
            note = "只有规定的取值能入库"
            promised.append((name, "expect_column_values_to_be_in_set", f"{text} not in ({codes})", "error", note))
        if column.min is not None:
            promised.append((name, "expect_column_values_to_be_between", f"{text} < {column.min}", "error", f"不小于{column.min}"))
    return promised


def run_raw(forms: Iterable[Form], count: Callable[[str, list[str]], list[int]]) -> pd.DataFrame:
    """Check the raw columns of every form by its contract; `count(form, conditions)` gives the rows that meet each condition.

    Ledgers are too big for a data frame: one aggregate a form, in the engine. Rows as in COLUMNS; no example leaves the raw rows.
    """
    rows = []
    for form in forms:
        promised = raw_suite(form)
        for (column, expectation, _, severity, note), breaches in zip(promised, count(form.name, [p[2] for p in promised]), strict=True):
            rows.append((f"raw_{form.name}", expectation, form.name, column, breaches == 0, severity, breaches, "", note))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(suite: str, table: str, expectation: dict, outcomes: list) -> dict:
    """One row of what the parts of a table gave."""
    # GX keeps the exception flat or, for a failed metric, under the metric's name
    infos = [info for o in outcomes for info in (o.exception_info, *o.exception_info.values())]
    raised = [info for info in infos if isinstance(info, dict) and info.get("raised_exception")]
    if raised:
        examples = [raised[0]["exception_message"]]
    else:
        examples = [example for o in outcomes for example in o.result.get("partial_unexpected_list") or []]
    success = all(o.success for o in outcomes)
    if not success and not examples:
        examples = [o.result["observed_value"] for o in outcomes if "observed_value" in o.result]
    counts = [o.result["unexpected_count"] for o in outcomes if o.result.get("unexpected_count") is not None]
    return {
        "suite": suite,
        "expectation": expectation["type"],
        "table_name": table,
        "column_name": ", ".join(_columns(expectation)),
        "success": success,
        "severity": SEVERITY[expectation.get("severity", "critical")],
        "unexpected_count": sum(counts) if counts else None,
        "examples": "; ".join(_plain(e) for e in examples[:5]),
        "note": expectation["notes"],
    }


def _plain(example) -> str:
    """An unexpected value as text: numpy's wrapping off, a pair as a ／ b."""
    if isinstance(example, tuple | list):
        return " ／ ".join(_plain(e) for e in example)
    return str(example.item() if hasattr(example, "item") else example)
