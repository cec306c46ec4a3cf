"""Telephone numbers of mainland China: one cell may hold several, with words between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from casework.identifiers.words import is_blank, plain

__all__ = ["PhoneReading", "read_phones"]

_GAP = r"[ \-–—‐.]?"
_MOBILE = re.compile(
    rf"(?<!\d)(?:\+?(?:00)?86{_GAP}|0(?=1))?(1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}})(?!\d)"
)
_MOBILE_344 = re.compile(rf"(?<!\d)(1[3-9]\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{4}})(?!\d)")
_AREA = r"(?:010|02\d|0[3-9]\d{2})"
_LANDLINE = re.compile(
    rf"(?<!\d)(?:\+?(?:00)?86{_GAP})?\(?({_AREA})\)?[ \-–—‐./]?(\d{{3,4}}{_GAP}\d{{4}})"
    rf"(?:(?:转|分机|ext\.?|[-–—*#])\s*(\d{{1,6}}))?(?!\d)",
    re.IGNORECASE,
)
_ABROAD = re.compile(  # +86-592-7654321, without the zero of the area code
    rf"(?<!\d)(?:\+|00)86{_GAP}\(?(10|2\d|[3-9]\d{{2}})\)?{_GAP}(\d{{7,8}})(?!\d)"
)
_SERVICE = re.compile(r"(?<!\d)([48]00[ \-]?\d{3}[ \-]?\d{4})(?!\d)")
_LOCAL = re.compile(
    r"(?<!\d)(?<!\d[-–— ])([2-9]\d{2,3}[ \-–—]?\d{4})(?:(?:转|分机|[-–—*#])\s*(\d{1,6}))?(?!\d)"
)
_ZERO_LOST = re.compile(r"(?<!\d)([3-9]\d{2})-?(\d{7,8})(?!\d)")
_CAPITAL_ZERO_LOST = re.compile(r"(?<!\d)(10|2\d)-?(\d{8})(?!\d)")
_JOINED = re.compile(rf"(?<!\d)({_AREA})-?(\d{{7,8}})(1[3-9]\d{{9}})(?!\d)")
_TWO_MOBILES = re.compile(r"(?<!\d)(1[3-9]\d{9})(1[3-9]\d{9})(?!\d)")
_FLOAT_TAIL = re.compile(r"(?<=\d)\.0+(?!\d)")
_WHOLE_MOBILE = re.compile(r"1[3-9]\d{9}")
_WHOLE_LANDLINE = re.compile(rf"{_AREA}-\d{{7,8}}")
_SPOILT = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d{1,2}")  # 1.39E+10, of which digits are lost
_RUN = re.compile(r"\d[\d \-–—]*\d|\d")
_SHORT = range(3, 7)


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """The numbers of one cell.

    Attributes
    ----------
    mobiles, landlines : tuple of str
        Right numbers in the order of the cell: 11 digits; area code, hyphen and number, and
        ``-`` extension; a local number stays without an area code.
    shorts : tuple of str
        Short numbers of a private network, accepted only beside a full number.
    bad : tuple of str
        Runs of digits that are no number of any kind, as typed.
    """

    mobiles: tuple[str, ...] = ()
    landlines: tuple[str, ...] = ()
    shorts: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()


def read_phones(value: object, *, number_cell: bool = False) -> PhoneReading:
    """Read every telephone number in a cell.

    Parameters
    ----------
    value : object
        Text or number as the file holds it.
    number_cell : bool
        The cell is a number, so a leading zero of an area code is lost and may be put back.

    Examples
    --------
    >>> found = read_phones("0512-87381016/15806261418")
    >>> found.mobiles, found.landlines
    (('15806261418',), ('0512-87381016',))
    >>> read_phones("1899932965").bad
    ('1899932965',)
    """
    if is_blank(value) or (isinstance(value, float) and value != value):
        return PhoneReading()
    if isinstance(value, float) and value.is_integer():
        value, number_cell = int(value), True
    text = plain(value)
    if _WHOLE_MOBILE.fullmatch(text):
        return PhoneReading(mobiles=(text,))
    if _WHOLE_LANDLINE.fullmatch(text):
        return PhoneReading(landlines=(text,))
    if _SPOILT.fullmatch(text):
        return PhoneReading(bad=(text,))
    text = _FLOAT_TAIL.sub("", text).replace("(0)", "0")
    text = _JOINED.sub(r"\1-\2/\3", _TWO_MOBILES.sub(r"\1/\2", text))
    found: list[tuple[int, str, str]] = []

    def take(pattern: re.Pattern[str], kind: str, rest: str) -> str:
        def keep(match: re.Match[str]) -> str:
            found.append((match.start(), kind, _written(kind, match)))
            return "/" * len(match.group())

        return pattern.sub(keep, rest)

    steps = [(_MOBILE, "mobile"), (_MOBILE_344, "mobile"), (_LANDLINE, "landline")]
    steps += [(_ABROAD, "zero"), (_SERVICE, "service")]
    if number_cell or isinstance(value, int):
        steps += [(_ZERO_LOST, "zero"), (_CAPITAL_ZERO_LOST, "zero")]
    for pattern, kind in [*steps, (_LOCAL, "local")]:
        text = take(pattern, kind, text)
    return _sorted_out(sorted(found), text)


def _written(kind: str, match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group(1))
    if kind in ("mobile", "service"):
        return digits
    if kind == "zero":
        return f"0{digits}-{match.group(2)}"
    if kind == "local":
        return digits + (f"-{match.group(2)}" if match.group(2) else "")
    number = re.sub(r"\D", "", match.group(2))
    return f"{digits}-{number}" + (f"-{match.group(3)}" if match.group(3) else "")


def _sorted_out(found: list[tuple[int, str, str]], rest: str) -> PhoneReading:
    """Tell good numbers from what is left over."""
    mobiles = tuple(dict.fromkeys(text for _, kind, text in found if kind == "mobile"))
    landlines = tuple(dict.fromkeys(text for _, kind, text in found if kind != "mobile"))
    runs = [re.sub(r"\s", "", one) for one in _RUN.findall(rest)]
    long = [one for one in runs if len(one) >= _SHORT.start]
    shorts = tuple(one for one in long if len(one) in _SHORT and (mobiles or landlines))
    return PhoneReading(mobiles, landlines, shorts, tuple(one for one in long if one not in shorts))
