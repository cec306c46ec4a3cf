"""What comes of a change of the rules, under the form: the finding, and the rows of its figures.

Decides that a finding comes into sight when it is there and that each figure opens whom it counts;
leaves how findings look to :mod:`casework.ui.screens.policy_parts`.
"""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import VBox

from casework.terms import _
from casework.ui import Column, DataTable, Panel, listed, stack
from casework.ui.parts import section
from casework.ui.screens.policy_parts import (
    EVERYBODY,
    FEW,
    backtest_view,
    begun_tables,
    count_names,
    difference_view,
)
from casework.ui.wording import number_text, spaced
from casework.workbook.rule_backtest import Backtest
from casework.workbook.rule_difference import Difference
from casework.workbook.rule_tallies import Count, hours

__all__ = ["Outcome"]


class Outcome(VBox):  # type: ignore[misc]
    """What would change, or would have been; empty until something is asked.

    Parameters
    ----------
    open_person, open_rule : callable
        Called with the person's number or the rule's code.
    """

    def __init__(
        self, open_person: Callable[[int], object], open_rule: Callable[[str], object]
    ) -> None:
        super().__init__()
        self.add_class("cw-stack")
        self.open_person = open_person
        self.panel = Panel("", rule=open_rule, rows=self.open_rows)
        self.rows = stack()
        self.begun = stack()
        self.found: Difference | Backtest | None = None
        self.children = [self.panel, self.rows, self.begun]

    @property
    def html(self) -> str:
        """The finding as it is shown."""
        return str(self.panel.html)

    def show_difference(self, found: Difference) -> None:
        """Show what would change, with the tasks already begun."""
        self.show(difference_view(found), found)
        self.begun.children = begun_tables(found, self.open_person)

    def show_backtest(self, found: Backtest, present: Backtest) -> None:
        """Show what would have been due, beside the rules in force."""
        self.show(backtest_view(found, present), found)

    def show(self, html: object, found: Difference | Backtest | None = None) -> None:
        """Show a finding and bring it into sight."""
        self.found = found
        self.rows.children = self.begun.children = []
        self.panel.set(html)
        self.panel.focus()

    def clear(self) -> None:
        """Show nothing: what was found is not about what is in the form any more."""
        self.found = None
        self.panel.set("")
        self.rows.children = self.begun.children = []

    def open_rows(self, by: str, key: str, name: str) -> None:
        """List the people behind a figure: the numbers beside them add up to it.

        Parameters
        ----------
        by : {"rule", "unit", "worker", "people"}
            The table of the figure; ``people`` for all who are affected.
        key, name : str
            The line, and which of its counts.
        """
        found = self.found
        if found is None:
            return
        if by == EVERYBODY and isinstance(found, Difference):
            n = number_text(len(found.persons))
            caption = spaced(_("{n} people affected", n=n))
            self._list(caption, self._affected(caption, found))
            return
        lines = {"rule": found.by_rule, "unit": found.by_unit, "worker": found.by_worker}[by]
        line = next(one for one in lines if one.key == key)
        count = line.counts[name]
        caption = spaced(f"{line.label}　{count_names()[name]} {number_text(count.tasks)}")
        self._list(caption, self._counted(caption, count, found))

    def _list(self, caption: str, table: DataTable) -> None:
        head = Panel(section(caption))
        self.rows.children = [head, table]
        head.focus()

    def _affected(self, caption: str, found: Difference) -> DataTable:
        listing = [
            {
                "id": one.person_id,
                "name": one.name,
                "added": one.added,
                "removed": one.removed,
                "moved": one.moved,
                "hours": f"{hours(one.minutes):+,}",
            }
            for one in found.persons
        ]
        names = count_names()
        columns = [
            Column("name", _("Name")),
            *(Column(one, names[one], "number") for one in ("added", "removed", "moved")),
            Column("hours", _("Hours"), "number", sortable=False),
        ]
        return self._table(caption, columns, listing)

    def _counted(self, caption: str, count: Count, found: Difference | Backtest) -> DataTable:
        names = (
            {one.person_id: one.name for one in found.persons}
            if isinstance(found, Difference)
            else found.names
        )
        listing = [
            {"id": person_id, "name": names.get(person_id, ""), "tasks": tasks}
            for person_id, tasks in sorted(
                count.persons.items(), key=lambda one: (-one[1], names.get(one[0], ""))
            )
        ]
        columns = [Column("name", _("Name")), Column("tasks", _("Tasks"), "number")]
        return self._table(caption, columns, listing)

    def _table(
        self, caption: str, columns: list[Column], listing: list[dict[str, object]]
    ) -> DataTable:
        return DataTable(
            columns,
            listed(listing, ("name",)),
            caption=caption,
            opens=lambda key: self.open_person(int(key)),
            query=FEW,
        )
