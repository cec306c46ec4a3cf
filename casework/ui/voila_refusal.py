"""The page that is given instead of a page: why there is none, and what to do.

It is written by the server, without a kernel and without a script, in the look of the others.
"""

from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["refusal"]


def refusal(page: dict[str, Any], why: str) -> str:
    """Write the document.

    Parameters
    ----------
    page : dict
        What the template writes into pages: ``lang``, ``theme`` and ``words``.
    why : str
        Which words: ``many`` (too many pages are open) or ``failed``.

    Returns
    -------
    str
        HTML that needs no other file.
    """
    words = {name: escape(text) for name, text in page["words"].items()}
    return f"""<!DOCTYPE html>
<html lang="{escape(page["lang"])}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["title"]}</title>
<style>{page["theme"]}</style>
</head>
<body>
<div class="cw cw-shell"><main class="cw-main"><div class="cw-screen">
<div class="cw-empty cw-empty-failure" role="alert">
<p class="cw-empty-title">{words[why]}</p>
<p>{words[f"{why}_advice"]}</p>
<p><a class="cw-action cw-primary" href="">{words["again"]}</a></p>
</div>
</div></main></div>
</body>
</html>
"""
