"""What an Office file may be before a library opens it: a ZIP that does not explode, XML without traps, a sane extent.

Limits of the office's threat model: 512 MiB unpacked, 200 times its packed size, 10,000 parts, no part outside.
A far cell is a few bytes in the file and gigabytes in a reader.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final
from xml.parsers import expat

from kontorist.extraction.tables.grid import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Trouble
from kontorist.sandbox import ReasonCode, Refused

MOST_UNPACKED: Final = 512 * 1024 * 1024
MOST_RATIO: Final = 200
MOST_PARTS: Final = 10_000
DEEPEST: Final = 256
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SMALL: Final = 64 * 1024  # the ratio of a few bytes says nothing
_PIECE: Final = 1 << 16

NO_RESULT: Final = "a value; the result of this formula was not saved: open the file in its program and save it again"


@dataclass(slots=True)
class SheetFacts:
    """What the values alone do not tell: cells that hold an error or a formula without result, by (row, column)."""

    troubles: dict[tuple[int, int], Trouble] = field(default_factory=dict)


def checked_package(content: bytes) -> zipfile.ZipFile:
    """The opened package. Raises Refused: encrypted, unsupported, damaged, too_large, forbidden_construct."""
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Refused(ReasonCode.ENCRYPTED)
        raise Refused(ReasonCode.UNSUPPORTED, "This is a file of an old Excel; save it as .xlsx or .csv.")
    if not content.startswith(_ZIP):
        raise Refused(ReasonCode.UNSUPPORTED, "This is neither an .xlsx workbook nor a .csv file.")
    try:
        package = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
        raise Refused(ReasonCode.DAMAGED) from None
    _check_parts(package.infolist())
    if "xl/workbook.xml" not in package.namelist() and not any(
        each.endswith("workbook.xml") for each in package.namelist()
    ):
        raise Refused(ReasonCode.UNSUPPORTED, "This ZIP file holds no workbook; send it as .xlsx or .csv.")
    return package


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS:
        raise Refused(ReasonCode.TOO_LARGE, f"The file has more than {MOST_PARTS} parts.")
    if sum(each.file_size for each in parts) > MOST_UNPACKED:
        raise Refused(ReasonCode.TOO_LARGE, "The file becomes too large when it is unpacked.")
    for each in parts:
        if each.file_size > _SMALL and each.file_size > MOST_RATIO * max(each.compress_size, 1):
            raise Refused(ReasonCode.FORBIDDEN_CONSTRUCT, "A part of the file is packed as only a trap is.")
        if each.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", each.filename):
            raise Refused(ReasonCode.FORBIDDEN_CONSTRUCT, "A part of the file wants to be outside of it.")
        if each.flag_bits & 0x1:
            raise Refused(ReasonCode.ENCRYPTED)


def sheet_facts(package: zipfile.ZipFile) -> dict[str, SheetFacts]:
    """Every XML part looked at without building it: facts of the worksheets by part name.

    Raises Refused for a DOCTYPE, for XML that is none, for parts that lie about their size, for extents beyond reason.
    """
    facts: dict[str, SheetFacts] = {}
    cells = 0
    for part in package.infolist():
        if not part.filename.endswith((".xml", ".rels")):
            continue
        scan = _Scan()
        _feed(package, part, scan)
        if scan.is_sheet:
            cells += scan.extent
            facts[part.filename] = SheetFacts(scan.troubles)
        if cells > MOST_CELLS:
            raise Refused(ReasonCode.TOO_LARGE, f"The table has more than {MOST_CELLS:,} cells.")
    return facts


def _feed(package: zipfile.ZipFile, part: zipfile.ZipInfo, scan: _Scan) -> None:
    size = 0
    try:
        with package.open(part) as opened:
            while not scan.over and (piece := opened.read(_PIECE)):
                size += len(piece)
                if size > part.file_size:
                    raise Refused(ReasonCode.FORBIDDEN_CONSTRUCT, "A part of the file is larger than it says.")
                scan.feed(piece)
            scan.close()
    except (zipfile.BadZipFile, EOFError, expat.ExpatError, NotImplementedError, ValueError, OSError):
        raise Refused(ReasonCode.DAMAGED) from None
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise Refused(ReasonCode.DAMAGED) from None
        raise


class _Scan:
    """Streams one XML part: nothing is kept but counts, and the cells without a value."""

    def __init__(self) -> None:
        self.is_sheet = False
        self.over = False
        self.troubles: dict[tuple[int, int], Trouble] = {}
        self._depth = 0
        self._row = self._column = self._rows = self._columns = 0
        self._type = ""
        self._formula = False
        self._text: list[str] | None = None
        self._value = ""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.buffer_text = True
        self._parser = parser

    def feed(self, piece: bytes) -> None:
        self._parser.Parse(piece, False)

    def close(self) -> None:
        if not self.over:
            self._parser.Parse(b"", True)

    @property
    def extent(self) -> int:
        """Cells of the rectangle that a reader would make of this sheet."""
        return self._rows * self._columns

    def _doctype(self, *_: object) -> None:
        raise Refused(
            ReasonCode.FORBIDDEN_CONSTRUCT, "The file holds a document type, which no program of an office writes."
        )

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refused(ReasonCode.FORBIDDEN_CONSTRUCT, "The file is nested deeper than any program writes.")
        local = name.rpartition("}")[2]
        if self._depth == 1:
            self.is_sheet = local == "worksheet"
            self.over = not self.is_sheet and local in ("sst", "styleSheet")  # large, and checked up to here
        elif self.is_sheet:
            self._start_in_sheet(local, attributes)

    def _start_in_sheet(self, local: str, attributes: dict[str, Any]) -> None:
        if local == "c":
            self._start_cell(attributes)
        elif local == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
        elif local == "f":
            self._formula = True
        elif local in ("v", "t"):
            self._text = []

    def _start_cell(self, attributes: dict[str, Any]) -> None:
        self._column += 1
        if "r" in attributes:
            self._row, self._column = _place(attributes["r"])
        self._type, self._formula, self._value = attributes.get("t", ""), False, ""

    def _reach(self, row: int, column: int) -> None:
        if row > MOST_ROWS or column > MOST_COLUMNS:
            raise Refused(
                ReasonCode.TOO_LARGE, f"The table reaches to row {row}, column {column}; no table of an office does."
            )
        self._rows, self._columns = max(self._rows, row), max(self._columns, column)

    def _characters(self, text: str) -> None:
        if self._text is not None and len(self._text) < 4:  # whether there is a value, and the words of an error
            self._text.append(text[:40])

    def _end(self, name: str) -> None:
        self._depth -= 1
        if not self.is_sheet:
            return
        local = name.rpartition("}")[2]
        if local in ("v", "t") and self._text is not None:
            self._value, self._text = "".join(self._text), None
        elif local == "c":
            self._end_cell()

    def _end_cell(self) -> None:
        if self._value or self._formula:  # a cell that has nothing but a format reaches nowhere
            self._reach(self._row, self._column)
        if self._type == "e":
            seen = self._value or "#ERROR"
            self.troubles[self._row, self._column] = Trouble(seen, "a value; the spreadsheet itself reports an error")
        elif self._formula and not self._value and self._type != "str":
            self.troubles[self._row, self._column] = Trouble("", NO_RESULT)


_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})$")


def _place(name: str) -> tuple[int, int]:
    """Row and column of ``C17``. Raises ValueError."""
    found = _PLACE.match(name)
    if found is None:
        raise ValueError(name)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column
