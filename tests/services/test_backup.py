"""Everything into one file while the office works, and back into an empty folder."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kontorist.archive.archive import DocumentArchive
from kontorist.config import load
from kontorist.domain.approvals import Actor, NotAllowed
from kontorist.domain.events import Event
from kontorist.domain.ids import SYSTEM, PersonKey
from kontorist.domain.ports import Receipt
from kontorist.services import Services, open_services
from kontorist.services.backup import BackupNotWritten, FileThere, Manifest, back_up
from kontorist.services.restore import FolderNotEmpty, NotABackup, Restored, restore
from kontorist.services.settling import Settling
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.store.errors import EffectNotOpen, EffectUnknown
from kontorist.testing.fakes import FakeClock

CONTROLLER = Actor(person=PersonKey("cora"), roles=frozenset({"controller"}))
CONFIG = """\
version: 1
company: !include company.yaml
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Services]:
    root = tmp_path / "office"
    root.mkdir()
    (root / "config.yaml").write_text(CONFIG)
    (root / "company.yaml").write_text("{name: Kontor Beispiel B.V., country: NL}")
    with open_services(load(root, environment={}), clock=FakeClock()) as services:
        takes_in(services, "one", "two")
        yield services


def takes_in(services: Services, *names: str) -> None:
    for name in names:
        services.archive.add(
            name.encode() * 100, name=name, media_type="text/plain", source="/test", source_id=name, actor=SYSTEM
        )
        with services.store.write() as tx:
            services.store.inbox.accept(tx, Event(id=name, source="/test", type="note.received"), raw_hash=name)
            services.store.audit.note(tx, actor=SYSTEM, verb="noted", subject=name, at=services.clock.now())


def backed_up(office: Services, file: Path) -> Manifest:
    assert isinstance(office.archive, DocumentArchive)
    return back_up(office.config, office.store, office.archive, file)


def restored(file: Path, to: Path) -> Restored:
    return restore(file, to, FakeClock())


def rewritten(file: Path, change: dict[str, bytes | None]) -> Path:
    """The backup with other files in it; None takes one out."""
    other = file.with_name("other.tar")
    with tarfile.open(file) as old, tarfile.open(other, "w") as new:
        contents = {member.name: old.extractfile(member).read() for member in old.getmembers()}  # type: ignore[union-attr]
        for name, content in (contents | change).items():
            if content is not None:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return other


def test_what_was_backed_up_comes_back_whole(office: Services, tmp_path: Path) -> None:
    manifest = backed_up(office, tmp_path / "a.tar")
    found = restored(tmp_path / "a.tar", tmp_path / "new")

    assert (found.findings, found.moved) == ((), ())
    assert (found.documents, found.waiting) == (2, 2)
    assert manifest.rows["inbox"] == 2
    config = load(tmp_path / "new", environment={})
    assert config.company.name == "Kontor Beispiel B.V."
    archive = DocumentArchive(config.archive_path, clock=office.clock)
    assert [archive.content(hit.id) for hit in archive.find("one").hits] == [b"one" * 100]
    archive.close()
    with Store.open(config.database_url) as store, store.read() as tx:
        assert sorted(row.dedupe for row in store.inbox.list(tx)) == ["one", "two"]
        assert [note.subject for note in store.audit.newest(tx)] == ["installation", "two", "one"]


def test_a_backup_taken_while_the_office_works_is_whole(office: Services, tmp_path: Path) -> None:
    stop, taken = threading.Event(), []

    def work() -> None:
        while not stop.is_set():
            taken.append(f"more-{len(taken)}")
            takes_in(office, taken[-1])

    working = threading.Thread(target=work)
    working.start()
    try:
        while not taken:
            pass
        backed_up(office, tmp_path / "a.tar")
    finally:
        stop.set()
        working.join()
    found = restored(tmp_path / "a.tar", tmp_path / "new")

    assert found.findings == ()
    assert 2 <= found.waiting <= found.documents, "what the database names is in the archive"


def test_a_derived_file_that_is_replaced_meanwhile_is_taken_as_the_log_has_it(
    office: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(office.archive, DocumentArchive)
    document = office.archive.find("one").hits[0].id
    office.archive.add_text(document, "first reading")
    file, to = tmp_path / "a.tar", tmp_path / "new"
    real = tarfile.TarFile.add
    done = []

    def add(tar: tarfile.TarFile, name: Path, arcname: str, **rest: object) -> None:
        real(tar, name, arcname, **rest)  # type: ignore[arg-type]
        if "derived" in arcname and not done:
            done.append(arcname)
            assert isinstance(office.archive, DocumentArchive)
            office.archive.add_text(document, "second reading")

    monkeypatch.setattr(tarfile.TarFile, "add", add)
    backed_up(office, file)

    assert done
    assert restored(file, to).findings == ()


def test_a_file_with_two_names_is_twice_in_the_backup(office: Services, tmp_path: Path) -> None:
    """As an original on its way in has, under an inode that another file of the backup had before."""
    root = office.config.root
    (root / "config.yaml").write_text("version: 1\ncompany: !include company.yaml\n")
    (root / "nl.yaml").write_text("NL")
    os.link(root / "nl.yaml", root / "be.yaml")
    (root / "company.yaml").write_text("{name: Kontor, country: !include nl.yaml, registered_in: [!include be.yaml]}")

    backed_up(office, tmp_path / "a.tar")
    restored(tmp_path / "a.tar", tmp_path / "new")

    assert load(tmp_path / "new", environment={}).company.country == "NL"


def test_nothing_is_ever_replaced(office: Services, tmp_path: Path) -> None:
    file, to = tmp_path / "a.tar", tmp_path / "new"
    file.write_text("mine")
    with pytest.raises(FileThere):
        backed_up(office, file)
    assert file.read_text() == "mine"

    file.unlink()
    backed_up(office, file)
    to.mkdir()
    (to / "mine.txt").write_text("mine")
    with pytest.raises(FolderNotEmpty):
        restored(file, to)
    assert [each.name for each in to.iterdir()] == ["mine.txt"]


def test_each_file_that_the_configuration_is_made_of_comes_back(
    office: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that an included file includes, and one of which an environment leaves nothing."""
    root = office.config.root
    (root / "parts").mkdir()
    (root / "config.yaml").write_text("version: 1\ncompany: !include parts/firm.yaml\nengine: !include engine.yaml\n")
    (root / "parts" / "firm.yaml").write_text("{name: !include name.yaml, country: NL}")
    (root / "parts" / "name.yaml").write_text("Kontor Beispiel B.V.")
    (root / "engine.yaml").write_text("{low_disk: 1GiB}")
    monkeypatch.setenv("KONTORIST_ENGINE__LOW_DISK", "3GiB")

    backed_up(office, tmp_path / "a.tar")
    restored(tmp_path / "a.tar", tmp_path / "new")

    config = load(tmp_path / "new", environment={})
    assert (config.company.name, config.engine.low_disk) == ("Kontor Beispiel B.V.", 1024**3)


def test_an_included_link_comes_back_as_the_file_it_leads_to(office: Services, tmp_path: Path) -> None:
    """Also a file that is included beside the one it leads to."""
    root, shared = office.config.root, tmp_path / "shared"
    (root / "parts").mkdir()
    shared.mkdir()
    (root / "config.yaml").write_text("version: 1\ncompany: !include parts/firm.yaml\n")
    (root / "parts" / "firm.yaml").symlink_to(shared / "any-firm.yaml")
    (shared / "any-firm.yaml").write_text("{name: !include name.yaml, country: NL}")
    (shared / "name.yaml").write_text("Kontor Beispiel B.V.")

    backed_up(office, tmp_path / "a.tar")
    restored(tmp_path / "a.tar", tmp_path / "new")
    shutil.rmtree(shared)

    assert load(tmp_path / "new", environment={}).company.name == "Kontor Beispiel B.V."


def test_a_configuration_that_lies_elsewhere_is_no_half_of_a_backup(office: Services, tmp_path: Path) -> None:
    (tmp_path / "company.yaml").write_text("{name: Kontor Beispiel B.V., country: NL}")
    (office.config.root / "config.yaml").write_text("version: 1\ncompany: !include ../company.yaml\n")

    with pytest.raises(BackupNotWritten, match="outside of its folder"):
        backed_up(office, tmp_path / "a.tar")

    assert not (tmp_path / "a.tar").exists()


def test_a_backup_that_fails_leaves_nothing_behind(
    office: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(office.store, "copy_to", full)
    with pytest.raises(BackupNotWritten, match="No space left"):
        backed_up(office, tmp_path / "a.tar")

    assert [each.name for each in tmp_path.iterdir()] == ["office"]


def test_the_file_is_for_its_owner_only(office: Services, tmp_path: Path) -> None:
    backed_up(office, tmp_path / "a.tar")

    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600


def test_an_object_that_was_changed_in_the_backup_is_named(office: Services, tmp_path: Path) -> None:
    backed_up(office, tmp_path / "a.tar")
    with tarfile.open(tmp_path / "a.tar") as tar:
        name = next(member.name for member in tar.getmembers() if "/objects/" in member.name)

    found = restored(rewritten(tmp_path / "a.tar", {name: b"other" * 60}), tmp_path / "new")

    below = name.removeprefix("archive/")
    assert f"{below}: The original is not the one that was stored." in found.findings


def test_a_database_that_is_not_the_one_is_named(office: Services, tmp_path: Path) -> None:
    backed_up(office, tmp_path / "a.tar")
    office.store.copy_to(tmp_path / "other.db")
    with closing(sqlite3.connect(tmp_path / "other.db")) as database, database:
        database.execute("DELETE FROM inbox")

    content = (tmp_path / "other.db").read_bytes()
    found = restored(rewritten(tmp_path / "a.tar", {"database": content}), tmp_path / "new")

    assert found.findings == (
        "The database is not the one that was backed up: its hash is another.",
        "The table inbox has 0 rows; 2 were backed up.",
    )


@pytest.mark.parametrize("name", ["config/../../evil", "archive//../../evil", "elsewhere/file", "/etc/evil"])
def test_a_file_of_others_is_not_written_anywhere(office: Services, tmp_path: Path, name: str) -> None:
    backed_up(office, tmp_path / "a.tar")
    other = rewritten(tmp_path / "a.tar", {name: b"evil"})

    with pytest.raises(NotABackup):
        restored(other, tmp_path / "deep" / "new")
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("change", [{"manifest.json": None}, {"manifest.json": b"{}"}, {"database": None}])
def test_half_a_backup_is_none(office: Services, tmp_path: Path, change: dict[str, bytes | None]) -> None:
    backed_up(office, tmp_path / "a.tar")

    with pytest.raises(NotABackup):
        restored(rewritten(tmp_path / "a.tar", change), tmp_path / "new")


def test_a_file_that_ends_too_early_is_none(office: Services, tmp_path: Path) -> None:
    backed_up(office, tmp_path / "a.tar")
    content = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(content[: len(content) // 2])
    (tmp_path / "no.tar").write_bytes(b"no tar at all")

    for name in ("cut.tar", "no.tar"):
        with pytest.raises(NotABackup):
            restored(tmp_path / name, tmp_path / "new")


def test_an_archive_outside_of_the_folder_is_brought_back_inside(tmp_path: Path) -> None:
    root = tmp_path / "office"
    root.mkdir()
    company = "company: {name: Kontor Beispiel B.V., country: NL}"
    (root / "config.yaml").write_text(f"version: 1\n{company}\narchive: {{path: ../originals}}\n")
    with open_services(load(root, environment={}), clock=FakeClock()) as services:
        takes_in(services, "one")
        backed_up(services, tmp_path / "a.tar")

    found = restored(tmp_path / "a.tar", tmp_path / "new")

    assert (found.documents, found.findings) == (1, ())
    assert (tmp_path / "new" / "var" / "restored" / "originals" / "log").is_dir()
    (sentence,) = found.moved
    assert sentence.startswith("archive.path in config.yaml says ../originals;")


def test_what_may_have_been_done_since_the_backup_is_asked_about_first(office: Services, tmp_path: Path) -> None:
    with office.store.write() as tx:
        office.store.effects.plan(tx, key="pay/1", kind="payment_file", request={"amount": "1.00"})
        office.store.effects.plan(tx, key="pay/2", kind="payment_file", request={"amount": "2.00"})
    backed_up(office, tmp_path / "a.tar")
    paid, asked = [], []

    found = restored(tmp_path / "a.tar", tmp_path / "new")

    def pay(request: object, key: str) -> Receipt:
        paid.append(key)
        return Receipt(external_id=key, status="accepted")

    def find(request: object, key: str) -> Receipt | None:
        asked.append(key)
        return Receipt(external_id="seen at the bank", status="accepted") if key == "pay/1" else None

    clock = FakeClock()
    clock.advance(minutes=5)
    with Store.open(f"sqlite:///{tmp_path}/new/var/kontorist.db", clock=clock) as store:
        EffectRunner(store, [EffectHandler(kind="payment_file", act=pay, probe=find)]).run_due(clock.now())
        with store.read() as tx:
            states = [each.state for each in store.effects.list(tx)]
    assert found.asked_first == 2
    assert (asked, paid, states) == (["pay/1", "pay/2"], ["pay/2"], ["done", "done"])


def test_what_was_done_since_the_backup_is_not_done_again_when_its_event_comes_again(
    office: Services, tmp_path: Path
) -> None:
    """The backup is made, then an invoice is paid; after the restore its event comes again."""
    bank: list[str] = []
    backed_up(office, tmp_path / "a.tar")
    ordered(office.store, "pay/1", bank, asks=True)
    restored(tmp_path / "a.tar", tmp_path / "new")

    with Store.open(f"sqlite:///{tmp_path}/new/var/kontorist.db", clock=FakeClock()) as store:
        ordered(store, "pay/1", bank, asks=True)
        with pytest.raises(EffectUnknown):
            ordered(store, "pay/2", bank, asks=False)
        Settling(clock=FakeClock(), store=store).caught_up(CONTROLLER, reason="compared with the bank")
        ordered(store, "pay/3", bank, asks=False)

    assert bank == ["pay/1", "pay/3"]


def ordered(store: Store, key: str, bank: list[str], *, asks: bool) -> None:
    """Have a payment carried out by the `bank`, which can be asked for it or not."""

    def pay(request: object, key: str) -> Receipt:
        bank.append(key)
        return Receipt(external_id=key, status="accepted")

    def find(request: object, key: str) -> Receipt | None:
        return Receipt(external_id=key, status="found") if key in bank else None

    EffectRunner(store, []).once("payment_file", key, {"amount": "1.00"}, pay, find if asks else None)


def test_that_all_is_caught_up_with_is_said_once_by_one_who_may(office: Services, tmp_path: Path) -> None:
    backed_up(office, tmp_path / "a.tar")
    restored(tmp_path / "a.tar", tmp_path / "new")

    with Store.open(f"sqlite:///{tmp_path}/new/var/kontorist.db", clock=FakeClock()) as store:
        settling = Settling(clock=FakeClock(), store=store)
        with pytest.raises(NotAllowed):
            settling.caught_up(replace(CONTROLLER, roles=frozenset({"clerk"})), reason="it looks fine")
        settling.caught_up(CONTROLLER, reason="compared with the bank")
        with pytest.raises(EffectNotOpen):
            settling.caught_up(CONTROLLER, reason="once more")
        with store.read() as tx:
            told = [(note.actor, note.verb, note.after) for note in store.audit.of(tx, "installation")]
    assert told[-1] == ("cora", "caught up", {"reason": "compared with the bank"})


def test_the_commands_say_what_there_is(tmp_path: Path, office: Services, capsys: pytest.CaptureFixture[str]) -> None:
    from kontorist.cli.main import main

    file, to = str(tmp_path / "a.tar"), str(tmp_path / "new")
    codes = [
        main(["--config", str(office.config.root), "backup", file, "--json"]),
        main(["restore", file, "--to", to, "--json"]),
    ]
    first, second = (json.loads(each) for each in capsys.readouterr().out.replace("}\n{", "}\0{").split("\0"))
    again = main(["restore", file, "--to", to])

    assert (codes, again) == ([0, 0], 3)
    assert first["size"] == (tmp_path / "a.tar").stat().st_size
    assert (second["documents"], second["findings"], second["waiting"]) == (2, [], 2)
