"""Returns of units: a form for each unit, filled ones merged, what does not fit held until it does.

Decides who a row is about, and that a row either becomes part of a contact, which answers tasks
like any other, or is held with the reason; no cell is lost, nothing is guessed, and a return can be
taken back whole. Reading the file is :mod:`casework.exchange.unit_returns`'.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.exchange.unit_returns import FormPerson, ReturnRow, read_form, reread, write_form
from casework.records import (
    Campaign,
    CampaignPerson,
    Contact,
    Organisation,
    Person,
    UnitReturn,
    UnitReturnRow,
)
from casework.records.base import now
from casework.terms import _, language
from casework.workbook.campaign_rows import require_campaign
from casework.workbook.campaign_terms import Terms
from casework.workbook.contact_entry import ContactEntry, Participant
from casework.workbook.unit_return_rows import (
    former_units,
    hold_doubles,
    kept_row,
    known_of,
    told_to,
    visit_entry,
)

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["HeldReturn", "ReturnLine", "Taken", "UnitForm", "UnitReturns"]


@dataclass(frozen=True, slots=True)
class UnitForm:
    """A unit whose people are on the list of a campaign, for whom a form is made.

    Attributes
    ----------
    withheld : tuple of (int, str)
        Number and name of those who have not consented that the unit is told of them: they are on
        no form.
    """

    name: str
    people: int
    returned: bool
    withheld: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """A form that was taken in.

    Attributes
    ----------
    merged, held : int
        Rows.
    cents : int
        Money given, in fen, of the rows that count.
    """

    return_id: int
    unit: str | None
    file_name: str
    merged: int
    held: int
    ignored: int
    cents: int
    recorded_by: str
    recorded_on: date
    is_taken_back: bool


@dataclass(frozen=True, slots=True)
class HeldReturn:
    """A row that waits, with why.

    Attributes
    ----------
    problems : tuple of str
        Codes; `problem_text` says them.
    """

    row_id: int
    return_id: int
    file_name: str
    row: int
    cells: Mapping[str, str]
    person_id: int | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a form in did, in rows."""

    return_id: int
    merged: int
    held: int
    ignored: int


class UnitReturns:
    """What is done with the returns of units.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- forms -----------------------------------------------------------------------------------

    def units(self, campaign_id: int) -> list[UnitForm]:
        """List the units whose people are to be visited by them, and whether they have returned."""
        with self._workbook.reading() as session:
            require_campaign(session, campaign_id)
            returned = set(
                session.scalars(
                    select(UnitReturn.unit).where(
                        UnitReturn.campaign_id == campaign_id, UnitReturn.superseded_at.is_(None)
                    )
                )
            )
            people = self._of_units(session, campaign_id)
        by_unit: defaultdict[str, dict[int, str]] = defaultdict(dict)
        for key, name, unit in people:
            by_unit[unit][key] = name
        found = []
        for unit, names in sorted(by_unit.items()):
            told = self._workbook.sharing.may_tell(names, told_to(unit))
            withheld = tuple(one for one in names.items() if one[0] not in told)
            found.append(UnitForm(unit, len(names), unit in returned, withheld))
        return found

    def form(self, campaign_id: int, unit: str) -> bytes:
        """Make the form (.xlsx) of one unit, with its people of this campaign.

        Of whoever has not consented that the unit is told, nothing stands there; of the others it
        is written down as given.

        Raises
        ------
        NotFound
            If nobody of that unit is on the list.
        NotPermitted
            If none of them has consented, or whoever acts may not write it down.
        """
        with self._workbook.reading() as session:
            one = require_campaign(session, campaign_id)
            people = [
                FormPerson(key, name, of)
                for key, name, of in self._of_units(session, campaign_id)
                if of == unit
            ]
            title = one.label_zh if language() == "zh" else one.label_en
            first, last = one.opens_on, one.due_on
        if not people:
            raise NotFound(_("Nobody of this unit is on the list of this campaign."))
        sharing, entry = self._workbook.sharing, told_to(unit)
        told = sharing.may_tell([one.person_id for one in people], entry)
        if not told:
            raise NotPermitted(
                _(
                    "None of the people of {unit} has agreed that the unit is told of them, so "
                    "there is no form. Ask them first, on the page of consents, or visit them "
                    "yourselves.",
                    unit=unit,
                )
            )
        sharing.hand_out(told, entry)
        people = [one for one in people if one.person_id in told]
        note = _(
            "{unit}: fill in the days from {first} to {last}; others visited are added below. Keep "
            "the person numbers.",
            unit=unit,
            first=first,
            last=last,
        )
        return write_form(f"{title} · {unit}", note, people, first, last)

    def _of_units(self, session: Session, campaign_id: int) -> list[tuple[int, str, str]]:
        """Give number, name and former unit of everybody whom their unit visits."""
        rows = session.execute(
            select(Person.id, Person.name, Organisation.name)
            .select_from(CampaignPerson)
            .join(Person, Person.id == CampaignPerson.person_id)
            .outerjoin(Organisation, Organisation.id == Person.unit_id)
            .where(
                CampaignPerson.campaign_id == campaign_id,
                CampaignPerson.carrier == "unit",
                CampaignPerson.left_out_on.is_(None),
            )
            .order_by(Person.name_pinyin, Person.id)
        ).all()
        units = former_units(session, [key for key, _name, _unit in rows], self._workbook.today)
        return [
            (key, name, units.get(key) or unit or _("unit not known")) for key, name, unit in rows
        ]

    # --- taking in -------------------------------------------------------------------------------

    def take(
        self, campaign_id: int, path: Path, *, unit: str | None = None,
        shown_as: str | None = None,
    ) -> Taken:  # fmt: skip
        """Take a filled form in: what fits becomes contacts, what does not is held.

        Raises
        ------
        UnreadableFile, InvalidEntry
            If the file cannot be read, is no such form, or was taken in already.
        NotPermitted
            Unless a supervisor acts.
        """
        book = self._workbook
        self._require_right()
        with book.reading() as session:
            around = require_campaign(session, campaign_id).due_on
        file = read_form(path, around)
        with book.transaction() as session:
            one = self._open(session, campaign_id)
            self._refuse_twice(session, campaign_id, file.sha256)
            made = UnitReturn(
                campaign_id=campaign_id,
                unit=unit,
                file_name=(shown_as or path.name)[-120:],
                sha256=file.sha256,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(made)
            session.flush()
            known = known_of(session, one, file.rows)
            rows = [kept_row(book, session, made, each, known) for each in file.rows]
            hold_doubles(rows)
            session.add_all(rows)
            session.flush()
            made.unit = made.unit or self._unit_of(session, rows)
            self._merge(session, one, made, rows)
            told = {
                outcome: sum(row.outcome == outcome for row in rows)
                for outcome in ("merged", "held", "ignored")
            }
            book.log(session, "take_unit_return", "campaign", campaign_id,
                     after={"return": made.id, **told})  # fmt: skip
            return Taken(made.id, told["merged"], told["held"], told["ignored"])

    def settle(self, row_id: int, *, person_id: int, reason: str = "", **cells: str) -> Taken:
        """Put a held row right, and merge it if it fits now.

        Parameters
        ----------
        person_id : int
            Whom it is about. Who is not on the list is added by hand, with the reason.
        **cells
            Corrected cells, by key of their column.
        """
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            row = session.get(UnitReturnRow, row_id, with_for_update=True)
            if row is None or row.outcome != "held":
                raise NotFound(_("This row waits no longer. Look at the list again."))
            made = session.get_one(UnitReturn, row.return_id)
            one = self._open(session, made.campaign_id)
            read = reread(row.row, {**(row.cells or {}), **cells}, one.due_on)
            typed = replace(read, person_no=person_id, name="")
            if not reason.strip():
                self._require_listed(session, one.id, person_id)
            else:
                self._add(session, one, person_id, reason)
            known = known_of(session, one, [typed])
            fresh = kept_row(book, session, made, typed, known)
            row.person_id, row.problems = fresh.person_id, fresh.problems
            row.amount_cents, row.outcome = fresh.amount_cents, fresh.outcome
            if fresh.outcome == "merged":
                self._merge(session, one, made, [row], {row.id: typed})
            book.log(session, "settle_return_row", "campaign", one.id,
                     after={"row": row_id, "person": person_id})  # fmt: skip
            merged = row.outcome == "merged"
            return Taken(made.id, int(merged), int(not merged), 0)

    def ignore(self, row_id: int) -> None:
        """Say that a held row is about no visit of this campaign; it stays as it was typed."""
        self._require_right()
        with self._workbook.transaction() as session:
            row = session.get(UnitReturnRow, row_id, with_for_update=True)
            if row is None or row.outcome != "held":
                raise NotFound(_("This row waits no longer. Look at the list again."))
            row.outcome = "ignored"

    def take_back(self, return_id: int) -> int:
        """Take a return back: its contacts are withdrawn; tell how many rows no longer count."""
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            made = session.get(UnitReturn, return_id, with_for_update=True)
            if made is None or made.superseded_at is not None:
                raise NotFound(_("This return was taken back already."))
            rows = session.scalars(
                select(UnitReturnRow).where(UnitReturnRow.return_id == return_id)
            ).all()
            contacts = {row.contact_id for row in rows if row.contact_id is not None}
            for contact in session.scalars(select(Contact).where(Contact.id.in_(contacts))).all():
                if contact.withdrawn_at is None:
                    book.contacts.withdraw_in(session, contact.id, "unit return taken back")
            made.superseded_at, made.superseded_by = now(), book.actor.name
            book.log(session, "take_back_return", "campaign", made.campaign_id,
                     after={"return": return_id})  # fmt: skip
            return sum(row.outcome == "merged" for row in rows)

    # --- looking ---------------------------------------------------------------------------------

    def all(self, campaign_id: int) -> list[ReturnLine]:
        """List the forms taken in, the latest first."""
        with self._workbook.reading() as session:
            require_campaign(session, campaign_id)
            found = session.scalars(
                select(UnitReturn)
                .where(UnitReturn.campaign_id == campaign_id)
                .order_by(UnitReturn.id.desc())
            ).all()
            counts: defaultdict[int, dict[str, int]] = defaultdict(dict)
            cents: defaultdict[int, int] = defaultdict(int)
            for return_id, outcome, n, money in session.execute(
                select(
                    UnitReturnRow.return_id, UnitReturnRow.outcome, func.count(),
                    func.coalesce(func.sum(UnitReturnRow.amount_cents), 0),
                )
                .where(UnitReturnRow.return_id.in_([one.id for one in found]))
                .group_by(UnitReturnRow.return_id, UnitReturnRow.outcome)
            ):  # fmt: skip
                counts[return_id][outcome] = n
                if outcome == "merged":
                    cents[return_id] = int(money or 0)
        return [
            ReturnLine(
                one.id, one.unit, one.file_name, counts[one.id].get("merged", 0),
                counts[one.id].get("held", 0), counts[one.id].get("ignored", 0), cents[one.id],
                one.recorded_by, one.recorded_at.date(), one.superseded_at is not None,
            )
            for one in found
        ]  # fmt: skip

    def held(self, campaign_id: int) -> list[HeldReturn]:
        """List the rows that wait, in the order of the forms."""
        with self._workbook.reading() as session:
            found = session.execute(
                select(UnitReturnRow, UnitReturn.file_name)
                .join(UnitReturn, UnitReturn.id == UnitReturnRow.return_id)
                .where(
                    UnitReturn.campaign_id == campaign_id,
                    UnitReturn.superseded_at.is_(None),
                    UnitReturnRow.outcome == "held",
                )
                .order_by(UnitReturnRow.return_id, UnitReturnRow.row)
            ).all()
        return [
            HeldReturn(
                row.id, row.return_id, name, row.row, row.cells or {}, row.person_id,
                tuple(row.problems or ()),
            )
            for row, name in found
        ]  # fmt: skip

    # --- parts -----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if not self._workbook.campaigns.may_decide:
            raise NotPermitted(_("Campaigns are for supervisors to decide. Ask one of them."))

    @staticmethod
    def _open(session: Session, campaign_id: int) -> Campaign:
        one = require_campaign(session, campaign_id, to_change=True)
        if one.frozen_on is None:
            raise NotPermitted(_("The list of this campaign is still open. Freeze it first."))
        if one.closed_on is not None:
            raise NotPermitted(_("This campaign is closed. Open it again to change it."))
        return one

    @staticmethod
    def _refuse_twice(session: Session, campaign_id: int, sha256: str) -> None:
        same = session.scalar(
            select(UnitReturn.file_name).where(
                UnitReturn.campaign_id == campaign_id,
                UnitReturn.sha256 == sha256,
                UnitReturn.superseded_at.is_(None),
            )
        )
        if same is not None:
            raise InvalidEntry(
                _("This form was taken in already, as {file}. Take that back first.", file=same),
                "file",
            )

    def _merge(
        self,
        session: Session,
        one: Campaign,
        made: UnitReturn,
        rows: Sequence[UnitReturnRow],
        typed: Mapping[int, ReturnRow] | None = None,
    ) -> None:
        """Let rows become contacts: one a day and way, with all whom the unit visited so."""
        together: defaultdict[tuple[date, str], list[tuple[UnitReturnRow, ReturnRow]]]
        together = defaultdict(list)
        for row in rows:
            if row.outcome == "merged":
                read = (typed or {}).get(row.id) or reread(row.row, row.cells or {}, one.due_on)
                if read.on is not None and read.way is not None:
                    together[read.on, read.way].append((row, read))
        unit = made.unit or made.file_name
        for (day, way), some in sorted(together.items()):
            entry = ContactEntry(
                client_key=f"return:{made.id}:{day.isoformat()}:{way}:{some[0][0].id}",
                happened_on=day,
                channel=way,
                kind="care",
                persons=tuple(visit_entry(row, read) for row, read in some),
                participants=(Participant(None, unit, "original_unit"),),
                initiated_by="staff",
                summary=None,
            )
            recorded = self._workbook.contacts.record_in(session, entry)
            for row, _read in some:
                row.contact_id = recorded.contact_id
        session.flush()

    def _unit_of(self, session: Session, rows: Sequence[UnitReturnRow]) -> str | None:
        """Give the former unit of the people in a form, where more than half are of the same."""
        persons = [row.person_id for row in rows if row.person_id is not None]
        own = dict(
            session.execute(
                select(Person.id, Organisation.name)
                .outerjoin(Organisation, Organisation.id == Person.unit_id)
                .where(Person.id.in_(persons))
            ).all()
        )
        former = former_units(session, persons, self._workbook.today)
        units = Counter(former.get(person) or own.get(person) for person in persons)
        ((unit, n),) = units.most_common(1) or [(None, 0)]
        return unit if 2 * n > len(persons) else None

    def _require_listed(self, session: Session, campaign_id: int, person_id: int) -> None:
        found = session.scalar(
            select(CampaignPerson.id).where(
                CampaignPerson.campaign_id == campaign_id,
                CampaignPerson.person_id == person_id,
                CampaignPerson.left_out_on.is_(None),
            )
        )
        if found is None:
            raise InvalidEntry(
                _("This person is not on the list. Say why the visit counts all the same."),
                "reason",
            )

    def _add(self, session: Session, one: Campaign, person_id: int, reason: str) -> None:
        """Put somebody on the list by hand whom a unit has visited."""
        row = session.scalar(
            select(CampaignPerson).where(
                CampaignPerson.campaign_id == one.id, CampaignPerson.person_id == person_id
            )
        )
        if row is not None and row.left_out_on is None:
            return
        segments = Terms.from_record(one.terms).segments
        segment = next((each for each in segments if each.by == "unit"), segments[-1])
        if row is None:
            session.add(
                CampaignPerson(
                    campaign_id=one.id, person_id=person_id, segment=segment.code, carrier="unit",
                    reason=reason.strip(), recorded_at=now(),
                    recorded_by=self._workbook.actor.name,
                )
            )  # fmt: skip
        else:
            row.left_out_on = row.left_out_reason = None
            row.carrier, row.reason = "unit", reason.strip()
        session.flush()
