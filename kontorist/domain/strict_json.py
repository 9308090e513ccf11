"""JSON from outside, read strictly: what two readers could understand differently is refused.

RFC 8259 leaves duplicate names, NaN, lone surrogates, huge numbers and depth to the implementation; each of them has
been used to show one thing to a check and another to the booking behind it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from kontorist.domain.errors import NeedsAPerson

MOST_BYTES: Final = 1024 * 1024
MOST_DEPTH: Final = 100
#: Digits of a number and size of its exponent; ``1e999999999`` is legal and would fill memory at `int()`.
MOST_DIGITS: Final = 128

#: A whole string (closing quote optional, so that a broken one is passed once and not tried again) or a bracket.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


#: The escape of a surrogate; two of them may be one character, so the value decides.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class NotStrictJson(NeedsAPerson):
    """This is not JSON that can be read in one way only."""

    code = "KON-170"

    def __init__(self, reason_code: str, sentence: str | None = None, **rest: Any) -> None:
        super().__init__(sentence, **rest)
        self.reason_code = reason_code


def parse(raw: bytes, *, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH, plain: bool = False) -> Any:
    """The value of one JSON text in UTF-8: dict, list, str, int, Decimal, bool or None; never a float.

    With `plain` numbers that are not whole come as the text of their digits, so that they can be stored as JSON without
    a float. Raises NotStrictJson with a `reason_code`: ``too_large``, ``too_deep``, ``not_utf8``, ``not_json``,
    ``duplicate_name``, ``not_a_number``, ``number_out_of_range``, ``lone_surrogate``.
    """
    if len(raw) > most_bytes:
        raise NotStrictJson("too_large", f"The text has {len(raw)} bytes; {most_bytes} are allowed.")
    _refuse_depth(raw, most_depth)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotStrictJson("not_utf8", f"The text is not UTF-8 (byte {error.start}).") from None
    try:
        value = (_PLAIN_READER if plain else _READER).decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise NotStrictJson("not_json", f"The text is not JSON ({place}: {error.msg}).") from None
    if _HALF.search(raw):  # raw UTF-8 cannot hold one, and walking through everything costs more than reading it
        _refuse_surrogates(value)
    return value


def _refuse_depth(raw: bytes, most: int) -> None:
    """Counted on the bytes, before the parser recurses into them."""
    if raw.count(b"[") + raw.count(b"{") <= most:
        return
    depth = 0
    for token in _TOKEN.finditer(raw):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth > most:
                raise NotStrictJson("too_deep", f"The text nests deeper than {most} levels.")
        elif token[0] in (b"]", b"}"):
            depth -= 1


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        _out_of_range(digits)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    try:
        number = Decimal(digits) if len(digits) <= 2 * MOST_DIGITS else _out_of_range(digits)
    except InvalidOperation:  # the exponent does not even fit into a Decimal
        _out_of_range(digits)
    if abs(number.adjusted()) > MOST_DIGITS:
        _out_of_range(digits)
    return number


def _digits(digits: str) -> str:
    return format(_decimal(digits), "f")


def _out_of_range(digits: str) -> NoReturn:
    raise NotStrictJson("number_out_of_range", f"The number {digits[:20]} is too large or too small.")


def _constant(name: str) -> NoReturn:
    raise NotStrictJson("not_a_number", f"{name} is not a number.")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        name = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise NotStrictJson("duplicate_name", f"The name {name[:40]!r} stands twice in one object.")
    return result


def _reader(number: Callable[[str], Any]) -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=number, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_object)


#: Built once: `json.loads` would build one at each call.
_READER: Final = _reader(_decimal)
_PLAIN_READER: Final = _reader(_digits)


def _refuse_surrogates(value: Any) -> None:
    """Depth is bounded by now, so recursion is safe."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise NotStrictJson("lone_surrogate", "The text holds half a character (a lone surrogate).") from None
    elif isinstance(value, dict):
        for name, each in value.items():
            _refuse_surrogates(name)
            _refuse_surrogates(each)
    elif isinstance(value, list):
        for each in value:
            _refuse_surrogates(each)
