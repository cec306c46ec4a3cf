"""The data under ``data/`` hold together, and data that do not are refused by name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from casework.errors import NoRuleInForce
from casework.reference import (
    BrokenReference,
    agencies,
    agency,
    code_list,
    code_lists,
    data_folder,
    fact,
    facts,
    read_toml,
    sections,
)
from casework.reference.agency_files import _Reader, _units
from casework.terms import speaking

AGENCIES = ("changshu", "fengtai", "hubei-market", "zhuzhou-city", "zhuzhou-industry")
CAPABILITIES = {"S0": 69, "S1": 78, "S2": 48, "S3": 36, "S4": 51}  # how many each article gives
KNOWN_SOURCES = re.compile(
    r"domain-standards \d(\.\d+)*(, \d(\.\d+)*)*( Annex [A-C])?$"
    r"|GB(/T)? \d+(\.\d)?(-\d{4})?( [Aa]nnex [A-C])?$|公务员法 Art\. \d+(, \d+)*$"
    r"|老年人权益保障法 Art\. \d+$|个人信息保护法 Art\. \d+$"
    r"|design \d(\.\d)?$|words of the agencies' rosters$"
    r"|roster:(changshu|zhuzhou)$|invented$|choice$|house$"
)


def _is_sourced(source: str) -> bool:
    """Tell whether every part of a source is a capability that exists or a known kind of source."""
    for part in (piece.strip() for piece in source.split(";")):
        capability = re.fullmatch(r"(S[0-4])-(\d+)", part)
        if capability and 1 <= int(capability[2]) <= CAPABILITIES[capability[1]]:
            continue
        if not KNOWN_SOURCES.match(part):
            return False
    return bool(source)


def _sources(raw: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk a TOML file and give each source with the place where it stands."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            if key == "source":
                yield path, value
            else:
                yield from _sources(value, f"{path}/{key}")
    elif isinstance(raw, list):
        for i, value in enumerate(raw):
            name = value.get("code", i) if isinstance(value, dict) else i
            yield from _sources(value, f"{path}/{name}")


def _files() -> list[Path]:
    """Give the files of national and agency data that this module is about."""
    reference = data_folder() / "reference"
    return [
        reference / "code_lists.toml",
        reference / "facts.toml",
        reference / "agency_defaults.toml",
        *(data_folder() / "agencies" / name / "agency.toml" for name in AGENCIES),
    ]


@pytest.mark.parametrize("path", _files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_source_of_every_entry_is_a_capability_or_a_standard(path: Path) -> None:
    assert [(at, text) for at, text in _sources(read_toml(path)) if not _is_sourced(text)] == []


def test_source_is_refused_by_this_test_when_the_capability_does_not_exist() -> None:
    assert not _is_sourced("S3-37")
    assert not _is_sourced("")


def test_agencies_to_choose_from_are_the_five() -> None:
    assert agencies() == AGENCIES


@pytest.mark.parametrize("name", AGENCIES)
def test_organisations_of_an_agency_are_sourced(name: str) -> None:
    assert [unit.code for unit in agency(name).organisations if not _is_sourced(unit.source)] == []


@pytest.mark.parametrize("name", AGENCIES)
def test_every_fact_can_be_entered_in_the_dossier_of_an_agency(name: str) -> None:
    placed = {code for section in agency(name).sections for code in section.facts}
    assert set(facts()) - placed == set()


@pytest.mark.parametrize("name", AGENCIES)
def test_dossier_of_an_agency_has_the_six_sections(name: str) -> None:
    assert [one.code for one in agency(name).sections] == [one.code for one in sections()]


@pytest.mark.parametrize("name", AGENCIES)
def test_words_of_an_agency_are_given_in_both_languages(name: str) -> None:
    found = agency(name)
    for label in (found.label, found.about, found.counting.label, *found.terms.values()):
        with speaking("zh"):
            chinese = str(label)
        with speaking("en"):
            assert str(label) != chinese
    assert {"title", "person", "dossier_standard", "vulnerable"} <= found.terms.keys()


@pytest.mark.parametrize("name", AGENCIES)
def test_care_team_of_an_agency_has_a_caseworker(name: str) -> None:
    assert agency(name).lists["care_team_seat"].entry("caseworker") is not None


@pytest.mark.parametrize("name", AGENCIES)
def test_settings_of_an_agency_have_a_value_on_every_day_of_its_records(name: str) -> None:
    found = agency(name)
    for code in found.settings:
        assert found.setting(code, found.since) is not None


def test_zhuzhou_industry_has_the_eighteen_abolished_bureaus() -> None:
    units = [one for one in agency("zhuzhou-industry").organisations if one.kind == "unit"]
    assert len(units) == 18
    assert {one.status for one in units} == {"abolished"}
    assert {one.successor for one in units} == {"office"}


def test_zhuzhou_city_has_the_stations_one_plus_nine() -> None:
    kinds = [one.kind for one in agency("zhuzhou-city").organisations]
    assert kinds.count("station") == 1 + 9
    assert kinds.count("district") == 9


def test_fengtai_has_thirty_nine_temporary_branches() -> None:
    assert [one.kind for one in agency("fengtai").organisations].count("branch") == 39


def test_rank_is_shown_in_the_words_of_the_agency() -> None:
    words = {one.code: one.label.zh for one in agency("fengtai").ranks}
    assert words["bureau_deputy"] == "副局级"
    assert code_list("rank").entry("bureau_deputy").label.zh == "副厅级"


def test_survey_dimensions_differ_between_agencies() -> None:
    dimensions = {
        name: [one.label.zh for one in agency(name).lists["survey_dimension"].entries]
        for name in ("zhuzhou-industry", "zhuzhou-city", "hubei-market")
    }
    assert dimensions["zhuzhou-industry"] == ["归属感", "获得感", "幸福感", "成就感"]
    assert dimensions["zhuzhou-city"] == ["归属感", "获得感", "幸福感", "安全感"]
    assert dimensions["hubei-market"] == ["获得感", "幸福感", "安全感"]


def test_codes_of_every_list_are_read_back_from_their_labels_and_synonyms() -> None:
    for listed in code_lists().values():
        for one in listed.entries:
            for name in (one.label.zh, one.label.en, *one.synonyms):
                assert listed.read(name) == one.code, (listed.code, name)


def test_eras_follow_each_other_without_gap_or_overlap() -> None:
    eras = code_list("era").entries
    for before, after in pairwise(eras):
        assert before.until is not None
        assert after.since is not None
        assert (after.since - before.until).days == 1


def test_fact_of_a_code_kind_shows_the_label() -> None:
    with speaking("zh"):
        assert fact("living").show("alone") == "独居"


# ------------------------------------------------------------------ broken data fail by name


@pytest.fixture
def broken(tmp_path: Path) -> Callable[..., Any]:
    """Give a loader of changshu from a copy in which one piece of text was replaced."""

    def load(old: str, new: str, file: str = "agency.toml") -> object:
        folder = tmp_path / "changshu"
        shutil.copytree(data_folder() / "agencies" / "changshu", folder)
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        if file == "agency.toml":
            return _Reader(path).agency(agency("changshu").organisations)
        return _units(path)

    return load


@pytest.mark.parametrize(
    ("old", "new", "entry", "reason"),
    [
        ('code = "changshu"', 'code = "elsewhere"', "code", "name of the folder"),
        ('label = { zh = "常熟市委老干部局"', 'label = { zh = ""', "agency", "both zh and en"),
        ('"double_high", "very', '"doubled", "very', "vulnerable", "“doubled” is not accepted"),
        ('code = "home_visit"', 'code = "pigeon"', "channel pigeon", "“pigeon” is not accepted"),
        (', source = "S3-12" }', " }", "channels home_visit", "has no source"),
        (
            'used = ["retired_veteran"',
            'used = ["veteran"',
            "categories",
            "“veteran” is not accepted",
        ),
        (
            'value = 80, unit = "years"',
            'value = "80", unit = "years"',
            "setting",
            "must be of the same kind",
        ),
        (
            'value = 80, unit = "years"',
            'value = 80, unit = "days"',
            "setting",
            "“days” is not accepted for unit",
        ),
        ('calendar = "lunar", day = "01-01"', 'calendar = "lunar"', "spring_festival", "a day"),
        (
            '{ code = "original_unit", label',
            '{ code = "kin", label',
            "care_team_seat",
            "“kin” is not accepted",
        ),
        ("latitude = 31.6538", "", "place", "has no latitude"),
        ("[place]", "[place", "column", "cannot be read"),
        ('domains = ["companionship"]', "domains = []", "need_frame", "lies in 0 fields"),
        ('domains = ["companionship"]', 'domains = ["fun"]', "need_frame", "“fun” is not accepted"),
        ('code = "spirit"', 'code = "care"', "further_need_frame", "is the code of two fields"),
        ('domains = ["learning"]', "domains = []", "further_need_frame", "lies in 0 fields"),
        (
            "[need_frame]",
            '[instruments]\non = ["ltc-2021"]\n\n[need_frame]',
            "instruments",
            "source",
        ),
    ],
)
def test_agency_is_refused_with_entry_and_reason_when_broken(
    broken: Callable[..., Any], old: str, new: str, entry: str, reason: str
) -> None:
    with speaking("en"), pytest.raises(BrokenReference, match=re.escape(reason)) as refused:
        broken(old, new)
    assert "agency.toml" in str(refused.value)
    assert entry in str(refused.value)


def test_agency_is_refused_when_a_setting_has_two_values_on_one_day(
    broken: Callable[..., Any],
) -> None:
    line = '{ code = "high_age", value = 80, unit = "years", since = %s, source = "choice" },'
    twice = "setting = [" + line % "2014-01-01" + line % "2015-01-01"
    with pytest.raises(BrokenReference, match="2015-01-01 有两个值同时有效"):
        broken("setting = [", twice)


def test_setting_of_a_day_is_the_value_of_that_day(broken: Callable[..., Any]) -> None:
    entries = (
        '{ code = "high_age", value = 80, unit = "years", since = 2014-01-01, until = 2014-12-31,'
        ' source = "choice" }, { code = "high_age", value = 75, unit = "years",'
        ' since = 2015-01-01, source = "choice" },'
    )
    found = broken("setting = [", "setting = [" + entries)
    assert found.setting("high_age", date(2014, 12, 31)) == 80
    assert found.setting("high_age", date(2015, 1, 1)) == 75
    with pytest.raises(NoRuleInForce):
        found.setting("high_age", date(2013, 12, 31))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("office,bureau,office", "office,nowhere,office", "its parent “nowhere”"),
        ("office,bureau,office", "bureau,bureau,office", "stands twice"),
        ("office,bureau,office", "office,bureau,cellar", "“cellar” is not accepted for kind"),
        ("office,bureau,office", "office,,agency", "exactly one unit without a parent"),
        ("Office,,active,,,,invented", "Office,,active,,,,", "has no source"),
        ("Office,,active,,", "Office,,abolished,heir,", "its successor “heir”"),
        ("Office,,active,,,,", "Office,,active,,2025-02-30,,", "“2025-02-30” is not a day"),
        ("Office,,active,,,,invented", "Office,,active,,,,invented,more", "more cells than"),
        ("code,parent", "cod,parent", "has no column code"),
    ],
)
def test_organisations_are_refused_when_the_tree_is_broken(
    broken: Callable[..., Any], old: str, new: str, reason: str
) -> None:
    with speaking("en"), pytest.raises(BrokenReference, match=re.escape(reason)):
        broken(old, new, file="organisations.csv")
