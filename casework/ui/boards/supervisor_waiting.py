"""The lower half of the supervisor's board: how complete dossiers are, and what waits for somebody.

Decides how figures that are counted last are written; leaves counting them and when they are shown
to the board.
"""

from __future__ import annotations

from casework.indicators import Figure, share_of
from casework.reference import Agency
from casework.terms import _
from casework.ui import el, section
from casework.ui.boards.blocks import amount, figure_link, figure_table, part_of_whole
from casework.ui.escape import Html, join
from casework.ui.parts import link
from casework.workbook.boards import Board

__all__ = ["dossiers", "pairs", "waiting"]


def dossiers(board: Board, agency: Agency) -> Html:
    """Write how complete the dossiers are, section by section."""
    rows: list[tuple[object, ...]] = []
    for one in agency.sections:
        if f"dossiers.{one.code}.known" in board.figures:
            rows.append((str(one.label), *_items(board, f"dossiers.{one.code}")))
    rows.append((_("All"), *_items(board, "dossiers")))
    heads = (_("Section"), _("Known"), _("Missing"), _("To verify"), _("Share to verify"))
    return section(
        _("Completeness of dossiers"), figure_table(_("Core facts by section"), heads, rows)
    )


def _items(board: Board, code: str) -> tuple[object, ...]:
    known, stale = board[f"{code}.known"], board[f"{code}.stale"]
    return (
        amount(known, _share(known)),
        amount(board[f"{code}.missing"]),
        amount(stale),
        _share(stale),
    )


def waiting(board: Board, agency: Agency) -> Html:
    """Write what waits for somebody: plans, imports, issues, what nobody has answered in plans."""
    codes = ("plans.approval", "plans.review", "imports.problems", "imports.held")
    rows = [el("li", figure_link(board[code])) for code in codes]
    return el(
        "div",
        section(_("Waiting for somebody"), el("ul", rows, class_="cw-lines")),
        _issues(board),
        _tailored(board, agency),
        class_="cw-stack",
    )


def _issues(board: Board) -> Html:
    """Write what was reported and where it stands, and what nobody answers for."""
    late = [figure_link(board["issues.overdue"], "overdue")]
    late += [figure_link(board[f"issues.{code}"]) for code in ("unanswered", "stuck")]
    stages = [one for one in board.below("issues.stage") if one.number]
    heads = (_("Stage"), _("Issues"))
    unowned = [one for one in board.topic("owners") if one.number]
    return section(
        _("Issues and owners"),
        el("p", figure_link(board["issues.open"]), class_="cw-lead"),
        el("ul", [el("li", one) for one in late], class_="cw-lines")
        if board["issues.open"].number
        else None,
        figure_table(_("Issues by stage"), heads, [(one.about, amount(one)) for one in stages])
        if stages
        else None,
        el("ul", [el("li", figure_link(one, "overdue")) for one in unowned], class_="cw-lines")
        if unowned
        else el("p", _("Everything has somebody who answers for it."), class_="cw-hint"),
        el(
            "p",
            link(_("All issues"), "go", route="issues"),
            " · ",
            link(_("Who answers for how much"), "go", route="caseloads"),
        ),
    )


def pairs(board: Board) -> Html:
    """Write how many of those who should be paired are, and which pairs are quiet."""
    covered = board.figures.get("pairs.covered")
    lines = [figure_link(board["pairs.there"]), figure_link(board["pairs.quiet"], "overdue")]
    codes = (
        "without",
        "covered.unknown",
        "vetting_ended",
        "vetting_failed",
        "vetting_unknown",
        "change_better",
        "change_same",
        "change_worse",
        "change_unknown",
    )
    found = [board.figures.get(f"pairs.{code}") for code in codes]
    lines += [figure_link(one) for one in found if one is not None and one.number]
    return section(
        _("Helpers and pairs"),
        el("p", figure_link(covered), " ", part_of_whole(covered), class_="cw-lead")
        if covered is not None
        else None,
        el("ul", [el("li", one) for one in lines], class_="cw-lines"),
        el(
            "p",
            link(_("All pairs"), "go", route="pairs"),
            " · ",
            link(_("Register of helpers"), "go", route="helpers"),
        ),
    )


def _tailored(board: Board, agency: Agency) -> Html:
    """Write how personal plans are, and what nobody has answered in them."""
    codes = ("copied", "plain", "unanswered")
    rows = [el("li", figure_link(board[f"tailored.{code}"])) for code in codes]
    index = board["tailored.index"]
    return section(
        str(agency.terms["plan"]),
        el("p", figure_link(index), class_="cw-lead") if index.number is not None else None,
        el("ul", rows, class_="cw-lines"),
        _parties(board, agency),
    )


def _parties(board: Board, agency: Agency) -> Html | None:
    """Write how many items of plans each party leads, and with how many it helps."""
    unsaid = board.figures.get("parties.unsaid")
    if unsaid is None:
        return None
    leads = [one for one in board.topic("parties") if one.code.endswith(".lead")]
    rows = []
    for one in leads:
        helps = board[f"{one.code.removesuffix('.lead')}.support"]
        rows.append((one.about, amount(one), _share(one), amount(helps), _share(helps)))
    title = agency.terms.get("parties", _("Who has a part in the plans"))
    heads = (_("Party"), _("Leads"), _("Share"), _("Helps"), _("Share"))
    return join(
        [
            el("h3", title),
            figure_table(str(title), heads, rows) if rows else None,
            el("p", figure_link(unsaid)) if unsaid.number else None,
        ]
    )


def _share(figure: Figure) -> str:
    return share_of(int(figure.number or 0), figure.of or 0)
