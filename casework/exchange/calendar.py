"""Calendar files (.ics) after RFC 5545: appointments that a phone or an office calendar takes over.

Decides how an appointment is written; leaves what is told of it to whoever calls. Times are in UTC,
so that no table of time zones is needed; China has had none but one since 1991.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from casework import __version__

__all__ = ["Appointment", "calendar_file"]

_LONGEST = 75  # octets of a line, its end not counted (RFC 5545, 3.1)


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment.

    Attributes
    ----------
    uid : str
        The same for the same appointment in every file, so that a later one replaces it.
    begins, ends : datetime
        With their zone.
    sequence : int
        Grows with every change.
    """

    uid: str
    begins: datetime
    ends: datetime
    summary: str
    place: str = ""
    description: str = ""
    sequence: int = 0


def calendar_file(name: str, appointments: Iterable[Appointment], *, made_at: datetime) -> bytes:
    """Write a calendar.

    Parameters
    ----------
    name : str
        What the calendar is called.
    made_at : datetime
        With its zone.

    Raises
    ------
    ValueError
        When a moment has no zone, or an appointment ends before it begins.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//casework//rosters {__version__}//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for one in appointments:
        lines += _event(one, made_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode(
        "utf-8", "replace"
    )


def _event(one: Appointment, made_at: datetime) -> Iterator[str]:
    if one.ends < one.begins:
        raise ValueError("an appointment ends before it begins")
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(one.uid)}"
    yield f"DTSTAMP:{_moment(made_at)}"
    yield f"SEQUENCE:{one.sequence}"
    yield f"DTSTART:{_moment(one.begins)}"
    yield f"DTEND:{_moment(one.ends)}"
    yield f"SUMMARY:{_text(one.summary)}"
    if one.place:
        yield f"LOCATION:{_text(one.place)}"
    if one.description:
        yield f"DESCRIPTION:{_text(one.description)}"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """Escape a text (RFC 5545, 3.3.11); what no text may hold is left out."""
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return "".join(one for one in escaped if one >= " " and one != "\x7f")


def _folded(line: str) -> Iterator[str]:
    """Break a line so that no part is too long, and no character is broken."""
    part, size = "", 0
    for one in line:
        octets = len(one.encode("utf-8", "surrogatepass"))
        if size + octets > _LONGEST:
            yield part
            part, size = " ", 1
        part, size = part + one, size + octets
    yield part
