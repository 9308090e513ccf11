"""What payroll needs before the first sheet comes: its key, the passwords of payslips, mail, people who release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kontorist.domain.ports import CheckResult

if TYPE_CHECKING:
    from kontorist.config import Config


def payroll_findings(config: Config) -> Iterator[CheckResult]:
    """One finding for each thing; none where payroll is not set up at all. No secret is shown."""
    if not _wanted(config):
        return
    yield _key(config)
    yield _passwords(config)
    yield CheckResult(
        ok=config.notifications.mail_out is not None,
        sentence="payslips go out by notifications.mail_out",
        repair="Name a connector for mail under notifications.mail_out; until then every payslip waits.",
    )
    yield _people(config)


def _wanted(config: Config) -> bool:
    emitted = (getattr(each.settings, "emits", None) or () for each in config.connectors.values())
    types = [kind for each in emitted for kind in ((each,) if isinstance(each, str) else each)]
    return (
        config.archive.payroll_key is not None
        or "payroll" in config.model_fields_set
        or any(kind.startswith("payroll.") for kind in types)
        or any(route.run.startswith("payroll/") for route in config.routes)
    )


def _key(config: Config) -> CheckResult:
    from kontorist.archive.encryption import KeyRing
    from kontorist.archive.errors import PayrollKeyUnfit

    try:
        KeyRing(config.payroll_key).key()
    except PayrollKeyUnfit as unfit:
        return CheckResult(ok=False, sentence=unfit.sentence, repair=unfit.step)
    return CheckResult(ok=True, sentence="payroll documents are encrypted with archive.payroll_key")


def _passwords(config: Config) -> CheckResult:
    from kontorist.domain.payroll.slip_secrets import read_secrets, unfit_secrets

    named = config.payroll.payslip_secrets
    secrets = read_secrets(named.get_secret_value()) if named else {}
    unfit = unfit_secrets(secrets)
    sentence = f"passwords for {len(secrets)} payslips"
    if unfit:
        sentence += f", not fit for use: personnel number {', '.join(unfit)}"
    repair = (
        "Set payroll.payslip_secrets in config.yaml to {secret: payslips}, and its file to one line for each employee: "
        "personnel number, colon, password of at least 10 characters, no date, no two alike."
    )
    return CheckResult(ok=bool(secrets) and not unfit, sentence=sentence, repair=repair)


def _people(config: Config) -> CheckResult:
    """The machine prepares a month, so one may be enough; but who lets doubts through does not release."""
    there = sum("payroll" in person.roles for person in config.people.values())
    needed = config.payroll.release_needed + 1
    return CheckResult(
        ok=there >= needed,
        sentence=f"people with the role payroll: {there}",
        repair=f"Give it to {needed} people: who lets doubts through does not release the same figures.",
    )
