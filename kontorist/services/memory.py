"""Supplier memory: what people correct is learnt, recalled for the next paper, shown, and taken back.

Reading a paper takes longer than a transaction may: `study` reads it before, `keep` enters in the transaction of the
correction what was learnt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import PersonKey
from kontorist.domain.payables.corrections import corrected
from kontorist.domain.payables.draft import FIELDS, Box, FieldName, InvoiceDraft
from kontorist.domain.payables.memory import Lesson, Signs, of_masterdata, to_data
from kontorist.domain.payables.suppliers import Supplier, compact, folded_name
from kontorist.domain.ports import Clock
from kontorist.extraction.reading import BuyerProfile, Learnt, learn_from, read_invoice
from kontorist.services.lessons_import import lessons_in, new_ones
from kontorist.store.database import Store
from kontorist.store.lessons import Taught

if TYPE_CHECKING:
    from kontorist.sandbox import Pool


class NothingToLearn(NeedsAPerson):
    """There is nothing in this paper by which its supplier's next one would be known."""

    code = "KON-117"
    next_step = "Name its VAT id, account or name, such as supplier_vat_id=DE123456789."


class NothingThere(NeedsAPerson):
    """There is no such value at this place of the paper."""

    code = "KON-118"
    next_step = "Say the value too: `kontorist suppliers correct FILE net=100.00 net@1,80,55,90,57`."


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of a file of lessons: how many were in it, how many are new, and the numbers they got here."""

    read: int
    new: int
    lessons: tuple[int, ...]


def buyer_profile(config: Config) -> BuyerProfile:
    """Our own company: what stands on every invoice to us and is never the supplier's."""
    company = config.company
    mails = [company.contact.email] if company.contact else []
    mails += [person.email for person in config.people.values() if person.email]
    return BuyerProfile(
        names=(company.name,),
        vat_ids=(company.vat_id,) if company.vat_id else (),
        ibans=company.ibans,
        domains=tuple(sorted({each.rpartition("@")[2].casefold() for each in mails})),
    )


class SupplierMemory:
    """What is known of suppliers' papers beside what they say themselves."""

    def __init__(self, config: Config, *, clock: Clock, store: Store, pool: Callable[[], Pool]) -> None:
        self._clock = clock
        self._store = store
        self._pool = pool
        self._profile = buyer_profile(config)

    def recall(self, signs: Signs) -> list[Lesson]:
        """What may bear on a paper with these signs: the master data first, then what people taught, oldest first."""
        with self._store.read() as tx:
            known = [of_masterdata(each) for each in self._suppliers(tx, signs)]
            return [*known, *self._store.lessons.recall(tx, signs)]

    def _suppliers(self, tx: Connection, signs: Signs) -> list[Supplier]:
        asked = [("vat_id", value) for value in sorted(signs.vat_ids)] + [("iban", v) for v in sorted(signs.ibans)]
        found = [self._store.suppliers.find(tx, **{kind: value}) for kind, value in asked]
        return list({each.id: each for each in found if each is not None and not each.provisional}.values())

    def study(
        self,
        content: bytes,
        draft: InvoiceDraft,
        told: Mapping[FieldName, str | None],
        boxes: Mapping[FieldName, tuple[int, Box]] | None = None,
    ) -> Learnt:
        """What a person's word about `draft`, read from `content`, teaches. Reads the file; never in a transaction."""
        return learn_from(self._pool(), content, draft, told, boxes=boxes, profile=self._profile)

    def correct(
        self,
        content: bytes,
        name: str,
        changes: Mapping[str, str],
        boxes: Mapping[FieldName, tuple[int, Box]],
        actor: Actor,
        *,
        about: str | None = None,
        visual_only: bool = False,
    ) -> Taught:
        """Keep what `actor` says of the file `name`: `changes` as on the worklist, `boxes` where values stand.

        `about` is its document, where it is one of ours. Nothing else changes. Raises NotAValue, NothingThere and
        NothingToLearn.
        """
        read = read_invoice(
            self._pool(), content, name=name, visual_only=visual_only, profile=self._profile, recall=self.recall
        )
        if read.refused is not None:
            raise NothingToLearn(f"{name}: {read.reason}")
        after = corrected(read, changes, by=actor.person)
        told = {field: after.value(field) for field in FIELDS if field in changes}
        learnt = self.study(content, read, told, boxes)
        if learnt.unread:
            raise NothingThere(f"{name}: there is no {' or '.join(learnt.unread)} at the place you point to.")
        if learnt.lesson is None:
            raise NothingToLearn(f"{name}: there is nothing by which the supplier's next paper would be known.")
        with self._store.write() as tx:
            paper = hashlib.sha256(content).hexdigest()
            number = self.keep(tx, learnt.lesson, paper=paper, by=actor.person, about=about)
            return self._store.lessons.get(tx, number)

    def keep(
        self,
        tx: Connection,
        lesson: Lesson,
        *,
        paper: str,
        by: PersonKey,
        about: str | None = None,
        first_by: str | None = None,
    ) -> int:
        """Enter a lesson from the paper with this SHA-256; its number.

        Its line in the audit trail stands under `about`, the document, else under the supplier's key. `first_by` taught
        it elsewhere, before `by` brought it here.
        """
        subject = about or lesson.key
        number = self._store.lessons.teach(tx, lesson, paper=paper, about=subject, by=by)
        fields = sorted(name for name, said in lesson.said.items() if not said.silent)
        facts: dict[str, Any] = {"lesson": number, "supplier": lesson.key, "fields": fields, "paper": paper}
        self._note(tx, by, "taught", subject, facts if first_by is None else {**facts, "brought_from": first_by})
        return number

    def take_in(self, content: bytes, actor: Actor, *, dry_run: bool = False) -> TakenIn:
        """Keep the lessons of a file that `exported` filled: all that count and are not here, in one transaction.

        With `dry_run` nothing is kept. Raises NotLessons.
        """
        read = lessons_in(content)
        with self._store.write() as tx:
            known = [(each.lesson, each.paper) for each in self._store.lessons.of(tx, forgotten=True)]
            new = list(new_ones(read, known))
            numbers = tuple(
                self.keep(tx, each.lesson, paper=each.paper, by=actor.person, first_by=each.taught_by)
                for each in (() if dry_run else new)
            )
        return TakenIn(read=len(read), new=len(new), lessons=numbers)

    def lessons(self, supplier: str | None = None, *, forgotten: bool = False) -> list[Taught]:
        """The lessons of one supplier, named by id, number, VAT id, IBAN, web name or name, or of all; oldest first."""
        with self._store.read() as tx:
            keys = None if supplier is None else self._keys(tx, supplier)
            return self._store.lessons.of(tx, keys, forgotten=forgotten)

    def _keys(self, tx: Connection, supplier: str) -> set[str]:
        """All keys that the word may mean; lessons carry the name of their supplier, too."""
        word, bare = folded_name(supplier), compact(supplier)
        keys = {supplier, f"vat_id:{bare}", f"iban:{bare}", f"domain:{supplier.casefold()}", f"name:{word}"}
        for known in self._store.suppliers.list(tx):
            if supplier in (known.id, known.number) or folded_name(known.name) == word:
                keys |= {f"vat_id:{compact(known.vat_id or '')}", *(f"iban:{each}" for each in known.ibans)}
                keys.add(f"name:{folded_name(known.name)}")
        named = (each.lesson for each in self._store.lessons.of(tx, forgotten=True))
        return keys | {each.key for each in named if folded_name(each.name or "") == word}

    def forget(self, number: int, actor: Actor) -> bool:
        """Take back one lesson; False where it was taken back before. Raises NotInStore."""
        with self._store.write() as tx:
            taught = self._store.lessons.get(tx, number)
            gone = self._store.lessons.forget(tx, number, by=actor.person)
            if gone:
                facts = {"lesson": number, "supplier": taught.lesson.key}
                self._note(tx, actor.person, "forgot", taught.about, facts)
            return gone

    def _note(self, tx: Connection, by: PersonKey, verb: str, subject: str, after: Mapping[str, Any]) -> None:
        self._store.audit.note(tx, actor=by, verb=verb, subject=subject, at=self._clock.now(), after=after)


def exported(taught: Taught) -> dict[str, Any]:
    """A lesson with all that is known of it, as plain data."""
    return {
        "number": taught.number,
        "lesson": to_data(taught.lesson),
        "paper": taught.paper,
        "about": taught.about,
        "by": taught.by,
        "at": taught.at.isoformat(),
        "forgotten_by": taught.forgotten_by,
        "forgotten_at": None if taught.forgotten_at is None else taught.forgotten_at.isoformat(),
    }
