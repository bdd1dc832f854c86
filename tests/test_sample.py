"""The practice county: its shares, its consistency without slips, and an answer key that is exact.

The record rules are worked out here a second time, by brute force on what the generator holds true, apart from the warehouse's SQL.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import lzma
import re
import zipfile
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from click.testing import CliRunner
from conftest import PROJECT, zhenshu
from python_calamine import CalamineWorkbook

from zhenshu import intake, privacy
from zhenshu.cli import main
from zhenshu.contract import forms
from zhenshu.counties import LIST
from zhenshu.sample import LINES, TownYear
from zhenshu.sample_county import Plan, write_county, write_county_as_seeds
from zhenshu.sample_files import Habits
from zhenshu.sample_places import MOST_TOWNS, towns
from zhenshu.sample_slips import DIGITS, KINDS
from zhenshu.values import plain
from zhenshu.workbook import find

SEEDS = (1, 2, 3, 4, 5)
# per term in 分: (stage, program) -> least, most; what was in force from autumn 2019 to autumn 2020
STANDARDS = {
    ("学前", "学前资助"): (35000, 75000),
    ("小学", "寄宿生生活补助"): (50000, 50000),
    ("初中", "寄宿生生活补助"): (62500, 62500),
    ("特教", "寄宿生生活补助"): (60000, 97500),
    ("小学", "非寄宿生生活补助"): (25000, 25000),
    ("初中", "非寄宿生生活补助"): (31250, 31250),
    ("普通高中", "国家助学金"): (50000, 150000),
    ("中职", "国家助学金"): (100000, 100000),
    ("高职", "国家助学金"): (100000, 220000),
    ("大专以上", "国家助学金"): (100000, 220000),
    ("普通高中", "免学费"): (20000, 85000),
    ("中职", "免学费"): (42500, 100000),
    ("中职", "雨露计划"): (150000, 150000),
    ("高职", "雨露计划"): (150000, 150000),
}
AGES = {"学前": (0, 7), "小学": (0, 19), "普通高中": (15, 99), "中职": (15, 99), "高职": (15, 99), "大专以上": (15, 99)}
GUARANTEES = ("food_clothing_secure", "education_secure", "medical_secure", "housing_secure", "water_secure")
LADDER = ("issued", "allocated", "disbursed", "paid", "reimbursed")
PAYMENTS = ("basic_insurance", "serious_illness", "supplementary", "medical_aid", "other_payment")
CLAIM_MONEY = ("total_cost", "in_policy_cost", *PAYMENTS, "self_paid")


class Truth:
    """All forms of a county as dicts: form -> (town, month, start, end, row)."""

    def __init__(self, seed: int, count: int = 17, households: int = 3000, months: int = 10):
        self.rows: dict[str, list[tuple]] = defaultdict(list)
        self.totals: dict[tuple, dict] = {}
        for town in towns(count, households, seed):
            for filled in TownYear(town, months, seed).forms():
                names = list(forms()[filled.form].columns)
                place = (town.name, filled.month, filled.start, filled.end)
                self.rows[filled.form] += [(*place, dict(zip(names, row, strict=True))) for row in filled.rows]
                if filled.total:
                    self.totals[filled.form, *place] = dict(zip(names, filled.total, strict=True))

    def by(self, form: str) -> dict[tuple, list[dict]]:
        found = defaultdict(list)
        for *place, row in self.rows[form]:
            found[tuple(place)].append(row)
        return found


@pytest.fixture(scope="module", params=SEEDS)
def truth(request: pytest.FixtureRequest) -> Truth:
    return Truth(request.param)


def close(found: float, wanted: float, within: float) -> bool:
    return abs(found - wanted) <= within


def test_documented_shares(truth: Truth) -> None:
    """docs/sample.md says where these come from; bounds are four standard errors and more."""
    register = [r for _, month, *_, r in truth.rows["household"] if month == 0]
    count, persons = len(register), sum(r["members"] for r in register)
    assert count == 3000
    assert close(persons / count, 3.11, 0.15)
    assert close(sum(r["main_cause"] == "因病" for r in register) / count, 0.50, 0.04)
    exits = {2014: 653, 2015: 1118, 2016: 864, 2017: 835, 2018: 1047, 2019: 1686, None: 133}
    for year, share in exits.items():
        assert close(sum(r["exit_year"] == year for r in register) / count, share / 6336, 0.035)
    closing = [r for _, month, *_, r in truth.rows["household"] if month]
    unstable = sum(r["monitored_type"] is not None for r in closing) / len(closing)
    assert 0.01 < unstable < 0.2
    costs = defaultdict(int)
    for *_, r in truth.rows["medical_claim"]:
        for name in CLAIM_MONEY:
            costs[r["visit_type"], name] += r[name]
    assert 0.87 < 1 - costs["住院", "self_paid"] / costs["住院", "total_cost"] < 0.95
    inpatient = sorted(r["total_cost"] for *_, r in truth.rows["medical_claim"] if r["visit_type"] == "住院")
    assert inpatient[-len(inpatient) // 10] > 2.5 * inpatient[len(inpatient) // 2]  # a heavy tail
    projects = [r for *_, r in truth.rows["fund_project"]]
    assert close(sum(r["fund_level"] == "中央" for r in projects) / len(projects), 0.45, 0.12)
    assert {r["project_status"] for r in projects} == {"未开工", "在建", "完工", "已验收", "已审计"}
    sizes = [t.households for t in towns(17, 3000, 1)]
    assert sum(size < 60 for size in sizes) == 1
    assert max(sizes) > 6 * min(sizes)


def test_household_rules(truth: Truth) -> None:
    heads: dict[tuple, list[str]] = defaultdict(list)
    for (_, month, _, end), rows in truth.by("household").items():
        heads[month > 0, 0] += [r["head_id"] for r in rows]
        assert len({r["household_no"] for r in rows}) == len(rows)
        for r in rows:
            exited, year = r["status"] == "已脱贫", r["exit_year"]
            assert exited <= (year is not None)
            assert (r["status"] == "未脱贫") <= (year is None)
            assert year is None or r["identified_on"].year < year <= end.year
            assert dt.date(2013, 1, 1) <= r["identified_on"] <= end
            assert 0 < r["net_income_per_capita"] <= 10_000_000
            assert 1 <= r["members"] <= 10
            assert r["main_cause"]
            assert end.year - int(r["head_id"][6:10]) >= 16
            assert r["monitored_type"] in (None, "脱贫不稳定户")
            assert r["monitored_type"] is None or exited
            if exited:
                assert r["net_income_per_capita"] >= LINES[end.year]
                assert all(r[name] for name in GUARANTEES)
                assert r["net_income_per_capita"] >= 500000 or r["monitored_type"]
    for numbers in heads.values():
        assert len(set(numbers)) == len(numbers)


def test_claim_rules(truth: Truth) -> None:
    left = {}
    for *_, r in truth.rows["register_change"]:
        if r["change_type"] == "自然减少" and r["households"]:
            left[r["household_no"]] = r["changed_on"]
    dead = {r["head_id"]: left[r["household_no"]] for *_, r in truth.rows["household"] if r["household_no"] in left}
    assert dead  # so that a payment after death can be planted
    seen = Counter()
    for _, _, start, end, r in truth.rows["medical_claim"]:
        paid = sum(r[name] for name in PAYMENTS)
        assert r["total_cost"] == paid + r["self_paid"]
        assert min(r[name] for name in CLAIM_MONEY) >= 0
        assert sum(r[name] for name in PAYMENTS) <= r["in_policy_cost"] <= r["total_cost"] <= 50_000_000
        assert r["discharged_on"] <= r["settled_on"]
        assert start <= r["settled_on"] <= end
        assert r["visit_type"] != "住院" or r["total_cost"] >= 10000
        assert r["patient_id"] not in dead or r["discharged_on"] <= dead[r["patient_id"]]
        assert 0 <= r["settled_on"].year - int(r["patient_id"][6:10]) <= 110
        seen[r["patient_id"], r["discharged_on"], r["total_cost"]] += 1
    assert max(seen.values()) == 1


def test_grant_rules(truth: Truth) -> None:
    seen, stages, boarders = Counter(), defaultdict(set), defaultdict(set)
    for _, _, start, _, r in truth.rows["education_grant"]:
        least, most = STANDARDS[r["stage"], r["program"]]
        assert least <= r["amount"] <= most
        youngest, oldest = AGES.get(r["stage"], (0, 99))
        assert youngest <= int(r["school_year"][:4]) - int(r["student_id"][6:10]) <= oldest
        assert r["paid_on"] >= start
        person = (r["student_id"], start)
        seen[*person, r["program"]] += 1
        stages[person].add(r["stage"])
        boarders[person].add(r["program"] if "寄宿" in r["program"] else None)
    assert max(seen.values()) == 1
    assert max(map(len, stages.values())) == 1
    assert max(len(programs - {None}) for programs in boarders.values()) == 1


def test_project_and_rectification_rules(truth: Truth) -> None:
    before: dict[tuple, dict] = {}
    for (town, _, _, end), rows in sorted(truth.by("fund_project").items()):
        names = defaultdict(set)
        assert len({(r["project_no"], r["fund_level"], r["fund_year"]) for r in rows}) == len(rows)
        for r in rows:
            names[r["project_no"]].add((r["project_name"], r["project_status"]))
            money = [r["planned"], *(r[name] for name in LADDER)]
            assert money == sorted(money, reverse=True)
            started, completed, status = r["started_on"], r["completed_on"], r["project_status"]
            assert (status == "未开工") == (started is None)
            assert (status not in ("未开工", "在建")) == (completed is not None)
            assert status != "未开工" or not r["paid"]
            assert completed is None or (started <= completed <= end and r["paid"])
            assert started is None or started <= end
            last = before.get((town, r["project_no"], r["fund_level"]), r)
            assert all(last[name] <= r[name] for name in LADDER)
            before[town, r["project_no"], r["fund_level"]] = r
        assert max(map(len, names.values())) == 1
    for (*_, end), rows in truth.by("rectification").items():
        assert len({r["issue_no"] for r in rows}) == len(rows)
        for r in rows:
            assert r["found_on"] <= min(end, r["due_on"])
            assert (r["status"] == "已整改") == (r["closed_on"] is not None)
            assert r["closed_on"] is None or r["found_on"] <= r["closed_on"] <= end


def test_register_rules_and_summaries_follow_from_ledgers(truth: Truth) -> None:
    households, changes = truth.by("household"), truth.by("register_change")
    for (form, town, month, start, end), total in truth.totals.items():
        if form != "exit_summary":
            continue
        opening = {r["household_no"]: r for r in households[town, 0, dt.date(2019, 1, 1), dt.date(2019, 12, 31)]}
        exited, remaining, known = defaultdict(lambda: [0, 0]), [0, 0], {no: r["members"] for no, r in opening.items()}
        for r in opening.values():
            for n, figure in enumerate((1, r["members"])):
                (exited[r["exit_year"]] if r["exit_year"] else remaining)[n] += figure
        for (of, m, first, last), rows in changes.items():
            if of != town or m > month:
                continue
            for r in rows:
                kind, persons, no = r["change_type"], r["persons"], r["household_no"]
                assert first <= r["changed_on"] <= last
                assert no in known or kind == "新识别"
                assert 0 < persons <= known.get(no, persons)
                assert kind not in ("脱贫", "返贫", "清退") or persons == known[no]
                year = opening[no]["exit_year"] if no in opening else None
                here = exited[year] if year else remaining
                sign = 1 if kind in ("新识别", "自然增加", "迁入", "补录") else -1
                for n, figure in enumerate((r["households"], persons)):
                    here[n] += sign * figure
                    if kind in ("脱贫", "返贫"):
                        (exited[2020] if kind == "脱贫" else remaining)[n] += figure
        rows = next(v for k, v in truth.by("exit_summary").items() if k == (town, month, start, end))
        assert {r["exit_year"]: [r["exited_households"], r["exited_persons"]] for r in rows} == {y: exited[y] for y in range(2014, 2021)}
        assert [total["remaining_households"], total["remaining_persons"]] == remaining
        closing = households.get((town, month, start, end))
        if closing:
            left = [r["members"] for r in closing if r["status"] != "已脱贫"]
            assert [len(left), sum(left)] == remaining
            assert [total["registered_households"], total["registered_persons"]] == [len(closing), sum(r["members"] for r in closing)]


def test_cumulative_figures_neither_fall_nor_leap(truth: Truth) -> None:
    figures: dict[tuple, dict[int, int]] = defaultdict(dict)
    for form, label in (("medical_summary", "visit_type"), ("fund_summary", "fund_level"), ("exit_summary", "exit_year")):
        for town, month, _, _, r in truth.rows[form]:
            for name, value in r.items():
                if isinstance(value, int) and name not in (label, "fund_year", "reported_ratio", "reported_rate"):
                    figures[form, town, r[label], name][month] = value
    for town, month, _, _, r in truth.rows["indicator_summary"]:
        if r["unit"] != "%":
            figures["indicator_summary", town, r["indicator"], r["breakdown"]][month] = r["value"]
    for key, values in figures.items():
        months = sorted(values)
        for earlier, later in pairwise(months):
            assert not values[earlier] or values[later] <= 10 * values[earlier], key
            if key[0] in ("medical_summary", "fund_summary"):
                assert values[earlier] <= values[later], key
    for form, town, month, *_ in truth.totals:
        if form == "medical_summary" and (form, town, month - 1) in {k[:3] for k in truth.totals}:
            now, before = (next(v for k, v in truth.totals.items() if k[:3] == (form, town, m)) for m in (month, month - 1))
            assert all(now[name] <= 10 * before[name] for name in ("visits", *CLAIM_MONEY) if before[name])


def test_no_place_is_real() -> None:
    with LIST.open("rb") as packed:
        rows = list(csv.DictReader(io.StringIO(lzma.decompress(packed.read()).decode("utf-8"))))
    real = {row[name] for row in rows for name in ("town_name", "county_name", "prefecture_name", "province_name")}
    every = towns(MOST_TOWNS, 100_000, 1)
    assert len({t.name for t in every}) == len({t.code for t in every}) == MOST_TOWNS
    for town in every:
        assert not {town.name, town.county, town.prefecture, "云泽省"} & real
        assert town.code.startswith("9001")


def test_every_habit_occurs() -> None:
    names = [name for name, value in vars(Habits).items() if isinstance(value, property)]
    assert len(names) >= 8
    for name in names:
        seventeen, hundred = ({getattr(Habits(n), name) for n in range(count)} for count in (17, 170))
        assert len(seventeen) > 1
        assert seventeen == hundred


def files_of(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    plan = Plan(towns=9, households=500, seed=7, months=2, slips=12)
    for name in ("one", "other"):
        write_county(tmp_path / name, plan)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")
    write_county(tmp_path / "third", Plan(towns=9, households=500, seed=8, months=2, slips=12))
    assert files_of(tmp_path / "one") != files_of(tmp_path / "third")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county without slips, read by intake."""
    county = tmp_path_factory.mktemp("sound") / "county"
    write_county(county, Plan(households=900, months=4))
    return county


def test_without_slips_intake_has_nothing_to_say(sound: Path) -> None:
    result = intake.run(sound, sound)
    assert [vars(p) for p in result.problems] == []
    assert all(result.tables.values())


def test_seeds_written_directly_are_what_intake_makes(sound: Path, tmp_path: Path) -> None:
    """All columns of all seeds, printed text and origins too; apart from the order of rows, and sha256, since there is no file."""
    intake.run(sound, sound)
    write_county_as_seeds(tmp_path / "direct", Plan(households=900, months=4))
    for path in sorted((sound / "seeds/township").glob("*.csv")):
        one, other = (pl.read_csv(p, infer_schema=False) for p in (path, tmp_path / "direct/seeds/township" / path.name))
        one, other = (table.drop("sha256", strict=False) for table in (one, other))
        assert one.columns == other.columns
        assert one.sort(one.columns, nulls_last=True).equals(other.sort(one.columns, nulls_last=True)), path.name
    for name in ("township", "received", "submission_due"):
        assert (sound / f"seeds/reference/{name}.csv").read_bytes() == (tmp_path / f"direct/seeds/reference/{name}.csv").read_bytes()
    assert not (tmp_path / "direct/workbooks").exists()


def standing(path: Path, sheet: str) -> list[list[str]]:
    """A sheet's cells as text, by a reader that is not intake's: openpyxl, calamine for .xls, csv."""
    if path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="gb18030"), newline="")))
    elif path.suffix == ".xls":
        rows = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    else:
        rows = openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True)

    def text(cell: object) -> str:
        if isinstance(cell, dt.datetime):
            cell = cell.date()
        return cell.isoformat() if isinstance(cell, dt.date) else plain("" if cell is None else cell)

    return [[text(cell) for cell in row] for row in rows]


def at(rows: list[list[str]], cell: str) -> str:
    letters, number = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    row = rows[int(number) - 1]
    return row[column - 1] if column <= len(row) else ""


def same(cell: str, told: str) -> bool:
    """Identity numbers stand masked in the key."""
    return bool(re.fullmatch(re.escape(told).replace(r"\*", r"[\dX]"), cell)) if "****" in told else cell == told


@pytest.fixture(scope="module", params=(1, 2))
def slipped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    county = tmp_path_factory.mktemp("slipped") / "county"
    write_county(county, Plan(months=4, seed=request.param, slips=75))
    return county


def test_every_slip_stands_where_the_key_says(slipped: Path) -> None:
    key = json.loads((slipped / "answer_key.json").read_text(encoding="utf-8"))
    counts = Counter(slip["kind"] for slip in key)
    assert set(counts) == set(KINDS)
    assert len(key) == 75
    assert set(counts.values()) == {3}
    assert len({s["town"] for s in key}) > 12
    assert {s["form"] for s in key} == set(forms())
    assert max(Counter((s["file"], s["sheet"]) for s in key if s["kind"] != "late form").values()) == 1
    with (slipped / "seeds/reference/received.csv").open(encoding="utf-8") as lines:
        received = {row["source_file"]: row["received_on"] for row in csv.DictReader(lines)}
    assert set(received) == {p.relative_to(slipped / "workbooks").as_posix() for p in (slipped / "workbooks").rglob("*.*")}
    for slip in key:
        path = slipped / "workbooks" / slip["file"]
        assert slip["explainable"] == (slip["kind"] in DIGITS)
        if slip["kind"] == "missing form":
            assert not path.exists() or slip["sheet"] not in CalamineWorkbook.from_path(path).sheet_names
            continue
        if slip["kind"] == "late form":
            assert received[slip["file"]] == slip["written"] > slip["true"]
            continue
        if path.suffix == ".xls" and slip["written"] == "#DIV/0!":  # which calamine shows as blank: intake's own reader
            (book,) = (b for b in find(slipped / "workbooks") if b.name == slip["file"])
            cells = next(read() for name, read in book.sheets() if name == slip["sheet"]).rows
            rows = [[plain(cell) for cell in row] for row in cells]
        else:
            rows = standing(path, slip["sheet"])
        if not slip["cell"]:
            assert slip["kind"] == "a part left out"
            assert slip["true"] not in {"｜".join(row) for row in rows}
            continue
        assert same(at(rows, slip["cell"]), slip["written"]), slip
        assert slip["written"] != slip["true"]
        if "corrected_by" in slip:
            later = next(s for s in (slip["sheet"], Path(slip["corrected_by"]).stem) if path.suffix == ".csv" or s == slip["sheet"])
            assert at(standing(slipped / "workbooks" / slip["corrected_by"], later), slip["cell"]) == slip["true"]
            assert received[slip["corrected_by"]] > received[slip["file"]]


def test_the_key_tells_no_identity_number(slipped: Path) -> None:
    text = (slipped / "answer_key.json").read_text(encoding="utf-8")
    assert not privacy.LONG_NUMBER.search(text)


def test_usage(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    for arguments in (["full"], ["new", "--households", "100"], ["new", "--as", "seeds", "--slips", "1"], ["new", "--months", "13"]):
        done = CliRunner().invoke(main, ["sample", str(tmp_path / arguments[0]), *arguments[1:]])
        assert done.exit_code == 2, arguments
    done = CliRunner().invoke(main, ["sample", str(tmp_path / "new"), "--towns", "2", "--households", "90", "--months", "1"])
    assert done.exit_code == 0, done.output


@pytest.mark.slow
def test_without_slips_no_identity_fails(tmp_path: Path) -> None:
    import duckdb

    write_county(tmp_path / "county", Plan(towns=4, households=200, months=2))
    done = zhenshu("build", data=tmp_path / "county")
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(tmp_path / "county/warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        checked, failed = warehouse.sql("select count(*), count(case when not passes then 1 end) from mart_identity_check").fetchone()
        assert checked > 300
        assert failed == 0
        assert warehouse.sql("select count(*) from mart_town_indicator where verdict in ('differs', 'contradicts')").fetchone() == (0,)


def content(path: Path) -> dict[str, bytes]:
    """A file's bytes; of a workbook that is a zip archive its members', since machines compress differently."""
    if path.suffix != ".xlsx":
        return {"": path.read_bytes()}
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_the_default_data_are_a_practice_county(tmp_path: Path) -> None:
    """As `zhenshu sample OUT --months 3 --slips 40` writes it; the seeds come from it, as test_intake.py shows."""
    write_county(tmp_path, Plan(months=3, slips=40))
    for part in ("workbooks", "seeds/reference"):
        listed = {p.relative_to(tmp_path / part) for p in (tmp_path / part).rglob("*.*")}
        if part == "workbooks":
            assert listed == {p.relative_to(PROJECT / part) for p in (PROJECT / part).rglob("*.*")}
        for name in listed:
            assert content(tmp_path / part / name) == content(PROJECT / part / name), name
    assert (tmp_path / "answer_key.json").read_bytes() == (PROJECT / "answer_key.json").read_bytes()
    sizes = [p.stat().st_size for p in (PROJECT / "workbooks").rglob("*.*")]
    assert sum(sizes) < 3_000_000
    assert all(p.stat().st_size < 2 << 20 for p in (PROJECT / "seeds/township").glob("*.csv"))


def test_no_identity_number_stands_outside_the_workbooks() -> None:
    searched = [*PROJECT.glob("seeds/**/*.csv"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("*.md"), PROJECT / "answer_key.json"]
    assert len(searched) > 30
    for path in filter(Path.is_file, searched):
        numbers = set(re.findall(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])", path.read_text(encoding="utf-8")))
        assert not [n for n in numbers if privacy.is_identity(n)], path.name
