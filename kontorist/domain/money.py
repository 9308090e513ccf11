"""Amounts of money: exact, with their currency, rounded only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Self

from kontorist.domain.errors import NeedsAPerson

#: Decimal places by ISO 4217 code where they are not two (ISO 4217:2015, table A.1).
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_PLACES = {code: places for places, codes in _CODES.items() for code in codes.split()}

#: Beyond this size (powers of ten) a number on a page is not an amount but an attack or a reading error.
_MOST_DIGITS = 18
#: More digits than this and decimal arithmetic would begin to round by itself (the precision of the default context).
_MOST_PRECISE = 28


class NotAnAmount(NeedsAPerson):
    """This is not an amount of money."""

    code = "KON-107"
    next_step = "Write it with a dot and without blanks or thousands, such as 1190.50."


class CurrenciesDiffer(NeedsAPerson):
    """Amounts of different currencies cannot be added or compared."""

    code = "KON-108"
    next_step = "Correct the currency with `kontorist worklist correct ID currency=EUR`, or book it by hand."


def places_of(currency: str) -> int:
    """How many decimals an amount of `currency` (ISO 4217) has: 2 for EUR, 0 for JPY."""
    return _PLACES.get(currency, 2)


def exact_decimal(value: object) -> Decimal:
    """`value` as a finite Decimal of reasonable size; float and bool are refused because they are not exact.

    Raises NotAnAmount. The exponent is bounded first: ``1e999999999`` is a legal Decimal that would fill memory.
    Text is plain ASCII without grouping: Python would read ``1_000`` and Arabic digits as numbers, an office would not.
    """
    if isinstance(value, bool | float) or not isinstance(value, Decimal | int | str):
        raise NotAnAmount(f"{value!r} is not an exact number; amounts are written as text or Decimal.")
    number = _from_text(value) if isinstance(value, str) else Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS or len(number.as_tuple().digits) > _MOST_PRECISE:
        raise NotAnAmount("This number is too large or too precise for an amount of money.")
    return number


def _from_text(text: str) -> Decimal:
    refused = NotAnAmount(f"{text[:40]!r} is not an amount of money.")
    if len(text) > 100 or not text.isascii() or "_" in text:
        raise refused
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise refused from None


def _scaled(number: Decimal, currency: str) -> Decimal:
    """`number` with the currency's places; adding zero makes ``-0.00`` an ordinary zero, so that equal amounts hash
    alike."""
    return number.quantize(Decimal(1).scaleb(-places_of(currency)), rounding=ROUND_HALF_UP) + 0


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in one currency: ``Money("119.00", "EUR")``.

    The amount is a Decimal with exactly the currency's places; more places are refused, never rounded away.
    """

    amount: Decimal
    currency: str

    def __init__(self, amount: Decimal | int | str, currency: str) -> None:
        number = exact_decimal(amount)
        if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
            raise NotAnAmount(f"{currency!r} is not a currency code such as EUR (ISO 4217).")
        scaled = _scaled(number, currency)
        if scaled != number:
            raise NotAnAmount(f"{amount} {currency} has more decimals than the currency; round it on purpose.")
        object.__setattr__(self, "amount", scaled)
        object.__setattr__(self, "currency", currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def rounded(cls, amount: Decimal | int | str, currency: str) -> Self:
        """`amount` rounded half up (commercial rounding) to the currency's smallest coin."""
        return cls(_scaled(exact_decimal(amount), currency), currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Self:
        """The sum of `amounts`, all of which are in `currency`."""
        return cls(sum((cls.zero(currency)._same(each) for each in amounts), Decimal(0)), currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrenciesDiffer(f"{self} and {other} cannot be added or compared.")
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{self.amount:.{places_of(self.currency)}f} {self.currency}"

    def allocate(self, weights: Sequence[int | Decimal]) -> list[Money]:
        """Split by `weights` so that the parts add up to this amount again, largest remainders first.

        Weights are at least zero and not all zero; ValueError otherwise (NotAnAmount for a float). No part differs
        from its exact share by a whole smallest coin or more. The parts of a credit are those of the invoice with the
        other sign, so that one takes back the other to the coin.
        """
        weights = [exact_decimal(weight) for weight in weights]
        if not weights or any(weight < 0 for weight in weights) or not any(weights):
            raise ValueError("weights must be at least zero, and one of them more")
        step = Fraction(1, 10 ** places_of(self.currency))
        sign = -1 if self.amount < 0 else 1
        coins = int(Fraction(abs(self.amount)) / step)
        whole = sum((Fraction(weight) for weight in weights), Fraction(0))
        shares = [coins * Fraction(weight) / whole for weight in weights]
        parts = [share.__floor__() for share in shares]
        by_remainder = sorted(range(len(shares)), key=lambda i: (parts[i] - shares[i], i))
        for index in by_remainder[: coins - sum(parts)]:
            parts[index] += 1
        return [Money(Decimal(sign * part).scaleb(-places_of(self.currency)), self.currency) for part in parts]
