"""Pages: figures as text, escaping, the check that nothing is fetched from elsewhere, and the page itself in a real browser."""

import datetime as dt
import os
import re
import shutil
import subprocess
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from zhenshu import charts, figures, pages, publish
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


# ---- a county with hostile names


def a_figure(**given) -> dict:
    return {
        "town_code": "900101201",
        "town_name": HOSTILE,
        "period_start": dt.date(2020, 1, 1),
        "period_end": dt.date(2020, 10, 31),
        "indicator": "medical_actual_ratio",
        "indicator_name": HOSTILE,
        "subject": "medical",
        "kind": "money_ratio",
        "unit": "share",
        "breakdown_by": "visit_type",
        "breakdown": HOSTILE,
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
        **given,
    }


def a_county(*rows: dict) -> County:
    registry = {"medical_actual_ratio": {"numerator": "paid", "denominator": "cost"}, "paid": {"unit": "元"}, "cost": {"unit": "元"}}
    towns = {"900101201": {"town_name": HOSTILE, "county_code": "900101", "county_name": HOSTILE}}
    return County(figures=list(rows), identities=[], expectations=[], problems=[], towns=towns, registry=registry)


def rendered(monkeypatch, *rows: dict) -> str:
    """The 健康 section as published, as one string."""
    shown = []
    monkeypatch.setenv("ZHENSHU_PUBLISHING", "1")
    for module in (pages, charts):
        monkeypatch.setattr(module, "display", lambda html: shown.append(html.data))
    county = a_county(*rows)
    ratio = county.of("medical_actual_ratio", breakdown_by=["visit_type"])
    pages.subject(county, "健康", charts.share_chart(ratio, "medical", HOSTILE))
    return "".join(str(part) for part in (pages.scope(county).data, *shown))


class Tags(HTMLParser):
    """Collects the tags a browser would see, and the text of scripts."""

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


def test_names_are_text_everywhere(monkeypatch):
    text = rendered(monkeypatch, a_figure())
    seen = Tags(text)
    assert seen.tags.count("script") == 1, "only the chart's own script"
    assert not any("<script>" in s for s in seen.scripts)
    assert 'id="chart-medical"' in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 5
    assert publish.external_addresses(text) == []


def test_a_figure_only_reported_is_not_shown_as_recomputed(monkeypatch):
    row = a_figure(kind="count", unit="人", value=7.0, reported_value=7.0, difference=0.0, verdict="agrees", checked_against="none")
    text = rendered(monkeypatch, row)
    assert "仅有上报数，未经核对" in text
    assert "一致" not in text
    assert 'data-column="reported_value"' in text
    assert 'data-column="value"' not in text
    assert 'data-column="difference"' not in text


def test_a_contradiction_has_no_value(monkeypatch):
    text = rendered(monkeypatch, a_figure(value=None, difference=None, reported_value=None, verdict="contradicts"))
    assert ">不予发布</a>" in text
    assert 'data-column="value"' not in text


def test_a_county_without_figures_says_so(monkeypatch):
    text = rendered(monkeypatch)
    assert "库中还没有任何指标" in text
    assert "各单位都没有上报这方面的数" in text


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
    assert publish.external_addresses(f"<!doctype html><p>text</p>{planted}")


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
    assert publish.external_addresses(harmless) == []


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
    assert {p.name for p in site.iterdir()} == {"trial.html", "b.html", "zhenshu.css", "zhenshu.js", "plotly.min.js"}


def test_notebooks_are_kept_without_outputs():
    for path in publish.NOTEBOOKS.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs"), f"{path.name}: outputs are not kept in git"
            assert cell.get("execution_count") is None, path.name
            if cell.cell_type == "markdown":
                assert not re.search(r"\d", cell.source), f"{path.name}: a number in the text must be a variable"


# ---- the page in a browser


def missing_browser() -> str:
    """What a browser test lacks on this machine; empty if nothing."""
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        return "chromium and chromium-driver are not installed"
    fonts = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False).stdout
    return "" if fonts.strip() else "no Chinese font is installed (fonts-noto-cjk)"


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium without a network."""
    if lacks := missing_browser():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(lacks)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    offline = ("--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9")
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900", *offline):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


WALK = """
return [...document.querySelectorAll("[data-value]")].map((shown) => ({
  ...shown.closest("tr").dataset, ...shown.dataset, text: shown.textContent, visible: shown.getClientRects().length > 0,
}))
"""


def matches(shown: dict, connection) -> bool:
    """Whether a figure's exact value stands in the warehouse, and its text is that value rounded at its own last digit."""
    start, end = shown["period"].split("/")
    keys = {"period_start": start, "period_end": end, "town_code": shown["town"], "indicator": shown["indicator"]}
    keys |= {"breakdown_by": shown["breakdownBy"], "breakdown": shown["breakdown"]}
    if "identity" in shown:
        keys["identity"] = shown["identity"]
    where = " and ".join(f"{c} = ?" for c in keys)
    assert re.fullmatch(r"[a-z_0-9]+", shown["table"] + shown["column"])
    rows = connection.execute(f"select {shown['column']} from {shown['table']} where {where}", list(keys.values())).fetchall()
    exact = Decimal(shown["value"])
    return [str(r[0]) for r in rows] == [shown["value"]] and reads_as(shown["text"], exact)


def reads_as(text: str, exact: Decimal) -> bool:
    """Read a shown figure back without the code that wrote it: it may be off by half a unit of its last digit and no more."""
    number = re.search(r"([+−]?)(不足)?([\d,]+(?:\.\d+)?)(.*)", text)
    scale = Decimal("0.01") if number[4] in ("%", "个百分点") else Decimal(10000) if number[4].startswith("万") else Decimal(1)
    digits = number[3].replace(",", "")
    unit = Decimal(1).scaleb(-len(digits.partition(".")[2])) * scale
    if number[2]:
        return 0 < abs(exact) < unit / 2
    shown = Decimal(digits) * scale * (-1 if number[1] == "−" else 1)
    # 1e-12 is the noise of a double
    return abs(shown - exact) <= unit / 2 + Decimal("1e-12")


@pytest.mark.browser
def test_the_page_in_a_browser_without_a_network(built, browser):
    page = built / "site/county_overview.html"
    browser.get(page.as_uri())
    charts_drawn = (
        "return [...document.querySelectorAll('.js-plotly-plot')].map((c) => [c.id, c.querySelectorAll('.main-svg .trace').length])"
    )
    assert dict(browser.execute_script(charts_drawn)) == {"chart-medical": 2, "chart-fund": 1, "chart-projects": 2}

    text = browser.execute_script("return document.body.innerText")
    for figure in ("0.23%", "90.29%", "92.13%", "56.1%", "自相矛盾", "仅有上报数，未经核对", "不能相互比较"):
        assert figure in text
    ratio = browser.execute_script("return document.querySelector('tr[data-indicator=medical_actual_ratio]').innerText")
    assert "90.29%" in ratio
    assert "92.13%" in ratio

    shown = browser.execute_script(WALK)
    assert len(shown) > 150
    with duckdb.connect(str(built / "warehouse/zhenshu.duckdb"), read_only=True) as connection:
        wrong = [s for s in shown if not matches(s, connection) or not s["visible"]]
        verdicts = connection.execute(
            "select case when verdict = 'agrees' and checked_against = 'none' then 'unchecked' else verdict end v, count(*)"
            " from mart_town_indicator group by v"
        ).fetchall()
    assert wrong == []
    counted = browser.execute_script(
        "return [...document.querySelectorAll('.counts li')].map((l) => [l.dataset.verdict, +l.dataset.count])"
    )
    assert {v: n for v, n in counted if n} == dict(verdicts)

    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    browser.get(page.as_uri())
    wide, room = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert room == 390
    assert wide <= room
    targets = browser.execute_script(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].filter((a) => !document.querySelector(decodeURI(a.hash))).length"
    )
    assert targets == 0, "a link on the page leads nowhere"

    assert [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
    asked = re.findall(
        r'"method":"Network.requestWillBeSent".*?"request":\{.*?"url":"([^"]+)"',
        "\n".join(e["message"] for e in browser.get_log("performance")),
    )
    assert asked
    assert [url for url in asked if not url.startswith(("file://", "data:", "blob:"))] == []
