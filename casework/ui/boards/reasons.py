"""Why a row is on the list behind a figure, in a sentence, and which columns tell it.

Decides the words for rows of every family of `casework.indicators.rows`; rows themselves are plain
values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from casework.indicators import Figure, Scope
from casework.instruments.library import instrument
from casework.reference import code_list, fact
from casework.reference.services import services
from casework.terms import _, language
from casework.ui import Column, Noted, State
from casework.ui.contact_fields import plain_clause
from casework.ui.pair_cells import seat_name, vetting_cell
from casework.ui.wording import ago_text, day_text, span_text

__all__ = ["cells_of", "columns_of", "row_why", "target_of"]

Row = Mapping[str, Any]


def columns_of(figure: Figure) -> list[Column]:
    """Give the columns of the list behind a figure; the first one names the row."""
    name = Column("name", _("Name"))
    age = Column("age", _("Age"), kind="number")
    unit = Column("unit", _("Unit"), phone="hide")
    why = Column("why", _("Why on this list"), sortable=False, phone="bare")
    families: dict[str, Callable[[], list[Column]]] = {
        "people": lambda: [
            name,
            age,
            Column("category", _("Category"), phone="hide"),
            unit,
            *([why] if _has_reasons(figure) else []),
            Column("last_on", _("Last contact"), kind="date"),
        ],
        "contacted_people": lambda: [
            name,
            Column("times", _("Times"), kind="number"),
            Column("unit", _("Unit"), sortable=False, phone="hide"),
            Column("last_on", _("Last contact"), kind="date", sortable=False),
        ],
        "person_times": lambda: [
            name,
            Column("happened_on", _("Day"), kind="date"),
            Column("channel", _("Channel"), phone="bare"),
            Column("outcome", _("Outcome"), sortable=False),
            Column("by", _("Who went"), sortable=False),
        ],
        "tasks": lambda: [
            name,
            Column("service", _("Task"), phone="bare"),
            Column("due_on", _("Last day"), kind="state"),
            Column("owner", _("Worker")),
            unit,
        ],
        "dossier_items": lambda: [
            name,
            Column("item", _("Core fact")),
            Column("value", _("Value"), sortable=False),
            Column("verified_on", _("Last verified")),
        ],
        "plans": lambda: [
            name,
            Column("version", _("Version"), kind="number", sortable=False),
            Column("items", _("Items"), kind="number", sortable=False),
            Column("since", _("Waiting since")),
            Column("by", _("Drawn up by"), sortable=False),
        ],
        "standing_plans": lambda: [
            name,
            Column("own", _("Made for this person"), sortable=False, phone="bare"),
            Column("alike", _("Shared with others, %"), kind="number"),
        ],
        "shared_items": lambda: [
            name,
            Column("service", _("Item")),
            Column("lead", _("Who leads"), sortable=False),
            Column("support", _("Who helps"), sortable=False, phone="bare"),
        ],
        "needs": lambda: [
            name,
            Column("need", _("Need"), sortable=False),
            Column("severity", _("How pressing"), kind="state", sortable=False),
            Column("opened_on", _("Days open"), kind="number"),
            Column("owner", _("Who answers for it"), phone="hide"),
        ],
        "issues": lambda: [
            Column("issue", _("Issue"), sortable=False),
            name,
            Column("stage", _("Stage")),
            Column("due_on", _("Last day"), kind="state"),
            Column("owner", _("Who answers for it"), phone="hide"),
        ],
        "pairs": lambda: [
            name,
            Column("helper", _("Helper")),
            Column("heard_on", _("Last heard of")),
            Column("role", _("Seat"), phone="hide"),
            Column("vetting", _("Vetting"), kind="state", sortable=False),
        ],
        "paired_people": lambda: [
            name,
            Column("since", _("Paired since"), kind="date"),
            Column("before", _("Before the pair"), sortable=False),
            Column("after", _("Since the pair"), sortable=False),
            Column("why", _("To find out"), sortable=False, phone="bare"),
        ],
        "import_problems": lambda: [
            Column("place", _("Row")),
            Column("field", _("Column")),
            Column("value", _("As typed"), sortable=False),
            Column("message", _("Problem"), sortable=False, phone="bare"),
        ],
        "held_rows": lambda: [
            Column("place", _("Row")),
            Column("reason", _("Why held back"), sortable=False, phone="bare"),
        ],
    }
    return families[figure.rows.family]()


def cells_of(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    """Give the cells of a row; what is not known is None, and shown as not known."""
    families: dict[str, Callable[[Row, Figure, Scope], dict[str, object]]] = {
        "people": _person_cells,
        "contacted_people": _person_cells,
        "person_times": _time_cells,
        "tasks": _task_cells,
        "dossier_items": _item_cells,
        "plans": _plan_cells,
        "standing_plans": _standing_cells,
        "shared_items": _shared_cells,
        "needs": _need_cells,
        "issues": _issue_cells,
        "pairs": _pair_cells,
        "paired_people": _outcome_cells,
        "import_problems": _problem_cells,
        "held_rows": _held_cells,
    }
    return {"id": row["key"], **families[figure.rows.family](row, figure, scope)}


def target_of(row: Row, figure: Figure) -> tuple[str, dict[str, object]]:
    """Give the place that a row leads to: the dossier, the plan, or the imports."""
    if figure.rows.family == "plans":
        return "plan", {"person": row["person_id"], "plan": row["key"]}
    if figure.rows.family == "held_rows":
        return "held", {"row": row["key"]}
    if figure.rows.family in ("standing_plans", "shared_items"):
        return "plan", {"person": row["person_id"]}
    if figure.rows.family == "needs":
        return "needs", {"person": row["person_id"], "need": row["key"]}
    if figure.rows.family == "issues":
        return "issue", {"id": row["key"]}
    if figure.rows.family == "pairs":
        return "pairs", {"person": row["person_id"]}
    if row.get("person_id") is None:
        return "intake", {}
    return "person", {"id": row["person_id"]}


def _has_reasons(figure: Figure) -> bool:
    """Tell whether the reason is other than the last contact, which has its own column."""
    return any(
        test.column.startswith(("group_", "age", "charted"))
        or (test.column == "category" and test.value is None)
        for test in figure.rows.tests
    )


def row_why(row: Row, figure: Figure, scope: Scope) -> str:
    """Say why a person is on the list behind a figure."""
    columns = {test.column: test.value for test in figure.rows.tests}
    said: list[str] = []
    for column, value in columns.items():
        if column == "group_any":
            said.append(_groups_why(row, value, scope))
        elif column.startswith("group_"):
            said += _group_why(row, column.removeprefix("group_"), scope)
        elif column in ("recent", "no_record"):
            said.append(_contact_why(row, scope))
        elif column in ("age", "age_low", "age_high", "age_band", "charted"):
            said.append(_birth_why(row))
            if column == "charted" and row["sex"] is None:
                said.append(_("sex not known"))
        elif column == "category" and value is None:
            said.append(_("category not known"))
    return _("; ").join(dict.fromkeys(said))


def _contact_why(row: Row, scope: Scope) -> str:
    if row["last_on"] is not None:
        return _(
            "last reached {day}, {ago}",
            day=day_text(row["last_on"]),
            ago=ago_text(row["last_on"], scope.as_of),
        )
    if row["opened_on"] is not None:
        return _("never reached; in care since {day}", day=day_text(row["opened_on"]))
    return _("never reached so far")


def _birth_why(row: Row) -> str:
    if row["born_on_earliest"] is None:
        return _("birth date not known")
    return _("born {day}", day=span_text(row["born_on_earliest"], row["born_on_latest"]))


def _groups_why(row: Row, value: int | None, scope: Scope) -> str:
    """Name the groups somebody is in, or those of which it is not known."""
    groups = scope.agency.groups
    found = [str(groups[code].label) for code, told in row["groups"].items() if told == value]
    words = _(", ").join(found)
    return words if value is not None else _("not known: {groups}", groups=words)


def _group_why(row: Row, name: str, scope: Scope) -> list[str]:
    """Say what the dossier holds on each thing that a group rests on."""
    group = scope.agency.groups[name]
    said = [_birth_why(row)] if group.min_age else []
    for code in (group.fact, group.count_of):
        if code:
            said.append(f"{fact(code).label}{_(': ')}{_values(code, row['facts'].get(code))}")
    return said


def _values(code: str, values: list[str] | None) -> str:
    if values is None:
        return _("not known")
    return _(", ").join(fact(code).show(one) for one in values) or _("none")


def _person_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    sex = code_list("sex").label_of(row["sex"]) if row["sex"] else _("sex not known")
    living = row["facts"].get("living")
    about = " · ".join(filter(None, (sex, _values("living", living) if living else "")))
    last: object = State("warning", _("never reached"))
    if row["last_on"] is not None:
        how = code_list("channel").label_of(row["last_channel"])
        last = Noted(row["last_on"], f"{ago_text(row['last_on'], scope.as_of)} · {how}")
    return {
        "name": Noted(row["name"], about),
        "age": _age(row),
        "category": code_list("category").label_of(row["category"]) if row["category"] else None,
        "unit": _named(row["unit"]),
        "last_on": last,
        "times": row.get("times"),
        "why": row_why(row, figure, scope) or "–",
    }


def _age(row: Row) -> object:
    if row["age"] is not None or row["age_low"] is None:
        return row["age"]
    return State("unknown", _("{low} or {high}", low=row["age_low"], high=row["age_high"]))


def _named(names: tuple[str, str] | None) -> str | None:
    return None if names is None else names[1 if language() == "en" else 0]


def _time_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    return {
        "name": row["name"],
        "happened_on": row["happened_on"],
        "channel": code_list("channel").label_of(row["channel"]),
        "outcome": code_list("outcome").label_of(row["outcome"]),
        "by": _(", ").join(row["by"]),
    }


def _task_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    known = services().get(row["service"])
    title = _named(row["title"]) or (str(known.label) if known else row["service"])
    over = row["days_over"]
    words = _("{n} days overdue", n=over) if over > 0 else _("{n} days left", n=-over)
    state = State("overdue" if over > 0 else "due", words if over else _("due today"))
    return {
        "name": Noted(row["name"], _aged(row)),
        "service": Noted(title, plain_clause(row["clause"])) if row["clause"] else title,
        "due_on": Noted(state, day_text(row["due_on"])),
        "owner": row["owner"],
        "unit": _named(row["unit"]),
    }


def _aged(row: Row) -> str:
    return _("aged {n}", n=row["age"]) if row["age"] is not None else _("age not known")


def _item_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    definition = fact(row["code"])
    values = row["values"]
    verified: object = row["verified_on"] or State("warning", _("never verified"))
    if row["verified_on"] is not None:
        limit = _("to be verified every {n} days", n=definition.verify_days)
        verified = Noted(row["verified_on"], limit)
    return {
        "name": Noted(row["name"], _aged(row)),
        "item": str(definition.label),
        "value": None if values is None else _values(row["code"], values),
        "verified_on": "–" if values is None else verified,
    }


def _plan_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    return {
        "name": Noted(row["name"], _aged(row)),
        "version": row["plan_version"],
        "items": row["n_items"],
        "since": row["since"],
        "by": row["by"],
    }


def _standing_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    return {
        "name": Noted(row["name"], _aged(row)),
        "own": _("; ").join(row["own"]) or _("nothing but what the rules ask of everybody"),
        "alike": row["alike"],
    }


def _shared_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    in_english = language() == "en" and row["title_en"]
    title = row["title_en"] if in_english else row["title"]
    return {
        "name": row["name"],
        "service": Noted(title, str(services()[row["service"]].label)),
        **{part: _parties(row[part]) for part in ("lead", "support")},
    }


def _parties(codes: list[str]) -> str:
    actors = code_list("actor")
    return _(", ").join(actors.label_of(one) for one in codes) or "–"


def _need_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    severity = code_list("need_severity").label_of(row["severity"])
    sign = {"high": "overdue", "medium": "due"}.get(row["severity"], "ready")
    return {
        "name": Noted(row["name"], _aged(row)),
        "need": Noted(row["title"], code_list("need_domain").label_of(row["domain"])),
        "severity": State(sign, severity),
        "opened_on": row["days_open"],
        "owner": row["owner"],
    }


def _issue_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    over = row["days_over"]
    words = _("{n} days overdue", n=over) if over > 0 else _("{n} days left", n=-over)
    state = State("overdue" if over > 0 else "due", words if over else _("due today"))
    return {
        "issue": Noted(row["title"], code_list("issue_kind").label_of(row["kind"])),
        "name": row["name"] or "–",
        "stage": code_list("issue_stage").label_of(row["stage"]),
        "due_on": Noted(state, day_text(row["due_on"])),
        "owner": row["owner"],
    }


def _pair_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    heard: object = State("warning", _("nothing heard yet"))
    if row["heard_on"] is not None:
        heard = Noted(row["heard_on"], ago_text(row["heard_on"], scope.as_of))
    return {
        "name": row["name"],
        "helper": row["helper"],
        "heard_on": heard,
        "role": seat_name(scope.agency, row["role"]),
        "vetting": vetting_cell(row["vetting"]),
    }


def _outcome_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    first = row["before"]
    to_find = {
        None: "–",
        "since": _("since when they are paired"),
        "before": _("nothing can be found out any more: nobody asked before the pair began"),
        "both": _("how lonely they are now; what it was before, nobody asked"),
        "after": _("how lonely they are now: {form}", form=_form(first)),
        "alike": _(
            "how lonely they are now, by the same form as before: {form}", form=_form(first)
        ),
    }
    return {
        "name": row["name"],
        "since": row["since"],
        "before": _points(first),
        "after": _points(row["after"]),
        "why": to_find[row["lacks"]],
    }


def _form(one: Row | None) -> str:
    return str(instrument(one["instrument"]).label) if one else ""


def _points(one: Row | None) -> object:
    if one is None:
        return None
    points = _("{n} points", n=one["total"])
    return Noted(points, f"{day_text(one['on'])} · {_form(one)}")


def _problem_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    return {
        "place": _place(row),
        "field": row["field"],
        "value": row["value"] or _("empty"),
        "message": row["message"],
    }


def _held_cells(row: Row, figure: Figure, scope: Scope) -> dict[str, object]:
    return {"place": _place(row), "reason": row["reason"]}


def _place(row: Row) -> Noted:
    where = _("{sheet}, row {row}", sheet=row["sheet"], row=row["row"]).lstrip(", ，")
    return Noted(where, row["file"])
