"""`kontorist demo`: a month of post of a sample company, through the real thing.

The demo writes a folder with a config.yaml, starts `kontorist up` in it, drops papers into a folder and sends others as
signed webhooks, waits until everything is settled, has the day reported, and stops. What came out is read from the
books.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from kontorist.cli import out
from kontorist.cli.progress import Bar
from kontorist.cli.session import OperatingSystemUser, Session
from kontorist.domain.errors import SetupWrong

if TYPE_CHECKING:
    from kontorist.config import Config
    from kontorist.services import Services
    from kontorist.testing.documents.company import SamplePaper

MARK: Final = ".kontorist-demo"
DOOR: Final = "front_office"  # the webhook connector, and the name of its secret
_WITHIN: Final = 180.0  # seconds; on a slow machine Prefect's first start takes half a minute of them
_CONFIG: Final = """\
# Made by `kontorist demo`: the sample company. Copy it as a beginning for your own.
version: 1
company:
  name: Kontor Beispiel B.V.
  country: NL
  registered_in: [DE] # the branch in Berlin
  vat_id: NL000099998B57
  currency: EUR
  language: en
  timezone: Europe/Amsterdam
people:
  anna: {{email: anna@example.org, language: de, roles: [clerk]}}
  joost: {{login: {login}, email: joost@example.org, language: nl, roles: [approver]}}   # you, in this demo
  carla: {{email: carla@example.org, language: en, roles: [controller, approver]}}
engine:
  receiver: {{listen: "127.0.0.1:0"}}
connectors:
  scanner: {{use: folder/local, path: in/invoices, settle: 1s, every: 1s, document_type: invoice}}
  front_office:
    use: webhook/standard
    key: {{secret: {secret}}}
    emits: document.received
    document_type: invoice
  outbox: {{use: mail/maildir, path: outbox, sender: "Kontorist <backoffice@example.org>"}}
routes:
  - {{on: document.received, if: {{document_type: invoice}}, run: payables/invoice_intake}}
  - {{on: approval.granted, run: payables/approval}}
  - {{on: approval.refused, run: payables/approval}}
  - {{on: approval.returned, run: payables/approval}}
approvals:
  rules:
    - {{below: "1000.00", supplier_trusted: true, steps: []}}
    - {{below: "5000.00", steps: [{{any_of: [approver], needed: 1}}]}}
    - {{steps: [{{any_of: [approver], needed: 1}}, {{any_of: [controller], needed: 1}}]}}
schedules:
  daily_report: {{run: reporting/daily_report, cron: "0 18 * * MON-FRI"}}
notifications: {{mail_out: outbox}}
reporting: {{daily_report: {{to: [anna, carla]}}}}
"""


class NotOurFolder(SetupWrong):
    """This folder is not from an earlier demo; nothing in it is touched."""

    code = "KON-381"
    next_step = "Name another one: `kontorist demo --folder DIR`."


class DemoTooSlow(SetupWrong):
    """The demo did not get through its papers in time."""

    code = "KON-382"
    next_step = "Look into var/log in the demo's folder, then try again on a machine with less to do."


def demo(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the sample company is put; an earlier demo there is replaced.")
    ] = Path("kontorist-demo"),
    as_json: out.AsJson = False,
) -> None:
    """A sample company's post, from the folder and the webhook to the books, in under a minute."""
    session: Session = context.obj
    began = time.monotonic()
    config, environment = _company(folder)
    from kontorist.services import open_services

    with open_services(config) as services, _running(config, environment), Bar(quiet=session.quiet) as bar:
        papers = _post(services, config, environment, bar)
        _wait_until_settled(services, len(papers), bar)
        report = _reported(config, bar)
        facts = _facts(services, papers, report)
    facts["seconds"] = round(time.monotonic() - began, 1)
    if as_json:
        out.json_object(facts)
    else:
        _show(facts)


# --- the company


def _company(folder: Path) -> tuple[Config, dict[str, str]]:
    """A fresh folder with its configuration, and the environment with its secret."""
    import base64
    import secrets
    import shutil

    from kontorist.config import load

    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise NotOurFolder(f"{folder} holds something else than an earlier demo.")
        shutil.rmtree(folder)
    (folder / "in" / "invoices").mkdir(parents=True)
    (folder / MARK).touch()
    login = OperatingSystemUser().login()
    (folder / "config.yaml").write_text(_CONFIG.format(login=login, secret=DOOR), encoding="utf-8")
    key = folder / "var" / "front_office.key"
    key.parent.mkdir()
    key.write_text("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), encoding="ascii")
    key.chmod(0o600)
    environment = {f"KONTORIST_SECRET_{DOOR.upper()}_FILE": str(key.resolve())}
    return load(folder, environment=os.environ | environment), environment


@contextmanager
def _running(config: Config, environment: Mapping[str, str]) -> Iterator[None]:
    """`kontorist up` in the demo's folder, as a user would start it; stopped cleanly in the end."""
    import signal
    import subprocess

    log = config.var / "log" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "kontorist.cli.main", "--quiet", "up"]
    with log.open("wb") as talk:
        process = subprocess.Popen(  # noqa: S603  # our own program
            command, cwd=config.root, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


# --- the post


def _post(services: Services, config: Config, environment: Mapping[str, str], bar: Bar) -> list[SamplePaper]:
    """Suppliers into the master data, papers into the folder and over the webhook, while Prefect's server starts."""
    from kontorist.domain.ids import SupplierId, derived_id
    from kontorist.domain.payables.suppliers import Supplier
    from kontorist.testing.documents.company import sample_month, supplier_masterdata

    with services.store.write() as tx:
        for facts in supplier_masterdata():
            supplier = Supplier(
                id=SupplierId(derived_id("S", facts["name"])), **{**facts, "ibans": tuple(facts["ibans"])}
            )
            services.store.suppliers.put(tx, supplier)
    bar.show("the post comes in", 0, 1)
    papers = sample_month(config.root / "papers", today=_today(config))
    for paper in papers:
        if paper.how == "folder":
            _drop(paper, config.root / "in" / "invoices")
    _send([paper for paper in papers if paper.how == "webhook"], config, environment)
    return papers


def _today(config: Config) -> date:
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo(config.company.timezone)).date()


def _drop(paper: SamplePaper, folder: Path) -> None:
    """As a scanner does: under another name first, then renamed."""
    import shutil

    half = folder / f".{paper.file.name}.part"
    shutil.copyfile(paper.file, half)
    half.rename(folder / paper.file.name)


def _send(papers: Sequence[SamplePaper], config: Config, environment: Mapping[str, str]) -> None:
    """As a shop or portal does: signed, one POST a paper, until it is answered 202."""
    from urllib.request import Request, urlopen

    from kontorist.testing.twins.webhook_sender import WebhookSender

    key = Path(environment[f"KONTORIST_SECRET_{DOOR.upper()}_FILE"]).read_text(encoding="ascii")
    sender = WebhookSender((key,))
    address = _receiver(config)
    for number, paper in enumerate(papers, start=1):
        document = (paper.file.name, "application/pdf", paper.file.read_bytes())
        delivery = sender.event(
            "document.received", {}, identity=f"demo-{number}", now=datetime.now(UTC), documents=[document]
        )
        request = Request(f"{address}/hooks/front_office", data=delivery.body, headers=dict(delivery.headers))  # noqa: S310  # our own receiver
        with urlopen(request, timeout=30) as answer:  # noqa: S310  # our own receiver
            if answer.status != 202:
                raise DemoTooSlow(f"The receiver answered {answer.status} to {paper.file.name}.")


def _receiver(config: Config) -> str:
    """Where the receiver listens, once it does."""
    from kontorist.engine.instance import notice_of

    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        notice = notice_of(config.var)
        if notice is not None and "receiver" in notice and _answers(notice["receiver"]):
            return str(notice["receiver"])
        time.sleep(0.1)
    raise DemoTooSlow("The receiver does not answer.")


def _answers(address: str) -> bool:
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(f"{address}/health", timeout=1) as answer:  # noqa: S310  # our own receiver
            return bool(answer.status == 200)
    except (OSError, URLError):
        return False


# --- the work


def _wait_until_settled(services: Services, expected: int, bar: Bar) -> None:
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        with services.store.read() as tx:
            counts = services.store.inbox.counts(tx)
        settled = counts["done"] + counts["quarantined"]
        bar.show("the office works" if settled else "Prefect's server starts", settled, expected)
        if settled >= expected:
            return
        time.sleep(0.2)
    raise DemoTooSlow


def _reported(config: Config, bar: Bar) -> Mapping[str, Any]:
    from kontorist.engine.runs import run_once

    bar.show("the day is reported", 1, 1)
    (result,) = run_once(config, "reporting/daily_report")
    return result.outcome or {}


def _facts(services: Services, papers: Sequence[SamplePaper], report: Mapping[str, Any]) -> dict[str, Any]:
    """What became of each paper, from the books; the archive is verified on the way."""
    with services.store.read() as tx:
        rows = {row.name: row for row in services.store.documents.list(tx)}
        numbers = {posted.entry.id: posted.number for posted in services.store.journal.entries(tx)}
        items = {item.subject: item for item in services.store.worklist.list(tx)}
        letters = services.store.effects.counts(tx)
    shown = []
    for paper in papers:
        row = rows[paper.file.name]
        item = items.get(row.id)
        shown.append(
            {
                "file": paper.file.name,
                "what": paper.what,
                "how": paper.how,
                "state": row.state,
                "reasons": list(item.reasons) if item else [row.reason] if row.reason else [],
                "entry": numbers[row.entry_id] if row.entry_id else None,
                "item": item.id if item else None,
            }
        )
    return {
        "folder": str(services.config.root),
        "papers": shown,
        "letters": letters,
        "report": report.get("files", []),
        "archive": _verified(services),
    }


def _verified(services: Services) -> dict[str, Any]:
    from kontorist.archive.archive import DocumentArchive

    if not isinstance(services.archive, DocumentArchive):
        raise TypeError("the demo works on a real archive")
    found = services.archive.verify(full=True)
    path = services.config.archive_path.relative_to(services.config.root)
    return {"path": str(path), "ok": found.ok, "checked": found.checked}


# --- the end


def _show(facts: Mapping[str, Any]) -> None:
    folder = Path(os.path.relpath(facts["folder"]))
    rows = [
        (each["file"], each["what"], each["how"], _became(each), each["reasons"][0] if each["reasons"] else "")
        for each in facts["papers"]
    ]
    out.table(("paper", "what it is", "came by", "became", "why"), rows, empty="")
    archive = facts["archive"]
    out.line("")
    out.line(f"Report   {', '.join(str(folder / file) for file in facts['report'])}")
    out.line(f"Mail     {facts['letters']['done']} letters in {folder / 'outbox' / 'new'}")
    verdict = "verified" if archive["ok"] else "NOT CLEAN"
    out.line(f"Archive  {folder / archive['path']}: {verdict}, {archive['checked']} checked")
    waiting = next((each["item"] for each in facts["papers"] if each["item"]), None)
    out.line(
        f"Next     {_activation()}cd {folder} && kontorist worklist list && kontorist worklist show {waiting or 'ID'}"
    )
    out.line(f"Go on    export KONTORIST_SECRET_{DOOR.upper()}_FILE=$PWD/var/front_office.key && kontorist up")
    out.talk(f"Done in {facts['seconds']:.0f} s.")


def _activation() -> str:
    """What makes `kontorist` a word of this shell, where it is none yet."""
    import shutil

    if shutil.which("kontorist"):
        return ""
    return f". {os.path.relpath(Path(sys.executable).parent / 'activate')} && "


def _became(each: Mapping[str, Any]) -> str:
    if each["state"] == "booked":
        return f"booked as entry {each['entry']}"
    if each["state"] == "worklist":
        return "waits for a person"
    return str(each["state"])
