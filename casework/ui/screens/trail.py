"""Who has read and changed what is held about one person.

Who: the supervisor who is asked, the caseworker who wonders, the person who has the right to know.
Decides: whether somebody looked who had no business to. Clicks: none.
"""

from __future__ import annotations

from casework.terms import CHINA, _
from casework.ui import Column, DataTable, Noted, Screen, Shell, listed
from casework.ui.cards import card_from
from casework.workbook.trail import Trace

__all__ = ["TrailScreen", "screen"]


class TrailScreen(Screen):
    """The acts that concerned one person, the latest first.

    Parameters
    ----------
    person : str
        Number of the person, from the address.
    """

    def __init__(self, shell: Shell, person: str) -> None:
        self.person_id = int(person)
        dossier = shell.wb.people.dossier(self.person_id, as_of=shell.on)
        super().__init__(
            shell, _("Who has read and changed this"), person=card_from(dossier, shell.wb.agency)
        )
        self.table = DataTable(
            [
                Column("at", _("Moment")),
                Column("by", _("Who did it")),
                Column("way", _("Act")),
                Column("what", _("About what")),
            ],
            listed([]),
            caption=_("Who has read and changed this"),
            search_hint=_("Name, day or what was done"),
            empty=(_("Nothing is written down yet."), ""),
        )
        self.body(self.table)
        self.refresh()

    def refresh(self) -> None:
        """Read the audit again."""
        found = self.wb.trail.of_person(self.person_id)
        self.table.source = listed([_row(number, one) for number, one in enumerate(found)])
        self.table.refresh()


def _row(number: int, one: Trace) -> dict[str, object]:
    at = one.at.astimezone(CHINA)
    who = one.by or _("past the program")
    return {
        "id": str(number),
        "at": f"{at:%Y-%m-%d %H:%M}",
        "by": Noted(who, one.login or "") if one.login and one.login != who else who,
        "way": _way(one),
        "what": "、".join(dict.fromkeys(_kind(kind) for kind in one.kinds)),
    }


def _way(one: Trace) -> str:
    if one.way == "read" and "reveal_number" in one.kinds:
        return _("saw the number in full")
    if "undo" in one.actions:
        return _("took back a change")
    return {
        "read": _("looked at it"),
        "insert": _("added to it"),
        "update": _("changed it"),
        "delete": _("deleted from it"),
    }[one.way]


def _kind(kind: str) -> str:
    """Name what was read or changed, in the language in force."""
    return {
        "dossier": _("the dossier"),
        "sheet": _("the printed dossier"),
        "visits": _("Visits and talks"),
        "plan": _("service plan"),
        "plan_sheet": _("service plan"),
        "needs": _("needs"),
        "person_money": _("What is given"),
        "order": _("Service orders"),
        "order_new": _("Service orders"),
        "service_order": _("Service orders"),
        "payment": _("Payments"),
        "benefit": _("What is given"),
        "hardship_case": _("Help in hardship"),
        "campaign_person": _("Campaigns"),
        "unit_return_row": _("Campaigns"),
        "roster_visit": _("Rosters"),
        "pair_offer": _("Pairs"),
        "share": _("given outside"),
        "consent_notice": _("consents"),
        "list": _("a list saved as a file"),
        "reveal_number": _("official numbers"),
        "reveal_phones": _("Telephone"),
        "break_glass": _("the dossier, in an emergency"),
        "export_person": _("a copy of everything"),
        "badges": _("cards"),
        "person": _("name and birth"),
        "person_identifier": _("official numbers"),
        "alias": _("aliases"),
        "fact": _("entries of the dossier"),
        "related_person": _("family around the person"),
        "care_team_member": _("seats of the care team"),
        "case_file": _("care begun or ended"),
        "seasonal_stay": _("seasonal stays"),
        "assessment": _("assessment"),
        "assessment_signature": _("assessment"),
        "assessor_sheet": _("assessment"),
        "need": _("needs"),
        "need_answer": _("needs"),
        "wish": _("wishes"),
        "opinion": _("opinions"),
        "service_plan": _("service plan"),
        "plan_item": _("service plan"),
        "goal": _("goals"),
        "goal_reading": _("goals"),
        "task": _("tasks of the person"),
        "contact": _("visits and calls"),
        "contact_person": _("visits and calls"),
        "contact_participant": _("visits and calls"),
        "contact_photo": _("visits and calls"),
        "task_evidence": _("visits and calls"),
        "issue": _("issues"),
        "issue_step": _("issues"),
        "consent": _("consents"),
        "disclosure": _("given outside"),
        "rights_request": _("requests"),
        "erasure": _("erasure"),
        "import_row": _("roster"),
        "import_problem": _("roster"),
    }.get(kind, _("other"))


def screen(shell: Shell, person: str) -> TrailScreen:
    """Show who has read and changed what is held about a person."""
    return TrailScreen(shell, person)
