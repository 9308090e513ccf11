"""Tickets of the sample company, and the rules that sort them: for tests and the demo.

Each of `sample_tickets()` is the body of a signed webhook (`webhook/standard`): ``{"type", "subject", "data"}``.
"""

from __future__ import annotations

from typing import Any, Final

#: The section `helpdesk:` of config.yaml; its people are those of the sample company.
HELPDESK: Final = """\
helpdesk:
  hours: {from: "09:00", to: "17:00"}
  within: 16h
  escalate_after: 4h
  rules:
    - {words: ["mahnung*", "herinnering", "reminder"], category: reminder, owner: anna, within: 4h}
    - {words: ["rechnung*", "factuur", "invoice"], group: office, category: billing, owner: anna, within: 8h}
    - {sender: "@papierhaus-lindner.example", category: supplier, owner: joost}
"""


def answered(config: str, url: str = "https://desk.example/hooks/kontorist") -> str:
    """`config`, which has no routes yet, with the helpdesk told at `url` what became of its tickets.

    The secret is called desk_status.
    """
    connector = f'  desk_status: {{use: webhook/callback, url: "{url}", key: {{secret: desk_status}}}}\n'
    route = "  - {on: ticket.created, run: helpdesk/ticket_triage, reply_to: desk_status}\n"
    return config.replace("connectors:\n", f"routes:\n{route}connectors:\n{connector}")


def sample_tickets() -> list[dict[str, Any]]:
    """A morning at the helpdesk: a reminder, a question about an invoice, a supplier, a stranger, a machine."""
    return [
        _ticket(
            4711,
            "Mahnung zu PL-2026-0417",
            "Die Rechnung PL-2026-0417 ist noch offen. Bitte prüfen Sie das.",
            {"name": "Papierhaus Lindner GmbH", "email": "mahnwesen@papierhaus-lindner.example", "language": "de"},
        ),
        _ticket(
            4712,
            "Vraag over een factuur",
            "Op de factuur staat het oude adres. Kunt u dat aanpassen?",
            {"name": "Sanne Visser", "email": "sanne@visser.example", "language": "nl"},
            group="office",
        ),
        _ticket(
            4713,
            "Neue Preisliste",
            "Anbei unsere Preise ab Juni.",
            {"name": "Jonas Lindner", "email": "jonas@papierhaus-lindner.example"},
        ),
        _ticket(4714, "Parking", "Where can I park on Friday?", {"name": "Ann Otter", "email": "ann@otter.example"}),
        _ticket(
            4715,
            "Out of office",
            "I am back on Monday.",
            {"name": "Ann Otter", "email": "ann@otter.example"},
            auto_submitted="auto-replied",
        ),
    ]


def _ticket(number: int, subject: str, text: str, requester: dict[str, str], **more: str) -> dict[str, Any]:
    data = {"ticket": str(number), "subject": subject, "text": text, "requester": requester, **more}
    return {"type": "ticket.created", "subject": f"ticket-{number}", "data": data}
