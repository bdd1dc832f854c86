"""A written page as a Word document, for those who put it into a letter: what paper shows of it, with all rows of its tables."""

import io
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

from docx import Document
from docx.document import Document as Doc
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from lxml import html
from lxml.html import HtmlElement

from .downloads import EPOCH
from .ooxml import NOT_XML
from .words import t

# the classes that the style keeps off paper, charts, and what only a screen reader or a sheet with rows cut off says
LEFT_OUT = {"screen", "downloads", "pick", "filters", "modebar-container", "skip", "chart", "sr", "paper"}
SILENT = ("noscript", "script", "style", "svg", "select")
BLOCKS = ("h1", "h2", "h3", "p", "ul", "ol", "dt", "dd", "table")
STYLES = {"h1": "Title", "h2": "Heading 1", "h3": "Heading 2", "dt": "Heading 3", "caption": "Caption"}
FONTS = {"w:ascii": "Times New Roman", "w:hAnsi": "Times New Roman", "w:eastAsia": "宋体"}
UPRIGHT_COLUMNS = 6  # a page with a wider table lies on its side


def write(page: str, path: Path) -> None:
    """Write a page's main part as .docx: headings, sentences, tables whose heads repeat on every sheet, page numbers."""
    main = html.document_fromstring(page).get_element_by_id("main")
    blocks = [b for b in main.iter(*BLOCKS) if not _left_out(b)]
    document = _empty(max((len(_rows(b)[0]) for b in blocks if b.tag == "table"), default=0) > UPRIGHT_COLUMNS)
    for block in blocks:
        if block.tag == "table":
            for caption in block.iter("caption"):
                document.add_paragraph(_said(caption), STYLES["caption"])
            document.element.body.insert_element_before(_table(_rows(block), _width(document)), "w:sectPr")
        elif block.tag in ("ul", "ol"):
            document.add_paragraph(t("；").join(map(_said, block.iter("li"))))
        elif block.get("class") == "sign":
            document.add_paragraph("\t".join(map(_said, block)))
        else:
            document.add_paragraph(_said(block), STYLES.get(block.tag))
    document.core_properties.title = _said(main.find(".//h1"))
    _save(document, path)


def _is_hidden(element: HtmlElement) -> bool:
    return element.tag in SILENT or not LEFT_OUT.isdisjoint((element.get("class") or "").split())


def _left_out(block: HtmlElement) -> bool:
    """Whether paper does not show it, or whether it stands within another block."""
    around = list(block.iterancestors())
    return any(map(_is_hidden, (block, *around))) or any(e.tag in BLOCKS for e in around)


def _said(element: HtmlElement) -> str:
    """An element's text as a reader sees it; a small second line stands on a line of its own."""
    return NOT_XML.sub("", "".join(_parts(element))).strip()


def _parts(element: HtmlElement) -> Iterator[str]:
    if not _is_hidden(element):
        yield ("\n" if element.tag in ("small", "br") else "") + (element.text or "")
        for child in element:
            yield from _parts(child) if isinstance(child.tag, str) else ()
            yield child.tail or ""


def _rows(table: HtmlElement) -> list[list[HtmlElement]]:
    return [[cell for cell in row if cell.tag in ("th", "td")] for row in table.iter("tr")]


def paragraphs(path: Path) -> list[str]:
    """The text of every paragraph and cell of a document, its properties last."""
    with zipfile.ZipFile(path) as members:
        body = parse_xml(members.read("word/document.xml"))
        properties = parse_xml(members.read("docProps/core.xml"))
    said = ["\n".join(text.text or "" for text in paragraph.iter(qn("w:t"))) for paragraph in body.iter(qn("w:p"))]
    return [*said, "\n".join(filter(None, properties.itertext()))]


# ---- tables, written as XML: a cell at a time through the library takes a hundred times as long


def _table(rows: list[list[HtmlElement]], width: int) -> object:
    """The table on the whole width (twips), each column by its longest line."""
    texts = [[_said(cell) for cell in row] for row in rows if not any(cell.get("colspan") for cell in row)]
    longest = [max(map(_length, column)) for column in zip_longest(*texts, fillvalue="")]
    shares = [min(max(n, 4), 44) for n in longest]
    widths = [width * share // sum(shares) for share in shares]
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    lines = "".join(_row(row, widths) for row in rows)
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{width}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{lines}</w:tbl>"
    )


def _length(text: str) -> int:
    return max((sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line) for line in text.split("\n")), default=0)


def _row(cells: list[HtmlElement], widths: list[int]) -> str:
    is_head = cells[0].getparent().getparent().tag == "thead"
    done, written = 0, []
    for cell in cells:
        span = int(cell.get("colspan") or 1)
        about = f'<w:tcW w:w="{sum(widths[done : done + span])}" w:type="dxa"/><w:gridSpan w:val="{span}"/>'
        if is_head or span > 1:
            about += '<w:shd w:val="clear" w:color="auto" w:fill="E8E8E8"/>'
        to = "right" if "number" in (cell.get("class") or "") and not is_head else "left"
        written.append(f"<w:tc><w:tcPr>{about}</w:tcPr>{_paragraph(_said(cell), to, is_head or span > 1)}</w:tc>")
        done += span
    repeated = "<w:tblHeader/>" if is_head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(written)}</w:tr>"


def _paragraph(text: str, to: str, is_bold: bool) -> str:
    form = "<w:rPr><w:b/></w:rPr>" if is_bold else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    return f'<w:p><w:pPr><w:pStyle w:val="TableText"/><w:jc w:val="{to}"/></w:pPr><w:r>{form}{lines}</w:r></w:p>'


# ---- the document


def _empty(is_wide: bool) -> Doc:
    """An A4 document in the fonts of official papers, its pages numbered."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(297), Mm(210)) if is_wide else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin = section.bottom_margin = Mm(16)
    document.styles.add_style("Table Text", WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles["Normal"]
    for name, size, font in (
        ("Normal", 10.5, "宋体"),
        ("Title", 18, "黑体"),
        ("Heading 1", 14, "黑体"),
        ("Heading 2", 12, "黑体"),
        ("Heading 3", 10.5, "黑体"),
        ("Caption", 10.5, "黑体"),
        ("Table Text", 8, "宋体"),
    ):
        style = document.styles[name]
        style.font.size, style.font.name, style.font.bold = Pt(size), FONTS["w:ascii"], False
        fonts = style.element.rPr.rFonts
        fonts.attrib.clear()
        for kind, value in (FONTS | {"w:eastAsia": font}).items():
            fonts.set(qn(kind), value)
        style.font.color.rgb = None
        style.paragraph_format.space_before = Pt(10 if name.startswith("Heading") else 0)
        style.paragraph_format.space_after = Pt(0 if name == "Table Text" else 4)
        style.paragraph_format.keep_with_next = name not in ("Normal", "Table Text")
    for line in list(document.styles["Title"].element.iter(qn("w:pBdr"))):
        line.getparent().remove(line)
    footer = section.footer.paragraphs[0]
    footer.alignment = document.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("", "PAGE"), (" / ", "NUMPAGES")):
        footer.add_run(text)
        footer._p.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="{field}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
    about = document.core_properties
    about.author, about.comments, about.created, about.modified = "zhenshu", "", EPOCH, EPOCH
    return document


def _width(document: Doc) -> int:
    section = document.sections[0]
    return (section.page_width - section.left_margin - section.right_margin) // 635  # twips


def _save(document: Doc, path: Path) -> None:
    """The same page always gives the same bytes: the library's archive members bear the time of writing."""
    path.parent.mkdir(exist_ok=True)
    made = io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as members, zipfile.ZipFile(path, "w") as out:
        for name in members.namelist():
            out.writestr(zipfile.ZipInfo(name), members.read(name), zipfile.ZIP_DEFLATED)
