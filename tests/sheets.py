"""Filled-in sheets of any instrument for tests: the best, the worst, and any that can occur."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from casework.instruments import Answer, Instrument, Item, Sheet

__all__ = [
    "answers_of_item",
    "asked_only",
    "best_sheet",
    "every_item",
    "plain_items",
    "required_context",
    "sheets",
    "worst_sheet",
]


def plain_items(chosen: Instrument) -> list[Item]:
    """Give the items that everybody may be asked, without those that only stand in."""
    return [item for item in chosen.items if not item.stands_in_for]


def answers_of_item(item: Item, *, offered_only: bool = False) -> list[Answer]:
    """Give every answer that an item takes."""
    if item.span:
        return list(range(item.span[0], item.span[1] + 1))
    return [one.value for one in item.choices if one.offered or not offered_only]


def best_sheet(chosen: Instrument, *, offered_only: bool = False) -> dict[str, Any]:
    """Answer every item that is asked with its best answer."""
    return asked_only(chosen, every_item(chosen, best=True, offered_only=offered_only))


def worst_sheet(chosen: Instrument) -> dict[str, Any]:
    """Answer every item that is asked with its worst answer."""
    return asked_only(chosen, every_item(chosen, best=False))


def required_context(chosen: Instrument) -> dict[str, Any]:
    """Give the first value of every entry of the context that a score cannot do without."""
    return {one.key: one.choices[0].value for one in chosen.context if one.required}


def asked_only(chosen: Instrument, answers: dict[str, Any]) -> dict[str, Any]:
    """Take out the answers to items that the other answers leave out."""
    found = dict(answers)
    while True:
        sheet = Sheet(chosen, found, {})
        odd = [i.key for i in chosen.items if i.key in found and sheet.asked(i) is False]
        if not odd:
            return found
        del found[odd[0]]


@st.composite
def sheets(draw: Any, chosen: Instrument) -> dict[str, Any]:
    """Draw a complete sheet: every item that is asked has one of its answers."""
    wanted = [one for one in plain_items(chosen) if not one.optional]
    answers = {one.key: draw(st.sampled_from(answers_of_item(one))) for one in wanted}
    return asked_only(chosen, answers)


def every_item(chosen: Instrument, *, best: bool, offered_only: bool = False) -> dict[str, Any]:
    """Answer every item with its best or worst answer, whether it is asked or not."""
    found: dict[str, Any] = {}
    for item in plain_items(chosen):
        high = (chosen.way_of(item) == "better") == best
        among = answers_of_item(item, offered_only=offered_only)
        pick = max if high else min
        found[item.key] = pick(among, key=lambda one, item=item: item.points(one) or 0)
    return found
