"""The form of an instrument, made from its data: one item a line, the last answer beside it.

Decides how a sheet is filled in; nothing is answered in advance and no score is shown before the
end, only how many items are answered. What was entered is kept as a draft with every answer.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from casework.errors import IncompleteAssessment, InvalidEntry
from casework.instruments import Answer, Instrument, Item, Sheet
from casework.instruments.choices import version_for
from casework.instruments.findings import unable_reasons
from casework.terms import _, day_of
from casework.ui import (
    ChoiceField,
    NumberField,
    Option,
    Panel,
    Screen,
    Shell,
    notice,
    stack,
)
from casework.ui.cards import card_of
from casework.ui.kept import OneKey
from casework.ui.screens.assessment_context import ContextFields, apart
from casework.ui.screens.assessment_how import how_fields, options_of
from casework.ui.screens.assessment_measured import Measured
from casework.ui.screens.assessment_parts import alert_html, form_lead, heading, progress_html
from casework.ui.screens.consent_parts import before_html
from casework.ui.wording import day_text
from casework.workbook.assessing import AssessmentEntry, AssessmentView

__all__ = ["AssessmentForm"]

UNABLE = "-"
"""Entry of an item that could not be assessed; the reason is given once for all of them."""
_OTHER = "other_codes"


class AssessmentForm(Screen):
    """One instrument to fill in for one person.

    Parameters
    ----------
    person_id : int
    chosen : Instrument
    corrects : int or None
        Assessment that the form replaces, filled in with its answers.
    """

    keeps_drafts = True

    def __init__(
        self, shell: Shell, person_id: int, chosen: Instrument, corrects: int | None = None
    ) -> None:
        super().__init__(
            shell,
            str(chosen.label),
            person=card_of(shell.wb, person_id, shell.on),
            lead=form_lead(chosen),
        )
        self.person_id, self.chosen, self.corrects = person_id, chosen, corrects
        # What is corrected is scored and read as it was, whatever is usual by now.
        self.version = version_for(chosen, self.wb.agency.scoring)
        self.banding: str | None = None
        self.before = self._before()
        self.alert, self.count = Panel(""), Panel("", missing=self.to_missing)
        self.answers: dict[str, ChoiceField | NumberField] = {}
        self.boxes: dict[str, Any] = {}  # what comes and goes
        self.context = ContextFields(chosen)
        self.measured = Measured(chosen, self.field)
        self._reckoned: dict[str, str] = {}
        self._silent, self.closed, self._kept = True, False, ""
        how = [self.field(one) for one in how_fields(chosen, shell.wb.today)]
        self._places = _places(chosen)
        sheet = self.sheet()
        self.why_unable = self.field(
            ChoiceField(
                "unable_reason",
                _("Why some items could not be assessed"),
                options_of(unable_reasons()),
                keyed=True,
            )
        )
        self.boxes["unable_reason"] = stack(self.why_unable, css="cw-form")
        asking = Panel(
            before_html(shell.wb.consents.states(person_id, as_of=shell.on), "assess"),
            consent=lambda: shell.go("consent", person=person_id),
        )
        self.body(
            self.alert,
            asking,
            *self.above(),
            stack(*how, css="cw-form cw-how"),
            *sheet,
            *self.around(),
            self.boxes["unable_reason"],
            self.actions(self.count, *self.ways()),
        )
        self._listen()
        self._fill()
        self._silent = False
        self.refresh()

    # -- what forms of assessors who answer alone have otherwise

    def above(self) -> list[Any]:
        """Give what stands over the form."""
        return []

    def sheet(self) -> list[Any]:
        """Give the items, group by group, each with its heading."""
        return self.grouped(list(self._places))

    def around(self) -> list[Any]:
        """Give the fields on what the grade depends on beside the answers, under a heading."""
        if not self.context.fields:
            return []
        for field in self.context.fields.values():
            self.field(field)
        title = _("What else the grade depends on")
        return [Panel(heading(title)), stack(*self.context.parts, css="cw-form cw-short")]

    def ways(self) -> list[Any]:
        """Give the actions, the one that is meant last."""
        leave = self.action(_("Keep as a draft and leave"), self.put_aside, kind="quiet")
        save = self.action(
            _("Save the assessment"), self.save, kind="primary", key="ctrl+s", form=OneKey()
        )
        return [leave, save]

    def beside(self, item: Item) -> str:
        """Give what stands under an item besides its help."""
        return ""

    # -- what the page does

    def refresh(self) -> None:
        """Show how far the form is, which items are asked, and what must not wait."""
        given = self.given()
        sheet = Sheet(self.chosen, given, {})
        shown = 0
        for item in self.chosen.items:
            asked = sheet.asked(item) is True  # not while the answers before it are open
            if item.ask_when is not None:
                self.boxes[item.key].layout.display = None if asked else "none"
            shown += asked and not (item.optional or item.stands_in_for)
        left = [key for key in self.missing(given) if self.answers[key].entry != UNABLE]
        self.count.set(progress_html(shown - len(left), shown, bool(left)))
        unable = any(field.entry == UNABLE for field in self.answers.values())
        self.boxes["unable_reason"].layout.display = None if unable else "none"

    def save(self) -> None:
        """Keep the assessment and show its result."""
        entry = self.entry()
        try:
            if self.corrects is None:
                done = self.wb.needs.record_assessment(entry)
            else:
                done = self.wb.needs.correct_assessment(self.corrects, entry)
        except IncompleteAssessment as refusal:
            self.answers[refusal.missing[0]].focus()
            raise
        self.closed = True
        self.said(_("Assessment saved."))
        self.shell.go("assessment", person=self.person_id, id=done.assessment.id)

    def put_aside(self) -> None:
        """Keep the form as it stands and go back to the instruments."""
        self.keep()
        self.closed = True
        self.said(_("Kept as a draft."))
        self.shell.go("assessment", person=self.person_id)

    def discard(self) -> None:
        """Throw the draft away and begin anew."""
        self.wb.needs.drop_draft(self.person_id, self.chosen.id)
        self.closed = True
        self.shell.go("assessment", person=self.person_id, instrument=self.chosen.id)

    def to_missing(self) -> None:
        """Put the cursor into the first item that wants an answer."""
        left = [key for key in self.missing() if self.answers[key].entry != UNABLE]
        if left:
            self.answers[left[0]].focus()

    def leave(self) -> None:
        """Keep what was entered when the screen is left."""
        if not self.closed and self.corrects is None and self.keeps_drafts:
            self.keep()

    def keep(self) -> None:
        """Keep the form as a draft, if anything was answered; raise what must not wait."""
        entries, given = self.entries(), self.given()
        if repr(entries) == self._kept or not (given or self._kept):
            return
        known = self.context.values(strict=False)
        tasks = self.wb.needs.keep_draft(self.person_id, self.chosen.id, entries, given, known)
        self._kept = repr(entries)
        if tasks and not self.alert.html:
            self.shell.say(_("A task for today was raised: see the top of the form."), "error")
        self._show_alerts()

    def _show_alerts(self) -> None:
        self.alert.set(alert_html(self.chosen, self.given(), self.context.values(strict=False)))

    # -- what was entered

    def given(self) -> dict[str, Answer]:
        """Give the answers that can be read, without those to items that are no longer asked."""
        found: dict[str, Answer] = {}
        for item in self.chosen.items:
            answer = self._answer(item)
            if answer is not None:
                found[item.key] = answer
        sheet = Sheet(self.chosen, found, {})
        return {
            item.key: found[item.key]
            for item in self.chosen.items
            if item.key in found and sheet.asked(item) is not False
        }

    def missing(self, given: dict[str, Answer] | None = None) -> list[str]:
        """Name the items that want an answer, as they stand on the form."""
        answers = self.given() if given is None else given
        sheet = Sheet(self.chosen, answers, {})
        wanted = {
            item.key
            for item in self.chosen.items
            if not (item.optional or item.stands_in_for)
            and sheet.asked(item)
            and sheet.number(item.key) is None
        }
        return [key for key in self.answers if key in wanted]

    def entry(self) -> AssessmentEntry:
        """Read the form.

        Raises
        ------
        InvalidEntry
            When an entry is refused; it is marked beside its field.
        """
        read = self.read()
        unable = {
            key: read["unable_reason"] or ""
            for key, field in self.answers.items()
            if field.entry == UNABLE
        }
        if unable and not read["unable_reason"]:
            raise InvalidEntry(
                _("Some items could not be assessed: choose why."), "unable_reason", None
            )
        return AssessmentEntry(
            person_id=self.person_id,
            instrument=self.chosen.id,
            assessed_on=read["assessed_on"],
            mode=read["mode"],
            informant=read["informant"],
            assessors=apart(read["assessors"]),
            answers=self.given(),
            context=self.context.values(),
            unable=unable,
            measured=self.measured.numbers(strict=True),
            banding=self.banding,
            version=self.version,
        )

    # -- how it is put together

    def _before(self) -> AssessmentView | None:
        if self.corrects is not None:
            done = self.wb.needs.assessed(self.corrects)
            self.version = done.assessment.version
            self.banding = done.assessment.banding or None
            return done.previous
        return self.wb.needs.previous_assessment(self.person_id, self.chosen.id)

    def grouped(self, keys: Collection[str]) -> list[Any]:
        """Make some of the items, each under the heading of its group."""
        parts: list[Any] = []
        for group in (None, *self.chosen.groups):
            items = [
                item
                for item in self.chosen.in_group(group.id if group else None)
                if item.key in keys
            ]
            if not items:
                continue
            head = [Panel(heading(str(group.label)))] if group else []
            parts += [*head, stack(*map(self._line, items), css="cw-form cw-items")]
        return parts

    def _line(self, item: Item) -> Any:
        """Make the line of an item; one that is not always asked can come and go."""
        above = self.measured.above(item.key)
        field = self._item_field(item)
        if item.ask_when is None and not above:
            return field
        self.boxes[item.key] = stack(*above, field, css="cw-form" if above else "")
        return self.boxes[item.key]

    def _item_field(self, item: Item) -> ChoiceField | NumberField:
        last = self.before.answers.get(item.key) if self.before else None
        hints = (str(item.help) if item.help else "", self.beside(item))
        more: dict[str, Any] = {"hint": _("; ").join(filter(None, hints))}
        if self.before and not self.before.total_only:
            more["previous"] = item.shown(last) or _("not assessed")
        label = f"{self._places[item.key]}. {item.label}"
        field: ChoiceField | NumberField
        if item.span:
            field = NumberField(item.key, label, least=item.span[0], most=item.span[1], **more)
        else:
            options = [
                Option(str(one.value), str(one.label)) for one in item.choices if one.offered
            ]
            if not item.stands_in_for:
                options.append(Option(UNABLE, _("cannot be assessed")))
            field = ChoiceField(
                item.key, label, options, most_chips=len(options), keyed=True, **more
            )
        self.answers[item.key] = self.field(field)
        return field

    def _listen(self) -> None:
        for field in self.fields.values():
            field.changed.append(self._changed)

    def _changed(self) -> None:
        if self._silent:
            return
        self._silent = True
        self.measured.choose(self.answers, self._reckoned)
        self._silent = False
        unasked = {key for key, box in self.boxes.items() if box.layout.display == "none"}
        self.refresh()
        self._go_on(unasked)
        if self.corrects is None and self.keeps_drafts:
            self.keep()

    def _go_on(self, unasked: Collection[str]) -> None:
        """Put the cursor into the first of the questions that an answer has just led to."""
        asked = [key for key in self.answers if key in unasked and self._is_shown(key)]
        if asked and asked[0] in self.missing()[:1]:
            self.answers[asked[0]].focus()

    def _is_shown(self, key: str) -> bool:
        return bool(self.boxes[key].layout.display != "none")

    def _fill(self) -> None:
        """Put in the day and who acts; then the draft, or what is to be corrected."""
        self.fields["assessed_on"].put(self.wb.today)
        self.fields["assessors"].put(self.wb.actor.name)
        draft = self.wb.needs.draft(self.person_id, self.chosen.id)
        if self.corrects is not None:
            self._put_back(self.wb.needs.assessed(self.corrects).assessment)
            self.tell(_("You are correcting an assessment. The old one stays in the history."))
        elif draft is not None:
            self.restore(dict(draft.values))
            self._kept = repr(self.entries())
            self._show_alerts()
            self._offer_anew(day_text(day_of(draft.saved_at)))

    def _offer_anew(self, day: str) -> None:
        anew = self.action(_("Begin anew"), self.discard, kind="quiet")
        words = _("You left this form half filled on {day}; it goes on from there.", day=day)
        self.children = [
            *self.children[:2],
            stack(Panel(notice(words)), anew, css="cw-draft"),
            *self.children[2:],
        ]

    def _put_back(self, old: AssessmentView) -> None:
        """Fill the form in with a kept assessment."""
        self.fields["assessed_on"].put(old.assessed_on)
        self.fields["mode"].put(old.mode)
        self.fields["informant"].put(old.informant)
        self.fields["assessors"].put("、".join(old.assessors))
        for key, field in self.answers.items():
            field.put(UNABLE if key in old.unable else _offered(self.chosen, key, old.answers))
        if old.unable:
            self.why_unable.put(next(iter(old.unable.values())))
        self.context.put(old.context)
        self.measured.put(old.measured)

    def _answer(self, item: Item) -> Answer | None:
        field = self.answers[item.key]
        if item.span:
            try:
                number = field.value
            except InvalidEntry:
                return None
            return int(number) if number is not None else None
        found = (one.value for one in item.choices if str(one.value) == field.entry)
        return next(found, None)


def _places(chosen: Instrument) -> dict[str, int]:
    """Number the items as they stand on the form, group by group."""
    groups = (None, *(group.id for group in chosen.groups))
    keys = (item.key for group in groups for item in chosen.in_group(group))
    return {key: number for number, key in enumerate(keys, start=1)}


def _offered(chosen: Instrument, key: str, answers: Any) -> str | int | None:
    """Give a kept answer as the form offers it; a coarser one has to be asked again."""
    item = chosen.item(key)
    found = item.choice(answers.get(key)) if item else None
    if item is not None and item.span:
        return answers.get(key)  # type: ignore[no-any-return]
    return str(found.value) if found and found.offered else None
