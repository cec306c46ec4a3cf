"""The result of an assessment: the grade in words, what changed, what it means for needs."""

from __future__ import annotations

from casework.instruments.library import instrument
from casework.terms import _
from casework.ui import LongText, Panel, Screen, Shell, stack
from casework.ui.cards import card_of
from casework.ui.screens.assessment_alone import alone_html
from casework.ui.screens.assessment_reading import (
    answers_html,
    needs_of_result_html,
    result_html,
    years_html,
)
from casework.ui.screens.assessment_signed import signed_html
from casework.ui.widgets import Action

__all__ = ["AssessmentResult"]


class AssessmentResult(Screen):
    """One assessment as it was kept.

    Parameters
    ----------
    person_id, assessment_id : int
    """

    def __init__(self, shell: Shell, person_id: int, assessment_id: int) -> None:
        self.person_id, self.assessment_id = person_id, assessment_id
        self.done = shell.wb.needs.assessed(assessment_id)
        kept = self.done.assessment
        self.chosen = instrument(kept.instrument, kept.version)
        super().__init__(
            shell, str(self.chosen.label), person=card_of(shell.wb, person_id, shell.on)
        )
        self.result = Panel("")
        self.signed = Panel("", sign=self.sign, object=self.ask_objection)
        self.alone = Panel("")
        self.needs = Panel("", need=self.to_need)
        self.years = Panel("", result=self.to_result)
        self.answers = Panel("")
        self.slot = stack(css="cw-slot")
        parts = [
            self.result, self.signed, self.alone, self.needs, self.years, self.answers, self.slot,
        ]  # fmt: skip
        self.body(*parts, self._ways())
        self.refresh()

    def refresh(self) -> None:
        """Show the result with the needs as they stand now."""
        self.done = self.wb.needs.assessed(self.assessment_id)
        kept = self.done.assessment
        self.result.set(result_html(self.chosen, self.done))
        if self.chosen.assessors > 1 and not kept.total_only:
            signed = self.wb.signing.of(kept.id)
            may_sign = self.shell.as_of is None and signed.may_sign
            required = self.chosen.assessors_required
            self.signed.set(signed_html(signed, may_sign, required=required))
            sheets = self.wb.assessor_sheets.of_assessment(kept.id)
            self.alone.set(alone_html(sheets) if sheets else "")
        of_person = self.wb.needs.of_person(self.person_id, as_of=self.on, closed=True)
        ours = [one for one in of_person if one.assessment_id == kept.id]
        eased = self.wb.needs.eased_by(kept.id)
        self.needs.set(needs_of_result_html(ours, eased))
        every = self.wb.needs.assessments(self.person_id, self.chosen.id, as_of=self.on)
        self.years.set(years_html(self.chosen, every))
        self.answers.set(answers_html(self.chosen, kept))

    def sign(self) -> None:
        """Sign as one of the assessors."""
        self.wb.signing.sign(self.assessment_id)
        self.said(_("Signed."))
        self.refresh()

    def ask_objection(self) -> None:
        """Ask what the second assessor sees otherwise."""
        note = LongText("note", _("What you see otherwise"), longest=2_000, required=True)
        self.fields["note"] = note
        go = Action(
            _("Sign with this remark"), self.sign_otherwise, fields=self.fields, say=self.tell
        )
        stay = self.action(_("Leave as it is"), self.stay, kind="quiet")
        self.slot.children = [note, stack(stay, go, css="cw-actions")]
        note.focus()

    def sign_otherwise(self) -> None:
        """Sign with what is seen otherwise."""
        self.wb.signing.sign(self.assessment_id, agrees=False, note=self.fields["note"].value)
        self.stay()
        self.said(_("Signed."))
        self.refresh()

    def to_result(self, id: int) -> None:
        """Open another result of this instrument."""
        self.shell.go("assessment", person=self.person_id, id=id)

    def to_sheet(self) -> None:
        """Open the filled-in form to print."""
        self.shell.go("assessment", person=self.person_id, id=self.assessment_id, way="sheet")

    def to_need(self, id: int) -> None:
        """Open the needs of the person at this one."""
        self.shell.go("needs", person=self.person_id, need=id)

    def correct(self) -> None:
        """Open the form with these answers, to put them right."""
        self.shell.go(
            "assessment",
            person=self.person_id,
            instrument=self.chosen.id,
            id=self.assessment_id,
            again="1",
        )

    def ask_withdraw(self) -> None:
        """Ask why the assessment is withdrawn."""
        why = LongText("reason", _("Why it is withdrawn"), required=True)
        self.fields["reason"] = why
        go = Action(
            _("Withdraw this assessment"), self.withdraw, kind="danger", fields=self.fields,
            say=self.tell,
        )  # fmt: skip
        stay = self.action(_("Leave as it is"), self.stay, kind="quiet")
        self.slot.children = [why, stack(stay, go, css="cw-actions")]
        why.focus()

    def stay(self) -> None:
        """Take the question away again."""
        for name in ("reason", "note"):
            self.fields.pop(name, None)
        self.slot.children = []

    def withdraw(self) -> None:
        """Withdraw the assessment with its reason."""
        reason = self.fields["reason"].value
        self.wb.needs.withdraw_assessment(self.assessment_id, reason)
        self.said(_("Assessment withdrawn; it stays in the history."))
        self.shell.go("assessment", person=self.person_id)

    def again(self) -> None:
        """Go on with another instrument."""
        self.shell.go("assessment", person=self.person_id)

    def to_person(self) -> None:
        """Open the dossier."""
        self.shell.go("person", id=self.person_id)

    def _ways(self) -> object:
        ways = [self.action(_("Assess something else"), self.again)]
        if not self.done.assessment.total_only and self.chosen.text == "own":
            ways.append(self.action(_("Form to print"), self.to_sheet))
        if self.shell.as_of is None:
            ways.insert(0, self.action(_("Withdraw"), self.ask_withdraw, kind="quiet"))
            if not self.done.assessment.total_only:
                ways.insert(1, self.action(_("Correct"), self.correct, kind="quiet"))
        return self.actions(*ways, self.action(_("To the dossier"), self.to_person, kind="primary"))
