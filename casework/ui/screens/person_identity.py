"""Who a person is, on the dossier: names, the birth date that counts, the ID number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from casework.occasions import Birthday
from casework.reference import Agency, code_list
from casework.terms import _, day_in_words
from casework.ui import ChoiceField, Panel, TextField
from casework.ui.escape import Html, el, join
from casework.ui.parts import link, notice, section, state, unknown
from casework.ui.screens.person_editors import Editor, history_table, source_field, why_field
from casework.ui.wording import noted_on, span_text, weekday_text
from casework.workbook.birth_dates import BirthCandidate
from casework.workbook.dossier import Dossier, Identifier
from casework.workbook.identity import NumberVersion

if TYPE_CHECKING:
    from casework.ui.screens.person import PersonScreen

__all__ = [
    "AliasEditor",
    "BirthEditor",
    "NameEditor",
    "NumberEditor",
    "RevealEditor",
    "birth_html",
    "birthday_html",
    "names_html",
    "number_history",
    "number_html",
    "problem_words",
]


# ---------------------------------------------------------------- as it is read


def names_html(dossier: Dossier, can_edit: bool) -> Html:
    """Write the name and all others, each with its kind."""
    kinds = code_list("alias_kind")
    others = [
        join(
            [
                one.name,
                el("span", _("({kind})", kind=kinds.label_of(one.kind)), class_="cw-faint"),
                link(_("Strike out"), "end_alias", alias=one.id) if can_edit else "",
            ],
            " ",
        )
        for one in dossier.names
    ]
    ways = [link(_("Correct"), "edit_name"), link(_("Add a name"), "add_alias")]
    return join([dossier.name, *others, *(ways if can_edit else [])], " ")


def birth_html(dossier: Dossier, agency: Agency, can_edit: bool) -> Html | None:
    """Write the birth date that counts, on what it rests, and what contradicts it."""
    if dossier.born_on_earliest is None or dossier.born_on_latest is None:
        return None
    parts: list[object] = [span_text(dossier.born_on_earliest, dossier.born_on_latest)]
    if dossier.birth_reason:
        words = _(" by decision: {reason}", reason=dossier.birth_reason)
        parts.append(el("span", words, class_="cw-faint"))
    elif dossier.birth_source == "id":
        parts.append(el("span", _(" by the ID number"), class_="cw-faint"))
    elif dossier.birth_source == "file":
        parts.append(el("span", _(" by the files"), class_="cw-faint"))
    both = dossier.birth_dates
    if len(both) == 2 and not _agree(*both.values()):
        words = _(
            "ID number says {id}, the files say {file}",
            id=day_in_words(both["id"]),
            file=day_in_words(both["file"]),
        )
        parts += [" ", state("warning", words)]
    if can_edit:
        parts += [" ", link(_("Which date counts"), "edit_birth")]
    return join(parts)


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def birthday_html(dossier: Dossier) -> Html | None:
    """Write which birthday is kept, this year's day and the next one."""
    kept = dossier.birthday
    if kept is None:
        return None
    if kept.calendar == "lunar" and not kept.lunar:
        return unknown(_("lunar day not known"))
    name = _("lunar {day}", day=kept.lunar) if kept.calendar == "lunar" else _("solar")
    parts: list[object] = [name]
    if not kept.is_told:
        parts.append(el("span", _(" (nobody asked which is kept)"), class_="cw-faint"))
    if dossier.died_on is not None:
        return join(parts)
    this_year = [_birthday_text(one) for one in kept.this_year]
    if this_year:
        parts.append(_("; this year {days}", days="、".join(this_year)))
    elif kept.calendar == "lunar":
        parts.append(_("; none in this solar year"))
    if kept.coming is not None and kept.coming not in kept.this_year:
        parts.append(_("; next {day}", day=_birthday_text(kept.coming)))
    if kept.coming is not None:
        turns = _("turns {n}", n=kept.coming.turns)
        nominal = kept.coming.nominal
        if kept.calendar == "lunar" and nominal is not None:
            turns = _("turns {n}, {nominal} by the old count", n=kept.coming.turns, nominal=nominal)
        parts.append(el("span", f" {turns}", class_="cw-faint"))
    return join(parts)


def _birthday_text(one: Birthday) -> str:
    if one.earliest != one.latest:
        return span_text(one.earliest, one.latest)
    return f"{span_text(one.earliest, one.earliest)} {weekday_text(one.earliest)}"


def number_html(dossier: Dossier, can_edit: bool) -> Html:
    """Write the ID number, masked, with what is wrong with it and the ways to it."""
    parts: list[object] = []
    for one in dossier.identifiers:
        parts.append(one.masked)
        if one.problem:
            parts.append(state("warning", problem_words(one)))
        if can_edit:
            parts.append(link(_("Show in full"), "reveal", identifier=one.id))
    if not dossier.identifiers and dossier.numbers_kept:
        return el("span", _("kept by the caseworker"), class_="cw-faint")
    if not dossier.identifiers:
        parts.append(unknown())
    if dossier.identifiers:
        parts.append(link(_("History"), "number_history"))
    if can_edit:
        parts.append(link(_("Correct") if dossier.identifiers else _("Enter"), "edit_number"))
    return join(parts, " ")


def problem_words(one: Identifier) -> str:
    """Say what is wrong with a number, in a few words."""
    return {
        "bad_check_digit": _("a digit is wrong: the check digit does not fit"),
        "truncated_number": _("cut by a spreadsheet"),
        "impossible_date": _("no such day in the number"),
        "bad_length": _("wrong number of digits"),
    }.get(one.problem or "", _("the number cannot be right"))


def number_history(versions: Sequence[NumberVersion], close: Callable[[], None]) -> Panel:
    """Show every ID number on file, masked, the latest first; replaced ones are struck out."""
    rows = []
    for one in versions:
        known = Identifier(0, "resident_id", one.masked, one.problem)
        written = f"{one.recorded_by} {noted_on(one.recorded_at)}" if one.recorded_at else ""
        rows.append(
            el(
                "tr",
                el("td", el("s", one.masked) if one.is_replaced else one.masked),
                el("td", problem_words(known) if one.problem else ""),
                el("td", " · ".join(part for part in (one.source, one.reason) if part)),
                el("td", written),
            )
        )
    heads = [_("Resident ID"), _("Remarks"), _("Source"), _("Written down")]
    shown = section(
        _("History: {field}", field=_("Resident ID")),
        history_table(heads, rows),
        aside=link(_("Close"), "close"),
    )
    return Panel(shown, close=close)


# ---------------------------------------------------------------- editors


class NameEditor(Editor):
    """Correct the name, or write down that it changed."""

    def __init__(self, screen: PersonScreen, done: Callable[[], None]) -> None:
        self.seen = screen.dossier.name
        name = TextField("name", _("Name"), required=True, longest=60, previous=self.seen)
        super().__init__(screen, _("Name"), [name, source_field(), why_field()], done)

    def look_again(self) -> None:
        """See the name that stands there now."""
        self.seen = self.screen.wb.people.dossier(self.screen.person_id).name

    def save(self) -> None:
        """Write the name; the old one stays as a former name unless it was wrong."""
        read = self.read()
        self.screen.wb.identity.rename(
            self.screen.person_id,
            read["name"],
            source=read["source"],
            mistake=read["why"] == "correction",
            seen=self.seen,
        )
        self.finish(_("{field} saved.", field=_("Name")))


class AliasEditor(Editor):
    """Write down another name."""

    def __init__(self, screen: PersonScreen, done: Callable[[], None]) -> None:
        kinds = {one.code: one.label for one in code_list("alias_kind").entries}
        fields = [
            TextField("name", _("Name"), required=True, longest=60),
            ChoiceField("kind", _("Kind of name"), kinds, required=True),
            source_field(),
        ]
        super().__init__(screen, _("Add a name"), fields, done)

    def save(self) -> None:
        """Write the name; the person is found by it from now on."""
        read = self.read()
        self.screen.wb.identity.add_alias(
            self.screen.person_id, read["name"], read["kind"], source=read["source"]
        )
        self.finish(_("Added."))


class BirthEditor(Editor):
    """Choose which birth date counts, with the reason."""

    def __init__(self, screen: PersonScreen, done: Callable[[], None]) -> None:
        known = screen.wb.identity.birth_candidates(screen.person_id)
        options = {one.source: _candidate_words(one) for one in known}
        options["rule"] = _("by the agency's rule, as for everybody")
        fields = [
            ChoiceField("source", _("Which date counts"), options, required=True, most_chips=9),
            TextField(
                "reason",
                _("Why"),
                longest=200,
                suggestions=[_("checked against the personnel file"), _("decided by the agency")],
            ),
        ]
        super().__init__(screen, _("Which birth date counts"), fields, done)

    def save(self) -> None:
        """Write the choice; age, birthday and tasks follow it."""
        read = self.read()
        self.screen.wb.identity.choose_birth(
            self.screen.person_id, read["source"], reason=read["reason"] or ""
        )
        self.finish(_("{field} saved.", field=_("Birth date")))


def _candidate_words(one: BirthCandidate) -> str:
    where = {
        "id": _("ID number"),
        "file": _("the files"),
        "stated": _("the lunar day that was told"),
    }
    day = span_text(one.earliest, one.latest)
    return _("{source}: {day}", source=where[one.source], day=day)


class NumberEditor(Editor):
    """Enter or correct the ID number; what is wrong with one is explained."""

    is_draft = False

    def __init__(self, screen: PersonScreen, done: Callable[[], None]) -> None:
        held = screen.dossier.identifiers
        self.seen = held[0].id if held else 0
        fields = [
            TextField(
                "number",
                _("Resident ID"),
                required=True,
                longest=40,
                previous=held[0].masked if held else None,
                hint=_("As it stands on the card; the birth date and sex follow from it."),
            ),
            source_field(),
            TextField("reason", _("Why it is changed"), longest=200),
            ChoiceField(
                "keep",
                _("If the number cannot be right"),
                {"keep": _("It stands so on the card: keep it with a flag")},
            ),
        ]
        super().__init__(screen, _("Resident ID"), fields, done)

    def look_again(self) -> None:
        """See which number stands there now."""
        held = self.screen.wb.people.dossier(self.screen.person_id).identifiers
        self.seen = held[0].id if held else 0

    def save(self) -> None:
        """Write the number; the one before stays in the history."""
        read = self.read()
        self.screen.wb.identity.record_number(
            self.screen.person_id,
            read["number"],
            source=read["source"],
            reason=read["reason"] or "",
            keep_damaged=read["keep"] == "keep",
            seen=self.seen,
        )
        self.finish(_("{field} saved.", field=_("Resident ID")))


class RevealEditor(Editor):
    """Show a number in full, for a reason that is written down."""

    is_draft = False

    def __init__(self, screen: PersonScreen, identifier: int, done: Callable[[], None]) -> None:
        self.identifier = identifier
        self.shown = Panel("")
        reasons = [_("medical card"), _("payment"), _("an application"), _("checking the files")]
        reason = TextField(
            "reason",
            _("What the full number is needed for"),
            required=True,
            longest=200,
            suggestions=reasons,
            hint=_("Your name, the time and this reason are written down."),
        )
        super().__init__(
            screen,
            _("Show the ID number in full"),
            [reason],
            done,
            verb=_("Show in full"),
            more=[self.shown],
        )

    def save(self) -> None:
        """Show the number once; leaving the editor hides it again."""
        read = self.read()
        number = self.screen.wb.identity.reveal(self.identifier, reason=read["reason"])
        grouped = " ".join((number[:6], number[6:14], number[14:])).strip()
        self.shown.set(notice(grouped, "info"))
