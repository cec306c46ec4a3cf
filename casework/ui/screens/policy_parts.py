"""How the policy screens show what was counted, compared and looked back on.

Decides the form of findings; leaves what they mean to the workbook. All pieces are markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ipywidgets import Widget

from casework.rules import Problem, RuleError
from casework.terms import _, language
from casework.ui import Column, DataTable, Panel, Query, listed
from casework.ui.escape import Html, el, join
from casework.ui.parts import empty_state, link, notice, section, state
from casework.ui.wording import day_text, number_text, spaced
from casework.workbook.plans import Count
from casework.workbook.rule_backtest import Backtest
from casework.workbook.rule_difference import Difference, OpenTask, kind_text
from casework.workbook.rule_tallies import Row, hours

__all__ = [
    "EVERYBODY",
    "FEW",
    "away_words",
    "backtest_view",
    "begun_tables",
    "count_names",
    "count_view",
    "difference_view",
    "document_text",
    "error_view",
    "hospital_words",
    "problem_view",
]

EVERYBODY = "people"
"""The line of all who are affected."""
FEW = Query(limit=10)
"""Lists beside a form show so many rows at a time, so that the form stays near."""
_OUTCOMES = ("due", "in_time", "late", "missed")
_CHANGES = ("added", "removed", "moved")


def document_text(title: object) -> str:
    """Write the title of a document as the language in force sets titles apart."""
    return f"《{title}》" if language() == "zh" else str(title)


def count_view(count: Count) -> Html:
    """Say for how many people a condition holds now; each number opens exactly these."""
    unsure = spaced(_("{n} not known", n=number_text(count.unknown)))
    return el(
        "p",
        _("Now "),
        link(
            el("b", spaced(_("{n} people meet it", n=number_text(count.holds)))),
            "people",
            unknown=False,
        ),
        _(", "),
        link(unsure, "people", unknown=True) if count.unknown else unsure,
        el("span", spaced(_(" (of {n} in care)", n=number_text(count.people))), class_="cw-hint"),
        class_="cw-policy-count",
        role="status",
    )


def error_view(error: RuleError) -> Html:
    """Show a condition with the place that is not understood, and what to do."""
    start, end = error.at
    text = error.text
    marked = text[start:end] or "　"
    return el(
        "div",
        el("p", error.complaint),
        el("p", text[:start], el("mark", marked), text[end:], class_="cw-policy-marked"),
        link(_("Put “{word}” there", word=error.suggestion), "correct",
             start=start, end=end, word=error.suggestion) if error.suggestion else None,
        class_="cw-notice cw-notice-warning",
        role="status",
    )  # fmt: skip


def problem_view(problem: Problem, titles: Mapping[str, str]) -> Html:
    """Write one finding of the checks with the rules concerned."""
    sign = {"error": "overdue", "warning": "warning", "note": "plain"}[problem.severity]
    words = {"error": _("error"), "warning": _("warning"), "note": _("note")}[problem.severity]
    names = [
        link(titles[code], "rule", key=code) if code in titles else el("span", code)
        for code in problem.rules
    ]
    return el(
        "li", state(sign, words), " ", join(names, _(", ")), " ", problem.message_with(titles)
    )


def difference_view(found: Difference) -> Html:
    """Show what would change: a sentence, then by rule, unit, member of staff and person."""
    if found.is_empty:
        return empty_state(
            _("Nothing would change."), _("Nobody's plan differs from the rules in force.")
        )
    between = "" if language() == "zh" else " "
    head = notice(spaced(between.join(one for one in (found.summary(), found.begun()) if one)))
    rules = el(
        "ul",
        [
            el(
                "li",
                state("plain", kind_text(one.kind)),
                f" {one.title} ",
                spaced(one.reach.sentences(found.first)),
            )
            for one in found.rules
        ],
        class_="cw-plain-list",
    )
    return section(
        _("What would change"),
        head,
        rules,
        *(
            _tallies(title, by, rows)
            for title, by, rows in (
                (_("By rule"), "rule", found.by_rule),
                (_("By unit"), "unit", found.by_unit),
                (_("By member of staff"), "worker", found.by_worker),
            )
        ),
        el(
            "p",
            link(
                spaced(_("{n} people affected", n=number_text(len(found.persons)))),
                "rows",
                by=EVERYBODY,
                key="",
                name="",
            ),
        )
        if found.persons
        else None,
    )


def begun_tables(found: Difference, opens: Callable[[int], object]) -> list[Widget]:
    """List what is open when the change takes effect: what is withdrawn, and what goes on."""
    return [
        widget
        for caption, rows in (
            (_("Open tasks that will be withdrawn"), found.withdrawn),
            (_("Open tasks that go on"), found.kept),
        )
        if rows
        for widget in (Panel(section(caption)), _begun_table(caption, rows, opens))
    ]


def _begun_table(
    caption: str, rows: Sequence[OpenTask], opens: Callable[[int], object]
) -> DataTable:
    listing = [
        {
            "id": f"{one.person_id}/{number}",
            "name": one.name,
            "rule": one.title,
            "due": one.due_on,
            "opens": one.opens_on,
            "worker": one.worker,
        }
        for number, one in enumerate(rows)
    ]
    return DataTable(
        [
            Column("name", _("Name"), share=20),
            Column("rule", _("Rule"), share=30),
            Column("opens", _("From"), "date", phone="hide", share=15),
            Column("due", _("Until"), "date", share=15),
            Column("worker", _("Member of staff"), phone="hide", share=20),
        ],
        listed(listing, ("name", "rule", "worker")),
        caption=caption,
        opens=lambda key: opens(int(key.partition("/")[0])),
        query=FEW,
    )


def away_words() -> dict[str, str]:
    """Name what may become of a task while somebody is away for a season."""
    return {"phone": _("call instead"), "excuse": _("not asked for"), "keep": _("as usual")}


def hospital_words() -> dict[str, str]:
    """Name what may become of a task while somebody is in hospital."""
    return {
        "visit": _("a visit in the hospital counts"),
        "excuse": _("not asked for"),
        "keep": _("as usual"),
    }


def count_names() -> dict[str, str]:
    """Name what is counted of each line of a finding."""
    return {
        "added": _("More tasks"),
        "removed": _("Fewer tasks"),
        "moved": _("On other days"),
        "due": _("Due"),
        "in_time": _("In time"),
        "late": _("Late"),
        "missed": _("Not done"),
    }


def _tallies(title: str, by: str, rows: Sequence[Row]) -> Html | None:
    if not rows:
        return None
    signs = {"added": "+", "removed": "−", "moved": ""}
    cells = [
        (
            row.label,
            *(_opening(by, row, name, signs[name]) for name in _CHANGES),
            f"{hours(row.counts['added'].minutes - row.counts['removed'].minutes):+,}",
        )
        for row in rows
    ]
    names = count_names()
    return _table(title, (title, *(names[one] for one in _CHANGES), _("Hours")), cells)


def _opening(by: str, row: Row, name: str, sign: str = "") -> object:
    """Write a figure that opens whom it counts; where there is nobody, the bare figure."""
    tasks = row.counts[name].tasks
    said = f"{sign}{number_text(tasks)}"
    return link(said, "rows", by=by, key=row.key, name=name) if tasks else said


def backtest_view(found: Backtest, present: Backtest | None = None) -> Html:
    """Show what would have been due in the past and what was done; beside it the rules in force."""
    parts: list[object] = [notice(spaced(found.summary()))]
    if present is not None:
        now = el("p", _("By the rules in force: "), spaced(present.summary()), class_="cw-hint")
        parts.append(now)
    names = count_names()
    for title, by, rows in (
        (_("By rule"), "rule", found.by_rule),
        (_("By unit"), "unit", found.by_unit),
        (_("By member of staff"), "worker", found.by_worker),
    ):
        cells = [
            (
                row.label,
                *(_opening(by, row, name) for name in _OUTCOMES),
                f"{hours(row.counts['due'].minutes):,}",
            )
            for row in rows
        ]
        heads = (title, *(names[one] for one in _OUTCOMES), _("Hours"))
        parts.append(_table(title, heads, cells))
    span = _("{first} to {last}", first=day_text(found.first), last=day_text(found.last))
    return section(_("Looking back: {span}", span=span), *parts)


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Html:
    return el(
        "details",
        el("summary", title),
        el(
            "div",
            el(
                "table",
                el("thead", el("tr", [el("th", one, scope="col") for one in heads])),
                el(
                    "tbody",
                    [
                        el(
                            "tr",
                            el("th", row[0], scope="row"),
                            [el("td", one, class_="cw-number") for one in row[1:]],
                        )
                        for row in rows
                    ],
                ),
                class_="cw-policy-table",
            ),
            class_="cw-policy-scroll",
            tabindex="0",
            role="region",
            aria_label=title,
        ),
        open=len(rows) <= 12,
    )
