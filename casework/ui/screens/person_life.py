"""What happens in a person's life, on the dossier: entered in few clicks, with what follows.

Who: the caseworker on the phone with a daughter. Decides: whether what follows for plan and tasks
is right, before it is written. Clicks: what happened, what follows, write; and one to take it back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from casework.factvalues import FactValue
from casework.reference import code_list
from casework.terms import _, run_on
from casework.ui import DateField, Panel, TextField
from casework.ui.cards import case_words
from casework.ui.escape import Html, el, join
from casework.ui.parts import folding, link, state
from casework.ui.screens.person_editors import Editor, source_field
from casework.ui.wording import day_text
from casework.workbook.dossier import Dossier
from casework.workbook.life import Consequences, LifeEvent

if TYPE_CHECKING:
    from casework.ui.screens.person import PersonScreen

__all__ = ["LifeEditor", "life_html"]


def life_html(dossier: Dossier, can_edit: bool) -> Html:
    """Write where the person is now, the times away, and what may have happened."""
    now = [
        el("li", state("warning", case_words(dossier.case)))
        if not dossier.case.is_open and dossier.died_on is None
        else None,
        el("li", state("warning", _("died on {day}", day=day_text(dossier.died_on))))
        if dossier.died_on is not None
        else None,
        el("li", state("due", dossier.field("hospital_status").shown))
        if _in_hospital(dossier)
        else None,
    ]
    stays = [
        el(
            "li",
            f"{day_text(one.away_from)} – ",
            day_text(one.away_to) if one.away_to else _("open"),
            " ",
            el("b", one.place),
            " ",
            one.phone or None,
            " ",
            state("due", _("away now")) if one.is_now else None,
            " ",
            link(_("Withdraw"), "end_stay", stay=one.id) if can_edit else None,
        )
        for one in dossier.stays
    ]
    rows = [row for row in (*now, *stays) if row is not None]
    shown = (
        el("ul", rows, class_="cw-plain-list")
        if rows
        else el("p", _("At home; no seasonal stay on file."), class_="cw-faint")
    )
    ways = (
        el(
            "p",
            el("span", _("Something happened?"), class_="cw-faint"),
            " ",
            join((link(label, "happened", kind=kind) for kind, label in _possible(dossier)), " "),
            class_="cw-ways",
        )
        if can_edit
        else None
    )
    note = _("{n} entries", n=len(rows)) if rows else _("at home")
    return folding(_("Hospital, away, moved, died"), shown, ways, name="dossier.life", note=note)


def _in_hospital(dossier: Dossier) -> bool:
    held = dossier.field("hospital_status").entries
    return FactValue(held[-1].value if held else "").value in ("inpatient", "long_term")


def _possible(dossier: Dossier) -> list[tuple[str, object]]:
    """Offer what can have happened in the state a person is in."""
    if dossier.died_on is not None:
        kinds: tuple[str, ...] = ()
    elif not dossier.case.is_open:
        kinds = ("reopened", "died")
    else:
        kinds = (
            "hospital_out" if _in_hospital(dossier) else "hospital_in",
            "returned" if dossier.away_now is not None else "away",
            "moved_away",
            "handed_over",
            "died",
        )
    entries = {one.code: one.label for one in code_list("life_event").entries}
    return [(kind, entries[kind]) for kind in kinds]


class LifeEditor(Editor):
    """Write down what happened: the first press tells what follows, the second writes it."""

    def __init__(self, screen: PersonScreen, kind: str, done: Callable[[], None]) -> None:
        self.kind = kind
        self.foreseen: LifeEvent | None = None
        self.follows = Panel("")
        label = str(code_list("life_event").label_of(kind))
        super().__init__(
            screen,
            label,
            _fields(kind, screen.wb.today),
            done,
            verb=_("See what follows"),
            more=[self.follows],
        )

    def about(self) -> str:
        """Tell what happened."""
        return self.kind

    def save(self) -> None:
        """Tell what follows; once it was told for just this, write it."""
        event = self._event()
        life = self.screen.wb.life
        if event != self.foreseen:
            follows = life.foresee(self.screen.person_id, event)
            self.foreseen = event
            self.follows.set(follows_html(follows))
            self.write.show(label=_("Write it down"))
            return
        life.record(self.screen.person_id, event)
        self.finish(_("{field} saved.", field=code_list("life_event").label_of(self.kind)))

    def _event(self) -> LifeEvent:
        read = self.read()
        return LifeEvent(
            self.kind,
            read["on"],
            read["source"],
            until=read.get("until"),
            place=read.get("place"),
            phone=read.get("phone"),
        )


def _fields(kind: str, today: Any) -> list[Any]:
    """Ask only for what matters about this kind of event."""
    ahead = {} if kind == "away" else {"latest": today}
    days = {
        "away": _("First day away"),
        "returned": _("First day back"),
        "died": _("Day of death"),
        "hospital_in": _("Day of admission"),
        "hospital_out": _("Day of discharge"),
    }
    places = {
        "hospital_in": _("Hospital and ward"),
        "away": _("Where"),
        "moved_away": _("Where to"),
        "handed_over": _("Agency that takes over"),
    }
    fields: list[Any] = [
        DateField("on", days.get(kind, _("On which day")), on=today, required=True, **ahead)
    ]
    if kind == "away":
        fields.append(
            DateField("until", _("Last day away"), on=today, hint=_("Empty while it is open"))
        )
    if kind in places:
        required = kind != "hospital_in"
        fields.append(TextField("place", places[kind], required=required, longest=100))
    if kind in ("away", "moved_away", "hospital_in"):
        fields.append(TextField("phone", _("Phone there"), longest=40))
    return [*fields, source_field()]


_FATES = ("cancelled", "excused", "moved", "restored", "made")


def _fate_text(fate: str, n: int) -> str:
    """Say what becomes of tasks."""
    return {
        "cancelled": _("{n} tasks fall away.", n=n),
        "excused": _("{n} tasks rest as excused.", n=n),
        "moved": _("{n} tasks get another day or channel.", n=n),
        "restored": _("{n} tasks come back.", n=n),
        "made": _("{n} tasks are new.", n=n),
    }[fate]


def follows_html(follows: Consequences) -> Html:
    """Write what an event would do to the plan and the tasks."""
    counted = ((fate, follows.counts.get(fate, 0)) for fate in _FATES)
    sentences = [_fate_text(fate, n) for fate, n in counted if n]
    if follows.plan_ends:
        sentences.append(_("The plan in force ends."))
    elif follows.plan_changes:
        sentences.append(_("The plan gets a new version."))
    for one in follows.survivors:
        sentences.append(_("{name} is written down as widowed.", name=one.name))
        if one.lives_otherwise:
            sentences.append(_("How {name} lives now is to be found out.", name=one.name))
    for late in follows.passed:
        sentences.append(
            _(
                "“{what}” was due by {day}: there is no task for it any more, so see to it now.",
                what=late.title,
                day=day_text(late.due_on),
            )
        )
    if not sentences:
        sentences.append(_("Nothing changes for plan and tasks."))
    fates = {
        "cancelled": _("falls away"),
        "excused": _("rests"),
        "moved": _("changes"),
        "restored": _("comes back"),
        "made": _("new"),
    }
    rows = [
        el(
            "li",
            day_text(one.due_on),
            " ",
            _("{name}: {what}", name=one.whose, what=one.title) if one.whose else one.title,
            " ",
            el("span", fates[one.fate], class_="cw-faint"),
        )
        for one in follows.tasks
    ]
    more = sum(follows.counts.values()) - len(follows.tasks)
    if more > 0:
        rows.append(el("li", _("and {n} more", n=more), class_="cw-faint"))
    return el(
        "div",
        el("p", el("b", _("What follows: ")), run_on(sentences)),
        el("ul", rows, class_="cw-plain-list") if rows else None,
        el("p", _("You can take it back afterwards."), class_="cw-faint"),
        class_="cw-notice cw-notice-info",
        role="status",
    )
