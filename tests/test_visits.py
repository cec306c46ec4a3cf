"""Visits with pictures, how those who come to us are received, and help for who is lost outside."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.errors import InvalidEntry, NotPermitted
from casework.planning.issues import OUTSIDE
from casework.records import Contact, ContactPhoto, RelatedPerson
from casework.records.audit import audit
from casework.records.base import now
from casework.records.holdings import ERASED
from casework.ui import Shell
from casework.ui.escape import el
from casework.ui.widgets import Place
from casework.workbook import Workbook, open_workbook
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry
from casework.workbook.erasing import erase
from casework.workbook.photos import MOST_PHOTOS, bare_picture
from tests.conftest import TODAY
from tests.test_caseloads import staff
from tests.test_plans import a_person


def png(*extra: tuple[bytes, bytes], cut: int = 0) -> bytes:
    """Make a picture of one red dot, with more parts before its end."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        *extra,
        (b"IDAT", zlib.compress(b"\x00\xff\x00\x00")),
        (b"IEND", b""),
    ]
    made = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return made[: len(made) - cut]


def jpeg(*beside: tuple[int, bytes], body: bytes = b"\x01\x02\xff\xd9") -> bytes:
    """Make the frame of a JPEG: its parts, and something in place of the picture."""
    parts = [(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), *beside, (0xDB, b"\x00" * 65)]
    told = b"".join(
        bytes((0xFF, mark)) + (len(data) + 2).to_bytes(2, "big") + data for mark, data in parts
    )
    return b"\xff\xd8" + told + b"\xff\xda\x00\x04\x01\x02" + body


def held_in(image: str) -> bytes:
    return base64.b64decode(image.partition("base64,")[2])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path: Path = tmp_path_factory.mktemp("visits") / "w.sqlite"
    return open_workbook(str(path), agency="changshu", today=TODAY)


def visited(book: Workbook, key: str, **more: object) -> tuple[int, int]:
    person = a_person(book)
    entry = ContactEntry(key, TODAY, "home_visit", (PersonEntry(person, heard="身体好"),))
    return person, book.contacts.record(ContactEntry(**{**_fields(entry), **more})).contact_id


def _fields(entry: ContactEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in ContactEntry.__slots__}


# --- pictures -----------------------------------------------------------------------------------


def test_nothing_the_camera_wrote_beside_a_picture_is_kept() -> None:
    told = (b"Exif\x00\x00GPS 28.19N 112.97E", b"2026:11:30 iPhone", b"http://ns.adobe.com/xap")
    marks = (0xE1, 0xFE, 0xED)
    picture = held_in(bare_picture(jpeg(*zip(marks, told, strict=True), (0xEE, b"Adobe"))))
    assert not any(one in picture for one in told)
    assert picture == jpeg((0xEE, b"Adobe"))  # which says how the colours are meant
    dot = held_in(bare_picture(png((b"eXIf", told[0]), (b"tEXt", told[1]), (b"iTXt", told[2]))))
    assert dot == png()


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"%PDF-1.4", b"<svg onload=1>", png(cut=5), jpeg(body=b"\x01"),
     b"\xff\xd8\xff\xe1\xff\xff", b"\xff\xd8\xff\xe1\x00\x00", b"\x89PNG\r\n\x1a\n",
     b"\0" * 4_000_000],
    ids=["nothing", "gif", "pdf", "svg", "cut", "endless", "short", "no length", "head", "large"],
)  # fmt: skip
def test_what_is_no_whole_picture_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(InvalidEntry) as caught:
        bare_picture(content)
    assert caught.value.field == "picture"


def test_a_leaders_visit_shows_who_came_what_was_heard_and_the_picture_with_its_words(
    office: Workbook,
) -> None:
    person, contact = visited(
        office, "leaders", kind="heart_talk",
        participants=(Participant(None, "王建国", "leader"), Participant(None, "李小萍")),
    )  # fmt: skip
    office.photos.add(contact, png(), " 王建国一行看望老干部 ")
    screen = Shell(office, "caseworker", Place("visits", {"person": str(person)})).screen
    shown = str(screen.list.html)
    for words in (
        "王建国",
        "李小萍",
        "谈心谈话",
        "身体好",
        "王建国一行看望老干部",
        "data:image/png;base64,",
    ):
        assert words in shown


def test_a_picture_stays_with_a_contact_that_is_corrected_and_goes_when_it_is_taken_back(
    office: Workbook,
) -> None:
    person, contact = visited(office, "corrected")
    photo = office.photos.add(contact, png(), "合影")
    again = ContactEntry("corrected-2", TODAY, "home_visit", (PersonEntry(person, heard="精神好"),))
    newer = office.contacts.amend(contact, again).contact_id
    assert [one.caption for one in office.photos.of_contacts([newer])[newer]] == ["合影"]
    with pytest.raises(NotPermitted):
        office.photos.add(contact, png(), "迟到的照片")
    office.photos.take_back(photo)
    assert office.photos.of_contacts([newer]) == {}
    office.photos.put_back(photo)
    assert len(office.photos.of_contacts([newer])[newer]) == 1


def test_a_picture_needs_words_and_a_contact_keeps_no_more_than_it_may(office: Workbook) -> None:
    _person, contact = visited(office, "many")
    for words in ("", "  ", "长" * 201):
        with pytest.raises(InvalidEntry):
            office.photos.add(contact, png(), words)
    for number in range(MOST_PHOTOS):
        office.photos.add(contact, png(), f"第{number}张")
    with pytest.raises(InvalidEntry):
        office.photos.add(contact, png(), "再一张")


def test_a_picture_is_chosen_named_and_kept_on_the_screen_and_undone(office: Workbook) -> None:
    person, contact = visited(office, "screen")
    params = {"person": str(person), "contact": str(contact)}
    screen = Shell(office, "caseworker", Place("visits", params)).screen
    screen.look_at("a.png", png())
    screen.caption.entry = "春节看望"
    screen.save()
    assert "春节看望" in str(screen.list.html)
    with office.reading() as session:
        kept = session.scalars(select(ContactPhoto.id).where(ContactPhoto.contact_id == contact))
        (number,) = kept.all()
    screen.list.click("take_back", photo=number)
    assert "春节看望" not in str(screen.list.html)


def test_copy_for_the_person_shows_the_picture_and_erasing_empties_it(office: Workbook) -> None:
    person, contact = visited(office, "copy")
    office.photos.add(contact, png(), "本人可取得的照片")
    made = office.rights.export(person, reason="本人要求")
    with zipfile.ZipFile(io.BytesIO(made.content)) as box:
        page, table = (box.read(one).decode() for one in ("index.html", "csv/contact_photo.csv"))
    assert f'<img src="{bare_picture(png())}"' in page
    assert "本人可取得的照片" in page
    assert "base64" not in table
    with office.transaction() as session:
        erase(session, [person])
    assert office.photos.of_contacts([contact]) == {}
    with office.reading() as session:
        (left,) = session.scalars(select(ContactPhoto).where(ContactPhoto.contact_id == contact))
        assert (left.image, left.caption) == ("", ERASED)


def test_an_address_of_a_picture_is_for_pictures_alone() -> None:
    image = bare_picture(png())
    assert image in str(el("img", src=image, alt="x"))
    for name, attribute in (("a", "href"), ("input", "src"), ("form", "action")):
        with pytest.raises(ValueError, match="not a local address"):
            el(name, **{attribute: image})
    for address in ("data:image/svg+xml;base64,AA==", "data:text/html,x", image + '" onerror="x'):
        with pytest.raises(ValueError, match="not a local address"):
            el("img", src=address)


# --- those who come to us -----------------------------------------------------------------------


def test_the_five_points_of_reception_are_ticked_kept_and_read_back(office: Workbook) -> None:
    person = a_person(office)
    form = Shell(office, "caseworker", Place("contact", {"persons": str(person)})).screen
    form.fields["channel"].entry = "home_visit"
    assert not form.receives
    assert form.fields["initiated_by"].entry == "staff"
    form.fields["channel"].entry = "reception"
    assert form.receives
    assert form.fields["initiated_by"].entry == "person", "who comes to us took the initiative"
    labels = [one.label for one in form.fields["welcome"].options]
    assert labels == [
        "一张笑脸相迎", "一把椅子请座", "一杯热茶暖心", "一片诚意解难", "一句好话送行",
    ]  # fmt: skip
    form.fields["welcome"].entry = ["smile", "tea"]
    form.fields["outcome"].entry = "reached"
    form.save()
    row = office.contacts.of_person(person)[0]
    assert row.welcome == ("smile", "tea")
    assert office.contacts.entry_of(row.contact_id).welcome == ("smile", "tea")
    shown = str(
        Shell(office, "caseworker", Place("visits", {"person": str(person)})).screen.list.html
    )
    assert "五个一 2/5" in shown


@pytest.mark.parametrize(("channel", "said", "kept"), [
    ("reception", (), ""), ("reception", None, None), ("phone", ("smile",), None),
])  # fmt: skip
def test_not_said_is_not_none_of_them_and_only_a_reception_has_points(
    office: Workbook, channel: str, said: tuple[str, ...] | None, kept: str | None
) -> None:
    _person, contact = visited(office, f"{channel}{said}", channel=channel, welcome=said)
    with office.reading() as session:
        assert session.get_one(Contact, contact).welcome == kept


def test_a_point_that_the_agency_does_not_have_is_refused(office: Workbook) -> None:
    with pytest.raises(InvalidEntry, match="一张笑脸相迎"):
        visited(office, "unknown point", channel="reception", welcome=("flowers",))


# --- in trouble outside -------------------------------------------------------------------------


def test_who_is_lost_is_written_down_in_a_minute_and_it_is_said_whom_to_call(
    office: Workbook,
) -> None:
    person = a_person(office)
    worker = staff(office)
    office.people.seat_care_team(person, "caseworker", staff_id=worker)
    with office.transaction() as session:
        told = {"recorded_at": now(), "recorded_by": "t", "source": "t"}
        session.add(RelatedPerson(person_id=person, name="张小清", relationship="child",
                                  phone="13800000001", **told))  # fmt: skip
    log = Shell(office, "caseworker", Place("issues", {"kind": OUTSIDE, "person": str(person)}))
    log.screen.add_outside()
    form = log.screen.form
    form["at"].entry, form["reporter"].entry = "10:20，公园东门", "保安 010-5550199"
    log.screen.save_outside()
    (row,) = office.issues.list(kind=OUTSIDE, person_id=person)
    assert (row.severity, row.due_on, row.owner) == ("high", TODAY, "某caseworker")
    assert row.title == "外出遇困：10:20，公园东门"
    issue = Shell(office, "caseworker", Place("issue", {"id": str(row.issue_id)})).screen
    shown = str(issue.call.html)
    assert "张小清" in shown
    assert "tel:13800000001" in shown
    assert "某caseworker" in shown
    with office.reading() as session:
        read = select(audit.c.after).where(audit.c.action == "read", audit.c.person_id == person)
        assert {"what": "issue"} in session.scalars(read).all(), "who looked is written down"
    office.issues.settle(row.issue_id, "resolved", "女儿已接回家")
    office.issues.reply(row.issue_id, "已回电")
    assert office.issues.list(kind=OUTSIDE, person_id=person) == []
    kept = Shell(office, "caseworker", Place("issues", {"kind": OUTSIDE, "person": str(person)}))
    assert kept.screen.table.texts(), "the log keeps what is settled"
