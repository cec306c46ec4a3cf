"""Assessments of invented people: answers that fit their health, scored as all others are.

Decides who was assessed, when and how the answers lie; scores, levels and the needs that come of
them are those of `casework.instruments`. The rows are what the form would have left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from casework.demo.seeds import Population, Seeds
from casework.demo.served import Served
from casework.demo.writing import moment
from casework.instruments import Instrument, Item, Result, check_answers, score
from casework.instruments.findings import need_rules, needs_found
from casework.instruments.library import instrument
from casework.workbook.assessing import AssessmentEntry
from casework.workbook.contact_entry import Participant

__all__ = ["Scored", "assessments_of", "invent_answers", "needs_of", "score_entries"]

_FAR_GONE = 0.9
_WEAK = ("poor", "disabled", "bedridden")


@dataclass(frozen=True, slots=True)
class Scored:
    """An assessment with its result, and who made it."""

    entry: AssessmentEntry
    instrument: Instrument
    result: Result
    owner: Participant

    def row(self) -> dict[str, Any]:
        """Give the row of the assessment, as `casework.workbook.assessing.keep` writes it."""
        entry, result = self.entry, self.result
        return {
            "person_id": entry.person_id,
            "instrument": self.instrument.id,
            "instrument_version": result.version,
            "assessed_on": entry.assessed_on,
            "answers": check_answers(self.instrument, entry.answers),
            "context": {
                "given": dict(entry.context),
                "banding": result.banding,
                "unable": {},
                "measured": {},
                "total_only": False,
                "fingerprint": self.instrument.fingerprint,
            },
            "total": result.total,
            "level": result.level,
            "subscores": dict(result.subscores),
            "applied": list(result.applied),
            "complete": result.complete,
            "mode": entry.mode,
            "informant": entry.informant,
            "unable_reason": entry.unable_reason,
            "assessors": list(entry.assessors),
            "recorded_at": moment(entry.assessed_on),
            "recorded_by": self.owner.name or "",
        }


def score_entries(entries: Iterable[tuple[AssessmentEntry, Participant]]) -> list[Scored]:
    """Score assessments by their instruments."""
    found = []
    for entry, owner in entries:
        chosen = instrument(entry.instrument)
        result = score(chosen, entry.answers, entry.context, banding=entry.banding)
        found.append(Scored(entry, chosen, result, owner))
    return found


def needs_of(scored: Sequence[Scored], ids: Sequence[int]) -> list[dict[str, Any]]:
    """Give the needs that assessments speak for: opened by the first, as severe as in the last.

    Parameters
    ----------
    ids : sequence of int
        Ids of the assessments, in the same order.
    """
    needs: dict[tuple[int, str], dict[str, Any]] = {}
    for one, assessment_id in zip(scored, ids, strict=True):
        entry = one.entry
        answers = check_answers(one.instrument, entry.answers)
        for found in needs_found(need_rules(), one.instrument, answers, entry.context, one.result):
            need = needs.setdefault(
                (entry.person_id, found.rule.key),
                {
                    "person_id": entry.person_id,
                    "domain": found.rule.domain,
                    "title": found.rule.label.zh,
                    "origin": "score",
                    "opened_on": entry.assessed_on,
                    "owner_id": one.owner.staff_id,
                    "need_key": found.rule.key,
                    "recorded_at": moment(entry.assessed_on),
                    "recorded_by": one.owner.name or "",
                },
            )
            need["severity"], need["assessment_id"] = found.severity, assessment_id
    return list(needs.values())


def invent_answers(chosen: Instrument, loss: float, chance: Random) -> dict[str, int | str]:
    """Answer every item that is asked of everybody.

    Parameters
    ----------
    loss : float
        What is lost of the ability asked about: 0 gives the best answers, 1 the worst.
    """
    own = min(1.0, max(0.0, loss * chance.uniform(0.6, 1.4)))
    return {
        item.key: _answer(item, own, chosen.way_of(item) == "better", chance)
        for item in chosen.items
        if item.choices and not (item.optional or item.ask_when or item.stands_in_for)
    }


def _answer(item: Item, loss: float, higher_is_better: bool, chance: Random) -> int | str:
    """Choose an answer: the worse, the more is lost, with some spread."""
    offered = [one for one in item.choices if one.offered]
    ranked = sorted(offered, key=lambda one: one.points, reverse=higher_is_better)
    worst = len(ranked) - 1
    down = sum(chance.random() < loss for _ in range(worst))
    found = ranked[down]
    # Of answers with the same points the later one is rare: a coma, thoughts of suicide.
    mildest = next(one for one in ranked if one.points == found.points)
    return (found if loss > _FAR_GONE else mildest).value


def assessments_of(
    person: Served,
    chosen: dict[str, Instrument],
    made: Population,
    seeds: Seeds,
    *,
    begins: date,
    today: date,
    chance: Random,
) -> Iterator[AssessmentEntry]:
    """Give the assessments of a person within the year, in the order of their days.

    Parameters
    ----------
    chosen : mapping
        The instruments to use: the first for everybody assessed, the others for the weak as well.
    """
    weak = person.life.health in _WEAK
    if person.out_of_reach or not (weak or chance.random() < made.assessed):
        return
    first = begins + timedelta(days=chance.randrange(20, 160))
    days = [first, first + timedelta(days=chance.randrange(120, 200))] if weak else [first]
    for day in days:
        if day > today or not person.in_care(day):
            continue
        health = person.held("health", day) or person.life.health
        for code, one in chosen.items() if weak else list(chosen.items())[:1]:
            yield AssessmentEntry(
                person_id=person.person_id,
                instrument=code,
                assessed_on=day,
                mode="observed",
                answers=invent_answers(one, seeds.loss[health], chance),
                context=_context(person, one, seeds),
                assessors=(person.worker.name or "",),
            )


def _context(person: Served, chosen: Instrument, seeds: Seeds) -> dict[str, object]:
    """Give what else the instrument asks: diagnoses that change the reading."""
    if not any(one.key == "diagnoses" for one in chosen.context):
        return {}
    conditions = [seeds.condition.get(one.value) for one in person.life.facts]
    codes = sorted({one.icd10 for one in conditions if one is not None and one.icd10})
    return {"diagnoses": codes}
