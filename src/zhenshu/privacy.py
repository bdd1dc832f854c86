"""What keeps plain personal data out of every file after intake: keyed hashes, masked names, scrubbed free text."""

import datetime as dt
import hmac
import re
from functools import lru_cache
from operator import mul
from pathlib import Path
from typing import NamedTuple

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
PERSON = re.compile(r"\d{17}[\dX]", re.ASCII)
PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)", re.ASCII)
LONG_NUMBER = re.compile(r"(?<!\d)(?<!\d\.)(?:\d[- ]?){14,21}[\dXx](?!\d)(?!\.\d)", re.ASCII)
DEMONSTRATION_KEY = b"zhenshu practice county: no real person's data"


def county_key(data: Path, project: Path) -> bytes:
    """The county's key for hashing identity numbers; the demonstration county has a published one."""
    path = data / "county.key"
    if path.exists():
        return path.read_bytes().strip()
    if data.resolve() == project.resolve():
        return DEMONSTRATION_KEY
    raise FileNotFoundError(f"no key file {path}: identity numbers cannot be hashed without the county's own key")


class BadId(ValueError):
    """An identity number that cannot be right; the text says why, in Chinese."""


class Identity(NamedTuple):
    """What the warehouse may know of an identity number: `key` (hex HMAC-SHA256), birth year and sex."""

    key: str
    birth_year: int
    sex: str


def check_digit(first17: str) -> str:
    """Eighteenth character of an identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return CHECK_DIGITS[(sum(map(mul, first17.encode(), WEIGHTS)) - ord("0") * sum(WEIGHTS)) % 11]


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> hmac.HMAC:
    """Keyed once; each number's hash goes on from a copy."""
    return hmac.new(key, digestmod="sha256")


@lru_cache(maxsize=1 << 15)
def _birth_year(day: str) -> int:
    """The year of a birth date such as 19900307, of which a county knows some ten thousand."""
    try:
        born = dt.date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        raise BadId("号码中的出生日期不存在，请核对号码") from None
    if not 1900 <= born.year <= 2100:
        raise BadId("号码中的出生日期不合情理，请核对号码")
    return born.year


def identify(text: str, key: bytes) -> Identity:
    """Hash a 15-, 18-, 20- or 22-character number; a disability certificate (20, 22) is keyed by the person in its first 18.

    Raises BadId for a wrong length, an impossible birth date, a failing check digit or Excel's damage.
    """
    person = text if PERSON.fullmatch(text) else _person(text)
    if check_digit(person[:17]) != person[17]:
        damaged = person.endswith("000")
        raise BadId("末三位为 000，是表格软件造成的损坏，请以文本格式重填" if damaged else "校验码不符，请核对号码")
    year, hashed = _birth_year(person[6:14]), _keyed(key).copy()
    hashed.update(person.encode())
    return Identity(hashed.hexdigest(), year, "男" if person[16] in "13579" else "女")


def _person(text: str) -> str:
    """The 18 characters of a person in a number of any accepted length and spelling."""
    number = re.sub(r"[\s-]", "", text.upper())
    if re.search(r"\dE\+?\d", number):
        raise BadId("号码被表格软件改成了科学计数，请以文本格式重填")
    if not re.fullmatch(r"\d{15}|\d{17}[\dX](\d{2}|\d{4})?", number, re.ASCII):
        raise BadId(f"证件号码应为 15、18、20 或 22 位，现为 {len(number)} 位")
    if len(number) == 15:
        # the 1989 form becomes the person's present number, so that both spellings give one key
        number = number[:6] + "19" + number[6:]
        number += check_digit(number)
    return number[:18]


def is_identity(text: str) -> bool:
    """Whether a text is a sound identity number; numbers of households and projects may be as long and are not."""
    if len(text) < 15:
        return False
    try:
        return bool(identify(text, b""))
    except BadId:
        return False


def mask_name(name: str) -> str:
    """Surname and ＊."""
    return name[:1] + "＊"


def scrub(text: str) -> str:
    """Free text with phone, identity and card numbers blotted out."""
    return PHONE.sub("［电话］", LONG_NUMBER.sub("［证件或卡号］", text))


def masked(text: str, pii: str | None) -> str:
    """What stands in a cell, as a problem may show it."""
    if pii == "id":
        return f"［证件号码，{len(text)} 位］" if text else ""
    return mask_name(text) if pii == "name" and text else scrub(text)
