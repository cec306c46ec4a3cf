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
    not_accepted,
    read_toml,
)
from casework.terms import Label, _

__all__ = ["NeedKind", "kind_spoken_of", "kinds_of_need", "need_kinds"]


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
                raise BrokenReference(
                    path, f"{table} {code}", _("no such domain: {domain}", domain=domain)
                )
            found.setdefault(code, NeedKind(code, label, domain))
    return found


@cache
def _words(agency_code: str) -> tuple[tuple[str, str], ...]:
    path = data_folder() / "reference" / "need_kinds.toml"
    said = read_toml(path).get("words", {})
    known = kinds_of_need(agency_code)
    unknown = sorted(set(said) - set(known))
    if unknown:
        raise BrokenReference(path, "words", not_accepted("words", unknown[0], known))
    pairs = [(word, kind) for kind, words in said.items() for word in words]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def kind_spoken_of(agency_code: str, text: str) -> str | None:
    """Propose the kind of need that a text speaks of, by the longest known word in it.

    Returns
    -------
    str or None
        For somebody to confirm; None when no known word stands there.

    Examples
    --------
    >>> kind_spoken_of("changshu", "想请人修一下水管")
    'repairs'
    >>> kind_spoken_of("changshu", "想写回忆录")
    """
    return next((kind for word, kind in _words(agency_code) if word in text), None)


@cache
def need_kinds(agency_code: str) -> CodeList:
    """Give the kinds of need of an agency as a code list, as conditions of rules name them."""
    label = Label(zh="需求", en="need")
    entries = tuple(Code(one.code, one.label) for one in kinds_of_need(agency_code).values())
    return CodeList("need_kind", label, entries, ordered=False, source="needs.toml")
