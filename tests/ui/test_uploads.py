"""A file that is refused is named as whoever handed it in knows it."""

from __future__ import annotations

import pytest

from casework.errors import CaseworkError
from casework.ui import Shell
from casework.ui.widgets import Place
from casework.workbook import Workbook
from casework.workbook.campaigns import Campaigns

JUNK = b"not a workbook"


def begun(book: Workbook) -> str:
    campaigns: Campaigns = book.campaigns
    coming = campaigns.coming()[0].occurrence
    made = campaigns.begin(coming.kind.code, coming.period)
    campaigns.freeze(made)
    return str(made)


def test_file_that_cannot_be_read_is_named_as_it_was_handed_in(workbook: Workbook) -> None:
    returns = Shell(workbook, "supervisor", Place("campaign_returns", {"id": begun(workbook)}))
    helpers = Shell(workbook, "supervisor", Place("helpers"))
    staffing = Shell(workbook, "supervisor", Place("staffing"))
    for take in (returns.screen.take, helpers.screen.look_at, staffing.screen.times.look_at):
        with pytest.raises(CaseworkError) as refused:
            take("水利局报表.xlsx", JUNK)
        assert "水利局报表.xlsx" in refused.value.message
