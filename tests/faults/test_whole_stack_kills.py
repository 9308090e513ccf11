"""Pull the plug while two hundred things arrive: nothing acknowledged is lost, nothing is booked or mailed twice.

KONTORIST_FAULT_KILLS says how often (2 in `.ci/run`, 20 in `make faults`), KONTORIST_FAULT_SEED repeats a day.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_day import CONFIG, Office, Sender, carry_out, day, faults, papers_in, plan, portions

from kontorist.testing import plugin
from kontorist.testing.installation import Installation, until
from kontorist.testing.twins.smtp import started

KILLS = int(os.environ.get("KONTORIST_FAULT_KILLS", "3"))
SEED = int(os.environ.get("KONTORIST_FAULT_SEED") or secrets.randbelow(1_000_000))

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600 + 90 * KILLS)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with started(tmp_path / "outbox") as server:
        installation = Installation(tmp_path / "office", CONFIG.format(port=server.port))
        yield Office(installation, tmp_path / "outbox")
        if installation.process is not None and installation.process.poll() is None:
            installation.kill_group()


def test_a_day_with_the_plug_pulled_loses_and_doubles_nothing(
    office: Office, tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{KILLS} kills, seed {SEED} (repeat with KONTORIST_FAULT_SEED={SEED})\n")
    chance = random.Random(SEED)
    corpus = None if plugin.missing_corpus(pytestconfig.rootpath) else plugin.shared_folder(pytestconfig.rootpath)
    papers = papers_in(tmp_path, corpus / "corpus" if corpus else None)
    things = day(papers, chance, runs=20 if KILLS <= 3 else 170)
    office.enter_suppliers()
    kills = plan(KILLS, chance)
    sender = Sender(office.installation, things, portions(kills))

    for kill in kills:
        carry_out(kill, office, sender)
    office.installation.up()
    sender.let_go()
    until(lambda: sender.finished() and office.quiet(), 300, "the end of the day")
    until(lambda: office.open_runs() == [], 90, "the end of the runs that Prefect shows as alive")
    status = office.installation.stop()

    found = list(faults(office, sender))
    assert found == [], f"seed {SEED}: {found}\n{office.installation.said()}"
    assert status == 0
    assert_the_checker_sees(office, sender)


def assert_the_checker_sees(office: Office, sender: Sender) -> None:
    """A checker that finds nothing is worth something only when it finds what is there to be found."""
    sender.acknowledged.add("a thing that was never stored")
    assert any("acknowledged and not stored" in fault for fault in faults(office, sender))
    sender.acknowledged.remove("a thing that was never stored")

    letter = next((office.maildir / "new").iterdir())
    for copy in range(20):
        (letter.parent / f"{letter.name}.{copy}").write_bytes(letter.read_bytes())
    assert any("arrived 21 times" in fault for fault in faults(office, sender))

    content = letter.read_bytes()
    for copy in (letter, *letter.parent.glob(f"{letter.name}.*")):
        copy.unlink()
    assert any("never arrived" in fault for fault in faults(office, sender))
    letter.write_bytes(content)

    forgotten = sender.things.pop()
    assert any("events stored" in fault for fault in faults(office, sender))
    sender.things.append(forgotten)
    assert list(faults(office, sender)) == []
