"""Delegations of a campaign: who goes when, whom the search puts where, what a person decides.

Who: the supervisor. Decides: members and times of each delegation, then the split: proposed by the
search, moved and locked by hand. Clicks: one to propose; one to a visit, one to its new place.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from casework.errors import NotFound
from casework.routing.week.hours import clock
from casework.terms import _, run_on
from casework.ui import (
    Html,
    Panel,
    Screen,
    Shell,
    el,
    empty_state,
    figure,
    join,
    link,
    notice,
    offer,
    section,
    stack,
)
from casework.ui.campaign_forms import DelegationForm
from casework.ui.campaign_parts import change_text, members_text, slot_text, tabs
from casework.ui.wording import spaced
from casework.workbook.campaigns import Listed
from casework.workbook.delegations import DelegationShown, Placement, Way, hindrance_text

__all__ = ["GroupsScreen", "screen"]

_LEFT_SHOWN = 200


class GroupsScreen(Screen):
    """The delegations of one campaign.

    Parameters
    ----------
    id : str
        Number of the campaign.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        if not id.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Delegations"))
        self.campaign_id = int(id)
        self.person: Any = None
        self.chosen: int | None = None
        self._why: dict[int, str] = {}
        self._ways: list[Way] = []
        self.form: DelegationForm | None = None
        self.tab_slot = stack(css="cw-slot")
        self.figures = Panel("")
        self.slot = stack(css="cw-slot")
        self.groups = Panel(
            "",
            choose=self.choose,
            edit=self.edit,
            drop=self.drop,
            sheet=lambda delegation: shell.go("campaign_sheet", delegation=delegation),
            visit=lambda slot: shell.go("campaign_visit", slot=slot),
        )
        self.beside = Panel(
            "",
            place=self.place,
            unplace=self.unplace,
            lock=self.lock,
            unlock=self.unlock,
            person=lambda person: shell.go("person", id=person),
            close=self.put_away_visit,
        )
        self.left = Panel("", choose=self.choose, why=self.tell_why)
        self.foot = stack(css="cw-actions")
        whole = stack(
            stack(self.groups, self.left, css="cw-slot"),
            stack(self.beside, css="cw-roster-beside"),
            css="cw-roster-body",
        )
        self.body(self.tab_slot, self.figures, self.slot, whole, self.foot)
        self.refresh()

    # --- showing ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the delegations again."""
        self.campaign = self.wb.campaigns.show(self.campaign_id, as_of=self.on)
        self.delegations: list[DelegationShown] = self.wb.delegations.of(self.campaign_id)
        listed = self.wb.campaigns.people(self.campaign_id, as_of=self.on)
        self.people: dict[int, Listed] = {
            one.person_id: one
            for one in listed
            if one.carrier == "delegation" and one.left_out is None
        }
        line = self.campaign.line
        self.can_decide = (
            self.shell.as_of is None
            and self.wb.campaigns.may_decide
            and line.state != "closed"
        )  # fmt: skip
        self.is_frozen = self.campaign.list_frozen_on is not None
        self.lead = _("The search proposes who is visited by whom; you decide.")
        self.retitle(str(line.label))
        self.tab_slot.children = [tabs(self.shell, self.campaign, "campaign_groups")]
        if self.chosen not in self.people:
            self.chosen = None
        self._draw()

    def _draw(self) -> None:
        self.figures.set(self._figures())
        self.groups.set(self._groups())
        self.left.set(self._left())
        self.beside.set(self._beside())
        self._draw_foot()

    @property
    def unplaced(self) -> list[Listed]:
        """Who is to be visited by a delegation and has no place."""
        return [one for one in self.people.values() if one.slot_id is None]

    def _figures(self) -> Html:
        placed = len(self.people) - len(self.unplaced)
        outings = [slot for one in self.delegations for slot in one.slots]
        room = sum(slot.capacity for slot in outings)
        return el(
            "div",
            figure(_("{n} of {of} visits have a place"), {"n": placed, "of": len(self.people)}),
            self._figure_of_the_unplaced(),
            figure(
                _("{groups} delegations, {outings} outings, room for {room} visits"),
                {"groups": len(self.delegations), "outings": len(outings), "room": room},
            ),
            class_="cw-figures cw-roster-figures",
        )

    def _figure_of_the_unplaced(self) -> Html:
        left = len(self.unplaced)
        if left:
            return figure(_("{n} could not be placed"), {"n": left}, tone="due")
        if not self.people:
            words = (
                _("No delegation visits anybody on the list{n}")
                if self.is_frozen
                else _("Whom they visit is known when the list is frozen{n}")
            )
            return figure(words, {"n": ""})
        return figure(_("Every visit is placed{n}"), {"n": ""})

    def _groups(self) -> Html:
        if not self.delegations:
            return empty_state(
                _("There is no delegation yet."),
                _("Add one: who leads it, who goes along, and when it goes out."),
            )
        return el("div", [self._group(one) for one in self.delegations], class_="cw-groups")

    def _group(self, one: DelegationShown) -> Html:
        ways: list[object] = [link(_("Visit sheets"), "sheet", delegation=one.delegation_id)]
        if self.can_decide:
            ways += [
                link(_("Change it"), "edit", delegation=one.delegation_id),
                link(_("Take it away"), "drop", delegation=one.delegation_id),
            ]
        areas = "、".join(one.areas)
        goes = self.wb.delegations.means.get(one.travel or "")
        return section(
            one.name,
            el("p", members_text(one), class_="cw-lead"),
            el("p", _("Goes by {mean}", mean=goes), class_="cw-hint") if goes else None,
            el("p", _("Area: {areas}", areas=areas), class_="cw-hint") if areas else None,
            el("div", [self._slot(slot) for slot in one.slots], class_="cw-outings")
            if one.slots else el("p", _("No outing yet."), class_="cw-hint"),
            aside=el("p", ways, class_="cw-dotted"),
        )  # fmt: skip

    def _slot(self, slot: Any) -> Html:
        stops = [self._stop(person, start) for person, start in slot.stops if person in self.people]
        count = _("{n} of {of} places", n=len(slot.stops), of=slot.capacity)
        head = el("p", el("b", slot_text(slot)), el("span", spaced(count), class_="cw-hint"),
                  link(_("Write down the round"), "visit", slot=slot.slot_id)
                  if stops and self.campaign.is_given and slot.on_day <= self.wb.today else None,
                  class_="cw-dotted")  # fmt: skip
        return el(
            "div", head,
            el("ol", stops, class_="cw-stops") if stops
            else el("p", _("nobody yet"), class_="cw-hint"),
            class_="cw-outing",
        )  # fmt: skip

    def _stop(self, person: int, start: int) -> Html:
        one = self.people[person]
        marks = [clock(start), el("b", one.name)]
        if one.is_locked:
            marks.append(el("span", _("locked"), class_="cw-tag"))
        if one.change:
            marks.append(el("span", change_text(one.change), class_="cw-tag cw-tag-warning"))
        css = "cw-stop cw-opens" + (" cw-stop-chosen" if person == self.chosen else "")
        return el(
            "li",
            el("button", [el("span", each) for each in marks], type="button", class_=css,
               **offer("choose", person=person)),
        )  # fmt: skip

    def _left(self) -> Html | str:
        left = self.unplaced
        if not left or not self.is_frozen:
            return ""
        labels = {one.code: str(one.label) for one in self.campaign.terms.segments}
        rows = []
        for one in left[:_LEFT_SHOWN]:
            why = self._why.get(one.person_id)
            rows.append(
                el(
                    "li",
                    el("p", link(one.name, "choose", person=one.person_id),
                       el("span", labels.get(one.segment, ""), class_="cw-hint"),
                       link(_("Why not?"), "why", person=one.person_id) if not why else None,
                       class_="cw-dotted"),
                    el("p", why, class_="cw-hint") if why else None,
                )
            )  # fmt: skip
        more = len(left) - _LEFT_SHOWN
        tail = el("p", _("{n} more", n=more), class_="cw-hint") if more > 0 else None
        return section(_("Not placed"), el("ul", rows, class_="cw-recent cw-left-out"), tail)

    def _beside(self) -> Html:
        if self.chosen is None:
            return el("p", _("Choose a visit to see where else it could be."), class_="cw-hint")
        one = self.people[self.chosen]
        names = {
            slot.slot_id: (each.name, slot_text(slot))
            for each in self.delegations
            for slot in each.slots
        }
        ways: list[Html] = []
        if self.can_decide and one.slot_id is not None:
            words, action = (
                (_("Unlock"), "unlock") if one.is_locked else (_("Lock it here"), "lock")
            )
            ways.append(_button(words, action))
            ways.append(_button(_("Take it out of the outing"), "unplace"))
        rows = [self._way(way, *names[way.slot_id]) for way in self._ways if way.slot_id in names]
        return section(
            link(one.name, "person", person=one.person_id),
            el("p", one.unit or "", class_="cw-hint"),
            el("div", ways, class_="cw-roster-ways") if ways else None,
            el("h3", _("Where it could be")),
            el("ul", rows, class_="cw-recent") if rows else el("p", _("There is no outing yet.")),
            aside=link(_("Close"), "close"),
        )

    def _way(self, way: Way, name: str, when: str) -> Html:
        here = self.people[self.chosen or 0].slot_id == way.slot_id
        if here:
            told: object = el("span", _("stands here"), class_="cw-tag")
        elif way.more is None:
            told = el("span", hindrance_text(way.reason or ""), class_="cw-hint")
        else:
            words = spaced(_("{n} minutes more on the way", n=way.more))
            told = (
                _button(_("Put it here"), "place", slot=way.slot_id)
                if self.can_decide else el("span", words)
            )  # fmt: skip
            told = join([el("span", words, class_="cw-hint"), told])
        return el("li", el("p", el("b", name), el("span", when), class_="cw-dotted"), told)

    # --- deciding --------------------------------------------------------------------------------

    def choose(self, person: int) -> None:
        """Show where else a visit could be."""
        self.chosen = person
        self._ways = self.wb.delegations.ways(self.campaign_id, person)
        self._draw()

    def put_away_visit(self) -> None:
        """Show nothing beside."""
        self.chosen = None
        self._draw()

    def tell_why(self, person: int) -> None:
        """Say what keeps a visit out of every outing."""
        found = self.wb.delegations.why(self.campaign_id, person)
        told = [
            spaced(_("{n} outings: {why}", n=one.count, why=hindrance_text(one.reason)))
            if one.count else hindrance_text(one.reason)
            for one in found
        ]  # fmt: skip
        self._why[person] = run_on(told)
        self._draw()

    def propose(self) -> None:
        """Let the search split the list among the delegations."""
        made = self.wb.delegations.propose(self.campaign_id)
        self._why.clear()
        self.chosen = None
        self.refresh()
        told = _("{n} visits placed, {left} not placed; {minutes} minutes on the way in all.",
                 n=made.placed, left=made.left, minutes=made.minutes)  # fmt: skip
        if made.notes:
            self.notice.set(
                notice(
                    _("Not known, and how it is planned all the same:"), "warning",
                    el("ul", [el("li", one) for one in made.notes], class_="cw-lines"),
                )
            )  # fmt: skip
        self.said(spaced(told), undo=lambda: self._put_back(made.before))

    def place(self, slot: int) -> None:
        """Move the chosen visit to an outing; it is locked there."""
        if self.chosen is None:
            return
        person = self.chosen
        before = self.wb.delegations.move(self.campaign_id, person, slot)
        self._after(person)
        self.said(
            _("The visit to {name} is moved and locked.", name=self.people[person].name),
            undo=lambda: self._put_back(before),
        )

    def unplace(self) -> None:
        """Take the chosen visit out of its outing."""
        if self.chosen is None:
            return
        person = self.chosen
        before = self.wb.delegations.unplace(self.campaign_id, person)
        self._after(person)
        self.said(
            _("The visit to {name} is taken out.", name=self.people[person].name),
            undo=lambda: self._put_back(before),
        )

    def lock(self) -> None:
        """Keep the chosen visit where it is."""
        if self.chosen is not None:
            self.wb.delegations.lock(self.campaign_id, [self.chosen])
            self._after(self.chosen)

    def unlock(self) -> None:
        """Let the next proposal move the chosen visit."""
        if self.chosen is not None:
            self.wb.delegations.lock(self.campaign_id, [self.chosen], locked=False)
            self._after(self.chosen)

    def _after(self, person: int) -> None:
        self.refresh()
        self.choose(person)

    def _put_back(self, before: Placement) -> None:
        self.wb.delegations.put_back(self.campaign_id, before)
        self.refresh()

    def add(self) -> None:
        """Open the form of a new delegation."""
        self._open(None)

    def edit(self, delegation: int) -> None:
        """Open the form of a delegation."""
        self._open(next(one for one in self.delegations if one.delegation_id == delegation))

    def _open(self, one: DelegationShown | None) -> None:
        self.foot.children = []  # its bar would lie over that of the form
        self.form = DelegationForm(self.wb, self.campaign, one)
        self.fields = self.form.fields
        bar = stack(
            self.action(_("Leave as it is"), self.put_away, kind="quiet"),
            self.action(_("Keep the delegation"), self.save, kind="primary", key="ctrl+s"),
            css="cw-actions",
        )
        title = _("Change a delegation") if one else _("Add a delegation")
        self.slot.children = [
            stack(Panel(el("h2", title)), *self.fields.values(), bar, css="cw-editor")
        ]
        self.form.first.focus()

    def save(self) -> None:
        """Keep the delegation as it was entered."""
        if self.form is None:
            return
        entry = self.form.entry(self.read())
        before = Counter(slot for slot, _s, _l in self._placement().values())
        self.wb.delegations.save(self.campaign_id, entry, self.form.delegation_id)
        self.put_away()
        self.refresh()
        after = Counter(slot for slot, _s, _l in self._placement().values())
        lost = after[None] - before[None]
        self.said(_("The delegation is kept."))
        if lost > 0:
            self.tell(
                spaced(_("{n} visits have lost their place; propose again.", n=lost)), "warning"
            )

    def _placement(self) -> Placement:
        return self.wb.delegations.placement(self.campaign_id)

    def drop(self, delegation: int) -> None:
        """Take a delegation away."""
        one = next(each for each in self.delegations if each.delegation_id == delegation)
        self.wb.delegations.drop(delegation)
        self.refresh()

        def back() -> None:
            self.wb.delegations.save(self.campaign_id, one.as_entry())
            self.refresh()

        self.said(_("The delegation “{name}” is taken away.", name=one.name), undo=back)

    def put_away(self) -> None:
        """Take the form away."""
        self.form, self.fields = None, {}
        self.slot.children = []
        self._draw_foot()

    def _draw_foot(self) -> None:
        made: list[Any] = []
        if self.can_decide:
            made.append(self.action(_("Add a delegation"), self.add))
            if self.is_frozen and self.delegations:
                made.append(self.action(_("Propose who visits whom"), self.propose, kind="primary"))
            elif not self.is_frozen:
                self.tell(_("The list is still open. Freeze it before people are split."))
        self.foot.children = made


screen = GroupsScreen


def _button(words: str, action: str, **args: object) -> Html:
    return el("button", words, type="button", class_="cw-action", **offer(action, **args))
