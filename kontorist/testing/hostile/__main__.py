"""`python -m kontorist.testing.hostile`: all hostile files through a running installation, and a table of their ends.

usage: python -m kontorist.testing.hostile [--corpus FOLDER] [--seed N] [--only WORD] [--direct] [--within SECONDS]

Without `--corpus` the shared one is taken where it is; the bombs are made from `--seed`. `--only` takes the files in
whose name the word stands, `--direct` reads without a service, file by file with its seconds. The exit code is 1 when
a file has no named end, the service stumbled, or a reading process went where it has no business.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from kontorist.testing.hostile import SEED, Bomb, corpus, recipes
from kontorist.testing.hostile.trial import End, Verdict, run
from kontorist.testing.hostile.watch import Watch, cannot_watch
from kontorist.testing.plugin import shared_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the words of the command line, run, print."""
    parser = argparse.ArgumentParser(prog="kontorist.testing.hostile")
    parser.add_argument("--corpus", type=Path, default=shared_folder(Path(__file__).parents[3]) / "corpus" / "hostile")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="")
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--within", type=float, default=3600.0)
    wanted = parser.parse_args(arguments)
    chosen = _chosen(wanted.corpus, wanted.seed, wanted.only)
    if wanted.direct:
        return _directly(chosen)
    with tempfile.TemporaryDirectory(prefix="kontorist-hostile-") as folder:
        why = cannot_watch()
        watch = None if why else Watch(Path(folder) / "watch")
        verdict = run(list(chosen), Path(folder), watch=watch, within=wanted.within)
    _told(verdict, wanted.seed, why)
    faults = failures(verdict)
    _line(*([f"FAILED: {each}" for each in faults] or ["All ended as they should."]))
    return 1 if faults else 0


def _chosen(folder: Path, seed: int, word: str) -> Iterable[Bomb]:
    if not folder.is_dir():
        sys.stderr.write(f"absent: the shared corpus ({folder}); set KONTORIST_SHARED\n")
    ours = (recipe.bomb(seed) for recipe in recipes() if word in recipe.name)
    return itertools.chain((bomb for bomb in corpus.files(folder) if word in bomb.name), ours)


def _directly(chosen: Iterable[Bomb]) -> int:
    from kontorist.extraction.reading import open_pool
    from kontorist.testing.hostile.direct import read_all

    with open_pool() as pool:
        for each in read_all(pool, chosen):
            _line(f"{each.seconds:7.2f} s  {each.door:6}  {each.state:20}  {each.name:45}  {each.reason or ''}")
    return 0


def failures(verdict: Verdict) -> list[str]:
    """What must not be: an end without a name or a reason, a restart, a slow answer, a way outside."""
    found = [f"{end.bomb.name} ended {end.state}: {end.reason}" for end in verdict.ends if not _is_named(end)]
    found += [f"{name} was started again {times} times" for name, times in verdict.restarts.items() if times]
    if verdict.slowest_health > 1.0:
        found.append(f"the receiver took {verdict.slowest_health:.2f} s to say how it is")
    if not verdict.honest or not all(state.startswith(("booked", "worklist")) for state in verdict.honest):
        found.append(f"honest invoices ended {verdict.honest}")
    done = [sight for sight in verdict.sights if not sight.refused]
    return found + [f"a reading process did {each.call}({each.target})" for each in done]


def _is_named(end: End) -> bool:
    """Read, or set aside with a sentence."""
    if end.state.startswith("quarantined"):
        return (end.reason or "").endswith((".", "?"))
    return end.state.startswith(("worklist", "booked", "archived", "filed", "done", "answered 4", "answered 200"))


def _told(verdict: Verdict, seed: int, why: str | None) -> None:
    table = Counter((_kind(end.bomb), end.state) for end in verdict.ends)
    for (kind, state), count in sorted(table.items()):
        _line(f"{kind:24} {state:60} {count:5}")
    reasons = Counter(end.reason for end in verdict.ends if end.reason)
    _line("", f"{len(reasons)} different sentences:")
    _line(*(f"{count:5}  {reason}" for reason, count in reasons.most_common()))
    tried = Counter(f"{each.kind} {each.call}" for each in verdict.sights if each.refused)
    _line(
        "",
        f"{len(verdict.ends)} files (seed {seed}) in {verdict.seconds:.0f} s, mails by {verdict.mailbox}; "
        f"restarts {dict(verdict.restarts)}; slowest health answer {verdict.slowest_health * 1000:.0f} ms of "
        f"{verdict.asked}; {len(verdict.honest)} honest invoices: {dict(Counter(verdict.honest))}",
        f"NOT WATCHED: {why}" if why else f"{verdict.processes} reading processes followed; refused: {dict(tried)}",
    )


def _kind(bomb: Bomb) -> str:
    return f"{bomb.door} {bomb.name.rpartition('.')[2][:10]}"


def _line(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
