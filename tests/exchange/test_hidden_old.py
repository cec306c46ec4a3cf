"""What an old .xls hides is told as of a new one: files of two writers, invented people."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from casework.exchange.files import read_file
from casework.exchange.hidden import Hidden, hidden_parts
from casework.exchange.report import problems_of
from casework.exchange.roster import read_roster
from tests.conftest import TODAY

FILES = Path(__file__).parent / "files"
OF_SCRIPT = FILES / "hidden-script.xls"  # written by xlwt: its workbook is a short stream
OF_OFFICE = FILES / "hidden-office.xls"  # saved by LibreOffice


@pytest.mark.parametrize(("path", "rows"), [(OF_SCRIPT, {3, 4}), (OF_OFFICE, {3, 4, 40, 41, 42})])
def test_hidden_rows_and_columns_of_an_old_workbook_are_known(path, rows):
    shown, aside = read_file(path).sheets
    assert (shown.hidden, aside.hidden) == (False, True)
    assert shown.unseen == Hidden(frozenset(rows), frozenset({2}))


@pytest.mark.parametrize(
    ("path", "rows", "n_held"), [(OF_SCRIPT, "3–4", 4), (OF_OFFICE, "3–4, 40–42", 1)]
)
def test_what_an_old_workbook_hides_is_in_the_report(path, rows, n_held):
    roster = read_roster(read_file(path), latest=TODAY)
    told = {one.kind: one.value for one in problems_of(roster.rows)}
    assert told["hidden_rows"] == rows
    assert told["hidden_columns"] == "手机"
    assert "hidden_sheet" in told
    assert roster.counts()["held"] == n_held
    assert roster.people[0].values["mobile"] == ["13900000000"]  # of the column in sight


def test_damaged_old_workbook_ends_without_an_error(tmp_path):
    raw, chance = OF_OFFICE.read_bytes(), random.Random(7)
    path = tmp_path / "a.xls"
    for _one in range(300):
        changed = bytearray(raw[: chance.choice((len(raw), chance.randrange(600, len(raw))))])
        for _other in range(chance.randrange(1, 30)):
            # The header, the tables of sectors and the directory are where chains can be bent.
            changed[chance.randrange(24, len(changed))] = chance.randrange(256)
        path.write_bytes(bytes(changed))
        assert isinstance(hidden_parts(path), dict)
