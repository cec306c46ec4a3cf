"""Somebody else was faster: who changed what, field by field, and the choice that is left.

Decides how it is told; leaves what counts as the same thing to `casework.workbook.attempts`, and
what was typed to the screen, which keeps it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from casework.errors import ChangedMeanwhile
from casework.reference import code_list
from casework.terms import CHINA, _, language
from casework.ui.escape import Html, el, join
from casework.ui.parts import notice
from casework.ui.widgets import offer
from casework.workbook.attempts import Later
from casework.workbook.person_export import column_words, is_told

__all__ = ["changed_meanwhile"]

_LONGEST = 200
_AT_MOST = 6
_OURS = frozenset({"recorded_at", "recorded_by", "at", "by"})  # told in the first line
_CODE = re.compile(r"[a-z_]+")


def changed_meanwhile(refusal: ChangedMeanwhile) -> Html:
    """Write what others changed, with the two ways on."""
    acts = [_act(one) for one in refusal.later[-_AT_MOST:]]
    earlier = len(refusal.later) - len(acts)
    if earlier:
        acts.insert(0, el("li", _("Before that, {n} more changes.", n=earlier)))
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
    at = f"{one.at.astimezone(CHINA):%m-%d %H:%M}"
    changes = [
        el("li", el("b", name), el("span", before), " → ", el("span", after))
        if before
        else el("li", el("b", name), el("span", after))
        for name, before, after in _told(one)
    ]
    head = el("p", el("b", one.by), " ", el("small", at))
    if not changes:
        return el("li", head, el("p", _("Something was added; show theirs to see it.")))
    return el("li", head, el("ul", changes))


def _told(one: Later) -> list[tuple[str, str, str]]:
    words = column_words()
    told = []
    for column, before, after in one.changes:
        if not is_told("", column) or column not in words or column in _OURS:
            continue
        name, listed = words[column]
        if not listed and _CODE.fullmatch(str(after)):  # no word of anybody's
            continue
        shown = name if language() == "zh" else column.replace("_", " ")
        if before is None:  # a row that was added, or an entry where there was none
            if after not in (None, "", one.by):
                told.append((shown, "", _value(after, listed)))
            continue
        told.append((shown, _value(before, listed), _value(after, listed)))
    return told


def _value(value: Any, listed: str) -> str:
    """Write a value; what is not known is said to be so."""
    if value is None or value == "":
        return _("not known")
    if isinstance(value, datetime):
        value = f"{value.astimezone(CHINA):%Y-%m-%d %H:%M}"
    words = str(code_list(listed).label_of(str(value)) if listed else value)
    return words if len(words) <= _LONGEST else words[:_LONGEST] + "…"
