"""Pulls the plug: only what was synced to the disk is there afterwards.

A small library in C is put before the program (LD_PRELOAD). Where the program syncs one of the watched files, the
library keeps a copy of it as it is at that moment; it may also make each sync take a given time, for measuring.
After a SIGKILL the copies replace the files: that is what a machine finds when the power is back. Torn pages are not
modelled, and the entries of folders are taken for synced. Linux, with a C compiler.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_SOURCE: Final = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Keep a copy of what `fd` holds, if its path begins as KONTORIST_WATCHED says; whole or not at all, by rename. */
static void keep(int fd) {
  const char *watched = getenv("KONTORIST_WATCHED"), *kept = getenv("KONTORIST_SYNCED");
  char link[64], path[4096], half[4400], whole[4400], block[65536];
  if (!watched || !kept) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = 0;
  if (strncmp(path, watched, strlen(watched))) return;
  const char *name = strrchr(path, '/') + 1;
  snprintf(half, sizeof half, "%s/.%s.%d", kept, name, (int)getpid());
  snprintf(whole, sizeof whole, "%s/%s", kept, name);
  int in = open(path, O_RDONLY | O_CLOEXEC), out = open(half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (in < 0 || out < 0) abort();
  ssize_t some;
  while ((some = read(in, block, sizeof block)) > 0)
    if (write(out, block, some) != some) abort();
  close(in);
  close(out);
  if (some < 0 || rename(half, whole)) abort();
}

static int synced(int fd, const char *name) {
  const char *slow = getenv("KONTORIST_SYNC_MICROSECONDS");
  long wait = slow ? atol(slow) : 0;
  if (wait) {
    struct timespec pause = {wait / 1000000, wait % 1000000 * 1000};
    nanosleep(&pause, 0);
  }
  if (getenv("KONTORIST_SYNCED")) {  /* the copy stands for the disk */
    keep(fd);
    return 0;
  }
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }
"""


def why_not() -> str | None:
    """Why the plug cannot be pulled on this machine; None where it can."""
    if sys.platform != "linux":
        return "it needs Linux"
    return None if shutil.which("cc") else "it needs a C compiler, cc"


def build(folder: Path) -> Path:
    """Compile the library into `folder`."""
    source, library = folder / "power.c", folder / "power.so"
    source.write_text(_SOURCE, encoding="ascii")
    command = ["cc", "-Wall", "-Werror", "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return library


def with_plug(library: Path, watched: Path, synced: Path) -> Mapping[str, str]:
    """The environment of a program whose files that begin with `watched` are kept in the folder `synced`."""
    synced.mkdir(exist_ok=True)
    return {"LD_PRELOAD": str(library), "KONTORIST_WATCHED": str(watched), "KONTORIST_SYNCED": str(synced)}


def with_slow_disk(library: Path, milliseconds: float) -> Mapping[str, str]:
    """The environment of a program in which each sync takes so much longer."""
    return {"LD_PRELOAD": str(library), "KONTORIST_SYNC_MICROSECONDS": str(int(milliseconds * 1000))}


def pull(database: Path, synced: Path) -> None:
    """The power is back: `database` (of SQLite, nobody has it open) and its journals are as they were synced last."""
    database.with_name(f"{database.name}-shm").unlink(missing_ok=True)  # shared memory, made anew
    for name in (database.name, f"{database.name}-wal", f"{database.name}-journal"):
        file, kept = database.with_name(name), synced / name
        if file.exists():
            file.write_bytes(kept.read_bytes() if kept.exists() else b"")
    for half in synced.glob(".*"):
        half.unlink()
