"""Plan sheets to print: of one person, of some, or of a whole caseload, one A4 each.

Who: the caseworker before a visit or a signature, the office that files it. Decides: nothing; it is
paper. Clicks: one to print.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.errors import NotFound
from casework.terms import _
from casework.ui import Panel, Screen, Shell, join
from casework.ui.parts import print_ways
from casework.ui.sheet_room import FULL_PAGE, PAGE
from casework.ui.sheets import is_full, plan_sheet
from casework.workbook.plan_sheets import PlanSheet, caseload_of, plan_sheets

__all__ = ["PlanSheets", "screen"]

_MOST = 200


class PlanSheets(Screen):
    """The sheets as they will be printed.

    Parameters
    ----------
    person : str
        Ids of persons, with commas between them.
    staff : str
        Id of a member of staff, for everybody whose caseworker that is.
    """

    def __init__(self, shell: Shell, person: str = "", staff: str = "") -> None:
        if staff.isdigit():
            persons = list(caseload_of(shell.wb, int(staff), shell.on))
        else:
            persons = [int(one) for one in person.split(",") if one.strip().isdigit()]
        if not persons:
            raise NotFound(_("Nobody was chosen whose sheet could be printed. Choose a person."))
        cut = persons[:_MOST]
        lead = _("One sheet of A4 each, {n} in all.", n=len(cut))
        if len(persons) > len(cut):
            lead += " " + _("The first {n} of {m}; print the rest by community.", n=len(cut),
                            m=len(persons))  # fmt: skip
        super().__init__(shell, _("Plan sheets"), lead=lead)
        self.person_ids = cut
        self.add_class("cw-printing")
        self.ways = Panel("")
        self.sheets = Panel("")
        self.body(self.ways, self.sheets)
        self.refresh()

    def refresh(self) -> None:
        """Write the sheets anew."""
        self.show(plan_sheets(self.wb, self.person_ids, self.on))

    def show(self, sheets: Sequence[PlanSheet]) -> None:
        """Lay these sheets out, with margins that the longest of them fits into."""
        agency = self.wb.agency
        self.ways.set(
            print_ways(FULL_PAGE if any(is_full(one, agency) for one in sheets) else PAGE)
        )
        self.sheets.set(join(plan_sheet(one, agency) for one in sheets))


screen = PlanSheets
