"""Mail out by SMTP. yagmail opens the connection and logs in; what is sent, and what a silence means, is ours.

One login serves many mails. Nothing is sent twice by itself: a connection lost before DATA is a TransientError, one
lost after DATA began an UncertainOutcome, and any refused recipient a BusinessError that names it. The receipt says
``accepted``, never delivered: a server may accept an unknown recipient and send the mail back later.

Longer than other connectors, because each way in which a server can refuse or fall silent has its own consequence.
"""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import ssl
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, SecretStr, model_validator

from connectors.mail.message import Mail, SenderText, compose, parse_address
from connectors.mail.tls import ServerNotTrusted, verified_context
from connectors.registry import ConnectorContext
from connectors.settings import ConnectorSettings, Duration
from kontorist.domain.errors import AuthError, BusinessError, SetupWrong, TransientError, UncertainOutcome
from kontorist.domain.ports import CheckResult, Clock, Receipt

KIND: Final = "mail"
KEY_VERSION: Final = "1"  #: Message-ID = SHA-256 of the key; a change lets a repeated mail look like a new one
CAPABILITIES: Final = frozenset({"sink"})

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
#: Seconds without use after which the server is asked whether it is still there.
_IDLE: Final = 5.0


class PlaintextLogin(SetupWrong):
    """The password would travel in clear: a login without TLS is allowed on this machine only."""

    code = "KON-374"
    next_step = "Set `tls: starttls` (port 587) or `tls: tls` (port 465)."


class Settings(ConnectorSettings):
    """The keys of a `mail/smtp` connector in config.yaml."""

    host: str = Field(description="The mail server.", min_length=1)
    port: int | None = Field(None, description="Its port; without it 587, 465 or 25, as `tls` says.", gt=0, lt=65536)
    tls: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection is encrypted.")
    ca_file: Path | None = Field(None, description="PEM file with the only authorities to trust.")
    user: str | None = Field(None, description="The login; without it none is made.")
    password: SecretStr | None = Field(None, description="Its password, as `{secret: NAME}`.")
    sender: SenderText = Field(description="From whom the mails come: `Kontorist <backoffice@example.org>`.")
    timeout: Duration = Field(
        timedelta(seconds=30), description="How long each answer may take.", gt=timedelta(0), le=timedelta(seconds=30)
    )

    @model_validator(mode="after")
    def _user_with_password(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` belong together")
        return self


class SmtpServer:
    """Sends mails through one server. Satisfies `ActionSink`; safe to use from several threads."""

    def __init__(self, name: str, settings: Settings, context: ConnectorContext) -> None:
        self.name = name
        self.settings = settings
        self._sender = parse_address(settings.sender)
        self._domain = context.mail_domain or self._sender.domain
        self._clock: Clock = context.clock
        self._ca_file = context.root / settings.ca_file if settings.ca_file else None
        self._client: Any = None
        self._used = 0.0
        self._lock = threading.Lock()
        if settings.user and settings.tls == "none" and not _is_loopback(settings.host):
            raise PlaintextLogin(place=f"connectors.{name}")

    def check(self) -> list[CheckResult]:
        """Connect, verify the certificate, log in."""
        server = f"{self.settings.host}:{self._port}"
        try:
            with self._lock:
                self._connected()
        except (AuthError, SetupWrong, TransientError) as error:
            return [CheckResult(ok=False, sentence=f"{server}: {error.sentence}", repair=error.step)]
        return [CheckResult(ok=True, sentence=f"{server} takes mail from {self._sender.spec}.")]

    def find(self, key: str) -> Receipt | None:
        """A mail server cannot be asked. Raises UncertainOutcome always."""
        raise UncertainOutcome(f"{self.settings.host} cannot be asked whether a mail was accepted before.")

    def apply(self, action: Mapping[str, Any], key: str) -> Receipt:
        """Send the mail (connectors/mail/message.py says what an action holds); `external_id` is its Message-ID."""
        mail = compose(action, key, sender=self._sender, domain=self._domain, now=self._clock.now())
        with self._lock:
            self._send(self._connected(), mail)
        return Receipt(external_id=mail.id, status="accepted", facts={"to": list(mail.recipients)})

    def close(self) -> None:
        """End the connection; the next mail opens a new one."""
        with self._lock:
            self._drop()

    @property
    def _port(self) -> int:
        return self.settings.port or _PORTS[self.settings.tls]

    def _connected(self) -> smtplib.SMTP:
        if self._client is not None and self._clock.monotonic() - self._used > _IDLE and not self._still_there():
            self._drop()
        if self._client is None:
            self._client = self._log_in()
        self._used = self._clock.monotonic()
        connection: smtplib.SMTP = self._client.smtp
        return connection

    def _still_there(self) -> bool:
        try:
            return bool(self._client.smtp.noop()[0] == 250)
        except (smtplib.SMTPException, OSError):
            return False

    def _log_in(self) -> Any:
        """A yagmail client that is connected. Raises AuthError (ServerNotTrusted) or TransientError."""
        client = self._yagmail()
        try:
            client.login()
        except Exception as error:
            if client.smtp is not None:
                client.smtp.close()
            client.is_closed = True
            raise _login_trouble(error, self.settings.host) from error
        return client

    def _yagmail(self) -> Any:
        """yagmail with everything it would guess said: it verifies no certificate, takes logins without @ for Gmail's,

        reads ~/.yagmail, asks for passwords on the terminal, has no timeout and treats `smtp_starttls={}` as no TLS.
        """
        import yagmail

        encrypted = self.settings.tls != "none"
        context = verified_context(self._ca_file) if encrypted else None
        login = self.settings.user or "nobody"
        client = yagmail.SMTP(
            user={login: login},
            password=self.settings.password.get_secret_value() if self.settings.password else "",
            host=self.settings.host,
            port=self._port,
            smtp_ssl=self.settings.tls == "tls",
            smtp_starttls={"context": context} if self.settings.tls == "starttls" else False,
            smtp_skip_login=self.settings.user is None,
            soft_email_validation=False,
            timeout=self.settings.timeout.total_seconds(),
            local_hostname=self._domain,
            **({"context": context} if self.settings.tls == "tls" else {}),
        )
        client.set_logging(None)
        return client

    def _send(self, connection: smtplib.SMTP, mail: Mail) -> None:
        began = _WatchData(connection)
        try:
            refused = connection.sendmail(mail.sender, list(mail.recipients), mail.content)
        except smtplib.SMTPRecipientsRefused as error:
            self._drop()
            raise _refusal(error.recipients, ()) from error
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise _answer(error) from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            if began.data:
                raise UncertainOutcome(f"{self.settings.host} fell silent after the mail was handed over.") from error
            raise TransientError(f"{self.settings.host} broke off before the mail was handed over.") from error
        finally:
            began.stop()
        if refused:
            raise _refusal(refused, tuple(each for each in mail.recipients if each not in refused))

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                client.close()
            client.smtp.close()


class _WatchData:
    """Notes that `sendmail` has come to DATA: from there on a broken connection tells nothing."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self.data = False
        self._connection = connection
        self._original = connection.data
        connection.__dict__["data"] = self._watched  # sendmail calls self.data; the class is left alone

    def _watched(self, message: Any) -> Any:
        self.data = True
        return self._original(message)

    def stop(self) -> None:
        """Leave the connection as it was."""
        del self._connection.__dict__["data"]


def build(name: str, settings: Settings, context: ConnectorContext) -> SmtpServer:
    """The mail server `name` of config.yaml. Raises PlaintextLogin."""
    return SmtpServer(name, settings, context)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _login_trouble(error: Exception, host: str) -> AuthError | TransientError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ServerNotTrusted(f"The certificate of {host} is not trusted: {error.verify_message}.")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ServerNotTrusted(f"{host} does not offer what is needed: {error}.")
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
        return AuthError(f"{host} refused the login: {_words(error.smtp_error)}.")
    if isinstance(error, UnicodeEncodeError):  # smtplib sends names and passwords in ASCII only
        return AuthError(f"The login for {host} holds letters that cannot be sent; choose a password in ASCII.")
    if isinstance(error, smtplib.SMTPException | OSError):
        return TransientError(f"{host} cannot be reached: {type(error).__name__}.")
    raise error


def _refusal(refused: Mapping[str, tuple[int, bytes]], accepted: tuple[str, ...]) -> BusinessError | TransientError:
    """Each refused recipient by name. Only when all were asked to come back later is a repetition harmless."""
    named = "; ".join(f"{who} ({code} {_words(text)})" for who, (code, text) in refused.items())
    if not accepted and all(code < 500 for code, _ in refused.values()):
        return TransientError(f"Not accepted at the moment: {named}.")
    rest = f" The mail did go to {', '.join(accepted)}." if accepted else ""
    error = BusinessError("recipient_refused", f"The mail server refused: {named}.{rest}")
    error.__dict__.update(refused=sorted(refused), accepted=list(accepted))
    return error


def _answer(error: smtplib.SMTPResponseException) -> BusinessError | TransientError | AuthError:
    """A reply is a definite no: the mail was not taken."""
    words = f"{error.smtp_code} {_words(error.smtp_error)}"
    if error.smtp_code in (530, 535):
        return AuthError(f"The mail server wants a login: {words}.")
    if error.smtp_code < 500:
        return TransientError(f"The mail server asks to come back later: {words}.")
    reason = "sender_refused" if isinstance(error, smtplib.SMTPSenderRefused) else "mail_refused"
    return BusinessError(reason, f"The mail server refused the mail: {words}.")


def _words(text: bytes | str) -> str:
    """What a server said, as one short line."""
    return " ".join((text.decode("utf-8", "replace") if isinstance(text, bytes) else text).split())[:200].rstrip(".")
