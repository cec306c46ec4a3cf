"""Who visits whom in a week, on which day, when and with whom.

Decides a roster for a whole week at once: the day of each visit inside its windows, who makes it
and when. ``solve`` proposes, ``check`` judges by the definition alone, ``openings`` tells where a
visit could stand, ``obstacles`` why it stands nowhere, ``compare`` what two rosters differ in.
Pure: the wish to stop is given, and nothing here knows people or tasks.
"""

from casework.routing.week.checking import Terms as Terms
from casework.routing.week.checking import Verdict as Verdict
from casework.routing.week.checking import check as check
from casework.routing.week.comparing import Comparison as Comparison
from casework.routing.week.comparing import LockCost as LockCost
from casework.routing.week.comparing import Move as Move
from casework.routing.week.comparing import compare as compare
from casework.routing.week.comparing import cost_of_lock as cost_of_lock
from casework.routing.week.model import Bar as Bar
from casework.routing.week.model import Choice as Choice
from casework.routing.week.model import Placed as Placed
from casework.routing.week.model import Roster as Roster
from casework.routing.week.model import Seat as Seat
from casework.routing.week.model import Slot as Slot
from casework.routing.week.model import Turn as Turn
from casework.routing.week.model import Visit as Visit
from casework.routing.week.model import Week as Week
from casework.routing.week.model import Weights as Weights
from casework.routing.week.model import Wish as Wish
from casework.routing.week.model import Worker as Worker
from casework.routing.week.openings import Obstacle as Obstacle
from casework.routing.week.openings import Opening as Opening
from casework.routing.week.openings import obstacles as obstacles
from casework.routing.week.openings import openings as openings
from casework.routing.week.solving import Outcome as Outcome
from casework.routing.week.solving import solve as solve

__all__ = [
    "Bar",
    "Choice",
    "Comparison",
    "LockCost",
    "Move",
    "Obstacle",
    "Opening",
    "Outcome",
    "Placed",
    "Roster",
    "Seat",
    "Slot",
    "Terms",
    "Turn",
    "Verdict",
    "Visit",
    "Week",
    "Weights",
    "Wish",
    "Worker",
    "check",
    "compare",
    "cost_of_lock",
    "obstacles",
    "openings",
    "solve",
]
