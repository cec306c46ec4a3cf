"""Badge cards: what stands on them, and that a change of anything on one brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event

from casework.records import Staff
from casework.terms import speaking
from casework.ui import Shell
from casework.workbook import Workbook
from casework.workbook.family import RelatedEntry
from tests.conftest import TODAY
from tests.test_plans import a_fact, a_person, now_is


@contextmanager
def statements(book: Workbook) -> Iterator[list[str]]:
    """Gather what the database is asked."""
    said: list[str] = []

    def hear(_conn, _cursor, statement, *_more) -> None:
        said.append(statement)

    event.listen(book.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(book.engine, "before_cursor_execute", hear)


def an_office(book: Workbook) -> tuple[int, int]:
    person = a_person(book)
    with book.transaction() as session:
        session.add(a_fact(person, "address", "芦淞路 8 号 3 栋 201"))
        worker = Staff(login="lin", name="林工", role="caseworker", phone="0731-2220001")
        session.add(worker)
        session.flush()
        number = worker.id
    since = TODAY - timedelta(days=5)
    book.people.seat_care_team(person, "caseworker", staff_id=number, since=since)
    for name, phone, first in (("张大海", "13900000008", False), ("张小清", "13900000009", True)):
        entry = RelatedEntry(name, "son", phone, is_emergency=first)
        book.family.add(person, entry, source="走访")
    return person, number


def test_card_says_where_somebody_lives_and_whom_to_call_first(any_workbook: Workbook) -> None:
    person, _worker = an_office(any_workbook)
    (card,) = any_workbook.badges.waiting()
    assert (card.person_id, card.address) == (person, "芦淞路 8 号 3 栋 201")
    assert card.contact is not None and card.contact.startswith("张小清")
    assert card.contact_phone == "13900000009"
    assert (card.worker, card.worker_phone) == ("林工", "0731-2220001")
    assert not card.is_current and card.printed_on is None and not card.lacks


def test_printed_card_comes_back_when_anything_on_it_changes(any_workbook: Workbook) -> None:
    book = any_workbook
    person, _worker = an_office(book)
    assert book.badges.printed([person]) == 1
    assert book.badges.waiting() == []
    book.people.record_fact(person, "hobby", "书法", source="走访")
    assert book.badges.waiting() == [], "nothing on the card has changed"
    now_is(book, TODAY + timedelta(days=1))
    book.people.record_fact(person, "address", "荷塘路 2 号", source="走访")
    (again,) = book.badges.waiting()
    assert again.printed_on is not None and not again.is_current
    assert book.badges.printed([person]) == 1 and book.badges.waiting() == []


def test_cards_are_chosen_shown_and_counted_as_printed(workbook: Workbook) -> None:
    person, _worker = an_office(workbook)
    other = a_person(workbook)
    with workbook.transaction() as session:
        session.add(a_fact(other, "address", "<b>1</b>"))
    shell = Shell(workbook, "supervisor")
    shell.go("badges")
    shell.screen.print_cards([str(person), "2"])
    html = shell.screen.sheet.html
    assert html.count('class="cw-badge"') == 2 and "&lt;b&gt;1" in html
    shell.screen.were_printed()
    assert workbook.badges.waiting() == []


def test_everybodys_cards_are_one_query_however_many_there_are(any_workbook: Workbook) -> None:
    book = any_workbook
    an_office(book)
    counts = []
    for more in (0, 30):
        for _n in range(more):
            a_person(book)
        with statements(book) as said:
            waiting = book.badges.waiting()
        counts.append(sum("FROM person" in one for one in said))
    assert (len(waiting), counts) == (31, [1, 1])


def test_card_printed_in_one_language_is_current_in_the_other(any_workbook: Workbook) -> None:
    person, _worker = an_office(any_workbook)
    any_workbook.badges.printed([person])
    with speaking("en"):
        assert any_workbook.badges.waiting() == []
        (card,) = any_workbook.badges.of([person])
        assert card.caller == "张小清（son）"
    assert card.caller == "张小清（儿子）"


def test_card_of_a_day_before_it_was_printed_waits(any_workbook: Workbook) -> None:
    person, _worker = an_office(any_workbook)
    any_workbook.badges.printed([person])
    (card,) = any_workbook.badges.waiting(as_of=TODAY - timedelta(days=1))
    assert card.printed_on is None
