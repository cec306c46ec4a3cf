"""What a person has agreed to, as it is read: markup only, nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from casework.planning.consents import Standing
from casework.reference.privacy import data_kinds, purposes, recipients, rights
from casework.terms import _, language
from casework.ui.escape import Html, el, join
from casework.ui.parts import (
    definition_list,
    folding,
    link,
    notice,
    section,
    state,
    unknown,
)
from casework.ui.wording import day_text, spaced
from casework.workbook.consent_rows import Given, PurposeState
from casework.workbook.rights import RequestRow
from casework.workbook.sharing import GivenOut, Shared

__all__ = [
    "basis_text",
    "before_html",
    "consent_html",
    "decider_text",
    "given_out_html",
    "glance_html",
    "history_html",
    "kinds_words",
    "open_consents",
    "purpose_html",
    "request_line",
    "said",
    "shared_html",
    "state_text",
    "way_text",
]

_SIGNS = {
    "given": "done",
    "refused": "excused",
    "withdrawn": "excused",
    "expired": "due",
    "not_asked": "unknown",
    "not_needed": "ready",
}
_OUT = {"to_tell": "overdue", "told": "done", "lasting": "ready", "done": "done"}


def state_text(code: str) -> str:
    """Name how a purpose stands, in the language in force."""
    return {
        "given": _("agreed"),
        "refused": _("declined"),
        "withdrawn": _("withdrawn"),
        "expired": _("to be asked again"),
        "not_asked": _("not asked yet"),
        "not_needed": _("needs no consent"),
    }[code]


def decider_text(code: str) -> str:
    """Name who decides or asks."""
    return {
        "self": _("the person"),
        "guardian": _("the guardian"),
        "agent": _("an agent"),
        "relative": _("a near relative"),
    }[code]


def way_text(code: str) -> str:
    """Name how an answer was given."""
    return {
        "signed": _("signed in person"),
        "read_aloud": _("read out, said yes or no"),
        "phone": _("by phone"),
    }[code]


def basis_text(code: str) -> str:
    """Name the legal basis."""
    return {
        "consent": _("the person's consent"),
        "legal_duty": _("a duty by law"),
        "emergency": _("an emergency"),
    }[code]


def kinds_words(kinds: Sequence[str]) -> str:
    """Name kinds of data, one after the other."""
    found = [str(one.label) for code, one in data_kinds().items() if code in kinds]
    return ("；" if language() == "zh" else "; ").join(found)


def said(words: Iterable[str]) -> str:
    """Put the words that there are one after the other; what ends as a sentence goes on here."""
    *begun, last = [word for word in words if word] or [""]
    return ("，" if language() == "zh" else ", ").join(
        [*(one.rstrip("。.") for one in begun), last]
    )


def glance_html(states: Sequence[PurposeState]) -> Html:
    """Write how many purposes stand how, in one line of states."""
    asked = [one for one in states if one.purpose.needs_consent and not one.purpose.is_optional]
    counted: dict[str, int] = {}
    for one in asked:
        counted[one.state] = counted.get(one.state, 0) + 1
    parts = [
        state(_SIGNS[code], spaced(f"{state_text(code)} {counted[code]}"))
        for code in _SIGNS
        if code in counted
    ]
    return el("p", parts, class_="cw-dotted cw-consent-glance")


def consent_html(states: Sequence[PurposeState]) -> Html:
    """Write on the dossier how the consents stand, with the way to them."""
    missing = [str(one.purpose.label) for one in states if one.to_ask]
    told = _("Still to be asked: {purposes}", purposes="、".join(missing)) if missing else ""
    asked = [one for one in states if not one.to_ask]
    return folding(
        _("Consent"),
        glance_html(states),
        el("p", told, class_="cw-faint") if told else None,
        name="dossier.consent",
        note=_("{known} of {wanted} asked", known=len(asked), wanted=len(states)),
        ways=link(_("Consent and rights"), "go", route="consent"),
    )


def before_html(states: Sequence[PurposeState], act: str) -> Html:
    """Say before something is begun that consent to it is missing; nothing where it is given."""
    found = [one for one in states if act in one.purpose.acts and one.state != "given"]
    if not found:
        return Html("")
    one = found[0]
    words = _(
        "Consent to “{purpose}”: {state}. Ask before you begin.",
        purpose=one.purpose.label,
        state=state_text(one.state),
    )
    kind = "warning" if one.state in ("refused", "withdrawn") else "info"
    return notice(words, kind, el("p", link(_("Consent and rights"), "consent")))


def purpose_html(one: PurposeState, can_edit: bool) -> Html:
    """Write one purpose: how it stands, what it is for, who gets what, and what can be done."""
    purpose = one.purpose
    goes = recipients().label_of(purpose.recipient) if purpose.recipient else _("stays inside")
    if len(purpose.recipients) > 1:
        goes = "、".join(recipients().label_of(who) for who in purpose.recipients)
    rows: list[tuple[object, object]] = [
        (_("Which data"), kinds_words(one.last.kinds if one.state == "given" and one.last
                                else purpose.kinds)),
        (_("Who receives it"), goes),
    ]  # fmt: skip
    if one.last is not None:
        rows.append((_("Answer"), _answer(one.last)))
    rows += [(name, _named(found)) for name, found in one.named]
    if one.ask_from is not None:
        rows.append((_("Not asked again before"), day_text(one.ask_from)))
    ways = []
    if can_edit and purpose.needs_consent:
        if one.state == "given" or any(found.is_given for _name, found in one.named):
            ways.append(link(_("Withdraw consent"), "withdraw", purpose=purpose.code))
        if one.history:
            ways.append(link(_("All answers"), "history", purpose=purpose.code))
    if can_edit and purpose.recipients and (one.state == "given" or not purpose.needs_consent):
        ways.append(link(_("Give data outside"), "share", purpose=purpose.code))
    return el(
        "li",
        el(
            "div",
            el("h3", purpose.label),
            state(_SIGNS[one.state], state_text(one.state)),
            class_="cw-consent-head",
        ),
        el("p", purpose.told, class_="cw-lead"),
        definition_list(rows),
        el("p", join(ways, " "), class_="cw-consent-ways") if ways else None,
        class_=f"cw-consent cw-consent-{one.state}",
    )


def _answer(one: Given) -> Html:
    words = [
        day_text(one.decided_on),
        decider_text(one.decided_by) + (f"（{one.decider_name}）" if one.decider_name else ""),
        way_text(one.channel),
        _("witness {name}", name=one.witness) if one.witness else "",
        _("valid until {day}", day=day_text(one.valid_until)) if one.valid_until else "",
    ]
    return el("span", said(words))


def _named(found: Standing) -> Html:
    return state(_SIGNS[found.state], state_text(found.state))


def history_html(one: PurposeState, can_edit: bool) -> Html:
    """Write every answer that was ever given to a purpose, the latest first."""
    rows = [
        el(
            "li",
            el("b", state_text(given.decision)),
            " ",
            f"{given.recipient_name} " if given.recipient_name else None,
            _answer(given),
            el("span", f" {given.recorded_by}", class_="cw-faint"),
            f" {given.reason}" if given.reason else None,
            " ",
            el("span", _("struck out"), class_="cw-tag") if given.is_mistake else
            link(_("Strike out"), "strike", consent=given.consent_id) if can_edit else None,
        )
        for given in reversed(one.history)
    ]  # fmt: skip
    return section(
        _("All answers: {purpose}", purpose=one.purpose.label),
        el("ul", rows, class_="cw-plain-list"),
    )


def given_out_html(rows: Sequence[GivenOut], can_edit: bool, *, with_names: bool = False) -> Html:
    """Write what was given outside, to whom, on what basis, and what is still to be told."""
    if not rows:
        return el("p", _("Nothing was given outside."), class_="cw-faint")
    words = {
        "to_tell": _("consent ended: tell them to delete it"),
        "told": _("told to delete it"),
        "lasting": _("goes on"),
        "done": _("given once"),
        "struck_out": _("struck out"),
    }
    items = []
    for one in rows:
        told = link(_("They were told"), "told", act=one.client_key)
        items.append(
            el(
                "li",
                el("b", link(one.person, "person", id=one.person_id), " → ")
                if with_names
                else None,
                el("b", one.recipient_name),
                f"（{recipients().label_of(one.recipient)}） ",
                state(_OUT[one.status], words[one.status])
                if one.status in _OUT
                else el("span", words[one.status], class_="cw-tag"),
                " ",
                el(
                    "span",
                    said(
                        (
                            day_text(one.shared_on),
                            kinds_words(one.kinds),
                            str(purposes()[one.purpose].label),
                            basis_text(one.basis),
                            one.reason or "",
                            one.by,
                        )
                    ),
                    class_="cw-faint",
                ),
                " ",
                told if can_edit and one.status == "to_tell" else None,
            )
        )
    return el("ul", items, class_="cw-plain-list cw-given")


def request_line(one: RequestRow, can_edit: bool, *, with_name: bool) -> Html:
    """Write one request: what, of whom, until when, what came of it."""
    if one.status == "overdue":
        clock = state("overdue", spaced(_("{n} days overdue", n=-one.days_left)))
    elif one.status == "open":
        clock = state("due" if one.days_left <= 7 else "ready",
                      spaced(_("{n} days left", n=one.days_left)))  # fmt: skip
    else:
        done = _("refused with reasons") if one.status == "refused" else _("answered")
        clock = state("done", done)
    who = decider_text(one.asked_by) + (f"（{one.asker_name}）" if one.asker_name else "")
    words = [
        _("received {day}", day=day_text(one.received_on)),
        who,
        _("to be answered by {day}", day=day_text(one.due_on)) if not one.answered_on else "",
        one.answer or "",
    ]
    return el(
        "li",
        el("b", link(one.person, "person", id=one.person_id), " ") if with_name else None,
        el("b", str(rights()[one.kind].label)),
        " ",
        clock,
        f" {one.detail} " if one.detail else " ",
        el("span", said(words), class_="cw-faint"),
        " ",
        link(_("Answer it"), "answer", request=one.request_id)
        if can_edit and one.answered_on is None
        else None,
    )


def shared_html(shared: Shared, name: str, agency: str) -> Html:
    """Write the sheet that is handed over: exactly what was consented to, and on what basis."""
    known, purpose = data_kinds(), purposes()[shared.purpose]
    parts = []
    for kind, rows in shared.parts:
        told = [(row.label, row.value) for row in rows]
        body = definition_list(told) if told else el("p", unknown())
        parts.append(el("section", el("h3", known[kind].label), body))
    foot = _(
        "For {purpose} only. Do not pass it on; delete it when it is no longer needed or when we "
        "ask for it.",
        purpose=purpose.label,
    )
    return el(
        "article",
        el("h2", _("Information on {name}", name=name), class_="cw-paper-title"),
        el(
            "p",
            el("span", agency),
            el("span", _("to {name}", name=shared.recipient_name)),
            el("span", day_text(shared.on)),
            class_="cw-paper-line",
        ),
        el("p", _("Basis: {basis}", basis=basis_text(shared.basis)),
           f"（{shared.reason}）" if shared.reason else None),
        parts,
        el("p", foot, class_="cw-paper-foot"),
        el("p", _("Handed over by {name}", name=shared.by)),
        class_="cw-paper cw-outside",
    )  # fmt: skip


def open_consents(hidden: Iterable[tuple[int, str]], words: str) -> Html:
    """Name those of whom a paper says nothing, each with the way to ask; nothing for nobody.

    Parameters
    ----------
    words : str
        The sentence above the names.
    """
    people = dict.fromkeys(hidden)
    if not people:
        return Html("")
    rows = [
        el("li", link(name, "consent", person=person), " ", _("Ask for consent"))
        for person, name in people
    ]
    return notice(spaced(words), "warning", el("ul", rows, class_="cw-lines"))
