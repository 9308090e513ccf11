"""A month of pay: sheets come in and are checked, a second person releases, slips and journal follow, each once.

Everything that says what somebody earns is an archived document of the class payroll, which is ciphertext; the tables
hold ids, states and hashes, and no act writes a figure to a log.
"""

from kontorist.services.payroll.months import Months
from kontorist.services.payroll.releases import Releases
from kontorist.services.payroll.viewing import Viewing

__all__ = ["Months", "Releases", "Viewing"]
