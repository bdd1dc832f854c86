"""Which town and which period a table speaks of: read from its title lines, its sheet's and its file's name.

Two statements that disagree are a problem, never a choice. A statement 截至 or 底 covers the year up to that point:
flows are cumulative within the year, stocks are as at the period's end.
"""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from .contract import PROJECT, read_seed
from .values import plain


@dataclass(frozen=True, order=True)
class Period:
    """First and last day."""

    start: dt.date
    end: dt.date

    def within(self, other: "Period") -> bool:
        return other.start <= self.start and self.end <= other.end


def _span(year: int | str, month: int | str, last_year: int | str, last_month: int | str) -> Period:
    year, month, last_year, last_month = int(year), int(month), int(last_year), int(last_month)
    return Period(dt.date(year, month, 1), dt.date(last_year, last_month, calendar.monthrange(last_year, last_month)[1]))


Y, M, TO = r"(20\d\d)", r"(1[0-2]|0?[1-9])", r"(?:-|—|–|~|至|到)"
PATTERNS = [
    (rf"{Y}年{M}月?{TO}{Y}年{M}月", _span),
    (rf"{Y}[年.]{M}月?{TO}{M}月", lambda a, b, c: _span(a, b, a, c)),
    (rf"{Y}(?:{TO}20\d\d)?学?年(?:度)?春季", lambda a: _span(a, 2, a, 7)),
    (rf"{Y}(?:{TO}20\d\d)?学?年(?:度)?秋季", lambda a: _span(a, 9, int(a) + 1, 1)),
    (rf"{Y}{TO}(20\d\d)学年", lambda a, b: _span(a, 9, b, 8)),
    (rf"{Y}年?上半年", lambda a: _span(a, 1, a, 6)),
    (rf"{Y}年?下半年", lambda a: _span(a, 7, a, 12)),
    (rf"{Y}年?(?:第)?([一二三四])季度", lambda a, q: _span(a, "一二三四".index(q) * 3 + 1, a, "一二三四".index(q) * 3 + 3)),
    (rf"截[至止]{Y}年{M}月|{Y}年{M}月(?:底|末)", lambda a, b, c, d: _span(a or c, 1, a or c, b or d)),
    (rf"截[至止]{Y}年(?:底|末)?|{Y}年(?:底|末)", lambda a, b: _span(a or b, 1, a or b, 12)),
    (rf"{Y}年{M}月", lambda a, b: _span(a, b, a, b)),
    (rf"{Y}年", lambda a: _span(a, 1, a, 12)),
]
# dates of filling in are not the period
FILLED_IN = re.compile(r"(填表|填报|制表|上报|报送)(日期|时间)[:：].*")


def periods(text: str) -> list[Period]:
    """Every period a text names, the longer spelling before the shorter one it contains."""
    text = re.sub(r"\s", "", FILLED_IN.sub("", plain(text)))
    found = []
    for pattern, build in PATTERNS:
        while match := re.search(pattern, text):
            found.append(build(*match.groups()))
            text = text[: match.start()] + "　" + text[match.end() :]
    return found


class Disagreement(ValueError):
    """Statements about the town or the period that cannot all be true, or none at all."""


def _file_may_hold(named: Period, held: Period) -> bool:
    overlaps = held.start <= named.end and named.start <= held.end
    whole_year = (named.end - named.start).days >= 364
    return overlaps or (whole_year and held.end.year == named.end.year - 1)


def resolve_period(lines: list[str], names: list[str]) -> Period:
    """The finest period that all of a table's lines agree with; file and folder names only where the lines say nothing.

    A file named after a year may hold figures of that year or the one before (a report drawn up afterwards).
    """
    stated = sorted({p for line in lines for p in periods(line)}, key=lambda p: p.end - p.start)
    named = sorted({p for name in names for p in periods(name)}, key=lambda p: p.end - p.start)
    chosen = (stated or named or [None])[0]
    if chosen is None:
        raise Disagreement("没有写明统计时间，请在表头写“统计时间：2020年1—10月”")
    clash = [p for p in (stated or named) if not chosen.within(p)]
    clash += [p for p in named if stated and not _file_may_hold(p, chosen)]
    if clash:
        raise Disagreement(f"统计时间不一致：{chosen.start}至{chosen.end} 与 {clash[0].start}至{clash[0].end}")
    return chosen


class Towns:
    """The township dimension: codes by name and by alias."""

    def __init__(self, data: Path):
        own = data / "seeds/reference/township.csv"
        rows = read_seed(own if own.exists() else PROJECT / "seeds/reference/township.csv")
        self.names = {row["town_code"]: row["town_name"] for row in rows}
        self.codes: dict[str, str] = {}
        for row in rows:
            for name in (row["town_name"], *row["aliases"].split("、")):
                if name and self.codes.setdefault(name, row["town_code"]) != row["town_code"]:
                    raise ValueError(f"township.csv: {name} names two towns")
        # the longest name first: 东城关镇 is not 城关镇
        self.pattern = re.compile("|".join(re.escape(n) for n in sorted(self.codes, key=len, reverse=True)) or r"(?!)")

    def named_in(self, text: str) -> set[str]:
        """Codes of the towns a text names."""
        return {self.codes[name] for name in self.pattern.findall(re.sub(r"\s", "", plain(text)))}

    def resolve(self, lines: list[str]) -> str:
        """The one town that the lines and names speak of."""
        found = {code for line in lines for code in self.named_in(line)}
        if len(found) == 1:
            return found.pop()
        if not found:
            raise Disagreement("认不出乡镇：标题、填报单位和文件名里没有 township.csv 中的乡镇名")
        raise Disagreement(f"乡镇不一致：{'、'.join(sorted(self.names[code] for code in found))}")
