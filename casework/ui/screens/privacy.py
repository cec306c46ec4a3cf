"""个人信息保护: what a supervisor answers for, by its clocks.

Who: the supervisor, once a week. Decides: which request is answered next, whom to ask for consent,
whose file has passed its time, what is erased. Clicks: one to each list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from casework.reference.privacy import purposes, rights_grounds
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    LongText,
    Noted,
    Page,
    Panel,
    Query,
    Screen,
    Shell,
    el,
    empty_state,
    join,
    section,
    stack,
    state,
)
from casework.ui.fields import read_all
from casework.ui.screens.consent import answer_form, request_form
from casework.ui.screens.consent_parts import given_out_html, request_line
from casework.ui.screens.privacy_parts import (
    assessment_fields,
    erasures_html,
    impact_html,
    incident_fields,
    incidents_html,
    kept_html,
    tabs_html,
)
from casework.workbook.privacy import AssessmentOfImpact, IncidentEntry

__all__ = ["PARTS", "PrivacyScreen", "screen"]

PARTS = ("requests", "to_ask", "outside", "keeping", "impact")
_ALL = ("overdue", "open", "answered", "refused")


class PrivacyScreen(Screen):
    """Requests, consents still to ask, recipients to tell, files past their time, assessments.

    Parameters
    ----------
    part : str
        One of `PARTS`.
    """

    def __init__(self, shell: Shell, part: str = "requests") -> None:
        super().__init__(
            shell,
            _("Privacy"),
            lead=_("What the people asked for, what they were not asked, and what is kept too "
                   "long."),
        )  # fmt: skip
        self.part = part if part in PARTS else "requests"
        self.can_edit = shell.as_of is None
        self.form: dict[str, Any] = {}
        self.tabs = Panel("", part=lambda part: shell.go("privacy", part=part))
        self.slot = stack(css="cw-slot")
        self.panel = Panel("", **self._clicks())
        self.table = self._table() if self.part == "to_ask" else None
        ways = self._ways() if self.can_edit else []
        self.ways = self.actions(*ways)
        parts = [self.tabs, self.slot, self.panel, *([self.table] if self.table else [])]
        self.body(*parts, *([self.ways] if ways else []))
        self.refresh()

    def refresh(self) -> None:
        """Read everything again."""
        self.tabs.set(tabs_html(self._counts(), self.part))
        show = {
            "requests": self._requests,
            "to_ask": self._to_ask,
            "outside": self._outside,
            "keeping": self._keeping,
            "impact": self._impact,
        }[self.part]
        self.panel.set(show())
        if self.table is not None:
            self.table.refresh()
        self.put_away()

    def put_away(self) -> None:
        """Take the form away."""
        self.form = {}
        self.slot.children = []
        self.ways.layout.display = None

    # --- what is shown --------------------------------------------------------------------------

    def _counts(self) -> dict[str, tuple[int, int]]:
        """Give for each part how many there are, and how many of these are late."""
        requests = self.wb.rights.count_requests(as_of=self.on)
        missing = [one for one in self.wb.privacy.impact(as_of=self.on) if one.state != "done"]
        n_ask, _of = self.wb.consents.count_to_ask(as_of=self.on)
        waiting = len(self.wb.rights.erasures())
        over = len(self.wb.privacy.overdue(as_of=self.on, limit=None))
        return {
            "requests": (requests["overdue"] + requests["open"], requests["overdue"]),
            "to_ask": (n_ask, 0),
            "outside": (len(self.wb.sharing.to_tell(as_of=self.on)), 0),
            "keeping": (over + waiting, 0),
            "impact": (len(missing), 0),
        }

    def _requests(self) -> object:
        found = self.wb.rights.requests(statuses=_ALL, as_of=self.on, limit=500)
        if not found:
            return empty_state(
                _("Nobody has asked for anything."),
                _("Requests come in writing, by phone or on a visit; write each of them down."),
            )
        lines = [request_line(one, self.can_edit, with_name=True) for one in found]
        return el("ul", lines, class_="cw-plain-list cw-requests")

    def _to_ask(self) -> object:
        n, of = self.wb.consents.count_to_ask(as_of=self.on)
        return el(
            "p",
            _("Of {of} people in care, {n} have not been asked about everything.", of=of, n=n),
            class_="cw-lead",
        )

    def _outside(self) -> object:
        waits = self.wb.sharing.to_tell(as_of=self.on)
        latest = self.wb.sharing.given_out(as_of=self.on, limit=100)
        return el("div", join([
            section(_("To be told that a consent ended"),
                    given_out_html(waits, self.can_edit, with_names=True)),
            section(_("Given outside lately"),
                    given_out_html(latest, False, with_names=True)),
        ]), class_="cw-stack")  # fmt: skip

    def _keeping(self) -> object:
        return el("div", join([
            erasures_html(self.wb.rights.erasures(states=("asked", "done", "declined")),
                          self.wb.actor.staff_id, self.can_edit),
            kept_html(self.wb.privacy.kept(as_of=self.on),
                      self.wb.privacy.overdue(as_of=self.on), self.can_edit),
        ]), class_="cw-stack")  # fmt: skip

    def _impact(self) -> object:
        return el("div", join([
            impact_html(self.wb.privacy.impact(as_of=self.on), self.can_edit),
            incidents_html(self.wb.privacy.incidents(as_of=self.on)),
        ]), class_="cw-stack")  # fmt: skip

    def _table(self) -> DataTable:
        return DataTable(
            [
                Column("name", _("Person"), sortable=False),
                Column("missing", _("Not asked about"), sortable=False),
            ],
            self.page,
            caption=_("Still to be asked"),
            opens=lambda key: self.shell.go("consent", person=key),
            search_hint=_("Name"),
            empty=(_("Everybody has been asked about everything."), ""),
        )

    def page(self, query: Query) -> Page:
        """Give a page of the people still to be asked."""
        total, _of = self.wb.consents.count_to_ask(as_of=self.on)
        shown = self.wb.consents.to_ask(as_of=self.on, search=query.search, limit=query.limit,
                                        offset=query.offset)  # fmt: skip
        found = total
        if query.search:
            found = len(self.wb.consents.to_ask(as_of=self.on, search=query.search, limit=None))
        known = purposes()
        cells: list[dict[str, object]] = [
            {
                "id": str(one.person_id),
                "name": Noted(one.name, one.unit or ""),
                "missing": Noted(
                    state("unknown", _("{n} purposes", n=len(one.missing))),
                    "、".join(str(known[code].label) for code in one.missing),
                ),
            }
            for one in shown
        ]
        return Page(cells, found, total)

    # --- acts -----------------------------------------------------------------------------------

    def receive(self) -> None:
        """Open the form for a request."""
        fields, run = request_form(self, self.refresh)
        self._ask("receive", _("What is asked for"), fields, run)

    def answer(self, request: int) -> None:
        """Open the form for an answer."""
        fields, run = answer_form(self, request, self.refresh)
        self._ask(f"answer.{request}", _("Answer to the request"), fields, run)

    def told(self, act: str) -> None:
        """Write down that a recipient was told."""
        self.wb.sharing.told(act)
        back = self.way_back()
        self.refresh()
        self.said(_("Written down."), undo=back)

    def hold(self, person: int) -> None:
        """Open the form that keeps a file longer."""
        fields: list[Any] = [
            DateField("until", _("Until when"), on=self.wb.today, earliest=self.wb.today,
                      required=True),
            LongText("reason", _("Why it is kept longer"), rows=2, longest=2000, required=True),
        ]  # fmt: skip

        def run() -> None:
            read = read_all(self.form)
            self.wb.privacy.hold(person, read["until"], read["reason"])
            back = self.way_back()
            self.refresh()
            self.said(_("Kept longer."), undo=back)

        self._ask(f"hold.{person}", _("Keep it longer"), fields, run)

    def erase(self, person: int) -> None:
        """Show what erasing would do, and ask for it."""
        plan = self.wb.rights.plan_erasure(person)
        grounds = {one.code: str(one.label) for one in rights_grounds().entries}
        fields: list[Any] = [
            ChoiceField("ground", _("On what ground"), grounds, required=True),
            LongText("reason", _("Why it is erased"), rows=2, longest=2000, required=True),
        ]

        def run() -> None:
            read = read_all(self.form)
            self.wb.rights.ask_erasure(person, read["ground"], read["reason"])
            self.refresh()
            self.said(_("Asked for. Another supervisor confirms it."))

        lead = _(
            "{deleted} rows are taken out, {emptied} keep only day and kind, {kept} are kept "
            "restricted, as the law wants.",
            deleted=sum(plan.deleted.values()),
            emptied=sum(plan.emptied.values()),
            kept=sum(plan.kept.values()),
        )
        self._ask(f"erase.{person}", _("Ask for erasure"), fields, run, lead=lead)

    def confirm(self, erasure: int) -> None:
        """Ask once more before it is done: it cannot be taken back."""
        sure = self.action(_("Erase for good"), lambda: self._confirmed(erasure), kind="danger")
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet")
        words = _("This cannot be undone. What the law wants kept stays, restricted.")
        self.slot.children = [
            stack(Panel(el("p", words, class_="cw-lead")), stack(leave, sure, css="cw-actions"),
                  css="cw-editor")
        ]  # fmt: skip
        self.ways.layout.display = "none"

    def _confirmed(self, erasure: int) -> None:
        done = self.wb.rights.confirm_erasure(erasure)
        self.refresh()
        self.said(_("Erased. Who asked and who confirmed stays written down."))
        words = _("Backups made before still hold it until newer ones have taken their place.")
        if not done.is_cleaned:
            rest = _(
                "Others work in the workbook just now, so traces lie in its file until the next "
                "backup."
            )
            words = f"{words} {rest}"
        self.tell(words, "warning")

    def decline(self, erasure: int) -> None:
        """Open the form that declines an erasure."""
        reason = LongText("reason", _("Why it is not erased"), rows=2, longest=2000, required=True)

        def run() -> None:
            self.wb.rights.decline_erasure(erasure, read_all(self.form)["reason"])
            self.refresh()
            self.said(_("Declined."))

        self._ask(f"decline.{erasure}", _("Decline the erasure"), [reason], run)

    def assess(self, purpose: str) -> None:
        """Open the form of an impact assessment."""

        def run() -> None:
            read = read_all(self.form)
            self.wb.privacy.assess_impact(AssessmentOfImpact(purpose=purpose, **read))
            back = self.way_back()
            self.refresh()
            self.said(_("Assessment written down; it is kept for three years."), undo=back)

        title = _("Impact assessment: {purpose}", purpose=purposes()[purpose].label)
        self._ask(f"assess.{purpose}", title, assessment_fields(self), run)

    def report(self) -> None:
        """Open the form for a leak."""

        def run() -> None:
            read = read_all(self.form)
            read["kinds"] = tuple(read["kinds"] or ())
            self.wb.privacy.report_incident(IncidentEntry(**read))
            back = self.way_back()
            self.refresh()
            self.said(_("Written down."), undo=back)

        self._ask("report", _("A leak, a loss or a wrong use"), incident_fields(self), run)

    # --- parts ----------------------------------------------------------------------------------

    def _clicks(self) -> dict[str, Callable[..., object]]:
        return {
            "answer": self.answer,
            "told": self.told,
            "hold": self.hold,
            "erase": self.erase,
            "confirm": self.confirm,
            "decline": self.decline,
            "assess": self.assess,
            "person": lambda id: self.shell.go("consent", person=id),
        }

    def _ways(self) -> list[Any]:
        if self.part == "requests":
            return [self.action(_("Write down a request"), self.receive, kind="primary")]
        if self.part == "impact":
            return [self.action(_("Report a leak"), self.report)]
        return []

    def _ask(
        self, what: str, title: str, fields: list[Any], run: Callable[[], object], *,
        lead: str = "",
    ) -> None:  # fmt: skip
        self.form = self.fields = {field.name: field for field in fields}
        kind, _dot, number = what.partition(".")
        whom = [int(number)] if kind in ("hold", "erase") else []
        kept = self.keeps(f"privacy.{what}", self.form, persons=whom)
        self.write = self.action(_("Save"), run, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept)
        head: list[Any] = [Panel(el("h3", title))]
        if lead:
            head.append(Panel(el("p", lead, class_="cw-lead")))
        bar = stack(leave, self.write, css="cw-actions")
        self.slot.children = [stack(*head, *fields, bar, css="cw-editor")]
        self.ways.layout.display = "none"  # one bar of actions at a time
        fields[0].focus()


screen = PrivacyScreen
