"""Whom a changed rule is for, before and after, and whose tasks follow from that.

Decides on which day the two sets say different things of a rule, and how people who meet its
condition go together with people whose tasks change: the two are different numbers. Somebody may
stop meeting a rule and keep the same tasks, because a stronger rule stood in its place anyway; and
somebody's tasks may change who only comes to meet it within the days compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from casework.rules import Rule, RuleSet
from casework.terms import _, day_in_words, language

__all__ = ["Reach", "Reaches"]

_Truths = Sequence[bool | None]
_ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Reach:
    """Whom a rule is for by the old set and by the new one, by what is known today.

    Attributes
    ----------
    day : date
        First day on which the two sets say different things of the rule; the first day compared
        where they never do, because only what stands in its place has changed.
    before, after : int
        People who meet the condition.
    unknown : int
        People of whom it is unknown by the new set; by the old one where the rule is gone.
    joining, leaving : int
        People who meet it by the new set only, or by the old one only.
    affected : int
        People whose tasks by this rule change.
    later : int
        Of those affected, who meet it or not by both sets alike.
    unmoved : int
        Of those joining and leaving, whose tasks by this rule stay the same.
    families : bool
        Whether the rule is for families of the deceased, of whom only tasks are counted.
    """

    day: date
    before: int = 0
    after: int = 0
    unknown: int = 0
    joining: int = 0
    leaving: int = 0
    affected: int = 0
    later: int = 0
    unmoved: int = 0
    families: bool = False

    def add(
        self, before: bool | None, after: bool | None, *, known_after: bool, affected: bool
    ) -> None:
        """Count one person in care.

        Parameters
        ----------
        before, after : bool or None
            Whether the person meets the condition; False where a set has no such rule.
        known_after : bool
            Whether the new set has the rule.
        """
        joins, leaves = after is True and before is not True, before is True and after is not True
        self.before += before is True
        self.after += after is True
        self.unknown += (after if known_after else before) is None
        self.joining += joins
        self.leaving += leaves
        self.affected += affected
        self.later += affected and not (joins or leaves)
        self.unmoved += (joins or leaves) and not affected

    def sentences(self, first: date) -> str:
        """Say whom the rule is for before and after, and whose tasks change, so that it adds up."""
        if self.families:
            return _(
                "for families of the deceased; people whose tasks change: {n}.", n=self.affected
            )
        told = [
            _(
                "people who meet it: {before} before, {after} after ({joining} newly, {leaving} "
                "no longer), {unknown} unknown.",
                before=self.before, after=self.after, joining=self.joining, leaving=self.leaving,
                unknown=self.unknown,
            )
        ]  # fmt: skip
        if self.day > first:
            day = day_in_words(self.day.isoformat())
            told.insert(0, _("From {day}, by what is known today:", day=day))
        told.append(_("People whose tasks change: {n}.", n=self.affected))
        if self.later:
            told.append(
                _(
                    "Of these, meeting it or not today just as before: {n}; that changes only "
                    "within the period, or it asks something else, or another rule stands in its "
                    "place.",
                    n=self.later,
                )
            )
        if self.unmoved:
            told.append(
                _(
                    "Meeting it newly or no longer without a change of tasks: {n}; another rule "
                    "serves them anyway, the item was decided by hand, they are away or in "
                    "hospital, or nothing falls in the period.",
                    n=self.unmoved,
                )
            )
        return ("" if language() == "zh" else " ").join(told)


class Reaches:
    """Counts, person by person, whom the touched rules are for.

    Parameters
    ----------
    codes : collection of str
        The rules whose reach is wanted.
    old, new : RuleSet
        The two sets.
    first, last : date
        The days compared, inclusive.
    read : mapping of date to (sequence of Rule, sequence of Rule)
        By the day on which they are read: the rules that are read for everybody by either set, in
        the order of their truths.
    """

    def __init__(
        self,
        codes: Collection[str],
        old: RuleSet,
        new: RuleSet,
        first: date,
        last: date,
        read: Mapping[date, tuple[Sequence[Rule], Sequence[Rule]]],
    ) -> None:
        self.of: dict[str, Reach] = {}
        self._places: dict[str, tuple[int | None, int | None]] = {}
        for code in codes:
            both = [[one for one in rules.rules if one.code == code] for rules in (old, new)]
            day = _first_difference(both[0], both[1], first, last)
            entries = [next((one for one in some if one.in_force(day)), None) for some in both]
            self.of[code] = Reach(
                day, families=any(one.for_deceased for some in both for one in some)
            )
            before, after = (
                next((n for n, one in enumerate(some) if one is entry), None)
                for entry, some in zip(entries, read[day], strict=True)
            )
            self._places[code] = (before, after)

    def enter(
        self,
        truths: Mapping[date, tuple[_Truths | None, _Truths | None]],
        affected: Collection[str],
    ) -> None:
        """Count one person in care: how the rules came out by day, and by which tasks change."""
        for code, (before, after) in self._places.items():
            old, new = truths[self.of[code].day]
            self.of[code].add(
                False if before is None or old is None else old[before],
                False if after is None or new is None else new[after],
                known_after=after is not None,
                affected=code in affected,
            )

    def enter_family(self, affected: Iterable[str]) -> None:
        """Count the family of somebody who has died."""
        for code in affected:
            self.of[code].affected += 1


def _first_difference(old: Sequence[Rule], new: Sequence[Rule], first: date, last: date) -> date:
    """Find the first day on which two histories of one rule say different things."""
    turns = {first}
    for one in (*old, *new):
        turns.add(one.since)
        if one.until is not None:
            turns.add(one.until + _ONE_DAY)
    for day in sorted(turn for turn in turns if first <= turn <= last):
        if _said_on(old, day) != _said_on(new, day):
            return day
    return first


def _said_on(entries: Sequence[Rule], day: date) -> Rule | None:
    """Give what a rule says on a day, whatever days it holds for and however it is put."""
    found = next((one for one in entries if one.in_force(day)), None)
    return None if found is None else replace(found, text="", since=date.min, until=None)
