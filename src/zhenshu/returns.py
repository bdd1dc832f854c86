"""Workbooks on their way back to the townships: each file that has problems, with remarks in its cells and a list in front, in Chinese.

What cannot take remarks (.xls, .et, .csv, damaged, protected, too large) gets a new workbook with the list alone and a sentence why.
The folder of returned files is replaced as a whole: a file that is sound now is no longer in it.
"""

import datetime as dt
import io
import re
import shutil
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import xlsxwriter

from . import versions
from .contract import forms
from .filenames import safe
from .ooxml import LAST_COLUMN, LAST_ROW, NOT_XML
from .privacy import scrub
from .remarks import LIST_SHEET, MOST_BYTES, MOST_REMARKS, Unfit, annotate, place
from .workbook import ZIP, Workbook, find

if TYPE_CHECKING:
    from .intake import Problem

SEVERITIES = {"error": "未入库", "warning": "请核实", "notice": "提示"}
HEADINGS = {"序号": 6, "工作表": 16, "单元格": 9, "表单": 18, "列": 18, "原文": 24, "问题与改法": 60, "规则编号": 9, "级别": 9}
LIST_SUFFIX = ".问题清单.xlsx"
MOST_LISTED, MOST_LETTERS, MOST_AT_A_CELL = 50_000, 2_000, 10  # Excel takes 65,530 links a sheet and 32,767 letters a cell
CELL = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}")
SCRUBBED = re.compile(r"［[^］]*］")
BOX = {"border": 1, "border_color": "#BFBFBF", "text_wrap": True, "valign": "top"}


def write_all(problems: "list[Problem]", workbooks: Path, folder: Path, towns: dict[str, str] | None = None) -> list[Path]:
    """Replace `folder` by the files below `workbooks` that have errors or warnings; `towns` is code -> name. Raises OSError."""
    by_file: dict[str, list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        by_file.setdefault(problem.source_file, []).append(problem)
    files: dict[str, list[Workbook]] = {}
    for book in find(workbooks):
        files.setdefault(scrub(book.name), []).append(book)
    unfinished = versions.empty_beside(folder)
    try:
        taken: set[str] = set()
        for name, found in sorted(by_file.items()):
            if any(p.severity != "notice" for p in found):
                whose = "、".join(dict.fromkeys((towns or {}).get(p.town_code, p.town_code) for p in found if p.town_code)) or "未识别"
                content, annotated = _returned(name, _in_order(found), files.get(name, []), whose)
                path = unfinished / _path(name, annotated, taken)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        versions.replace_folder(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _in_order(problems: "list[Problem]") -> "list[Problem]":
    """What was refused first, then sheet by sheet as the file has them, row by row."""
    sheets = {name: i for i, name in enumerate(dict.fromkeys(["", *(p.source_sheet for p in problems)]))}

    def key(p: "Problem") -> tuple:
        at = place(p.cell) if _is_cell(p.cell) else (-1, -1)
        return list(SEVERITIES).index(p.severity), sheets[p.source_sheet], at, p.rule_id, p.message

    return sorted(problems, key=key)


def _is_cell(text: str) -> bool:
    if not CELL.fullmatch(text):
        return False
    row, column = place(text)
    return row < LAST_ROW and column < LAST_COLUMN


def _returned(name: str, problems: "list[Problem]", books: list[Workbook], whose: str) -> tuple[bytes, bool]:
    """One file's return, and whether it is the township's own workbook; else it is the list alone."""
    try:
        if len(books) != 1:
            raise Unfit("有几个文件的名称除证件号码、电话外相同，分不清，不能自动加批注" if books else "文件已不在，不能自动加批注")
        if books[0].path.stat().st_size > MOST_BYTES:
            raise Unfit("文件太大，不能自动加批注")
        content = books[0].path.read_bytes()
        if not content.startswith(ZIP) or books[0].path.suffix.lower() not in (".xlsx", ".xlsm"):
            raise Unfit(".xls、.et、.csv 和设有密码、不完整的文件不能自动加批注")
        notes = _notes(problems)
        advice = "请在标了颜色、带批注的单元格里改正，保存后按原文件名报回；本表和批注不必删除"
        if any(len(cells) > MOST_REMARKS for cells in notes.values()):
            advice += f"。每个工作表只有前 {MOST_REMARKS} 个单元格加了批注，其余见本表"
        return annotate(content, notes, _list_book(f"乡镇：{whose}　文件：{name}", problems, advice, links=True)), True
    except Exception as error:  # whatever is wrong with a file, its list must reach the township
        why = str(error) if isinstance(error, Unfit) else "文件太大、已损坏或结构特殊，不能自动加批注"
        advice = f"{why}。请照本清单在原文件里改正，按原文件名报回；本清单不用报回"
        return _list_book(f"乡镇：{whose}　文件：{name}", problems, advice, links=False), False


def _path(name: str, annotated: bool, taken: set[str]) -> Path:
    """A path that stays below its folder, that Windows takes too, and that no other return has."""
    *folders, last = [p for p in map(safe, PurePosixPath(name).parts) if p.strip("_")] or ["未命名"]
    suffix = Path(last).suffix if annotated else LIST_SUFFIX
    stems = (Path(last).stem, last, *(f"{last}({n})" for n in range(2, len(taken) + 3)))
    path = next(p for stem in stems if str(p := Path(*folders, stem + suffix)).lower() not in taken)
    taken.add(str(path).lower())
    return path


def _text(text: str) -> str:
    """What may be written anywhere: no personal numbers, nothing that XML forbids, not endlessly long."""
    clean = NOT_XML.sub("", scrub(text))
    return clean if len(clean) <= MOST_LETTERS else clean[:MOST_LETTERS] + "……"


def _notes(problems: "list[Problem]") -> dict[str, dict[str, list[str]]]:
    """What to say at each cell of each sheet."""
    notes: dict[str, dict[str, list[str]]] = {}
    for p in problems:
        if _is_cell(p.cell):
            found = f"\n原文：{_text(p.found)}" if p.found else ""
            said = notes.setdefault(p.source_sheet, {}).setdefault(p.cell, [])
            said[MOST_AT_A_CELL:] = []
            said.append(f"{p.rule_id}　{SEVERITIES[p.severity]}{found}\n{_text(p.message)}")
    return notes


def _list_book(heading: str, problems: "list[Problem]", advice: str, links: bool) -> bytes:
    """A workbook of one sheet, the list. Everything in it is written as text, formulas and addresses too."""
    saved = io.BytesIO()
    with xlsxwriter.Workbook(saved, {"constant_memory": True}) as book:  # texts stand in their cells, not in a table beside the sheet
        book.set_properties({"title": LIST_SHEET, "author": "镇数", "created": dt.datetime(2020, 1, 1)})
        title = book.add_format({"bold": True, "font_size": 13, "text_wrap": True, "valign": "vcenter", "quote_prefix": True})
        line = book.add_format({"text_wrap": True, "valign": "vcenter", "quote_prefix": True})
        head = book.add_format({**BOX, "bold": True, "align": "center", "bg_color": "#E8EEF4", "quote_prefix": True})
        text = book.add_format({**BOX, "quote_prefix": True})
        link = book.add_format({**BOX, "font_color": "#0563C1", "underline": 1, "quote_prefix": True})
        sheet = book.add_worksheet(LIST_SHEET)
        for column, width in enumerate(HEADINGS.values()):
            sheet.set_column(column, column, width)
        counts = Counter(p.severity for p in problems)
        summary = "　".join(f"{label} {counts[severity]} 个" for severity, label in SEVERITIES.items())
        more = f"。问题太多，只列前 {MOST_LISTED} 个" if len(problems) > MOST_LISTED else ""
        for row, (said, style) in enumerate(((f"{heading}　{summary}", title), (f"{advice}{more}。", line))):
            sheet.set_row(row, 36)
            sheet.merge_range(row, 0, row, len(HEADINGS) - 1, "", style)
            sheet.write_string(row, 0, _text(said), style)
        for column, name in enumerate(HEADINGS):
            sheet.write_string(2, column, name, head)
        for row, p in enumerate(problems[:MOST_LISTED], 3):
            form = forms().get(p.form)
            column = form.columns.get(p.column_name) if form else None
            shown = (form.title if form else p.form, column.header if column else p.column_name, p.found, p.message)
            sheet.write_number(row, 0, row - 2, text)
            for position, said in enumerate((p.source_sheet, p.cell, *shown, p.rule_id, SEVERITIES[p.severity]), 1):
                (sheet.write_string if said else sheet.write_blank)(row, position, _text(said), text)
            if links and _is_cell(p.cell) and not SCRUBBED.search(p.source_sheet):
                goal = p.source_sheet.replace("'", "''")
                sheet.write_url(row, 2, f"internal:'{goal}'!{p.cell}", link, p.cell)
        sheet.freeze_panes(3, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        sheet.set_footer("&C第 &P 页，共 &N 页")
    return saved.getvalue()
