"""Remarks put into an .xlsx package by editing its XML: reading it and writing it anew would lose what the library does not know.

Kept byte for byte: every cell, formula, result, format, merged range, width, drop-down, chart, picture, pivot table, macro.
Added: a sheet in front, which opens first; comments (below one that stands there already); one conditional format a sheet, ahead of
others, that colours the cells; the styles for these. What we added to a workbook that comes back mended is taken out before it is
remarked anew. Lost then: what a person wrote on our sheet or below our words in a comment. Not touched at all: see `Unfit`.
"""

import io
import posixpath
import re
import zipfile
from collections import Counter
from html import escape
from xml.parsers import expat

from .ooxml import Package, attribute, column_number
from .privacy import scrub

LIST_SHEET = "镇数问题清单"  # reserved: a sheet whose name begins so is ours
MARK = "【镇数】"
MOST_BYTES, MOST_REMARKS, MOST_STYLES = 100 << 20, 1000, 60_000
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RULE = '"镇数"="镇数"'
OUR_RULE = re.compile('(?P<q>"|&quot;)镇数(?P=q)='.encode())
PRIORITY = re.compile(rb'(<(?:\w+:)?cfRule\b[^>]*?\bpriority=")(\d+)')
FILL = b'<dxf><fill><patternFill patternType="solid"><fgColor rgb="FFFFE0B2"/><bgColor rgb="FFFFE0B2"/></patternFill></fill></dxf>'
TAG = re.compile(rb"<(/?)(?:\w+:)?([\w.-]+)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>")
END_OF_DATA = re.compile(rb"</(\w+:)?sheetData\s*>|<(\w+:)?sheetData\s*/>")
ORDER = re.findall(
    r"\w+",
    """sheetCalcPr sheetProtection protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr
    conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties
    cellWatches ignoredErrors smartTags drawing legacyDrawing""",
)
AUTHOR = re.compile(rb"<(?:\w+:)?author\b[^>]*?(?:/>|>([^<]*)<)")
COMMENT = re.compile(rb"<((?:\w+:)?)comment\b([^>]*)>.*?</(?:\w+:)?comment\s*>", re.DOTALL)
PLAIN_TEXT = re.compile(rb"(<(?:\w+:)?text\b[^>]*>\s*)(<((?:\w+:)?)t\b[^>]*>[^<]*</(?:\w+:)?t\s*>)")
TEXT = re.compile(rb"(<(?:\w+:)?t\b[^>]*>)([^<]*)")
SHAPE = re.compile(rb"<(?:\w+:)?shape\b.*?</(?:\w+:)?shape\s*>", re.DOTALL)
SHAPE_CELL = re.compile(rb'ObjectType="Note".*?<(?:\w+:)?Row>\s*(\d+)\s*<.*?<(?:\w+:)?Column>\s*(\d+)\s*<', re.DOTALL)
COMMENTS = b'<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors/><commentList/></comments>'
RELATIONS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
OFFICE = "urn:schemas-microsoft-com:office"
VML = f'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="{OFFICE}:office" xmlns:x="{OFFICE}:excel"'
DRAWING = f'<xml {VML}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="%d"/></o:shapelayout></xml>'
SHAPE_TYPE = f"""<v:shapetype {VML} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">\
<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>"""
NOTE = f"""<v:shape {VML} id="_x0000_s%d" type="#_x0000_t202" style="position:absolute;width:240pt;height:75pt;visibility:hidden" \
fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>\
<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>\
<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>%d, 15, %d, 2, %d, 15, %d, 4</x:Anchor>\
<x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>"""


class Unfit(Exception):
    """A workbook that must not be edited; the text says why, in Chinese."""


def place(cell: str) -> tuple[int, int]:
    """The zero-based (11, 5) for F12."""
    letters = cell.rstrip("0123456789")
    return int(cell[len(letters) :]) - 1, column_number(letters)


def annotate(content: bytes, notes: dict[str, dict[str, list[str]]], list_book: bytes) -> bytes:
    """The workbook with notes (sheet -> cell -> texts) as comments and the only sheet of `list_book` in front. Raises Unfit and others."""
    editor = _Editor(content)
    with zipfile.ZipFile(io.BytesIO(list_book)) as ours:
        shift, fill = _add_styles(editor, ours.read("xl/styles.xml"))
        sheet = re.sub(rb'(<c\b[^>]*?\bs=")(\d+)', lambda m: m[1] + b"%d" % (int(m[2]) + shift), ours.read("xl/worksheets/sheet1.xml"))
    _put_in_front(editor, sheet)
    parts = {name: part for name, part in editor.package.parts.items() if not name.startswith(LIST_SHEET)}
    same_name = Counter(map(scrub, parts))
    for number, (name, part) in enumerate(parts.items()):
        wanted = notes.get(scrub(name), {}) if same_name[scrub(name)] == 1 else {}
        _remark_sheet(editor, part, wanted, fill, number)
    return editor.saved()


class _Editor:
    """A package's parts; the changed ones are kept beside it, by lower-case name."""

    def __init__(self, content: bytes):
        self.package = Package(content)
        self.changed: dict[str, bytes] = {}
        names = self.package.members
        if sum(m.file_size for m in names.values()) > MOST_BYTES:
            raise Unfit("文件太大，不能自动加批注")
        if any(n.startswith(("_xmlsignatures/", "xl/revisions/")) for n in names):
            raise Unfit("文件带有数字签名或修订记录，不能自动加批注")
        if b"purl.oclc.org/ooxml" in self.package.workbook:
            raise Unfit("文件是 Strict Open XML 格式，不能自动加批注")

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.changed or name.lower() in self.package.members

    def __getitem__(self, name: str) -> bytes:
        key = name.lower()
        return self.changed[key] if key in self.changed else self.package.zip.read(self.package.members[key])

    def __setitem__(self, name: str, content: bytes) -> None:
        self.changed[name.lower()] = content

    def relations(self, part: str) -> bytes:
        name = _relations_of(part)
        if name in self:
            return self[name]
        return RELATIONS

    def related(self, part: str, kind: str, key: str = "") -> str:
        """The part that another one points at, by kind (and relationship's id); '' where there is none."""
        for tag in re.findall(rb"<(?:\w+:)?Relationship\b([^>]*)>", self.relations(part)):
            if attribute(tag, "Type").endswith("/" + kind) and key in ("", attribute(tag, "Id")):
                return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), attribute(tag, "Target"))).lstrip("/")
        return ""

    def add(self, part: str, kind: str, pattern: str, content: bytes, content_type: str) -> tuple[str, str]:
        """A new part that another one points at: its name and the relationship's id."""
        name = next(n for i in range(1, 1 << 20) if (n := pattern % i) not in self)
        relations = _relations_of(part)
        former = self.relations(part)
        key = next(k for i in range(1, 1 << 20) if (k := f"zhenshu{i}").encode() not in former)
        self[relations] = _into(former, "Relationships", f'<Relationship Id="{key}" Type="{KINDS}/{kind}" Target="/{name}"/>')
        declared = f'<Override PartName="/{name}" ContentType="application/vnd.openxmlformats-officedocument.{content_type}"/>'
        self["[Content_Types].xml"] = _into(self["[Content_Types].xml"], "Types", declared)
        self[name] = content
        return name, key

    def saved(self) -> bytes:
        """The package with its changes; the same input gives the same bytes."""
        for name, content in self.changed.items():
            if not name.endswith(".vml"):  # these need not be XML, not even Excel's own
                expat.ParserCreate(namespace_separator=" ").Parse(content, True)
        saved, new = io.BytesIO(), dict(self.changed)
        with zipfile.ZipFile(saved, "w") as target:
            for key, member in self.package.members.items():
                content = new.pop(key) if key in new else self.package.zip.read(member)
                target.writestr(zipfile.ZipInfo(member.filename, member.date_time), content, zipfile.ZIP_DEFLATED)
            for name, content in new.items():
                target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return saved.getvalue()


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


def _tags(xml: str | bytes, prefix: bytes) -> bytes:
    """Our XML with the prefix that the document gives to its main namespace."""
    return re.sub(rb"(</?)(?=\w)", rb"\1" + prefix, xml.encode() if isinstance(xml, str) else xml)


def _into(xml: bytes, tag: str, more: str | bytes, first: bool = False) -> bytes:
    """`more` as the last (or first) content of the only element `tag`; its count, which nobody needs, is dropped."""
    opening = re.search(rb"<((?:\w+:)?)%b(\s[^>]*?)?(/?)>" % tag.encode(), xml)
    if not opening:
        raise Unfit("文件结构特殊，不能自动加批注")
    name, more = opening[1] + tag.encode(), _tags(more, opening[1])
    start = b"<%b%b>" % (name, re.sub(rb"\s+count=[\"']\d*[\"']", b"", opening[2] or b""))
    if opening[3]:
        return xml[: opening.start()] + start + more + b"</%b>" % name + xml[opening.end() :]
    end = opening.end() if first else xml.rindex(b"</" + name)
    return xml[: opening.start()] + start + xml[opening.end() : end] + more + xml[end:]


def _inner(styles: bytes, tag: str) -> bytes | None:
    found = re.search(rb"<(?:\w+:)?%b(?:\s[^>]*?)?(?:/>|>(.*?)</(?:\w+:)?%b\s*>)" % (tag.encode(), tag.encode()), styles, re.DOTALL)
    return (found[1] or b"") if found else None


def _count(styles: bytes, tag: str, child: str) -> int:
    return len(re.findall(rb"<(?:\w+:)?%b[\s/>]" % child.encode(), _inner(styles, tag) or b""))


def _add_styles(editor: _Editor, ours: bytes) -> tuple[int, int]:
    """Put the list's styles and our fill behind the township's; by how much cell styles moved, and the fill's number."""
    part = editor.related("xl/workbook.xml", "styles")
    if not part:
        raise Unfit("文件没有样式表，不能自动加批注")
    theirs = editor[part]
    if _inner(theirs, "dxfs") is None:
        after = re.search(rb"<((?:\w+:)?)(?:tableStyles|colors|extLst)\b|</((?:\w+:)?)styleSheet", theirs)
        theirs = theirs[: after.start()] + _tags("<dxfs/>", after[1] or after[2] or b"") + theirs[after.start() :]
    moved, fill = {child: _count(theirs, f"{child}s", child) for child in ("font", "fill", "border")}, _count(theirs, "dxfs", "dxf")
    shift = _count(theirs, "cellXfs", "xf")
    if shift > MOST_STYLES:
        raise Unfit("文件的单元格样式太多，不能自动加批注")
    for child in moved:
        theirs = _into(theirs, f"{child}s", _inner(ours, f"{child}s"))
    number = re.compile(rb'\b(font|fill|border)Id="(\d+)"')
    styles = number.sub(lambda m: b'%bId="%d"' % (m[1], int(m[2]) + moved[m[1].decode()]), _inner(ours, "cellXfs"))
    editor[part] = _into(_into(theirs, "cellXfs", styles), "dxfs", FILL)
    return shift, fill


def _put_in_front(editor: _Editor, sheet: bytes) -> None:
    """Our sheet as the first, or in the place of the one we sent last time; it alone is selected, else typing would go into two sheets."""
    book, names = editor.package.workbook, list(editor.package.parts)
    for part in editor.package.parts.values():
        head, data, rest = editor[part].partition(b"sheetData")
        if b"tabSelected" in head:
            editor[part] = re.sub(rb"\s+tabSelected=[\"'][^\"']*[\"']", b"", head) + data + rest
    position = next((i for i, name in enumerate(names) if name.startswith(LIST_SHEET)), None)
    if position is None:
        position, used = 0, [int(n) for n in re.findall(rb"\bsheetId=[\"'](\d+)", book)]
        _, key = editor.add("xl/workbook.xml", "worksheet", "xl/worksheets/zhenshu%d.xml", sheet, "spreadsheetml.worksheet+xml")
        entry = f'<sheet xmlns:r="{KINDS}" name="{LIST_SHEET}" sheetId="{max(used) + 1}" r:id="{key}"/>'
        book = re.sub(rb"(\blocalSheetId=[\"'])(\d+)", lambda m: m[1] + b"%d" % (int(m[2]) + 1), _into(book, "sheets", entry, first=True))
    else:
        part = editor.package.parts[names[position]]
        editor[part] = sheet
        if _relations_of(part) in editor:
            editor[_relations_of(part)] = RELATIONS
        tag = re.compile(rb"<(?:\w+:)?sheet\s[^>]*%b[^>]*>" % LIST_SHEET.encode())
        book = tag.sub(lambda m: re.sub(rb"\s+state=[\"']\w+[\"']", b"", m[0]), book)
    view = re.compile(rb"<(?:\w+:)?workbookView\b[^>]*?(?=\s*/?>)")
    tabs = re.compile(rb"\s+(?:activeTab|firstSheet)=[\"']\d*[\"']")
    editor["xl/workbook.xml"] = view.sub(lambda m: tabs.sub(b"", m[0]) + b' activeTab="%d"' % position, book)


def _remark_sheet(editor: _Editor, part: str, notes: dict[str, list[str]], fill: int, number: int) -> None:
    """Colour the cells of a sheet and give them comments, in the place of those we gave before."""
    xml, comments = editor[part], editor.related(part, "comments")
    end = END_OF_DATA.search(xml)
    if not end or not (notes or OUR_RULE.search(xml, end.end()) or (comments and MARK.encode() in editor[comments])):
        return
    prefix = end[1] or end[2] or b""
    chunks, rest = _top_level(xml[end.end() :])
    texts = _anchored(notes, b"".join(chunk for name, chunk in chunks if name == "mergeCells"))
    chunks = [(name, chunk) for name, chunk in chunks if name != "conditionalFormatting" or not OUR_RULE.search(chunk)]
    if texts:
        chunks = [(name, PRIORITY.sub(lambda m: m[1] + b"%d" % (int(m[2]) + 1), chunk)) for name, chunk in chunks]
        rule = f'<cfRule type="expression" dxfId="{fill}" priority="1"><formula>{RULE}</formula></cfRule>'
        coloured = f'<conditionalFormatting sqref="{" ".join(texts)}">{rule}</conditionalFormatting>'
        _insert(chunks, "conditionalFormatting", _tags(coloured, prefix))
    if texts and not comments:
        comments, _ = editor.add(part, "comments", "xl/zhenshu_comments%d.xml", COMMENTS, "spreadsheetml.comments+xml")
    if comments:
        editor[comments] = _with_comments(editor[comments], texts)
        drawn = next((re.search(rb":id=[\"']([^\"']+)", chunk) for name, chunk in chunks if name == "legacyDrawing"), None)
        drawing = editor.related(part, "vmlDrawing", drawn[1].decode()) if drawn else ""
        if not drawing:
            empty = (DRAWING % (500 + number)).encode()
            drawing, key = editor.add(part, "vmlDrawing", "xl/drawings/zhenshu%d.vml", empty, "vmlDrawing")
            _insert(chunks, "legacyDrawing", _tags(f'<legacyDrawing xmlns:r="{KINDS}" r:id="{key}"/>', prefix))
        cells = {place(attribute(m[2], "ref")): texts.get(attribute(m[2], "ref"), "") for m in COMMENT.finditer(editor[comments])}
        editor[drawing] = _with_shapes(editor[drawing], cells, 1024 * (500 + number))
    editor[part] = xml[: end.end()] + b"".join(chunk for _, chunk in chunks) + rest


def _top_level(tail: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """The elements that follow a sheet's data, by name, and the rest from the sheet's closing tag on."""
    chunks, depth, done = [], 0, 0
    for tag in TAG.finditer(tail):
        depth += -1 if tag[1] else 0 if tag[3] else 1
        if depth < 0:
            break
        if depth == 0:
            chunks.append((tag[2].decode(), tail[done : tag.end()]))
            done = tag.end()
    return chunks, tail[done:]


def _insert(chunks: list[tuple[str, bytes]], name: str, xml: bytes) -> None:
    before = ORDER[: ORDER.index(name) + 1]
    chunks.insert(max((i + 1 for i, (other, _) in enumerate(chunks) if other in before), default=0), (name, xml))


def _anchored(notes: dict[str, list[str]], merges: bytes) -> dict[str, str]:
    """One text a cell; of a merged range only the first cell can be seen."""
    ranges = [(*place(a.decode()), *place(b.decode()), a.decode()) for a, b in re.findall(rb'ref="([A-Z]+\d+):([A-Z]+\d+)"', merges)]
    gathered: dict[str, dict[str, None]] = {}
    for cell, texts in notes.items():
        row, column = place(cell)
        first = next((a for top, left, bottom, right, a in ranges if top <= row <= bottom and left <= column <= right), cell)
        gathered.setdefault(first, {}).update(dict.fromkeys(texts))
    return {cell: MARK + "\n".join(texts) for cell, texts in list(gathered.items())[:MOST_REMARKS]}


def _with_comments(xml: bytes, texts: dict[str, str]) -> bytes:
    """A comments part without our former words and with the new ones. A threaded comment stays alone: nobody would see what is added."""
    authors, left = [a.decode() for a in AUTHOR.findall(xml)], dict(texts)

    def mend(found: re.Match) -> bytes:
        block, cell = found[0], attribute(found[2], "ref")
        if int(attribute(found[2], "authorId") or 0) in threaded:
            left.pop(cell, None)
            return block
        if MARK.encode() in block:
            own, _, ours = block.partition(MARK.encode())
            block = own.rstrip() + TEXT.sub(rb"\1", re.sub(rb"^[^<]*", b"", ours))
            if not b"".join(text for _, text in TEXT.findall(block)).strip():
                return b""
        if cell in left:
            block = PLAIN_TEXT.sub(rb"\1<\3r>\2</\3r>", re.sub(rb"<((?:\w+:)?text)\s*/>", rb"<\1></\1>", block))
            run = _tags(_run("\n" + left.pop(cell)), found[1])
            block = re.sub(rb"(?=<(?:\w+:)?(?:rPh|phoneticPr)\b|</(?:\w+:)?text\s*>)", lambda _: run, block, count=1)
        return block

    threaded = {i for i, author in enumerate(authors) if author.startswith("tc=")}
    xml = COMMENT.sub(mend, xml)
    if "镇数" not in authors:
        authors.append("镇数")
        xml = _into(xml, "authors", "<author>镇数</author>")
    author = authors.index("镇数")
    new = (f'<comment ref="{cell}" authorId="{author}"><text>{_run(text)}</text></comment>' for cell, text in left.items())
    return _into(xml, "commentList", "".join(new))


def _run(text: str) -> str:
    return f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'


def _with_shapes(vml: bytes, cells: dict[tuple[int, int], str], number: int) -> bytes:
    """A drawing with one box for every comment of the sheet, and none where there is no comment."""
    drawn = set()

    def kept(found: re.Match) -> bytes:
        at = SHAPE_CELL.search(found[0])
        if at:
            drawn.add((int(at[1]), int(at[2])))
        return b"" if at and (int(at[1]), int(at[2])) not in cells else found[0]

    vml = SHAPE.sub(kept, vml)
    number = max([number, *map(int, re.findall(rb"_x0000_s(\d+)", vml))])
    new = "" if b'"_x0000_t202"' in vml else SHAPE_TYPE
    for (row, column), text in cells.items():
        if (row, column) not in drawn:
            number += 1
            lines = 2 + sum(1 + len(line) // 20 for line in text.split("\n"))
            new += NOTE % (number, column + 1, row, column + 5, row + lines, row, column)
    end = vml.rindex(b"</xml")
    return vml[:end] + new.encode() + vml[end:]
