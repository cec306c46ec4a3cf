"""Whom a campaign visits: segments counted anew every day, then a frozen list with its reasons.

Who: the supervisor. Decides: who is visited and by whom, when the list is frozen, when its visits
become tasks. Clicks: one to freeze, one to hand out; one to a count to see who it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from casework.errors import NotFound
from casework.terms import Label, _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Html,
    LongText,
    Noted,
    Panel,
    PickField,
    Query,
    Screen,
    Shell,
    State,
    TextField,
    Together,
    el,
    figure,
    link,
    listed,
    notice,
    offer,
    stack,
)
from casework.ui.campaign_parts import (
    carrier_names,
    state_of,
    tabs,
    window_text,
)
from casework.ui.campaign_segments import listed_row, segments_html
from casework.ui.wording import day_text, short_day_text, spaced
from casework.workbook.campaign_target import Claim, Target
from casework.workbook.campaign_terms import Segment
from casework.workbook.campaigns import CampaignShown, Listed

__all__ = ["CampaignScreen", "screen"]


class CampaignScreen(Screen):
    """Whom one campaign visits.

    Parameters
    ----------
    id : str
        Number of the campaign.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        if not id.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Campaign"))
        self.campaign_id = int(id)
        self.shown_of: tuple[str, bool] | None = None
        self.whom: list[int] = []
        self.tabs = Panel("")
        self.figures = Panel("", missing=lambda: self.narrow("", True))
        self.segments = Panel("", people=self.narrow, edit=self.edit, drop=self.drop_segment)
        self.slot = stack(css="cw-slot")
        self.news = Panel("", take=self.take_new)
        self.table = self._table()
        self.foot = stack(css="cw-actions")
        self.tab_slot = stack(css="cw-slot")
        self.body(
            self.tab_slot, self.figures, self.segments, self.news, self.slot, self.table, self.foot
        )
        self.refresh()

    # --- showing ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the campaign again."""
        wb = self.wb.campaigns
        self.shown: CampaignShown = wb.show(self.campaign_id, as_of=self.on)
        line = self.shown.line
        self.is_open = self.shown.list_frozen_on is None
        self.can_decide = (
            self.shell.as_of is None and wb.may_decide and line.state != "closed"
        )  # fmt: skip
        self.lead = spaced(
            _("{state}; visits from {days}", state=state_of(line).text, days=window_text(line))
        )
        self.retitle(str(line.label))
        self.tab_slot.children = [tabs(self.shell, self.shown, "campaign")]
        self.target: Target = wb.target(self.campaign_id, as_of=self.on)
        self.people: list[Listed] = [] if self.is_open else wb.people(
            self.campaign_id, as_of=self.on
        )  # fmt: skip
        self.figures.set(self._figures())
        self.segments.set(
            segments_html(self.shown, self.target, self.people, can_edit=self._can_edit)
        )
        self.news.set(self._news())
        self._draw_list()
        self._draw_foot()

    def narrow(self, segment: str = "", unknown: bool = False) -> None:
        """Show exactly the people of a count."""
        self.shown_of = (segment, unknown)
        self._draw_list()

    def _figures(self) -> Html:
        figures, line = self.shown.line.figures, self.shown.line
        missing = offer("missing") if self.target.doubtful else None
        if self.is_open:
            first = figure(
                _("{n} people would be visited, everybody once"),
                {"n": self.target.people},
                note=_("As of {day}", day=day_text(self.on)),
            )
        else:
            first = figure(
                _("{n} people on the list, everybody once"),
                {"n": figures.listed},
                note=_("frozen on {day} by {who}", day=short_day_text(
                    self.shown.list_frozen_on or self.on), who=self.shown.frozen_by or ""),
            )  # fmt: skip
        unknown = figure(
            _("Of {n} more it is not known: find out")
            if self.target.unknown
            else _("Of {n} it is not known whether they belong further up")
            if self.target.doubtful
            else _("Of everybody it is known{n}"),
            {"n": self.target.unknown or self.target.doubtful or ""},
            tone="due" if self.target.doubtful else "",
            offers=missing,
        )
        left = (line.window.opens_on - self.on).days
        when = figure(
            _("{n} days until the first visits") if left > 0 else _("{n} days left for visits"),
            {"n": left if left > 0 else max(0, (line.window.due_on - self.on).days + 1)},
            note=spaced(window_text(line)),
        )
        return el("div", first, unknown, when, class_="cw-figures cw-roster-figures")

    @property
    def _can_edit(self) -> bool:
        return self.can_decide and self.is_open

    def _news(self) -> Html | str:
        """Say what has changed since the list was frozen."""
        if self.is_open:
            return ""
        new, gone = self.wb.campaigns.since_frozen(self.campaign_id)
        changed = sum(one.change is not None and one.left_out is None for one in self.people)
        told = []
        if new:
            words = spaced(_("{n} people meet the conditions now and are not on the list.",
                             n=len(new)))  # fmt: skip
            told.append(el("li", words, " ", link(_("Put them on the list"), "take")
                           if self.can_decide else None))  # fmt: skip
        if gone:
            told.append(el("li", spaced(_("{n} people on the list no longer meet them.",
                                          n=len(gone)))))  # fmt: skip
        if changed:
            told.append(el("li", spaced(
                _("{n} people on the list have died, left, moved or are in hospital.", n=changed)
            )))  # fmt: skip
        if not told:
            return ""
        since = _("Since the list was frozen:")
        return notice(since, "warning", el("ul", told, class_="cw-lines"))

    # --- the list --------------------------------------------------------------------------------

    def _table(self) -> DataTable:
        return DataTable(
            [
                Column("name", _("Name")),
                Column("segment", _("Segment")),
                Column("why", _("Why"), phone="hide"),
                Column("change", _("Changed since"), kind="state"),
                Column("result", _("Result"), kind="state"),
            ],
            listed([]),
            caption=_("People of the campaign"),
            opens=lambda key: self.shell.go("person", id=key),
            together=[
                Together("leave_out", _("Take off the list"), self.ask_reason),
                Together("take_in", _("Put back on the list"), self.take_in),
            ]
            if self.shell.as_of is None and self.wb.campaigns.may_decide
            else (),
            search_hint=_("Name, unit or segment"),
            query=Query(limit=25),
            empty=(
                _("Nobody belongs to these segments."),
                _("Change the conditions above, or find out what is not known."),
            ),
        )

    def _draw_list(self) -> None:
        self.table.source = listed(self._rows())
        self.table.query = replace(self.table.query, offset=0)
        self.table.refresh()

    def _rows(self) -> Sequence[dict[str, object]]:
        segment, unknown = self.shown_of or ("", False)
        labels = {one.segment.code: str(one.segment.label) for one in self.target.segments}
        if not self.is_open and not unknown:
            return [
                listed_row(one, labels)
                for one in self.people
                if not segment or one.segment == segment
            ]
        claims = [
            one
            for one in self.target.claims
            if (
                self._is_unknown(one, segment)
                if unknown
                else one.segment is not None and segment in ("", one.segment)
            )
        ]
        names = self.wb.campaigns.names([one.person_id for one in claims])
        rows = []
        for one in claims:
            name, unit = names.get(one.person_id, ("", None))
            asked = "、".join(labels.get(code, code) for code in one.unknown)
            rows.append({
                "id": str(one.person_id),
                "name": Noted(name, unit or ""),
                "segment": labels.get(one.segment or "", "")
                if one.segment and not unknown
                else State("unknown", _("not known: {what}", what=asked)),
                "why": self.shown.sentences.get(one.segment or "", ""),
                "change": "",
                "result": "",
            })  # fmt: skip
        return rows

    def _is_unknown(self, one: Claim, segment: str) -> bool:
        """Tell whether a count of those not known has somebody, of a segment or of all."""
        if segment:
            return segment in one.unknown
        return one.segment is None if self.target.unknown else bool(one.unknown)

    # --- deciding --------------------------------------------------------------------------------

    def freeze(self) -> None:
        """Freeze the list as the conditions name it today."""
        n = self.wb.campaigns.freeze(self.campaign_id)
        self.shown_of = None
        self.refresh()
        self.said(_("The list is frozen: {n} people.", n=n), undo=self.thaw)

    def thaw(self) -> None:
        """Open the list again."""
        self.wb.campaigns.thaw(self.campaign_id)
        self.refresh()
        self.said(_("The list is open again."))

    def give_out(self) -> None:
        """Let the visits become tasks."""
        n = self.wb.campaigns.give_out(self.campaign_id)
        self.refresh()
        self.said(_("{n} visits are tasks now.", n=n), undo=self.give_back)

    def give_back(self) -> None:
        """Take the tasks back."""
        n = self.wb.campaigns.give_back(self.campaign_id)
        self.refresh()
        self.said(_("Taken back: {n} tasks are as they were before.", n=n))

    def withdraw(self) -> None:
        """Take the campaign off the list of campaigns."""
        self.wb.campaigns.withdraw(self.campaign_id)
        done = self.campaign_id
        self.shell.go("campaigns")

        def back() -> None:
            self.wb.campaigns.bring_back(done)
            self.shell.refresh()

        self.shell.say(_("The campaign is withdrawn."), "done", back)

    def take_new(self) -> None:
        """Put those on the list who meet the conditions now."""
        new, _gone = self.wb.campaigns.since_frozen(self.campaign_id)
        added: list[int] = []
        for segment in dict.fromkeys(one.segment or "" for one in new):
            persons = [one.person_id for one in new if one.segment == segment]
            why = _("meets the conditions since the list was frozen")
            added += self.wb.campaigns.add(self.campaign_id, persons, segment, why)
        self.refresh()

        def back() -> None:
            self.wb.campaigns.leave_out(self.campaign_id, added, _("added by mistake"))
            self.refresh()

        self.said(_("{n} people are on the list now.", n=len(added)), undo=back)

    def take_in(self, keys: list[str]) -> None:
        """Put people back on the list who were taken off."""
        back = self.wb.campaigns.take_in(self.campaign_id, [int(key) for key in keys])
        self.refresh()
        self.said(_("{n} people are back on the list.", n=len(back)))

    def ask_reason(self, keys: list[str]) -> None:
        """Ask why people are taken off the list."""
        self.whom = [int(key) for key in keys]
        self.reason = LongText("reason", _("Why are they taken off?"), rows=2, longest=2000,
                               required=True)  # fmt: skip
        self._form(
            _("Take {n} people off the list", n=len(self.whom)), [self.reason],
            self.action(_("Take them off"), self.leave_out, kind="primary", key="ctrl+s"),
        )  # fmt: skip

    def leave_out(self) -> None:
        """Take people off the list, with the reason."""
        reason = self.read()["reason"]
        gone = self.wb.campaigns.leave_out(self.campaign_id, self.whom, reason or "")
        self.put_away()
        self.refresh()
        self.said(
            _("{n} people are off the list.", n=len(gone)),
            undo=lambda: self.take_in([str(one) for one in gone]),
        )

    def ask_whom(self) -> None:
        """Ask who is added by hand."""
        labels = {one.segment.code: str(one.segment.label) for one in self.target.segments}
        fields = [
            PickField("persons", _("Who"), self.shell.find_people, several=True, required=True),
            ChoiceField("segment", _("Visited as"), labels, required=True),
            LongText("reason", _("Reason"), rows=2, longest=2000, required=True),
        ]
        self._form(
            _("Add people by hand"), fields,
            self.action(_("Put them on the list"), self.add, kind="primary", key="ctrl+s"),
        )  # fmt: skip

    def add(self) -> None:
        """Put people on the list by hand."""
        entered = self.read()
        added = self.wb.campaigns.add(
            self.campaign_id, [int(one) for one in entered["persons"] or ()],
            entered["segment"] or "", entered["reason"] or "",
        )  # fmt: skip
        self.put_away()
        self.refresh()
        self.said(_("{n} people are on the list now.", n=len(added)))

    def edit(self, code: str) -> None:
        """Open the form of a segment; of a new one without a code."""
        segment = self.shown.terms.segment(code) if code else None
        ranks = {one.code: str(one.label) for one in self.wb.agency.ranks}
        self.segment_code = code or f"own_{len(self.shown.terms.segments) + 1}"
        name = TextField("name", _("Name of the segment"), longest=60, required=True)
        when = LongText("when", _("Condition"), rows=3, longest=2000, required=True,
                        hint=_("As in the rules, such as: 类别 = 离休 且 年龄 ≥ 90"))  # fmt: skip
        by = ChoiceField("by", _("Who goes"), carrier_names(), required=True)
        led_by = ChoiceField("led_by", _("Least rank of the leader"), ranks)
        if segment is not None:
            name.entry, by.entry = str(segment.label), segment.by
            when.entry = self.wb.rulebook.said(segment.when)
            led_by.entry = segment.led_by or ""
        self._form(
            _("Change a segment") if segment else _("Add a segment"), [name, when, by, led_by],
            self.action(_("Keep the segment"), self.save_segment, kind="primary", key="ctrl+s"),
        )  # fmt: skip

    def save_segment(self) -> None:
        """Keep a segment as it was entered."""
        entered = self.read()
        when, _node = self.wb.rulebook.understood(entered["when"])
        held = {one.code: one for one in self.shown.terms.segments}.get(self.segment_code)
        label = Label(zh=entered["name"], en=entered["name"])
        if held is not None and entered["name"] == str(held.label):
            label = held.label
        gifts = held.gifts if held is not None else ()
        self.wb.campaigns.set_segment(
            self.campaign_id,
            Segment(self.segment_code, label, when, entered["by"], entered["led_by"], gifts),
        )
        self.put_away()
        self.refresh()
        self.said(_("The segment is kept."))

    def drop_segment(self, code: str) -> None:
        """Leave a segment out of the campaign."""
        kept = [one.code for one in self.shown.terms.segments]
        segment = self.shown.terms.segment(code)
        self.wb.campaigns.put_segments(self.campaign_id, [one for one in kept if one != code])
        self.refresh()

        def back() -> None:
            self.wb.campaigns.set_segment(self.campaign_id, segment)
            self.wb.campaigns.put_segments(self.campaign_id, kept)
            self.refresh()

        self.said(_("The segment is left out."), undo=back)

    def _form(self, title: str, fields: list[Any], save: Any) -> None:
        self.fields = {one.name: one for one in fields}
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet")
        bar = stack(leave, save, css="cw-actions")
        self.slot.children = [stack(Panel(el("h2", title)), *fields, bar, css="cw-editor")]
        fields[0].focus()

    def put_away(self) -> None:
        """Take the form away."""
        self.fields = {}
        self.slot.children = []

    def _draw_foot(self) -> None:
        made: list[Any] = []
        if self.can_decide and self.is_open:
            made += [
                self.action(_("Withdraw the campaign"), self.withdraw, kind="quiet"),
                self.action(_("Freeze the list"), self.freeze, kind="primary", key="ctrl+s"),
            ]
        elif self.can_decide:
            made.append(self.action(_("Add people by hand"), self.ask_whom))
            if not self.shown.is_given:
                made.append(self.action(_("Open the list again"), self.thaw, kind="quiet"))
            else:
                made.append(self.action(_("Take the tasks back"), self.give_back, kind="quiet"))
            words = (
                _("Bring the tasks up to date") if self.shown.is_given
                else _("Hand out the visits as tasks")
            )  # fmt: skip
            made.append(self.action(words, self.give_out, kind="primary", key="ctrl+s"))
        self.foot.children = made


screen = CampaignScreen
