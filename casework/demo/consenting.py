"""What invented people agreed to, what was given outside, and what they asked of the office.

Decides how many were asked and what they said; leaves what an answer means to the workbook. Most
were asked about most things, some said no, and a few have never been asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from casework.demo.served import Served
from casework.demo.writing import moment
from casework.planning.consents import last_valid_day
from casework.records import Consent
from casework.records.consents import kinds_text
from casework.reference.privacy import purposes
from casework.workbook.loading import loading
from casework.workbook.privacy import AssessmentOfImpact
from casework.workbook.rights import RequestEntry
from casework.workbook.sharing import ShareEntry

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["consents_of", "let_people_answer"]

_NEVER_ASKED = 0.18
_NOT_THIS = 0.06
_REFUSED = {"publication": 0.3, "volunteer": 0.2, "family": 0.12, "unit": 0.1}
_SELDOM = 0.04
_READ_ALOUD = 0.2
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


def let_people_answer(
    book: Workbook, served: Sequence[Served], as_of: Callable[[date], Workbook], name: str,
    begins: date,
) -> None:  # fmt: skip
    """Write the answers, and let some of what follows from them happen."""
    today = book.today
    rows = [
        row
        for one in served
        for row in consents_of(one, Random(f"{name}/{one.person_id}/consent"), begins, today)  # noqa: S311
    ]
    with loading(book) as loader:
        loader.add(Consent, rows)
    by_purpose = {
        code: [row["person_id"] for row in rows
               if row["purpose"] == code and row["decision"] == "given"
               and row["decided_on"] < today - timedelta(days=60)]
        for code in ("hospital", "community", "volunteer")
    }  # fmt: skip
    _share(as_of(today - timedelta(days=50)), by_purpose)
    late = as_of(today)
    for person_id in by_purpose["hospital"][:1]:
        late.consents.withdraw(person_id, "hospital", reason="改由女儿陪同就医",
                               client_key=f"demo-withdrawn-{person_id}")  # fmt: skip
    _ask(as_of, [one.person_id for one in served if one.in_care(today)], today)
    for code in _ASSESSED:
        late.privacy.assess_impact(
            AssessmentOfImpact(
                purpose=code,
                necessity="为落实照料和服务所必需，范围限于所列信息。",
                risks="泄露可能造成打扰；由规则提出的建议可能与本人意愿不符。",
                measures="按岗位授权，操作留痕；建议由工作人员审定，本人可不接受。",
                conclusion="风险可控，可以处理，一年后复评。",
                assessed_on=today - timedelta(days=200),
            )
        )


def _share(book: Workbook, by_purpose: dict[str, list[int]]) -> None:
    named = {"hospital": "市第一人民医院", "community": "临江社区居委会", "volunteer": "志愿者老周"}
    kinds = {"hospital": ("identity", "health"), "community": ("identity", "address", "phone"),
             "volunteer": ("identity", "interests")}  # fmt: skip
    for code, people in by_purpose.items():
        for person_id in people[:3]:
            until = book.today + timedelta(days=365) if code == "volunteer" else None
            key = f"demo-{code}-{person_id}"
            book.sharing.share(
                person_id,
                ShareEntry(code, code, named[code], kinds[code], until=until, client_key=key),
            )


def _ask(as_of: Callable[[date], Workbook], people: Sequence[int], today: date) -> None:
    asked = (("copy", 45, None), ("correct", 12, None), ("explain", 20, "已当面说明方案依据"))
    for person_id, (kind, days, answer) in zip(people, asked, strict=False):
        then = as_of(today - timedelta(days=days))
        number = then.rights.receive(person_id, RequestEntry(kind, client_key=f"demo-{kind}"))
        if answer:
            as_of(today - timedelta(days=days - 5)).rights.answer(number, "done", answer)
