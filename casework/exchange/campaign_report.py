"""The report of a campaign as an Excel file: a sheet of figures, a sheet of the list.

Decides the look and that every text stays a text; what the figures are is for the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from casework.exchange.lists import plain_text, takes_for_formula

__all__ = ["report_file"]


def report_file(
    title: str,
    note: str,
    tables: Sequence[tuple[str, Sequence[str], Iterable[Sequence[object]]]],
) -> bytes:
    """Write a report as .xlsx: a sheet for each table.

    Parameters
    ----------
    tables : sequence of (name, headings, rows)
        Whole numbers stay numbers, None is an empty cell, everything else is text.
    """
    import xlsxwriter

    into = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(into, options)
    line = {"border": 1, "border_color": "#BBBBBB", "valign": "top", "text_wrap": True}
    cell, quoted = book.add_format(line), book.add_format({**line, "quote_prefix": True})
    head = book.add_format({**line, "bold": True, "bg_color": "#F2EEE6"})
    top = book.add_format({"bold": True, "font_size": 16})
    small = book.add_format({"font_color": "#555555"})
    for name, heads, rows in tables:
        sheet = book.add_worksheet(name[:31])
        sheet.write_string(0, 0, plain_text(title), top)
        sheet.write_string(1, 0, plain_text(note), small)
        for column, words in enumerate(heads):
            sheet.write_string(2, column, words, head)
        widths = [8] * len(heads)
        for at, row in enumerate(rows, 3):
            for column, value in enumerate(row):
                if isinstance(value, int) and not isinstance(value, bool):
                    sheet.write_number(at, column, value, cell)
                    continue
                text = "" if value is None else plain_text(str(value))
                sheet.write_string(at, column, text, quoted if takes_for_formula(text) else cell)
                widths[column] = max(widths[column], min(40, 2 * len(text) + 2))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(3, 1)
        sheet.repeat_rows(2)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P / &N")
    book.close()
    return into.getvalue()
