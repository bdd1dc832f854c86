"""What keeps plain personal data out of every file after intake: keyed hashes, masked names, scrubbed free text."""

import datetime as dt
import hmac
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress
from operator import eq, mul
from typing import NamedTuple

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
# what a digit adds to the sum modulo 11, by its place; and which check digit a sum asks for
ADDS = [bytes(max(byte - 48, 0) * weight % 11 for byte in range(256)) for weight in WEIGHTS]
CHECKS = bytes(ord(CHECK_DIGITS[total % 11]) for total in range(256))
PERSON = re.compile(r"\d{17}[\dX]", re.ASCII)
PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)", re.ASCII)
LONG_NUMBER = re.compile(r"(?<!\d)(?<!\d\.)(?:\d[- ]?){14,21}[\dXx](?!\d)(?!\.\d)", re.ASCII)
DEMONSTRATION_KEY = b"zhenshu practice county: no real person's data"


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
    """HMAC-SHA256 (RFC 2104) that has taken in the key already; each number's hash goes on from a copy."""
    return hmac.new(key, digestmod="sha256")


@lru_cache(maxsize=1 << 15)
def _birth_year(day: str) -> int:
    """The year of a birth date such as 19900307, of which a county knows some ten thousand; 0 for a day that never was."""
    try:
        return dt.date(int(day[:4]), int(day[4:6]), int(day[6:])).year
    except ValueError:
        return 0


def _are_checked(numbers: list[str]) -> Iterable[bool]:
    """Whether each of some 18-character numbers ends in its check digit, all at once.

    A position of all numbers is a row of bytes; what each digit adds there, modulo 11, is a row too. Seventeen such add up to 170
    at most, so that the rows are added as long integers without a carry from one number to the next.
    """
    joined = "".join(numbers).encode()
    added = sum(int.from_bytes(joined[n::18].translate(adds)) for n, adds in enumerate(ADDS))
    return map(eq, added.to_bytes(len(numbers)).translate(CHECKS), joined[17::18])


def identify_all(texts: Iterable[object], key: bytes) -> dict[str, Identity]:
    """`identify` of the many that are sound 18-character numbers; the others are left out."""
    numbers, keyed, found = [t for t in texts if type(t) is str and PERSON.fullmatch(t)], _keyed(key), {}
    for number in compress(numbers, _are_checked(numbers)):
        year = _birth_year(number[6:14])
        if 1900 <= year <= 2100:
            hashed = keyed.copy()
            hashed.update(number.encode())
            found[number] = Identity(hashed.hexdigest(), year, "男" if number[16] in "13579" else "女")
    return found


def identify(text: str, key: bytes) -> Identity:
    """Hash a 15-, 18-, 20- or 22-character number; a disability certificate (20, 22) is keyed by the person in its first 18.

    Raises BadId for a wrong length, an impossible birth date, a failing check digit or Excel's damage.
    """
    person = _person(text)
    if known := identify_all([person], key).get(person):
        return known
    if check_digit(person[:17]) != person[17]:
        damaged = person.endswith("000")
        raise BadId("末三位为 000，是表格软件造成的损坏，请以文本格式重填" if damaged else "校验码不符，请核对号码")
    raise BadId("号码中的出生日期不合情理，请核对号码" if _birth_year(person[6:14]) else "号码中的出生日期不存在，请核对号码")


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
