"""Names of mail folders as IMAP wants them: modified UTF-7 (RFC 3501, 5.1.3), in quotes."""

from __future__ import annotations

import base64
import re

_PLAIN = re.compile(r"([\x20-\x7e]+)")


def quoted(name: str) -> str:
    """`name` ready for a command: ``Entwürfe`` becomes ``"Entw&APw-rfe"``."""
    coded = modified_utf7(name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{coded}"'


def modified_utf7(name: str) -> str:
    """Printable ASCII as it is, ``&`` as ``&-``, all else as UTF-16 in base64 with ``,`` for ``/`` and no padding."""
    return "".join(
        run.replace("&", "&-") if index % 2 else _shifted(run) for index, run in enumerate(_PLAIN.split(name)) if run
    )


def _shifted(run: str) -> str:
    coded = base64.b64encode(run.encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",")
    return f"&{coded}-"
