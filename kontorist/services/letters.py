"""Letters to the people of the office: planned with the booking that causes them, sent as effects."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor
from kontorist.domain.errors import KontoristError
from kontorist.domain.ids import DocumentId, EventId
from kontorist.domain.ports import ActionSink, Archive, Receipt
from kontorist.notifications.letters import LANGUAGES, Kind, Language, render
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner

KIND: Final = "mail"
#: Seconds after which a mail in `sending` may be asked about: one delivery waits for several answers of 30 s each.
TIMEOUT: Final = 300.0


class LetterBox:
    """Writes letters in the reader's language and plans them; one recipient a letter."""

    def __init__(self, config: Config, *, store: Store, archive: Archive, effects: EffectRunner) -> None:
        self._config = config
        self._store = store
        self._archive = archive
        self._effects = effects

    def carried_by(self, sink: ActionSink) -> None:
        """From now on `sink` carries the letters. A notice whose fate is unknown may be repeated: same Message-ID."""

        def act(request: Mapping[str, Any], key: str) -> Receipt:
            return sink.apply(self._with_files(request), key)

        def probe(request: Mapping[str, Any], key: str) -> Receipt | None:
            return sink.find(key)

        self._effects.register(EffectHandler(kind=KIND, act=act, probe=probe, timeout=TIMEOUT, on_uncertain="repeat"))

    def reaches(self, people: Iterable[Actor]) -> bool:
        """Whether a letter to `people` would be planned for any of them."""
        return self._config.notifications.mail_out is not None and any(actor.email for actor in people)

    def plan(
        self,
        tx: Connection,
        kind: Kind,
        to: Iterable[Actor],
        facts: Mapping[str, Any],
        *,
        key: str,
        thread: str,
        written: datetime,
        cause: EventId | None,
        attachments: Iterable[DocumentId] = (),
    ) -> None:
        """Plan one letter `kind` to each of `to` who has an address. `key` names the occasion, `written` its moment.

        Without a connector for mail (`notifications.mail_out`) nothing is planned; the worklist shows it all the same.
        """
        if self._config.notifications.mail_out is None:
            return
        files = list(attachments)
        for actor in to:
            if actor.email is None:
                continue
            letter = render(kind, _language(actor), facts)
            self._store.effects.plan(
                tx,
                key=f"mail/{key}/{actor.person}",
                kind=KIND,
                request={
                    "to": [actor.email],
                    "subject": letter.subject,
                    "text": letter.text,
                    "html": letter.html,
                    "documents": files,
                    "thread": thread,
                    "date": written.isoformat(),
                },
                cause=cause,
            )

    def send_planned(self, event: EventId) -> int:
        """Send what is planned for `event` and say how many went out. A failing one stays with its row."""
        with self._store.read() as tx:
            waiting = self._store.effects.list(tx, states=["planned"], cause=event)
        return sum(self._sent(each.key) for each in waiting if each.kind == KIND)

    def _sent(self, key: str) -> bool:
        try:
            self._effects.run(key)
        except KontoristError:  # recorded in the effect's row, which has its own attempts and its own place in status
            return False
        return True

    def _with_files(self, request: Mapping[str, Any]) -> dict[str, Any]:
        action = {key: value for key, value in request.items() if key != "documents"}
        action["attachments"] = [self._attachment(document) for document in request["documents"]]
        return action

    def _attachment(self, document: DocumentId) -> dict[str, str]:
        record = self._archive.get(document)
        content = self._archive.content(document)
        return {
            "name": record.name,
            "media_type": record.media_type,
            "content_base64": base64.b64encode(content).decode(),
        }


def _language(actor: Actor) -> Language:
    return next((language for language in LANGUAGES if language == actor.language), "en")
