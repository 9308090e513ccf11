"""Workbooks and ZIP files that are traps: ratio, overlap, nesting, entries, texts, extents, formulas."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from kontorist.testing.hostile import Draw, Recipes
from kontorist.testing.hostile.deflating import begun, raw_zeros

RECIPES = Recipes("table")
MIB = 1 << 20

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEADINGS = ("Auftragsnummer", "Bezeichnung", "Menge", "Einzelpreis")
_HEAD = "".join(
    f'<c r="{column}1" t="inlineStr"><is><t>{word}</t></is></c>' for column, word in zip("ABCD", _HEADINGS, strict=True)
)


def _sheet(rows: str, *, extent: str = "A1:D9", tail: str = "", head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<worksheet {_MAIN}><dimension ref="{extent}"/>'
        f'<sheetData><row r="1">{_HEAD}</row>{rows}</sheetData>{tail}</worksheet>'
    )


def _parts(sheet: str, **more: str) -> dict[str, str]:
    relation = f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relation}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        **{name.replace("__", "/"): text for name, text in more.items()},
    }


def _zip(parts: Mapping[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
    return target.getvalue()


def _book(rows: str = "", **more: str) -> bytes:
    return _zip(_parts(_sheet(rows, **more)))


def _cells(cell: str) -> str:
    return f'<row r="2">{cell}</row>'


# --- the package


def raw_zip(parts: list[tuple[str, bytes, int]], *, overlap: bool = False) -> bytes:
    """A ZIP of parts that are packed already: (name, raw deflate data, the size it says it unfolds to).

    With `overlap` every name points to the first part's data (David Fifield, "A better zip bomb", 2019).
    """
    body, directory = bytearray(), bytearray()
    start = 0
    for number, (name, data, size) in enumerate(parts):
        if not (overlap and number):
            start = len(body)
            body += (
                struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(data), size, len(name), 0)
                + name.encode()
                + data
            )
        directory += (
            struct.pack(
                "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 33, 0, len(data), size, len(name), 0, 0, 0, 0, 0, start
            )
            + name.encode()
        )
    count = min(len(parts), 0xFFFF)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def _raw_book(sheet: bytes, size: int, *more: tuple[str, bytes, int]) -> bytes:
    """A workbook whose sheet is packed by us and says it has `size` bytes."""
    plain = {name: text.encode() for name, text in _parts("").items() if "sheet1" not in name}
    packed = [(name, zlib.compress(text, 9)[2:-4], len(text)) for name, text in plain.items()]
    return raw_zip([*packed, ("xl/worksheets/sheet1.xml", sheet, size), *more])


_BEGIN = _sheet("").encode()[:-40]
RECIPES.add("ratio-1GiB.xlsx", lambda draw: _raw_book(begun(_BEGIN, 1024 * MIB)[2:-4], 1024 * MIB))
RECIPES.add("ratio-just-below.xlsx", lambda draw: _raw_book(begun(_BEGIN, 500 * MIB)[2:-4], 500 * MIB))
RECIPES.add("size-lies-small.xlsx", lambda draw: _raw_book(begun(_BEGIN, 1024 * MIB)[2:-4], draw.randint(1000, 9000)))
RECIPES.add("size-lies-zero.xlsx", lambda draw: _raw_book(raw_zeros(64 * MIB), 0))
RECIPES.add(
    "texts-400MiB.xlsx",
    lambda draw: _raw_book(
        zlib.compress(_sheet("").encode())[2:-4],
        len(_sheet("")),
        ("xl/sharedStrings.xml", begun(f"<sst {_MAIN}><si><t>".encode(), 400 * MIB, b"x")[2:-4], 400 * MIB),
    ),
)
RECIPES.add(
    "texts-lie.xlsx",
    lambda draw: _raw_book(
        zlib.compress(_sheet("").encode())[2:-4],
        len(_sheet("")),
        ("xl/sharedStrings.xml", begun(f"<sst {_MAIN}><si><t>".encode(), 2000 * MIB, b"x")[2:-4], 5000),
    ),
)
RECIPES.add(
    "styles-lie.xlsx",
    lambda draw: _raw_book(
        zlib.compress(_sheet("").encode())[2:-4],
        len(_sheet("")),
        ("xl/styles.xml", begun(f"<styleSheet {_MAIN}>".encode(), 2000 * MIB)[2:-4], 5000),
    ),
    heavy=True,
)


@RECIPES.makes("overlapping.xlsx")
def _overlapping(draw: Draw) -> bytes:
    part = raw_zeros(20 * MIB)
    return raw_zip([(f"xl/part{n}.xml", part, 20 * MIB) for n in range(draw.randint(300, 400))], overlap=True)


RECIPES.add("entries-60k.xlsx", lambda draw: raw_zip([(f"xl/{n}.xml", b"\x03\x00", 0) for n in range(60_000)]))
RECIPES.add("names-of-60KiB.xlsx", lambda draw: raw_zip([("x" * 60_000 + str(n), b"\x03\x00", 0) for n in range(100)]))
_OUTSIDE = {
    "absolute": "/etc/kontorist-was-here",
    "above": "../../kontorist-was-here",
    "above-as-windows-writes": "..\\..\\kontorist-was-here",
    "behind-a-zero": "xl/\x00workbook.xml",
}
RECIPES.each("part-{}.xlsx", _OUTSIDE, lambda draw, name: _zip({**_parts(_sheet("")), name: "x"}))
RECIPES.add("parts-twice.xlsx", lambda draw: raw_zip([("xl/workbook.xml", raw_zeros(MIB), MIB)] * 300))
RECIPES.add("part-of-a-strange-method.xlsx", lambda draw: _zip(_parts(_sheet(""))).replace(b"\x08\x00", b"\x63\x00"))
RECIPES.add(
    "part-with-password.xlsx",
    lambda draw: _zip(_parts(_sheet(""))).replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"),
)
RECIPES.add("directory-astray.xlsx", lambda draw: _zip(_parts(_sheet("")))[:-10] + draw.randbytes(10))


@RECIPES.makes("zip-in-zip-42.zip")
def _nested(draw: Draw) -> bytes:
    data = raw_zip([("0.bin", raw_zeros(256 * MIB), 256 * MIB)])
    for level in range(6):
        data = _zip({f"{level}-{n}.zip": data for n in range(16)})
    return data


RECIPES.add("plain.zip", lambda draw: _zip({"rechnung.pdf": b"%PDF-1.7"}))
RECIPES.add("old-excel-noise.xls", lambda draw: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + draw.randbytes(20_000))
RECIPES.add(
    "old-excel-circle.xls",
    lambda draw: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\0\3\0\xfe\xff\x09\0" + bytes(20_000),
)
RECIPES.add(
    "binary.xlsb", lambda draw: _zip({"xl/workbook.bin": draw.randbytes(5000), "[Content_Types].xml": "<Types/>"})
)


# --- the sheet


RECIPES.add("extent-lies-large.xlsx", lambda draw: _book(extent="A1:XFD1048576"))
RECIPES.add("extent-lies-small.xlsx", lambda draw: _book(_cells('<c r="D900"><v>1</v></c>'), extent="A1:A1"))
RECIPES.add("extent-is-nonsense.xlsx", lambda draw: _book(extent="ZZZZ99999999:A0"))
RECIPES.add("far-cell.xlsx", lambda draw: _book('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))
RECIPES.add("far-row.xlsx", lambda draw: _book(f'<row r="{2**40}"><c r="A{2**40}"><v>1</v></c></row>'))
RECIPES.add("row-minus-one.xlsx", lambda draw: _book('<row r="-1"><c r="A-1"><v>1</v></c></row>'))
RECIPES.add(
    "corners.xlsx",
    lambda draw: _book('<row r="2"><c r="ALL2"><v>1</v></c></row><row r="999999"><c r="A999999"><v>1</v></c></row>'),
)
RECIPES.add("cell-of-nowhere.xlsx", lambda draw: _book(_cells('<c r="\u00e4\u00f6\u00fc"><v>1</v></c>')))
RECIPES.add("merge-all.xlsx", lambda draw: _book(tail='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'))
RECIPES.add(
    "merges-100k.xlsx", lambda draw: _book(tail="<mergeCells>" + '<mergeCell ref="A1:D9"/>' * 100_000 + "</mergeCells>")
)
RECIPES.add("rows-500k.xlsx", lambda draw: _book("<row><c><v>1</v></c></row>" * 500_000))
RECIPES.add("formulas-300k.xlsx", lambda draw: _book("<row><c><f>SUM(A1:XFD1048576)</f></c></row>" * 300_000))
RECIPES.add(
    "formula-deep.xlsx", lambda draw: _book(_cells(f'<c r="A2"><f>{"(" * 500_000}1{")" * 500_000}</f><v>1</v></c>'))
)
RECIPES.add(
    "formula-calls-out.xlsx",
    lambda draw: _book(
        _cells(
            "<c r='A2' t='str'><f>cmd|'/c calc'!A0</f><v>=cmd|'/c calc'!A0</v></c>"
            '<c r="B2" t="str"><v>@SUM(1)</v></c>'
            '<c r="C2" t="str"><v>-2+3+cmd</v></c><c r="D2" t="str"><v>+49</v></c>'
        )
    ),
)
RECIPES.add(
    "shared-text-of-nowhere.xlsx",
    lambda draw: _book(_cells('<c r="A2" t="s"><v>4294967295</v></c><c r="B2" t="s"><v>-1</v></c>')),
)
RECIPES.add(
    "numbers-without-end.xlsx",
    lambda draw: _book(
        _cells(
            f'<c r="A2"><v>{"9" * 1_000_000}</v></c><c r="B2"><v>1e400</v></c>'
            '<c r="C2"><v>NaN</v></c><c r="D2"><v>-1e-400</v></c>'
        )
    ),
)
RECIPES.add(
    "date-of-nowhere.xlsx",
    lambda draw: _book(_cells('<c r="A2" t="d"><v>99999-99-99</v></c><c r="B2" s="4000000"><v>1e300</v></c>')),
)
RECIPES.add("laughs.xlsx", lambda draw: _zip(_parts(_sheet("", head='<!DOCTYPE a [<!ENTITY b "c">]>'))))
RECIPES.add(
    "text-of-30MiB.xlsx", lambda draw: _book(_cells(f'<c r="A2" t="inlineStr"><is><t>{"x" * (30 * MIB)}</t></is></c>'))
)
RECIPES.add("sheet-of-nothing-but-depth.xlsx", lambda draw: _book("<a>" * 100_000 + "</a>" * 100_000))


def _leading_to(target: str, more: str = "") -> bytes:
    """A workbook whose sheet is said to be somewhere else."""
    relation = f'<Relationship Id="rId1" {more} Type="{_OFFICE}/worksheet" Target="{target}"/>'
    text = f'<Relationships xmlns="{_PACKAGE}/relationships">{relation}</Relationships>'
    return _zip({**_parts(_sheet("")), "xl/_rels/workbook.xml.rels": text})


RECIPES.add("targets-outside.xlsx", lambda draw: _leading_to("file:///etc/passwd", 'TargetMode="External"'))
RECIPES.add("sheet-that-is-the-book.xlsx", lambda draw: _leading_to("workbook.xml"))
RECIPES.add(
    "styles-500k.xlsx",
    lambda draw: _zip(
        {
            **_parts(_sheet("")),
            "xl/styles.xml": f"<styleSheet {_MAIN}><cellXfs>"
            + '<xf numFmtId="14"/>' * 500_000
            + "</cellXfs></styleSheet>",
        }
    ),
)


# --- OpenDocument, which we do not read, and which has to be refused as fast


def _ods(table: str) -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0"><office:body>'
        f"<office:spreadsheet><table:table>{table}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return _zip({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


RECIPES.add(
    "rows-repeated-2G.ods",
    lambda draw: _ods(
        '<table:table-row table:number-rows-repeated="2147483647">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    ),
)
RECIPES.add("ratio.ods", lambda draw: raw_zip([("content.xml", raw_zeros(1024 * MIB), 1024 * MIB)]))
