"""Medical claims and education grants of a practice town, and the summaries that follow from them."""

import datetime as dt

from .sample import MOST_GROWTH, YEAR, Filled, Household, Row, TownYear, in_month, last_day, share, since_january, term_of
from .sample_places import Person

# visit type: settled claims per person and month, median cost in 元, spread of its logarithm, share in the county, out-of-policy share
VISITS = {
    "住院": (0.014, 4500, 0.9, 0.85, 0.06),
    "慢病门诊": (0.012, 350, 0.8, 0.93, 0.04),
    "普通门诊": (0.02, 110, 0.6, 0.97, 0.08),
}
STAGES = ("学前", "小学", "初中", "普通高中", "中职", "高职", "大专以上", "特教")
SCHOOLS = dict(zip(STAGES, ("幼儿园", "中心小学", "初级中学", "第一中学", "职业中学", "职业学院", "学院", "特殊教育学校"), strict=True))
TERMS = {1: ("秋季", 2019), 4: ("春季", 2019), 11: ("秋季", 2020)}  # month in which a term's payments are reported: term, school year


# medical claims


def _claim(year: TownYear, house: Household, person: Person, visit: str, month: int) -> Row:
    _, median, spread, near, outside = VISITS[visit]
    total = min(max(year.amount(median, spread), 12000 if visit == "住院" else 1500), 48_000_000)
    in_policy = total - int(total * outside * 2 * year.draw())
    basic = in_policy * (620 + int(year.draw() * 120)) // 1000
    left = in_policy - basic
    serious = max(0, left - 300_000) * 6 // 10 if visit == "住院" else 0
    left -= serious
    extra = left * (300 + int(year.draw() * 200)) // 1000 if visit != "普通门诊" else 0
    left -= extra
    aid = left * (400 + int(year.draw() * 300)) // 1000 if visit != "普通门诊" or house.kind != "一般户" else 0
    # every payment stays within the policy's scope
    other = (left - aid) * int(year.draw() * 500) // 1000 if visit == "住院" else 0
    settled = year.between(dt.date(YEAR, month, 1), last_day(month))
    discharged = settled - dt.timedelta(int(year.draw() * 15))
    in_county = year.draw() < near
    hospital = ("镇卫生院", "县人民医院", "县中医院")[int(year.draw() * 3)] if in_county else "市人民医院"
    money = (total, in_policy, basic, serious, extra, aid, other, total - basic - serious - extra - aid - other)
    return (house.village, person.name, person.number, visit, hospital, in_county, discharged, settled, *money)


def medical_forms(year: TownYear) -> list[Filled]:
    patients = [(h, p) for h in year.households if not year.leaves(h) for p in h.people]
    so_far = {visit: [0] * 9 for visit in (*VISITS, "合计")}
    found = []
    for month in range(1, year.months + 1):
        claims = []
        for visit, (rate, *_) in VISITS.items():
            least = 2 if month == 1 else int(visit == "普通门诊")
            count = max(least, year.count(rate * len(patients)))
            picked = [patients[int(year.draw() * len(patients))] for _ in range(count)]
            claims += [_claim(year, h, p, visit, month) for h, p in picked]
        so_far = _kept_slow(claims, so_far)
        claims.sort(key=lambda c: (c[7], c[2]))
        found.append(Filled("medical_claim", month, *in_month(month), claims))
        lines = []
        for visit, (visits, total, in_policy, *paid, self_paid) in so_far.items():
            ratio = share(sum(paid), total)
            lines.append((None, visit, visits, total, in_policy, *paid, sum(paid), self_paid, ratio, "总费用"))
        found.append(Filled("medical_summary", month, *since_january(month), lines[:-1], lines[-1]))
    return found


def _kept_slow(claims: list[Row], before: dict[str, list[int]]) -> dict[str, list[int]]:
    """Sums with this month's claims, of which the dearest stay away where a sum would leap."""
    while True:
        now = {kind: sums.copy() for kind, sums in before.items()}
        for claim in claims:
            for sums in (now[claim[3]], now["合计"]):
                for n, figure in enumerate((1, *claim[8:])):
                    sums[n] += figure
        leaps = [(kind, n) for kind in now for n in range(9) if before[kind][n] and now[kind][n] > MOST_GROWTH * before[kind][n]]
        if not leaps:
            return now
        kind, n = leaps[0]
        claims.remove(max((c for c in claims if kind in (c[3], "合计")), key=lambda c: (1, *c[8:])[n]))


def _stage(person: Person, age: int) -> str | None:
    track = person.track
    if 7 <= age <= 15 and track < 0.015:
        return "特教"
    if 4 <= age <= 6:
        return "学前" if track < 0.8 else None
    if 7 <= age <= 15:
        return "小学" if age < 13 else "初中"
    if 16 <= age <= 18:
        return "普通高中" if track < 0.5 else "中职" if track < 0.9 else None
    if 19 <= age <= 21:
        return "大专以上" if track < 0.25 else "高职" if track < 0.45 else None
    return None


def _programs(stage: str, track: float) -> list[tuple[str, int]]:
    """What a student is paid a term, in 分."""
    boards = track * 10 % 1 < 0.55
    tier = int(track * 100 % 1 * 3)
    return {
        "学前": [("学前资助", 50000)],
        "小学": [("寄宿生生活补助", 50000) if boards else ("非寄宿生生活补助", 25000)],
        "初中": [("寄宿生生活补助", 62500) if boards else ("非寄宿生生活补助", 31250)],
        "普通高中": [("国家助学金", (50000, 100000, 150000)[tier]), ("免学费", 42500)],
        "中职": [("国家助学金", 100000), ("免学费", 100000), ("雨露计划", 150000)][tier % 2 :],
        "高职": [("国家助学金", (110000, 165000, 220000)[tier]), ("雨露计划", 150000)],
        "大专以上": [("国家助学金", (110000, 165000, 220000)[tier])],
        "特教": [("寄宿生生活补助", 60000)],
    }[stage]


def education_forms(year: TownYear) -> list[Filled]:
    found = []
    for month, (term, school_year) in TERMS.items():
        if month > year.months:
            break
        start, end, stated = term_of(term, school_year)
        grants, counts = [], {stage: [0] * 5 for stage in STAGES}
        for h in year.households:
            for person in h.people if not year.leaves(h) else ():
                stage = _stage(person, school_year - person.born)
                if stage is None:
                    continue
                count = counts[stage]
                count[0] += 1
                count[1] += (entitled := year.draw() < 0.98 or h is year.households[0])
                if not entitled or (year.draw() > 0.97 and h is not year.households[0]):
                    continue
                grants += (new := _grants(year, h, (person, stage), (term, school_year), (start + dt.timedelta(30), last_day(month))))
                count[2] += 1
                count[3] += len(new)
                count[4] += sum(grant[9] for grant in new)
        grants.sort(key=lambda g: (STAGES.index(g[3]), g[0], g[2]))
        rows = [(stage, None, None, *count) for stage, count in counts.items() if count[0]]
        total = ("合计", None, None, *(sum(row[n] for row in rows) for n in range(3, 8)))
        found.append(Filled("education_grant", month, start, end, stated, grants))
        found.append(Filled("education_summary", month, start, end, stated, rows, total))
    return found


def _grants(year: TownYear, h: Household, student: tuple[Person, str], term: tuple[str, int], paid: tuple[dt.date, dt.date]) -> list[Row]:
    (person, stage), school_year = student, term[1]
    near = stage in STAGES[:3] or person.track * 1000 % 1 < (0.1 if stage in ("高职", "大专以上") else 0.8)
    school = ("县" if near else "市") + SCHOOLS[stage]
    paid_on = year.between(*paid)
    place = ("县内" if near else "县外", f"{school_year}-{school_year + 1}学年")
    return [
        (h.village, person.name, person.number, stage, school, place[0], program, place[1], term[0], amount, paid_on)
        for program, amount in _programs(stage, person.track)
    ]
