"""Identity numbers, names and free text at the gate. All numbers are made up: address code 900101 is nobody's."""

import contextlib
import datetime as dt
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenshu import privacy

BODY = "90010119900307123"
NUMBER = BODY + privacy.check_digit(BODY)
WITH_X = next(b + "X" for b in (f"900101198001010{n:02}" for n in range(100)) if privacy.check_digit(b) == "X")
KEY = b"key"


def test_check_digit_of_the_standard():
    assert privacy.check_digit("11010519491231002") == "X"  # the worked example printed in GB 11643-1999


def test_all_spellings_of_one_person_give_one_key():
    known = privacy.identify(NUMBER, KEY)
    assert (known.birth_year, known.sex, len(known.key)) == (1990, "男", 64)
    old_form = NUMBER[:6] + NUMBER[8:17]
    for spelling in (f" {NUMBER} ", NUMBER + "21", NUMBER + "2101", old_form, f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}"):
        assert privacy.identify(spelling, KEY).key == known.key
    assert privacy.identify(WITH_X.lower(), KEY) == privacy.identify(WITH_X, KEY)
    assert privacy.identify(NUMBER, b"another county").key != known.key


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (NUMBER[:17], "现为 17 位"),
        (NUMBER + "1", "现为 19 位"),
        (BODY + ("0" if NUMBER[17] != "0" else "1"), "校验码不符"),
        (NUMBER[:15] + "000", "末三位为 000"),
        ("9.00101E+17", "科学计数"),
        ("90010119901332123" + privacy.check_digit("90010119901332123"), "出生日期不存在"),
        ("90010119900230123" + privacy.check_digit("90010119900230123"), "出生日期不存在"),
        ("甲乙丙", "现为 3 位"),
    ],
)
def test_numbers_that_cannot_be_right(text, why):
    with pytest.raises(privacy.BadId, match=why):
        privacy.identify(text, KEY)


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (f"证件 {NUMBER}。", "证件 ［证件或卡号］。"),
        (f"证件{WITH_X}", "证件［证件或卡号］"),
        ("卡6222 0212 3456 7890 123", "卡［证件或卡号］"),
        (f"甲乡{NUMBER}.xlsx", "甲乡［证件或卡号］.xlsx"),
        ("0.123456789012345678", "0.123456789012345678"),
        ("电话13912345678", "电话［电话］"),
        ("139-1234-5678", "［电话］"),
        ("+86 139 1234 5678", "［电话］"),
        ("0938-1234567", "［电话］"),
        ("2020年支出1234567.89元", "2020年支出1234567.89元"),
        ("2020-10-31", "2020-10-31"),
    ],
)
def test_free_text(text, scrubbed):
    assert privacy.scrub(text) == scrubbed


def test_masks():
    assert privacy.mask_name("张三") == "张＊"
    assert privacy.masked(NUMBER, "id") == "［证件号码，18 位］"
    assert privacy.masked("张三", "name") == "张＊"
    assert privacy.masked("电话13912345678", None) == "电话［电话］"
    assert privacy.masked("", "id") == ""


def test_long_numbers_of_projects_are_no_persons():
    assert privacy.is_identity(NUMBER)
    assert not privacy.is_identity("530300202000010012")


digits = st.text("0123456789", min_size=17, max_size=17)


@settings(max_examples=300, deadline=None)
@given(bodies=st.lists(digits, max_size=30), last=st.sampled_from("0123456789X"))
def test_many_numbers_at_once_are_each_number_alone(bodies, last):
    day = [body[:6] + "19900307" + body[14:] for body in bodies]
    texts = [body + privacy.check_digit(body) for body in bodies + day] + [body + last for body in bodies + day] + ["", 5.0, "无"]
    sound = {}
    for text in texts[:-3]:
        with contextlib.suppress(ValueError):
            year = dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14])).year
            weighed = sum(int(d) * w for d, w in zip(text, privacy.WEIGHTS, strict=False))
            if 1900 <= year <= 2100 and "10X98765432"[weighed % 11] == text[17]:
                sound[text] = (hmac.digest(b"k", text.encode(), "sha256").hex(), year, "男" if int(text[16]) % 2 else "女")
    assert privacy.identify_all(texts, b"k") == sound
    assert {text: privacy.identify(text, b"k") for text in sound} == sound and len(sound) >= len(set(day))
