"""A list as an Excel file that people can work with and that runs nothing.

Decides the look of a list on paper and that every text stays a text; leaves the rows to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO

__all__ = ["XLSX", "excel_list", "plain_text", "takes_for_formula"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = re.compile(r"^\s*[=+\-@|%＝＋－＠]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST_CELL = 32_000
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")


def excel_list(
    title: str, note: str, heads: Sequence[str], rows: Iterable[Sequence[object]]
) -> bytes:
    """Write a list as .xlsx: title, a line of explanation, headings, rows; ready to be printed.

    Parameters
    ----------
    rows : iterable of sequences
        Whole numbers stay numbers, None is an empty cell, everything else is text. A text that a
        spreadsheet could take for a formula is marked as text for good, also when it is edited.
    """
    import xlsxwriter  # heavy to import

    into = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(into, options)
    sheet = book.add_worksheet(_SHEET_NAME.sub(" ", title)[:31] or "list")
    plain = {"border": 1, "border_color": "#BBBBBB", "valign": "top", "text_wrap": True}
    cell, quoted = book.add_format(plain), book.add_format({**plain, "quote_prefix": True})
    head = book.add_format({**plain, "bold": True, "bg_color": "#F2EEE6"})
    sheet.write_string(0, 0, plain_text(title), book.add_format({"bold": True, "font_size": 16}))
    sheet.write_string(1, 0, plain_text(note), book.add_format({"font_color": "#555555"}))
    for column, words in enumerate(heads):
        sheet.write_string(2, column, plain_text(words), head)
    widths = [_width(words) for words in heads]
    n = 0
    for n, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, int) and not isinstance(value, bool):
                sheet.write_number(n + 2, column, value, cell)
                continue
            if value is None:
                sheet.write_blank(n + 2, column, None, cell)
                continue
            text = plain_text(str(value))
            sheet.write_string(n + 2, column, text, quoted if takes_for_formula(text) else cell)
            widths[column] = max(widths[column], _width(text))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(max(width + 2, 6), 40))
    sheet.freeze_panes(3, 1)
    sheet.autofilter(2, 0, n + 2, max(len(heads) - 1, 0))
    sheet.repeat_rows(2)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")
    book.close()
    return into.getvalue()


def takes_for_formula(text: str) -> bool:
    """Tell whether a spreadsheet could take a text for a formula."""
    return _FORMULA.match(text) is not None


def plain_text(text: str) -> str:
    """Give a text without what a cell cannot hold."""
    return _UNSEEN.sub("", text)[:_LONGEST_CELL]


def _width(text: str) -> int:
    """Measure a text in columns of a screen: a Chinese character takes two."""
    return sum(2 if ord(mark) > 0x2E7F else 1 for mark in text[:60])
