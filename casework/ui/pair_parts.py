"""Pieces that the screens of helpers and pairs share: tabs with counts, reasons, pickers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from casework.reference.pairing import PairingRules
from casework.terms import _
from casework.ui import Html, el, offer
from casework.ui.widgets import Hit
from casework.ui.wording import spaced
from casework.workbook import Workbook
from casework.workbook.helper_rows import HelperRow
from casework.workbook.pair_words import term_words, why_words

__all__ = ["find_helpers", "helper_note", "reasons_html", "tab", "tabs", "weight_names"]


def tab(words: str, n: int | None, pressed: bool, action: str, **args: object) -> Html:
    """Write one tab; how many stand behind it is said, also where it is none."""
    return el(
        "button",
        el("span", words),
        el("b", f"{n:,}") if n is not None else None,
        type="button",
        class_="cw-tab",
        aria_pressed="true" if pressed else "false",
        **offer(action, **args),
    )


def tabs(label: str, made: Sequence[Html]) -> Html:
    """Put tabs side by side."""
    return el("div", made, class_="cw-tabs cw-stages", role="group", aria_label=label)


def helper_note(one: HelperRow, rules: PairingRules) -> str:
    """Say what tells a helper apart: kind, unit or community, room."""
    kind = rules.kinds.get(one.kind)
    parts = [str(kind.label) if kind else one.kind, one.unit or one.community or ""]
    parts.append(_("{n} of {most} people", n=one.people, most=one.most))
    return spaced(" · ".join(part for part in parts if part))


def find_helpers(book: Workbook) -> Callable[[str], Sequence[Hit]]:
    """Give a search for vetted helpers, for a field that picks one."""

    def found(words: str) -> Sequence[Hit]:
        if not words.strip():
            return []
        rows = book.helpers.list(search=words, vettings=("valid",), limit=8).rows
        return [
            Hit(str(one.helper_id), one.name, helper_note(one, book.helpers.rules)) for one in rows
        ]

    return found


def reasons_html(terms: Mapping[str, float], why: Sequence[tuple[str, int]]) -> str:
    """Say why a pair is proposed, or why nobody was found."""
    if why:
        return why_words(why)
    return _("; ").join(term_words(terms)) or _("nothing speaks for or against it")


def weight_names() -> dict[str, str]:
    """Name what is weighed, as fields of a form."""
    return {
        "dialect": _("Same dialect"),
        "interest": _("Each interest shared"),
        "hours": _("Hours that meet"),
        "team": _("A team that comes already"),
        "continuity": _("Keeping a pair there is"),
        "wish": _("A helper the person asks for"),
        "unknown_place": _("A distance not known counts as"),
        "next_person": _("Each further person of a helper"),
        "alone": _("Before somebody stays without"),
    }
