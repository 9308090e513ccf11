"""The section `payroll` of config.yaml: headings, limits, passwords."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic import WithJsonSchema as Schema

from kontorist.config.types import Amount, Flag, Section, Text
from kontorist.domain.payroll.checks import Limits
from kontorist.domain.payroll.headings import Role


def _headings(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Headings = Annotated[
    tuple[Text, ...],
    BeforeValidator(_headings),
    Schema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class PayrollColumns(Section):
    """Headings of payroll sheets where they differ from those we know; one, or a list."""

    employee: Headings = Field((), description="Personnel number.")
    name: Headings = Field((), description="Name of the employee; compared where the sheet has it.")
    date: Headings = Field((), description="Day of a time sheet's row.")
    hours: Headings = Field((), description="Hours worked.")
    gross: Headings = Field((), description="Gross pay.")
    wage_tax: Headings = Field((), description="Taxes deducted.")
    social_security: Headings = Field((), description="The employee's social security.")
    net: Headings = Field((), description="Net pay.")
    employer_social: Headings = Field((), description="The employer's social security, on top of gross pay.")

    def by_role(self) -> dict[Role, tuple[str, ...]]:
        """Those that are given, as the domain's roles."""
        return {Role(name): found for name in type(self).model_fields if (found := getattr(self, name))}


class PayrollChecks(Section):
    """The limits that payroll sheets are held against."""

    hours_max: Amount = Field(Decimal(300), description="The most hours of one employee in a month.")
    max_change_percent: Amount | None = Field(
        Decimal(20), description="By how much gross pay may differ from last month's, in percent; null: not compared."
    )


class Payroll(Section):
    """Time sheets and the bureau's results."""

    columns: PayrollColumns = Field(PayrollColumns(), description="How the columns are called.")
    checks: PayrollChecks = Field(PayrollChecks(), description="The limits of the checks.")
    timesheets: Flag = Field(True, description="Whether a month waits for time sheets, and everybody has to have one.")
    release_needed: int = Field(1, ge=1, le=9, description="How many people with the role payroll release a month.")
    payslip_secrets: SecretStr | None = Field(
        None,
        description="The passwords of payslips, `{secret: NAME}`: lines of personnel number, colon, password.",
    )

    def limits(self) -> Limits:
        """The same as the domain's limits."""
        checks = self.checks
        return Limits(
            hours_max=checks.hours_max, max_change_percent=checks.max_change_percent, timesheets=self.timesheets
        )
