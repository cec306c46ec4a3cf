"""Reads what another platform or a provider says it did: a row for each service, as they export it.

Decides which row is a heading and what each cell means; every row comes back with what is wrong in
it, in sentences. Guesses nothing. Leaves whose a row is, and which order it answers, to
`casework.workbook.usage`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from casework.errors import InvalidEntry, UnreadableFile
from casework.exchange.files import Cell, Sheet, cell_text, read_calculated
from casework.identifiers import read_date, read_phones
from casework.identifiers.words import is_blank, plain
from casework.terms import _

__all__ = ["HEADINGS", "UsageFile", "UsageRow", "read_usage"]

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "order": ("服务单号", "我方单号", "服务单编号", "点单编号", "order no"),
    "ref": ("平台单号", "工单号", "工单编号", "订单号", "订单编号", "流水号", "platform no"),
    "no": ("人员编号", "老干部编号", "person no"),
    "name": ("姓名", "服务对象", "老人姓名", "对象姓名", "客户姓名", "name"),
    "resident_id": ("身份证号", "身份证号码", "证件号码", "公民身份号码", "id number"),
    "phone": ("联系电话", "电话", "手机", "手机号", "手机号码", "phone"),
    "community": ("社区", "所在社区", "community"),
    "service": ("服务项目", "服务内容", "项目", "服务名称", "服务类型", "service"),
    "on": ("服务日期", "完成日期", "服务时间", "完成时间", "日期", "day of service"),
    "quantity": ("数量", "次数", "时长", "服务时长", "服务数量", "quantity"),
    "served_by": ("服务人员", "服务员", "护理员", "上门人员", "served by"),
    "provider": ("服务机构", "服务商", "服务单位", "机构名称", "provider"),
    "state": ("状态", "工单状态", "订单状态", "服务状态", "state"),
    "rating": ("满意度", "评价", "评分", "rating"),
    "note": ("备注", "说明", "服务记录", "remark"),
}
"""By column, what it may be called; the first is how we call it ourselves."""

_MOST_ROWS = 5_000
_HEAD_ROWS = 30
_LONGEST = 200
_MOST = 999
_BRACKETS = re.compile(r"[（(].*?[）)]")
_MARKS = re.compile(r"[\s.。:：*]+")
_CLOCK = re.compile(r"^(?P<day>.*?\d日?)[\sT]+\d{1,2}[:：]\d{2}.*$")
_NUMBER = re.compile(r"(?:No\.?|[A-Za-z第]{0,3})\s*0*(\d{1,9})号?", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(\d{1,6})(?:\.0+)?\s*(?:次|小时|个小时|天|份|件|h|hours?|times?)?", re.IGNORECASE
)
_FOOTER = re.compile(
    r"合\s*计|总\s*计|小\s*计|共\s*计|制表|填表|审核|说明|注[:：]|total", re.IGNORECASE
)
_DONE = {"已完成", "完成", "已服务", "服务完成", "已结束", "已验收", "已评价", "已结算", "done",
         "completed"}  # fmt: skip
_NOT_DONE = {"已取消", "取消", "未完成", "未服务", "已退单", "退单", "待服务", "待派单", "已派单",
             "待接单", "已接单", "服务中", "进行中", "cancelled", "open", "under way"}  # fmt: skip
_RATINGS = {"非常满意": 5, "很满意": 5, "满意": 4, "基本满意": 3, "一般": 3, "不满意": 2,
            "很不满意": 1, "非常不满意": 1}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A row of such a file.

    Attributes
    ----------
    cells : mapping of str to str
        Every filled cell as it was typed, by its heading.
    order_no, person_no : int or None
        Our own numbers, where the file has them.
    ref : str
        The number the other side gave it; empty where it has none.
    is_done : bool
        Whether the row says that the service took place; a row without a state does.
    problems : tuple of str
        What cannot be read, in sentences.
    """

    sheet: str
    row: int
    cells: Mapping[str, str]
    order_no: int | None = None
    ref: str = ""
    person_no: int | None = None
    name: str = ""
    resident_id: str = ""
    phones: tuple[str, ...] = ()
    community: str = ""
    service: str = ""
    on: date | None = None
    quantity: int = 1
    says_quantity: bool = False
    served_by: str = ""
    provider: str = ""
    is_done: bool = True
    rating: int | None = None
    note: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A file that was read: its rows, its headings in their order, how many rows say nothing."""

    sha256: str
    rows: tuple[UsageRow, ...]
    headings: tuple[str, ...]
    ignored: int = field(default=0)


def read_usage(path: Path, latest: date) -> UsageFile:
    """Read every sheet that has headings.

    Parameters
    ----------
    latest : date
        No service can be later than this day.

    Raises
    ------
    UnreadableFile
        If the file is not safe or not readable, or no sheet has the headings.
    InvalidEntry
        If it has more rows than are taken at once.
    """
    file = read_calculated(path)
    known = {_folded(word): key for key, words in HEADINGS.items() for word in words}
    rows: list[UsageRow] = []
    headings: dict[str, None] = {}
    found, ignored = False, 0
    for sheet in file.sheets:
        at = _heading(sheet, known)
        ignored += len(sheet.rows) if at is None else at + 1
        if at is None:
            continue
        found = True
        columns = _columns(sheet.rows[at], known)
        headings |= dict.fromkeys(words for words, _key in columns.values())
        for one in _rows(sheet, at, columns, latest):
            if one is None:
                ignored += 1
            else:
                rows.append(one)
    if not found:
        raise UnreadableFile(
            _(
                "No row with headings was found. One row must name the columns: whose ({whose}), "
                "which service ({service}) and which day ({day}).",
                whose="姓名 / 人员编号",
                service="服务项目",
                day="服务日期",
            )
        )
    if len(rows) > _MOST_ROWS:
        raise InvalidEntry(
            _("The file has {n} rows; at most {most} are read at once. Divide it.",
              n=len(rows), most=_MOST_ROWS), "file",
        )  # fmt: skip
    return UsageFile(file.sha256, tuple(rows), tuple(headings), ignored)


def _folded(text: str) -> str:
    return _MARKS.sub("", _BRACKETS.sub("", plain(text))).casefold()


def _heading(sheet: Sheet, known: Mapping[str, str]) -> int | None:
    for at, row in enumerate(sheet.rows[:_HEAD_ROWS]):
        keys = {known[one] for cell in row if (one := _folded(cell_text(cell))) in known}
        if "on" in keys and keys & {"order", "no", "name"}:
            return at
    return None


def _columns(row: Sequence[Cell], known: Mapping[str, str]) -> dict[int, tuple[str, str]]:
    """Give heading and key of each column; of two of one meaning the first counts."""
    found: dict[int, tuple[str, str]] = {}
    taken: set[str] = set()
    for at, cell in enumerate(row):
        words = plain(cell_text(cell))
        if not words:
            continue
        key = known.get(_folded(words), "")
        found[at] = (words, "" if key in taken else key)
        taken.add(key)
    return found


def _rows(
    sheet: Sheet, head: int, columns: Mapping[int, tuple[str, str]], latest: date
) -> Iterator[UsageRow | None]:
    keys = {key for _words, key in columns.values() if key}
    for at, row in enumerate(sheet.rows[head + 1 :], head + 2):
        cells = {n: row[n] for n in columns if n < len(row) and not is_blank(row[n])}
        by_key = {columns[n][1]: cell for n, cell in cells.items() if columns[n][1]}
        whose = by_key.keys() & {"order", "no", "name"}
        first = plain(cell_text(next((cell for cell in row if not is_blank(cell)), "")))
        is_footer = _FOOTER.match(first) and "on" not in by_key
        if not by_key or is_footer or (not whose and len(by_key) < min(3, len(keys))):
            yield None  # blank, a footer, a sum
            continue
        typed = {columns[n][0]: cell_text(cell).strip() for n, cell in cells.items()}
        yield _Reading(by_key, latest).row(sheet.name, at, typed)


class _Reading:
    """The cells of one row being read."""

    def __init__(self, cells: Mapping[str, Cell], latest: date) -> None:
        self.cells, self.latest = cells, latest
        self.problems: list[str] = []

    def row(self, sheet: str, row: int, typed: Mapping[str, str]) -> UsageRow:
        """Put the row together."""
        on = self._day()
        told: dict[str, Any] = {
            "order_no": self._number("order", _("The order number cannot be read. Give digits.")),
            "person_no": self._number("no", _("The person number cannot be read.")),
            "ref": self._text("ref"),
            "name": self._text("name"),
            "resident_id": re.sub(r"\s", "", self._text("resident_id")).upper(),
            "phones": self._phones(),
            "community": self._text("community"),
            "service": self._text("service"),
            "on": on,
            "quantity": self._quantity(),
            "says_quantity": "quantity" in self.cells,
            "served_by": self._text("served_by"),
            "provider": self._text("provider"),
            "is_done": self._is_done(),
            "rating": self._rating(),
            "note": self._text("note", longest=2_000),
        }
        return UsageRow(sheet, row, typed, **told, problems=tuple(self.problems))

    def _text(self, key: str, longest: int = _LONGEST) -> str:
        text = plain(cell_text(self.cells.get(key, "")))
        if len(text) > longest:
            self.problems.append(
                _("A cell has more than {n} characters. Shorten it.", n=longest)
            )  # fmt: skip
            return text[:longest]
        return text

    def _number(self, key: str, otherwise: str) -> int | None:
        text = self._text(key)
        found = _NUMBER.fullmatch(re.sub(r"\.0+$", "", text)) if text else None
        if text and found is None:
            self.problems.append(otherwise)
        return int(found[1]) if found else None

    def _phones(self) -> tuple[str, ...]:
        cell = self.cells.get("phone", "")
        if is_blank(cell):
            return ()
        found = read_phones(cell, number_cell=isinstance(cell, int | float))
        return (*found.mobiles, *found.landlines)

    def _day(self) -> date | None:
        cell = self.cells.get("on", "")
        if is_blank(cell):
            self.problems.append(_("The day of the service is missing."))
            return None
        if isinstance(cell, datetime):
            cell = cell.date()
        elif isinstance(cell, str) and (timed := _CLOCK.match(plain(cell))):
            cell = timed["day"]
        found = read_date(cell)
        if found.problem or found.earliest is None or found.earliest != found.latest:
            self.problems.append(
                _("The day “{value}” cannot be read. Write it as 2026-02-03.",
                  value=plain(cell_text(cell))[:40])
            )  # fmt: skip
            return None
        if found.earliest > self.latest:
            self.problems.append(_("The day has not come yet."))
            return None
        return found.earliest

    def _quantity(self) -> int:
        text = self._text("quantity")
        found = _AMOUNT.fullmatch(text) if text else None
        if not text:
            return 1
        if found is None or not 1 <= int(found[1]) <= _MOST:
            self.problems.append(
                _("The quantity “{value}” is no whole number from 1 to 999.", value=text[:40])
            )
            return 1
        return int(found[1])

    def _is_done(self) -> bool:
        text = self._text("state").casefold()
        if not text or text in _DONE:
            return True
        if text not in _NOT_DONE:
            self.problems.append(
                _("The state “{value}” is not known. Accepted: {known}.",
                  value=text[:40], known="已完成、已取消")
            )  # fmt: skip
        return False

    def _rating(self) -> int | None:
        text = re.sub(r"\.0+$|[分星]$", "", self._text("rating"))
        if not text:
            return None
        found = _RATINGS.get(text, int(text) if text in "12345" else None)
        if found is None:
            self.problems.append(
                _("“{value}” is no rating. Accepted: 1 to 5, or {known}.",
                  value=text[:40], known="、".join(_RATINGS))
            )  # fmt: skip
        return found
