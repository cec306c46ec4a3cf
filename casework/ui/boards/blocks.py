"""What a board is put together from: cards, tables of figures, bars, definitions.

Decides how a figure is written down and that a click on it opens it; the sentences are the
figures' own. Every piece carries the figure's code, so that a test can compare it with the JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from casework.indicators import Figure, share_of
from casework.reference import code_list
from casework.terms import Label, _
from casework.ui import el, offer
from casework.ui.charts import Bar, Step, age_pyramid
from casework.ui.escape import Html
from casework.ui.wording import day_text
from casework.workbook.boards import Board

__all__ = [
    "amount",
    "bar_list",
    "card",
    "definitions",
    "figure_link",
    "figure_table",
    "group_rows",
    "opens",
    "part_of_whole",
    "pyramid",
]


def opens(figure: Figure) -> dict[str, object]:
    """Give what makes an element open the rows of a figure, and name the figure."""
    return {**offer("open", code=figure.code), "data_figure": figure.code}


def _written(says: Label, figure: Figure) -> list[object]:
    before, _n, after = str(says).partition("{n}")
    return [before, el("b", figure.shown, class_="cw-n"), after] if _n else [before]


def figure_link(figure: Figure, tone: str = "", *, brief: bool = False) -> Html:
    """Write a figure as a sentence that opens its rows, in brief where it is plain whose it is."""
    css = f"cw-link cw-tone-{tone}" if tone and figure.number else "cw-link"
    says = figure.briefly if brief else figure.says
    name = figure.sentence if says != figure.says else None
    written = _written(says, figure)
    return el("button", *written, type="button", class_=css, aria_label=name, **opens(figure))


def amount(figure: Figure | None, shown: str | None = None, tone: str = "") -> Html:
    """Write a figure as its number only, for tables; its sentence is the name of the button.

    What is seen is part of the name, so that it can be called by what is seen.
    """
    if figure is None:
        return el("span", "–", class_="cw-none")
    css = f"cw-link cw-tone-{tone}" if tone and figure.number else "cw-link"
    words = figure.shown if shown is None else shown
    told = figure.sentence if words in figure.sentence else f"{figure.sentence} {words}"
    if figure.number is None:
        return el("span", "—", class_="cw-state cw-state-unknown", title=figure.sentence)
    return el(
        "button",
        words,
        type="button",
        class_=css,
        aria_label=told,
        **opens(figure),
    )


def card(
    main: Figure,
    more: Sequence[Html] = (),
    *,
    title: str = "",
    note: str = "",
    tone: str = "",
) -> Html:
    """Write one of the first figures: its sentence large, then the figures that belong to it.

    Parameters
    ----------
    title : str
        The agency's own word for what is counted.
    tone : {"", "overdue", "due"}
        A state to mark where the number is not zero; the sentence says it too.
    """
    css = f"cw-figure cw-figure-{tone}" if tone and main.number else "cw-figure"
    return el(
        "div",
        el("p", title, class_="cw-figure-title") if title else None,
        el(
            "button",
            el("span", *_written(main.says, main), class_="cw-figure-sentence"),
            type="button",
            class_="cw-figure-main",
            **opens(main),
        ),
        el("p", list(more), class_="cw-figure-more") if more else None,
        el("p", note, class_="cw-figure-note") if note else None,
        class_=css,
        role="group",
        aria_label=title or main.sentence,
    )


def part_of_whole(figure: Figure) -> str:
    """Say how large the part is: 91% of 439."""
    share = share_of(int(figure.number or 0), figure.of or 0)
    return _("{share} of {of}", share=share, of=f"{figure.of or 0:,}")


def figure_table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]], css: str = ""
) -> Html:
    """Write figures as a table: names on the left, numbers to the right."""
    return el(
        "div",
        el(
            "table",
            el("caption", caption, class_="cw-hidden"),
            el("thead", el("tr", [el("th", head, scope="col") for head in heads])),
            el(
                "tbody",
                [
                    el("tr", el("th", name, scope="row"), [el("td", cell) for cell in cells])
                    for name, *cells in rows
                ],
            ),
            class_=f"cw-ledger {css}".strip(),
        ),
        class_="cw-ledger-box",
    )


def bar_list(figures: Sequence[Figure], tone: str = "") -> Html:
    """Write figures as bars under each other, the longest possible for the largest."""
    most = max((int(one.number or 0) for one in figures), default=0)
    return el(
        "ul",
        [
            el(
                "li",
                el(
                    "button",
                    el("span", one.about, class_="cw-barname"),
                    " ",
                    _meter([(int(one.number or 0), "cw-fill-2")], most),
                    el("b", one.shown),
                    type="button",
                    class_=f"cw-barrow cw-tone-{tone}" if tone else "cw-barrow",
                    aria_label=f"{one.sentence} {one.about} {one.shown}",  # and as it is seen
                    **opens(one),
                ),
            )
            for one in figures
        ],
        class_="cw-bars",
    )


def group_rows(board: Board) -> Html:
    """Write each vulnerable group: known to be in it, and not known, of all."""
    rows = []
    for inside in board.below("groups"):
        name = inside.code.partition(".")[2]
        unknown = board.figures.get(f"{inside.code}.unknown")
        if "." in name or name == "any" or unknown is None:
            continue
        parts = [
            (int(inside.number or 0), "cw-fill-2"),
            (int(unknown.number or 0), "cw-fill-unknown"),
        ]
        rows.append(
            (
                board.scope.agency.groups[name].label,
                amount(inside),
                _meter(parts, inside.of or 0),
                amount(unknown),
                amount(board[f"{inside.code}.no"]),
            )
        )
    heads = (_("Group"), _("In it"), "", _("Not known"), _("Not in it"))
    return figure_table(_("Groups in need of special attention"), heads, rows, "cw-ledger-bars")


def pyramid(board: Board) -> Html:
    """Draw the age pyramid; each side of each band opens its own rows."""
    cells = {one.code: one for one in board.below("pyramid")}
    unknown = cells.pop("pyramid.unknown")
    sexes = code_list("sex").entries
    firsts = sorted({int(code.rpartition(".")[2]) for code in cells}, reverse=True)
    steps = []
    for first in firsts:
        left, right = (cells[f"pyramid.{sex.code}.{first}"] for sex in sexes[:2])
        steps.append(
            Step(
                f"{first}–{first + 4}",
                int(left.number or 0),
                int(right.number or 0),
                opens(left),
                opens(right),
            )
        )
    return age_pyramid(
        _("Age and sex on {day}", day=day_text(board.scope.as_of)),
        steps,
        left=str(sexes[0].label),
        right=str(sexes[1].label),
        unknown=Bar(_("Sex or age not known"), int(unknown.number or 0), False, opens(unknown)),
    )


def _meter(parts: Sequence[tuple[int, str]], of: int) -> Html:
    """Draw parts of a whole as one thin bar; decoration, the numbers stand beside it."""
    x, drawn = 0.0, []
    for n, css in parts:
        wide = 100 * n / of if of else 0
        if wide:
            drawn.append(
                el("rect", x=f"{x:.2f}", y="2", width=f"{wide:.2f}", height="12", class_=css)
            )
        x += wide
    track = el("rect", x="0", y="2", width="100", height="12", class_="cw-track")
    return el(
        "svg",
        track,
        drawn,
        viewBox="0 0 100 16",
        preserveAspectRatio="none",
        class_="cw-meter",
        aria_hidden="true",
    )


def definitions(board: Board) -> Html:
    """Write how each kind of figure is counted, and where that comes from; each rule once."""
    seen: dict[Label, tuple[list[str], list[str]]] = {}
    for one in board.figures.values():
        names, sources = seen.setdefault(one.definition, ([], []))
        names.append(_name_of(board, one))
        sources += one.source.split("; ")
    rules = [
        el(
            "div",
            el("dt", _(", ").join(dict.fromkeys(names))),
            el(
                "dd",
                rule,
                " ",
                el("span", _("Source: {source}", source="; ".join(dict.fromkeys(sources)))),
            ),
        )
        for rule, (names, sources) in seen.items()
    ]
    return el(
        "details",
        el("summary", _("How each figure is counted, and on what it rests")),
        el("dl", rules, class_="cw-definitions"),
        class_="cw-rules",
    )


def _name_of(board: Board, figure: Figure) -> str:
    """Name the kind of figure that a definition is about."""
    if figure.topic == "groups":
        name = figure.code.split(".")[1]
        group = board.scope.agency.groups.get(name)
        return str(group.label) if group else _("Need of special attention")
    return {
        "people.total": _("People in care"),
        "people.category_unknown": _("Category not known"),
        "reach.reached": _("Reached"),
        "reach.never": _("Not reached for long"),
        "reach.no_record": _("No recorded contact"),
        "tasks.open": _("Open tasks"),
        "tasks.due_soon": _("Tasks due soon"),
        "plans.approval": _("Plans waiting for approval"),
        "plans.review": _("Plans waiting for a look"),
        "tailored.index": _("Personalisation of plans"),
        "tailored.copied": _("Copied plans"),
        "tailored.plain": _("Plans with nothing of their own"),
        "tailored.unanswered": _("Needs that nothing answers"),
        "parties.unsaid": _("Items that name no party"),
        "issues.open": _("Open issues"),
        "issues.overdue": _("Issues over their time"),
        "issues.unanswered": _("Issues settled and not answered"),
        "issues.stuck": _("Issues stuck in a stage"),
        "owners.people": _("People without a caseworker"),
        "owners.units": _("People without a unit"),
        "owners.tasks": _("Without an owner"),
        "owners.needs": _("Without an owner"),
        "owners.issues": _("Without an owner"),
        "pairs.covered": _("Covered by pairs"),
        "pairs.without": _("Without a helper who is asked for"),
        "pairs.covered.unknown": _("Not known whether to be paired"),
        "pairs.there": _("Pairs"),
        "pairs.quiet": _("Quiet pairs"),
        "pairs.vetting_ended": _("Vetting run out"),
        "pairs.vetting_failed": _("Vetting not passed"),
        "pairs.vetting_unknown": _("Not in the register"),
        "pairs.change_better": _("Less lonely since paired"),
        "pairs.change_same": _("As lonely as before"),
        "pairs.change_worse": _("Lonelier since paired"),
        "pairs.change_unknown": _("Change of loneliness not known"),
        "imports.problems": _("Problems of imports"),
        "imports.held": _("Rows held back"),
    }.get(figure.code) or {
        "people": _("People by category"),
        "ages": _("Age"),
        "pyramid": _("Age and sex"),
        "parties": _("Who has a part in the plans"),
        "contacts": _("Person-times and people of contacts"),
        "tasks": _("Overdue tasks"),
        "dossiers": _("Completeness of dossiers"),
        "issues": _("Open issues"),
    }[figure.topic]
