"""Payslips by mail: one recipient each, the file opened by the employee's own password, sent once or shown.

The ledger of effects keeps ids only. Address and password are looked up in the moment of sending, so neither stands
in our tables, and the slip goes to whom the master data name for this employee and to nobody else.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from secrets import token_urlsafe
from typing import Any, Final

from kontorist.config import Config
from kontorist.domain.errors import BusinessError
from kontorist.domain.ids import DocumentId, EmployeeId
from kontorist.domain.payroll.employees import Employee
from kontorist.domain.payroll.slip_secrets import read_secrets, why_no_slip
from kontorist.domain.ports import ActionSink, Archive, Receipt
from kontorist.notifications.letters import LANGUAGES, Language, render
from kontorist.services.letters import TIMEOUT
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.store.payroll import Payslip

KIND: Final = "payslip"


class SlipMail:
    """Sends payslips; who was interrupted between sending and its record waits for a person (`ask`)."""

    def __init__(self, config: Config, *, store: Store, archive: Archive, effects: EffectRunner) -> None:
        self._config = config
        self._store = store
        self._archive = archive
        self._effects = effects

    @property
    def possible(self) -> bool:
        """Whether config.yaml names a connector for mail."""
        return self._config.notifications.mail_out is not None

    def carried_by(self, sink: ActionSink) -> None:
        """From now on `sink` carries the slips."""

        def act(request: Mapping[str, Any], key: str) -> Receipt:
            receipt = sink.apply(self._action(request), key)
            return Receipt(external_id=receipt.external_id, status=receipt.status)  # without the address

        def probe(request: Mapping[str, Any], key: str) -> Receipt | None:
            found = sink.find(key)
            return Receipt(external_id=found.external_id, status=found.status) if found else None

        self._effects.register(EffectHandler(kind=KIND, act=act, probe=probe, timeout=TIMEOUT, on_uncertain="ask"))

    def request(self, slip: Payslip, period: str, written: datetime) -> dict[str, Any]:
        """What is ordered: which document goes to which employee; no address, no name, no amount."""
        return {
            "employee": slip.employee,
            "document": slip.document,
            "period": period,
            "version": slip.release,
            "date": written.isoformat(),
        }

    def _action(self, request: Mapping[str, Any]) -> dict[str, Any]:
        employee = self._employee(EmployeeId(request["employee"]))
        secrets = self._secrets()
        why = why_no_slip(employee, secrets)
        if why is not None or employee.email is None:
            raise BusinessError("payslip_not_possible", why)
        content = protected(self._archive.content(DocumentId(request["document"])), secrets[employee.number])
        facts = {"period": request["period"], "company": self._config.company.name}
        letter = render("payslip", self._language(employee), facts)
        attachment = {
            "name": f"{request['period']}.pdf",
            "media_type": "application/pdf",
            "content_base64": base64.b64encode(content).decode(),
        }
        return letter.action([employee.email], attachments=[attachment], date=request["date"])

    def _employee(self, wanted: EmployeeId) -> Employee:
        with self._store.read() as tx:
            return self._store.employees.get(tx, wanted)

    def _secrets(self) -> Mapping[str, str]:
        named = self._config.payroll.payslip_secrets
        return read_secrets(named.get_secret_value()) if named else {}

    def _language(self, employee: Employee) -> Language:
        wanted = employee.language or self._config.company.language
        return next((language for language in LANGUAGES if language == wanted), "en")


def protected(pdf: bytes, secret: str) -> bytes:
    """The file, opened by `secret` only: AES with 256 bits (PDF 2.0, revision 6). Printing and reading aloud are free.

    The owner's password is random and kept nowhere: nobody lifts the protection but by the secret.
    """
    import pikepdf

    out = BytesIO()
    allowed = pikepdf.Permissions(modify_other=False, modify_assembly=False, modify_form=False)
    with pikepdf.open(BytesIO(pdf)) as document:
        locked = pikepdf.Encryption(user=secret, owner=token_urlsafe(32), R=6, aes=True, metadata=True, allow=allowed)
        document.save(out, encryption=locked)
    return out.getvalue()
