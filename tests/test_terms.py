"""Everything a person reads exists in Chinese and in English, with the same values in it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from casework import terms
from casework.terms import Label, _, language, speaking, use_language
from tests.findings import expect_none

ROOT = Path(__file__).parent.parent
CATALOGUES = sorted((ROOT / "casework" / "locale" / "zh").glob("*.po"))
COUNTING = {"n", "m", "days", "hours", "rows", "people", "others", "seq", "added", "before"}
PLACEHOLDER = re.compile(r"\{([a-z_]\w*)(?:[!:][^{}]*)?\}")


@dataclass(frozen=True, slots=True)
class Text:
    """One `_("…")` in the source; the text is None where it is not written out there."""

    place: str
    text: str | None
    given: frozenset[str] | None  # names of the values, None where they are not written out


@cache
def texts() -> tuple[Text, ...]:
    found = []
    for path in sorted((ROOT / "casework").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        formatted = {
            id(call.func.value): call
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "format"
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("_", "terms._"):
                place = f"{path.relative_to(ROOT)}:{call.lineno}"
                found.append(_text(place, call, formatted.get(id(call), call)))
    return tuple(found)


def _text(place: str, call: ast.Call, filled: ast.Call) -> Text:
    first = call.args[0] if call.args else None
    text = first.value if isinstance(first, ast.Constant) else None
    names = [keyword.arg for keyword in filled.keywords]
    given = None if None in names else frozenset(name for name in names if name)
    return Text(place, text if isinstance(text, str) else None, given)


@cache
def entries() -> dict[str, dict[str, str]]:
    """Give every translation as Babel reads it: by catalogue, then by text."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in CATALOGUES:
        with path.open("rb") as file:
            for message in read_po(file, abort_invalid=True):
                if message.id:
                    found[path.name][str(message.id)] = str(message.string)
    return dict(found)


def values(text: str) -> set[str]:
    """Name the placeholders of a text."""
    return set(PLACEHOLDER.findall(text))


@pytest.fixture
def chinese() -> dict[str, str]:
    return {text: said for catalogue in entries().values() for text, said in catalogue.items()}


def test_every_text_is_written_out_where_it_is_used() -> None:
    expect_none([each.place for each in texts() if each.text is None])


def test_every_text_has_a_translation(chinese: dict[str, str]) -> None:
    expect_none([f"{e.place} {e.text}" for e in texts() if e.text and not chinese.get(e.text)])


def test_translation_loses_no_value_of_the_text(chinese: dict[str, str]) -> None:
    expect_none(text for text, said in chinese.items() if not values(text) <= values(said))


def test_values_given_are_those_that_the_text_takes_in_either_language(
    chinese: dict[str, str],
) -> None:
    """An agency's own word may stand in the Chinese only; but it must be given, and used."""
    expect_none(
        f"{each.place} {each.text}"
        for each in texts()
        if each.text and each.given
        if each.given != values(each.text) | values(chinese.get(each.text, each.text))
    )


def test_same_text_has_the_same_translation_in_every_catalogue() -> None:
    said = defaultdict(set)
    for catalogue in entries().values():
        for text, translation in catalogue.items():
            said[text].add(translation)
    expect_none(f"{text}: {ways}" for text, ways in said.items() if len(ways) > 1)


def test_catalogues_are_read_at_run_time_as_babel_reads_them(chinese: dict[str, str]) -> None:
    assert terms._catalogue() == chinese


def test_text_is_chinese_unless_english_is_chosen() -> None:
    text = next(iter(next(iter(entries().values()))))
    assert _(text) != text
    with speaking("en"):
        assert _(text) == text
    assert language() == "zh"


def test_label_follows_the_language() -> None:
    label = Label(zh="独居", en="living alone")
    with speaking("en"):
        assert str(label) == "living alone"
    assert str(label) == "独居"


ENGLISH = ROOT / "casework" / "locale" / "en" / "numbers.po"
MANY = re.compile(r"\{(\w+)[^}]*\} ((?:[a-z-]+ ){0,2}?)([a-z-]+s|people)\b(?! of rosters)")
NO_PLURAL = {"answers", "rosters", "waits", "is", "whose", "this"}
ALWAYS_MANY = {  # never said of one: limits, lists of several, a share of a whole
    "Some rows list several people: {n} people in all.",
    "{n} characters are too many; at most {most} are accepted. Shorten it.",
    "This password can be guessed. Take at least {n} characters, not the same ones over and over: "
    "three or four words, for example.",
    "{table} should have {expected} rows and has {present}.",
    "Of none of the {n} people is known what this rule asks ({facts}). Find out, or bring the "
    "facts in with a roster.",
}


def numbered() -> dict[str, str]:
    """Give what the English texts say of one, by what they say of many, as Babel reads them."""
    with ENGLISH.open("rb") as file:
        found = [one for one in read_po(file, locale="en", abort_invalid=True) if one.id]
    return {one.id[1]: one.id[0] for one in found}


def test_english_text_that_counts_says_what_it_says_of_one() -> None:
    """ "1 days left" is what a machine writes; who counts by another text is named here."""
    expect_none(
        f"{each.place} {each.text} (add what it says of one to {ENGLISH.relative_to(ROOT)})"
        for each in texts()
        if each.text and each.given and each.text not in ALWAYS_MANY
        for name, between, noun in MANY.findall(each.text)
        if name in COUNTING
        and noun not in NO_PLURAL
        and not NO_PLURAL & set(between.split())
        and each.text not in numbered()
        if not each.place.startswith("casework/indicators/words.py")
    )


def test_text_of_one_belongs_to_a_text_in_use_and_keeps_its_values() -> None:
    used = {each.text for each in texts()}
    expect_none(
        f"{many}: {one}"
        for many, one in numbered().items()
        if many not in used or values(one) != values(many)
    )


def test_number_decides_the_english_text_and_nothing_else() -> None:
    with speaking("en"):
        said = [_("{n} days left", n=n) for n in (0, 1, 2, "1")]
    assert said == ["0 days left", "1 day left", "2 days left", "1 day left"]
    with speaking("en"):
        assert _("{n} of {m} people", n=1, m=3) == "1 of 3 people"
        assert _("{n} of {m} people", n=1, m=1) == "1 of 1 person"
    assert _("{n} days left", n=1) == _("{n} days left", n=2).replace("2", "1")


def test_language_that_is_not_spoken_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr'"):
        use_language("fr")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_count_in_a_sentence_has_its_commas_and_a_number_that_names_has_none(language):
    with speaking(language):
        assert "1,210" in _("{n} people", n=1210)
        assert "1210" in _("Issue no. {n} written down.", n=1210)
        assert "1210" in _("{sheet}, row {row}", sheet="", row=1210)
        assert "2026" in _("{year}-{month:02}", year=2026, month=3)
