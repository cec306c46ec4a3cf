"""Connections of a workbook are set up for short questions by many people."""

from __future__ import annotations

from sqlalchemy import make_url, text

from casework.access.engines import open_engine
from casework.workbook import Workbook


def test_server_compiles_no_question_unless_the_address_asks_for_it(
    postgres_workbook: Workbook,
) -> None:
    asked = postgres_workbook.engine.url.update_query_dict({"options": "-c jit=on"})
    for url, expected in ((postgres_workbook.engine.url, "off"), (make_url(asked), "on")):
        engine = open_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SHOW jit")) == expected
        engine.dispose()
