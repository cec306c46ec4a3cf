"""Papers for outside under the rules: whoever gives them writes down that they were given."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from casework.errors import NotFound, NotPermitted
from casework.records import Disclosure, Person
from casework.workbook.consents import ConsentEntry
from casework.workbook.sharing import ShareEntry

TO_UNIT = ShareEntry("unit", "unit", "市水利局", ("identity",), fields=("name",))


def test_supervisor_gives_what_was_consented_to_and_withdrawal_leads_to_the_unit(opened):
    worker, chief = opened("caseworker1"), opened("supervisor1")
    with worker.reading() as session:
        people = list(session.scalars(select(Person.id).order_by(Person.id)))
    worker.consents.record(people[0], ConsentEntry(answers={"unit": "given"}))
    assert chief.sharing.may_give
    assert chief.sharing.may_tell(people, TO_UNIT) == {people[0]}
    with pytest.raises(NotPermitted):
        chief.sharing.hand_out(people[:2], TO_UNIT)
    for _again in range(2):
        assert chief.sharing.hand_out(people[:1], TO_UNIT) == 1
    with worker.reading() as session:
        (row,) = session.scalars(select(Disclosure).where(Disclosure.purpose == "unit"))
        assert (row.fields, row.recipient_name) == (["name"], "市水利局")
    done = worker.consents.withdraw(people[0], "unit")
    assert done.to_tell == ("市水利局",)
    assert chief.sharing.may_tell(people, TO_UNIT) == set()


@pytest.mark.parametrize("login", ["auditor1", "administrator1", "registrar1", "planner1"])
def test_nobody_else_gives_anything_outside(opened, login):
    with opened("caseworker1").reading() as session:
        person = session.scalars(select(Person.id).order_by(Person.id)).first()
    book = opened(login)
    assert not book.sharing.may_give
    with pytest.raises((NotFound, NotPermitted, DBAPIError)):
        book.sharing.hand_out([person], TO_UNIT)
