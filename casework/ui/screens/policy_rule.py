"""One rule: read aloud, changed with a live count, compared and looked back on before it holds.

Who: the policy owner who puts a new document into practice. Decides: for whom the rule is, what it
asks and from which day. Clicks: type, look at the difference, save; three.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from casework.errors import NotFound
from casework.exchange.rule_cells import offset_from, offset_words
from casework.rules import RuleError
from casework.rules.sentence import write
from casework.rules.timing import PERIODS, timing_from, timing_kinds
from casework.rules.writing import (
    OWN_CAPABILITY,
    TIMINGS,
    Raw,
    add_rule,
    change_rule,
    end_rule,
    entry_on,
    free_code,
    write_rules,
)
from casework.terms import _, language
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    LongText,
    ManyField,
    NumberField,
    Panel,
    Screen,
    Shell,
    TextField,
    listed,
    stack,
)
from casework.ui.escape import el
from casework.ui.fields import read_all
from casework.ui.parts import section
from casework.ui.screens.hours_supposed import supposed_view
from casework.ui.screens.policy_helper import Helper
from casework.ui.screens.policy_outcome import Outcome
from casework.ui.screens.policy_parts import (
    FEW,
    away_words,
    count_view,
    document_text,
    error_view,
    hospital_words,
    problem_view,
)
from casework.ui.wording import day_text, number_text, spaced
from casework.workbook.policy import almanac
from casework.workbook.supposing import Supposition

__all__ = ["RuleScreen", "screen"]

_FORM = "policy_rule"
_APART = ("instead_of", "when_away", "when_in_hospital")
_YEAR = timedelta(days=365)
_NEW = {"duration_minutes": 30, "priority": 3}
_USUAL = {"when_away": "phone", "when_in_hospital": "visit"}
"""What holds of a rule that says nothing about it."""


class RuleScreen(Screen):
    """The form of one rule, of the one in force or the next to come; without a code a new one."""

    def __init__(self, shell: Shell, rule: str = "") -> None:
        self.book = shell.wb.rulebook
        self.code = rule
        self.raw: Raw = self.book.raw()
        found = entry_on(self.raw, rule, shell.wb.today) if rule else {}
        if found is None:
            raise NotFound(
                _("The rule {code} is not in force any more. Choose another one.", code=rule)
            )
        self.entry: Raw = found
        title = found.get("title", {}).get(language(), "") if found else _("A new rule")
        super().__init__(shell, title, lead=self._clause_text(found))
        self.aloud = Panel("")
        self.live = Panel("", people=self.show_people, correct=self.correct)
        self.people = stack()
        self.checks = Panel("", rule=self.open_rule)
        self.outcome = Outcome(self.open_person, self.open_rule)
        self._make_fields()
        self.helper = Helper(self.book, self.insert)
        self.timing_box = stack(css="cw-policy-timing")
        self._show_timing()
        self.apart = stack(css="cw-form")
        self.fields["service"].changed.append(self._show_apart)
        self._show_apart()
        compare = self.action(_("See what would change"), self.compare)
        weigh = self.action(_("Hours it would take"), self.weigh)
        back = self.action(_("Look back on the past year"), self.look_back)
        save = self.action(_("Save as a new version"), self.save, kind="primary", key="ctrl+s")
        ending = self.action(_("See what ending it would change"), self.compare_ending)
        stop = self.action(_("End this rule"), self.end, kind="danger")
        kept = shell.wb.drafts.find(_FORM, rule)
        again = [self.action(_("Begin again"), self.begin_again, kind="quiet")] if kept else []
        condition = stack(self.condition, self.live, self.helper, css="cw-form")
        beside = stack(self.aloud, self.checks, css="cw-policy-beside")
        self.body(
            stack(condition, beside, css="cw-policy-columns"),
            self.people,
            stack(
                stack(stack(self.timing, self.timing_box, css="cw-form"), self.apart),
                stack(*self._what, css="cw-form"),
                stack(*self._frame, *([ending] if rule else []), css="cw-form"),
                css="cw-policy-parts",
            ),
            self.outcome,
            self.actions(*again, *([stop] if rule else []), back, compare, weigh, save),
        )
        self.given = self.entries()
        self._take_up_draft()
        self.refresh()

    # --- the form -------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        entry, words = self.entry, self.book.words()
        lists = words.lists
        self.condition = self.field(
            LongText("when", _("For whom"), required=True, longest=4_000,
                     hint=_("Join parts with and, or; brackets keep parts together."))
        )  # fmt: skip
        self.condition.entry = self.book.said(entry.get("when", ""))
        self.condition.changed.append(self.read_condition)
        kind = next((one for one in TIMINGS if one in entry), "quota")
        self.timing = self.field(
            ChoiceField("timing", _("When it falls"), timing_kinds(), required=True)
        )
        self.timing.entry = kind
        self.timing.changed.append(self._show_timing)
        service = ChoiceField(
            "service", _("Service"), _options(lists["service"]), most_chips=0, required=True
        )
        domain = ChoiceField(
            "domain", _("For the sake of"), _options(lists["need_domain"]), most_chips=0,
            required=True,
        )  # fmt: skip
        actor = ChoiceField(
            "actor", _("By whom"), _options(lists["actor"]), most_chips=0, required=True
        )
        channels = ManyField(
            "channels", _("Ways that count"), _options(lists["channel"]),
            hint=_("None ticked: every way counts."),
        )  # fmt: skip
        minutes = NumberField(
            "duration_minutes", _("Planned length"), least=1, most=1_440, unit=_("minutes"),
            required=True,
        )  # fmt: skip
        priority = ChoiceField(
            "priority",
            _("Urgency"),
            {"1": _("1 most urgent"), "2": "2", "3": "3", "4": "4", "5": _("5 least urgent")},
            required=True,
        )
        self._what = [service, domain, actor, channels, minutes, priority]
        filled = {**_NEW, **entry}
        for field in self._what:
            self.field(field)
            if field.name in filled:
                value = filled[field.name]
                field.entry = list(value) if isinstance(value, list) else str(value)
        self._frame = self._frame_fields(filled)

    def _frame_fields(self, entry: Raw) -> list[Any]:
        titles = {
            one["code"]: one["title"].get(language(), one["title"]["zh"])
            for one in self.raw.get("documents", ())
        }
        title = self.field(TextField("title", _("Name of the rule"), required=True, longest=60))
        document = self.field(
            ChoiceField("document", _("Document"), titles, most_chips=0, required=True)
        )
        article = self.field(LongText("article", _("Clause, in its own words"), required=True))
        since = self.field(
            DateField(
                "since",
                _("In force from"),
                on=self.wb.today,
                earliest=self.wb.today,
                required=True,
                hint=_("Until then the rule stays as it is; the past is never changed."),
            )
        )
        note = self.field(
            LongText("note", _("Why the rule changes"), required=True,
                     hint=_("The document or decision, with its number and day."))
        )  # fmt: skip
        clause = entry.get("clause", {})
        title.entry = entry.get("title", {}).get(language(), "")
        document.entry = clause.get("document", "")
        article.entry = clause.get("article", "")
        start = max(self.wb.today, entry.get("since", self.wb.today))
        since.entry = start.isoformat()
        return [title, document, article, since, note]

    def _show_timing(self) -> None:
        """Ask what the chosen kind of timing needs."""
        for name in [one for one in self.fields if one.startswith("at_")]:
            del self.fields[name]
        kind = str(self.timing.entry or "quota")
        held: Raw = self.entry.get(kind) or {}
        if not held and kind == "quota":
            held = {"times": 1, "per": "month"}
        self.timing_box.children = [self.field(one) for one in self._timing_fields(kind, held)]

    def _timing_fields(self, kind: str, held: Raw) -> list[Any]:
        made: list[Any] = []

        def ask(field: Any, value: object) -> None:
            if value not in (None, ""):
                field.entry = list(value) if isinstance(value, list) else str(value)
            made.append(field)

        if kind == "quota":
            times = NumberField("at_times", _("How often"), least=1, most=31, required=True)
            ask(times, held.get("times", 1))
            per = ChoiceField("at_per", _("In every"), _periods(), required=True)
            ask(per, held.get("per"))
            return made
        if kind == "festival":
            festivals = {code: str(one.label) for code, one in almanac().festivals.items()}
            ask(ManyField("at_codes", _("Festivals"), festivals, required=True), held.get("codes"))
        if kind == "event":
            chosen = ChoiceField("at_after", _("Event"), self.book.events(self.raw), most_chips=0,
                                 required=True)  # fmt: skip
            ask(chosen, held.get("after"))
        if kind == "silence":
            days = TextField(
                "at_days", _("Days without news"), required=True,
                suggestions=list(self.book.settings().values()),
                hint=_("A number, or a setting of the agency."),
            )  # fmt: skip
            ask(days, self.book.settings().get(str(held.get("days")), held.get("days")))
        else:
            opens = TextField("at_opens", _("From"), check=offset_from, required=kind != "event",
                              hint=_offsets())  # fmt: skip
            ask(opens, _offset_said(held.get("opens")))
        due = TextField("at_due", _("Until"), check=offset_from, required=True, hint=_offsets())
        ask(due, _offset_said(held.get("due", None if kind == "silence" else "on the day")))
        if kind == "birthday":
            every = NumberField(
                "at_every",
                _("Every how many years"),
                least=1,
                most=100,
                hint=_("1 for each birthday, 5 for fifths and tenths."),
            )
            ask(every, held.get("every"))
            ask(NumberField("at_from_age", _("From age"), least=0, most=120), held.get("from_age"))
        return made

    def _show_apart(self) -> None:
        """Ask which rules for this service it replaces, and what holds while people are away."""
        kept = {one: self.fields.pop(one).entry for one in _APART if one in self.fields}
        service, chosen = self.fields["service"].entry, self.entry.get("instead_of", ())
        weaker = {
            one["code"]: one["title"].get(language(), one["title"]["zh"])
            for one in self.raw["rules"]
            if one["code"] != self.code and (one["service"] == service or one["code"] in chosen)
        }
        asked: list[Any] = [
            ChoiceField("when_away", _("While away for the season"), away_words()),
            ChoiceField("when_in_hospital", _("While in hospital"), hospital_words()),
        ]
        if weaker:
            hint = _("Whoever meets this rule is owed it instead of those ticked.")
            asked.insert(0, ManyField("instead_of", _("Rules it replaces"), weaker, hint=hint))
        for field in asked:
            usual: Any = _USUAL.get(field.name, ())
            value = kept.get(field.name, self.entry.get(field.name, usual))
            if field.name == "instead_of":
                value = [one for one in value if one in weaker]
            field.entry = value
            self.field(field)
        self.apart.children = asked

    # --- while typing ---------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the condition anew."""
        self.read_condition()

    def read_condition(self) -> None:
        """Say the condition aloud and count whom it means, or show where it is not understood."""
        typed = str(self.condition.entry)
        self.people.children = []  # they were listed by another condition
        if not typed.strip():
            self.aloud.set(section(_("Read aloud"), el("p", _("Nobody yet."), class_="cw-hint")))
            self.live.set("")
            return
        try:
            text, node = self.book.understood(typed)
        except RuleError as error:
            self.live.set(error_view(error))
            waits = el("p", _("As soon as the condition is understood."), class_="cw-hint")
            self.aloud.set(section(_("Read aloud"), waits))
            self.checks.set("")
            return
        said = write(node, self.book.words())
        self.aloud.set(section(_("Read aloud"), el("p", said, class_="cw-policy-aloud")))
        if self.entry.get("for_deceased"):
            told = _("It concerns people who have died, so nobody in care is counted.")
            self.live.set(el("p", told, class_="cw-hint"))
        else:
            self.live.set(count_view(self.wb.plans.count(text, as_of=self.on)))
        self._check(text)

    def _check(self, text: str) -> None:
        """Show what the checks find about this rule, were the condition so."""
        rules = [{**one, "when": text} if one is self.entry else one for one in self.raw["rules"]]
        found = [
            one
            for one in self.book.check(write_rules({**self.raw, "rules": rules}))
            if self.code and self.code in one.rules
        ]
        titles = {one["code"]: one["title"][language()] for one in self.raw["rules"]}
        inner = (
            el("ul", [problem_view(one, titles) for one in found], class_="cw-plain-list")
            if found
            else el("p", _("The checks find nothing wrong."), class_="cw-hint")
        )
        self.checks.set(section(_("What the checks find"), inner))

    def insert(self, words: str) -> None:
        """Put words of the helper at the end of the condition."""
        typed = str(self.condition.entry).rstrip()
        joining = " 且 " if language() == "zh" else " and "
        self.condition.entry = f"{typed}{joining}{words}" if typed else words
        self.condition.focus()

    def correct(self, start: int, end: int, word: str) -> None:
        """Put the word that was probably meant in place of the one not understood."""
        typed = str(self.condition.entry)
        self.condition.entry = typed[:start] + word + typed[end:]

    def show_people(self, unknown: bool) -> None:
        """List exactly the people who were counted."""
        text, _node = self.book.understood(str(self.condition.entry))
        found = self.book.people(text, unknown=unknown, as_of=self.on)
        rows = [
            {"id": one.person_id, "name": one.name, "unit": one.unit or None, "born": one.born[1]}
            for one in found
        ]
        n = number_text(len(found))
        heading = spaced(
            _("{n} people of whom it is not known", n=n)
            if unknown
            else _("{n} people meet it", n=n)
        )
        table = DataTable(
            [
                Column("name", _("Name")),
                Column("unit", _("Unit")),
                Column("born", _("Born"), "date", phone="hide"),
            ],
            listed(rows),
            caption=heading,
            opens=lambda key: self.open_person(int(key)),
            query=FEW,
        )
        head = Panel(section(heading))
        self.people.children = [head, table]
        head.focus()

    def open_person(self, id: int) -> None:
        """Open somebody's dossier."""
        self.shell.go("person", id=id)

    def open_rule(self, key: str) -> None:
        """Open another rule."""
        self.shell.go("policy_rule", rule=key)

    # --- left and come back to ------------------------------------------------------------------

    def leave(self) -> None:
        """Keep what was typed and not saved."""
        left = self.entries()
        if left == self.given:
            self.wb.drafts.discard(_FORM, self.code)
        else:
            self.wb.drafts.keep(_FORM, self.code, left)

    def _take_up_draft(self) -> None:
        """Put back what was typed the last time, saying so."""
        draft = self.wb.drafts.find(_FORM, self.code)
        if draft is None:
            return
        values = dict(draft.values)
        if "timing" in values:  # first, because it decides which further fields there are
            self.timing.entry = values.pop("timing")
        self.restore(values)
        self.tell(_("What you began is here again; nothing of it is saved yet."))

    def begin_again(self) -> None:
        """Give up what was typed and show the rule as it is."""
        self.given = self.entries()
        self.wb.drafts.discard(_FORM, self.code)
        self.shell.go("policy_rule", **({"rule": self.code} if self.code else {}))

    def _saved(self) -> None:
        """Forget the draft: what it held is in the rules now."""
        self.given = self.entries()
        self.wb.drafts.discard(_FORM, self.code)

    # --- what is done ---------------------------------------------------------------------------

    def compare(self) -> None:
        """Show what the rule as it stands in the form would change."""
        self.outcome.show_difference(self.book.difference(self._changed(self._supposed())))

    def compare_ending(self) -> None:
        """Show what would change if the rule ended the day before the day in the form."""
        self.outcome.show_difference(self.book.difference(self._ended(self._supposed())))

    def weigh(self) -> None:
        """Show what it would do to the hours of the coming year."""
        supposed = Supposition(rules=self._changed(self._supposed()))
        self.outcome.show(supposed_view(self.wb.supposing.hours(supposed)))

    def look_back(self) -> None:
        """Show what all rules with this one would have asked for over the past year."""
        entered = self._supposed()
        day = self.wb.today
        # As if the change had always held: so that the past can be judged by it.
        text = write_rules(_as_if_always(self.raw, self.entry, self._entry(entered)))
        first, last = day - _YEAR, day - timedelta(days=1)
        found = self.book.backtest(text, first, last)
        present = self.book.backtest(write_rules(self.raw), first, last)
        self.outcome.show_backtest(found, present)

    def _supposed(self) -> dict[str, Any]:
        """Read all but why the rule changes: who only looks need not say so yet."""
        self.fields["note"].passed()
        asked = {name: field for name, field in self.fields.items() if name != "note"}
        return read_all(asked)

    def save(self) -> None:
        """Save the rule as a new version, in force from its day."""
        entered = self.read()
        self.book.save(self._changed(entered), note=entered["note"])
        self._saved()
        self.said(
            _("The rule is changed from {day}.", day=day_text(entered["since"])), undo=self.undo
        )
        self.shell.go("policy")

    def end(self) -> None:
        """Let the rule end the day before the day in the form."""
        entered = self.read()
        last = entered["since"] - timedelta(days=1)
        self.book.save(self._ended(entered), note=entered["note"])
        self._saved()
        self.said(_("The rule ends on {day}.", day=day_text(last)), undo=self.undo)
        self.shell.go("policy")

    def _ended(self, entered: dict[str, Any]) -> str:
        """Write all rules with this one ending the day before the day in the form."""
        last = entered["since"] - timedelta(days=1)
        return write_rules(end_rule(self.raw, self.code, last=last, today=self.wb.today))

    def undo(self) -> None:
        """Put the version before back."""
        self.book.undo()
        self.shell.say(_("The rules are as they were before."))
        self.shell.refresh()

    def _changed(self, entered: dict[str, Any]) -> str:
        """Write all rules with this one changed."""
        entry = self._entry(entered)
        today = self.wb.today
        if not self.code:
            taken = {one["code"] for one in self.raw["rules"]}
            code = free_code(taken)
            said = {key: value for key, value in entry.items() if value is not None}
            fresh = {"code": code, **said, "since": entered["since"]}
            return write_rules(add_rule(self.raw, fresh, today=today))
        return write_rules(
            change_rule(self.raw, self.code, entry, since=entered["since"], today=today)
        )

    def _entry(self, entered: dict[str, Any]) -> Raw:
        """Give what the form says as the entry of a rules file, without its days."""
        text, _node = self.book.understood(entered["when"])
        other = "en" if language() == "zh" else "zh"
        before = self.entry.get("title", {})
        kept = self.entry.get("when", "")
        same = kept and self.book.said(kept) == entered["when"]
        clause = {
            "document": entered["document"],
            "article": entered["article"],
            "capability": self.entry.get("clause", {}).get("capability", OWN_CAPABILITY),
        }
        kind = entered["timing"]
        timing = {
            name.removeprefix("at_"): list(value) if isinstance(value, tuple) else value
            for name, value in entered.items()
            if name.startswith("at_") and value is not None
        }
        if kind == "silence":
            typed = str(timing["days"]).strip()
            codes = {label: code for code, label in self.book.settings().items()}
            timing["days"] = int(typed) if typed.isdigit() else codes.get(typed, typed)
        for name, value in self.entry.get(kind, {}).items():
            if name in ("reckoning", "early", "channels"):
                timing.setdefault(name, value)  # what the form does not ask stays as it was
        settings = self.book.words().parameters
        days = timing.get("days")
        timing_from({kind: {**timing, "days": settings.get(str(days), days)} if days else timing})
        channels = list(entered["channels"] or ())
        apart = {
            name: None if value == usual and name not in self.entry else value
            for name, usual in _USUAL.items()
            if (value := entered[name]) is not None
        }
        own = {one["code"] for one in self.raw["rules"]}
        unasked = [one for one in self.entry.get("instead_of", ()) if one not in own]
        return {
            "instead_of": [*(entered.get("instead_of") or ()), *unasked] or None,
            **apart,
            "title": {
                language(): entered["title"],
                other: before.get(other) or entered["title"],
            },
            "clause": clause,
            "when": kept if same else text,
            "service": entered["service"],
            "domain": entered["domain"],
            "actor": entered["actor"],
            "channels": channels or None,
            kind: timing,
            "duration_minutes": int(entered["duration_minutes"]),
            "priority": int(str(entered["priority"])),
        }

    def _clause_text(self, entry: Raw | None) -> str:
        if not entry:
            return _("Say for whom it is, what it asks and which clause it rests on.")
        documents = {one["code"]: one["title"] for one in self.raw.get("documents", ())}
        title = documents.get(entry["clause"]["document"], {}).get(language(), "")
        return f"{document_text(title)} {entry['clause']['article']}"


def _as_if_always(raw: Raw, old: Raw, entry: Raw) -> Raw:
    """Put an entry in the place of another one, for all its days."""
    kept = {key: value for key, value in old.items() if key not in TIMINGS}
    fresh = {key: value for key, value in {**kept, **entry}.items() if value is not None}
    if old.get("code"):
        rules = [fresh if one is old else one for one in raw["rules"]]
    else:
        rules = [*raw["rules"], {"code": "own", **fresh, "since": date(1950, 1, 1)}]
    return {**raw, "rules": rules}


def _options(codes: Any) -> dict[str, str]:
    return {one.code: str(one.label) for one in codes.entries}


def _periods() -> dict[str, str]:
    names = {
        "week": _("week"),
        "month": _("month"),
        "quarter": _("quarter"),
        "half_year": _("half-year"),
        "year": _("year"),
        "once": _("only once"),
    }
    return {per: names[per] for per in PERIODS}


def _offsets() -> str:
    if language() == "zh":
        return "当天、前 15 天、前 1 个工作日、后 7 天、后 1 个月"
    return "on the day, 15 days before, 1 workday before, 7 days after, 1 month after"


def _offset_said(written: object) -> str | None:
    if not isinstance(written, str):
        return None
    return offset_words(written) if language() == "zh" else written


screen = RuleScreen
