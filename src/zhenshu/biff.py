"""What python-calamine does not tell about an old .xls (and .et) sheet, read from its records: errors, hidden rows, number formats.

Only as much of the compound file and of BIFF5/8 as that needs. Also the guard: a damaged row number must not ask for gigabytes.
"""

import struct
from collections.abc import Iterator

from .ooxml import BUILT_IN, MOST_CELLS, TELLING_FORMAT, Marks, TooLarge

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOF, EOF, DATEMODE, FILEPASS, FORMAT, XF, BOUNDSHEET = 0x809, 0x0A, 0x22, 0x2F, 0x41E, 0xE0, 0x85
ROW, COLINFO, FORMULA, BOOLERR, MULRK, STRINGS, DIMENSIONS = 0x208, 0x7D, 0x06, 0x205, 0xBD, 0xFC, 0x200
CELLS = {0x203, 0x27E, 0xFD, 0x204, 0xD6, FORMULA, BOOLERR, MULRK}
ERROR_NAMES = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
LAST_ROW, LAST_COLUMN = 1 << 16, 1 << 8
kind_and_length, place_and_style = struct.Struct("<HH").unpack_from, struct.Struct("<HHH").unpack_from
END = 0xFFFFFFFA  # sector numbers from here on are marks, not sectors


class Protected(ValueError):
    """The file is encrypted."""


class NoWorkbook(ValueError):
    """A compound file that holds no workbook: a Word document, say."""


def _chain(table: list[int], first: int) -> list[int]:
    """Sectors from `first` on; a damaged table may run in circles."""
    found: list[int] = []
    while first < END and len(found) <= len(table):
        found.append(first)
        first = table[first]
    return found


def _streams(content: bytes) -> dict[str, bytes]:
    """The workbook stream, and the names of all others, of a compound file. Raises IndexError or struct.error for a damaged one."""
    size = 1 << min(struct.unpack_from("<H", content, 30)[0], 16)
    fat_count, first_directory, _, cutoff, first_mini, mini_count, first_extra, extra_count = struct.unpack_from("<8I", content, 44)
    if max(fat_count, mini_count, extra_count) * size > len(content) + size:
        raise IndexError("more sectors than bytes")

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    fat_sectors = [n for n in struct.unpack_from("<109I", content, 76) if n < END]
    extras = 0
    while first_extra < END and extras < len(content) // size:
        numbers = struct.unpack(f"<{size // 4}I", sector(first_extra))
        fat_sectors += [n for n in numbers[:-1] if n < END]
        first_extra, extras = numbers[-1], extras + 1
    fat = [n for s in fat_sectors[:fat_count] for n in struct.unpack(f"<{size // 4}I", sector(s).ljust(size, b"\xff"))]
    directory = b"".join(sector(n) for n in _chain(fat, first_directory))
    entries = {}
    for at in range(0, len(directory) - 127, 128):
        length = min(struct.unpack_from("<H", directory, at + 64)[0], 64)
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        if directory[at + 66] == 0:
            continue  # an unused entry
        entries[name.lower()] = (struct.unpack_from("<I", directory, at + 116)[0], struct.unpack_from("<I", directory, at + 120)[0])
    if max((length for _, length in entries.values()), default=0) > len(content):
        raise IndexError("a stream longer than the file")
    streams = dict.fromkeys(entries, b"")
    for name in ("workbook", "book"):
        if name not in entries:
            continue
        start, length = entries[name]
        if length < cutoff:
            mini = b"".join(sector(n) for n in _chain(fat, entries["root entry"][0]))
            table = [n for s in _chain(fat, first_mini) for n in struct.unpack(f"<{size // 4}I", sector(s).ljust(size, b"\xff"))]
            streams[name] = b"".join(mini[n * 64 : n * 64 + 64] for n in _chain(table, start))[:length]
        else:
            streams[name] = b"".join(sector(n) for n in _chain(fat, start))[:length]
    return streams


def _text(data: bytes, wide_count: bool) -> str:
    """A BIFF8 string: a count, a flag for two-byte characters, the characters."""
    head = 3 if wide_count else 2
    count = struct.unpack_from("<H" if wide_count else "<B", data)[0]
    wide = data[head - 1] & 1
    return data[head : head + count * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1", "replace")


class OldBook:
    """An .xls file's records. Raises Protected, NoWorkbook, TooLarge, IndexError, struct.error."""

    def __init__(self, content: bytes):
        streams = _streams(content)
        if "encryptedpackage" in streams:
            raise Protected
        self.stream = streams.get("workbook") or streams.get("book") or b""
        if not self.stream:
            if len(streams) > 1:  # a document of another kind has streams of its own; a truncated workbook has lost its directory
                raise NoWorkbook
            raise IndexError("no directory")
        self.starts: list[int] = []
        self.epoch_1904 = False
        formats, styles = dict(BUILT_IN), []
        for kind, data in self._records(0):
            if kind == FILEPASS:
                raise Protected
            if kind == DATEMODE:
                self.epoch_1904 = data[:2] == b"\x01\x00"
            elif kind == FORMAT and len(data) > 4:
                formats[struct.unpack_from("<H", data)[0]] = _text(data[2:], True)
            elif kind == XF:
                styles.append(struct.unpack_from("<H", data, 2)[0])
            elif kind == BOUNDSHEET:
                self.starts.append(struct.unpack_from("<I", data)[0])
            elif kind == STRINGS and struct.unpack_from("<I", data, 4)[0] * 3 > len(self.stream):
                raise IndexError("more strings than bytes")
        self.telling = {i: formats[n] for i, n in enumerate(styles) if TELLING_FORMAT.search(formats.get(n, ""))}
        # of all sheets at once: calamine reads them all on opening
        self.marks = [self._marks(start) for start in self.starts]

    def _records(self, start: int) -> Iterator[tuple[int, bytes]]:
        """Records of a substream up to its end, charts and the like inside it left out."""
        at, depth, stream, last = start, 0, self.stream, len(self.stream) - 4
        while at <= last:
            kind, length = kind_and_length(stream, at)
            at += 4
            if kind == BOF:
                depth += 1
            elif kind == EOF:
                depth -= 1
                if depth <= 0:
                    return
            elif depth <= 1:
                yield kind, stream[at : at + length]
            at += length

    def _marks(self, start: int) -> Marks:
        """What to know of the sheet that begins there beside its values."""
        marks, rows, columns = Marks(epoch_1904=self.epoch_1904), set(), set()
        for kind, data in self._records(start):
            if kind in CELLS:
                row, column, style = place_and_style(data)
                rows.add(row)
                columns.add(column)
                if kind in (FORMULA, BOOLERR):
                    _formula_marks(marks, kind, data, (row, column))
                if kind != MULRK and style in self.telling:
                    marks.formats[row, column] = self.telling[style]
                elif kind == MULRK and self.telling:
                    for n in range((len(data) - 6) // 6):
                        style = struct.unpack_from("<H", data, 4 + 6 * n)[0]
                        if style in self.telling:
                            marks.formats[row, column + n] = self.telling[style]
            elif kind == DIMENSIONS and len(data) >= 12:
                first, last, left, right = struct.unpack_from("<IIHH", data)
                # calamine reserves as much; a wrong order of first and last would wrap around to gigabytes
                if not (0 <= last - first <= LAST_ROW and 0 <= right - left <= LAST_COLUMN):
                    raise IndexError("dimensions that no sheet has")
            elif kind == ROW and data[12] & 0x20:
                marks.hidden_rows.append(struct.unpack_from("<H", data)[0])
            elif kind == COLINFO and data[8] & 1:
                marks.hidden_columns.append(struct.unpack_from("<HH", data))
        height, width = max(rows, default=-1) + 1, max(columns, default=-1) + 1
        if height * width > MOST_CELLS:
            raise TooLarge(f"{height} rows by {width} columns")
        return marks


def _formula_marks(marks: Marks, kind: int, data: bytes, place: tuple[int, int]) -> None:
    if kind == BOOLERR and data[7]:
        marks.errors[place] = ERROR_NAMES.get(data[6], "#N/A")
    if kind == FORMULA and data[12:14] == b"\xff\xff":
        if data[6] == 2:
            marks.errors[place] = ERROR_NAMES.get(data[8], "#N/A")
        elif data[6] == 3 and data[14] & 2:
            marks.uncached.add(place)  # an empty text that is to be calculated on opening was never calculated
