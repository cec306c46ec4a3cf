"""Helpers and pairs: vetted or not paired, kept and ended, proposed, accepted and taken back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from casework.errors import InvalidEntry, NotFound, NotPermitted, UnreadableFile
from casework.exchange.lists import excel_list
from casework.records import CareTeamMember, Helper, HelperCheck, Staff, Task
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.consent_entry import ConsentEntry
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry
from casework.workbook.helper_rows import CheckEntry, HelperEntry
from casework.workbook.pair_words import term_words
from tests.conftest import TODAY
from tests.test_plans import a_fact, a_person, now_is

LONG_AGO = date(2024, 1, 1)
VETTED = CheckEntry("vetting", TODAY - timedelta(days=30), done_by="街道",
                    valid_until=TODAY + timedelta(days=700))  # fmt: skip


def a_helper(book: Workbook, name: str = "沈一帆", *checks: CheckEntry, **more: Any) -> int:
    """Write a vetted volunteer of a unit."""
    told: dict[str, Any] = {"kind": "volunteer", "source": "unit", "phone": None}
    return book.helpers.add(HelperEntry(name=name, **(told | more)), checks or (VETTED,))


def somebody_alone(book: Workbook, n: int = 1, **facts: Any) -> list[int]:
    """Give people who live alone: the agency asks for both volunteers for them."""
    return [a_person(book, living="alone", **facts) for _n in range(n)]


def heard(book: Workbook, person: int, name: str, on: date, role: str = "volunteer") -> int:
    return book.contacts.record(
        ContactEntry(f"k{person}-{on}-{name}", on, "phone", (PersonEntry(person, heard="好"),),
                     participants=(Participant(role=role, name=name),))
    ).contact_id  # fmt: skip


# --- vetting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checks", "state"),
    [
        ((), "none"),
        ((CheckEntry("training", TODAY),), "none"),
        ((VETTED,), "valid"),
        ((CheckEntry("vetting", TODAY),), "valid"),
        ((CheckEntry("vetting", LONG_AGO, valid_until=TODAY),), "valid"),
        ((CheckEntry("vetting", LONG_AGO, valid_until=TODAY - timedelta(days=1)),), "ended"),
        ((VETTED, CheckEntry("vetting", TODAY, outcome="failed")), "failed"),
        ((CheckEntry("vetting", date(2025, 1, 1), outcome="failed"), VETTED), "valid"),
    ],
)  # fmt: skip
def test_only_whoever_is_vetted_on_the_day_is_paired(
    any_workbook: Workbook, checks: tuple[CheckEntry, ...], state: str
) -> None:
    book = any_workbook
    helper = book.helpers.add(HelperEntry("沈一帆", "volunteer", "unit"), checks)
    (person,) = somebody_alone(book)
    assert book.helpers.one(helper).row.vetting == state
    if state == "valid":
        book.pairs.pair(person, helper)
        assert [one.helper for one in book.pairs.list().rows] == ["沈一帆"]
        return
    with pytest.raises(NotPermitted):
        book.pairs.pair(person, helper)
    # The database holds it, whoever writes.
    with pytest.raises(IntegrityError, match="not vetted"), book.transaction() as session:
        session.add(
            CareTeamMember(person_id=person, role="volunteer", helper_id=helper,
                           valid_from=TODAY, recorded_at=now(), recorded_by="t")
        )  # fmt: skip


def test_database_refuses_a_pair_without_a_first_day_and_one_changed_into_another(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    good, bad = a_helper(book), book.helpers.add(HelperEntry("何未审", "volunteer", "unit"))
    (person,) = somebody_alone(book)
    seat = book.pairs.pair(person, good)
    of = update(CareTeamMember).where(CareTeamMember.id == seat)
    for change in (
        of.values(helper_id=bad),
        of.values(valid_from=None),
        of.values(valid_from=date(2020, 1, 1)),
        update(HelperCheck).values(valid_until=None),
        delete(HelperCheck),
    ):
        with pytest.raises(IntegrityError, match="casework:"), book.transaction() as session:
            session.execute(change)


def test_pair_goes_on_when_the_vetting_runs_out_and_it_is_said(workbook: Workbook) -> None:
    book = workbook
    helper = a_helper(book, "沈一帆", CheckEntry("vetting", TODAY, valid_until=TODAY))
    (person,) = somebody_alone(book)
    book.pairs.pair(person, helper)
    now_is(book, TODAY + timedelta(days=1))
    (row,) = book.pairs.list(vettings=["ended"]).rows
    assert (row.state, row.vetting) == ("active", "ended")
    board = book.boards.supervisor(topics=["pairs"])
    assert board["pairs.vetting_ended"].number == 1
    assert len(book.boards.rows(board.scope, board["pairs.vetting_ended"]).rows) == 1


# --- the register -------------------------------------------------------------------------------


def test_register_is_searched_by_what_helpers_are_and_speak(any_workbook: Workbook) -> None:
    book = any_workbook
    a_helper(
        book, "沈一帆", terms={"dialect": ("常熟话",), "team": ("春晖队",)}, phone="15400000001"
    )
    a_helper(book, "何巧云", unit="供电公司")
    for typed in ("沈", "syf", "shenyi", "常熟话", "春晖", "0001"):
        assert [one.name for one in book.helpers.list(search=typed).rows] == ["沈一帆"], typed
    assert [one.name for one in book.helpers.list(search="供电").rows] == ["何巧云"]
    assert book.helpers.list(search="%").matching == 0
    assert book.helpers.teams() == ["春晖队"]


def test_what_is_said_anew_takes_the_place_of_what_held(workbook: Workbook) -> None:
    book = workbook
    entry = HelperEntry("沈一帆", "volunteer", terms={"skill": ("理发", "修电器")})
    helper = book.helpers.add(entry)
    now_is(book, TODAY + timedelta(days=5))
    book.helpers.change(helper, HelperEntry("沈一凡", "volunteer", terms={"skill": ("理发",)}))
    assert book.helpers.one(helper).row.terms == {"skill": ("理发",)}
    assert set(book.helpers.one(helper, as_of=TODAY).row.terms["skill"]) == {"理发", "修电器"}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "ghost"}, "kind"),
        ({"phone": "12"}, "phone"),
        ({"place": "楼下"}, "place"),
        ({"max_people": -1}, "max_people"),
        ({"terms": {"hours": ("有空就来",)}}, None),
        ({"name": "一" * 201}, "name"),
    ],
)
def test_entry_that_cannot_be_is_refused_and_nothing_written(
    workbook: Workbook, more: dict[str, Any], field: str | None
) -> None:
    told: dict[str, Any] = {"name": "沈一帆", "kind": "volunteer"} | more
    with pytest.raises(InvalidEntry) as refused:
        workbook.helpers.add(HelperEntry(**told))
    assert field is None or refused.value.field == field
    assert workbook.helpers.list().total == 0


def test_whoever_stops_ends_their_pairs_and_comes_back_with_them(workbook: Workbook) -> None:
    book = workbook
    helper = a_helper(book)
    people = somebody_alone(book, 3)
    for person in people:
        book.pairs.pair(person, helper)
    assert book.helpers.leave(helper, TODAY, "搬家") == 3
    now_is(book, TODAY + timedelta(days=1))
    assert book.pairs.count()["ended"] == 3
    assert book.helpers.list().total == 0 and book.helpers.list(left=True).total == 1
    with pytest.raises(NotPermitted):
        book.pairs.pair(somebody_alone(book)[0], helper)
    assert book.helpers.come_back(helper) == 3
    assert book.pairs.count()["ended"] == 0


def test_caseworker_neither_keeps_the_register_nor_pairs(workbook: Workbook) -> None:
    from tests.test_caseloads import staff

    helper, (person,) = a_helper(workbook), somebody_alone(workbook)
    staff(workbook)
    workbook.act_as("caseworker0")
    for act in (
        lambda: workbook.helpers.add(HelperEntry("何", "volunteer")),
        lambda: workbook.helpers.check(helper, VETTED),
        lambda: workbook.pairs.pair(person, helper),
        lambda: workbook.pair_rounds.propose("volunteer"),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert workbook.helpers.list().total == 1


# --- a register from a file ---------------------------------------------------------------------

HEADS = ["序号", "姓 名", "人员类别", "性别", "联系电话", "所在社区", "方言", "爱好", "审核日期",
         "有效期至", "培训内容", "培训日期", "学时", "可结对人数"]  # fmt: skip


def a_file(folder: Path, *rows: list[Any], heads: list[str] = HEADS) -> Path:
    path = folder / "register.xlsx"
    path.write_bytes(excel_list("志愿者登记册", "2025年", heads, rows))
    return path


def test_register_comes_in_from_a_file_and_again_changes_nothing(
    any_workbook: Workbook, tmp_path: Path
) -> None:
    book = any_workbook
    file = a_file(
        tmp_path,
        ["1", "沈一帆", "青年志愿者", "男", "15400000001", "琴湖社区",
         "常熟话、普通话", "下棋；听戏", "2025年1月5日", "2027-01-04", "急救", "2024.11",
         "8学时", 4],
        ["2", "何巧云", "助老员", "女", "15400000002", "", "", "", "", "", "", "", "", ""],
        ["3", "冯无类", "", "男", "15400000003", "", "", "", "", "", "", "", "", ""],
        ["4", "陈怪类", "外星人", "男", "", "", "", "", "", "", "", "", "", ""],
        ["5", "褚电话", "网格员", "", "123", "", "", "", "后天", "", "", "", "", "很多"],
        ["6", "沈一帆", "志愿者", "", "15400000001", "", "", "", "", "", "", "", "", ""],
        ["7", "沈一帆", "志愿者", "", "", "", "", "", "", "", "", "", "", ""],
    )  # fmt: skip
    tried = book.helpers.import_register(file, dry_run=True)
    assert book.helpers.list().total == 0
    done = book.helpers.import_register(file)
    assert done.counts == tried.counts
    assert dict(done.counts) == {"imported": 3, "merged": 1, "held": 3, "ignored": 3}
    assert done.n_rows == 10 and done.unvetted == 2
    (row,) = book.helpers.list(search="沈一帆").rows
    assert row.terms["dialect"] == ("常熟话", "普通话")
    assert (row.vetting, row.vetted_until, row.most) == ("valid", date(2027, 1, 4), 4)
    (training,) = [c for c in book.helpers.one(row.helper_id).checks if c.kind == "training"]
    assert (training.minutes, training.done_on) == (480, date(2024, 11, 30))
    said = {(one.row, one.column) for one in done.problems}
    assert {(8, "phone"), (8, "vetted_on"), (8, "max_people"), (7, "kind")} <= said
    again = book.helpers.import_register(file)
    assert again.counts["imported"] == 0 and again.counts["merged"] == 3
    assert book.helpers.list().total == 3
    with book.reading() as session:
        assert len(session.scalars(select(HelperCheck)).all()) == 2


def test_register_is_taken_back_but_for_whoever_is_paired_and_comes_in_anew(
    any_workbook: Workbook, tmp_path: Path
) -> None:
    book = any_workbook
    known = a_helper(book, "冯旧人", phone="15400000009")
    vetted = ["", "常熟话", "", "2025年1月5日", "", "", "", "", ""]
    file = a_file(
        tmp_path,
        ["1", "沈一帆", "青年志愿者", "男", "15400000001", *vetted],
        ["2", "何巧云", "青年志愿者", "女", "15400000002", *vetted],
        ["3", "冯旧人", "青年志愿者", "女", "15400000009", *vetted],
    )
    done = book.helpers.import_register(file)
    ids = {one.name: one.helper_id for one in book.helpers.list().rows}
    (person,) = somebody_alone(book)
    book.pairs.pair(person, ids["何巧云"])
    back = book.helpers.take_back_import(done.import_id)
    assert (back.helpers, back.staying) == (1, ("何巧云",))
    assert {one.name: one.vetting for one in book.helpers.list().rows} == {
        "何巧云": "valid", "冯旧人": "valid",
    }  # fmt: skip
    old = book.helpers.one(known).row
    assert (old.sex, old.terms.get("dialect")) == (None, None)
    with pytest.raises(NotFound):
        book.helpers.take_back_import(done.import_id)
    with pytest.raises(NotPermitted):
        book.pairs.pair(person, ids["沈一帆"])
    book.helpers.import_register(file)
    row = book.helpers.one(ids["沈一帆"]).row
    assert (row.vetting, row.left_reason, row.terms["dialect"]) == ("valid", None, ("常熟话",))
    assert book.helpers.list().total == 3


def test_account_of_a_helper_is_offered_once(workbook: Workbook) -> None:
    with workbook.transaction() as session:
        session.add(Staff(login="v1", name="何晓", role="volunteer"))
    (free,) = [k for k, name in workbook.helpers.free_accounts().items() if name == "何晓"]
    helper = a_helper(workbook, "何晓", staff_id=free)
    assert free not in workbook.helpers.free_accounts()
    assert workbook.helpers.account(helper) == "何晓"


def test_file_without_headings_is_refused_in_words(workbook: Workbook, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="姓名"):
        workbook.helpers.import_register(a_file(tmp_path, ["x", "y"], heads=["甲", "乙"]))


# --- pairs --------------------------------------------------------------------------------------


def test_two_sided_pair_fills_both_seats_and_the_empty_one_is_seen(any_workbook: Workbook) -> None:
    book = any_workbook
    (person,) = somebody_alone(book)
    unit, community = a_helper(book), a_helper(book, "何巧云", source="community")
    book.pairs.pair(person, unit)
    (team,), n = book.pairs.teams(missing="any")
    seats = {one.role: one for one in team.seats}
    assert n == 1 and seats["community"].is_missing and not seats["volunteer"].is_missing
    board = book.boards.supervisor(topics=["pairs"])
    assert (board["pairs.covered"].number, board["pairs.without"].number) == (0, 1)
    book.pairs.pair(person, community)
    assert book.pairs.teams(missing="any") == ([], 0)
    board = book.boards.supervisor(topics=["pairs"])
    assert (board["pairs.covered"].number, board["pairs.covered"].of) == (1, 1)
    rows = book.boards.rows(board.scope, board["pairs.covered"]).rows
    assert [one["person_id"] for one in rows] == [person]
    # What the rules ask is what the care team says: one meaning of a seat.
    assert {one.role for one in book.people.dossier(person).care_team} == {"volunteer", "community"}


def test_whose_group_is_not_known_is_not_counted_as_covered(workbook: Workbook) -> None:
    a_person(workbook)
    board = workbook.boards.supervisor(topics=["pairs"])
    assert board["pairs.covered"].of == 0
    assert board["pairs.covered"].unknown == board["pairs.covered.unknown"].number == 1


def test_one_helper_has_several_people_up_to_the_number_they_take(workbook: Workbook) -> None:
    book = workbook
    helper = a_helper(book, max_people=2)
    people = somebody_alone(book, 3)
    for person in people[:2]:
        book.pairs.pair(person, helper)
    with pytest.raises(NotPermitted, match="2"):
        book.pairs.pair(people[2], helper)
    with pytest.raises(InvalidEntry):
        book.pairs.pair(people[0], helper)
    assert book.helpers.one(helper).row.can_take == 0


def test_pair_ends_with_a_reason_is_kept_and_goes_on_again(any_workbook: Workbook) -> None:
    book = any_workbook
    helper, (person,) = a_helper(book), somebody_alone(book)
    seat = book.pairs.pair(person, helper)
    with pytest.raises(InvalidEntry):
        book.pairs.end(seat, reason=" ")
    book.pairs.end(seat, reason="工作调动")
    now_is(book, TODAY + timedelta(days=1))
    assert book.pairs.list().total == 0
    (row,) = book.pairs.history(person)
    assert (row.state, row.end_reason, row.until) == ("ended", "工作调动", TODAY)
    book.pairs.resume(seat)
    assert book.pairs.list().total == 1


def test_whoever_said_no_is_not_paired_and_an_open_consent_is_seen(workbook: Workbook) -> None:
    book = workbook
    helper, other = a_helper(book), a_helper(book, "何巧云")
    no, silent = somebody_alone(book, 2)
    book.consents.record(no, ConsentEntry({"volunteer": "refused"}, client_key="no"))
    with pytest.raises(NotPermitted):
        book.pairs.pair(no, helper)
    book.pairs.pair(silent, other)
    assert [one.consent for one in book.pairs.list().rows] == ["open"]
    problem = book.pair_rounds.problem("volunteer")
    assert [person for person, _name in problem.refused] == [no]


def test_name_in_a_seat_is_a_pair_until_it_is_linked_to_the_register(workbook: Workbook) -> None:
    book = workbook
    (person,) = somebody_alone(book)
    book.people.seat_care_team(person, "volunteer", name="沈一帆", since=date(2024, 1, 1))
    (row,) = book.pairs.list().rows
    assert (row.helper, row.helper_id, row.vetting) == ("沈一帆", None, "unknown")
    book.pairs.pair(person, a_helper(book))
    assert [one.vetting for one in book.pairs.list().rows] == ["valid"]


def test_seat_given_by_hand_and_records_made_one_leave_pairs_alone(workbook: Workbook) -> None:
    book = workbook
    keep, gone = somebody_alone(book, 2)
    book.pairs.pair(keep, a_helper(book))
    book.pairs.pair(gone, a_helper(book, "何巧云"))
    book.people.seat_care_team(keep, "volunteer", name="邻居老王")
    assert {one.helper for one in book.pairs.list(person_id=keep).rows} == {"沈一帆", "邻居老王"}
    book.merging.merge(keep, gone, {}, reason="同一人")
    assert {one.helper for one in book.pairs.list(person_id=keep).rows} == {
        "沈一帆", "邻居老王", "何巧云",
    }  # fmt: skip


# --- quiet --------------------------------------------------------------------------------------


def test_pair_is_quiet_until_that_helper_is_heard_of(any_workbook: Workbook) -> None:
    book = any_workbook
    (person,) = somebody_alone(book)
    old = TODAY - timedelta(days=90)
    helper = a_helper(book, "沈一帆", CheckEntry("vetting", old - timedelta(days=1)))
    book.pairs.pair(person, helper, since=old)

    def states() -> list[str]:
        return [one.state for one in book.pairs.list().rows]

    assert states() == ["quiet"]
    heard(book, person, "别人", TODAY)
    heard(book, person, "沈一帆", TODAY, role="caseworker")
    heard(book, person, "沈一帆", TODAY - timedelta(days=31))
    assert states() == ["quiet"]
    board = book.boards.supervisor(topics=["pairs"])
    assert board["pairs.quiet"].number == 1
    (told,) = book.boards.rows(board.scope, board["pairs.quiet"]).rows
    assert (told["helper"], told["days_quiet"]) == ("沈一帆", 31)
    heard(book, person, "沈一帆", TODAY - timedelta(days=30))
    assert states() == ["active"]


def test_pair_that_has_just_begun_is_not_quiet_yet(workbook: Workbook) -> None:
    (person,) = somebody_alone(workbook)
    workbook.pairs.pair(person, a_helper(workbook))
    assert workbook.pairs.count()["active"] == 1


def test_pair_of_a_kind_that_comes_seldom_is_quiet_later_than_others(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    days = book.pairs.rules.quiet_days
    assert days["volunteer"] < 189 < 191 < days["leader"] + 2
    since = TODAY - timedelta(days=days["leader"])
    for kind, name in (("leader", "沈一帆"), ("volunteer", "何巧云")):
        (person,) = somebody_alone(book)
        vetted = CheckEntry("vetting", since - timedelta(days=9))
        book.pairs.pair(person, a_helper(book, name, vetted, kind=kind, source=None), since=since)
    assert {one.helper: one.state for one in book.pairs.list().rows} == {
        "沈一帆": "active", "何巧云": "quiet",
    }  # fmt: skip
    now_is(book, TODAY + timedelta(days=1))
    assert book.pairs.count()["quiet"] == 2
    figure = book.boards.supervisor(topics=["pairs"])["pairs.quiet"]
    assert figure.number == 2 and str(days["leader"]) in figure.says.zh


# --- proposals ----------------------------------------------------------------------------------


def test_hours_that_meet_and_a_team_they_know_are_weighed_and_unknown_is_not_no(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    (person,) = somebody_alone(book)
    with book.transaction() as session:
        session.add(a_fact(person, "visit_times", "周一至周五 09:00-11:00"))
    late = {"hours": ("周六 14:00-17:00",)}
    never = a_helper(book, "时间不合", terms=late)
    problem = book.pair_rounds.problem("volunteer")
    affinity = problem.affinity()
    assert affinity.terms(0, affinity.helper_at[str(never)])["hours"] == 8.0
    unasked = a_helper(book, "没有问过")
    fits = a_helper(book, "时间合适", terms={"hours": ("周二 10:00-12:00",), "team": ("邻里队",)})
    book.pairs.pair(person, a_helper(book, "队友", kind="assistant", source=None,
                                     terms={"team": ("邻里队",)}))  # fmt: skip
    affinity = book.pair_rounds.problem("volunteer").affinity()
    for helper, terms in ((unasked, {}), (fits, {"team": -1.0})):
        told = affinity.terms(0, affinity.helper_at[str(helper)])
        told.pop("unknown_place")
        assert told == terms
    (offer,) = book.pair_rounds.show(book.pair_rounds.propose("volunteer")).offers
    assert offer.helper_id == fits
    assert "同队已有人联系" in term_words(offer.terms)


def test_proposal_is_kept_accepted_singly_and_wholly_and_taken_back(any_workbook: Workbook) -> None:
    book = any_workbook
    people = somebody_alone(book, 4)
    a_helper(book, "沈一帆", max_people=2)
    a_helper(book, "何巧云", max_people=1)
    round_id = book.pair_rounds.propose("volunteer")
    shown = book.pair_rounds.show(round_id)
    assert dict(shown.line.counts) == {"open": 3, "without": 1}
    (left,) = [one for one in shown.offers if one.state == "without"]
    assert left.why == (("full", 2),)
    assert book.pairs.list().total == 0
    first = shown.offers[0]
    book.pair_rounds.decline([shown.offers[1].offer_id])
    one = book.pair_rounds.accept(round_id, [first.offer_id])
    assert len(one.seats) == 1 and not one.refused
    rest = book.pair_rounds.accept(round_id)
    assert len(rest.seats) == 1
    assert dict(book.pair_rounds.show(round_id).line.counts) == {
        "accepted": 2, "declined": 1, "without": 1,
    }  # fmt: skip
    assert book.pair_rounds.take_back(round_id, one.seats) == 1
    assert book.pairs.list().total == 1
    assert book.pair_rounds.take_back(round_id) == 1
    assert book.pairs.list().total == 0 and len(people) == 4


def test_nobody_unvetted_is_proposed_and_it_is_said(workbook: Workbook) -> None:
    somebody_alone(workbook, 2)
    workbook.helpers.add(HelperEntry("未审", "volunteer", "unit"))
    shown = workbook.pair_rounds.show(workbook.pair_rounds.propose("volunteer"))
    assert dict(shown.line.counts) == {"without": 2}
    assert shown.line.told["left_out"] == {"none": 1}


def test_near_dialect_and_interests_decide_and_are_told(workbook: Workbook) -> None:
    book = workbook
    (person,) = somebody_alone(book, location="31.650,120.750", dialect="常熟话", hobby="下棋")
    far = {"place": "31.700,120.800"}
    a_helper(book, "近", place="31.651,120.751")
    a_helper(book, "远而同乡", terms={"dialect": ("常熟话",), "interest": ("下棋",)}, **far)
    (offer,) = book.pair_rounds.show(book.pair_rounds.propose("volunteer")).offers
    assert offer.helper == "近" and offer.kilometres == pytest.approx(0.146, abs=0.01)
    again = book.pair_rounds.propose("volunteer", weights={"dialect": 20.0})
    (offer,) = book.pair_rounds.show(again).offers
    assert offer.helper == "远而同乡"
    assert offer.terms["dialect"] == -20 and offer.terms["interests"] == -0.5
    assert person


def test_place_that_is_not_known_stays_unknown_and_is_said(workbook: Workbook) -> None:
    book = workbook
    somebody_alone(book, 1)
    a_helper(book, place="31.651,120.751")
    shown = book.pair_rounds.show(book.pair_rounds.propose("volunteer"))
    assert shown.line.told["unplaced_people"] == 1
    assert shown.offers[0].kilometres is None
    assert shown.offers[0].terms["unknown_place"] == 10


def test_locked_pair_stays_whatever_would_be_cheaper(workbook: Workbook) -> None:
    book = workbook
    (person,) = somebody_alone(book, location="31.650,120.750")
    far = a_helper(book, "远", place="31.900,120.990")
    seat = book.pairs.pair(person, far)
    a_helper(book, "近", place="31.651,120.751")
    assert book.pair_rounds.show(book.pair_rounds.propose("volunteer")).offers == ()
    freed = book.pair_rounds.propose("volunteer", frees=True)
    (offer,) = book.pair_rounds.show(freed).offers
    assert (offer.helper, offer.before) == ("近", "远")
    book.pairs.lock([seat])
    locked = book.pair_rounds.propose("volunteer", frees=True)
    assert book.pair_rounds.show(locked).offers == ()
    done = book.pair_rounds.accept(freed)
    assert [one.helper for one in book.pairs.list().rows] == ["近"]
    book.pair_rounds.take_back(freed, done.seats)
    assert [one.helper for one in book.pairs.list().rows] == ["远"]


def test_line_that_cannot_be_any_more_is_left_and_named(workbook: Workbook) -> None:
    book = workbook
    one, other = somebody_alone(book, 2)
    helper = a_helper(book, max_people=2)
    round_id = book.pair_rounds.propose("volunteer")
    book.helpers.check(helper, CheckEntry("vetting", TODAY, outcome="failed"))
    done = book.pair_rounds.accept(round_id)
    assert done.seats == () and len(done.refused) == 2
    assert book.pairs.list().total == 0 and one != other


def test_what_would_be_without_a_helper_is_told_and_nothing_written(any_workbook: Workbook) -> None:
    book = any_workbook
    people = somebody_alone(book, 3, location="31.650,120.750")
    lost = a_helper(book, "沈一帆", place="31.651,120.751")
    a_helper(book, "何巧云", place="31.700,120.800", max_people=2)
    for person in people:
        book.pairs.pair(person, lost)
    found = book.pair_rounds.without("volunteer", [lost])
    assert found.n_without == 1
    taken = [one for one in found.people if one.instead]
    assert {one.instead for one in taken} == {"何巧云"}
    assert all(one.dearer_km is not None and one.dearer_km > 5 for one in taken)
    assert [one.why for one in found.people if not one.instead] == [(("full", 1),)]
    assert [one.helper for one in book.pairs.list().rows] == ["沈一帆"] * 3
    with book.reading() as session:
        assert session.scalars(select(Helper.active_to)).all() == [None, None]


# --- the duty of a pair -------------------------------------------------------------------------


def test_duty_of_a_pair_becomes_a_task_that_a_contact_of_the_helper_answers(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    person = a_person(book)
    book.plans.compile()

    def duties() -> list[Task]:
        with book.reading() as session:
            return list(
                session.scalars(
                    select(Task).where(
                        Task.person_id == person,
                        Task.item_key == "rule:pair_contact_monthly",
                        Task.cancelled_on.is_(None),
                        Task.opens_on <= TODAY,
                    )
                )
            )

    assert duties() == []
    seat = book.pairs.pair(person, a_helper(book))
    book.plans.compile()
    (duty,) = duties()
    assert (duty.actor, duty.done_on) == ("volunteer", None)
    heard(book, person, "张清的女儿", TODAY, role="caseworker")
    assert duties()[0].done_on is None
    heard(book, person, "沈一帆", TODAY)
    assert duties()[0].done_on == TODAY
    (sheet,) = book.pairs.sheets()
    assert sheet.people[0].due == ()
    book.pairs.end(seat, reason="搬家", last_day=TODAY)
    now_is(book, TODAY + timedelta(days=40))
    book.plans.compile()
    with book.reading() as session:
        later = select(Task).where(
            Task.item_key == "rule:pair_contact_monthly",
            Task.opens_on > TODAY + timedelta(days=31), Task.cancelled_on.is_(None),
        )  # fmt: skip
        assert session.scalars(later).all() == []


def test_command_reads_a_register_proposes_accepts_and_takes_back(
    workbook_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from casework.cli import main
    from casework.workbook import open_workbook

    book = open_workbook(str(workbook_file), today=TODAY)
    somebody_alone(book, 2)
    book.close()
    row = ["1", "沈一帆", "志愿者", "", "15400000001", "", "", "", "2025-01-05", "", "", "", "", 1]
    file = a_file(tmp_path, row)
    db = ["--db", str(workbook_file), "--as-of", TODAY.isoformat()]
    assert main(["pair", "helpers", str(file), *db]) == 0
    assert main(["pair", "propose", "--seat", "volunteer", *db]) == 1
    said = capsys.readouterr().out
    assert "沈一帆" in said and "名额已满" in said
    assert main(["pair", "show", *db]) == 1
    assert main(["pair", "accept", "1", *db]) == 0
    assert "1" in capsys.readouterr().out
    assert main(["pair", "withdraw", "1", *db]) == 0
    assert main(["pair", "propose", "--seat", "nowhere", *db]) == 2
