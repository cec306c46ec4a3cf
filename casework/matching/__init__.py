"""Who is paired with whom: people with helpers, cheapest over all of them at once, and why.

Decides a matching between people who want company and helpers who have places for it; leaves to
others where both come from and what becomes of the proposal. Data (``Party``, ``Weights``), what a
pair costs (``Affinity``), method (``match``) and outcome (``Matching``) are apart. Pure.
"""

from casework.matching.affinity import Affinity as Affinity
from casework.matching.affinity import Party as Party
from casework.matching.affinity import Weights as Weights
from casework.matching.explaining import Reason as Reason
from casework.matching.explaining import changes as changes
from casework.matching.explaining import instead as instead
from casework.matching.explaining import why_without as why_without
from casework.matching.solving import Matching as Matching
from casework.matching.solving import match as match

__all__ = [
    "Affinity",
    "Matching",
    "Party",
    "Reason",
    "Weights",
    "changes",
    "instead",
    "match",
    "why_without",
]
