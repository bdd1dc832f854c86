"""A practice county as a folder that `--data` takes: workbooks or seeds, lists of towns and due days, key and answer key."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from .privacy import DEMONSTRATION_KEY
from .sample import YEAR, Filled, TownYear
from .sample_files import Habits, due_on, received_on, sheets_of, write_books
from .sample_places import Town, towns

README = """{county}等 {towns} 个乡镇，{households} 户，{year}年1—{months}月（种子 {seed}）

这里的一切都是合成的练习数据：省、市、县、乡镇、村、人、户、学校、项目都是编造的，证件号码的地区码 9001xx 不属于任何地方。
不得当作真实数据使用或引用。

workbooks/                               乡镇报来的表，各有各的习惯
seeds/reference/township.csv             乡镇名单
seeds/reference/received.csv             每个文件收到的日期
seeds/reference/submission_due.csv       每张表应报的日期
answer_key.json                          故意埋下的 {slips} 处错误：在哪个单元格，本来是什么，写成了什么
county.key                               练习用的公开密钥，不是真密钥

运行：zhenshu build --data 本文件夹
{note}
"""
WITH_SLIPS = "埋有错误，所以返回值可能是 1：有内容未入库，或有检查未通过。"
WITHOUT_SLIPS = "没有埋错误，所有勾稽关系都成立。"
NO_WORKBOOKS = "\n只有 seeds/township/，没有工作簿：不要运行 intake，直接 ZHENSHU_DATA=本文件夹 dbt build。"
TOWNSHIP = (
    "town_code",
    "town_name",
    "aliases",
    "county_code",
    "county_name",
    "prefecture_name",
    "province_name",
    "code_system",
    "code_year",
)
DUE = ("form", "period_start", "period_end", "due_on")


@dataclass(frozen=True)
class Plan:
    """What `zhenshu sample` was asked for."""

    towns: int = 17
    households: int = 3000
    seed: int = 1
    months: int = 10
    slips: int = 0

    def town_list(self) -> list[Town]:
        return towns(self.towns, self.households, self.seed)

    def filled(self, town: Town) -> list[Filled]:
        return TownYear(town, self.months, self.seed).forms()


def _write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_county(folder: Path, plan: Plan) -> int:
    """Write the county's workbooks and all that goes with them; returns the number of slips planted."""
    from .sample_slips import Slips

    listed, received, due = plan.town_list(), {}, {}
    slips = Slips(plan.seed, plan.slips, listed)
    for town in tqdm(listed, desc="sample", unit="town", leave=False, disable=None):
        filled = plan.filled(town)
        due |= {(f.form, f.start, f.end): due_on(f.month) for f in filled}
        sheets = [sheet.fill() for sheet in sheets_of(town, filled, Habits(town.number))]
        days = {sheet.path: received_on(town, sheet.filled.month) for sheet in sheets}
        sheets, days = slips.plant(town, sheets, days)
        for name in write_books(folder / "workbooks", sheets):
            received[name] = days[name]
    # what was planted may be less than was asked for
    _write_around(folder, replace(plan, slips=len(slips.key)), listed, received, due)
    with (folder / "answer_key.json").open("w", encoding="utf-8", newline="\n") as out:
        json.dump(slips.key, out, ensure_ascii=False, indent=1)
        out.write("\n")
    return len(slips.key)


def write_county_as_seeds(folder: Path, plan: Plan) -> int:
    """Write what intake would make of the county's workbooks, and all that goes with it; without slips, of any size."""
    from .sample_seeds import write_seeds

    listed, received, due = plan.town_list(), {}, {}
    written = write_seeds(folder / "seeds/township", plan, listed)
    for owed, days in tqdm(written, desc="sample", unit="town", total=len(listed), leave=False, disable=None):
        due |= {(form, start, end): due_on(month) for form, start, end, month in owed}
        received |= days
    _write_around(folder, plan, listed, received, due)
    return 0


def _write_around(folder: Path, plan: Plan, listed: list[Town], received: dict, due: dict) -> None:
    reference = folder / "seeds/reference"
    _write_csv(reference / "township.csv", TOWNSHIP, [t.dimension for t in listed])
    _write_csv(reference / "received.csv", ("source_file", "received_on"), sorted(received.items()))
    _write_csv(reference / "submission_due.csv", DUE, [(*key, day) for key, day in sorted(due.items())])
    (folder / "county.key").write_bytes(DEMONSTRATION_KEY)
    facts = {"county": listed[0].county, "year": YEAR, **vars(plan), "note": WITH_SLIPS if plan.slips else WITHOUT_SLIPS}
    if not (folder / "workbooks").exists():
        facts["note"] += NO_WORKBOOKS
    (folder / "README.txt").write_text(README.format(**facts), encoding="utf-8-sig", newline="\n")
