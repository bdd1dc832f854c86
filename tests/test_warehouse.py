"""Counties that are incomplete or at odds with themselves: each has a stated outcome in the warehouse, and nothing is guessed."""

import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import zhenshu
from intake_county import xlsx

from zhenshu.privacy import check_digit

pytestmark = pytest.mark.slow
HEAD = "town_code,town_name,aliases,county_code,county_name,prefecture_name,province_name,code_system,code_year\n"
TOWNS = {name: f"9001012{n:02}" for n, name in enumerate(["矛盾乡", "无账乡", "只账乡", "缺月乡"], 1)}
CLAIM = [
    "行政村",
    "患者姓名",
    "证件号码",
    "就诊类型",
    "结算日期",
    "总费用",
    "基本医保",
    "大病保险",
    "补充保险",
    "医疗救助",
    "其他补偿",
    "个人自付",
]
MEDICAL = ["就诊类型", "就诊人次", "总费用", "基本医保", "个人自付"]


def person(n: int) -> str:
    """A made-up identity number; 900101 is no place."""
    body = f"900101198001{n % 28 + 1:02}{n:03}"
    return body + check_digit(body)


def claims(town: str, month: int, *costs: tuple[int, int]) -> tuple[str, bytes]:
    """A month's ledger of inpatient claims, each (total, self-paid), the rest paid by basic insurance."""
    rows = [
        ["东村", "张三", person(n), "住院", f"2020-{month:02}-15", total, total - own, 0, 0, 0, 0, own]
        for n, (total, own) in enumerate(costs)
    ]
    title = [[f"{town}2020年{month}月健康扶贫报销台账"], ["单位：元"]]
    return f"{town}2020年{month}月台账.xlsx", xlsx({"健康扶贫报销台账": [*title, CLAIM, *rows]})


def summary(town: str, month: int, *rows: list) -> tuple[str, bytes]:
    title = [[f"{town}健康扶贫汇总表"], [f"统计时间：2020年1—{month}月"], ["单位：元"]]
    return f"{town}2020年1—{month}月汇总.xlsx", xlsx({"健康扶贫汇总表": [*title, MEDICAL, *rows, ["合计", *rows[0][1:]]]})


def new_county(folder: Path, towns: dict[str, str], *files: tuple[str, bytes]) -> Path:
    (folder / "workbooks").mkdir(parents=True)
    (folder / "seeds/reference").mkdir(parents=True)
    lines = "".join(f"{code},{name},,900101,甲县,示例市,示例省,示例代码,2020\n" for name, code in towns.items())
    (folder / "seeds/reference/township.csv").write_text(HEAD + lines, encoding="utf-8")
    (folder / "county.key").write_text("a key for tests only", encoding="utf-8")
    for name, content in files:
        (folder / "workbooks" / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def uneven(tmp_path_factory) -> Path:
    """Four towns: forms that contradict each other, no ledger, only ledgers, a month missing."""
    return new_county(
        tmp_path_factory.mktemp("uneven") / "county",
        TOWNS,
        claims("矛盾乡", 1, (1000, 100), (500, 50)),
        claims("矛盾乡", 2, (300, 30)),
        # the summary of February says 100 too much cost, and balances with itself
        summary("矛盾乡", 2, ["住院", 3, 1900, 1720, 180]),
        summary("无账乡", 2, ["住院", 3, 1800, 1620, 180]),
        claims("只账乡", 1, (1000, 100)),
        claims("只账乡", 2, (200, 20)),
        claims("缺月乡", 1, (1000, 100)),
        claims("缺月乡", 3, (200, 20)),
        summary("缺月乡", 3, ["住院", 2, 1200, 1080, 120]),
    )


@pytest.fixture(scope="module")
def figures(uneven) -> dict[tuple, tuple]:
    done = zhenshu("build", data=uneven)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(uneven / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute(
            "select town_name, month(period_end), indicator, value, reported_value, verdict, checked_against from mart_town_indicator"
            " where breakdown_by = 'total' and month(period_start) = 1"
        ).fetchall()
    return {row[:3]: row[3:] for row in rows}


def test_a_summary_that_its_ledger_contradicts_differs_and_the_ledger_counts(figures, uneven):
    assert figures["矛盾乡", 2, "medical_total_cost"] == (1800, 1900, "differs", "ledger")
    assert figures["矛盾乡", 2, "medical_visits"] == (3, 3, "agrees", "ledger")
    with duckdb.connect(str(uneven / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        broken = warehouse.execute(
            "select indicator, breakdown, left_value, right_value from mart_identity_check"
            " where not passes and identity = 'summary_equals_ledger' and town_name = '矛盾乡' order by indicator, breakdown"
        ).fetchall()
    assert ("medical_total_cost", "合计", Decimal(1900), Decimal(1800)) in broken
    assert {b[0] for b in broken} == {"medical_total_cost", "medical_basic_insurance"}


def test_a_town_without_ledgers_has_its_reported_figures_unchecked(figures):
    assert figures["无账乡", 2, "medical_total_cost"] == (1800, 1800, "agrees", "parts")
    assert figures["无账乡", 2, "medical_actual_ratio"][0] == pytest.approx(0.9)


def test_a_town_with_only_ledgers_is_recomputed_and_not_reported(figures):
    assert figures["只账乡", 1, "medical_total_cost"] == (1000, None, "not reported", "ledger")
    # nobody asked for January to February, so nobody adds it up
    assert ("只账乡", 2, "medical_total_cost") not in figures


def test_a_gap_between_ledgers_leaves_the_sum_unknown(figures):
    assert figures["缺月乡", 3, "medical_total_cost"] == (1200, 1200, "agrees", "parts")


def test_a_county_with_one_town_and_nothing_sent_is_built_empty(tmp_path):
    county = new_county(tmp_path / "county", {"空乡": "900101299"})
    done = zhenshu("build", data=county)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute("select count(*) from mart_town_indicator").fetchone() == (0,)
        assert warehouse.execute("select count(*) from expectation_result where not success").fetchone() == (0,)
    assert list((county / "site").glob("*.html"))


def test_two_towns_of_one_code_stop_the_build_and_keep_the_last(uneven, figures, tmp_path):
    county = tmp_path / "county"
    shutil.copytree(uneven, county)
    sound = (county / "warehouse/zhenshu.duckdb").read_bytes()
    with (county / "seeds/reference/township.csv").open("a", encoding="utf-8") as towns:
        towns.write("900101201,重号乡,,900101,甲县,示例市,示例省,示例代码,2020\n")
    done = zhenshu("build", data=county)
    assert done.returncode == 1 and "unique_township_town_code" in done.stdout, done.stdout + done.stderr
    assert (county / "warehouse/zhenshu.duckdb").read_bytes() == sound


def published(county: Path) -> dict[str, list[tuple]]:
    """Every published table, its rows in order."""
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        names = [n for (n,) in warehouse.execute("select table_name from duckdb_tables() where schema_name = 'main' order by 1").fetchall()]
        return {name: sorted(warehouse.execute(f'from "{name}"').fetchall(), key=repr) for name in names}


def test_a_corrected_version_moves_its_figures_and_without_it_they_are_as_before(uneven, figures, tmp_path):
    county = tmp_path / "county"
    shutil.copytree(uneven, county, ignore=shutil.ignore_patterns("warehouse", "site", "target", "logs", "returns"))
    name, content = summary("矛盾乡", 2, ["住院", 3, 1800, 1620, 180])
    corrected = county / "workbooks" / name.replace(".xlsx", "（更正）.xlsx")
    corrected.write_bytes(content)
    assert zhenshu("build", data=county).returncode == 0
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        moved = warehouse.execute(
            "select column_name, breakdown, old_value, new_value, old_cell, new_cell from mart_figure_revision order by 1, 2"
        ).fetchall()
        versions = warehouse.execute(
            "select version, is_in_force, changed_figure_count from mart_submission where town_name = '矛盾乡' and form = 'medical_summary'"
            " order by 1"
        ).fetchall()
        verdict = warehouse.execute(
            "select verdict from mart_town_indicator where town_name = '矛盾乡' and indicator = 'medical_total_cost'"
            " and breakdown_by = 'total' and month(period_end) = 2 and month(period_start) = 1"
        ).fetchone()
    # cost and basic insurance, of 住院 and of the total
    assert [m[:2] for m in moved] == [("basic_insurance", b) for b in ("住院", "合计")] + [("total_cost", b) for b in ("住院", "合计")]
    assert moved[2] == ("total_cost", "住院", Decimal(1900), Decimal(1800), "C5", "C5")
    assert (versions, verdict) == ([(1, False, None), (2, True, 4)], ("agrees",))
    corrected.unlink()
    assert zhenshu("build", data=county).returncode == 0
    before, after = published(uneven), published(county)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
