"""Who visits whom on one day, and when: rosters of visits that need skills, times and company.

Decides a roster for a day; leaves to others where the day comes from and who publishes what comes
out. Data (``Day``), method (``solve``) and outcome (``Outcome``) are apart, and ``check`` judges a
roster by the definition alone. Pure: the clock and the wish to stop are given.
"""

from casework.routing.checking import Verdict as Verdict
from casework.routing.checking import check as check
from casework.routing.day import Day as Day
from casework.routing.day import Roster as Roster
from casework.routing.day import Service as Service
from casework.routing.day import Staff as Staff
from casework.routing.day import Stop as Stop
from casework.routing.day import Visit as Visit
from casework.routing.instance import read_day as read_day
from casework.routing.instance import roster_as_json as roster_as_json
from casework.routing.runs import Budget as Budget
from casework.routing.solving import Outcome as Outcome
from casework.routing.solving import solve as solve

__all__ = [
    "Budget",
    "Day",
    "Outcome",
    "Roster",
    "Service",
    "Staff",
    "Stop",
    "Verdict",
    "Visit",
    "check",
    "read_day",
    "roster_as_json",
    "solve",
]
