"""All people in care: find one, see who has not been heard of, open a dossier.

Who: everybody, many times a day. Decides: whose dossier to open; whom to print or hand out as a
list. Clicks: type, Enter; one for each narrowing; one for the file.
"""

from __future__ import annotations

from casework.exchange.lists import XLSX, excel_list
from casework.reference import code_list, fact
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Download,
    MadeFile,
    NumberField,
    Page,
    Query,
    Screen,
    Shell,
    State,
    Together,
    stack,
)
from casework.ui.wording import day_text
from casework.workbook.roll import UNKNOWN, Narrowing, RollRow

__all__ = ["PeopleScreen", "screen"]

_NARROWED = ("category", "living", "health", "community")


class PeopleScreen(Screen):
    """The list of people, searched as one types, by name, pinyin, number, phone or place.

    Parameters
    ----------
    search : str
        What to search for at once, from the address.
    """

    def __init__(self, shell: Shell, search: str = "") -> None:
        super().__init__(shell, str(shell.wb.agency.terms["people"]))
        self.narrow = {code: self._choice(code) for code in _NARROWED}
        self.aged = NumberField("aged", _("At least aged"), least=0, most=130)
        self.silent = NumberField("silent", _("Not reached for days"), least=0, most=9_999)
        for field in (*self.narrow.values(), self.aged, self.silent):
            self.field(field).changed.append(self._narrowed)
        self.table = DataTable(
            self._columns(),
            self.rows,
            caption=_("People in care"),
            opens=lambda key: shell.go("person", id=key),
            together=[
                Together("sheets", _("Print the dossiers"), self.print_selected),
                Together("badges", _("Badge cards"), self.badges_of),
            ],
            every=self.every,
            search_hint=_("Name, pinyin initials, phone, ID digits, unit or community"),
            empty=(
                _("Nobody is in this workbook yet."),
                _("Import a roster to begin: every row becomes a dossier."),
            ),
            begin=Together("import", _("Import a roster"), lambda _keys: shell.go("intake")),
            query=Query(search=search),
        )
        self.export = Download(_("Export this list"), self.excel, say=self.tell)
        tools = stack(
            self.action(_("Show everybody"), self.show_everybody, kind="quiet"),
            self.action(_("Recorded twice?"), lambda: shell.go("duplicates")),
            self.action(_("Badge cards to print"), lambda: shell.go("badges")),
            self.export,
            css="cw-list-ways",
        )
        fields = stack(*self.narrow.values(), self.aged, self.silent, css="cw-narrow")
        self.body(stack(fields, tools, css="cw-over-list"), self.table)

    def rows(self, query: Query) -> Page:
        """Give one page of the list."""
        roll = self.wb.people.roll(
            as_of=self.on,
            search=query.search,
            narrowed=self.narrowing(),
            order=query.sort or "name",
            descending=query.descending,
            offset=query.offset,
            limit=query.limit,
        )
        return Page([_row(one) for one in roll.rows], roll.matching, roll.total)

    def every(self, query: Query) -> list[object]:
        """Give all who are in the list, on every page."""
        return [one.person_id for one in self._all(query)]

    def narrowing(self) -> Narrowing:
        """Say whom the fields over the list ask for."""
        return Narrowing(
            tuple((code, str(f.entry)) for code, f in self.narrow.items() if f.entry),
            at_least_aged=_whole(self.aged),
            silent_days=_whole(self.silent),
        )

    def show_everybody(self) -> None:
        """Take all narrowing away."""
        for field in (*self.narrow.values(), self.aged, self.silent):
            field.put(None)
        self.table.search("")

    def badges_of(self, keys: list[str]) -> None:
        """Show the badge cards of the selected people, to print."""
        self.shell.go("badges", id=",".join(keys))

    def print_selected(self, keys: list[str]) -> None:
        """Open the printed dossiers of the selected people, one after the other."""
        self.shell.go("person_sheet", id=",".join(keys))

    def excel(self) -> MadeFile:
        """Make the list in sight, all its pages in its order, as an Excel file."""
        columns = self._columns()
        rows = self._all(self.table.query)
        found = [_row(one) for one in rows]
        self.wb.sharing.taken([one.person_id for one in rows], "list")
        inside = _(
            "For use inside the office. What goes outside is made under “Give data outside”."
        )
        content = excel_list(
            str(self.title),
            _("As of {day}, {n} people", day=day_text(self.on), n=len(found)) + " · " + inside,
            [column.label for column in columns],
            ([_plain(row.get(column.key)) for column in columns] for row in found),
        )
        return MadeFile(f"{self.title}-{self.on:%Y%m%d}.xlsx", XLSX, content)

    def refresh(self) -> None:
        """Read the page in sight again."""
        self.table.refresh()

    def _all(self, query: Query) -> tuple[RollRow, ...]:
        return self.wb.people.roll(
            as_of=self.on,
            search=query.search,
            narrowed=self.narrowing(),
            order=query.sort or "name",
            descending=query.descending,
            limit=None,
        ).rows

    def _columns(self) -> list[Column]:
        return [
            Column("name", _("Name")),
            Column("sex", _("Sex"), sortable=False, phone="bare"),
            Column("age", _("Age"), kind="number"),
            Column("category", _("Category"), phone="hide"),
            Column("unit", _("Former unit"), phone="hide"),
            Column("community", _("Community"), phone="bare"),
            Column("living", _("Living arrangement"), phone="bare"),
            Column("health", _("State of health"), phone="hide"),
            Column("contact", _("Days since last contact"), kind="number"),
        ]

    def _choice(self, code: str) -> ChoiceField:
        known = self.wb.people.roll_choices(code, as_of=self.on)
        options = {value: words for value, words in known.items() if len(value) <= 60}
        options[UNKNOWN] = _("not known")
        return ChoiceField(code, str(fact(code).label), options, most_chips=0, unanswered=_("any"))

    def _narrowed(self) -> None:
        """Show the first page of whom the fields ask for; what is no number yet asks nothing."""
        self.table.search(self.table.query.search)


def _whole(field: NumberField) -> int | None:
    typed = str(field.entry).strip()
    return int(typed) if typed.isdigit() and len(typed) <= 4 else None


def _plain(value: object) -> object:
    return value.text if isinstance(value, State) else value


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
