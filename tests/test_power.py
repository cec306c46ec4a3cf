"""The power fails in the midst of a day's work: nothing that was acknowledged is lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.access import keys
from tests.cutting import a_recorded_day, cut_power, hand_over_the_password
from tests.power import Recording

CUTS = 8


@pytest.fixture(scope="module")
def day() -> Iterator[tuple[Recording, Path]]:
    if sys.platform == "darwin":
        pytest.skip("macOS writes down no calls")
    hand_over_the_password()
    with a_recorded_day() as recorded:
        yield recorded
    keys.forget_keys()


def test_nothing_acknowledged_is_lost_and_nothing_is_half_there_when_the_power_fails(day) -> None:
    found = cut_power(day[0], CUTS)
    assert found.wrong == []
    assert found.cuts == CUTS


def test_recorder_plays_what_happened(day) -> None:
    recording, folder = day
    disk = recording.at_the_end()
    assert disk.strange == set()
    there = {one.name: one.read_bytes() for one in folder.iterdir()}
    assert there.keys() == disk.names.keys()
    assert [name for name, data in there.items() if data != bytes(disk.names[name].seen)] == []


def test_cuts_would_tell_a_program_that_brings_nothing_to_the_disk(day) -> None:
    assert cut_power(day[0].unsynchronised(), 6).wrong != []
