"""Signed events over HTTP."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from connectors.registry import ConnectorContext, build
from connectors.webhook.standard import SecretUnusable, StandardWebhook
from kontorist.domain.ports import PushSource, SignatureRefused, UnreadableBody
from kontorist.testing.fakes import FakeClock, secrets
from kontorist.testing.twins.webhook_sender import Delivery, WebhookSender, new_secret

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
SECRET, OLD_SECRET = new_secret(), new_secret(b"the secret of last year, which goes")
SENDER = WebhookSender((SECRET,))


def webhook(**settings: Any) -> StandardWebhook:
    context = ConnectorContext(root=Path(), secret=secrets(shop=SECRET, old=OLD_SECRET), clock=FakeClock(NOW))
    connector = build("webhook/standard", "shop", {"key": {"secret": "shop"}} | settings, context)
    assert isinstance(connector, StandardWebhook)
    return connector


def unreadable(body: bytes, **settings: Any) -> UnreadableBody:
    delivery = SENDER.deliver(body, identity="msg_1", now=NOW)
    with pytest.raises(UnreadableBody) as caught:
        webhook(**settings).parse(delivery.body, delivery.headers, NOW)
    return caught.value


def refused(delivery: Delivery, now: datetime = NOW, **settings: Any) -> str:
    with pytest.raises(SignatureRefused) as caught:
        webhook(**settings).parse(delivery.body, delivery.headers, now)
    return str(caught.value)


def test_an_invoice_sent_by_the_shop_becomes_an_event_with_its_file() -> None:
    sent = SENDER.event(
        "document.received",
        {"supplier": "Müller"},
        identity="msg_1",
        now=NOW,
        subject="2024-117",
        documents=[("../2024-117.pdf", "application/pdf", b"%PDF- 119,00")],
    )

    (event,) = webhook(document_type="invoice").parse(sent.body, sent.headers, NOW)

    assert (event.id, event.source, event.type) == ("msg_1", "/kontorist/webhook/shop", "document.received")
    assert (event.subject, event.time) == ("2024-117", NOW)
    assert event.data == {"supplier": "Müller", "document_type": "invoice"}
    (blob,) = event.blobs
    assert (blob.name, blob.media_type, blob.open().read()) == ("../2024-117.pdf", "application/pdf", b"%PDF- 119,00")
    assert blob.open().read(), "it may be opened again"
    json.dumps(event.envelope())


def test_it_is_a_push_source_and_says_where_it_listens() -> None:
    assert isinstance(webhook(), PushSource)
    assert webhook().check()[0].sentence == "shop takes signed events under /hooks/shop (1 secret)."
    assert webhook(limit="2MB").limit == 2_000_000


def test_amounts_arrive_as_text_with_every_digit() -> None:
    sent = SENDER.deliver(b'{"data": {"gross": 1190.10, "lines": [{"net": 1e2, "count": 3}]}}', identity="1", now=NOW)

    (event,) = webhook().parse(sent.body, sent.headers, NOW)

    assert event.data == {"gross": "1190.10", "lines": [{"net": "100", "count": 3}]}


def test_header_names_are_read_in_any_case() -> None:
    sent = SENDER.event("document.received", {}, identity="msg_1", now=NOW)
    shouted = {name.upper(): value for name, value in sent.headers.items()}

    assert len(webhook().parse(sent.body, shouted, NOW)) == 1


def test_while_the_secret_changes_old_and_new_are_both_accepted() -> None:
    both = webhook(key=[{"secret": "shop"}, {"secret": "old"}])
    for sender in (WebhookSender((SECRET,)), WebhookSender((OLD_SECRET,)), WebhookSender((OLD_SECRET, SECRET))):
        sent = sender.event("document.received", {}, identity="msg_1", now=NOW)
        assert len(both.parse(sent.body, sent.headers, NOW)) == 1

    only_old = WebhookSender((OLD_SECRET,)).event("document.received", {}, identity="msg_1", now=NOW)
    assert refused(only_old) == "no signature matches"
    signed_by_both = WebhookSender((OLD_SECRET, SECRET)).event("document.received", {}, identity="msg_1", now=NOW)
    assert len(webhook().parse(signed_by_both.body, signed_by_both.headers, NOW)) == 1


@pytest.mark.parametrize(("seconds", "fine"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_signed_time_may_lie_five_minutes_away_and_not_a_second_more(seconds: int, fine: bool) -> None:
    sent = SENDER.event("document.received", {}, identity="msg_1", now=NOW + timedelta(seconds=seconds))

    if fine:
        assert webhook().parse(sent.body, sent.headers, NOW)
    else:
        assert "300 seconds" in refused(sent)


def test_the_same_words_written_differently_are_not_what_was_signed() -> None:
    sent = SENDER.deliver(b'{"data": {"b": 1, "a": 2}}', identity="msg_1", now=NOW)
    rewritten = json.dumps(json.loads(sent.body)).replace(" ", "").encode()

    assert refused(Delivery(rewritten, sent.headers)) == "no signature matches"


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize(
    "value",
    [None, "", "x", "１７１４９８２４００", "-1", "99999999999999999999", "v1,", "v1,ä", "v1,\u20ac", "a" * 5000],
)
def test_a_missing_or_changed_header_is_refused(header: str, value: str | None) -> None:
    sent = SENDER.event("document.received", {}, identity="msg_1", now=NOW)
    changed = {name: each for name, each in sent.headers.items() if name != header}

    assert refused(Delivery(sent.body, changed if value is None else changed | {header: value}))


@given(st.binary(max_size=60), st.text(max_size=20), st.text(max_size=20), st.text(max_size=80))
def test_nobody_gets_in_without_the_secret(body: bytes, identity: str, stamp: str, signature: str) -> None:
    forged = {"webhook-id": identity, "webhook-timestamp": stamp, "webhook-signature": signature}
    with pytest.raises(SignatureRefused):
        webhook().parse(body, forged, NOW)


def test_another_version_of_signature_is_not_ours() -> None:
    sent = SENDER.event("document.received", {}, identity="msg_1", now=NOW)
    newer = dict(sent.headers) | {"webhook-signature": sent.headers["webhook-signature"].replace("v1,", "v1a,")}

    assert refused(Delivery(sent.body, newer)) == "no signature matches"


def test_the_published_package_signs_what_we_accept_and_accepts_what_we_sign() -> None:
    """Its clock cannot be set, so this one test runs at the present time."""
    now = datetime.fromtimestamp(int(time.time()), UTC)
    oracle, body = standardwebhooks.Webhook(SECRET), '{"data": {"name": "Müller"}}'
    ours = SENDER.deliver(body.encode(), identity="msg_1", now=now)
    theirs = dict(ours.headers) | {"webhook-signature": oracle.sign("msg_1", now, body)}

    assert oracle.verify(body, dict(ours.headers)) == {"data": {"name": "Müller"}}
    (event,) = webhook().parse(body.encode(), theirs, now)
    assert event.data == {"name": "Müller"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "The text is not JSON (line 1, column 1: Expecting value)."),
        (b'{"a": 1, "a": 2}', "The name 'a' stands twice in one object."),
        (b"[1]", "The body is not an object."),
        (b'{"data": []}', "`data` must be an object and `subject` a text."),
        (b'{"subject": 7}', "`data` must be an object and `subject` a text."),
        (b'{"type": "payroll.run_requested"}', "This sender may not send 'payroll.run_requested'."),
        (b'{"type": ["document.received"]}', "This sender may not send \"['document.received']\"."),
    ],
)
def test_signed_but_unreadable_is_kept_whole_with_a_sentence(body: bytes, reason: str) -> None:
    trouble = unreadable(body)

    assert trouble.reason == reason
    assert (trouble.event.id, trouble.event.source) == ("msg_1", "/kontorist/webhook/shop")
    assert trouble.event.blobs[0].open().read() == body, "nothing of what was sent is lost"


NEEDS, CODED = "Document 1 needs `name` and `content_base64`.", "The content of document 1 is not base64."


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ("{}", "`documents` must be a list."),
        ('["x"]', NEEDS),
        ('[{"name": "", "content_base64": ""}]', NEEDS),
        ('[{"name": "a", "content_base64": "", "media_type": 7}]', NEEDS),
        ('[{"name": "a", "content_base64": "!"}]', CODED),
        ('[{"name": "a", "content_base64": "ä"}]', CODED),
        ('[{"name": "a", "content_base64": "", "path": "/etc"}]', "Document 1 has the unknown key 'path'."),
    ],
)
def test_a_document_we_cannot_take_out_is_said_by_its_number(documents: str, reason: str) -> None:
    assert unreadable(f'{{"data": {{"documents": {documents}}}}}'.encode()).reason == reason


@pytest.mark.corpus
def test_every_hostile_json_body_is_an_event_or_kept_as_unreadable(shared_corpus: Path) -> None:
    outcomes = []
    for file in sorted((shared_corpus / "hostile").glob("*json/*.json")):
        sent = SENDER.deliver(file.read_bytes(), identity=file.name, now=NOW)
        try:
            events = webhook().parse(sent.body, sent.headers, NOW)
            outcomes.append(json.dumps([event.envelope() for event in events]))
        except UnreadableBody as trouble:
            outcomes.append(trouble.reason)
    assert len(outcomes) == 320
    assert all(outcomes)


def test_a_body_over_the_limit_is_not_parsed() -> None:
    assert "bytes; 1000 are allowed" in unreadable(b'{"data": {"x": "' + b"x" * 2000 + b'"}}', limit="1kB").reason


def test_a_sender_of_several_kinds_names_one_of_them() -> None:
    desk = webhook(emits=["ticket.created", "ticket.closed"])
    for kind, wanted in (("ticket.closed", "ticket.closed"), (None, "ticket.created")):
        body = json.dumps({"type": kind} if kind else {}).encode()
        sent = SENDER.deliver(body, identity="1", now=NOW)
        assert desk.parse(sent.body, sent.headers, NOW)[0].type == wanted


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "whsec_c2hvcnQ=", "whsec_" + "QUFB" * 40, "ß"])
def test_a_secret_that_protects_nothing_is_refused_without_being_shown(secret: str) -> None:
    context = ConnectorContext(root=Path(), secret=secrets(shop=secret), clock=FakeClock(NOW))

    with pytest.raises(SecretUnusable) as caught:
        build("webhook/standard", "shop", {"key": {"secret": "shop"}}, context)

    assert str(caught.value).startswith("connectors.shop.key: The secret")
    assert len(secret) < 8 or secret not in repr(caught.value) + str(caught.value.__context__)


def test_the_secret_is_not_shown_with_the_connector() -> None:
    connector = webhook()
    assert SECRET not in repr(connector) + repr(connector.settings) + str(connector.check())
