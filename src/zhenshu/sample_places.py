"""Places, names and identity numbers of the practice counties: all made up, none equal to a real one (tests/test_sample.py looks)."""

import datetime as dt
import math
import random
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from .privacy import check_digit

# ruff: noqa: SIM905

PROVINCE = "云泽省"
COUNTY_ROOTS, PREFECTURE_ROOTS = "青素玄碧苍丹紫墨银翠", "砚笺弦笛棋茗弈瑟箫砧"
# of two characters and one; no word may be a season, which beside a year would be read as a school term
WORDS = (
    "青檀 栖云 白鹭 枕溪 杏雨 桂影 云岫 月牙 松烟 雁回 苦竹 枫露 落霞 鹿鸣 听泉 野菊 梧风 砚池 蓼花 寒溪 竹影 霜林 鹤鸣 碧潭 烟萝 "
    "芦花 棠梨 柿红 麦浪 稻香 荷风 柳絮 桐荫 槐序 榆钱 橘井 兰皋 菱歌 苇岸 萤火 晴岚 暮雪 朝岫 晓月 远岑 空翠 流萤 杜鹃 蝉鸣 松子"
).split()
ENDINGS = "坪湾沟河岭塘桥坡源峪坳洲滩垭畈坝冲埠垄岗峒墩渡港铺店集关岩洞谷屯坊寨"
VILLAGES = [f"{a}{b}村" for a, b in product("上下前后东西南北中大小新老高长双石杨柳梅", "坪湾沟河岭塘桥坡庄营")]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = ["".join(pair) for pair in product(["", *"春秋明建国秀文永小志"], "华芳平英军兰林生梅山玉桂德福")]
TOWNS_PER_COUNTY, MOST_TOWNS = 17, 1700
SMALL = range(40, 60)  # households of the one small town that every county has


@dataclass(frozen=True)
class Town:
    """A fictional town: its number in the run, its number of towns in its county, and its households on the register."""

    number: int
    neighbours: int
    households: int

    @property
    def county_number(self) -> int:
        return self.number // TOWNS_PER_COUNTY

    @property
    def in_county(self) -> int:
        return self.number % TOWNS_PER_COUNTY

    @cached_property
    def kind(self) -> str:
        return "乡" if self.in_county % 5 in (2, 4) else "镇"

    @cached_property
    def name(self) -> str:
        n = self.number
        return f"{WORDS[n % len(WORDS)]}{ENDINGS[(n // len(WORDS) + n % len(WORDS)) % len(ENDINGS)]}{self.kind}"

    @property
    def county_code(self) -> str:
        return f"9001{(self.county_number + 1) % 100:02}"

    @cached_property
    def code(self) -> str:
        return f"{self.county_code}{(200 if self.kind == '乡' else 100) + self.in_county + 1}"

    @property
    def county(self) -> str:
        k = self.county_number
        return f"{COUNTY_ROOTS[k % 10]}{PREFECTURE_ROOTS[k // 10]}县"

    @property
    def prefecture(self) -> str:
        return f"{PREFECTURE_ROOTS[self.county_number // 10]}川市"

    @property
    def dimension(self) -> tuple[str, ...]:
        """The town's row of township.csv."""
        return (self.code, self.name, "", self.county_code, self.county, self.prefecture, PROVINCE, "示例代码", "2020")


def towns(count: int, households: int, seed: int) -> list[Town]:
    """Towns whose households add up: very different sizes, and the last of each county with fewer than sixty."""
    chance = random.Random(f"{seed}/sizes")
    weights = [math.exp(chance.gauss(0, 0.55)) for _ in range(count)]
    small = {}
    for last in [*range(TOWNS_PER_COUNTY - 1, count, TOWNS_PER_COUNTY), count - 1]:
        if count > 1 and last % TOWNS_PER_COUNTY > 1:
            small[last] = min(chance.choice(SMALL), households // count)
    left, mass = households - sum(small.values()), sum(w for n, w in enumerate(weights) if n not in small)
    least = min(SMALL.stop, households // count // 2)
    sizes = [small.get(n) or max(least, int(left * w / mass)) for n, w in enumerate(weights)]
    sizes[sizes.index(max(sizes))] += households - sum(sizes)
    in_county = [min(TOWNS_PER_COUNTY, count - n // TOWNS_PER_COUNTY * TOWNS_PER_COUNTY) for n in range(count)]
    return [Town(n, in_county[n], size) for n, size in enumerate(sizes)]


@dataclass(slots=True)
class Person:
    """A made-up person: `track` decides what becomes of them at school."""

    name: str
    number: str
    born: int
    track: float


class People:
    """Makes the persons of one town; no two of a run have one number, since each town has its own sequence numbers."""

    def __init__(self, town: Town, chance: random.Random):
        self.chance, self.address, self.used = chance, town.county_code, set()
        self.width = 1000 // town.neighbours // 2
        self.first = town.in_county * self.width * 2

    def person(self, born: int) -> Person:
        draw = self.chance.random
        while True:
            day = dt.date.fromordinal(dt.date(born, 1, 1).toordinal() + int(draw() * 365))
            body = f"{self.address}{day.isoformat().replace('-', '')}{self.first + int(draw() * 2 * self.width):03}"
            if body not in self.used:
                self.used.add(body)
                name = SURNAMES[int(draw() * len(SURNAMES))] + GIVEN[int(draw() * len(GIVEN))]
                return Person(name, body + check_digit(body), born, draw())
