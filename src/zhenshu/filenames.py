"""Names of files and folders made of what people wrote: they stay below their folder, and Windows takes them too."""

import re
from pathlib import Path

MOST_BYTES = 210  # of the 255 that a file system allows: our own endings need room
RESERVED = re.compile(r"(?i)(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])[ ]*(?:\.|$)")


def safe(name: str) -> str:
    """One name without separators, signs that Windows refuses, dots or blanks at its end; '' where nothing is left."""
    clean = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]', "_", name).rstrip(". ")
    clean = f"_{clean}" if RESERVED.match(clean) else clean
    if len(clean.encode()) <= MOST_BYTES:
        return clean
    return Path(clean).stem.encode()[: MOST_BYTES - 20].decode(errors="ignore") + Path(clean).suffix[:10]


def unfit_folder(path: object) -> str:
    """Why a county's folder cannot stand there, in Chinese, or ''. dbt-duckdb takes the warehouse's path for an address: # and ? end it."""
    return f"县文件夹的路径里不能有 # 或 ?，请改名：{path}" if re.search("[#?]", str(path)) else ""
