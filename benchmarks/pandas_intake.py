"""The job as a careful analyst would script it with pandas and openpyxl: the contender that intake is measured against.

It takes the practice workbooks' layouts and spellings only, and stops at what it does not know. It says nothing of bad cells, merged
labels, hidden rows or number formats. Headings, units and codes come from the same contract, so that both do the same work.
"""

import hashlib
import hmac
import re
from decimal import Decimal
from pathlib import Path

import pandas as pd

from zhenshu.contract import Column, Form, forms, heading_key

FACTOR = {"万元": Decimal(10_000), "元": Decimal(1)}
BOOLEAN = {"是": "true", "√": "true", "有": "true", "否": "false", "×": "false"}
WEIGHTS, CHECK = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"


def read_sheets(path: Path) -> dict[str, pd.DataFrame]:
    """Every sheet as a frame of raw cells. openpyxl cannot read .xls, so pandas takes calamine there."""
    if path.suffix == ".csv":
        lines = path.read_text(encoding="gb18030").splitlines()
        width = max(line.count(",") for line in lines) + 1
        return {path.stem: pd.read_csv(path, header=None, names=range(width), dtype=str, encoding="gb18030")}
    engine = "calamine" if path.suffix == ".xls" else "openpyxl"
    return pd.read_excel(path, sheet_name=None, header=None, dtype=object, engine=engine)


def find_header(cells: pd.DataFrame) -> tuple[Form, int, dict[int, tuple[Column, str]]]:
    """The form, the first row of data and the columns by position, with the text of each heading."""
    best = (0, None)
    for top in range(min(6, len(cells))):
        for levels in (1, 2):
            rows = cells.iloc[top : top + levels].copy()
            if levels == 2:
                # a row of data is no second row of headings
                if any(char.isdigit() for cell in rows.iloc[-1].dropna() for char in str(cell)):
                    continue
                rows.iloc[0] = rows.iloc[0].ffill()
            for form in forms().values():
                found = {}
                for position in cells.columns:
                    parts = [str(t) for t in rows[position] if pd.notna(t)]
                    names = ["/".join(heading_key(p) for p in parts[start:]) for start in range(len(parts))]
                    if name := next((form.headings[n] for n in names if n in form.headings), None):
                        found[position] = (form.columns[name], "".join(parts))
                required = {c.name for c in form.columns.values() if c.required}
                if len(found) > max(1, best[0]) and required <= {c.name for c, _ in found.values()}:
                    best = (len(found), (form, top + levels, found))
    if best[1] is None:
        raise ValueError("no header found")
    return best[1]


def to_figure(series: pd.Series, column: Column, factor: Decimal) -> pd.Series:
    places = Decimal(1) if column.type == "integer" else Decimal("0.01")
    text = series.astype(str).str.replace(",", "").where(series.notna())
    return text.map(lambda t: str((Decimal(format(float(t), ".15g")) * factor).quantize(places)), na_action="ignore")


def to_date(series: pd.Series) -> pd.Series:
    text = series.astype(str).str.replace(r"[年月./]", "-", regex=True).str.rstrip("日").str.slice(0, 10).where(series.notna())
    distinct = pd.Series(text.dropna().unique())
    parsed = pd.to_datetime(distinct.str.strip(), format="%Y-%m-%d").dt.strftime("%Y-%m-%d")
    return text.map(dict(zip(distinct, parsed, strict=True)))


def to_key(number: object, key: bytes) -> str | None:
    text = str(number).strip().upper()
    if not re.fullmatch(r"\d{17}[\dX]", text) or CHECK[sum(int(d) * w for d, w in zip(text, WEIGHTS, strict=False)) % 11] != text[17]:
        return None
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def convert(series: pd.Series, column: Column, unit: str, key: bytes) -> dict[str, pd.Series]:
    """A column's seed columns by name."""
    if column.is_figure:
        return {column.name: to_figure(series, column, FACTOR[unit] if column.unit == "元" else Decimal(1))}
    if column.type == "date":
        return {column.name: to_date(series)}
    text = series.map(lambda v: str(int(v)) if isinstance(v, float) else str(v).strip(), na_action="ignore")
    if column.type == "year":
        return {column.name: text.str.slice(0, 4)}
    if column.type == "boolean":
        return {column.name: text.map(BOOLEAN)}
    if column.values:
        return {column.name: text.map({**{v: v for v in column.values}, **column.spellings})}
    if column.pii == "name":
        return {column.name: text.str.slice(0, 1) + "＊"}
    if column.pii == "id":
        stem = column.name.removesuffix("_id")
        keys = text.map(lambda t: to_key(t, key), na_action="ignore")
        sex = text.str.slice(16, 17).map(lambda d: "男" if int(d) % 2 else "女", na_action="ignore")
        return {column.name: keys, f"{stem}_birth_year": text.str.slice(6, 10), f"{stem}_sex": sex}
    return {column.name: text}


def read_sheet(path: Path, name: str, cells: pd.DataFrame, towns: dict[str, str], key: bytes) -> tuple[str, pd.DataFrame]:
    form, top, found = find_header(cells)
    said = " ".join(str(v) for v in cells.iloc[: top - 1].to_numpy().ravel() if pd.notna(v)) + path.stem
    body = cells.iloc[top:]
    label = body[min(found)].astype(str).str.replace(r"\s", "", regex=True)
    body = body[~label.isin({"合计", "小计", "总计"}) & ~label.str.match(r"填表人|审核人|注：") & body[list(found)].notna().any(axis=1)]
    town = next(code for town, code in towns.items() if town in said)
    year = re.search(r"20\d\d", said)[0]
    out: dict[str, object] = {"town_code": town, "period_start": f"{year}-01-01", "period_end": f"{year}-12-31", "row_kind": "detail"}
    for position, (column, heading) in found.items():
        unit = "万元" if "万元" in heading or ("万元" in said and "元" not in heading) else "元"
        out |= convert(body[position], column, unit, key)
    origin = {"source_file": path.name, "source_sheet": name, "source_row": body.index + 1, "source_column": "A"}
    return form.name, pd.DataFrame(out | origin, index=body.index)


def run(data: Path, out: Path) -> int:
    """Read every workbook below `data/workbooks` and write one CSV a form; how many rows there were."""
    known = pd.read_csv(data / "seeds/reference/township.csv", dtype=str)
    towns = dict(zip(known["town_name"], known["town_code"], strict=True))
    key = (data / "county.key").read_bytes()
    tables: dict[str, list[pd.DataFrame]] = {}
    for path in sorted((data / "workbooks").iterdir()):
        for name, cells in read_sheets(path).items():
            form, table = read_sheet(path, name, cells, towns, key)
            tables.setdefault(form, []).append(table)
    out.mkdir(parents=True, exist_ok=True)
    for form, parts in tables.items():
        table = pd.concat(parts).sort_values(["source_file", "source_sheet", "source_row"])
        table.reindex(columns=forms()[form].seed_columns).to_csv(out / f"{form}.csv", index=False)
    return sum(len(t) for parts in tables.values() for t in parts)
