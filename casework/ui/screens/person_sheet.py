"""一人一档 on paper: the dossier of one person or of many, laid out for A4, printed or saved.

Who: the caseworker before a visit, the office for its binder, a hospital that is told who somebody
is. Decides: nothing; it is read. Clicks: print, or save as a file. Numbers are masked on paper too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from casework.reference import Agency, code_list, code_lists
from casework.terms import _, language
from casework.ui import Download, MadeFile, Panel, Printer, Screen, Shell
from casework.ui.cards import case_words
from casework.ui.escape import Html, el, join, text
from casework.ui.parts import unknown
from casework.ui.screens.assessment_parts import name_of, result_line
from casework.ui.screens.person_family import relative_words
from casework.ui.screens.person_identity import birthday_html, problem_words
from casework.ui.screens.person_parts import oldest_text
from casework.ui.screens.person_visitors import wished_text
from casework.ui.theme import theme_css
from casework.ui.wording import day_text, span_text
from casework.workbook.assessing import view_of
from casework.workbook.contact_lists import ContactRow
from casework.workbook.dossier import Dossier, DossierSection
from casework.workbook.need_lists import title_of
from casework.workbook.plan_told import PlanVersion
from casework.workbook.staffing import WishedFor

__all__ = ["SheetScreen", "screen", "sheet_html"]

_CONTACTS = 8
_MOST = 200


class SheetScreen(Screen):
    """Printed dossiers, one person after the other.

    Parameters
    ----------
    id : str
        Number of the person, or several with commas.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        numbers = [int(one) for one in id.split(",") if one.strip().isdigit()]
        self.asked = list(dict.fromkeys(numbers))
        self.person_ids = list(dict.fromkeys(map(shell.wb.people.standing, self.asked[:_MOST])))
        self.names = [shell.wb.people.dossier(one, as_of=shell.on).name for one in self.person_ids]
        dossier = str(shell.wb.agency.terms["dossier"])
        whose = self.names[0] if len(self.names) == 1 else _("{n} people", n=len(self.names))
        super().__init__(shell, _("{dossier}: {whose}", dossier=dossier, whose=whose))
        self.head = f"{dossier} · {whose} · {shell.wb.agency.label}"
        self.sheets = Panel("")
        printer = Printer(
            _("Print"),
            head=self.head,
            day=_("as of {day}", day=day_text(shell.on)),
            kind="primary",
        )
        self.save = Download(_("Save as a file"), self.file, say=self.tell)
        ways = [self.action(_("Back"), shell.back, kind="quiet")]
        if len(self.person_ids) == 1:
            ways.append(self.action(_("Give data outside"), self.outside))
        self.body(self.actions(*ways, self.save, printer), *self._left_out(), self.sheets)
        self.refresh()

    def refresh(self) -> None:
        """Write the sheets as the workbook holds them now."""
        self.sheets.set(join(self._sheet(one) for one in self.person_ids))

    def _left_out(self) -> list[Panel]:
        """Say of how many there is no sheet here, where more were chosen than one page holds."""
        if len(self.asked) <= _MOST:
            return []
        said = _(
            "Chosen: {n}. The first {most} are here; choose the others and print them after these.",
            n=len(self.asked),
            most=_MOST,
        )
        return [Panel(el("p", said, class_="cw-hint"))]

    def outside(self) -> None:
        """Go on to a sheet of what the person consented to: this one stays inside."""
        self.shell.go("share", person=self.person_ids[0])

    def file(self) -> MadeFile:
        """Make one file that any browser shows and prints as it stands here; it is written down."""
        self.wb.sharing.taken(self.person_ids, "dossier")
        title = f"{self.head} {self.on.isoformat()}"
        page = join(
            [
                Html("<!doctype html>\n"),
                Html(f'<html lang="{"zh-CN" if language() == "zh" else "en"}"><head>'),
                Html('<meta charset="utf-8"><title>'),
                text(title),
                Html("</title><style>"),
                Html(theme_css().replace("</", "<\\/")),
                Html(_PAGE),
                Html('</style></head><body class="cw">'),
                self.sheets.html,
                Html("</body></html>\n"),
            ]
        )
        name = f"{self.title}-{self.on:%Y%m%d}.html".replace("/", "-").replace(":", "-")
        return MadeFile(name, "text/html;charset=utf-8", str(page).encode())

    def _sheet(self, person_id: int) -> Html:
        book = self.wb
        return sheet_html(
            book.people.dossier(person_id, as_of=self.on),
            book.agency,
            book.contacts.of_person(person_id, as_of=self.on, limit=_CONTACTS),
            book.plans.in_force(person_id, as_of=self.on),
            book.staffing.wishes(person_id),
            by=book.actor.name,
            printed_on=book.today,
        )


_PAGE = "@page { size: A4; margin: 18mm 14mm 18mm 18mm } body { margin: 0 auto; max-width: 190mm }"


def sheet_html(
    dossier: Dossier,
    agency: Agency,
    contacts: Sequence[ContactRow],
    plan: PlanVersion | None,
    visitors: Sequence[WishedFor],
    *,
    by: str,
    printed_on: date,
) -> Html:
    """Write one person's dossier as a sheet of paper."""
    parts = [
        _heading(dossier, agency),
        _who(dossier),
        *(_section(one) for one in dossier.sections),
        _around(dossier, agency),
        _visitors(visitors),
        _told(dossier),
        _assessed(dossier),
        _planned(plan),
        _met(contacts),
        el(
            "p",
            _(
                "Printed on {day} by {who}. ID numbers are masked. “Not known” means that nobody "
                "has asked yet.",
                day=day_text(printed_on),
                who=by,
            ),
            " ",
            _("For use inside the office. What goes outside is made under “Give data outside”."),
            class_="cw-sheet-foot",
        ),
    ]
    return el("article", parts, class_="cw-sheet-page", aria_label=dossier.name)


def _heading(dossier: Dossier, agency: Agency) -> Html:
    return el(
        "header",
        el("p", str(agency.label), class_="cw-sheet-agency"),
        el("h2", str(agency.terms["dossier"]), class_="cw-sheet-title"),
        el(
            "p",
            _(
                "No. {id} · as of {day}",
                id=dossier.person_id,
                day=day_text(dossier.as_of),
            ),
            class_="cw-sheet-agency",
        ),
        class_="cw-sheet-head",
    )


def _who(dossier: Dossier) -> Html:
    """Write the table at the head: two pairs a row, as on the paper forms."""
    numbers = [
        join([one.masked, " ", problem_words(one) if one.problem else ""])
        for one in dossier.identifiers
    ]
    kinds = code_list("alias_kind")
    names = "、".join(
        f"{one.name} " + _("({kind})", kind=kinds.label_of(one.kind)) for one in dossier.names
    )
    born = (
        span_text(dossier.born_on_earliest, dossier.born_on_latest)
        if dossier.born_on_earliest and dossier.born_on_latest
        else None
    )
    joined = dossier.field("joined_on").shown or None
    if joined:
        era = dossier.era.label if dossier.era else _("era uncertain: the exact day is needed")
        joined = f"{joined} {era}"
    pairs: list[tuple[object, object]] = [
        (_("Name"), dossier.name),
        (_("Sex"), code_list("sex").label_of(dossier.sex) if dossier.sex else None),
        (_("Born"), born),
        (_("Age"), dossier.age),
        (_("Birthday"), birthday_html(dossier)),
        (_("Resident ID"), join(numbers, " ") if numbers else None),
        (_("Joined the revolution"), joined),
        (_("Treatment level"), dossier.field("level").shown or None),
    ]
    if names:
        pairs.append((_("Other names"), names))
    if dossier.died_on is not None:
        pairs.append((_("Died"), day_text(dossier.died_on)))
    elif not dossier.case.is_open:
        pairs.append((_("In our care"), case_words(dossier.case)))
    if dossier.away_now is not None:
        pairs.append((_("Away now"), f"{dossier.away_now.place} {dossier.away_now.phone or ''}"))
    return _pairs(pairs)


def _pairs(pairs: Sequence[tuple[object, object]]) -> Html:
    rows = []
    for start in range(0, len(pairs), 2):
        cells: list[Html] = []
        for name, value in pairs[start : start + 2]:
            last_alone = len(pairs) - start == 1
            cells.append(el("th", name, scope="row"))
            shown = unknown() if value is None or value == "" else value
            cells.append(el("td", shown, colspan="3" if last_alone else None))
        rows.append(el("tr", cells))
    return el("table", el("tbody", rows), class_="cw-sheet-table")


def _section(part: DossierSection) -> Html:
    """Write a section: what is known, and the core facts that are not."""
    shown = [one for one in part.fields if one.is_known or one.definition.core]
    pairs: list[tuple[object, object]] = [
        (one.definition.label, (one.shown or _("asked: none")) if one.is_known else None)
        for one in shown
    ]
    note = _("{known} of {wanted} known", known=part.n_known, wanted=part.n_core)
    if part.verified_days is not None:
        note = f"{note} · " + oldest_text(part.verified_days)
    return _block(part.label, _pairs(pairs), note)


def _block(title: object, content: object, note: str = "") -> Html:
    return el(
        "section",
        el("h3", title, el("span", note, class_="cw-sheet-note") if note else None),
        content,
        class_="cw-sheet-block",
    )


def _list(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Html:
    if not rows:
        return el("p", _("None on file."), class_="cw-sheet-none")
    return el(
        "table",
        el("thead", el("tr", [el("th", head, scope="col") for head in heads])),
        el("tbody", [el("tr", [el("td", cell) for cell in row]) for row in rows]),
        class_="cw-sheet-table cw-sheet-list",
    )


def _around(dossier: Dossier, agency: Agency) -> Html:
    relations = code_list("relationship")
    family = []
    for one in dossier.related:
        marks = [
            _("emergency contact, call {n}.", n=one.call_order)
            if one.is_emergency and one.call_order
            else _("emergency contact")
            if one.is_emergency
            else "",
            _("decides for the family") if one.decides else "",
            relative_words(one),
        ]
        family.append(
            (
                one.name,
                relations.label_of(one.relationship),
                one.phone or "",
                " · ".join(mark for mark in marks if mark),
            )
        )
    seats = agency.lists.get("care_team_seat") or code_lists()["actor"]
    team = [(seats.label_of(one.role), one.name, one.phone or "") for one in dossier.care_team]
    heads = [_("Name"), _("Relationship"), _("Phone"), _("Remarks")]
    return join(
        [
            _block(_("Family and emergency contacts"), _list(heads, family)),
            _block(agency.terms["care_team"], _list([_("Seat"), _("Name"), _("Phone")], team)),
        ]
    )


def _visitors(wishes: Sequence[WishedFor]) -> Html | None:
    if not wishes:
        return None
    rows = [(wished_text(one), one.name, one.reason or "") for one in wishes]
    heads = [_("What the person says"), _("Member of staff"), _("Reason")]
    return _block(_("Who may come, and when"), _list(heads, rows))


def _told(dossier: Dossier) -> Html:
    wishes = [
        (f"“{one.text}”", day_text(one.said_on) if one.said_on else "") for one in dossier.wishes
    ]
    needs = [
        (
            title_of(one),
            code_list("need_severity").label_of(one.severity),
            code_list("need_state").label_of(one.state),
        )
        for one in dossier.needs
    ]
    return join(
        [
            _block(_("In the own words"), _list([_("Wish"), _("Day")], wishes)),
            _block(_("Needs found"), _list([_("Need"), _("Severity"), _("State")], needs)),
        ]
    )


def _assessed(dossier: Dossier) -> Html:
    rows = [
        (name_of(one.instrument), result_line(view_of(one), dossier.as_of))
        for one in dossier.assessments[:_CONTACTS]
    ]
    return _block(_("Assessments"), _list([_("Instrument"), _("Result")], rows))


def _planned(plan: PlanVersion | None) -> Html:
    lines = [one for one in plan.lines if one.state != "declined"] if plan is not None else []
    actors = code_list("actor")
    rows = [(one.title, one.when, actors.label_of(one.actor)) for one in lines]
    return _block(_("Service plan"), _list([_("Service"), _("When"), _("By")], rows))


def _met(contacts: Sequence[ContactRow]) -> Html:
    channels = code_list("channel")
    rows = [
        (day_text(one.happened_on), channels.label_of(one.channel), one.heard or one.summary or "")
        for one in contacts
    ]
    return _block(_("Latest contacts"), _list([_("Day"), _("Channel"), _("What was heard")], rows))


screen: Callable[..., SheetScreen] = SheetScreen
