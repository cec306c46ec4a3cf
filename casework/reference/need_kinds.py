"""What kinds of need there are: what scores, facts on file and people speak for.

From ``needs.toml``, ``need_rules.toml`` and ``need_kinds.toml``. Decides which codes there are,
what each is called and which domain it belongs to; when a score or a fact speaks for one stands in
the rules of those files, which :mod:`casework.instruments` and the workbook read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from casework.reference.national import (
    BrokenReference,
    Code,
    CodeList,
    code_list,
    data_folder,
    label_from,
    read_toml,
)
from casework.terms import Label

__all__ = ["NeedKind", "kinds_of_need", "need_kinds"]


@dataclass(frozen=True, slots=True)
class NeedKind:
    """One kind of need.

    Attributes
    ----------
    domain : str
        Code of ``need_domain``.
    """

    code: str
    label: Label
    domain: str


@cache
def kinds_of_need(agency_code: str) -> dict[str, NeedKind]:
    """Give the kinds of need of an agency by code, the national ones first.

    Raises
    ------
    BrokenReference
        If one of them has no label in both languages, or a domain that is not listed.
    """
    data = data_folder()
    files = [
        (data / "reference" / "needs.toml", "need"),
        (data / "reference" / "need_rules.toml", "need"),
        (data / "reference" / "need_kinds.toml", "kind"),
        (data / "agencies" / agency_code / "need_rules.toml", "need"),
    ]
    found: dict[str, NeedKind] = {}
    for path, table in files:
        for raw in read_toml(path).get(table, ()) if path.exists() else ():
            code, domain = str(raw.get("code")), str(raw.get("domain"))
            label = label_from(path, f"{table} {code}", raw.get("label"))
            if code_list("need_domain").entry(domain) is None:
                raise BrokenReference(path, f"{table} {code}", f"no such domain: {domain}")
            found.setdefault(code, NeedKind(code, label, domain))
    return found


@cache
def need_kinds(agency_code: str) -> CodeList:
    """Give the kinds of need of an agency as a code list, as conditions of rules name them."""
    label = Label(zh="需求", en="need")
    entries = tuple(Code(one.code, one.label) for one in kinds_of_need(agency_code).values())
    return CodeList("need_kind", label, entries, ordered=False, source="needs.toml")
