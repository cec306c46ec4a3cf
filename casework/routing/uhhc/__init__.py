"""One day with shifts, lunch, wishes and optional visits: the unified formulation.

Ceschia, Da Ros, Di Gaspero, Mancini, Maniezzo, Montemanni, Rosati, Schaerf, A unified formulation
for home healthcare routing and scheduling problems, International Transactions in Operational
Research (2026). Parted as its elder sibling is: day, reading, method, and a judge that knows
nothing of the method.
"""
