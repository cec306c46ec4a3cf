"""Everything about one person as one file: to read, and for other programs.

Decides how the rows of all tables are put into words; leaves which rows they are to
`casework.records.holdings`. A zip with one page to read, one JSON file, and a table each as CSV.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from casework.exchange.tables import safe_cell
from casework.planning.lifecycle import state_text
from casework.records.holdings import HOLDINGS
from casework.reference import BrokenReference, code_lists, data_folder, facts
from casework.reference.privacy import data_kinds, purposes, recipients, retention
from casework.terms import CHINA, _, language

__all__ = ["PersonFile", "act_words", "column_words", "export_zip", "is_told"]

_UNTOLD = frozenset({
    "client_key", "row_version", "version", "subject", "subject_id", "person_search", "touched",
    "planned", "policy", "doubtful", "reading", "welcome",
})  # fmt: skip
_NUMBERS = frozenset(
    {"item", "owner", "rows"}
)  # of the journal: by which it refers to staff, or counts
_PICTURE = re.compile(r"data:image/(?:jpeg|png);base64,[A-Za-z0-9+/]+={0,2}")
_NOT_TO_READ = frozenset({
    "audit", "person_search", "plan_stamp", "population_due", "distinct_pair",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonFile:
    """What was made: its name and its bytes, and how many rows of how many tables it holds."""

    name: str
    content: bytes
    n_rows: int
    n_tables: int


@cache
def column_words() -> dict[str, tuple[str, str]]:
    """Give the Chinese name and the code list of each column that people are told of."""
    path = data_folder() / "reference" / "privacy" / "columns.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        found = {row["column"]: (row["zh"], row["list"]) for row in csv.DictReader(stream)}
    for name, (words, listed) in found.items():
        if not words or (listed and listed not in code_lists()):
            raise BrokenReference(path, name, _("has no name, or a code list that does not exist."))
    return found


@cache
def act_words() -> dict[str, str]:
    """Give the Chinese words of what is done in the workbook, by the action of the journal."""
    path = data_folder() / "reference" / "privacy" / "acts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["action"]: row["zh"] for row in csv.DictReader(file)}


def is_told(table: str, column: str) -> bool:
    """Tell whether a column is for people: not a number by which tables refer to each other."""
    if table in _NOT_TO_READ or (table, column) == ("change_log", "act"):
        return False
    return not (column in _UNTOLD or column == "id" or column.endswith("_id"))


def export_zip(
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    name: str,
    agency: str,
    on: date,
    by: str,
    why: Callable[[Mapping[str, Any]], str],
) -> PersonFile:
    """Write everything about one person.

    Parameters
    ----------
    rows : mapping of str to sequence of rows
        By table, from `casework.workbook.person_rows.everything_about`.
    why : callable
        Says the reasons kept with an item of a plan in words; the other programs get them as kept.
    """
    held = {table: found for table, found in rows.items() if found}
    head = {"name": name, "agency": agency, "on": on.isoformat(), "by": by}
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as box:
        _put(box, "index.html", _page({**held, **_reasoned(held, why)}, head))
        _put(box, "data.json", _json({"about": head, "tables": held}))
        for table, found in held.items():
            _put(box, f"csv/{table}.csv", _csv(found))
    n = sum(len(found) for found in held.values())
    return PersonFile(f"{name}-{on:%Y%m%d}.zip", into.getvalue(), n, len(held))


def _reasoned(
    held: Mapping[str, Sequence[Mapping[str, Any]]], why: Callable[[Mapping[str, Any]], str]
) -> dict[str, list[dict[str, Any]]]:
    """Put the reasons of items into words."""
    items = held.get("plan_item", ())
    told = [{**one, "reasons": one["reasons"] and why(one["reasons"])} for one in items]
    return {"plan_item": told} if told else {}


def _put(box: zipfile.ZipFile, name: str, text: str) -> None:
    box.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode())


def _json(held: Any) -> str:
    return json.dumps(held, ensure_ascii=False, indent=1, default=_plain, sort_keys=True)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    into = io.StringIO()
    into.write("﻿")
    writer = csv.writer(into)
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([safe_cell(_flat(value)) for value in row.values()])
    return into.getvalue()


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and _PICTURE.fullmatch(value):
        return (
            "index.html"  # a cell of a table holds no picture, and no more than 32,767 characters
        )
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value)


# ---------------------------------------------------------------- to read


def _page(held: Mapping[str, Sequence[Mapping[str, Any]]], head: Mapping[str, str]) -> str:
    parts = [_section(code, held) for code in retention()]
    title = html.escape(_("What we hold about {name}", name=head["name"]))
    lead = html.escape(
        _("{agency}, {day}, made by {who}.", agency=head["agency"], day=head["on"],
          who=head["by"])
    )  # fmt: skip
    lang = "zh-CN" if language() == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{title}</h1><p>{lead}</p>{''.join(parts)}</body></html>\n"
    )


_STYLE = (
    "body{font:16px/1.6 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "h2{border-bottom:2px solid #a33;margin-top:2em}table{border-collapse:collapse;width:100%;"
    "margin:.5em 0 1.5em}td,th{border:1px solid #bbb;padding:.3em .5em;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{width:11em;background:#f5f1ea;font-weight:400}"
    "@page{size:A4;margin:18mm}"
)


def _section(code: str, held: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    record = retention()[code]
    tables = [one.table for one in HOLDINGS if one.record == code and one.table in held]
    shown = "".join(_table(table, held[table]) for table in tables if table not in _NOT_TO_READ)
    if not shown:
        return ""
    kept = _("Kept for {n} years: {why}", n=record.years, why=record.why)
    return f"<h2>{html.escape(str(record.label))}</h2><p>{html.escape(kept)}</p>{shown}"


def _table(table: str, rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(_row(table, row) for row in rows)


def _row(table: str, row: Mapping[str, Any]) -> str:
    lines = [
        f"<tr><th>{html.escape(_name(table, column))}</th><td>{_cell(said)}</td></tr>"
        for column, value in row.items()
        if is_told(table, column) and (said := _said(table, column, value, row))
    ]
    return f"<table>{''.join(lines)}</table>" if lines else ""


def _cell(said: str) -> str:
    """Write a value for the page to read: a picture is seen, not spelled out."""
    if _PICTURE.fullmatch(said):
        return f'<img src="{said}" alt="" style="max-width:100%">'
    return html.escape(said)


def _name(table: str, column: str) -> str:
    words, _listed = _words(table, column)
    return words if language() == "zh" else column.replace("_", " ")


def _words(table: str, column: str) -> tuple[str, str]:
    known = column_words()
    return known.get(f"{table}.{column}") or known.get(column) or (column, "")


def _said(table: str, column: str, value: Any, row: Mapping[str, Any]) -> str:
    if value is None or value == "":
        return ""
    if table == "change_log":
        return _acted(column, value, row)
    if table == "fact" and column == "code":
        return str(facts()[value].label) if value in facts() else str(value)
    if table == "fact" and column == "value":
        definition = facts().get(str(row["code"]))
        return definition.show(value) if definition else str(value)
    if column == "purpose" and value in purposes():
        return str(purposes()[value].label)
    if column == "recipient":
        return recipients().label_of(value)
    if column in ("kinds", "kind") and table in ("consent", "disclosure"):
        known = data_kinds()
        return "、".join(str(known[one].label) for one in str(value).split("|") if one in known)
    listed = _words(table, column)[1]
    if listed:
        return code_lists()[listed].label_of(str(value))
    if (table, column) == ("issue_step", "act"):
        return act_words().get(f"{value}_issue", _("changed it"))
    if table == "service_plan" and column == "state":
        return state_text(value)
    return _flatly(value)


def _flatly(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{value.astimezone(CHINA):%Y-%m-%d %H:%M}"
    if isinstance(value, Mapping):
        return "；".join(f"{name}：{_inner(one)}" for name, one in value.items() if one is not None)
    return _inner(value)


def _acted(column: str, value: Any, row: Mapping[str, Any]) -> str:
    """Say what somebody did and to what, in the words of the rows that it was done to."""
    kind = str(row["subject_kind"])
    if column == "action":
        return act_words().get(str(value), _("changed it"))
    if column == "subject_kind":
        records = (one.record for one in HOLDINGS if one.table == kind)
        return next((str(retention()[one].label) for one in records), "")
    if not isinstance(value, Mapping):
        return _flatly(value)
    whole = {"code": None, **value}
    said = {
        _name(kind, name): text
        for name, one in value.items()
        if is_told(kind, name) and name not in _NUMBERS and (text := _said(kind, name, one, whole))
    }
    return "；".join(f"{name}：{text}" for name, text in said.items())


def _inner(value: Any) -> str:
    if isinstance(value, Mapping):
        return "，".join(f"{name}：{_inner(one)}" for name, one in value.items() if one is not None)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "、".join(_inner(one) for one in value)
    return _plain(value)
