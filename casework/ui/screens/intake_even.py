"""A list held against our people, as it is shown: who is on both, only there, only here.

Decides how much of each kind is listed at once; leaves the comparing to `wb.reconciling`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from casework.terms import _
from casework.ui import Column, DataTable, Panel, el, listed, section
from casework.ui.escape import Html
from casework.ui.parts import definition_list, link, notice
from casework.ui.wording import number_text
from casework.workbook.reconciling import Differing, Here, Listed, Reconciled

__all__ = ["even_parts"]


def even_parts(found: Reconciled, person: Callable[[int], None]) -> list[Any]:
    """Give what is shown of a list that was compared.

    Parameters
    ----------
    person : callable
        Opens a dossier by its number.
    """
    parts: list[Any] = [Panel(_figures(found))]
    if found.only_here:
        parts.append(_of_us(found.only_here, _("In our care and not on the list"), person))
    if found.only_listed:
        parts.append(Panel(_of_them(found.only_listed), person=person))
    if found.gone:
        parts.append(_of_us(found.gone, _("On the list and no longer in our care"), person))
    if found.differing:
        parts.append(_otherwise(found.differing, person))
    return parts


def _figures(found: Reconciled) -> Html:
    rows = [
        (_("People on the list"), number_text(found.listed)),
        (_("People in our care"), number_text(found.here)),
        (_("On both"), number_text(found.both)),
        (_("Only on the list"), number_text(len(found.only_listed))),
        (_("Only with us"), number_text(len(found.only_here))),
        (_("On the list, no longer in our care"), number_text(len(found.gone))),
        (_("Values that differ"), number_text(len(found.differing))),
    ]
    if found.held:
        rows.append((_("Rows not read for certain"), number_text(found.held)))
    even = notice(_("The list and our people are the same."), "done") if found.is_even else None
    return section(_("Compared: {file}", file=found.file_name), even, definition_list(rows))


def _of_us(people: Sequence[Here], title: str, person: Callable[[int], None]) -> DataTable:
    rows = [
        {"id": one.person_id, "name": one.name, "unit": one.unit or "", "why": one.why or ""}
        for one in people
    ]
    columns = [Column("name", _("Name")), Column("unit", _("Unit"))]
    if any(one.why for one in people):
        columns.append(Column("why", _("Why")))
    return DataTable(columns, listed(rows), caption=title, opens=lambda key: person(int(key)))


def _of_them(people: Sequence[Listed]) -> Html:
    shown = people[:_SHOWN]
    rows = [
        el(
            "li",
            el("b", one.name),
            el("span", _("{sheet}, row {row}", sheet=one.sheet, row=one.row), class_="cw-faint"),
            *(
                link(_("perhaps no. {id}", id=number), "person", person=number)
                for number in one.perhaps
            ),
            class_="cw-dotted",
        )
        for one in shown
    ]
    rest = len(people) - len(shown)
    more = el("p", _("and {n} more", n=rest), class_="cw-faint") if rest else None
    return section(_("On the list and not with us"), el("ul", rows, class_="cw-lines"), more)


def _otherwise(found: Sequence[Differing], person: Callable[[int], None]) -> DataTable:
    rows = [
        {
            "id": f"{one.person_id}:{at}",
            "name": one.name,
            "field": one.field,
            "listed": one.listed,
            "here": one.on_file,
        }
        for at, one in enumerate(found)
    ]
    return DataTable(
        [
            Column("name", _("Name")),
            Column("field", _("Entry")),
            Column("listed", _("On the list")),
            Column("here", _("On file")),
        ],
        listed(rows),
        caption=_("Values that differ"),
        opens=lambda key: person(int(key.partition(":")[0])),
    )


_SHOWN = 100
