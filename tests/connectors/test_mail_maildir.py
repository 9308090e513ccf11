"""Mails into a Maildir."""

from __future__ import annotations

import mailbox
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.mail.maildir import Maildir
from connectors.registry import ConnectorContext, build
from kontorist.domain.errors import TransientError, UncertainOutcome
from kontorist.domain.ports import ActionSink
from kontorist.testing.fakes import FakeClock, secrets, sentences
from kontorist.testing.twins.smtp import accepted_in

NOTICE = {"to": "Anna <anna@example.org>", "subject": "Prüfen: Müller", "text": "Guten Tag"}


@pytest.fixture
def maildir(tmp_path: Path) -> Maildir:
    context = ConnectorContext(root=tmp_path, secret=secrets(), clock=FakeClock())
    connector = build("mail/maildir", "mail_out", {"path": "mail", "sender": "Kontorist <k@example.org>"}, context)
    assert isinstance(connector, Maildir)
    return connector


def test_a_mail_lies_in_new_for_any_mail_program(maildir: Maildir, tmp_path: Path) -> None:
    receipt = maildir.apply(NOTICE, "k1")

    (mail,) = mailbox.Maildir(tmp_path / "mail")
    assert mail["Message-ID"] == receipt.external_id
    assert os.listdir(tmp_path / "mail" / "tmp") == []
    assert isinstance(maildir, ActionSink)


def test_asked_twice_it_is_written_once_even_when_it_was_read_meanwhile(maildir: Maildir, tmp_path: Path) -> None:
    first = maildir.apply(NOTICE, "k1")
    (file,) = (tmp_path / "mail" / "new").iterdir()
    file.rename(tmp_path / "mail" / "cur" / (file.name + ":2,S"))

    assert maildir.apply(NOTICE, "k1") == first
    assert accepted_in(tmp_path / "mail") == {first.external_id: 1}


def test_it_can_be_asked_what_was_written(maildir: Maildir) -> None:
    assert maildir.find("k1") is None
    receipt = maildir.apply(NOTICE, "k1")
    found = maildir.find("k1")
    assert found is not None
    assert found.external_id == receipt.external_id
    assert maildir.find("k2") is None


def test_where_it_cannot_be_asked_nothing_is_claimed(maildir: Maildir, monkeypatch: pytest.MonkeyPatch) -> None:
    maildir.apply(NOTICE, "k1")

    def broken(*_: Any) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "listdir", broken)
    with pytest.raises(UncertainOutcome):
        maildir.find("k1")


def test_a_folder_that_cannot_be_written_is_tried_again_and_doctor_says_so(maildir: Maildir, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")

    with pytest.raises(TransientError, match="cannot be written"):
        maildir.apply(NOTICE, "k1")
    assert "cannot be written" in sentences(maildir.check())[0]


def test_doctor_finds_nothing_wrong_otherwise(maildir: Maildir) -> None:
    assert sentences(maildir.check()) == []
