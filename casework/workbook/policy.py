"""The policy an agency works by: its rules, the words they may use, festivals and worked days.

Decides which files make up the policy of a day, and reads them once; leaves their meaning to
:mod:`casework.rules` and :mod:`casework.planning`.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from casework.errors import InvalidEntry, NoRuleInForce
from casework.occasions import (
    Festival,
    WorkCalendar,
    festivals_from,
    holiday_year_from,
)
from casework.planning import Almanac
from casework.reference import (
    Agency,
    BrokenReference,
    agency,
    code_lists,
    data_folder,
    facts,
    read_toml,
    service_list,
    services,
)
from casework.rules import Problem, RuleSet, Vocabulary, read_rules
from casework.rules.checks import check_rules
from casework.terms import _

__all__ = [
    "almanac",
    "check_policy",
    "rules_file",
    "rules_of",
    "rules_text",
    "vocabulary_of",
]

_LISTS = ("actor", "channel", "need_domain")


@cache
def almanac() -> Almanac:
    """Give the festivals and worked days that are the same for every agency."""
    folder = data_folder() / "reference"
    years = {}
    for path in sorted((folder / "holidays").glob("*.toml")):
        try:
            year = holiday_year_from(read_toml(path))
        except (KeyError, TypeError, AttributeError) as error:
            raise BrokenReference(path, "holidays", f"{error} is missing or wrong") from error
        if str(year.year) != path.stem:
            raise BrokenReference(path, f"year {year.year}", "must be the name of the file")
        years[year.year] = year
    return Almanac(WorkCalendar(years), _festivals())


def _festivals() -> dict[str, Festival]:
    path = data_folder() / "reference" / "occasions.toml"
    try:
        return festivals_from(read_toml(path))
    except (KeyError, TypeError) as error:
        raise BrokenReference(path, "festivals", f"{error} is missing or wrong") from error


def vocabulary_of(chosen: Agency, on: date) -> Vocabulary:
    """Give the words of conditions; settings that are whole numbers have their value of the day."""
    from casework.instruments.library import instruments

    numbers = {}
    for code in chosen.setting_entries:
        try:
            value = chosen.setting(code, on)
        except NoRuleInForce:
            continue
        if isinstance(value, int) and not isinstance(value, bool):
            numbers[code] = value
    titles = {one.id: one.label for one in instruments().values()}
    lists = {**chosen.lists, **code_lists(), "service": service_list()}
    return Vocabulary(facts(), lists, titles, numbers)


def rules_file(name: str) -> Path:
    """Tell where an agency's rules stand."""
    return data_folder() / "agencies" / name / "rules.toml"


def rules_text(name: str) -> tuple[str, str]:
    """Give the text of an agency's rules and its SHA-256."""
    text = rules_file(name).read_text(encoding="utf-8")
    return text, sha256(text.encode()).hexdigest()


@cache
def _read(name: str, on: date) -> tuple[RuleSet, tuple[Problem, ...]]:
    chosen = agency(name)
    lists = code_lists()
    known = {kind: tuple(one.code for one in lists[kind].entries) for kind in _LISTS}
    known["service"] = tuple(services())
    known["festival"] = tuple(almanac().festivals)
    return read_rules(read_toml(rules_file(name)), vocabulary_of(chosen, on), known)


def rules_of(name: str, on: date) -> RuleSet:
    """Give an agency's rules, with the agency's settings of a day in place of their names.

    Raises
    ------
    InvalidEntry
        When one of them cannot be read: nothing is planned by half a policy.
    NoRuleInForce
        When the agency has no rules.
    """
    if not rules_file(name).exists():
        raise NoRuleInForce(
            _(
                "The agency {name} has no rules yet. Add a file rules.toml to its folder.",
                name=name,
            ),
            code=name,
            on=on,
        )
    found, problems = _read(name, on)
    for problem in problems:
        raise InvalidEntry(
            _(
                "Rule {rule} cannot be used: {why} Run: casework rules check",
                rule=", ".join(problem.rules),
                why=problem.message,
            ),
            "rules",
            problem.rules,
        )
    return found


def check_policy(name: str, on: date) -> tuple[RuleSet, tuple[Problem, ...]]:
    """Read an agency's rules and tell everything that is wrong or doubtful about them."""
    found, problems = _read(name, on)
    return found, (*problems, *check_rules(found, vocabulary_of(agency(name), on), on))
