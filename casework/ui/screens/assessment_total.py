"""The total of a form whose answers are not on file: an old paper form, a report of a hospital.

Who: the caseworker with the paper in hand. Decides: nothing new; puts an earlier result beside
those of today. Clicks: one for the instrument, three fields, one to save. A total that no answers
add up to is refused.
"""

from __future__ import annotations

from casework.instruments import Instrument
from casework.instruments.choices import version_for
from casework.instruments.refusals import total_in_words
from casework.terms import _
from casework.ui import NumberField, Panel, Screen, Shell, stack
from casework.ui.cards import card_of
from casework.ui.kept import OneKey
from casework.ui.screens.assessment_context import ContextFields, apart
from casework.ui.screens.assessment_how import how_fields
from casework.ui.screens.assessment_parts import form_lead, heading
from casework.workbook.assessing import AssessmentEntry

__all__ = ["TotalForm"]


class TotalForm(Screen):
    """One total to enter for one person.

    Parameters
    ----------
    person_id : int
    chosen : Instrument
    """

    def __init__(self, shell: Shell, person_id: int, chosen: Instrument) -> None:
        super().__init__(
            shell,
            _("{instrument}: only the total", instrument=chosen.label),
            person=card_of(shell.wb, person_id, shell.on),
            lead=form_lead(chosen),
        )
        self.person_id, self.chosen = person_id, chosen
        self.context = ContextFields(chosen)
        how = [self.field(one) for one in how_fields(chosen, shell.wb.today)]
        self.total = self.field(
            NumberField(
                "total",
                _("Total of the form"),
                hint=_("Possible: {totals}", totals=total_in_words(chosen)),
                required=True,
            )
        )
        self.fields["assessors"].put(self.wb.actor.name)
        leave = self.action(_("Back"), self.leave_it, kind="quiet")
        save = self.action(
            _("Save the assessment"), self.save, kind="primary", key="ctrl+s", form=OneKey()
        )
        self.body(
            stack(*how, self.total, css="cw-form cw-how"),
            *self._around(),
            self.actions(leave, save),
        )

    def save(self) -> None:
        """Keep the total and show how it is read."""
        read = self.read()
        entry = AssessmentEntry(
            person_id=self.person_id,
            instrument=self.chosen.id,
            assessed_on=read["assessed_on"],
            mode=read["mode"],
            informant=read["informant"],
            assessors=apart(read["assessors"]),
            context=self.context.values(),
            total=read["total"],
            version=version_for(self.chosen, self.wb.agency.scoring),
        )
        done = self.wb.needs.record_assessment(entry)
        self.said(_("Assessment saved."))
        self.shell.go("assessment", person=self.person_id, id=done.assessment.id)

    def leave_it(self) -> None:
        """Go back to the instruments."""
        self.shell.go("assessment", person=self.person_id)

    def _around(self) -> list[object]:
        if not self.context.fields:
            return []
        for field in self.context.fields.values():
            self.field(field)
        title = heading(_("What else the grade depends on"))
        return [Panel(title), stack(*self.context.parts, css="cw-form cw-short")]
