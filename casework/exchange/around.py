"""People around the person, as one cell names them: 王芳（女儿）13812345678；李明 139….

Decides names, relations and telephones of an entry, in whatever order they stand, and which words
name nobody (已故, 无子女, 在外地); leaves which column it is to `columns`, and the person's own
numbers to `cells`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from casework.exchange.people import RosterContact, RosterPerson
from casework.exchange.words import Words
from casework.identifiers import is_blank, read_name, read_phones
from casework.reference import code_lists, data_folder, read_toml

__all__ = ["LABELS", "Around", "add_around", "amend", "around"]

_LONGEST_NAME = 60
_SEPARATOR = re.compile(r"[;；\n、,，/]+")
_PHONE_IN_TEXT = re.compile(r"[+(（]?\d[\d\-–—() （）]{5,}\d")
LABELS = re.compile(r"(联系)?(电话|手机|方式|号码?)[:：]?|[:：()（）\[\]【】]")
_KIN_LENGTHS = (3, 2)
_HAN_LETTER = re.compile(r"[\u3400-\u9fff]")
_WIDOWED = "30"  # GB/T 2261.2


@dataclass(frozen=True, slots=True)
class Around:
    """What one cell says of people around the person.

    Attributes
    ----------
    contacts : list of RosterContact
    said : list of str
        What is said of the family and names nobody who could be called, such as 无子女.
    spouse : str or None
        Marital status (GB/T 2261.2) where what is said of the spouse tells it.
    """

    contacts: list[RosterContact] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    spouse: str | None = None


@dataclass(slots=True)
class _Entry:
    names: list[str] = field(default_factory=list)
    relation: str | None = None
    kin: str = ""
    phones: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    died: bool = False
    phone_first: bool = False

    def is_full(self, kind: str, ahead: str) -> bool:
        """Tell whether a word of a kind, before another of the kind ``ahead``, begins the next."""
        named = bool(self.names)
        if kind == "phone":
            return bool(self.phones) and self.phone_first and (named or self.relation is not None)
        if kind == "relation":
            told = self.relation is not None
            begins_next = bool(self.phones) and not self.phone_first and ahead == "name"
            return (named and (told or begins_next)) or (told and bool(self.phones))
        if kind == "name":
            told = self.relation is not None or bool(self.phones)
            return named and told and not (self.phone_first and not self.relation)
        return False

    @property
    def name(self) -> str:
        """The name; single letters and surnames of two are one name, typed apart."""
        typed = " ".join(self.names)
        apart = any(len(one) == 1 or one in _told().surnames for one in self.names)
        return (read_name(typed).name if apart else typed)[:_LONGEST_NAME]


@dataclass(frozen=True, slots=True)
class _Told:
    """What words say that are no name; ``surnames`` are those of two letters."""

    dead: re.Pattern[str]
    remarks: re.Pattern[str]
    surnames: frozenset[str]


@cache
def _told() -> _Told:
    raw = read_toml(data_folder() / "reference" / "headers.toml")["around"]
    dead, remarks = (re.compile("|".join(raw[one])) for one in ("dead", "remarks"))
    return _Told(dead, remarks, frozenset(raw["surnames"]))


def amend(person: RosterPerson, role: str, begun: RosterContact) -> None:
    """Put a phone or relation to the contact of this role that was named last.

    Where the columns of the role named nobody, the number is of somebody without a name, and not
    of whom other columns named.
    """
    if person.typed.get("contact_role") == role and person.contacts:
        last = person.contacts.pop()
        begun = replace(
            last,
            relationship=begun.relationship or last.relationship,
            phone=begun.phone or last.phone,
        )
    person.typed["contact_role"] = role
    person.contacts.append(begun)


def add_around(person: RosterPerson, found: Around, role: str = "") -> None:
    """Let a person have what a cell says of people around, in a column of a role."""
    if found.contacts and role:
        begun = person.contacts[-1] if person.contacts else None
        if begun and not begun.name and person.typed.get("contact_role") == role:
            first = found.contacts[0]  # the number stood in the column before
            person.contacts[-1] = replace(first, phone=first.phone or begun.phone)
            del found.contacts[0]
        person.typed["contact_role"] = role
    person.contacts += found.contacts
    if found.said:
        person.add("family_status", *found.said)
    if found.spouse:
        person.typed["spouse_said"] = found.spouse


def around(text: str, relationship: str | None, emergency: bool, words: Words) -> Around:
    """Read "王芳（女儿）13812345678；李明 139…": names, relations and phones in any order.

    Parameters
    ----------
    relationship : str or None
        What the heading says they are, unless the cell says something else.

    Examples
    --------
    >>> from casework.exchange.words import words_of_cells
    >>> found = around("子：刘强 13822223333 女：刘梅13833334444", "child", False, words_of_cells())
    >>> [(one.name, one.relationship, one.phone) for one in found.contacts]
    [('刘强', 'son', '13822223333'), ('刘梅', 'daughter', '13833334444')]
    >>> around("（去世）", "spouse", False, words_of_cells()).contacts
    []
    """
    found = Around()
    spouse = None
    for entry in _entries(text, words):
        relation = entry.relation or relationship
        if not entry.died and (entry.names or entry.phones):
            _keep(found.contacts, _contact(entry, relation, emergency), entry)
        elif entry.names or entry.remarks:
            if relation == "spouse":
                spouse = _WIDOWED if entry.died else _status(entry.remarks, words) or spouse
            heading = entry.kin or _heading(relation)
            said = " ".join(one for one in (entry.name, *entry.remarks, *entry.phones) if one)
            found.said.append(said if heading in said else f"{heading}{said}")
    return replace(found, spouse=spouse)


def _heading(relation: str | None) -> str:
    known = code_lists()["relationship"].entry(relation)
    return known.label.zh if known else ""  # as the roster is written


def _status(remarks: Iterable[str], words: Words) -> str | None:
    return next((code for one in remarks if (code := words.code("marital_status", one))), None)


def _contact(entry: _Entry, relation: str | None, emergency: bool) -> RosterContact:
    right = [one for phone in entry.phones for one in _numbers(phone)]
    first, *others = [*dict.fromkeys(right or entry.phones), ""]
    note = " ".join((*entry.remarks, *(one for one in others if one)))
    return RosterContact(entry.name, relation, first or None, emergency, note)


def _numbers(phone: str) -> tuple[str, ...]:
    read = read_phones(phone)
    return (*read.mobiles, *read.landlines)


def _keep(found: list[RosterContact], contact: RosterContact, entry: _Entry) -> None:
    """Add a contact, or give a bare number to the one named before it."""
    if entry.names or entry.relation or not found:
        found.append(contact)
        return
    before = found.pop()
    spare = contact.phone if before.phone else None
    note = " ".join(one for one in (before.note, spare, contact.note) if one)
    found.append(replace(before, phone=before.phone or contact.phone, note=note))


# ---------------------------------------------------------------- words into entries


def _entries(text: str, words: Words) -> Iterator[_Entry]:
    """Put the words of a cell together, an entry for each person or statement."""
    now = _Entry()
    last: _Entry | None = None
    for piece in _SEPARATOR.split(text):
        tokens = list(_tokens(piece, words))
        if not tokens:
            continue
        kinds = {kind for kind, _word in tokens}
        if kinds == {"relation"} and last and not (last.relation or last.phones) and last.names:
            last.relation, last.kin = tokens[0][1].split(" ", 1)  # 李芳，女儿，138…
            continue
        if last is not None and kinds != {"phone"}:
            yield last
            last = None
        for at, (kind, word) in enumerate(tokens):
            ahead = tokens[at + 1][0] if at + 1 < len(tokens) else ""
            if now.is_full(kind, ahead):
                yield from filter(None, (last, now))
                last, now = None, _Entry()
            _put(now, kind, word)
        if now.names or now.phones or now.remarks:
            if last is not None:  # a bare number is of whoever was named before it
                yield last
            last, now = now, _Entry()
    yield from filter(None, (last, now if now.remarks else None))


def _put(entry: _Entry, kind: str, word: str) -> None:
    if kind == "phone":
        entry.phone_first |= not (entry.names or entry.relation)
        entry.phones.append(word)
    elif kind == "relation":
        entry.relation, entry.kin = word.split(" ", 1)
    elif kind == "name":
        entry.names.append(word)
    else:
        entry.died |= kind == "died"
        entry.remarks.append(word)


def _tokens(piece: str, words: Words) -> Iterator[tuple[str, str]]:
    """Give phones, relations, remarks and names in their order; a relation as code and word."""
    at = 0
    for number in _PHONE_IN_TEXT.finditer(piece):
        yield from _said(piece[at : number.start()], words)
        yield "phone", number.group()
        at = number.end()
    yield from _said(piece[at:], words)


def _said(text: str, words: Words) -> Iterator[tuple[str, str]]:
    for word in LABELS.sub(" ", text).split():
        code = words.code("relationship", word)
        kin = "" if code else _kin(word, words)
        if code:
            yield "relation", f"{code} {word}"
        elif kin:
            yield "relation", f"{words.code('relationship', kin)} {kin}"
            rest = word[len(kin) :] if word.startswith(kin) else word[: -len(kin)]
            yield _kind(rest), rest
        elif not (is_blank(word) or words.is_ditto(word)):
            yield _kind(word), word


def _kin(word: str, words: Words) -> str:
    """Give the word of kinship with which a word begins or ends: 女儿李芳, 李芳女儿."""
    for n in _KIN_LENGTHS:
        if len(word) > n + 1:
            for kin in (word[:n], word[-n:]):
                if words.code("relationship", kin):
                    return kin
    return ""


def _kind(word: str) -> str:
    told = _told()
    if told.dead.search(word):
        return "died"
    return "remark" if told.remarks.fullmatch(word) else "name"
