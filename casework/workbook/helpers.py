"""The register of helpers: who comes to people, what they can do, whether they are vetted.

Decides how an entry is checked, how a term follows another and how somebody stops; nothing is
deleted. What "vetted" means is `casework.records.vetting`. Leaves pairs to
:mod:`casework.workbook.pairs`, reading a register from a file to
:mod:`casework.workbook.helper_import`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.identifiers import spell_name
from casework.records import (
    CareTeamMember,
    Helper,
    HelperCheck,
    HelperTerm,
    Staff,
    check_holds,
    covers,
    vetting,
    vetting_until,
)
from casework.records.base import now
from casework.records.helpers import VETTINGS
from casework.reference import surnames
from casework.reference.pairing import PairingRules, pairing_rules
from casework.terms import _
from casework.workbook.helper_entry import (
    checked_check,
    checked_entry,
    term_holds,
    write_checks,
    write_terms,
)
from casework.workbook.helper_rows import (
    CheckEntry,
    CheckRow,
    HelperEntry,
    HelperFile,
    HelperPage,
    HelperRow,
)
from casework.workbook.owning import at_work

if TYPE_CHECKING:
    from casework.workbook.door import Workbook
    from casework.workbook.helper_import import RegisterReport, TakenBack

__all__ = ["Helpers"]

_DECIDERS = ("supervisor", "administrator")
_LONGEST = 200
_CHUNK = 20_000
_OWN = (
    "name", "kind", "source", "unit", "community", "phone", "sex", "place", "max_people",
    "staff_id", "note",
)  # fmt: skip


class Helpers:
    """What is done with the register of helpers.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def rules(self) -> PairingRules:
        """The agency's rules of helpers and pairs."""
        return pairing_rules(self._workbook.agency.code)

    @property
    def may_keep(self) -> bool:
        """Whether whoever acts may write in the register."""
        return self._workbook.actor.role in _DECIDERS

    def list(
        self,
        *,
        as_of: date | None = None,
        search: str = "",
        kind: str | None = None,
        vettings: Collection[str] = (),
        runs_out: bool = False,
        left: bool = False,
        sort: str = "name",
        descending: bool = False,
        offset: int = 0,
        limit: int | None = 50,
    ) -> HelperPage:
        """Give a page of the register.

        Parameters
        ----------
        search : str
            Part of a name, its pinyin or initials, of unit, community, phone, team or skill.
        vettings : collection of str
            Only helpers who stand so; empty for all.
        runs_out : bool
            Only helpers whose vetting runs out within the agency's days of warning.
        left : bool
            Those who have stopped, instead of those who have not.
        sort : {"name", "kind", "unit", "vetted_until", "people"}
        limit : int or None
            None for all.
        """
        day = as_of or self._workbook.today
        state, until = vetting(Helper.id, day), vetting_until(Helper.id, day)
        stopped = Helper.active_to < day
        there = stopped if left else or_(Helper.active_to.is_(None), Helper.active_to >= day)
        demands: list[ColumnElement[bool]] = [there]
        if kind:
            demands.append(Helper.kind == kind)
        if vettings:
            unknown = set(vettings) - set(VETTINGS)
            if unknown:
                raise ValueError(f"no such state of vetting: {sorted(unknown)}")
            demands.append(state.in_(sorted(vettings)))
        if runs_out:
            last = day + timedelta(days=self.rules.numbers["warn_days"])
            demands += [state == "valid", until <= last]
        found = select(Helper.id).where(*demands, *_searched(search, day))
        orders: dict[str, Any] = {
            "name": Helper.name_pinyin,
            "kind": Helper.kind,
            "unit": func.coalesce(Helper.unit, Helper.community),
            "vetted_until": until,
            "people": _people_of(day),
        }
        by = orders.get(sort, Helper.name_pinyin)
        by = (by.desc() if descending else by.asc()).nulls_last()
        with self._workbook.reading() as session:
            total = session.scalar(select(func.count()).select_from(Helper).where(there)) or 0
            matching = session.scalar(select(func.count()).select_from(found.subquery())) or 0
            page = found.order_by(by, Helper.name_pinyin, Helper.id).offset(offset)
            ids = list(session.scalars(page.limit(limit) if limit is not None else page))
            rows = self.rows(session, ids, day)
        return HelperPage(tuple(rows[one] for one in ids if one in rows), matching, total)

    def count(self, *, as_of: date | None = None) -> Mapping[str, int]:
        """Count the helpers who have not stopped, by how they stand; ``runs_out`` among them."""
        day = as_of or self._workbook.today
        last = day + timedelta(days=self.rules.numbers["warn_days"])
        table = (
            select(
                vetting(Helper.id, day).label("state"), vetting_until(Helper.id, day).label("until")
            )
            .where(or_(Helper.active_to.is_(None), Helper.active_to >= day))
            .subquery()
        )
        soon = case((and_(table.c.state == "valid", table.c.until <= last), 1), else_=0)
        query = select(table.c.state, func.count(), func.sum(soon)).group_by(table.c.state)
        with self._workbook.reading() as session:
            found = session.execute(query).all()
        counted = {state: n for state, n, _soon in found}
        return {
            **{one: counted.get(one, 0) for one in VETTINGS},
            "runs_out": sum(int(soon or 0) for _state, _n, soon in found),
        }

    def one(self, helper_id: int, *, as_of: date | None = None) -> HelperFile:
        """Give all that is known of one helper.

        Raises
        ------
        NotFound
            If there is no such helper.
        """
        day = as_of or self._workbook.today
        checks = (
            select(HelperCheck)
            .where(
                HelperCheck.helper_id == helper_id,
                HelperCheck.superseded_at.is_(None),
                HelperCheck.done_on <= day,
            )
            .order_by(HelperCheck.done_on.desc(), HelperCheck.id.desc())
        )
        with self._workbook.reading() as session:
            rows = self.rows(session, [helper_id], day)
            if helper_id not in rows:
                raise _nobody(helper_id)
            return HelperFile(rows[helper_id], tuple(map(_check_row, session.scalars(checks))))

    def seats(self, helper_ids: Collection[int] | None = None) -> frozenset[str]:
        """Name the seats of the care team in which vetted helpers, or some helpers, sit."""
        query = select(Helper.kind, Helper.source).distinct()
        if helper_ids is not None:
            query = query.where(Helper.id.in_(list(helper_ids)))
        else:
            query = query.where(vetting(Helper.id, self._workbook.today) == "valid")
        with self._workbook.reading() as session:
            found = session.execute(query).all()
        kinds = self.rules.kinds
        return frozenset(kinds[kind].seat_for(source) for kind, source in found if kind in kinds)

    def free_accounts(self) -> Mapping[int, str]:
        """Name the members of staff at work who are in the register of helpers not yet."""
        query = (
            select(Staff.id, Staff.name)
            .where(at_work(self._workbook.today), Staff.id.not_in(_linked()))
            .order_by(Staff.name, Staff.id)
        )
        with self._workbook.reading() as session:
            return {one: name for one, name in session.execute(query)}

    def account(self, helper_id: int) -> str | None:
        """Name the account of a helper who also works here; None for none."""
        query = select(Staff.name).join(Helper, Helper.staff_id == Staff.id)
        with self._workbook.reading() as session:
            return session.scalar(query.where(Helper.id == helper_id))

    def teams(self) -> Sequence[str]:
        """Name the teams there are today, by name."""
        query = (
            select(HelperTerm.value)
            .where(HelperTerm.kind == "team", term_holds(self._workbook.today))
            .distinct()
            .order_by(HelperTerm.value)
        )
        with self._workbook.reading() as session:
            return list(session.scalars(query))

    def rows(self, session: Session, ids: Collection[int], day: date) -> dict[int, HelperRow]:
        """Read some helpers as they are on a day: three queries, whatever their number."""
        usual = self.rules.numbers["usual_people"]
        found: dict[int, HelperRow] = {}
        listed = list(ids)
        for start in range(0, len(listed), _CHUNK):
            some = listed[start : start + _CHUNK]
            terms = _terms_of(session, some, day)
            trained = _trained(session, some, day)
            query = select(
                Helper, vetting(Helper.id, day), vetting_until(Helper.id, day), _people_of(day)
            ).where(Helper.id.in_(some))
            for one, state, until, people in session.execute(query):
                is_trained, trained_until = trained.get(one.id, (False, None))
                found[one.id] = HelperRow(
                    one.id, one.name, one.kind, one.source, one.unit, one.community, one.phone,
                    one.sex, one.place, one.max_people, one.staff_id, one.note, one.active_from,
                    one.active_to, one.left_reason, state, until, is_trained, trained_until,
                    int(people or 0), usual if one.max_people is None else one.max_people,
                    terms.get(one.id, {}),
                )  # fmt: skip
        return found

    # --- writing --------------------------------------------------------------------------------

    def add(self, entry: HelperEntry, checks: Sequence[CheckEntry] = ()) -> int:
        """Write a helper into the register, and give the number.

        Raises
        ------
        NotPermitted
            Unless a supervisor or administrator acts.
        InvalidEntry
            When a value cannot be: nothing is written.
        """
        book = self._workbook
        self._require_right()
        told = checked_entry(entry, self.rules)
        for check in checks:
            checked_check(check, self._workbook.today)
        with book.transaction() as session:
            self._staff(session, told.staff_id, None)
            one = self._made(told)
            session.add(one)
            session.flush()
            write_terms(session, one.id, told.terms, book.today, book.actor.name)
            write_checks(session, one.id, checks, book.actor.name)
            book.log(session, "add_helper", "helper", one.id, after={"name": told.name})
            return one.id

    def change(self, helper_id: int, entry: HelperEntry) -> None:
        """Write what is entered now; pairs that there are go on under the new name and phone."""
        book = self._workbook
        self._require_right()
        told = checked_entry(entry, self.rules)
        with book.transaction() as session:
            one = session.get(Helper, helper_id)
            if one is None:
                raise _nobody(helper_id)
            self._staff(session, told.staff_id, helper_id)
            before = {name: getattr(one, name) for name in _OWN}
            after = {name: getattr(told, name) for name in _OWN}
            if after["staff_id"] != before["staff_id"]:
                raise InvalidEntry(_("The account of a helper cannot be changed."), "staff_id")
            spelled = spell_name(told.name, surnames())
            one.name_pinyin, one.name_initials = spelled.pinyin, spelled.initials
            for name in _OWN:
                if before[name] != after[name]:
                    setattr(one, name, after[name])
            if (before["name"], before["phone"]) != (told.name, told.phone):
                for seat in session.scalars(
                    select(CareTeamMember).where(
                        CareTeamMember.helper_id == helper_id,
                        CareTeamMember.superseded_at.is_(None),
                        or_(
                            CareTeamMember.valid_to.is_(None),
                            CareTeamMember.valid_to >= book.today,
                        ),
                    )
                ):
                    seat.name, seat.phone = told.name, told.phone
            write_terms(session, helper_id, told.terms, book.today, book.actor.name)
            changed = {name: after[name] for name in _OWN if before[name] != after[name]}
            book.log(session, "change_helper", "helper", helper_id,
                     before={name: before[name] for name in changed}, after=changed)  # fmt: skip

    def check(self, helper_id: int, entry: CheckEntry) -> int:
        """Write down a vetting, a training or a review, and give its number."""
        book = self._workbook
        self._require_right()
        checked_check(entry, self._workbook.today)
        with book.transaction() as session:
            if session.get(Helper, helper_id) is None:
                raise _nobody(helper_id)
            (made,) = write_checks(session, helper_id, [entry], book.actor.name)
            after = {"kind": entry.kind, "outcome": entry.outcome, "check": made}
            book.log(session, "check_helper", "helper", helper_id, after=after)
            return made

    def take_back_check(self, check_id: int) -> None:
        """Say that a vetting, a training or a review was a mistake; it stays in the history."""
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            held = session.get(HelperCheck, check_id)
            if held is None or held.superseded_at is not None:
                raise NotFound(_("There is no such entry any more."))
            held.superseded_at = now()
            before = {"kind": held.kind, "check": check_id}
            book.log(session, "take_back_check", "helper", held.helper_id, before=before)

    def leave(self, helper_id: int, last_day: date, reason: str) -> int:
        """Let a helper stop after a day: pairs end with it. Give how many pairs that were."""
        book = self._workbook
        self._require_right()
        told = reason.strip()[:_LONGEST]
        if not told:
            raise InvalidEntry(
                _("A reason is missing. Say in a sentence why, so that others can follow."),
                "reason",
            )
        with book.transaction() as session:
            one = session.get(Helper, helper_id)
            if one is None:
                raise _nobody(helper_id)
            if one.active_from is not None and last_day < one.active_from:
                raise InvalidEntry(
                    _("The last day is before the first. Choose a later one."), "until"
                )
            one.active_to, one.left_reason = last_day, told
            ended = 0
            for seat in session.scalars(
                select(CareTeamMember).where(
                    CareTeamMember.helper_id == helper_id,
                    CareTeamMember.superseded_at.is_(None),
                    or_(CareTeamMember.valid_to.is_(None), CareTeamMember.valid_to > last_day),
                )
            ):
                ended += 1
                if seat.valid_from is not None and seat.valid_from > last_day:
                    seat.superseded_at = now()
                else:
                    seat.valid_to, seat.end_reason = last_day, told
            after = {"until": last_day.isoformat(), "pairs": ended}
            book.log(session, "helper_leaves", "helper", helper_id, after=after)
            return ended

    def come_back(self, helper_id: int) -> int:
        """Let a helper who stopped go on; pairs that ended with it go on too. Give how many."""
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            one = session.get(Helper, helper_id)
            if one is None or one.active_to is None:
                raise _nobody(helper_id)
            last_day, reason = one.active_to, one.left_reason
            one.active_to = one.left_reason = None
            seats = session.scalars(
                select(CareTeamMember).where(
                    CareTeamMember.helper_id == helper_id,
                    CareTeamMember.superseded_at.is_(None),
                    CareTeamMember.valid_to == last_day,
                    CareTeamMember.end_reason == reason,
                )
            ).all()
            for seat in seats:
                seat.valid_to = seat.end_reason = None
            book.log(session, "helper_comes_back", "helper", helper_id, after={"pairs": len(seats)})
            return len(seats)

    def import_register(
        self, path: Any, *, dry_run: bool = False, shown_as: str = ""
    ) -> RegisterReport:
        """Read a register of helpers from a file; see `casework.workbook.helper_import`."""
        from casework.workbook.helper_import import import_register

        self._require_right()
        return import_register(self._workbook, path, dry_run=dry_run, shown_as=shown_as)

    def take_back_import(self, import_id: int) -> TakenBack:
        """Take back what a register brought in; see `casework.workbook.helper_import`."""
        from casework.workbook.helper_import import take_back_import

        self._require_right()
        return take_back_import(self._workbook, import_id)

    # --- parts ----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if not self.may_keep:
            raise NotPermitted(
                _("The register of helpers is kept by supervisors. Ask one of them.")
            )

    def _staff(self, session: Session, staff_id: int | None, helper_id: int | None) -> None:
        if staff_id is None:
            return
        if session.get(Staff, staff_id) is None:
            raise NotFound(_("There is no member of staff with the number {id}.", id=staff_id))
        taken = session.scalar(select(Helper.id).where(Helper.staff_id == staff_id))
        if taken is not None and taken != helper_id:
            raise InvalidEntry(
                _("This member of staff is in the register of helpers already."), "staff_id"
            )

    def _made(self, told: HelperEntry) -> Helper:
        spelled = spell_name(told.name, surnames())
        return Helper(
            **{name: getattr(told, name) for name in _OWN},
            name_pinyin=spelled.pinyin,
            name_initials=spelled.initials,
            active_from=self._workbook.today,
            recorded_at=now(),
            recorded_by=self._workbook.actor.name,
        )


def _nobody(helper_id: int) -> NotFound:
    return NotFound(_("There is no helper with the number {id}.", id=helper_id))


def _linked() -> Any:
    return select(Helper.staff_id).where(Helper.staff_id.is_not(None))


def _people_of(day: date) -> Any:
    """Count the people whom each helper is paired with on a day; over `Helper`."""
    return (
        select(func.count(func.distinct(CareTeamMember.person_id)))
        .where(
            CareTeamMember.helper_id == Helper.id,
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
        )
        .correlate(Helper)
        .scalar_subquery()
    )


def _searched(search: str, day: date) -> list[ColumnElement[bool]]:
    typed = "".join(search.split()).lower()
    if not typed:
        return []
    columns = (
        Helper.name, Helper.name_pinyin, Helper.name_initials, Helper.unit, Helper.community,
        Helper.phone,
    )  # fmt: skip
    found = [
        func.replace(func.lower(func.coalesce(one, "")), " ", "").contains(typed, autoescape=True)
        for one in columns
    ]
    said = exists().where(
        HelperTerm.helper_id == Helper.id,
        HelperTerm.kind != "hours",
        term_holds(day),
        func.lower(HelperTerm.value).contains(typed, autoescape=True),
    )
    return [or_(*found, said)]


def _terms_of(
    session: Session, ids: Sequence[int], day: date
) -> dict[int, Mapping[str, tuple[str, ...]]]:
    found: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    query: Select[int, str, str] = (
        select(HelperTerm.helper_id, HelperTerm.kind, HelperTerm.value)
        .where(HelperTerm.helper_id.in_(ids), term_holds(day))
        .order_by(HelperTerm.id)
    )
    for helper_id, kind, value in session.execute(query):
        found[helper_id][kind].append(value)
    return {
        one: {kind: tuple(values) for kind, values in kinds.items()} for one, kinds in found.items()
    }


def _trained(
    session: Session, ids: Sequence[int], day: date
) -> dict[int, tuple[bool, date | None]]:
    """Tell whose training holds on a day, and until when: the longest; None for without end."""
    endless = func.max(case((HelperCheck.valid_until.is_(None), 1), else_=0))
    query = (
        select(HelperCheck.helper_id, endless, func.max(HelperCheck.valid_until))
        .where(
            HelperCheck.helper_id.in_(ids),
            HelperCheck.kind == "training",
            check_holds(HelperCheck, day),
        )
        .group_by(HelperCheck.helper_id)
    )
    return {
        helper_id: (True, None if has_no_end else until)
        for helper_id, has_no_end, until in session.execute(query)
    }


def _check_row(one: HelperCheck) -> CheckRow:
    return CheckRow(
        one.id, one.kind, one.outcome, one.title, one.done_on, one.done_by, one.minutes,
        one.valid_until, one.note,
    )  # fmt: skip
