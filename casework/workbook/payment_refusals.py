"""What the database refuses about money, as sentences: what is wrong, what is accepted, what to do.

The refusals themselves are in :mod:`casework.records.money` and `casework.records.money_guard`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from casework.errors import CaseworkError, InvalidEntry, NotPermitted
from casework.terms import _

__all__ = ["said_plainly"]


@contextmanager
def said_plainly() -> Iterator[None]:
    """Say in a sentence what the database refused about money, around a transaction."""
    try:
        yield
    except IntegrityError as error:
        told = _sentence(str(error.orig))
        if told is None:
            raise
        raise told from None


def _sentence(refusal: str) -> CaseworkError | None:
    """Say what the database refused about money; None where it refused something else."""
    if "ck_budget_within" in refusal:
        return InvalidEntry(
            _("The budget does not hold that much any more. Read the list again."), "budget"
        )
    if "ck_payment_own_proposal" in refusal:
        return NotPermitted(_("You proposed one of these yourself. Somebody else approves it."))
    if "given in this period already" in refusal:
        return InvalidEntry(
            _(
                "Under this standard, or another tier of it, something was given or proposed for "
                "the person in this period already. Tiers are not added together."
            ),
            "standard",
        )
    if "over the standard" in refusal:
        return InvalidEntry(
            _("The amount is over the standard of its day. Give that or less."), "amount"
        )
    if "not the standard of its day" in refusal:
        return InvalidEntry(
            _("This standard does not hold on that day, or is for something else. Choose again."),
            "standard",
        )
    if "name the standard" in refusal:
        return InvalidEntry(
            _("There is a standard for this kind of payment. Choose which one it rests on."),
            "standard",
        )
    if "arrears of another payment" in refusal:
        return InvalidEntry(
            _("The payment that this tops up was taken back or is another one."), "payment"
        )
    return None
