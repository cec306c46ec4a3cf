"""People around the person, as one cell names them: 王芳（女儿）13812345678；李明 139….

Decides names, relations and telephones of an entry, in whatever order they stand; leaves which
column it is to `columns`, and the person's own numbers to `cells`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from casework.exchange.people import RosterContact, RosterPerson
from casework.exchange.words import Words
from casework.identifiers import read_phones

__all__ = ["LABELS", "amend", "entries_of"]

_LONGEST_NAME = 60
_ENTRY = re.compile(r"[;；\n、,，/]+")
_PHONE_IN_TEXT = re.compile(r"[+(（]?\d[\d\-–—() （）]{5,}\d")
LABELS = re.compile(r"(联系)?(电话|手机|方式|号码?)[:：]?|[:：()（）\[\]【】]")


def amend(person: RosterPerson, relationship: str | None, phone: str | None) -> None:
    """Put a phone or relation to the contact that was named last."""
    last = person.contacts.pop() if person.contacts else RosterContact("", is_emergency=True)
    person.contacts.append(
        replace(last, relationship=relationship or last.relationship, phone=phone or last.phone)
    )


def entries_of(
    text: str, relationship: str | None, emergency: bool, words: Words
) -> list[RosterContact]:
    """Read "王芳（女儿）13812345678；李明 139…": names, relations and phones in any order."""
    found: list[RosterContact] = []
    for piece in _ENTRY.split(text):
        numbers = _PHONE_IN_TEXT.findall(piece)
        rest = LABELS.sub(" ", _PHONE_IN_TEXT.sub(" ", piece))
        relation, names = relationship, []
        for word in rest.split():
            code = words.code("relationship", word)
            head = next(
                (n for n in (3, 2) if len(word) > n + 1 and words.code("relationship", word[:n])), 0
            )
            if code:
                relation = code
            elif head:
                relation = words.code("relationship", word[:head])
                names.append(word[head:])
            else:
                names.append(word)
        read = read_phones(numbers[0]) if numbers else None
        right = (*read.mobiles, *read.landlines) if read else ()
        phone = right[0] if right else (numbers[0] if numbers else None)
        name = " ".join(names)
        if not name and phone and found:
            before = found.pop()
            spare = f"{before.note} {phone}".strip() if before.phone else before.note
            found.append(replace(before, phone=before.phone or phone, note=spare))
        elif name or phone:
            found.append(RosterContact(name[:_LONGEST_NAME], relation, phone, emergency))
    return found
