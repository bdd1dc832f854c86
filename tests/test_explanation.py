"""What mends a broken identity: each kind of slip worked by hand, and random tables in which the planted slip has to be found."""

import time
import unicodedata
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenshu.explanation import Cell, Check, Explanation, conclusion, explain, sentence

WAN, YUAN, PERCENT = Decimal(10000), Decimal(1), Decimal("0.01")


def cell(name: str, printed: str, factor: Decimal = YUAN, counted: bool = False) -> Cell:
    """A cell of plain text; counts have no half unit."""
    digits = unicodedata.normalize("NFKC", printed).replace(",", "").replace("−", "-").rstrip("%万人").strip("—")
    if not digits:
        return Cell(name, None, printed, factor, Decimal(0), name)
    number = Decimal(digits)
    half_unit = Decimal(0) if counted else factor * Decimal(5).scaleb(number.as_tuple().exponent - 1)
    return Cell(name, number * factor, printed, factor, half_unit, name)


def counts(**printed: str) -> list[Cell]:
    return [cell(name, text, counted=True) for name, text in printed.items()]


def money(**printed: str) -> list[Cell]:
    """Cells in 万元."""
    return [cell(name, text, WAN) for name, text in printed.items()]


def check(name: str, formula: str, cells: list[Cell], operator: str = "=", constant: str = "0") -> Check:
    """`a b -c` is a + b − c; the tolerance is the half units added up."""
    terms = [(term.lstrip("-"), Decimal(-1 if term.startswith("-") else 1)) for term in formula.split()]
    half_units = {each.id: each.half_unit for each in cells}
    summed = sum((half_units.get(name, Decimal(0)) for name, _ in terms), Decimal(0))
    return Check(name, operator, terms, Decimal(constant), summed)


def found(cells: list[Cell], *checks: Check) -> list[tuple[str, str, str]]:
    """(cell, kind, printed) of the first check's explanations, best first."""
    return [(each.cell, each.kind, each.printed) for each in explain(cells, checks)[checks[0].id]]


def balance(cells: list[Cell]) -> Check:
    """a + b + c = total."""
    return check("sum", "a b c -total", cells)


ONE_SLIP = [
    # the point of 580.25 was lost, in 万元 and in 元; shifted the other way; by more than three places
    (money(a="81.77", b="58025", c="12.30", total="674.32"), ("b", "power_of_ten", "580.25")),
    ([cell(*each) for each in (("a", "8177.10"), ("b", "58025"), ("c", "123.05"), ("total", "8880.40"))], ("b", "power_of_ten", "580.25")),
    (money(a="81.77", b="5.8025", c="12.30", total="674.32"), ("b", "power_of_ten", "580.25")),
    (money(a="81.77", b="58025000", c="12.30", total="674.32"), ("b", "power_of_ten", "580.25")),
    # 元 in a column of 万元, 万元 in a column of 元; a total as well as a part
    (money(a="81.77", b="5802500", c="12.30", total="674.32"), ("b", "unit", "580.25")),
    ([cell(*each) for each in (("a", "3000"), ("b", "58"), ("c", "21"), ("total", "583021"))], ("b", "unit", "580000")),
    # persons have no decimal point and no 万元: a nought too many
    (counts(a="4817", b="3150", c="22", total="5154"), ("b", "digit_count", "315")),
    (money(a="81.77", b="580.25", c="12.30", total="6743200"), ("total", "unit", "674.32")),
    (counts(a="4817", b="-3159", c="22", total="7998"), ("b", "sign", "3159")),
    (counts(a="4817", b="3159", c="22", total="1680"), ("b", "sign", "-3159")),
    # neighbours swapped, over the point too: 46.3 for 43.6, 0.58 for 5.08
    (counts(a="4871", b="3159", c="26", total="8002"), ("a", "swapped", "4817")),
    (money(a="46.3", b="11.5", c="12.2", total="67.3"), ("a", "swapped", "43.6")),
    (money(a="0.58", b="11.11", c="12.22", total="28.41"), ("a", "swapped", "5.08")),
    (counts(a="4217", b="3759", c="26", total="7402"), ("b", "digit", "3159")),
    (counts(a="4817", b="319", c="26", total="8002"), ("b", "digit_count", "3159")),
    (counts(a="4817", b="31159", c="26", total="8002"), ("b", "digit_count", "3159")),
    # printed as the clerk prints: thousands, full width, a unit behind the figure, a real minus
    (counts(a="4,217", b="3,759", c="26", total="7,402"), ("b", "digit", "3,159")),
    (counts(a="４，８１７", b="3141", c="41", total="8059"), ("a", "digit", "4,877")),
    (counts(a="4217人", b="3759人", c="26", total="7402"), ("b", "digit", "3159人")),
    ([cell("a", "1.2万", WAN), *counts(b="31590", c="26", total="123616")], ("a", "digit", "9.2万")),
    (counts(a="4817", b="−3159", c="22", total="7998"), ("b", "sign", "3159")),
    # shares of a whole, in %
    (
        [cell(*each, PERCENT) for each in (("a", "9213%"), ("b", "5.87%"), ("c", "2.00%"), ("total", "100.00%"))],
        ("a", "power_of_ten", "92.13%"),
    ),
    ([cell(*each, PERCENT) for each in (("a", "92.13%"), ("b", "8.57%"), ("c", "2.00%"), ("total", "99.98%"))], ("b", "swapped", "5.87%")),
]


@pytest.mark.parametrize(("cells", "only"), ONE_SLIP)
def test_the_slip_that_mends_a_sum(cells, only):
    assert found(cells, balance(cells)) == [only]


def test_value_is_in_stored_units():
    cells = money(a="81.77", b="58025", c="12.30", total="674.32")
    (only,) = explain(cells, [balance(cells)])["sum"]
    assert only == Explanation("sum", "b", "power_of_ten", Decimal("5802500"), "580.25", 1, 0, "58025")


def test_simpler_slips_come_first_and_equals_are_ties():
    # 90 too much: one cell loses them by a swap, two by one digit; the total, 4599, gains them by none
    cells = counts(a="1194", b="2395", c="1100", total="4599")
    ranked = explain(cells, [balance(cells)])["sum"]
    assert [(each.cell, each.kind, each.printed, each.is_tie) for each in ranked] == [
        ("c", "swapped", "1010", False),
        ("a", "digit", "1104", True),
        ("b", "digit", "2305", True),
    ]


def test_two_checks_that_share_the_true_cell_outweigh_a_simpler_slip():
    # x was 4172; in the first check alone y's sign would do
    cells = counts(x="4572", y="200", z="11", first="4372", second="4183")
    first, second = check("first", "x y -first", cells), check("second", "x z -second", cells)
    assert found(cells, first)[0] == ("y", "sign", "-200")
    both = explain(cells, [first, second])
    assert [(each.cell, each.printed, each.mends, each.is_tie) for each in both["first"][:2]] == [
        ("x", "4172", 2, False),
        ("y", "-200", 1, False),
    ]
    assert both["second"][0].cell == "x"


def test_a_slip_that_breaks_a_check_explains_nothing():
    # x or y may be 60 too high; y agrees with its ledger
    cells = counts(x="1392", y="2581", total="3913")
    failed, ledger = check("sum", "x y -total", cells), check("ledger", "y", cells, constant="-2581")
    assert found(cells, failed) == [("total", "digit", "3973"), ("x", "digit", "1332"), ("y", "digit", "2521")]
    assert found(cells, failed, ledger) == [("total", "digit", "3973"), ("x", "digit", "1332")]


def test_a_slip_that_mends_two_and_breaks_one_is_named_with_what_it_breaks():
    cells = counts(x="4572", y="200", z="11", first="4372", second="4183")
    checks = [check("first", "x y -first", cells), check("second", "x z -second", cells), check("ledger", "x", cells, constant="-4572")]
    ranked = explain(cells, checks)["first"]
    assert [(each.cell, each.kind, each.mends, each.breaks) for each in ranked] == [
        ("y", "sign", 1, 0),
        ("first", "digit", 1, 0),
        ("x", "digit", 2, 1),
    ]
    assert sentence(ranked[2], "x").endswith("本式及另外 1 个勾稽关系即成立，但有 1 个原来成立的勾稽关系不再成立")


LADDER = [
    # paid is no more than issued, in 万元: a lost point, or 元 for 万元
    (
        money(issued="600.00", paid="58025"),
        [("paid", "unit", "5.8025"), ("issued", "power_of_ten", "60000"), ("paid", "power_of_ten", "580.25")],
    ),
    (counts(issued="4871", paid="8417"), [("issued", "swapped", "8471"), ("paid", "swapped", "4817")]),
    (counts(issued="-10", paid="4"), [("issued", "sign", "10")]),
    # one too few: a digit would do, and ten times as much, and a swap; none of them says anything
    (counts(issued="4871", paid="4872"), []),
]


@pytest.mark.parametrize(("cells", "expected"), LADDER)
def test_an_inequality_takes_no_digit_and_no_overshooting(cells, expected):
    assert found(cells, check("ladder", "issued -paid", cells, ">=")) == expected


def test_under_an_inequality_nothing_may_break():
    cells = counts(issued="4871", paid="8417")
    ladder, ledger = check("ladder", "issued -paid", cells, ">="), check("ledger", "paid", cells, constant="-8417")
    assert found(cells, ladder, ledger) == [("issued", "swapped", "8471")]


def test_an_inequality_is_not_explained_by_breaking_another_check():
    # paid by its swap mends both ladders and breaks its ledger; issued mends one
    cells = counts(issued="4871", planned="5000", paid="8417")
    ladders = [check("issued", "issued -paid", cells, ">="), check("planned", "planned -paid", cells, ">=")]
    assert explain(cells, ladders)["issued"][0].cell == "paid"
    ranked = explain(cells, [*ladders, check("ledger", "paid", cells, constant="-8417")])
    assert [[each.cell for each in ranked[name]] for name in ("issued", "planned")] == [["issued"], []]


def test_a_digit_that_an_equality_pins_also_explains_the_inequality_it_mends():
    cells = counts(issued="4817", paid="9159", rest="22", total="3181")
    equal, ladder = check("sum", "paid rest -total", cells), check("ladder", "issued -paid", cells, ">=")
    both = explain(cells, [equal, ladder])
    assert [(each.cell, each.printed, each.mends) for each in both["ladder"]][:1] == [("paid", "3159", 2)]
    assert both["sum"][0].printed == "3159"


NOTHING = {
    "two slips": counts(a="4871", b="3259", c="26", total="8002"),
    "far off": counts(a="481", b="62", c="7", total="91357"),
    "holds": counts(a="4817", b="3159", c="26", total="8002"),
    "holds as printed": money(a="1.3", b="2.3", c="3.3", total="7.1"),
    "zeros": counts(a="0", b="0", c="0", total="0"),
}


@pytest.mark.parametrize("cells", NOTHING.values(), ids=NOTHING)
def test_no_explanation_is_an_honest_answer(cells):
    assert all(ranked == [] for ranked in explain(cells, [balance(cells)]).values())


def test_a_check_that_holds_or_is_open_is_not_in_the_answer():
    cells = [*counts(a="4817", b="3159", c="26", total="8002"), cell("d", ""), cell("e", "")]
    assert explain(cells, [balance(cells), check("open", "a d e -total", cells)]) == {}


def test_tolerance_is_that_of_the_printed_digits():
    # 81.8 + 580.3 + 12.3 = 674.4; 674.32 is within the half units, 58025 is 580.25 within them
    cells = money(a="81.8", b="58025", c="12.3", total="674.32")
    assert found(cells, balance(cells)) == [("b", "power_of_ten", "580.25")]


def test_a_point_put_back_is_judged_at_its_own_precision():
    # 58025 is printed to 1 万元, 580.25 to 0.01: the needed 580.55 is no rounding of it
    cells = money(a="81.77", b="58025", c="12.30", total="674.62")
    assert found(cells, balance(cells)) == []
    cells = money(a="81.77", b="35", c="12.30", total="94.42")
    assert found(cells, balance(cells)) == [("b", "power_of_ten", "0.35")]


def test_a_figure_is_not_shifted_until_it_vanishes():
    # the sum holds without b; 58 · 10^-4 would hold as well, and so would nothing
    cells = money(a="81.77", b="58.00", c="12.30", total="94.07")
    assert found(cells, balance(cells)) == []


def test_a_slip_keeps_the_decimals_it_finds():
    # nobody printed 7.2 for 7.15 by a slip of the hand
    cells = money(a="7.2", total="7.15")
    assert found(cells, Check("exact", "=", [("a", Decimal(1)), ("total", Decimal(-1))], Decimal(0), Decimal(0))) == []


def test_nobody_prints_a_zero_in_front():
    # 205 for 25 is no swap of 025; the total may have lost its 0
    cells = counts(a="205", total="25")
    assert found(cells, check("equal", "a -total", cells)) == [("total", "digit_count", "205")]


def test_a_count_stays_whole():
    cells = counts(a="12345", total="123")
    assert found(cells, Check("near", "=", [("a", Decimal(1)), ("total", Decimal(-1))], Decimal(0), Decimal(1))) == []


def test_a_blank_is_filled_where_it_cannot_have_meant_nothing():
    cells = [*money(a="81.77", c="12.30", total="674.32"), cell("b", "—", WAN)]
    assert found(cells, balance(cells)) == [("b", "omitted", "580.25")]
    nothing = [*money(a="81.77", c="12.30", total="94.07"), cell("b", "", WAN)]
    assert explain(nothing, [balance(nothing)]) == {}
    negative = [*money(a="81.77", c="12.30", total="80.00"), cell("b", "", WAN)]
    assert explain(negative, [balance(negative)]) == {}


def test_a_part_that_no_cell_stands_for_is_a_blank():
    cells = counts(a="4817", c="26", total="8002")
    (only,) = explain(cells, [balance(cells)])["sum"]
    assert (only.cell, only.kind, only.value, only.found) == ("b", "omitted", Decimal(3159), "")


def test_a_blank_needed_twice_is_told_once_and_needed_differently_not_at_all():
    cells = [*counts(a="4817", c="26", total="8002", d="1", whole="3160", other="3170"), cell("b", "")]
    total, whole, other = balance(cells), check("whole", "b d -whole", cells), check("other", "b d -other", cells)
    assert [(each.printed, each.mends) for each in explain(cells, [total, whole])["whole"]] == [("3159", 2)]
    assert explain(cells, [total, other]) == {}


def test_zero_has_no_minus():
    cells = counts(a="-5", total="0")
    ranked = explain(cells, [check("equal", "a -total", cells)])["equal"]
    assert [(each.cell, each.printed, str(each.value)) for each in ranked] == [("a", "0", "0")]


def test_text_that_is_not_the_value_is_set_aside():
    cells = [Cell("a", Decimal(3759), "见附表", YUAN, Decimal(0), "a"), *counts(b="4217", c="26", total="7402")]
    assert found(cells, balance(cells)) == [("a", "digit", "3159")]


def test_order_does_not_depend_on_the_order_of_cells():
    cells = counts(a="1194", b="2395", c="1100", total="4599")
    assert explain(cells[::-1], [balance(cells)]) == explain(cells, [balance(cells)])


def told(cells: list[Cell], *checks: Check) -> str:
    labels = {each.id: f"{each.id.upper()}7“{each.label}”" for each in cells}
    return conclusion(explain(cells, checks)[checks[0].id], labels)


def test_sentences():
    cells = money(b="58025", a="81.77", paid="662.02", basic="580.25", half="290.125")
    total, ledger = check("sum", "a b -paid", cells), check("ledger", "b -basic", cells)
    twice = Check("twice", "=", [("b", Decimal(1)), ("half", Decimal(-2))], Decimal(0), Decimal(60))
    first = explain(cells, [total, ledger, twice])["sum"][0]
    assert sentence(first, "B7“基本医保”") == "若 B7“基本医保”原为 580.25（表中 58025，疑漏小数点），本式及另外 2 个勾稽关系即成立"
    cells = [*money(a="81.77", c="12.30", total="674.32"), cell("b", "", WAN)]
    assert told(cells, balance(cells)) == "若 B7“b”原为 580.25（表中为空，疑漏填），本式即成立"
    cells = counts(x="1392", y="2581", total="3913")
    assert told(cells, check("sum", "x y -total", cells)) == (
        "以下几处改任何一处都能成立：TOTAL7“total”原为 3973（表中 3913）；"
        "X7“x”原为 1332（表中 1392）；Y7“y”原为 2521（表中 2581），请核对原始凭证"
    )
    cells = NOTHING["two slips"]
    assert told(cells, balance(cells)) == "未发现改动一处即可成立的填写差错，请逐项核对原始凭证"


def test_many_ties_are_counted_not_listed():
    cells = counts(**{f"c{i}": "13" for i in range(9)}, total="119")
    text = told(cells, check("sum", " ".join(f"c{i}" for i in range(9)) + " -total", cells))
    assert text.count("原为 15") == 5
    assert text.endswith("；等 10 处，请核对原始凭证")


def test_a_wide_tolerance_invents_no_digits():
    # 0.13 too little, and the half units of 21 figures are 0.105: last digits, 0.09 at the most, could never have broken the sum alone
    cells = money(**{f"p{i}": "4.11" for i in range(20)}, total="82.33")
    ranked = found(cells, check("sum", " ".join(f"p{i}" for i in range(20)) + " -total", cells))
    assert {printed for _, _, printed in ranked} == {"4.21", "4.31", "82.13", "82.23"}


@pytest.mark.parametrize(("factor", "excess", "ties"), [(YUAN, 7, range(5_000, 7_000)), (WAN, 10_100, range(1, 60_000))])
def test_twenty_thousand_cells_take_seconds(factor, excess, ties):
    """As counts, and as money to 0.01 万元, whose half units together are 100 万元."""
    numbers = {f"v{i:05}": 10_000 + 37 * i for i in range(20_000)}
    numbers["total"] = sum(numbers.values()) - excess
    texts = {name: str(n) if factor == YUAN else f"{Decimal(n) / 100:.2f}" for name, n in numbers.items()}
    cells = [cell(name, text, factor, counted=factor == YUAN) for name, text in texts.items()]
    whole = check("sum", " ".join(texts).replace("total", "-total"), cells)
    start = time.perf_counter()
    ranked = explain(cells, [whole])["sum"]
    assert time.perf_counter() - start < 10
    assert len(ranked) in ties


@st.composite
def slips(draw, decimals: int):
    """(cells, checks, true cell as printed): rows and columns with their totals and some ledgers, then one digit mistyped."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    grid = {(i, j): draw(st.integers(0, 99_999)) for i in range(rows) for j in range(columns)}
    for i in range(rows):
        grid[i, "sum"] = sum(grid[i, j] for j in range(columns))
    for j in [*range(columns), "sum"]:
        grid["sum", j] = sum(grid[i, j] for i in range(rows))
    names = {place: f"{place[0]}/{place[1]}" for place in grid}
    lines = {f"row {i}": [(i, j) for j in [*range(columns), "sum"]] for i in [*range(rows), "sum"]}
    lines |= {f"column {j}": [(i, j) for i in [*range(rows), "sum"]] for j in [*range(columns), "sum"]}
    checks = [
        Check(name, "=", [(names[p], Decimal(-1 if p is line[-1] else 1)) for p in line], Decimal(0), Decimal(0))
        for name, line in lines.items()
    ]
    figures = {place: Decimal(number).scaleb(-decimals) for place, number in grid.items()}
    for place in draw(st.sets(st.sampled_from(sorted(grid, key=str)))):
        checks.append(Check(f"ledger {names[place]}", "=", [(names[place], Decimal(1))], -figures[place], Decimal(0)))
    kept = draw(st.lists(st.sampled_from(checks), min_size=1, unique_by=lambda each: each.id))
    true = draw(st.sampled_from(sorted(figures, key=str)))
    texts = {names[place]: f"{figure:.{decimals}f}" for place, figure in figures.items()}
    text = texts[names[true]]
    at = draw(st.sampled_from([i for i, letter in enumerate(text) if letter != "."]))
    digit = draw(st.sampled_from([d for d in "0123456789" if d != text[at] and (at or d != "0" or text[1:2] in ("", "."))]))
    mistyped = texts | {names[true]: text[:at] + digit + text[at + 1 :]}
    return [cell(name, printed, counted=not decimals) for name, printed in mistyped.items()], kept, names[true], text


@given(st.integers(0, 2).flatmap(slips))
def test_a_mistyped_digit_is_found(drawn):
    cells, checks, true, text = drawn
    explained = explain(cells, checks)
    failed = [each.id for each in checks if true in dict(each.terms)]
    assert list(explained) == failed
    for ranked in explained.values():
        (right,) = [each for each in ranked if (each.cell, each.printed) == (true, text)]
        assert (right.value, right.kind, right.mends, right.breaks) == (Decimal(text), "digit", len(failed), 0)
        # nothing explains more; as much does only a simpler slip, or a tie
        first = ranked[0]
        assert first.mends - first.breaks == len(failed)
        assert first.kind in ("unit", "power_of_ten", "sign", "swapped") or (first.kind, first.breaks) == ("digit", 0)
        # two checks have no other cell in common
        assert len(failed) < 2 or (first is right and not right.is_tie)


@given(st.lists(st.integers(10_000, 99_999_999), min_size=2, max_size=6), st.data())
def test_a_mistyped_digit_is_found_among_rounded_figures(yuan, data):
    """Every figure is rounded to 0.01 万元 by itself, so that sums hold only within the half units."""
    exact = {f"p{i}": Decimal(amount) for i, amount in enumerate(yuan)}
    exact |= {"sum": sum(exact.values()), "ledger": Decimal(yuan[0])}
    texts = {name: f"{amount / WAN:.2f}" for name, amount in exact.items()}
    whole = texts["p0"].index(".")
    at = data.draw(st.integers(0, whole - 1))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != texts["p0"][at]]))
    cells = money(**texts | {"p0": texts["p0"][:at] + digit + texts["p0"][at + 1 :]})
    checks = [check("sum", " ".join(name for name in texts if name[0] == "p") + " -sum", cells), check("ledger", "p0 -ledger", cells)]
    for ranked in explain(cells, checks).values():
        best = [(each.cell, each.printed) for each in ranked if (each.mends, each.breaks) == (2, 0)]
        assert ("p0", texts["p0"]) in best
        assert {name for name, _ in best} == {"p0"}
        assert ranked[0].cell == "p0"
    assert list(explain(cells, checks)) == ["sum", "ledger"]


def every_text(text: str) -> set[str]:
    """All texts one swap, one mistyped, dropped or doubled digit away, tried one by one."""
    places = [i for i, letter in enumerate(text) if letter.isdigit()]
    whole = [i for i in places if i < len(text.partition(".")[0])]
    tried = {text[:i] + d + text[i + 1 :] for i in places for d in "0123456789"}
    tried |= {text[:i] + d + text[i:] for i in [*whole, whole[-1] + 1] for d in "0123456789"}
    tried |= {text[:i] + text[i + 1 :] for i in whole[1:] if text[i] == text[i - 1]}
    for i, j in pairwise(places):
        letters = list(text)
        letters[i], letters[j] = letters[j], letters[i]
        tried.add("".join(letters))
    return tried - {text}


def printable(text: str) -> bool:
    """Without a zero in front."""
    digits = text.lstrip("-")
    return digits[0] != "0" or digits[1:2] in ("", ".")


@given(st.integers(-99_999, 99_999), st.integers(0, 3), st.integers(0, 8), st.sampled_from([1, -1, 3]), st.data())
def test_slips_are_those_found_by_trying_all(number, decimals, tolerance, coefficient, data):
    """One figure x with c x = t: the same candidates as by trying every digit, as long as the tolerance covers no whole place."""
    figure, unit = Decimal(number).scaleb(-decimals), Decimal(1).scaleb(-decimals)
    text = f"{figure:.{decimals}f}"
    meant = Decimal(data.draw(st.sampled_from(sorted(every_text(text)))))
    target = coefficient * meant + data.draw(st.integers(-tolerance, tolerance)) * unit
    wanted = Check("wanted", "=", [("x", Decimal(coefficient))], -target, tolerance * unit)
    explained = explain([Cell("x", figure, text, YUAN, unit / 2, "x")], [wanted])
    if abs(coefficient * figure - target) <= tolerance * unit:
        assert explained == {}
    else:
        possible = {Decimal(each) for each in every_text(text) if printable(each)}
        tried = {each for each in possible if abs(coefficient * each - target) <= tolerance * unit}
        typed = {each.value for each in explained["wanted"] if each.kind in ("swapped", "digit", "digit_count")}
        simpler = {each.value for each in explained["wanted"]} - typed
        assert meant in tried or meant not in possible
        assert typed == tried - simpler
