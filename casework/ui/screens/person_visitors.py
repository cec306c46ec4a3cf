"""Whom a person wants to come to the door, and whom not: shown, entered and taken back.

Decides how such a wish stands in the dossier; what it weighs in a roster or a pairing is decided
there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from casework.terms import _, day_of
from casework.ui import ChoiceField, TextField
from casework.ui.escape import Html, el, join
from casework.ui.parts import definition_list, link, state, unknown
from casework.ui.screens.person_editors import Editor
from casework.ui.wording import day_text
from casework.workbook.dossier import Dossier
from casework.workbook.staffing import WishedFor

if TYPE_CHECKING:
    from casework.ui.screens.person import PersonScreen

__all__ = ["VisitorEditor", "visitors_html", "wished_text"]

_FACTS = ("visitor_sex", "visit_times")


def visitors_html(dossier: Dossier, wishes: Sequence[WishedFor], can_edit: bool) -> Html:
    """Write who may come, as the person wants it, and when; what nobody asked is seen as such."""
    rows: list[tuple[object, object]] = [(wished_text(one), _row(one, can_edit)) for one in wishes]
    known = {one.definition.code: one for section in dossier.sections for one in section.fields}
    for code in _FACTS:
        if code in known:
            field = known[code]
            shown = field.shown or _("asked: none") if field.is_known else unknown()
            way = link(_("Change"), "edit", fact=code) if can_edit else ""
            rows.append((field.definition.label, join([shown, " ", way])))
    add = link(_("Somebody they want, or do not want"), "visitor") if can_edit else None
    return join([
        el("h3", _("Who may come, and when")),
        definition_list(rows) if rows else None,
        el("p", add) if add else None,
    ])  # fmt: skip


def wished_text(one: WishedFor) -> str:
    """Say in a word how somebody is wished for."""
    return _("wants to be visited by") if one.is_wanted else _("does not want to be visited by")


def _row(one: WishedFor, can_edit: bool) -> Html:
    said = state("done", one.name) if one.is_wanted else state("warning", one.name)
    why = el("span", " ", one.reason or "", " ", day_text(day_of(one.recorded_at)),
             class_="cw-faint")  # fmt: skip
    way = link(_("No longer so"), "end_visitor", staff=one.staff_id) if can_edit else ""
    return join([said, why, " ", way])


class VisitorEditor(Editor):
    """Write down whether somebody is wanted at the door."""

    def __init__(self, screen: PersonScreen, done: Callable[[], None]) -> None:
        staff = {str(one.id): one.name for one in screen.wb.people.staff()}
        fields = [
            ChoiceField("staff", _("Member of staff"), staff, required=True),
            ChoiceField(
                "wanted",
                _("What the person says"),
                {"yes": _("wants them to come"), "no": _("does not want them to come")},
                required=True,
            ),
            TextField("reason", _("Why is that?"), longest=500,
                      hint=_("In the person's words; it is read by whoever sees the dossier")),
        ]  # fmt: skip
        super().__init__(screen, _("Who may come, and when"), fields, done)

    def save(self) -> None:
        """Write the wish in the place of what was said about the same member of staff."""
        read = self.read()
        self.screen.wb.staffing.wish(
            self.screen.person_id,
            int(read["staff"]),
            read["wanted"] == "yes",
            reason=read["reason"] or "",
        )
        self.finish(_("Written down. The next roster goes by it."))
