"""Campaigns of a demonstration: the last festival's round of visits, and the next one begun.

Decides who went, whom they met and which units sent returns; every step goes through the door of
campaigns, on its day, before the year's other work, so that no visit is paid twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from casework.answering import answers
from casework.demo.history import write_contacts
from casework.demo.served import Made, Served
from casework.demo.writing import Crew
from casework.records import REACHED, Task
from casework.reference.campaigns import campaign_rules
from casework.rules import RuleError
from casework.terms import Label
from casework.workbook import Workbook
from casework.workbook.campaign_terms import Occurrence, Segment, occurrences
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry
from casework.workbook.delegations import DelegationEntry, MemberEntry, SlotEntry
from casework.workbook.loading import Loader, loading

__all__ = ["begin_next", "last_festival", "visit_for"]

_BEFORE, _AFTER = timedelta(days=7), timedelta(days=3)
_DELEGATIONS, _OUTING_DAYS, _STOPS, _RETURNS = 2, 2, 5, 2
_OF_A_UNIT = 6  # people at least, for a return that is worth looking at
_MORNING, _AFTERNOON = (510, 720), (840, 1050)  # minutes of the day
_RANKS = ("bureau_deputy", "county_head", "county_deputy")
_SATURDAY = 5
_HEARD = ("身体硬朗，精神好", "感谢组织关心", "血压稳定，按时服药", "希望多组织活动")
_RETURNED = ("米面油", "牛奶、水果", "棉被")
_HEADS = (
    "人员编号", "姓名", "单位", "慰问日期", "慰问方式", "是否见到", "慰问金（元）", "慰问品",
    "备注",
)  # fmt: skip


def last_festival(agency: str, begins: date, today: date) -> Occurrence | None:
    """Give the last campaign before a festival whose days are over, within the history."""
    found = [
        one
        for one in occurrences(campaign_rules(agency), begins + _BEFORE, today)
        if not one.kind.is_monthly
        and one.window.opens_on - _BEFORE > begins
        and one.window.due_on + _AFTER <= today
    ]
    return found[-1] if found else None


def begin_next(book: Workbook) -> int | None:
    """Begin the next campaign before a festival, with its list; nobody is sent anywhere yet."""
    coming = [
        one.occurrence
        for one in book.campaigns.coming()
        if not one.occurrence.kind.is_monthly and one.occurrence.window.opens_on > book.today
    ]
    if not coming:
        return None
    made = book.campaigns.begin(coming[0].kind.code, coming[0].period)
    book.campaigns.freeze(made)
    return made


def visit_for(
    one: Occurrence, acting: Callable[[date], Workbook], served: Sequence[Served], crew: Crew,
    chance: Random,
) -> int:  # fmt: skip
    """Let a campaign take place from its list to its last return, and give its number.

    Parameters
    ----------
    acting : callable
        Opens the workbook for a supervisor on a day.
    """
    people = {each.person_id: each for each in served}
    book = acting(one.window.opens_on - _BEFORE)
    made = book.campaigns.begin(one.kind.code, one.period)
    _let_units_visit(book, made, served)
    book.campaigns.freeze(made)
    for entry in _delegations(one, crew):
        book.delegations.save(made, entry)
    if find_spec("scipy") is not None:
        book.delegations.propose(made)
    book.campaigns.give_out(made)
    with loading(book) as loader:
        tasks = loader.open_tasks(one.window.opens_on, one.window.due_on)
        _write_outings(loader, book, made, people, {row["id"]: row for row in tasks}, chance)
    after = acting(one.window.due_on + _AFTER)
    _take_returns(after, made, one, people, chance)
    after.campaigns.close(made)
    return made


def _let_units_visit(book: Workbook, campaign: int, served: Sequence[Served]) -> None:
    """Let two units visit their own, where no segment of the agency's is theirs."""
    segments = book.campaigns.show(campaign).terms.segments
    if any(one.by == "unit" for one in segments):
        return
    counts = _units(served, book.today)
    units = _small(counts)[:_RETURNS]
    if not units:
        return
    told = ", ".join(f"'{one}'" for one in units)
    own = Segment("units", Label(zh="由原单位走访", en="visited by their units"),
                  f"unit in ({told})", "unit")  # fmt: skip
    try:
        book.campaigns.set_segment(campaign, own)
    except RuleError:
        return
    codes = [one.code for one in segments]
    book.campaigns.put_segments(campaign, [*codes[:-1], own.code, codes[-1]])


def _units(served: Sequence[Served], day: date) -> Counter[str]:
    names = (one.held("unit", day) for one in served if one.in_care(day))
    return Counter(name for name in names if name and "'" not in name)


def _small(counts: Mapping[str, int]) -> list[str]:
    """Give units by how many people they have, from the fewest that make a return on."""
    fitting = sorted((n, name) for name, n in counts.items() if n >= _OF_A_UNIT)
    return [name for _n, name in fitting] or [name for name, _n in Counter(counts).most_common()]


def _delegations(one: Occurrence, crew: Crew) -> Iterator[DelegationEntry]:
    """Give delegations: a leader and a caseworker each, mornings and afternoons of some days."""
    days = [
        day
        for n in range((one.window.due_on - one.window.opens_on).days + 1)
        if (day := one.window.opens_on + timedelta(days=n)).weekday() < _SATURDAY
    ][:_OUTING_DAYS]
    teams = zip(crew.of("leader"), crew.of("caseworker"), _RANKS, strict=False)
    for n, (leader, worker, rank) in enumerate(teams):
        if n >= _DELEGATIONS:
            return
        yield DelegationEntry(
            name=f"第{'一二三'[n]}走访组",
            members=(
                MemberEntry(leader.name, "leader", rank, leader.staff_id),
                MemberEntry(worker.name, "caseworker", None, worker.staff_id),
            ),
            slots=tuple(
                SlotEntry(day, *hours, _STOPS) for day in days for hours in (_MORNING, _AFTERNOON)
            ),
        )


def _write_outings(
    loader: Loader, book: Workbook, campaign: int, people: Mapping[int, Served],
    tasks: Mapping[int, Mapping[str, Any]], chance: Random,
) -> None:  # fmt: skip
    """Write down each outing as one contact, which closes the visits that were made."""
    meant = {one.person_id: one.task_id for one in book.campaigns.people(campaign)}
    made: list[Made] = []
    for delegation in book.delegations.of(campaign):
        who = tuple(Participant(one.staff_id, one.name, one.role) for one in delegation.members)
        for slot in delegation.slots:
            stops = [people[person] for person, _start in slot.stops]
            found = (_met(one, slot.on_day, chance) for one in stops)
            met = [one for one in found if one is not None]
            if not met:
                continue
            entry = ContactEntry(
                client_key=f"demo-outing-{slot.slot_id}",
                happened_on=slot.on_day,
                channel="home_visit",
                persons=tuple(met),
                kind="care",
                planned_on=slot.on_day,
                started_at=f"{slot.begins // 60:02d}:{slot.begins % 60:02d}",
                participants=who,
            )
            closes = [
                task["id"]
                for one in met
                if one.outcome in REACHED
                and (task := tasks.get(meant.get(one.person_id) or 0)) is not None
                and _answers(task, entry)
            ]
            made.append(Made(entry, tuple(sorted(closes))))
    write_contacts(loader, made)
    loader.change(
        Task,
        [
            {"id": task_id, "done_on": one.entry.happened_on}
            for one in made
            for task_id in one.closes
        ],
    )


def _answers(task: Mapping[str, Any], entry: ContactEntry) -> bool:
    told = answers(
        channels=task["channels"], actor=task["actor"], opens_on=task["opens_on"],
        due_on=task["due_on"], channel=entry.channel, actors=entry.actors, on=entry.happened_on,
    )  # fmt: skip
    return told == "done"


def _met(one: Served, day: date, chance: Random) -> PersonEntry | None:
    """Say what came of a stop; None where nobody went after all."""
    luck = chance.random()
    if not one.in_care(day) or one.in_hospital(day) or luck < 0.03:
        return None
    if one.out_of_reach or one.away(day) or luck < 0.08:
        return PersonEntry(one.person_id, outcome="not_reached", not_reached_reason="nobody_home")
    if luck < 0.1:
        return PersonEntry(one.person_id, outcome="declined")
    outcome = "proxy" if luck < 0.16 else "reached"
    return PersonEntry(one.person_id, outcome=outcome, heard=chance.choice(_HEARD))


def _take_returns(
    book: Workbook, campaign: int, one: Occurrence, people: Mapping[int, Served], chance: Random
) -> None:
    """Let two units send their forms; what was filled in becomes visits, and one row waits."""
    counts = Counter({each.name: each.people for each in book.unit_returns.units(campaign)})
    listed = [each for each in book.campaigns.people(campaign) if each.carrier == "unit"]
    with TemporaryDirectory() as folder:
        for n, unit in enumerate(_small(counts)[:_RETURNS]):
            theirs = [
                people[each.person_id]
                for each in listed
                if people[each.person_id].held("unit", book.today) == unit
            ]
            rows = [
                row
                for each in theirs
                if (row := _row(each, unit, one.window.opens_on + timedelta(days=n), chance))
                is not None
            ]
            if n == 0 and rows:  # somebody whom the form does not know
                rows.append(("", rows[0][1][:1] + "某某", *rows[0][2:]))
            if rows:
                path = Path(folder) / f"{one.label.zh}-{unit}.xlsx"
                _write(path, one.label.zh, rows)
                book.unit_returns.take(campaign, path, unit=unit)


def _row(one: Served, unit: str, day: date, chance: Random) -> tuple[str, ...] | None:
    """Fill in a row of a form, for most."""
    if chance.random() < 0.1 or not one.in_care(day) or one.out_of_reach or one.away(day):
        return None
    seen = "家属" if chance.random() < 0.15 else "见到本人"
    gift = chance.choice(_RETURNED)
    return (f"P{one.person_id:05}", one.life.name, unit, day.isoformat(), "入户走访", seen, "",
            gift, "")  # fmt: skip


def _write(path: Path, title: str, rows: Sequence[Sequence[str]]) -> None:
    """Write a form as a unit sends it back; the same content is the same file."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"created": datetime(2025, 1, 1, tzinfo=UTC)})
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, title)
    for at, row in enumerate((_HEADS, *rows), 2):
        for column, value in enumerate(row):
            sheet.write_string(at, column, value)
    book.close()
