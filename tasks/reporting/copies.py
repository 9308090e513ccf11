"""Copies of reports for people who look into the folder; what counts is in the archive."""

from __future__ import annotations

from kontorist.services import Services


def readable_copy(services: Services, name: str, content: bytes) -> str:
    """Write `content` to ``var/reports/NAME`` and give its place below the folder of config.yaml.

    In a dry run nothing is written, and the place is where it would be.
    """
    path = services.config.var / "reports" / name
    if not services.dry_run:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return str(path.relative_to(services.config.root))
