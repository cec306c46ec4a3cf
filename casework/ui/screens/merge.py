"""Two records side by side: the same person, or two? Chosen field by field, and reversible.

Who: the caseworker who sees one name twice. Decides: whether two records are of one person, and
which record is right where they contradict. Clicks: the other record, one for each contradiction,
merge.
"""

from __future__ import annotations

from typing import Any

from ipywidgets import VBox

from casework.terms import _
from casework.ui import ChoiceField, Option, Panel, PickField, Screen, Shell, TextField, stack
from casework.ui.cards import card_of
from casework.ui.escape import Html, el, join
from casework.ui.parts import link, notice, section, unknown
from casework.ui.widgets import Hit
from casework.workbook.likeness import Evidence, LikelyPair
from casework.workbook.merging import Comparison, Side

__all__ = ["MergeScreen", "screen", "why_alike"]


class MergeScreen(Screen):
    """Two records of one person, made one.

    Parameters
    ----------
    one : str
        Number of the record that stays.
    other : str, optional
        Number of the record that comes into it; chosen on the screen where none is given.
    """

    def __init__(self, shell: Shell, one: str, other: str = "") -> None:
        self.one_id = shell.wb.people.standing(int(one))
        self.other_id = int(other) if other else None
        super().__init__(
            shell,
            _("Are these records of one person?"),
            person=card_of(shell.wb, self.one_id, shell.on),
        )
        self.compared: Comparison | None = None
        self.holder: VBox = stack()
        self.table = Panel("", look_into=self.look_into)
        self.near = Panel("", choose=self.choose)
        self.pick = PickField(
            "other", _("The other record"), self._find, several=False, hint=_("Name or initials")
        )
        self.pick.changed.append(self._picked)
        self.reason = TextField("reason", _("Why they are one person"), longest=200)
        self.choices: dict[str, ChoiceField] = {}
        self.body(self.holder)
        self.refresh()

    def refresh(self) -> None:
        """Lay the two records side by side, or ask for the other one."""
        if self.other_id is None:
            pairs = self.wb.merging.likely(person_id=self.one_id)
            self.near.set(self._near(pairs))
            self.holder.children = [self.near, stack(self.pick, css="cw-form")]
            return
        self.compared = self.wb.merging.compare(self.one_id, self.other_id)
        self.table.set(comparison_html(self.compared, self._names()))
        self.choices = {side.field: self._choice(side) for side in self.compared.to_choose}
        self.fields = {**self.choices, "reason": self.reason}
        kept = self.keeps(
            "merge", self.fields, f"{self.one_id}/{self.other_id}", [self.one_id, self.other_id]
        )
        heading = Panel(self._heading(len(self.choices)), prefer=self.prefer)
        fields = stack(*self.choices.values(), self.reason, css="cw-form")
        self.holder.children = [
            Panel(why_html(self.compared), swap=self.swap),
            heading,
            fields,
            self.table,
            self.actions(
                self.action(_("They are two people"), self.keep_apart, form=kept),
                self.action(
                    _("Make them one record"), self.merge, kind="primary", key="ctrl+s", form=kept
                ),
            ),
        ]

    def choose(self, other: int) -> None:
        """Compare with another record."""
        self.shell.go("merge", one=self.one_id, other=other)

    def prefer(self, which: str) -> None:
        """Choose one record throughout, or for each entry what was verified last."""
        for side in self.compared.to_choose if self.compared else ():
            chosen = side.newer if which == "newer" else which
            if chosen:
                self.choices[side.field].entry = chosen

    def swap(self) -> None:
        """Let the other record be the one that stays."""
        self.shell.go("merge", one=self.other_id, other=self.one_id)

    def look_into(self, id: int) -> None:
        """Look into one of the two dossiers."""
        self.shell.go("person", id=id)

    def merge(self) -> None:
        """Make the two one record, as chosen."""
        read = self.read()
        chosen = {name: read[name] for name in self.choices}
        change = self.wb.merging.merge(
            self.one_id, self.other_id or 0, chosen, reason=read["reason"] or ""
        )
        self.said(_("One record now; everything of both is in it."), lambda: self._undo(change))
        self.shell.go("person", id=self.one_id)

    def keep_apart(self) -> None:
        """Say that they are two people; nobody is asked again."""
        pair = self.wb.merging.keep_apart(
            self.one_id, self.other_id or 0, reason=str(self.reason.entry)
        )
        self.said(_("Noted: two people."), lambda: self.wb.merging.ask_again(pair))
        self.shell.back()

    def _undo(self, change: int) -> None:
        self.wb.merging.undo(change)
        self.shell.refresh()
        self.shell.say(_("The two records stand as before."))

    def _picked(self) -> None:
        if self.pick.value:
            self.choose(int(self.pick.value[0]))

    def _find(self, words: str) -> Any:
        found: list[Hit] = list(self.shell.find_people(words))
        return [hit for hit in found if hit.key != str(self.one_id)]

    def _names(self) -> tuple[str, str]:
        return (
            _("No. {id}, stays", id=self.one_id),
            _("No. {id}, comes in", id=self.other_id),
        )

    def _choice(self, side: Side) -> ChoiceField:
        """Ask which of two values is right; where each is from stands under it."""
        options = [
            Option(code, _("{words} (no. {id})", words=words[:80], id=number), note)
            for code, words, number, note in (
                ("one", side.one, self.one_id, side.one_note),
                ("other", side.other, self.other_id, side.other_note),
            )
        ]
        return ChoiceField(side.field, side.label, options, required=True)

    def _heading(self, n: int) -> Html:
        if not n:
            return section(
                _("What is right?"), el("p", _("The two records contradict each other nowhere."))
            )
        ways = [
            link(_("what was verified last"), "prefer", which="newer"),
            link(_("no. {id}", id=self.one_id), "prefer", which="one"),
            link(_("no. {id}", id=self.other_id), "prefer", which="other"),
        ]
        return section(
            _("What is right?"),
            el("p", _("{n} contradictions; choose for each which record is right.", n=n)),
            el(
                "p",
                el("span", _("For all of them:"), class_="cw-faint"),
                " ",
                join(ways, " "),
                class_="cw-ways",
            ),
        )

    def _near(self, pairs: list[LikelyPair]) -> Html:
        if not pairs:
            return el("p", _("No record looks like a second one of this person."), class_="cw-lead")
        rows = []
        for pair in pairs:
            other = pair.other if pair.one.person_id == self.one_id else pair.one
            rows.append(
                el(
                    "li",
                    el("b", link(other.name, "choose", other=other.person_id)),
                    " ",
                    _("no. {id}", id=other.person_id),
                    " ",
                    el("span", why_alike(pair.evidence), class_="cw-faint"),
                )
            )
        return section(
            _("Records that may be of the same person"),
            el("ul", rows, class_="cw-plain-list"),
        )


def why_alike(evidence: tuple[Evidence, ...]) -> str:
    """Say what speaks for and against two records being of one person."""
    for_it = "、".join(one.words for one in evidence if one.weight > 0)
    against = "、".join(one.words for one in evidence if one.weight < 0)
    if not against:
        return for_it or _("nothing speaks for it")
    for_it = for_it or _("nothing speaks for it")
    return _("{pro}; against it: {con}", pro=for_it, con=against)


def comparison_html(compared: Comparison, names: tuple[str, str]) -> Html:
    """Write two records side by side, contradictions first."""
    order = {"only_other": 1, "only_one": 2, "both": 3}
    sides = sorted(compared.sides, key=lambda side: order.get(side.state, 0))
    telling = [_row(side) for side in sides if side.state not in ("same", "differs")]
    same = [_row(side) for side in sides if side.state == "same"]
    heads = [
        el("th", _("Entry"), scope="col"),
        el("th", names[0], scope="col"),
        el("th", names[1], scope="col"),
        el("th", _("Afterwards"), scope="col"),
    ]

    def table(rows: list[Html]) -> Html:
        return el(
            "div",
            el(
                "table",
                el("thead", el("tr", heads)),
                el("tbody", rows),
                class_="cw-history cw-compare",
            ),
            class_="cw-scroll",
            tabindex="0",
            role="group",
            aria_label=_("Side by side"),
        )

    alike = (
        el(
            "details",
            el("summary", _("{n} entries are the same", n=len(same))),
            table(same),
            class_="cw-more",
        )
        if same
        else None
    )
    both = [
        el(
            "p",
            link(names[0], "look_into", id=compared.one_id),
            " · ",
            link(names[1], "look_into", id=compared.other_id),
            class_="cw-ways",
        )
    ]
    return section(
        _("What only one record knows"), both, table(telling) if telling else None, alike
    )


def why_html(compared: Comparison) -> Html:
    """Write what speaks for and against one person, and what comes over."""
    doubt = (
        notice(_("More speaks against it than for it. Make sure before you go on."), "warning")
        if not compared.is_likely
        else None
    )
    return section(
        _("Why they may be one"),
        doubt,
        el("p", why_alike(compared.evidence)),
        el("p", _follows(compared), class_="cw-faint"),
        aside=link(_("Let the other record stay"), "swap"),
    )


def _row(side: Side) -> Html:
    fates = {
        "only_one": _("stays"),
        "only_other": _("comes in"),
        "both": _("both are kept"),
        "same": _("the same"),
    }
    return el(
        "tr",
        el("th", side.label, scope="row"),
        el("td", _cell(side.one, side.one_note), data_label=_("stays")),
        el("td", _cell(side.other, side.other_note), data_label=_("comes in")),
        el("td", fates[side.state]),
    )


def _cell(words: str, note: str) -> Html:
    shown = words if words else unknown()
    return join([shown, el("span", note, class_="cw-cell-note")]) if note else join([shown])


_FOLLOWERS = (
    "contacts",
    "tasks",
    "needs",
    "wishes",
    "assessments",
    "family",
    "added_items",
    "import_rows",
)


def _follower(key: str, n: int) -> str:
    """Say how many of something come over."""
    return {
        "contacts": _("{n} contacts on file", n=n),
        "tasks": _("{n} tasks on file", n=n),
        "needs": _("{n} needs", n=n),
        "wishes": _("{n} wishes", n=n),
        "assessments": _("{n} assessments", n=n),
        "family": _("{n} people around", n=n),
        "added_items": _("{n} items added to the plan by hand", n=n),
        "import_rows": _("{n} rows of rosters", n=n),
    }[key]


def _follows(compared: Comparison) -> str:
    """Say what comes over from the record that comes in."""
    found = [
        _follower(key, compared.follows[key]) for key in _FOLLOWERS if compared.follows.get(key)
    ]
    if not found:
        return _("Nothing else comes over.")
    return _(
        "What comes over with no. {id}: {what}. One plan stays in force, no task stands twice.",
        id=compared.other_id,
        what="、".join(found),
    )


screen = MergeScreen
