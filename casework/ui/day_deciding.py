"""What is decided about several tasks at once without a contact: excused, or handed over.

Decides what is asked before; leaves what it does to `wb.tasks`, and the way back to the toast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from casework.errors import InvalidEntry
from casework.reference import code_list
from casework.terms import _
from casework.ui import ChoiceField, LongText, Panel, el, stack
from casework.ui.wording import spaced

if TYPE_CHECKING:
    from casework.ui import Screen

__all__ = ["Deciding"]


class Deciding:
    """The box that comes up over the list.

    Parameters
    ----------
    screen : Screen
        Takes the fields, and says what was done.
    done : callable
        Called once something was decided.
    """

    def __init__(self, screen: Screen, done: Callable[[], object]) -> None:
        self.screen, self.wb, self.done = screen, screen.wb, done
        self.task_ids: list[int] = []
        self.title = Panel("")
        reasons = {one.code: str(one.label) for one in code_list("not_done_reason").entries}
        self.reason = screen.field(
            ChoiceField(
                "reason", _("Why these need not be done"), reasons, keyed=True, most_chips=9
            )
        )
        self.words = screen.field(
            LongText("words", _("In your own words"), rows=2, hint=_("For the supervisor to read"))
        )
        colleagues = {
            str(one.staff_id): one.name for one in self.wb.contacts.colleagues(limit=None)
        }
        self.heir = screen.field(ChoiceField("heir", _("Hand over to"), colleagues, most_chips=0))
        self.excusing = stack(self.reason, self.words)
        self.handing = stack(self.heir)
        cancel = screen.action(_("Cancel"), self.cancel, kind="quiet")
        # Each in a box of its own: what hides an island hides all islands, which share a layout.
        self._excuse = stack(
            screen.action(_("Excuse these tasks"), self.excuse, kind="primary", key="ctrl+s")
        )
        self._hand_over = stack(
            screen.action(_("Hand these tasks over"), self.hand_over, kind="primary")
        )
        self.box = stack(
            self.title,
            self.excusing,
            self.handing,
            stack(cancel, self._excuse, self._hand_over, css="cw-decide-acts"),
            css="cw-stack cw-decide",
        )
        _show(self.box, False)

    def ask_reason(self, task_ids: Sequence[int]) -> None:
        """Ask why some tasks need not be done."""
        self._ask(task_ids, _("Excuse {n} tasks", n=len(task_ids)), excusing=True)
        self.reason.put(None)
        self.words.put(None)
        self.reason.focus()

    def ask_heir(self, task_ids: Sequence[int]) -> None:
        """Ask who takes some tasks over."""
        self._ask(task_ids, _("Hand over {n} tasks", n=len(task_ids)), excusing=False)
        self.heir.put(None)
        self.heir.focus()

    def excuse(self) -> None:
        """Excuse the tasks with the reason, and offer the way back."""
        ids = list(self.task_ids)
        said = (self.reason.chosen_label, str(self.words.value or ""))
        self.wb.tasks.excuse(ids, reason=_(": ").join(filter(None, said)))
        self._decided(_("Excused: {n} tasks.", n=len(ids)), lambda: self.wb.tasks.reopen(ids))

    def hand_over(self) -> None:
        """Give the tasks to the colleague who was chosen, and offer the way back."""
        if self.heir.is_blank:
            raise InvalidEntry(_("Choose a colleague."), "heir")
        ids, before = list(self.task_ids), self.wb.tasks.owners(self.task_ids)
        self.wb.tasks.hand_over(ids, int(str(self.heir.value)))

        def back() -> None:
            for owner_id, theirs in before.items():
                self.wb.tasks.hand_over(theirs, owner_id)

        told = _("{n} tasks handed over to {who}.", n=len(ids), who=self.heir.chosen_label)
        self._decided(told, back)

    def cancel(self) -> None:
        """Leave the tasks as they are."""
        self.task_ids = []
        _show(self.box, False)

    def _ask(self, task_ids: Sequence[int], title: str, *, excusing: bool) -> None:
        self.task_ids = list(task_ids)
        self.title.set(el("h2", spaced(title)))
        for box in (self.excusing, self._excuse):
            _show(box, excusing)
        for box in (self.handing, self._hand_over):
            _show(box, not excusing)
        _show(self.box, True)

    def _decided(self, told: str, back: Callable[[], object]) -> None:
        self.cancel()
        self.done()

        def undo() -> None:
            back()
            self.screen.shell.refresh()

        self.screen.said(told, undo=undo)


def _show(box: object, wanted: bool) -> None:
    """Show a part of the screen, or take it out of sight and of the keyboard's way."""
    box.layout.display = None if wanted else "none"  # type: ignore[attr-defined]
