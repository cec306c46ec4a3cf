"""The rival of board_open.py: the supervisor's board in Panel, from the same queries and markup.

Run by ``panel serve``; it is no benchmark by itself.
"""

from __future__ import annotations

import os

import panel

from casework.ui.shell import Shell
from casework.ui.theme import theme_css
from casework.workbook import open_workbook

os.environ["CASEWORK_SERVED"] = "1"
panel.extension()
workbook = open_workbook(os.environ["CASEWORK_DB"])
board = Shell(workbook, "supervisor").first_paint()
panel.Column(
    panel.Row(
        panel.widgets.TextInput(placeholder="查找人员"),
        panel.widgets.DatePicker(name="截至"),
        panel.widgets.Button(name="English"),
    ),
    panel.pane.HTML(str(board), stylesheets=[theme_css()], sizing_mode="stretch_width"),
).servable()
