"""Blank forms for townships, made from the forms' contract: what they let a clerk fill in is what intake takes.

One workbook a township, one sheet a form: title, unit line, headings, an example row that intake passes over, and input rows
with drop-downs and checks in the cells.
"""

import datetime as dt
from pathlib import Path

import xlsxwriter

from .contract import EXAMPLE_MARK, Column, Form, forms
from .filenames import safe

LEDGER_ROWS, SUMMARY_ROWS = 3000, 60
TITLE, LINE, HEAD, EXAMPLE, FIRST = 0, 1, 2, 3, 4
FORMATS = {"date": "yyyy-mm-dd", "percent": "0.00%", "integer": "0", "year": "0"}
EXAMPLES = {"integer": 3, "decimal": 1234.5, "percent": 0.9213, "year": 2020, "date": dt.date(2020, 6, 18), "boolean": "是"}
INSTRUCTIONS = "填表说明"


def write_all(folder: Path, towns: dict[str, str], period: str = "") -> list[Path]:
    """One workbook for each township (code -> name) in `folder`; `period` such as 2020年1—10月 is filled in where given."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write(folder / f"{safe(name)}空白表.xlsx", name, period) for name in towns.values()]


def write(path: Path, town: str, period: str) -> Path:
    """The blank workbook of one township."""
    # a name that begins with = must stay a name
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": f"{town}空白表", "created": dt.datetime(2020, 1, 1)})
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14, "align": "center"}),
            "head": book.add_format(
                {"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter", "bg_color": "#E8EEF4"}
            ),
            "must": book.add_format(
                {"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter", "bg_color": "#FCE8C8"}
            ),
            "input": book.add_format({"num_format": "@", "bg_color": "#FFFBE6", "border": 1}),
        }
        _instructions(book, styles)
        for form in forms().values():
            _sheet(book, form, town, period, styles)
    return path


def _heading(column: Column) -> str:
    return f"{column.header}（{column.unit}）" if column.unit else column.header


def _sheet(book: xlsxwriter.Workbook, form: Form, town: str, period: str, styles: dict) -> None:
    sheet = book.add_worksheet(form.sheets[0])
    last = len(form.columns)  # the remark column after the form's own
    rows = LEDGER_ROWS if form.kind == "ledger" else SUMMARY_ROWS
    sheet.merge_range(TITLE, 0, TITLE, last, f"{town}{form.title}", styles["title"])
    sheet.write(LINE, 0, f"填报单位：{town}")
    sheet.write(LINE, 2, "统计时间：")
    sheet.write(LINE, 3, period, styles["input"])
    units = list(dict.fromkeys(c.unit for c in form.columns.values() if c.unit))
    if units:
        sheet.write(LINE, 5, f"单位：{'、'.join(units)}")
    sheet.data_validation(LINE, 3, LINE, 3, {"validate": "any", "input_title": "统计时间", "input_message": "如 2020年1—10月、2020年秋季"})
    for position, column in enumerate(form.columns.values()):
        sheet.write(HEAD, position, _heading(column), styles["must" if column.required else "head"])
        number = FORMATS.get(column.type, "#,##0.00" if column.type == "decimal" else "@")
        sheet.set_column(position, position, max(10, 2 * len(_heading(column))), book.add_format({"num_format": number}))
        sheet.data_validation(FIRST, position, FIRST + rows, position, _check(column))
        grey = book.add_format({"num_format": number, "font_color": "#808080", "italic": True})
        _write_example(sheet, position, column, grey)
        if column.type == "percent":
            # a program that ignores a column's format must still know these cells for percentages
            style = book.add_format({"num_format": number})
            for row in range(FIRST, FIRST + rows):
                sheet.write_blank(row, position, None, style)
    sheet.write(HEAD, last, "备注", styles["head"])
    sheet.write(EXAMPLE, last, f"{EXAMPLE_MARK}，不计入")
    sheet.set_column(last, last, 18)
    sheet.freeze_panes(FIRST, 0)
    sheet.fit_to_pages(1, 0)
    sheet.set_landscape()


def _write_example(sheet, position: int, column: Column, style) -> None:
    value = column.values[0] if column.values else EXAMPLES.get(column.type, "元" if column.name == "unit" else "示例")
    if isinstance(value, dt.date):
        sheet.write_datetime(EXAMPLE, position, dt.datetime.combine(value, dt.time()), style)
    else:
        sheet.write(EXAMPLE, position, value, style)


def _check(column: Column) -> dict:
    """The check in the cells of a column, with its message in Chinese."""
    least = column.min if column.min is not None else -(10**12)
    unit = f"（{column.unit}）" if column.unit else ""
    rules = {
        "integer": ({"validate": "integer", "criteria": ">=", "value": least}, f"应为不小于{least}的整数{unit}"),
        "decimal": ({"validate": "decimal", "criteria": ">=", "value": least}, f"应为数字{unit}"),
        "percent": ({"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}, "应为百分数，如 92.13%"),
        "year": ({"validate": "integer", "criteria": "between", "minimum": 1949, "maximum": 2100}, "应为四位年份，如 2020"),
        "date": (
            {"validate": "date", "criteria": "between", "minimum": dt.date(1949, 1, 1), "maximum": dt.date(2100, 1, 1)},
            "应为日期，如 2020-06-18",
        ),
        "boolean": ({"validate": "list", "source": ["是", "否"]}, "应填“是”或“否”"),
    }
    if column.values:
        rule, message = {"validate": "list", "source": list(column.values)}, f"应为：{'、'.join(column.values)}"
    elif column.pii == "id":
        rule, message = {"validate": "length", "criteria": "between", "minimum": 15, "maximum": 22}, "应为 15、18、20 或 22 位号码（文本）"
    else:
        rule, message = rules.get(column.type, ({"validate": "any"}, ""))
    return {**rule, "error_title": column.header, "error_message": message[:255], "ignore_blank": True}


def _instructions(book: xlsxwriter.Workbook, styles: dict) -> None:
    sheet = book.add_worksheet(INSTRUCTIONS)
    lines = [
        "填表说明",
        "1. 每张表先填“统计时间”（黄色格），如 2020年1—10月、2020年秋季；时点数填 截至2020年10月底。",
        "2. 空白表示“不知道”，不等于零；没有发生请填 0。",
        "3. 金额按表头写明的单位填；证件号码按文本填，不要用科学计数。",
        f"4. 灰色的{EXAMPLE_MARK}不计入，不必删除。本期没有的表可以留空。",
        "5. 有下拉框的列只能选列表中的内容；橙色表头为必填。",
    ]
    for row, line in enumerate(lines):
        sheet.write(row, 0, line, styles["title"] if row == 0 else None)
    row = len(lines)
    for form in forms().values():
        row += 1
        sheet.write(row, 0, f"【{form.title}】", styles["title"])
        for column in form.columns.values():
            row += 1
            sheet.write(row, 0, _guide(column))  # one text a row, so that nothing here looks like a table
    sheet.set_column(0, 0, 120)


def _guide(column: Column) -> str:
    """户类型：一般户、低保户、特困供养户；也可以写作 户属性."""
    kinds = {"integer": "整数", "decimal": "数字", "percent": "百分数", "year": "年份", "date": "日期", "boolean": "是、否"}
    what = "、".join(column.values) or kinds.get(column.type, "文本")
    parts = [
        "必填" if column.required else "",
        what,
        column.unit or "",
        f"也可以写作 {'、'.join(column.aliases)}" if column.aliases else "",
    ]
    return f"{column.header}：{'；'.join(filter(None, parts))}"
