"""A screen: one task, its fields, its actions, its notice.

Decides what every screen has in common; leaves content to the subclasses in screens/ and boards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from ipywidgets import VBox, Widget

from casework.errors import AlreadySaved, ChangedMeanwhile
from casework.terms import _
from casework.ui.escape import Html, el, join
from casework.ui.fields import read_all
from casework.ui.kept import KeptForm, OneKey
from casework.ui.meanwhile import changed_meanwhile
from casework.ui.parts import PersonCard, notice, person_header, stack
from casework.ui.widgets import Action, DataTable, Entry, Panel
from casework.ui.wording import headed

if TYPE_CHECKING:
    from casework.ui.shell import Shell

__all__ = ["Screen", "painted"]

FieldT = TypeVar("FieldT", bound=Entry)


class Screen(VBox):  # type: ignore[misc]
    """One task on one page.

    Subclasses make their fields in ``__init__``, end with `body` and `refresh`, and have one plain
    method for each action. Names without a leading underscore are for tests and notebooks too.

    Parameters
    ----------
    shell : Shell
        Gives the workbook (`wb`), the day (`on`), navigation and messages.
    title : str
        The task, in the language in force; the heading and the title of the page.
    person : PersonCard, optional
        Whose screen it is; the name stays in sight.
    lead : str
        One sentence under the heading.
    """

    def __init__(
        self, shell: Shell, title: str, *, person: PersonCard | None = None, lead: str = ""
    ) -> None:
        super().__init__()
        self.add_class("cw-screen")
        self.shell = shell
        self.wb = shell.wb
        self.on = shell.on
        self.title = headed(title)
        self.lead = lead
        self.person = person
        self.fields: dict[str, Any] = {}
        self.header = Panel(self._head())
        self.notice = Panel("", over=self._write_over, theirs=shell.anew)
        self.moment = self.wb.moment()
        self._met: Callable[[], object] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let every screen know from which moment on it shows the workbook."""
        super().__init_subclass__(**kwargs)
        if "refresh" in cls.__dict__:
            cls.refresh = _noting_the_moment(cls.refresh)  # type: ignore[method-assign,assignment]

    def field(self, field: FieldT) -> FieldT:
        """Take a field into the form: it is read by `read` and shows its own refusals."""
        self.fields[field.name] = field
        return field

    @property
    def reads(self) -> tuple[int, ...]:
        """Whose dossier this screen shows protected fields of; written down when it is shown."""
        ids = getattr(self, "person_ids", None)
        if ids is not None:
            return tuple(ids)
        person = getattr(self, "person_id", None) if self.person is not None else None
        return () if person is None else (int(person),)

    def refresh(self) -> None:
        """Show what the workbook holds now; called by the shell when the screen comes back."""

    def read(self) -> dict[str, Any]:
        """Read every field of the form; refusals are shown beside the fields.

        Raises
        ------
        InvalidEntry
            When any field was refused.
        """
        return read_all(self.fields)

    def keeps(
        self, form: str, fields: Mapping[str, Any], subject: object = "new",
        persons: Sequence[int | None] = (),
    ) -> KeptForm:  # fmt: skip
        """Keep a form as a draft while it is filled in, and put back what was left unsaved.

        Parameters
        ----------
        form : str
            Which form of which screen, such as ``issue.note``.
        fields : mapping of str to field
        subject : object
            What it is about, such as the number of the issue.
        persons : sequence of int or None
            Whom it is about; where the screen is about a person, that one too.
        """
        whom = [one for one in (*persons, getattr(self, "person_id", None)) if one is not None]
        made = KeptForm(self.wb, form, str(subject), fields, whom, lambda: self.shell.place)
        if made.is_restored:
            self.tell(_("This is the draft you left unsaved. Go on, or discard it."), "info")
        return made

    def action(
        self, label: str, run: Callable[[], object], *, kind: str = "plain", key: str = "",
        form: KeptForm | OneKey | None = None,
    ) -> Action:  # fmt: skip
        """Make a guarded button whose refusals are shown on this screen.

        Parameters
        ----------
        label : str
            A verb with its object.
        run : callable
            A method of the screen.
        kind : {"primary", "plain", "quiet", "danger"}
        key : str
            ``"ctrl+s"`` for the action that saves.
        form : KeptForm, optional
            The form that it saves: saved once, and its draft let go.
        """

        def fresh() -> None:
            self.notice.set("")
            try:
                with self.wb.attempting(self.moment, form.key if form else None):
                    run()
            except ChangedMeanwhile as refusal:
                if not refusal.later:
                    raise
                self.somebody_was_faster(refusal, fresh)
                return
            except AlreadySaved as told:
                self.refresh()
                self.said(told.message)
            if form is not None:
                form.let_go()

        return Action(label, fresh, kind=kind, key=key, fields=self.fields, say=self.tell)

    def actions(self, *actions: Any) -> VBox:
        """Put buttons into the bar at the foot of the screen; the primary one comes last."""
        return stack(*actions, css="cw-actions")

    def body(self, *parts: Any) -> None:
        """Lay out the screen: header, notice, then the parts one under the other.

        Fields that follow each other are put on one sheet.
        """
        laid: list[Any] = []
        for is_field, group in groupby(parts, lambda part: isinstance(part, Entry)):
            held = list(group)
            laid.extend([stack(*held, css="cw-form")] if is_field else held)
        self.children = [self.header, self.notice, *laid]

    def tell(self, message: str, kind: str = "info") -> None:
        """Show a sentence at the top of the screen; an error is read out at once."""
        self.notice.set(notice(message, kind) if message else "")

    def somebody_was_faster(self, refusal: ChangedMeanwhile, run: Callable[[], object]) -> None:
        """Show what others changed since this was read, and let the person choose.

        Parameters
        ----------
        refusal : ChangedMeanwhile
        run : callable
            What was to be written; it is tried again where the person writes over theirs.
        """
        self._met = run
        self.notice.set(changed_meanwhile(refusal))

    def _write_over(self) -> None:
        """Write what was entered, knowing what it is written over."""
        run, self._met = self._met, None
        if run is not None:
            self.moment = self.wb.moment()
            run()

    def let_go(self) -> None:
        """Forget what was typed, as when what others wrote is taken instead."""

    def way_back(self) -> Callable[[], object] | None:
        """Give the way back from what was just written; None where there is none."""
        act = self.wb.undoing.last()
        if act is None:
            return None

        def back() -> None:
            self.wb.undoing.take_back(act)
            self.shell.refresh()

        return back

    def said(self, message: str, undo: Callable[[], object] | None = None) -> None:
        """Say over the page what was stored, with a way back; it survives leaving the screen."""
        self.shell.say(message, "done", undo)

    def retitle(self, title: str, person: PersonCard | None = None) -> None:
        """Change the heading, or the person that it shows."""
        self.title = headed(title)
        self.person = person or self.person
        self.header.set(self._head())

    def entries(self) -> dict[str, Any]:
        """Give all entries as they stand, unread, to be kept as a draft."""
        return {name: field.entry for name, field in self.fields.items()}

    def restore(self, entries: dict[str, Any]) -> None:
        """Put the entries of a draft back; names that are no longer there are passed over."""
        for name, entry in entries.items():
            if name in self.fields:
                self.fields[name].entry = entry

    def leave(self) -> None:
        """Do what is due when the screen is left, such as keeping a draft."""

    def _head(self) -> Html:
        task = el(
            "div",
            el("h2" if self.person else "h1", self.title),
            el("p", self.lead, class_="cw-lead") if self.lead else None,
            class_="cw-task",
        )
        return join([person_header(self.person), task]) if self.person else task


def _noting_the_moment(refresh: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(refresh)
    def refreshed(screen: Screen) -> None:
        screen.moment = screen.wb.moment()
        refresh(screen)

    return refreshed


def painted(widget: Widget) -> Html:
    """Write a widget as it looks before it is up: its markup, and the space of what is none."""
    if isinstance(widget, Panel):
        return el("div", widget.html, class_="cw-panel") if widget.html else Html("")
    if isinstance(widget, DataTable):
        return el("div", class_="cw-skeleton cw-skeleton-table")
    if isinstance(widget, Entry):
        return el("div", class_="cw-skeleton cw-skeleton-field")
    children: Sequence[Widget] = getattr(widget, "children", ())
    css = " ".join(getattr(widget, "_dom_classes", ()))
    return el("div", join(painted(child) for child in children), class_=css or None)
