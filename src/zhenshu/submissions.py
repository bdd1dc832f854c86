"""Who has sent what, and which of several versions is in force.

The same form of the same township, village and period sent again is a new version (a ledger may come in one file a village). What
is later is told by data alone: the county's own list (seeds/reference/received.csv), a date in the path, a word such as 更正 in the
file's name. Where that does not decide, none is in force and the county is asked.
"""

import re
from pathlib import Path

import polars as pl

from .contract import forms, read_seed

DATE = re.compile(r"(?<!\d)(20\d\d)[-.年]?(0[1-9]|1[0-2])[-.月]?(0[1-9]|[12]\d|3[01])日?(?!\d)")
NUMBERED = re.compile(r"第([二三四五六七八九])[次版稿]|(?<![A-Za-z])[vV](\d)(?!\d)|[(（](\d)[)）]$")
CORRECTED = re.compile(r"更正|修订|修改|改正|重报|补正|最终|定稿")
KEY = ["form", "town_code", "period_start", "period_end", "village"]


def received_on(source_file: str, listed: dict[str, str]) -> str | None:
    """ISO date from the county's list, else the last full date in the path."""
    dates = DATE.findall(source_file)
    return listed.get(source_file) or ("-".join(dates[-1]) if dates else None)


def correction_rank(source_file: str) -> int:
    """0 for a first version, 1 for 更正 and its like, n - 1 for 第n次 or vn."""
    stem = Path(source_file).stem
    if numbered := NUMBERED.search(stem):
        chinese, *digits = numbered.groups()
        return "一二三四五六七八九".index(chinese) if chinese else max(int(next(d for d in digits if d)) - 1, 0)
    return int(bool(CORRECTED.search(stem)))


def table(tables: dict[str, pl.DataFrame], sha256: dict[str, str], problem_counts: dict[str, int], data: Path) -> pl.DataFrame:
    """One row per form, township, village ('' where the form has none), period and file: its version and whether it is in force.

    `tables` are the forms' seeds, `sha256` and `problem_counts` are by source file.
    """
    counted = [
        rows.with_columns(form=pl.lit(name), village=pl.col("village").fill_null("") if "village" in rows.columns else pl.lit(""))
        .group_by("source_file", *KEY)
        .len("row_count")
        for name, rows in tables.items()
        if name in forms() and rows.height
    ]
    schema = {"source_file": pl.String, "row_count": pl.UInt32, **dict.fromkeys(KEY, pl.String)}
    sent = pl.concat([c.select(list(schema)) for c in counted]) if counted else pl.DataFrame(schema=schema)
    listed = {r["source_file"]: r["received_on"] for r in read_seed(data / "seeds/reference/received.csv")}
    files = {
        name: (sha256[name], problem_counts.get(name, 0), received_on(name, listed), correction_rank(name))
        for name in sent["source_file"].unique()
    }
    facts = pl.DataFrame(
        [(name, *known) for name, known in sorted(files.items())],
        schema={"source_file": pl.String, "sha256": pl.String, "problem_count": pl.Int64, "received_on": pl.String, "rank": pl.Int64},
        orient="row",
    )
    # dates decide only where every version has one
    dated = pl.when(pl.col("received_on").null_count().over(KEY) == 0).then("received_on").fill_null("")
    order = dated + pl.format(" {}", pl.col("rank"))  # ranks are single digits
    return (
        sent.join(facts, on="source_file")
        .with_columns(version=order.rank("dense").over(KEY).cast(pl.Int64))
        .with_columns(is_latest=pl.col("version") == pl.col("version").max().over(KEY))
        .with_columns(
            # the very same bytes sent twice are one version: the first name stands for both
            is_undecided=pl.col("is_latest") & (pl.col("sha256").n_unique().over([*KEY, "version"]) > 1),
            is_first_name=pl.col("source_file") == pl.col("source_file").min().over([*KEY, "version"]),
        )
        .with_columns(is_in_force=pl.col("is_latest") & ~pl.col("is_undecided") & pl.col("is_first_name"))
        .sort(*KEY, "version", "source_file")
    )


def undecided(sent: pl.DataFrame) -> list[tuple[str, str, str, str]]:
    """(form, town_code, source_file, message) of every file and village whose order among its versions cannot be told."""
    found = []
    for row in sent.filter("is_undecided").iter_rows(named=True):
        rivals = sent.filter(pl.col("is_undecided"), *(pl.col(k) == row[k] for k in KEY), pl.col("source_file") != row["source_file"])
        what = f"“{forms()[row['form']].title}”{row['village']}{row['period_start']}至{row['period_end']}"
        message = (
            f"{what}与 {'、'.join(rivals['source_file'])} 重复报送，分不清先后，都未采用："
            "请只留一份，或在 seeds/reference/received.csv 写明收到日期"
        )
        found.append((row["form"], row["town_code"], row["source_file"], message))
    return found
