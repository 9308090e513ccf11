"""What can go wrong in the archive, each as a sentence for the clerk."""

from __future__ import annotations

from kontorist.domain.errors import NeedsAPerson, OutsideFailed, SetupWrong


class DocumentUnknown(NeedsAPerson):
    """The archive holds no document with this number."""

    code = "KON-150"
    next_step = "Look for it with `kontorist archive find`."


class DocumentChanged(NeedsAPerson):
    """The stored bytes of this document are no longer those that were archived; they are not handed out."""

    code = "KON-151"
    next_step = "Run `kontorist archive verify --full`, then bring the file back from a backup."


class LogChanged(NeedsAPerson):
    """The archive's log is no longer the one that was written; nothing is added to it."""

    code = "KON-152"
    next_step = "Run `kontorist archive verify --full`: it names every changed, missing and added line."


class StaysSealed(NeedsAPerson):
    """A payroll document stays encrypted: it gets no text, and its class is not changed."""

    code = "KON-188"
    next_step = "Look at it with `kontorist payroll show RUN`; only the role payroll may."


class DiskFull(OutsideFailed):
    """The disk of the archive is full; nothing was archived."""

    code = "KON-250"
    next_step = "Make room on the disk; the document is tried again by itself."


class ArchiveBusy(OutsideFailed):
    """Another process has been writing to the archive for too long."""

    code = "KON-251"


class WriterStopped(OutsideFailed):
    """The disk did not confirm a write to the archive; this process writes nothing more to it."""

    code = "KON-252"
    next_step = "Check the disk (`dmesg`), then start Kontorist again."


class FolderNotWritable(SetupWrong):
    """The folder of the archive cannot be written to."""

    code = "KON-350"
    next_step = "Give the user that runs Kontorist the right to write there, or set archive.path in config.yaml."


class DatabaseDamaged(SetupWrong):
    """The archive's database is damaged; the originals and the log are not touched by that."""

    code = "KON-351"
    next_step = "Make it again with `kontorist archive rebuild`."


class PayrollKeyUnfit(SetupWrong):
    """There is no usable key for payroll documents, so none is taken in or shown."""

    code = "KON-352"
    next_step = (
        "Make one with `openssl rand -hex 32`, keep a copy outside of this machine, and set archive.payroll_key in "
        "config.yaml to {secret: payroll} with KONTORIST_SECRET_PAYROLL or KONTORIST_SECRET_PAYROLL_FILE."
    )


class OtherPayrollKey(SetupWrong):
    """This payroll document was encrypted with another key than the one that is set."""

    code = "KON-353"
    next_step = "Set archive.payroll_key back to the key that was in force when the document came."
