"""What supervisors and administrators watch over: who looked, who asked for numbers, who logs in.

Who: the supervisor, daily; the administrator when somebody comes or goes. Decides: whether somebody
looked who had no business to, whose account is closed. Clicks: one.
"""

from __future__ import annotations

from datetime import datetime

from casework.errors import NotPermitted
from casework.terms import CHINA, _
from casework.ui import Panel, Screen, Shell, el, empty_state, join, link, section, stack
from casework.ui.escape import Html
from casework.ui.parts import notice
from casework.ui.wording import noted_on
from casework.workbook.crossings import GlassNotice, LoginRow, Revealed

__all__ = ["OversightScreen", "screen"]

_DAYS = 30


class OversightScreen(Screen):
    """Notices, counts and logins: each for the role that answers for it."""

    def __init__(self, shell: Shell) -> None:
        standing = shell.wb.standing
        role = standing.role if standing is not None else ""
        title, lead = _("Who looked"), _(
            "Whoever looks at somebody who is not theirs, or at a number in full, is written down "
            "here."
        )  # fmt: skip
        if role in ("administrator", "auditor"):
            title, lead = _("Who may log in"), _("One account a person; whoever leaves is closed.")
        super().__init__(shell, title, lead=lead)
        self.role = role
        self.slot = stack(css="cw-slot")
        self.panel = Panel("", note=self.note, close=self.ask_close, person=self.person_page,
                           trail=self.trail)  # fmt: skip
        self.body(self.slot, self.panel)
        self.refresh()

    def refresh(self) -> None:
        """Read everything again."""
        self.put_away()
        if self.role == "supervisor":
            self.panel.set(self._watched())
        elif self.role in ("administrator", "auditor"):
            self.panel.set(self._logins())
        elif not self.role:
            self.panel.set(
                empty_state(
                    _("This workbook keeps nothing from anybody, so there is nothing to open."),
                    _("Who read and changed a dossier stands on the dossier itself."),
                )
            )
        else:
            raise NotPermitted(_("Who looked is told to supervisors and administrators."))

    def put_away(self) -> None:
        """Take the question away."""
        self.slot.children = []

    # --- acts -----------------------------------------------------------------------------------

    def note(self, notice: int) -> None:
        """Say that a notice was read."""
        self.wb.crossings.take_note(notice)
        self.refresh()
        self.said(_("Noted."))

    def person_page(self, id: int) -> None:
        """Go to the dossier that was looked at."""
        self.shell.go("person", id=id)

    def trail(self, id: int) -> None:
        """Go to who has read and changed the dossier."""
        self.shell.go("trail", person=id)

    def ask_close(self, login: str) -> None:
        """Ask once more before an account is closed: open sessions lose everything at once."""
        words = _(
            "Close the account {login}? Whoever is logged in sees nothing from the next click on. "
            "casework access grant opens it again.",
            login=login,
        )
        close = self.action(_("Close the account"), lambda: self.close_account(login),
                            kind="primary")  # fmt: skip
        leave = self.action(_("Leave it open"), self.put_away, kind="quiet")
        self.slot.children = [Panel(notice(words, "warning")), self.actions(leave, close)]

    def close_account(self, login: str) -> None:
        """Close an account."""
        self.wb.crossings.close_account(login)
        self.refresh()
        self.said(_("Closed: {login}.", login=login))

    # --- what is shown --------------------------------------------------------------------------

    def _watched(self) -> Html:
        notices = self.wb.crossings.notices()
        fresh = [one for one in notices if one.seen_at is None]
        seen = [one for one in notices if one.seen_at is not None]
        nothing = el("p", _("Nobody has, and nothing waits for you."), class_="cw-faint")
        parts = [
            section(
                _("Looked at somebody who is not theirs"),
                _notices(fresh, waits=True) if fresh else nothing,
            ),
            section(
                _("Asked for in full, in the last {n} days", n=_DAYS),
                _counts(self.wb.crossings.revealed(days=_DAYS)),
            ),
        ]
        if seen:
            parts.append(section(_("Taken note of"), _notices(seen[:50], waits=False)))
        return el("div", join(parts), class_="cw-stack")

    def _logins(self) -> Html:
        own = self.wb.standing.login if self.wb.standing else ""
        may_close = self.role == "administrator"
        found = self.wb.crossings.accounts()
        n = sum(one.closed_at is None for one in found)
        lines = [_login(one, may_close and one.login != own) for one in found]
        return section(
            _("{n} accounts can log in", n=n),
            el("ul", lines, class_="cw-plain-list cw-requests"),
            el(
                "p",
                _("A new account is opened on the server: casework access grant LOGIN --role ROLE"),
                class_="cw-faint",
            ),
        )


def _notices(found: list[GlassNotice], *, waits: bool) -> Html:
    lines = [_notice(one, waits) for one in found]
    return el("ul", lines, class_="cw-plain-list cw-requests")


def _notice(one: GlassNotice, waits: bool) -> Html:
    head = el(
        "p",
        el("b", one.by),
        " → ",
        link(one.person, "person", id=one.person_id)
        if one.person
        else _("no. {id}", id=one.person_id),
        el("span", " ", _at(one.opened_at), " – ", _until(one), class_="cw-faint"),
    )
    ways = [link(_("Who has read and changed this"), "trail", id=one.person_id)]
    if waits:
        ways.insert(0, link(_("I have taken note"), "note", notice=one.id))
    return el(
        "li", head, el("p", _("Reason: {words}", words=one.reason)), el("p", join(ways, " · "))
    )


def _counts(found: list[Revealed]) -> Html:
    if not found:
        return el("p", _("Nobody asked for a number or a telephone."), class_="cw-faint")
    lines = [el("li", el("b", one.by), "：", _sum(one)) for one in found]
    return el("ul", lines, class_="cw-plain-list cw-requests")


def _sum(one: Revealed) -> str:
    parts = [
        words
        for n, words in (
            (one.numbers, _("{n} ID numbers", n=one.numbers)),
            (one.phones, _("{n} telephones", n=one.phones)),
            (one.copies, _("{n} copies of a dossier", n=one.copies)),
        )
        if n
    ]
    return _(
        "{what}, of {n} people, last on {day}",
        what="、".join(parts), n=one.people, day=_at(one.last_at),
    )  # fmt: skip


def _login(one: LoginRow, may_close: bool) -> Html:
    since = (
        _("closed on {day}", day=noted_on(one.closed_at))
        if one.closed_at
        else _("since {day}", day=noted_on(one.granted_at))
    )
    facts = (_role(one.role), one.unit or _("the whole agency"), since)
    name = f"{one.name}（{one.login}）" if one.name else one.login
    close = link(_("Close the account"), "close", login=one.login)
    return el(
        "li",
        el("p", el("s", name) if one.closed_at else el("b", name)),
        el("p", " · ".join(facts), class_="cw-faint"),
        el("p", close) if may_close and one.closed_at is None else None,
    )


def _role(role: str) -> str:
    return {
        "caseworker": _("caseworker"),
        "supervisor": _("supervisor"),
        "analyst": _("analyst"),
        "administrator": _("administrator"),
        "auditor": _("auditor"),
        "registrar": _("keeps the register"),
        "planner": _("account of the nightly run"),
    }.get(role, role)


def _until(one: GlassNotice) -> str:
    begun, ends = one.opened_at.astimezone(CHINA), one.until.astimezone(CHINA)
    return f"{ends:%H:%M}" if begun.date() == ends.date() else _at(one.until)


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


screen = OversightScreen
