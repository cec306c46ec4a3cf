"""对外提供: one person's data to one recipient, exactly what was consented to, on one sheet.

Who: the caseworker who sends somebody to a hospital, pairs a volunteer, orders a meal. Decides:
what the other side gets to know. Clicks: two, then print or save.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from casework.reference.privacy import data_kinds, purposes, recipients
from casework.terms import _, language
from casework.ui import (
    ChoiceField,
    DateField,
    Download,
    LongText,
    MadeFile,
    ManyField,
    Panel,
    Printer,
    Screen,
    Shell,
    TextField,
    el,
    join,
    link,
    notice,
    stack,
)
from casework.ui.cards import card_of
from casework.ui.escape import Html, text
from casework.ui.fields import read_all
from casework.ui.screens.consent_parts import basis_text, shared_html
from casework.ui.theme import theme_css
from casework.ui.wording import day_text
from casework.workbook.sharing import Shared, ShareEntry

__all__ = ["ShareScreen", "screen"]

_PAGE = "@page { size: A4; margin: 20mm 18mm } body { margin: 0 auto; max-width: 180mm }"


class ShareScreen(Screen):
    """Giving data of one person outside.

    Parameters
    ----------
    person : str
        Number of the person.
    purpose : str
        Code of a purpose; empty asks for it.
    """

    def __init__(self, shell: Shell, person: str, purpose: str = "") -> None:
        self.person_id = shell.wb.people.standing(int(person))
        card = card_of(shell.wb, self.person_id, shell.on)
        super().__init__(shell, _("Give data outside"), person=card)
        self.name = card.name
        known = {code: one for code, one in purposes().items() if one.recipients}
        self.purpose = known.get(purpose)
        self.can_edit = shell.as_of is None
        self.key = uuid4().hex
        self.shared: Shared | None = None
        self.form: dict[str, Any] = {}
        self.choice = Panel("", choose=self.choose, consent=self.to_consent)
        self.slot = stack(css="cw-slot")
        self.sheet = Panel("")
        self.body(self.choice, self.slot, self.sheet)
        self.refresh()

    def refresh(self) -> None:
        """Show what may be given, and to whom."""
        if self.purpose is None:
            self.choice.set(self._choices())
            self.slot.children = []
            return
        allowed = self.wb.sharing.may(self.person_id, self.purpose.code, as_of=self.on)
        states = self.wb.consents.states(self.person_id, as_of=self.on)
        found = next(one for one in states if one.purpose.code == self.purpose.code)
        named = [name for name, one in found.named if one.is_given]
        for name in named:
            more = self.wb.sharing.may(
                self.person_id, self.purpose.code, recipient_name=name, as_of=self.on
            )
            allowed = tuple(dict.fromkeys((*allowed, *more)))
        words = _("Basis: {basis}", basis=basis_text(self.purpose.basis))
        if not allowed and self.wb.sharing.is_restricted(self.person_id, as_of=self.on):
            told = _(
                "The person has asked for their data to be restricted. Nothing is given outside on "
                "a consent; duty and emergency remain, with the reason."
            )
            self.choice.set(notice(told, "warning", el("p", link(_("Consents"), "consent"))))
            self.slot.children = []
            return
        if not allowed:
            back = link(_("Ask for consent"), "consent")
            told = _("There is no consent to this in force: nothing can be given.")
            self.choice.set(notice(told, "warning", el("p", back)))
            self.slot.children = []
            return
        head = el("p", el("b", self.purpose.label), "，", words, class_="cw-lead")
        self.choice.set(head)
        if self.can_edit:
            self._open(allowed, named)

    def choose(self, purpose: str) -> None:
        """Choose what it is for."""
        self.shell.go("share", person=self.person_id, purpose=purpose)

    def to_consent(self) -> None:
        """Go to the consents of the person."""
        self.shell.go("consent", person=self.person_id)

    def share(self) -> None:
        """Write down that it is given, and show the sheet."""
        read = read_all(self.form)
        assert self.purpose is not None  # noqa: S101 - the form is there only with a purpose
        recipient = read.get("recipient") or self.purpose.recipients[0]
        self.shared = self.wb.sharing.share(
            self.person_id,
            ShareEntry(
                purpose=self.purpose.code,
                recipient=recipient,
                recipient_name=read["recipient_name"] or "",
                kinds=tuple(read["kinds"] or ()),
                reason=read.get("reason"),
                until=read["until"],
                client_key=self.key,
            ),
        )
        self.key = uuid4().hex
        agency = str(self.wb.agency.label)
        self.sheet.set(shared_html(self.shared, self.name, agency))
        self.add_class("cw-printing")
        head = _("Information on {name}", name=self.name)
        printer = Printer(_("Print"), head=head, day=day_text(self.on), kind="primary")
        save = Download(_("Save as a file"), self.file, say=self.tell)
        back = self.action(_("Consents"), self.to_consent, kind="quiet")
        self.slot.children = [self.actions(back, save, printer)]
        told = _("Written down: given to {name}.", name=self.shared.recipient_name)
        self.said(told, undo=self._way_back())

    def _way_back(self) -> Callable[[], object] | None:
        """Give the way back from what was just given: the sheet goes with it."""
        back = self.way_back()
        if back is None:
            return None

        def take_back() -> None:
            self.shared = None
            self.sheet.set("")
            self.remove_class("cw-printing")
            back()

        return take_back

    def file(self) -> MadeFile:
        """Make one file that any browser shows and prints."""
        head = _("Information on {name}", name=self.name)
        page = join(
            [
                Html("<!doctype html>\n"),
                Html(f'<html lang="{"zh-CN" if language() == "zh" else "en"}"><head>'),
                Html('<meta charset="utf-8"><title>'),
                text(head),
                Html("</title><style>"),
                Html(theme_css().replace("</", "<\\/") + _PAGE),
                Html('</style></head><body class="cw">'),
                self.sheet.html,
                Html("</body></html>\n"),
            ]
        )
        name = f"{head}-{self.on:%Y%m%d}.html".replace("/", "-")
        return MadeFile(name, "text/html;charset=utf-8", str(page).encode())

    def _choices(self) -> Html:
        states = {one.purpose.code: one for one in
                  self.wb.consents.states(self.person_id, as_of=self.on)}  # fmt: skip
        rows = []
        for code, one in purposes().items():
            if not one.recipients:
                continue
            found = states[code]
            open_to = not one.needs_consent or found.state == "given" or any(
                which.is_given for _name, which in found.named
            )  # fmt: skip
            words = link(one.label, "choose", purpose=code) if open_to else el("span", one.label)
            note = basis_text(one.basis) if open_to else _("no consent in force")
            rows.append(el("li", words, " ", el("span", note, class_="cw-faint")))
        return el(
            "div",
            el("h3", _("What is it for?")),
            el("ul", rows, class_="cw-plain-list"),
            el("p", link(_("Ask for consent"), "consent")),
        )

    def _open(self, allowed: tuple[str, ...], named: list[str]) -> None:
        assert self.purpose is not None  # noqa: S101
        kinds = {one: str(data_kinds()[one].label) for one in allowed}
        fields: list[Any] = [
            TextField("recipient_name", _("Who receives it"), longest=100, required=True,
                      suggestions=named, hint=_("The hospital, the community, the volunteer")),
            ManyField("kinds", _("What is given: no more than needed"), kinds, required=True),
        ]  # fmt: skip
        if len(self.purpose.recipients) > 1:
            whom = {one: recipients().label_of(one) for one in self.purpose.recipients}
            fields.insert(0, ChoiceField("recipient", _("Recipient"), whom, required=True))
        if not self.purpose.needs_consent:
            fields.append(LongText("reason", _("Why it is given"), rows=2, longest=500,
                                   required=True))  # fmt: skip
        until = DateField("until", _("Goes on until"), on=self.wb.today,
                          earliest=self.wb.today, hint=_("Empty: this one time"))  # fmt: skip
        fields.append(until)
        self.form = self.fields = {one.name: one for one in fields}
        kept = self.keeps("share", self.form, f"{self.person_id}/{self.purpose.code}")
        give = self.action(_("Make the sheet and write it down"), self.share, kind="primary",
                           key="ctrl+s", form=kept)  # fmt: skip
        self.slot.children = [stack(*fields, self.actions(give), css="cw-editor")]


screen = ShareScreen
