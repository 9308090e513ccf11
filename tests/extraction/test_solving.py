"""Net, tax and gross are chosen together: arithmetic decides among candidates, labels among what adds up."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from paper import segment

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.amount import AmountReading
from kontorist.extraction.scoring import Link
from kontorist.extraction.solving import Evidence, Scored, Totals, best, choose_totals


def scored(amount: str, score: float, *, line: int = 0, label: str = "Summe") -> Scored:
    place = segment(amount)
    place.index = line
    candidate = Candidate(AmountReading(amount, False, None), place, 0, len(amount))
    return Scored(candidate, Decimal(amount), score, Link("right", 0.95, frozenset(), label))


def evidence(*rates: str, charges: tuple[str, ...] = (), tax_sum: str | None = None) -> Evidence:
    return Evidence(
        rates={Decimal(rate) for rate in rates},
        largest=Decimal("9999"),
        line_sums=set(),
        charges={Decimal(each) for each in charges},
        tax_sums={(Decimal(tax_sum), None)} if tax_sum else set(),
    )


def chosen(totals: Totals) -> list[str | None]:
    return [str(each.value) if each else None for each in (totals.net, totals.tax, totals.gross)]


def test_what_adds_up_wins_over_better_labels() -> None:
    totals = choose_totals(
        [scored("100.00", 1, line=1), scored("80.00", 2.5, line=2)],
        [scored("19.00", 1, line=3), scored("15.00", 2.5, line=4)],
        [scored("119.00", 2, line=5)],
        evidence("19"),
    )

    assert chosen(totals) == ["100.00", "19.00", "119.00"]
    assert totals.closes
    assert totals.by_rate


def test_a_tax_larger_than_any_rate_is_no_tax() -> None:
    """Two bases of a tax table add up to the net: that is not net, tax and gross."""
    totals = choose_totals(
        [scored("372.00", 3, line=1), scored("976.70", 2, line=2)],
        [scored("604.70", 3, line=3), scored("140.93", 2, line=4)],
        [scored("976.70", 3, line=5), scored("1117.63", 2.5, line=6)],
        evidence("19", "7"),
    )

    assert chosen(totals) == ["976.70", "140.93", "1117.63"]


def test_what_does_not_add_up_is_kept_as_printed() -> None:
    totals = choose_totals(
        [scored("100.00", 3, line=1)], [scored("19.00", 3, line=2)], [scored("129.00", 3, line=3)], evidence("19")
    )

    assert chosen(totals) == ["100.00", "19.00", "129.00"]
    assert not totals.closes


def test_tax_lines_explain_the_difference_where_no_total_of_the_tax_is_printed() -> None:
    totals = choose_totals(
        [scored("473.00", 3, line=1)],
        [scored("19.25", 2, line=2), scored("37.62", 2, line=3)],
        [scored("529.87", 3, line=4)],
        evidence("7", "19", tax_sum="56.87"),
    )

    assert chosen(totals) == ["473.00", None, "529.87"]
    assert totals.explained


def test_a_printed_charge_explains_the_difference() -> None:
    totals = choose_totals(
        [scored("109.90", 3, line=1)],
        [scored("10.99", 3, line=2)],
        [scored("125.89", 3, line=3)],
        evidence(charges=("5.00",)),
    )

    assert totals.explained
    assert not totals.closes


def test_one_amount_is_not_two_fields() -> None:
    place = scored("100.00", 3)
    other = Scored(place.candidate, place.value, 3, place.link)
    totals = choose_totals([place], [], [other], evidence())

    assert [totals.net is None, totals.gross is None].count(True) == 1


def test_a_credit_note_may_print_its_tax_without_the_minus() -> None:
    totals = choose_totals(
        [scored("-218.48", 3, line=1)], [scored("14.99", 3, line=2)], [scored("-233.47", 3, line=3)], evidence()
    )

    assert totals.closes


def test_without_any_candidate_nothing_is_chosen() -> None:
    assert chosen(choose_totals([], [], [], evidence())) == [None, None, None]


def test_the_same_amount_at_two_places_is_two_candidates() -> None:
    assert len(best([scored("1.00", 1, line=1), scored("1.00", 2, line=2), scored("1.00", 3, line=2)])) == 2


@given(
    st.decimals(min_value="0.01", max_value="99999.99", places=2),
    st.sampled_from(["7", "19", "21", "5.5", "9"]),
    st.lists(st.decimals(min_value="0.01", max_value="99999.99", places=2), max_size=4),
)
def test_net_tax_and_gross_are_found_among_any_others(net: Decimal, rate: str, others: list[Decimal]) -> None:
    tax = (net * Decimal(rate) / 100).quantize(Decimal("0.01"))
    amounts = [str(each) for each in (net, tax, net + tax, *others)]
    fields = [[scored(each, 1.0, line=line) for line, each in enumerate(amounts)] for _ in range(3)]
    fields[0][0].score = fields[1][1].score = fields[2][2].score = 2.0

    totals = choose_totals(*fields, evidence(rate))

    assert totals.closes
