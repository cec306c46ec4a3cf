"""Instruments as files: what a definition may say, what breaks it, and that no code is needed."""

from __future__ import annotations

import copy
import re
import tomllib
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from casework.errors import InvalidEntry, NotFound
from casework.instruments import PRORATED, Instrument, instrument_from, library, score
from casework.instruments.library import instrument, instruments, offered
from casework.reference import BrokenReference, agencies, agency, data_folder, read_toml
from casework.terms import speaking

HEAD = """
id = "sample"
label = { zh = "样例", en = "Sample" }
version = "1"
since = 2025-01-01
source = "invented"
licence = "own"
certainty = "official"
higher_is = "worse"
domain = "ability"
total = "total"
[scales]
yes_no = [
  { value = "yes", points = 1, label = { zh = "是", en = "Yes" } },
  { value = "no", points = 0, label = { zh = "否", en = "No" } },
]
"""
ITEM = '[[items]]\nkey = "{key}"\nlabel = {{ zh = "项", en = "Item" }}\n{rest}\n'
MEASURE = '[[measures]]\nid = "{id}"\nlabel = {{ zh = "数", en = "Measure" }}\n{rest}\n'
CHINESE = re.compile("[\u4e00-\u9fff]")
LABEL = 'label = { zh = "级", en = "Band" }'


def item(key: str, rest: str = 'scale = "yes_no"') -> str:
    return ITEM.format(key=key, rest=rest)


def measure(code: str, rest: str) -> str:
    return MEASURE.format(id=code, rest=rest)


def bands(of: str, *spans: tuple[int, int, int]) -> str:
    rows = ", ".join(f"{{ level = {v}, min = {a}, max = {b}, {LABEL} }}" for v, a, b in spans)
    return (
        f'[[bandings]]\nid = "only"\n{LABEL}\nof = "{of}"\nsource = "invented"\n'
        f'certainty = "official"\nbands = [{rows}]\n'
    )


def built(*parts: str) -> Instrument:
    return instrument_from(tomllib.loads(HEAD + "\n".join(parts)), "sample.toml")


SIMPLE = (
    item("a"),
    item("b"),
    measure("total", 'sum = "all"'),
    bands("total", (0, 0, 0), (1, 1, 2)),
)


def test_new_instrument_is_one_file_and_no_code() -> None:
    result = score(built(*SIMPLE), {"a": "yes", "b": "no"})
    assert (result.total, result.level, result.complete) == (1, 1, True)


def test_shipped_files_are_all_read() -> None:
    shipped = {"gbt42195-2022", "barthel", "gds-15", "phq-9", "gad-7", "selfcare-5", "frail"}
    shipped |= {"mna-sf", "sas", "morse", "djg-6", "ucla-3", "lsns-6", "mini-cog"}
    shipped |= {"mzt039-2013", "ltc-2021", "ltc-screen", "lawton-iadl", "iadl-24", "gds-5"}
    shipped |= {"gds-5-15", "phq-2", "fra-2011", "mood-4", "carer-burden", "wellbeing-4"}
    shipped |= {"mmse", "ad8", "zbi-12", "zbi-4"}
    folder = data_folder() / "reference" / "instruments"
    files = {path.stem for path in folder.glob("*.toml") if "@" not in path.stem}
    assert shipped <= files == set(instruments())


def test_moca_is_not_here_in_any_form() -> None:
    """Electronic versions are prohibited (domain-standards 2.6)."""
    assert not any("moca" in one.id or "MoCA" in str(one.label) for one in instruments().values())


@pytest.mark.parametrize("code", ["mmse", "ad8", "zbi-12", "zbi-4"])
def test_instrument_under_copyright_takes_its_total_and_holds_no_item(code: str) -> None:
    (only,) = instrument(code).items
    assert only.span == (0, max(instrument(code).possible))
    assert only.choices == ()


def test_instrument_whose_text_may_not_be_shipped_says_so_and_is_not_offered() -> None:
    codes = ("sas", "morse", "djg-6", "mna-sf", "mini-cog", "mmse", "ad8", "zbi-12", "zbi-4")
    for code in codes:
        one = instrument(code)
        assert one.text == "neutral"
        assert one.reserve
        assert one not in offered()


def test_ability_standard_has_its_four_areas_of_26_items() -> None:
    """Not 22 items, not 100 + 40 + 50 + 70 points, not four grades, not 50 points."""
    one = instrument("gbt42195-2022")
    assert [len(one.in_group(group.id)) for group in one.groups] == [8, 4, 9, 5]
    assert max(one.possible) == 90
    assert len(one.banding().bands) == 5


# -- forms of scoring that the shipped files of this version do not all use


def test_second_step_is_asked_only_when_the_first_is_positive() -> None:
    """GDS-5 first, the other ten questions only from two points (domain-standards 2.3)."""
    first = [item(f"s{n}") for n in range(5)]
    asked = 'scale = "yes_no"\nask_when = { measure = "step", at_least = 2 }'
    second = [item(f"t{n}", asked) for n in range(10)]
    step = measure("step", f"sum = {[f's{n}' for n in range(5)]}\nshown = true")
    total = measure("total", 'sum = "all"')
    one = built(*first, *second, step, total, bands("total", (0, 0, 4), (1, 5, 15)))
    quiet = {f"s{n}": "no" for n in range(5)} | {"s0": "yes"}
    assert score(one, quiet).level == 0
    assert score(one, quiet).missing == ()
    loud = quiet | {"s1": "yes"}
    assert score(one, loud).missing == tuple(f"t{n}" for n in range(10))
    assert score(one, loud | {f"t{n}": "yes" for n in range(10)}).total == 12
    with pytest.raises(InvalidEntry):
        score(one, quiet | {"t3": "yes"})


def of_three(rest: str, *spans: tuple[int, int, int]) -> Instrument:
    """Build four items of one to three points with a total that may do without some."""
    items = [item(key, "range = [1, 3]") for key in "abcd"]
    return built(*items, measure("total", f'sum = "all"\n{rest}'), bands("total", *spans))


@pytest.mark.parametrize(("rounding", "total"), [("down", 9), ("nearest", 9), ("up", 10)])
def test_unanswered_counts_the_mean_of_the_answered_where_the_source_says_so(
    rounding: str, total: int
) -> None:
    one = of_three(f'allow_missing = 1\nprorate = "{rounding}"', (0, 4, 8), (1, 9, 12))
    sheet = {"a": 3, "b": 2, "c": 2}
    found = score(one, sheet)
    assert (found.total, found.missing, found.applied) == (total, ("d",), (PRORATED,))
    assert score(one, sheet | {"d": 1}).applied == ()
    assert score(one, {"a": 3, "b": 2}).total is None


def test_half_a_point_is_rounded_up_by_the_nearest() -> None:
    sums = {key: item(key, "range = [1, 3]") for key in "ab"}
    half = measure("total", 'scaled = "raw"\ntimes = 1\nover = 2\nrounding = "nearest"')
    one = built(*sums.values(), measure("raw", 'sum = "all"'), half, bands("total", (0, 1, 3)))
    assert score(one, {"a": 1, "b": 2}).total == 2


def test_total_without_an_item_never_counts_more_of_them_away_than_the_source_allows() -> None:
    assert min(of_three("allow_missing = 1", (0, 3, 12)).possible) == 3
    assert min(of_three('allow_missing = 1\nprorate = "up"', (0, 4, 12)).possible) == 4


def test_total_of_sums_may_miss_what_they_may() -> None:
    """Two parts that may each do without one item, and a standard score of both."""
    items = [item(key, "range = [1, 3]") for key in "abcdef"]
    more = 'allow_missing = 1\nprorate = "nearest"'
    one = built(
        *items,
        measure("x", f'sum = ["a", "b", "c"]\n{more}'),
        measure("y", f'sum = ["d", "e", "f"]\n{more}'),
        measure("raw", 'sum = ["x", "y"]'),
        measure("total", 'scaled = "raw"\ntimes = 2\nover = 1'),
        bands("total", (0, 12, 36)),
    )
    assert score(one, {"a": 2, "b": 2, "d": 3, "e": 3}).total == 30
    assert score(one, {"a": 2, "d": 3, "e": 3, "f": 3}).total is None


def number(key: str, high: int) -> str:
    return item(key, f"range = [0, {high}]")


def test_two_way_table_gives_the_level() -> None:
    """Long-term care 2021: daily living against the worse of cognition and senses."""
    spans = "spans = [[{}, {}, 0], [{}, {}, 1], [{}, {}, 2], [0, {}, 3]]"
    parts = [
        number("adl_sum", 100),
        number("cognition_sum", 16),
        number("senses_sum", 12),
        measure("adl", 'banded = "adl_sum"\n' + spans.format(100, 100, 65, 99, 45, 64, 44)),
        measure("cognition", 'banded = "cognition_sum"\n' + spans.format(16, 16, 4, 15, 2, 3, 1)),
        measure("senses", 'banded = "senses_sum"\n' + spans.format(12, 12, 4, 11, 2, 3, 1)),
        measure("worse", 'worst = ["cognition", "senses"]'),
        measure(
            "total",
            'matrix = [[0,0,1,1],[1,1,1,2],[2,2,2,3],[3,3,4,5]]\nrow = "adl"\ncolumn = "worse"',
        ),
        bands("total", *[(n, n, n) for n in range(6)]),
    ]
    one = built(*parts)
    sheet = {"adl_sum": 50, "cognition_sum": 10, "senses_sum": 12}
    assert score(one, sheet).level == 2
    assert score(one, sheet | {"adl_sum": 40}).level == 3
    assert score(one, sheet | {"adl_sum": 0, "senses_sum": 1}).level == 5
    assert score(one, sheet | {"adl_sum": 100, "cognition_sum": 16}).level == 0
    assert score(one, {"adl_sum": 0}).missing == ("cognition_sum", "senses_sum")


def mzt039() -> Instrument:
    """Build the grades of MZ/T 039-2013, with what the text leaves open flagged."""
    others = '["b", "c", "d"]'
    a = '{{ measure = "a_is", is = {} }}'
    counts = [
        measure("n3", f"count = {others}\nis = 3"),
        measure("n2", f"count = {others}\nis = 2"),
        measure("n01", f"count = {others}\nin = [0, 1]"),
        measure("n12", f"count = {others}\nin = [1, 2]"),
        measure("a_is", 'sum = ["a"]'),
    ]
    branches = [
        (f"[{a.format(3)}]", 3, ""),
        (f'[{a.format(2)}, {{ measure = "n2", is = 3 }}]', 3, ""),
        (f'[{a.format(2)}, {{ measure = "n3", at_least = 1 }}]', 3, ""),
        (
            f'[{a.format(0)}, {{ any = [{{ item = "b", at_least = 1 }}, '
            '{ item = "c", at_least = 1 }, { item = "d", is = 2 }] }]',
            1,
            "",
        ),
        (f'[{a.format(1)}, {{ measure = "n01", at_least = 1 }}]', 1, ""),
        (f'[{a.format(1)}, {{ measure = "n2", is = 3 }}]', 2, ""),
        (f'[{a.format(1)}, {{ measure = "n3", is = 1 }}]', 2, ""),
        (f'[{a.format(2)}, {{ measure = "n12", at_least = 1, at_most = 2 }}]', 2, ""),
        (f'[{a.format(0)}, {{ measure = "n01", is = 3 }}]', 0, ""),
        (f"[{a.format(0)}]", 1, "rule_gap"),
        (f"[{a.format(1)}]", 2, "rule_gap"),
    ]
    rows = ",\n".join(
        f'{{ when = {when}, value = {value}, flag = "{flag}" }}' for when, value, flag in branches
    )
    last = '{ when = { measure = "a_is", is = 2 }, value = 2, flag = "rule_gap" }'
    return built(
        *(number(key, 3) for key in "abcd"),
        *counts,
        measure("total", f"decide = [{rows}, {last}]"),
        bands("total", *[(n, n, n) for n in range(4)]),
    )


def test_ordered_grades_of_the_old_standard_leave_thirteen_combinations_open() -> None:
    one = mzt039()
    found = {}
    for combination in product(range(4), repeat=4):
        found[combination] = score(one, dict(zip("abcd", combination, strict=True)))
    open_ones = {combination for combination, one in found.items() if one.applied == ("rule_gap",)}
    assert open_ones == {
        *((0, 0, 0, 3), (1, 2, 3, 3), (1, 3, 2, 3), (1, 3, 3, 2), (1, 3, 3, 3), (2, 0, 0, 0)),
        *((2, 1, 1, 1), (2, 1, 1, 2), (2, 1, 2, 1), (2, 1, 2, 2), (2, 2, 1, 1), (2, 2, 1, 2)),
        (2, 2, 2, 1),
    }
    assert found[0, 0, 0, 1].level == 0
    assert found[0, 0, 0, 2].level == 1
    assert found[1, 2, 2, 2].level == 2
    assert found[2, 2, 2, 2].level == 3
    assert found[3, 0, 0, 0].level == 3


def test_score_waits_for_a_context_that_the_key_needs() -> None:
    """MMSE cut-offs go by schooling: without it, a total has no reading."""
    schooling = (
        '[[context]]\nkey = "schooling"\nkind = "choice"\nrequired = true\n'
        'label = { zh = "文化程度", en = "Schooling" }\nchoices = [\n'
        '{ value = "none", label = { zh = "文盲", en = "None" } },\n'
        '{ value = "primary", label = { zh = "小学", en = "Primary" } },\n'
        '{ value = "middle", label = { zh = "初中及以上", en = "Middle or more" } }]\n'
    )
    cut = (
        '{{ when = [{{ context = "schooling", is = "{}" }}, '
        '{{ item = "points", at_most = {} }}], value = 1 }}'
    )
    cuts = ", ".join(cut.format(*one) for one in (("none", 17), ("primary", 20), ("middle", 24)))
    one = built(
        schooling,
        number("points", 30),
        measure("total", 'sum = "all"'),
        measure("impaired", f"decide = [{cuts}]\notherwise = 0"),
        bands("impaired", (0, 0, 0), (1, 1, 1)),
    )
    waiting = score(one, {"points": 18})
    assert (waiting.complete, waiting.level, waiting.missing) == (False, None, ("schooling",))
    assert score(one, {"points": 18}, {"schooling": "none"}).level == 0
    assert score(one, {"points": 18}, {"schooling": "primary"}).level == 1
    with pytest.raises(InvalidEntry):
        score(one, {"points": 18}, {"schooling": "university"})


# -- broken definitions


def broken(change: Any) -> str:
    """Give the refusal in English; in Chinese its words are Chinese, and it names the same."""
    text = HEAD + "\n".join(SIMPLE)
    definition = copy.deepcopy(tomllib.loads(text))
    change(definition)
    said = {}
    for code in ("en", "zh"):
        with speaking(code), pytest.raises(BrokenReference) as refusal:
            instrument_from(definition, "sample.toml", text=text)
        said[code] = str(refusal.value)
    assert said["en"].startswith("sample.toml: ")
    assert said["zh"].startswith("sample.toml：")
    assert CHINESE.search(said["zh"].split("：", 2)[2]), said["zh"]
    assert re.findall(r"\d+", said["en"]) == re.findall(r"\d+", said["zh"])
    return said["en"]


def put(*path: Any) -> Any:
    """Change one value deep in a definition; the last argument is the value."""
    *steps, last, value = path

    def change(definition: Any) -> None:
        for step in steps:
            definition = definition[step]
        definition[last] = value

    return change


def alert_when(when: dict[str, Any]) -> dict[str, Any]:
    both = {"zh": "提醒", "en": "Alert"}
    told = {"id": "x", "label": both, "action": both, "source": "invented", "within_days": 0}
    return told | {"when": when}


@pytest.mark.parametrize(
    ("change", "entry", "reason"),
    [
        (put("label", {"zh": "样例"}), "line 3, the whole file", "both zh and en"),
        (put("colour", "red"), "the whole file", "does not know colour"),
        (put("since", "2025-01-01"), "since", "date"),
        (put("certainty", "sure"), "line 8, the whole file", "certainty must be one of"),
        (put("source", ""), "line 6, the whole file", "needs source"),
        (put("modes", ["telepathy"]), "modes", "must be among"),
        (put("offered", False), "reserve", "must say why"),
        (put("total", "sum"), "line 11, total", "'sum' is not defined"),
        (put("items", []), "items", "none is given"),
        (put("items", 1, "key", "a"), "item a", "stands twice"),
        (put("items", 0, "scale", "often"), "line 18, item a", "'often' is not defined"),
        (put("items", 0, "group", "g"), "item a", "'g' is not defined"),
        (put("items", 0, "range", [0, 3]), "item a", "exactly one of"),
        (put("items", 0, "stands_in_for", "z"), "item a", "'z' is not defined"),
        (put("items", 0, "ask_when", {"item": "z", "is": 1}), "item a", "'z' is not defined"),
        (put("items", 0, "ask_when", {"measure": "z", "is": 1}), "item a", "'z' is not defined"),
        (put("scales", "yes_no", 0, "value", True), "item a", "whole number or a word"),
        (put("scales", "yes_no", 0, "points", 0.5), "item a", "must be a whole number"),
        (put("scales", "yes_no", 0, "value", "no"), "choice no", "stands twice"),
        (put("scales", "yes_no", 0, "points", [1]), "item a", "must be a whole number"),
        (put("scales", 1.5), "scales", "must be a table"),
        (put("order", "first"), "order", "must be a whole number"),
        (put("bandings", 0, "bands", 3), "banding only", "bands must be a list"),
        (
            put("measures", 0, {"id": "total", "banded": "a", "spans": [[0, 1]]}),
            "measure total",
            "spans are three whole numbers",
        ),
        (put("measures", 0, "sum", ["a", "z"]), "measure total", "'z' is no item"),
        (put("measures", 0, "count", ["a"]), "measure total", "exactly one of"),
        (put("bandings", []), "bandings", "none is given"),
        (put("bandings", 0, "bands", 1, "min", 2), "banding only", "score 1 falls into 0 bands"),
        (put("bandings", 0, "bands", 1, "min", 0), "banding only", "score 0 falls into 2 bands"),
        (put("bandings", 0, "bands", 1, "level", 3), "banding only", "levels must be 0, 1, 2"),
        (put("bandings", 0, "of", "z"), "banding only", "'z' is not defined"),
        (
            put("changes", [{"id": "c", "label": {"zh": "一", "en": "c"}, "certainty": "seen"}]),
            "change rule c",
            "exactly one of set",
        ),
        (put("context", [{"key": "c", "kind": "guess"}]), "context c", "both zh and en"),
        (put("settings", ["x"]), "settings", "list of tables"),
        (
            put("measures", 0, "words", [{"value": 0, "label": {"zh": "无", "en": "None"}}]),
            "measure total",
            "each of 0, 1, 2",
        ),
        (put("items", 0, "ask_when", {"item": "b", "in": [[1]]}), "item a", "whole numbers, words"),
        (put("items", 0, "ask_when", {"any": 1}), "item a", "any must be a list"),
        (put("offered", "no"), "the whole file", "offered must be true or false, not 'no'"),
        (put("items", 0, "optional", "yes"), "item a", "optional must be true or false"),
        (put("items", 0, "optional", True), "measure total", "a is optional"),
        (put("measures", 0, "shown", 1), "measure total", "shown must be true or false, not 1"),
        (put("certainty", "known"), "reserve", "was not read in a source"),
        (put("items", 1, "ask_when", {"item": "a", "is": "Yes"}), "item b", "a is never 'Yes'"),
        (put("items", 1, "ask_when", {"item": "a", "at_least": 2}), "item b", "from 0 to 1"),
        (put("items", 0, "ask_when", {"item": "a", "is": "yes"}), "item a", "looks at a, which"),
        (put("items", 0, "ask_when", {"item": "b", "is": "yes"}), "item a", "looks at b, which"),
        (
            put("items", 1, "ask_when", {"measure": "total", "at_least": 1}),
            "item b",
            "looks at b, which does not stand before it",
        ),
        (put("measures", 0, "prorate", "nearest"), "measure total", "prorate needs allow_missing"),
        (put("measures", 0, "allow_missing", 2), "measure total", "at least one part answered"),
        (
            put("alerts", [alert_when({"item": "a", "is": "maybe"})]),
            "alert x",
            "a is never 'maybe'; it can be 'yes', 'no'",
        ),
    ],
)
def test_broken_definition_is_refused_with_file_entry_and_reason(
    change: Any, entry: str, reason: str
) -> None:
    message = broken(change)
    assert entry in message
    assert reason in message


def test_value_of_any_other_kind_ends_in_a_refusal() -> None:
    """A file may hold anything; whatever is read is either scored or refused, never a crash."""
    for code in ("mna-sf", "ltc-screen", "mzt039-2013"):
        path = data_folder() / "reference" / "instruments" / f"{code}.toml"
        base = tomllib.loads(path.read_text(encoding="utf-8"))
        for steps in shapes(base):
            for value in (1.5, "", [], {}, [[1]]):
                changed = copy.deepcopy(base)
                put(*steps, value)(changed)
                with suppress(BrokenReference):
                    instrument_from(changed, path)


def shapes(found: Any) -> list[tuple[Any, ...]]:
    """Give a way to one value of each kind of place in a definition."""
    ways: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def walk(node: Any, way: tuple[Any, ...]) -> None:
        if isinstance(node, dict | list):
            parts = node.items() if isinstance(node, dict) else enumerate(node)
            for key, part in parts:
                shape = tuple("#" if isinstance(one, int) else one for one in (*way, key))
                if ways.setdefault(shape, (*way, key)) == (*way, key) or isinstance(part, dict):
                    walk(part, (*way, key))

    walk(found, ())
    return list(ways.values())


def test_file_that_is_no_toml_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "sample.toml"
    for text, english, chinese in (
        ('id = "a"\nversion = \n', "line 2, column 11", "第 2 行第 11 列"),
        ('id = "a"\nid = "b"\n', "stands twice", "出现了两次"),
        ('id = ["a"', "still open", "没有合上"),
    ):
        path.write_text(text, encoding="utf-8")
        for code, said in (("en", english), ("zh", chinese)):
            with speaking(code), pytest.raises(BrokenReference, match=said):
                read_toml(path)
    path.write_bytes("题目".encode("gb18030"))
    with pytest.raises(BrokenReference, match="UTF-8"):
        read_toml(path)


def test_group_is_given_with_the_items_that_stand_in_it() -> None:
    assert built(*SIMPLE).in_group(None) == built(*SIMPLE).items


def test_old_results_find_the_scoring_they_were_kept_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "reference" / "instruments"
    folder.mkdir(parents=True)
    text = HEAD + "\n".join(SIMPLE)
    (folder / "sample@1.toml").write_text(text, encoding="utf-8")
    (folder / "sample.toml").write_text(text.replace('version = "1"', 'version = "2"'), "utf-8")
    monkeypatch.setenv("CASEWORK_DATA", str(tmp_path))
    for cached in (library._shelf, library.instruments):
        cached.cache_clear()
    try:
        assert list(instruments()) == ["sample"]
        assert instrument("sample").version == "2"
        assert instrument("sample", "1+x=2").version == "1"
        with pytest.raises(NotFound, match=r"sample@0\.toml"):
            instrument("sample", "0")
    finally:
        for cached in (library._shelf, library.instruments):
            cached.cache_clear()


@pytest.mark.parametrize("name", agencies())
def test_instruments_and_readings_that_an_agency_names_exist(name: str) -> None:
    chosen = agency(name)
    assert chosen.instruments_on <= set(instruments())
    for code, banding in chosen.readings.items():
        assert instrument(code).banding(banding).id == banding
