"""Versions of a person's plan, and what people decide about them.

Decides that a version in force is never changed in what it asks for: a change is a new draft, with
a reason where it deviates from a rule, and comes into force by approval. The steps are in
:mod:`casework.planning.lifecycle`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.planning import in_force, next_state, steps_from
from casework.records import Need, Person, PlanItem, ServicePlan
from casework.records.base import now
from casework.rules import Obligation
from casework.rules.timing import timing_from
from casework.terms import Label, _
from casework.workbook.need_lists import title_of
from casework.workbook.plan_entered import ItemChange, put_amount, reason_of, with_entered
from casework.workbook.plan_needs import bare_needs
from casework.workbook.plan_rows import duty_of, item_values
from casework.workbook.plan_told import PlanDifference, PlanLine, PlanVersion, content_of, line_of

__all__ = ["Versions"]

_CONTENT = (
    "rule_code", "service", "title", "title_en", "domain", "actor", "channels", "place", "quota",
    "per", "timing", "duration_minutes", "amount", "unit", "priority", "responsible", "clause",
    "reasons",
    "deviation_reason", "need_id",
)  # fmt: skip


class Versions:
    """What can be read of plans and decided about them, within one transaction.

    Parameters
    ----------
    role, name : str
        Of whoever acts.
    """

    def __init__(self, session: Session, *, today: date, role: str, name: str) -> None:
        self.session = session
        self.today = today
        self.role = role
        self.name = name

    # --- reading --------------------------------------------------------------------------------

    def of_person(self, person_id: int) -> list[PlanVersion]:
        """List all versions of a person's plan, the newest first."""
        found = self.session.scalars(
            select(ServicePlan)
            .where(ServicePlan.person_id == person_id)
            .order_by(ServicePlan.plan_version.desc())
        )
        return self._told(found)

    def in_force(self, person_id: int, as_of: date) -> PlanVersion | None:
        """Give the version in force on a day."""
        found = in_force(
            self.session.scalars(
                select(ServicePlan).where(ServicePlan.person_id == person_id)
            ).all(),
            as_of,
        )
        return self._told([found])[0] if found is not None else None

    def version(self, plan_id: int) -> PlanVersion:
        """Give one version.

        Raises
        ------
        NotFound
            When there is none of this number.
        """
        return self._told([self._plan(plan_id)])[0]

    def difference(self, plan_id: int) -> PlanDifference:
        """Tell what a version changes against the one in force."""
        plan = self.version(plan_id)
        present = self.in_force(plan.person_id, self.today)
        old = {one.key: one for one in present.lines if one.state != "declined"} if present else {}
        new = {one.key: one for one in plan.lines if one.state != "declined"}
        return PlanDifference(
            added=tuple(one for key, one in new.items() if key not in old),
            removed=tuple(one for key, one in old.items() if key not in new),
            changed=tuple(
                (old[key], one)
                for key, one in new.items()
                if key in old and content_of(one) != content_of(old[key])
            ),
        )

    # --- drafting -------------------------------------------------------------------------------

    def draft(self, person_id: int) -> PlanVersion:
        """Give the draft that is being worked on, a copy of the version in force if there is none.

        Raises
        ------
        NotPermitted
            While a version waits for a decision.
        """
        plans = self.session.scalars(
            select(ServicePlan).where(ServicePlan.person_id == person_id).with_for_update()
        ).all()
        for plan in plans:
            if plan.state == "draft":
                return self._told([plan])[0]
            if plan.state in ("submitted", "approved"):
                raise NotPermitted(
                    _(
                        "Version {n} of this plan waits for a decision or its day. Withdraw it or "
                        "wait before changing the plan again.",
                        n=plan.plan_version,
                    )
                )
        if not plans and self.session.get(Person, person_id) is None:
            raise NotFound(_("There is no person with the number {id}.", id=person_id))
        present = in_force(plans, self.today)
        draft = ServicePlan(
            person_id=person_id,
            plan_version=max((one.plan_version for one in plans), default=0) + 1,
            state="draft",
            origin="worker",
            rule_set_id=present.rule_set_id if present is not None else None,
            drafted_at=now(),
            drafted_by=self.name,
        )
        self.session.add(draft)
        self.session.flush()
        for item in self._items([present.id]) if present is not None else ():
            copied = {name: getattr(item, name) for name in _CONTENT}
            self.session.add(
                PlanItem(
                    plan_id=draft.id,
                    item_key=item.item_key,
                    origin=item.origin,
                    state=item.state,
                    **copied,
                )
            )
        self.session.flush()
        return self._told([draft])[0]

    def accept(self, plan_id: int, keys: Iterable[str] | None, reasons: Mapping[str, Any]) -> int:
        """Say yes to proposed items, keeping the reasons that stood beside them."""
        plan = self._plan(plan_id)
        self._require(plan, ("draft", "submitted", "active"))
        wanted = set(keys) if keys is not None else None
        accepted = 0
        for item in self._items([plan.id]):
            if wanted is not None and item.item_key not in wanted:
                continue
            if item.state == "proposed" or (wanted is not None and item.state == "declined"):
                if item.state == "declined":
                    self._require(plan, ("draft",))
                    item.deviation_reason = None
                item.state = "accepted"
                item.reasons = reasons.get(item.item_key, item.reasons)
                accepted += 1
        return accepted

    def change(self, plan_id: int, key: str, entered: ItemChange, reason: str) -> None:
        """Let an item ask for something else than its rule, with the reason.

        Raises
        ------
        InvalidEntry
            When a code is unknown, or the reason is missing.
        NotPermitted
            When the version is no draft.
        """
        item = self._draft_item(plan_id, key)
        if item.origin == "rule":
            item.deviation_reason = reason_of(reason)
            item.state = "changed"
        duty, since = duty_of(item)
        timing = entered.timing
        new = with_entered(duty, entered)
        begins = self.today if timing is not None else since
        self._set(item, new, begins)
        put_amount(item, entered)

    def decline(self, plan_id: int, key: str, reason: str) -> None:
        """Leave an item out of the plan, with the reason; it stays visible as left out."""
        item = self._draft_item(plan_id, key)
        item.deviation_reason = reason_of(reason)
        item.state = "declined"

    def add(
        self, plan_id: int, entered: ItemChange, *, need_id: int | None, reason: str | None
    ) -> str:
        """Add an item by hand, for a need or with a reason, and give its key."""
        plan = self._plan(plan_id)
        self._require(plan, ("draft",))
        need = self.session.get(Need, need_id) if need_id is not None else None
        if need_id is not None and (need is None or need.person_id != plan.person_id):
            raise NotFound(_("This person has no need with the number {id}.", id=need_id))
        why = reason_of(reason or "") if need is None else (reason or None)
        if not entered.title or entered.timing is None or entered.service is None:
            raise InvalidEntry(
                _("An item needs a title, a service and how often. Enter what is missing."), "item"
            )
        key = f"manual:{self._next_number(plan.person_id)}"
        blank = Obligation(
            key,
            Label(zh=entered.title, en=entered.title),
            entered.service,
            timing_from(entered.timing),
            "caseworker",
            domain=need.domain if need is not None else None,
        )
        item = PlanItem(
            plan_id=plan.id,
            item_key=key,
            origin="manual",
            state="accepted",
            service=entered.service,
            title=entered.title,
            deviation_reason=why,
            need_id=need_id,
        )
        self._set(item, with_entered(blank, entered), self.today)
        put_amount(item, entered)
        self.session.add(item)
        self.session.flush()
        return key

    def remove(self, plan_id: int, key: str) -> None:
        """Take an item added by hand out of the coming version; the version before keeps it."""
        item = self._draft_item(plan_id, key)
        if item.origin != "manual":
            raise NotPermitted(_("What a rule asks for is declined with a reason, not removed."))
        item.state = "declined"
        item.deviation_reason = item.deviation_reason or _("removed")

    # --- steps ----------------------------------------------------------------------------------

    def step(
        self,
        plan_id: int,
        code: str,
        *,
        comment: str | None = None,
        on: date | None = None,
        none_bare: bool = False,
    ) -> ServicePlan:
        """Take a step with a version.

        Parameters
        ----------
        comment : str or None
            Required when a version is returned.
        on : date or None
            First day of an approved version; None for today.
        none_bare : bool
            That it leaves no open need bare was looked up already, with those of others.

        Raises
        ------
        NotPermitted
            When state or role do not allow it, or when a version that is submitted or approved
            leaves an open need without an item and without a reason.
        InvalidEntry
            When the comment is missing, or the first day is past.
        """
        plan = self._plan(plan_id)
        target = next_state(plan.state, code, self.role)  # type: ignore[arg-type]
        if code in ("submit", "approve") and not none_bare:
            self.refuse_bare(plan)
        if code == "return":
            plan.comment = reason_of(comment or "")
        elif comment:
            plan.comment = comment
        if code == "submit":
            plan.submitted_at, plan.submitted_by = now(), self.name
        if code in ("approve", "return"):
            plan.decided_at, plan.decided_by = now(), self.name
        if code == "approve":
            begins = on or self.today
            if begins < self.today:
                raise InvalidEntry(
                    _("A plan cannot begin in the past. Choose today or a later day."),
                    "effective_from",
                    begins,
                )
            plan.effective_from = begins
        if code == "close":
            plan.effective_to = self.today
        plan.state = target
        plan.row_version += 1
        self.session.flush()
        return plan

    def refuse_bare(self, plan: ServicePlan) -> None:
        """Refuse a version that leaves an open need without an item and without a reason.

        Raises
        ------
        NotPermitted
            Naming what nobody has thought of.
        """
        bare = bare_needs(self.session, plan.person_id, plan.id, self.today)
        if bare:
            titles = [title_of(self.session.get_one(Need, one)) for one in bare]
            raise NotPermitted(
                _(
                    "Nothing in version {n} answers “{needs}”, and no reason says why not. Arrange "
                    "something for it, or write down why nothing is arranged.",
                    n=plan.plan_version,
                    needs=_("; ").join(titles),
                )
            )

    # --- parts ----------------------------------------------------------------------------------

    def _plan(self, plan_id: int) -> ServicePlan:
        found = self.session.get(ServicePlan, plan_id)
        if found is None:
            raise NotFound(_("There is no plan with the number {id}.", id=plan_id))
        return found

    def _require(self, plan: ServicePlan, states: Sequence[str]) -> None:
        if plan.state not in states:
            raise NotPermitted(
                _(
                    "Version {n} of this plan is not a draft and is not changed any more. Start a "
                    "new draft.",
                    n=plan.plan_version,
                )
            )

    def _draft_item(self, plan_id: int, key: str) -> PlanItem:
        plan = self._plan(plan_id)
        self._require(plan, ("draft",))
        found = self.session.scalar(
            select(PlanItem).where(PlanItem.plan_id == plan_id, PlanItem.item_key == key)
        )
        if found is None:
            raise NotFound(_("This version of the plan has no item {key}.", key=key))
        return found

    def _set(self, item: PlanItem, duty: Obligation, since: date) -> None:
        for name, value in item_values(duty, item.rule_code, since).items():
            setattr(item, name, value)

    def _next_number(self, person_id: int) -> int:
        keys = self.session.scalars(
            select(PlanItem.item_key)
            .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
            .where(ServicePlan.person_id == person_id, PlanItem.origin == "manual")
        )
        return max((int(key.partition(":")[2]) for key in keys), default=0) + 1

    def _items(self, plan_ids: Sequence[int]) -> Sequence[PlanItem]:
        return self.session.scalars(
            select(PlanItem).where(PlanItem.plan_id.in_(plan_ids)).order_by(PlanItem.id)
        ).all()

    def _told(self, plans: Iterable[ServicePlan]) -> list[PlanVersion]:
        listed = list(plans)
        lines: dict[int, list[PlanLine]] = {}
        for item in self._items([plan.id for plan in listed]):
            lines.setdefault(item.plan_id, []).append(line_of(item))
        return [
            PlanVersion(
                plan_id=plan.id,
                person_id=plan.person_id,
                version=plan.plan_version,
                state=plan.state,
                origin=plan.origin,
                effective_from=plan.effective_from,
                effective_to=plan.effective_to,
                drafted_at=plan.drafted_at,
                drafted_by=plan.drafted_by,
                submitted_by=plan.submitted_by,
                decided_by=plan.decided_by,
                comment=plan.comment,
                lines=tuple(lines.get(plan.id, ())),
                possible=steps_from(plan.state, self.role),  # type: ignore[arg-type]
            )
            for plan in listed
        ]
