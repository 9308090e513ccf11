"""Other sides that fail in every way there is, and workers that die at every place of an effect: 0 lost, 0 doubled.

The other sides outlive the workers and count. The rule: an effect that is `done` is there; nothing is there twice. Only
a notice may arrive again, under its Message-ID, where its worker died or the line broke between the end of DATA and
the record; what must not be repeated stops there and is shown (`unknown`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from typing import Any, Final, Literal

import pytest

from connectors.mail.smtp import SmtpServer
from connectors.registry import ConnectorContext, build
from kontorist.domain.errors import KontoristError
from kontorist.domain.ports import Receipt
from kontorist.failpoints import watched_by
from kontorist.store.database import Store
from kontorist.store.effect_ledger import Effect
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.store.errors import EffectUnderWay
from kontorist.testing.fakes import FakeClock, secrets
from kontorist.testing.kills import Killed, raise_killed
from kontorist.testing.twins.erp import Erp, ErpDoor, ErpFault
from kontorist.testing.twins.smtp import Fault, MailServer

pytestmark = [pytest.mark.faults]

TIMEOUT: Final = 60.0  #: of each act, on the fake clock; the sockets give up after a fraction of a real second
PLACES: Final = [f"effects.{when}_{step}" for step in ("begin", "act", "done") for when in ("before", "after")]
#: In the short version those after which something new is known, here or outside.
TRIED: Final = PLACES if int(os.environ.get("KONTORIST_FAULT_KILLS", "3")) >= 20 else PLACES[1::2]
#: After these the mail is out and nobody has written it down.
MAIL_IS_OUT: Final = {Fault.DROP_AFTER_DATA, Fault.SILENT_AFTER_DATA}
ACTED: Final = {"effects.after_act", "effects.before_done"}

Policy = Literal["ask", "repeat"]


@dataclass
class Ledger:
    """A store and a clock; workers die and others take up what they left."""

    store: Store
    clock: FakeClock
    handlers: list[EffectHandler] = field(default_factory=list)

    def live(self, key: str, kind: str, dies_at: str | None = None) -> None:
        """One worker that plans the effect and carries it out, and dies at a place when it is told to."""
        with self.store.write() as tx:
            self.store.effects.plan(tx, key=key, kind=kind, request=NOTICE if "@" not in key else {})
        with ExitStack() as stack, suppress(KontoristError, Killed):
            if dies_at:
                stack.enter_context(watched_by(lambda place: raise_killed(place) if place == dies_at else None))
            EffectRunner(self.store, self.handlers).run(key)

    def goes_on(self, key: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Other workers look every twenty seconds at what was left, until the effect is settled."""
        for _ in range(90):
            if self.row(key).state not in ("planned", "sending"):
                return
            self.clock.advance(seconds=20)
            meanwhile()
            EffectRunner(self.store, self.handlers).run_due(self.clock.now())

    def row(self, key: str) -> Effect:
        with self.store.read() as tx:
            return self.store.effects.get(tx, key)


NOTICE: Final[Mapping[str, Any]] = {"to": ["anna@example.org"], "subject": "Freigabe", "text": "Guten Tag"}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, FakeClock]]:
    clock = FakeClock()
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('books')}/kontorist.db", clock=clock, boot="monday") as store:
        yield store, clock


@pytest.fixture
def ledger(books: tuple[Store, FakeClock]) -> Ledger:
    return Ledger(*books)


# An ERP --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[True, False], ids=["with search", "without search"])
def erp(request: pytest.FixtureRequest) -> Iterator[Erp]:
    with Erp(search=request.param) as server:
        yield server


def knows(ledger: Ledger, erp: Erp) -> None:
    door = ErpDoor(erp.port)
    ledger.handlers.append(
        EffectHandler(kind="erp", act=door.apply, probe=lambda _, key: door.find(key), timeout=TIMEOUT)
    )


@pytest.mark.parametrize("fault", [None, *ErpFault])
def test_whatever_the_erp_does_a_record_is_there_once_or_a_person_is_asked(
    ledger: Ledger, erp: Erp, fault: ErpFault | None
) -> None:
    knows(ledger, erp)
    for place in (None, *TRIED):
        key = f"order@{erp.search}/{fault}/{place}"
        erp.faults[:] = [fault] if fault else []

        ledger.live(key, "erp", place)
        ledger.goes_on(key, meanwhile=erp.land)  # a slow commit lands before the time of its act is over

        effect, there = ledger.row(key), erp.records.count(key)
        assert effect.state in ("done", "unknown", "failed"), (key, effect)
        assert there <= 1, f"{key} is there {there} times"
        assert there == 1 or effect.state != "done", f"{key} is said to be done and is not there"
        assert there == 0 or effect.state != "failed", f"{key} is there and said to have failed"
        if erp.search and fault is not ErpFault.REFUSED:
            assert (effect.state, there) == ("done", 1), f"{key}: who can ask does not stop"


def test_nobody_asks_an_erp_while_its_commit_may_still_land(ledger: Ledger) -> None:
    with Erp() as erp:
        knows(ledger, erp)
        erp.faults.append(ErpFault.COMMIT_LATE)
        ledger.live("late@erp", "erp")
        runner = EffectRunner(ledger.store, ledger.handlers)

        for _ in range(5):
            ledger.clock.advance(seconds=10)
            with pytest.raises(EffectUnderWay):
                runner.run("late@erp")
        assert erp.asked == 0
        erp.land()
        ledger.clock.advance(seconds=10)

        assert runner.run("late@erp").status == "found"
        assert erp.records == ["late@erp"]


# A mail server -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer() as twin:
        yield twin


@pytest.fixture(scope="module")
def door(server: MailServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], SmtpServer]]:
    made: list[SmtpServer] = []
    context = ConnectorContext(root=tmp_path_factory.mktemp("door"), secret=secrets(), clock=FakeClock())

    def new() -> SmtpServer:
        settings = {"host": "127.0.0.1", "port": server.port, "tls": "none", "sender": "Office <office@example.org>"}
        connector = build("mail/smtp", "mail_out", settings | {"timeout": timedelta(seconds=0.4)}, context)
        assert isinstance(connector, SmtpServer)
        made.append(connector)
        return connector

    yield new
    for each in made:
        each.close()


def carried(ledger: Ledger, sink: SmtpServer, policy: Policy) -> None:
    """As the letters of the office are, which may be repeated, or as payslips, which may not."""

    def probe(request: Mapping[str, Any], key: str) -> Receipt | None:
        return sink.find(key)

    handler = EffectHandler(kind=policy, act=sink.apply, probe=probe, timeout=TIMEOUT, on_uncertain=policy)
    ledger.handlers.append(handler)


@pytest.mark.parametrize("policy", ["ask", "repeat"])
@pytest.mark.parametrize("fault", [None, *Fault])
def test_whatever_the_mail_server_does_a_mail_counts_once_by_its_message_id(
    ledger: Ledger, server: MailServer, door: Callable[[], SmtpServer], fault: Fault | None, policy: Policy
) -> None:
    for place in (None, *TRIED):
        key = f"letter/{policy}/{fault}/{place}"
        server.faults[:] = [fault] if fault else []
        before = len(server.accepted)
        sink = door()
        carried(ledger, sink, policy)

        ledger.live(key, policy, place)
        sink.close()  # the connection dies with the worker
        ledger.goes_on(key)

        effect, copies = ledger.row(key), len(server.accepted) - before
        assert len({message_from_bytes(raw)["Message-ID"] for raw in server.accepted[before:]}) == min(copies, 1), key
        uncertain = place in ACTED or fault in MAIL_IS_OUT
        if policy == "ask":
            assert copies <= 1, f"{key} arrived {copies} times"
            assert effect.state != "done" or copies == 1, f"{key} is said to be sent and never arrived"
        else:
            assert copies <= (2 if uncertain else 1), f"{key} arrived {copies} times"
            assert (effect.state, copies > 0) in (("done", True), ("failed", False)), f"{key}: {effect}"
        ledger.handlers.clear()
