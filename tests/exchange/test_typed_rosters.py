"""Rosters typed by hand as clerks of many kinds of offices keep them are read as they mean."""

from __future__ import annotations

import pytest

from casework.exchange.files import read_file
from casework.exchange.roster import read_roster
from tests.conftest import TODAY
from tests.exchange.typed_rosters import FOLDER, hold, read_typed

OFFICES = sorted(one.stem for one in FOLDER.glob("*.txt"))


@pytest.mark.parametrize("name", OFFICES)
def test_roster_typed_by_hand_is_read_as_it_means_of(name, tmp_path):
    office = read_typed(FOLDER / f"{name}.txt")
    held = hold(read_roster(read_file(office.write(tmp_path)), latest=TODAY), office)
    assert (held.unequal, held.missed, held.false_alarms) == ([], [], [])
