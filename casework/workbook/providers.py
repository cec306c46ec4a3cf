"""Providers and agreements through the door: who gives which service, at what price, until when.

Decides which agreements serve an order and which run out soon (S1-46); that a quota is never
exceeded is held by the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from casework.errors import InvalidEntry, NotFound
from casework.records import Agreement, Provider
from casework.records.base import now
from casework.records.orders import PROVIDER_KINDS
from casework.reference.catalogue import ServiceItem, catalogue
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["EXPIRES_SOON_DAYS", "AgreementRow", "ProviderEntry", "Providers"]

EXPIRES_SOON_DAYS = 60
"""So many days before its end an agreement is called to mind."""

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """What is entered about a provider; ``areas`` empty serves everywhere."""

    name: str
    kind: str
    areas: tuple[str, ...] = ()
    contact: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One agreement on a day; prices in fen a unit of its service.

    Attributes
    ----------
    left : int or None
        What can still be ordered; None without a quota.
    days_left : int
        Until its last day; negative after it.
    expires_soon : bool
        In force, and within `EXPIRES_SOON_DAYS` of its end.
    """

    agreement_id: int
    provider_id: int
    provider: str
    kind: str
    phone: str | None
    areas: tuple[str, ...]
    item: str
    title: str
    unit: str
    price_fen: int
    valid_from: date
    valid_to: date
    quota: int | None
    taken: int
    left: int | None
    days_left: int
    expires_soon: bool


class Providers:
    """What is done with providers and agreements.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def add(self, entry: ProviderEntry) -> int:
        """Write a provider down, and give its id.

        Raises
        ------
        InvalidEntry
            If the name is missing or taken, or the kind is not known.
        """
        name = entry.name.strip()[:_LONGEST]
        if not name or entry.kind not in PROVIDER_KINDS:
            raise InvalidEntry(_("Give the provider a name, and choose its kind."), "name", name)
        with self._workbook.transaction() as session:
            if session.scalar(select(Provider.id).where(Provider.name == name)) is not None:
                raise InvalidEntry(_("There is a provider {name} already.", name=name), "name")
            provider = Provider(
                name=name,
                kind=entry.kind,
                areas=[one.strip() for one in entry.areas if one.strip()] or None,
                contact=(entry.contact or "").strip()[:_LONGEST] or None,
                phone=(entry.phone or "").strip()[:_LONGEST] or None,
                recorded_at=now(),
                recorded_by=self._workbook.actor.name,
            )
            session.add(provider)
            session.flush()
            self._workbook.log(
                session, "add_provider", "provider", provider.id, after={"name": name}
            )
        return provider.id

    def list(self, *, as_of: date | None = None) -> Sequence[Provider]:
        """List the providers that work on a day, by name."""
        day = as_of or self._workbook.today
        query = select(Provider).where(or_(Provider.closed_on.is_(None), Provider.closed_on > day))
        with self._workbook.reading() as session:
            return session.scalars(query.order_by(Provider.name)).all()

    def agree(
        self,
        provider_id: int,
        item: str,
        *,
        price_fen: int,
        since: date,
        until: date,
        quota: int | None = None,
    ) -> int:
        """Write an agreement down, and give its id.

        Raises
        ------
        InvalidEntry
            If the service is not in the catalogue, it ends before it begins, or price or quota
            cannot be.
        NotFound
            If there is no such provider.
        """
        if item not in catalogue(self._workbook.agency.code):
            raise InvalidEntry(_("Choose a service of the catalogue."), "item", item)
        if until < since:
            raise InvalidEntry(_("It ends before it begins. Correct one of the days."), "until")
        if price_fen < 0 or (quota is not None and quota <= 0):
            raise InvalidEntry(
                _("Give a price of 0 yuan or more, and a quantity of 1 or more."), "price"
            )
        with self._workbook.transaction() as session:
            if session.get(Provider, provider_id) is None:
                raise NotFound(_("There is no provider with the number {id}.", id=provider_id))
            agreement = Agreement(
                provider_id=provider_id,
                item=item,
                price_fen=price_fen,
                valid_from=since,
                valid_to=until,
                quota=quota,
                recorded_at=now(),
                recorded_by=self._workbook.actor.name,
            )
            session.add(agreement)
            session.flush()
            self._workbook.log(
                session, "agree", "agreement", agreement.id,
                after={"item": item, "price_fen": price_fen, "until": str(until), "quota": quota},
            )  # fmt: skip
        return agreement.id

    def extend(self, agreement_id: int, *, until: date, quota: int | None) -> None:
        """Change the last day and the quota of an agreement; what was ordered keeps its price.

        Raises
        ------
        InvalidEntry
            If more than that is ordered already, or it ends before it begins.
        """
        try:
            with self._workbook.transaction() as session:
                agreement = session.get(Agreement, agreement_id, with_for_update=True)
                if agreement is None:
                    raise NotFound(
                        _("There is no agreement with the number {id}.", id=agreement_id)
                    )
                agreement.valid_to, agreement.quota = until, quota
                session.flush()
                self._workbook.log(
                    session, "extend_agreement", "agreement", agreement_id,
                    after={"until": str(until), "quota": quota},
                )  # fmt: skip
        except IntegrityError as error:
            if "ck_agreement" not in str(error.orig):
                raise
            raise InvalidEntry(
                _("More than that is ordered already, or it ends before it begins."), "quota"
            ) from None

    def agreements(
        self, *, item: str | None = None, in_force: bool = False, as_of: date | None = None
    ) -> Sequence[AgreementRow]:
        """List agreements, those that run out first on top.

        Parameters
        ----------
        in_force : bool
            Only those that hold on the day and have something left.
        """
        day = as_of or self._workbook.today
        query = select(Agreement, Provider).join(Provider, Provider.id == Agreement.provider_id)
        if item is not None:
            query = query.where(Agreement.item == item)
        if in_force:
            query = query.where(
                Agreement.valid_from <= day,
                Agreement.valid_to >= day,
                or_(Agreement.quota.is_(None), Agreement.taken < Agreement.quota),
                or_(Provider.closed_on.is_(None), Provider.closed_on > day),
            )
        with self._workbook.reading() as session:
            found = session.execute(query.order_by(Agreement.valid_to, Agreement.id)).all()
        items = catalogue(self._workbook.agency.code)
        return [_row(one, provider, day, items) for one, provider in found]


def _row(
    one: Agreement, provider: Provider, day: date, items: Mapping[str, ServiceItem]
) -> AgreementRow:
    known = items.get(one.item)
    left = None if one.quota is None else one.quota - one.taken
    return AgreementRow(
        agreement_id=one.id,
        provider_id=provider.id,
        provider=provider.name,
        kind=provider.kind,
        phone=provider.phone,
        areas=tuple(provider.areas or ()),
        item=one.item,
        title=str(known.label) if known else one.item,
        unit=known.unit if known else "time",
        price_fen=one.price_fen,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        quota=one.quota,
        taken=one.taken,
        left=left,
        days_left=(one.valid_to - day).days,
        expires_soon=one.valid_from <= day <= one.valid_to
        and one.valid_to - day <= timedelta(days=EXPIRES_SOON_DAYS),
    )
