"""Which town and which period a table speaks of: read from its title lines, its sheet's and its file's name.

Two statements that disagree are a problem, never a choice. A statement 截至 or 底 covers the year up to that point:
flows are cumulative within the year, stocks are as at the period's end.
"""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .contract import read_seed
from .values import plain


@dataclass(frozen=True, order=True)
class Period:
    """First and last day."""

    start: dt.date
    end: dt.date

    def within(self, other: "Period") -> bool:
        return other.start <= self.start and self.end <= other.end


def _months(year: int | str, month: int | str, last_year: int | str, last_month: int | str) -> Period:
    year, month, last_year, last_month = int(year), int(month), int(last_year), int(last_month)
    return Period(dt.date(year, month, 1), dt.date(last_year, last_month, calendar.monthrange(last_year, last_month)[1]))


def _up_to(year: str, month: str | None = None, day: str | None = None) -> Period:
    """From 1 January to a day, to a month's last day or to the year's."""
    end = _months(year, 1, year, month or 12).end
    return Period(dt.date(int(year), 1, 1), end.replace(day=int(day)) if day else end)


def _days(year: str, month: str, day: str, last_year: str | None, *last: str) -> Period:
    return Period(dt.date(int(year), int(month), int(day)), dt.date(int(last_year or year), *map(int, last)))


def _quarters(year: str, first: str, last: str) -> Period:
    return _months(year, int(first) * 3 - 2, year, int(last) * 3)


def _term(year: str, following: str | None, school_year: str | None, term: str) -> Period:
    """春 or 秋 of a year, or the first or second term of a school year, whose spring is in its second year."""
    if term in ("秋", "1"):
        return _months(year, 9, int(year) + 1, 1)
    spring = int(year) + 1 if following or school_year else int(year)
    return _months(spring, 2, spring, 7)


Y, M, D, TO = r"(?<!\d)(20\d\d)", r"(1[0-2]|0?[1-9])(?!\d)", r"(3[01]|[12]\d|0?[1-9])(?!\d)", r"(?:-|—|–|~|至|到)+"
SEASON = r"([春秋])(?![节收粮])"
PATTERNS = [
    (rf"{Y}年{M}月{D}日{TO}(?:(20\d\d)年)?{M}月{D}日", _days),
    (rf"{Y}[年.]{M}月?{TO}(20\d\d)[年.]{M}月?", _months),
    (rf"{Y}[年.]?{M}月?份?{TO}{M}月", lambda a, b, c: _months(a, b, a, c)),
    (rf"{Y}(?:(?:{TO}|/)(20\d\d))?(学)?年?度?{SEASON}(?:季?学期|季)?", _term),
    (rf"{Y}(?:(?:{TO}|/)(20\d\d))?(学)年?度?第?([12])学期", _term),
    (rf"{Y}(?:{TO}|/)(20\d\d)学年", lambda a, b: _months(a, 9, b, 8)),
    (rf"{Y}学年", lambda a: _months(a, 9, int(a) + 1, 8)),
    (rf"{Y}年?度?上半年", lambda a: _months(a, 1, a, 6)),
    (rf"{Y}年?度?下半年", lambda a: _months(a, 7, a, 12)),
    (rf"{Y}年?度?前([1-4])个?季度", lambda a, q: _quarters(a, 1, q)),
    (rf"{Y}年?度?第?([1-4])季?度?{TO}第?([1-4])季度", _quarters),
    (rf"{Y}年?度?第?([1-4])季度", lambda a, q: _quarters(a, q, q)),
    (rf"截[至止](?:到|时间:|日期:)?{Y}[年.-]{M}(?:[月.-](?:{D}日?)?)?(?:底|末)?", _up_to),
    (rf"(?:统计|数据)(?:时间|日期|时点):{Y}[年.-]{M}[月.-]{D}日?", _up_to),
    (rf"{Y}年{M}月份?(?:底|末)", _up_to),
    (rf"截[至止](?:到|时间:|日期:)?{Y}年?(?:底|末)?|{Y}年(?:底|末)", lambda a, b: _up_to(a or b)),
]
# what is left of a whole date after 截至 and 统计时间 is the day of signing, which is not the period
WHOLE_DATE = re.compile(r"(?<!\d)20\d\d(?:[年.-]\d{1,2}[月.-]\d{1,2}日?|(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]))(?!\d)")
SHORT_PATTERNS = [
    (rf"{Y}年{M}月", lambda a, b: _months(a, b, a, b)),
    (rf"{Y}年?{TO}(20\d\d)年", lambda a, b: _months(a, 1, b, 12)),
    (rf"{Y}年", lambda a: _months(a, 1, a, 12)),
]
NAME_PATTERNS = [
    (rf"{Y}[-._]?(0[1-9]|1[0-2])(?!\d)", lambda a, b: _months(a, b, a, b)),
    (rf"{Y}(?!\d)", lambda a: _months(a, 1, a, 12)),
]
FILLED_IN = re.compile(r"(?:填表|填报|制表|上报|报送|报表|打印|编制)(?:日期|时间):?[\d年月日./-]*")
LEFT_OVER = re.compile(r"(\d{1,2})月|(季度|学期|[上下]半年)")
DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def _in_digits(text: str) -> str:
    """二〇二〇年十月 and 第三季度 with digits."""
    text = re.sub(r"[〇○零一二三四五六七八九]{4}(?=年)", lambda m: m[0].translate(DIGITS), text)
    text = re.sub(r"十([一二])?(?=月)", lambda m: "1" + (m[1].translate(DIGITS) if m[1] else "0"), text)
    return re.sub(r"(?<!十)[一二三四五六七八九](?=月|个?季度|学期)", lambda m: m[0].translate(DIGITS), text)


class Disagreement(ValueError):
    """Statements about the town or the period that cannot all be true, or none at all. `rule` is its id in docs/intake.md."""

    def __init__(self, rule: str, message: str):
        super().__init__(message)
        self.rule = rule


def _take(text: str, patterns: list, found: list[Period]) -> str:
    """Move what the patterns match from the text to `found`."""
    for pattern, build in patterns:
        while match := re.search(pattern, text):
            try:
                found.append(build(*match.groups()))
            except ValueError:
                raise Disagreement("T02", f"没有这个日期：{match[0]}") from None
            text = text[: match.start()] + "　" + text[match.end() :]
    return text


@lru_cache(maxsize=1024)
def periods(text: str, is_name: bool = False) -> tuple[list[Period], list[str]]:
    """Every period a text names, the longer spelling before the shorter one it contains; and months that no year goes with."""
    found: list[Period] = []
    rest = _take(FILLED_IN.sub("　", _in_digits(re.sub(r"\s", "", plain(text)))), PATTERNS, found)
    rest = _take(WHOLE_DATE.sub("　", rest), SHORT_PATTERNS + (NAME_PATTERNS if is_name else []), found)
    return found, [m[0] for m in LEFT_OVER.finditer(rest)]


def _file_may_hold(named: Period, held: Period) -> bool:
    overlaps = held.start <= named.end and named.start <= held.end
    whole_year = (named.end - named.start).days >= 364
    return overlaps or (whole_year and held.end.year == named.end.year - 1)


def _finest_first(read: list[tuple[list[Period], list[str]]]) -> tuple[list[Period], list[str]]:
    return sorted({p for found, _ in read for p in found}, key=lambda p: (p.end - p.start, p)), [t for _, left in read for t in left]


def resolve_period(lines: list[str], names: list[str]) -> Period:
    """The finest period that all of a table's lines agree with; file and folder names only where the lines say nothing.

    A file named after a year may hold figures of that year or the one before (a report drawn up afterwards).
    A month or a quarter without its year (10月) must not pass for the whole year that stands elsewhere.
    """
    stated, half = _finest_first([periods(line) for line in lines])
    named, named_half = _finest_first([periods("".join(names), is_name=True)])
    chosen = (stated or named or [None])[0]
    if chosen is None:
        raise Disagreement("T02", "没有写明统计时间，请在表头上方写“统计时间：2020年1—10月”")
    clash = [p for p in (stated or named) if not chosen.within(p)]
    clash += [p for p in named if stated and not _file_may_hold(p, chosen)]
    if clash:
        raise Disagreement("T02", f"统计时间不一致：{chosen.start}至{chosen.end} 与 {clash[0].start}至{clash[0].end}，请改成一致")
    whole_year = (chosen.end - chosen.start).days >= 364
    for text in half if stated else half + named_half:
        if whole_year or (text.endswith("月") and text[:-1] not in (str(chosen.end.month), f"{chosen.end.month:02}")):
            raise Disagreement("T02", f"看不出“{text}”是哪一年的，请在表头上方写“统计时间：2020年1—10月”")
    return chosen


class Towns:
    """The township dimension: codes by name and by alias."""

    def __init__(self, data: Path):
        listed = data / "seeds/reference/township.csv"
        if not listed.exists():  # another county's towns never stand in for this one's
            raise FileNotFoundError(f"{listed} is missing: it lists the county's townships (zhenshu init makes one)")
        rows = read_seed(listed)
        self.names = {row["town_code"]: row["town_name"] for row in rows}
        # a code is a part of pages' file names
        if wrong := [code for code in self.names if not re.fullmatch(r"\w{1,40}", code, re.ASCII)]:
            raise ValueError(f"township.csv 的 town_code 只能是字母、数字和下划线：{wrong[0]}")
        self.codes: dict[str, str] = {}
        for row in rows:
            for name in (row["town_name"], *row["aliases"].split("、")):
                if name and self.codes.setdefault(name, row["town_code"]) != row["town_code"]:
                    raise ValueError(f"township.csv: {name} names two towns")
        # the longest name first: 东城关镇 is not 城关镇, nor is 城关村 the short form of 城关镇
        names = "|".join(re.escape(n) for n in sorted(self.codes, key=lambda n: (-len(n), n))) or r"(?!)"
        self.pattern = re.compile(rf"(?<![东西南北新老大小上下])(?:{names})(?!村|社区|居委会|小学|中学)")

    def named_in(self, text: str) -> set[str]:
        """Codes of the towns a text names."""
        return {self.codes[name] for name in self.pattern.findall(re.sub(r"\s", "", plain(text)))}

    def resolve(self, lines: list[str]) -> str:
        """The one town that the lines and names speak of."""
        found = {code for line in lines for code in self.named_in(line)}
        if len(found) == 1:
            return found.pop()
        if not found:
            raise Disagreement("T01", "认不出乡镇：标题、填报单位和文件名里没有 township.csv 中的乡镇名，请写明填报单位")
        raise Disagreement("T01", f"乡镇不一致：{'、'.join(sorted(self.names[code] for code in found))}，请改成一致")
