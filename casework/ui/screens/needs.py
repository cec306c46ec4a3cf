"""The needs of a person and what became of them; wishes beside them, in the own words.

Who: the caseworker who plans, the supervisor who asks why something was not done. Decides: what the
plan must answer, and what is not met, with the reason. Clicks: one to a need, one for its step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from casework.reference import code_list, kind_spoken_of
from casework.terms import _
from casework.ui import (
    ChoiceField,
    DateField,
    LongText,
    Panel,
    Screen,
    Shell,
    TextField,
    el,
    stack,
)
from casework.ui.cards import card_of
from casework.ui.contact_fields import codes_of
from casework.ui.fields import read_all
from casework.ui.need_kinds import fill_in_by_kind, kind_of_need_field
from casework.ui.screens.need_parts import (
    frames_html,
    needs_html,
    opinions_html,
    told_html,
    wishes_html,
)
from casework.workbook.need_steps import NEED_STEPS, UNMET

__all__ = ["NeedsScreen", "screen"]


def screen(shell: Shell, person: str = "", need: str = "", wish: str = "") -> Screen:
    """Make the screen of one person's needs, or without a person the list of all that wait."""
    if not person:
        from casework.ui.screens.waiting_needs import WaitingNeeds

        return WaitingNeeds(shell)
    return NeedsScreen(shell, int(person), int(need or 0) or None, int(wish or 0) or None)


class NeedsScreen(Screen):
    """Needs and wishes of one person.

    Parameters
    ----------
    person_id : int
    need, wish : int or None
        A need to open at once, a wish to take up at once.
    """

    def __init__(
        self, shell: Shell, person_id: int, need: int | None = None, wish: int | None = None
    ) -> None:
        self.person_id = person_id
        card = card_of(shell.wb, self.person_id, shell.on)
        super().__init__(shell, _("Wishes and needs"), person=card)
        self.can_edit = shell.as_of is None and not card.died
        self.list = Panel(
            "", step=self.step, result=self.to_assessment, keep=self.keep, met=self.met,
            kind=self.name_kind,
        )  # fmt: skip
        self.frame = self.wb.agency.need_frame
        self.frames = Panel("", sort=self.sort_by)
        self.told = Panel("", open=self.open_told)
        self.wishes = Panel("", wish=self.take_up, done=self.close_wish)
        self.opinions = Panel(
            "", issue=self.to_issue, need=self.need_of_opinion, dispose=self.dispose,
            open=lambda id: shell.go("issue", id=id),
        )  # fmt: skip
        self.slot = stack(css="cw-slot")
        ways = []
        if self.can_edit:
            ways = [
                self.action(_("Write down a wish"), self.add_wish),
                self.action(_("Add a need"), self.add_need, kind="primary"),
            ]
        self.ways = self.actions(*ways)
        self.body(
            self.frames, self.list, self.slot, self.told, self.wishes, self.opinions, self.ways
        )
        self.refresh()
        if need is not None and self.can_edit:
            self.step(need)
        if wish is not None and self.can_edit:
            said = {one.id: one for one in self.wb.needs.wishes(person_id, as_of=self.on)}
            if wish in said and said[wish].need is None:
                self.take_up(wish, said[wish].text[:40])

    def refresh(self) -> None:
        """Show needs and wishes as they stand."""
        needs = self.wb.needs.of_person(self.person_id, as_of=self.on, closed=True)
        some_wait = any(one.closed_on is None for one in needs)
        self.frames.set(frames_html(self.wb.agency.need_frames, self.frame) if some_wait else "")
        self.list.set(needs_html(needs, self.frame, self.can_edit, self.on))
        told = self.wb.needs.spoken_for(self.person_id, as_of=self.on)
        self.told.set(told_html(told, self.can_edit))
        wishes = self.wb.needs.wishes(self.person_id, as_of=self.on)
        self.wishes.set(wishes_html(wishes, self.can_edit))
        opinions = self.wb.opinions.of_person(self.person_id, as_of=self.on)
        self.opinions.set(opinions_html(opinions, self.can_edit, self.on))

    def sort_by(self, way: int) -> None:
        """Sort the needs in another way that the agency has."""
        frames = self.wb.agency.need_frames
        if 0 <= way < len(frames):
            self.frame = frames[way]
        self.refresh()

    def step(self, need: int) -> None:
        """Open the form for the next step of a need."""
        every = self.wb.needs.of_person(self.person_id, as_of=self.on, closed=True)
        found = next(one for one in every if one.id == need)
        states = code_list("need_state")
        to = ChoiceField(
            "to",
            _("What becomes of it"),
            {one: states.label_of(one) for one in NEED_STEPS.get(found.state, ())},
            required=True,
        )
        wanted = _("Wanted when it is not met: {states}", states=_(", ").join(
            states.label_of(one) for one in UNMET
        ))  # fmt: skip
        reason = LongText("reason", _("Why"), hint=wanted, previous=found.reason)

        def save(read: dict[str, Any]) -> None:
            self.wb.needs.change_need(need, read["to"], reason=read["reason"])

        self._open(f"step.{need}", found.title, [to, reason], save, _("Need updated."))

    def open_told(self, code: str) -> None:
        """Make a need of what the facts say."""
        self.wb.needs.open_from_facts(self.person_id, code)
        self.said(_("Need added."), undo=self.way_back())
        self.refresh()

    def met(self, need: int) -> None:
        """Settle a need whose evidence is gone."""
        self.wb.needs.change_need(need, "met")
        self.said(_("Need settled."), undo=self.way_back())
        self.refresh()

    def name_kind(self, need: int, text: str) -> None:
        """Open the form that says of what kind a need is, so that the plan can answer it."""
        kind = kind_of_need_field("kind", self.wb.agency.code, required=True)

        def save(read: dict[str, Any]) -> None:
            self.wb.needs.name_kind(need, read["kind"])

        title = _("What kind of need is “{text}”?", text=text)
        self._open(f"kind.{need}", title, [kind], save, _("Kind of need noted."))

    def keep(self, need: int) -> None:
        """Ask why a need is still there although what it came from is gone."""
        why = LongText("reason", _("Why it is still needed"), longest=500, required=True)

        def save(read: dict[str, Any]) -> None:
            self.wb.needs.keep_need(need, read["reason"])

        self._open(f"keep.{need}", _("Keep the need"), [why], save, _("Need kept."))

    def add_need(self) -> None:
        """Open the form for a need that was seen."""

        def save(read: dict[str, Any]) -> None:
            self.wb.needs.raise_need(
                self.person_id,
                read["domain"],
                read["title"],
                read["severity"],
                kind=read["kind"],
            )

        self._open("add_need", _("Add a need"), self._need_fields(""), save, _("Need added."))

    def take_up(self, wish: int, text: str) -> None:
        """Open the form that makes a need of a wish; the wish stays as it was said."""

        def save(read: dict[str, Any]) -> None:
            self.wb.needs.need_from_wish(
                wish, read["domain"], read["severity"], title=read["title"], kind=read["kind"]
            )

        title = _("Take up the wish “{text}”", text=text)
        self._open(f"take_up.{wish}", title, self._need_fields(text), save, _("Need added."))

    def add_wish(self) -> None:
        """Open the form for something the person wants."""
        fields = [
            LongText("text", _("In the person's own words"), longest=500, required=True),
            DateField("said_on", _("Said on"), on=self.wb.today, latest=self.wb.today,
                      hint=_("Empty: today")),
        ]  # fmt: skip

        def save(read: dict[str, Any]) -> None:
            self.wb.needs.record_wish(self.person_id, read["text"], said_on=read["said_on"])

        self._open("add_wish", _("Write down a wish"), fields, save, _("Wish written down."))

    def close_wish(self, wish: int, text: str) -> None:
        """Open the form that says what became of a wish."""
        note = LongText("note", _("What became of it"), longest=500, required=True)

        def save(read: dict[str, Any]) -> None:
            self.wb.needs.close_wish(wish, read["note"])

        self._open(
            f"close_wish.{wish}",
            _("Close the wish “{text}”", text=text),
            [note],
            save,
            _("Wish closed."),
        )

    def to_issue(self, opinion: int, text: str) -> None:
        """Open the form that makes an issue of an opinion, so that it is followed to its answer."""
        severities = {one.code: one.label for one in code_list("need_severity").entries}
        fields = [
            ChoiceField("kind", _("Kind"), codes_of("issue_kind"), most_chips=0, required=True),
            ChoiceField("severity", _("How pressing"), severities, required=True),
        ]

        def save(read: dict[str, Any]) -> None:
            self.wb.issues.from_opinion(opinion, kind=read["kind"], severity=read["severity"])

        title = _("Make an issue of “{text}”", text=text)
        self._open(
            f"to_issue.{opinion}",
            title,
            fields,
            save,
            _("Issue written down; it stays in sight until answered."),
        )

    def need_of_opinion(self, opinion: int, text: str) -> None:
        """Open the form that makes a need of an opinion."""

        def save(read: dict[str, Any]) -> None:
            self.wb.needs.need_from_opinion(
                opinion, read["domain"], read["severity"], title=read["title"], kind=read["kind"]
            )

        title = _("Make a need of “{text}”", text=text)
        self._open(
            f"need_of_opinion.{opinion}", title, self._need_fields(text), save, _("Need added.")
        )

    def dispose(self, opinion: int, text: str) -> None:
        """Open the form that says what was done about an opinion."""
        replied = {"yes": _("yes, told already"), "no": _("not told yet")}
        fields = [
            LongText("what", _("What was done about it"), longest=500, required=True),
            ChoiceField("replied", _("Told whoever said it?"), replied, required=True),
        ]

        def save(read: dict[str, Any]) -> None:
            self.wb.opinions.dispose(opinion, read["what"], replied=read["replied"] == "yes")

        self._open(
            f"dispose.{opinion}",
            _("Deal with “{text}”", text=text),
            fields,
            save,
            _("Written down."),
        )

    def to_assessment(self, id: int) -> None:
        """Open the assessment that a need comes from."""
        self.shell.go("assessment", person=self.person_id, id=id)

    def put_away(self) -> None:
        """Take the open form away."""
        self.slot.children = []
        self.ways.layout.display = None

    def _need_fields(self, title: str) -> list[Any]:
        code = self.wb.agency.code
        kind = kind_of_need_field("kind", code)
        kind.put(kind_spoken_of(code, title))
        kind.changed.append(self._fit)
        what = TextField("title", _("What is needed"), longest=80, required=True)
        what.put(title[:80] or None)
        domains, severities = codes_of("need_domain"), codes_of("need_severity")
        return [
            kind,
            what,
            ChoiceField("domain", _("Domain"), domains, most_chips=len(domains), required=True),
            ChoiceField("severity", _("How pressing"), severities, required=True),
        ]

    def _fit(self) -> None:
        """Take words and domain from the kind of need; ask for the domain only without one."""
        if {"kind", "title", "domain"} <= self.form.keys():
            kind, words, domain = (self.form[name] for name in ("kind", "title", "domain"))
            chosen = fill_in_by_kind(kind, words, domain, self.wb.agency.code)
            self.boxes["domain"].layout.display = "none" if chosen else None

    def _open(
        self, what: str, title: str, fields: list[Any], save: Callable[[dict[str, Any]], None],
        said: str,
    ) -> None:  # fmt: skip
        """Put a small form under the list, with save and leave."""
        named = {field.name: field for field in fields}
        self.form = self.fields = named
        self.boxes = {name: stack(field) for name, field in named.items()}
        kept = self.keeps(f"needs.{what}", named, f"{self.person_id}")
        self._fit()

        def run() -> None:
            save(read_all(named))
            back = self.way_back()
            self.put_away()
            self.said(said, undo=back)
            self.refresh()

        self.save = self.action(_("Save"), run, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept)
        buttons = stack(leave, self.save, css="cw-actions")
        form = stack(Panel(el("h3", title)), *self.boxes.values(), buttons, css="cw-editor")
        self.slot.children = [form]
        self.ways.layout.display = "none"  # one bar of actions at a time
        fields[0].focus()
