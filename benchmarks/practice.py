"""Practice workbooks for the benchmark: layouts as townships lay them out, and nobody's data.

Everything here is synthetic: address code 900101 belongs to no place, names are put together from two lists, figures are drawn from a
fixed seed. The same arguments give the same workbooks.
"""

import csv
import datetime as dt
import io
import random
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import xlsxwriter
import xlwt

from zhenshu.privacy import check_digit

# ruff: noqa: SIM905

SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高", ["".join(pair) for pair in product("春秋明建国秀文永小志", "华芳平英军兰林生梅山")]
VILLAGES = [f"{a}{b}村" for a, b in product("东西南北上下大小", "坪湾沟河岭")]
TOWNSHIP = "town_code,town_name,aliases,county_code,county_name,prefecture_name,province_name,code_system,code_year\n"
HOUSEHOLD = (
    "行政村 户编号 户主姓名 证件号码 家庭人口数 户类型 主要致贫原因 识别时间 脱贫状态 脱贫年度 监测对象类别 人均纯收入（元） "
    "不愁吃穿 义务教育 基本医疗 住房安全 饮水安全"
).split()
CLAIM = "行政村 患者姓名 证件号码 就诊类型 就诊医院 是否县域内 出院日期 结算日期 总费用 政策内费用".split()
PAID = "基本医保 大病保险 补充保险 医疗救助 其他".split()
GRANT = "行政村 学生姓名 证件号码 学段 就读学校 就读地 资助项目 学年 学期 资助金额（元） 发放时间".split()
PROJECT = (
    "项目编号 项目名称 实施村 项目类别 资金来源 资金年度 计划投资 下达资金 分配资金 拨付资金 支出资金 项目进度 开工时间 受益户数".split()
)
FUND_HEAD = ["资金来源", "下达金额", "已安排分配", "已拨付", "已支出"]
Rows = list[list[object]]


def identity(chance: random.Random) -> str:
    """A made-up identity number with a right check digit."""
    body = f"900101{chance.randrange(1940, 2014)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}{chance.randrange(1000):03}"
    return body + check_digit(body)


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + chance.choice(GIVEN)


def _date(chance: random.Random, first: int = 2014, last: int = 2020) -> object:
    """A day in one of the spellings that clerks use."""
    year, month, day = chance.randint(first, last), chance.randint(1, 12), chance.randint(1, 28)
    spellings = (dt.date(year, month, day), f"{year}.{month}.{day}", f"{year}年{month}月{day}日", f"{year}-{month:02}-{day:02}")
    return chance.choices(spellings, (6, 2, 1, 1))[0]


def households(chance: random.Random, count: int) -> Iterator[list[object]]:
    """Rows of the household ledger."""
    secure = ("是", "是", "是", "√", "否")
    for n in range(count):
        left = chance.random() < 0.8
        row = [chance.choice(VILLAGES), f"9001{n:07}", _name(chance), identity(chance), chance.randint(1, 8)]
        row += [
            chance.choice(("一般户", "低保户", "特困供养户")),
            chance.choice(("因病", "因残", "因学", "缺技术", "缺劳动力")),
        ]
        row += [_date(chance), "已脱贫" if left else "未脱贫", chance.choice((2017, "2018", "2019年")) if left else "", ""]
        yield [*row, round(chance.uniform(1500, 15000), 2), *(chance.choice(secure) for _ in range(5))]


def _claims(chance: random.Random, count: int) -> Rows:
    rows = []
    for _ in range(count):
        cost = chance.randrange(20_000, 4_000_000)
        paid = [cost * share // 1000 for share in (620, 80, 20, 60, 10)]
        kind, near = chance.choice(("住院", "慢病门诊", "普通门诊", "门诊慢特病")), chance.choice("是否")
        left, settled = _date(chance, 2020, 2020), _date(chance, 2020, 2020)
        row = [chance.choice(VILLAGES), _name(chance), identity(chance), kind, "县人民医院", near, left, settled]
        rows.append([*row, cost / 100, cost * 9 // 10 / 100, *(p / 100 for p in paid), (cost - sum(paid)) / 100])
    return rows


def _grants(chance: random.Random, count: int) -> Rows:
    stages, programs = ("学前", "幼儿园", "小学", "初中", "中职"), ("学前资助", "寄宿生生活补助", "免学费", "雨露计划")
    rows = []
    for _ in range(count):
        row = [
            chance.choice(VILLAGES),
            _name(chance),
            identity(chance),
            chance.choice(stages),
            "镇中心学校",
            chance.choice(("县内", "县外")),
        ]
        amount = f"{chance.randrange(500, 3001, 125):,}"
        rows.append(
            [*row, chance.choice(programs), "2019-2020学年", chance.choice(("春季", "秋季")), amount, f"2020.{chance.randint(1, 10)}.15"]
        )
    return rows


def _projects(chance: random.Random, count: int) -> Rows:
    rows = []
    for n in range(count):
        sums = sorted((chance.randrange(10_000, 9_000_000) / 10_000 for _ in range(5)), reverse=True)
        row = [
            f"P2020{n:04}",
            f"{chance.choice(VILLAGES)}产业路硬化",
            chance.choice(VILLAGES),
            chance.choice(("产业", "基础设施", "公共服务")),
        ]
        row += [chance.choice(("中央", "省级", "市级", "县级")), 2020, *sums]
        rows.append([*row, chance.choice(("在建", "完工", "已验收")), f"2020年{chance.randint(1, 9)}月5日", chance.randint(5, 300)])
    return rows


def _with_total(rows: Rows, first: bool, label: str = "合计") -> Rows:
    """A table of one label and figures with the row of its sums."""
    total = [label, *(round(sum(r[c] for r in rows), 6) for c in range(1, len(rows[0])))]
    return [total, *rows] if first else [*rows, total]


class _Sheet:
    """A sheet of an .xlsx workbook that is filled from the top."""

    def __init__(self, book: xlsxwriter.Workbook, name: str, title: str, line: str = ""):
        self.sheet, self.row = book.add_worksheet(name), 0
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.put([title])
        if line:
            self.put([line])

    def put(self, *rows: list[object]) -> None:
        for row in rows:
            for column, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    self.sheet.write_datetime(self.row, column, cell, self.day)
                elif cell != "":
                    self.sheet.write(self.row, column, cell)
            self.row += 1

    def head(self, before: list[str], group: str, leaves: list[str], after: list[str]) -> None:
        """Two rows of headings: a group merged across its leaves, the others merged down."""
        for column, text in [*enumerate(before), *enumerate(after, len(before) + len(leaves))]:
            self.sheet.merge_range(self.row, column, self.row + 1, column, text)
        self.sheet.merge_range(self.row, len(before), self.row, len(before) + len(leaves) - 1, group)
        self.row += 1
        self.put([""] * len(before) + leaves)


def _save(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> None:
    # the day in the file's properties must not come from the clock
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        book.set_properties({"created": dt.datetime(2020, 11, 1)})
        fill(book)


def summaries(path: Path, town: str, chance: random.Random) -> None:
    """Several forms in one workbook: merged headers, totals first or last, 万元, notes."""

    def fill(book: xlsxwriter.Workbook) -> None:
        years = [[year, *(chance.randrange(20, 400) for _ in range(2))] for year in range(2014, 2021)]
        sheet = _Sheet(book, "脱贫情况汇总表", f"{town}2020年脱贫情况汇总表", "单位：户、人")
        sheet.head(["年度"], "脱贫情况", ["户数", "人数"], [])
        sheet.put(*_with_total(years, chance.random() < 0.5), ["填表人：　　　审核人："])
        funds = [
            [level, *(chance.randrange(1_000_000, 9_000_000) / 10_000 for _ in range(4))] for level in ("中央", "省级", "市级", "县级")
        ]
        sheet = _Sheet(book, "扶贫资金拨付进度表", f"{town}扶贫资金拨付进度表", f"填报单位：{town}　统计时间：2020年1—12月　单位：万元")
        sheet.put(FUND_HEAD, *_with_total(funds, chance.random() < 0.5), ["注：资金含上年结转。"])
        visits = [[kind, chance.randrange(10, 900), *(chance.randrange(10**6) / 100 for _ in range(6))] for kind in ("住院", "慢病门诊")]
        sheet = _Sheet(book, "健康扶贫汇总表", f"{town}健康扶贫汇总表", "统计时间：2020年　单位：人次、元")
        sheet.head(["就诊类型", "人次", "总费用"], "补偿金额", PAID, [])
        sheet.put(*_with_total(visits, False, "合　计"))

    _save(path, fill)


def household_ledger(path: Path, town: str, chance: random.Random, count: int, big: bool = False) -> None:
    """One ledger of households, under a title."""
    with xlsxwriter.Workbook(path, {"constant_memory": big}) as book:
        book.set_properties({"created": dt.datetime(2020, 11, 1)})
        sheet = _Sheet(book, "建档立卡户台账", f"{town}2020年建档立卡户台账")
        sheet.put(["序号", *HOUSEHOLD], *([n, *row] for n, row in enumerate(households(chance, count), 1)))


def claims_ledger(path: Path, town: str, chance: random.Random, count: int) -> None:
    """A ledger of medical claims under a header of two rows, its total last."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = _Sheet(book, "健康扶贫报销台账", f"{town}健康扶贫报销台账", "统计时间：2020年1—12月　单位：元")
        sheet.head(CLAIM, "补偿金额", PAID, ["个人自付"])
        rows = _claims(chance, count)
        total = ["合计", *[""] * 7, *(round(sum(r[c] for r in rows), 2) for c in range(8, 16))]
        sheet.put(*rows, total, ["填表人：", "", "审核人："])

    _save(path, fill)


def grants_csv(path: Path, town: str, chance: random.Random, count: int) -> None:
    """A list of aided pupils as the school system exports it."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows([[f"{town}2020年学生资助花名册"], GRANT, *_grants(chance, count)])
    path.write_bytes(lines.getvalue().encode("gb18030"))


def projects_xls(path: Path, town: str, chance: random.Random, count: int) -> None:
    """A ledger of projects in an old workbook."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("扶贫资金项目台账")
    for r, row in enumerate([[f"{town}2020年扶贫资金项目台账　单位：万元"], PROJECT, *_projects(chance, count)]):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    book.save(str(path))


def write_county(folder: Path, files: int = 200, seed: int = 1) -> None:
    """A county of practice workbooks in `folder`: five kinds in turn, several hundred rows to a ledger."""
    chance = random.Random(seed)
    towns = [f"{a}{b}镇" for a, b in product("甲乙丙丁戊己庚辛", "山水川原泉")]
    (folder / "seeds/reference").mkdir(parents=True)
    (folder / "workbooks").mkdir()
    (folder / "county.key").write_text("a key for the benchmark only", encoding="utf-8")
    lines = [f"900101{n:03},{town},,900101,甲县,示例市,示例省,示例代码,2020\n" for n, town in enumerate(towns, 100)]
    (folder / "seeds/reference/township.csv").write_text(TOWNSHIP + "".join(lines), encoding="utf-8")
    for n in range(files):
        town, count = towns[n // 5 % len(towns)], chance.randrange(200, 700)
        stem = folder / "workbooks" / f"{town}2020年{n + 1:03}"
        if n % 5 == 0:
            summaries(stem.with_suffix(".xlsx"), town, chance)
        elif n % 5 == 1:
            household_ledger(stem.with_suffix(".xlsx"), town, chance, count)
        elif n % 5 == 2:
            claims_ledger(stem.with_suffix(".xlsx"), town, chance, count)
        elif n % 5 == 3:
            grants_csv(stem.with_suffix(".csv"), town, chance, count)
        else:
            projects_xls(stem.with_suffix(".xls"), town, chance, count // 3)
