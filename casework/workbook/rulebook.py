"""The rules of a workbook in the hands of a policy owner: examine, compare, look back, change.

Decides who may change the rules and that every change is a version that can be undone; leaves what
a condition means to :mod:`casework.rules` and drawing up plans to :mod:`casework.workbook.plans`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotPermitted
from casework.exchange.rule_cells import Words, codes_by_title
from casework.records import ChangeLog, Organisation, Person, Setting
from casework.records.known import known_on
from casework.reference import rule_words
from casework.rules import Node, Problem, Rule, RuleError, RuleSet, Vocabulary, parse, subjects_of
from casework.rules.resolve import date_subject
from casework.rules.sentence import subject_text
from casework.rules.spoken import Speech
from casework.rules.sql import as_number, condition
from casework.rules.writing import keep_past, write_rules
from casework.terms import _, language, speaking
from casework.workbook.policy import (
    OWN_RULES,
    almanac,
    check_text,
    keep_text,
    read_policy,
    text_in_force,
    vocabulary_of,
)
from casework.workbook.rule_backtest import Backtest, look_back
from casework.workbook.rule_difference import Difference, compare_rules
from casework.workbook.rule_sides import changed_codes

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Met", "RuleVersion", "Rulebook"]

Progress = Callable[[float, str], None]
_EVENTS = (
    "retired_on", "died_on", "began(hospital_status)",
    "ended(hospital_status, 'inpatient', 'long_term')", "began(health)", "began(marital_status)",
    "seat_since('caseworker')", "back_on",
)  # fmt: skip
_OWNERS = ("supervisor", "leader", "administrator")
_CHANGED = "change_rules"


@dataclass(frozen=True, slots=True)
class Met:
    """Somebody who meets a condition, or of whom that is unknown."""

    person_id: int
    name: str
    unit: str
    sex: str | None
    born: tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One change of the rules: when, by whom, why, which rules.

    Attributes
    ----------
    rule_set_id : int or None
        The text that came into place; None for the one that comes with the agency.
    undone : bool
        Whether it put an earlier version back.
    """

    at: datetime
    by: str
    note: str
    rules: dict[str, str]
    rule_set_id: int | None
    undone: bool


class Rulebook:
    """What is done with the rules.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- reading --------------------------------------------------------------------------------

    def text(self) -> str:
        """Give the text of the rules this workbook goes by."""
        with self._workbook.reading() as session:
            return text_in_force(session, self._workbook.agency)

    def raw(self) -> dict[str, Any]:
        """Give the rules as plain values, as :mod:`casework.rules.writing` changes them."""
        return tomllib.loads(self.text())

    def read(self, text: str | None = None, *, as_of: date | None = None) -> RuleSet:
        """Give the rules that could be read, of this text or of the one in force."""
        book = self._workbook
        return read_policy(text or self.text(), book.agency.code, as_of or book.today)[0]

    def speech(self) -> Speech:
        """Give who writes and reads conditions with the agency's own names."""
        book = self._workbook
        spoken = {key: one.label.zh for key, one in rule_words().items()}
        settings = {
            code: entries[0].label.zh for code, entries in book.agency.setting_entries.items()
        }
        return Speech(vocabulary_of(book.agency, book.today), spoken, settings)

    def said(self, text: str) -> str:
        """Write a condition as it is read at the desk: with Chinese names in Chinese."""
        return self.speech().write(text) if language() == "zh" else text.strip()

    def understood(self, typed: str) -> tuple[str, Node]:
        """Read a condition as it was typed at the desk: its text in a rules file, and its tree.

        Raises
        ------
        RuleError
            With the place in what was typed.
        """
        if language() == "zh":
            return self.speech().understand(typed)
        book = self._workbook
        return typed, parse(typed, vocabulary_of(book.agency, book.today))

    def words(self) -> Vocabulary:
        """Give the words that conditions may use today."""
        book = self._workbook
        return vocabulary_of(book.agency, book.today)

    def events(self, raw: dict[str, Any]) -> dict[str, str]:
        """Name the dates that a rule can wait for, those that rules wait for included."""
        words = self.words()
        used = (one["event"].get("after") for one in raw.get("rules", ()) if "event" in one)
        found: dict[str, str] = {}
        for text in dict.fromkeys((*_EVENTS, *used)):
            with suppress(RuleError):  # a text that means nothing is told where it is checked
                found[str(text)] = subject_text(date_subject(str(text), words), words)
        return found

    def settings(self) -> dict[str, str]:
        """Name the settings of the agency that rules may go by."""
        book = self._workbook
        known = self.words().parameters
        entries = book.agency.setting_entries
        return {code: str(entries[code][0].label) for code in known if code in entries}

    def read_file(self, path: Path) -> str:
        """Read rules out of a file: TOML, or the table that `write_table` makes.

        Raises
        ------
        InvalidEntry
            When it cannot be read; the message names the line or cell.
        """
        if not path.exists():
            raise InvalidEntry(
                _("There is no file {file}. Check its name and folder.", file=path.name), "file"
            )
        return self.read_upload(path.name, path.read_bytes())

    def read_upload(self, name: str, content: bytes) -> str:
        """Read rules out of the content of a file, by its name: TOML, or the table.

        Raises
        ------
        InvalidEntry
            When it cannot be read; the message names the line or cell.
        """
        if name.lower().endswith(".xlsx"):
            return self.read_table(content)
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidEntry(
                _(
                    "{file} is no text in UTF-8. Give a rules file (.toml) or the rule table "
                    "(.xlsx).",
                    file=name,
                ),
                "file",
            ) from error

    def read_table(self, content: bytes) -> str:
        """Read a table that `table` made, changed or not, as the text of a rules file.

        Raises
        ------
        InvalidEntry
            With the cell of every trouble.
        """
        from casework.exchange.rule_table import read_table

        words = self._cell_words(self.raw())
        return write_rules(read_table(content, self._workbook.agency.code, words))

    def table(self, text: str | None = None) -> bytes:
        """Give the rules as a table to print, sign and change (.xlsx)."""
        from casework.exchange.rule_table import write_table

        book = self._workbook
        chosen = text or self.text()
        raw = tomllib.loads(chosen)
        return write_table(
            raw,
            self.read(chosen),
            self._cell_words(raw),
            agency=str(book.agency.label),
            on=book.today,
        )

    def _cell_words(self, raw: dict[str, Any]) -> Words:
        book = self._workbook
        documents = {one["title"]["zh"]: one["code"] for one in raw.get("documents", ())}
        words = vocabulary_of(book.agency, book.today)
        with speaking("zh"):
            events = {label: text for text, label in self.events(raw).items()}
            settings = {label: code for code, label in self.settings().items()}
        found = Words(
            words, almanac().festivals, self.speech(), documents, events=events, settings=settings,
            rules=codes_by_title(raw.get("rules", ())),
        )  # fmt: skip

        return found.with_conditions(one["when"] for one in raw.get("rules", ()) if "when" in one)

    # --- examining ------------------------------------------------------------------------------

    def check(self, text: str | None = None, *, as_of: date | None = None) -> tuple[Problem, ...]:
        """Tell everything that is wrong or doubtful about the rules, errors first.

        Among the doubts are rules that hang on facts of which this workbook knows nothing.
        """
        book = self._workbook
        day = as_of or book.today
        found, problems = check_text(text or self.text(), book.agency.code, day)
        order = {"error": 0, "warning": 1, "note": 2}
        every = (*problems, *self._without_facts(found, day))
        return tuple(sorted(every, key=lambda one: order[one.severity]))

    def _without_facts(self, rules: RuleSet, day: date) -> list[Problem]:
        """Name the rules that are unknown for everybody in care."""
        book = self._workbook
        asked = [rule for rule in rules.on(day) if not rule.for_deceased]
        if not asked:
            return []
        subjects = frozenset().union(*(subjects_of(rule.when) for rule in asked))
        known = known_on(subjects, day, outcomes=book.agency.counting.outcomes)
        cells = [func.count(as_number(condition(one.when, known.columns, day))) for one in asked]
        with book.reading() as session:
            people, *decided = session.execute(known.select(func.count(), *cells)).one()
        words = vocabulary_of(book.agency, day)
        return [
            Problem(
                "missing_fact",
                "note",
                (rule.code,),
                _(
                    "Of none of the {n} people is known what this rule asks ({facts}). Find out, "
                    "or bring the facts in with a roster.",
                    n=people,
                    facts=_fact_names(rule, words),
                ),
            )
            for rule, n in zip(asked, decided, strict=True)
            if people and not n
        ]

    def people(
        self, text: str, *, unknown: bool = False, as_of: date | None = None
    ) -> tuple[Met, ...]:
        """List exactly the people whom `Plans.count` counts for a condition.

        Parameters
        ----------
        unknown : bool
            Those of whom it is unknown, instead of those who meet it.

        Raises
        ------
        RuleError
            Where the text cannot be read.
        """
        book = self._workbook
        day = as_of or book.today
        node = parse(text, vocabulary_of(book.agency, day))
        known = known_on(subjects_of(node), day, outcomes=book.agency.counting.outcomes)
        truth = as_number(condition(node, known.columns, day))
        unit = select(Organisation.name).where(Organisation.id == Person.unit_id).scalar_subquery()
        query = known.select(
            Person.id,
            Person.name,
            unit,
            Person.sex,
            Person.born_on_earliest,
            Person.born_on_latest,
        ).where(truth.is_(None) if unknown else truth == 1)
        with book.reading() as session:
            rows = session.execute(query.order_by(Person.name_pinyin, Person.id)).all()
        return tuple(
            Met(key, name, of or "", sex, (earliest, latest))
            for key, name, of, sex, earliest, latest in rows
        )

    def difference(
        self, text: str, *, days: int = 365, progress: Progress | None = None
    ) -> Difference:
        """Tell what these rules would change against those in force; nothing is written.

        Raises
        ------
        InvalidEntry
            When a rule cannot be read.
        """
        book = self._workbook
        fresh = self.sound(text)
        with book.reading() as session:
            old = read_policy(text_in_force(session, book.agency), book.agency.code, book.today)[0]
            return compare_rules(
                session,
                old,
                fresh,
                today=book.today,
                days=days,
                outcomes=book.agency.counting.outcomes,
                progress=progress,
            )

    def backtest(
        self, text: str, first: date, last: date, *, progress: Progress | None = None
    ) -> Backtest:
        """Tell what these rules would have asked for in the past, and what was done of it.

        Raises
        ------
        InvalidEntry
            When a rule cannot be read, or the days are not in the past.
        """
        book = self._workbook
        if not first <= last < book.today:
            raise InvalidEntry(
                _(
                    "From {first} to {last} is not a span of past days. Give a first day and a "
                    "last one before {today}.",
                    first=first,
                    last=last,
                    today=book.today,
                ),
                "from",
                first,
            )
        self.sound(text)
        code = book.agency.code
        with book.reading() as session:
            return look_back(
                session,
                lambda on: read_policy(text, code, on)[0],
                first,
                last,
                outcomes=book.agency.counting.outcomes,
                late_days=int(book.agency.setting("late_answer_days", book.today)),
                progress=progress,
            )

    def sound(self, text: str) -> RuleSet:
        """Read rules that may be used.

        Raises
        ------
        InvalidEntry
            When a rule cannot be used.
        """
        book = self._workbook
        found, problems = check_text(text, book.agency.code, book.today)
        for problem in problems:
            if problem.severity == "error":
                titles = {rule.code: str(rule.title) for rule in found.rules}
                raise InvalidEntry(problem.told(titles), "rules", problem.rules)
        return found

    # --- changing -------------------------------------------------------------------------------

    def save(self, text: str, *, note: str) -> RuleVersion:
        """Put changed rules in place; plans follow when they are next drawn up.

        Raises
        ------
        NotPermitted
            When whoever acts is no policy owner.
        InvalidEntry
            When a rule cannot be used, or nothing says why it was changed.
        """
        book = self._workbook
        self._may_change()
        fresh = self.sound(text)
        if not note.strip():
            raise InvalidEntry(
                _("Say why the rules change: the document or decision it rests on."), "note"
            )
        text = self._from_today(text)
        with book.transaction() as session:
            old = read_policy(text_in_force(session, book.agency), book.agency.code, book.today)[0]
            changes = changed_codes(old, fresh)
            if not changes:
                raise InvalidEntry(_("Nothing has changed, so there is nothing to save."), "rules")
            kept = keep_text(session, book.agency, text, on=book.today, by=book.actor.name)
            left = self._point_at(session, kept)
            self._write_down(session, left, kept, note.strip(), changes)
        return self.history()[0]

    def _from_today(self, text: str) -> str:
        """Let what was changed hold from today: the past stays under the rules of its days."""
        raw = tomllib.loads(text)
        kept = keep_past(self.raw(), raw, today=self._workbook.today)
        by_day = itemgetter("code", "since")
        same = sorted(kept["rules"], key=by_day) == sorted(raw.get("rules", ()), key=by_day)
        return text if same else write_rules(kept)

    def undo(self) -> RuleVersion:
        """Put the version before the last change back, as a change of its own.

        Raises
        ------
        InvalidEntry
            When the rules were never changed here.
        """
        book = self._workbook
        self._may_change()
        with book.transaction() as session:
            last = session.scalars(_changes().limit(1)).first()
            if last is None:
                raise InvalidEntry(_("The rules were never changed in this workbook."), "rules")
            now_text = text_in_force(session, book.agency)
            before = (last.before or {}).get("rule_set_id")
            left = self._point_at(session, before)
            session.flush()
            old = read_policy(now_text, book.agency.code, book.today)[0]
            new = read_policy(text_in_force(session, book.agency), book.agency.code, book.today)[0]
            note = _("Undone: {note}", note=last.after["note"])
            self._write_down(session, left, before, note, changed_codes(old, new), undone=True)
        return self.history()[0]

    def history(self) -> list[RuleVersion]:
        """List who changed the rules, when and why, the newest first."""
        with self._workbook.reading() as session:
            return [
                RuleVersion(
                    one.at,
                    one.by,
                    one.after["note"],
                    one.after["rules"],
                    one.after["rule_set_id"],
                    bool(one.after.get("undone")),
                )
                for one in session.scalars(_changes())
            ]

    def _may_change(self) -> None:
        actor = self._workbook.actor
        if actor.role not in _OWNERS:
            raise NotPermitted(
                _(
                    "Rules are changed by supervisors, leaders and administrators. Send your "
                    "proposal to one of them as a file."
                )
            )

    def _point_at(self, session: Session, rule_set_id: int | None) -> int | None:
        """Put a version in force, and give the one that was."""
        setting = session.get(Setting, OWN_RULES)
        before = (setting.value or None) if setting is not None else None
        if setting is None:
            session.add(Setting(key=OWN_RULES, value=rule_set_id or 0))
        else:
            setting.value = rule_set_id or 0
        return before

    def _write_down(
        self,
        session: Session,
        before: int | None,
        rule_set_id: int | None,
        note: str,
        changes: dict[str, str],
        *,
        undone: bool = False,
    ) -> None:
        """Say who changed the rules and why; what is written down stays as it is."""
        self._workbook.log(
            session,
            _CHANGED,
            "rule_set_version",
            rule_set_id,
            before={"rule_set_id": before},
            after={"rule_set_id": rule_set_id, "note": note, "rules": changes, "undone": undone},
        )


def _changes() -> Any:
    return select(ChangeLog).where(ChangeLog.action == _CHANGED).order_by(ChangeLog.id.desc())


def _fact_names(rule: Rule, words: Any) -> str:
    names = dict.fromkeys(subject_text(one, words) for one in sorted(subjects_of(rule.when)))
    return _("; ").join(names)
