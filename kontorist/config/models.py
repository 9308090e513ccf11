"""What may stand in config.yaml, section by section. Every key has its line in docs/reference/config.md."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from kontorist.config.connector import Connector
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
    Section,
    Text,
    Version,
    Zone,
)
from kontorist.domain.approvals import Actor, ApprovalPolicy, ApprovalRule, Step
from kontorist.domain.errors import SetupWrong
from kontorist.domain.events import content_hash
from kontorist.domain.ids import PersonKey

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


class Company(Section):
    """The company whose books these are; its own numbers are never taken for a supplier's."""

    name: Text
    country: Country
    vat_id: Annotated[str, AfterValidator(_vat_id)] | None = None
    ibans: tuple[Annotated[str, AfterValidator(_iban)], ...] = ()
    currency: Currency = "EUR"
    language: Language = "en"
    timezone: Zone = "Europe/Amsterdam"


class Person(Section):
    """Somebody who decides or is told. `login` is the operating-system user at the command line."""

    login: Text | None = None
    email: Email | None = None
    language: Language | None = None
    roles: tuple[Role, ...] = ()


class StoreSection(Section):
    """Where our own database is."""

    database: Annotated[str, Field(pattern="^sqlite:///.+")] = "sqlite:///var/kontorist.db"


class Receiver(Section):
    """The process that takes webhooks."""

    listen: Listen = Address(host="127.0.0.1", port=8810)


class Engine(Section):
    """How `kontorist up` runs."""

    receiver: Receiver = Receiver()


class Route(Section):
    """Which event starts which flow; the first route that fits wins."""

    on: Text
    condition: dict[str, Any] = Field(default_factory=dict, alias="if")
    run: Text
    reply_to: Name | None = None


class Payables(Section):
    """How incoming invoices are compared."""

    duplicate_window: Duration = timedelta(days=400)
    tolerance: Amount = Decimal("0.02")


class ApprovalStep(Section):
    """`needed` different people, each with one of the roles."""

    any_of: Annotated[tuple[Role, ...], Field(min_length=1)]
    needed: Annotated[int, Field(ge=1, le=9)] = 1


class Rule(Section):
    """Which steps an amount needs; `below` is compared with the absolute value, without steps the machine may book."""

    below: Amount | None = None
    supplier_trusted: Flag | None = None
    steps: tuple[ApprovalStep, ...]


class Approvals(Section):
    """Who has to agree to what. Without a fitting rule everything needs one approver."""

    four_eyes: Flag = True
    rules: tuple[Rule, ...] = ()

    def policy(self) -> ApprovalPolicy:
        """The same as the domain's rules."""
        return ApprovalPolicy(four_eyes=self.four_eyes, rules=tuple(_rule(rule) for rule in self.rules))


def _rule(rule: Rule) -> ApprovalRule:
    steps = tuple(Step(any_of=step.any_of, needed=step.needed) for step in rule.steps)
    return ApprovalRule(steps=steps, below=rule.below, supplier_trusted=rule.supplier_trusted)


def _cron(text: str) -> str:
    from croniter import croniter

    if len(text.split()) != 5 or not croniter.is_valid(text):
        raise ValueError('a time is five fields: minute hour day month weekday, such as "0 8 * * MON-FRI"')
    return text


class Schedule(Section):
    """A flow that starts by the clock, at `cron` times (company time zone) or once in each span `every`."""

    run: Text
    cron: Annotated[str, AfterValidator(_cron)] | None = None
    every: Duration | None = None
    misfire: Literal["run_once", "run_all", "skip"] = "run_once"
    grace: Duration | None = None
    parameters: dict[Name, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_both(self) -> Schedule:
        if (self.cron is None) == (self.every is None):
            raise ValueError("give either cron or every")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError("every has to be at least 1s")
        return self


class ArchiveSection(Section):
    """Where originals are kept."""

    path: Path = Path("var/archive")


class Notifications(Section):
    """Which connector carries our mail; without one nothing is mailed."""

    mail_out: Name | None = None


class DailyReport(Section):
    """Who gets the daily report."""

    to: tuple[Name, ...] = ()


class Reporting(Section):
    """Who gets which report."""

    daily_report: DailyReport = DailyReport()


class Config(Section):
    """The whole configuration, checked. Paths in it are relative to `root`, the folder of config.yaml."""

    version: Version
    company: Company
    people: dict[Name, Person] = Field(default_factory=dict)
    store: StoreSection = StoreSection()
    engine: Engine = Engine()
    connectors: dict[Name, Connector] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    payables: Payables = Payables()
    approvals: Approvals = Approvals()
    schedules: dict[Name, Schedule] = Field(default_factory=dict)
    archive: ArchiveSection = ArchiveSection()
    notifications: Notifications = Notifications()
    reporting: Reporting = Reporting()

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
    def database_url(self) -> str:
        """The database with an absolute path."""
        return f"sqlite:///{self.root / self.store.database.removeprefix('sqlite:///')}"

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

    def _actor(self, key: str, person: Person) -> Actor:
        language = person.language or self.company.language
        return Actor(person=PersonKey(key), roles=frozenset(person.roles), email=person.email, language=language)

    def fingerprint(self) -> str:
        """SHA-256 of the configuration in force, secrets left out: the same on two machines that act alike."""
        from kontorist.config.report import leaves

        return content_hash([[list(path), value] for path, value in leaves(self)])


def _key_from(login: str) -> str:
    letters = "".join(letter if letter.isalnum() else "_" for letter in login.lower())
    return letters if letters[:1].isalpha() else f"p_{letters}"
