"""The kit that screens are made of, with a worked example.

A screen is a class with its fields in ``__init__``, a ``refresh``, and one plain method for each
action. It lives in ``casework/ui/screens/<name>.py`` as ``screen`` and is then found at
``#/<name>?…``; its parameters come from the address as text::

    from casework.terms import _
    from casework.ui import ChoiceField, DateField, LongText, Screen, Shell

    class VisitForm(Screen):
        def __init__(self, shell: Shell, person: str) -> None:
            card = card_of(shell.wb, int(person), shell.on)      # a PersonCard
            super().__init__(shell, _("Record a visit"), person=card)
            self.person_id = int(person)
            self.when = self.field(DateField("when", _("When"), on=self.wb.today, required=True))
            self.outcome = self.field(
                ChoiceField("outcome", _("Outcome"), {"met": _("met"), "out": _("not at home")})
            )
            self.heard = self.field(LongText("heard", _("What was heard"), hint=_("Optional")))
            save = self.action(_("Record the visit"), self.save, kind="primary", key="ctrl+s")
            self.body(self.when, self.outcome, self.heard, self.actions(save))
            self.refresh()

        def refresh(self) -> None:                                # from the workbook
            self.when.previous = ...                              # the last answer, in words

        def save(self) -> None:
            entered = self.read()              # {"when": date, "outcome": "met", "heard": None}
            done = self.wb.contacts.record(self.person_id, **entered)
            self.said(_("Visit recorded."), undo=lambda: self.wb.contacts.withdraw(done))
            self.shell.back()

    screen = VisitForm

What holds everywhere:

- **Refusals.** ``self.read()`` shows what is wrong beside each field. A `CaseworkError` of the
  workbook lands in the notice, an `InvalidEntry` beside the field that it names; anything else
  becomes one fixed sentence, with the traceback in the log. Callbacks of tables, panels and
  actions are guarded already; wrap only what you call on your own: ``guard(run)``.
- **Unanswered is None.** Fields start empty; ``value`` is None until something is entered, and
  `ManyField` tells "none of these" ``()`` from not answered ``None``.
- **Markup** is made with `el`, ``el("p", text, class_="cw-lead")``: children are escaped unless
  they come from `el`. Put it on a `Panel`; what can be clicked gets ``**offer("open", id=3)`` and
  the panel ``Panel(html, open=lambda id: …)``. Clicks that were not offered are refused. Ready
  pieces: `section`, `figure`, `definition_list`, `link`, `state`, `unknown`, `notice`,
  `empty_state`, `failure_state`, `no_rights_state`, `skeleton`, and `casework.ui.charts`.
- **Lists** are `DataTable`: columns, a source ``(Query) -> Page``, ``opens=self.open_person``,
  ``together=[Together("assign", _("Assign"), self.assign)]``. For a list in memory:
  ``source=listed(rows)``. Cells are plain values; None shows as not known; `State`, `Noted`
  and `Lines` for a state, for a second line that says why the row is there, for several things.
- **Files** come through `FileField`, in parts and whole; a refusal of ``received`` is shown there.
- **Between screens**: ``shell.go("person", id=12)``, ``shell.back()``, ``shell.refresh()``,
  ``shell.say(…)``. ``shell.on`` is the as-of day that is looked at, ``shell.wb.today`` the day
  on which things are written. ``Screen.leave`` is called before another screen comes.
- **Texts** are asked for when shown, never at import; on a change of language the shell makes the
  screen anew and puts the entries back.
- **Tests** enter and press without a browser: ``form.when.entry = "昨天"``, ``form.save()``,
  ``save.click()``, ``panel.click("open", id=3)``, ``table.open_row(3)``, ``table.texts()``.
- **First paint.** The markup of panels is in the page before any script runs, so put what must
  stand at once (figures, charts, names) on panels, and keep construction quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casework.ui.escape import Html as Html
    from casework.ui.escape import el as el
    from casework.ui.escape import join as join
    from casework.ui.escape import text as text
    from casework.ui.fields import ChoiceField as ChoiceField
    from casework.ui.fields import DateField as DateField
    from casework.ui.fields import LongText as LongText
    from casework.ui.fields import ManyField as ManyField
    from casework.ui.fields import NumberField as NumberField
    from casework.ui.fields import Option as Option
    from casework.ui.fields import PickField as PickField
    from casework.ui.fields import TextField as TextField
    from casework.ui.parts import PersonCard as PersonCard
    from casework.ui.parts import Warning as Warning
    from casework.ui.parts import definition_list as definition_list
    from casework.ui.parts import empty_state as empty_state
    from casework.ui.parts import failure_state as failure_state
    from casework.ui.parts import figure as figure
    from casework.ui.parts import guard as guard
    from casework.ui.parts import link as link
    from casework.ui.parts import no_rights_state as no_rights_state
    from casework.ui.parts import notice as notice
    from casework.ui.parts import person_header as person_header
    from casework.ui.parts import progress as progress
    from casework.ui.parts import section as section
    from casework.ui.parts import skeleton as skeleton
    from casework.ui.parts import stack as stack
    from casework.ui.parts import state as state
    from casework.ui.parts import unknown as unknown
    from casework.ui.routes import route as route
    from casework.ui.screen import Screen as Screen
    from casework.ui.shell import Shell as Shell
    from casework.ui.widgets import Action as Action
    from casework.ui.widgets import CarryPanel as CarryPanel
    from casework.ui.widgets import Column as Column
    from casework.ui.widgets import DataTable as DataTable
    from casework.ui.widgets import Download as Download
    from casework.ui.widgets import FileField as FileField
    from casework.ui.widgets import Hit as Hit
    from casework.ui.widgets import Line as Line
    from casework.ui.widgets import Lines as Lines
    from casework.ui.widgets import MadeFile as MadeFile
    from casework.ui.widgets import Noted as Noted
    from casework.ui.widgets import Page as Page
    from casework.ui.widgets import Panel as Panel
    from casework.ui.widgets import Printer as Printer
    from casework.ui.widgets import Query as Query
    from casework.ui.widgets import State as State
    from casework.ui.widgets import Together as Together
    from casework.ui.widgets import listed as listed
    from casework.ui.widgets import offer as offer

# Where the kit has each name from. A server of pages imports this package for its stylesheet alone,
# so nothing of the kit, nor the workbook behind it, is imported before somebody asks for it.
_HOMES = {
    "escape": "Html el join text",
    "fields": ("ChoiceField DateField LongText ManyField NumberField Option PickField TextField"),
    "parts": (
        "PersonCard Warning definition_list empty_state failure_state figure guard link "
        "no_rights_state notice person_header progress section skeleton stack state "
        "unknown"
    ),
    "routes": "route",
    "screen": "Screen",
    "shell": "Shell",
    "widgets": (
        "Action CarryPanel Column DataTable Download FileField Hit Line Lines MadeFile "
        "Noted Page Panel Printer Query State Together listed offer"
    ),
}


def __getattr__(name: str) -> Any:
    """Import a name of the kit when it is asked for first (PEP 562)."""
    for home, names in _HOMES.items():
        if name in names.split():
            found = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
