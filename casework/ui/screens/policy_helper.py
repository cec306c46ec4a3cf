"""The helper beside a condition: every fact and word with its meaning, values and an example.

Decides how what can be asked is offered; leaves the condition to the form of the rule.
"""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import VBox

from casework.reference import RuleWord, rule_words
from casework.terms import _, language
from casework.ui import ChoiceField, Panel
from casework.ui.escape import Html, el, join
from casework.ui.parts import link
from casework.workbook.rulebook import Rulebook

__all__ = ["Helper"]

_MOST_VALUES = 40


class Helper(VBox):  # type: ignore[misc]
    """A choice of everything that can be asked; what is chosen is explained and can be put in.

    Parameters
    ----------
    book : Rulebook
        Knows the words and how they are written.
    insert : callable
        Called with the words to put into the condition.
    """

    def __init__(self, book: Rulebook, insert: Callable[[str], object]) -> None:
        super().__init__()
        self.add_class("cw-policy-helper")
        self.book = book
        self.words = book.words()
        self.put = insert
        self.options = self._options()
        self.examples: list[str] = []
        self.about = ChoiceField(
            "about",
            _("What can be asked"),
            self.options,
            most_chips=0,
            hint=_("Choose something: its meaning and its values appear, a click puts it in."),
        )
        self.about.changed.append(self.explain)
        self.told = Panel("", put=self.put)
        self.children = [self.about, self.told]

    def _options(self) -> dict[str, str]:
        """Offer the agency's facts first, then what is reckoned and recorded."""
        facts = {f"fact:{code}": str(one.label) for code, one in self.words.facts.items()}
        others = {key: str(one.label) for key, one in rule_words().items() if one.kind != "group"}
        return {**facts, **others}

    def explain(self) -> None:
        """Show what the chosen word means and how it is written; ``examples`` holds the latter."""
        self.examples = []
        kind, _colon, code = str(self.about.entry).partition(":")
        if not code:
            self.told.set("")
        elif kind == "fact":
            self.told.set(self._fact(code))
        else:
            self.told.set(self._word(rule_words()[f"{kind}:{code}"]))

    def _fact(self, code: str) -> Html:
        fact = self.words.facts[code]
        codes = self.words.codes_of(code)
        said = self.book.said
        if fact.multiple:
            first = codes.entries[0].code if codes else _("some text")
            examples = [said(f"has({code}, '{first}')"), said(f"count({code}) >= 1")]
        elif fact.kind == "yesno":
            examples = [said(code), said(f"not {code}")]
        elif fact.kind == "date":
            examples = [said(f"since({code}) <= 6 months"), said(f"{code} < 1949-10-01")]
        elif fact.kind == "number":
            examples = [said(f"{code} >= 3")]
        else:
            examples = []
        values: list[Html] = []
        if codes and fact.kind == "code":
            for entry in codes.entries[:_MOST_VALUES]:
                told = (
                    said(f"has({code}, '{entry.code}')")
                    if fact.multiple
                    else said(f"{code} = '{entry.code}'")
                )
                values.append(el("li", link(str(entry.label), "put", words=told)))
                self.examples.append(told)
            if codes.ordered and len(codes.entries) > 2:
                middle = codes.entries[len(codes.entries) // 2].code
                examples.append(said(f"{code} >= '{middle}'"))
        examples.append(said(f"{code} is unknown"))
        return self._shown(str(fact.label), "", values, examples)

    def _word(self, word: RuleWord) -> Html:
        examples = [word.example] if word.example and language() == "zh" else []
        return self._shown(str(word.label), str(word.help) if word.help else "", [], examples)

    def _shown(self, label: str, help_: str, values: list[Html], examples: list[str]) -> Html:
        self.examples += examples
        puts = [el("li", link(one, "put", words=one)) for one in examples]
        return join(
            [
                el("p", el("b", label), f"　{help_}" if help_ else None),
                el("ul", values, class_="cw-policy-values") if values else None,
                el("ul", puts, class_="cw-policy-values") if puts else None,
            ]
        )
