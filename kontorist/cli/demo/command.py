"""`kontorist demo`: a working month of a sample company, through the real thing.

The demo writes a folder with a config.yaml, starts `kontorist up` in it, drops papers into folders, sends orders and
tickets as signed webhooks, decides what you may decide, has the day and the month reported, and stops. What came out
is read from the books.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.demo.company import SECRETS, Company, settle_in, webhook_secret
from kontorist.cli.progress import Bar
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.testing.twins.callback_receiver import CallbackReceiver


def demo(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the sample company is put; an earlier demo there is replaced.")
    ] = Path("kontorist-demo"),
    as_json: out.AsJson = False,
) -> None:
    """A sample company's month: from folder, mail and webhook to the books, in under a minute."""
    from kontorist.testing.twins.callback_receiver import callback_receiver

    session: Session = context.obj
    began = time.monotonic()
    with callback_receiver(webhook_secret()) as shop, Bar(quiet=session.quiet) as bar:
        company = settle_in(folder, shop=shop.url, shop_secret=shop.secret)
        facts = _worked_off(company, shop, bar)
    facts["seconds"] = round(time.monotonic() - began, 1)
    if as_json:
        out.json_object(facts)
    else:
        _show(facts)


def _worked_off(company: Company, shop: CallbackReceiver, bar: Bar) -> dict[str, Any]:
    """The month: what comes in, what the office does, what you do, what is reported."""
    from kontorist.cli.demo import account, month, people, plug, reading
    from kontorist.services import open_services

    with open_services(company.config) as services:
        with _running(company):
            bar.show("the month comes in", 0, 1)
            month.enter_master_data(services)
            pay = month.prepare_pay(company)
            imports = people.import_files(services, pay.staff)
            papers, events = month.hand_in(company, pay)
            pulled = plug.pull(company, services)
            month.wait_until_settled(services, events, bar)
            decided = people.decide(services, company)
            papers.append(month.hand_in_next(company))
            month.wait_until_settled(services, events + 1, bar)
            bar.show("day and month are reported", 1, 1)
            reports = month.report(company)
            month.wait_for_the_post(services, bar)
        done = account.Month(papers=papers, imports=imports, decided=decided, reports=reports, told=shop.told())
        facts = account.account(services, company, done)
        return facts | {
            "reading": reading.shown(services, facts["lines"]),
            "plug": plug.what_became_of(services, pulled),
            "backup": account.backed_up(services, company),
        }


@contextmanager
def _running(company: Company) -> Iterator[None]:
    """`kontorist up` in the demo's folder, as a user would start it; stopped cleanly in the end."""
    import signal
    import subprocess

    log = company.config.var / "log" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "kontorist.cli.main", "--quiet", "up"]
    environment = os.environ | company.environment
    with log.open("wb") as talk:
        process = subprocess.Popen(  # noqa: S603  # our own program
            command, cwd=company.config.root, env=environment, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


# --- the end


def _show(facts: Mapping[str, Any]) -> None:
    folder = Path(os.path.relpath(facts["folder"]))
    rows = [(each["came"], each["by"], _did(each), each["proof"]) for each in facts["lines"]]
    out.table(("what came", "by", "what the office did", "proof"), rows, empty="")
    out.line("")
    for name, sentence in _sentences(facts, folder):
        out.line(f"{name:<13}{sentence}")
    out.talk(f"Done in {facts['seconds']:.0f} s.")


def _did(line: Mapping[str, str]) -> str:
    return f"{line['did']}: {line['why']}" if line["why"] else line["did"]


def _sentences(facts: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    books, archive, traced = facts["books"], facts["archive"], facts["trace"]
    agree = "accounts add up to zero and agree with the open items" if books["agree"] else "THE ACCOUNTS DO NOT AGREE"
    missing = ", ".join(f"{count} {name}" for name, count in books["missing"].items())
    yield (
        "Books",
        f"{books['period']}: {books['entries']} entries; {agree}; open before closing: {missing or 'nothing'}",
    )
    verdict = "verified" if archive["ok"] else "NOT CLEAN"
    yield "Archive", f"{folder / archive['path']}: {verdict}, {archive['checked']} checked"
    yield "Letters", f"{_letters(facts['letters'])}, in {folder / 'outbox' / 'new'}; told the shop: {_told(facts)}"
    yield from _reading(facts["reading"])
    yield "Reports", str(folder / "var" / "reports")
    yield "Plug", _plug(facts["plug"])
    yield "One figure", f"{_figure(traced)}: kontorist trace {traced['line']['reference']}"
    yield "Backup", _backup(facts["backup"], folder)
    yield "Next", f"{_activation()}cd {folder} && . ./{SECRETS} && kontorist worklist list"
    yield "Go on", "kontorist up"


def _reading(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What reading is: evidence, what a person taught, e-invoices."""
    unknown, before, after = facts["unknown"], facts["taught"]["before"], facts["taught"]["after"]
    fields = ", ".join(_field(each) for each in unknown["fields"])
    yield (
        "Read",
        f"{unknown['file']}, a form nobody described: {fields}; {unknown['safe']} of {unknown['of']} fields safe",
    )
    yield (
        "Taught",
        f"{before['file']}: {before['why']} You showed it once. {after['file']}: invoice number "
        f"{after['value']} ({after['confidence']:.1%}, {after['reason']}), {after['did']}",
    )
    came, ours = facts["e_invoice"], facts["ours"]
    agrees = "page and XML agree" if came["page_agrees"] else "page and XML DIFFER"
    yield (
        "E-invoices",
        f"{came['file']}: {_verdict(came)} by schema and rules, {agrees}; ours, {ours['file']} with ZUGFeRD inside: "
        f"{_verdict(ours)} by the same",
    )


def _verdict(facts: Mapping[str, Any]) -> str:
    return "accepted" if facts["accepted"] else "NOT ACCEPTED"


def _field(each: Mapping[str, Any]) -> str:
    """A field with how sure it is and where it stands."""
    name, place = each["field"].replace("_", " "), ",".join(str(edge) for edge in each["box"] or ())
    return f"{name} {each['value']} ({each['confidence']:.1%}, page {each['page']} at {place})"


def _plug(facts: Mapping[str, Any]) -> str:
    """What a kill and a repeat have done: nothing."""
    left = facts["effects"] - facts["done"]
    outside = f"{facts['done']} of its effects done once" + (f", {left} still to go" if left else "")
    return (
        f"the worker was killed over {facts['event']} ({facts['type']}); begun {facts['begun']} times, "
        f"{facts['state']}, {outside}; an event that was sent twice counts once"
    )


def _backup(facts: Mapping[str, Any], folder: Path) -> str:
    file = folder / facts["file"]
    return f"{file}: {facts['rows']} rows, {facts['files']} files: kontorist restore {file} --to DIR"


def _letters(counts: Mapping[str, int]) -> str:
    """Letters and answers that went out, and those that go out when `kontorist up` runs again."""
    waiting = sum(count for state, count in counts.items() if state != "done")
    return f"{counts['done']} sent" + (f", {waiting} still to go" if waiting else "")


def _told(facts: Mapping[str, Any]) -> str:
    return ", ".join(facts["front_office"])


def _figure(traced: Mapping[str, Any]) -> str:
    line, evidence = traced["line"], traced["evidence"]
    box = ",".join(f"{evidence['box'][corner]:.0f}" for corner in ("x0", "y0", "x1", "y1"))
    return (
        f"{line['amount']} {line['currency']} on {line['account']} <- {evidence['field']} {evidence['value']}, "
        f"page {evidence['page']}, box {box} (% of the page) of {traced['document']}"
    )


def _activation() -> str:
    """What makes `kontorist` a word of this shell, where it is none yet."""
    import shutil

    if shutil.which("kontorist"):
        return ""
    return f". {os.path.relpath(Path(sys.executable).parent / 'activate')} && "
