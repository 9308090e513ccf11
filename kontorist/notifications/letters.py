"""Letters by e-mail, from templates and facts, in the reader's language.

Each kind has three templates: the subject, whose first 40 characters carry the decision; the plain text; and MJML,
which mrml turns into HTML. What strangers wrote (names, reasons) is shortened, stripped of control characters and
escaped. Nothing in a letter is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from kontorist.notifications.formats import date_text, day_text, moment_text, money_text, month_text, number_text

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

Kind = Literal[
    "work_waiting",
    "question",
    "quarantined",
    "daily_report",
    "month_end",
    "ticket_received",
    "ticket_overdue",
    "payslip",
    "sales_invoice",
    "credit_note",
    "alert",
]
Language = Literal["de", "nl", "en"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

#: What each kind must be told; every key has to be there, None says that it is not known.
FACTS: Final[Mapping[str, frozenset[str]]] = {
    # item: id; decision: "approve" (an invoice), "check" (a document), "choose" (two contents of one message) or
    # "decide" (anything else); title, supplier, invoice_number, document: text; amount: Money; due: date; reasons:
    # sentences
    "work_waiting": frozenset(
        {"item", "decision", "title", "supplier", "amount", "due", "invoice_number", "document", "reasons"}
    ),
    # item: id; title, document, question: text; by: who asks
    "question": frozenset({"item", "title", "document", "by", "question"}),
    # event: id; document: name; reason: sentence; source: as in the event; received: datetime with zone
    "quarantined": frozenset({"event", "document", "reason", "source", "received"}),
    # period: as 2026-10; company: whose; nothing else, and nothing about the one who gets it
    "payslip": frozenset({"period", "company"}),
    # day: date; counts: {"booked", "waiting", "quarantined", "refused"} to numbers; totals: Money, one a currency, of
    # what was booked; exceptions: [{"document", "supplier", "amount", "reason"}]; workbook: name of the attachment
    "daily_report": frozenset({"day", "counts", "totals", "exceptions", "workbook"}),
    # period: first day of the month; number: of its packs, above 1 when the books have changed; results: Money, one a
    # currency, all under one `reference`; missing: [{"check": as in domain/closing/month.py, "what", "reason", "who":
    # names, "amount", "reference"}]; workbook: name of the attachment
    "month_end": frozenset({"period", "number", "results", "reference", "missing", "workbook"}),
    # to a stranger, so that nothing of ours stands in it. ticket: the helpdesk's number; subject: text
    "ticket_received": frozenset({"ticket", "subject"}),
    # item: id; title, requester, owner: text; due: datetime with zone; escalated: to somebody above the owner
    "ticket_overdue": frozenset({"item", "title", "requester", "owner", "due", "escalated"}),
    # to customers. company: ours; number, order: text; day, due: date; amount: Money, above zero; corrects: number of
    # the invoice that is taken back
    "sales_invoice": frozenset({"company", "number", "order", "day", "due", "amount"}),
    "credit_note": frozenset({"company", "number", "order", "day", "corrects", "amount"}),
    # to operators. new, still, gone: [{"kind": as in domain/operations.py, "subject": text, "count": number or None,
    # "since": datetime with zone, "reason": sentence or None}], at least one in all
    "alert": frozenset({"new", "still", "gone"}),
}

_HERE = Path(__file__).parent
_LONGEST_TEXT = 300  #: characters; our own sentences say what to do at their end
_MOST_HTML = 100_000  #: bytes; Gmail is said to cut a mail off near 102 kB
_ROWS = (100, 25, 5)  #: of a list in a letter, the first that is small enough; the workbook has all


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes into one mail; `text` says the same as `html`."""

    subject: str
    text: str
    html: str

    def action(self, to: Sequence[str], **more: Any) -> dict[str, Any]:
        """The action for a mail connector; `more` as connectors/mail/message.py takes it (thread, attachments)."""
        return {"to": list(to), "subject": self.subject, "text": self.text, "html": self.html, **more}


def render(kind: Kind, language: Language, facts: Mapping[str, Any]) -> Letter:
    """The letter of `kind` in `language` from `facts` (FACTS says which).

    Amounts are Money, days date, moments datetime with zone; the rest is text, numbers and lists of these.
    Raises ValueError where a fact is missing or unknown.
    """
    if facts.keys() != FACTS[kind]:
        wrong = ", ".join(sorted(facts.keys() ^ FACTS[kind]))
        raise ValueError(f"facts of a {kind} letter, missing or unknown: {wrong}")
    import mrml

    values = {**_clean(dict(facts)), "language": language}
    letter = _letter(kind, language, {**values, "most_rows": _ROWS[0]}, mrml.to_html)
    for rows in _ROWS[1:]:
        if len(letter.html.encode()) < _MOST_HTML:
            break
        letter = _letter(kind, language, {**values, "most_rows": rows}, mrml.to_html)
    return letter


def _letter(kind: Kind, language: Language, values: Mapping[str, Any], to_html: Callable[[str], Any]) -> Letter:
    templates = _environment(language)
    subject = templates.get_template(f"{kind}.subject").render(values).strip()
    text = templates.get_template(f"{kind}.txt").render(values)
    source = templates.get_template(f"{kind}.mjml").render(values, heading=subject)
    return Letter(subject=subject, text=text, html=to_html(source).content)


@lru_cache(maxsize=len(LANGUAGES))
def _environment(language: Language) -> ImmutableSandboxedEnvironment:
    """Sandboxed: a template can call nothing but what is given here."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from kontorist.notifications.catalog import translations

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=lambda name: bool(name) and str(name).endswith(".mjml"),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    for name, write in (
        ("money", money_text),
        ("date", date_text),
        ("day", day_text),
        ("month", month_text),
        ("moment", moment_text),
        ("number", number_text),
    ):
        environment.filters[name] = _in(language, write)
    return environment


def _in(language: Language, write: Any) -> Any:
    """The filter `write` for one language."""

    def filtered(value: Any) -> str:
        return str(write(value, language))

    return filtered


def _clean(value: Any) -> Any:
    """`value` with all text in it fit to be shown: one line, bounded, printable.

    Not printable are control characters and the marks that turn the direction of writing, by which `exe.pdf` can be
    the look of `fdp.exe` (Unicode TR 36, 3.3).
    """
    if isinstance(value, str):
        letters = (each if each.isprintable() else " " for each in value[:1000])
        line = " ".join("".join(letters).encode("utf-8", "replace").decode().split())
        return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"
    if isinstance(value, Mapping):
        return {key: _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value
