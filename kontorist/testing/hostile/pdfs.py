"""PDFs whose structure is the trap: streams that unfold, objects in circles, tables that lie, passwords."""

from __future__ import annotations

import zlib

from kontorist.testing.hostile import Draw, Recipes
from kontorist.testing.hostile.deflating import begun, lzw_zeros, nested, zeros
from kontorist.testing.hostile.pdf_file import WORDS, Pdf, page_of, stream

RECIPES = Recipes("paper")
MIB, GIB = 1 << 20, 1 << 30


# --- streams that unfold


def _flate(draw: Draw, how: tuple[int, int]) -> bytes:
    layers, size = how
    return page_of(nested(size, layers), more=f"/Filter [{'/FlateDecode ' * layers}]")


RECIPES.each("flate-{}.pdf", {"64MiB": (1, 64 * MIB)}, _flate)
_LAYERS = {"2GiB": (1, 2 * GIB), "in-flate-4GiB": (2, 4 * GIB), "thrice-16GiB": (3, 16 * GIB)}
RECIPES.each("flate-{}.pdf", _LAYERS, _flate, heavy=True)


@RECIPES.makes("lzw-700MiB.pdf", heavy=True)
def _lzw(draw: Draw) -> bytes:
    return page_of(lzw_zeros(100), more="/Filter /LZWDecode")


@RECIPES.makes("lzw-in-flate.pdf", heavy=True)
def _lzw_in_flate(draw: Draw) -> bytes:
    return page_of(zlib.compress(lzw_zeros(200), 9), more="/Filter [/FlateDecode /LZWDecode]")


@RECIPES.makes("hex-chain.pdf")
def _hex_chain(draw: Draw) -> bytes:
    """Each hexadecimal layer is twice the one in it: ten of them around one line of text."""
    data, layers = WORDS, draw.randint(8, 10)
    for _ in range(layers):
        data = data.hex().encode() + b">"
    return page_of(data, more=f"/Filter [{'/ASCIIHexDecode ' * layers}]")


@RECIPES.makes("thousand-filters.pdf")
def _thousand_filters(draw: Draw) -> bytes:
    return page_of(WORDS, more=f"/Filter [{'/ASCIIHexDecode ' * 1000}]")


@RECIPES.makes("ascii85-z-in-flate.pdf", heavy=True)
def _ascii85(draw: Draw) -> bytes:
    return page_of(zlib.compress(b"z" * (200 * MIB) + b"~>", 9), more="/Filter [/FlateDecode /ASCII85Decode]")


@RECIPES.makes("run-length-in-flate.pdf", heavy=True)
def _run_length(draw: Draw) -> bytes:
    return page_of(zlib.compress(b"\x81\x00" * (8 * MIB), 9), more="/Filter [/FlateDecode /RunLengthDecode]")


@RECIPES.makes("predictor-columns-2G.pdf")
def _predictor(draw: Draw) -> bytes:
    parms = "/DecodeParms << /Predictor 15 /Columns 2147483647 /Colors 32 /BitsPerComponent 16 >>"
    return page_of(zeros(MIB), more=f"/Filter /FlateDecode {parms}")


@RECIPES.makes("length-of-itself.pdf")
def _length_of_itself(draw: Draw) -> bytes:
    """The length of a stream is an object whose value is that object."""
    return page_of(WORDS, more="/Length 1 0 R", before=(b"1 0 R",))


# --- streams of objects, tables of places


def _with_object_stream(first: int, count: int, data: bytes, more: str = "") -> bytes:
    pdf = Pdf()
    pdf.add(stream(data, f"/Type /ObjStm /N {count} /First {first} {more}"))
    pages = pdf.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>")
    return pdf.file(pdf.add(f"<< /Type /Catalog /Pages {pages} 0 R >>"), "/Prev 0")


RECIPES.add("object-stream-N-2G.pdf", lambda draw: _with_object_stream(10, 2**31 - 1, b"10 0 11 4 null true"))
RECIPES.add("object-stream-first-behind.pdf", lambda draw: _with_object_stream(2**31 - 1, 5, b"1 0 2 2 3 4"))
RECIPES.add("object-stream-extends-itself.pdf", lambda draw: _with_object_stream(4, 1, b"9 0 null", "/Extends 1 0 R"))
RECIPES.add(
    "object-stream-zeros.pdf",
    lambda draw: _with_object_stream(8, 100_000_000, zeros(512 * MIB), "/Filter /FlateDecode"),
)


def _places_stream(more: str, data: bytes, tail: str = "") -> bytes:
    """A file whose table of places is a stream (ISO 32000-1, 7.5.8)."""
    body = (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] >>\nendobj\n"
    )
    packed = zlib.compress(data, 9)
    table = stream(packed, f"/Type /XRef /Root 1 0 R /Filter /FlateDecode {more}")
    return body + b"3 0 obj\n" + table + b"\nendobj\n" + tail.encode() + b"startxref\n%d\n%%%%EOF\n" % len(body)


RECIPES.add("places-size-2G.pdf", lambda draw: _places_stream("/Size 2147483647 /W [1 4 2]", bytes(7000)))
RECIPES.add("places-wide-fields.pdf", lambda draw: _places_stream("/Size 4 /W [8 2147483647 8]", bytes(7000)))
RECIPES.add("places-negative-fields.pdf", lambda draw: _places_stream("/Size 4 /W [-1 -4 -2]", bytes(7000)))
RECIPES.add(
    "places-index-lies.pdf",
    lambda draw: _places_stream("/Size 9 /W [1 2 1] /Index [2147483600 2147483600]", bytes(400)),
)
RECIPES.add("places-10M.pdf", lambda draw: _places_stream("/Size 10000000 /W [1 4 2]", bytes(70_000_000)), heavy=True)


@RECIPES.makes("places-loop.pdf")
def _places_loop(draw: Draw) -> bytes:
    """Two tables, each of which names the other as the one before it."""
    head = (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] >>\nendobj\n"
    )
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 3 /Root 1 0 R /Prev %010d >>\n"
    second = len(head) + len(table % 0)
    return head + table % second + table % len(head) + b"startxref\n%d\n%%%%EOF\n" % second


@RECIPES.makes("no-places-200k-objects.pdf")
def _no_places(draw: Draw) -> bytes:
    """Without a table a reader looks for objects itself; here are 200,000, all with one number."""
    return b"%PDF-1.4\n" + b"7 0 obj\n<< /Type /Catalog /Pages 7 0 R >>\nendobj\n" * 200_000


@RECIPES.makes("startxref-astray.pdf")
def _startxref(draw: Draw) -> bytes:
    whole = page_of(WORDS)
    return whole[: whole.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % draw.choice((2**31 - 1, 2**63, 10**40))


# --- passwords


def _encrypted(entries: str) -> bytes:
    lock = f"<< /Filter /Standard {entries} >>".encode()
    return page_of(WORDS, before=(lock,), trailer="/Encrypt 1 0 R /ID [<00> <00>]")


_AES = "/CF << /StdCF << /CFM /AESV3 >> >> /StmF /StdCF"
_LONG = f"/O <{'41' * 32}> /U <{'42' * 32}> /P -44"
_LOCKS = {
    "version-2G": f"/V 2147483647 /R 2147483647 {_LONG}",
    "length-negative": f"/V 2 /R 3 /Length -128 {_LONG}",
    "length-2G": f"/V 2 /R 3 /Length 2147483640 {_LONG}",
    "without-keys": "/V 4 /R 4",
    "keys-10MiB": f"/V 5 /R 6 /O ({'x' * 10_000_000}) /U (y) /OE (z) /UE (z) /Perms (z) /P -1",
    "filter-of-itself": f"/V 4 /R 4 {_LONG} /CF 1 0 R /StmF /StdCF /StrF /StdCF",
    "aes-256-empty": f"/V 5 /R 6 /Length 256 {_LONG} /OE <00> /UE <00> /Perms <00> {_AES}",
}
RECIPES.each("encrypted-{}.pdf", _LOCKS, lambda draw, entries: _encrypted(entries))


@RECIPES.makes("encrypted-by-nobody.pdf")
def _encrypted_nowhere(draw: Draw) -> bytes:
    return page_of(WORDS, trailer="/Encrypt 99999 0 R")


# --- depth


def _deep(opening: bytes, closing: bytes, depth: int) -> bytes:
    return opening * depth + closing * depth


_PAIRS = {"arrays": (b"[", b"]"), "dictionaries": (b"<</A ", b">>"), "strings": (b"(", b")")}


def _deep_object(draw: Draw, pair: tuple[bytes, bytes]) -> bytes:
    return page_of(WORDS, before=(_deep(pair[0], pair[1], draw.randint(150_000, 250_000)),), root="/X 1 0 R")


def _deep_content(draw: Draw, pair: tuple[bytes, bytes]) -> bytes:
    return page_of(_deep(pair[0], pair[1], draw.randint(150_000, 250_000)) + WORDS)


RECIPES.each("deep-{}.pdf", _PAIRS, _deep_object)
RECIPES.each("deep-{}-in-content.pdf", _PAIRS, _deep_content)


@RECIPES.makes("name-of-20MiB.pdf")
def _long_name(draw: Draw) -> bytes:
    return page_of(WORDS, before=(b"<< /" + b"N" * (20 * MIB) + b" 1 >>",), root="/X 1 0 R")


@RECIPES.makes("reference-chain.pdf")
def _chain(draw: Draw) -> bytes:
    """Object 1 is object 2 is object 3 ..., and the last is the first."""
    count = draw.randint(15_000, 20_000)
    chain = tuple(b"%d 0 R" % (number % count + 1) for number in range(1, count + 1))
    return page_of(WORDS, before=chain, page="/Rotate 1 0 R /UserUnit 1 0 R")


# --- trees


def _tree(kids: list[str]) -> bytes:
    pdf = Pdf()
    for body in kids:
        pdf.add(body)
    return pdf.file(pdf.add("<< /Type /Catalog /Pages 1 0 R >>"))


@RECIPES.makes("page-tree-2pow40.pdf")
def _tree_doubling(draw: Draw) -> bytes:
    """Each node has the next one twice: forty nodes, a thousand thousand million pages."""
    nodes = [f"<< /Type /Pages /Kids [{n + 1} 0 R {n + 1} 0 R] /Count {2 ** (40 - n)} >>" for n in range(1, 40)]
    return _tree([*nodes, "<< /Type /Page /MediaBox [0 0 595 842] >>"])


@RECIPES.makes("page-tree-deep.pdf")
def _tree_deep(draw: Draw) -> bytes:
    depth = draw.randint(40_000, 60_000)
    nodes = [f"<< /Type /Pages /Kids [{n + 1} 0 R] /Count 1 /Parent {max(n - 1, 1)} 0 R >>" for n in range(1, depth)]
    return _tree([*nodes, f"<< /Type /Page /Parent {depth - 1} 0 R >>"])


RECIPES.each(
    "page-count-lies-{}.pdf",
    {"2G": 2**31 - 1, "minus": -1, "1999": 1999},
    lambda draw, count: _tree([f"<< /Type /Pages /Kids [2 0 R] /Count {count} >>", "<< /Type /Page >>"]),
)
RECIPES.add("page-is-its-parent.pdf", lambda draw: _tree(["<< /Type /Page /Parent 1 0 R /Kids [1 0 R] /Count 1 >>"]))


@RECIPES.makes("attachments-in-a-circle.pdf")
def _names_circle(draw: Draw) -> bytes:
    return page_of(
        WORDS, before=(b"<< /Kids [1 0 R 1 0 R] /Limits [(a) (z)] >>",), root="/Names << /EmbeddedFiles 1 0 R >>"
    )


@RECIPES.makes("attachment-2GiB.pdf", heavy=True)
def _attachment(draw: Draw) -> bytes:
    """An invoice file of two gigabytes hangs in the page: it says it is XML, and then come blanks."""
    packed = begun(b"<?xml version='1.0'?><Invoice>", 2 * GIB)
    return page_of(
        WORDS,
        before=(
            stream(packed, "/Type /EmbeddedFile /Filter /FlateDecode"),
            b"<< /Type /Filespec /F (factur-x.xml) /UF (factur-x.xml) /EF << /F 1 0 R >> >>",
        ),
        root="/Names << /EmbeddedFiles << /Names [(factur-x.xml) 2 0 R] >> >> /AF [2 0 R]",
    )


@RECIPES.makes("attachments-by-the-thousand.pdf")
def _attachments(draw: Draw) -> bytes:
    names = " ".join(f"({number:06}.xml) 2 0 R" for number in range(draw.randint(50_000, 60_000)))
    return page_of(
        WORDS,
        before=(stream(b"<a/>", "/Type /EmbeddedFile"), b"<< /Type /Filespec /F (a.xml) /EF << /F 1 0 R >> >>"),
        root=f"/Names << /EmbeddedFiles << /Names [{names}] >> >> /AF [{'2 0 R ' * 50_000}]",
    )


@RECIPES.makes("annotations-200k.pdf")
def _annotations(draw: Draw) -> bytes:
    """Files hung up as annotations, which are looked for where the names tell of none."""
    note = b"<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 1 1] /FS 1 0 R >>"
    return page_of(WORDS, before=(note,), page=f"/Annots [{'1 0 R ' * 200_000}]")
