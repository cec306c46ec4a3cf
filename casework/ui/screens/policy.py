"""The rules of the agency by clause: what each says, for how many people, and what is wrong.

Who: the policy owner of the bureau, without code, when a document comes or goes, a few times a
year. Decides: which rule to change, what the checks say, whether a changed table comes into place.
Clicks: one to a rule, two to print the table, three to take a signed one in.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.rules import Problem, Rule
from casework.rules.sentence import subject_text, timing_text, write
from casework.terms import _, day_of
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Download,
    FileField,
    LongText,
    MadeFile,
    Noted,
    Page,
    Panel,
    Query,
    Screen,
    Shell,
    State,
    listed,
    stack,
)
from casework.ui.escape import Html, el, join
from casework.ui.parts import link, progress, section
from casework.ui.screens.policy_outcome import Outcome
from casework.ui.screens.policy_parts import (
    document_text,
    problem_view,
)
from casework.ui.wording import day_text, number_text, spaced
from casework.workbook.policy import almanac
from casework.workbook.rule_difference import kind_text

__all__ = ["PolicyScreen", "screen"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN = 6
_ALL = "*"


class PolicyScreen(Screen):
    """All rules with their counts, the checks, the table to sign, and who changed what."""

    def __init__(self, shell: Shell, document: str = "", service: str = "") -> None:
        super().__init__(
            shell,
            _("Rules"),
            lead=_("What is owed to whom, by which clause, and for how many people that is now."),
        )
        self.book = shell.wb.rulebook
        self.rules: dict[str, Rule] = {}
        self.state = Panel("")
        self.problems = Panel("", rule=self.open_rule)
        self.by_document = ChoiceField("document", _("Document"), {}, most_chips=0)
        self.by_service = ChoiceField("service", _("Service"), {}, most_chips=0)
        self.filters = stack(css="cw-policy-filters")
        self.table = DataTable(
            [
                Column("title", _("Rule"), share=34),
                Column("when", _("When it falls"), sortable=False, share=16),
                Column("actor", _("By whom"), phone="hide", share=9),
                Column("people", _("People now"), "number", share=8),
                Column("clause", _("Clause"), phone="hide", share=25),
                Column("state", _("State"), "state", share=8),
            ],
            self.page,
            caption=_("Rules"),
            opens=self.open_rule,
            search_hint=_("A rule, a clause or a word of the condition"),
            nothing=(_("No rule says that."), _("Search for something shorter, or show all.")),
        )
        self.add = self.action(_("Add a rule"), self.add_rule)
        self.draw = self.action(_("Draw up plans by these rules"), self.draw_up)
        self.going = Panel("")
        self.download = Download(_("Save the table to sign"), self.make_table, say=self.tell)
        self.upload = FileField(
            "table",
            _("Take a changed table in"),
            self.take_table,
            endings=(".xlsx",),
            hint=_("What it would change is shown first; nothing is written yet."),
        )
        self.taken = stack()
        self.past = Panel("", undo=self.undo, rule=self.open_rule)
        self._text = ""
        self.body(
            self.state,
            self.problems,
            self.filters,
            stack(self.add, self.download, self.draw, css="cw-policy-tools"),
            self.going,
            self.table,
            self.upload,
            self.taken,
            self.past,
        )
        self.refresh()
        for field, wanted in ((self.by_document, document), (self.by_service, service)):
            if wanted:
                field.entry = wanted

    def refresh(self) -> None:
        """Read rules, counts, checks and changes again."""
        found = self.book.read(as_of=self.on)
        shown = [one for one in found.rules if one.until is None or one.until >= self.on]
        self.rules = {f"{one.code}@{one.since}": one for one in shown}
        self._counts = self.wb.plans.counts(as_of=self.on)
        self._words = self.book.words()
        self.state.set(self._summary(shown))
        self.problems.set(_problems(self.book.check(as_of=self.on), self.rules.values()))
        self._fill_filters(shown)
        self.table.refresh()
        self.past.set(self._history())

    # --- the list -------------------------------------------------------------------------------

    def page(self, query: Query) -> Page:
        """Give a page of the rules that the filters leave."""
        document, service = self.by_document.entry, self.by_service.entry
        rows = [
            self._row(key, rule)
            for key, rule in self.rules.items()
            if document in ("", _ALL, rule.clause.document.zh)
            and service in ("", _ALL, rule.duty.service)
        ]
        searched = ("words", "title", "clause")
        return listed(rows, searched)(query)

    def _row(self, key: str, rule: Rule) -> dict[str, object]:
        count = self._counts.get(rule.code) if rule.in_force(self.on) else None
        sentence = write(rule.when, self._words)
        event = subject_text(rule.event, self._words) if rule.event else ""
        people: object = None
        if count is not None:
            people = (
                Noted(count.holds, _("{n} not known", n=count.unknown))
                if count.unknown
                else count.holds
            )
        elif rule.for_deceased:
            people = "—"
        elif rule.since > self.on:
            met = self.wb.plans.count(rule.text, as_of=self.on).holds
            people = Noted(met, _("by what is known today"))
        return {
            "id": key,
            "title": Noted(str(rule.title), sentence),
            "when": timing_text(rule.duty.timing, almanac().festivals, event),
            "actor": self._words.lists["actor"].label_of(rule.duty.actor),
            "people": people,
            "clause": Noted(rule.clause.article, document_text(rule.clause.document)),
            "state": self._state(rule),
            "words": f"{sentence} {self.book.said(rule.text)}",
        }

    def _state(self, rule: Rule) -> State:
        if rule.since > self.on:
            return State("due", _("in force from {day}", day=day_text(rule.since)))
        if rule.until is not None:
            return State("plain", _("in force until {day}", day=day_text(rule.until)))
        return State("done", _("in force"))

    def _fill_filters(self, rules: Sequence[Rule]) -> None:
        documents = {_ALL: _("All documents")}
        documents |= {one.clause.document.zh: str(one.clause.document) for one in rules}
        services = self._words.lists["service"]
        kinds = {_ALL: _("All services")} | {
            one.code: str(one.label)
            for one in services.entries
            if any(rule.duty.service == one.code for rule in rules)
        }
        chosen = self.by_document.entry, self.by_service.entry
        self.by_document = ChoiceField("document", _("Document"), documents, most_chips=0)
        self.by_service = ChoiceField("service", _("Service"), kinds, most_chips=0)
        for field, entry, options in (
            (self.by_document, chosen[0], documents),
            (self.by_service, chosen[1], kinds),
        ):
            field.entry = entry if entry in options else _ALL
            field.changed.append(self.table.refresh)
        self.filters.children = [self.by_document, self.by_service]

    def _summary(self, rules: Sequence[Rule]) -> Html:
        now = sum(one.in_force(self.on) for one in rules)
        coming = sum(one.since > self.on for one in rules)
        words = spaced(_("{n} rules in force", n=now))
        if coming:
            words += _(", ") + spaced(_("{n} to come", n=coming))
        return el("p", words, class_="cw-lead")

    def open_rule(self, key: str) -> None:
        """Open one rule."""
        self.shell.go("policy_rule", rule=key.partition("@")[0])

    def add_rule(self) -> None:
        """Begin a new rule."""
        self.shell.go("policy_rule")

    def draw_up(self) -> None:
        """Let plans and tasks follow the rules now, rather than when they are next drawn up."""
        done = self.wb.plans.compile(progress=self._tell_how_far)
        self.going.set("")
        self.tell(done.summary(), "done")
        self.refresh()

    def _tell_how_far(self, share: float, words: str) -> None:
        self.going.set(progress(int(share * 100), 100, words))

    # --- the table on paper ---------------------------------------------------------------------

    def make_table(self) -> MadeFile:
        """Make the table to print, sign and change."""
        name = _("rules {day}.xlsx", day=self.wb.today.isoformat())
        return MadeFile(name, _XLSX, self.book.table())

    def take_table(self, _name: str, content: bytes) -> None:
        """Read a changed table and show what it would change; nothing is written.

        Raises
        ------
        InvalidEntry
            With the cell of every trouble.
        """
        self.taken.children = []
        self._text = self.book.read_table(content)
        found = self.book.difference(self._text)
        view = Outcome(self.open_person, self._open_if_there)
        if found.is_empty:
            hint = _("Changes go on the second sheet; the first is only for reading and signing.")
            self.taken.children = [view, Panel(el("p", hint, class_="cw-hint"))]
            view.show_difference(found)
            return
        self.note = self.field(
            LongText("note", _("Why the rules change"), required=True,
                     hint=_("The document or decision, with its number and day."))
        )  # fmt: skip
        save = self.action(_("Put these rules in place"), self.save_table, kind="primary")
        forget = self.action(_("Leave it"), self.forget_table, kind="quiet")
        read = self.book.read(self._text, as_of=self.on).rules
        doubts = Panel(
            _problems(self.book.check(self._text, as_of=self.on), read), rule=self._open_if_there
        )
        form = stack(self.note, css="cw-form")
        self.taken.children = [view, doubts, form, self.actions(forget, save)]
        view.show_difference(found)

    def _open_if_there(self, key: str) -> None:
        """Open a rule that a finding about the table names, unless it only comes with the table."""
        if any(one.code == key for one in self.rules.values()):
            self.open_rule(key)
        else:
            self.tell(_("This rule only comes with the table. Put these rules in place first."))

    def save_table(self) -> None:
        """Put the rules of the table in place."""
        entered = self.read()
        self.book.save(self._text, note=entered["note"])
        self.forget_table()
        self.said(_("The rules are changed. Plans follow when they are drawn up."), undo=self.undo)
        self.refresh()

    def forget_table(self) -> None:
        """Leave the rules as they are."""
        self._text = ""
        self.fields.pop("note", None)
        self.taken.children = []

    def open_person(self, id: int) -> None:
        """Open the dossier of somebody whose plan would change."""
        self.shell.go("person", id=id)

    # --- who changed what -----------------------------------------------------------------------

    def undo(self) -> None:
        """Put the version before the last change back."""
        self.book.undo()
        self.said(_("The rules are as they were before."), undo=self.undo)
        self.refresh()

    def _history(self) -> Html:
        versions = self.book.history()
        if not versions:
            told = _("These are the rules that come with the agency; nobody has changed them here.")
            return section(_("Who changed what"), el("p", told, class_="cw-hint"))
        items = [
            el(
                "li",
                el("b", day_text(day_of(one.at))),
                f" {one.by}　{one.note}",
                el(
                    "ul",
                    [
                        el("li", kind_text(kind), " ", link(self._title(code), "rule", key=code))
                        for code, kind in list(one.rules.items())[:_SHOWN]
                    ],
                    class_="cw-plain-list cw-hint",
                ),
                link(_("Undo this change"), "undo") if number == 0 and not one.undone else None,
            )
            for number, one in enumerate(versions)
        ]
        return section(_("Who changed what"), el("ol", items, class_="cw-plain-list"))

    def _title(self, code: str) -> str:
        return next((str(one.title) for one in self.rules.values() if one.code == code), code)


def _problems(problems: Sequence[Problem], rules: object) -> Html:
    """Show what the checks found, what keeps rules from being used first."""
    if not problems:
        return el("p", _("The checks find nothing wrong."), class_="cw-hint")
    titles = {one.code: str(one.title) for one in rules}  # type: ignore[attr-defined]
    first, rest = problems[:_SHOWN], problems[_SHOWN:]
    shown = join([problem_view(one, titles) for one in first])
    more = (
        el(
            "details",
            el("summary", spaced(_("{n} more", n=number_text(len(rest))))),
            [problem_view(one, titles) for one in rest],
        )
        if rest
        else None
    )
    return section(_("What the checks find"), el("ul", shown, class_="cw-plain-list"), more)


screen = PolicyScreen
