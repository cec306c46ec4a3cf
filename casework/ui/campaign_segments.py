"""The segments of a campaign and its people as they are shown: counts that open their rows.

Decides what stands in a row; knows no workbook.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.reference import code_list
from casework.terms import _
from casework.ui.campaign_parts import carrier_names, change_text, result_view
from casework.ui.escape import Html, el
from casework.ui.parts import link, section
from casework.ui.widgets import Noted, State
from casework.ui.wording import number_text
from casework.workbook.campaign_target import SegmentCount, Target
from casework.workbook.campaigns import CampaignShown, Listed

__all__ = ["listed_row", "segments_html"]


def segments_html(
    shown: CampaignShown, target: Target, people: Sequence[Listed], *, can_edit: bool
) -> Html:
    """Write the segments in their order, each with whom it claims.

    Parameters
    ----------
    people : sequence of Listed
        The frozen list; empty while it is open.
    """
    head = [_("Order"), _("Segment"), _("Who goes"), _("People"), _("Also in it"),
            _("Not known")]  # fmt: skip
    rows = [_segment(at, one, shown, people, can_edit) for at, one in enumerate(target.segments, 1)]
    table = el(
        "table",
        el("caption", _("Segments of the campaign"), class_="cw-hidden"),
        el("thead", el("tr", [el("th", words, scope="col") for words in head])),
        el("tbody", rows),
        class_="cw-plain-table cw-segments",
    )
    hint = _("Who belongs to several segments is visited once, in the first of them.")
    return section(
        _("Segments"), el("div", table, class_="cw-scroll"), el("p", hint, class_="cw-hint"),
        aside=link(_("Add a segment"), "edit", code="") if can_edit else "",
    )  # fmt: skip


def _segment(
    at: int, one: SegmentCount, shown: CampaignShown, people: Sequence[Listed], can_edit: bool
) -> Html:
    segment = one.segment
    rank = code_list("rank").label_of(segment.led_by) if segment.led_by else None
    ways: list[object] = []
    if can_edit:
        ways = [
            link(_("Change it"), "edit", code=segment.code),
            link(_("Leave it out"), "drop", code=segment.code),
        ]
    counted = one.people
    if shown.list_frozen_on is not None:
        counted = sum(each.segment == segment.code and each.left_out is None for each in people)
    return el(
        "tr",
        el("td", str(at), data_label=_("Order")),
        el(
            "td",
            el("b", str(segment.label)),
            el("p", shown.sentences.get(segment.code, segment.when), class_="cw-hint"),
            el("p", ways, class_="cw-dotted") if ways else None,
            data_label=_("Segment"),
        ),
        el(
            "td", carrier_names()[segment.by],
            el("p", _("led by {rank} or higher", rank=rank), class_="cw-hint")
            if rank else None,
            data_label=_("Who goes"),
        ),
        el("td", link(number_text(counted), "people", segment=segment.code, unknown=False)
           if counted else "0", data_label=_("People")),
        el("td", number_text(one.elsewhere), data_label=_("Also in it")),
        el(
            "td",
            link(number_text(one.unknown), "people", segment=segment.code, unknown=True)
            if one.unknown else "0",
            data_label=_("Not known"),
        ),
    )  # fmt: skip


def listed_row(one: Listed, labels: dict[str, str]) -> dict[str, object]:
    """Give a name of the frozen list as a row."""
    why: object = one.reason or ""
    if one.left_out:
        why = one.left_out
    also = "、".join(labels.get(code, code) for code in one.also)
    note = _("also: {what}", what=also) if also else ""
    label = labels.get(one.segment, one.segment)
    return {
        "id": str(one.person_id),
        "name": Noted(one.name, one.unit or ""),
        "segment": Noted(label, note) if note else label,
        "why": why,
        "change": State("warning", change_text(one.change)) if one.change else "",
        "result": result_view(one.result),
    }
