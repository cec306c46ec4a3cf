"""What a screen reader and a keyboard would stumble over, found by axe-core 4.14 (MPL 2.0)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_SCRIPT = Path(__file__).parents[1] / "vendor" / "axe" / "axe.min.js"
# Only of what is wrong are places worked out, which took longer than the looking itself.
_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}


def findings(page: Page, impacts: tuple[str, ...] = ("serious", "critical")) -> list[str]:
    """List what is wrong on a page, with the first place of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT.read_text(encoding="utf-8"))
    result = page.evaluate("(rules) => axe.run(document, rules)", _RULES)
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {found['nodes'][0]['html'][:200]}"
        for found in result["violations"]
        if found["impact"] in impacts
    ]
