"""Every visit, call and talk with one person, with who took part, what was heard, and pictures.

Who: the caseworker before a visit, the leader who goes along. Decides: which picture is kept, and
what it shows. Clicks: none to read; a picture is chosen, named in a line, and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    FileField,
    Html,
    Panel,
    Screen,
    Shell,
    TextField,
    el,
    link,
    stack,
    state,
)
from casework.ui.cards import card_of
from casework.ui.fields import read_all
from casework.ui.parts import empty_state
from casework.ui.wording import day_text, spaced
from casework.workbook.contact_entry import points_of_welcome
from casework.workbook.contact_lists import ContactRow
from casework.workbook.photos import LONGEST_CAPTION, MOST_BYTES, Photo, bare_picture

__all__ = ["VisitsScreen", "screen"]

_AT_ONCE = 30
_ACROSS = 1600  # pixels; more shows nothing on a page and fills the workbook
_SIGNS = {"reached": "done", "proxy": "done", "not_reached": "warning", "declined": "excused"}


class VisitsScreen(Screen):
    """The contacts with one person, the latest first.

    Parameters
    ----------
    person : str
        Number of the person.
    contact : str
        Number of a contact to which a picture is to be added.
    """

    def __init__(self, shell: Shell, person: str, contact: str = "") -> None:
        self.person_id = int(person)
        super().__init__(
            shell, _("Visits and talks"), person=card_of(shell.wb, self.person_id, shell.on)
        )
        self.can_edit = shell.as_of is None
        self.shown = _AT_ONCE
        self.content = b""
        self.about: int | None = None
        self.slot = stack(css="cw-slot")
        self.list = Panel(
            "",
            more=self.more,
            add=self.choose,
            take_back=self.take_back,
            correct=lambda contact: shell.go("contact", contact=contact),
        )
        record = self.action(
            _("Record a contact"),
            lambda: shell.go("contact", persons=self.person_id),
            kind="primary",
        )
        self.body(self.slot, self.list, self.actions(*([record] if self.can_edit else [])))
        self.refresh()
        if contact.isdigit() and any(one.contact_id == int(contact) for one in self.rows):
            self.choose(int(contact))

    def refresh(self) -> None:
        """Read the contacts again."""
        book = self.wb
        found = book.contacts.of_person(self.person_id, as_of=self.on, limit=self.shown + 1)
        self.rows = found[: self.shown]
        photos = book.photos.of_contacts(one.contact_id for one in self.rows)
        if not self.rows:
            advice = _("A visit, a call or a talk stands here once it is recorded.")
            self.list.set(empty_state(_("Nothing is recorded yet."), advice))
            return
        points = points_of_welcome(book.agency)
        standard = str(book.agency.terms.get("reception") or _("Standard of reception"))
        entries = [
            _entry(one, photos.get(one.contact_id, ()), (standard, points), self.can_edit)
            for one in self.rows
        ]
        more = link(_("Show earlier ones"), "more") if len(found) > self.shown else None
        self.list.set(el("div", el("ol", entries, class_="cw-visits"), more))

    def more(self) -> None:
        """Show earlier contacts as well."""
        self.shown += _AT_ONCE
        self.refresh()

    def choose(self, contact: int) -> None:
        """Open the form for a picture of a contact."""
        self.about, self.content = contact, b""
        one = next(row for row in self.rows if row.contact_id == contact)
        title = _("A picture of {day}", day=day_text(one.happened_on))
        chooser = FileField(
            "picture", _("Choose a picture, or drop it here"), self.look_at,
            endings=(".jpg", ".jpeg", ".png"), most=MOST_BYTES, shrink=_ACROSS,
            hint=_("JPEG or PNG. Place and moment that the camera wrote into it are not kept."),
        )  # fmt: skip
        close = self.action(_("Close"), self.put_away, kind="quiet")
        self.slot.children = [
            stack(Panel(el("h2", title)), chooser, self.actions(close), css="cw-editor")
        ]

    def look_at(self, _name: str, content: bytes) -> None:
        """Show the picture that was chosen, and ask what it shows.

        Raises
        ------
        InvalidEntry
            If it is no picture, or not a whole one.
        """
        image = bare_picture(content)
        self.content = content
        self.caption = TextField(
            "caption", _("What it shows"), required=True, longest=LONGEST_CAPTION,
            placeholder=_("Who, where, what for"),
        )  # fmt: skip
        save = self.action(_("Keep the picture"), self.save, kind="primary", key="ctrl+s")
        close = self.action(_("Close"), self.put_away, kind="quiet")
        shown = Panel(el("img", src=image, alt=_("The picture that was chosen"), class_="cw-photo"))
        self.slot.children = [
            stack(shown, self.caption, self.actions(close, save), css="cw-editor")
        ]
        self.caption.focus()

    def save(self) -> None:
        """Keep the picture with its contact."""
        if self.about is None or not self.content:
            return
        read = read_all({"caption": self.caption})
        made = self.wb.photos.add(self.about, self.content, read["caption"])
        self.put_away()
        self.refresh()
        self.said(_("The picture is kept."), undo=lambda: self._again(made, shown=False))

    def take_back(self, photo: int) -> None:
        """Take a picture back that should not be there."""
        self.wb.photos.take_back(photo)
        self.refresh()
        self.said(_("The picture was taken back."), undo=lambda: self._again(photo, shown=True))

    def put_away(self) -> None:
        """Close the form."""
        self.about, self.content = None, b""
        self.slot.children = []

    def _again(self, photo: int, *, shown: bool) -> None:
        (self.wb.photos.put_back if shown else self.wb.photos.take_back)(photo)
        self.refresh()


def _entry(
    one: ContactRow, photos: Sequence[Photo], welcome: tuple[str, dict[str, str]], can_edit: bool
) -> Html:
    channel, outcome = code_list("channel"), code_list("outcome")
    head = [
        el("b", day_text(one.happened_on)),
        el("span", channel.label_of(one.channel)),
        el("span", code_list("contact_kind").label_of(one.kind)) if one.kind else None,
        state(_SIGNS[one.outcome], outcome.label_of(one.outcome)),
        el("span", code_list("initiated_by").label_of(one.initiated_by)),
        el("span", spaced(_("{n} minutes", n=one.minutes))) if one.minutes else None,
        el("span", one.place) if one.place else None,
    ]
    ways = [
        link(_("Add a picture"), "add", contact=one.contact_id),
        link(_("correct"), "correct", contact=one.contact_id),
    ]
    return el(
        "li",
        el("p", *(part for part in head if part), class_="cw-dotted"),
        el("p", _who(one), class_="cw-hint"),
        *(el("p", words) for words in (one.summary, one.heard) if words),
        _raised(one),
        _welcome(one, *welcome),
        el("div", [_picture(photo, can_edit) for photo in photos], class_="cw-photos")
        if photos
        else None,
        el("p", *ways, class_="cw-hint cw-dotted") if can_edit else None,
    )


def _who(one: ContactRow) -> str:
    actors = code_list("actor")
    told = "、".join(f"{name}（{actors.label_of(role)}）" for role, name in one.participants)
    if one.n_persons > 1:
        told += f" · {_('with {n} people together', n=one.n_persons)}"
    return told


def _raised(one: ContactRow) -> Html | None:
    kinds: dict[str, Any] = {"wish": _("Wish"), "need": _("Need"), "opinion": _("Opinion")}
    rows = [
        el("li", el("span", kinds[kind], class_="cw-tag"), el("span", words))
        for kind, words in one.raised
    ]
    return el("ul", rows, class_="cw-raised") if rows else None


def _welcome(one: ContactRow, standard: str, points: dict[str, str]) -> Html | None:
    """Write which points of the standard of reception were kept, of those there are."""
    if one.welcome is None:
        return None
    kept = "、".join(points.get(code, code) for code in one.welcome) or _("none of these")
    counted = f"{standard} {len(one.welcome)}/{len(points)}"
    return el("p", el("b", counted), el("span", kept), class_="cw-dotted")


def _picture(photo: Photo, can_edit: bool) -> Html:
    told = el("span", photo.caption)
    by = el("span", photo.by, class_="cw-hint")
    way = link(_("Take the picture back"), "take_back", photo=photo.photo_id) if can_edit else None
    return el(
        "figure",
        el("img", src=photo.image, alt=photo.caption, class_="cw-photo"),
        el("figcaption", told, by, way, class_="cw-dotted"),
    )


screen = VisitsScreen
