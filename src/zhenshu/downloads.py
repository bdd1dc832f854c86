"""Each table of a page as .csv and .xlsx beside the pages, written while the page is: the same figures, exact."""

import csv
import datetime as dt
import io
import os
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from markupsafe import Markup

from .words import t

EPOCH = dt.datetime(2020, 1, 1)
FORMATS = {"share": "0.00%", "元": "#,##0.00", "": "General"}
# Excel takes the full-width signs for the others
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?[\d,.]+%?")
Cells = Sequence[Sequence[tuple[object, str]]]


def site() -> Path | None:
    """The folder that the site is being written to; none in JupyterLab."""
    folder = os.environ.get("ZHENSHU_SITE")
    return Path(folder) if folder else None


def write_file(name: str, text: str) -> None:
    """A file beside the pages."""
    if folder := site():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def write(name: str, title: str, heads: Sequence[str], rows: Cells) -> Markup:
    """Write both files; returns the links to them, nothing where no site is being written."""
    folder = site()
    if folder is None or not rows:
        return Markup("")
    (folder / "downloads").mkdir(parents=True, exist_ok=True)
    _csv(folder / f"downloads/{name}.csv", heads, rows)
    _xlsx(folder / f"downloads/{name}.xlsx", title, heads, rows)
    link = Markup('<a href="downloads/{0}.{1}" download aria-label="{2} .{1}">.{1}</a>')
    return Markup('<p class="downloads">{} {} {}</p>').format(t("下载"), *(link.format(name, kind, title) for kind in ("xlsx", "csv")))


def neutral(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; a signed number is none."""
    runs = isinstance(value, str) and value.startswith(FORMULA_STARTS) and len(value) > 1 and not NUMBER.fullmatch(value)
    return f"'{value}" if runs else value


def _csv(path: Path, heads: Sequence[str], rows: Cells) -> None:
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(map(neutral, heads))
    lines.writerows([neutral(_flat(value)) for value, _ in row] for row in rows)
    # the mark is how Excel knows the file for UTF-8
    path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")


def _flat(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else value


def _xlsx(path: Path, title: str, heads: Sequence[str], rows: Cells) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd", "in_memory": True}
    with xlsxwriter.Workbook(path, options) as book:
        # the day in the file's properties must not come from the clock
        book.set_properties({"title": title, "created": EPOCH})
        sheet = book.add_worksheet()
        formats = {unit: book.add_format({"num_format": form}) for unit, form in FORMATS.items()}
        sheet.write_row(0, 0, [str(neutral(h)) for h in heads], book.add_format({"bold": True, "bottom": 1, "text_wrap": True}))
        for r, row in enumerate(rows, 1):
            for c, (value, unit) in enumerate(row):
                if value is not None:
                    content = float(value) if isinstance(value, Decimal) else neutral(value)
                    sheet.write(r, c, content, formats.get(unit, formats[""]))
        sheet.freeze_panes(1, 1)
        sheet.autofit(300)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(heads) - 1)
