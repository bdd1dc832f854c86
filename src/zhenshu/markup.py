"""HTML of the pages: figures that carry their exact value, verdicts as glyph and word, tables that sort, filter and download.

Every figure stands in a `data` element with the warehouse's exact value and column; the link around it (or its row) says which figure
it is, so that a test can walk a page against the warehouse.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from markupsafe import Markup, escape

from . import downloads
from .figures import NONE, VERDICTS, Row, figure, row_decimals
from .words import t

HTML_LIMIT = 3000  # a page shows no more rows of one table; the download holds all of them


@dataclass(frozen=True)
class Shown:
    """One cell: what the page shows, and what the download holds (`plain` in `unit`)."""

    html: Markup
    plain: object = None
    unit: str = ""
    tint: int = 0


@dataclass(frozen=True)
class Line:
    """One row of a table; `group` is the heading it stands under, `place` the attributes that say which row it is."""

    cells: Sequence[object]
    place: str = ""
    group: str = ""


@dataclass
class Grid:
    """A table: its name is that of its downloads; `numeric` columns stand to the right."""

    name: str
    caption: str
    heads: Sequence[str]
    lines: list[Line]
    numeric: Iterable[int] = ()
    filters: Sequence[int] = ()  # columns to choose from
    classes: str = ""

    def html(self, limit: int = HTML_LIMIT) -> Markup:
        """The table inside its own frame, with its downloads above it."""
        links = downloads.write(self.name, self.caption, self.heads, self._plain_rows())
        shown = self.lines[:limit]
        body = Markup("<tbody>{}</tbody>").format(Markup("").join(self._rows(shown)))
        note = Markup("")
        if len(shown) < len(self.lines):
            note = Markup('<p class="note">{}</p>').format(
                t("表中只列前{n}行，全部{all}行见下载的文件。", n=len(shown), all=len(self.lines))
            )
        chosen = Markup(' data-filters="{}"').format(",".join(map(str, self.filters))) if self.filters else ""
        return Markup(
            '<div class="grid">{links}<div class="frame" role="region" tabindex="0" aria-label="{caption}">'
            '<table class="sortable {classes}"{chosen}><caption>{caption}</caption><thead><tr>{heads}</tr></thead>{body}</table>'
            "</div>{note}</div>"
        ).format(links=links, caption=self.caption, classes=self.classes, chosen=chosen, heads=self._heads(), body=body, note=note)

    def _heads(self) -> Markup:
        right = set(self.numeric)
        return Markup("").join(
            Markup('<th scope="col"{}>{}</th>').format(Markup(' class="number"') if i in right else "", head)
            for i, head in enumerate(self.heads)
        )

    def _rows(self, lines: Iterable[Line]) -> Iterable[Markup]:
        # the style knows a heat table's columns: a word less in each of some thousand cells
        group, right, is_heat = "", set(self.numeric), self.classes == "heat"
        for line in lines:
            if line.group != group:
                group = line.group
                yield Markup('<tr class="group"><th scope="colgroup" colspan="{}">{}</th></tr>').format(len(self.heads), group)
            first, *rest = line.cells
            cells = Markup("").join(
                Markup("<td{}>{}</td>").format(_class("number" if i in right and not is_heat else "", getattr(c, "tint", 0)), _html(c))
                for i, c in enumerate(rest, 1)
            )
            yield Markup('<tr{}><th scope="row">{}</th>{}</tr>').format(Markup(" ") + line.place if line.place else "", _html(first), cells)

    def _plain_rows(self) -> list[list[tuple[object, str]]]:
        return [[(c.plain, c.unit) if isinstance(c, Shown) else (c, "") for c in line.cells] for line in self.lines]


def _class(name: str, tint: int) -> Markup:
    names = " ".join(filter(None, (name, f"h{tint}" if tint else "")))
    return Markup(' class="{}"').format(names) if names else Markup("")


def _html(content: object) -> Markup:
    return content.html if isinstance(content, Shown) else escape("" if content is None else content)


# ---- figures


def period_key(row: Row) -> str:
    """A period as addresses and attributes hold it."""
    return f"{row['period_start']}_{row['period_end']}"


def place_hash(row: Row) -> str:
    """Which figure of a township: what stands behind # in the address of its evidence."""
    parts = [period_key(row), row["indicator"]]
    if row.get("breakdown_by", "total") != "total":
        parts += [row["breakdown_by"], row["breakdown"]]
    return "/".join(quote(str(p), safe="") for p in parts)


def evidence_address(row: Row) -> str:
    """The evidence of a township's figure."""
    return f"evidence_{row['town_code']}.html#{place_hash(row)}"


def datum(row: Row, column: str, text: str) -> Markup:
    """One figure with its exact value, of column `value` where no other is named; a missing one is only text."""
    if row[column] is None:
        return Markup('<span class="none">{}</span>').format(text)
    named = Markup("") if column == "value" else Markup(' data-column="{}"').format(column)
    return Markup('<data value="{}"{}>{}</data>').format(row[column], named, text)


def number(row: Row, column: str, text: str, unit: str | None = None) -> Shown:
    """A figure as a cell."""
    value = row[column]
    return Shown(datum(row, column, text), value if value is not None else (None if text == NONE else text), unit or row.get("unit") or "")


def linked(row: Row, shown: Shown, is_public: bool = False, tip: str = "") -> Shown:
    """A figure's cell as the way to its evidence; public pages have no evidence of records."""
    extra = Markup(' data-tip="{}"').format(tip) if tip else ""
    if is_public:
        form = Markup('<span class="f" tabindex="0" {}{}>{}</span>').format(place("mart_town_indicator", row), extra, shown.html)
    else:
        form = Markup('<a href="{}"{}>{}</a>').format(evidence_address(row), extra, shown.html)
    return Shown(form, shown.plain, shown.unit)


def place(table: str, row: Row) -> Markup:
    """The attributes that say which row of which table is shown."""
    names = {"town": "town_code", "indicator": "indicator", "identity": "identity", "by": "breakdown_by", "part": "breakdown"}
    found = {"table": table, **{k: row[c] for k, c in names.items() if c in row and row[c] != ("total" if k == "by" else "合计")}}
    if row.get("period_start"):
        found["period"] = period_key(row)
    return Markup(" ").join(Markup('data-{}="{}"').format(k, v) for k, v in found.items() if v is not None)


def value_text(row: Row, decimals: int | None = None) -> str:
    """The value as shown, or why there is none."""
    if row["value"] is None:
        return {
            "contradicts": t("不予发布"),
            "not computable": t("无法计算"),
            "suppressed": t("数小不公布"),
        }.get(str(row.get("verdict")), NONE)
    return figure(row["value"], row["unit"], row["kind"], row_decimals(row) if decimals is None else decimals)


def interval_text(row: Row, decimals: int) -> str:
    """The 95 % interval in brackets, empty where there is none."""
    if row["lower_95"] is None or row["upper_95"] is None:
        return ""
    low, high = (figure(row[c], row["unit"], row["kind"], decimals) for c in ("lower_95", "upper_95"))
    return f"{low}—{high}"


def verdict_of(row: Row) -> str:
    """The verdict as shown: a figure that agrees only with itself has been checked against nothing."""
    return "unchecked" if row["verdict"] == "agrees" and row["checked_against"] == "none" else str(row["verdict"])


def glyph(verdict: str) -> Markup:
    """A verdict as its glyph, its word for those who do not see it or do not know it."""
    sign, word = VERDICTS[verdict]
    # short: a page may hold thousands of them
    return Markup('<i class="v {}" role="img" title="{}">{}</i>').format(verdict.replace(" ", "-"), t(word), sign)


def badge(verdict: str) -> Markup:
    """A verdict as glyph and word."""
    sign, word = VERDICTS[verdict]
    name = verdict.replace(" ", "-")
    return Markup('<span class="verdict {}"><span aria-hidden="true">{}</span> {}</span>').format(name, sign, t(word))


def verdict_counts(rows: Iterable[Row], always: Iterable[str] = ()) -> Markup:
    """How many figures came to which verdict, as items of a list; those of `always` even where there are none.

    A part that only a ledger gives was not asked for: it does not count as not reported.
    """
    found = Counter(verdict_of(r) for r in rows if r["verdict"] != "not reported" or r["breakdown_by"] == "total")
    item = Markup('<li data-count="{0}" data-verdict="{1}"><b>{0}</b> {2}</li>')
    return Markup("").join(item.format(found[v], v, badge(v)) for v in VERDICTS if found[v] or v in always)


def verdict_cell(row: Row) -> Shown:
    """The verdict as a cell."""
    verdict = verdict_of(row)
    return Shown(badge(verdict), t(VERDICTS[verdict][1]))


def count(number_: int, name: str = "") -> Markup:
    """A count that the page's text speaks of."""
    return Markup('<b data-count="{0}"{1}>{0}</b>').format(number_, Markup(' data-of="{}"').format(name) if name else "")


def heading(title: str, anchor: str = "", note: str = "") -> Markup:
    """A section's heading, which the page's contents list links to."""
    text = Markup('<h2 id="{}">{}</h2>').format(anchor or title, title)
    return text + (Markup('<p class="note">{}</p>').format(note) if note else Markup(""))


def paragraph(text: object, kind: str = "") -> Markup:
    """A paragraph; `kind` is lead, note or warning."""
    return Markup("<p{}>{}</p>").format(Markup(' class="{}"').format(kind) if kind else "", text)


def plain_number(value: object) -> object:
    """A value as a spreadsheet holds it."""
    return float(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, dt.date) else value
