"""Amounts, dates, account numbers and names in the notations of the offices of Europe."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper import segment

from kontorist.extraction.candidates import iban, name, vat_id
from kontorist.extraction.candidates.amount import amounts, decimal_sign_of, rates
from kontorist.extraction.candidates.date import dates, day_first_in
from kontorist.extraction.candidates.number import numbers


def values(text: str, decimal_sign: str = ",") -> list[Decimal]:
    return [each.value.value(decimal_sign) for each in amounts(segment(text))]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1.234,56", "1234.56"),
        ("1.234,56 €", "1234.56"),
        ("€ 1.234,56", "1234.56"),
        ("€1.234,56", "1234.56"),
        ("EUR 1.234,56", "1234.56"),
        ("1 234,56 €", "1234.56"),
        ("1'234,56", "1234.56"),
        ("1’234,56", "1234.56"),
        ("1.234,--", "1234"),
        ("12,-", "12"),
        ("12,00-", "-12.00"),
        ("-12,00", "-12.00"),
        ("- 2,00 €", "-2.00"),
        ("€ -9,32", "-9.32"),
        ("(12,00)", "-12.00"),
        ("12,00 CR", "-12.00"),
        ("12,50 e", "12.50"),
        ("1.234", "1234"),
        ("1.234.567", "1234567"),
        ("0,125", "0.125"),
        ("300", "300"),
    ],
)
def test_an_amount_where_the_comma_is_the_decimal_sign(printed: str, value: str) -> None:
    assert values(printed) == [Decimal(value)]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1,234.56", "1234.56"),
        ("$1,234.56", "1234.56"),
        ("USD 1,234.56", "1234.56"),
        ("1,234", "1234"),
        ("1.234", "1.234"),
        ("£400", "400"),
        ("-$75.87", "-75.87"),
        ("1,234,567.89", "1234567.89"),
    ],
)
def test_an_amount_where_the_dot_is_the_decimal_sign(printed: str, value: str) -> None:
    assert values(printed, ".") == [Decimal(value)]


@pytest.mark.parametrize(
    "printed", ["19 %", "19,00 %", "19%", "PO-123", "12:30", "A4", "2024/117", "https://x.example/1234", "XY123Z"]
)
def test_what_is_no_amount(printed: str) -> None:
    assert values(printed) == []


def test_a_form_that_tells_itself_overrules_the_document() -> None:
    assert values("1,234.56", ",") == [Decimal("1234.56")]
    assert values("1.234,56", ".") == [Decimal("1234.56")]


def test_the_decimal_sign_is_that_of_most_amounts() -> None:
    assert decimal_sign_of(amounts(segment("12,50 7,00 1.5"))) == ","
    assert decimal_sign_of(amounts(segment("12.50 7.00"))) == "."
    assert decimal_sign_of(amounts(segment("300 1.234"))) is None


def test_what_stands_behind_a_rate_is_its_base() -> None:
    found = amounts(segment("Btw 21% over 445,00"))

    assert [each.marks for each in found] == [{"base"}]


@given(st.decimals(min_value=0, max_value=9_999_999, places=2), st.sampled_from([",.", ".,", ", ", ".'"]))
def test_every_amount_is_read_as_it_was_written(amount: Decimal, signs: str) -> None:
    decimal_sign, thousands = signs
    printed = f"{amount:,.2f}".replace(".", "D").replace(",", thousands).replace("D", decimal_sign)

    assert values(f"{printed} €", decimal_sign) == [amount]


def test_rates_of_a_page() -> None:
    assert rates("19 % und 7,00% auf 100 Stück, 5.5 %") == {Decimal("19"), Decimal("7.00"), Decimal("5.5")}


@pytest.mark.parametrize(
    "printed",
    [
        "05.03.2024",
        "5.3.2024",
        "05.03.24",
        "2024-03-05",
        "2024/03/05",
        "5. März 2024",
        "5 mars 2024",
        "5 maart 2024",
        "5 de marzo de 2024",
        "5 marzo 2024",
        "March 5, 2024",
        "Mar 5th, 2024",
        "5th of March 2024",
        "5-Mar-2024",
        "5. Mrz. 2024",
        "March 5 , 2024",
    ],
)
def test_a_date_in_many_notations(printed: str) -> None:
    found = dates(segment(f"Datum: {printed}"))

    assert [each.value.read(day_first=True) for each in found] == [date(2024, 3, 5)]
    assert found[0].text == printed


@given(
    st.dates(min_value=date(1971, 1, 1), max_value=date(2069, 12, 31)),
    st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"]),
)
def test_every_date_is_read_as_it_was_written(day: date, notation: str) -> None:
    (found,) = dates(segment(day.strftime(notation)))

    assert found.value.read(day_first=True) == day


@pytest.mark.parametrize(
    "printed", ["31.02.2024", "2024-05-17t081530", "1.2.3.4", "10.99", "12/345/6789", "192.168.10.20"]
)
def test_what_is_no_date(printed: str) -> None:
    assert dates(segment(printed)) == []


def test_03_04_2024_may_be_either() -> None:
    (found,) = dates(segment("03/04/2024"))

    assert found.value.ambiguous
    assert found.value.read(day_first=True) == date(2024, 4, 3)
    assert found.value.read(day_first=False) == date(2024, 3, 4)


def test_one_impossible_month_settles_the_order_of_a_document() -> None:
    assert day_first_in(dates(segment("03/04/2024 17/04/2024"))) is True
    assert day_first_in(dates(segment("03/04/2024 04/17/2024"))) is False
    assert day_first_in(dates(segment("03/04/2024"))) is None
    assert day_first_in(dates(segment("17/04/2024 04/17/2024"))) is None


def test_a_span_of_days_is_no_day() -> None:
    assert all("range" in each.marks for each in dates(segment("01.05.2014-31.05.2014")))
    assert all("range" in each.marks for each in dates(segment("01.05.2014 bis 31.05.2014")))
    assert not dates(segment("am 01.05.2014"))[0].marks


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("IBAN: DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("IBAN DE89370400440532013000 BIC COBADEFFXXX", "DE89370400440532013000"),
        ("IBAN NL91ABNA0417164300 BIC:", "NL91ABNA0417164300"),
        ("FR76 3000 6000 0112 3456 7890 189 - BIC AGRIFRPP", "FR7630006000011234567890189"),
        ("IBAN DE0212 0300 0000 0020 2051, SWIFT", "DE02120300000000202051"),
    ],
)
def test_an_account_number_without_its_blanks(printed: str, value: str) -> None:
    assert [each.value for each in iban.ibans(segment(printed))] == [value]


def test_an_account_number_broken_over_two_lines() -> None:
    (found,) = iban.ibans(segment("DE89 3704 0044 0532"), segment("0130 00"))

    assert found.value == "DE89370400440532013000"


@pytest.mark.parametrize("printed", ["DE0009912345600000000000000200047", "AB12", "Zähler DE12 kWh", "INV04417"])
def test_what_is_no_account_number(printed: str) -> None:
    assert iban.ibans(segment(printed)) == []


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("USt-IdNr. DE 136 695 976", "DE136695976"),
        ("BTW NL004495445B01", "NL004495445B01"),
        ("BTW nr. NL: NL0044.95.445.B.01 Nederland", "NL004495445B01"),
        ("N° TVA : FR 12 123 456 789", "FR12123456789"),
        ("UID ATU13585627", "ATU13585627"),
        ("VAT IE6433435OA", "IE6433435OA"),
        ("CHE-123.456.789 MWST", "CHE123456789MWST"),
    ],
)
def test_a_vat_id_in_the_shape_of_its_country(printed: str, value: str) -> None:
    assert value in [each.value for each in vat_id.vat_ids(segment(printed))]


def test_a_vat_id_of_no_known_country_is_a_doubtful_one() -> None:
    (found,) = vat_id.vat_ids(segment("USt-IdNr. IX918273645"))

    assert found.marks == {"loose"}


def test_check_digits() -> None:
    assert iban.valid("DE89370400440532013000")
    assert not iban.valid("DE88370400440532013000")
    assert vat_id.valid("NL004495445B01")
    assert not vat_id.valid("DE123456789")
    assert vat_id.valid("GB980780684")
    assert not vat_id.valid("GB123456789")


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("Invoice No: #INV04417", "INV04417"),
        ("Rechnung Nr.4711", "4711"),
        ("No. INV/2023/03/0008", "INV/2023/03/0008"),
        ("2026K07-012.", "2026K07-012"),
    ],
)
def test_a_number_without_what_stands_around_it(printed: str, value: str) -> None:
    assert value in [each.value for each in numbers(segment(printed))]


def test_a_code_in_brackets_a_rate_or_an_address_is_no_number() -> None:
    assert [each.value for each in numbers(segment("Handelsrechnung (380) 19% a1@b.example"))] == []


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("Asternhof GmbH & Co. KG", "Asternhof GmbH & Co. KG"),
        ("Kranich Druck & Media GmbH, Lindenstr. 4, 53111 Bonn", "Kranich Druck & Media GmbH"),
        ("Marlow Corp Ltd.", "Marlow Corp Ltd."),
        ("vinkel.com b.v.", "vinkel.com b.v."),
        ("Registered office of nobody", None),
        ("GmbH", None),
        ("mail@acme.de GmbH", None),
    ],
)
def test_a_firm_by_its_legal_form(printed: str, value: str | None) -> None:
    assert name.firm_in(printed) == value


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("QualityHosting AG - Uferweg 40-42 - D-63571 Gelnhausen", "QualityHosting AG"),
        ("Max Mustermann • Musterstraße 37 • 12345 Musterstadt", "Max Mustermann"),
        ("Global Goods Inc. · 789 Commerce Street · M1 1AA Manchester", "Global Goods Inc."),
        ("New York City, NY 10012", None),
        ("12 rue de la Paix, 69001 Lyon", None),
    ],
)
def test_the_line_of_the_sender(printed: str, value: str | None) -> None:
    assert name.sender_in(printed) == value


def test_a_web_address_speaks_of_a_name() -> None:
    (domain,) = name.domains(segment("www.plumbingstanford.com"))

    assert name.named_by("Stanford Plumbing", "stanfordplumbing")
    assert domain == "plumbingstanford"
    assert not name.named_by("Christopher Rodriguez", domain)
    assert name.domains(segment("someone@gmail.com")) == set()


def test_a_tax_behind_its_rate_and_a_colon_is_the_tax_and_no_base() -> None:
    (tax,) = amounts(segment("Mehrwertsteuer (19 %): 24,06 €"))
    base, _ = amounts(segment("19 %: 126,61 24,06"))

    assert tax.marks == set()
    assert base.marks == {"base"}
