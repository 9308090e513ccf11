"""The words of the payslip in the reader's language: German, Dutch, English."""

from __future__ import annotations

from tasks.wording import Words, in_language

#: key: (de, nl, en)
_WORDS: Words = {
    "title": ("Entgeltabrechnung", "Loonstrook", "Payslip"),
    "employee": ("Mitarbeiter", "Medewerker", "Employee"),
    "number": ("Personalnummer", "Personeelsnummer", "Personnel number"),
    "cost_centre": ("Kostenstelle", "Kostenplaats", "Cost centre"),
    "hours": ("Stunden laut Zeiterfassung", "Uren volgens urenstaat", "Hours on the time sheets"),
    "gross": ("Bruttobezug", "Brutoloon", "Gross pay"),
    "wage_tax": ("Steuern", "Loonheffing", "Taxes"),
    "social": ("Sozialversicherung, Ihr Anteil", "Sociale premies, uw deel", "Social security, your share"),
    "deductions": ("Abzüge", "Inhoudingen", "Deductions"),
    "net": ("Auszahlung", "Uitbetaling", "Net pay"),
    "employer": (
        "Sozialversicherung, Anteil des Arbeitgebers (nicht abgezogen)",
        "Sociale premies, deel van de werkgever (niet ingehouden)",
        "Social security, the employer's share (not deducted)",
    ),
    "amounts": ("Beträge in {currency}", "Bedragen in {currency}", "Amounts in {currency}"),
    "version": ("Fassung", "Versie", "Version"),
    "corrected": (
        "Diese Abrechnung ersetzt die frühere für diesen Monat: Auszahlung bisher {former}, Unterschied {difference}.",
        "Deze loonstrook vervangt de eerdere van deze maand: uitbetaling tot nu toe {former}, verschil {difference}.",
        "This payslip takes the place of the earlier one for this month: net pay so far {former}, difference "
        "{difference}.",
    ),
    "by_bureau": (
        "Steuern und Beiträge sind vom Lohnbüro berechnet und hier nicht nachgerechnet.",
        "Belasting en premies zijn berekend door het loonbureau en hier niet nagerekend.",
        "Taxes and contributions were worked out by the payroll bureau and are not recalculated here.",
    ),
}


def slip_word(key: str, language: str, **fills: object) -> str:
    """The words for `key`, in English where the language is not one of ours."""
    return in_language(_WORDS, key, language, **fills)
