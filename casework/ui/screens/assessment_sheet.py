"""An instrument on paper: the blank form to take along, or the filled-in one for the file; A4.

Who: the caseworker who goes out without a screen, the supervisor who files what was signed.
Decides: nothing; the sheet says what the form on screen says, with boxes to tick.
"""

from __future__ import annotations

from casework.instruments import Instrument, Item
from casework.instruments.findings import informants, unable_reasons
from casework.instruments.library import instrument as instrument_of
from casework.instruments.library import instrument_on
from casework.reference import code_list
from casework.terms import _
from casework.ui import Html, Panel, Screen, Shell, el, join
from casework.ui.cards import card_of
from casework.ui.parts import PersonCard
from casework.ui.screens.assessment_parts import level_words, unable_words
from casework.ui.widgets import Printer
from casework.ui.wording import day_text
from casework.workbook.assessing import AssessmentView

__all__ = ["AssessmentSheet", "sheet_html", "sheet_of"]

_BOX, _TICKED = "☐", "☑"
_LINE = "＿" * 6


class AssessmentSheet(Screen):
    """One instrument as it is printed.

    Parameters
    ----------
    person_id : int
    chosen : Instrument
    kept : AssessmentView or None
        The assessment whose answers are ticked; None prints the blank form.
    """

    def __init__(
        self, shell: Shell, person_id: int, chosen: Instrument, kept: AssessmentView | None = None
    ) -> None:
        super().__init__(shell, str(chosen.label))
        self.person_id, self.kept = person_id, kept
        day = kept.assessed_on if kept else shell.on
        card = card_of(shell.wb, person_id, day)
        self.sheet = Panel(sheet_html(chosen, card, str(shell.wb.agency.label), kept))
        self.body(
            self.sheet,
            self.actions(
                self.action(_("Back"), self.back, kind="quiet"),
                Printer(
                    _("Print"),
                    head=f"{chosen.label} · {card.name}",
                    day=day_text(day),
                    kind="primary",
                ),
            ),
        )

    def back(self) -> None:
        """Go back to the result, or to the instruments."""
        more = {"id": self.kept.id} if self.kept else {}
        self.shell.go("assessment", person=self.person_id, **more)


def sheet_of(shell: Shell, person_id: int, code: str, assessment_id: int | None) -> AssessmentSheet:
    """Make the sheet of an assessment, or the blank one of an instrument."""
    if assessment_id is None:
        return AssessmentSheet(shell, person_id, instrument_on(code, shell.on))
    kept = shell.wb.needs.assessed(assessment_id).assessment
    return AssessmentSheet(shell, person_id, instrument_of(kept.instrument, kept.version), kept)


def sheet_html(
    chosen: Instrument, card: PersonCard, agency: str, kept: AssessmentView | None
) -> Html:
    """Write the sheet: who, when and by whom, every item with its answers, how it is read."""
    number = 0
    parts: list[object] = []
    for group in (None, *chosen.groups):
        rows = []
        for item in chosen.in_group(group.id if group else None):
            number += 1
            rows.append(_row(number, item, kept))
        if rows:
            head = el("tr", el("th", group.label, colspan="2", scope="colgroup")) if group else None
            parts.append(el("tbody", head, rows))
    small = [f"{chosen.id} · {_('scoring version {version}', version=chosen.version)}"]
    if chosen.reserve:
        small.append(str(chosen.reserve))
    return el(
        "article",
        el("p", agency, class_="cw-sheet-agency"),
        el("h2", chosen.label),
        _who(card, chosen, kept),
        el("p", chosen.window, class_="cw-sheet-window") if chosen.window else None,
        el("table", parts, class_="cw-sheet-items"),
        _around(chosen, kept),
        _reading(chosen, kept),
        el("p", " · ".join(small), class_="cw-small"),
        class_="cw-sheet",
    )


def _who(card: PersonCard, chosen: Instrument, kept: AssessmentView | None) -> Html:
    age = str(card.age) if card.age is not None else _LINE
    told = [
        (_("Name"), card.name),
        (_("Sex"), card.sex or _LINE),
        (_("Age"), age),
        (_("Day"), day_text(kept.assessed_on) if kept else _LINE * 2),
    ]
    names = "、".join(kept.assessors) if kept else "，".join([_LINE * 2] * chosen.assessors)
    modes = [one for one in code_list("assessment_mode").entries if one.code in chosen.modes]
    how = [(str(one.label), kept is not None and kept.mode == one.code) for one in modes]
    by = [
        (str(one.label), kept is not None and kept.informant == one.code)
        for one in informants().entries
    ]
    lines = [
        el("p", [el("span", _said(name), el("b", value), "　") for name, value in told]),
        el("p", el("span", _said(_("Assessed by"))), el("b", names)),
        el("p", el("span", _said(_("How it was assessed"))), _boxes(how)),
        el("p", el("span", _said(_("Who gave the answers"))), _boxes(by)),
    ]
    return el("div", lines, class_="cw-sheet-who")


def _row(number: int, item: Item, kept: AssessmentView | None) -> Html:
    asked = el("span", item.help, class_="cw-sheet-help") if item.help else None
    return el(
        "tr",
        el("th", f"{number}. ", item.label, asked, scope="row"),
        el("td", _answers(item, kept)),
    )


def _answers(item: Item, kept: AssessmentView | None) -> object:
    given = kept.answers.get(item.key) if kept else None
    if kept and item.key in kept.unable:
        why = unable_reasons().label_of(kept.unable[item.key])
        return f"{_TICKED} " + _("cannot be assessed ({why})", why=why)
    if item.span:
        low, high = item.span
        return str(given) if given is not None else f"{_LINE} {low}–{high}"
    options = [
        (f"{one.points} {one.label}", given is not None and one.value == given)
        for one in item.choices
        if one.offered or one.value == given
    ]
    return _boxes(options)


def _boxes(options: list[tuple[str, bool]]) -> Html:
    return join(
        el("span", _TICKED if ticked else _BOX, " ", words, class_="cw-sheet-box")
        for words, ticked in options
    )


def _said(name: object) -> str:
    """Write a name before its value."""
    return _("{name}: ", name=name)


def _around(chosen: Instrument, kept: AssessmentView | None) -> Html | None:
    """Write what the grade depends on beside the answers."""
    lines: list[Html] = []
    for field in chosen.context:
        if not field.asked:
            continue
        given = kept.context.get(field.key) if kept else None
        value: object
        if field.kind == "events":
            counts = given if isinstance(given, dict) else {}
            value = join(
                el("span", f"{one.label} {counts.get(str(one.value), _LINE[:2])}", " ",
                   class_="cw-sheet-box")
                for one in field.choices
            )  # fmt: skip
        elif field.kind == "icd10":
            codes = given if isinstance(given, list | tuple) else []
            named = [(str(one.label), str(one.value) in codes) for one in field.choices]
            named.append((_("none of these"), given is not None and not codes))
            rest = [code for code in codes if code not in {str(c.value) for c in field.choices}]
            value = join([_boxes(named), el("span", _("Other"), " ", "、".join(rest) or _LINE)])
        elif field.kind == "flag":
            value = _boxes([(_("yes"), given is True), (_("no"), given is False)])
        elif field.kind == "choice":
            value = _boxes([(str(one.label), one.value == given) for one in field.choices])
        else:
            value = str(given) if given is not None else _LINE
        lines.append(el("p", el("span", _said(field.label)), value))
    return el("div", lines, class_="cw-sheet-who") if lines else None


def _reading(chosen: Instrument, kept: AssessmentView | None) -> Html:
    """Write the result, or the bands to read the blank form by, and where to sign."""
    banding = chosen.banding(kept.banding or None) if kept else chosen.banding()
    if kept is not None:
        words = level_words(kept) if kept.complete else unable_words(kept)
        result = el("p", el("span", _said(_("Result"))), el("b", words))
    else:
        bands = sorted(banding.bands, key=lambda one: one.level)
        spans = [
            f"{band.label} {band.low}–{band.high}" if band.low != band.high
            else f"{band.label} {band.low}"
            for band in bands
        ]  # fmt: skip
        if chosen.counts_points:
            read = _("; ").join(spans) if banding.of == chosen.total else ""
            result = el("p", el("span", _said(_("Total"))), _LINE, "　", read)
        else:  # a grade out of rules: there is no sum to write down
            grades = [(str(band.label), False) for band in bands]
            result = el("p", el("span", _said(_("Result"))), _boxes(grades))
    signed = el("p", [f"{_said(_('Signed'))}{_LINE * 2}　" for _n in range(chosen.assessors)])
    return el("div", result, signed, class_="cw-sheet-who cw-sheet-end")
