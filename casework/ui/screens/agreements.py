"""Providers and agreements: who serves what, at what price, until when; what runs out soon on top.

Who: the supervisor who agrees with providers, the caseworker who looks one up. Decides: which
agreement to renew. Clicks: two to a new agreement.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from casework.reference import code_list
from casework.reference.catalogue import catalogue
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    Noted,
    NumberField,
    Page,
    Query,
    Screen,
    Shell,
    State,
    TextField,
    listed,
    stack,
)
from casework.ui.fields import read_all
from casework.ui.wording import day_text, spaced
from casework.workbook.money import yuan
from casework.workbook.providers import AgreementRow, ProviderEntry

__all__ = ["Agreements", "screen"]


class Agreements(Screen):
    """All agreements, and the forms for a provider and an agreement."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell,
            _("Providers and agreements"),
            lead=_("What was agreed for each service; what runs out first is on top."),
        )
        standing = self.wb.standing
        self.can_edit = shell.as_of is None and (standing is None or standing.role == "supervisor")
        self.table = DataTable(
            [
                Column("service", _("Service")),
                Column("provider", _("Provider")),
                Column("price", _("Price in yuan"), kind="number"),
                Column("left", _("Used and agreed"), kind="number"),
                Column("until", _("Until"), kind="state"),
            ],
            self.page,
            caption=_("Agreements"),
            search_hint=_("Service or provider"),
            empty=(
                _("No agreement yet."),
                _("Add a provider, then what was agreed: price, days and how much."),
            ),
        )
        self.slot = stack(css="cw-slot")
        ways = [
            self.action(_("Add a provider"), self.add_provider),
            self.action(_("Add an agreement"), self.agree, kind="primary"),
        ]
        self.ways = self.actions(*(ways if self.can_edit else []))
        self.body(self.slot, self.table, self.ways)

    def refresh(self) -> None:
        """Read the list again."""
        self.put_away()
        self.table.refresh()

    def page(self, query: Query) -> Page:
        """Give a page of the agreements."""
        rows = self.wb.providers.agreements(as_of=self.on)
        return listed([_cells(one) for one in rows])(query)

    def add_provider(self) -> None:
        """Open the form for a provider."""
        kinds = {one.code: one.label for one in code_list("provider_kind").entries}
        fields: list[Any] = [
            TextField("name", _("Name"), longest=200, required=True),
            ChoiceField("kind", _("Kind"), kinds, required=True),
            TextField("areas", _("Communities it serves"), longest=200,
                      hint=_("Several with 、 between them; empty: everywhere")),
            TextField("contact", _("Whom to call"), longest=200),
            TextField("phone", _("Phone"), longest=200),
        ]  # fmt: skip

        def save() -> None:
            read = read_all({one.name: one for one in fields})
            areas = (read["areas"] or "").replace("，", "、").split("、")
            self.wb.providers.add(
                ProviderEntry(
                    read["name"], read["kind"], tuple(areas), read["contact"], read["phone"]
                )
            )
            self.refresh()
            self.said(_("Added."))

        self._show(fields, save, "agreements.provider")

    def agree(self) -> None:
        """Open the form for an agreement."""
        items = catalogue(self.wb.agency.code)
        known = {str(one.id): one.name for one in self.wb.providers.list()}
        if not known:
            self.add_provider()
            return
        fields: list[Any] = [
            ChoiceField("provider", _("Provider"), known, most_chips=4, required=True),
            ChoiceField("item", _("Service"),
                        {code: str(one.label) for code, one in items.items()}, most_chips=0,
                        required=True),
            NumberField("price", _("Price in yuan"), least=0, most=Decimal(1_000_000),
                        whole=False, required=True, hint=_("For one unit; 0 where it is free")),
            DateField("since", _("From"), on=self.wb.today, required=True),
            DateField("until", _("Until"), on=self.wb.today, required=True),
            NumberField("quota", _("How much in all"), least=1,
                        hint=_("Empty: without a limit")),
        ]  # fmt: skip

        def save() -> None:
            read = read_all({one.name: one for one in fields})
            self.wb.providers.agree(
                int(read["provider"]), read["item"], price_fen=int(read["price"] * 100),
                since=read["since"], until=read["until"], quota=read["quota"],
            )  # fmt: skip
            self.refresh()
            self.said(_("Added."))

        self._show(fields, save, "agreements.new")

    def put_away(self) -> None:
        """Take the form away."""
        self.slot.children = []
        self.ways.layout.display = None

    def _show(self, fields: list[Any], save: Any, form: str) -> None:
        self.form = {one.name: one for one in fields}
        kept = self.keeps(form, self.form)
        self.save = self.action(_("Save"), save, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept)
        self.slot.children = [
            stack(*fields, stack(leave, self.save, css="cw-actions"), css="cw-editor")
        ]
        self.ways.layout.display = "none"
        fields[0].focus()


screen = Agreements


def _cells(one: AgreementRow) -> dict[str, object]:
    unit = code_list("item_unit").label_of(one.unit)
    until = day_text(one.valid_to)
    if one.days_left < 0:
        shown = State("excused", _("ended on {day}", day=until))
    elif one.expires_soon:
        shown = State("due", spaced(_("{n} days left", n=one.days_left)) + f"（{until}）")
    else:
        shown = State("ready", until)
    used = str(one.taken) if one.quota is None else f"{one.taken} / {one.quota}"
    return {
        "id": str(one.agreement_id),
        "service": one.title,
        "provider": Noted(one.provider, "、".join(one.areas) or _("everywhere")),
        "price": f"{yuan(one.price_fen)} / {unit}",
        "left": used,
        "until": shown,
    }
