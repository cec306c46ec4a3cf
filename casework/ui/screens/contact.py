"""Recording a contact: one common visit in a few keys, everything else one step further.

Decides the order of the fields, what stands in them before anything is typed (today, me, the
channel of the open task), and what is ticked; leaves what a contact does to `wb.contacts`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from casework.errors import InvalidEntry
from casework.reference import code_list
from casework.terms import _
from casework.ui import Hit, Panel, Screen, stack
from casework.ui.contact_fields import (
    answers_markup,
    channel_names,
    codes_of,
    contact_fields,
    history_markup,
    part_title,
    people_markup,
    raised_markup,
)
from casework.ui.contact_state import PART_FIELDS, FormState, Part, day_or_none
from casework.ui.wording import short_day_text
from casework.workbook.contacts import (
    Answer,
    ContactEntry,
    FollowUp,
    Participant,
    PersonEntry,
    PersonLine,
    Recorded,
)

if TYPE_CHECKING:
    from casework.ui.shell import Shell

__all__ = ["ContactForm", "screen"]

_NOT_REACHED = ("not_reached", "declined")
_DETAILS = ("kind", "place", "started_at", "initiated_by", "staff", "leaders", "volunteers")


class ContactForm(Screen):
    """The form for a visit, call or meeting, with one person or many.

    Parameters
    ----------
    shell : Shell
    persons : str
        Ids of the persons to begin with, separated by commas.
    tasks : str
        Ids of tasks that the contact was made for; they stand ticked.
    contact : str
        Id of a contact to correct.
    """

    def __init__(self, shell: Shell, persons: str = "", tasks: str = "", contact: str = "") -> None:
        self.amends = int(contact) if contact.isdigit() else None
        super().__init__(
            shell,
            _("Correct a contact") if self.amends else _("Record a contact"),
            lead=_("Name or initials, Enter, a digit for the channel, what was heard, Ctrl S."),
        )
        self.asked_tasks = frozenset(_ids(tasks))
        self.subject = f"contact:{self.amends}" if self.amends else persons or "new"
        self.state = FormState(key=secrets.token_hex(12))
        self.lines: dict[int, PersonLine] = {}
        self.offers: list[Answer] = []
        self._listening = False
        recorded = self.wb.contacts.entry_of(self.amends) if self.amends else None
        names = channel_names(self.wb.agency, recorded.channel if recorded else "")
        follow_up_days = int(self.wb.agency.setting("follow_up_days", self.on))
        for field in contact_fields(
            names, self.on, self.find_people, self.find_staff, follow_up_days
        ):
            self.field(field)
        self._lay_out()
        self._begin(_ids(persons))
        self._listen()
        self.refresh()
        self.fields["channel" if self.person_ids else "persons"].focus()

    @property
    def person_ids(self) -> tuple[int, ...]:
        """The persons chosen, in the order of choosing."""
        return tuple(int(key) for key in self.fields["persons"].entry)

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

    def entry(self) -> ContactEntry:
        """Read the whole form.

        Raises
        ------
        InvalidEntry
            When any field was refused; the reasons stand beside the fields.
        """
        entered = self.read()
        self._stash()
        parts = {id_: self.state.part(id_) for id_ in self.person_ids}
        ticked = [one for one in self.offers if self.state.is_ticked(one, self.asked_tasks)]
        return ContactEntry(
            client_key=self.state.key,
            happened_on=entered["happened_on"],
            channel=entered["channel"],
            kind=entered["kind"],
            place=entered["place"],
            planned_on=next((one.planned_on for one in ticked if one.planned_on), None),
            planned_minutes=next((one.planned_minutes for one in ticked), None),
            started_at=entered["started_at"],
            minutes=entered["minutes"],
            initiated_by=entered["initiated_by"] or "staff",
            summary=entered["summary"] if len(parts) > 1 else None,
            persons=tuple(_person_entry(id_, part) for id_, part in parts.items()),
            participants=self._participants(entered),
            follow_ups=tuple(self._follow_ups(parts)),
            closes=frozenset(one.task_id for one in ticked),
        )

    def save(self) -> None:
        """Record the contact, say what it did, and offer the way back."""
        entry = self.entry()
        before = self.wb.contacts.entry_of(self.amends) if self.amends else None
        if self.amends:
            done = self.wb.contacts.amend(self.amends, entry)
        else:
            done = self.wb.contacts.record(entry)
        left = self.entries()
        self._listening = False
        self.wb.drafts.discard("contact", self.subject)
        self.said(self._story(entry, done), undo=lambda: self._undo(done, before, left))
        if self.subject == "new":
            self._start_anew()
        else:
            self.shell.back()

    def discard(self) -> None:
        """Throw away what was entered and not saved."""
        self._listening = False
        self.wb.drafts.discard("contact", self.subject)
        self.state = FormState(key=secrets.token_hex(12))
        for field in self.fields.values():
            field.entry = field.blank()
            field.passed()
        self._begin(() if self.subject == "new" else _ids(self.subject))
        self._listen()
        self.tell("")
        self.refresh()

    def tick(self, task: int) -> None:
        """Tick or untick a task that the contact would answer."""
        offer = next(one for one in self.offers if one.task_id == task)
        self.state.ticks[task] = not self.state.is_ticked(offer, self.asked_tasks)
        self._show_offers()
        self.keep()

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
        if self._listening:
            self.wb.drafts.keep("contact", self.subject, self.entries())

    def entries(self) -> dict[str, Any]:
        """Give all entries and what else was chosen, as plain values."""
        self._stash()
        return {**super().entries(), "state": self.state.as_record()}

    def restore(self, entries: dict[str, Any]) -> None:
        """Put the entries of a draft back, the people by their names."""
        listening, self._listening = self._listening, False
        plain = dict(entries)
        self.state = FormState.from_record(plain.pop("state"))
        self._pick("persons", plain.pop("persons"))
        self._pick("staff", plain.pop("staff"))
        super().restore({k: v for k, v in plain.items() if k not in PART_FIELDS})
        self._unstash(self.state.about)
        self._listening = listening
        self.refresh()

    def _lay_out(self) -> None:
        take = self.fields
        self.people = Panel("", part=self.open_part)
        self.part_title = Panel("")
        self.raised = Panel("", remove=self.remove_raised)
        self.answers = Panel("", tick=self.tick)
        self.recent = Panel("")
        self._reason = stack(take["reason"])
        self._severity = stack(take["raised_severity"])
        self._about_need = stack(take["raised_domain"], self._severity)
        self._about_opinion = stack(take["raised_opinion"])
        self._more_raised = stack(
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
        self._details = stack(*(take[name] for name in _DETAILS))
        self.details = self.action("", self.show_details, kind="quiet")
        form = stack(
            take["persons"],
            take["channel"],
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
        self.body(stack(form, beside, css="cw-split"), self.actions(save))

    def _begin(self, persons: Sequence[int]) -> None:
        """Fill in what is usual, or what was there before."""
        self._pick("persons", [str(id_) for id_ in persons])
        actor = self.wb.actor
        if actor.staff_id is not None:
            self._pick("staff", [str(actor.staff_id)])
        self.fields["happened_on"].put(self.on)
        self.fields["initiated_by"].put("staff")
        self.fields["outcome"].put("reached")
        draft = self.wb.drafts.find("contact", self.subject)
        if draft is not None:
            self.restore(dict(draft.values))
            self.tell(_("This is the draft you left unsaved. Go on, or discard it."), "info")
        elif self.amends:
            self._fill(self.wb.contacts.entry_of(self.amends))
        else:
            self._follow_people()

    def _fill(self, entry: ContactEntry) -> None:
        """Put a recorded contact into the form."""
        self._pick("persons", [str(id_) for id_ in entry.person_ids])
        for name in ("happened_on", "channel", "kind", "place", "started_at", "minutes"):
            self.fields[name].put(getattr(entry, name))
        self.fields["initiated_by"].put(entry.initiated_by)
        self.fields["summary"].put(entry.summary)
        named = [one for one in entry.participants if one.staff_id is None]
        self._pick("staff", [str(one.staff_id) for one in entry.participants if one.staff_id])
        for field, role in (("leaders", "leader"), ("volunteers", "volunteer")):
            names = "、".join(one.name or "" for one in named if one.role == role)
            self.fields[field].put(names or None)
        self.state.take(entry)
        self._unstash(entry.person_ids[0] if len(entry.person_ids) == 1 else None)

    def _listen(self) -> None:
        """Follow what is entered from now on."""
        if not self._listening and not getattr(self, "_connected", False):
            self._connected = True
            self.fields["persons"].changed.append(self._follow_people)
            for name in ("channel", "happened_on", "outcome", "leaders", "volunteers", "staff"):
                self.fields[name].changed.append(self._follow_offers)
            self.fields["raised_kind"].changed.append(self._show_people)
            for field in self.fields.values():
                field.changed.append(self.keep)
        self._listening = True

    def _follow_people(self) -> None:
        """Turn to whom the contact is with now, and propose the channel of their open task."""
        self._stash()
        ids = self.person_ids
        alone = ids[0] if len(ids) == 1 else None
        if alone is not None and self.state.about is None and not self.state.parts:
            self.state.about = alone  # what was typed before the name belongs to the name
        elif self.state.about != alone:
            self._unstash(alone)
        expected = self.wb.contacts.expected_channel(ids, on=self.on) if ids else None
        channel = self.fields["channel"]
        if expected and (channel.is_blank or self.state.proposed == channel.entry):
            self.state.proposed = expected[0]
            channel.put(expected[0])
        self.refresh()

    def _follow_offers(self) -> None:
        if self._listening:
            self._stash()
            self._show_people()
            self._show_offers()

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
        for box in (self._part, self._part_more):
            _show(box, not several or editing is not None)
        _show(self._reason, self.fields["outcome"].entry in _NOT_REACHED)
        kind = self.fields["raised_kind"].entry
        _show(self._more_raised, bool(kind))
        _show(self._about_need, kind in ("need", "wish"))
        _show(self._severity, kind == "need")
        _show(self._about_opinion, kind == "opinion")
        _show(self._details, state.details)
        words = _("Hide the details") if state.details else _("Place, time, purpose, who went")
        self.details.show(label=words)

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
        self.answers.set(answers_markup(self.offers, ticked, ready, len(self.person_ids) > 1))
        self.recent.set(self._recent())

    def _recent(self) -> object:
        if len(self.person_ids) != 1:
            return ""
        rows = self.wb.contacts.of_person(self.person_ids[0], as_of=self.on, limit=3)
        return history_markup(rows)

    def _stash(self) -> None:
        """Put what stands in the fields of one person aside under that person."""
        if self.state.about is None:
            return
        part = self.state.part(self.state.about)
        part.entries = {name: str(self.fields[name].entry) for name in PART_FIELDS}

    def _unstash(self, person_id: int | None) -> None:
        """Show what was put aside for one person."""
        listening, self._listening = self._listening, False
        self.state.about = person_id
        part = self.state.part(person_id) if person_id is not None else Part()
        for name, entry in part.written().items():
            self.fields[name].entry = entry
        self._listening = listening

    def _pick(self, name: str, keys: Sequence[str]) -> None:
        """Pick people or colleagues by their ids."""
        if name == "persons":
            lines = self.wb.contacts.people([int(key) for key in keys], as_of=self.on)
            self.lines = {one.person_id: one for one in lines}
            self.fields[name].put(*(Hit(str(one.person_id), one.name) for one in lines))
        else:
            known = {str(one.staff_id): one.name for one in self.wb.contacts.colleagues()}
            own = self.wb.actor
            known[str(own.staff_id)] = own.name
            self.fields[name].put(*(Hit(key, known[key]) for key in keys if key in known))

    def _participants(self, entered: dict[str, Any]) -> tuple[Participant, ...]:
        roles = {str(one.staff_id): one.role for one in self.wb.contacts.colleagues()}
        staff = [
            Participant(int(key), None, _actor_role(roles.get(key, "")))
            for key in entered["staff"] or ()
        ]
        named = [
            Participant(None, name, role)
            for field, role in (("leaders", "leader"), ("volunteers", "volunteer"))
            for name in _names(entered[field])
        ]
        return (*staff, *named)

    def _follow_ups(self, parts: dict[int, Part]) -> list[FollowUp]:
        return [
            FollowUp(id_, title, part.due(self.on))
            for id_, part in parts.items()
            for title in part.follow_ups()
        ]

    def _story(self, entry: ContactEntry, done: Recorded) -> str:
        """Say in one sentence what was stored."""
        names = [self.lines[id_].name for id_ in entry.person_ids if id_ in self.lines]
        who = names[0] if len(names) == 1 else _("{n} people", n=len(names))
        told = _(
            "Recorded: {who}, {channel}, {day}.",
            who=who,
            channel=codes_of("channel")[entry.channel],
            day=short_day_text(entry.happened_on),
        )
        parts = [told]
        if done.closed:
            parts.append(_("{n} tasks done.", n=len(done.closed)))
        if done.follow_ups:
            parts.append(_("{n} to follow up.", n=len(done.follow_ups)))
        return " ".join(parts)

    def _undo(self, done: Recorded, before: ContactEntry | None, left: dict[str, Any]) -> None:
        """Take the contact back and put what was entered into the form again."""
        contacts, key = self.wb.contacts, secrets.token_hex(12)
        if before is None:
            contacts.withdraw(done.contact_id, _("undone at once"))
            left["state"]["key"] = key
            self.wb.drafts.keep("contact", self.subject, left)
        else:
            contacts.amend(done.contact_id, before.with_key(key))
        self.shell.say(_("Taken back. What you entered is in the form again."))
        if self.subject == "new":
            self.shell.go("contact")
        elif before is None:
            tasks = ",".join(map(str, sorted(self.asked_tasks))) or None
            self.shell.go("contact", persons=self.subject, tasks=tasks)

    def _start_anew(self) -> None:
        """Empty the form for the next contact; day, channel and who went stay."""
        kept = {
            name: self.fields[name].entry
            for name in ("happened_on", "staff", "leaders", "volunteers", "initiated_by")
        }
        self.state = FormState(key=secrets.token_hex(12))
        for name, field in self.fields.items():
            field.entry = kept.get(name, field.blank())
        self.fields["outcome"].put("reached")
        self._listen()
        self.refresh()
        self.fields["persons"].focus()


screen = ContactForm


def _person_entry(person_id: int, part: Part) -> PersonEntry:
    if not part.outcome:
        raise InvalidEntry(_("Please say how it went."), "outcome")
    reason = part.entries.get("reason", "").strip() if part.outcome in _NOT_REACHED else ""
    return PersonEntry(
        person_id,
        part.outcome,
        part.heard or None,
        (code_list("not_reached_reason").read(reason) or reason) or None,
        tuple(part.all_raised()),
    )


def _actor_role(staff_role: str) -> str:
    return staff_role if staff_role in ("leader", "volunteer") else "caseworker"


def _names(entered: object) -> list[str]:
    text = str(entered or "")
    for mark in ",，;；\n ":
        text = text.replace(mark, "、")
    return [name for name in text.split("、") if name]


def _ids(listed: str) -> tuple[int, ...]:
    return tuple(int(part) for part in listed.split(",") if part.isdigit())


def _show(box: Any, wanted: bool) -> None:
    """Show a part of the form, or take it out of sight and of the keyboard's way."""
    box.layout.display = None if wanted else "none"
