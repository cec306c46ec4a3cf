"""Hours, skills and absences of those who visit, and travel times: what rosters are planned from.

Who: the supervisor, when somebody is new, changes hours, or calls in sick. Decides: what holds from
which day. Clicks: one to a member of staff, one to save.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from casework.records.rosters import STAFF_TERMS
from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    LongText,
    ManyField,
    Noted,
    Panel,
    Screen,
    Shell,
    State,
    TextField,
    el,
    link,
    listed,
    stack,
)
from casework.ui.screens.caseloads import codes_of_role
from casework.ui.screens.staffing_travel import TravelPart
from casework.ui.wording import short_day_text
from casework.workbook.staffing import TermRow

__all__ = ["StaffingScreen", "screen"]


class StaffingScreen(Screen):
    """All who may visit, with their terms.

    Parameters
    ----------
    staff : str
        Number of a member of staff to begin with.
    """

    def __init__(self, shell: Shell, staff: str = "") -> None:
        super().__init__(
            shell,
            _("Hours, skills and absences"),
            lead=_("What is not written down here is not known, and is planned with usual values."),
        )
        self.can_edit = shell.as_of is None and self.wb.rosters.may_plan
        self.terms: dict[int, list[TermRow]] = {}
        self.chosen: int | None = None
        self.table = DataTable(
            [
                Column("name", _("Name")),
                Column("hours", _("Working hours")),
                Column("skill", _("Can do"), phone="hide"),
                Column("travel", _("Goes by"), phone="hide"),
                Column("absent", _("Absence"), kind="state"),
            ],
            listed([]),
            caption=_("Staff who visit"),
            opens=self.choose,
            search_hint=_("Name or skill"),
            empty=(_("Nobody who visits is at work."), ""),
        )
        self.slot = stack(css="cw-slot")
        self.times = TravelPart(self, can_edit=self.can_edit and self.wb.travel.may_give)
        self.body(self.slot, self.table, self.times)
        self.refresh()
        if staff.isdigit():
            self.choose(staff)

    def refresh(self) -> None:
        """Read the terms again: those of today and every absence to come."""
        self.staff = {one.staff_id: one for one in self.wb.rosters.staff(self.wb.today, 14)}
        self.terms = defaultdict(list)
        last = date(self.wb.today.year + 1, 12, 31)
        for one in self.wb.staffing.terms(last=last):
            self.terms[one.staff_id].append(one)
        self.table.source = listed([self._row(one) for one in self.staff])
        self.table.refresh()

    def _row(self, staff_id: int) -> dict[str, object]:
        told: dict[str, list[str]] = defaultdict(list)
        for one in self.terms.get(staff_id, ()):
            told[one.kind].append(self._said(one.kind, one.value))
        away = [one for one in self.terms.get(staff_id, ()) if one.kind == "absent"]
        return {
            "id": str(staff_id),
            "name": Noted(self.staff[staff_id].name, codes_of_role(self.staff[staff_id].role)),
            "hours": "；".join(told["hours"]) or None,
            "skill": _(", ").join(told["skill"]) or None,
            "travel": _(", ").join(told["travel"]) or None,
            "absent": State("excused", _span(away[0])) if away else State("plain", _("at work")),
        }

    def _said(self, kind: str, value: str) -> str:
        rules = self.wb.rosters.rules
        if kind == "skill" and value in rules.skills:
            return str(rules.skills[value])
        if kind == "travel" and value in rules.means:
            return str(rules.means[value].label)
        return value

    def choose(self, key: str) -> None:
        """Open the form of one member of staff."""
        if not self.can_edit:
            return
        self.chosen = int(key)
        held: dict[str, list[str]] = defaultdict(list)
        for one in self.terms.get(self.chosen, ()):
            held[one.kind].append(one.value)
        rules = self.wb.rosters.rules
        hint = _(
            "One a line, as in 周一至周五 08:30-12:00; empty for the usual hours of the office"
        )
        skills = {code: str(label) for code, label in rules.skills.items()}
        means = {one.code: str(one.label) for one in rules.means.values()}
        sexes = {one.code: str(one.label) for one in code_list("sex").entries}
        commas = _("With commas between; empty for everywhere")
        self.hours = LongText("hours", _("Working hours"), rows=2, longest=400, hint=hint)
        self.skill = ManyField("skill", _("Can do"), skills)
        self.travel = ChoiceField("travel", _("Goes by"), means)
        self.sex = ChoiceField("sex", _("Sex"), sexes)
        self.area = TextField("area", _("Own area (communities)"), hint=commas)
        self.dialect = TextField("dialect", _("Dialects"), hint=_("With commas between"))
        self.hours.entry = "\n".join(held["hours"])
        self.skill.entry = held["skill"]
        for field in (self.travel, self.sex):
            field.entry = (held[field.name] or [""])[-1]
        for field_ in (self.area, self.dialect):
            field_.entry = "，".join(held[field_.name])
        self.away_from = DateField("away_from", _("First day"), on=self.wb.today)
        self.away_to = DateField("away_to", _("Until (last day)"), on=self.wb.today)
        reasons = [_("ill"), _("on leave"), _("on a course")]
        self.away_why = TextField("away_why", _("Why is that?"), suggestions=reasons)
        held_fields = (self.hours, self.skill, self.travel, self.sex, self.area, self.dialect)
        away_fields = (self.away_from, self.away_to, self.away_why)
        self.fields = {one.name: one for one in (*held_fields, *away_fields)}
        title = el("h2", self.staff[self.chosen].name)
        self.slot.children = [
            stack(
                Panel(title),
                *held_fields,
                stack(
                    self.action(_("Leave as it is"), self.put_away, kind="quiet"),
                    self.action(_("Save from today on"), self.save, kind="primary", key="ctrl+s"),
                    css="cw-actions",
                ),
                Panel(el("h3", _("Absence"))),
                Panel(self._absences(), take_back=self.take_back),
                *away_fields,
                stack(self.action(_("Note the absence"), self.note_absence), css="cw-actions"),
                css="cw-editor cw-staffing",
            )
        ]
        self.hours.focus()

    def _absences(self) -> object:
        rows = [
            el("li", _span(one), " ", one.value, " ",
               link(_("It was a mistake"), "take_back", term=one.term_id))
            for one in self.terms.get(self.chosen or 0, ())
            if one.kind == "absent"
        ]  # fmt: skip
        return el("ul", rows, class_="cw-lines") if rows else ""

    def save(self) -> None:
        """Write down what holds from today on; what did not change is left alone."""
        entered = self.read()
        if self.chosen is None:
            return
        told = {
            "hours": (entered["hours"] or "").splitlines(),
            "skill": list(entered["skill"] or ()),
            "travel": [entered["travel"]] if entered["travel"] else [],
            "sex": [entered["sex"]] if entered["sex"] else [],
            "area": _parted(entered["area"]),
            "dialect": _parted(entered["dialect"]),
        }
        held: dict[str, list[str]] = defaultdict(list)
        for one in self.terms.get(self.chosen, ()):
            held[one.kind].append(one.value)
        for kind in STAFF_TERMS:
            values = [one.strip() for one in told.get(kind, []) if one.strip()]
            if kind in told and sorted(values) != sorted(held[kind]):
                self.wb.staffing.say(self.chosen, kind, values)
        name = self.staff[self.chosen].name
        self.put_away()
        self.refresh()
        self.said(_("Written down for {name}.", name=name))

    def note_absence(self) -> None:
        """Write down that somebody is not there."""
        entered = self.read()
        first, last = entered["away_from"], entered["away_to"]
        if self.chosen is None or first is None:
            self.away_from.fail(_("Say from which day on."))
            return
        made = self.wb.staffing.absent(
            self.chosen, first, last or first, entered["away_why"] or _("absent")
        )
        name = self.staff[self.chosen].name
        self.refresh()
        self.choose(str(self.chosen))
        self.said(_("{name} is noted as absent. Rosters of these days should be planned anew.",
                    name=name), undo=lambda: self.take_back(made))  # fmt: skip

    def take_back(self, term: int) -> None:
        """Say that an absence was a mistake."""
        self.wb.staffing.take_back(term)
        self.refresh()
        if self.chosen is not None:
            self.choose(str(self.chosen))

    def put_away(self) -> None:
        """Take the form away."""
        self.chosen, self.fields = None, {}
        self.slot.children = []


screen = StaffingScreen


def _span(one: TermRow) -> str:
    if one.valid_from is None or one.valid_to is None or one.valid_from == one.valid_to:
        return short_day_text(one.valid_from or one.valid_to or date.max)
    return _("{first} to {last}", first=short_day_text(one.valid_from),
             last=short_day_text(one.valid_to))  # fmt: skip


def _parted(text: str | None) -> list[str]:
    return (text or "").replace("、", "，").replace(",", "，").split("，")
