"""Writing down the round of a delegation: all its visits on one page, saved once.

Who: whoever of the staff went along, on the way back. Decides: what came of each visit. Clicks: one
a visit, one to save; what is left open stays open.
"""

from __future__ import annotations

from typing import Any

from casework.errors import InvalidEntry, NotFound
from casework.routing.week.hours import clock
from casework.terms import _
from casework.ui import (
    ChoiceField,
    DateField,
    LongText,
    Panel,
    Screen,
    Shell,
    TextField,
    el,
    empty_state,
    stack,
)
from casework.ui.campaign_parts import change_text, members_text, slot_text
from casework.ui.contact_fields import codes_of
from casework.ui.escape import Html
from casework.workbook.outings import Met, Stop

__all__ = ["VisitScreen", "screen"]


class VisitScreen(Screen):
    """One outing, stop by stop.

    Parameters
    ----------
    slot : str
        Number of the outing.
    """

    def __init__(self, shell: Shell, slot: str) -> None:
        if not slot.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Write down the round"))
        self.slot_id = int(slot)
        self.outing = self.wb.outings.show(self.slot_id, as_of=self.on)
        self.person_ids = [one.line.person_id for one in self.outing.stops]
        one = self.outing
        self.lead = f"{one.delegation.name} · {slot_text(one.slot)} · {one.campaign}"
        self.retitle(_("Write down the round"))
        self.when = DateField("on", _("When"), on=self.wb.today, latest=self.wb.today,
                              required=True)  # fmt: skip
        self.when.entry = min(one.slot.on_day, self.wb.today).isoformat()
        self.summary = LongText("summary", _("What holds for everybody"), rows=2, longest=20_000)
        self.fields = {"on": self.when, "summary": self.summary}
        self.open_stops = [each for each in one.stops if each.outcome is None]
        parts: list[Any] = [Panel(el("p", members_text(one.delegation), class_="cw-hint"))]
        parts += [self._stop(each) for each in one.stops]
        can_write = shell.as_of is None and bool(self.open_stops)
        if not one.stops:
            parts.append(Panel(empty_state(_("Nobody is visited in this outing."))))
        if can_write:
            kept = self.keeps("outing", self.fields, self.slot_id, self.person_ids)
            save = self.action(_("Save the round"), self.save, kind="primary", key="ctrl+s",
                               form=kept)  # fmt: skip
            parts += [self.when, self.summary, self.actions(save)]
        self.body(*parts)

    def _stop(self, stop: Stop) -> Any:
        """Make the part of one visit: who it is, what came of it."""
        person = stop.line.person_id
        outcomes = codes_of("outcome")
        if stop.outcome is not None:
            told = _("written down: {what}", what=outcomes.get(stop.outcome, stop.outcome))
            return stack(Panel(stop_head(stop)), Panel(el("p", told, class_="cw-hint")),
                         css="cw-editor")  # fmt: skip
        made: list[Any] = [
            ChoiceField(f"outcome_{person}", _("Outcome"), outcomes),
            TextField(f"heard_{person}", _("What was heard"), longest=2000),
            ChoiceField(f"why_{person}", _("Why not met"), codes_of("not_reached_reason"),
                        most_chips=0),
        ]  # fmt: skip
        outcome, _heard, why = made
        self.fields |= {each.name: each for each in made}
        holder = stack(outcome, made[1], css="cw-visit-fields")

        def follow() -> None:
            not_met = outcome.entry == "not_reached"
            holder.children = [outcome, why if not_met else made[1]]

        outcome.changed.append(follow)
        return stack(Panel(stop_head(stop)), holder, css="cw-editor cw-visit-stop")

    def save(self) -> None:
        """Write down what was entered; stops without an outcome stay open."""
        entered = self.read()
        met = [
            Met(
                person,
                outcome,
                heard=entered[f"heard_{person}"],
                why=entered[f"why_{person}"] if outcome == "not_reached" else None,
                channel="hospital_visit" if stop.change == "in_hospital" else "home_visit",
            )
            for stop in self.open_stops
            if (outcome := entered[f"outcome_{(person := stop.line.person_id)}"])
        ]
        if not met:
            raise InvalidEntry(
                _("Nothing is written down yet. Say of at least one visit what came of it.")
            )
        key = f"outing:{self.slot_id}:{'-'.join(str(one.person_id) for one in met)}"
        contacts, closed = self.wb.outings.record(
            self.slot_id, f"{key}:{self.wb.today}", entered["on"], met, summary=entered["summary"]
        )
        self.said(
            _("{n} visits written down, {closed} tasks done.", n=len(met), closed=closed),
            undo=lambda: self.wb.outings.take_back(contacts),
        )
        self.shell.back()


screen = VisitScreen


def stop_head(stop: Stop) -> Html:
    """Write who is visited, when and where."""
    line = stop.line
    age = _("aged {n}", n=line.age) if line.age is not None else ""
    marks = [el("b", line.name), el("span", age) if age else None,
             el("span", stop.address or line.place or _("place not known")),
             el("span", str(stop.segment), class_="cw-hint"),
             el("span", change_text(stop.change), class_="cw-tag cw-tag-warning")
             if stop.change else None]  # fmt: skip
    return el("p", el("span", clock(stop.starts_at), class_="cw-time"), marks,
              class_="cw-dotted cw-stop-head")  # fmt: skip
