"""Mails into a Maildir in place of a server: for trying out, for the demo, and for handing on to a local mail program.

The file carries the key of the mail, so that what was written before is found again and nothing is written twice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from connectors.mail.message import SenderText, compose, message_id, parse_address
from connectors.registry import ConnectorContext
from connectors.settings import ConnectorSettings
from kontorist.domain.errors import TransientError, UncertainOutcome
from kontorist.domain.ports import CheckResult, Receipt

KIND: Final = "mail"
KEY_VERSION: Final = "1"  #: as in mail/smtp
CAPABILITIES: Final = frozenset({"sink"})


class Settings(ConnectorSettings):
    """The keys of a `mail/maildir` connector in config.yaml."""

    path: Path = Field(description="The Maildir, from the folder of config.yaml on; made when it is not there.")
    sender: SenderText = Field(description="From whom the mails come: `Kontorist <backoffice@example.org>`.")


class Maildir:
    """Writes each mail as one file under new/. Satisfies `ActionSink`."""

    def __init__(self, name: str, settings: Settings, context: ConnectorContext) -> None:
        self.name = name
        self.settings = settings
        self._folder = context.root / settings.path
        self._sender = parse_address(settings.sender)
        self._domain = context.mail_domain or self._sender.domain
        self._clock = context.clock

    def check(self) -> list[CheckResult]:
        """May we write there."""
        try:
            self._prepare()
        except OSError as error:
            sentence = f"{self._folder} cannot be written: {error.strerror}."
            return [CheckResult(ok=False, sentence=sentence, repair="Choose another `path`, or give the right to it.")]
        return [CheckResult(ok=True, sentence=f"Mails are written to {self._folder}.")]

    def find(self, key: str) -> Receipt | None:
        """The receipt of the mail written under `key`, read or unread by now. Raises UncertainOutcome."""
        identity = message_id(key, self._domain)
        name = identity[1:33]
        try:
            for state in ("new", "cur"):
                folder = self._folder / state
                if folder.is_dir() and any(each.startswith(name) for each in os.listdir(folder)):
                    return Receipt(external_id=identity, status="accepted")
        except OSError as error:
            raise UncertainOutcome(f"{self._folder} cannot be read.") from error
        return None

    def apply(self, action: Mapping[str, Any], key: str) -> Receipt:
        """Write the mail, or find that it is there already. Raises BusinessError, TransientError."""
        mail = compose(action, key, sender=self._sender, domain=self._domain, now=self._clock.now())
        receipt = Receipt(external_id=mail.id, status="accepted", facts={"to": list(mail.recipients)})
        if self.find(key):
            return receipt
        try:
            self._prepare()
            self._write(mail.id[1:33] + ".kontorist", mail.content)
        except OSError as error:
            raise TransientError(f"{self._folder} cannot be written: {error.strerror}.") from error
        return receipt

    def _prepare(self) -> None:
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all: tmp/, then renamed; file and folder reach the disk first."""
        unfinished = self._folder / "tmp" / f"{name}.{os.getpid()}"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self._folder / "new" / name)
        folder = os.open(self._folder / "new", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def build(name: str, settings: Settings, context: ConnectorContext) -> Maildir:
    """The Maildir `name` of config.yaml."""
    return Maildir(name, settings, context)
