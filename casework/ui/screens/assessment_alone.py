"""Forms of assessors who answer alone: handed in unseen, and settled together with both in sight.

Who: two assessors of an ability assessment, each at the own screen or one after the other. Decides:
what both agree on. Clicks: as for any form, and one to hand in; then an answer for each difference.
"""

from __future__ import annotations

from typing import Any

from casework.errors import IncompleteAssessment, InvalidEntry
from casework.instruments import ContextField, Instrument, Item
from casework.terms import _
from casework.ui import (
    Html,
    LongText,
    Panel,
    Screen,
    Shell,
    el,
    join,
    notice,
    offer,
    section,
    stack,
)
from casework.ui.cards import card_of
from casework.ui.kept import OneKey
from casework.ui.parts import link, state, unknown
from casework.ui.screens.assessment_context import context_words
from casework.ui.screens.assessment_form import UNABLE, AssessmentForm
from casework.ui.screens.person_editors import history_table
from casework.ui.widgets import Action
from casework.ui.wording import day_text, spaced
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

    def sheet(self) -> list[Any]:
        """Put what is to be settled first, and fold away what all answered alike."""
        alike = {*self.found.agreed, *self.found.agreed_unable}
        parts = self.grouped([key for key in self._places if key not in alike])
        inside = self.grouped(alike)
        if not self.found.differing_context:
            inside += super().around()
        self.alike, self.is_folded = alike, True
        self.fold, self.folded = Panel("", turn=self.turn), stack(*inside, css="cw-folded")
        self._show_fold()
        return [*parts, self.fold, self.folded] if inside else parts

    def around(self) -> list[Any]:
        """Give the fields beside the answers, unless they are folded away with what is alike."""
        return super().around() if self.found.differing_context else []

    def turn(self) -> None:
        """Open what all answered alike, or fold it away again."""
        self.is_folded = not self.is_folded
        self._show_fold()

    def to_missing(self) -> None:
        """Put the cursor into the first item that wants an answer, out of the fold if need be."""
        if any(key in self.alike for key in self.missing()[:1]):
            self._unfold()
        super().to_missing()

    def _unfold(self) -> None:
        if self.is_folded:
            self.turn()

    def _show_fold(self) -> None:
        self.folded.layout.display = "none" if self.is_folded else None
        self.fold.set(_fold_html(self.found, len(self.alike), self.is_folded))

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
        try:
            self._refuse_unsettled()
            done = self.wb.assessor_sheets.settle(self.found.key, self.entry())
        except IncompleteAssessment:
            self.to_missing()
            raise
        except InvalidEntry:
            self._unfold()  # the field that is refused may stand in there
            raise
        self.closed = True
        self.said(_("Assessment saved."))
        self.shell.go("assessment", person=self.person_id, id=done.assessment.id)

    def _refuse_unsettled(self) -> None:
        """Refuse to let a diagnosis drop that only one of them knew of."""
        settled = self.context.values(strict=False)
        for one in self.context.asked:
            if one.key in self.found.differing_context and one.key not in settled:
                name = next(n for n in self.context.fields if n.partition(":")[0] == one.key)
                words = _("The sheets differ here: {name}. Enter what you agree on.",
                          name=one.label)  # fmt: skip
                raise InvalidEntry(words, name)

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
        for key in self.found.agreed_unable:
            self.answers[key].put(UNABLE)
        reasons = {why for one in self.found.sheets for why in one.unable.values()}
        if self.found.agreed_unable and len(reasons) == 1:
            self.why_unable.put(reasons.pop())
        apart = self.found.differing_context
        self.context.put({key: one for key, one in first.context.items() if key not in apart})
        self.measured.put(
            {
                key: number
                for key, number in first.measured.items()
                if all(one.measured.get(key) == number for one in self.found.sheets)
            }
        )


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
    """Write what was answered differently, items and what stands beside them, with both answers."""
    items = [item for item in found.chosen.items if item.key in found.differing]
    beside = [one for one in found.chosen.context if one.key in found.differing_context]
    n = len(found.agreed) + len(found.agreed_unable)
    said = el("p", _("{n} of {of} items were answered alike.", n=n, of=n + len(items)))
    if not (items or beside):
        return said
    rows = [(item.label, [_said(item, one) for one in found.sheets]) for item in items]
    rows += [(one.label, [_entered(one, sheet) for sheet in found.sheets]) for one in beside]
    table = history_table(
        [_("Item"), *(one.assessor for one in found.sheets)],
        [el("tr", el("td", label), [el("td", one) for one in words]) for label, words in rows],
    )
    go_on = el(
        "p",
        _("What they agree on stands in the form below; talk the others over, and answer each."),
        class_="cw-hint",
    )
    return join([said, table, go_on if settling else None])


def _fold_html(found: Round, n: int, is_folded: bool) -> Html:
    """Write the line that opens what all answered alike, with a count of it."""
    words = _("Answered alike: {n} items", n=n)
    if found.chosen.context and not found.differing_context:
        filled = any(found.sheets[0].context.values())
        words = _(
            "{items}, and what else the grade depends on",
            items=words,
        ) if filled else _(
            "{items}; nobody filled in what else the grade depends on", items=words
        )  # fmt: skip
    return el(
        "button",
        el("b", spaced(words)),
        el("span", _("Show") if is_folded else _("Fold away"), class_="cw-link"),
        type="button",
        class_="cw-fold-line",
        aria_expanded="false" if is_folded else "true",
        **offer("turn"),
    )


def _entered(field: ContextField, one: SheetView) -> str:
    """Say what an assessor entered beside the answers."""
    return context_words(field, one.context.get(field.key)) or _("not filled in")


def _said(item: Item, one: SheetView) -> str:
    """Say what an assessor answered to an item."""
    if item.key in one.unable:
        return _("cannot be assessed")
    answer = one.answers.get(item.key)
    return str(item.shown(answer)) if answer is not None else _("not answered")
