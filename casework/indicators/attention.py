"""Figures about who needs special attention, and about who was reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from casework.indicators import words
from casework.indicators.census import PEOPLE, Census
from casework.indicators.figure import Figure, both, counted
from casework.indicators.groups import groups_counted
from casework.indicators.scope import Scope
from casework.reference import Group, code_list, fact
from casework.terms import _

__all__ = ["group_figures", "reach_figures"]

_NEVER = PEOPLE.having("recent", "is", 0)
_NO_RECORD = PEOPLE.having("no_record", "is", 1)


def group_figures(scope: Scope, census: Census) -> Iterable[Figure]:
    """Give, for each group of the agency, who is in it, who is not, and who may be."""
    groups = groups_counted(scope)
    if not groups:
        return
    yield from _any_group(scope, census, groups)
    for group in groups:
        yield from _group(scope, census, group)


def _any_group(scope: Scope, census: Census, groups: Sequence[Group]) -> Iterable[Figure]:
    inside, unknown = census.inside["group_any"], census.unknown["group_any"]
    definition = both(_any_rule, groups)
    source = "; ".join(dict.fromkeys(group.source for group in groups))
    yield counted(
        scope,
        "groups.any",
        inside,
        PEOPLE.having("group_any", "is", 1),
        of=census.total,
        unknown=unknown,
        says=both(_in_need, inside),
        definition=definition,
        source=source,
    )
    yield counted(
        scope,
        "groups.any.unknown",
        unknown,
        PEOPLE.having("group_any", "is", None),
        of=census.total,
        says=both(_perhaps_in_need, unknown),
        definition=definition,
        source=source,
    )


def _group(scope: Scope, census: Census, group: Group) -> Iterable[Figure]:
    column = f"group_{group.code}"
    inside, unknown = census.inside[column], census.unknown[column]
    definition = both(_group_rule, scope, group)
    parts = (
        ("", inside, 1, _inside),
        (".no", census.total - inside - unknown, 0, _outside),
        (".unknown", unknown, None, _perhaps_inside),
    )
    for part, number, value, say in parts:
        yield counted(
            scope,
            f"groups.{group.code}{part}",
            number,
            PEOPLE.having(column, "is", value),
            of=census.total,
            unknown=None if part else unknown,
            about=group.label,
            says=both(say, group, number),
            definition=definition,
            source=group.source,
        )


def _in_need(n: int) -> str:
    return _("{people} in need of special attention", people=words.people(n))


def _perhaps_in_need(n: int) -> str:
    return _(
        "{people} of whom it is not known whether they need special attention",
        people=words.people(n),
    )


def _inside(group: Group, n: int) -> str:
    return _("{group}: {people}", group=group.label, people=words.people(n))


def _outside(group: Group, n: int) -> str:
    return _("not {group}: {people}", group=group.label, people=words.people(n))


def _perhaps_inside(group: Group, n: int) -> str:
    return _("{group} not known: {people}", group=group.label, people=words.people(n))


def _any_rule(groups: Sequence[Group]) -> str:
    return _(
        "People in care who are in at least one of these groups: {groups}. Not known: in none for "
        "certain, but perhaps in one.",
        groups=_(", ").join(str(group.label) for group in groups),
    )


def _group_rule(scope: Scope, group: Group) -> str:
    """Say what a group demands, from its configuration."""
    parts = []
    if group.min_age:
        years = scope.agency.setting(group.min_age, scope.as_of)
        parts.append(_("aged {years} or more", years=years))
    if group.fact:
        listed = fact(group.fact).list
        names = [
            code_list("era" if group.eras else listed).label_of(code)
            if group.eras or listed
            else code
            for code in group.eras or group.values
        ]
        parts.append(
            _(
                "“{fact}” is one of: {values}",
                fact=fact(group.fact).label,
                values=_(", ").join(names),
            )
        )
    if group.count_of:
        least = scope.agency.setting(group.at_least or "", scope.as_of)
        parts.append(
            _("at least {n} entries under “{fact}”", n=least, fact=fact(group.count_of).label)
        )
    return _(
        "People in care of whom this is known: {demands}. Where the dossier does not say, they "
        "count as not known.",
        demands=_(" and ").join(parts),
    )


# --- reached ----------------------------------------------------------------------------------


def reach_figures(scope: Scope, census: Census) -> Iterable[Figure]:
    """Give who was reached in the period, who not for long, and who never was."""
    reached, never = census.inside["in_period"], census.total - census.inside["recent"]
    yield counted(
        scope,
        "reach.reached",
        reached,
        PEOPLE.having("in_period", "is", 1),
        of=census.total,
        says=both(_reached, scope, reached),
        definition=both(_reached_rule, scope),
        source="S3-12; S2-29",
    )
    yield counted(
        scope,
        "reach.never",
        never,
        _NEVER,
        of=census.total,
        says=both(_never, scope, never),
        definition=both(_never_rule, scope),
        source="S3-12; S2-29",
    )
    without = census.inside["no_record"]
    yield counted(
        scope,
        "reach.no_record",
        without,
        _NO_RECORD,
        of=census.total,
        says=both(_no_record, without),
        definition=both(_no_record_rule),
        source="S3-12",
    )


def _reached(scope: Scope, n: int) -> str:
    return _("{people} reached {period}", people=words.people(n), period=scope.period_words())


def _reached_rule(scope: Scope) -> str:
    return _(
        "People in care reached at least once from {since} to {as_of}, in person or through the "
        "family; attempts and refusals do not count.",
        since=scope.since.isoformat(),
        as_of=scope.as_of.isoformat(),
    )


def _never(scope: Scope, n: int) -> str:
    return _(
        "{people} not reached for {days} days or more",
        people=words.people(n),
        days=scope.recent_days,
    )


def _never_rule(scope: Scope) -> str:
    return _(
        "People in care whom no contact reached since {since}, in person or through the family. "
        "How many days count is the agency's setting.",
        since=scope.recent_since.isoformat(),
    )


def _no_record(n: int) -> str:
    return _("{people} without any recorded contact", people=words.people(n))


def _no_record_rule() -> str:
    return _(
        "People in care of whom this workbook holds no contact that reached them, up to the day. "
        "Contacts from before the workbook was begun are not known to it."
    )
