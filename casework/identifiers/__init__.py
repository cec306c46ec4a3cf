"""What a name, a number or a date in a roster means, and what is wrong with it.

Decides how resident ID numbers, dates, phones, sexes and names are read from what people type and
what spreadsheets make of it. Nothing is repaired by guessing: a reading carries the value where it
is certain and names the problem where it is not. Leaves the question whether something is a problem
for the agency, and every word a person sees, to the modules above. Pure: no files, clock or
database.
"""

from __future__ import annotations

from casework.identifiers.dates import (
    DateReading,
    MonthStyle,
    day_of_year,
    is_day_of_year,
    is_lunar,
    read_date,
)
from casework.identifiers.names import NameReading, NameSpelling, read_name, spell_name
from casework.identifiers.phones import PhoneReading, read_phones
from casework.identifiers.resident_id import (
    ResidentId,
    check_character,
    lengthened,
    read_resident_id,
)
from casework.identifiers.words import is_blank, plain, read_sex

__all__ = [
    "DateReading",
    "MonthStyle",
    "NameReading",
    "NameSpelling",
    "PhoneReading",
    "ResidentId",
    "check_character",
    "day_of_year",
    "is_blank",
    "is_day_of_year",
    "is_lunar",
    "lengthened",
    "plain",
    "read_date",
    "read_name",
    "read_phones",
    "read_resident_id",
    "read_sex",
    "spell_name",
]
