"""Results of a campaign: how far it is while it runs, the report once it is over.

Who: the supervisor, daily; the leaders, at the end. Decides: when the campaign is closed. Clicks:
one to a figure to see its rows, one for the file, one to print.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.errors import NotFound
from casework.exchange.lists import XLSX
from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    Download,
    Html,
    MadeFile,
    Noted,
    Panel,
    Screen,
    Shell,
    el,
    empty_state,
    figure,
    link,
    listed,
    notice,
    offer,
    section,
    stack,
)
from casework.ui.campaign_money import money_html
from casework.ui.campaign_parts import (
    carrier_names,
    result_view,
    state_of,
    tabs,
    window_text,
)
from casework.ui.contact_fields import codes_of
from casework.ui.parts import print_ways
from casework.ui.wording import day_text, number_text, short_day_text, spaced
from casework.workbook.campaign_reports import Part, campaign_report
from casework.workbook.campaign_results import Figures
from casework.workbook.campaigns import Listed

__all__ = ["ResultsScreen", "screen"]

_DONE = ("met", "family")
_STATES = ("met", "family", "not_met", "declined", "open", "missed", "left_out")


class ResultsScreen(Screen):
    """What came of one campaign.

    Parameters
    ----------
    id : str
        Number of the campaign.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        if not id.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Results"))
        self.campaign_id = int(id)
        self.whose: tuple[str, str] = ("", "")
        self.tab_slot = stack(css="cw-slot")
        self.figures = Panel("", rows=self.narrow)
        self.parts = Panel(
            "",
            rows=self.narrow,
            money=lambda **which: shell.go("campaign_money", id=self.campaign_id, **which),
            budget=lambda budget: shell.go("money", budget=budget),
        )
        self.table = DataTable(
            [
                Column("name", _("Name")),
                Column("segment", _("Segment")),
                Column("by", _("Who goes"), phone="hide"),
                Column("result", _("Result"), kind="state"),
                Column("on", _("Day"), kind="date"),
                Column("how", _("How"), phone="hide"),
            ],
            listed([]),
            caption=_("Results by person"),
            opens=lambda key: shell.go("person", id=key),
            search_hint=_("Name, unit or segment"),
            empty=(_("Nobody here."), _("Choose another figure above.")),
        )
        self.file = Download(_("Report as Excel"), self.excel, say=self.tell)
        self.warned = Panel("")
        self.foot = stack(css="cw-actions")
        self.printed = Panel(print_ways("18mm 16mm 16mm 16mm"))
        self.body(self.tab_slot, self.figures, self.parts, self.table,
                  stack(self.printed, self.file, css="cw-list-ways"),
                  self.warned, self.foot)  # fmt: skip
        self.refresh()

    def refresh(self) -> None:
        """Read the results again."""
        wb = self.wb.campaigns
        self.report = campaign_report(self.wb, self.campaign_id, self.on)
        self.people, self.shown = self.report.everybody.people, self.report.shown
        line = self.shown.line
        self.lead = spaced(
            _("{state}; visits from {days}; as of {day}", state=state_of(line).text,
              days=window_text(line), day=day_text(self.on))
        )  # fmt: skip
        self.retitle(str(line.label))
        self.tab_slot.children = [tabs(self.shell, self.shown, "campaign_results")]
        if self.shown.list_frozen_on is None:
            self.figures.set(
                empty_state(
                    _("There are no results yet."),
                    _("They come with the visits, once the list is frozen."),
                )
            )
            self.parts.set("")
        else:
            self.figures.set(self._figures(line.figures))
            self.parts.set(self._parts())
        self.narrow(*self.whose)
        can = self.shell.as_of is None and wb.may_decide and self.shown.list_frozen_on is not None
        self.warned.set("")
        self.foot.children = []
        if can and line.state == "closed":
            self.foot.children = [self.action(_("Open the campaign again"), self.reopen)]
        elif can:
            self.foot.children = [self.action(_("Close the campaign"), self.ask_to_close)]

    def _figures(self, figures: Figures) -> Html:
        share = None if figures.share is None else round(100 * figures.share)
        rows: list[Html] = [
            figure(
                _("{n} of {of} people visited"),
                {"n": figures.visited, "of": figures.listed},
                note=_("{share} % of the list", share=share) if share is not None else "",
                offers=offer("rows", state="done", part=""),
            ),
            figure(
                _("{n} person-times of visits"),
                {"n": figures.times},
                note=_("the family counts as well as the person"),
                offers=offer("rows", state="done", part=""),
            ),
        ]
        sentences = {
            "not_met": _("{n} people not met"),
            "declined": _("{n} people declined"),
            "open": _("{n} people still to be visited"),
            "missed": _("{n} people not visited in time"),
            "left_out": _("{n} people taken off the list"),
        }
        rows += [
            figure(
                sentences[state], {"n": figures.by_state[state]},
                tone="overdue" if state == "missed" else "",
                offers=offer("rows", state=state, part=""),
            )
            for state in sentences
            if figures.by_state[state]
        ]  # fmt: skip
        return el("div", rows, class_="cw-figures cw-roster-figures")

    def _parts(self) -> Html:
        titles = {
            "segment": _("By segment"), "carrier": _("By who goes"),
            "delegation": _("By delegation"),
        }  # fmt: skip
        made = [self._table(title, self.report.of(kind)) for kind, title in titles.items()]
        money = money_html(self.report.money)
        return el("div", [*(one for one in made if one), *money], class_="cw-campaign-parts")

    def _table(self, title: str, parts: Sequence[Part]) -> Html | None:
        if not parts:
            return None
        head = ["", _("On the list"), _("Visited (persons)"), _("Person-times"), _("Not met"),
                _("Left")]  # fmt: skip
        rows = []
        for one in parts:
            found, label, part = one.figures, one.label, f"{one.kind}:{one.code}"
            vain = found.by_state["not_met"] + found.by_state["declined"]
            left = found.by_state["open"] + found.by_state["missed"]
            counts = ((found.listed, "listed"), (found.visited, "done"), (found.times, "done"),
                      (vain, "vain"), (left, "left"))  # fmt: skip
            cells = [
                el("td", link(number_text(n), "rows", state=state, part=part) if n else "0",
                   data_label=words)
                for (n, state), words in zip(counts, head[1:], strict=True)
            ]  # fmt: skip
            rows.append(el("tr", el("th", label, scope="row"), *cells))
        table = el(
            "table",
            el("caption", title, class_="cw-hidden"),
            el("thead", el("tr", [el("th", words or el("span", title, class_="cw-hidden"),
                                     scope="col") for words in head])),
            el("tbody", rows),
            class_="cw-plain-table",
        )  # fmt: skip
        return section(title, el("div", table, class_="cw-scroll"))

    def _labels(self) -> dict[str, str]:
        return {one.code: str(one.label) for one in self.shown.terms.segments}

    def rows_of(self, state: str, part: str) -> list[Listed]:
        """Give exactly the people whom a figure counts."""
        kind, _colon, code = part.partition(":")
        states = {
            "": _STATES,
            "listed": tuple(one for one in _STATES if one != "left_out"),
            "done": _DONE,
            "vain": ("not_met", "declined"),
            "left": ("open", "missed"),
        }.get(state, (state,))
        found = next(
            (one for one in self.report.parts if (one.kind, one.code) == (kind, code)),
            self.report.everybody,
        )
        return [one for one in found.people if one.result.state in states]

    def narrow(self, state: str = "", part: str = "") -> None:
        """Show the people of a figure."""
        self.whose = (state, part)
        labels, ways, carriers = self._labels(), codes_of("channel"), carrier_names()
        self.table.source = listed([
            {
                "id": str(one.person_id),
                "name": Noted(one.name, one.unit or ""),
                "segment": labels.get(one.segment, one.segment),
                "by": carriers[one.carrier],
                "result": result_view(one.result),
                "on": one.result.on or "",
                "how": _how(ways.get(one.result.channel or "", ""), one.result.n_times),
            }
            for one in self.rows_of(state, part)
        ])  # fmt: skip
        self.table.search("")

    # --- deciding --------------------------------------------------------------------------------

    def ask_to_close(self) -> None:
        """Close the campaign; first say whom nobody has visited, where there are any."""
        self.refresh()
        left = len(self.rows_of("left", ""))
        if not left:
            self.close_it()
            return
        window = self.shown.line.window
        if self.on < window.opens_on:
            words = _(
                "{n} people are not visited, and visits begin only on {day}. Close all the same?",
                n=left,
                day=short_day_text(window.opens_on),
            )
        elif self.on <= window.due_on:
            words = _(
                "{n} people are not visited, and visits go on until {day}. Close all the same?",
                n=left,
                day=short_day_text(window.due_on),
            )
        else:
            words = _("{n} people were not visited. Close all the same?", n=left)
        self.warned.set(notice(spaced(words), "warning"))
        self.foot.children = [
            self.action(_("Leave as it is"), self.refresh, kind="quiet"),
            self.action(_("Close all the same"), self.close_it),
        ]

    def close_it(self) -> None:
        """Close the campaign."""
        self.wb.campaigns.close(self.campaign_id)
        self.refresh()
        self.said(_("The campaign is closed."), undo=self.reopen)

    def reopen(self) -> None:
        """Go on with the campaign."""
        self.wb.campaigns.reopen(self.campaign_id)
        self.refresh()

    def excel(self) -> MadeFile:
        """Make the report as an Excel file: figures, and the list with its results."""
        self.wb.sharing.taken([one.person_id for one in self.people], "list")
        label = str(self.shown.line.label)
        content = self.report.excel(day_text)
        return MadeFile(f"{label}-{self.on:%Y%m%d}.xlsx", XLSX, content)


screen = ResultsScreen


def _how(way: str, times: int) -> str:
    """Say how somebody was visited, and how often where it was more than once."""
    return f"{way} × {times}" if times > 1 else way
