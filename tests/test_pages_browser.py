"""The pages of a practice county in a real browser without a network: what loads, links, sorts, prints, and equals the warehouse."""

import base64
import os
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import duckdb
import openpyxl
import pytest
from conftest import PROJECT, zhenshu

AXE = PROJECT / "tests/node_modules/axe-core/axe.min.js"
KINDS = ("index", "county_overview", "comparison", "quality", "method")
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
pytestmark = pytest.mark.browser


def missing_browser() -> str:
    """What a browser test lacks on this machine; empty if nothing."""
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        return "chromium and chromium-driver are not installed"
    fonts = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False).stdout
    return "" if fonts.strip() else "no Chinese font is installed (fonts-noto-cjk)"


def lacking(what: str) -> None:
    """Skipped on a desk, failed where nothing may be skipped."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium without a network."""
    if lacks := missing_browser():
        lacking(lacks)
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


@pytest.fixture(scope="module")
def site(practice) -> Path:
    return practice / "site"


def towns(site: Path) -> list[str]:
    return sorted(p.stem.removeprefix("town_") for p in site.glob("town_*.html"))


def pages_of(site: Path) -> list[str]:
    """One page of each kind, and all pages of one township."""
    return [*KINDS, *(f"{kind}_{towns(site)[0]}" for kind in ("town", "sheet", "evidence"))]


def opened(browser, site: Path, page: str, place: str = "") -> None:
    """Open a page and wait for what its scripts draw."""
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get("about:blank")
    browser.get((site / f"{page}.html").as_uri() + place)
    if page == "comparison" or page.startswith("evidence"):
        WebDriverWait(browser, 30).until(
            lambda b: b.execute_script("return document.body.dataset.ready || !document.getElementById('about')")
        )


def test_every_page_loads_without_a_network_and_without_complaint(browser, site):
    browser.get_log("browser")
    browser.get_log("performance")
    for path in sorted(site.glob("*.html")):
        opened(browser, site, path.stem)
        assert browser.execute_script("return document.querySelector('h1').textContent.trim()"), path.name
        assert path.stat().st_size < 400_000, path.name
    assert [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
    said = "\n".join(e["message"] for e in browser.get_log("performance"))
    asked = re.findall(r'"method":"Network.requestWillBeSent".*?"request":\{.*?"url":"([^"]+)"', said)
    assert asked
    assert [url for url in asked if not url.startswith(("file://", "data:", "blob:", "about:"))] == []


def test_the_demonstration_county_is_not_compared(browser, built):
    opened(browser, built / "site", "county_overview")
    text = browser.execute_script("return document.body.innerText")
    for figure in ("0.23%", "56.1%", "自相矛盾", "不能相互比较"):
        assert figure in text
    opened(browser, built / "site", "town_900101201")
    text = browser.execute_script("return document.querySelector('#parts ~ .grid').innerText")
    assert "90.29%" in text
    assert "92.13%" in text
    opened(browser, built / "site", "comparison")
    assert "不能相互比较" in browser.execute_script("return document.body.innerText")


DRAWN = (
    "return [...document.querySelectorAll('.js-plotly-plot')].map((c) => c.querySelectorAll('.main-svg .trace, .main-svg .point').length)"
)


def test_charts_are_drawn_and_follow_the_choice(browser, site):
    opened(browser, site, "comparison", "#rectification_rate")
    assert len(browser.execute_script(DRAWN)) == 3
    assert all(browser.execute_script(DRAWN))
    assert browser.execute_script("return document.querySelectorAll('.multiples svg').length") == len(towns(site))
    other = "const p = document.getElementById('cmp-indicator'); p.selectedIndex = 0; p.dispatchEvent(new Event('change')); return p.value"
    browser.execute_script(other)
    opened_heading = "return document.getElementById('chosen').textContent"
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 10).until(lambda b: not b.execute_script(opened_heading).startswith("问题整改率"))


# ---- links


def targets(browser) -> list[str]:
    return browser.execute_script("return [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))")


def test_links_lead_somewhere(browser, site):
    for page in pages_of(site):
        opened(browser, site, page)
        for link in set(targets(browser)):
            file, _, anchor = link.partition("#")
            assert not file or (site / unquote(file)).exists(), f"{page}: {link}"
            if not file and anchor and not page.startswith("evidence"):
                assert browser.execute_script("return !!document.getElementById(arguments[0])", unquote(anchor)), f"{page}: {link}"


def test_a_figure_leads_to_its_cell_and_back(browser, site, practice):
    town = towns(site)[0]
    with duckdb.connect(str(practice / "warehouse/zhenshu.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "select source_file, source_sheet, source_cell, period_start, period_end from mart_town_indicator where town_code = ?"
            " and indicator = 'registered_persons' and breakdown_by = 'total' and reported_value is not null order by period_end desc",
            [town],
        ).fetchone()
    opened(browser, site, f"town_{town}")
    link = browser.execute_script(
        "return document.querySelector('tr[data-indicator=registered_persons] a[href^=evidence]').getAttribute('href')"
    )
    assert link == f"evidence_{town}.html#{row[3]}_{row[4]}/registered_persons"
    opened(browser, site, f"evidence_{town}", "#" + link.partition("#")[2])
    own = browser.execute_script("return document.querySelector('#evidence tr.own').innerText")
    assert all(part in own for part in row[:3])
    back = browser.execute_script("return [...document.querySelectorAll('#evidence a')].map((a) => a.getAttribute('href'))")
    assert f"town_{town}.html" in back
    browser.execute_script("document.querySelector('#evidence button:not(thead button)').click()")
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 10).until(lambda b: b.execute_script("return document.querySelectorAll('#evidence .grid').length") >= 3)
    assert "＊" in browser.execute_script("return document.querySelectorAll('#evidence .grid')[2].innerText"), "names are masked"


# ---- tables


def test_tables_sort_and_filter(browser, site):
    opened(browser, site, f"town_{towns(site)[0]}")
    column = """
      const table = document.querySelector('#latest ~ .grid table'), head = [...table.tHead.rows[0].cells][3];
      head.querySelector('button').click();
      const values = [...table.tBodies[0].rows].map((r) => r.cells[3]?.querySelector('data')?.value);
      return [head.getAttribute('aria-sort'), values.filter(Boolean).map(Number)];
    """
    state, values = browser.execute_script(column)
    assert (state, values) == ("ascending", sorted(values))
    state, values = browser.execute_script(column)
    assert (state, values) == ("descending", sorted(values, reverse=True))
    state, _ = browser.execute_script(column)
    assert state is None
    seen = """
      const grid = document.querySelector('#latest ~ .grid'), find = grid.querySelector('input');
      find.value = arguments[0]; find.dispatchEvent(new Event('input'));
      return [...grid.querySelectorAll('tbody tr:not(.group)')].filter((r) => !r.hidden).map((r) => r.cells[0].innerText);
    """
    assert browser.execute_script(seen, "贫困发生率") == ["贫困发生率"]
    assert len(browser.execute_script(seen, "")) > 20


def test_downloads_hold_what_the_page_shows(browser, site):
    town = towns(site)[0]
    opened(browser, site, f"town_{town}")
    shown = browser.execute_script(
        "return [...document.querySelectorAll('#latest ~ .grid')][0].querySelectorAll('tbody tr:not(.group)').length"
    )
    values = browser.execute_script(
        "return [...document.querySelectorAll('#latest ~ .grid')[0].querySelectorAll('data:not([data-column])')].map((d) => +d.value)"
    )
    sheet = openpyxl.load_workbook(site / f"downloads/town_{town}_latest.xlsx").active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == shown
    assert [r[3] for r in rows if isinstance(r[3], int | float)] == pytest.approx(values)
    text = (site / f"downloads/town_{town}_latest.csv").read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == shown + 1


# ---- every number equals the warehouse

WALK = """
return [...document.querySelectorAll("data")].map((shown) => {
  const link = shown.closest("a[href^=evidence_]"), about = shown.closest("[data-table]");
  const [file, hash] = link ? link.getAttribute("href").split("#") : [];
  const [period, indicator, by, part] = hash ? hash.split("/").map(decodeURIComponent) : [];
  const place = link ? { table: "mart_town_indicator", town: file.slice(9, -5), period, indicator, by, part } : { ...about.dataset };
  return { ...place, column: shown.dataset.column || "value", value: shown.getAttribute("value"), text: shown.textContent };
})
"""


def matches(shown: dict, connection) -> bool:
    """Whether a figure's exact value stands in the warehouse, and its text is that value rounded at its own last digit."""
    given = {"town_code": shown.get("town"), "indicator": shown.get("indicator"), "identity": shown.get("identity")}
    if shown["table"] in ("mart_town_indicator", "mart_identity_check"):
        given |= {"breakdown_by": shown.get("by") or "total", "breakdown": shown.get("part") or "合计"}
    if shown.get("period"):
        given["period_start"], given["period_end"] = shown["period"].split("_")
    keys = {k: v for k, v in given.items() if v}
    where = " and ".join(f"{c} = ?" for c in keys)
    assert re.fullmatch(r"[a-z_0-9]+", shown["table"] + shown["column"])
    rows = connection.execute(f"select {shown['column']} from {shown['table']} where {where}", list(keys.values())).fetchall()
    exact = Decimal(shown["value"])
    return any(r[0] is not None and Decimal(str(r[0])) == exact for r in rows) and reads_as(shown["text"], exact)


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


def test_every_figure_shown_equals_the_warehouse(browser, site, practice):
    seen = 0
    with duckdb.connect(str(practice / "warehouse/zhenshu.duckdb"), read_only=True) as connection:
        for page in pages_of(site):
            place = "#2020-01-01_2020-03-31/medical_actual_ratio" if page.startswith("evidence") else ""
            opened(browser, site, page, place)
            shown = browser.execute_script(WALK)
            wrong = [s for s in shown if not matches(s, connection)]
            assert wrong == [], page
            seen += len(shown)
    assert seen > 800


def test_counts_of_verdicts_equal_the_warehouse(browser, site, practice):
    opened(browser, site, "county_overview")
    counted = browser.execute_script(
        "return [...document.querySelectorAll('.counts li[data-verdict]')].map((l) => [l.dataset.verdict, +l.dataset.count])"
    )
    with duckdb.connect(str(practice / "warehouse/zhenshu.duckdb"), read_only=True) as connection:
        verdicts = connection.execute(
            "select case when verdict = 'agrees' and checked_against = 'none' then 'unchecked' else verdict end v, count(*)"
            " from mart_town_indicator where verdict <> 'not reported' or breakdown_by = 'total' group by v"
        ).fetchall()
    assert {v: n for v, n in counted if n} == dict(verdicts)


# ---- phone, paper, those who do not see


def test_a_phone_needs_no_sideways_scroll(browser, site):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        for page in pages_of(site):
            opened(browser, site, page)
            wide, room = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
            assert (room, wide <= room) == (390, True), f"{page}: {wide}"
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


CLIPPED = """
const room = document.documentElement.clientWidth;
const wide = (t) => t.offsetParent && t.getBoundingClientRect().right > room + 1;
return [...document.querySelectorAll("table")].filter(wide).map((t) => t.caption?.textContent);
"""


@pytest.mark.parametrize(("kind", "most"), [("town", 2), ("sheet", 1), ("county_overview", 99), ("quality", 99), ("method", 99)])
def test_paper_clips_no_table(browser, site, kind, most):
    page = f"{kind}_{towns(site)[0]}" if kind in ("town", "sheet") else kind
    # the width of A4 between its margins
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 718, "height": 1047, "deviceScaleFactor": 1, "mobile": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        opened(browser, site, page)
        assert browser.execute_script(CLIPPED) == []
        paper = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    sheets = len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(paper["data"])))
    assert 1 <= sheets <= most


def test_nothing_serious_for_those_who_use_a_reader(browser, site):
    if not AXE.exists():
        lacking("axe-core is not installed: npm install --prefix tests")
    for page in pages_of(site):
        opened(browser, site, page)
        browser.execute_script(AXE.read_text(encoding="utf-8"))
        found = browser.execute_async_script("const done = arguments[0]; axe.run({ preload: false }).then((r) => done(r.violations))")
        serious = [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], page


# ---- editions


def test_the_public_edition_has_no_records(browser, practice):
    done = zhenshu("publish", "--audience", "public", data=practice)
    assert done.returncode == 0, done.stdout + done.stderr
    public = practice / "site.public"
    assert not list(public.glob("data/[er]_*"))
    opened(browser, public, f"town_{towns(public)[0]}")
    assert "＊" in browser.execute_script("return document.body.innerText")
    assert [t for t in targets(browser) if t.startswith("evidence_")] == []


def test_the_english_edition_and_a_single_file(browser, practice, tmp_path):
    browser.get_log("browser")
    town = towns(practice / "site")[0]
    done = zhenshu("publish", "--lang", "en", "--single-file", "comparison", "--single-file", f"evidence_{town}", data=practice)
    assert done.returncode == 0, done.stdout + done.stderr
    opened(browser, practice / "site.en", "county_overview")
    text = browser.execute_script("return document.body.innerText")
    assert "Poverty incidence" in text
    assert "end of Mar 2020" in text
    for page in ("comparison", f"evidence_{town}"):
        shutil.copy(practice / f"site.en/single/{page}.html", tmp_path / f"{page}.html")
        opened(browser, tmp_path, page)
        assert browser.execute_script("return document.querySelectorAll('table').length") > 0
    assert [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
