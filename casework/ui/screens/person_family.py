"""The people around a person on the dossier: read, edited in place, with their history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from casework.errors import InvalidEntry
from casework.reference import code_list
from casework.terms import _
from casework.ui import ChoiceField, NumberField, Panel, TextField, stack
from casework.ui.escape import Html, el, join
from casework.ui.parts import folding, link, section, state, unknown
from casework.ui.screens.person_editors import Editor, history_table, source_field, why_field
from casework.ui.wording import day_text, noted_on, spaced
from casework.workbook.dossier import Dossier, Related
from casework.workbook.family import RelatedEntry, RelatedVersion
from casework.workbook.finding import Found

if TYPE_CHECKING:
    from casework.ui.screens.person import PersonScreen

__all__ = [
    "LinkEditor",
    "RelatedEditor",
    "phone_html",
    "related_history",
    "related_html",
    "relative_words",
]

_CHILDREN_COME = "children_come"
_CHILDREN = ("son", "daughter", "child")
_SHORTEST_NUMBER = 7
_FOUND_SHOWN = 12


def related_html(dossier: Dossier, can_edit: bool) -> Html:
    """Write family and emergency contacts, whom to call first on top."""
    bereft = dossier.died_on is not None
    rows = [el("li", _relative(one, can_edit, bereft)) for one in dossier.related]
    shown = (
        el("ul", rows, class_="cw-plain-list") if rows else el("p", unknown(_("nobody on file")))
    )
    add = link(_("Add somebody"), "add_related") if can_edit else ""
    n = len(rows)
    return folding(
        _("Family and emergency contacts"),
        _children_come(dossier),
        shown,
        name="dossier.related",
        note=_("{n} people", n=n) if n else unknown(_("nobody on file")),
        ways=add,
    )


def _children_come(dossier: Dossier) -> Html | None:
    """Say how often the children come; that it is not known only where children are on file."""
    fields = (one for part in dossier.sections for one in part.fields)
    found = next((one for one in fields if one.definition.code == _CHILDREN_COME), None)
    has_children = any(one.relationship in _CHILDREN for one in dossier.related)
    if found is None or not (found.is_known or has_children):
        return None
    said = found.shown if found.is_known else unknown(_("not known"))
    return el("p", el("span", found.definition.label, class_="cw-faint"), " ", said)


def _relative(one: Related, can_edit: bool, bereft: bool) -> Html:
    ways = []
    if can_edit:
        ways = [
            link(_("Edit"), "edit_related", related=one.id),
            link(_("No longer"), "end_related", related=one.id),
        ]
    if can_edit and bereft and one.relationship == "spouse" and one.other_person_id is None:
        ways.insert(0, link(_("Take on as surviving spouse"), "take_on", related=one.id))
    if one.other_person_id is not None:
        ways.insert(0, link(_("Own dossier"), "other", id=one.other_person_id))
        if can_edit:
            ways.append(link(_("Not the same person"), "unlink_related", related=one.id))
    elif can_edit and one.relationship == "spouse":
        ways.append(link(_("Served here too?"), "link_related", related=one.id))
    if one.has_history:
        ways.insert(1, link(_("History"), "related_history", related=one.id))
    said = [one.source]
    if one.verified_on is not None:
        said.append(_("verified on {day}", day=day_text(one.verified_on)))
    return el(
        "div",
        el(
            "div",
            el("b", one.name),
            " ",
            code_list("relationship").label_of(one.relationship),
            " ",
            phone_html(one.phone),
            " ",
            _marks(one),
        ),
        el("div", relative_words(one), class_="cw-faint") if relative_words(one) else None,
        el(
            "div",
            el("span", " · ".join(part for part in said if part), class_="cw-faint"),
            el("span", join(ways, " "), class_="cw-dossier-ways"),
            class_="cw-apart",
        ),
    )


def _marks(one: Related) -> Html:
    """Write what sets one apart: whom to call first, who decides."""
    marks = []
    if one.is_emergency:
        words = (
            _("emergency contact, call {n}.", n=one.call_order)
            if one.call_order
            else _("emergency contact")
        )
        marks.append(state("plain", words))
    if one.decides:
        marks.append(state("plain", _("decides for the family")))
    return join(marks, " ")


def relative_words(one: Related) -> str:
    """Say the rest that is known of somebody: unit, place, visits."""
    together = {True: _("lives with the person"), False: _("lives elsewhere"), None: ""}
    return " · ".join(
        part for part in (one.unit, one.address, together[one.lives_with], one.visits) if part
    )


def phone_html(number: str | None) -> Html:
    """Write a number that a phone can dial; what is no number stays text."""
    if not number:
        return unknown(_("no phone"))
    digits = "".join(mark for mark in number if mark.isdigit() or mark in "+-")
    dialled = digits if len(digits) >= _SHORTEST_NUMBER else ""
    if not dialled:
        return el("span", number)
    return el("a", number, href=f"tel:{dialled}", class_="cw-link cw-phone")


class RelatedEditor(Editor):
    """Add somebody around the person, or change what is known of them."""

    is_draft = False  # but once it is filled with what is known

    def __init__(
        self, screen: PersonScreen, done: Callable[[], None], related: int | None = None
    ) -> None:
        self.related = related
        family = screen.wb.family
        held = family.entry(related) if related is not None else None
        relations = {one.code: one.label for one in code_list("relationship").entries}
        yes = {"yes": _("yes"), "no": _("no")}
        fields = [
            TextField("name", _("Name"), required=True, longest=60),
            ChoiceField("relationship", _("Relationship"), relations, most_chips=8),
            TextField("phone", _("Phone"), longest=40),
            ChoiceField("is_emergency", _("Emergency contact"), yes),
            NumberField("call_order", _("To be called as number"), least=1, most=99),
            ChoiceField("decides", _("Decides for the family"), yes),
            TextField("unit", _("Where they work"), longest=100),
            TextField("address", _("Where they live"), longest=200),
            ChoiceField("lives_with", _("Lives with the person"), yes),
            TextField("visits", _("How often they come"), longest=100),
            source_field(),
            *([why_field()] if held is not None else []),
        ]
        title = _("Add somebody") if held is None else held.name
        super().__init__(screen, title, fields, done)
        if held is not None:
            self._fill(held)
        self.keep_draft()

    def about(self) -> str:
        """Tell which one of them."""
        return str(self.related or "new")

    def look_again(self) -> None:
        """Write over what stands there now when saved again."""
        if self.related is not None:
            self.related = self.screen.wb.family.standing(self.related)

    def save(self) -> None:
        """Write the person around."""
        read = self.read()
        entry = RelatedEntry(
            **{name: read[name] for name in ("name", "relationship", "phone", "unit", "address")},
            visits=read["visits"],
            call_order=read["call_order"],
            is_emergency=read["is_emergency"] == "yes",
            decides=_flag(read["decides"]),
            lives_with=_flag(read["lives_with"]),
        )
        family = self.screen.wb.family
        if self.related is None:
            family.add(self.screen.person_id, entry, source=read["source"])
            self.finish(_("Added."))
        else:
            mistake = read["why"] == "correction"
            family.change(self.related, entry, source=read["source"], mistake=mistake)
            self.finish(_("{field} saved.", field=entry.name))

    def _fill(self, held: RelatedEntry) -> None:
        for name in ("name", "relationship", "phone", "unit", "address", "visits", "call_order"):
            self.fields[name].put(getattr(held, name))
        for name in ("is_emergency", "decides", "lives_with"):
            value = getattr(held, name)
            self.fields[name].put(None if value is None else "yes" if value else "no")


class LinkEditor(Editor):
    """Choose the dossier of somebody around the person who is served here too."""

    def __init__(self, screen: PersonScreen, done: Callable[[], None], related: int) -> None:
        self.related = related
        held = screen.wb.family.entry(related)
        self.find = TextField("find", _("Name, initials or unit"), longest=60)
        self.slot = stack(css="cw-slot")
        super().__init__(
            screen,
            _("Which dossier is that of {name}?", name=held.name),
            [self.find],
            done,
            verb=_("Link the two dossiers"),
            more=[self.slot],
        )
        self.find.put(held.name)
        self.find.changed.append(self.look)
        self.look()

    def look(self) -> None:
        """Offer who is found by what was typed."""
        wb, mine = self.screen.wb, self.screen.person_id
        typed = str(self.find.entry).strip()
        found = [one for one in wb.people.search(typed) if one.person_id != mine] if typed else []
        if not found:
            self.fields.pop("other", None)
            nobody = _("Nobody is found by this. Try the initials, or part of the name.")
            self.slot.children = [Panel(el("p", nobody, class_="cw-hint"))]
            return
        options = {str(one.person_id): _found_words(one) for one in found[:_FOUND_SHOWN]}
        other = ChoiceField("other", _("Dossier"), options, required=True, most_chips=0)
        self.fields["other"] = other
        self.slot.children = [other]

    def save(self) -> None:
        """Link the two dossiers."""
        if "other" not in self.fields:
            raise InvalidEntry(_("Choose whose dossier it is."), "find")
        self.screen.wb.family.link(self.related, int(self.read()["other"]))
        self.finish(_("The two dossiers are linked."))


def _found_words(one: Found) -> str:
    age = spaced(_("aged {n}", n=one.age)) if one.age is not None else ""
    return " · ".join(filter(None, (one.name, age, one.unit, _("no. {id}", id=one.person_id))))


def _flag(answer: str | None) -> bool | None:
    return None if answer is None else answer == "yes"


def related_history(versions: Sequence[RelatedVersion], close: Callable[[], None]) -> Panel:
    """Show every state an entry has had, the latest first; mistakes are struck out."""
    heads = [_("Name"), _("Phone"), _("Until"), _("Source"), _("Written down")]
    rows = []
    for one in versions:
        words = f"{one.entry.name} {code_list('relationship').label_of(one.entry.relationship)}"
        until = day_text(one.valid_to) if one.valid_to else _("still")
        rows.append(
            el(
                "tr",
                el("td", el("s", words) if one.is_mistake else words),
                el("td", one.entry.phone or unknown(_("no phone"))),
                el("td", state("plain", _("corrected")) if one.is_mistake else until),
                el("td", one.source),
                el("td", f"{one.recorded_by} {noted_on(one.recorded_at)}"),
            )
        )
    title = versions[0].entry.name if versions else ""
    shown = section(
        _("History: {field}", field=title),
        history_table(heads, rows),
        aside=link(_("Close"), "close"),
    )
    return Panel(shown, close=close)
