"""知情同意: what one person agreed to, for what and for whom; recorded, withdrawn, asked for.

Who: the caseworker on a visit, with the signed sheet or the phone in hand. Decides: what may be
done and given outside from now on. Clicks: one to the form, one an answer, one to save.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from casework.reference.privacy import purposes, rights
from casework.terms import _
from casework.ui import (
    ChoiceField,
    DateField,
    Download,
    LongText,
    MadeFile,
    Panel,
    PickField,
    Screen,
    Shell,
    TextField,
    el,
    link,
    notice,
    section,
    stack,
)
from casework.ui.cards import card_of
from casework.ui.escape import Html
from casework.ui.fields import read_all
from casework.ui.screens.consent_parts import (
    decider_text,
    given_out_html,
    glance_html,
    history_html,
    purpose_html,
    request_line,
    state_text,
    way_text,
)
from casework.workbook.consents import ConsentEntry
from casework.workbook.rights import RequestEntry

__all__ = ["ConsentScreen", "answer_form", "request_form", "screen"]

_ALL = ("overdue", "open", "answered", "refused")


class ConsentScreen(Screen):
    """One person's consents, what was given outside, and what was asked of us.

    Parameters
    ----------
    person : str
        Number of the person, from the address.
    """

    def __init__(self, shell: Shell, person: str) -> None:
        self.person_id = shell.wb.people.standing(int(person))
        super().__init__(
            shell,
            _("Consent and rights"),
            person=card_of(shell.wb, self.person_id, shell.on),
            lead=_("Each purpose by itself. Not asked is not a yes."),
        )
        self.can_edit = shell.as_of is None
        self.key = uuid4().hex
        self.form: dict[str, Any] = {}
        self.copy_reason: TextField | None = None
        self.held = Panel("", lift=self.lift)
        self.glance = Panel("")
        self.slot = stack(css="cw-slot")
        self.list = Panel("", withdraw=self.withdraw, history=self.history, share=self.share)
        self.rest = Panel("", told=self.told, answer=self.answer, dossier=self.dossier,
                          person=lambda id: self.dossier())  # fmt: skip
        ways = [
            self.action(_("Print the notice"), self.print_notice),
            self.action(_("Copy everything"), self.copy),
            self.action(_("Somebody asks for something"), self.ask),
            self.action(_("Record answers"), self.record, kind="primary"),
        ]
        self.ways = self.actions(*(ways if self.can_edit else ways[:1]))
        self.body(self.held, self.glance, self.slot, self.list, self.rest, self.ways)
        self.refresh()

    def refresh(self) -> None:
        """Show how everything stands."""
        self.states = self.wb.consents.states(self.person_id, as_of=self.on)
        self.held.set(self._restriction())
        self.glance.set(glance_html(self.states))
        asked = [one for one in self.states if one.purpose.needs_consent]
        told = [one for one in self.states if not one.purpose.needs_consent]
        self.list.set(
            el(
                "div",
                el("ul", [purpose_html(one, self.can_edit) for one in asked],
                   class_="cw-consents"),
                section(
                    _("What we do by duty"),
                    el("ul", [purpose_html(one, self.can_edit) for one in told],
                       class_="cw-consents"),
                ),
                class_="cw-stack",
            )
        )  # fmt: skip
        given = self.wb.sharing.given_out(self.person_id, as_of=self.on)
        requests = self.wb.rights.requests(statuses=_ALL, person_id=self.person_id, as_of=self.on)
        lines = [request_line(one, self.can_edit, with_name=False) for one in requests]
        nothing = el("p", _("Nothing was asked for."), class_="cw-faint")
        self.rest.set(
            el(
                "div",
                section(_("Given outside"), given_out_html(given, self.can_edit)),
                section(
                    _("Requests"),
                    el("ul", lines, class_="cw-plain-list") if lines else nothing,
                ),
                el("p", link(_("Back to the dossier"), "dossier")),
                class_="cw-stack",
            )
        )
        self.put_away()

    def _restriction(self) -> Html:
        """Say that the person has their data restricted, and how that ends."""
        if not self.wb.sharing.is_restricted(self.person_id, as_of=self.on):
            return Html("")
        lift = link(_("The person takes it back"), "lift")
        return notice(
            _(
                "The person has asked for their data to be restricted. Nothing is given outside on "
                "a consent; duty and emergency remain, with the reason."
            ),
            "warning",
            el("p", lift) if self.can_edit else "",
        )

    def lift(self) -> None:
        """Write down that the person takes the restriction back."""
        self.wb.rights.lift_restriction(self.person_id)
        back = self.way_back()
        self.refresh()
        told = _("Taken back. Data may be given again where there is a consent.")
        self.said(told, undo=back)

    # --- acts -----------------------------------------------------------------------------------

    def record(self) -> None:
        """Open the form that mirrors the signed sheet: yes or no for each purpose."""
        yes_no = {code: state_text(code) for code in ("given", "refused")}
        purposes_asked = [
            one for one in self.states if one.purpose.needs_consent and one.ask_from is None
        ]
        waiting = [one for one in purposes_asked if one.to_ask]
        rest = [one for one in purposes_asked if not one.to_ask]
        answers = [
            ChoiceField(one.purpose.code, str(one.purpose.label), yes_no,
                        hint=str(one.purpose.told))
            for one in (*waiting, *rest)
        ]  # fmt: skip
        self.key = uuid4().hex
        self._ask(
            "record",
            _("Answers of the person"),
            [*answers, *self._how()],
            self.save,
            lead=_("Leave out what was not answered. The person's own first words count."),
        )

    def save(self) -> None:
        """Write the answers down."""
        read = read_all(self.form)
        asked = {one.purpose.code for one in self.states}
        answers = {code: said for code, said in read.items() if code in asked and said}
        self.wb.consents.record(
            self.person_id,
            ConsentEntry(
                answers=answers,
                recipient_name=None,
                on=read["on"],
                decided_by=read["decided_by"] or "self",
                decider_name=read["decider_name"],
                authority=read["authority"],
                channel=read["channel"] or "signed",
                witness=read["witness"],
                client_key=self.key,
            ),
        )
        back = self.way_back()
        self.refresh()
        self.said(_("{n} answers written down.", n=len(answers)), undo=back)

    def withdraw(self, purpose: str) -> None:
        """Open the form for a withdrawal: as easy as the consent was."""
        found = next(one for one in self.states if one.purpose.code == purpose)
        names = {name: name for name, one in found.named if one.is_given}
        fields: list[Any] = [
            DateField("on", _("On which day"), on=self.wb.today, latest=self.wb.today,
                      hint=_("Empty: today")),
            LongText("reason", _("What the person said"), rows=2, longest=500,
                     hint=_("Optional: no reason is needed")),
        ]  # fmt: skip
        if names:
            fields.insert(0, ChoiceField("name", _("Only for"), names, hint=_("Empty: for all")))
        key = uuid4().hex

        def run() -> None:
            read = read_all(self.form)
            done = self.wb.consents.withdraw(
                self.person_id,
                purpose,
                recipient_name=read.get("name"),
                on=read["on"],
                reason=read["reason"],
                client_key=key,
            )
            back = self.way_back()
            self.refresh()
            words = _("Withdrawn. Nothing more is given.")
            if done.to_tell:
                words = _("Withdrawn. Now tell: {names}.", names="、".join(done.to_tell))
                self.tell(words, "warning")
            self.said(words, undo=back)

        self._ask(
            f"withdraw.{purpose}",
            _("Withdraw: {purpose}", purpose=purposes()[purpose].label),
            fields,
            run,
            verb=_("Withdraw it"),
        )

    def history(self, purpose: str) -> None:
        """Show every answer to a purpose."""
        found = next(one for one in self.states if one.purpose.code == purpose)
        panel = Panel(history_html(found, self.can_edit), strike=self.strike)
        close = self.action(_("Close"), self.put_away, kind="quiet")
        self._put(panel, close)

    def strike(self, consent: int) -> None:
        """Open the form that strikes an answer out."""
        reason = LongText("reason", _("Why it is a mistake"), rows=2, longest=500, required=True)

        def run() -> None:
            self.wb.consents.strike_out(consent, reason=read_all(self.form)["reason"])
            back = self.way_back()
            self.refresh()
            self.said(_("Struck out."), undo=back)

        self._ask(f"strike.{consent}", _("Strike out"), [reason], run, verb=_("Strike out"))

    def told(self, act: str) -> None:
        """Write down that a recipient was told."""
        self.wb.sharing.told(act)
        back = self.way_back()
        self.refresh()
        self.said(_("Written down."), undo=back)

    def ask(self) -> None:
        """Open the form for a request."""
        fields, run = request_form(self, self.refresh, person=self.person_id)
        self._ask("ask", _("What is asked for"), fields, run, verb=_("Write it down"))

    def answer(self, request: int) -> None:
        """Open the form for the answer to a request."""
        fields, run = answer_form(self, request, self.refresh)
        self._ask(f"answer.{request}", _("Answer to the request"), fields, run)

    def copy(self) -> None:
        """Ask what the copy is for, and give it."""
        self.copy_reason = TextField("reason", _("What the copy is for"), longest=300,
                                     hint=_("For instance: the person asked for a copy"),
                                     required=True)  # fmt: skip
        self.form = {"reason": self.copy_reason}
        self.download = Download(_("Give the file"), self.made, kind="primary", say=self.tell)
        close = self.action(_("Close"), self.put_away, kind="quiet")
        bar = stack(close, self.download, css="cw-actions")
        lead = _("Everything that is held about the person, to read and for other programs. The "
                 "numbers stand in it in full: hand it to the person only.")  # fmt: skip
        self._put(
            stack(Panel(el("h3", _("Copy of everything"))), Panel(el("p", lead, class_="cw-lead")),
                  self.copy_reason, bar, css="cw-editor")
        )  # fmt: skip

    def made(self) -> MadeFile:
        """Make the copy."""
        made = self.wb.rights.export(self.person_id, reason=read_all(self.form)["reason"])
        return MadeFile(made.name, "application/zip", made.content)

    def print_notice(self) -> None:
        """Show the notice as it is printed."""
        self.shell.go("consent_notice", person=self.person_id)

    def share(self, purpose: str) -> None:
        """Go on to giving something outside."""
        self.shell.go("share", person=self.person_id, purpose=purpose)

    def dossier(self) -> None:
        """Go to the dossier."""
        self.shell.go("person", id=self.person_id)

    def put_away(self) -> None:
        """Take the form away."""
        self.form = {}
        self.slot.children = []
        self.ways.layout.display = None

    # --- parts ----------------------------------------------------------------------------------

    def _how(self) -> list[Any]:
        deciders = {one: decider_text(one) for one in ("self", "guardian", "agent", "relative")}
        ways = {one: way_text(one) for one in ("signed", "read_aloud", "phone")}
        return [
            ChoiceField("channel", _("How it was given"), ways, hint=_("Empty: signed")),
            TextField("witness", _("Who was there"), longest=100, hint=_("Unless it was signed")),
            ChoiceField("decided_by", _("Who decided"), deciders, hint=_("Empty: the person")),
            TextField("decider_name", _("Name of whoever decided instead"), longest=100),
            TextField("authority", _("On what that rests"), longest=300,
                      hint=_("Ruling on guardianship, power of attorney")),
            DateField("on", _("On which day"), on=self.wb.today, latest=self.wb.today,
                      hint=_("Empty: today")),
        ]  # fmt: skip

    def _ask(
        self, what: str, title: str, fields: list[Any], run: Callable[[], object], *,
        verb: str = "", lead: str = "",
    ) -> None:  # fmt: skip
        self.form = self.fields = {field.name: field for field in fields}
        kept = self.keeps(f"consent.{what}", self.form, f"{self.person_id}")
        self.write = self.action(verb or _("Save"), run, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept)
        bar = stack(leave, self.write, css="cw-actions")
        head: list[Any] = [Panel(el("h3", title))]
        if lead:
            head.append(Panel(el("p", lead, class_="cw-lead")))
        self._put(stack(*head, *fields, bar, css="cw-editor"))
        fields[0].focus()

    def _put(self, *widgets: Any) -> None:
        self.slot.children = list(widgets)
        self.ways.layout.display = "none"  # one bar of actions at a time


def request_form(
    screen: Screen, after: Callable[[], object], *, person: int | None = None
) -> tuple[list[Any], Callable[[], object]]:
    """Make the fields of a request, and what saving it does; without a person, one is asked for."""
    kinds = {one.code: str(one.label) for one in rights().values()}
    deciders = {one: decider_text(one) for one in ("self", "agent", "guardian", "relative")}
    fields: list[Any] = [
        ChoiceField("kind", _("What is asked for"), kinds, required=True),
        LongText("detail", _("In the own words"), rows=2, longest=2000),
        ChoiceField("asked_by", _("Who asks"), deciders, hint=_("Empty: the person")),
        TextField("asker_name", _("Name of whoever asks instead"), longest=100),
        TextField("verified", _("How it was made sure who asks"), longest=200,
                  hint=_("Identity card, household register, letter of attorney")),
        DateField("received_on", _("Received on"), on=screen.wb.today, latest=screen.wb.today,
                  hint=_("Empty: today")),
    ]  # fmt: skip
    if person is None:
        who = PickField("person", _("Whose data"), screen.shell.find_people, required=True,
                        placeholder=_("Name, initials or the last digits of the ID"))  # fmt: skip
        fields.insert(0, who)
    named = {one.name: one for one in fields}
    key = uuid4().hex

    def run() -> None:
        read = read_all(named)
        screen.wb.rights.receive(
            int(read["person"][0]) if person is None else person,
            RequestEntry(
                kind=read["kind"],
                detail=read["detail"],
                asked_by=read["asked_by"] or "self",
                asker_name=read["asker_name"],
                verified=read["verified"],
                received_on=read["received_on"],
                client_key=key,
            ),
        )
        back = screen.way_back()
        after()
        screen.said(_("Request written down; its clock runs."), undo=back)

    return fields, run


def answer_form(
    screen: Screen, request: int, after: Callable[[], object]
) -> tuple[list[Any], Callable[[], object]]:
    """Make the fields of an answer, and what saving it does."""
    outcomes = {"done": _("done as asked"), "partly": _("done in part"), "refused": _("refused")}
    fields: list[Any] = [
        ChoiceField("outcome", _("What came of it"), outcomes, required=True),
        LongText("answer", _("What they were told"), rows=3, longest=2000,
                 hint=_("A refusal needs its reason")),
        DateField("on", _("On which day"), on=screen.wb.today, latest=screen.wb.today,
                  hint=_("Empty: today")),
    ]  # fmt: skip
    named = {one.name: one for one in fields}

    def run() -> None:
        read = read_all(named)
        screen.wb.rights.answer(request, read["outcome"], read["answer"] or "", on=read["on"])
        back = screen.way_back()
        after()
        screen.said(_("Answered."), undo=back)

    return fields, run


screen = ConsentScreen
