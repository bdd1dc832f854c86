"""How many planted slips the checks find, and how often the first explanation is the truth: `python benchmarks/detection.py [SEED ...]`.

For each seed a practice county with 400 slips is written, built by the main command, and its answer key held against what a person would
see: intake's problems, failed identities with their cells, flags on ledger rows, submissions, verdicts. Misses are printed by kind.
"""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb

from zhenshu.contract import PROJECT
from zhenshu.values import plain

SEEDS = (11, 23, 42)
COUNTY = ["--towns", "17", "--households", "3000", "--months", "10", "--slips", "400"]
FAILED_CELLS = """
    select c.source_file, c.source_sheet, c.cell from intermediate.int_identity_cell as c
    inner join intermediate.int_identity_result as r
    using (identity, town_code, period_start, period_end, indicator, breakdown_by, breakdown)
    where not r.passes
"""
# what stands in no cell, such as a row left out, is found at its township, form and period
PLACES = """
    select distinct i.form, c.town_code, c.period_end from mart_identity_check as c inner join seed.indicator as i on c.indicator = i.code
    where not c.passes
"""
# the month after a wrong register does not follow from it
REGISTERS = "select distinct town_code from mart_identity_check where not passes and identity = 'register_balance'"


def build(folder: Path, seed: int) -> None:
    """A county with slips, read and built; its pages are not needed here."""
    commands = Path(sys.executable).parent
    subprocess.run([commands / "zhenshu", "sample", folder, "--seed", str(seed), *COUNTY], check=True, capture_output=True)
    subprocess.run([commands / "zhenshu", "intake", "--data", folder], check=False, capture_output=True)  # status 1: problems were planted
    dbt = [commands / "dbt", "--quiet", "build", "--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", folder / "target"]
    environment = os.environ | {"ZHENSHU_DATA": str(folder)}
    done = subprocess.run([*dbt, "--log-path", folder / "logs"], env=environment, capture_output=True, text=True, check=False)
    if not (folder / "warehouse/zhenshu.duckdb").exists():
        raise SystemExit(done.stdout + done.stderr)


class Evidence:
    """What the warehouse says is wrong, by place."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection) -> None:
        def rows(sql: str) -> list[tuple]:
            return warehouse.execute(sql).fetchall()

        self.problems = rows("select source_file, source_sheet, cell from seed.intake_problem where severity <> 'notice'")
        self.cells = set(rows(FAILED_CELLS)) | {p for p in self.problems if p[2]}
        self.cells |= set(rows("select source_file, source_sheet, source_cell from mart_town_indicator where verdict = 'differs'"))
        self.rows = set(rows("select source_file, source_sheet, source_row from mart_record_flag"))
        self.rows |= {(f, s, int("".join(filter(str.isdigit, cell)))) for f, s, cell in self.problems if cell}
        self.sheets = {(f, s) for f, s, _ in self.problems}
        self.places, self.registers = set(rows(PLACES)), {town for (town,) in rows(REGISTERS)}
        named = "select source_file, source_sheet, {} from mart_identity_explanation where source_file is not null"
        self.cells |= set(rows(named.format("source_cell")))
        self.rows |= set(rows(named.format("source_row") + " and source_cell is null and explanation_rank = 1"))
        self.sent = defaultdict(set)
        for place_and_status in rows("select town_code, form, period_start, period_end, status, version from mart_submission"):
            self.sent[place_and_status[:4]] |= {place_and_status[4], place_and_status[5]}
        self.first = defaultdict(list)
        self.omitted = set(rows("select town_code, period_end, explained_value from mart_identity_explanation where kind = 'omitted'"))
        self.hints = {(f, s, c): m for f, s, c, m in rows("select source_file, source_sheet, cell, message from seed.intake_problem")}
        for file, sheet, cell, row, column, value, mends, tie, key in rows(
            "select source_file, source_sheet, source_cell, source_row, column_name, explained_value, mend_count, is_tie,"
            " concat_ws('#', identity, town_code, period_start, period_end, indicator, breakdown_by, breakdown)"
            " from mart_identity_explanation where explanation_rank = 1 and source_file is not null"
        ):
            self.first[key] = (file, sheet, cell, row, column, value, mends, tie)
        self.checks = defaultdict(set)  # cell or ledger row and column -> the failed checks it stands in
        for file, sheet, cell, row, column, key in rows(
            "select source_file, source_sheet, cell, source_row, column_name,"
            " concat_ws('#', identity, town_code, period_start, period_end, indicator, breakdown_by, breakdown)"
            " from intermediate.int_identity_to_explain where not passes"
        ):
            self.checks[file, sheet, cell or (row, column)].add(key)


SUMMARY_OF = {
    "household": "exit_summary",
    "register_change": "exit_summary",
    "medical_claim": "medical_summary",
    "education_grant": "education_summary",
    "fund_project": "fund_summary",
    "rectification": "indicator_summary",
}


# no identity holds these columns: what is wrong there is found by a rule or a verdict and explained by nothing
OUTSIDE = {("fund_project", "planned"), ("fund_project", "beneficiaries"), ("exit_summary", "population")}


def explainable(slip: dict) -> bool:
    """A digit slip in a cell that some identity holds; a row left out of a ledger, or one of noughts alone, shows nothing."""
    row_left_out = not slip["cell"]
    says_nothing = slip["form"] in SUMMARY_OF or not any(number(part) for part in slip["true"].split("｜")[2:])
    return slip["explainable"] and (slip["form"], slip["column"]) not in OUTSIDE and not (row_left_out and says_nothing)


def found(slip: dict, seen: Evidence) -> str:
    """'cell' (or the ledger's row), 'place' (township, form and period only), or ''."""
    file, sheet, cell, row = slip["file"], slip["sheet"], slip["cell"], slip["source_row"]
    sent = seen.sent[slip["town_code"], slip["form"], day(slip["period_start"]), day(slip["period_end"])]
    if slip["kind"] in ("missing form", "late form", "corrected second version"):
        sign = {"missing form": "missing", "late form": "late", "corrected second version": 2}[slip["kind"]]
        return "cell" if sign in sent else ""
    if slip["kind"] in ("wrong town in the title", "heading unknown"):
        return "cell" if (file, sheet) in seen.sheets else ""
    form, has_cell = SUMMARY_OF.get(slip["form"], slip["form"]), bool(cell)
    here = (form, slip["town_code"], day(slip["period_end"])) in seen.places
    if has_cell and ((file, sheet, cell) in seen.cells or (file, sheet, row) in seen.rows):
        return "cell"
    if not has_cell and here:
        return "cell" if form == slip["form"] else "place"  # a row left out of a summary has no cell; its form is all there is to name
    return "place" if here or (slip["form"] == "household" and slip["town_code"] in seen.registers) else ""


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def explained(slip: dict, seen: Evidence) -> str:
    """'first' where the explanation that mends most names the true cell and value, 'tie' where it is one of several, 'other', or ''."""
    if not slip["cell"]:  # a row left out: each of its figures, as one of its cells said it
        figures = {number(part) for part in slip["true"].split("｜")} - {None}
        said = {value for town, end, value in seen.omitted if (town, end) == (slip["town_code"], day(slip["period_end"]))}
        return "first" if figures & (said | {value / 10_000 for value in said}) else ""
    if f"应为 {plain(slip['true'])}" in seen.hints.get((slip["file"], slip["sheet"], slip["cell"]), ""):
        return "first"
    place = slip["cell"] if (slip["file"], slip["sheet"], slip["cell"]) in seen.checks else (slip["source_row"], slip["column"])
    firsts = [seen.first[key] for key in seen.checks[slip["file"], slip["sheet"], place] if seen.first[key]]
    if not firsts:
        return ""
    file, sheet, cell, row, column, value, _, tie = max(firsts, key=lambda each: each[6])
    here = (file, sheet, cell or (row, column)) == (slip["file"], slip["sheet"], place)
    true = number(slip["true"])
    same = here and true is not None and value in (true, true * 10_000, true / 100)
    return "tie" if tie else "first" if same else "other"


def number(text: str) -> Decimal | None:
    try:
        return Decimal(plain(text).replace(",", "").rstrip("元人户次%个万"))
    except InvalidOperation:
        return None


def main(seeds: list[int]) -> None:
    counts: dict[str, Counter] = defaultdict(Counter)
    misses = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            county = Path(folder) / "county"
            build(county, seed)
            with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
                seen = Evidence(warehouse)
            for slip in json.loads((county / "answer_key.json").read_text(encoding="utf-8")):
                count = counts[slip["kind"]]
                count["planted"] += 1
                where = found(slip, seen)
                count["detectable"] += slip["detectable"]
                count[where or "missed"] += slip["detectable"]
                if explainable(slip) and slip["detectable"]:
                    count["explainable"] += 1
                    how = explained(slip, seen) or "not"
                    count[f"explained {how}"] += 1
                    if how != "first":
                        misses.append((how, seed, slip["kind"], slip["form"], slip["file"], slip["cell"], slip["true"], slip["written"]))
                if slip["detectable"] and not where:
                    misses.append(
                        ("not found", seed, slip["kind"], slip["form"], slip["file"], slip["cell"], slip["true"], slip["written"])
                    )
    columns = ["planted", "detectable", "cell", "place", "missed", "explainable"]
    columns += [f"explained {how}" for how in ("first", "tie", "other", "not")]
    print("| kind | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 1))
    for kind, count in [*sorted(counts.items()), ("all", sum(counts.values(), Counter()))]:
        print(f"| {kind} | " + " | ".join(str(count[c]) for c in columns) + " |")
    for miss in misses:
        print(*miss, sep=" · ")


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or list(SEEDS))
