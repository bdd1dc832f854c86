"""What is true in a practice county: people, households, claims, grants, projects and problems of a town, month by month of 2020.

Every figure is made once, in whole 分, and every form says what follows from it, so that forms agree by construction. Shares and
amounts are explained in docs/sample.md with their sources. The same town and seed give the same rows.
"""

import calendar
import datetime as dt
import math
import random
from dataclasses import dataclass, field

from .sample_places import VILLAGES, People, Person, Town

YEAR = 2020
# persons by exit year in one of the source reports: 653, 1118, 864, 835, 1047, 1686 of 6336; the others were still poor at the end of 2019
EXITS = {2014: 653, 2015: 1118, 2016: 864, 2017: 835, 2018: 1047, 2019: 1686, None: 133}
EXIT_MONTHS = (2, 2, 2, 2, 3, 3, 3, 4, 5, 6, 5, 3)
MEMBERS = {1: 15, 2: 24, 3: 22, 4: 21, 5: 11, 6: 6, 7: 1}
CAUSES = {
    "因病": 50, "因残": 16, "缺劳动力": 9, "缺技术": 8, "因学": 6, "缺资金": 5, "因灾": 1.5, "交通条件落后": 1.5,
    "自身发展动力不足": 1.5, "缺土地": 0.5, "缺水": 0.5, "其他": 0.5,
}  # fmt: skip
LINES = {2019: 321800, 2020: 400000}  # exit lines in 分
MONITORED_BELOW = 500000
# yearly chance of a household: kind of change, persons
CHANGES = {"自然增加": 0.02, "迁入": 0.005, "补录": 0.005, "自然减少": 0.018, "迁出": 0.006, "清退": 0.001, "返贫": 0.001}
MOST_GROWTH = 10  # a cumulative figure never grows more than tenfold from one month to the next


Row = tuple[object, ...]


@dataclass
class Filled:
    """One form of one town for one period as it is true: rows in the contract's column order.

    Money is in 分, shares are in hundredths of a percent.

    `month` is the month with which it is sent, 0 for the register at the end of 2019; `total` the row of totals where the form has one.
    """

    form: str
    month: int
    start: dt.date
    end: dt.date
    stated: str
    rows: list[Row]
    total: Row | None = None


@dataclass(slots=True)
class Household:
    """A household of the register and the one thing that happens to it in 2020."""

    village: str
    number: str
    people: list[Person]
    kind: str
    cause: str
    identified: dt.date
    exit_year: int | None
    members: int
    income: int
    secure: tuple[bool, ...]
    change: str = ""
    changed_on: dt.date | None = None
    whole: bool = False
    extra: int = 0

    def row(self, status: str, exit_year: int | None, income: int, secure: tuple[bool, ...]) -> Row:
        monitored = "脱贫不稳定户" if status == "已脱贫" and income < MONITORED_BELOW else None
        head = self.people[0]
        about = (self.kind, self.cause, self.identified, status, exit_year, monitored, income)
        return (self.village, self.number, head.name, head.number, self.members, *about, *secure)


def last_day(month: int, year: int = YEAR) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def share(part: int, whole: int) -> int | None:
    """Hundredths of a percent, rounded half up."""
    return (part * 20000 + whole) // (2 * whole) if whole else None


def as_of(month: int) -> tuple[dt.date, dt.date, str]:
    return dt.date(YEAR, 1, 1), last_day(month), f"截至{YEAR}年{month}月底"


def since_january(month: int) -> tuple[dt.date, dt.date, str]:
    return dt.date(YEAR, 1, 1), last_day(month), f"{YEAR}年1—{month}月" if month > 1 else f"{YEAR}年1月"


def in_month(month: int) -> tuple[dt.date, dt.date, str]:
    return dt.date(YEAR, month, 1), last_day(month), f"{YEAR}年{month}月"


def term_of(term: str, school_year: int) -> tuple[dt.date, dt.date, str]:
    if term == "秋季":
        return dt.date(school_year, 9, 1), dt.date(school_year + 1, 1, 31), f"{school_year}年秋季学期"
    return dt.date(school_year + 1, 2, 1), dt.date(school_year + 1, 7, 31), f"{school_year + 1}年春季学期"


def grows_too_fast(before: list[int], now: list[int]) -> bool:
    return any(b and n > MOST_GROWTH * b for b, n in zip(before, now, strict=True))


@dataclass
class TownYear:
    """A town in the months 1 to `months` of 2020; `forms()` gives all it has to report."""

    town: Town
    months: int
    seed: int
    households: list[Household] = field(default_factory=list)
    joined: list[Household] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed}/{self.town.number}")
        self.draw = self.chance.random
        self.people = People(self.town, self.chance)
        count = min(20, max(3, self.town.households // 12))
        self.villages = self.chance.sample(VILLAGES, count)
        self.households = [self._household(n) for n in range(self.town.households)]
        self.by_change: dict[int, list[Household]] = {m: [] for m in range(1, self.months + 1)}
        self._changes()

    # small tools

    def pick(self, weights: dict) -> object:
        """One of the keys by their weights."""
        return self.chance.choices(list(weights), weights.values())[0]

    def count(self, expected: float) -> int:
        return int(expected + self.draw())

    def between(self, first: dt.date, last: dt.date) -> dt.date:
        return first + dt.timedelta(int(self.draw() * ((last - first).days + 1)))

    def amount(self, median: float, spread: float) -> int:
        """分, with a heavy tail to the right."""
        return round(median * 100 * math.exp(self.chance.gauss(0, spread)))

    # the register

    def _household(self, n: int, identified: dt.date | None = None) -> Household:
        members = max(3, self.pick(MEMBERS)) if n == 0 else self.pick(MEMBERS)
        old = self.draw() < (0.7 if members < 3 else 0.15)
        head_born = YEAR - (60 + int(self.draw() * 25) if old else 30 + int(self.draw() * 30))
        born = [head_born]
        if members > 1:
            born.append(head_born - 5 + int(self.draw() * 11))
        for child in range(members - 2):
            born.append(2011 if n == 0 and not child else 1994 + int(self.draw() * 25))
        people = [self.people.person(year) for year in born]
        kind = "特困供养户" if members < 3 and old and self.draw() < 0.25 else "低保户" if self.draw() < 0.32 else "一般户"
        exit_year = None if identified else self.pick(EXITS)
        poor = exit_year is None
        income, secure = self.amount(8200, 0.38), [True] * 5
        if poor:
            income = 150000 + int(self.draw() * 170000)
            secure[int(self.draw() * 5)] = self.draw() < 0.5
        else:
            income = max(income, LINES[2019] + int(self.draw() * 100000))
        return Household(
            self.villages[int(self.draw() * len(self.villages))], f"{self.town.code}{n + 1:05}", people, kind, self.pick(CAUSES),
            identified or self._identified(exit_year), exit_year, members, income, tuple(secure),
        )  # fmt: skip

    def _identified(self, exit_year: int | None) -> dt.date:
        """Before the year of exit: most in the first registration of 2013 and 2014."""
        last = (exit_year or YEAR) - 1
        if last > 2014 and self.draw() < 0.2:
            return self.between(dt.date(2015, 1, 1), dt.date(last, 12, 31))
        return self.between(dt.date(2013, 10, 1), dt.date(2014, 6, 30) if last > 2013 else dt.date(2013, 12, 31))

    def _changes(self) -> None:
        """What happens to whom and when; never two things to one household, so that any order of reading gives the same register."""
        part = self.months / 12
        for house in self.households:
            if house.exit_year is None:
                month = self.pick(dict(enumerate(EXIT_MONTHS, 1))) if self.draw() < 0.9 else 13
                if month <= self.months:
                    self._happens(house, "脱贫", month)
                continue
            at, alone = self.draw(), house.members == 1
            for change, chance in CHANGES.items():
                at -= part * chance * (3 if alone and change == "自然减少" else 1)
                if at < 0:
                    self._happens(house, change, 1 + int(self.draw() * self.months))
                    break
        for n in range(self.count(part * 0.003 * len(self.households))):
            month = 1 + int(self.draw() * self.months)
            day = self.between(dt.date(YEAR, month, 1), last_day(month))
            house = self._household(len(self.households) + n, identified=day)
            house.change, house.changed_on, house.whole, house.exit_year = "新识别", day, True, None
            self.joined.append(house)
            self.by_change[month].append(house)
        self._keep_exits_slow()
        for month, houses in self.by_change.items():
            if not houses:  # a ledger without a row would not be sent
                self._happens(self.chance.choice([h for h in self.households if not h.change]), "自然增加", month)
            houses.sort(key=lambda h: (h.changed_on, h.number))

    def _happens(self, house: Household, change: str, month: int) -> None:
        house.change, house.changed_on = change, self.between(dt.date(YEAR, month, 1), last_day(month))
        moves_all = house.members == 1 or (change == "迁出" and self.draw() < 0.3)
        house.whole = change in ("脱贫", "返贫", "清退") or (change in ("自然减少", "迁出") and moves_all)
        if not house.whole:
            house.extra = 1 if change in ("自然增加", "迁入", "补录") else -1
        self.by_change[month].append(house)

    def _keep_exits_slow(self) -> None:
        households = persons = 0
        for houses in self.by_change.values():
            before = [households, persons]
            for house in [h for h in houses if h.change == "脱贫"]:
                households, persons = households + 1, persons + house.members
                if grows_too_fast(before, [households, persons]):
                    households, persons = households - 1, persons - house.members
                    houses.remove(house)
                    house.change, house.changed_on, house.whole = "", None, False

    def leaves(self, house: Household) -> bool:
        return house.whole and house.change in ("自然减少", "迁出", "清退")

    def _opening(self) -> list[Row]:
        rows = []
        for h in self.households:
            status = "未脱贫" if h.exit_year is None else "已脱贫"
            rows.append(h.row(status, h.exit_year, h.income, h.secure))
        return rows

    def _closing(self) -> list[Row]:
        rows, sound = [], (True,) * 5
        for h in [*self.households, *self.joined]:
            if self.leaves(h):
                continue
            exit_year = YEAR if h.change == "脱贫" else h.exit_year
            if h.change == "返贫":
                status, income, secure = "返贫", 200000 + int(self.draw() * 190000), h.secure
            elif exit_year is None:
                status, income, secure = "未脱贫", h.income + int(self.draw() * 60000), h.secure
            else:
                status, secure = "已脱贫", sound
                income = max(h.income * (103 + int(self.draw() * 13)) // 100, LINES[2020] + int(self.draw() * 150000))
            row = h.row(status, exit_year, income, secure)
            rows.append((*row[:4], h.members + h.extra, *row[5:]))
        return rows

    def _register_forms(self) -> list[Filled]:
        exited = {year: [0, 0] for year in range(2014, YEAR + 1)}
        remaining = [0, 0]
        for h in self.households:
            count = remaining if h.exit_year is None else exited[h.exit_year]
            count[0] += 1
            count[1] += h.members
        persons = sum(h.members for h in self.households)
        population = round(persons / (0.06 + 0.19 * self.draw()))
        found = [Filled("household", 0, dt.date(2019, 1, 1), dt.date(2019, 12, 31), "截至2019年底", self._opening())]
        for month, houses in self.by_change.items():
            changes = []
            for h in houses:
                moved = h.members if h.whole else 1
                changes.append((h.village, h.number, h.change, int(h.whole), moved, h.changed_on))
                here = remaining if h.exit_year is None else exited[h.exit_year]
                joins = h.change in ("新识别", "自然增加", "迁入", "补录")
                sign = 1 if joins else -1
                here[0] += sign * h.whole
                here[1] += sign * moved
                there = exited[YEAR] if h.change == "脱贫" else remaining if h.change == "返贫" else None
                if there:
                    there[0] += 1
                    there[1] += moved
                else:
                    population += sign * moved * (h.change not in ("新识别", "补录", "清退"))
            found.append(Filled("register_change", month, *in_month(month), changes))
            done = [sum(c[n] for c in exited.values()) for n in (0, 1)]
            all_registered = [done[n] + remaining[n] for n in (0, 1)]
            rest = (*all_registered, *remaining, population, "农业户籍人口", share(remaining[1], population))
            rows = [(None, year, *count, *[None] * 7) for year, count in exited.items()]
            found.append(Filled("exit_summary", month, *as_of(month), rows, (None, None, *done, *rest)))
        found.append(Filled("household", self.months, *as_of(self.months), self._closing()))
        self.persons, self.registered = persons, all_registered[1]
        return found

    def forms(self) -> list[Filled]:
        """Every form of the town, month by month."""
        from .sample_projects import project_forms
        from .sample_services import education_forms, medical_forms

        found = [*self._register_forms(), *medical_forms(self), *education_forms(self), *project_forms(self)]
        return sorted(found, key=lambda f: (f.month, f.form))
