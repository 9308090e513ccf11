"""Opens what config.yaml names: store, archive, readers, connectors, effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from connectors.registry import ConnectorContext, build
from connectors.settings import ConnectorSettings
from kontorist.archive.archive import DocumentArchive
from kontorist.config import Config
from kontorist.config.secrets import look_up
from kontorist.domain.calendars import BusinessCalendar
from kontorist.domain.conflicts import KIND as EVENT_CONFLICT
from kontorist.domain.errors import SetupWrong
from kontorist.domain.payables.intake_rules import ITEM_KINDS as INVOICE_KINDS
from kontorist.domain.ports import ActionSink, Archive, Clock, EventSource, PushSource
from kontorist.domain.receivables.checks import ORDER_KINDS
from kontorist.services import filing, order_files, reversals
from kontorist.services.alarms import Alarms
from kontorist.services.carriers import Carrier
from kontorist.services.closing import Closing
from kontorist.services.desk import Desk
from kontorist.services.einvoices import EInvoices
from kontorist.services.event_conflicts import ConflictDecisions, ConflictNotices
from kontorist.services.helpdesk import TICKET, Helpdesk, TicketDecisions
from kontorist.services.history import History
from kontorist.services.invoice_decisions import InvoiceDecisions
from kontorist.services.late_sink import LateSink
from kontorist.services.letters import LetterBox
from kontorist.services.mails import Mails
from kontorist.services.masterdata import MasterData
from kontorist.services.masterdata.bank_details import KIND as BANK_DETAILS
from kontorist.services.masterdata.bank_details import BankDetails
from kontorist.services.masterdata.parties import Parties
from kontorist.services.memory import SupplierMemory
from kontorist.services.order_decisions import OrderDecisions
from kontorist.services.order_files import OrderFiles
from kontorist.services.outside import DECLARED
from kontorist.services.payables import Payables
from kontorist.services.payroll.decisions import DoubtsLetThrough, ReleaseGranted, WaitingOrdered
from kontorist.services.payroll.mailing import SlipMail
from kontorist.services.payroll.months import DOUBTS, RELEASE, Months
from kontorist.services.payroll.releases import WAITING, Releases
from kontorist.services.payroll.vault import Vault
from kontorist.services.payroll.viewing import Viewing
from kontorist.services.receivables import Receivables
from kontorist.services.replies import Replies
from kontorist.services.sales_papers import SalesPapers
from kontorist.services.settling import Settling
from kontorist.services.tracing import Tracing
from kontorist.services.worklist import Worklist
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store
from kontorist.store.effects import EffectRunner

if TYPE_CHECKING:
    from kontorist.sandbox import Pool


class ConnectorUnfit(SetupWrong):
    """This connector cannot do what it is asked for."""

    code = "KON-391"
    next_step = "Compare its entry under `connectors:` with docs/reference/connectors.md."


class Services:
    """Everything a step may use. Open it with `open_services`; close it in the end, or use `with`.

    The pool of readers starts at its first use and is shared by all threads of the process. `effects` is the only
    caller of sinks; without `sinks` (a dry run) nothing planned is ever carried out.
    """

    def __init__(
        self, config: Config, *, clock: Clock, store: Store, archive: Archive, sinks: bool = True, readers: int = 1
    ) -> None:
        self.config = config
        self.clock = clock
        self.store = store
        self.archive = archive
        self.dry_run = not sinks
        self.effects = EffectRunner(store, declared=DECLARED if sinks else None)
        self.settling = Settling(clock=clock, store=store)
        self.letters = LetterBox(config, store=store, archive=archive, effects=self.effects)
        self.alarms = Alarms(config, clock=clock, store=store, letters=self.letters)
        self.desk = Desk(config, clock=clock, store=store, letters=self.letters)
        self.conflict_notices = ConflictNotices(store, self.desk)
        self.mails = Mails(config, store=store, archive=archive, pool=lambda: self.pool)
        self.memory = SupplierMemory(config, clock=clock, store=store, pool=lambda: self.pool)
        self.einvoices = EInvoices(config, reading=lambda: self.pool, checking=lambda: self.rules_pool)
        self.payables = Payables(
            config,
            clock=clock,
            store=store,
            archive=archive,
            desk=self.desk,
            mails=self.mails,
            einvoices=self.einvoices,
            memory=self.memory,
            pool=lambda: self.pool,
        )
        self.reversals = reversals.Reversals(config, clock=clock, store=store, desk=self.desk, payables=self.payables)
        self.filing = filing.FilingCabinet(
            config,
            clock=clock,
            store=store,
            archive=archive,
            desk=self.desk,
            mails=self.mails,
            pool=lambda: self.pool,
        )
        self.replies = Replies(store=store, effects=self.effects)
        self.receivables = Receivables(config, clock=clock, store=store, desk=self.desk, replies=self.replies)
        self.sales_papers = SalesPapers(
            config, clock=clock, store=store, archive=archive, letters=self.letters, receivables=self.receivables
        )
        self.order_files = OrderFiles(
            config, clock=clock, store=store, archive=archive, desk=self.desk, pool=lambda: self.pool
        )
        invoices = InvoiceDecisions(
            store=store, archive=archive, desk=self.desk, payables=self.payables, memory=self.memory
        )
        bank_details = BankDetails(
            clock=clock, store=store, desk=self.desk, invoices=invoices, four_eyes=config.approvals.four_eyes
        )
        parties = Parties(bank_details=bank_details, invoices=invoices)
        self.masterdata = MasterData(
            config, clock=clock, store=store, archive=archive, parties=parties, pool=lambda: self.pool
        )
        self.payslip_mail = SlipMail(config, store=store, archive=archive, effects=self.effects)
        vault = Vault(store=store, archive=archive)
        self.payroll = Months(
            config, clock=clock, store=store, archive=archive, desk=self.desk, vault=vault, pool=lambda: self.pool
        )
        self.payroll_releases = Releases(
            config, clock=clock, store=store, desk=self.desk, vault=vault, effects=self.effects, mail=self.payslip_mail
        )
        self.payroll_viewing = Viewing(clock=clock, store=store, archive=archive, vault=vault)
        self.helpdesk = Helpdesk(
            config, clock=clock, store=store, desk=self.desk, letters=self.letters, replies=self.replies
        )
        # One line for each kind of work item (docs/decisions/0011-work-items-by-kind.md).
        self.carriers: dict[str, Carrier] = {
            **dict.fromkeys(INVOICE_KINDS, invoices),
            reversals.KIND: self.reversals,
            TICKET: TicketDecisions(self.helpdesk),
            BANK_DETAILS: bank_details,
            filing.KIND: self.filing,
            DOUBTS: DoubtsLetThrough(clock=clock, store=store),
            RELEASE: ReleaseGranted(clock=clock, store=store),
            WAITING: WaitingOrdered(clock=clock, store=store, releases=self.payroll_releases),
            order_files.KIND: self.order_files,
            EVENT_CONFLICT: ConflictDecisions(store),
            **dict.fromkeys(ORDER_KINDS, OrderDecisions(store=store, desk=self.desk, receivables=self.receivables)),
        }
        self.worklist = Worklist(clock=clock, store=store, desk=self.desk, letters=self.letters, carriers=self.carriers)
        self.tracing = Tracing(store=store, worklist=self.worklist)
        self.history = History(store=store, worklist=self.worklist)
        self.closing = Closing(
            config,
            clock=clock,
            store=store,
            archive=archive,
            desk=self.desk,
            worklist=self.worklist,
            letters=self.letters,
        )
        self._readers = readers
        self._pool: Pool | None = None
        self._rules_pool: Pool | None = None
        if sinks and config.notifications.mail_out is not None:
            mail_out = self._late_sink(config.notifications.mail_out)
            self.letters.carried_by(mail_out)
            self.payslip_mail.carried_by(mail_out)
        if sinks:
            self.replies.carried_by({to: self._late_sink(to) for route in config.routes if (to := route.reply_to)})

    @property
    def pool(self) -> Pool:
        """The limited children that read foreign files."""
        if self._pool is None:
            from kontorist.extraction.reading import open_pool

            self._pool = open_pool(self._readers)
        return self._pool

    @property
    def rules_pool(self) -> Pool:
        """The limited child that holds e-invoices to their rules; it starts at its first use."""
        if self._rules_pool is None:
            from kontorist.extraction.checking import open_rules_pool

            self._rules_pool = open_rules_pool()
        return self._rules_pool

    def calendar(self, name: str) -> BusinessCalendar:
        """The calendar `name` of config.yaml, the same for the clock, payments and payroll. Raises CalendarUnknown."""
        return self.config.calendar(name)

    def sources(self) -> dict[str, EventSource]:
        """The connectors that are polled, by their name in config.yaml."""
        return {name: each for name in self.config.connectors if isinstance(each := self.connector(name), EventSource)}

    def push_sources(self) -> dict[str, PushSource]:
        """The connectors that others send to, by name."""
        return {name: each for name in self.config.connectors if isinstance(each := self.connector(name), PushSource)}

    def sink(self, name: str) -> ActionSink:
        """The connector `name`, which acts outside. Raises ConnectorUnfit where it cannot."""
        found = self.connector(name)
        if not isinstance(found, ActionSink):
            raise ConnectorUnfit(f"The connector {name!r} takes in only; it cannot send.")
        return found

    def _late_sink(self, name: str) -> ActionSink:
        return LateSink(lambda: self.sink(name))

    def connector(self, name: str) -> EventSource | PushSource | ActionSink:
        """The connector `name` of config.yaml, built."""
        entry = self.config.connectors[name]
        if not isinstance(entry.settings, ConnectorSettings):
            raise ConnectorUnfit(f"The settings of {name!r} are of a kind that we do not know.")
        return build(entry.use, name, entry.settings, connector_context(self.config, self.clock))

    def close(self) -> None:
        """End the children and close the database."""
        for pool in (self._pool, self._rules_pool):
            if pool is not None:
                pool.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connector_context(config: Config, clock: Clock) -> ConnectorContext:
    """What every connector may know of this installation."""
    return ConnectorContext(root=config.root, secret=lambda name: look_up(name).get_secret_value(), clock=clock)


def open_services(config: Config, *, clock: Clock | None = None, readers: int = 1) -> Services:
    """The real thing: the database and archive under `var/`, made where they are missing.

    `readers` is the number of children that read files side by side.
    """
    time = clock or SystemClock()
    config.var.mkdir(parents=True, exist_ok=True)
    store = Store.open(config.database_url, clock=time)
    archive = DocumentArchive(config.archive_path, clock=time, payroll_key=config.payroll_key)
    return Services(config, clock=time, store=store, archive=archive, readers=readers)
