"""What may stand in config.yaml, section by section. Every key has its line in docs/reference/config.md."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, model_validator

from kontorist.config.connector import Connector
from kontorist.config.einvoice import EInvoiceSection
from kontorist.config.helpdesk import Helpdesk
from kontorist.config.payroll import Payroll
from kontorist.config.schedules import Calendar, Schedule
from kontorist.config.tables import Masterdata, OrderFiles
from kontorist.config.types import (
    Address,
    Amount,
    Country,
    Currency,
    Duration,
    Email,
    Flag,
    Listen,
    Name,
    Room,
    Section,
    Text,
    Version,
    Zone,
)
from kontorist.domain.approvals import Actor, ApprovalPolicy, ApprovalRule, Step
from kontorist.domain.calendars import BusinessCalendar
from kontorist.domain.errors import SetupWrong
from kontorist.domain.events import Event, content_hash
from kontorist.domain.helpdesk.hours import OfficeHours
from kontorist.domain.ids import PersonKey
from kontorist.domain.payables.intake_rules import ITEM_KINDS
from kontorist.domain.receivables.checks import ORDER_KINDS
from kontorist.domain.receivables.einvoice import EInvoiceForm
from kontorist.domain.receivables.orders import Supply
from kontorist.domain.routing import fits

Role = Literal["clerk", "approver", "controller", "payroll", "operator", "auditor"]
Language = Literal["de", "en", "nl"]


class NobodyHere(SetupWrong):
    """No person in config.yaml has this login."""

    code = "KON-323"


def _iban(text: str) -> str:
    from stdnum import iban

    if not iban.is_valid(text):
        raise ValueError("this is not an IBAN; its check digits do not fit")
    return str(iban.compact(text))


def _vat_id(text: str) -> str:
    from stdnum.eu import vat

    compact = "".join(text.split()).upper()
    if vat.guess_country(compact) == [] and compact[:2].lower() in vat.MEMBER_STATES:
        raise ValueError("this is not a VAT id; its check digits do not fit")
    return compact


class CalendarUnknown(SetupWrong):
    """There is no such calendar in config.yaml."""

    code = "KON-387"
    next_step = "Name one that is there, or add it under calendars: such as `nl: {holidays: NL}`."


class PostalAddress(Section):
    """Where the company is, as its letters and invoices say it; its country is `company.country`."""

    street: Text = Field(description="Street and house number.")
    postcode: Text | None = Field(None, description="The postcode.")
    town: Text = Field(description="The town.")


class CompanyContact(Section):
    """Who answers questions about our invoices."""

    name: Text = Field(description="A person or a department.")
    phone: Text = Field(description="The telephone number.")
    email: Email = Field(description="The mail address.")


class Company(Section):
    """The company whose books these are; its own numbers are never taken for a supplier's."""

    name: Text = Field(description="Its name as on invoices to it.")
    country: Country = Field(description="Where it is taxed: two capital letters (ISO 3166), such as NL.")
    address: PostalAddress | None = Field(None, description="Its address; invoices of ours need it.")
    vat_id: Annotated[str, AfterValidator(_vat_id)] | None = Field(None, description="Its VAT id.")
    registered_in: tuple[Country, ...] = Field(
        (), description="Other countries where it is registered for VAT, such as for a branch: their VAT is deducted."
    )
    ibans: tuple[Annotated[str, AfterValidator(_iban)], ...] = Field((), description="Its own bank accounts.")
    legal_notice: Text | None = Field(
        None, description="What its letters have to say besides: register, registered office, managers."
    )
    contact: CompanyContact | None = Field(
        None, description="Whom customers ask about an invoice; an XRechnung names it."
    )
    electronic_address: Text | None = Field(
        None, pattern="^[^:]+:.+$", description="Its address for e-invoices: scheme of the EAS list and identifier."
    )
    currency: Currency = Field("EUR", description="The currency of its books (ISO 4217).")
    language: Language = Field("en", description="Of mails and reports: de, en or nl; each person may have another.")
    timezone: Zone = Field("Europe/Amsterdam", description="For schedules and dates, such as Europe/Berlin.")


class Person(Section):
    """Somebody who decides or is told. `login` is the operating-system user at the command line."""

    login: Text | None = Field(None, description="The operating-system user who acts as this person; one person each.")
    email: Email | None = Field(None, description="Where mails to this person go; without one nothing is mailed.")
    language: Language | None = Field(None, description="Of mails to this person; without it the company's.")
    roles: tuple[Role, ...] = Field(
        (), description="What this person may do: clerk, approver, controller, payroll, operator, auditor."
    )


class StoreSection(Section):
    """Where our own database is."""

    database: str = Field(
        "sqlite:///var/kontorist.db", pattern="^sqlite:///.+", description="SQLite, from the folder of config.yaml on."
    )


class Receiver(Section):
    """The process that takes webhooks."""

    listen: Listen = Field(
        Address(host="127.0.0.1", port=8810),
        description="Where webhooks are taken: address:port; port 0 is any free one.",
    )
    backlog_limit: int = Field(
        200_000, gt=0, description="Events in the backlog above which senders are told to come again."
    )


class Metrics(Section):
    """The figures that a monitoring system collects."""

    listen: Listen = Field(
        Address(host="127.0.0.1", port=0),
        description="Where Prometheus reads /metrics: address:port; port 0 is any free one, see `kontorist status`.",
    )


class Pool(Section):
    """The processes for heavy work: routes with `lane: pool`."""

    places: int = Field(1, ge=1, le=32, description="How many events are worked on there at once, a process each.")


class Engine(Section):
    """How `kontorist up` runs."""

    receiver: Receiver = Field(Receiver(), description="The process that takes webhooks.")
    metrics: Metrics = Field(Metrics(), description="Figures for a monitoring system.")
    pool: Pool = Field(Pool(), description="Processes for heavy work.")
    low_disk: Room = Field(
        2 * 1024**3, ge=0, description="With less room than this in `var` or the archive the operators are told."
    )


class BatchSize(Section):
    """When a batch begins: as soon as one of both is reached."""

    size: int = Field(100, ge=1, le=1000, description="How many events share one flow run at most.")
    window: Duration = Field(timedelta(seconds=2), description="How long the first of them waits for others.")


class Route(Section):
    """Which event starts which flow; the first route that fits wins."""

    on: Text = Field(description="The type of the event, such as document.received.")
    condition: dict[str, Any] = Field(
        default_factory=dict, alias="if", description="Fields the event has to have: equal, or one of a list."
    )
    run: Text = Field(description="The flow, such as payables/invoice_intake.")
    reply_to: Name | None = Field(None, description="The connector that is told what became of it.")
    lane: Literal["own", "batch", "pool"] = Field(
        default="own",
        description="`own`: a flow run each; `batch`: many share one; `pool`: a process each. With money only `own`.",
    )
    batch: BatchSize = Field(BatchSize(), description="How large a batch gets, with `lane: batch`.")
    priority: int = Field(
        default=100, ge=1, le=999, description="Lower goes first; it holds for what comes in from then on."
    )
    max_attempts: int = Field(default=4, ge=1, le=20, description="How often an event is tried before quarantine.")


def _decisions() -> tuple[Route, ...]:
    """What people decide on the worklist is carried out, in every office: invoices, orders, payroll by own flows."""
    verdicts = ("approval.granted", "approval.refused", "approval.returned")
    invoices, orders = {"kind": list(ITEM_KINDS)}, {"kind": list(ORDER_KINDS)}
    payroll = (("payroll_doubts", "payroll/doubts"), ("payroll_release", "payroll/release"))
    after_payroll = tuple(("approval.granted", {"kind": kind}, flow) for kind, flow in payroll)
    others = tuple(
        (verdict, condition, flow)
        for verdict in verdicts
        for condition, flow in (
            (invoices, "payables/approval"),
            (orders, "receivables/order_decision"),
            ({}, "worklist/decision"),
        )
    )
    return tuple(
        Route.model_validate({"on": verdict, "if": condition, "run": flow})
        for verdict, condition, flow in (*after_payroll, *others)
    )


class Payables(Section):
    """How incoming invoices are compared."""

    duplicate_window: Duration = Field(
        timedelta(days=400), description="How far apart two invoices may be and still be the same one."
    )
    tolerance: Amount = Field(Decimal("0.02"), description="By how much lines and totals may differ from their sum.")


class FilingRule(Section):
    """Papers that fit are of a type; all conditions that are given must fit, of `words` any one."""

    document_type: Name = Field(description="What such a paper is, such as contract.")
    words: tuple[Text, ...] = Field((), description="One of these stands in subject, file name or first lines.")
    sender: Text | None = Field(None, description="Who sent the mail: an address, or a pattern such as *@bank.example.")
    name: Text | None = Field(None, description="A pattern of the file's name, such as contract-*.pdf.")
    media_type: Text | None = Field(None, description="A pattern of the kind of file, such as image/*.")

    @model_validator(mode="after")
    def _says_something(self) -> FilingRule:
        if not (self.words or self.sender or self.name or self.media_type):
            raise ValueError("give at least one of words, sender, name and media_type")
        return self


class Documents(Section):
    """How papers are filed that no other flow takes."""

    rules: tuple[FilingRule, ...] = Field(
        (), description="What a paper is; the first rule that fits, then the usual ones."
    )


def _number_format(text: str) -> str:
    try:
        written = {text.format(number=number, year=2026) for number in (1, 2, 123456)}
    except (KeyError, IndexError, ValueError, AttributeError):
        written = set()
    if len(written) < 3:
        raise ValueError('a format names {number}, and perhaps {year}, such as "2026-{number:05d}"')
    return text


NumberFormat = Annotated[Text, AfterValidator(_number_format)]


class Receivables(Section):
    """Our own sales invoices."""

    invoice_number: NumberFormat = Field(
        "{number:05d}", description="How invoices are numbered: `{number}` counts on without gaps, `{year}` may stand."
    )
    credit_note_number: NumberFormat = Field(
        "CN-{number:05d}", description="How credit notes are numbered; they count by themselves."
    )
    payment_terms_days: int = Field(
        14, ge=0, le=365, description="Days to pay, where the customer's master data say nothing."
    )
    supplies: Supply = Field(
        Supply.SERVICES, description="What we sell, goods or services, where an order does not say it: for VAT abroad."
    )
    einvoice: EInvoiceForm = Field(
        EInvoiceForm.PDF, description="The form of our invoices, where the customer's master data say nothing."
    )
    order_files: OrderFiles = Field(OrderFiles(), description="How files of orders are written.")


class ApprovalStep(Section):
    """`needed` different people, each with one of the roles."""

    any_of: tuple[Role, ...] = Field(min_length=1, description="The roles of which one is needed.")
    needed: int = Field(1, ge=1, le=9, description="How many different people.")


class Rule(Section):
    """Which steps an amount needs; `below` is compared with the absolute value, without steps the machine may book."""

    below: Amount | None = Field(None, description="Only amounts below this (absolute, company currency).")
    supplier_trusted: Flag | None = Field(None, description="Only suppliers that are, or are not, trusted.")
    steps: tuple[ApprovalStep, ...] = Field(
        description="Who has to agree, one step after the other; [] lets the machine book alone."
    )


class Approvals(Section):
    """Who has to agree to what. Without a fitting rule everything needs one approver."""

    four_eyes: Flag = Field(True, description="Nobody approves what he prepared or corrected himself.")
    rules: tuple[Rule, ...] = Field((), description="The first rule that fits counts.")

    def policy(self) -> ApprovalPolicy:
        """The same as the domain's rules."""
        return ApprovalPolicy(four_eyes=self.four_eyes, rules=tuple(_rule(rule) for rule in self.rules))


def _rule(rule: Rule) -> ApprovalRule:
    steps = tuple(Step(any_of=step.any_of, needed=step.needed) for step in rule.steps)
    return ApprovalRule(steps=steps, below=rule.below, supplier_trusted=rule.supplier_trusted)


class ArchiveSection(Section):
    """Where originals are kept."""

    path: Path = Field(Path("var/archive"), description="The folder of the originals.")
    payroll_key: SecretStr | None = Field(
        None,
        description="The key of payroll documents, `{secret: NAME}`: 32 random bytes in hexadecimal.",
    )


class Notifications(Section):
    """Which connector carries our mail; without one nothing is mailed."""

    mail_out: Name | None = Field(None, description="The connector that sends mails; without one none are sent.")


class DailyReport(Section):
    """Who gets the daily report."""

    to: tuple[Name, ...] = Field((), description="The people who get it.")


class MonthPack(Section):
    """Who gets the report pack of a month."""

    to: tuple[Name, ...] = Field((), description="The people who get it.")


class Reporting(Section):
    """Who gets which report."""

    daily_report: DailyReport = Field(DailyReport(), description="The report of each day.")
    month_pack: MonthPack = Field(MonthPack(), description="The report pack of each month.")


class Config(Section):
    """The whole configuration, checked. Paths in it are relative to `root`, the folder of config.yaml."""

    version: Version = Field(description="The form of this file: 1.")
    company: Company = Field(description="The company whose books these are.")
    people: dict[Name, Person] = Field(
        default_factory=dict, description="Who decides and who is told, by a short name."
    )
    store: StoreSection = Field(StoreSection(), description="Our own database.")
    engine: Engine = Field(Engine(), description="How `kontorist up` runs.")
    connectors: dict[Name, Connector] = Field(
        default_factory=dict, description="The doors to other systems, each with `use: kind/product` and its settings."
    )
    routes: tuple[Route, ...] = Field((), description="Which event starts which flow; the first that fits.")
    payables: Payables = Field(Payables(), description="Incoming invoices.")
    documents: Documents = Field(Documents(), description="Papers that are filed.")
    receivables: Receivables = Field(Receivables(), description="Our own invoices.")
    einvoice: EInvoiceSection = Field(EInvoiceSection(), description="How e-invoices are checked.")
    approvals: Approvals = Field(Approvals(), description="Who has to agree to what.")
    helpdesk: Helpdesk = Field(Helpdesk(), description="Tickets.")
    calendars: dict[Name, Calendar] = Field(default_factory=dict, description="Which days are worked on, by name.")
    schedules: dict[Name, Schedule] = Field(default_factory=dict, description="What starts by the clock, by name.")
    masterdata: Masterdata = Field(Masterdata(), description="How files of master data are written.")
    archive: ArchiveSection = Field(ArchiveSection(), description="Where originals are kept.")
    payroll: Payroll = Field(Payroll(), description="Time sheets and the bureau's results.")
    notifications: Notifications = Field(Notifications(), description="How people are told.")
    reporting: Reporting = Field(Reporting(), description="Who gets which report.")

    _path: Path = PrivateAttr(default=Path("config.yaml"))

    @property
    def path(self) -> Path:
        """The file this came from: what a child process loads again."""
        return self._path

    @property
    def root(self) -> Path:
        """The folder of config.yaml."""
        return self._path.parent

    @property
    def var(self) -> Path:
        """The folder for everything we keep: ``var/`` beside config.yaml."""
        return self.root / "var"

    @property
    def archive_path(self) -> Path:
        """The archive's folder, absolute."""
        return self.root / self.archive.path

    @property
    def einvoice_rules(self) -> Path | None:
        """The folder of the user's own rules for e-invoices, absolute."""
        return self.root / self.einvoice.rules if self.einvoice.rules else None

    @property
    def database_url(self) -> str:
        """The database with an absolute path."""
        return f"sqlite:///{self.root / self.store.database.removeprefix('sqlite:///')}"

    def routes_in_force(self) -> tuple[Route, ...]:
        """`routes`, then those of every office; the first that fits wins."""
        return (*self.routes, *_decisions())

    def route_of(self, event: Event) -> Route | None:
        """The route in force that takes `event`."""
        fitting = (route for route in self.routes_in_force() if route.on == event.type and fits(event, route.condition))
        return next(fitting, None)

    def actors(self) -> dict[PersonKey, Actor]:
        """Everybody under `people`, as the approval rules know them."""
        return {PersonKey(key): self._actor(key, person) for key, person in self.people.items()}

    def actor_with(self, login: str) -> Actor:
        """Whoever has the operating-system user `login`. Raises NobodyHere with the line to add."""
        for key, person in self.people.items():
            if person.login == login:
                return self._actor(key, person)
        raise NobodyHere(
            f'Nobody under people: in {self.path.name} has the login "{login}".',
            place=str(self.path.name),
            next_step=f"Add below people: the line `{_key_from(login)}: {{login: {login}, roles: [clerk]}}`.",
        )

    def calendar(self, name: str) -> BusinessCalendar:
        """The calendar `name`, the same for the clock, payments and payroll. Raises CalendarUnknown."""
        if name not in self.calendars:
            raise CalendarUnknown(f"There is no calendar {name!r} under calendars: in {self.path.name}.")
        return self.calendars[name].opened(name)

    def helpdesk_hours(self) -> OfficeHours:
        """When the helpdesk works. Raises CalendarUnknown."""
        named = self.helpdesk.calendar
        return self.helpdesk.office_hours(self.company.timezone, self.calendar(named) if named else None)

    def _actor(self, key: str, person: Person) -> Actor:
        language = person.language or self.company.language
        return Actor(person=PersonKey(key), roles=frozenset(person.roles), email=person.email, language=language)

    def payroll_key(self) -> str:
        """The secret behind payroll documents; empty where none is named. Raises SecretMissing."""
        return self.archive.payroll_key.get_secret_value() if self.archive.payroll_key else ""

    def fingerprint(self) -> str:
        """SHA-256 of the configuration in force, secrets left out: the same on two machines that act alike."""
        from kontorist.config.report import leaves

        return content_hash([[list(path), value] for path, value in leaves(self)])


def _key_from(login: str) -> str:
    letters = "".join(letter if letter.isalnum() else "_" for letter in login.lower())
    return letters if letters[:1].isalpha() else f"p_{letters}"
