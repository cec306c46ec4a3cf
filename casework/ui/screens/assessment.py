"""Assessing a person: which instruments there are, the form of one, the result of one.

Who: the caseworker at the table with the person, or back at the desk with a paper form. Decides:
which help is needed, by a published key. Clicks: one for the instrument, one an answer, one to
save; from the keyboard a digit an answer.
"""

from __future__ import annotations

from typing import Any

from casework.instruments import Instrument
from casework.instruments.library import instrument as instrument_of
from casework.instruments.library import instrument_on, is_on
from casework.terms import _
from casework.ui import Panel, Screen, Shell
from casework.ui.cards import card_of
from casework.ui.screens.assessment_alone import AloneForm, alone_screen
from casework.ui.screens.assessment_form import AssessmentForm
from casework.ui.screens.assessment_parts import Shelf, choice_html, history_html
from casework.ui.screens.assessment_result import AssessmentResult
from casework.ui.screens.assessment_sheet import sheet_of
from casework.ui.screens.assessment_total import TotalForm

__all__ = ["AssessmentChoice", "screen"]


def screen(
    shell: Shell, person: str, instrument: str = "", id: str = "", again: str = "", way: str = ""
) -> Screen:
    """Make the screen that the address asks for.

    Parameters
    ----------
    instrument : str
        Open the form of this instrument.
    id : str
        Show the result of this assessment; with ``again`` its form, to correct it.
    way : {"", "total", "sheet", "alone"}
        Enter only the total of an old form, print the form, blank or filled in, or answer it as one
        of several assessors who do so alone.
    """
    if way == "sheet":
        return sheet_of(shell, int(person), instrument, int(id) if id else None)
    may_write = shell.as_of is None
    if id and may_write and again:
        return AssessmentForm(shell, int(person), _of_kept(shell, int(id)), int(id))
    if id:
        return AssessmentResult(shell, int(person), int(id))
    chosen = instrument_on(instrument, shell.on) if instrument else None
    if chosen is None or not (may_write and is_on(chosen, shell.wb.agency.instruments_on)):
        return AssessmentChoice(shell, int(person))
    if way == "total":
        return TotalForm(shell, int(person), chosen)
    if chosen.assessors > 1 and shell.wb.actor.staff_id is not None:
        under_way = alone_screen(shell, int(person), chosen)
        return under_way or AloneForm(shell, int(person), chosen, alone=way == "alone")
    return AssessmentForm(shell, int(person), chosen)


def _of_kept(shell: Shell, assessment_id: int) -> Instrument:
    """Give the instrument an assessment was scored with: a correction is scored by it again."""
    kept = shell.wb.needs.assessed(assessment_id).assessment
    return instrument_of(kept.instrument, kept.version)


class AssessmentChoice(Screen):
    """The instruments with the last result of each, and every assessment on file."""

    def __init__(self, shell: Shell, person_id: int) -> None:
        card = card_of(shell.wb, person_id, shell.on)
        super().__init__(
            shell,
            _("Assess"),
            person=card,
            lead=_("Choose an instrument. The last result of each stands beside it."),
        )
        self.person_id = person_id
        self.choice = Panel(
            "", fill=self.fill, result=self.result, total=self.total, blank=self.blank
        )
        self.history = Panel("", fill=self.fill, result=self.result)
        self.body(self.choice, self.history)
        self.refresh()

    def refresh(self) -> None:
        """Show what is on file now."""
        done = self.wb.needs.assessments(self.person_id, as_of=self.on)
        latest = {one.instrument: one for one in reversed(done)}
        drafts = self.wb.needs.drafts_of(self.person_id)
        can_edit, switched_on = self.shell.as_of is None, self.wb.agency.instruments_on
        self.choice.set(choice_html(Shelf(latest, drafts, switched_on, self.on, can_edit)))
        self.history.set(history_html(done, self.on))

    def fill(self, instrument: str) -> None:
        """Open the form of an instrument."""
        self._go(instrument=instrument)

    def total(self, instrument: str) -> None:
        """Open the form for a total whose answers are not on file."""
        self._go(instrument=instrument, way="total")

    def blank(self, instrument: str) -> None:
        """Open the blank form to print."""
        self._go(instrument=instrument, way="sheet")

    def result(self, id: int) -> None:
        """Open the result of an assessment."""
        self._go(id=id)

    def _go(self, **more: Any) -> None:
        self.shell.go("assessment", person=self.person_id, **more)
