"""The notice on paper: in large type, to be read, read aloud, ticked and signed.

Who: the caseworker before a visit. Decides: nothing; it is paper. Clicks: one to print. The
answers that are known stand in it ticked, so that the person can check them.
"""

from __future__ import annotations

from casework.reference.privacy import Notice
from casework.terms import _, language
from casework.ui import Html, Panel, Screen, Shell, el, join
from casework.ui.parts import print_ways
from casework.ui.screens.consent_parts import kinds_words
from casework.ui.wording import day_text
from casework.workbook.consent_rows import PurposeState

__all__ = ["ConsentNotice", "notice_html", "screen"]

_PAGE = "18mm 18mm 16mm 20mm"


class ConsentNotice(Screen):
    """The notice of one person, as it will be printed.

    Parameters
    ----------
    person : str
        Number of the person.
    """

    def __init__(self, shell: Shell, person: str) -> None:
        self.person_id = shell.wb.people.standing(int(person))
        lead = _("A4, large type. Leave one with the person and file the signed one.")
        super().__init__(shell, _("Notice and consent"), lead=lead)
        self.add_class("cw-printing")
        self.ways = Panel(print_ways(_PAGE))
        self.sheet = Panel("")
        self.body(self.ways, self.sheet)
        self.refresh()

    def refresh(self) -> None:
        """Write the notice as it is in force on the day."""
        book = self.wb
        self.sheet.set(
            notice_html(
                book.consents.notice(on=self.on),
                book.consents.states(self.person_id, as_of=self.on),
                agency=str(book.agency.label),
                name=book.people.dossier(self.person_id, as_of=self.on).name,
            )
        )


screen = ConsentNotice


def notice_html(
    notice: Notice, states: tuple[PurposeState, ...], *, agency: str, name: str
) -> Html:
    """Write the whole sheet: what it is about, each question by itself, the signatures."""
    told = [
        join([
            el("h3", head),
            el("p", str(words).format(agency=agency)),
        ])
        for head, words in notice.paragraphs
    ]  # fmt: skip
    asked = [one for one in states if one.purpose.needs_consent]
    duties = [one for one in states if not one.purpose.needs_consent]
    return el(
        "article",
        el("h2", notice.title, class_="cw-paper-title"),
        el(
            "p",
            el("span", agency),
            el("span", name),
            el("span", _("Version {code}", code=notice.code)),
            class_="cw-paper-line",
        ),
        told,
        el("h3", _("What we do by duty")),
        el("ul", [_duty(one) for one in duties], class_="cw-notice-duties"),
        el("h3", _("What you decide: please tick each one")),
        el("ol", [_question(one) for one in asked], class_="cw-notice-asked"),
        _signatures(),
        class_="cw-paper cw-notice-paper",
        lang="zh-CN" if language() == "zh" else "en",
    )


def _duty(one: PurposeState) -> Html:
    return el("li", el("b", one.purpose.label), _(": "), one.purpose.told)


def _question(one: PurposeState) -> Html:
    purpose = one.purpose
    waits = one.ask_from is not None
    said = _("You said no; we do not ask again before {day}.",
             day=day_text(one.ask_from)) if waits and one.ask_from else None  # fmt: skip
    boxes = el(
        "p",
        el("span", _box(one.state == "given"), _("I agree")),
        el("span", _box(one.state in ("refused", "withdrawn")), _("I do not agree")),
        class_="cw-notice-boxes",
    )
    return el(
        "li",
        el("b", purpose.label),
        el("p", purpose.told),
        el("p", _("What: {kinds}.", kinds=kinds_words(purpose.kinds)),
           el("strong", _(" Sensitive information.")) if purpose.sensitive else None),
        el("p", _("If you say no: "), purpose.refused),
        el("p", said) if said else boxes,
    )  # fmt: skip


def _box(ticked: bool) -> str:
    return "☑ " if ticked else "☐ "


def _signatures() -> Html:
    day = "    年    月    日" if language() == "zh" else _("Date:")
    return el(
        "footer",
        [
            el("div", el("b", who), el("span", day))
            for who in (
                _("The person"),
                _("Guardian or agent, and on what it rests"),
                _("Read out by, witness"),
            )
        ],
        class_="cw-paper-sign",
    )
