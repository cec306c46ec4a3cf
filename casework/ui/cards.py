"""Who a screen is about: the card at its head, made from the dossier, the same on every screen."""

from __future__ import annotations

from datetime import date

from casework.factvalues import FactValue
from casework.reference import Agency, code_list
from casework.terms import _
from casework.ui.parts import PersonCard, Warning
from casework.ui.wording import day_text, span_text
from casework.workbook import Workbook
from casework.workbook.dossier import CaseState, Dossier
from casework.workbook.need_lists import title_of

__all__ = ["card_from", "card_of", "case_words"]


def case_words(case: CaseState) -> str:
    """Say since when and why a person is not in our care any more."""
    why = code_list("life_event").label_of(case.reason) if case.reason else _("no longer in care")
    if case.closed_on is None:
        return why
    words = _("{why} on {day}", why=why, day=day_text(case.closed_on))
    return f"{words} · {case.note}" if case.note else words


def card_of(workbook: Workbook, person_id: int, on: date) -> PersonCard:
    """Make the card of a person as of a day.

    Raises
    ------
    NotFound
        If there is no such person.
    """
    return card_from(workbook.people.dossier(person_id, as_of=on), workbook.agency)


def card_from(dossier: Dossier, agency: Agency) -> PersonCard:
    """Make the card from a dossier that has been read already."""
    return PersonCard(
        name=dossier.name,
        age=dossier.age,
        age_note=_birth_words(dossier),
        sex=code_list("sex").label_of(dossier.sex) if dossier.sex else None,
        category=dossier.field("category").shown or None,
        place=dossier.field("community").shown or dossier.field("address").shown or None,
        living=dossier.field("living").shown or None,
        died=dossier.died_on is not None,
        warnings=tuple(_warnings(dossier, agency)),
    )


def _birth_words(dossier: Dossier) -> str:
    if dossier.born_on_earliest is None or dossier.born_on_latest is None:
        return ""
    return _("born {day}", day=span_text(dossier.born_on_earliest, dossier.born_on_latest))


def _warnings(dossier: Dossier, agency: Agency) -> list[Warning]:
    if dossier.died_on is not None:
        return []
    if not dossier.case.is_open:
        return [Warning(case_words(dossier.case), "serious")]
    found = [
        Warning(title_of(need), "serious")
        for need in dossier.needs
        if ":alert:" in (need.need_key or "")
    ]
    stay = dossier.away_now
    if stay is not None:
        until = _(" until {day}", day=day_text(stay.away_to)) if stay.away_to else ""
        found.append(Warning(_("Away in {place}{until}", place=stay.place, until=until), "serious"))
    hospital = _value(dossier, "hospital_status")
    if hospital.value in ("inpatient", "long_term"):
        found.append(Warning(dossier.field("hospital_status").shown, "serious"))
    if _value(dossier, "health").value in ("disabled", "bedridden"):
        found.append(Warning(dossier.field("health").shown, "serious"))
    limit = int(agency.setting("never_reached_days", dossier.as_of))
    if dossier.days_since_contact is None:
        found.append(Warning(_("Never reached so far"), "serious"))
    elif dossier.days_since_contact > limit:
        found.append(
            Warning(_("Not reached for {n} days", n=dossier.days_since_contact), "serious")
        )
    if dossier.problems:
        found.append(Warning(_("{n} entries to check", n=len(dossier.problems))))
    return found


def _value(dossier: Dossier, code: str) -> FactValue:
    entries = dossier.field(code).entries
    return FactValue(entries[-1].value if entries else "")
