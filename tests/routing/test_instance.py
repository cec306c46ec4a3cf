"""Files of days: what is wrong in one is named with its place, its value and what is accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from casework.errors import InvalidEntry
from casework.routing import read_day
from casework.routing.uhhc.reading import read_day as read_rich_day
from casework.terms import speaking
from tests.routing.days import Instance, an_instance, text_of
from tests.routing.rich_days import a_rich_instance


def double(instance: Instance) -> Any:
    """Give the first visit by two."""
    return next(one for one in instance["patients"] if len(one["required_caregivers"]) == 2)


# What is done to a good file, and the place that the message must name.
WRONG: list[tuple[Callable[[Instance], Any], str]] = [
    (lambda d: d.pop("patients"), "patients"),
    (lambda d: d.update(patients={}), "patients"),
    (lambda d: d["patients"][2].pop("id"), "patients[2].id"),
    (lambda d: d["patients"][2].update(id="p1"), "patients[2].id"),
    (lambda d: d["patients"].append(7), "patients[12].time_window"),
    (lambda d: d["patients"][0].update(time_window=[60, 30]), "patients[0].time_window"),
    (lambda d: d["patients"][0].update(time_window=[60]), "patients[0].time_window"),
    (lambda d: d["patients"][0].update(time_window=["a", 2]), "patients[0].time_window"),
    (
        lambda d: d["patients"][0].update(required_caregivers=[]),
        "patients[0].required_caregivers",
    ),
    (lambda d: double(d).pop("synchronization"), "synchronization.type"),
    (lambda d: double(d)["synchronization"].update(type="later"), "synchronization.type"),
    (
        lambda d: double(d).update(synchronization={"type": "sequential", "distance": [9, 1]}),
        "synchronization.distance",
    ),
    (
        lambda d: d["patients"][0]["required_caregivers"][0].update(duration=-1),
        "patients[0].required_caregivers[0].duration",
    ),
    (
        lambda d: d["patients"][0]["required_caregivers"][0].update(duration=True),
        "patients[0].required_caregivers[0].duration",
    ),
    (
        lambda d: d["patients"][0].update(required_caregivers=[{"service": "dancing"}]),
        "patients[0].required_caregivers[0].duration",
    ),
    (
        lambda d: d["patients"][0].update(
            required_caregivers=[{"service": "dancing", "duration": 5}]
        ),
        "patients[0].required_caregivers",
    ),
    (
        lambda d: double(d).update(required_caregivers=[{"service": "s0", "duration": 5}] * 2),
        "required_caregivers",
    ),
    (lambda d: d.update(caregivers=d["caregivers"][:1]), "required_caregivers"),
    (lambda d: d["caregivers"][1].pop("abilities"), "caregivers[1].abilities"),
    (lambda d: d["distances"].pop(), "distances"),
    (lambda d: d["distances"][3].pop(), "distances[3]"),
    (lambda d: d["distances"][3].__setitem__(4, -1), "distances[3][4]"),
    (lambda d: d["distances"][3].__setitem__(4, float("nan")), "distances[3][4]"),
    (lambda d: d["distances"][3].__setitem__(4, float("inf")), "distances[3][4]"),
    (lambda d: d["distances"].__setitem__(3, None), "distances[3]"),
]


@pytest.mark.parametrize(("spoil", "place"), WRONG)
def test_wrong_file_is_refused_with_the_place(spoil: Callable[[Instance], Any], place: str) -> None:
    instance = an_instance()
    spoil(instance)
    with pytest.raises(InvalidEntry) as refused, speaking("en"):
        read_day(text_of(instance))
    assert place in refused.value.message
    assert "accepted is" in refused.value.message


@pytest.mark.parametrize("read", [read_day, read_rich_day])
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "7", '"x"', "[" * 100_000, "9" * 1_000_000, "x" * 1_000_000]
)
def test_text_that_is_no_instance_is_refused_without_the_words_of_a_parser(
    read: Callable[[str], object], text: str
) -> None:
    with pytest.raises(InvalidEntry) as refused:
        read(text)
    assert len(refused.value.message) < 300
    assert not re.search("Expecting|Exceeds|maximum", refused.value.message)


def test_million_characters_are_shown_short() -> None:
    instance = an_instance()
    instance["patients"][0]["time_window"] = "x" * 1_000_000
    with pytest.raises(InvalidEntry) as refused:
        read_day(text_of(instance))
    assert len(refused.value.message) < 300


def test_duration_is_the_patients_or_else_the_services() -> None:
    instance = an_instance()
    instance["patients"][0]["required_caregivers"] = [{"service": "s1"}]
    instance["patients"][1]["required_caregivers"] = [{"service": "s1", "duration": 7}]
    for one in instance["patients"][:2]:
        one.pop("synchronization", None)
    day = read_day(text_of(instance))
    assert [visit.services[0].duration for visit in day.visits[:2]] == [20, 7]


def test_numbers_may_be_names() -> None:
    instance = an_instance(patients=2, simultaneous=0, sequential=0)
    instance["patients"][0]["id"] = 1
    assert read_day(json.dumps(instance)).visits[0].person == "1"


# What a program with a mistake may write; a string can hold half a character.
JUNK = [None, True, -1, 10**300, "\ud800", [1], {}]


def places(found: Any) -> Iterator[tuple[Any, ...]]:
    """Give the path to everything in a file."""
    listed = dict(enumerate(found)) if isinstance(found, list) else found
    for key, value in listed.items() if isinstance(listed, dict) else ():
        yield (key,)
        yield from ((key, *path) for path in places(value))


@pytest.mark.parametrize(
    ("read", "instance"),
    [
        (read_day, an_instance(3, patients=3, caregivers=2)),
        (read_rich_day, a_rich_instance(2, patients=2, caregivers=2)),
    ],
)
def test_whatever_stands_wherever_is_read_or_refused_in_words_that_can_be_printed(
    read: Callable[[str], object], instance: Instance
) -> None:
    for *path, last in places(instance):
        for junk in JUNK:
            spoilt = deepcopy(instance)
            holder: Any = spoilt
            for key in path:
                holder = holder[key]
            holder[last] = junk
            try:
                read(json.dumps(spoilt))
            except InvalidEntry as refused:
                assert len(refused.message.encode()) < 500


def test_name_in_a_refusal_is_shortened() -> None:
    instance = a_rich_instance(1, patients=3, caregivers=2)
    instance["metadata"]["cost_components"]["x" * 1_000_000] = 1
    with pytest.raises(InvalidEntry) as refused:
        read_rich_day(json.dumps(instance))
    assert len(refused.value.message) < 500
