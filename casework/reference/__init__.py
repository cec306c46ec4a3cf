"""Reference data: what ``data/`` says, read once, checked, and handed out as frozen values."""

from __future__ import annotations

from casework.reference.agencies import (
    Agency,
    Counting,
    DossierSection,
    Group,
    NeedFrame,
    NeedPart,
    Obligation,
    Occasion,
    Place,
    SettingEntry,
    Unit,
)
from casework.reference.agency_files import agencies, agency
from casework.reference.national import (
    BrokenReference,
    Code,
    CodeList,
    FactDefinition,
    Section,
    code_list,
    code_lists,
    data_folder,
    fact,
    facts,
    label_from,
    read_toml,
    sections,
    surnames,
    unique,
)
from casework.reference.need_kinds import NeedKind, kind_spoken_of, kinds_of_need, need_kinds
from casework.reference.rule_words import RuleWord, rule_words
from casework.reference.services import Service, service_list, services, stand_ins

__all__ = [
    "Agency",
    "BrokenReference",
    "Code",
    "CodeList",
    "Counting",
    "DossierSection",
    "FactDefinition",
    "Group",
    "NeedFrame",
    "NeedKind",
    "NeedPart",
    "Obligation",
    "Occasion",
    "Place",
    "RuleWord",
    "Section",
    "Service",
    "SettingEntry",
    "Unit",
    "agencies",
    "agency",
    "code_list",
    "code_lists",
    "data_folder",
    "fact",
    "facts",
    "kind_spoken_of",
    "kinds_of_need",
    "label_from",
    "need_kinds",
    "read_toml",
    "rule_words",
    "sections",
    "service_list",
    "services",
    "stand_ins",
    "surnames",
    "unique",
]
