"""A new county's folder: its townships from the public list, a key of its own, blank forms, and what to do in Chinese."""

import csv
import io
import lzma
from importlib.resources import files
from pathlib import Path

from . import keys

# statistics bureau's list as of 2023-06-30 (41,352 units), from modood/Administrative-divisions-of-China, WTFPL
LIST = files("zhenshu") / "assets/townships_2023.csv.xz"
CODE_SYSTEM, CODE_YEAR = "统计用区划代码", "2023"
KINDS = ("街道办事处", "街道", "民族乡", "镇", "乡")
README = """{county}（{code}）

workbooks/   乡镇报来的表格放在这里（可以分文件夹）
空白表/      发给各乡镇的空白表
seeds/reference/township.csv   乡镇名单（{system}，{year}年）；有旧名、简称可加在 aliases 一列，用顿号分隔
seeds/reference/received.csv   （可不填）每个文件收到的日期，用来分清先后
seeds/reference/submission_due.csv   （可不填）每张表应报的日期
county.key   本县密钥：证件号码用它加密，只留在本机，另存一份备份，不要外传；换了密钥，以前的散列就对不上；
             确实要换时运行 zhenshu rotate-key

每月：把表格放进 workbooks/，运行
  zhenshu build --data 本文件夹
完成后打开 site/index.html；发现的问题列在 seeds/township/intake_problem.csv。
"""
LISTS = {"received": "source_file,received_on", "submission_due": "form,period_start,period_end,due_on"}
IGNORED = "/*\n!.gitignore\n!README.txt\n"


class CannotInit(ValueError):
    """The folder or the county code will not do; the text says why."""


def townships(county: str) -> list[dict[str, str]]:
    """The public list's rows of one county (six-digit code)."""
    with LIST.open("rb") as packed:
        text = lzma.decompress(packed.read()).decode("utf-8")
    return [row for row in csv.DictReader(io.StringIO(text)) if row["county_code"] == county]


def _short(name: str) -> str:
    """城关 for 城关镇; nothing where one character would remain."""
    short = next((name.removesuffix(k) for k in KINDS if name.endswith(k)), "")
    return short if len(short) > 1 else ""


def init(folder: Path, county: str) -> Path:
    """Make a county's folder. Raises CannotInit for an unknown code or a folder that holds something."""
    rows = townships(county)
    if not rows:
        raise CannotInit(f"no county {county} in the list of {CODE_YEAR}: give the six-digit code, such as 620522")
    if folder.exists() and any(folder.iterdir()):
        raise CannotInit(f"{folder} is not empty; nothing was changed")
    for part in ("workbooks", "seeds/reference", "seeds/township", "warehouse"):
        (folder / part).mkdir(parents=True)
    shorts = [_short(row["town_name"]) for row in rows]
    with (folder / "seeds/reference/township.csv").open("w", encoding="utf-8", newline="") as out:
        fields = [
            "town_code",
            "town_name",
            "aliases",
            "county_code",
            "county_name",
            "prefecture_name",
            "province_name",
            "code_system",
            "code_year",
        ]
        writer = csv.DictWriter(out, fields, lineterminator="\n")
        writer.writeheader()
        for row, short in zip(rows, shorts, strict=True):
            alias = short if shorts.count(short) == 1 else ""
            writer.writerow({**row, "aliases": alias, "code_system": CODE_SYSTEM, "code_year": CODE_YEAR})
    # for the county to fill in
    for name, header in LISTS.items():
        (folder / f"seeds/reference/{name}.csv").write_text(header + "\n", encoding="utf-8")
    keys.make(folder / keys.NAME)
    facts = {"county": rows[0]["county_name"], "code": county, "system": CODE_SYSTEM, "year": CODE_YEAR}
    (folder / "README.txt").write_text(README.format(**facts), encoding="utf-8-sig")
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    from .templates import write_all

    write_all(folder / "空白表", {row["town_code"]: row["town_name"] for row in rows})
    return folder
