"""The kind of a need on a form: chosen from the list, it fills in the words and the domain."""

from __future__ import annotations

from casework.reference import code_list, kinds_of_need
from casework.terms import _
from casework.ui.fields import ChoiceField, Field

__all__ = ["fill_in_by_kind", "kind_of_need_field"]


def kind_of_need_field(name: str, agency_code: str, *, required: bool = False) -> ChoiceField:
    """Make the field that names the kind of a need, in the order of the domains."""
    domains = code_list("need_domain").entries
    kinds = kinds_of_need(agency_code).values()
    options = {
        one.code: _("{domain}: {kind}", domain=domain.label, kind=one.label)
        for domain in domains
        for one in kinds
        if one.domain == domain.code
    }
    return ChoiceField(
        name,
        _("Kind of need"),
        options,
        most_chips=0,
        required=required,
        unanswered="" if required else _("none of these"),
        hint=_("The rules answer a kind that is listed here; for any other, plan by hand."),
    )


def fill_in_by_kind(kind: Field, words: Field, domain: Field, agency_code: str) -> bool:
    """Fill words and domain from the chosen kind; what somebody wrote stays. Say if one is chosen.

    Words count as written unless they are empty or those of another kind.
    """
    kinds = kinds_of_need(agency_code)
    chosen = kinds.get(str(kind.entry))
    if chosen is None:
        return False
    if str(words.entry).strip() in {"", *(str(one.label) for one in kinds.values())}:
        words.put(str(chosen.label))
    domain.put(chosen.domain)
    return True
