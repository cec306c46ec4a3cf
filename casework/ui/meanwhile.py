"""Somebody else was faster: who changed what, field by field, and the choice that is left.

Decides how it is told; leaves what counts as the same thing to `casework.workbook.attempts`, and
what was typed to the screen, which keeps it.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from casework.errors import ChangedMeanwhile
from casework.reference import code_list
from casework.terms import _, language
from casework.ui.escape import Html, el, join
from casework.ui.parts import notice
from casework.ui.widgets import offer
from casework.workbook.attempts import Later
from casework.workbook.person_export import column_words, is_told

__all__ = ["changed_meanwhile"]

_CHINA = ZoneInfo("Asia/Shanghai")
_LONGEST = 200
_AT_MOST = 6


def changed_meanwhile(refusal: ChangedMeanwhile) -> Html:
    """Write what others changed, with the two ways on."""
    acts = [_act(one) for one in refusal.later[-_AT_MOST:]]
    over, theirs = _("Save mine all the same"), _("Let mine go and show theirs")
    return join([
        notice(refusal.message, "warning"),
        el("ul", acts, class_="cw-meanwhile"),
        el(
            "p",
            el("button", over, type="button", class_="cw-action cw-plain", **offer("over")),
            " ",
            el("button", theirs, type="button", class_="cw-action cw-quiet", **offer("theirs")),
            class_="cw-meanwhile-ways",
        ),
    ])  # fmt: skip


def _act(one: Later) -> Html:
    at = f"{one.at.astimezone(_CHINA):%m-%d %H:%M}"
    changes = [
        el("li", el("b", name), el("span", before), " → ", el("span", after))
        for name, before, after in _told(one)
    ]
    head = el("p", el("b", one.by), " ", at, class_="cw-dotted")
    if not changes:
        return el("li", head, el("p", _("Something was added; show theirs to see it.")))
    return el("li", head, el("ul", changes))


def _told(one: Later) -> list[tuple[str, str, str]]:
    words = column_words()
    told = []
    for column, before, after in one.changes:
        if not is_told("", column) or column not in words:
            continue
        name, listed = words[column]
        shown = name if language() == "zh" else column.replace("_", " ")
        told.append((shown, _value(before, listed), _value(after, listed)))
    return told


def _value(value: Any, listed: str) -> str:
    """Write a value; what is not known is said to be so."""
    if value is None or value == "":
        return _("not known")
    words = str(code_list(listed).label_of(str(value)) if listed else value)
    return words if len(words) <= _LONGEST else words[:_LONGEST] + "…"
