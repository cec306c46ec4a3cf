"""Screens and figures inside a notebook: the same ones as in the dashboards.

Decides that a notebook neither writes nor follows the address of the page, which belongs to
JupyterLab and may hold several notebooks; leaves everything else to the screens and charts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ipywidgets import VBox

from casework.ui.charts import Bar, bars
from casework.ui.escape import Html, el
from casework.ui.parts import stack
from casework.ui.shell import Shell
from casework.ui.theme import theme_style
from casework.ui.widgets import Panel, Place

if TYPE_CHECKING:
    from casework.indicators import Figure
    from casework.workbook import Workbook

__all__ = ["chart", "sentences", "show"]


def show(
    workbook: Workbook, route: str, /, audience: str = "caseworker", **params: object
) -> Shell:
    """Show one screen of the product; from there the others can be reached.

    Parameters
    ----------
    route : str
        Name of the screen, such as ``"people"``.
    audience : {"caseworker", "supervisor"}
        Whose navigation stands above it.
    **params
        What the screen is about, such as ``id=12`` for a person. None is left out.

    Returns
    -------
    Shell
        The widget; its ``screen`` is the screen in sight.
    """
    written = {key: str(value) for key, value in params.items() if value is not None}
    shell = Shell(workbook, audience, start=Place(route, written))
    shell.children = [child for child in shell.children if child is not shell.location]
    return shell


def sentences(figures: Iterable[Figure]) -> VBox:
    """Say figures one under the other, each with what it counts and whose rows it rests on."""
    return _shown(
        el(
            "ul",
            [
                el(
                    "li",
                    el("span", one.sentence, class_="cw-lead"),
                    " ",
                    el("small", one.definition),
                )
                for one in figures
            ],
        )
    )


def chart(title: str, figures: Iterable[Figure], note: str = "") -> VBox:
    """Draw counts as bars, each named by the words before its number.

    Parameters
    ----------
    title : str
        A sentence that says what the chart shows.
    note : str
        Denominator, day, counting rule.
    """
    rows = [
        Bar(_name(one), int(one.number or 0), known=not one.code.endswith(".unknown"))
        for one in figures
    ]
    return _shown(bars(title, rows, note=note))


def _name(figure: Figure) -> str:
    before, _number, after = str(figure.says).partition("{n}")
    return (before or after).strip(" ：:，,")


def _shown(html: Html) -> VBox:
    return stack(Panel(theme_style()), Panel(html), css="cw")
