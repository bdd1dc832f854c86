"""Pages: figures as text, escaping, the check that nothing is fetched from elsewhere, and the page itself in a real browser."""

import datetime as dt
import os
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import openpyxl
import pytest
from conftest import PROJECT
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from zhenshu import audience, downloads, figures, gate, markup, pages, publish, words
from zhenshu.pages import County

HOSTILE = "<script>alert(1)</script>\"'&</td>"


# ---- figures as text


@pytest.mark.parametrize(
    ("share", "printed", "shown"),
    [
        (133 / 57000, "0.23%", "0.23%"),
        (133 / 57000, None, "0.23%"),  # below 1 %: two digits that count
        (0.000456, None, "0.046%"),
        (9882600 / 10945200, "92.13%", "90.29%"),
        (9990000 / 17810000, None, "56.1%"),
        (237 / 273, "86.8", "86.8%"),
        (237 / 273, "0.868", "86.8%"),  # a percent cell that came as its bare number
        (0.9213, "０．９２１３", "92.13%"),
        (237 / 273, "86.81318681318682", "86.8132%"),  # a quotient in a cell: four decimals are enough
        (0.9999, None, "99.99%"),  # never 100 % for what is not quite so
        (0.99999999999999989, None, "100.0%"),  # but the noise of a double is no shortfall
        (Decimal("0.12345"), "12.3", "12.3%"),
        (Decimal("0.1225"), "1.2%", "12.3%"),  # half up
        (1, None, "100.0%"),
        (0, None, "0.0%"),
        (0.5, "无", "50.0%"),
        (0.5, "见附表.doc", "50.0%"),
    ],
)
def test_shares_are_shown_as_printed_and_never_mislead(share, printed, shown):
    assert figures.figure(share, "share", decimals=figures.share_decimals(share, printed)) == shown


@pytest.mark.parametrize(
    ("value", "unit", "kind", "shown"),
    [
        (817687.5, "元", "amount", "81.76875万元"),
        (Decimal("28380000.00000000"), "元", "amount", "2,838万元"),
        (342.0, "元", "amount", "342元"),
        (9999.99, "元", "amount", "9,999.99元"),
        (3284.6715328467153, "元", "rate", "3,284.67元"),
        (57000.0, "人", "count", "57,000人"),
        (Decimal("-10.00000000"), "户", "count", "−10户"),
        (Decimal("0E-8"), "户", "count", "0户"),
        (None, "户", "count", "—"),
    ],
)
def test_amounts_keep_every_digit(value, unit, kind, shown):
    assert figures.figure(value, unit, kind) == shown


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "shown"),
    [
        (-0.018383653108211773, "share", 2, "−1.84个百分点"),
        (0.25, "share", 1, "+25.0个百分点"),
        (3.3333333333333565e-05, "share", 2, "不足0.01个百分点"),
        (-1e-17, "share", 2, "0"),
        (0.0, "人", 0, "0"),
        (-265420000.0, "元", 0, "−26,542万元"),
        (10.0, "户", 0, "+10户"),
        (None, "share", 1, "—"),
    ],
)
def test_differences_carry_their_sign(value, unit, decimals, shown):
    assert figures.change(value, unit, decimals=decimals) == shown


@pytest.mark.parametrize(
    ("start", "end", "as_of", "label"),
    [
        ("2020-01-01", "2020-10-31", False, "2020年1—10月"),
        ("2020-01-01", "2020-12-31", False, "2020年"),
        ("2019-01-01", "2019-12-31", True, "截至2019年底"),
        ("2020-01-01", "2020-02-29", True, "截至2020年2月底"),
        ("2020-01-01", "2020-10-15", True, "截至2020年10月15日"),
        ("2020-03-01", "2020-03-31", False, "2020年3月"),
        ("2020-09-01", "2021-01-31", False, "2020年秋季学期"),
        ("2020-02-01", "2020-07-31", False, "2020年春季学期"),
        ("2020-09-01", "2021-08-31", False, "2020—2021学年"),
        ("2014-01-01", "2019-12-31", False, "2014—2019年"),
        ("2019-11-01", "2020-03-31", False, "2019年11月—2020年3月"),
        ("2020-03-05", "2020-04-08", False, "2020年3月5日—2020年4月8日"),
        ("2020-03-05", "2020-03-05", False, "2020年3月5日"),
    ],
)
def test_periods_read_as_officials_write_them(start, end, as_of, label):
    assert figures.period_label(dt.date.fromisoformat(start), dt.date.fromisoformat(end), as_of) == label


# ---- counties that make trouble


def a_figure(**given) -> dict:
    return {
        "town_code": "900101201",
        "town_name": HOSTILE,
        "county_code": "900101",
        "period_start": dt.date(2020, 1, 1),
        "period_end": dt.date(2020, 10, 31),
        "indicator": "medical_actual_ratio",
        "indicator_name": HOSTILE,
        "subject": "medical",
        "kind": "money_ratio",
        "unit": "share",
        "better": "high",
        "breakdown_by": "total",
        "breakdown": "合计",
        "numerator": Decimal(1),
        "denominator": Decimal(2),
        "denominator_wording": HOSTILE,
        "value": 0.5,
        "lower_95": None,
        "upper_95": None,
        "interval_method": None,
        "reported_value": 0.6,
        "reported_printed": HOSTILE,
        "difference": -0.1,
        "verdict": "differs",
        "checked_against": "parts",
        "source_file": HOSTILE,
        "source_sheet": HOSTILE,
        "source_cell": "A1",
        "target": None,
        "is_target_met": None,
        **given,
    }


def an_entry(code: str, **given) -> dict:
    return {
        "code": code,
        "name_zh": code,
        "name_en": code,
        "numerator": None,
        "denominator": None,
        "denominator_wording": HOSTILE,
        "subject": "medical",
        "kind": "count",
        **given,
    }


REGISTRY = {
    "medical_actual_ratio": an_entry(
        "medical_actual_ratio", name_zh=HOSTILE, kind="money_ratio", unit="share", numerator="paid", denominator="cost"
    ),
    "paid": an_entry("paid", unit="元", kind="amount"),
    "cost": an_entry("cost", unit="元", kind="amount"),
    "visits": an_entry("visits", unit="人次"),
    "near": an_entry("near", unit="人次"),
    "near_share": an_entry("near_share", unit="share", kind="proportion", numerator="near", denominator="visits"),
}


def a_county(*rows: dict, **given) -> County:
    codes = {r["town_code"] for r in rows} or {"900101201"}
    towns = {c: {"town_code": c, "town_name": HOSTILE, "county_code": "900101", "county_name": HOSTILE} for c in codes}
    return County(figures=list(rows), towns=towns, registry=REGISTRY, **given)


def parts_of_pages(county: County, town: str = "900101201") -> list:
    """Every part of every page that takes a county as it is."""
    overview, quality = pages.overview, pages.quality
    made = [overview.portal(county), overview.scope(county), overview.verdicts(county), overview.contradictions(county)]
    made += [overview.subject(county, title) for title in (*overview.SUBJECTS, "其他")]
    made += [pages.comparison.page(county), pages.comparison.scores(county), pages.comparison.exits(county)]
    made += [part(county, town) for part in (pages.town.head, pages.town.latest, pages.town.months, pages.town.identities)]
    made += [part(county, town) for part in (pages.town.problems, pages.town.submissions, pages.town.sheet)]
    made += [part(county) for part in (quality.submissions, quality.problems, quality.identities, quality.flags)]
    made += [quality.differences(county), quality.expectations(county), pages.method.verdicts(county), pages.method.identities(county)]
    return made


def rendered(county: County) -> str:
    return "".join(str(part.data) for part in parts_of_pages(county))


class Tags(HTMLParser):
    """Collects the tags a browser would see, and the text of scripts that it would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.scripts, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.inside = tag == "script"

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.scripts.append(data)


@pytest.mark.parametrize("count", [1, 2, 60])
def test_names_are_text_everywhere(count):
    rows = [a_figure(town_code=f"9001012{n:02}") for n in range(1, count + 1)]
    text = rendered(a_county(*rows))
    assert not any("<script>" in s for s in Tags(text).scripts)
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 5
    assert gate.external_addresses(text) == []


def test_a_figure_only_reported_is_not_shown_as_recomputed():
    row = a_figure(kind="count", unit="人", value=7.0, reported_value=7.0, difference=0.0, verdict="agrees", checked_against="none")
    text = str(pages.town.latest(a_county(row), "900101201").data)
    assert "仅有上报数，未经核对" in text
    assert "一致" not in text
    assert re.findall("<data[^>]*>", text) == ['<data value="7.0" data-column="reported_value">']


def test_a_contradiction_has_no_value():
    row = a_figure(value=None, difference=None, reported_value=None, verdict="contradicts")
    text = str(pages.town.latest(a_county(row), "900101201").data)
    assert "不予发布" in text
    assert not re.search(r'<data value="[^"]*">', text)


def test_no_sound_figure_is_said_and_not_left_out():
    rows = [a_figure(town_code=f"90010120{n}", value=None, reported_value=None, verdict="not computable") for n in (1, 2)]
    text = str(pages.overview.subject(a_county(*rows), "健康").data)
    assert text.count("无法计算") >= 2


def test_a_county_without_figures_says_so():
    text = rendered(a_county())
    assert "库中还没有任何指标" in text
    assert "各单位都没有上报这方面的数" in text
    assert "没有任何指标值" in text


def test_a_broken_database_has_pages_that_say_so(tmp_path):
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse/zhenshu.duckdb").write_bytes(b"no database" * 999)
    county = pages.load(tmp_path)
    assert county.broken
    assert "数据库无法读取" in rendered(county)
    assert str(tmp_path) not in rendered(county)


def test_formula_like_names_are_neutral_in_downloads(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHENSHU_SITE", str(tmp_path))
    name = "=HYPERLINK(1)"
    grid = markup.Grid("trial", "试", ["名", "数"], [markup.Line([name, markup.Shown(markup.Markup("1"), Decimal("0.5"), "share")])])
    assert "downloads/trial.xlsx" in grid.html()
    raw = (tmp_path / "downloads/trial.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8-sig").splitlines()[1] == f"'{name},0.5"
    cells = openpyxl.load_workbook(tmp_path / "downloads/trial.xlsx").active
    assert (cells["A2"].value, cells["B2"].value) == (f"'{name}", 0.5)
    assert cells["A2"].data_type == "s"


@pytest.mark.parametrize("text", ["=1+1", "+cmd|x", "-2+3", "@SUM(1)", "\t=1", "＝1+1", "－1+A1"])
def test_what_a_spreadsheet_would_run_is_neutral(text):
    assert downloads.neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+1,234.50", "-12.5%", "-", "—", "甲=乙", "", None, 5])
def test_a_number_and_a_dash_stay(text):
    assert downloads.neutral(text) == text


# ---- what the public sees


def visits(town: int, near: int, whole: int, **given) -> list[dict]:
    at = {"town_code": f"90010120{town}", "reported_value": None, "reported_printed": None, "verdict": "not reported", **given}
    count = {"kind": "count", "unit": "人次", "denominator": None}
    return [
        a_figure(**at | count | {"indicator": "near", "indicator_name": "near", "value": float(near), "numerator": Decimal(near)}),
        a_figure(**at | count | {"indicator": "visits", "indicator_name": "visits", "value": float(whole), "numerator": Decimal(whole)}),
        a_figure(
            **at
            | {"indicator": "near_share", "indicator_name": "near_share", "kind": "proportion", "value": near / whole}
            | {"numerator": Decimal(near), "denominator": Decimal(whole)}
        ),
    ]


def shown_to_public(*rows: dict) -> dict[tuple, object]:
    sums = []
    for code in ("near", "visits"):
        of_code = [r for r in rows if r["indicator"] == code and r["breakdown_by"] == "total"]
        if of_code:
            sums.append({**of_code[0], "value": sum(r["value"] for r in of_code), "town_count": len(of_code), "missing_town_count": 0})
    county = audience.suppress(a_county(*rows, county_figures=sums))
    found = {(r["town_code"][-1], r["indicator"], r["breakdown"]): r["value"] for r in county.figures}
    return found | {("county", r["indicator"], "合计"): r["value"] for r in county.county_figures}


def test_small_counts_and_what_they_follow_from_are_suppressed():
    seen = shown_to_public(*visits(1, 3, 40), *visits(2, 30, 40))
    assert seen["1", "near", "合计"] is None
    assert seen["1", "near_share", "合计"] is None, "the share times the whole would give it"
    assert seen["2", "near", "合计"] == 30
    assert seen["county", "near", "合计"] is None, "the county less the other township would give it"


def test_the_few_outside_are_as_protected_as_the_few_inside():
    seen = shown_to_public(*visits(1, 38, 40))
    assert seen["1", "near", "合计"] is None
    assert seen["1", "near_share", "合计"] is None


def test_a_breakdown_is_shown_whole_or_not_at_all():
    part = {"breakdown_by": "visit_type"}
    seen = shown_to_public(*visits(1, 50, 60), *visits(1, 20, 30, **part, breakdown="住院"), *visits(1, 3, 9, **part, breakdown="门诊"))
    assert seen["1", "near", "合计"] == 50
    assert seen["1", "near", "住院"] is None, "the whole less this part would give the other"


def test_of_two_running_figures_only_the_last_is_shown():
    earlier = visits(1, 40, 60, period_end=dt.date(2020, 9, 30))
    county = audience.suppress(a_county(*earlier, *visits(1, 50, 70)))
    assert {r["period_end"].month for r in county.figures if r["value"] is not None} == {10}


def of_villages(households: dict[str, int]) -> list[dict]:
    """The register and a share of it by village."""
    at = {"town_code": "900101201", "subject": "poverty_exit", "breakdown_by": "village", "verdict": "not reported"}
    made = []
    for village, n in households.items():
        place = at | {"breakdown": village, "numerator": Decimal(1), "denominator": Decimal(n)}
        made.append(a_figure(**place | {"indicator": "registered_households", "kind": "count", "unit": "户", "value": float(n)}))
        made.append(a_figure(**place | {"indicator": "exited", "kind": "proportion", "value": 1 / n}))
    return made


def test_villages_of_fewer_than_three_households_are_shown_together_with_the_next_smallest():
    shown = audience.suppress(a_county(*of_villages({"甲村": 2, "乙村": 3, "丙村": 40}))).figures
    found = {(r["indicator"], r["breakdown"]): r["value"] for r in shown}
    merged = {("registered_households", "2个村合并"): 5.0, ("exited", "2个村合并"): 2 / 5}
    assert found == merged | {("registered_households", "丙村"): 40.0, ("exited", "丙村"): 1 / 40}


def test_a_figure_that_one_of_the_villages_together_alone_has_is_not_shown_by_village():
    rows = of_villages({"甲村": 2, "乙村": 3, "丙村": 40})
    rows = [r for r in rows if (r["indicator"], r["breakdown"]) != ("exited", "乙村")]
    shown = audience.suppress(a_county(*rows)).figures
    assert {r["indicator"] for r in shown} == {"registered_households"}, "it is 甲村's own, or the township's less 丙村's"


@pytest.mark.parametrize("households", [{"甲村": 2}, {"甲村": 1, "乙村": 1}])
def test_villages_that_stay_too_few_together_are_left_out(households):
    assert audience.suppress(a_county(*of_villages(households))).figures == []


def test_villages_of_three_households_are_shown_as_they_are():
    shown = audience.suppress(a_county(*of_villages({"甲村": 3, "乙村": 40}))).figures
    assert {r["breakdown"] for r in shown} == {"甲村", "乙村"}


def test_a_score_goes_with_the_item_that_would_be_worked_out_from_it():
    period = {"period_start": dt.date(2020, 1, 1), "period_end": dt.date(2020, 10, 31)}
    rows = [*visits(1, 3, 40), *visits(2, 30, 40)]
    lines = [{"town_code": f"90010120{n}", "indicator": "near_share", "rule_id": "S1", "points": 5.0} | period for n in (1, 2)]
    lines += [line | {"indicator": "fund_paid", "rule_id": "S2"} for line in lines]
    scores = [{"town_code": f"90010120{n}", "score": 10.0} | period for n in (1, 2)]
    county = audience.suppress(a_county(*rows, score_lines=lines, scores=scores))
    assert [s["town_code"] for s in county.scores] == ["900101202"], "the total less the other item is the hidden one"
    assert {(line["town_code"][-1], line["rule_id"]) for line in county.score_lines} == {("1", "S2"), ("2", "S1"), ("2", "S2")}


def test_the_public_gate_finds_what_was_left_in(tmp_path):
    place = 'data-table="mart_town_indicator" data-town="1" data-indicator="near" data-period="p"'
    figure = f'<span {place}><data value="{{}}">x</data></span>'
    (tmp_path / "a.html").write_text(figure.format("4.0"), encoding="utf-8")
    with pytest.raises(audience.Suppressed, match="fewer than 5 persons"):
        gate.check_public(tmp_path, REGISTRY)
    (tmp_path / "a.html").write_text(figure.format("12.0"), encoding="utf-8")
    gate.check_public(tmp_path, REGISTRY)
    whole = figure.replace("mart_town_indicator", "mart_county_indicator").format("14.0")
    (tmp_path / "b.html").write_text(whole, encoding="utf-8")
    with pytest.raises(audience.Suppressed, match="less the townships shown"):
        gate.check_public(tmp_path, REGISTRY)


# ---- texts in English


def test_every_text_of_the_pages_has_its_english():
    said = set()
    for name in (
        "markup",
        "overview",
        "tables",
        "town_page",
        "quality",
        "method",
        "comparison",
        "evidence",
        "downloads",
        "publish",
        "figures",
        "audience",
        "word",
    ):
        said |= set(re.findall(r'\bt\("([^"]+)"', (PROJECT / f"src/zhenshu/{name}.py").read_text(encoding="utf-8")))
    for name in ("zhenshu", "comparison", "evidence"):
        said |= set(re.findall(r'\bw\("([^"]+)"\)', (PROJECT / f"src/zhenshu/assets/{name}.js").read_text(encoding="utf-8")))
    missing = {text for text in said if re.search("[\u4e00-\u9fff]", text)} - set(words.english())
    assert not missing


# ---- nothing from elsewhere


@pytest.mark.parametrize(
    "planted",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<img src=//cdn.example/x.png>",
        "<img srcset='a.png 1x, //cdn.example/b.png 2x'>",
        '<link rel="stylesheet" href="HTTP://cdn.example/x.css">',
        '<a href="http&#58;//example.org">x</a>',
        "<a href='java\nscript:alert(1)'>x</a>",
        '<img src="\\\\cdn.example\\x.png">',
        '<img src="file:///etc/hostname">',
        '<p style="background: url(//cdn.example/x.png)">',
        '<style>@import "https://cdn.example/x.css";</style>',
        "<style>p { background: url( 'https://cdn.example/x.png' ) }</style>",
        "<script>fetch('https://api.example/x')</script>",
        '<script>x = {"a": "\\u002f\\u002fcdn.example\\u002fx"}</script>',
        '<script>x = "https:\\/\\/cdn.example"</script>',
        "<script>new WebSocket(`wss://live.example`)</script>",
        '<script>Plotly.newPlot("c", [{"type":"choropleth"}])</script>',
        "<p onclick=\"fetch('//x.example')\">",
        '<iframe srcdoc="<img src=//x.example>"></iframe>',
        '<meta http-equiv="refresh" content="0;url=x.html">',
        '<base href="x/">',
    ],
)
def test_a_planted_address_is_found(planted):
    assert gate.external_addresses(f"<!doctype html><p>text</p>{planted}")


@pytest.mark.parametrize(
    "harmless",
    [
        "<p>见 https://example.org 或 //example.org</p>",
        '<a href="#健康">x</a><script src="plotly.min.js"></script><link rel="icon" href="data:,">',
        '<script>// a comment\nx = {"type":"scatter"}; y = 4 / 2 // 1</script>',
        "<style>p { background: url(data:image/png;base64,AA==) }</style>",
    ],
)
def test_what_a_browser_does_not_load_is_let_through(harmless):
    assert gate.external_addresses(harmless) == []


def a_notebook(folder: Path, *sources: str) -> Path:
    """A folder with one page notebook."""
    book = new_notebook(cells=[new_code_cell(s) for s in sources], metadata={"zhenshu": {"page": "trial", "title": "试页"}})
    folder.mkdir()
    nbformat.write(book, folder / "trial.ipynb")
    return folder


@pytest.fixture
def last_site(tmp_path) -> Path:
    """A county with a warehouse file and a site from before."""
    for name in ("warehouse/zhenshu.duckdb", "site/trial.html"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("before", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (["1 + 1", "1 / 0"], r"trial\.ipynb, cell 2: ZeroDivisionError"),
        (
            ["from IPython.display import HTML", "HTML('<img src=\"https://cdn.example/x.png\">')"],
            r"trial\.html .*https://cdn\.example/x\.png",
        ),
    ],
)
def test_a_failure_is_named_and_leaves_the_last_site(last_site, sources, said):
    with pytest.raises(publish.PublishError, match=said):
        publish.publish(last_site, a_notebook(last_site / "notebooks", *sources))
    assert [p.name for p in last_site.glob("site*")] == ["site"]
    assert (last_site / "site/trial.html").read_text(encoding="utf-8") == "before"


def test_without_a_warehouse_there_is_nothing_to_publish(tmp_path):
    with pytest.raises(publish.PublishError, match="no warehouse"):
        publish.publish(tmp_path)


def test_the_kernel_is_this_interpreter_and_pages_start_empty(last_site):
    folder = a_notebook(last_site / "notebooks", "left_over = 1", "import os, sys; print(sys.executable, os.environ['ZHENSHU_DATA'])")
    second = new_notebook(cells=[new_code_cell("assert 'left_over' not in globals()")], metadata={"zhenshu": {"page": "b", "title": "二"}})
    nbformat.write(second, folder / "two.ipynb")
    site = publish.publish(last_site, folder)
    text = (site / "trial.html").read_text(encoding="utf-8")
    assert os.sys.executable in text
    assert str(last_site) in text
    assert {p.name for p in site.iterdir()} == {"trial.html", "b.html", "data", "plotly.min.js", *publish.SHARED}


def test_notebooks_are_kept_without_outputs():
    for path in publish.NOTEBOOKS.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs"), f"{path.name}: outputs are not kept in git"
            assert cell.get("execution_count") is None, path.name
            if cell.cell_type == "markdown":
                assert not re.search(r"\d", cell.source), f"{path.name}: a number in the text must be a variable"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["explore", "00_data_journey"])
def test_the_analysts_notebooks_run_as_they_are(built, monkeypatch, name):
    monkeypatch.setenv("ZHENSHU_DATA", str(built))
    book = nbformat.read(publish.NOTEBOOKS / f"{name}.ipynb", as_version=4)
    NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(publish.NOTEBOOKS)}}).execute()
    outputs = [o for cell in book.cells if cell.cell_type == "code" for o in cell.outputs]
    assert len(outputs) >= 5
