"""Small pieces that every screen is put together from: notices, states, headers, figures.

Decides how an empty list, a failure, a wait and a person's name look and sound, once for all
screens. All pieces are markup for a `Panel`; none holds state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipywidgets import VBox

from casework.terms import _, in_number
from casework.ui.escape import Html, el, join
from casework.ui.guarding import guard as guard
from casework.ui.widgets.panel import offer
from casework.ui.wording import number_text

__all__ = [
    "PersonCard",
    "Warning",
    "definition_list",
    "empty_state",
    "failure_state",
    "figure",
    "guard",
    "link",
    "no_rights_state",
    "notice",
    "person_header",
    "progress",
    "section",
    "skeleton",
    "stack",
    "state",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Warning:
    """Something about a person that must not be overlooked: ``"serious"`` or ``"note"``."""

    text: str
    kind: str = "note"


@dataclass(frozen=True, slots=True)
class PersonCard:
    """What is always in sight about a person.

    Parameters
    ----------
    name : str
    age : int or None
        In full years on the day shown; None when not known.
    sex, category, place, living : str or None
        In words; None when not known.
    age_note : str
        What the age rests on when it is not a certain day.
    died : bool
        Whether the person has died.
    warnings : sequence of Warning
    """

    name: str
    age: int | None = None
    sex: str | None = None
    category: str | None = None
    place: str | None = None
    living: str | None = None
    age_note: str = ""
    died: bool = False
    warnings: Sequence[Warning] = ()


def stack(*children: Any, css: str = "cw-stack") -> VBox:
    """Put widgets one under the other."""
    box = VBox(list(children))
    for name in css.split():
        box.add_class(name)
    return box


def state(name: str, words: str) -> Html:
    """Write a state with its sign: overdue, due, ready, done, excused, unknown, warning."""
    return el("span", words, class_=f"cw-state cw-state-{name}")


def unknown(words: str | None = None) -> Html:
    """Write that something is not known, so that it is seen as not known."""
    return state("unknown", words or _("not known"))


def link(words: object, action: str, /, **args: object) -> Html:
    """Write words that can be clicked; the panel calls the action with the arguments."""
    return el("button", words, type="button", class_="cw-link", **offer(action, **args))


def notice(message: str, kind: str = "info", more: object = "") -> Html:
    """Write a sentence that belongs to the screen: ``info``, ``done``, ``warning``, ``error``."""
    role = "alert" if kind == "error" else "status"
    return el(
        "div", el("p", message), more or None, class_=f"cw-notice cw-notice-{kind}", role=role
    )


def print_ways(margins: str) -> Html:
    """Write the button that prints a page, and its margins on A4.

    Parameters
    ----------
    margins : str
        As CSS has them: above, right, below, left.
    """
    page = Html(f"<style>@page {{ size: A4 portrait; margin: {margins} }}</style>")
    button = el("button", _("Print"), type="button", class_="cw-action cw-primary", data_print=True)
    return join([page, el("p", button, class_="cw-print-ways")])


def section(title: object, *children: object, aside: object = "", ident: str | None = None) -> Html:
    """Write a part of a page with its heading."""
    head = el("div", el("h2", title), aside or None, class_="cw-section-head")
    return el("section", head, *children, class_="cw-section", id=ident)


def folding(
    title: object,
    *children: object,
    name: str,
    note: object = "",
    ways: object = "",
) -> Html:
    """Write a part of a page that folds up to its heading and a line that says what is in it.

    Parameters
    ----------
    name : str
        What its state is remembered by in the browser, the same for every person. On a phone it is
        folded until somebody opens it, elsewhere open until somebody folds it.
    note : object
        What it holds, in a few words; no clicks, for the whole heading is one.
    ways : object
        What can be done with all of it.
    """
    head = el("summary", el("h2", title), el("span", note, class_="cw-folding-note"))
    return el(
        "details",
        head,
        el("div", ways, class_="cw-folding-ways") if ways else None,
        *children,
        class_="cw-section cw-folding",
        data_fold=name,
        open=True,
    )


def index_html(label: str, entries: Sequence[tuple[str, object]]) -> Html:
    """Write a short index that leads to the parts of `folding`, by their names.

    Parameters
    ----------
    label : str
        What the index is of, for those who do not see it.
    entries : sequence of tuple
        Name of a part, and its word.
    """
    return el(
        "nav",
        [el("button", word, type="button", data_jump=name) for name, word in entries],
        class_="cw-index",
        aria_label=label,
    )


def empty_state(title: str, advice: str = "", action: object = "") -> Html:
    """Write that there is nothing here, why, and what can be done."""
    return _big_state("empty", title, advice, action)


def failure_state(title: str, advice: str = "", action: object = "") -> Html:
    """Write that something could not be shown, and what to do."""
    return _big_state("failure", title, advice, action)


def no_rights_state(what: str) -> Html:
    """Write that this person may not see something, and whom to ask."""
    return _big_state(
        "no-rights",
        _("You may not see {what}.", what=what),
        _("Ask your supervisor if your work needs it."),
        "",
    )


def _big_state(kind: str, title: str, advice: str, action: object) -> Html:
    return el(
        "div",
        el("p", title, class_="cw-empty-title"),
        el("p", advice) if advice else None,
        action or None,
        class_=f"cw-empty cw-empty-{kind}",
        role="alert" if kind == "failure" else None,
    )


def skeleton(lines: int = 3, kind: str = "lines") -> Html:
    """Write the grey shape of what is still being read: ``lines``, ``figures`` or ``table``."""
    bones = [el("span", class_="cw-bone") for _n in range(lines)]
    return el(
        "div",
        el("span", _("One moment…"), class_="cw-hidden"),
        bones,
        class_=f"cw-skeleton cw-skeleton-{kind}",
        role="status",
    )


def progress(done: int, of: int, words: str = "") -> Html:
    """Write how far something long has come; show it again on the same panel while it goes on."""
    bar = el(
        "progress",
        max=str(max(of, 1)),
        value=str(done),
        class_="cw-progress",
        aria_label=words or _("Progress"),
    )
    said = words or _("{n} of {m}", n=number_text(done), m=number_text(of))
    return el("div", bar, el("p", said, class_="cw-hint"), class_="cw-going", role="status")


def figure(
    sentence: str,
    numbers: Mapping[str, object],
    *,
    note: str = "",
    offers: Mapping[str, object] | None = None,
    tone: str = "",
) -> Html:
    """Write a figure: a sentence with its numbers large, its small print, a click to its rows.

    Parameters
    ----------
    sentence : str
        With placeholders, as in ``"{n} 位离休干部，平均 {age} 岁"``.
    numbers : mapping of str to object
        Whole numbers are written with commas; None is shown as not known.
    note : str
        Denominator, day, counting rule.
    offers : mapping, optional
        From `offer`: what a click opens.
    tone : {"", "overdue", "due"}
        A state to mark; it must also be said in the sentence.
    """
    written = {key: _number(value) for key, value in numbers.items()}
    parts: list[object] = []
    rest = in_number(sentence, numbers)
    while "{" in rest:
        before, _open, after = rest.partition("{")
        key, _close, rest = after.partition("}")
        parts += [before, written[key]]
    parts.append(rest)
    inner = [
        el("span", parts, class_="cw-figure-sentence"),
        el("span", note, class_="cw-figure-note") if note else None,
    ]
    css = f"cw-figure {f'cw-figure-{tone}' if tone else ''}".strip()
    if offers:
        return el("button", inner, type="button", class_=f"{css} cw-opens", **offers)
    return el("div", inner, class_=css)


def _number(value: object) -> Html:
    if value is None:
        return unknown()
    words = number_text(value) if isinstance(value, int) else str(value)
    return el("b", words, class_="cw-n")


def definition_list(rows: Sequence[tuple[object, object]]) -> Html:
    """Write names with their values; None is shown as not known."""
    return el(
        "dl",
        [
            el("div", el("dt", name), el("dd", unknown() if value is None else value))
            for name, value in rows
        ],
        class_="cw-facts",
    )


def person_header(card: PersonCard, actions: object = "") -> Html:
    """Write the head of every screen about one person: who, how old, where, with whom, warnings."""
    age = unknown(_("age not known")) if card.age is None else _("aged {n}", n=card.age)
    facts = [
        card.sex or unknown(_("sex not known")),
        el("span", age, title=card.age_note or None),
        card.category,
        card.place or unknown(_("place not known")),
        card.living or unknown(_("living arrangement not known")),
    ]
    warnings = [
        el("li", warning.text, class_=f"cw-warning cw-warning-{warning.kind}")
        for warning in card.warnings
    ]
    return el(
        "header",
        el(
            "div",
            el("h1", card.name, _died() if card.died else None),
            el("ul", [el("li", fact) for fact in facts if fact], class_="cw-person-facts"),
            class_="cw-person-who",
        ),
        el("div", actions, class_="cw-person-actions") if actions else None,
        el("ul", warnings, class_="cw-warnings", aria_label=_("Warnings")) if warnings else None,
        class_="cw-person",
    )


def _died() -> Html:
    return join([" ", el("span", _("deceased"), class_="cw-tag")])
