"""Trainings and self-checks of the staff, and the programmes that volunteers carry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.reference import BrokenReference
from casework.reference import staff_checks as reference
from casework.terms import speaking
from casework.ui import Shell
from casework.ui.widgets import Place
from casework.workbook import Workbook, open_workbook
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry
from casework.workbook.helper_rows import CheckEntry, HelperEntry
from casework.workbook.programmes import ProgrammeEntry
from tests.conftest import TODAY
from tests.test_pairs import a_helper, somebody_alone
from tests.test_rosters import a_worker

CODE = "four_in_place"
POINTS = ("一", "二", "三", "四")
OVER = [
    (CheckEntry("vetting", TODAY, title="x"), "kind"),
    (CheckEntry("training", TODAY, title=" "), "title"),
    (CheckEntry("training", TODAY + timedelta(days=1), title="x"), "done_on"),
    (CheckEntry("training", TODAY, title="x", minutes=0), "hours"),
    (CheckEntry("training", TODAY, title="x", valid_until=date(2000, 1, 1)), "valid_until"),
    (CheckEntry("training", TODAY, title="x" * 201), "title"),
]


def a_course(**more: object) -> CheckEntry:
    entry: dict[str, object] = {"kind": "training", "done_on": TODAY, "title": "急救"}
    return CheckEntry(**(entry | more))  # type: ignore[arg-type]


def state_of(book: Workbook, staff_id: int) -> str:
    return next(one.state for one in book.trainings.of_staff() if one.staff_id == staff_id)


def test_who_has_had_no_training_this_year_is_told_apart_from_who_has(workbook: Workbook) -> None:
    one, other, last_year = (a_worker(workbook, name) for name in "甲乙丙")
    workbook.trainings.write_down([one], a_course(minutes=90))
    workbook.trainings.write_down([last_year], a_course(done_on=date(TODAY.year - 1, 12, 31)))
    assert [state_of(workbook, who) for who in (one, other, last_year)] == ["holds", "none", "none"]
    told = {row.staff_id: row for row in workbook.trainings.of_staff()}
    assert (told[one].n, told[one].minutes) == (1, 90)
    assert told[last_year].last_on == date(TODAY.year - 1, 12, 31)
    assert told[other].minutes is None, "no hours known is not none"


def test_certificate_runs_out_and_a_later_one_of_the_same_content_takes_its_place(
    workbook: Workbook,
) -> None:
    who = a_worker(workbook)
    before = TODAY - timedelta(days=10)
    workbook.trainings.write_down(
        [who], a_course(done_on=before, valid_until=TODAY - timedelta(days=1))
    )
    assert state_of(workbook, who) == "ended"
    workbook.trainings.write_down([who], a_course(valid_until=TODAY + timedelta(days=9)))
    assert state_of(workbook, who) == "runs_out"
    workbook.trainings.write_down([who], a_course(valid_until=TODAY + timedelta(days=400)))
    assert state_of(workbook, who) == "holds"


def test_training_failed_or_taken_back_does_not_count(workbook: Workbook) -> None:
    who = a_worker(workbook)
    workbook.trainings.write_down([who], a_course(outcome="failed"))
    (made,) = workbook.trainings.write_down([who], a_course())
    workbook.trainings.take_back(made)
    assert state_of(workbook, who) == "none"
    assert [row.outcome for row in workbook.trainings.rows()] == ["failed"]
    with pytest.raises(NotFound):
        workbook.trainings.take_back(made)


def test_training_of_a_helper_who_works_here_counts_for_both(workbook: Workbook) -> None:
    who = a_worker(workbook, "甲")
    entry = HelperEntry(name="甲", kind="volunteer", staff_id=who)
    workbook.helpers.add(entry, [CheckEntry("training", TODAY, title="陪伴")])
    (row,) = workbook.trainings.rows(staff_id=who)
    assert (row.title, row.check_id) == ("陪伴", None)
    assert state_of(workbook, who) == "holds"


@pytest.mark.parametrize(("entry", "field"), OVER)
def test_training_that_cannot_be_is_refused(
    workbook: Workbook, entry: CheckEntry, field: str
) -> None:
    who = a_worker(workbook)
    with pytest.raises(InvalidEntry) as refused:
        workbook.trainings.write_down([who], entry)
    assert refused.value.field == field
    assert workbook.trainings.rows() == []


def test_training_of_nobody_or_of_a_stranger_is_refused(workbook: Workbook) -> None:
    with pytest.raises(InvalidEntry):
        workbook.trainings.write_down([], a_course())
    with pytest.raises(NotFound):
        workbook.trainings.write_down([a_worker(workbook), 99], a_course())
    assert workbook.trainings.rows() == []


@pytest.fixture
def as_(tmp_path: Path) -> Callable[[str], Workbook]:
    """Open one workbook of Changshu as one or the other."""
    path = str(tmp_path / "book.sqlite")
    first = open_workbook(path, agency="changshu", today=TODAY)
    for name, role in (("甲", "caseworker"), ("乙", "caseworker"), ("主任", "supervisor")):
        a_worker(first, name, role)
    first.close()

    def opened(login: str) -> Workbook:
        return open_workbook(path, acting=login, today=TODAY)

    return opened


def test_points_are_the_agencys_own_and_empty_until_written(
    as_: Callable[[str], Workbook],
) -> None:
    boss = as_("supervisor-主任")
    assert boss.self_checks.one(CODE).points == ()
    boss.self_checks.write_points(CODE, ["一", " 二 ", "", "一"])
    assert boss.self_checks.one(CODE).points == ("一", "二")
    with pytest.raises(NotPermitted):
        as_("caseworker-甲").self_checks.write_points(CODE, POINTS)
    with pytest.raises(InvalidEntry):
        boss.self_checks.write_points(CODE, [str(n) for n in range(21)])
    with pytest.raises(NotFound):
        boss.self_checks.write_points("other", POINTS)


def test_everybody_ticks_for_themselves_and_the_supervisor_sees_who_has_not(
    as_: Callable[[str], Workbook],
) -> None:
    boss = as_("supervisor-主任")
    boss.self_checks.write_points(CODE, POINTS)
    as_("caseworker-甲").self_checks.tick(CODE, POINTS)
    as_("caseworker-乙").self_checks.tick(CODE, POINTS[:2])
    states = {one.name: one.state for one in boss.self_checks.of_staff(CODE)}
    assert states == {"甲": "all", "乙": "some", "主任": "none"}
    as_("caseworker-乙").self_checks.tick(CODE, POINTS[1:2])
    mine = as_("caseworker-乙").self_checks.mine(CODE)
    assert mine is not None and mine.ticked == ("二",), "a tick is taken back by its owner"
    with pytest.raises(InvalidEntry):
        boss.self_checks.tick(CODE, ["五"])


def test_ticks_of_one_period_do_not_count_in_the_next(as_: Callable[[str], Workbook]) -> None:
    boss = as_("supervisor-主任")
    boss.self_checks.write_points(CODE, POINTS)
    boss.self_checks.tick(CODE, POINTS)
    period = boss.self_checks.one(CODE).period
    later = boss.self_checks.of_staff(CODE, as_of=period.last + timedelta(days=1))
    assert {one.state for one in later} == {"none"}
    assert period.first <= TODAY <= period.last


def test_who_is_not_on_the_staff_ticks_nothing(as_: Callable[[str], Workbook]) -> None:
    boss = as_("supervisor-主任")
    boss.self_checks.write_points(CODE, POINTS)
    nobody = open_workbook(str(boss.engine.url), today=TODAY)
    assert nobody.self_checks.mine(CODE) is None
    with pytest.raises(NotPermitted):
        nobody.self_checks.tick(CODE, POINTS)


def test_programme_counts_the_contacts_of_its_team_and_opens_them(workbook: Workbook) -> None:
    one, other = somebody_alone(workbook, 2)
    mine = a_helper(workbook, "沈一帆", terms={"team": ("理发队",)})
    theirs = a_helper(workbook, "何巧云")
    workbook.pairs.pair(one, mine)
    workbook.pairs.pair(other, theirs)
    entry = ProgrammeEntry(" 市水利局 ", "repairs", "理发队", TODAY)
    made = workbook.programmes.add(entry)
    for number, (person, name) in enumerate(((one, "沈一帆"), (other, "何巧云"))):
        workbook.contacts.record(ContactEntry(
            f"c{number}", TODAY, "home_visit", (PersonEntry(person),),
            participants=(Participant(None, name, "volunteer"),),
        ))  # fmt: skip
    (told,) = workbook.programmes.all()
    assert (told.entry.department, told.helpers, told.people, told.visits) == ("市水利局", 1, 1, 1)
    rows = workbook.programmes.visits(made)
    assert [(row.person_id, row.helper) for row in rows] == [(one, "沈一帆")]
    assert len({row.contact_id for row in rows}) == told.visits


def test_programme_that_ends_counts_nothing_after_its_last_day(workbook: Workbook) -> None:
    (one,) = somebody_alone(workbook, 1)
    helper = a_helper(workbook, "沈一帆", terms={"team": ("理发队",)})
    workbook.pairs.pair(one, helper)
    entry = ProgrammeEntry(
        "市水利局", "repairs", "理发队", TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    )
    workbook.programmes.add(entry)
    workbook.contacts.record(ContactEntry(
        "c", TODAY, "home_visit", (PersonEntry(one),),
        participants=(Participant(None, "沈一帆", "volunteer"),),
    ))  # fmt: skip
    (told,) = workbook.programmes.all()
    assert told.visits == 0 and told.has_ended(TODAY)


WRONG = [
    ({"department": " "}, "department"), ({"kind": "none"}, "kind"), ({"team": ""}, "team"),
    ({"active_to": date(2000, 1, 1)}, "active_to"), ({"result": "x" * 2001}, "result"),
    ({"department": "x" * 201}, "department"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field"), WRONG)
def test_programme_that_cannot_be_is_refused(
    workbook: Workbook, wrong: dict[str, object], field: str
) -> None:
    entry: dict[str, object] = {
        "department": "市水利局", "kind": "repairs", "team": "理发队", "active_from": TODAY,
    }  # fmt: skip
    with pytest.raises(InvalidEntry) as refused:
        workbook.programmes.add(ProgrammeEntry(**(entry | wrong)))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert workbook.programmes.all() == []


def test_caseworker_keeps_neither_trainings_nor_programmes(as_: Callable[[str], Workbook]) -> None:
    worker = as_("caseworker-甲")
    with pytest.raises(NotPermitted):
        worker.trainings.write_down([1], a_course())
    with pytest.raises(NotPermitted):
        worker.programmes.add(ProgrammeEntry("市水利局", "repairs", "理发队", TODAY))


BROKEN = [
    ('[[self_check]]\ncode = "x"', "has no source"),
    ('[[self_check]]\ncode = "x"\nsource = "s"\nlabel = {zh = "一", en = "a"}\nper = "day"\n'
     "count = 4", "“day” is not accepted for per"),
    ('[[self_check]]\ncode = "x"\nsource = "s"\nlabel = {zh = "一", en = "a"}\nper = "month"\n'
     "count = 0", "count must be"),
    ('[[self_check]]\ncode = "x"\nsource = "s"\nlabel = {zh = "一", en = "a"}\nper = "month"\n'
     'count = 4\npoints = ["a", "a"]', "twice"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), BROKEN)
def test_broken_list_names_file_entry_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    own = tmp_path / "agencies" / "changshu"
    own.mkdir(parents=True)
    (own / "staff.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(reference, "data_folder", lambda: tmp_path)
    reference.staff_rules.cache_clear()
    with speaking("en"), pytest.raises(BrokenReference, match=reason) as refusal:
        reference.staff_rules("changshu")
    assert "staff.toml" in str(refusal.value)
    reference.staff_rules.cache_clear()


# --- screens ---


def shown(book: Workbook, route: str, **params: str) -> Shell:
    return Shell(book, "supervisor", Place(route, params))


def test_course_of_two_is_written_down_on_the_screen_and_taken_back(workbook: Workbook) -> None:
    one, other = a_worker(workbook, "甲"), a_worker(workbook, "乙")
    screen = shown(workbook, "trainings").screen
    screen.add()
    screen.fields["staff"].entry = [str(one), str(other)]
    screen.fields["title"].entry, screen.fields["hours_of"].entry = "急救", "1.5"
    screen.save()
    assert {row.minutes for row in workbook.trainings.rows()} == {90}
    screen.take_all_back([row.check_id for row in workbook.trainings.rows() if row.check_id])
    assert workbook.trainings.rows() == []


def test_tab_of_a_state_shows_exactly_its_rows(workbook: Workbook) -> None:
    one = a_worker(workbook, "甲")
    a_worker(workbook, "乙")
    workbook.trainings.write_down([one], a_course())
    for view, n in (("all", 2), ("none", 1), ("holds", 1), ("ended", 0), ("x", 2)):
        screen = shown(workbook, "trainings", view=view).screen
        assert len(screen.table.view["page"]["rows"]) == n, view


def test_points_are_written_and_ticked_on_the_screen(as_: Callable[[str], Workbook]) -> None:
    boss = as_("supervisor-主任")
    screen = shown(boss, "self_check").screen
    assert "4" in str(screen.told.html) and screen.fields == {}, "the source breaks off: it says so"
    screen.write()
    screen.fields["points"].entry = "一\n二"
    screen.keep()
    screen.fields["mine"].entry = ["0", "1"]
    screen.save()
    mine = boss.self_checks.mine(CODE)
    assert mine is not None and mine.state == "all"
    again = shown(boss, "self_check", view="all_done").screen
    assert len(again.table.view["page"]["rows"]) == 1


def test_day_of_who_has_points_left_says_so(as_: Callable[[str], Workbook]) -> None:
    boss = as_("supervisor-主任")
    assert "思想上四到位" not in str(shown(boss, "my_day").screen.drafts.html)
    boss.self_checks.write_points(CODE, POINTS)
    assert "思想上四到位" in str(shown(boss, "my_day").screen.drafts.html)
    boss.self_checks.tick(CODE, POINTS)
    assert "思想上四到位" not in str(shown(boss, "my_day").screen.drafts.html)


def test_programme_is_written_down_and_changed_on_the_screen(workbook: Workbook) -> None:
    screen = shown(workbook, "programmes").screen
    screen.add()
    for name, value in (("department", "市水利局"), ("kind", "repairs"), ("team", "理发队"),
                        ("active_from", TODAY.isoformat())):  # fmt: skip
        screen.fields[name].entry = value
    screen.save()
    (key,) = screen.found
    screen.choose(key)
    screen.fields["result"].entry = "水管修好 6 户"
    screen.save()
    assert screen.found[key].entry.result == "水管修好 6 户"
    assert len(shown(workbook, "programmes", kind="legal").screen._shown()) == 0
    assert screen.make_list().content


def test_list_without_points_hides_itself_and_no_other_table(
    as_: Callable[[str], Workbook],
) -> None:
    boss = as_("supervisor-主任")
    screen = shown(boss, "self_check").screen
    assert screen.listing.layout.display == "none"
    assert shown(boss, "trainings").screen.table.layout.display is None
    boss.self_checks.write_points(CODE, POINTS)
    screen.refresh()
    assert screen.listing.layout.display is None
