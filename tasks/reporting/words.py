"""The words of reports in the reader's language: German, Dutch, English."""

from __future__ import annotations

from datetime import date

from tasks.reporting.figures import DailyFigures, Outcome
from tasks.wording import Words, in_language

#: key: (de, nl, en). Sheet names stay below Excel's 31 characters.
_WORDS: Words = {
    "title": ("Tagesbericht", "Dagrapport", "Daily report"),
    "summary": ("Zusammenfassung", "Samenvatting", "Summary"),
    "entries": ("Buchungen", "Boekingen", "Entries"),
    "exceptions": ("Ausnahmen", "Uitzonderingen", "Exceptions"),
    "sources": ("Quellen", "Bronnen", "Sources"),
    "answer": (
        "{received} Belege eingegangen: {booked} gebucht, {worklist} warten auf einen Menschen, "
        "{quarantined} nicht lesbar.",
        "{received} documenten ontvangen: {booked} geboekt, {worklist} wachten op een mens, {quarantined} onleesbaar.",
        "{received} documents received: {booked} booked, {worklist} waiting for a person, {quarantined} unreadable.",
    ),
    "open": (
        "Insgesamt offen: {open}, zusammen {amounts}.",
        "In totaal open: {open}, samen {amounts}.",
        "Open in all: {open}, together {amounts}.",
    ),
    # The payroll register
    "register": ("Lohnjournal", "Loonjournaal", "Payroll register"),
    "release": ("Freigabe", "Vrijgave", "release"),
    "cost_centres": ("Kostenstellen", "Kostenplaatsen", "Cost centres"),
    "personnel_number": ("Personal-Nr.", "Personeelsnr.", "Personnel no."),
    "name": ("Name", "Naam", "Name"),
    "cost_centre": ("Kostenstelle", "Kostenplaats", "Cost centre"),
    "employees": ("Mitarbeiter", "Medewerkers", "Employees"),
    "hours": ("Stunden", "Uren", "Hours"),
    "gross": ("Brutto", "Bruto", "Gross"),
    "wage_tax": ("Steuern", "Loonheffing", "Taxes"),
    "social_security": ("SV Arbeitnehmer", "Premies werknemer", "Social security"),
    "deductions": ("Abzüge", "Inhoudingen", "Deductions"),
    "net": ("Netto", "Netto", "Net"),
    "employer_social": ("SV Arbeitgeber", "Premies werkgever", "Employer social security"),
    "last_gross": ("Brutto Vormonat", "Bruto vorige maand", "Gross last month"),
    "change": ("Änderung", "Verschil", "Change"),
    "bureau_row": ("Zeile des Lohnbüros", "Regel van het loonbureau", "Bureau's row"),
    "nothing": ("keine", "geen", "none"),
    "generated": ("Erstellt am {time} ({zone})", "Gemaakt op {time} ({zone})", "Made on {time} ({zone})"),
    "page": ("Seite &P von &N", "Pagina &P van &N", "Page &P of &N"),
    "outcome": ("Ergebnis", "Uitkomst", "Outcome"),
    "documents": ("Belege", "Documenten", "Documents"),
    "total": ("Summe", "Totaal", "Total"),
    "booked": ("gebucht", "geboekt", "booked"),
    "worklist": ("wartet auf einen Menschen", "wacht op een mens", "waiting for a person"),
    "quarantined": ("nicht lesbar", "onleesbaar", "unreadable"),
    "rejected": ("abgelehnt", "afgewezen", "rejected"),
    "filed": ("abgelegt", "opgeborgen", "filed"),
    "in_progress": ("in Arbeit", "in behandeling", "in progress"),
    "currency": ("Währung", "Valuta", "Currency"),
    "posted": ("Gebucht", "Geboekt", "Posted"),
    "waiting": ("Offen", "Open", "Waiting"),
    "number": ("Nummer", "Nummer", "Number"),
    "day": ("Datum", "Datum", "Date"),
    "text": ("Text", "Tekst", "Text"),
    "account": ("Konto", "Rekening", "Account"),
    "account_name": ("Kontoname", "Rekeningnaam", "Account name"),
    "debit": ("Soll", "Debet", "Debit"),
    "credit": ("Haben", "Credit", "Credit"),
    "tax_key": ("Steuer", "Btw-code", "Tax key"),
    "document": ("Beleg", "Document", "Document"),
    "prepared_by": ("Vorbereitet von", "Voorbereid door", "Prepared by"),
    "approved_by": ("Freigegeben von", "Goedgekeurd door", "Approved by"),
    "reference": ("Kennung", "Kenmerk", "Reference"),
    "trace": ("Woraus das besteht", "Waaruit dit bestaat", "What this is made of"),
    "what": ("Was", "Wat", "What"),
    "reason": ("Grund", "Reden", "Reason"),
    "code": ("Code", "Code", "Code"),
    "supplier": ("Lieferant", "Leverancier", "Supplier"),
    "invoice_number": ("Rechnungsnummer", "Factuurnummer", "Invoice number"),
    "amount": ("Betrag", "Bedrag", "Amount"),
    "due": ("Fällig", "Vervalt", "Due"),
    "since": ("Seit", "Sinds", "Since"),
    "waits_for": ("Wartet auf", "Wacht op", "Waits for"),
    "file": ("Datei", "Bestand", "File"),
    "received": ("Eingegangen", "Ontvangen", "Received"),
    "source": ("Herkunft", "Herkomst", "Came by"),
    "sha256": ("SHA-256", "SHA-256", "SHA-256"),
    "seq": ("Protokollzeile", "Logregel", "Log line"),
    "run": ("Lauf", "Run", "Run"),
    "config_hash": ("Konfiguration", "Configuratie", "Configuration"),
    # The month's report pack
    "month_title": ("Monatsabschluss", "Maandafsluiting", "Month end"),
    "month_ready": (
        "Vollständig: nichts fehlt, der Monat kann abgeschlossen werden.",
        "Compleet: er ontbreekt niets, de maand kan worden afgesloten.",
        "Complete: nothing is missing, the month can be closed.",
    ),
    "month_missing": (
        "Nicht vollständig: {count} fehlen; wer sie hat, steht unter „Ausnahmen“.",
        "Niet compleet: {count} ontbreken; wie ze heeft, staat bij „Uitzonderingen”.",
        "Not complete: {count} missing; “Exceptions” says who has them.",
    ),
    "books": (
        "Aus den Büchern bis Buchung {entry}; deren Prüfsumme:",
        "Uit de boeken tot en met boeking {entry}; de controlesom daarvan:",
        "From the books up to entry {entry}; its hash:",
    ),
    "figure": ("Kennzahl", "Cijfer", "Figure"),
    "trial_balance": ("Saldenliste", "Saldibalans", "Trial balance"),
    "profit_and_loss": ("GuV", "Winst en verlies", "P&L"),
    "payables": ("Offene Kreditoren", "Open crediteuren", "Payables"),
    "receivables": ("Offene Debitoren", "Open debiteuren", "Receivables"),
    "checks": ("Prüfungen", "Controles", "Checks"),
    "kind": ("Art", "Soort", "Kind"),
    "opening": ("Anfangsbestand", "Beginsaldo", "Opening"),
    "closing": ("Endbestand", "Eindsaldo", "Closing"),
    "income": ("Ertrag", "Opbrengst", "Income"),
    "expense": ("Aufwand", "Kosten", "Expense"),
    "asset": ("Aktiva", "Activa", "Asset"),
    "liability": ("Schulden", "Schulden", "Liability"),
    "equity": ("Eigenkapital", "Eigen vermogen", "Equity"),
    "result": ("Ergebnis", "Resultaat", "Result"),
    "expense_by_account": ("Aufwand nach Konten", "Kosten per rekening", "Expenses by account"),
    "partner": ("Geschäftspartner", "Relatie", "Partner"),
    "days": ("Tage überfällig", "Dagen te laat", "Days overdue"),
    "not_due": ("nicht fällig", "niet vervallen", "not due"),
    "1-30": ("1-30", "1-30", "1-30"),
    "31-60": ("31-60", "31-60", "31-60"),
    "61-90": ("61-90", "61-90", "61-90"),
    "over_90": ("über 90", "meer dan 90", "over 90"),
    "check": ("Prüfung", "Controle", "Check"),
    "missing": ("Fehlt", "Ontbreekt", "Missing"),
    "verdict": ("Befund", "Bevinding", "Verdict"),
    "fine": ("in Ordnung", "in orde", "fine"),
    "some_missing": ("{count} fehlen", "{count} ontbreken", "{count} missing"),
    "who": ("Wer es hat", "Wie het heeft", "Who has it"),
    "nobody": ("niemand", "niemand", "nobody"),
    "ledger": ("Hauptbuch", "Grootboek", "Ledger"),
    "sub_ledger": ("Nebenbuch", "Subgrootboek", "Sub-ledger"),
    "difference": ("Differenz", "Verschil", "Difference"),
    "check_worklist": ("offene Vorgänge", "openstaande taken", "open items of the worklist"),
    "check_events": ("nicht verarbeitete Ereignisse", "niet verwerkte gebeurtenissen", "events not worked off"),
    "check_documents": ("nicht gebuchte Belege", "niet geboekte documenten", "unbooked documents"),
    "check_bank_file": ("Kontoauszug", "bankafschrift", "bank statement"),
    "check_archive": ("Archiv unverändert", "archief ongewijzigd", "archive unchanged"),
    "check_journal": ("Journal unverändert", "journaal ongewijzigd", "journal unchanged"),
    "check_audit": ("Änderungsprotokoll unverändert", "wijzigingslog ongewijzigd", "audit trail unchanged"),
    "check_trial_balance": ("Saldenliste geht auf", "saldibalans sluit", "trial balance is zero"),
    "check_payables": ("Kreditoren stimmen ab", "crediteuren sluiten aan", "payables tie out"),
    "check_receivables": ("Debitoren stimmen ab", "debiteuren sluiten aan", "receivables tie out"),
}
_DAYS = {"de": "%d.%m.%Y", "nl": "%d-%m-%Y", "en": "%Y-%m-%d"}
_EXCEL_DAYS = {"de": "dd.mm.yyyy", "nl": "dd-mm-yyyy", "en": "yyyy-mm-dd"}


def word(key: str, language: str, **fills: object) -> str:
    """The word for `key`, in English where the language is not one of ours."""
    return in_language(_WORDS, key, language, **fills)


def day_text(day: date, language: str) -> str:
    """A date as the reader writes it; English readers get ISO 8601, which no two of them read differently."""
    return day.strftime(_DAYS.get(language, _DAYS["en"]))


def day_format(language: str) -> str:
    """The same as a number format of a spreadsheet."""
    return _EXCEL_DAYS.get(language, _EXCEL_DAYS["en"])


def answer(figures: DailyFigures, language: str) -> str:
    """The day in one sentence; workbook and mail begin with it."""
    counts = {outcome.value: count for outcome, count in figures.counts.items()}
    return word("answer", language, received=figures.received, **counts)


def open_items(figures: DailyFigures, language: str) -> str:
    """How much is open in all, older days included."""
    amounts = ", ".join(amount_text(each.amount, each.currency, language) for each in figures.waiting)
    return word("open", language, open=len(figures.exceptions), amounts=amounts)


def amount_text(amount: object, currency: str, language: str) -> str:
    """An amount in running text: 1.234,50 EUR in German and Dutch, 1,234.50 EUR in English."""
    figure = f"{amount:,}"
    if language in ("de", "nl"):
        figure = figure.translate(str.maketrans(",.", ".,"))
    return f"{figure}\u00a0{currency}"


def outcome_word(outcome: Outcome, language: str) -> str:
    """What became of a document, in words."""
    return word(outcome.value, language)
