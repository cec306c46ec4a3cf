"""Forms of assessors who answer alone: handed in unseen, and settled together with both in sight.

Who: two assessors of an ability assessment, each at the own screen or one after the other. Decides:
what both agree on. Clicks: as for any form, and one to hand in; then an answer for each difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casework.instruments import Instrument, Item
from casework.terms import _
from casework.ui import Html, LongText, Panel, Screen, Shell, el, join, notice, section, stack
from casework.ui.cards import card_of
from casework.ui.kept import OneKey
from casework.ui.parts import link, state, unknown
from casework.ui.screens.assessment_form import AssessmentForm
from casework.ui.screens.person_editors import history_table
from casework.ui.widgets import Action
from casework.ui.wording import day_text
from casework.workbook.assessor_sheets import Round, SheetView

__all__ = ["AloneForm", "AloneWaiting", "SettlingForm", "alone_html", "alone_screen"]


def alone_screen(shell: Shell, person_id: int, chosen: Instrument) -> Screen | None:
    """Give the screen that sheets under way ask for; None where there are none."""
    found = shell.wb.assessor_sheets.under_way(person_id, chosen.id)
    if found is None:
        return None
    if found.waits_for_me:
        return AloneForm(shell, person_id, found.chosen, alone=True)
    if found.is_open and found.is_mine:
        return SettlingForm(shell, found)
    return AloneWaiting(shell, found)


class AloneForm(AssessmentForm):
    """The form of one of several assessors: handed in, and not seen by the others before theirs.

    Parameters
    ----------
    person_id : int
    chosen : Instrument
        One for which the standard wants several assessors.
    alone : bool
        Whether it is filled in alone; else together, with the way to do otherwise.
    """

    def __init__(self, shell: Shell, person_id: int, chosen: Instrument, *, alone: bool) -> None:
        self.under_way = shell.wb.assessor_sheets.under_way(person_id, chosen.id)
        self.alone = alone or self.under_way is not None
        super().__init__(shell, person_id, chosen)

    def above(self) -> list[Any]:
        """Say how several assessors may answer, and which way this form is."""
        if not self.alone:
            words = _("Two assess: fill the form in together, or each alone and compare. ")
            way = link(_("Each answers alone"), "alone")
            return [Panel(el("p", words, way, class_="cw-hint"), alone=self.go_alone)]
        if self.under_way is not None:
            self.fields["assessors"].put("、".join(self.under_way.assessors))
        words = _(
            "Each assessor answers alone. You see what the others answered once you have handed in "
            "yours."
        )
        return [Panel(notice(words))]

    def ways(self) -> list[Any]:
        """Offer to hand in, or to record it together."""
        if not self.alone:
            return super().ways()
        leave = self.action(_("Keep as a draft and leave"), self.put_aside, kind="quiet")
        words = _("Hand in my own answers")
        hand_in = self.action(words, self.hand_in, kind="primary", key="ctrl+s", form=OneKey())
        return [leave, hand_in]

    def go_alone(self) -> None:
        """Go on with the form as one's own; what was entered goes with it."""
        self.keep()
        self.closed = True
        self.shell.go("assessment", person=self.person_id, instrument=self.chosen.id, way="alone")

    def hand_in(self) -> None:
        """Hand in what was answered, and go on to what is next."""
        done = self.wb.assessor_sheets.hand_in(self.entry())
        self.closed = True
        if done.round.is_open:
            self.said(_("Handed in. Everybody has answered: settle the differences."))
        else:
            self.said(
                _("Handed in. The answers are shown side by side once {names} has answered too.",
                  names="、".join(done.round.outstanding))
            )  # fmt: skip
        self.shell.go("assessment", person=self.person_id, instrument=self.chosen.id)

    def _fill(self) -> None:
        names = self.fields["assessors"].entry
        super()._fill()
        if names:
            self.fields["assessors"].put(names)


class SettlingForm(AssessmentForm):
    """What assessors answered alone, side by side, and the form with what they agree on.

    Parameters
    ----------
    found : Round
        Sheets that everybody has handed in.
    """

    keeps_drafts = False

    def __init__(self, shell: Shell, found: Round) -> None:
        self.found = found
        super().__init__(shell, found.person_id, found.chosen)

    def above(self) -> list[Any]:
        """Show both results and where they differ."""
        self.slot = stack(css="cw-slot")
        return [Panel(alone_html(self.found, settling=True), give_up=self.ask_why), self.slot]

    def ways(self) -> list[Any]:
        """Offer to record what was agreed on."""
        words = _("Record what we agreed on")
        return [self.action(words, self.save, kind="primary", key="ctrl+s", form=OneKey())]

    def beside(self, item: Item) -> str:
        """Say who answered what, where they differ."""
        if item.key not in self.found.differing:
            return ""
        return _("; ").join(
            _("{name}: {answer}", name=one.assessor, answer=_said(item, one))
            for one in self.found.sheets
        )

    def save(self) -> None:
        """Record what was agreed on; both sheets stay with it."""
        done = self.wb.assessor_sheets.settle(self.found.key, self.entry())
        self.closed = True
        self.said(_("Assessment saved."))
        self.shell.go("assessment", person=self.person_id, id=done.assessment.id)

    def ask_why(self) -> None:
        """Ask why the sheets are given up."""
        self.slot.children = [_giving_up(self, self.found, self.slot)]

    def _fill(self) -> None:
        first, latest = self.found.sheets[0], max(one.assessed_on for one in self.found.sheets)
        self.fields["assessed_on"].put(latest)
        self.fields["assessors"].put("、".join(self.found.assessors))
        for name in ("mode", "informant"):
            said = {getattr(one, name) for one in self.found.sheets}
            if len(said) == 1:
                self.fields[name].put(said.pop())
        for key, answer in self.found.agreed.items():
            item = self.chosen.item(key)
            self.answers[key].put(answer if item is not None and item.span else str(answer))
        if all(_plain(one.context) == _plain(first.context) for one in self.found.sheets):
            self.context.put(first.context)


class AloneWaiting(Screen):
    """Sheets that wait for somebody else.

    Parameters
    ----------
    found : Round
    """

    def __init__(self, shell: Shell, found: Round) -> None:
        card = card_of(shell.wb, found.person_id, shell.on)
        super().__init__(shell, str(found.chosen.label), person=card)
        self.found = found
        self.slot = stack(css="cw-slot")
        again = self.action(_("Assess something else"), self.leave_it, kind="primary")
        told = Panel(alone_html(found), give_up=self.ask_why)
        self.body(told, self.slot, self.actions(again))

    def refresh(self) -> None:
        """Nothing here changes by itself."""

    def ask_why(self) -> None:
        """Ask why the sheets are given up."""
        self.slot.children = [_giving_up(self, self.found, self.slot)]

    def leave_it(self) -> None:
        """Go back to the instruments."""
        self.shell.go("assessment", person=self.found.person_id)


def _giving_up(screen: Screen, found: Round, slot: Any) -> Any:
    """Make the question why sheets are given up."""
    why = LongText("reason", _("Why they are given up"), longest=2_000, required=True)

    def give_up() -> None:
        screen.wb.assessor_sheets.withdraw(found.key, str(why.value or ""))
        screen.said(_("Given up; what was handed in stays on file."))
        screen.shell.go("assessment", person=found.person_id)

    go = Action(_("Give these sheets up"), give_up, kind="danger", fields={"reason": why},
                say=screen.tell)  # fmt: skip
    stay = screen.action(_("Leave as it is"), lambda: setattr(slot, "children", []), kind="quiet")
    return stack(why, stack(stay, go, css="cw-actions"))


def alone_html(found: Round, *, settling: bool = False) -> Html:
    """Say who has answered alone, to what it came, and where the sheets differ."""
    sheets = {one.assessor: one for one in found.sheets}
    rows = [
        el(
            "li",
            el("b", name),
            state("due", _("has not answered yet"))
            if name in found.outstanding
            else state("done", _("has answered")),
            _result(found, sheets[name]) if name in sheets and found.is_open else None,
            class_="cw-dotted",
        )
        for name in found.assessors
    ]
    way = None
    if found.assessment_id is None and found.is_mine:
        way = link(_("Give up"), "give_up")
    return section(
        _("Answered each alone"),
        el("ul", rows, class_="cw-lines"),
        _differences(found, settling) if found.is_open else None,
        aside=way,
    )


def _result(found: Round, one: SheetView) -> Html:
    if one.level is None:
        return unknown(_("not complete"))
    words = str(one.label) if one.label else _("level {level}", level=one.level)
    if found.chosen.counts_points:
        words = _("{label}, {total} points", label=words, total=one.total)
    return el("span", words, " ", el("span", day_text(one.assessed_on), class_="cw-small"))


def _differences(found: Round, settling: bool) -> Html:
    """Write the items that were answered differently, each with both answers."""
    items = [item for item in found.chosen.items if item.key in found.differing]
    n, of = len(found.agreed), len(found.agreed) + len(items)
    said = el("p", _("{n} of {of} items were answered alike.", n=n, of=of))
    if not items:
        return said
    heads = [_("Item"), *(one.assessor for one in found.sheets)]
    table = history_table(
        heads,
        [
            el("tr", el("td", item.label), [el("td", _said(item, one)) for one in found.sheets])
            for item in items
        ],
    )
    go_on = el(
        "p",
        _("What they agree on stands in the form below; talk the others over, and answer each."),
        class_="cw-hint",
    )
    return join([said, table, go_on if settling else None])


def _said(item: Item, one: SheetView) -> str:
    """Say what an assessor answered to an item."""
    if item.key in one.unable:
        return _("cannot be assessed")
    answer = one.answers.get(item.key)
    return str(item.shown(answer)) if answer is not None else _("not answered")


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(one) if isinstance(one, tuple) else one for key, one in context.items()}
