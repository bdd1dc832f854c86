"""Pages as Word documents: what paper shows, every row of it, the same bytes each time."""

import re
import zipfile

import pytest
from bs4 import BeautifulSoup
from conftest import PROJECT
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn

from zhenshu import word

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>甲乡</title></head><body><header><nav>各页</nav></header><main id="main">
<h1>甲乡 乡镇页</h1><p class="downloads">下载本页：<a href="#">Word .docx</a></p><noscript><p class="warning">没有脚本</p></noscript>
<p class="pick"><label>乡镇<select><option>乙乡</option></select></label></p>
<ul class="counts"><li><b>3</b> 一致</li><li><b>1</b> 有出入</li></ul>
<div><h2 id="a">各项指标</h2><p class="note">甲 &lt;b&gt; &amp; 乙</p>
<div class="grid"><table><caption>重算值</caption><thead><tr><th>指标</th><th class="number">值</th>{more}</tr></thead>
<tbody><tr class="group"><th colspan="{span}">脱贫</th></tr>
<tr><th>贫困发生率<small>原文 0.2%</small></th><td class="number"><data value="0.19">0.19%</data><svg><text>线</text></svg></td>{cells}</tr>
<tr><th>控制符\x0b与<span class="sr">按时</span>√</th><td class="number">—</td>{cells}</tr></tbody></table></div></div>
<section class="screen"><h2>只在屏幕</h2><table><tr><td>不印</td></tr></table></section>
<p class="sign"><span>填表人：</span><span>日期：</span></p></main></body></html>"""


def page(columns: int = 2) -> str:
    return PAGE.format(more="<th>栏</th>" * (columns - 2), cells="<td>无</td>" * (columns - 2), span=columns)


@pytest.fixture
def document(tmp_path):
    def written(columns: int = 2):
        word.write(page(columns), tmp_path / "downloads/a.docx")
        return Document(str(tmp_path / "downloads/a.docx"))

    return written


def test_what_paper_shows_stands_in_it_in_order_and_nothing_else(document):
    made = document()
    assert [(p.style.name, p.text) for p in made.paragraphs] == [
        ("Title", "甲乡 乡镇页"),
        ("Normal", "3 一致；1 有出入"),
        ("Heading 1", "各项指标"),
        ("Normal", "甲 <b> & 乙"),
        ("Caption", "重算值"),
        ("Normal", "填表人：\t日期："),
    ]
    (table,) = made.tables
    assert [[c.text for c in row.cells] for row in table.rows] == [
        ["指标", "值"],
        ["脱贫", "脱贫"],  # one cell over both columns
        ["贫困发生率\n原文 0.2%", "0.19%"],
        ["控制符与√", "—"],
    ]
    assert [b.tag.rpartition("}")[2] for b in made.element.body] == ["p"] * 5 + ["tbl", "p", "sectPr"]
    assert made.core_properties.title == "甲乡 乡镇页" and made.core_properties.author == "zhenshu"


def test_heads_repeat_rows_stay_whole_and_numbers_stand_to_the_right(document):
    rows = document().tables[0].rows
    assert [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in rows] == [True, False, False, False]
    assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in rows)
    sides = [row.cells[1].paragraphs[0].alignment for row in rows]
    assert sides[2:] == [WD_ALIGN_PARAGRAPH.RIGHT] * 2 and sides[0] == WD_ALIGN_PARAGRAPH.LEFT


@pytest.mark.parametrize(("columns", "side"), [(6, WD_ORIENT.PORTRAIT), (7, WD_ORIENT.LANDSCAPE)])
def test_a_wide_table_lays_the_page_on_its_side_and_fills_its_width(document, columns, side):
    made = document(columns)
    section = made.sections[0]
    assert section.orientation == side and (section.page_width > section.page_height) == (side == WD_ORIENT.LANDSCAPE)
    widths = [int(c.get(qn("w:w"))) * 635 for c in made.tables[0]._tbl.tblGrid]
    free = section.page_width - section.left_margin - section.right_margin
    assert len(widths) == columns and 0 <= free - sum(widths) < 10 * 635 * columns
    fields = [f.get(qn("w:instr")) for f in section.footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_the_same_page_gives_the_same_bytes_with_no_clock_in_them(document, tmp_path):
    document()
    first = (tmp_path / "downloads/a.docx").read_bytes()
    document()
    assert (tmp_path / "downloads/a.docx").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "downloads/a.docx") as members:
        assert {m.date_time[:3] for m in members.infolist()} == {(1980, 1, 1)}
        assert re.findall(r">(\d{4}-\d\d-\d\d)T", members.read("docProps/core.xml").decode()) == ["2020-01-01"] * 2


def test_what_the_style_keeps_off_paper_is_left_out():
    style = (PROJECT / "src/zhenshu/assets/zhenshu.css").read_text(encoding="utf-8")
    hidden = re.search(r"([^{}]*)\{ display: none !important; \}", style[style.index("@media print") :])[1]
    classes = set(re.findall(r"(?:^|, )\s*\.([\w-]+)", hidden))
    assert "screen" in classes and classes <= word.LEFT_OUT


@pytest.mark.slow
def test_the_documents_of_a_site_say_what_its_pages_say(practice):
    site = practice / "site"
    documents = sorted((site / "downloads").glob("*.docx"))
    assert len(documents) == 1 + 2 * 4
    for path in documents:
        html = BeautifulSoup((site / f"{path.stem}.html").read_text(encoding="utf-8"), "html.parser")
        assert html.main.select_one(f'p.downloads a[href="downloads/{path.name}"]'), path.stem
        for hidden in html.select(".screen, svg, .sr"):
            hidden.decompose()
        for small in html.select("small"):
            small.insert(0, "\n")
        shown = [
            [[c.get_text().strip() for c in tr.find_all(["th", "td"])] for tr in t.find_all("tr")] for t in html.main.find_all("table")
        ]
        made = Document(str(path))
        said = [[[word_text(tc) for tc in tr.tc_lst] for tr in table._tbl.tr_lst] for table in made.tables]
        assert said == shown and said, path.name
        assert made.paragraphs[0].text == html.h1.get_text()


def word_text(cell) -> str:
    return "".join("\n" if e.tag == qn("w:br") else e.text or "" for e in cell.iter(qn("w:t"), qn("w:br")))
