"""Who has signed an assessment, and who sees something otherwise, as markup."""

from __future__ import annotations

from casework.terms import _
from casework.ui import Html, el, link, notice, section
from casework.ui.parts import state
from casework.ui.wording import day_text
from casework.workbook.signing import Signed

__all__ = ["signed_html"]


def signed_html(signed: Signed, may_sign: bool, *, required: bool) -> Html:
    """Say which assessors have signed, what they see otherwise, and who has not signed yet.

    Parameters
    ----------
    required : bool
        Whether the standard is known to want so many; else one who assesses alone lacks nobody.
    """
    rows = [
        el(
            "li",
            el("b", one.name),
            state("done", _("has signed"))
            if one.agrees
            else state("warning", _("sees it otherwise")),
            el("span", day_text(one.on), class_="cw-small"),
            el("span", one.note) if one.note else None,
            class_="cw-dotted",
        )
        for one in signed.signatures
    ]
    rows += [
        el("li", el("b", name), state("due", _("has not signed yet")), class_="cw-dotted")
        for name in signed.missing
    ]
    lacking = signed.wanted - len(signed.signatures) - len(signed.missing)
    words = None
    if required and lacking > 0:
        words = _("The standard wants {n} assessors; correct the form and name the others.",
                  n=signed.wanted)  # fmt: skip
    elif signed.objections:
        words = _("The assessors do not agree: look together, and correct the form.")
    ways = None
    if may_sign:
        ways = el(
            "p",
            link(_("Sign: it is as it stands here"), "sign"),
            " · ",
            link(_("I see it otherwise"), "object"),
        )
    return section(
        _("Signatures"),
        el("ul", rows, class_="cw-lines") if rows else None,
        notice(words, "warning") if words else None,
        ways,
    )
