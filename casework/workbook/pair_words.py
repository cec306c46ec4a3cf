"""What is said about pairs: reasons for one, why nobody was found, what a proposal weighed.

Used by screens, the command and printed lists, so that they never differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from casework.terms import _

__all__ = [
    "kilometres",
    "objective_words",
    "offer_state_word",
    "term_words",
    "told_words",
    "why_words",
]

_METRES = 1.0


def kilometres(value: float) -> str:
    """Write a distance: in metres below a kilometre, else with one decimal."""
    if abs(value) < _METRES:
        return _("{n} m", n=f"{round(value * 1000, -1):.0f}")
    return _("{n} km", n=f"{value:.1f}")


def offer_state_word(state: str) -> str:
    """Name what became of a proposed pair."""
    return {
        "open": _("open"),
        "accepted": _("paired"),
        "declined": _("left aside"),
        "without": _("nobody found"),
    }[state]


def term_words(terms: Mapping[str, float]) -> list[str]:
    """Say each thing that speaks for or against a pair."""
    said = []
    if "unknown_place" in terms:
        said.append(_("distance not known"))
    else:
        said.append(_("{way} apart", way=kilometres(terms.get("distance", 0.0))))
    words = {
        "wish": _("asked for"),
        "dialect": _("same dialect"),
        "team": _("of a team they know"),
        "continuity": _("they know each other"),
    }
    said += [words[name] for name in words if terms.get(name)]
    if terms.get("interests"):
        said.append(_("shared interests"))
    if terms.get("hours"):
        said.append(_("their hours do not meet"))
    return said


def why_words(why: Sequence[tuple[str, int]]) -> str:
    """Say why nobody was found: the smallest set of things that stand in the way."""
    words = {
        "nobody": lambda n: _("there is no vetted helper with room"),
        "full": lambda n: _("{n} helpers take no more people", n=n),
        "too_far": lambda n: _("{n} helpers are too far away", n=n),
        "sex": lambda n: _("{n} helpers are not of the sex that is wished for, or it is not known",
                           n=n),
        "refused": lambda n: _("{n} helpers are not wanted", n=n),
    }  # fmt: skip
    return _("; ").join(words[kind](n) for kind, n in why)


def objective_words(weights: Mapping[str, float]) -> str:
    """Say what a proposal makes as small as it can, and what each thing is worth."""
    # A proposal made before hours and teams were weighed weighed them at nothing.
    amount = {"hours": "0", "team": "0"} | {name: f"{v:g}" for name, v in weights.items()}
    return _(
        "The sum of all ways, in kilometres. For the same dialect one would go {dialect} km "
        "further, for each shared interest {interest}, for hours that meet {hours}, for a team "
        "that comes already {team}, for a helper who is asked for {wish}, to keep a pair "
        "{continuity}. A distance that is not known counts {unknown_place}, each "
        "further person of one helper {next_person} more, and nobody goes further than {alone}.",
        **amount,
    )


def told_words(told: Mapping[str, Any]) -> list[str]:
    """Say what a proposal rests on, and what was not known."""
    left_out = told.get("left_out") or {}
    lines: tuple[tuple[Any, Callable[[str], str]], ...] = (
        (told.get("unplaced_people"), lambda n: _("{n} people whose place is not known", n=n)),
        (
            told.get("by_community"),
            lambda n: _("{n} people placed by the middle of their community", n=n),
        ),
        (told.get("unplaced_helpers"), lambda n: _("{n} helpers whose place is not known", n=n)),
        (told.get("unspoken"), lambda n: _("{n} people whose dialect is not known", n=n)),
        (left_out.get("none"), lambda n: _("{n} helpers not offered: not vetted", n=n)),
        (left_out.get("ended"), lambda n: _("{n} helpers not offered: vetting run out", n=n)),
        (left_out.get("failed"), lambda n: _("{n} helpers not offered: vetting not passed", n=n)),
        (left_out.get("full"), lambda n: _("{n} helpers not offered: they take no more", n=n)),
        (told.get("refused"), lambda n: _("{n} people left alone: they said no", n=n)),
        (told.get("unasked"), lambda n: _("{n} people not asked for consent yet", n=n)),
        (told.get("locked"), lambda n: _("{n} pairs locked", n=n)),
    )
    return [say(f"{int(n):,}") for n, say in lines if n]
