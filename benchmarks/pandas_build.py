"""The four facts as a careful analyst would script them with pandas and openpyxl, against `zhenshu build` on the same workbooks.

`python benchmarks/pandas_build.py [--households 34332] [--months 3]` writes a practice county of 17 towns without slips, lets both work
on it and holds every figure of the one against the other. The script reads the columns it needs, adds them up both as reported and from
the ledgers, and writes four .csv; it checks nothing, explains nothing, and hashes nobody's number. Headings and codes come from the
contract.
"""

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pandas as pd
from measuring import BIN, ZHENSHU, machine, spent
from pandas_intake import BOOLEAN, find_header, read_sheets

from zhenshu.contract import PROJECT

NEEDED = {
    "household": ("members", "status", "exit_year"),
    "medical_claim": (
        "visit_type",
        "total_cost",
        "in_policy_cost",
        "basic_insurance",
        "serious_illness",
        "supplementary",
        "medical_aid",
        "other_payment",
        "self_paid",
    ),
    "education_grant": ("student_id", "stage", "program", "school_place", "amount"),
    "fund_project": ("fund_level", "fund_year", "planned", "issued", "allocated", "disbursed", "paid", "reimbursed"),
    "exit_summary": (
        "exit_year",
        "registered_households",
        "registered_persons",
        "exited_households",
        "exited_persons",
        "remaining_households",
        "remaining_persons",
        "population",
    ),
    "medical_summary": ("visit_type", "visits"),
    "education_summary": ("stage", "students", "eligible_students", "aided_students", "aided_times", "amount"),
    "fund_summary": ("fund_level", "fund_year", "issued", "allocated", "disbursed", "paid", "reimbursed"),
}
MONEY = list(NEEDED["medical_claim"][1:])
NEEDED["medical_summary"] += tuple(MONEY)
STAGES = list(NEEDED["fund_project"][2:])
WIDTH = str.maketrans("０１２３４５６７８９．", "0123456789.")
PLACE = ["town_code", "period_start", "period_end"]


def period_of(text: str) -> tuple[str, str] | None:
    """The first period that a text speaks of."""

    def month_end(year: str, month: int) -> str:
        return (pd.Timestamp(int(year), int(month), 1) + pd.offsets.MonthEnd()).strftime("%Y-%m-%d")

    if m := re.search(r"(\d{4})年秋季", text):
        return f"{m[1]}-09-01", f"{int(m[1]) + 1}-01-31"
    if m := re.search(r"(\d{4})年春季", text):
        return f"{m[1]}-02-01", f"{m[1]}-07-31"
    if m := re.search(r"截至(\d{4})年(\d+)月底", text):
        return f"{m[1]}-01-01", month_end(m[1], m[2])
    if m := re.search(r"(\d{4})年底", text):
        return f"{m[1]}-01-01", f"{m[1]}-12-31"
    if m := re.search(r"(\d{4})年(\d+)[—-](\d+)月", text):
        return f"{m[1]}-{int(m[2]):02}-01", month_end(m[1], m[3])
    if m := re.search(r"(\d{4})年(\d+)月", text):
        return f"{m[1]}-{int(m[2]):02}-01", month_end(m[1], m[2])
    return None


def numbers(cells: pd.Series, factor: int) -> pd.Series:
    """Whole numbers, amounts in 分: from numbers, 1,234.5 and full-width digits."""
    text = cells.map(lambda v: v.translate(WIDTH).replace(",", "") if isinstance(v, str) else v, na_action="ignore")
    return (pd.to_numeric(text) * factor).round().astype("Int64")


def read_sheet(path: Path, name: str, cells: pd.DataFrame, towns: dict[str, str]) -> tuple[str, pd.DataFrame] | None:
    """The form and its detail rows with the columns that are needed; a summary's 合计 stays, marked."""
    form, top, found = find_header(cells)
    if form.name not in NEEDED:
        return None
    said = " ".join(str(v) for v in cells.iloc[: top - 1].to_numpy().ravel() if pd.notna(v))
    start, end = period_of(said) or period_of(path.stem) or period_of(name)
    body = cells.iloc[top:]
    label = body.iloc[:, :2].astype(str)
    total = label.isin(["合计", "总计", "小计"]).any(axis=1)
    body = body[~label[label.columns[0]].str.match(r"注：|填表人") & body[list(found)].notna().any(axis=1)]
    out = {"town_code": next(code for town, code in towns.items() if town in said), "period_start": start, "period_end": end}
    out["is_total"] = total.loc[body.index]
    for position, (column, heading) in found.items():
        if column.name not in NEEDED[form.name]:
            continue
        cell = body[position]
        if column.unit == "元":
            in_wan = "万元" in heading or ("元" not in heading and "万元" in said)
            out[column.name] = numbers(cell, 1_000_000 if in_wan else 100)
        elif column.is_figure:
            out[column.name] = numbers(cell, 1)
        elif column.type == "year":
            out[column.name] = cell.map(lambda v: v if isinstance(v, str) else str(int(v)), na_action="ignore").str.extract(r"(\d{4})")[0]
        elif column.type == "boolean":
            out[column.name] = cell.map(BOOLEAN)
        else:
            out[column.name] = cell.replace(column.spellings) if column.values else cell
    table = pd.DataFrame(out, index=body.index)
    if form.kind == "ledger":
        return form.name, table[~table["is_total"]]
    return form.name, table


def read(data: Path) -> dict[str, pd.DataFrame]:
    """Every sheet that is needed, by form."""
    known = pd.read_csv(data / "seeds/reference/township.csv", dtype=str)
    towns = dict(zip(known["town_name"], known["town_code"], strict=True))
    tables: dict[str, list[pd.DataFrame]] = {}
    for path in sorted((data / "workbooks").rglob("*.*")):
        for name, cells in read_sheets(path).items():
            if taken := read_sheet(path, name, cells, towns):
                tables.setdefault(taken[0], []).append(taken[1])
    return {form: pd.concat(parts, ignore_index=True) for form, parts in tables.items()}


def cumulated(ledger: pd.DataFrame) -> pd.DataFrame:
    """Each month's rows for the month itself, and for January to every later month too."""
    months = sorted(ledger["period_end"].unique())
    parts = [ledger]
    for end in months[1:]:
        part = ledger[(ledger["period_end"] <= end) & (ledger["period_start"] >= f"{end[:4]}-01-01")]
        parts.append(part.assign(period_start=f"{end[:4]}-01-01", period_end=end))
    return pd.concat(parts)


def poverty_exit(t: dict[str, pd.DataFrame]) -> pd.DataFrame:
    summary, h = t["exit_summary"], t["household"]
    # the register's own line: under 合计, or under no year
    own = summary[summary["exit_year"].isna()].drop(columns=["exited_households", "exited_persons", "exit_year"])
    years = summary[summary["exit_year"].notna()][[*PLACE, "exit_year", "exited_households", "exited_persons"]]
    reported = pd.concat([own, years]).assign(basis="reported")
    exited = h["status"] == "已脱贫"
    whole = h.assign(left=(~exited).astype("int64"), left_members=h["members"].where(~exited, 0)).groupby(PLACE, as_index=False)
    stock = whole.agg(
        registered_households=("members", "size"),
        registered_persons=("members", "sum"),
        remaining_households=("left", "sum"),
        remaining_persons=("left_members", "sum"),
    )
    stock = stock.merge(own[[*PLACE, "population"]], on=PLACE, how="left")
    flow = h[exited].groupby([*PLACE, "exit_year"], as_index=False)
    flow = flow.agg(exited_households=("members", "size"), exited_persons=("members", "sum"))
    return pd.concat([reported, stock.assign(basis="recomputed"), flow.assign(basis="recomputed")]).drop(columns="is_total")


def medical(t: dict[str, pd.DataFrame]) -> pd.DataFrame:
    reported = t["medical_summary"]
    reported = reported[~reported["is_total"]].drop(columns="is_total").assign(basis="reported")
    groups = cumulated(t["medical_claim"]).groupby([*PLACE, "visit_type"], as_index=False)
    recomputed = groups.agg(visits=("total_cost", "size"), **{name: (name, "sum") for name in MONEY}).assign(basis="recomputed")
    return pd.concat([reported, recomputed])


def education(t: dict[str, pd.DataFrame]) -> pd.DataFrame:
    reported = t["education_summary"]
    reported = reported[~reported["is_total"]].drop(columns="is_total").assign(program="合计", school_place="合计", basis="reported")
    groups = t["education_grant"].groupby([*PLACE, "stage", "program", "school_place"], as_index=False)
    recomputed = groups.agg(aided_students=("student_id", "nunique"), aided_times=("student_id", "size"), amount=("amount", "sum"))
    return pd.concat([reported, recomputed.assign(basis="recomputed")])


def fund(t: dict[str, pd.DataFrame]) -> pd.DataFrame:
    reported = t["fund_summary"]
    reported = reported[~reported["is_total"]].drop(columns="is_total").assign(basis="reported")
    groups = t["fund_project"].groupby([*PLACE, "fund_level", "fund_year"], as_index=False)
    return pd.concat([reported, groups[STAGES].sum().assign(basis="recomputed")])


FACTS = {
    "fct_poverty_exit": (poverty_exit, ["exit_year"]),
    "fct_medical_reimbursement": (medical, ["visit_type"]),
    "fct_education_subsidy": (education, ["stage", "program", "school_place"]),
    "fct_fund_execution": (fund, ["fund_year", "fund_level"]),
}
# the script's name of a figure -> the fact's, where it is not <name>_yuan
NAMES = {
    "population": "population_count",
    "visits": "visit_count",
    "students": "student_count",
    "eligible_students": "eligible_student_count",
    "aided_students": "aided_student_count",
    "aided_times": "aided_time_count",
} | {f"{status}_{what}s": f"{status}_{what}_count" for status in ("registered", "exited", "remaining") for what in ("household", "person")}


def script(data: Path, out: Path) -> None:
    """The job: workbooks in, four .csv out."""
    tables = read(data)
    for fact, (compute, dimensions) in FACTS.items():
        table = compute(tables)
        table.sort_values([*PLACE, "basis", *dimensions]).to_csv(out / f"{fact}.csv", index=False)


def compare(data: Path, out: Path) -> dict[str, tuple[int, int]]:
    """By fact how many figures both have, and how many differ, a figure that one of them has not included."""
    found = {}
    with duckdb.connect(str(data / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        for fact, (_, dimensions) in FACTS.items():
            theirs = pd.read_csv(out / f"{fact}.csv", dtype=str)
            figures = [c for c in theirs.columns if c not in (*PLACE, "basis", *dimensions)]
            keys = [*PLACE, "basis", *dimensions]
            columns = {f: NAMES.get(f, f"{f}_yuan") for f in figures}
            chosen = ", ".join(
                [f'cast("{k}" as varchar) as "{k}"' for k in keys]
                + [f'cast(cast({"100 * " if c.endswith("_yuan") else ""}"{c}" as bigint) as varchar) as "{f}"' for f, c in columns.items()]
            )
            ours = warehouse.execute(f"select {chosen} from {fact}").df()
            both = [t.melt(id_vars=keys, value_vars=figures).dropna(subset="value") for t in (ours, theirs)]
            joined = both[0].merge(both[1], on=[*keys, "variable"], how="outer", suffixes=("_ours", "_theirs"))
            found[fact] = len(joined), int((joined["value_ours"] != joined["value_theirs"]).sum())
            if found[fact][1]:
                print(joined[joined["value_ours"] != joined["value_theirs"]].head(10).to_string())
    return found


def measure(data: Path, out: Path) -> dict[str, object]:
    """Both on one county: what they took, and whether they agree."""
    theirs = spent([sys.executable, __file__, "--script", data, "--out", out])
    ours = spent([*ZHENSHU, "build", "--full", "--data", data])
    intake = spent([*ZHENSHU, "intake", "--data", data])
    folders = ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", data / "target", "--log-path", data / "logs"]
    again = {"ZHENSHU_DATA": str(data)}
    figures = compare(data, out)
    only = [f"+{fact}" for fact in FACTS]
    facts = spent([BIN / "dbt", "--quiet", "run", *folders, "--select", *only], **again)
    return {"script": theirs, "build": ours, "intake": intake, "facts": facts, "figures": figures}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--households", type=int, default=34_332)
    arguments.add_argument("--months", type=int, default=3)
    arguments.add_argument("--script", type=Path, help="only the script, on this county")
    arguments.add_argument("--out", type=Path)
    given = arguments.parse_args()
    if given.script:
        script(given.script, given.out)
        return
    print(machine())
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        data, out = Path(name) / "county", Path(name) / "out"
        out.mkdir()
        spent([*ZHENSHU, "sample", data, "--towns", 17, "--households", given.households, "--months", given.months])
        found = measure(data, out)
    for fact, (count, differing) in found["figures"].items():
        print(f"{fact}: {count:,} figures, {differing} differ")
    theirs = found["script"]
    print(f"pandas + openpyxl, four facts:          {theirs}")
    for what, label in (
        ("build", "zhenshu build, everything:"),
        ("intake", "zhenshu intake:"),
        ("facts", "dbt run of the four facts alone:"),
    ):
        print(f"{label:39} {found[what]}   {theirs.cpu / found[what].cpu:.2f} of the script's CPU")
    print(f"{time.perf_counter() - start:.0f} s for all")


if __name__ == "__main__":
    main()
