"""Mails that are traps: depth, heads by the thousand, boundaries, charsets that lie, winmail.dat, bombs in base 64."""

from __future__ import annotations

import base64
import struct
import zlib

from kontorist.testing.hostile import Draw, Recipes
from kontorist.testing.hostile.deflating import nested, zeros
from kontorist.testing.hostile.packages import raw_zip
from kontorist.testing.hostile.pdf_file import page_of

RECIPES = Recipes("mail")
_HEAD = "From: Muster GmbH <rechnung@muster.example>\r\nTo: invoices@example.org\r\nSubject: Rechnung 4711\r\n"
_MIXED = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
MIB = 1 << 20


def _mail(head: str = "", body: str = "Guten Tag\r\n") -> bytes:
    return f"{_HEAD}{head}\r\n{body}".encode("utf-8", "surrogateescape")


def _with(content: bytes, name: str, kind: str = "application/pdf", coding: str = "base64") -> bytes:
    """A mail with one file."""
    body = base64.encodebytes(content).decode() if coding == "base64" else content.decode("latin-1")
    part = (
        f'--b\r\nContent-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: {coding}\r\n\r\n{body}\r\n"
    )
    return (_HEAD + _MIXED + part + "--b--\r\n").encode("utf-8", "surrogateescape")


# --- depth and number


def _parts_deep(draw: Draw, depth: int) -> bytes:
    return _HEAD.encode() + b"".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode() for n in range(depth)
    )


_DEPTHS = {"31": 31, "1k": 1_000, "20k": 20_000}
RECIPES.each("parts-deep-{}.eml", _DEPTHS, _parts_deep)
RECIPES.each(
    "mails-in-mails-{}.eml",
    _DEPTHS,
    lambda draw, depth: _HEAD.encode() + b"Content-Type: message/rfc822\r\n\r\n" * depth,
)
RECIPES.add("parts-5000.eml", lambda draw: (_HEAD + _MIXED + "--b\r\n\r\nx\r\n" * 5_000).encode())
RECIPES.add("boundaries-1M.eml", lambda draw: (_HEAD + _MIXED + "--b--\r\n" * 1_000_000).encode())
_BOUNDARIES = {
    "empty": '""',
    "missing": "",
    "of-100KiB": '"' + "b" * 100_000 + '"',
    "of-signs": '"(.*)+$[a-z]{9999}"',
    "of-another": '"b"; boundary="bb"',
    "of-halves": "b; boundary*0=b; boundary*1=b",
}
RECIPES.each(
    "boundary-{}.eml",
    _BOUNDARIES,
    lambda draw, boundary: _mail(
        f"Content-Type: multipart/mixed; boundary={boundary}\r\n", "--b\r\n\r\nx\r\n--bb\r\n\r\ny\r\n" * 500
    ),
)


# --- heads

_HEADS = {
    "heads-20k": "X-Note: a\r\n" * 20_000,
    "head-of-5MiB": "X-Note: " + "a" * (5 * MIB) + "\r\n",
    "head-folded-50k": "X-Note: a\r\n" + " b\r\n" * 50_000,
    "addresses-60k": "Cc: " + "a@example.org, " * 60_000 + "\r\n",
    "addresses-with-asides": "From: " + "(" * 100_000 + "\r\n",
    "subject-of-coded-words": "Subject: " + "=?utf-8?q?a?= " * 20_000 + "\r\n",
    "subject-coded-wrongly": "Subject: =?utf-8?b?" + "=" * 5_000 + "?= =?bogus?x?a?=\r\n",
    "parameters-20k": "Content-Type: text/plain" + "".join(f"; a*{n}=b" for n in range(20_000)) + "\r\n",
    "parameter-of-2G-pieces": "Content-Disposition: attachment; filename*2147483647*=utf-8''a\r\n",
    "date-without-end": "Date: " + "1 " * 50_000 + "\r\n",
    "lines-without-colon": "no head at all\r\n" * 5_000,
    "zeros": "X-Note: \x00\x00\r\n\x00: \x00\r\n",
    "line-ends-alone": "X-Note: a\rBcc: b@example.org\nX-Other: c\r\n",
    "message-id-of-a-million": "Message-ID: <" + "a" * 200_000 + "@example.org>\r\n",
}
RECIPES.each("{}.eml", _HEADS, lambda draw, lines: _mail(lines))


# --- alphabets and codings that lie

_CHARSETS = {
    name: name for name in ("zlib", "hex", "rot13", "idna", "punycode", "utf-7", "undefined", "unicode_escape")
} | {"a-path": "no/such", "half-a-letter": "\udcff", "9k-letters": "x" * 9_000}
RECIPES.each(
    "charset-{}.eml",
    _CHARSETS,
    lambda draw, name: _mail(f'Content-Type: text/plain; charset="{name}"\r\n', "xn--" + "a-" * 20_000),
)
RECIPES.add("base64-that-is-none.eml", lambda draw: _with(b"=" * (5 * MIB), "a.pdf", coding="BASE64 "))
RECIPES.add("quoted-30MiB.eml", lambda draw: _with(b"=41" * (10 * MIB), "a.pdf", coding="quoted-printable"))
RECIPES.add(
    "uuencoded.eml",
    lambda draw: _with(b"begin 644 /etc/passwd\n" + b"M" * 60_000 + b"\nend", "a.pdf", coding="x-uuencode"),
)
RECIPES.add("coding-of-nobody.eml", lambda draw: _with(b"%PDF-1.7", "a.pdf", coding="x-nobody"))


# --- what is in it

RECIPES.add(
    "pdf-that-unfolds.eml",
    lambda draw: _with(page_of(nested(1 << 28, 2), more="/Filter [/FlateDecode /FlateDecode]"), "a.pdf"),
)
RECIPES.add(
    "zip-that-unfolds.eml",
    lambda draw: _with(raw_zip([("a.pdf", zeros(1 << 28)[2:-4], 1 << 28)]), "a.zip", "application/zip"),
)
RECIPES.add("file-of-30MiB.eml", lambda draw: _with(bytes(30 * MIB), "a.pdf"))
_FILE_NAMES = {
    "above": "../../kontorist-was-here", "absolute": "/etc/kontorist-was-here", "zero": "a\x00.pdf", "device": "CON",
    "backwards": "\u202efdp.exe", "long": "a" * 5_000 + ".pdf", "none": "",
}  # fmt: skip
RECIPES.each("file-name-{}.eml", _FILE_NAMES, lambda draw, name: _with(b"%PDF-1.7\n", name))
RECIPES.add("html-of-brackets.eml", lambda draw: _mail("Content-Type: text/html\r\n", "<" * (3 * MIB)))
RECIPES.add("html-script-never-closed.eml", lambda draw: _mail("Content-Type: text/html\r\n", "<script><!--" * 300_000))
RECIPES.add(
    "html-entities.eml", lambda draw: _mail("Content-Type: text/html\r\n", "&amp;&#x110000;&#9999999999;" * 100_000)
)
RECIPES.add(
    "lies-elsewhere.eml",
    lambda draw: _mail(
        'Content-Type: message/external-body; access-type=URL; URL="http://127.0.0.1:9/a"\r\n',
        "Content-Type: application/pdf\r\n\r\n",
    ),
)
RECIPES.add(
    "part-7-of-9.eml", lambda draw: _mail('Content-Type: message/partial; id="a"; number=7; total=2147483647\r\n')
)


def _tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    """winmail.dat: (attribute, the length it says, its data) each, at message level ([MS-OXTNEF], 2.1.2)."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    for attribute, length, data in attributes:
        out += struct.pack("<BII", 1, attribute, length) + data + struct.pack("<H", sum(data) & 0xFFFF)
    return out


_WINMAILS = {
    "length-4G": _tnef((0x0006800F, 2**32 - 1, b"x")),
    "properties-4G": _tnef((0x00069003, 8, struct.pack("<II", 2**32 - 1, 0))),
    "attributes-500k": _tnef((0x00069002, 1, b"x")) * 1 + b"\x02\x02\x90\x06\x00\x01\x00\x00\x00x\x78\x00" * 500_000,
    "head-alone": b"\x78\x9f\x3e\x22",
    "text-packed": _tnef((0x00069003, 100, struct.pack("<II", 1, 0x10090102) + zlib.compress(bytes(1 << 20)))),
}
RECIPES.each("winmail-{}.eml", _WINMAILS, lambda draw, content: _with(content, "winmail.dat", "application/ms-tnef"))
