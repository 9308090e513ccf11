"""Limited child processes in which foreign files are read.

`Pool.call` runs a reader of kontorist.extraction in a warm, spawned child without network, with bounded memory,
processor time and wall time, and brings back JSON that the parent does not trust.
"""

from kontorist.sandbox.limits import Limits
from kontorist.sandbox.pool import Outcome, Pool, Refusal
from kontorist.sandbox.reasons import ADVICE, SENTENCES, ReasonCode, Refused, told

__all__ = ["ADVICE", "SENTENCES", "Limits", "Outcome", "Pool", "ReasonCode", "Refusal", "Refused", "told"]
