"""Rules: policy as dated data that can be checked, evaluated, compiled to SQL and read aloud.

One tree has three readings that agree: of one person's facts with an explanation, as SQL for
everybody at once, and as a sentence in Chinese and English. Nothing here opens a file, a session or
the clock.
"""

from __future__ import annotations

from casework.rules.evaluate import Finding, Reading, explain, holds
from casework.rules.language import RuleError
from casework.rules.resolve import parse
from casework.rules.ruleset import Clause, Obligation, Problem, Rule, RuleSet, read_rules
from casework.rules.tree import Node, Subject, leaves_of, subjects_of
from casework.rules.vocabulary import Vocabulary

__all__ = [
    "Clause",
    "Finding",
    "Node",
    "Obligation",
    "Problem",
    "Reading",
    "Rule",
    "RuleError",
    "RuleSet",
    "Subject",
    "Vocabulary",
    "explain",
    "holds",
    "leaves_of",
    "parse",
    "read_rules",
    "subjects_of",
]
