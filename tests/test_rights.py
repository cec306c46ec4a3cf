"""Rights: an answer in time, a copy of everything, and erasure that leaves no contents."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import (
    Base,
    Case,
    ChangeLog,
    Contact,
    ContactPerson,
    Draft,
    Erasure,
    Person,
    RelatedPerson,
    RetentionHold,
    Staff,
)
from casework.records.base import now
from casework.records.holdings import HOLDINGS, rows_about
from casework.reference.privacy import retention, rights
from casework.workbook import Workbook
from casework.workbook.consents import ConsentEntry
from casework.workbook.goals import GoalEntry
from casework.workbook.issues import IssueEntry
from casework.workbook.person_export import act_words
from casework.workbook.person_rows import everything_about
from casework.workbook.privacy import AssessmentOfImpact, IncidentEntry
from casework.workbook.rights import RequestEntry
from casework.workbook.sharing import ShareEntry
from tests.conftest import TODAY
from tests.findings import expect_none
from tests.test_plans import a_fact, a_person, now_is

CANARY = "金丝雀九七四三"
#: Columns that erasure leaves in rows it empties: days, numbers and codes, never words.
LEFT = {
    "person": {"name", "name_pinyin", "name_initials"},
    "contact": {"client_key", "channel", "kind", "actor", "started_at", "initiated_by",
                "recorded_by"},
    "contact_person": {"outcome"},
    "import_row": {"sheet", "outcome", "resolved_by"},
    "import_problem": {"sheet", "field", "kind", "value", "message", "settled_by"},
    "change_log": {"by", "action", "subject_kind", "client_key"},
}  # fmt: skip


@pytest.fixture
def two(workbook: Workbook) -> Workbook:
    """Two supervisors, so that one can ask and the other confirm."""
    staffed(workbook)
    return workbook


def staffed(book: Workbook) -> None:
    with book.transaction() as session:
        for login, role in (("one", "supervisor"), ("other", "supervisor"), ("cw", "caseworker")):
            session.add(Staff(login=login, name=login, role=role))
    book.act_as("one")


def closed(book: Workbook, **facts: Any) -> int:
    person = a_person(book, **facts)
    with book.transaction() as session:
        session.execute(
            update(Case)
            .where(Case.person_id == person)
            .values(opened_on=date(2010, 1, 1), closed_on=TODAY - timedelta(days=30))
        )
    return person


# --- requests -----------------------------------------------------------------------------------


def test_request_has_a_clock_and_a_refusal_its_reason(any_workbook: Workbook) -> None:
    book, person = any_workbook, a_person(any_workbook)
    entry = RequestEntry("copy")
    number = book.rights.receive(person, entry)
    assert book.rights.receive(person, entry) == number
    (row,) = book.rights.requests()
    assert (row.status, row.days_left) == ("open", rights()["copy"].days)
    now_is(book, row.due_on + timedelta(days=1))
    assert book.rights.requests()[0].status == "overdue"
    assert book.rights.count_requests()["overdue"] == 1
    with pytest.raises(InvalidEntry, match="理由"):
        book.rights.answer(number, "refused", " ")
    book.rights.answer(number, "refused", "依法须保密，说明见附件")
    assert book.rights.requests() == []
    assert book.rights.count_requests()["refused"] == 1
    assert book.rights.requests(as_of=row.due_on)[0].status == "open"
    with pytest.raises(NotPermitted):
        book.rights.answer(number, "done")


def test_relative_asks_only_after_the_death_and_not_against_the_dead(workbook: Workbook) -> None:
    person = a_person(workbook)
    by = {"asked_by": "relative", "asker_name": "女儿", "verified": "户口簿"}
    with pytest.raises(NotPermitted, match="在世"):
        workbook.rights.receive(person, RequestEntry("copy", **by))
    workbook.consents.record(person, ConsentEntry(answers={"after_death": "refused"}))
    with workbook.transaction() as session:
        session.get_one(Person, person).died_on = TODAY
    with pytest.raises(NotPermitted, match="另有安排"):
        workbook.rights.receive(person, RequestEntry("copy", **by))
    other = a_person(workbook)
    with workbook.transaction() as session:
        session.get_one(Person, other).died_on = TODAY
    workbook.rights.receive(other, RequestEntry("copy", **by))
    with pytest.raises(NotPermitted, match="离世后"):
        workbook.rights.receive(other, RequestEntry("transfer", **by))
    with pytest.raises(InvalidEntry) as refused:
        workbook.rights.receive(other, RequestEntry("copy", **(by | {"verified": ""})))
    assert refused.value.field == "verified"


# --- a copy of everything -----------------------------------------------------------------------


def test_copy_holds_every_row_about_the_person_and_nobody_else(demo_workbook: Workbook) -> None:
    book = demo_workbook
    person = _busiest(book)
    made = book.rights.export(person, reason="本人申请复制")
    with zipfile.ZipFile(io.BytesIO(made.content)) as box:
        page = box.read("index.html").decode()
        held = json.loads(box.read("data.json"))["tables"]
        tables = [name for name in box.namelist() if name.startswith("csv/")]
        rows = {
            name: list(csv.reader(io.StringIO(box.read(name).decode().lstrip("﻿"))))
            for name in tables
        }
    assert made.n_rows == sum(len(found) for found in held.values())
    for name, found in held.items():
        columns = Base.metadata.tables[name].columns
        assert len(rows[f"csv/{name}.csv"]) == len(found) + 1
        if "person_id" in columns:
            assert {row["person_id"] for row in found} == {person}
    assert {"person", "fact", "contact", "contact_person", "task", "service_plan"} <= set(held)
    with book.reading() as session:
        name, other = session.get_one(Person, person).name, session.get_one(Person, person + 1).name
        logged = session.scalars(select(ChangeLog).where(ChangeLog.action == "export_person")).one()
    assert name in page and other not in page
    assert "None" not in page and "person_id" not in page and "_on<" not in page
    assert "matched" not in page and "时：类别：" in page  # why an item is in the plan, in words
    expect_none(act for act in act_words() if "_" in act and act in page)
    assert logged.after["reason"] == "本人申请复制"


def test_copy_needs_a_reason(workbook: Workbook) -> None:
    with pytest.raises(InvalidEntry):
        workbook.rights.export(a_person(workbook), reason=" ")


def test_copy_escapes_what_was_typed(workbook: Workbook) -> None:
    person = a_person(workbook)
    with workbook.transaction() as session:
        session.add(a_fact(person, "remark", "<script>alert(1)</script>"))
        session.add(a_fact(person, "hobby", "=cmd|' /C calc'!A0"))
    made = workbook.rights.export(person, reason="本人申请")
    with zipfile.ZipFile(io.BytesIO(made.content)) as box:
        assert "<script>" not in box.read("index.html").decode()
        assert ",=cmd" not in box.read("csv/fact.csv").decode()


def test_copy_holds_what_came_from_a_record_made_one_with_it(workbook: Workbook) -> None:
    one, other = a_person(workbook), a_person(workbook, living="alone")
    workbook.merging.merge(one, other, {"living": "one"})
    made = workbook.rights.export(one, reason="本人申请")
    with zipfile.ZipFile(io.BytesIO(made.content)) as box:
        held = json.loads(box.read("data.json"))["tables"]
    assert {row["id"] for row in held["person"]} == {one, other}


# --- erasure ------------------------------------------------------------------------------------


def test_nobody_erases_alone(two: Workbook) -> None:
    person = closed(two)
    number = two.rights.ask_erasure(person, "purpose_done", "服务已结束")
    with pytest.raises(NotPermitted, match="提出人不能自己确认"):
        two.rights.confirm_erasure(number)
    two.act_as("cw")
    with pytest.raises(NotPermitted, match="负责人"):
        two.rights.confirm_erasure(number)
    with pytest.raises(IntegrityError), two.transaction() as session:
        session.execute(
            update(Erasure).values(confirmed_by_id=Erasure.asked_by_id, confirmed_at=now())
        )
    assert two.people.dossier(person).name == "张清"
    two.act_as("other")
    two.rights.confirm_erasure(number)
    with pytest.raises(NotFound):
        two.people.dossier(person)
    (row,) = two.rights.erasures(states=("done",))
    assert (row.asked_by, row.confirmed_by, row.person) == ("one", "other", "（已删除）")


def test_nobody_in_care_is_erased_and_what_was_declined_is_not_done(two: Workbook) -> None:
    with pytest.raises(NotPermitted, match="先结案"):
        two.rights.ask_erasure(a_person(two), "purpose_done", "误操作")
    person = closed(two)
    number = two.rights.ask_erasure(person, "purpose_done", "服务已结束")
    with pytest.raises(NotPermitted, match="等待另一人"):
        two.rights.ask_erasure(person, "purpose_done", "服务已结束")
    two.act_as("other")
    two.rights.decline_erasure(number, "待遇尚未结清")
    with pytest.raises(NotFound):
        two.rights.confirm_erasure(number)
    assert two.rights.erasures(states=("declined",))[0].declined_reason == "待遇尚未结清"
    assert two.people.dossier(person).name == "张清"


def test_erasure_leaves_a_trace_and_no_contents(demo_workbook: Workbook, tmp_path: Path) -> None:
    """Every column of every table that is about the person holds the canary; then none does."""
    book = demo_workbook
    staffed(book)
    person = _busiest(book)
    other = _filled(book, person)
    before = columns_with(book, CANARY)
    assert len(before) > 40, before
    plan = book.rights.plan_erasure(person)
    number = book.rights.ask_erasure(person, "withdrawn", "本人撤回同意")
    book.act_as("other")
    done = book.rights.confirm_erasure(number)
    assert (done.deleted, done.emptied) == (plan.deleted, plan.emptied)
    assert columns_with(book, CANARY) == []
    with book.reading() as session:
        kept = session.scalars(select(Erasure)).one()
        assert kept.trace["delete"]["fact"] == plan.deleted["fact"] > 0
        summary = session.scalar(select(Contact.summary).where(Contact.id == other))
        log = session.scalars(select(ChangeLog).where(ChangeLog.action == "erase")).one()
    assert summary is not None and "（已删除）" in summary
    assert CANARY not in json.dumps(log.after, ensure_ascii=False)
    assert set(done.kept) >= {"consent", "disclosure", "rights_request"}
    path = Path(str(book.engine.url.database))
    book.close()
    files = [path, path.with_name(path.name + "-wal")]
    assert not any(CANARY.encode() in one.read_bytes() for one in files if one.exists())


def _busiest(book: Workbook) -> int:
    """Find whoever has contacts, and is in care."""
    with book.reading() as session:
        return (
            session.scalars(
                select(ContactPerson.person_id)
                .join(Person, Person.id == ContactPerson.person_id)
                .where(Person.died_on.is_(None), Person.withdrawn_at.is_(None))
                .group_by(ContactPerson.person_id)
                .order_by(func.count().desc(), ContactPerson.person_id)
            ).first()
            or 0
        )


def _filled(book: Workbook, person: int) -> int:
    """Let every table say something about a person, with the canary in every free word of it.

    Gives a contact that somebody else took part in as well, which names the person.
    """
    book.consents.record(person, ConsentEntry(answers={"hospital": "given"}, raised_by="person"))
    book.sharing.share(person, ShareEntry("hospital", "hospital", "市一医院", ("identity",)))
    book.rights.receive(person, RequestEntry("delete"))
    book.issues.report(IssueEntry(title="诉求", kind="housing", source="phone", person_id=person))
    need = book.needs.raise_need(person, "care", "需求", "medium")
    aim = GoalEntry(title="目标", domain="care", measure="own", target=3, baseline=1, unit="次",
                    due_on=TODAY + timedelta(days=60), need_id=need)  # fmt: skip
    book.goals.read(book.goals.set(person, aim), 2)
    with book.transaction() as session:
        session.add(
            Draft(
                owner="one",
                form="contact",
                subject="new",
                values={"persons": [str(person)], "heard": CANARY},
                saved_at=now(),
            )
        )
        session.add(
            RelatedPerson(
                person_id=person, name="家属", recorded_at=now(), recorded_by="t", source="t"
            )
        )
        session.add(
            RelatedPerson(
                person_id=person + 1,
                name="配偶",
                recorded_at=now(),
                recorded_by="t",
                source="t",
                other_person_id=person,
            )
        )
        shared = Contact(
            client_key="shared",
            happened_on=TODAY,
            channel="phone",
            summary=f"与{CANARY}和另一位通话",
            recorded_at=now(),
            recorded_by="t",
        )
        session.add(shared)
        session.flush()
        for one in (person, person + 1):
            session.add(ContactPerson(contact_id=shared.id, person_id=one))
        session.execute(
            update(Case)
            .where(Case.person_id == person)
            .values(opened_on=date(2010, 1, 1), closed_on=date(2020, 1, 1))
        )
        number = shared.id
    with book.transaction() as session:
        for one in HOLDINGS:
            _write_canary(session, one.table, one.fate, person, but=number)
    return number


# Of the catalogue and of the staff, no free words about the person; the table lets nobody write it.
STANDS = {"service_order": ("item", "title", "recorded_by")}


def _write_canary(session: Any, name: str, fate: str, person: int, but: int) -> None:
    table = Base.metadata.tables[name]
    if fate == "keep" or name in ("draft", "audit"):
        return
    if name == "change_log":  # and the audit: they keep what is written, so it is written anew
        entry = ChangeLog(at=now(), by="t", action="x", subject_kind="person", subject_id=person,
                          before={"a": CANARY}, after={"a": CANARY})  # fmt: skip
        session.add(entry)
        return
    checked = " ".join(str(getattr(one, "sqltext", "")) for one in table.constraints)
    words = {
        column.name: CANARY
        for column in table.columns
        if isinstance(column.type, Text)
        and column.name not in LEFT.get(name, set()) - {"name", "value", "message"}
        and column.name not in checked
        and column.name not in STANDS.get(name, ())
        and not column.unique
        and not any(column.name in {c.name for c in getattr(one, "columns", ())}
                    for one in table.constraints if one.__class__.__name__ == "UniqueConstraint")
    }  # fmt: skip
    where = rows_about(name, [person])
    if name == "contact":
        where = where & (table.c.id != but)
    if words:
        session.execute(update(table).where(where).values(words))
    records = {c.name: {"a": CANARY} for c in table.columns if type(c.type).__name__ == "Record"}
    if records:
        session.execute(update(table).where(where).values(records))


def columns_with(book: Workbook, words: str) -> list[str]:
    """Name every column of every table in which the words stand."""
    found = []
    with book.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                found += [f"{table.name}.{k}" for k, v in row.items() if words in str(v)]
    return sorted(set(found))


def test_erasure_is_the_same_on_both_databases(any_workbook: Workbook) -> None:
    book = any_workbook
    staffed(book)
    person = closed(book, health="poor")
    book.consents.record(person, ConsentEntry(answers={"hospital": "given"}))
    number = book.rights.ask_erasure(person, "purpose_done", "服务已结束")
    book.act_as("other")
    done = book.rights.confirm_erasure(number)
    assert done.deleted["fact"] == 3
    assert done.emptied["person"] == 1
    with book.reading() as session:
        rows = everything_about(session, [person])
    assert not rows["fact"] and not rows["case_file"]
    assert rows["person"][0]["name"] == "（已删除）"
    assert len(rows["consent"]) == 1
    assert book.people.search("张清") == []
    with pytest.raises(IntegrityError, match="is kept"), book.transaction() as session:
        session.execute(delete(Erasure))


# --- keeping ------------------------------------------------------------------------------------


def test_file_past_its_time_is_listed_until_it_is_held_longer(any_workbook: Workbook) -> None:
    book = any_workbook
    long_over, recent, served = closed(book), closed(book), a_person(book)
    years = retention()["dossier"].years
    with book.transaction() as session:
        session.execute(update(Case).where(Case.person_id == long_over)
                        .values(closed_on=TODAY.replace(year=TODAY.year - years)))  # fmt: skip
    (row,) = book.privacy.overdue()
    assert (row.person_id, row.due_on) == (long_over, TODAY)
    assert {one.record.code: one.n_due for one in book.privacy.kept()}["dossier"] == 1
    book.privacy.hold(long_over, TODAY + timedelta(days=100), "遗属待遇未结清")
    assert book.privacy.overdue() == []
    now_is(book, TODAY + timedelta(days=101))
    assert [one.person_id for one in book.privacy.overdue()] == [long_over]
    assert not {recent, served} & {one.person_id for one in book.privacy.overdue()}
    with book.reading() as session:
        assert len(session.scalars(select(RetentionHold)).all()) == 1


def test_impact_is_assessed_for_every_purpose_that_needs_it(workbook: Workbook) -> None:
    found = {one.purpose: one.state for one in workbook.privacy.impact()}
    assert found["proposals"] == "missing" and "care" not in found
    entry = AssessmentOfImpact("proposals", "必要", "风险", "措施", "可以处理")
    workbook.privacy.assess_impact(entry)
    found = {one.purpose: one for one in workbook.privacy.impact()}
    assert found["proposals"].state == "done"
    assert found["proposals"].kept_until == TODAY.replace(year=TODAY.year + 3)
    now_is(workbook, TODAY + timedelta(days=400))
    assert {o.purpose: o.state for o in workbook.privacy.impact()}["proposals"] == "to_review"
    with pytest.raises(InvalidEntry):
        workbook.privacy.assess_impact(AssessmentOfImpact("proposals", "必要", "", "措施", "可"))


def test_leak_is_written_down_with_who_was_told(workbook: Workbook) -> None:
    entry = {
        "happened_on": TODAY, "found_on": TODAY, "kinds": ("phone",), "cause": "名册误发",
        "harm": "可能接到骚扰电话", "remedy": "已撤回并删除",
    }  # fmt: skip
    with pytest.raises(InvalidEntry, match="告知"):
        workbook.privacy.report_incident(IncidentEntry(**entry))  # type: ignore[arg-type]
    workbook.privacy.report_incident(
        IncidentEntry(**entry, people_told_on=TODAY)  # type: ignore[arg-type]
    )
    assert [one.cause for one in workbook.privacy.incidents()] == ["名册误发"]


def test_erasure_stands_while_others_read_and_the_file_is_cleaned_with_the_next_backup(
    two: Workbook, tmp_path: Path
) -> None:
    person = closed(two)
    with two.transaction() as session:
        session.get_one(Person, person).name = CANARY
    number = two.rights.ask_erasure(person, "purpose_done", "服务已结束")
    with two.engine.connect() as reading:  # as a colleague's page does
        reading.exec_driver_sql("SELECT count(*) FROM person").scalar()
        two.act_as("other")
        assert not two.rights.confirm_erasure(number).is_cleaned
    with pytest.raises(NotFound):
        two.people.dossier(person)
    two.keeping.back_up(tmp_path / "one.backup")
    file = Path(str(two.engine.url.database))
    lying = [path for path in file.parent.glob(f"{file.name}*") if path.is_file()]
    two.close()
    assert [path for path in lying if path.exists() and CANARY.encode() in path.read_bytes()] == []


def test_draft_of_a_form_is_erased_with_the_person_and_no_other(any_workbook: Workbook) -> None:
    staffed(any_workbook)
    person, other = closed(any_workbook), a_person(any_workbook)
    for whom in (person, other):
        values = {"key": "k", "persons": [whom], "entries": {"note": CANARY}, "picked": {}}
        any_workbook.drafts.keep("issue.note", str(whom + other), values)
    any_workbook.drafts.keep("aims.set", str(person), {"key": "k", "persons": [other]})
    number = any_workbook.rights.ask_erasure(person, "purpose_done", "服务已结束")
    any_workbook.act_as("other")
    any_workbook.rights.confirm_erasure(number)
    any_workbook.act_as("one")
    kept = [dict(one.values)["persons"] for one in any_workbook.drafts.mine()]
    assert kept == [[other], [other]]
