"""The citizen identification number (GB 11643-1999) as typed, as it should be, and its damage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from casework.identifiers.words import is_blank, plain

__all__ = ["ResidentId", "check_character", "lengthened", "read_resident_id"]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_OLDEST_YEAR = 1800
_CENTENARIANS = range(996, 1000)  # sequences of the 15-digit form kept for births before 1900
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d{2}", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_WHOLE = re.compile(r"\d{17}[\dX]")
_FLOAT_TAIL = re.compile(r"\.0+$")
_DRESSING = re.compile(r"[\s'’‘′´\"“”`=_.,\-–—:;()]")
_LOOKALIKES = str.maketrans({"×": "X", "х": "X", "Х": "X", "*": "*", "χ": "X"})
_WORDS_BEFORE = re.compile(r"^(居民)?(公民)?(身份证?)(件)?(号码?)?")


@dataclass(frozen=True, slots=True)
class ResidentId:
    """One reading of an ID number.

    Attributes
    ----------
    typed : str
        As it stands in the cell, in half-width characters; a number cell in full digits.
    normal : str or None
        The 18 characters where the number is whole and right, else None.
    problem : str or None
        ``missing``, ``bad_check_digit``, ``truncated_number``, ``impossible_date``,
        ``bad_length`` or ``not_a_resident_id``; None where the number is right.
    born_on : date or None
        The day in the number, also where only the check character is wrong; evidence, then, and
        no more.
    sex : str or None
        ``"1"`` or ``"2"`` from the 17th digit of a right number.
    """

    typed: str
    normal: str | None = None
    problem: str | None = None
    born_on: date | None = None
    sex: str | None = None

    @property
    def stem(self) -> str:
        """The first 14 digits, region and birth date, which survive truncation; else empty."""
        digits = self.normal or self.typed
        return digits[:14] if len(digits) >= 15 and digits[:14].isdigit() else ""


def check_character(body: str) -> str:
    """Give the check character (ISO 7064 MOD 11-2) of 17 digits.

    Examples
    --------
    >>> check_character("11010519491231002")
    'X'
    """
    return _CHECKS[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def lengthened(old: str) -> str:
    """Give the 18-character form of a 15-digit number.

    Examples
    --------
    >>> lengthened("110105491231002")
    '11010519491231002X'
    """
    century = "18" if int(old[12:]) in _CENTENARIANS else "19"
    body = old[:6] + century + old[6:]
    return body + check_character(body)


def read_resident_id(value: object, sex: str | None = None) -> ResidentId:
    """Read an ID number from a cell, whatever a person or a spreadsheet did to it.

    Parameters
    ----------
    value : object
        Text or number as the file holds it. A number of more than 15 digits has lost its end.
    sex : str or None
        The sex typed beside it. It only decides the rare case of a number that ends in 000 and
        checks out by chance.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(value)
    typed = plain(value)
    if is_blank(value) or not _DIGIT.search(typed):  # 遗失, 未办理, 军官证: words are no number
        return ResidentId(typed="", problem="missing")
    if _WHOLE.fullmatch(typed):
        return _from_text(typed, typed, sex)
    typed = typed.translate(_LOOKALIKES)
    found = _WORDS_BEFORE.sub("", typed)
    if _SCIENTIFIC.fullmatch(found.replace(" ", "")):
        return ResidentId(typed=typed, problem="truncated_number")
    digits = _DRESSING.sub("", _FLOAT_TAIL.sub("", found)).upper()
    if digits in ("", "0"):
        return ResidentId(typed="", problem="missing")
    return _from_text(typed, digits, sex)


def _from_number(value: float) -> ResidentId:
    if value != value or abs(value) < 1:
        return ResidentId(typed="", problem="missing")
    whole = int(value)
    digits = str(whole)
    if len(digits) > 15:
        # Only 15 digits of a number cell can be trusted; what follows is the machine's, which may
        # also have rounded ...095000 down to ...094976.
        unit = 10 ** (len(digits) - 15)
        near = round(whole / unit)
        kept = str(near if abs(near * unit - whole) <= 64 else whole // unit)
        shown = kept + "0" * (len(digits) - 15)
        return ResidentId(shown, problem="truncated_number", born_on=_day(shown[6:14]))
    return _from_text(digits, digits, None)


def _from_text(typed: str, digits: str, sex: str | None) -> ResidentId:
    if re.fullmatch(r"\d{15}", digits):
        return _old(typed, digits)
    if not re.fullmatch(r"\d+X?", digits):
        return ResidentId(typed, problem="not_a_resident_id")
    if not _WHOLE.fullmatch(digits):
        return ResidentId(typed, problem="bad_length")
    born_on = _day(digits[6:14])
    of_number = "1" if int(digits[16]) % 2 else "2"
    right = check_character(digits[:17]) == digits[17]
    if _passed_a_number_cell(digits) and (not right or (sex is not None and sex != of_number)):
        return ResidentId(digits, problem="truncated_number", born_on=born_on)
    if not right:
        return ResidentId(digits, problem="bad_check_digit", born_on=born_on)
    if born_on is None:
        return ResidentId(digits, problem="impossible_date")
    return ResidentId(digits, normal=digits, born_on=born_on, sex=of_number)


def _passed_a_number_cell(digits: str) -> bool:
    """Tell whether 18 digits look as if a number cell had held them: three noughts, or their float.

    A file written from such a cell by a program shows ...095000 as the nearest float, ...094976.
    """
    if digits.endswith("X"):
        return False
    whole = int(digits)
    near = round(whole, -3)
    return whole in (near, int(float(near)))


def _old(typed: str, digits: str) -> ResidentId:
    normal = lengthened(digits)
    born_on = _day(normal[6:14])
    if born_on is None:
        return ResidentId(typed, problem="impossible_date")
    return ResidentId(
        digits, normal=normal, born_on=born_on, sex="1" if int(normal[16]) % 2 else "2"
    )


def _day(digits: str) -> date | None:
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return found if found.year >= _OLDEST_YEAR else None
