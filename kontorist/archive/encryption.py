"""Payroll documents are stored as ciphertext, so that whoever reads the disk, a backup or the index learns nothing.

From one secret three keys are derived (HKDF, RFC 5869): for AES-256-GCM (NIST SP 800-38D), for the nonce, and for the
mark that finds duplicates. The nonce is an HMAC of the plain bytes, so the same file gives the same ciphertext and a
repeated receipt is found by its address; two different files share a nonce with a probability of 2^-96 each.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Self

from kontorist.archive.errors import DocumentChanged, OtherPayrollKey, PayrollKeyUnfit

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PAYROLL: Final = "payroll"  #: the class whose documents are stored as ciphertext

_MAGIC: Final = b"KONTORIST payroll 1\n"
_KEY_BYTES: Final = 32
_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_BEFORE: Final = _ID_BYTES + _NONCE_BYTES


class PayrollKey:
    """Seals and opens payroll documents. Made by `from_secret`."""

    def __init__(self, master: bytes) -> None:
        self._encryption = _derived(master, b"encryption")
        self._nonce = _derived(master, b"nonce")
        self._mark = _derived(master, b"duplicates")
        self._id = _derived(master, b"name of the key")[:_ID_BYTES]

    @classmethod
    def from_secret(cls, secret: str) -> Self:
        """The key in a secret: 32 random bytes as 64 hexadecimal digits or as base64. Raises PayrollKeyUnfit."""
        for decode in (bytes.fromhex, _base64):
            try:
                master = decode(secret.strip())
            except ValueError:
                continue
            if len(master) == _KEY_BYTES and len(set(master)) > _KEY_BYTES // 4:
                return cls(master)
        raise PayrollKeyUnfit("The key for payroll documents has to be 32 random bytes, in hexadecimal or base64.")

    def seal(self, plain: bytes) -> bytes:
        """Ciphertext, always the same for the same bytes: head, name of the key, nonce, AES-GCM with its tag."""
        nonce = hmac.digest(self._nonce, plain, "sha256")[:_NONCE_BYTES]
        return _MAGIC + self._id + nonce + self._cipher().encrypt(nonce, plain, _MAGIC + self._id)

    def open(self, sealed: bytes) -> bytes:
        """The plain bytes. Raises OtherPayrollKey, or DocumentChanged where the tag does not fit."""
        from cryptography.exceptions import InvalidTag

        head, rest = sealed[: len(_MAGIC)], sealed[len(_MAGIC) :]
        name, nonce, body = rest[:_ID_BYTES], rest[_ID_BYTES:_BEFORE], rest[_BEFORE:]
        if head != _MAGIC:
            raise DocumentChanged("This is not a payroll document as we encrypt it.")
        if name != self._id:
            raise OtherPayrollKey
        try:
            return self._cipher().decrypt(nonce, body, head + name)
        except InvalidTag:
            raise DocumentChanged from None

    def mark(self, plain: bytes) -> str:
        """HMAC-SHA-256 of the plain bytes in hex: equal for equal files, and says nothing without the key."""
        return hmac.digest(self._mark, plain, "sha256").hex()

    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._encryption)


class KeyRing:
    """The key of one archive, asked for at the first payroll document and not before."""

    def __init__(self, secret: Callable[[], str] | None) -> None:
        self._secret = secret
        self._key: PayrollKey | None = None

    def key(self) -> PayrollKey:
        """Raises PayrollKeyUnfit, and what looking up the secret raises."""
        if self._key is None:
            secret = self._secret() if self._secret is not None else ""
            if not secret:
                raise PayrollKeyUnfit
            self._key = PayrollKey.from_secret(secret)
        return self._key


def _derived(master: bytes, purpose: bytes) -> bytes:
    """HKDF-SHA-256 (RFC 5869) with one block of output: extract under our own salt, expand for `purpose`."""
    extracted = hmac.digest(b"Kontorist archive", master, "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
