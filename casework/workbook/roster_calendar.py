"""Calendar files of a roster: one for each who visits, or for one day sheet.

Decides what of a visit leaves the workbook with a calendar: the name, what is to be done and the
community, never the address or a phone number, for calendars lie on phones and other people's
servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from casework.exchange.calendar import Appointment, calendar_file
from casework.records.base import now
from casework.terms import CHINA, _
from casework.workbook.roster_rows import Entry

__all__ = ["roster_calendar"]


def roster_calendar(
    entries: Iterable[Entry],
    staff_id: int,
    name: str,
    *,
    roster_id: int = 0,
    places: Mapping[int, str] | None = None,
) -> bytes:
    """Write the visits that somebody makes as a calendar file.

    Parameters
    ----------
    name : str
        Of whoever makes them.
    places : mapping of int to str
        Communities by person.
    """
    appointments = []
    for one in entries:
        if one.day is None or staff_id not in one.staff:
            continue
        for seat, (who, start) in enumerate(zip(one.staff, one.starts, strict=True)):
            if who == staff_id:
                appointments.append(
                    Appointment(
                        uid=f"task-{one.task_ids[0]}-{seat}@casework",
                        begins=_at(one.day, start),
                        ends=_at(one.day, start + one.minutes[seat]),
                        summary=_("Visit: {name}", name=one.name),
                        place=(places or {}).get(one.person_id, ""),
                        description=one.title,
                        sequence=roster_id,
                    )
                )
    return calendar_file(_("Visits of {name}", name=name), appointments, made_at=now())


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(), tzinfo=CHINA) + timedelta(minutes=minute)
