"""The policy an agency works by: its rules, the words they may use, festivals and worked days.

Decides which text makes up the policy of a workbook (its own once it was changed there, else the
one that comes with the agency) and reads it once; leaves its meaning to :mod:`casework.rules` and
:mod:`casework.planning`, changing it to :mod:`casework.workbook.rulebook`.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NoRuleInForce, NotFound
from casework.occasions import (
    Festival,
    WorkCalendar,
    festivals_from,
    holiday_year_from,
)
from casework.planning import Almanac
from casework.records import RuleSetVersion, Setting
from casework.records.base import now
from casework.reference import (
    Agency,
    BrokenReference,
    agency,
    code_lists,
    data_folder,
    facts,
    need_kinds,
    read_toml,
    rule_words,
    service_list,
    services,
)
from casework.reference.national import not_toml
from casework.rules import Problem, RuleSet, Vocabulary, read_rules
from casework.rules.checks import check_rules
from casework.rules.ruleset import tables
from casework.terms import _, language

__all__ = [
    "OWN_RULES",
    "almanac",
    "check_policy",
    "check_text",
    "keep_text",
    "read_policy",
    "responses_file",
    "rules_file",
    "rules_in",
    "rules_of",
    "text_in_force",
    "vocabulary_of",
]

OWN_RULES = "own_rules"
"""The setting that names the rules of a workbook whose agency changed them there; 0 for none."""

_OWN_RULES = select(Setting.value).where(Setting.key == OWN_RULES)
_KEPT_TEXT = select(RuleSetVersion.text).where(RuleSetVersion.id == bindparam("number"))

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
            raise BrokenReference(
                path, "holidays", _("{what} is missing or wrong.", what=str(error))
            ) from error
        if str(year.year) != path.stem:
            raise BrokenReference(
                path, "year", _("{year} must be the name of the file.", year=year.year)
            )
        years[year.year] = year
    return Almanac(WorkCalendar(years), _festivals())


def _festivals() -> dict[str, Festival]:
    path = data_folder() / "reference" / "occasions.toml"
    try:
        return festivals_from(read_toml(path))
    except (KeyError, TypeError) as error:
        raise BrokenReference(
            path, "festivals", _("{what} is missing or wrong.", what=str(error))
        ) from error


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
    lists = {
        **chosen.lists,
        **code_lists(),
        "service": service_list(),
        "need_kind": need_kinds(chosen.code),
    }
    spoken = {word.label.zh: key.partition(":")[2] for key, word in rule_words().items()}
    return Vocabulary(facts(), lists, titles, numbers, spoken)


def rules_file(name: str) -> Path:
    """Tell where the rules that come with an agency stand."""
    return data_folder() / "agencies" / name / "rules.toml"


def responses_file() -> Path:
    """Tell where the national answers to needs stand, which every agency's rules go on with."""
    return data_folder() / "reference" / "responses.toml"


def rules_in(session: Session, chosen: Agency, on: date) -> RuleSet:
    """Give the rules a workbook goes by, with the agency's settings of a day in their places.

    Raises
    ------
    InvalidEntry
        When one of them cannot be read: nothing is planned by half a policy.
    NoRuleInForce
        When the agency has no rules.
    """
    return _sound(*read_policy(text_in_force(session, chosen), chosen.code, on))


def rules_of(name: str, on: date) -> RuleSet:
    """Give the rules that come with an agency, as `rules_in` those of a workbook."""
    return _sound(*read_policy(_file_text(name), name, on))


def _sound(found: RuleSet, problems: tuple[Problem, ...]) -> RuleSet:
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


def text_in_force(session: Session, chosen: Agency) -> str:
    """Give the text of the rules a workbook goes by: its own once changed, else the agency's."""
    own = session.scalar(_OWN_RULES)
    if not own:
        return _file_text(chosen.code)
    kept = session.scalar(_KEPT_TEXT, {"number": int(own)})
    if kept is None:
        raise NotFound(_("The rules of this workbook are gone. Restore a backup."))
    return kept


def _file_text(name: str) -> str:
    if not rules_file(name).exists():
        raise NoRuleInForce(
            _(
                "The agency {name} has no rules yet. Add a file rules.toml to its folder.",
                name=name,
            ),
            code=name,
            on=date.max,
        )
    return _with_responses(rules_file(name).read_text(encoding="utf-8"))


def _with_responses(own: str) -> str:
    """Put the national answers to needs behind an agency's rules, but for those it has itself.

    The agency's text stays as it is written, with its remarks: a bureau prints and signs it.
    """
    return _joined(own, responses_file().read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def _joined(own: str, national: str) -> str:
    # Kept: explaining one plan while a form is edited would spend half its time reading the text.
    try:
        raw = tomllib.loads(own)
    except tomllib.TOMLDecodeError:
        return own  # whoever reads it says what is wrong
    taken = {str(one.get("code")) for kind in ("documents", "rules") for one in tables(raw, kind)}
    head, *entries = re.split(r"^(?=\[\[)", national, flags=re.MULTILINE)
    kept = [one for one in entries if _code_of(one) not in taken]
    return f"{own.rstrip()}\n\n{head}{''.join(kept)}" if kept else own


def _code_of(entry: str) -> str:
    found = re.search(r'^code = "([^"]+)"', entry, flags=re.MULTILINE)
    return found[1] if found else ""


def keep_text(session: Session, chosen: Agency, text: str, *, on: date, by: str) -> int:
    """Keep a text of rules, so that an old plan can be explained later, and give its number."""
    digest = sha256(text.encode()).hexdigest()
    found = session.scalar(select(RuleSetVersion).where(RuleSetVersion.sha256 == digest))
    if found is None:
        found = RuleSetVersion(
            agency=chosen.code,
            sha256=digest,
            text=text,
            in_force_from=on,
            recorded_at=now(),
            recorded_by=by,
        )
        session.add(found)
        session.flush()
    return found.id


def read_policy(text: str, name: str, on: date) -> tuple[RuleSet, tuple[Problem, ...]]:
    """Read a text of rules by an agency's settings of a day, with every problem of reading it.

    Raises
    ------
    InvalidEntry
        When the text is no TOML at all.
    """
    return _read(text, name, on, language())


@lru_cache(maxsize=64)
def _read(text: str, name: str, on: date, _spoken: str) -> tuple[RuleSet, tuple[Problem, ...]]:
    lists = code_lists()
    known = {kind: tuple(one.code for one in lists[kind].entries) for kind in _LISTS}
    known["service"] = tuple(services())
    known["festival"] = tuple(almanac().festivals)
    try:
        raw = tomllib.loads(_with_responses(text))
    except tomllib.TOMLDecodeError as error:
        where, trouble = not_toml(str(error))
        why = _("{where}: {trouble}", where=where, trouble=trouble)
        raise InvalidEntry(
            _("The rules cannot be read as TOML: {why}. Correct that place.", why=why), "rules"
        ) from error
    return read_rules(raw, vocabulary_of(agency(name), on), known)


def check_text(text: str, name: str, on: date) -> tuple[RuleSet, tuple[Problem, ...]]:
    """Read a text of rules and tell everything that is wrong or doubtful about it."""
    found, problems = read_policy(text, name, on)
    broken = frozenset(code for one in problems for code in one.rules)
    words = vocabulary_of(agency(name), on)
    return found, (*problems, *check_rules(found, words, on, broken))


def check_policy(name: str, on: date) -> tuple[RuleSet, tuple[Problem, ...]]:
    """Tell everything that is wrong or doubtful about the rules that come with an agency."""
    return check_text(_file_text(name), name, on)
