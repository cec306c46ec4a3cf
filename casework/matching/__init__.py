"""Who is paired with whom, and who answers for whom: over everybody at once, and why.

Decides a matching between people who want company and helpers who have places for it (``match``),
and a fair caseload for each member of staff (``share``); leaves to others where both come from and
what becomes of the proposal. Data, prices, method and outcome are apart. Pure.
"""

from casework.matching.affinity import Affinity as Affinity
from casework.matching.affinity import Party as Party
from casework.matching.affinity import Weights as Weights
from casework.matching.delegating import hindrances as hindrances
from casework.matching.delegating import split as split
from casework.matching.explaining import Reason as Reason
from casework.matching.explaining import changes as changes
from casework.matching.explaining import instead as instead
from casework.matching.explaining import why_without as why_without
from casework.matching.outings import Goal as Goal
from casework.matching.outings import Hindrance as Hindrance
from casework.matching.outings import Outing as Outing
from casework.matching.outings import Split as Split
from casework.matching.outings import timetable as timetable
from casework.matching.outings import ways_of as ways_of
from casework.matching.sharing import Client as Client
from casework.matching.sharing import SharePrices as SharePrices
from casework.matching.sharing import Sharing as Sharing
from casework.matching.sharing import Worker as Worker
from casework.matching.sharing import share as share
from casework.matching.solving import Matching as Matching
from casework.matching.solving import match as match

__all__ = [
    "Affinity",
    "Client",
    "Matching",
    "Party",
    "Reason",
    "SharePrices",
    "Sharing",
    "Weights",
    "Worker",
    "changes",
    "instead",
    "match",
    "share",
    "why_without",
]
