"""Rosters of offices that the importer was not made for are read as their truth says."""

from __future__ import annotations

import pytest

from casework.exchange.files import read_file
from casework.exchange.roster import read_roster
from tests.conftest import TODAY
from tests.exchange.families import OFFICES
from tests.exchange.verdict import judge


@pytest.mark.parametrize("name", OFFICES)
def test_roster_is_read_as_its_truth_says_with(name, tmp_path):
    office = OFFICES[name]()
    roster = read_roster(read_file(office.write(tmp_path)), latest=TODAY)
    verdict = judge(roster, office.truth, office.issues)
    assert verdict.missed == []
    assert verdict.unequal == []
    assert len(verdict.false_alarms) <= 0.02 * verdict.rows
    assert sum(roster.counts().values()) == roster.n_rows >= roster.file.n_rows
