"""What the product does, act by act, as any role may try it: `docs/access.md` tells who may.

Each act is one call of the workbook on real rows; it is done, or the database or the door refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from casework.records import PersonIdentifier, RelatedPerson, Staff, Task
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.consent_entry import ConsentEntry
from casework.workbook.contact_entry import ContactEntry, PersonEntry
from casework.workbook.day_query import TaskList
from casework.workbook.family import RelatedEntry
from casework.workbook.helper_rows import CheckEntry, HelperEntry
from casework.workbook.issues import IssueEntry
from casework.workbook.life import LifeEvent
from casework.workbook.privacy import AssessmentOfImpact, IncidentEntry
from casework.workbook.rights import RequestEntry
from casework.workbook.sharing import ShareEntry
from tests.conftest import TODAY

_fresh = count(1)


@dataclass
class Ground:
    """What acts are tried on.

    Attributes
    ----------
    owner : Workbook
        Prepares what an act needs, and stands above the rules.
    mine : list of int
        People in the care of the first caseworker: the first ones are worked with, the last one has
        left care.
    """

    owner: Workbook
    folder: Path
    mine: list[int]

    @property
    def person(self) -> int:
        return self.mine[0]

    def staff(self, login: str) -> int:
        with self.owner.reading() as session:
            return session.scalars(select(Staff.id).where(Staff.login == login)).one()

    def task(self) -> int:
        with self.owner.reading() as session:
            query = select(Task.id).where(Task.person_id == self.person, Task.done_on.is_(None))
            return session.scalars(query.order_by(Task.id.desc())).first() or 0

    def number(self) -> int:
        query = select(PersonIdentifier.id).where(PersonIdentifier.person_id == self.person)
        with self.owner.reading() as session:
            return session.scalars(query).first() or 0

    def widow(self) -> int:
        """Let somebody be left behind: the entry of a spouse of one who died."""
        with self.owner.transaction() as session:
            session.execute(
                text("UPDATE person SET died_on = :day WHERE id = :person"),
                {"day": TODAY - timedelta(days=3), "person": self.mine[1]},
            )
            one = RelatedPerson(
                person_id=self.mine[1], name="欧阳兰", relationship="spouse", source="走访",
                recorded_at=now(), recorded_by="t",
            )  # fmt: skip
            session.add(one)
            session.flush()
            return one.id

    def waiting_plan(self) -> int:
        """Let a caseworker's plan wait for a supervisor."""
        book = self.owner
        with book.reading() as session:
            waits = "SELECT id FROM service_plan WHERE state = 'submitted' AND person_id = :person"
            found = session.scalars(text(waits), {"person": self.mine[2]}).first()
        if found is not None:
            return int(found)
        plan = book.plans.draft(self.mine[2])
        book.plans.decline(plan.plan_id, plan.lines[0].key, reason="本人不需要")
        book.plans.accept(plan.plan_id)
        book.plans.submit(plan.plan_id)
        return plan.plan_id

    def left(self) -> int:
        """Let somebody have left care, with no erasure waiting."""
        person = self.mine[-1]
        with self.owner.transaction() as session:
            for change in (
                "UPDATE case_file SET closed_on = :day WHERE person_id = :person",
                "UPDATE erasure SET declined_at = now(), declined_by_id = asked_by_id "
                "WHERE person_id = :person AND confirmed_at IS NULL AND CAST(:day AS text) <> ''",
            ):
                session.execute(text(change), {"day": TODAY - timedelta(days=30), "person": person})
        return person

    def asked_erasure(self) -> int:
        """Let the first supervisor have asked for somebody to be erased."""
        person = self.left()
        with self.owner.transaction() as session:
            return session.scalars(
                text(
                    "INSERT INTO erasure (person_id, ground, reason, asked_at, asked_by_id) VALUES "
                    "(:person, 'purpose_done', 'x', now(), :by) RETURNING id"
                ),
                {"person": person, "by": self.staff("supervisor1")},
            ).one()

    def roster(self) -> Path:
        path = self.folder / f"roster{next(_fresh)}.csv"
        path.write_text("姓名,性别,出生日期\n魏知秋,女,1940-05-06\n", encoding="utf-8")
        return path


Act = Callable[[Workbook, Ground], Any]


def _merged(book: Workbook, ground: Ground) -> None:
    keep, gone = ground.mine[0], ground.mine[2]
    compared = book.merging.compare(keep, gone)
    choices = {side.field: "one" for side in compared.to_choose}
    book.merging.undo(book.merging.merge(keep, gone, choices, reason="同一人"))


def _handed_over(book: Workbook, ground: Ground) -> None:
    to = [ground.staff("caseworker2")]
    made = book.caseloads.hand_over(ground.staff("caseworker1"), to, reason="调岗", leaves=False)
    book.caseloads.take_back(made)


def _helper_entered(book: Workbook, _ground: Ground) -> int:
    entry = HelperEntry(f"沈帮{next(_fresh)}", "volunteer", "unit")
    return book.helpers.add(entry, [CheckEntry("vetting", TODAY)])


def _paired(book: Workbook, ground: Ground) -> None:
    helper = _helper_entered(ground.owner, ground)
    seat = book.pairs.pair(ground.person, helper)
    book.pairs.lock([seat])
    book.pairs.end(seat, reason="搬家")


def _pairs_proposed(book: Workbook, ground: Ground) -> None:
    _helper_entered(ground.owner, ground)
    round_id = book.pair_rounds.propose("volunteer", frees=True)
    book.pair_rounds.accept(round_id)
    book.pair_rounds.show(round_id)
    book.pair_rounds.take_back(round_id)


def _contact(book: Workbook, ground: Ground) -> None:
    key = f"surface-{next(_fresh)}"
    met = PersonEntry(ground.person, heard="好")
    book.contacts.record(ContactEntry(key, TODAY, "phone", (met,)))


def _imported(book: Workbook, ground: Ground) -> None:
    book.intake.undo(book.intake.import_roster(ground.roster()).batch_id or 0)


def _impact(book: Workbook, _ground: Ground) -> None:
    purpose = book.privacy.impact()[0].purpose
    book.privacy.assess_impact(AssessmentOfImpact(purpose, "a", "b", "c", "d"))


def _ruled(book: Workbook, _ground: Ground) -> None:
    note = f"第{next(_fresh)}次"
    changed = re.sub(r'title = \{zh = "', f'title = {{zh = "{note}', book.rulebook.text(), count=1)
    book.rulebook.save(changed, note=note)


_LEAK = IncidentEntry(
    TODAY, TODAY, ("phone",), "遗失", "电话外泄", "已追回", untold_reason="已加密"
)
_RESCUE = ShareEntry("emergency", "hospital", "市一医院", ("identity",), reason="急救")
_ISSUE = IssueEntry(kind="medical", title="就医", source="phone")

ACTS: dict[str, Act] = {
    "look at the list of the day": lambda b, g: b.days.tasks(TaskList(everybody=True)),
    "look at the board": lambda b, g: b.boards.supervisor().lines(),
    "look at a dossier": lambda b, g: b.people.dossier(g.person),
    "search for somebody": lambda b, g: b.people.search("王"),
    "write down a fact": lambda b, g: b.people.record_fact(
        g.person, "mobile", "13900007777", source="visit"
    ),
    "enter somebody of the family": lambda b, g: b.family.add(
        g.person, RelatedEntry("郑小明", phone="13900000001"), source="走访"
    ),
    "write down a stay in hospital": lambda b, g: b.life.record(
        g.person, LifeEvent("hospital_in", TODAY, "走访")
    ),
    "see a number in full": lambda b, g: b.identity.reveal(g.number(), reason="办理社保"),
    "take on a surviving spouse": lambda b, g: b.bereaved.take_on(g.widow()),
    "record a contact": _contact,
    "excuse a task": lambda b, g: b.tasks.excuse([g.task()], reason="住院"),
    "give a task to somebody": lambda b, g: b.tasks.hand_over([g.task()], g.staff("caseworker1")),
    "write down a wish": lambda b, g: b.needs.record_wish(g.person, "想听戏"),
    "raise a need": lambda b, g: b.needs.raise_need(
        g.person, "medical", f"复查{next(_fresh)}", "medium"
    ),
    "report an issue": lambda b, g: b.issues.report(_ISSUE),
    "draw up plans": lambda b, g: b.plans.compile(),
    "see why a plan says so": lambda b, g: b.plans.explain(g.person),
    "approve a plan": lambda b, g: b.plans.approve(g.waiting_plan()),
    "record a consent": lambda b, g: b.consents.record(
        g.person, ConsentEntry({"health": "given"}, client_key=f"s{next(_fresh)}")
    ),
    "write down what is given outside": lambda b, g: b.sharing.hand_out(
        [g.person], replace(_RESCUE, recipient_name=f"医院{next(_fresh)}")
    ),
    "look at consents": lambda b, g: b.consents.states(g.person),
    "receive a request": lambda b, g: b.rights.receive(g.person, RequestEntry("copy")),
    "hand out a copy of everything": lambda b, g: b.rights.export(g.person, reason="本人来要"),
    "ask for an erasure": lambda b, g: b.rights.ask_erasure(g.left(), "purpose_done", "已转出"),
    "confirm another's erasure": lambda b, g: b.rights.confirm_erasure(g.asked_erasure()),
    "see what has passed its time": lambda b, g: (b.privacy.kept(), b.privacy.overdue()),
    "keep a file longer": lambda b, g: b.privacy.hold(g.person, date(2040, 1, 1), "诉讼"),
    "assess an impact": _impact,
    "write down a leak": lambda b, g: b.privacy.report_incident(_LEAK),
    "see who has read a case": lambda b, g: b.trail.of_person(g.person),
    "see who broke the glass": lambda b, g: (b.crossings.notices(), b.crossings.revealed()),
    "give a seat in a care team": lambda b, g: b.people.seat_care_team(
        g.person, "helper", staff_id=g.staff("caseworker1")
    ),
    "enter a helper, vetted": _helper_entered,
    "see pairs and the register of helpers": lambda b, g: (b.pairs.list(), b.helpers.list()),
    "pair somebody with a helper, end it": _paired,
    "propose pairs, accept, take back": _pairs_proposed,
    "hand a caseload over": _handed_over,
    "see who carries how much": lambda b, g: b.caseloads.loads(),
    "import a roster, take it back": _imported,
    "hold a list against the register": lambda b, g: b.reconciling.compare(g.roster()),
    "find doubles": lambda b, g: b.merging.likely(),
    "make two records one, part them": _merged,
    "write the canonical list": lambda b, g: b.intake.write_people(g.folder / "people.csv"),
    "print cards": lambda b, g: b.badges.printed([g.person]),
    "see which rules are in force": lambda b, g: b.rulebook.read(),
    "put rules into force": _ruled,
    "see who works here": lambda b, g: b.people.staff(),
    "see who may log in": lambda b, g: b.crossings.accounts(),
}
