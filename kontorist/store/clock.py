"""The clock of this machine: wall time to show, monotonic time and boot id for leases.

Leases never look at the wall clock: it jumps (time zones, NTP, a person). The monotonic clock is the same in every
process of one machine and starts at boot, so a time of another boot is always over.
"""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_LINUX = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:  # satisfies ports.Clock
    """The real clock; tests use a fake one."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since boot, the same in all processes of this machine."""
        return time.monotonic()


@cache
def boot_id() -> str:
    """What names this boot of the machine: the kernel's random id on Linux, the boot session on macOS.

    macOS also has `kern.boottime`, which is not used: it moves when the wall clock is set.
    """
    if _LINUX.exists():
        return _LINUX.read_text().strip()
    asked = subprocess.run(
        ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=True, timeout=10
    )
    return asked.stdout.strip()
