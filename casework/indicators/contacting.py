"""Figures about contacts: person-times (人次) and people (人数), by channel, as the agency counts.

The rows of person-times are the persons of contacts; those of people are people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Subquery, func, literal, select
from sqlalchemy.orm import Session

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.scope import Scope, of_unit
from casework.records import Contact, ContactPerson, Person
from casework.records.base import Day
from casework.reference import code_list
from casework.terms import Label, _

__all__ = ["contact_figures", "contacted_people", "person_times"]

_TIMES = Counted("person_times")
_PEOPLE = Counted("contacted_people")


def person_times(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the person-times of the period, one row each, as the agency counts them.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``person_time_id``: ``channel``, ``initiated_by``, ``person_id``,
        ``happened_on``, ``name``, ``name_pinyin``, ``name_initials``.
    """
    columns = {
        "channel": Contact.channel,
        "initiated_by": Contact.initiated_by,
        "person_id": ContactPerson.person_id,
        "happened_on": Contact.happened_on,
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    query = (
        select(
            ContactPerson.id.label("person_time_id"),
            *(columns[name].label(name) for name in sorted(set(wanted) - {"person_time_id"})),
        )
        .join_from(Contact, ContactPerson, ContactPerson.contact_id == Contact.id)
        .where(
            Contact.happened_on >= literal(scope.since, Day()),
            Contact.happened_on <= literal(scope.as_of, Day()),
            Contact.withdrawn_at.is_(None),
            ContactPerson.outcome.in_(scope.agency.counting.outcomes),
        )
    )
    if scope.unit is not None or {"name", "name_pinyin", "name_initials"} & set(wanted):
        query = query.join(Person, Person.id == ContactPerson.person_id).where(of_unit(scope))
    return query.subquery("person_times")


def contacted_people(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the people contacted in the period, once each; once for each channel if that is asked.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``person_id``: ``channel``, ``times`` (how often), ``name``,
        ``name_pinyin``, ``name_initials``.
    """
    plain = sorted(set(wanted) - {"person_id", "times"})
    base = person_times(scope, ["person_id", *plain])
    by = [base.c.person_id, *(base.c[name] for name in plain)]
    return select(*by, func.count().label("times")).group_by(*by).subquery("contacted_people")


def contact_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give person-times and people of the period, altogether, at our initiative, by channel."""
    base = person_times(scope, ["channel", "initiated_by", "person_id"])
    different = func.count(base.c.person_id.distinct())
    by_channel = select(base.c.channel, func.count(), different).group_by(base.c.channel)
    found = {row[0]: (int(row[1]), int(row[2])) for row in session.execute(by_channel)}
    everybody = session.scalar(select(different)) or 0 if len(found) > 1 else None
    if everybody is None:
        everybody = sum(people for _times, people in found.values())
    times = sum(each for each, _people in found.values())
    yield from _pair(scope, "contacts", None, times, everybody, None)
    ours = session.scalar(select(func.count()).where(base.c.initiated_by == "staff")) or 0
    yield counted(
        scope, "contacts.proactive", ours, _TIMES.having("initiated_by", "is", "staff"), of=times,
        says=both(_ours_said, ours), brief=both(_ours_said, ours),
        definition=both(_rule, scope), source="S0-41",
    )  # fmt: skip
    for code, label in _channels(scope, found):
        yield from _pair(scope, f"contacts.{code}", label, *found.get(code, (0, 0)), code)


def _channels(scope: Scope, found: Collection[str]) -> list[tuple[str, Label]]:
    """Give the agency's channels in its order, then others that were used all the same."""
    own = {one.code: one.label for one in scope.agency.channels}
    national = {one.code: one.label for one in code_list("channel").entries}
    others = [code for code in [*national, *sorted(found)] if code in found and code not in own]
    listed = own | {code: national.get(code, Label(zh=code, en=code)) for code in others}
    return list(listed.items())


def _pair(
    scope: Scope, code: str, label: Label | None, times: int, people: int, channel: str | None
) -> Iterable[Figure]:
    definition = both(_rule, scope)
    source = scope.agency.counting.source
    for name, number, rows, say in (
        ("person_times", times, _TIMES, _times_said),
        ("people", people, _PEOPLE, _people_said),
    ):
        yield counted(
            scope,
            f"{code}.{name}",
            number,
            rows if channel is None else rows.having("channel", "is", channel),
            about=label,
            brief=both(say, scope, label, number),
            definition=definition,
            source=source,
        )


def _times_said(scope: Scope, channel: Label | None, n: int) -> str:
    if channel is not None:
        return words.times(n)
    return _("{times} of contact {period}", times=words.times(n), period=scope.period_words())


def _people_said(scope: Scope, channel: Label | None, n: int) -> str:
    if channel is not None:
        return words.people(n)
    return _("{people} contacted {period}", people=words.people(n), period=scope.period_words())


def _ours_said(n: int) -> str:
    return _("{times} at our own initiative", times=words.times(n))


def _rule(scope: Scope) -> str:
    return _(
        "Contacts from {since} to {as_of}. {rule}",
        since=scope.since.isoformat(),
        as_of=scope.as_of.isoformat(),
        rule=scope.agency.counting.label,
    )
