"""结对推荐: pairs worked out over everybody at once, with reasons; accepted one by one or all.

Who: the supervisor, when helpers are new or have stopped. Decides: what matters how much, and which
pairs are made. Clicks: one to propose, one to accept all, one to take it back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from casework.errors import InvalidEntry
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Html,
    Noted,
    NumberField,
    Panel,
    Screen,
    Shell,
    State,
    el,
    figure,
    link,
    listed,
    notice,
    section,
    stack,
)
from casework.ui.pair_cells import seat_name
from casework.ui.pair_parts import reasons_html, weight_names
from casework.ui.pair_search import MatchPanel
from casework.ui.widgets.table import Together
from casework.ui.wording import day_text, spaced
from casework.workbook.pair_losses import Lost
from casework.workbook.pair_problem import PairProblem
from casework.workbook.pair_rounds import Accepted, OfferRow, RoundLine
from casework.workbook.pair_words import (
    kilometres,
    objective_words,
    offer_state_word,
    told_words,
    why_words,
)

__all__ = ["PairingScreen", "screen"]

_REFUSED_SHOWN = 8


class PairingScreen(Screen):
    """Proposals of pairs.

    Parameters
    ----------
    id : str
        Number of a proposal to show; none shows the form and earlier proposals.
    lost : str
        Numbers of helpers, with commas between: who would be without them.
    """

    def __init__(self, shell: Shell, id: str = "", lost: str = "") -> None:
        super().__init__(
            shell,
            _("Proposed pairs"),
            lead=_("The search proposes who suits whom; nobody is paired before you accept."),
        )
        self.rules = self.wb.pair_rounds.rules
        self.can_edit = shell.as_of is None and self.wb.pair_rounds.may_propose
        self.round_id = int(id) if id.isdigit() else None
        self.lost = [int(one) for one in lost.split(",") if one.isdigit()]
        self.going = MatchPanel()
        self.answer = Panel("", person=lambda person: shell.go("person", id=person))
        if self.round_id is not None:
            self._lay_out_round()
        else:
            self._lay_out_form()
        self.refresh()

    # --- asking for a proposal -----------------------------------------------------------------

    def _lay_out_form(self) -> None:
        seats = {one: seat_name(self.wb.agency, one) for one in self._seats()}
        ways = {"fill": _("Only fill empty seats"),
                "free": _("Pairs may change too, locked ones aside")}  # fmt: skip
        self.role = ChoiceField("role", _("Which seat"), seats, required=True, most_chips=8)
        self.change = ChoiceField("change", _("What may change"), ways, required=True)
        known = self.wb.helpers.seats(self.lost or None)
        first = [one for one in seats if one in known] or list(seats)
        self.role.entry = first[0]
        self.change.entry = "fill"
        names = weight_names()
        self.weights = [
            NumberField(name, words, least=0, most=1000, whole=False)
            for name, words in names.items()
        ]
        for one in self.weights:
            one.entry = f"{self.rules.weights[one.name]:g}"
        self.fields = {one.name: one for one in (self.role, self.change, *self.weights)}
        for one in (self.role, self.change):
            one.changed.append(self.tell_what_there_is)
        self.there = Panel("", helpers=lambda: self.shell.go("helpers"))
        self.table = DataTable(
            [
                Column("what", _("Proposal")),
                Column("open", _("Open"), kind="number"),
                Column("accepted", _("Accepted"), kind="number"),
                Column("without", _("Nobody found"), kind="number"),
                Column("by", _("Made by"), phone="hide"),
            ],
            listed([]),
            caption=_("Earlier proposals"),
            opens=lambda key: self.shell.go("pairing", id=key),
            empty=(_("There is no proposal yet."), ""),
        )
        parts: list[Any] = []
        if self.can_edit:
            head = Panel(el("h2", _("What matters how much, in kilometres")))
            fold = stack(head, *self.weights, css="cw-form cw-pair-weights")
            go = self.action(_("Propose pairs"), self.propose, kind="primary", key="ctrl+s")
            lost = [self.action(_("Who would be without them?"), self.without)] if self.lost else []
            parts = [
                stack(self.role, self.change, css="cw-form"), self.there, fold, self.going,
                self.answer, self.actions(*lost, go),
            ]  # fmt: skip
        self.body(*parts, self.table)

    def _seats(self) -> list[str]:
        """Give the seats that a proposal can fill: those asked for first, then others."""
        asked = [seat for one in self.rules.required for seat in one.seats]
        own = [one for one in dict.fromkeys(asked) if one in self.rules.seats]
        own_list = self.wb.agency.lists.get("care_team_seat")
        known = [one.code for one in own_list.entries] if own_list else []
        return own + [one for one in self.rules.seats if one in known and one not in own] or list(
            self.rules.seats
        )

    def tell_what_there_is(self) -> None:
        """Say who lacks somebody and who could be that; what cannot be read is said on saving."""
        if self.role.value is None or self.change.value is None:
            return
        frees = self.change.value == "free"
        self.there.set(there_html(self.wb.pair_rounds.problem(self.role.value, frees=frees)))

    def _entered(self) -> tuple[str, bool, dict[str, float]]:
        entered = self.read()
        weights = {
            name: float(entered[name])
            for name in weight_names()
            if isinstance(entered[name], int | Decimal)
        }
        return entered["role"], entered["change"] == "free", weights

    def propose(self) -> None:
        """Work out a proposal beside what goes on, and open it."""
        if self.going.is_running:
            return
        role, frees, weights = self._entered()
        problem = self.wb.pair_rounds.problem(role, frees=frees, weights=weights)
        if not problem.people:
            raise InvalidEntry(
                _("Nobody lacks somebody in this seat. Choose another one, or let pairs change."),
                "role",
            )
        rounds = self.wb.pair_rounds
        self.going.run(
            lambda hear: rounds.search(problem, hear), lambda lines: self.opened(problem, lines)
        )

    def opened(self, problem: PairProblem, lines: list[dict[str, Any]]) -> None:
        """Keep what was found, and show it."""
        self.shell.go("pairing", id=self.wb.pair_rounds.keep(problem, lines))

    def without(self) -> None:
        """Say who would be without the helpers that were named."""
        if self.going.is_running:
            return
        role = self.read()["role"]
        rounds, lost = self.wb.pair_rounds, self.lost
        self.going.run(lambda _hear: rounds.without(role, lost), self.told)

    def told(self, found: Lost) -> None:
        """Show who would be without."""
        self.answer.set(lost_html(found))

    # --- a proposal ----------------------------------------------------------------------------

    def _lay_out_round(self) -> None:
        self.about = Panel("", all=lambda: self.shell.go("pairing"),
                           helpers=lambda: self.shell.go("helpers"))  # fmt: skip
        together = [
            Together("accept", _("Accept"), self.accept),
            Together("decline", _("Leave aside"), self.decline),
            Together("reopen", _("Open again"), self.reopen),
        ]
        self.table = DataTable(
            [
                Column("person", _("Person")),
                Column("helper", _("Helper")),
                Column("why", _("Why"), sortable=False, phone="bare"),
                Column("state", _("State"), kind="state"),
            ],
            listed([]),
            caption=_("Proposed pairs"),
            opens=self.to_person,
            together=together if self.can_edit else [],
            every=lambda query: [
                one.offer_id for one in self.shown.offers if one.state == "open"
            ],
            search_hint=_("Name"),
            empty=(_("Nothing is to be changed."), _("Every seat is filled as well as can be.")),
        )  # fmt: skip
        self.foot = stack(css="cw-actions")
        self.body(self.about, self.table, self.foot)

    def refresh(self) -> None:
        """Read the proposal, or what there is to propose, again."""
        if self.round_id is None:
            rows = [_round_row(one, seat_name(self.wb.agency, one.role))
                    for one in self.wb.pair_rounds.recent()]  # fmt: skip
            self.table.source = listed(rows)
            self.table.refresh()
            if self.can_edit:
                self.tell_what_there_is()
                self._ask_about_lost()
            return
        self.shown = self.wb.pair_rounds.show(self.round_id)
        line = self.shown.line
        self.retitle(_("Proposal no. {n}: {seat}", n=line.round_id,
                       seat=seat_name(self.wb.agency, line.role)))  # fmt: skip
        self.about.set(about_html(line))
        self.table.source = listed([_offer_row(one) for one in self.shown.offers],
                                   ["person", "helper"])  # fmt: skip
        self.table.refresh()
        self._draw_foot()

    def _ask_about_lost(self) -> None:
        if not self.lost:
            return
        names = [self.wb.helpers.one(one).row.name for one in self.lost]
        self.tell(_("Without {names}: choose the seat, then ask who would be without them.",
                    names="、".join(names)))  # fmt: skip

    def _draw_foot(self) -> None:
        counts = self.shown.line.counts
        made: list[Any] = [self.action(_("All proposals"), lambda: self.shell.go("pairing"),
                                       kind="quiet")]  # fmt: skip
        if self.can_edit and counts.get("accepted"):
            made.append(self.action(_("Take back what was accepted"), self.take_all_back,
                                    kind="danger"))  # fmt: skip
        if self.can_edit and counts.get("open"):
            words = _("Accept all {n}", n=counts["open"])
            made.append(self.action(words, self.accept_all, kind="primary", key="ctrl+s"))
        self.foot.children = made

    def to_person(self, key: str) -> None:
        """Go to the dossier of the person in a line."""
        found = next(one for one in self.shown.offers if str(one.offer_id) == key)
        self.shell.go("person", id=found.person_id)

    def accept(self, keys: list[str]) -> None:
        """Make pairs of the lines selected."""
        self._told(self.wb.pair_rounds.accept(self._own(), [int(key) for key in keys]))

    def accept_all(self) -> None:
        """Make pairs of all open lines."""
        self._told(self.wb.pair_rounds.accept(self._own()))

    def _told(self, done: Accepted) -> None:
        self.refresh()
        if done.refused:
            lines = [
                el("li", el("b", person), " ", words)
                for person, words in done.refused[:_REFUSED_SHOWN]
            ]
            more = len(done.refused) - len(lines)
            if more > 0:
                lines.append(el("li", _("… and {n} more", n=more)))
            head = _("{n} could not be paired any more:", n=len(done.refused))
            self.notice.set(notice(head, "warning", el("ul", lines, class_="cw-lines")))
        if done.seats:
            self.said(_("{n} pairs made.", n=len(done.seats)),
                      undo=lambda: self._taken_back(done))  # fmt: skip

    def _taken_back(self, done: Accepted) -> None:
        n = self.wb.pair_rounds.take_back(self._own(), done.seats)
        self.refresh()
        self.said(_("{n} pairs taken back.", n=n))

    def take_all_back(self) -> None:
        """Take back every pair made of this proposal."""
        n = self.wb.pair_rounds.take_back(self._own())
        self.refresh()
        self.said(_("{n} pairs taken back.", n=n))

    def decline(self, keys: list[str]) -> None:
        """Leave the lines selected aside."""
        self.wb.pair_rounds.decline([int(key) for key in keys])
        self.refresh()

    def reopen(self, keys: list[str]) -> None:
        """Open lines again that were left aside."""
        self.wb.pair_rounds.decline([int(key) for key in keys], declined=False)
        self.refresh()

    def _own(self) -> int:
        assert self.round_id is not None  # noqa: S101 - offered with a proposal only
        return self.round_id


screen = PairingScreen


def there_html(problem: PairProblem) -> Html:
    """Say who lacks somebody, who could be that, and what is not known."""
    places = sum(problem.room.get(one.helper_id, 0) for one in problem.helpers)
    told = figure(
        _("{people} people to be paired, {helpers} helpers with {places} places"),
        {"people": len(problem.people), "helpers": len(problem.helpers), "places": places},
    )
    known = told_words(
        {
            "unplaced_people": sum(one.place is None for one in problem.people),
            "by_community": sum(one.by_community for one in problem.people),
            "unplaced_helpers": sum(
                one.helper_id not in problem.places for one in problem.helpers
            ),
            "unspoken": sum("dialect" not in one.facts for one in problem.people),
            "left_out": problem.left_out,
            "refused": len(problem.refused),
            "unasked": problem.unasked,
            "locked": len(problem.locked),
        }
    )  # fmt: skip
    return el(
        "div",
        told,
        el("ul", [el("li", spaced(one)) for one in known], class_="cw-lines cw-hint"),
        el("p", link(_("Register of helpers"), "helpers")),
        class_="cw-stack",
    )


def about_html(line: RoundLine) -> Html:
    """Say what a proposal came to, what it weighed, and what was not known."""
    counts = line.counts
    told = [
        _("{n} open", n=counts.get("open", 0)),
        _("{n} accepted", n=counts.get("accepted", 0)),
        _("{n} left aside", n=counts.get("declined", 0)),
        _("for {n} nobody was found", n=counts.get("without", 0)),
    ]
    made = _("Made on {day} by {who}", day=day_text(line.at), who=line.by)
    change = _("Pairs may change too, locked ones aside") if line.frees else _(
        "Only fill empty seats")  # fmt: skip
    return el(
        "div",
        el("p", spaced("，".join(told)), class_="cw-lead"),
        el("ul", [el("li", spaced(one)) for one in told_words(line.told)],
           class_="cw-lines cw-hint"),
        el(
            "details",
            el("summary", _("What was weighed")),
            el("p", spaced(objective_words(line.weights)), class_="cw-hint"),
            el("p", spaced(f"{change}。{made}"), class_="cw-hint"),
            class_="cw-fold",
        ),
        class_="cw-stack",
    )  # fmt: skip


def lost_html(found: Lost) -> Html:
    """Say who would be without, and whom they might have instead at what cost."""
    if not found.people:
        return section(
            _("Without {names}", names="、".join(found.helpers)),
            el("p", _("Nobody in this seat would be without."), class_="cw-lead"),
        )
    rows = []
    for one in found.people:
        name = link(one.person, "person", person=one.person_id)
        if one.instead is None:
            said = el("span", _("nobody: {why}", why=why_words(one.why)), class_="cw-tone-overdue")
        else:
            said = el("span", _("{helper} instead", helper=one.instead), _cost(one.dearer_km))
        rows.append(el("li", name, " ", el("small", one.helper, class_="cw-faint"), " ", said))
    head = _("{n} people lose their helper; for {without} nobody can be found.",
             n=len(found.people), without=found.n_without)  # fmt: skip
    return section(
        _("Without {names}", names="、".join(found.helpers)),
        el("p", spaced(head), class_="cw-lead"),
        el("ul", rows, class_="cw-lines"),
        el("p", _("Nothing is written. Let a helper stop in the register, then propose pairs."),
           class_="cw-hint"),
    )  # fmt: skip


def _cost(dearer: float | None) -> str:
    if dearer is None:
        return ""
    if dearer <= 0:
        return _(", not worse than now")
    return _(", worth {way} less", way=kilometres(dearer))


def _round_row(one: RoundLine, seat: str) -> dict[str, object]:
    counts = one.counts
    return {
        "id": str(one.round_id),
        "what": Noted(_("No. {n}: {seat}", n=one.round_id, seat=seat), day_text(one.at)),
        "open": counts.get("open", 0),
        "accepted": counts.get("accepted", 0),
        "without": counts.get("without", 0),
        "by": one.by,
    }


def _offer_row(one: OfferRow) -> dict[str, object]:
    signs = {"open": "ready", "accepted": "done", "declined": "excused", "without": "overdue"}
    helper: object = one.helper or "–"
    if one.helper and one.before:
        helper = Noted(one.helper, _("in the place of {name}", name=one.before))
    return {
        "id": str(one.offer_id),
        "person": one.person,
        "helper": helper,
        "why": reasons_html(one.terms, one.why),
        "state": State(signs[one.state], offer_state_word(one.state)),
    }
