"""What the cells of one row say together: the ID number against birth date and sex, the area code.

Decides which of them contradict each other; leaves reading a single cell to `cells`. Nothing is
mended: both sides are kept, and the row is named.
"""

from __future__ import annotations

from casework.exchange.people import Problem, RosterPerson
from casework.identifiers import day_of_year

__all__ = ["complete_landlines", "weigh", "with_area"]


def with_area(number: str, area: str) -> str:
    """Put an area code before a number that lacks one."""
    return number if not area or number.startswith(("0", "400", "800")) else f"{area}-{number}"


def _take_over(person: RosterPerson, fact: str, code: str | None, said_by: str) -> None:
    """Let what one column says tell a fact that no column states."""
    if code and not person.values.get(fact):
        person.values[fact], person.derived[fact] = [code], said_by


def complete_landlines(person: RosterPerson) -> None:
    """Put the area code of a column of its own before the numbers that lack one."""
    area = person.typed.get("area_code")
    if area and "landline" in person.values:
        person.values["landline"] = [with_area(one, area) for one in person.values["landline"]]


def weigh(person: RosterPerson) -> None:
    """Compare what the cells of one row say: the ID number against birth date and sex."""
    _take_over(person, "marital_status", person.typed.get("spouse_said"), "spouse")
    joined = person.dates.get("party_joined_on")
    member = "01" if joined and joined.is_known else None
    _take_over(person, "political_status", member, "party_joined_on")
    number = person.number

    def typed(column: str) -> str:
        return person.typed.get(column, "")

    if not person.born.is_known and person.born_elsewhere.is_known:
        person.born, person.typed["birth_date"] = person.born_elsewhere, typed("birth_other")
    if number is None or number.normal is None or number.born_on is None:
        if person.born.problem == "ambiguous_date":
            person.problems.append(Problem("birth_date", "ambiguous_date", typed("birth_date")))
        return
    day = day_of_year(typed("birth_date"))
    if day is not None and day != (number.born_on.month, number.born_on.day):
        person.problems.append(Problem("birth_date", "differs_from_id", typed("birth_date")))
    if person.born.is_known and not person.born.may_be(number.born_on):
        person.problems.append(Problem("birth_date", "differs_from_id", typed("birth_date")))
    elsewhere = person.born_elsewhere
    is_named = any(one.kind == "differs_from_id" for one in person.problems)
    if elsewhere.is_known and not elsewhere.may_be(number.born_on) and not is_named:
        person.problems.append(Problem("birth_date", "differs_from_id", typed("birth_other")))
    if person.sex and number.sex and person.sex != number.sex:
        person.problems.append(Problem("sex", "differs_from_id", typed("sex")))
