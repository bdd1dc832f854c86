"""The projects and the problems of a practice town, and the indicators that have no form of their own."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from .sample import YEAR, Filled, Row, TownYear, as_of, grows_too_fast, last_day, share

# project status and money in thousandths of the planned sum: issued, allocated, disbursed, paid, reimbursed
STEPS = (
    ("未开工", 600, 300, 0, 0, 0),
    ("未开工", 1000, 800, 300, 0, 0),
    ("在建", 1000, 1000, 500, 300, 100),
    ("在建", 1000, 1000, 800, 600, 400),
    ("完工", 1000, 1000, 950, 900, 700),
    ("已验收", 1000, 1000, 1000, 950, 900),
    ("已审计", 1000, 1000, 1000, 1000, 1000),
)
BUILDING, BUILT = 2, 4  # the steps at which work starts and is done
LEVELS = {"中央": 40, "省级": 30, "市级": 12, "县级": 18}
CATEGORIES = {
    "产业": "种植养殖基地",
    "基础设施": "道路硬化",
    "公共服务": "村级活动场所",
    "教育": "教学点修缮",
    "危房改造": "危房改造",
    "就业": "扶贫车间",
}
SOURCES = ("省级考核反馈", "市级督查", "县级自查", "中央巡视反馈", "第三方评估")
FINDINGS = ("档案资料不全", "帮扶措施不具体", "资金拨付滞后", "饮水设施管护不到位", "政策宣传不到位", "公益岗位管理不规范")


@dataclass
class Project:
    """A project: its step of STEPS, and by fund level the sum planned and the money so far, in 分."""

    about: Row
    beneficiaries: int
    planned: dict[str, int]
    step: int
    money: dict[str, Row] = field(default_factory=dict)
    started_on: dt.date | None = None
    completed_on: dt.date | None = None

    def at(self, step: int) -> dict[str, Row]:
        """Money by level at a step, in whole 百元."""
        return {level: tuple(sum_ * part // 10_000_000 * 10_000 for part in STEPS[step][1:]) for level, sum_ in self.planned.items()}

    def move(self, step: int, first: dt.date, year: TownYear) -> None:
        self.step, self.money = step, self.at(step)
        day = year.between(first, last_day(first.month))
        if step >= BUILDING and not self.started_on:
            self.started_on = day
        if step >= BUILT and not self.completed_on:
            self.completed_on = day

    def rows(self) -> list[Row]:
        after = (STEPS[self.step][0], self.started_on, self.completed_on, self.beneficiaries)
        return [(*self.about, level, YEAR, planned, *self.money[level], *after) for level, planned in self.planned.items()]


def _project(year: TownYear, n: int) -> Project:
    category, work = year.chance.choice(list(CATEGORIES.items()))
    village = year.chance.choice(year.villages)
    levels = [year.pick(LEVELS)]
    if year.draw() < 0.2:
        levels.append(next(level for level in LEVELS if level != levels[0]))
    planned = {level: max(100, min(30_000, round(year.amount(1500, 0.9) / 100))) * 10_000 for level in levels}
    about = (f"{YEAR}-{year.town.code[-3:]}-{n + 1:04}", f"{village}{work}项目", village, category)
    return Project(about, 1 + int(year.draw() * 80), planned, year.pick({0: 4, 1: 3, 2: 2, 3: 1}))


def _sums(money: list[dict[str, Row]]) -> dict[str, list[int]]:
    sums = {level: [0] * 5 for level in LEVELS}
    for by_level in money:
        for level, figures in by_level.items():
            sums[level] = [a + b for a, b in zip(sums[level], figures, strict=True)]
    return sums


def _advancing(year: TownYear, projects: list[Project]) -> dict[int, int]:
    """Which projects take a step this month; where a level's money would leap, the dearest wait."""
    steps = {n: p.step + 1 for n, p in enumerate(projects) if p.step + 1 < len(STEPS) and year.draw() < 0.4}
    before = _sums([p.money for p in projects])
    while True:
        after = _sums([p.at(steps[n]) if n in steps else p.money for n, p in enumerate(projects)])
        leaping = [level for level in LEVELS if grows_too_fast(before[level], after[level])]
        if not leaping:
            return steps
        steps.pop(max((n for n in steps if leaping[0] in projects[n].planned), key=lambda n: projects[n].planned[leaping[0]]))


def project_forms(year: TownYear) -> list[Filled]:
    """Ledger of projects, the funds' progress, ledger of problems, and the other indicators, each month."""
    projects = [_project(year, n) for n in range(year.town.households // 12 + 3)]
    issues = [_issue(year, n) for n in range(year.town.households // 8 + 4)]
    stable = _stable(year, len(projects))
    found = []
    for month in range(1, year.months + 1):
        first = dt.date(YEAR, month, 1)
        steps = {n: p.step for n, p in enumerate(projects)} if month == 1 else _advancing(year, projects)
        for n, step in steps.items():
            projects[n].move(step, first, year)
        found.append(Filled("fund_project", month, *as_of(month), [row for p in projects for row in p.rows()]))
        sums = _sums([p.money for p in projects])
        total = [sum(column) for column in zip(*sums.values(), strict=True)]
        lines = [(level, YEAR, *money, share(money[3], money[0]), "支出进度") for level, money in [*sums.items(), ("合计", total)]]
        found.append(Filled("fund_summary", month, *as_of(month), lines[:-1], lines[-1]))
        known = [row for issue in issues if (row := _issue_at(issue, last_day(month)))]
        found.append(Filled("rectification", month, *as_of(month), known))
        states, started = Counter(row[6] for row in known), sum(p.step >= BUILDING for p in projects)
        counted = {
            "问题排查数": len(known),
            "问题整改数": states["已整改"],
            "问题未整改数": len(known) - states["已整改"],
            "问题整改率": share(states["已整改"], len(known)),
            "扶贫项目数": len(projects),
            "扶贫项目开工数": started,
            "扶贫项目开工率": share(started, len(projects)),
        }
        lines = [(name, None, value, "%" if name.endswith("率") else "个", None, None) for name, value in counted.items()]
        found.append(Filled("indicator_summary", month, *as_of(month), lines + stable))
    return found


def _issue(year: TownYear, n: int) -> Row:
    """A problem found: all but its state, and the day on which it will be closed."""
    old = n == 0 or year.draw() < 0.6
    found = year.between(dt.date(2019, 10, 1), dt.date(2019, 12, 31)) if old else year.between(dt.date(YEAR, 1, 1), last_day(12))
    due, closed = found + dt.timedelta(60 + int(year.draw() * 30)), found + dt.timedelta(20 + int(year.draw() * 100))
    about = (year.chance.choice(SOURCES), year.chance.choice(year.villages), year.chance.choice(FINDINGS))
    return (f"WT{n + 1:04}", *about, found, due, closed)


def _issue_at(issue: Row, day: dt.date) -> Row | None:
    """A problem's row as it stands on a day."""
    *about, found, due, closed = issue
    if found > day:
        return None
    left = (closed - day).days
    state = "已整改" if left <= 0 else "基本完成" if left <= 20 else "正在整改" if left <= 60 else "未整改"
    return (*about, found, due, state, closed if left <= 0 else None)


def _stable(year: TownYear, projects: int) -> list[Row]:
    """Indicators that no ledger tells: the same all year, parts adding up to their whole."""
    registered = year.registered
    allowance = round(registered * (0.9 + 0.5 * year.draw()))
    labour = round(registered * (0.5 + 0.1 * year.draw()))
    rows = [
        ("农村低保人数", None, allowance, "人"),
        ("低保中建档立卡人数", None, round(allowance * (0.5 + 0.2 * year.draw())), "人"),
        ("有劳动能力人数", None, labour, "人"),
        ("就业人数", None, round(labour * (0.6 + 0.25 * year.draw())), "人"),
    ]
    edge = {
        name: int(registered * 0.01 * year.draw() * weight) for name, weight in (("重病户", 3), ("残疾户", 3), ("危房户", 1), ("其他户", 1))
    }
    packages = {"初级包": round(registered * 0.65), "中级包": round(registered * 0.24), "高级包": round(registered * 0.08)}
    batches = {"第一批": projects // 2, "第二批": projects // 3, "第三批": projects - projects // 2 - projects // 3}
    for name, unit, parts in (("家庭医生签约人数", "人", packages), ("边缘户", "户", edge), ("入库项目", "个", batches)):
        rows.append((name, None, sum(parts.values()), unit))
        rows += [(name, part, count, unit) for part, count in parts.items()]
    return [(*row, None, None) for row in rows]
