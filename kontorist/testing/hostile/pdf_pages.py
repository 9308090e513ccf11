"""PDFs whose page is the trap: forms in circles, fonts without end, pictures of nothing, boxes larger than a town."""

from __future__ import annotations

import zlib

from kontorist.testing.hostile import Draw, Recipes
from kontorist.testing.hostile.deflating import zeros
from kontorist.testing.hostile.pdf_file import WORDS, page_of, stream

RECIPES = Recipes("paper")


def _packed(content: bytes) -> bytes:
    return page_of(zlib.compress(content, 9), more="/Filter /FlateDecode")


# --- forms that call forms


def _form(content: str, resources: str) -> bytes:
    return stream(
        content.encode(),
        f"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << {resources} >> >>",
    )


def _drawing(first: str, *forms: bytes) -> bytes:
    return page_of(b"/X Do\n" + WORDS, resources=f"/XObject << /X {first} >>", before=forms)


RECIPES.add("form-of-itself.pdf", lambda draw: _drawing("1 0 R", _form("/X Do", "/X 1 0 R")), heavy=True)
RECIPES.add(
    "forms-of-each-other.pdf",
    lambda draw: _drawing("1 0 R", _form("/X Do", "/X 2 0 R"), _form("/X Do /X Do", "/X 1 0 R")),
    heavy=True,
)
RECIPES.add(
    "forms-2pow30.pdf",
    lambda draw: _drawing("1 0 R", *[_form("/X Do /X Do", f"/X {n + 1} 0 R") for n in range(1, 31)], _form("", "")),
    heavy=True,
)


@RECIPES.makes("forms-deep.pdf")
def _forms_deep(draw: Draw) -> bytes:
    depth = draw.randint(3_000, 4_000)
    return _drawing("1 0 R", *[_form("/X Do", f"/X {n + 1} 0 R") for n in range(1, depth)], _form("", ""))


@RECIPES.makes("pattern-of-itself.pdf")
def _pattern(draw: Draw) -> bytes:
    own = "/Pattern << /P 1 0 R >>"
    kind = "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.00001 /YStep 0.00001"
    pattern = stream(b"/Pattern cs /P scn 0 0 9 9 re f", f"/Type /Pattern {kind} /Resources << {own} >>")
    return page_of(b"/Pattern cs /P scn 0 0 595 842 re f\n" + WORDS, resources=own, before=(pattern,))


@RECIPES.makes("mask-of-itself.pdf")
def _mask(draw: Draw) -> bytes:
    picture = stream(
        b"\xff",
        "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /SMask 1 0 R",
    )
    return _drawing("1 0 R", picture)


_SPACES = {
    "indexed": b"[/Indexed 1 0 R 255 (xyz)]",
    "separation": b"[/Separation /A 1 0 R << /FunctionType 3 /Functions [1 0 R] >>]",
    "icc": b"[/ICCBased 1 0 R]",
}


def _coloured(draw: Draw, space: bytes) -> bytes:
    content = b"/C cs 1 sc 0 0 9 9 re f\n" + WORDS
    return page_of(content, resources="/ColorSpace << /C 1 0 R >>", before=(space,))


RECIPES.each("colours-of-themselves-{}.pdf", _SPACES, _coloured)


# --- fonts


def _font(body: str, *others: bytes) -> bytes:
    """A page written in a font of its own, object 1."""
    words = WORDS.replace(b"/F0", b"/F9")
    return page_of(words, resources="", page="/Resources << /Font << /F9 1 0 R >> >>", before=(body.encode(), *others))


_TYPE0 = "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [2 0 R]"
_CID = (
    "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /CIDSystemInfo << /Registry (A) /Ordering (I) /Supplement 0 >>"
)


def _with_cmap(cmap: bytes) -> bytes:
    head = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
    packed = stream(zlib.compress(head + cmap + b"\nendcmap", 9), "/Filter /FlateDecode")
    return _font(f"{_TYPE0} /ToUnicode 3 0 R >>", f"{_CID} >>".encode(), packed)


RECIPES.add("cmap-range-4G.pdf", lambda draw: _with_cmap(b"1 beginbfrange <00000000> <ffffffff> <0041> endbfrange"))
RECIPES.add(
    "cmap-1M-ranges.pdf",
    lambda draw: _with_cmap(b"1000000 beginbfrange\n" + b"<0000> <ffff> <0041>\n" * 1_000_000 + b"endbfrange"),
    heavy=True,
)
RECIPES.add(
    "cmap-long-target.pdf", lambda draw: _with_cmap(b"1 beginbfchar <0041> <" + b"0042" * 5_000_000 + b"> endbfchar")
)
RECIPES.add("cmap-uses-itself.pdf", lambda draw: _with_cmap(b"/Identity-H usecmap\n" * draw.randint(90_000, 100_000)))
RECIPES.add(
    "cmap-codes-4G.pdf", lambda draw: _with_cmap(b"99999999 begincodespacerange <00> <ffffffffffff> endcodespacerange")
)
RECIPES.add(
    "widths-range-2G.pdf", lambda draw: _font(f"{_TYPE0} >>", f"{_CID} /W [0 2147483647 500] /DW 1e38 >>".encode())
)
RECIPES.add(
    "widths-1M.pdf", lambda draw: _font(f"{_TYPE0} >>", f"{_CID} /W [{'0 [' + '500 ' * 1_000_000}]] >>".encode())
)
RECIPES.add(
    "widths-of-itself.pdf", lambda draw: _font(f"{_TYPE0} >>", f"{_CID} /W 3 0 R >>".encode(), b"[0 3 0 R 0 3 0 R]")
)
RECIPES.add(
    "first-char-lies.pdf",
    lambda draw: _font(
        "<< /Type /Font /Subtype /TrueType /BaseFont /A /FirstChar -2147483648 /LastChar 2147483647 /Widths [1] >>"
    ),
)
RECIPES.add(
    "differences-1M.pdf",
    lambda draw: _font(
        f"<< /Type /Font /Subtype /Type1 /BaseFont /A /Encoding << /Differences [0 {'/A ' * 1_000_000}] >> >>"
    ),
)
RECIPES.add(
    "letter-that-writes-itself.pdf",
    lambda draw: _font(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /CharProcs << /R 2 0 R >>"
        " /Encoding << /Differences [0 " + "/R " * 255 + "] >> /FirstChar 0 /LastChar 255 /Widths [1]"
        " /Resources << /Font << /F9 1 0 R >> >> >>",
        stream(b"BT /F9 1 Tf (RRRRRRRR) Tj ET"),
    ),
)
RECIPES.add(
    "descendant-of-itself.pdf", lambda draw: _font("<< /Type /Font /Subtype /Type0 /DescendantFonts [1 0 R] >>")
)


@RECIPES.makes("font-file-noise.pdf")
def _noise(draw: Draw) -> bytes:
    """A TrueType file whose tables lie everywhere."""
    tables = b"".join(
        draw.choice((b"glyf", b"loca", b"cmap", b"head", b"maxp", b"hmtx")) + draw.randbytes(12) for _ in range(60)
    )
    file = stream(
        b"\x00\x01\x00\x00\x00\x3c\x00\x00\x00\x00\x00\x00" + tables + draw.randbytes(20_000), "/Length1 99999999"
    )
    font = "<< /Type /Font /Subtype /TrueType /BaseFont /A /FontDescriptor 2 0 R >>"
    return _font(font, b"<< /Type /FontDescriptor /FontName /A /Flags 4 /FontFile2 3 0 R >>", file)


# --- pictures


def _picture(width: int, height: int, more: str, data: bytes = b"\x00" * 100) -> bytes:
    kind = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} {more}"
    return _drawing("1 0 R", stream(data, kind))


_GREY = "/BitsPerComponent 8 /ColorSpace /DeviceGray"
RECIPES.add("picture-2G-wide.pdf", lambda draw: _picture(2**31 - 1, 2**31 - 1, _GREY))
RECIPES.add("picture-negative.pdf", lambda draw: _picture(-5, -(2**31), _GREY))
RECIPES.add(
    "picture-100k-flate.pdf", lambda draw: _picture(100_000, 100_000, f"{_GREY} /Filter /FlateDecode", zeros(1 << 28))
)
RECIPES.each(
    "picture-noise-{}.pdf",
    {name: f"{_GREY} /Filter /{name}" for name in ("DCTDecode", "JPXDecode", "JBIG2Decode", "CCITTFaxDecode")},
    lambda draw, more: _picture(60_000, 60_000, more, draw.randbytes(5_000)),
)
RECIPES.add(
    "inline-picture-without-end.pdf",
    lambda draw: page_of(b"BI /W 99999999 /H 99999999 /BPC 8 /CS /G ID " + b"\x00" * 10**6),
)
RECIPES.add("inline-pictures-300k.pdf", lambda draw: _packed(b"BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI\n" * 300_000))


# --- boxes, and what is drawn


_BOXES = {
    "of-a-town": "[0 0 200000000 200000000]",
    "of-numbers-without-end": f"[0 0 {'9' * 400} {'9' * 400}]",
    "inside-out": "[595 842 0 0]",
    "of-nothing": "[0 0 0 0]",
    "of-words": "[/A (b) null << >>]",
    "far-away": "[-2147483648 -2147483648 -2147483000 -2147483000]",
}
RECIPES.each("page-{}.pdf", _BOXES, lambda draw, box: page_of(WORDS, box=box))
RECIPES.add(
    "page-turned-by-anything.pdf", lambda draw: page_of(WORDS, page=f"/Rotate {draw.randint(1, 89)} /UserUnit 1e30")
)
RECIPES.add("pages-1999-of-one-text.pdf", lambda draw: _many_pages(1999))
RECIPES.add("pages-2001.pdf", lambda draw: _many_pages(2001))
_LIGHT = {
    "letters-20M": b"BT /F0 1 Tf (" + b"A" * 20_000_000 + b") Tj ET",
    "words-400k": b"BT /F0 9 Tf\n" + b"(Summe 1,00) Tj 0 -1 Td\n" * 400_000 + b"ET",
    "states-2M": b"q " * 2_000_000 + WORDS,
    "operands-5M": b"1 " * 5_000_000 + b"Tj\n" + WORDS,
}
_HEAVY = {
    "rectangles-1M": b"0 0 1 1 re f\n" * 1_000_000,
    "marks-500k": b"/Span BMC " * 500_000 + WORDS,
    "curves-300k": b"0 0 m 9 9 8 8 7 7 c S\n" * 300_000,
}
RECIPES.each("page-of-{}.pdf", _LIGHT, lambda draw, content: _packed(content))
RECIPES.each("page-of-{}.pdf", _HEAVY, lambda draw, content: _packed(content), heavy=True)
RECIPES.add(
    "letters-larger-than-the-sky.pdf",
    lambda draw: page_of(b"BT /F0 1e38 Tf 1e38 0 0 1e38 1e38 1e38 Tm (Summe) Tj ET BT /F0 1e-38 Tf (Summe) Tj ET"),
)
RECIPES.add(
    "numbers-of-a-million-digits.pdf", lambda draw: page_of(b"BT /F0 " + b"9" * 10**6 + b" Tf (x) Tj ET\n" + WORDS)
)
RECIPES.add("amounts-50k.pdf", lambda draw: _packed(_amounts(draw, 50_000)))


def _amounts(draw: Draw, count: int) -> bytes:
    """A page that is nothing but sums, dates and labels: not the parser but the reader has to bear it."""
    words = ("Summe", "MwSt. 19 %", "Rechnungsnummer", "01.02.2026", "DE89370400440532013000", "Netto", "fällig am")
    lines = [
        f"1 0 0 1 {draw.randint(0, 590)} {draw.randint(0, 840)} Tm "
        f"({draw.choice(words)} {draw.randint(1, 9999)},{draw.randint(10, 99)}) Tj"
        for _ in range(count)
    ]
    return b"BT /F0 4 Tf\n" + "\n".join(lines).encode("cp1252") + b"\nET"


def _many_pages(count: int) -> bytes:
    from kontorist.testing.hostile.pdf_file import FONT, Pdf

    pdf = Pdf()
    font, text = pdf.add(FONT), pdf.add(stream(WORDS))
    tree = pdf.next + count
    fonts = f"/Resources << /Font << /F0 {font} 0 R >> >>"
    for _ in range(count):
        pdf.add(f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {text} 0 R {fonts} >>")
    pdf.add(f"<< /Type /Pages /Count {count} /Kids [{' '.join(f'{n} 0 R' for n in range(3, tree))}] >>")
    return pdf.file(pdf.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))
