"""For whom a condition holds: standards of money, funds and services asked about people at once.

Decides that one query reads every condition for everybody asked about, and that what is not known
is answered by None, never by no; leaves the language to :mod:`casework.rules`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache

from sqlalchemy.orm import Session

from casework.records import Person
from casework.records.known import known_on
from casework.reference import Agency, agency
from casework.rules import Node, Subject, parse, subjects_of
from casework.rules.sentence import write
from casework.rules.sql import as_number, condition
from casework.workbook.policy import vocabulary_of

__all__ = ["condition_of", "sentence_of", "verdicts"]

Verdicts = Mapping[int, Mapping[str, bool | None]]
_FEW = 500


@cache
def _parsed(text: str, agency_code: str, on: date) -> Node:
    return parse(text, vocabulary_of(agency(agency_code), on))


def condition_of(text: str, chosen: Agency, on: date) -> Node:
    """Read a condition.

    Raises
    ------
    RuleError
        If it cannot be understood; the message points at the place.
    """
    return _parsed(text, chosen.code, on)


def sentence_of(text: str | None, chosen: Agency, on: date) -> str:
    """Say a condition as a sentence of the language in force; nothing for everybody."""
    if text is None:
        return ""
    return write(condition_of(text, chosen, on), vocabulary_of(chosen, on))


def verdicts(
    session: Session,
    chosen: Agency,
    on: date,
    conditions: Mapping[str, str | None],
    persons: Collection[int] | None = None,
) -> Verdicts:
    """Tell for whom each condition holds on a day, in one query.

    Parameters
    ----------
    conditions : mapping of str to str or None
        Conditions in the language of rules under any key; None holds for everybody in care.
    persons : collection of int or None
        Only these; None for everybody.

    Returns
    -------
    mapping of person id to mapping of key to True, False or None
        None while a fact that would settle it is not known. Only people in care on the day.
    """
    asked = {key: condition_of(text, chosen, on) for key, text in conditions.items() if text}
    subjects: frozenset[Subject] = frozenset().union(*(subjects_of(one) for one in asked.values()))
    few = None if persons is None or len(persons) > _FEW else list(persons)
    known = known_on(subjects, on, outcomes=tuple(chosen.counting.outcomes), persons=few)
    wanted = None if persons is None else set(persons)
    cells = [as_number(condition(node, known.columns, on)) for node in asked.values()]
    open_to_all = {key: True for key, text in conditions.items() if not text}
    found: dict[int, dict[str, bool | None]] = {}
    for row in session.execute(known.select(Person.id, *cells)):
        if wanted is None or row[0] in wanted:
            told = zip(asked, row[1:], strict=True)
            found[row[0]] = {key: None if one is None else bool(one) for key, one in told}
            found[row[0]] |= open_to_all
    return found
