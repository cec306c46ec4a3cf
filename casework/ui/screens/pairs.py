"""结对: who is paired with whom, who is quiet, which seats are empty; a pair made or ended by hand.

Who: the supervisor every week, the caseworker before a call. Decides: whom to ask about first, and
who gets whom. Clicks: one to a pair, one to record a contact or end it; two to make one.
"""

from __future__ import annotations

from typing import Any

from casework.exchange.lists import XLSX, excel_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    Download,
    Hit,
    Html,
    MadeFile,
    Noted,
    Page,
    Panel,
    PickField,
    Query,
    Screen,
    Shell,
    State,
    TextField,
    definition_list,
    el,
    link,
    section,
    stack,
    unknown,
)
from casework.ui.fields import read_all
from casework.ui.pair_cells import pair_cell, seat_name, vetting_cell
from casework.ui.pair_parts import find_helpers, tab, tabs
from casework.ui.widgets.table import Together
from casework.ui.wording import ago_text, day_text, spaced
from casework.workbook.care_teams import CareTeam
from casework.workbook.pairs import PairRow

__all__ = ["PairsScreen", "screen"]

_VIEWS = ("pairs", "quiet", "unvetted", "missing", "teams", "ended")
_UNVETTED = ("none", "ended", "failed", "unknown")


class PairsScreen(Screen):
    """All pairs, or those of one person or helper; and care teams with their empty seats.

    Parameters
    ----------
    view : {"pairs", "quiet", "unvetted", "missing", "teams", "ended"}
    person, helper : str
        Number of whose pairs to show.
    seat : str
        Of empty seats, only those of this kind.
    """

    def __init__(
        self, shell: Shell, view: str = "pairs", person: str = "", helper: str = "", seat: str = ""
    ) -> None:
        super().__init__(shell, _("Pairs"), lead=_("Who comes to whom, and who has not been heard "
                                                   "of for long."))  # fmt: skip
        self.view = view if view in _VIEWS else "pairs"
        self.seat = seat if any(one.role == seat for one in shell.wb.pairs.layers()) else ""
        self.of_person = int(person) if person.isdigit() else None
        self.of_helper = int(helper) if helper.isdigit() else None
        self.can_edit = shell.as_of is None and self.wb.pairs.may_pair
        self.rules = self.wb.pairs.rules
        self.chosen: int | None = None
        self.rows: dict[str, PairRow] = {}
        self.whose: dict[str, int] = {}
        self.tabs = Panel(
            "", turn=self.turn, everybody=lambda: shell.go("pairs"),
            helpers=lambda: shell.go("helpers"), sheets=self.print_sheets,
            seat=lambda seat: shell.go("pairs", view="missing", seat=seat),
        )  # fmt: skip
        self.slot = stack(css="cw-slot")
        of_teams = self.view in ("missing", "teams")
        self.table = self._teams_table() if of_teams else self._pairs_table()
        self.body(self.tabs, self.slot, self.table, self.actions(*self._ways()))
        self.refresh()

    def _ways(self) -> list[Any]:
        ways: list[Any] = [
            Download(_("Save as Excel"), self.make_list, say=self.tell),
        ]
        if self.can_edit:
            ways += [
                self.action(_("Pair two by hand"), self.add),
                self.action(_("Propose pairs"), self.propose, kind="primary"),
            ]
        return ways

    def _pairs_table(self) -> DataTable:
        days, others = self.wb.pairs.quiet_days
        together = [
            Together("lock", _("Lock"), lambda keys: self.lock(keys, locked=True)),
            Together("unlock", _("Unlock"), lambda keys: self.lock(keys, locked=False)),
        ]
        empty = {
            "quiet": (_("No pair is quiet."), _("Of every pair something was heard in the last "
                                                "{days} days{others}.", days=days, others=others)),
            "ended": (_("No pair has ended yet."), ""),
            "unvetted": (_("Every helper in a pair is vetted."), ""),
        }.get(self.view) or (
            _("Nobody is paired yet."),
            _("Enter helpers in the register, then let pairs be proposed."),
        )  # fmt: skip
        return DataTable(
            [
                Column("person", _("Person")),
                Column("helper", _("Helper")),
                Column("role", _("Seat"), phone="hide"),
                Column("heard_on", _("Last heard of"), kind="state"),
                Column("since", _("Paired since"), kind="date", phone="hide"),
                Column("notes", _("To see to"), kind="state", sortable=False),
            ],
            self.page,
            caption=_("Pairs"),
            opens=self.choose,
            together=together if self.can_edit and self.view != "ended" else [],
            search_hint=_("Name or initials of either, unit, community"),
            empty=empty,
        )

    def _teams_table(self) -> DataTable:
        return DataTable(
            [
                Column("person", _("Person"), sortable=False),
                Column("missing", _("Empty seats"), kind="state", sortable=False),
                Column("team", _("Care team"), sortable=False, phone="bare"),
            ],
            self.teams_page,
            caption=_("Care teams"),
            opens=self.choose_team,
            search_hint=_("Name or initials"),
            empty=(
                _("No seat is empty that is asked for."),
                _("Which seats are asked for, and for whom, is the agency's setting."),
            ),
        )

    # --- lists ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Count and read again."""
        self.tabs.set(self._tabs())
        self.table.refresh()

    def turn(self, view: str) -> None:
        """Show another list."""
        self.shell.go("pairs", view=view, person=self.of_person, helper=self.of_helper)

    def page(self, query: Query) -> Page:
        """Give one page of pairs."""
        found = self.wb.pairs.list(
            as_of=self.on, **self._asked(), search=query.search, sort=query.sort,
            descending=query.descending, offset=query.offset, limit=query.limit,
        )  # fmt: skip
        self.rows |= {str(one.seat_id): one for one in found.rows}
        return Page([self._row(one) for one in found.rows], found.matching, found.total)

    def _asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = {"person_id": self.of_person, "helper_id": self.of_helper}
        if self.view == "quiet":
            asked["states"] = ("quiet",)
        elif self.view == "ended":
            asked["states"] = ("ended",)
        elif self.view == "unvetted":
            asked["vettings"] = _UNVETTED
        return asked

    def _row(self, one: PairRow) -> dict[str, object]:
        return {
            "id": str(one.seat_id),
            "person": one.person,
            "helper": Noted(one.helper, one.phone or _("no phone")),
            "role": seat_name(self.wb.agency, one.role),
            "heard_on": self._heard(one),
            "since": one.since,
            "notes": self._note(one),
        }

    def _heard(self, one: PairRow) -> object:
        if one.state in ("ended", "coming"):
            day = one.until if one.state == "ended" else one.since
            return Noted(pair_cell(one.state), day_text(day)) if day else pair_cell(one.state)
        if one.heard_on is None:
            words = _("nothing heard yet")
            return State("overdue", words) if one.state == "quiet" else words
        said = ago_text(one.heard_on, self.on)
        return Noted(State("overdue", said) if one.state == "quiet" else said,
                     day_text(one.heard_on))  # fmt: skip

    def _note(self, one: PairRow) -> object:
        if one.state == "ended":
            return one.end_reason
        if one.vetting != "valid":
            return vetting_cell(one.vetting)
        if one.consent == "refused":
            return State("overdue", _("has said no"))
        if one.consent == "open":
            return State("unknown", _("consent not asked"))
        return State("ready", _("locked")) if one.locked_on else ""

    def teams_page(self, query: Query) -> Page:
        """Give one page of care teams."""
        teams, n = self.wb.pairs.teams(
            as_of=self.on, missing=self._lacking(),
            search=query.search, offset=query.offset, limit=query.limit,
        )  # fmt: skip
        self.whose |= {str(one.person_id): one.person_id for one in teams}
        return Page([self._team(one) for one in teams], n, n)

    def _lacking(self) -> str | None:
        return (self.seat or "any") if self.view == "missing" else None

    def _layers(self) -> Html | None:
        """Write how far each layer of helpers reaches, with the way to where it does not."""
        rows = []
        for one in self.wb.pairs.layers(as_of=self.on):
            name = seat_name(self.wb.agency, one.role)
            words = _("{name}: {filled} of {asked} have one", name=name, filled=one.filled,
                      asked=one.asked)  # fmt: skip
            rows.append(
                el("li", link(words, "seat", seat=one.role),
                   unknown(_("{n} not known", n=one.unknown)) if one.unknown else None)
            )  # fmt: skip
        return (
            el("ul", rows, class_="cw-lines", aria_label=_("Layers of helpers")) if rows else None
        )

    def _team(self, team: CareTeam) -> dict[str, object]:
        missing = [seat_name(self.wb.agency, s.role) for s in team.seats if s.is_missing]
        seated = [
            f"{seat_name(self.wb.agency, s.role)} {'、'.join(s.names)}"
            for s in team.seats
            if s.names
        ]
        return {
            "id": str(team.person_id),
            "person": team.name,
            "missing": State("overdue", "、".join(missing)) if missing
            else State("done", _("complete")),
            "team": "；".join(seated) or _("nobody yet"),
        }  # fmt: skip

    def _tabs(self) -> Html:
        counted = self.wb.pairs.count(as_of=self.on)
        missing = self.wb.pairs.teams(as_of=self.on, missing="any", limit=0)[1]
        unvetted = self.wb.pairs.list(as_of=self.on, vettings=_UNVETTED, limit=0).total
        there = counted["active"] + counted["quiet"] + counted["coming"]
        named = {
            "pairs": (_("Pairs"), there),
            "quiet": (_("Quiet"), counted["quiet"]),
            "missing": (_("Empty seats"), missing),
            "teams": (_("Care teams"), None),
            "unvetted": (_("Not vetted"), unvetted),
            "ended": (_("Ended"), counted["ended"]),
        }
        made = tabs(
            _("Which pairs"),
            [
                tab(words, n, self.view == one, "turn", view=one)
                for one, (words, n) in named.items()
            ],
        )
        ways = el("p", link(_("Register of helpers"), "helpers"), " · ",
                  link(_("Sheets to print"), "sheets"), class_="cw-hint")  # fmt: skip
        if self.of_person is None and self.of_helper is None:
            reach = self._layers() if self.view in ("missing", "teams") else None
            return el("div", made, ways, reach)
        whose = self._whose()
        only = el("p", _("Only those of {name}.", name=whose), " ",
                  link(_("Show all"), "everybody"), class_="cw-hint")  # fmt: skip
        return el("div", made, only, ways)

    def _whose(self) -> str:
        if self.of_helper is not None:
            return self.wb.helpers.one(self.of_helper, as_of=self.on).row.name
        lines = self.wb.contacts.people([self.of_person or 0], as_of=self.on)
        return lines[0].name if lines else ""

    def make_list(self) -> MadeFile:
        """Write the pairs or care teams in sight as an Excel file."""
        if self.view in ("missing", "teams"):
            return self._teams_file()
        asked = self._asked()
        rows = self.wb.pairs.list(as_of=self.on, **asked, limit=None).rows
        heads = [_("Person"), _("Helper"), _("Seat"), _("Phone"), _("Paired since"),
                 _("Last heard of"), _("State"), _("Vetting")]  # fmt: skip
        table = [
            [
                one.person, one.helper, seat_name(self.wb.agency, one.role), one.phone,
                one.since and day_text(one.since), one.heard_on and day_text(one.heard_on),
                pair_cell(one.state).text, vetting_cell(one.vetting, one.vetted_until).text,
            ]
            for one in rows
        ]  # fmt: skip
        self.wb.sharing.taken([one.person_id for one in rows], "list")
        note = _("{n} pairs as of {day}.", n=len(rows), day=day_text(self.on))
        content = excel_list(_("Pairs"), note, heads, table)
        return MadeFile(f"{_('Pairs')}-{self.on}.xlsx", XLSX, content)

    def _teams_file(self) -> MadeFile:
        teams, _n = self.wb.pairs.teams(as_of=self.on, missing=self._lacking(), limit=None)
        cells = [self._team(one) for one in teams]
        self.wb.sharing.taken([one.person_id for one in teams], "list")
        rows = [[one["person"], _words_of(one["missing"]), one["team"]] for one in cells]
        note = _("{n} care teams as of {day}.", n=len(rows), day=day_text(self.on))
        heads = [_("Person"), _("Empty seats"), _("Care team")]
        content = excel_list(_("Care teams"), note, heads, rows)
        return MadeFile(f"{_('Care teams')}-{self.on}.xlsx", XLSX, content)

    # --- one pair ------------------------------------------------------------------------------

    def choose(self, key: str) -> None:
        """Show one pair, with what can be done about it."""
        self.chosen = int(key)
        one = self.rows[key]
        panel = Panel(
            self._about(one), contact=self.record, person=self.to_person, helper=self.to_helper,
            consent=lambda: self.shell.go("consent", person=one.person_id),
        )  # fmt: skip
        parts: list[Any] = [panel]
        close = self.action(_("Close"), self.put_away, kind="quiet")
        self.fields = {}
        if self.can_edit and one.state != "ended":
            fields = [
                DateField("last_day", _("Last day"), on=self.wb.today, hint=_("Empty: today")),
                TextField("why", _("Why is that?"), required=True,
                          suggestions=[_("moved away"), _("no time any more"),
                                       _("the person wishes it")]),
            ]  # fmt: skip
            self.fields = {one.name: one for one in fields}
            parts += [Panel(el("h3", _("End the pair"))), *fields]
            ways = [close, self.action(_("End the pair"), self.end, kind="danger")]
        else:
            ways = [close]
            if self.can_edit and one.end_reason:
                ways.append(self.action(_("Let it go on"), self.resume, kind="primary"))
        self.slot.children = [stack(*parts, stack(*ways, css="cw-actions"), css="cw-editor")]

    def _about(self, one: PairRow) -> Html:
        consent = {
            "given": _("given"), "refused": _("refused"), "free": _("not needed for this helper"),
        }.get(one.consent)  # fmt: skip
        rows: list[tuple[object, object]] = [
            (_("Person"), link(one.person, "person")),
            (_("Helper"), link(one.helper, "helper") if one.helper_id else one.helper),
            (_("Seat"), seat_name(self.wb.agency, one.role)),
            (_("Phone"), one.phone or unknown()),
            (_("Paired since"), day_text(one.since) if one.since else unknown()),
            (_("Last heard of"), day_text(one.heard_on) if one.heard_on else
             unknown(_("nothing heard yet"))),
            (_("Vetting"), vetting_cell(one.vetting, one.vetted_until).text),
            (_("Consent to be told to the helper"), consent or
             el("span", unknown(_("not asked")), " ", link(_("Ask for consent"), "consent"))),
        ]  # fmt: skip
        if one.until:
            rows.append((_("Until (last day)"), day_text(one.until)))
        if one.end_reason:
            rows.append((_("Why it ended"), one.end_reason))
        way = link(_("Record what was heard"), "contact") if one.state != "ended" else None
        title = _("{person} and {helper}", person=one.person, helper=one.helper)
        return section(title, definition_list(rows), el("p", way) if way else None)

    def _own(self) -> PairRow:
        return self.rows[str(self.chosen)]

    def record(self) -> None:
        """Record a contact of this pair."""
        one = self._own()
        self.shell.go("contact", persons=one.person_id, helper=one.helper)

    def to_person(self) -> None:
        """Go to the dossier."""
        self.shell.go("person", id=self._own().person_id)

    def to_helper(self) -> None:
        """Go to the register."""
        self.shell.go("helpers", helper=self._own().helper_id)

    def end(self) -> None:
        """End the pair; it stays in the history."""
        read = read_all(self.fields)
        one = self._own()
        self.wb.pairs.end(one.seat_id, last_day=read["last_day"], reason=read["why"])
        self.put_away()
        self.refresh()
        self.said(
            _("{person} and {helper} are a pair no longer.", person=one.person, helper=one.helper),
            undo=lambda: self._resumed(one.seat_id),
        )

    def resume(self) -> None:
        """Let a pair go on that was ended."""
        self._resumed(self._own().seat_id)

    def _resumed(self, seat_id: int) -> None:
        self.wb.pairs.resume(seat_id)
        self.put_away()
        self.refresh()
        self.said(_("The pair goes on."))

    def lock(self, keys: list[str], *, locked: bool) -> None:
        """Let proposals leave pairs alone, or not any longer."""
        n = self.wb.pairs.lock([int(key) for key in keys], locked=locked)
        self.refresh()
        self.said(_("{n} pairs locked.", n=n) if locked else _("{n} pairs unlocked.", n=n))

    # --- one care team, a new pair -------------------------------------------------------------

    def choose_team(self, key: str) -> None:
        """Open the form to fill an empty seat of one person."""
        if not self.can_edit:
            self.shell.go("person", id=self.whose[key])
            return
        (team,), _n = self.wb.pairs.teams(as_of=self.on, person_ids=[self.whose[key]])
        self.add()
        self.fields["person"].put(Hit(key, team.name))
        missing = [one.role for one in team.seats if one.is_missing]
        told = _("Empty seats of {name}: {seats}.", name=team.name,
                 seats="、".join(seat_name(self.wb.agency, one) for one in missing))  # fmt: skip
        self.tell(spaced(told) if missing else "")

    def add(self) -> None:
        """Open the form that pairs two by hand."""
        seats = {one: seat_name(self.wb.agency, one) for one in self.rules.seats}
        fields: list[Any] = [
            PickField("person", _("Person"), self.shell.find_people, required=True,
                      placeholder=_("Name, initials or the last digits of the ID")),
            PickField("helper", _("Vetted helper"), find_helpers(self.wb), required=True,
                      placeholder=_("Name, initials, unit or skill")),
            ChoiceField("role", _("Seat"), seats, most_chips=8,
                        hint=_("Empty: that of the kind of helper")),
            DateField("since", _("From"), on=self.wb.today, hint=_("Empty: today")),
        ]  # fmt: skip
        self.fields = {one.name: one for one in fields}
        away = self.action(_("Leave as it is"), self.put_away, kind="quiet")
        save = self.action(_("Pair them"), self.pair, kind="primary", key="ctrl+s")
        self.slot.children = [
            stack(Panel(el("h2", _("Pair two by hand"))), *fields,
                  stack(away, save, css="cw-actions"), css="cw-editor")
        ]  # fmt: skip
        fields[0].focus()

    def pair(self) -> None:
        """Pair the two."""
        read = self.read()
        (person,), (helper,) = read["person"], read["helper"]
        made = self.wb.pairs.pair(
            int(person), int(helper), role=read["role"], since=read["since"]
        )  # fmt: skip
        self.put_away()
        self.refresh()
        self.said(_("They are paired."), undo=lambda: self._taken_back(made))

    def _taken_back(self, seat_id: int) -> None:
        self.wb.pairs.take_back([seat_id])
        self.refresh()
        self.said(_("Taken back: {n} entries.", n=1))

    def propose(self) -> None:
        """Go on to proposals."""
        self.shell.go("pairing")

    def print_sheets(self) -> None:
        """Go on to the sheets by helper."""
        self.shell.go("pair_sheets", helper=self.of_helper)

    def put_away(self) -> None:
        """Take the form away."""
        self.chosen, self.fields = None, {}
        self.slot.children = []
        self.tell("")


def _words_of(cell: object) -> str:
    return cell.text if isinstance(cell, State) else str(cell)


screen = PairsScreen
