"""Tables as text, and JSON events, that are traps."""

from __future__ import annotations

from kontorist.testing.hostile import Draw, Recipes

_TABLES = Recipes("table")
_EVENTS = Recipes("event")
_HEAD = "Auftragsnummer;Bezeichnung;Menge;Einzelpreis\n"

_RESTS = {
    "one-line-40MiB": "x" * (40 << 20),
    "quote-never-closed": '"' + "1;a;1;1,00\n" * 500_000,
    "quotes-only": '"' * 5_000_000,
    "rows-2M": "1;a;1;1,00\n" * 2_000_000,
    "columns-1M": ";" * 1_000_000,
    "formulas": "=cmd|'/c calc'!A0;@SUM(1);-1+1;+49 30 1234\n",
    "numbers-without-end": f"1;a;{'9' * 1_000_000};1e999999999\n",
    "zeros": "1;a;1;1,00\n\x00\x00",
    "blank-lines-5M": "\n" * 5_000_000,
    "signs-that-turn-the-text": "\u202e\u2066\ufeff\u0000a;\ud7ff;1;1\n".replace("\u0000", ""),
}
_TABLES.each("{}.csv", _RESTS, lambda draw, rest: (_HEAD + rest).encode())
_TABLES.add("utf-16-half.csv", lambda draw: b"\xff\xfe" + _HEAD.encode("utf-16-le") + b"\x00\xd8" * 1000 + b"\x00")
_TABLES.add("noise.csv", lambda draw: draw.randbytes(200_000))
_TABLES.add("separator-is-a-quote.csv", lambda draw: b'sep="\n' + _HEAD.encode() * 100_000)


@_EVENTS.makes("deep-arrays.json")
def _deep(draw: Draw) -> bytes:
    depth = draw.randint(50_000, 100_000)
    return b"[" * depth + b"]" * depth


_BODIES = {
    "deep-objects": '{"a":' * 60_000,
    "names-twice": '{"type":"a","type":"b","data":{}}',
    "keys-100k": "{" + ",".join(f'"k{n}":1' for n in range(60_000)) + "}",
    "number-of-a-million-digits": '{"type":"a.b","data":{"x":' + "9" * 900_000 + "}}",
    "exponent": '{"type":"a.b","data":{"x":1e999999999}}',
    "half-characters": '{"type":"a.b","data":{"x":"\\ud800"}}',
    "type-of-500KiB": '{"type":"' + "a" * 500_000 + '","data":{}}',
    "string-never-closed": '{"type":"' + "\\" * 500_000,
}
_EVENTS.each("{}.json", _BODIES, lambda draw, body: body.encode())

RECIPES = [*_TABLES, *_EVENTS]
