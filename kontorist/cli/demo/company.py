"""The sample company of the demo: its folder, its configuration, its secrets."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kontorist.cli.session import OperatingSystemUser
from kontorist.domain.errors import SetupWrong

if TYPE_CHECKING:
    from kontorist.config import Config

MARK: Final = ".kontorist-demo"
FRONT_OFFICE: Final = "front_office"  # the webhook connector, and the name of its secret
YOU: Final = "joost"
SECRETS: Final = "secrets.env"
_CONFIG: Final = """\
# Made by `kontorist demo`: the sample company. Copy it as a beginning for your own.
version: 1
company:
  name: {company}
  country: NL
  registered_in: [DE] # the branch in Berlin
  address: {{street: {street}, postcode: {postcode}, town: {town}}}
  vat_id: {vat_id}
  ibans: [{iban}]
  legal_notice: KvK 99099099
  currency: EUR
  language: en
  timezone: Europe/Amsterdam
people:
  anna: {{email: anna@example.org, language: de, roles: [clerk]}}
  joost: {{login: {login}, email: joost@example.org, language: nl, roles: [approver, payroll]}} # you, in this demo
  carla: {{email: carla@example.org, language: en, roles: [controller, approver, payroll]}}
engine:
  receiver: {{listen: "127.0.0.1:0"}}
connectors:
  scanner: {{use: folder/local, path: in/invoices, settle: 1s, every: 1s, document_type: invoice}}
  branch_mail: {{use: folder/local, path: in/mail, settle: 1s, every: 1s, document_type: invoice}}
  reception: {{use: folder/local, path: in/post, settle: 1s, every: 1s}}
  agent: {{use: folder/local, path: in/orders, settle: 1s, every: 1s, emits: order.file_received}}
  timesheets: {{use: folder/local, path: in/payroll, settle: 1s, every: 1s, emits: payroll.sheet_received}}
  front_office:
    use: webhook/standard
    key: {{secret: front_office}}
    emits: [document.received, ticket.created, order.created, order.cancelled]
    document_type: invoice
  # the shop that hears what became of its orders; it went away with the demo
  shop_status: {{use: webhook/callback, url: "{callback}", key: {{secret: shop_status}}}}
  outbox: {{use: mail/maildir, path: outbox, sender: "Kontorist <backoffice@example.org>"}}
routes:
  - {{on: document.received, if: {{document_type: invoice}}, run: payables/invoice_intake}}
  - {{on: document.received, run: documents/archiving}}
  - {{on: ticket.created, run: helpdesk/ticket_triage, reply_to: shop_status}}
  - {{on: order.created, run: receivables/order_to_invoice, reply_to: shop_status}}
  - {{on: order.file_received, run: receivables/order_file}}
  - {{on: order.cancelled, run: receivables/order_cancellation, reply_to: shop_status}}
  - {{on: payroll.sheet_received, run: payroll/payroll_run}}
approvals:
  rules:
    - {{below: "1000.00", supplier_trusted: true, steps: []}}
    - {{below: "5000.00", steps: [{{any_of: [approver], needed: 1}}]}}
    - {{steps: [{{any_of: [approver], needed: 1}}, {{any_of: [controller], needed: 1}}]}}
receivables: {{invoice_number: "{{year}}-{{number:05d}}", einvoice: zugferd}}
archive: {{payroll_key: {{secret: payroll}}}}
payroll: {{payslip_secrets: {{secret: payslips}}}}
calendars:
  nl: {{holidays: NL}}
schedules:
  daily_report: {{run: reporting/daily_report, cron: "0 18 * * MON-FRI"}}
  late_tickets: {{run: helpdesk/overdue, every: 15m}}
  month_end: {{run: closing/month_end, cron: "0 6 * * *", only: {{workday: 1}}, calendar: nl}}
notifications: {{mail_out: outbox}}
reporting:
  daily_report: {{to: [anna, carla]}}
  month_pack: {{to: [carla]}}
"""


class NotOurFolder(SetupWrong):
    """This folder is not from an earlier demo; nothing in it is touched."""

    code = "KON-381"
    next_step = "Name another one: `kontorist demo --folder DIR`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The company in its folder, with the `environment` its programs need."""

    config: Config
    environment: dict[str, str]

    def folder(self, name: str) -> Path:
        """The folder in which what comes in by this way is put."""
        return self.config.root / "in" / name

    def secret(self, name: str) -> Path:
        """The file that holds a secret."""
        return Path(self.environment[_variable(name)])


def settle_in(folder: Path, *, shop: str, shop_secret: str) -> Company:
    """A fresh folder with configuration and secrets; answers to the front office go to the address `shop`.

    Raises NotOurFolder.
    """
    from kontorist.config import load

    _make_room(folder)
    for name in ("invoices", "mail", "orders", "post", "payroll"):
        (folder / "in" / name).mkdir(parents=True)
    (folder / MARK).touch()
    (folder / "config.yaml").write_text(_configuration(shop), encoding="utf-8")
    environment = _secrets(folder / "var" / "secrets", shop_secret)
    lines = "".join(f"export {name}={file}\n" for name, file in environment.items())
    (folder / SECRETS).write_text(lines, encoding="utf-8")
    return Company(config=load(folder, environment=os.environ | environment), environment=environment)


def _make_room(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise NotOurFolder(f"{folder} holds something else than an earlier demo.")
        shutil.rmtree(folder)


def _configuration(callback: str) -> str:
    from kontorist.testing.documents.company import COMPANY
    from kontorist.testing.tickets import HELPDESK

    seat = {"street": COMPANY.street, "postcode": COMPANY.postcode, "town": COMPANY.city}
    numbers = {"company": COMPANY.name, "vat_id": COMPANY.vat_id, "iban": COMPANY.iban}
    login = OperatingSystemUser().login()
    return _CONFIG.format(**seat, **numbers, login=login, callback=callback) + HELPDESK


def webhook_secret() -> str:
    """A secret that nobody else knows, in the form that senders of webhooks show."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _secrets(folder: Path, shop_secret: str) -> dict[str, str]:
    """Each in a file for its owner only; the passwords of the payslips are filled in with the time sheets."""
    folder.mkdir(parents=True, mode=0o700)
    contents = {
        FRONT_OFFICE: webhook_secret(),
        "shop_status": shop_secret,
        "payroll": secrets.token_hex(32),
        "payslips": "",
    }
    return {_variable(name): str(_private(folder / name, text).resolve()) for name, text in contents.items()}


def _private(file: Path, content: str) -> Path:
    file.touch(mode=0o600)
    file.write_text(content, encoding="utf-8")
    return file


def _variable(name: str) -> str:
    return f"KONTORIST_SECRET_{name.upper()}_FILE"
