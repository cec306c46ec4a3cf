"""What our own records say: contacts, assessments, needs, seats of the care team, people around.

Decides which calls name something recorded and what kind of value each has; leaves where it stands
in the tables to ``casework.records``.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.reference import CodeList
from casework.rules.language import Call, Name, Span
from casework.rules.operands import Operands
from casework.rules.tree import Subject
from casework.terms import _

__all__ = ["ALWAYS_KNOWN", "EMERGENCY", "Recorded", "Term"]

EMERGENCY = "emergency"
ALWAYS_KNOWN = frozenset(
    {
        "last_contact", "contacts", "contacts_by", "assessed_on", "needs", "needs_of", "wishes",
        "opinions", "issues", "missed", "episodes", "relatives", "seat", "seat_since", "away",
        "away_since", "back_on", "ended",
    }
)  # fmt: skip
"""Sources of which nothing is unknown: what is not on record did not happen."""

_COUNTED = {
    "open_wishes": ("wishes", ""),
    "open_opinions": ("opinions", ""),
    "open_issues": ("issues", ""),
    "late_issues": ("issues", "late"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """What the left side of a comparison is about.

    ``form`` is ``plain`` for a stored value and otherwise names the reckoning, as in `Said`.
    """

    form: str
    subject: Subject
    at: Span
    codes: CodeList | None = None


class Recorded(Operands):
    """Reads calls that name something in our own records."""

    def change(self, call: Call) -> Term:
        """Read a call about changes of a fact: began, ended, episodes."""
        if not call.args or not isinstance(call.args[0], Name):
            raise self.error(_("{word}() wants the name of a fact.", word=call.word), call.at)
        name = call.args[0]
        subject = self.words.subject(name.word)
        if subject is None or subject.source != "fact":
            raise self.unknown_name(name.word, name.at)
        if call.word == "began":
            self.args(call, 1)
            return Term("plain", Subject("began", name.word, kind="date"), call.at)
        codes = self.words.codes_of(name.word)
        if call.word == "episodes":
            if len(call.args) < 3:
                raise self.error(
                    _("Write episodes(hospital_status, 'inpatient', 1 year)."), call.at
                )
            period = self.duration(call.args[-1])
            values = sorted({self.code(item, codes, name.word) for item in call.args[1:-1]})
            amount, unit = period
            subject = Subject("episodes", name.word, (amount, unit, *values), "number")
            return Term("plain", subject, call.at)
        if len(call.args) < 2:
            raise self.error(_("Write ended(fact, 'value') with at least one value."), call.at)
        values = sorted({self.code(item, codes, name.word) for item in call.args[1:]})
        return Term("plain", Subject("ended", name.word, tuple(values), "date"), call.at)

    def recorded(self, call: Call) -> Term:
        """Read a call about contacts, tasks, needs, the family or the care team."""
        word = call.word
        if word in ("last_contact_on", "days_since_contact"):
            form = "days_since" if word == "days_since_contact" else "plain"
            channels = self._all_of(call, "channel")
            return Term(form, Subject("last_contact", "", channels, "date"), call.at)
        if word in ("contacts", "contacts_by", "missed"):
            return self._in_period(call)
        if word in ("open_needs", "urgent_needs"):
            severity = "high" if word == "urgent_needs" else ""
            domains = self._all_of(call, "need_domain")
            return Term("plain", Subject("needs", severity, domains, "number"), call.at)
        if word == "needs_of":
            kinds = self._all_of(call, "need_kind")
            if not kinds:
                raise self.error(_("Write needs_of('falls') with at least one need."), call.at)
            return Term("plain", Subject("needs_of", "", kinds, "number"), call.at)
        if word in _COUNTED:
            self.args(call, 0)
            return Term("plain", Subject(*_COUNTED[word], kind="number"), call.at)
        if word == "relatives":
            kinds = self._all_of(call, "relationship")
            return Term("plain", Subject("relatives", "", kinds, "number"), call.at)
        if word in ("seat", "seat_since"):
            (item,) = self.args(call, 1)
            role = self.listed(item, "actor")
            kind = "flag" if word == "seat" else "date"
            return Term("plain", Subject(word, role, kind=kind), call.at)  # type: ignore[arg-type]
        return self._assessed(call)

    def _in_period(self, call: Call) -> Term:
        """Read a count over the days up to now: ``contacts('phone', 90 days)``."""
        if not call.args:
            examples = {
                "contacts": _("Write contacts(90 days) or contacts('phone', 90 days)."),
                "contacts_by": _("Write contacts_by('leader', 30 days)."),
                "missed": _("Write missed(90 days) or missed('visit', 90 days)."),
            }
            raise self.error(examples[call.word], call.at)
        which = {"contacts": "channel", "contacts_by": "actor", "missed": "service"}[call.word]
        *kinds, period = call.args
        if call.word == "contacts_by" and not kinds:
            raise self.error(_("Write contacts_by('leader', 30 days)."), call.at)
        amount, unit = self.duration(period)
        chosen = tuple(sorted({self.listed(item, which) for item in kinds}))
        subject = Subject(call.word, "", (amount, unit, *chosen), "number")
        return Term("plain", subject, call.at)

    def _assessed(self, call: Call) -> Term:
        (item,) = self.args(call, 1)
        instrument = self.instrument(item)
        if call.word == "level_of":
            return Term("plain", Subject("level", instrument, kind="number"), call.at)
        if call.word == "score_of":
            return Term("plain", Subject("score", instrument, kind="number"), call.at)
        if call.word == "worsened":
            return Term("plain", Subject("worsened", instrument, kind="flag"), call.at)
        form = "days_since" if call.word == "days_since_assessed" else "plain"
        return Term(form, Subject("assessed_on", instrument, kind="date"), call.at)

    def _all_of(self, call: Call, which: str) -> tuple[str, ...]:
        return tuple(sorted({self.listed(item, which) for item in call.args}))
