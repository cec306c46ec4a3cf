"""Records that may be of one person, all of them, the likeliest first.

Who: whoever looks after the roster, once after an import. Decides: which pairs are one person.
Clicks: one to lay a pair side by side.
"""

from __future__ import annotations

from casework.terms import _
from casework.ui import Column, DataTable, Noted, Screen, Shell, State, listed
from casework.ui.screens.merge import why_alike
from casework.ui.wording import span_text
from casework.workbook.likeness import LikelyPair, Sketch

__all__ = ["DuplicatesScreen", "screen"]


class DuplicatesScreen(Screen):
    """The list of pairs that look like one person, with the reasons in words.

    Parameters
    ----------
    person : str
        Only pairs with this record, from the address; empty for all.
    """

    def __init__(self, shell: Shell, person: str = "") -> None:
        self.person_id = int(person) if person.isdigit() else None
        super().__init__(
            shell,
            _("Records that may be of one person"),
            lead=_("Nothing is merged by itself: open a pair, compare, and decide."),
        )
        self.table = DataTable(
            [
                Column("one", _("One record")),
                Column("other", _("Other record")),
                Column("why", _("What speaks for it"), sortable=False),
                Column("sure", _("How sure"), kind="state"),
            ],
            listed(self._rows()),
            caption=_("Pairs of records"),
            opens=self.compare,
            empty=(
                _("No two records look like one person."),
                _("After each import it is looked anew."),
            ),
        )
        self.body(self.table)

    def compare(self, key: str) -> None:
        """Lay a pair side by side."""
        one, other = key.split("-")
        self.shell.go("merge", one=one, other=other)

    def refresh(self) -> None:
        """Look for pairs again."""
        self.table.source = listed(self._rows())
        self.table.refresh()

    def _rows(self) -> list[dict[str, object]]:
        return [_row(pair) for pair in self.wb.merging.likely(person_id=self.person_id)]


def _row(pair: LikelyPair) -> dict[str, object]:
    sure = (
        State("warning", _("almost certainly one"))
        if pair.is_certain
        else State("plain", _("perhaps one"))
    )
    return {
        "id": f"{pair.one.person_id}-{pair.other.person_id}",
        "one": _who(pair.one),
        "other": _who(pair.other),
        "why": why_alike(pair.evidence),
        "sure": sure,
    }


def _who(sketch: Sketch) -> Noted:
    born = (
        span_text(sketch.earliest, sketch.latest)
        if sketch.earliest and sketch.latest
        else _("birth date not known")
    )
    return Noted(sketch.name, _("no. {id}, {born}", id=sketch.person_id, born=born))


screen = DuplicatesScreen
