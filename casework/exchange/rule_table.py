"""Rules as a table that a bureau can print, sign, change and give back (.xlsx).

Decides what stands on paper (one sheet, A4 across, with lines for signatures), what stands on the
sheet for changes, and how a changed table is read, naming the cell of every trouble; leaves what
the rules mean to :mod:`casework.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from io import BytesIO
from typing import Any

from casework.errors import CaseworkError, InvalidEntry
from casework.exchange.rule_cells import (
    AFTER_WORDS,
    COLUMNS,
    REPLACED,
    Column,
    Words,
    codes_by_title,
    put_timing,
    take_replaced,
    take_timing,
)
from casework.rules import RuleSet
from casework.rules.sentence import subject_text, timing_text, write
from casework.rules.writing import OWN_CAPABILITY, free_code
from casework.terms import _

__all__ = ["read_table", "write_table"]

_PRINTED = (
    (3, "n"), (16, "title"), (34, "when"), (18, "timing"), (9, "service"), (10, "actor"),
    (11, "channels"), (6, "minutes"), (28, "clause"), (11, "since"), (11, "until"),
)  # fmt: skip
_HEAD_ROW = 3
_TROUBLES = 12
_CONDITION = next(n for n, one in enumerate(COLUMNS) if one.key == "when")


# --- out ----------------------------------------------------------------------------------------


def write_table(
    raw: Mapping[str, Any], rules: RuleSet, words: Words, *, agency: str, on: date
) -> bytes:
    """Write rules as a spreadsheet: a sheet to print and sign, one to change, one of documents.

    Parameters
    ----------
    raw : mapping
        The rules as their file says them; `read_table` gives the same back.
    rules : RuleSet
        The same as they were understood, for the sentences on paper.
    on : date
        Rules that ended before this day are not on paper, but remain on the sheet for changes.
    """
    import xlsxwriter

    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    form = {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "note": book.add_format({"font_size": 9, "font_color": "#555555", "text_wrap": True}),
        "head": book.add_format(
            {"bold": True, "border": 1, "bg_color": "#F3E9E4", "text_wrap": True, "valign": "top"}
        ),
        "cell": book.add_format({"border": 1, "text_wrap": True, "valign": "top", "font_size": 9}),
        "day": book.add_format(
            {"border": 1, "valign": "top", "font_size": 9, "num_format": "yyyy-mm-dd"}
        ),
        "band": book.add_format({"bold": True, "border": 1, "bg_color": "#F8F5F2"}),
        "sign": book.add_format({"font_size": 11}),
    }
    _paper(book.add_worksheet(_("Rule table")), form, rules, words, agency, on)
    _changes(book.add_worksheet(_("For changes")), form, raw, words)
    _documents(book.add_worksheet(_("Documents")), form, raw)
    book.close()
    return stream.getvalue()


def _paper(
    sheet: Any, form: Mapping[str, Any], rules: RuleSet, words: Words, agency: str, on: date
) -> None:
    last = len(_PRINTED) - 1
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROW)
    sheet.set_footer("&C" + _("page {page} of {pages}", page="&P", pages="&N"))
    sheet.freeze_panes(_HEAD_ROW + 1, 2)
    for number, (width, _name) in enumerate(_PRINTED):
        sheet.set_column(number, number, width)
    sheet.merge_range(0, 0, 0, last, _("{agency}: rules", agency=agency), form["title"])
    shown = [one for one in rules.rules if one.until is None or one.until >= on]
    note = _("{n} rules in force or to come on {day}.", n=len(shown), day=on)
    sheet.merge_range(1, 0, 1, last, note, form["note"])
    change = _("This sheet is for reading and signing. Changes go on the sheet “{sheet}”.",
               sheet=_("For changes"))  # fmt: skip
    sheet.merge_range(2, 0, 2, last, change, form["note"])
    heads = (
        _("No."), _("Rule"), _("For whom"), _("When it falls"), _("Service"), _("By whom"),
        _("How"), _("Minutes"), _("Clause"), _("From"), _("Until"),
    )  # fmt: skip
    for number, head in enumerate(heads):
        sheet.write_string(_HEAD_ROW, number, head, form["head"])
    row = _HEAD_ROW + 1
    number = 0
    for document in dict.fromkeys(one.clause.document for one in shown):
        sheet.merge_range(row, 0, row, last, f"《{document.zh}》", form["band"])
        row += 1
        for rule in (one for one in shown if one.clause.document == document):
            number += 1
            duty = rule.duty
            event = subject_text(rule.event, words.vocabulary) if rule.event else ""
            cells = (
                str(number),
                str(rule.title),
                write(rule.when, words.vocabulary),
                timing_text(duty.timing, words.festivals, event),
                words.label("service", duty.service),
                words.label("actor", duty.actor),
                "、".join(words.label("channel", one) for one in duty.channels) or _("any way"),
                str(duty.duration_minutes or ""),
                rule.clause.article,
            )
            for column, text in enumerate(cells):
                sheet.write_string(row, column, text, form["cell"])
            for column, day in ((9, rule.since), (10, rule.until)):
                if day is None:
                    sheet.write_blank(row, column, None, form["cell"])
                else:
                    sheet.write_datetime(row, column, day, form["day"])
            row += 1
    for column, who in ((1, _("Drawn up by")), (3, _("Checked by")), (7, _("Approved by"))):
        sheet.write_string(row + 2, column, who + "：________________", form["sign"])
        sheet.write_string(row + 4, column, _("Day") + "：________________", form["sign"])
    sheet.print_area(0, 0, row + 4, last)
    sheet.protect()


def _changes(sheet: Any, form: Mapping[str, Any], raw: Mapping[str, Any], words: Words) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 2)
    for number, column in enumerate(COLUMNS):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.head, form["head"])
        sheet.write_comment(0, number, column.help)
    for row, rule in enumerate(raw.get("rules", ()), 1):
        cells = {**rule, **put_timing(rule, words)}
        for number, column in enumerate(COLUMNS):
            _put(sheet, row, number, column.put(cells, words), form)


def _documents(sheet: Any, form: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 3, 46)
    for number, head in enumerate(_document_heads()):
        sheet.write_string(0, number, head, form["head"])
    for row, one in enumerate(raw.get("documents", ()), 1):
        title = one["title"]
        for number, text in enumerate((one["code"], title["zh"], title["en"], one.get("source"))):
            _put(sheet, row, number, text, form)


def _put(sheet: Any, row: int, column: int, value: Any, form: Mapping[str, Any]) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, form["cell"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, form["day"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value, form["cell"])
    else:
        sheet.write_string(row, column, str(value), form["cell"])


def _document_heads() -> tuple[str, ...]:
    return _("Short name"), _("Title (Chinese)"), _("Title (English)"), _("Source")


# --- in -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    rows: Sequence[Sequence[Any]]

    def where(self, row: int, column: int) -> str:
        """Name a cell as a spreadsheet does."""
        letters, left = "", column + 1
        while left:
            left, digit = divmod(left - 1, 26)
            letters = chr(65 + digit) + letters
        return _("sheet “{sheet}”, cell {cell}", sheet=self.name, cell=f"{letters}{row + 1}")


def read_table(content: bytes, agency: str, words: Words) -> dict[str, Any]:
    """Read a table back into the plain values of a rules file.

    Raises
    ------
    InvalidEntry
        With every trouble and the cell it is in.
    """
    sheets = _sheets(content)
    troubles: list[str] = []
    documents = _read_documents(sheets[2], troubles)
    rules = _read_rules(sheets[1], documents, words, troubles)
    if troubles:
        more = len(troubles) - _TROUBLES
        told = troubles[:_TROUBLES] + ([_("… and {n} more", n=more)] if more > 0 else [])
        raise InvalidEntry("\n".join(told), "file")
    return {"agency": agency, "documents": documents, "rules": rules}


def _sheets(content: bytes) -> list[_Sheet]:
    from python_calamine import CalamineError, load_workbook

    try:
        book = load_workbook(BytesIO(content))
    except CalamineError as error:
        raise InvalidEntry(
            _("This file is no spreadsheet that can be read. Save it as .xlsx."), "file"
        ) from error
    if len(book.sheet_names) < 3:
        raise InvalidEntry(
            _(
                "This is not the rule table: it has three sheets, this file {n}. Write the table "
                "anew and change that.",
                n=len(book.sheet_names),
            ),
            "file",
        )
    return [
        _Sheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
        for name in book.sheet_names[:3]
    ]


def _cell(rows: Sequence[Sequence[Any]], row: int, column: int) -> Any:
    value = rows[row][column] if column < len(rows[row]) else ""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.strip() if isinstance(value, str) else value


def _read_documents(sheet: _Sheet, troubles: list[str]) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    for row in range(1, len(sheet.rows)):
        code, zh, en, source = (_cell(sheet.rows, row, column) for column in range(4))
        if not any((code, zh, en, source)):
            continue
        if not zh:
            empty = _("{where} is empty. A document has a title.", where=sheet.where(row, 1))
            troubles.append(empty)
        code, en = code or free_code({one["code"] for one in documents}, "document"), en or zh
        one: dict[str, Any] = {"code": str(code), "title": {"zh": str(zh), "en": str(en)}}
        if source:
            one["source"] = str(source)
        documents.append(one)
    return documents


def _read_rules(
    sheet: _Sheet, documents: Sequence[Mapping[str, Any]], words: Words, troubles: list[str]
) -> list[dict[str, Any]]:
    codes = {one["title"]["zh"]: one["code"] for one in documents}
    words = words.with_documents(codes)
    places = _places(sheet)
    rules: list[tuple[int, dict[str, Any]]] = []
    for row in range(1, len(sheet.rows)):
        cells = [_cell(sheet.rows, row, place) for place in places]
        if all(cell == "" for cell in cells):
            continue
        rule: dict[str, Any] = {}
        for column, place, cell in zip(COLUMNS, places, cells, strict=True):
            _take(rule, column, cell, words, sheet.where(row, place), troubles)
        _try(partial(take_timing, rule, words), sheet.where(row, places[AFTER_WORDS]), troubles)
        rules.append((row, rule))
    _complete([rule for _row, rule in rules])
    codes_of_rules = [rule["code"] for _row, rule in rules]
    # A title that two rules now have goes on naming the one it named when the table was written.
    before = {title: code for title, code in words.rules.items() if code in codes_of_rules}
    titles = before | codes_by_title(rule for _row, rule in rules)
    for row, rule in rules:
        where = sheet.where(row, places[REPLACED])
        _try(partial(take_replaced, rule, titles, codes_of_rules), where, troubles)
    return [rule for _row, rule in rules]


def _places(sheet: _Sheet) -> list[int]:
    """Find the columns by their headings, wherever they were moved to."""
    heads = [str(one).strip() for one in sheet.rows[0]] if sheet.rows else []
    missing = [one.head for one in COLUMNS if one.head not in heads]
    if missing:
        raise InvalidEntry(
            _(
                "The sheet “{sheet}” has no column {heads}. Leave the first line as it was, or "
                "write the table anew and change that.",
                sheet=sheet.name,
                heads=_(", ").join(missing),
            ),
            "file",
        )
    return [heads.index(one.head) for one in COLUMNS]


def _complete(rules: Sequence[dict[str, Any]]) -> None:
    """Give new rules what only the program needs: a short name, an English title, a capability."""
    taken = {rule.get("code") for rule in rules}
    for rule in rules:
        title = rule.setdefault("title", {})
        if "zh" in title:
            title.setdefault("en", title["zh"])
        rule.setdefault("clause", {}).setdefault("capability", OWN_CAPABILITY)
        if "code" not in rule:
            rule["code"] = free_code(taken)
            taken.add(rule["code"])


def _take(
    rule: dict[str, Any],
    column: Column,
    value: Any,
    words: Words,
    where: str,
    troubles: list[str],
) -> None:
    if value == "":
        if column.needed:
            troubles.append(_("{where} is empty: {head} is needed.", where=where, head=column.head))
        return
    _try(lambda: column.take(rule, value, words), where, troubles)


def _try(act: Callable[[], Any], where: str, troubles: list[str]) -> None:
    try:
        act()
    except CaseworkError as error:
        troubles.append(_("{where}: {trouble}", where=where, trouble=error.message))
