"""Master data come in from tables: good rows are taken, doubtful cells shown, bank details wait for a second person."""

from kontorist.services.masterdata.importing import MasterData
from kontorist.services.masterdata.report import ImportReport

__all__ = ["ImportReport", "MasterData"]
