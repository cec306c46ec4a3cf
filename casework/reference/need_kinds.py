"""What kinds of need scores and facts speak for, from ``needs.toml`` and ``need_rules.toml``.

Decides which codes there are and what each is called; when one is spoken for stands in the rules of
those files, which :mod:`casework.instruments` and the workbook read.
"""

from __future__ import annotations

from functools import cache

from casework.reference.national import Code, CodeList, data_folder, label_from, read_toml
from casework.terms import Label

__all__ = ["need_kinds"]


@cache
def need_kinds(agency_code: str) -> CodeList:
    """Give the kinds of need of an agency as a code list, the national ones first.

    Raises
    ------
    BrokenReference
        If one of them has no label in both languages.
    """
    data = data_folder()
    files = [
        data / "reference" / "needs.toml",
        data / "reference" / "need_rules.toml",
        data / "agencies" / agency_code / "need_rules.toml",
    ]
    found: dict[str, Code] = {}
    for path in files:
        for raw in read_toml(path).get("need", ()) if path.exists() else ():
            code = str(raw.get("code"))
            label = label_from(path, f"need {code}", raw.get("label"))
            found.setdefault(code, Code(code, label))
    label = Label(zh="需求", en="need")
    entries = tuple(found.values())
    return CodeList("need_kind", label, entries, ordered=False, source="needs.toml")
