"""`kontorist trace`: from a figure to the page it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.session import Session


def trace(
    context: typer.Context,
    reference: Annotated[
        str,
        typer.Argument(
            metavar="REF",
            help="An entry (12, E12), a line (12.1), a document, item or event, or a figure (A6400@2026-10).",
        ),
    ],
    as_json: out.AsJson = False,
) -> None:
    """What is behind a figure: entries, documents, and the field, page and box each amount was read from."""
    from kontorist.services import open_services

    session: Session = context.obj
    with open_services(session.config()) as services:
        facts = services.tracing.trace(reference)
    if as_json:
        out.json_object(facts)
        return
    for row in facts["balances"]:
        out.line(_balance(row))
    for entry in facts["entries"]:
        show_entry(entry)
    for document in facts["documents"]:
        out.line(f"document {document['id']}  {out.plain(document['name'])}  ({document['state']}, no entry)")
        _show_evidence(document["evidence"])
    if not (facts["balances"] or facts["entries"] or facts["documents"]):
        out.talk("There is no entry and no document behind this.")


def _balance(row: Mapping[str, Any]) -> str:
    moved = f"{row['opening']} + {row['debit']} - {row['credit']} = {row['closing']} {row['currency']}"
    before = f"  (opening: {row['opening_reference']})" if row["opening_reference"] else ""
    return f"{row['account']} {row['account_name']:<28} {moved}{before}"


def show_entry(entry: Mapping[str, Any]) -> None:
    """One entry of `Tracing.trace` with its document, lines and evidence."""
    agreed = f", agreed by {', '.join(entry['approved_by'])}" if entry["approved_by"] else ""
    out.line(f"E{entry['number']}  {entry['day']}  {out.plain(entry['text'])}")
    out.line(f"  posted {entry['posted'][:16]} by {entry['prepared_by']}{agreed}")
    for key, words in (("reverses", "takes back entry"), ("reversed_by", "taken back by entry")):
        if entry[key] is not None:
            out.line(f"  {words} E{entry[key]}")
    if entry["document"]:
        document = entry["document"]
        out.line(
            f"  document {document['id']}  {out.plain(document['name'] or '')}  SHA-256 {document['sha256'][:16]}..."
        )
    for line in entry["lines"]:
        amount = f"{line['amount']} {line['currency']}"
        out.line(
            f"  {line['reference']:<8} {line['account']} {line['account_name']:<28} {amount:>16}  {line['origin']}"
        )
        _show_evidence(line["evidence"])


def _show_evidence(evidence: list[dict[str, Any]]) -> None:
    for each in evidence:
        place = f"page {each['page']}{_corners(each['box'])}" if each["page"] else each["source"]
        value = "none" if each["value"] is None else out.plain(each["value"])
        out.line(f"           {each['field']} = {value}  {place}  {out.plain(each['reason'])}".rstrip())


def _corners(box: Mapping[str, float] | None) -> str:
    """The box in percent of the page, from its top left corner to its bottom right one."""
    return f" ({box['x0']:.0f},{box['y0']:.0f})-({box['x1']:.0f},{box['y1']:.0f})" if box else ""
