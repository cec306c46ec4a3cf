"""Reading all reference data of an agency at once, before anybody works with it.

Decides that whoever makes or serves a workbook is told of a broken file then, and not a caseworker
on the screen that happens to read it first; leaves what is wrong with a file to its reader.
"""

from __future__ import annotations

from datetime import date

from casework.errors import InvalidEntry
from casework.reference import (
    BrokenReference,
    agency,
    kind_spoken_of,
    read_toml,
    rule_words,
    stand_ins,
    surnames,
)
from casework.reference.campaigns import campaign_rules
from casework.reference.catalogue import catalogue
from casework.reference.pairing import pairing_rules
from casework.reference.privacy import (
    data_kinds,
    notices,
    purposes,
    retention,
    rights,
    rights_grounds,
)
from casework.reference.rosters import roster_rules
from casework.reference.staff_checks import staff_rules
from casework.reference.standards import standards
from casework.terms import _
from casework.workbook.need_rules import fact_need_rules
from casework.workbook.person_export import column_words
from casework.workbook.policy import almanac, responses_file, rules_file, rules_of, vocabulary_of

__all__ = ["check_reference", "check_rules"]


def check_reference(name: str, on: date) -> None:
    """Read every file that an agency works with.

    Raises
    ------
    BrokenReference
        At the first that cannot be used, with file, place and reason.
    """
    from casework.exchange.headings import lexicon
    from casework.exchange.words import words_of_cells
    from casework.instruments.findings import need_rules
    from casework.instruments.library import instruments

    chosen = agency(name)
    read_toml(responses_file())
    for read in (
        surnames, stand_ins, rule_words, purposes, data_kinds, retention, rights, rights_grounds,
        notices, instruments, need_rules, almanac, column_words, lexicon, words_of_cells,
    ):  # fmt: skip
        read()
    for read_for in (
        standards, staff_rules, campaign_rules, roster_rules, pairing_rules, catalogue,
    ):  # fmt: skip
        read_for(name)
    vocabulary_of(chosen, on)
    fact_need_rules(name, on)
    kind_spoken_of(name, "")


def check_rules(name: str, on: date) -> None:
    """Read the rules that come with an agency; one without any is left to say so where it matters.

    Raises
    ------
    BrokenReference
        At the first rule that cannot be used, with the file.
    """
    path = rules_file(name)
    if not path.exists():
        return
    try:
        rules_of(name, on)
    except InvalidEntry as refusal:
        raise BrokenReference(path, _("Rules"), refusal.message) from refusal
