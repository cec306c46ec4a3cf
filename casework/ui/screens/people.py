"""All people in care: find one, see who has not been heard of, open a dossier.

Who: everybody, many times a day. Decides: whose dossier to open. Clicks: type, Enter.
"""

from __future__ import annotations

from casework.reference import code_list
from casework.terms import _
from casework.ui import Column, DataTable, Page, Query, Screen, Shell, State
from casework.workbook.roll import RollRow

__all__ = ["PeopleScreen", "screen"]


class PeopleScreen(Screen):
    """The list of people, searched as one types, by name, pinyin, number, phone or place.

    Parameters
    ----------
    search : str
        What to search for at once, from the address.
    """

    def __init__(self, shell: Shell, search: str = "") -> None:
        super().__init__(shell, str(shell.wb.agency.terms["person"]))
        self.table = DataTable(
            [
                Column("name", _("Name")),
                Column("sex", _("Sex"), sortable=False, phone="bare"),
                Column("age", _("Age"), kind="number"),
                Column("category", _("Category"), phone="hide"),
                Column("unit", _("Former unit"), phone="hide"),
                Column("community", _("Community")),
                Column("living", _("Living arrangement")),
                Column("health", _("State of health"), phone="hide"),
                Column("contact", _("Days since last contact"), kind="number"),
            ],
            self.rows,
            caption=_("People in care"),
            opens=lambda key: shell.go("person", id=key),
            search_hint=_("Name, pinyin initials, phone, ID digits, unit or community"),
            empty=(
                _("Nobody is in this workbook yet."),
                _("Import a roster to begin: every row becomes a dossier."),
            ),
            query=Query(search=search),
        )
        self.body(self.table)

    def rows(self, query: Query) -> Page:
        """Give one page of the list."""
        roll = self.wb.people.roll(
            as_of=self.on,
            search=query.search,
            order=query.sort or "name",
            descending=query.descending,
            offset=query.offset,
            limit=query.limit,
        )
        return Page([_row(one) for one in roll.rows], roll.matching, roll.total)

    def refresh(self) -> None:
        """Read the page in sight again."""
        self.table.refresh()


def _row(one: RollRow) -> dict[str, object]:
    days = one.days_since_contact
    return {
        "id": one.person_id,
        "name": one.name,
        "sex": code_list("sex").label_of(one.sex) if one.sex else None,
        "age": one.age,
        "contact": State("overdue", _("never reached so far")) if days is None else days,
        **{code: words or None for code, words in one.facts.items()},
    }


screen = PeopleScreen
