"""What invented people agreed to, what was given outside, and what they asked of the office.

Decides how many were asked and what they said; leaves what an answer means to the workbook. Most
were asked about most things, some said no, and a few have never been asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from casework.demo.served import Served
from casework.demo.writing import moment
from casework.planning.consents import last_valid_day
from casework.records import Consent, Disclosure, ImpactAssessment, RightsRequest
from casework.records.consents import kinds_text
from casework.reference.privacy import purposes, retention, rights
from casework.workbook.loading import loading

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["consents_of", "let_people_answer"]

_NEVER_ASKED = 0.18
_NOT_THIS = 0.06
_REFUSED = {"publication": 0.3, "family": 0.12, "unit": 0.1}
_HELPERS = "volunteer"
_SELDOM = 0.04
_READ_ALOUD = 0.2
_OUTSIDE = {
    "hospital": ("市第一人民医院", ("identity", "health"), 0),
    "community": ("临江社区居委会", ("identity", "address", "phone"), 0),
    "volunteer": ("志愿者老周", ("identity", "interests"), 365),
}
_ASSESSED = ("proposals", "health", "hospital")


def consents_of(one: Served, chance: Random, begins: date, today: date) -> Iterator[dict[str, Any]]:
    """Give the answers of one person as rows: on one day of the year, on one signed sheet."""
    if chance.random() < _NEVER_ASKED:
        return
    asked_on = begins + timedelta(days=chance.randrange((today - begins).days))
    if not one.in_care(asked_on):
        return
    aloud = chance.random() < _READ_ALOUD
    for purpose in purposes().values():
        if not purpose.needs_consent or purpose.is_optional or chance.random() < _NOT_THIS:
            continue
        # Nobody in the demo says no to being assessed: its year of assessments would not be true.
        refused = chance.random() < _REFUSED.get(purpose.code, _SELDOM)
        # Helpers are with those who did not say no to them, and with nobody else.
        if purpose.code in one.helped_in.values():
            refused = False
        elif purpose.code == _HELPERS:
            refused = not one.helped_in
        elif purpose.code == "provider":  # services are on order for anybody
            refused = False
        given = purpose.code == "health" or not refused
        yield {
            "person_id": one.person_id,
            "purpose": purpose.code,
            "recipient": purpose.recipient,
            "kinds": kinds_text(purpose.kinds),
            "decision": "given" if given else "refused",
            "decided_on": asked_on,
            "decided_by": "self",
            "channel": "read_aloud" if aloud else "signed",
            "raised_by": "office",
            "witness": one.worker.name if aloud else None,
            "notice": "2025-1",
            "valid_until": last_valid_day(asked_on, purpose.valid_days) if given else None,
            "client_key": f"demo-{one.person_id}",
            "recorded_at": moment(asked_on),
            "recorded_by": one.worker.name or "",
        }


def let_people_answer(book: Workbook, served: Sequence[Served], by: str, name: str,
                      begins: date) -> None:  # fmt: skip
    """Write the answers, what was given outside on their strength, and what people asked for.

    Parameters
    ----------
    by : str
        Name of the supervisor who writes down what goes outside and what is asked.
    """
    today = book.today
    answers = [
        row
        for one in served
        for row in consents_of(one, Random(f"{name}/{one.person_id}/consent"), begins, today)  # noqa: S311
    ]
    given = {
        code: [row["person_id"] for row in answers
               if row["purpose"] == code and row["decision"] == "given"
               and row["decided_on"] < today - timedelta(days=60)]
        for code in _OUTSIDE
    }  # fmt: skip
    asking = [one.person_id for one in served if one.in_care(today)]
    with loading(book) as loader:
        loader.add(Consent, answers)
        loader.add(Disclosure, _disclosures(given, by, today - timedelta(days=50)))
        # A consent that ended afterwards: the hospital is still to be told.
        ended = [row for row in answers if row["person_id"] in given["hospital"][:1]
                 and row["purpose"] == "hospital"]  # fmt: skip
        loader.add(Consent, (_withdrawn(row, today) for row in ended))
        loader.add(RightsRequest, _requests(asking, by, today))
        loader.add(ImpactAssessment, _assessments(by, today - timedelta(days=200)))


def _withdrawn(row: dict[str, Any], today: date) -> dict[str, Any]:
    return row | {
        "decision": "withdrawn",
        "decided_on": today,
        "channel": "phone",
        "raised_by": "person",
        "witness": row["recorded_by"],
        "valid_until": None,
        "reason": "改由女儿陪同就医",
        "client_key": f"{row['client_key']}-withdrawn",
        "recorded_at": moment(today),
    }


def _disclosures(given: Mapping[str, Sequence[int]], by: str, on: date) -> Iterator[dict[str, Any]]:
    for code, (who, kinds, days) in _OUTSIDE.items():
        for person_id in given[code][:3]:
            for kind in kinds:
                yield {
                    "person_id": person_id,
                    "purpose": code,
                    "recipient": code,
                    "recipient_name": who,
                    "kind": kind,
                    "basis": "consent",
                    "shared_on": on,
                    "shared_until": on + timedelta(days=days) if days else None,
                    "client_key": f"demo-{code}-{person_id}",
                    "recorded_at": moment(on),
                    "recorded_by": by,
                }


def _requests(people: Sequence[int], by: str, today: date) -> Iterator[dict[str, Any]]:
    asked = (("copy", 45, None), ("correct", 12, None), ("explain", 20, "已当面说明方案依据"))
    for person_id, (kind, days, answer) in zip(people, asked, strict=False):
        received = today - timedelta(days=days)
        yield {
            "person_id": person_id,
            "kind": kind,
            "received_on": received,
            "due_on": received + timedelta(days=rights()[kind].days),
            "answered_on": received + timedelta(days=5) if answer else None,
            "outcome": "done" if answer else None,
            "answer": answer,
            "client_key": f"demo-{kind}-{person_id}",
            "recorded_at": moment(received),
            "recorded_by": by,
        }


def _assessments(by: str, on: date) -> Iterator[dict[str, Any]]:
    kept = retention()["impact"].years
    for code in _ASSESSED:
        yield {
            "purpose": code,
            "assessed_on": on,
            "necessity": "为落实照料和服务所必需，范围限于所列信息。",
            "risks": "泄露可能造成打扰；由规则提出的建议可能与本人意愿不符。",
            "measures": "按岗位授权，操作留痕；建议由工作人员审定，本人可不接受。",
            "conclusion": "风险可控，可以处理，一年后复评。",
            "review_on": on + timedelta(days=365),
            "kept_until": on + timedelta(days=366 * kept),
            "recorded_at": moment(on),
            "recorded_by": by,
        }
