"""The register of helpers of an invented agency: who sits in care teams, vetted and trained.

Decides it with chances of its own, so that nothing else about the invented people changes. A few
are in no register, the vetting of some has run out, some have room for more people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from casework.demo.life import phone_number
from casework.identifiers import spell_name
from casework.records import Helper, HelperCheck, HelperTerm
from casework.reference import Agency, surnames
from casework.reference.pairing import PairingRules, pairing_rules
from casework.workbook.loading import Loader

__all__ = ["SeatOfDemo", "helper_seats", "write_helpers"]

_IN_REGISTER, _RUN_OUT, _TRAINED, _SPEAKS = 0.94, 0.06, 0.7, 0.6
_FREE_FOR = 12  # seats for one more helper with room
_TEAMS = ("银龄陪伴队", "春晖志愿服务队", "邻里守望队")
_HOBBIES = ("书法", "象棋", "戏曲", "摄影", "园艺", "散步")
_SKILLS = ("理发", "家电维修", "智能手机", "血压测量")
_DIALECTS = ("本地话", "普通话")
_BY = "demo"


@dataclass(frozen=True, slots=True)
class SeatOfDemo:
    """Somebody in a seat of a care team: a member of staff, or a name."""

    person_id: int
    role: str
    staff_id: int | None
    name: str
    community: str


def helper_seats(agency: Agency) -> Mapping[str, str]:
    """Give the seats of the care team that helpers of an agency sit in, each with its purpose.

    The purpose is the consent on which the helper learns about the person.
    """
    rules = pairing_rules(agency.code)
    made = {seat: _kind_of(rules, seat) for seat in rules.seats}
    return {seat: rules.kinds[kind[0]].purpose for seat, kind in made.items() if kind is not None}


def write_helpers(
    loader: Loader, agency: Agency, seats: Sequence[SeatOfDemo], *, seed: int, begins: date,
    today: date, at: Any, free_names: Iterator[str],
) -> Mapping[tuple[int, str], int]:  # fmt: skip
    """Write the register, and give the helper of each seat that has one, by person and role.

    Parameters
    ----------
    at : datetime
        When it was written down.
    free_names : iterator of str
        Names of helpers who have nobody yet.
    """
    rules = pairing_rules(agency.code)
    chance = Random(f"{seed}/{agency.code}/helpers")  # noqa: S311  # a demo, no secret
    rows: list[dict[str, Any]] = []
    at_row: dict[tuple[str, int, str], int] = {}
    held: dict[tuple[int, str], int] = {}
    for seat in seats:
        made = _kind_of(rules, seat.role)
        if made is None:
            continue
        key = ("", seat.person_id, seat.role)
        if seat.staff_id is not None:
            key = ("staff", seat.staff_id, "")
        if key not in at_row:
            if seat.staff_id is None and chance.random() > _IN_REGISTER:
                continue
            at_row[key] = len(rows)
            rows.append(_row(chance, *made, seat.name, seat.staff_id, seat.community, begins, at))
        held[seat.person_id, seat.role] = at_row[key]
    taken = len(rows)
    for n in range(max(2, len(held) // _FREE_FOR)):
        near = seats[(n * 7) % len(seats)].community if seats else ""
        kind = "volunteer", ("unit" if n % 2 else "community")
        rows.append(_row(chance, *kind, next(free_names), None, near, begins, at))
    ids = loader.add_numbered(Helper, rows)
    loader.add(HelperTerm, _terms(chance, ids, begins, at))
    loader.add(HelperCheck, _checks(chance, ids, taken, begins, today, at))
    return {key: ids[row] for key, row in held.items()}


def _kind_of(rules: PairingRules, role: str) -> tuple[str, str] | None:
    """Give a kind of helper and who sends them, for a seat; None for one that is no helper's."""
    if role == "leader":
        return None
    for kind in rules.kinds.values():
        for source in ("unit", "community", "agency"):
            if kind.seat_for(source) == role:
                return kind.code, source
    return None


def _row(
    chance: Random, kind: str, source: str, name: str, staff_id: int | None, community: str,
    begins: date, at: Any,
) -> dict[str, Any]:  # fmt: skip
    spelled = spell_name(name, surnames())
    return {
        "name": name,
        "name_pinyin": spelled.pinyin,
        "name_initials": spelled.initials,
        "kind": kind,
        "source": source,
        "unit": None,
        "community": community or None,
        "phone": phone_number(70_000_000 + chance.randrange(9_000_000)),
        "sex": chance.choice("12"),
        "max_people": 40 if staff_id else chance.choice((2, 3, 4)),
        "staff_id": staff_id,
        "active_from": begins - timedelta(days=400),
        "recorded_at": at,
        "recorded_by": _BY,
    }


def _terms(
    chance: Random, ids: Sequence[int], begins: date, at: Any
) -> Iterator[dict[str, Any]]:  # fmt: skip
    for helper_id in ids:
        told = [("interest", one) for one in chance.sample(_HOBBIES, 2)]
        told += [("skill", one) for one in _SKILLS if chance.random() < 0.25]
        told.append(("team", chance.choice(_TEAMS)))
        if chance.random() < _SPEAKS:
            told.append(("dialect", chance.choice(_DIALECTS)))
        for kind, value in told:
            yield {
                "helper_id": helper_id,
                "kind": kind,
                "value": value,
                "valid_from": begins,
                "recorded_at": at,
                "recorded_by": _BY,
            }


def _checks(
    chance: Random, ids: Sequence[int], taken: int, begins: date, today: date, at: Any
) -> Iterator[dict[str, Any]]:
    for n, helper_id in enumerate(ids):
        if n >= taken and n % 4 == 0:
            continue  # has offered help and is not vetted yet
        ended = chance.random() < _RUN_OUT
        until = today - timedelta(days=20) if ended else today + timedelta(days=200 + n % 300)
        told = {"outcome": "passed", "recorded_at": at, "recorded_by": _BY, "helper_id": helper_id}
        yield {
            **told,
            "kind": "vetting",
            "title": None,
            "done_on": begins - timedelta(days=chance.randint(1, 200)),
            "done_by": "街道办事处",
            "minutes": None,
            "valid_until": until,
        }
        if chance.random() < _TRAINED:
            yield {
                **told,
                "kind": "training",
                "title": chance.choice(("陪伴与沟通", "急救常识", "保密要求")),
                "done_on": begins - timedelta(days=chance.randint(1, 100)),
                "done_by": "老干部局",
                "minutes": chance.choice((120, 240, 480)),
                "valid_until": None,
            }
