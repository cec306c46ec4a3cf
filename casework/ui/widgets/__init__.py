"""Our own widgets, each a small script beside a class that checks every message of the page."""

from __future__ import annotations

from casework.ui.widgets.action import Action as Action
from casework.ui.widgets.bar import Bar as Bar
from casework.ui.widgets.bar import Hit as Hit
from casework.ui.widgets.carry import CarryPanel as CarryPanel
from casework.ui.widgets.carry import carried as carried
from casework.ui.widgets.carry import landing as landing
from casework.ui.widgets.cells import Line as Line
from casework.ui.widgets.cells import Lines as Lines
from casework.ui.widgets.cells import Noted as Noted
from casework.ui.widgets.cells import State as State
from casework.ui.widgets.download import Download as Download
from casework.ui.widgets.download import MadeFile as MadeFile
from casework.ui.widgets.field import Entry as Entry
from casework.ui.widgets.field import Pick as Pick
from casework.ui.widgets.file import FileField as FileField
from casework.ui.widgets.island import BadMessage as BadMessage
from casework.ui.widgets.island import Island as Island
from casework.ui.widgets.panel import Panel as Panel
from casework.ui.widgets.panel import offer as offer
from casework.ui.widgets.place import Location as Location
from casework.ui.widgets.place import Place as Place
from casework.ui.widgets.printer import Printer as Printer
from casework.ui.widgets.table import Column as Column
from casework.ui.widgets.table import DataTable as DataTable
from casework.ui.widgets.table import Page as Page
from casework.ui.widgets.table import Query as Query
from casework.ui.widgets.table import Together as Together
from casework.ui.widgets.table import listed as listed
from casework.ui.widgets.toasts import Toasts as Toasts
