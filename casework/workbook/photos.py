"""Pictures taken on visits: kept with the contact, with what they show, and shown by it (S0-37).

Decides what a picture may be (JPEG or PNG of a size that a page can show), that nothing a camera
writes beside it is kept (place, moment, device), and that a picture stays with a contact that is
corrected. Nothing is deleted: one that was added by mistake is taken back.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.records import Contact, ContactPhoto
from casework.records.base import now
from casework.terms import _
from casework.workbook.contact_rows import standing_contact

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["LONGEST_CAPTION", "MOST_BYTES", "MOST_PHOTOS", "Photo", "Photos", "bare_picture"]

LONGEST_CAPTION = 200
MOST_BYTES = 3 * 2**20
MOST_PHOTOS = 12
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_END_OF_PNG = b"IEND"
_SHOWS = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP",
                    b"sBIT", b"pHYs"))  # fmt: skip
"""Parts of a PNG that say how it looks; texts, times and camera data are others."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture: what it shows, its address for a page, who added it and when."""

    photo_id: int
    contact_id: int
    caption: str
    image: str
    by: str
    at: datetime


class Photos:
    """What is done with pictures of visits.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def of_contacts(self, contact_ids: Iterable[int]) -> dict[int, list[Photo]]:
        """Give the pictures of contacts, the oldest first; those of what they correct with them."""
        ids = list(contact_ids)
        with self._workbook.reading() as session:
            stands_for = _stands_for(session, ids)
            rows = session.scalars(
                select(ContactPhoto)
                .where(
                    ContactPhoto.contact_id.in_(stands_for),
                    ContactPhoto.superseded_at.is_(None),
                    ContactPhoto.image != "",
                )
                .order_by(ContactPhoto.id)
            ).all()
            found: dict[int, list[Photo]] = {}
            for one in rows:
                at = stands_for[one.contact_id]
                found.setdefault(at, []).append(_shown(one, at))
            return found

    def add(self, contact_id: int, content: bytes, caption: str) -> int:
        """Keep a picture with a contact.

        Raises
        ------
        InvalidEntry
            If it is no picture, too large, has no words, or the contact has as many as it may have.
        NotPermitted
            If the contact was withdrawn or corrected meanwhile.
        """
        words = caption.strip()
        if not words:
            raise InvalidEntry(_("Say what the picture shows: who, where, what for."), "caption")
        if len(words) > LONGEST_CAPTION:
            raise InvalidEntry(_("At most {n} characters.", n=LONGEST_CAPTION), "caption")
        image = bare_picture(content)
        book = self._workbook
        held = len(self.of_contacts([contact_id]).get(contact_id, ()))
        if held >= MOST_PHOTOS:
            raise InvalidEntry(
                _("A contact keeps at most {n} pictures. Take one back first.", n=MOST_PHOTOS),
                "picture",
            )
        with book.transaction() as session:
            standing_contact(session, contact_id)
            made = ContactPhoto(
                contact_id=contact_id, caption=words, image=image,
                recorded_at=now(), recorded_by=book.actor.name,
            )  # fmt: skip
            session.add(made)
            session.flush()
            book.log(session, "add_photo", "contact", contact_id,
                     after={"photo": made.id, "caption": words})  # fmt: skip
            return made.id

    def take_back(self, photo_id: int) -> None:
        """Take back a picture that should not be there."""
        self._mark(photo_id, now())

    def put_back(self, photo_id: int) -> None:
        """Show a picture again that was taken back."""
        self._mark(photo_id, None)

    def carry_over(self, old_id: int, new_id: int) -> None:
        """Keep the pictures of a withdrawn contact with the one that was recorded in its place."""
        book = self._workbook
        kept = self.of_contacts([old_id]).get(old_id, [])
        with book.transaction() as session:
            for one in kept:
                session.add(
                    ContactPhoto(
                        contact_id=new_id, caption=one.caption, image=one.image,
                        recorded_at=one.at, recorded_by=one.by,
                    )
                )  # fmt: skip

    def _mark(self, photo_id: int, at: datetime | None) -> None:
        book = self._workbook
        with book.transaction() as session:
            photo = session.get(ContactPhoto, photo_id)
            if photo is None:
                raise NotFound(_("There is no picture with the number {id}.", id=photo_id))
            photo.superseded_at = at
            what = "take_back_photo" if at else "put_back_photo"
            book.log(session, what, "contact", photo.contact_id, after={"photo": photo_id})


def _stands_for(session: Session, ids: Iterable[int]) -> Mapping[int, int]:
    """Give each contact, and each that it corrects, with the one that stands for it."""
    stands_for = {one: one for one in ids}
    last = dict(stands_for)
    while last:
        older = session.execute(
            select(Contact.id, Contact.amends_id).where(
                Contact.id.in_(last), Contact.amends_id.is_not(None)
            )
        ).all()
        last = {
            amends: last[id_]
            for id_, amends in older
            if amends is not None and amends not in stands_for
        }
        stands_for |= last
    return stands_for


def _shown(one: ContactPhoto, contact_id: int) -> Photo:
    return Photo(one.id, contact_id, one.caption, one.image, one.recorded_by, one.recorded_at)


def bare_picture(content: bytes) -> str:
    """Give the address of a picture that holds it whole, without what the camera wrote beside it.

    Raises
    ------
    InvalidEntry
        If it is neither JPEG nor PNG, is not whole, or has more than `MOST_BYTES`.
    """
    if len(content) > MOST_BYTES:
        raise InvalidEntry(
            _("The picture has more than {n} MB. Save it smaller.", n=MOST_BYTES // 2**20),
            "picture",
        )
    bare, kind = b"", ""
    if content.startswith(_JPEG):
        bare, kind = _bare_jpeg(content), "jpeg"
    elif content.startswith(_PNG):
        bare, kind = _bare_png(content), "png"
    if not bare:
        raise InvalidEntry(
            _("This is no picture that can be shown, or not a whole one. Accepted: JPEG and PNG."),
            "picture",
        )
    return f"data:image/{kind};base64,{base64.b64encode(bare).decode()}"


def _bare_jpeg(content: bytes) -> bytes:
    """Leave out what is said beside the picture (APP1 to APP13, APP15, comments); b"" if broken."""
    kept, at = bytearray(b"\xff\xd8"), 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        mark = content[at + 1]
        if mark == 0xFF:  # a filling byte
            at += 1
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(content):
            return b""
        if mark == 0xDA:  # from here on it is the picture itself, to its end
            end = content.rfind(b"\xff\xd9")
            return bytes(kept) + content[at : end + 2] if end > at else b""
        beside = mark == 0xFE or (0xE1 <= mark <= 0xEF and mark != 0xEE)
        kept += b"" if beside else content[at : at + 2 + length]
        at += 2 + length
    return b""


def _bare_png(content: bytes) -> bytes:
    kept, at = bytearray(_PNG), len(_PNG)
    while at + 12 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(content):
            return b""
        kept += content[at:end] if kind in _SHOWS else b""
        if kind == _END_OF_PNG:
            return bytes(kept)
        at = end
    return b""
