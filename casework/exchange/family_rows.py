"""Rows of the family below the person: a household list, told apart by 与本人关系.

Decides from the words of that column whether a list has such rows, and which they are. A member of
the family whose own category is written is a person served, and no row of the family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from casework.exchange.columns import ColumnUse
from casework.exchange.files import Cell
from casework.exchange.outcome import RosterRow
from casework.exchange.people import RosterContact
from casework.exchange.words import Words
from casework.identifiers import is_blank, plain, read_name, read_phones

__all__ = ["FamilyRows"]

_OWN = frozenset(("本人", "自己", "老干部", "老干部本人", "干部本人", "离退休干部"))
_HEAD = frozenset(("户主",))


@dataclass(frozen=True, slots=True)
class FamilyRows:
    """Where a household list says who somebody is, and what it calls the person served."""

    relation_at: int
    own: frozenset[str]
    at: dict[str, int]
    words: Words

    @classmethod
    def of(
        cls, columns: Sequence[ColumnUse], rows: Sequence[Sequence[Cell]], words: Words
    ) -> FamilyRows | None:
        """Give how a table tells persons from their family; None where it does not."""
        codes = {use.column: use.index for use in reversed(columns)}
        relations = [
            one for one in codes if one.startswith("contact:") and one.endswith("relation")
        ]
        others = [
            one for one in codes if one.startswith("contact:") and one.endswith((":name", ":entry"))
        ]
        if len(relations) != 1 or others:
            return None
        at = codes[relations[0]]
        said = [plain(row[at]) for row in rows if at < len(row)]
        for own in (_OWN, _HEAD):
            if own & set(said) and any(words.code("relationship", one) for one in said):
                return cls(at, own, codes, words)
        return None

    def is_of_family(self, cells: Sequence[Cell]) -> bool:
        """Tell whether a row is of somebody of the family of the person above."""
        said = plain(self._cell(cells, self.relation_at))
        if not said or said in self.own:
            return False
        return self.words.code("category", self._of(cells, "category")) is None

    def merged(self, row: RosterRow, cells: Sequence[Cell], last: RosterRow) -> RosterRow:
        """Give the row merged into the person above, who gains a contact."""
        said = plain(self._cell(cells, self.relation_at))
        numbers = [
            number
            for column in ("mobile", "phone", "landline")
            for found in [read_phones(self._of(cells, column))]
            for number in (*found.mobiles, *found.landlines)
        ]
        if last.person is not None:
            last.person.contacts.append(
                RosterContact(
                    read_name(plain(self._of(cells, "name"))).name,
                    self.words.code("relationship", said) or said,
                    numbers[0] if numbers else None,
                )
            )
        return replace(row, outcome="merged", merged_into=last.place)

    def _of(self, cells: Sequence[Cell], column: str) -> Cell:
        found = self._cell(cells, self.at[column]) if column in self.at else ""
        return "" if is_blank(found) else found

    @staticmethod
    def _cell(cells: Sequence[Cell], at: int) -> Cell:
        return cells[at] if at < len(cells) else ""
