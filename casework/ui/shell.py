"""The frame around every screen: bar, navigation, address, messages, language, as-of day.

Decides what is shown where and what happens between screens; leaves each task to its screen.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import TYPE_CHECKING, Any

from ipywidgets import VBox, Widget

from casework.errors import ChangedMeanwhile, NotFound, NotPermitted, WorkbookUnavailable
from casework.terms import _, use_language
from casework.terms import language as spoken
from casework.ui.escape import Html, el
from casework.ui.frame import brand, search_box, way_out, way_past, way_to
from casework.ui.guarding import attempt_through, guard, speak_through
from casework.ui.parts import failure_state
from casework.ui.routes import AUDIENCES, UNDER_RULES, entries_for, screen_factory
from casework.ui.screen import Screen, painted
from casework.ui.theme import theme_style
from casework.ui.widgets import Bar, Hit, Island, Location, Panel, Place, Toasts, offer
from casework.ui.wording import day_text

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["Shell", "close_all"]

_HITS = 8
_DEEPEST = 50
_READ_AS = {"person": "dossier", "person_sheet": "sheet"}
_READS_NOTHING = frozenset({"glass", "trail"})  # what is read there is who has read
_SEE_NOBODY = ("administrator", "auditor")
_BESIDE_THE_NAME = 8  # entries in one row with the agency's name, the search and the day
_UNDER_THE_THUMB = 5  # places in the navigation of a phone


class Shell(VBox):  # type: ignore[misc]
    """The product as one widget: what a dashboard shows.

    Parameters
    ----------
    workbook : Workbook
    audience : {"supervisor", "caseworker"}
        Whose navigation and home screen; a login of another role has its own.
    start : Place, optional
        The screen to begin with; by default the home screen.

    Attributes
    ----------
    wb : Workbook
    on : date
        The day that is looked at: today, or the as-of day of the bar.
    screen : widget
        The screen in sight.
    """

    def __init__(
        self, workbook: Workbook, audience: str = "supervisor", start: Place | None = None
    ) -> None:
        if audience not in AUDIENCES:
            raise ValueError(f"no such audience: {audience!r}")
        super().__init__()
        self.wb = workbook
        self.audience = _audience_of(workbook, audience)
        self.as_of: date | None = None
        self.place = Place()
        self.screen: Any = Panel("")
        self._trail: list[Place] = []
        self._unkept: dict[str, dict[str, Any]] = {}
        self.location = Location(self._moved)
        self.toasts = Toasts()
        self.bar = Bar(
            search=self.find_people,
            chosen=lambda key: self.go("person", id=key),
            searched=lambda words: self.go("people", search=words),
            as_of=self.look_at,
            go=lambda route: self.go(route),
            speak=self.speak,
            look_at_today=lambda: self.look_at(None),
        )
        self._holder = VBox([self.screen]).add_class("cw-main")
        for name in ("cw", "cw-shell", f"cw-{self.audience}"):
            self.add_class(name)
        speak_through(self.say)
        attempt_through(self._attempting, self._choose)
        style = theme_style()
        head = [Panel(style)] if style else []
        self.children = [*head, self.location, self.bar, self._holder, self.toasts]
        self._turn_to(start or Place(), replace=True)

    @property
    def on(self) -> date:
        """The day that is looked at; what is written is written today."""
        return self.as_of or self.wb.today

    @property
    def home(self) -> str:
        """The route of the home screen of this audience."""
        return entries_for(self.audience)[0].route

    def go(self, route: str, /, **params: object) -> None:
        """Show another screen; the browser's back button leads here again.

        Parameters
        ----------
        route : str
            Name of the screen.
        **params
            What it is about; written into the address as text. None is left out.
        """
        written = {key: str(value) for key, value in params.items() if value is not None}
        place = Place("" if route == self.home and not written else route, written)
        self._turn_to(place, trail=[*self._trail, self.place])

    def back(self) -> None:
        """Show the screen before this one, or the home screen."""
        self._turn_to(self._trail[-1] if self._trail else Place(), trail=self._trail[:-1])

    def refresh(self) -> bool:
        """Show the present screen anew from the workbook, keeping what was typed.

        Returns
        -------
        bool
            False if the database is away: the screen is then as it was.
        """
        entries = self.screen.entries() if isinstance(self.screen, Screen) else {}
        turned = self._turn_to(self.place, replace=True, top=False)
        if turned and entries and isinstance(self.screen, Screen):
            self.screen.restore(entries)
        return turned

    def speak(self, language: str) -> None:
        """Go on in another language: everything in sight is written anew."""
        before = spoken()
        use_language(language)
        if not self.refresh():
            use_language(before)
            self._stand(self.place, replace=True, top=False)
            return
        self.bar.remember("language", language)

    @property
    def may_choose_actor(self) -> bool:
        """Whether whoever sits here may say who acts."""
        return self.wb.trusts_who_acts and not os.environ.get("CASEWORK_LOGIN")

    def act_as(self, login: str) -> None:
        """Go on as a member of staff, on this visit and the next ones from this browser."""
        if not self.may_choose_actor:
            raise NotPermitted(_("Who acts here is laid down by the program's settings."))
        self.wb.act_as(login)
        self.bar.remember("acting", login)
        self.go(self.home)

    def look_at(self, day: date | None) -> None:
        """Look at everything as of another day; None or today for today."""
        before, self.as_of = self.as_of, None if day is None or day == self.wb.today else day
        if not self.refresh():
            self.as_of = before
            self._stand(self.place, replace=True, top=False)

    def say(
        self, message: str, kind: str = "done", undo: Callable[[], object] | None = None
    ) -> None:
        """Show a short message over the page, with undo where there is a way back."""
        self.toasts.say(message, kind, undo)

    def find_people(self, words: str) -> Sequence[Hit]:
        """Find people as their name is typed; what tells them apart stands in the note."""
        if not words.strip():
            return []
        found = self.wb.people.search(words, limit=_HITS, as_of=self.on)
        return [Hit(str(one.person_id), one.name, _told_apart(one)) for one in found]

    def first_paint(self) -> Html:
        """Write the page as it looks before any script has run."""
        main = el("div", painted(self.screen), class_="cw-main")
        return el("div", self.bar.html, main, class_=f"cw cw-shell cw-{self.audience}")

    def _moved(self, place: Place) -> None:
        """Follow the browser to a deep link, back or forward."""
        self._turn_to(place, replace=True, trail=[*self._trail, self.place])

    def anew(self) -> None:
        """Show the present screen as the workbook has it; what was typed is let go."""
        if isinstance(self.screen, Screen):
            self.screen.let_go()
        self._turn_to(self.place, replace=True, top=False)

    def _attempting(self) -> AbstractContextManager[None]:
        """Tie what a callback writes to what is in sight."""
        screen = self.screen
        return self.wb.attempting(screen.moment) if isinstance(screen, Screen) else nullcontext()

    def _choose(self, refusal: ChangedMeanwhile, run: Callable[[], object]) -> bool:
        """Let the person choose, where somebody else was faster."""
        if not isinstance(self.screen, Screen):
            return False
        self.screen.somebody_was_faster(refusal, run)
        return True

    def _turn_to(
        self,
        place: Place,
        *,
        trail: list[Place] | None = None,
        replace: bool = False,
        top: bool = True,
    ) -> bool:
        """Make the screen of a place and put it where the last one was.

        While the database is away, the page stays where it is, with what was typed.
        """
        left = self.screen
        if isinstance(left, Screen):
            if guard(left.leave):
                self._unkept.pop(self.place.hash, None)
            else:
                self._unkept[self.place.hash] = left.entries()
        try:
            made = self._made(place)
        except WorkbookUnavailable as fault:
            self.say(fault.message, "error")
            self._stand(self.place, replace=True, top=False)
            return False
        self.place, self.screen = place, made
        self._trail = self._trail if trail is None else trail[-_DEEPEST:]
        if isinstance(made, Screen) and place.hash in self._unkept:
            made.restore(self._unkept[place.hash])
        if not replace:  # whoever sees the new screen can go back from it at once
            self._stand(place, replace=False, top=top)
        self._holder.children = [made]
        if replace:  # a deep link stands when its screen does
            self._stand(place, replace=True, top=top)
        close_all(left)
        return True

    def _stand(self, place: Place, *, replace: bool, top: bool) -> None:
        """Write bar, address and title as the screen in sight has them."""
        title = getattr(self.screen, "title", "")
        self.bar.set(self._bar())
        agency = str(self.wb.agency.label)
        day = _("as of {day}", day=day_text(self.on))
        self.bar.head_of_paper(" · ".join(filter(None, (agency, title))), day)
        self.location.at(
            place, f"{title} · {agency}" if title else agency, replace=replace, top=top
        )

    def _made(self, place: Place) -> Widget:
        """Make a screen; what cannot be shown says so in words, with a way on.

        Raises
        ------
        WorkbookUnavailable
            If the database is away while there is a screen to stay on.
        """
        made: list[Widget] = []
        told: list[str] = []
        away: list[WorkbookUnavailable] = []

        def make() -> None:
            factory = screen_factory(place.route or self.home)
            params = dict(place.params)
            if factory is None or not _takes(factory, self, params):
                raise NotFound(_("There is no such page. Choose another one above."))
            try:
                screen = factory(self, **params)
                self._note_reading(place.route or self.home, screen)
                made.append(screen)
            except WorkbookUnavailable as fault:
                away.append(fault)
                raise

        if guard(make, say=lambda message, _kind: told.append(message), saving=False):
            return made[0]
        if away and isinstance(self.screen, Screen):
            raise away[0]
        words, do = (_("Try again"), "again") if away else (_("Back to the first page"), "home")
        button = el("button", words, type="button", class_="cw-action cw-plain", **offer(do))
        ways = {"home": lambda: self.go(self.home), "again": self.refresh}
        return Panel(failure_state(told[0], action=button), **{do: ways[do]})

    def _note_reading(self, route: str, screen: Widget) -> None:
        """Write down whose protected fields a screen shows, before it is shown.

        Raises
        ------
        WorkbookUnavailable
            If a server cannot write it down: then nothing is to be shown.
        """
        if isinstance(screen, Screen) and route not in _READS_NOTHING:
            for person_id in screen.reads:
                self.wb.trail.note_reading(person_id, _READ_AS.get(route, route))

    def _bar(self) -> Html:
        return el(
            "header",
            way_past(),
            brand(str(self.wb.agency.label), self._actor(), self.audience),
            self._navigation(),
            None if self.audience in _SEE_NOBODY else search_box(),
            self._tools(),
            self._past(),
            class_="cw-bar cw-bar-two-rows" if self._has_many_entries() else "cw-bar",
            lang="zh-CN" if spoken() == "zh" else "en",
        )

    def _has_many_entries(self) -> bool:
        """Tell whether the navigation needs a row of its own on a desk as well."""
        entries = entries_for(self.audience, under_rules=self.wb.standing is not None)
        return len(entries) > _BESIDE_THE_NAME

    def _navigation(self) -> Html:
        """Write the entries; on a phone, what five places do not hold is behind one of them."""
        here = self.place.route or self.home
        entries = entries_for(self.audience, under_rules=self.wb.standing is not None)
        unread = self.wb.crossings.n_unread() if self.wb.standing is not None else 0
        waits = {"oversight": unread}
        kept = len(entries) if len(entries) <= _UNDER_THE_THUMB else _UNDER_THE_THUMB - 1
        rest = entries[kept:]
        more = el(
            "button",
            _("More"),
            type="button",
            class_="cw-nav cw-nav-more",
            aria_expanded="false",
            aria_current="true" if any(entry.route == here for entry in rest) else None,
            data_more=True,
        )
        return el(
            "nav",
            [way_to(entry, here, waits.get(entry.route, 0)) for entry in entries[:kept]],
            [
                el(
                    "span",
                    [way_to(entry, here, waits.get(entry.route, 0)) for entry in rest],
                    class_="cw-nav-rest",
                ),
                more,
            ]
            if rest
            else None,
            aria_label=_("Main"),
            class_="cw-navs",
        )

    def _actor(self) -> Html:
        """Write who acts; where that may be chosen, it is the way to the choice."""
        chosen = self.wb.actor.staff_id is not None
        name = self.wb.actor.name if chosen else _("Who are you?")
        if not self.may_choose_actor:
            return el("span", self.wb.actor.name, class_="cw-actor-name")
        offered = offer("go", route="who")
        return el("button", name, type="button", class_="cw-link cw-actor-name", **offered)

    def _tools(self) -> Html:
        other, words = ("en", "English") if spoken() == "zh" else ("zh", "中文")
        day = el(
            "label",
            el("span", _("As of"), class_="cw-day-name"),
            el("span", day_text(self.on), class_="cw-day-face"),
            el(
                "input",
                type="date",
                value=self.on.isoformat(),
                max=self.wb.today.isoformat(),
                aria_label=_("As of"),
                data_day=True,
            ),
            class_="cw-day",
        )
        switch = el(
            "button",
            words,
            type="button",
            class_="cw-quiet",
            lang="en" if other == "en" else "zh-CN",
            **offer("speak", language=other),
        )
        return el("div", day, el("span", switch, way_out(), class_="cw-ways"), class_="cw-tools")

    def _past(self) -> Html | None:
        """Write that another day than today is looked at, with the way back."""
        if self.as_of is None:
            return None
        return el(
            "p",
            _("Looking at {day}, not at today.", day=day_text(self.on)),
            " ",
            el(
                "button",
                _("Back to today"),
                type="button",
                class_="cw-link",
                **offer("look_at_today"),
            ),
            class_="cw-past",
            role="status",
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Add the first paint to what a notebook shows, for the page that is served by us."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if "CASEWORK_SERVED" in os.environ and isinstance(bundle, dict):
            bundle["application/vnd.casework.first-paint"] = str(self.first_paint())
        return bundle


def _audience_of(workbook: Workbook, audience: str) -> str:
    """Choose the navigation by the role of whoever logged in, where the database knows it.

    Supervisors and caseworkers each have both dashboards; the others have their own work.
    """
    role = workbook.standing.role if workbook.standing is not None else audience
    return role if role in AUDIENCES and role not in UNDER_RULES else audience


def _told_apart(found: Any) -> str:
    age = _("aged {n}", n=found.age) if found.age is not None else ""
    return " · ".join(word for word in (age, found.unit, found.community) if word)


def _takes(factory: Callable[..., Any], shell: Shell, params: dict[str, str]) -> bool:
    """Whether a screen can be called with these parameters of an address."""
    try:
        inspect.signature(factory).bind(shell, **params)
    except TypeError:
        return False
    return True


def close_all(widget: Widget) -> None:
    """Let go of a screen that was left, on both sides of the wire."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    if not isinstance(widget, Island):  # all islands share one layout
        for part in (getattr(widget, "layout", None), getattr(widget, "style", None)):
            if isinstance(part, Widget):
                part.close()
    widget.close()
