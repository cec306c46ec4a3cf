"""What the database refuses about money and orders that one row does not show, whoever writes.

A payment begins as a proposal, is within the standard of its day, and is the only one of its period
under that standard's word, or with the others within its ceiling; what was said when it was
proposed is not changed afterwards, and no step is taken back. Every approval, cancellation and
return is entered at its budget, which refuses to be overdrawn (`casework.records.money.Budget`);
every order at its agreement. Standards stand as written: a later one is another row. Made anew
whenever a workbook is founded; on PostgreSQL the functions belong to the keeper and see every row,
whoever acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from casework.records.base import Base
from casework.records.triggers import remove_named

__all__ = ["REFUSALS", "install_money_guards", "remove_money_guards"]

REFUSALS = (
    "payments begin as proposals",
    "name the standard",
    "not the standard of its day",
    "over the standard",
    "given in this period already",
    "arrears of another payment",
    "stands as said",
    "steps are not taken back",
    "is kept",
    "orders begin as requests",
    "not the agreement of its days",
)
"""What the database says when it refuses, after the word ``casework:``."""

_MAY_CHANGE = {
    "payment": (
        "person_id", "approved_on", "approved_by", "paid_on", "paid_by", "cancelled_on",
        "returned_on", "end_reason",
    ),
    "standard": ("until", "superseded_at"),
    "budget": ("amount_fen", "committed_fen", "basis"),
    "agreement": ("valid_to", "quota", "taken"),
    "service_order": (
        "person_id", "task_id", "wanted_on", "wish", "provider_id", "agreement_id", "price_fen",
        "assigned_on", "accepted_on", "arrived_on", "completed_on", "served_by", "verified_on",
        "verified_by", "settled_on", "payment_id", "rated_on", "rating", "rating_note",
        "cancelled_on", "failed_on", "end_reason", "outside_ref",
    ),
}  # fmt: skip
_STEPS = ("approved_on", "approved_by", "paid_on", "paid_by", "cancelled_on", "returned_on")
_ORDER_STEPS = (
    "accepted_on", "arrived_on", "completed_on", "served_by", "verified_on", "verified_by",
    "settled_on", "payment_id", "rated_on", "rating", "cancelled_on", "failed_on",
)  # fmt: skip
_STANDS = "o.cancelled_on IS NULL AND o.returned_on IS NULL"
_TAKES = (
    "({row}.approved_on IS NOT NULL AND {row}.cancelled_on IS NULL AND {row}.returned_on IS NULL)"
)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What is refused: on which change of which table, when, in which words."""

    name: str
    change: str
    table: str
    when: str
    words: str


def install_money_guards(connection: Connection) -> None:
    """Put the guards on the tables; again changes nothing."""
    remove_money_guards(connection)
    write = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql
    for statement in write():
        connection.execute(text(statement.replace(":", r"\:")))


def remove_money_guards(connection: Connection) -> None:
    """Take the guards away: before others are put, or before older tables."""
    remove_named(connection, "money")


def _period(day: str) -> str:
    """Write the period of a day under a standard; ``day`` gives it as text."""
    return (
        f"CASE s.per WHEN 'once' THEN 'once' WHEN 'year' THEN substr({day}, 1, 4) "
        f"WHEN 'occasion' THEN NEW.period ELSE substr({day}, 1, 7) END"
    )


def _refusals(day: str) -> Iterator[_Refusal]:
    """Give what is refused, the same on both databases."""
    begun = " OR ".join(f"NEW.{one} IS NOT NULL" for one in _STEPS)
    yield _Refusal("payment_begins", "INSERT", "payment", begun, "payments begin as proposals")
    in_force = (
        "s.superseded_at IS NULL AND s.since <= NEW.entitled_on"
        " AND (s.until IS NULL OR s.until >= NEW.entitled_on)"
    )
    yield _Refusal(
        "payment_named",
        "INSERT",
        "payment",
        "NEW.standard_id IS NULL AND EXISTS (SELECT 1 FROM standard s "  # noqa: S608
        f"WHERE s.kind = NEW.kind AND {in_force})",
        "name the standard",
    )
    yield _Refusal(
        "payment_of_its_day",
        "INSERT",
        "payment",
        "NEW.standard_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM standard s "  # noqa: S608
        f"WHERE s.id = NEW.standard_id AND s.kind = NEW.kind AND {in_force} "
        f"AND NEW.period = {_period(day)} AND (s.per = 'day' OR NEW.quantity = 1))",
        "not the standard of its day",
    )
    yield _Refusal(
        "payment_arrears",
        "INSERT",
        "payment",
        "NEW.arrears_of_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payment o "  # noqa: S608
        "JOIN standard a ON a.id = o.standard_id JOIN standard s ON s.id = NEW.standard_id "
        f"WHERE o.id = NEW.arrears_of_id AND o.arrears_of_id IS NULL AND {_STANDS} "
        "AND o.person_id = NEW.person_id AND o.entitled_on = NEW.entitled_on "
        "AND o.period = NEW.period AND o.quantity = NEW.quantity AND a.exclusive = s.exclusive)",
        "arrears of another payment",
    )
    # Up to a ceiling it may be given in parts; what is owed, and a gift on an occasion, once.
    parts = "s.ceiling_fen IS NOT NULL AND s.per IN ('once', 'month', 'year')"
    given = (
        "COALESCE((SELECT sum(o.amount_fen) FROM payment o "  # noqa: S608
        "JOIN standard a ON a.id = o.standard_id "
        f"WHERE {_STANDS} AND CASE WHEN NEW.arrears_of_id IS NOT NULL "
        "THEN o.id = NEW.arrears_of_id OR o.arrears_of_id = NEW.arrears_of_id "
        "ELSE o.person_id = NEW.person_id AND o.period = NEW.period "
        f"AND a.exclusive = s.exclusive AND {parts} END), 0)"
    )
    yield _Refusal(
        "payment_within",
        "INSERT",
        "payment",
        "NEW.standard_id IS NOT NULL AND EXISTS (SELECT 1 FROM standard s "  # noqa: S608
        f"WHERE s.id = NEW.standard_id AND NEW.amount_fen + {given} > "
        "COALESCE(s.amount_fen, s.ceiling_fen) * NEW.quantity)",
        "over the standard",
    )
    yield _Refusal(
        "payment_once",
        "INSERT",
        "payment",
        "NEW.standard_id IS NOT NULL AND NEW.arrears_of_id IS NULL AND EXISTS (SELECT 1 "  # noqa: S608
        "FROM payment o JOIN standard a ON a.id = o.standard_id "
        "JOIN standard s ON s.id = NEW.standard_id WHERE o.person_id = NEW.person_id "
        # What topped up a payment that was taken back stands until it is taken back as well.
        f"AND o.period = NEW.period AND {_STANDS} "
        f"AND a.exclusive = s.exclusive AND NOT ({parts} AND a.ceiling_fen IS NOT NULL))",
        "given in this period already",
    )
    taken_back = " OR ".join(
        f"(OLD.{one} IS NOT NULL AND NEW.{one} IS DISTINCT FROM OLD.{one})" for one in _STEPS
    )
    yield _Refusal("payment_steps", "UPDATE", "payment", taken_back, "steps are not taken back")
    yield from _of_orders()
    for table, may in _MAY_CHANGE.items():
        changed = " OR ".join(
            f"NEW.{one} IS DISTINCT FROM OLD.{one}" for one in _columns(table) if one not in may
        )
        yield _Refusal(f"{table}_said", "UPDATE", table, changed, f"{table} stands as said")
        yield _Refusal(f"{table}_kept", "DELETE", table, "", f"{table} is kept")


def _of_orders() -> Iterator[_Refusal]:
    begun = " OR ".join(f"NEW.{one} IS NOT NULL" for one in ("assigned_on", *_ORDER_STEPS))
    yield _Refusal(
        "service_order_begins", "INSERT", "service_order", begun, "orders begin as requests"
    )
    # Whoever was asked may decline; once accepted, provider and price stand.
    settled = " OR ".join(
        f"(OLD.{one} IS NOT NULL AND NEW.{one} IS DISTINCT FROM OLD.{one})" for one in _ORDER_STEPS
    ) + "".join(
        f" OR (OLD.accepted_on IS NOT NULL AND NEW.{one} IS DISTINCT FROM OLD.{one})"
        for one in ("assigned_on", "provider_id", "agreement_id", "price_fen", "wanted_on")
    )
    yield _Refusal(
        "service_order_steps", "UPDATE", "service_order", settled, "steps are not taken back"
    )
    yield _Refusal(
        "service_order_agreed",
        "UPDATE",
        "service_order",
        "NEW.agreement_id IS NOT NULL AND NEW.agreement_id IS DISTINCT FROM OLD.agreement_id "
        "AND NOT EXISTS (SELECT 1 FROM agreement a WHERE a.id = NEW.agreement_id "
        "AND a.provider_id = NEW.provider_id AND a.item = NEW.item "
        "AND a.price_fen = NEW.price_fen AND NEW.wanted_on BETWEEN a.valid_from AND a.valid_to)",
        "not the agreement of its days",
    )


def _quota() -> Iterator[str]:
    """Write what takes an order's amount from its agreement, or gives it back."""
    for row, sign in (("OLD", "-"), ("NEW", "+")):
        yield (
            f"UPDATE agreement SET taken = taken {sign} {row}.quantity "  # noqa: S608
            f"WHERE id = {row}.agreement_id AND {row}.cancelled_on IS NULL "
            f"AND {row}.failed_on IS NULL"
        )


_QUOTA_MOVES = (
    "NEW.agreement_id IS DISTINCT FROM OLD.agreement_id "
    "OR (NEW.cancelled_on IS NULL) <> (OLD.cancelled_on IS NULL) "
    "OR (NEW.failed_on IS NULL) <> (OLD.failed_on IS NULL)"
)


def _columns(table: str) -> Sequence[str]:
    return [column.name for column in Base.metadata.tables[table].columns]


def _on_sqlite() -> Iterator[str]:
    for one in _refusals("NEW.entitled_on"):
        when = one.when.replace("IS DISTINCT FROM", "IS NOT")
        yield (
            f"CREATE TRIGGER money_{one.name} BEFORE {one.change} ON {one.table} FOR EACH ROW "
            f"{f'WHEN {when} ' if when else ''}"
            f"BEGIN SELECT RAISE(ABORT, 'casework: {one.words}'); END"
        )
    now_taken, was_taken = _TAKES.format(row="NEW"), _TAKES.format(row="OLD")
    yield (
        "CREATE TRIGGER money_payment_taken AFTER UPDATE ON payment FOR EACH ROW "  # noqa: S608  (our own names)
        f"WHEN {now_taken} <> {was_taken} BEGIN UPDATE budget SET committed_fen = committed_fen + "
        f"NEW.amount_fen * ({now_taken} - {was_taken}) WHERE id = NEW.budget_id; END"
    )

    yield (
        "CREATE TRIGGER money_service_order_taken AFTER UPDATE ON service_order FOR EACH ROW "
        f"WHEN {_QUOTA_MOVES.replace('IS DISTINCT FROM', 'IS NOT')} "
        f"BEGIN {'; '.join(_quota())}; END"
    )


def _on_postgresql() -> Iterator[str]:
    found = list(_refusals("to_char(NEW.entitled_on, 'YYYY-MM-DD')"))
    for table in _MAY_CHANGE:
        for change in ("INSERT", "UPDATE", "DELETE"):
            tests = [one for one in found if (one.table, one.change) == (table, change)]
            if not tests:
                continue
            # Nobody else gives the person anything meanwhile.
            lock = (
                "PERFORM 1 FROM person p WHERE p.id = NEW.person_id FOR NO KEY UPDATE; "
                if (table, change) == ("payment", "INSERT")
                else ""
            )
            refused = "".join(
                f"IF {one.when or 'true'} THEN RAISE EXCEPTION 'casework: {one.words}' "
                "USING ERRCODE = 'check_violation'; END IF; "
                for one in tests
            )
            yield from _function(
                f"{table}_{change.lower()}",
                f"BEFORE {change} ON {table}",
                f"{lock}{refused}RETURN {'OLD' if change == 'DELETE' else 'NEW'};",
            )
    now_taken, was_taken = _TAKES.format(row="NEW"), _TAKES.format(row="OLD")
    yield from _function(
        "payment_taken",
        "AFTER UPDATE ON payment",
        f"IF {now_taken} <> {was_taken} THEN UPDATE budget SET committed_fen = committed_fen + "  # noqa: S608
        f"NEW.amount_fen * ({now_taken}::integer - {was_taken}::integer) "
        "WHERE id = NEW.budget_id; END IF; RETURN NULL;",
    )
    yield from _function(
        "service_order_taken",
        "AFTER UPDATE ON service_order",
        f"IF {_QUOTA_MOVES} THEN {'; '.join(_quota())}; END IF; RETURN NULL;",
    )


def _function(name: str, when: str, body: str) -> Iterator[str]:
    yield (
        f"CREATE FUNCTION money_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    )
    yield f"CREATE TRIGGER money_{name} {when} FOR EACH ROW EXECUTE FUNCTION money_{name}()"
