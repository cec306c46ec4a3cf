"""The sheet of a contact form: its fields in their places, each person's part, what it answers.

Decides what is in sight for one person and for many, and what is put aside when another one is
turned to; leaves beginning, saving and taking back to `casework.ui.screens.contact`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from casework.terms import _
from casework.ui import Hit, Panel, Screen, stack
from casework.ui.contact_answers import Missed, answers_markup
from casework.ui.contact_fields import (
    codes_of,
    history_markup,
    part_title,
    people_markup,
    raised_markup,
)
from casework.ui.contact_state import PART_FIELDS, FormState, Part, day_or_none
from casework.ui.need_kinds import fill_in_by_kind
from casework.workbook.contact_entry import RECEPTION, points_of_welcome
from casework.workbook.contacts import (
    Answer,
    Colleague,
    ContactEntry,
    Participant,
    PersonEntry,
    PersonLine,
)

__all__ = ["NOT_REACHED", "ContactSheet", "names_in"]

NOT_REACHED = ("not_reached", "declined")
_DETAILS = ("kind", "place", "started_at", "initiated_by", "staff", "leaders", "volunteers")


class ContactSheet(Screen):
    """The sheet; what is done with it is in the subclass."""

    amends: int | None
    asked_tasks: frozenset[int]
    subject: str
    state: FormState
    lines: dict[int, PersonLine]
    offers: list[Answer]
    moot: list[Answer]
    listening = False
    unkept = False

    def save(self) -> None:
        """Record what the sheet holds."""
        raise NotImplementedError

    def discard(self) -> None:
        """Throw away what was entered."""
        raise NotImplementedError

    def withdraw(self) -> None:
        """Take back the contact that the sheet would correct."""
        raise NotImplementedError

    @cached_property
    def colleagues(self) -> dict[str, Colleague]:
        """Everybody at work, by id as the fields write it."""
        return {str(one.staff_id): one for one in self.wb.contacts.colleagues(limit=None)}

    @property
    def person_ids(self) -> tuple[int, ...]:
        """The persons chosen, in the order of choosing."""
        return tuple(int(key) for key in self.fields["persons"].entry)

    @property
    def receives(self) -> bool:
        """Whether somebody came to the office, of an agency that has a standard for it."""
        at_the_office = self.fields["channel"].entry == RECEPTION
        return at_the_office and bool(points_of_welcome(self.wb.agency))

    def refresh(self) -> None:
        """Show whom the contact is with and which tasks it would answer."""
        known = self.wb.contacts.people(self.person_ids, as_of=self.on)
        self.lines = {one.person_id: one for one in known}
        self._show_people()
        self._show_offers()

    def find_people(self, words: str) -> Sequence[Hit]:
        """Find people by name, initials or number."""
        return self.shell.find_people(words)

    def find_staff(self, words: str) -> Sequence[Hit]:
        """Find colleagues who took part."""
        return [
            Hit(str(one.staff_id), one.name, codes_of("actor").get(one.role, ""))
            for one in self.wb.contacts.colleagues(words)
        ]

    def tick(self, task: int) -> None:
        """Tick or untick a task that the contact would answer."""
        offer = next(one for one in self.offers if one.task_id == task)
        self.state.ticks[task] = not self.state.is_ticked(offer, self.asked_tasks)
        self._show_offers()
        self.keep()

    def settle_missed(self) -> None:
        """Take the older, missed windows off the list with this contact, or leave them."""
        self.state.settle = not self.state.settle
        self._show_offers()
        self.keep()

    def unfold_missed(self) -> None:
        """Show each of the missed windows, or put them together again."""
        self.state.unfolded = not self.state.unfolded
        self._show_offers()

    def open_part(self, person: int) -> None:
        """Write down what concerns one of several persons alone."""
        self._stash()
        self._unstash(None if self.state.about == person else person)
        self._show_people()
        self.fields["outcome"].focus()

    def add_raised(self) -> None:
        """Take what was raised into the list, so that another thing can be written down."""
        if self.state.about is None:
            return
        self._stash()
        self.state.part(self.state.about).settle()
        self._unstash(self.state.about)
        self._show_people()
        self.fields["raised_kind"].focus()
        self.keep()

    def remove_raised(self, at: int) -> None:
        """Take something raised off the list again."""
        if self.state.about is not None:
            part = self.state.part(self.state.about)
            part.raised = [one for n, one in enumerate(part.raised) if n != at]
            self._show_people()
            self.keep()

    def show_details(self) -> None:
        """Show place, time, purpose and who took part, or hide them."""
        self.state.details = not self.state.details
        self._show_people()
        if self.state.details:
            self.fields[_DETAILS[0]].focus()

    def keep(self) -> None:
        """Keep the form as it stands, so that a reload or a dead kernel loses nothing."""
        if self.listening:
            self.unkept = True
            self.wb.drafts.keep("contact", self.subject, self.entries())
            self.unkept = False

    def leave(self) -> None:
        """Keep what could not be kept while it was typed."""
        if self.unkept:
            self.keep()

    def entries(self) -> dict[str, Any]:
        """Give all entries and what else was chosen, as plain values."""
        self._stash()
        return {**super().entries(), "state": self.state.as_record()}

    def restore(self, entries: dict[str, Any]) -> None:
        """Put the entries of a draft back, the people by their names."""
        listening, self.listening = self.listening, False
        plain = dict(entries)
        self.state = FormState.from_record(plain.pop("state"))
        self._pick("persons", plain.pop("persons"))
        self._pick("staff", plain.pop("staff"))
        self._unstash(self.state.about)
        whose = self.state.about  # what stands under a name was put there; the rest has no name yet
        super().restore({k: v for k, v in plain.items() if whose is None or k not in PART_FIELDS})
        self.listening = listening
        self.refresh()

    def _lay_out(self) -> None:
        take = self.fields
        self.people = Panel(
            "",
            part=self.open_part,
            dossier=lambda person: self.shell.go("person", id=person),
            plan=lambda person: self.shell.go("plan", person=person),
        )
        self.part_title = Panel("")
        self.raised = Panel("", remove=self.remove_raised)
        self.answers = Panel(
            "", tick=self.tick, settle=self.settle_missed, unfold=self.unfold_missed
        )
        self.recent = Panel(
            "",
            correct=lambda contact: self.shell.go("contact", contact=contact),
            every=lambda: self.shell.go("visits", person=self.person_ids[0]),
        )
        self._reason = stack(take["reason"])
        self._severity = stack(take["raised_severity"])
        self._kind_of_need = stack(take["raised_need"])
        self._domain = stack(take["raised_domain"])
        self._about_need = stack(self._domain, self._severity)
        self._about_opinion = stack(take["raised_opinion"])
        self._more_raised = stack(
            self._kind_of_need,
            take["raised"],
            self._about_need,
            self._about_opinion,
            self.action(_("Note this, then another"), self.add_raised),
            css="cw-stack cw-inset",
        )
        self._part = stack(self.part_title, take["outcome"], self._reason, take["heard"])
        self._part_more = stack(
            take["raised_kind"],
            self._more_raised,
            self.raised,
            stack(take["follow_up"], take["follow_up_due"], css="cw-pair"),
        )
        self._many = stack(take["summary"])
        self._welcome = stack(take["welcome"])
        self._details = stack(*(take[name] for name in _DETAILS))
        self.details = self.action("", self.show_details, kind="quiet")
        form = stack(
            take["persons"],
            take["channel"],
            self._welcome,
            self._many,
            self.people,
            self._part,
            stack(take["happened_on"], take["minutes"], css="cw-pair"),
            self._part_more,
            self.details,
            self._details,
            self.action(_("Discard what was entered"), self.discard, kind="quiet"),
            css="cw-stack cw-form",
        )
        beside = stack(self.answers, self.recent, css="cw-stack cw-beside")
        label = _("Save the correction") if self.amends else _("Record the contact")
        save = self.action(label, self.save, kind="primary", key="ctrl+s")
        take_back = self.action(_("Withdraw this contact"), self.withdraw, kind="quiet")
        bar = self.actions(take_back, save) if self.amends else self.actions(save)
        self.body(stack(form, beside, css="cw-split"), bar)

    def _show_people(self) -> None:
        """Draw whom it is with, and show the fields that this case needs."""
        ids, state = self.person_ids, self.state
        several = len(ids) > 1
        lines = [self.lines[id_] for id_ in ids if id_ in self.lines]
        self.people.set(people_markup(lines, state, self.on))
        editing = state.about if several else None
        self.part_title.set(part_title(self.lines.get(editing)) if editing else "")
        part = state.part(state.about) if state.about is not None else None
        self.raised.set(raised_markup(part.raised) if part else "")
        _show(self._many, several)
        _show(self._welcome, self.receives)
        for box in (self._part, self._part_more):
            _show(box, not several or editing is not None)
        _show(self._reason, self.fields["outcome"].entry in NOT_REACHED)
        kind = self.fields["raised_kind"].entry
        _show(self._more_raised, bool(kind))
        _show(self._kind_of_need, kind == "need")
        _show(self._domain, kind == "wish" or not self.fields["raised_need"].entry)
        _show(self._about_need, kind in ("need", "wish"))
        _show(self._severity, kind == "need")
        _show(self._about_opinion, kind == "opinion")
        _show(self._details, state.details)
        words = _("Hide the details") if state.details else _("Place, time, purpose, who went")
        self.details.show(label=words)

    def _follow_kind_of_need(self) -> None:
        """Take words and domain from the kind of need that was chosen."""
        take = self.fields
        kind, domain = take["raised_need"], take["raised_domain"]
        fill_in_by_kind(kind, take["raised"], domain, self.wb.agency.code)
        self._show_people()

    def _show_offers(self) -> None:
        """Draw the tasks that the contact would answer as it stands."""
        on = day_or_none(self.fields["happened_on"].entry, self.on) or self.on
        channel = str(self.fields["channel"].entry)
        self.offers = []
        if channel and self.person_ids:
            loose = ContactEntry(
                client_key=self.state.key,
                happened_on=on,
                channel=channel,
                persons=tuple(
                    PersonEntry(id_, self.state.part(id_).outcome or "reached")
                    for id_ in self.person_ids
                ),
                participants=self._participants(
                    {name: self.fields[name].entry for name in ("staff", "leaders", "volunteers")}
                ),
            )
            self.offers = self.wb.contacts.would_answer(loose, instead_of=self.amends)
        ticked = {one.task_id for one in self.offers if self.state.is_ticked(one, self.asked_tasks)}
        ready = bool(channel and self.person_ids)
        several = len(self.person_ids) > 1
        self.moot = self.state.moot(self.offers, self.asked_tasks)
        missed = Missed(
            frozenset(one.task_id for one in self.moot), self.state.settle, self.state.unfolded
        )
        self.answers.set(answers_markup(self.offers, ticked, missed, ready, several, self.on))
        self.recent.set(self._recent())

    def _recent(self) -> object:
        if len(self.person_ids) != 1:
            return ""
        rows = self.wb.contacts.of_person(self.person_ids[0], as_of=self.on, limit=3)
        return history_markup(rows, self.on)

    def _stash(self) -> None:
        """Put what stands in the fields of one person aside under that person."""
        if self.state.about is None:
            return
        part = self.state.part(self.state.about)
        part.entries = {name: str(self.fields[name].entry) for name in PART_FIELDS}

    def _unstash(self, person_id: int | None) -> None:
        """Show what was put aside for one person."""
        listening, self.listening = self.listening, False
        self.state.about = person_id
        part = self.state.part(person_id) if person_id is not None else Part()
        for name, entry in part.written().items():
            self.fields[name].entry = entry
        self.listening = listening

    def _pick(self, name: str, keys: Sequence[str]) -> None:
        """Pick people or colleagues by their ids."""
        if name == "persons":
            lines = self.wb.contacts.people([int(key) for key in keys], as_of=self.on)
            self.lines = {one.person_id: one for one in lines}
            self.fields[name].put(*(Hit(str(one.person_id), one.name) for one in lines))
        else:
            known = {key: one.name for key, one in self.colleagues.items()}
            self.fields[name].put(*(Hit(key, known[key]) for key in keys if key in known))

    def _participants(self, entered: dict[str, Any]) -> tuple[Participant, ...]:
        roles = {key: one.role for key, one in self.colleagues.items()}
        staff = [
            Participant(int(key), None, _actor_role(roles.get(key, "")))
            for key in entered["staff"] or ()
        ]
        helpers = names_in(entered["volunteers"])
        seats = self.wb.pairs.seats_by_name(self.person_ids, as_of=self.on) if helpers else {}
        named = [Participant(None, name, "leader") for name in names_in(entered["leaders"])]
        named += [Participant(None, name, seats.get(name, "volunteer")) for name in helpers]
        return (*staff, *named)


def _actor_role(staff_role: str) -> str:
    return staff_role if staff_role in ("leader", "volunteer") else "caseworker"


def names_in(entered: object) -> list[str]:
    """Take names apart that were typed one after the other."""
    text = str(entered or "")
    for mark in ",，;；\n ":
        text = text.replace(mark, "、")
    return [name for name in text.split("、") if name]


def _show(box: Any, wanted: bool) -> None:
    """Show a part of the form, or take it out of sight and of the keyboard's way."""
    box.layout.display = None if wanted else "none"
