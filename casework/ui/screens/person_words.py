"""What was changed in a dossier, in a few words."""

from __future__ import annotations

from casework.reference import code_list, facts
from casework.terms import _
from casework.workbook.reversing import LastChange

__all__ = ["change_words"]


def change_words(change: LastChange) -> str:
    """Say what a change was about, in the language in force."""
    event = code_list("life_event").entry(change.action)
    if event is not None:
        return str(event.label)
    codes = [code for code in (*change.after, *change.before) if code in facts()]
    codes += [code for code in change.after.get("codes", ()) if code in facts()]
    if codes:
        return str(facts()[codes[0]].label)
    return {
        "verify_facts": _("entries confirmed"),
        "add_related": _("family and contacts"),
        "change_related": _("family and contacts"),
        "end_related": _("family and contacts"),
        "link_related": _("family and contacts"),
        "unlink_related": _("family and contacts"),
        "seat_care_team": _("care team"),
        "wish_visitor": _("who may come"),
        "rename": _("name"),
        "add_alias": _("other names"),
        "end_alias": _("other names"),
        "choose_birth": _("birth date"),
        "record_number": _("ID number"),
        "withdraw_stay": _("seasonal stay"),
        "settle_problem": _("entry to check"),
        "merge": _("two records made one"),
    }.get(change.action, change.action)
