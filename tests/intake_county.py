"""A small county in a temporary folder for tests of intake, and workbooks written for one test."""

import io
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from zhenshu import intake

KEY = b"a key for tests only"
TOWNS = """town_code,town_name,aliases,county_code,county_name,prefecture_name,province_name,code_system,code_year
900101201,甲乡,甲地,900101,甲县,示例市,示例省,示例代码,2020
900102101,乙镇,乙镇镇政府、老乙,900102,乙县,示例市,示例省,示例代码,2020
900101102,城关镇,城关,900101,甲县,示例市,示例省,示例代码,2020
900101103,东城关镇,,900101,甲县,示例市,示例省,示例代码,2020
"""


def xlsx(sheets: dict[str, list[list]], merges: dict[str, list[str]] | None = None) -> bytes:
    """A workbook of plain rows, by sheet name."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for merged in (merges or {}).get(name, ()):
            sheet.merge_cells(merged)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


@dataclass
class County:
    """A county's folder; `read` runs intake on what was put into it."""

    root: Path

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.root / "workbooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def put_sheet(self, rows: list[list], merges: tuple[str, ...] = (), sheet: str = "Sheet1", name: str = "甲乡.xlsx") -> Path:
        return self.put(name, xlsx({sheet: rows}, {sheet: list(merges)}))

    def read(self) -> intake.Result:
        return intake.read_all(self.root, KEY)


def problems(result: intake.Result, *severities: str) -> list[tuple[str, str]]:
    """(rule, cell) of every problem, in order."""
    return [(p.rule_id, p.cell) for p in result.problems if not severities or p.severity in severities]


def loaded(rows: list[dict], *columns: str) -> list[tuple]:
    """Some columns of the rows, for comparison."""
    return [tuple(row.get(c) for c in columns) for row in rows]
