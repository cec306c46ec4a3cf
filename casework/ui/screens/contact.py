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
from casework.terms import _, language
from casework.ui.contact_fields import (
    channel_names,
    codes_of,
    contact_fields,
)
from casework.ui.contact_sheet import NOT_REACHED, ContactSheet
from casework.ui.contact_state import FormState, Part
from casework.ui.wording import short_day_text
from casework.workbook.contact_entry import RECEPTION
from casework.workbook.contacts import (
    Answer,
    ContactEntry,
    FollowUp,
    PersonEntry,
    PersonLine,
    Recorded,
)

if TYPE_CHECKING:
    from casework.ui.shell import Shell

__all__ = ["ContactForm", "screen"]


class ContactForm(ContactSheet):
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
    helper : str
        Name of the helper who took part.
    """

    def __init__(
        self, shell: Shell, persons: str = "", tasks: str = "", contact: str = "", helper: str = ""
    ) -> None:
        self.amends = int(contact) if contact.isdigit() else None
        super().__init__(
            shell,
            _("Correct a contact") if self.amends else _("Record a contact"),
            lead=_("Name or initials, Enter twice, a digit for the channel, the words, Ctrl S."),
        )
        self.asked_tasks = frozenset(_ids(tasks))
        self.subject = f"contact:{self.amends}" if self.amends else persons or "new"
        self.state = FormState(key=secrets.token_hex(12))
        self.lines: dict[int, PersonLine] = {}
        self.offers: list[Answer] = []
        self.moot: list[Answer] = []
        self.listening = self.came = False
        recorded = self.wb.contacts.entry_of(self.amends) if self.amends else None
        accepted = self.wb.plans.channels(as_of=self.on)
        names = channel_names(
            self.wb.agency, accepted | {recorded.channel} if recorded else accepted
        )
        follow_up_days = int(self.wb.agency.setting("follow_up_days", self.on))
        for field in contact_fields(
            names, self.on, self.find_people, self.find_staff, follow_up_days, self.wb.agency
        ):
            self.field(field)
        self._lay_out()
        self._begin(_ids(persons), helper)
        self._listen()
        self.refresh()
        self.fields["channel" if self.person_ids else "persons"].focus()

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
            settles=frozenset(one.task_id for one in self.moot if self.state.settle),
            welcome=_points(entered["welcome"]) if self.receives else None,
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
        self.wb.drafts.discard("contact", self.subject)
        self.listening = self.unkept = False
        self.said(self._story(entry, done), undo=lambda: self._undo(done, before, left))
        if self.subject == "new":
            self._start_anew()
        else:
            self.shell.back()

    def withdraw(self) -> None:
        """Take back a contact that was recorded by mistake: its tasks are open again."""
        if self.amends is None:
            return
        before = self.wb.contacts.entry_of(self.amends)
        reopened = self.wb.contacts.withdraw(self.amends, _("recorded by mistake"))
        self.wb.drafts.discard("contact", self.subject)
        self.listening = self.unkept = False
        again, old = before.with_key(secrets.token_hex(12)), self.amends
        told = _("Withdrawn; {n} tasks are open again.", n=len(reopened))
        self.said(told, undo=lambda: self._record_again(again, old))
        self.shell.back()

    def _record_again(self, entry: ContactEntry, old: int) -> None:
        made = self.wb.contacts.record(entry)
        self.wb.photos.carry_over(old, made.contact_id)
        self.shell.refresh()

    def discard(self) -> None:
        """Throw away what was entered and not saved."""
        self.wb.drafts.discard("contact", self.subject)
        self.listening = self.unkept = False
        self.state = FormState(key=secrets.token_hex(12))
        for field in self.fields.values():
            field.entry = field.blank()
            field.passed()
        self._begin(() if self.subject == "new" else _ids(self.subject))
        self._listen()
        self.tell("")
        self.refresh()

    def _begin(self, persons: Sequence[int], helper: str = "") -> None:
        """Fill in what is usual, or what was there before."""
        self._pick("persons", [str(id_) for id_ in persons])
        actor = self.wb.actor
        if helper:
            self.fields["volunteers"].put(helper[:60])
        elif actor.staff_id is not None:
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
        if entry.welcome is not None:
            self.fields["welcome"].put(entry.welcome)
        named = [one for one in entry.participants if one.staff_id is None]
        self._pick("staff", [str(one.staff_id) for one in entry.participants if one.staff_id])
        for field, is_leader in (("leaders", True), ("volunteers", False)):
            names = "、".join(
                one.name or "" for one in named if (one.role == "leader") == is_leader
            )
            self.fields[field].put(names or None)
        self.state.take(entry)
        self._unstash(entry.person_ids[0] if len(entry.person_ids) == 1 else None)

    def _listen(self) -> None:
        """Follow what is entered from now on."""
        if not self.listening and not getattr(self, "_connected", False):
            self._connected = True
            self.fields["persons"].changed.append(self._follow_people)
            self.fields["channel"].changed.append(self._follow_channel)
            for name in ("channel", "happened_on", "outcome", "leaders", "volunteers", "staff"):
                self.fields[name].changed.append(self._follow_offers)
            self.fields["raised_kind"].changed.append(self._show_people)
            self.fields["raised_need"].changed.append(self._follow_kind_of_need)
            for field in self.fields.values():
                field.changed.append(self.keep)
        self.came = self.fields["channel"].entry == RECEPTION
        self.listening = True

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

    def _follow_channel(self) -> None:
        """Who comes to us took the initiative; whom we go to did not."""
        came, before = self.fields["channel"].entry == RECEPTION, self.came
        self.came = came
        usual, other = ("person", "staff") if came else ("staff", "person")
        if self.listening and came != before and self.fields["initiated_by"].entry == other:
            self.fields["initiated_by"].put(usual)

    def _follow_offers(self) -> None:
        if self.listening:
            self._stash()
            self._show_people()
            self._show_offers()

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
            day=short_day_text(entry.happened_on, self.on),
        )
        parts = [told]
        if done.closed:
            parts.append(_("{n} tasks done.", n=len(done.closed)))
        if done.settled:
            parts.append(_("{n} missed ones settled.", n=len(done.settled)))
        if done.follow_ups:
            parts.append(_("{n} to follow up.", n=len(done.follow_ups)))
        return (" " if language() == "en" else "").join(parts)

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
    reason = part.entries.get("reason", "").strip() if part.outcome in NOT_REACHED else ""
    return PersonEntry(
        person_id,
        part.outcome,
        part.heard or None,
        (code_list("not_reached_reason").read(reason) or reason) or None,
        tuple(part.all_raised()),
    )


def _points(entered: Any) -> tuple[str, ...] | None:
    return None if entered is None else tuple(entered)


def _ids(listed: str) -> tuple[int, ...]:
    return tuple(int(part) for part in listed.split(",") if part.isdigit())
