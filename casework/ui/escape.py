"""From text to HTML, in one place: nothing a person typed is ever read as markup.

Decides how an element is written and what is escaped; leaves the look to theme.css. Every string
that is not `Html` already is escaped, so that forgetting to escape is not possible: the only way
to make `Html` is `el` and `join`, and literal markup in our own source by `Html("…")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as _escape

__all__ = ["Html", "el", "join", "text"]

_NAME = re.compile(r"[a-z][a-zA-Z0-9]*\Z")
_ATTRIBUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*\Z")
_VOID = frozenset({"br", "hr", "img", "input", "col", "wbr"})
_SAFE_ADDRESS = re.compile(r"#|/(?![/\\\s])|tel:[+0-9-]+\Z|\Z")
_PICTURE = re.compile(r"data:image/(?:jpeg|png);base64,[A-Za-z0-9+/]+={0,2}\Z")
_ADDRESSES = frozenset({"href", "src", "action", "formaction", "xlink:href"})
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


class Html(str):
    """Markup that is known to be safe; made by `el`, `join` and `text`."""

    __slots__ = ()


def text(value: object) -> Html:
    """Give any value as HTML text, escaped, without control and direction characters.

    Parameters
    ----------
    value : object
        None gives nothing; `Html` passes as it is.

    Examples
    --------
    >>> str(text("<b>&"))
    '&lt;b&gt;&amp;'
    """
    if isinstance(value, Html):
        return value
    if value is None:
        return Html("")
    return Html(_escape(_UNSEEN.sub("", str(value)), quote=True))


def join(parts: Iterable[object], between: object = "") -> Html:
    """Put texts and markup one after the other, escaping what is not markup yet."""
    return Html(text(between).join(text(part) for part in parts))


def el(name: str, *children: object, **attributes: object) -> Html:
    """Write one element with its children, which are escaped unless they are `Html`.

    Parameters
    ----------
    name : str
        Tag name.
    *children : object
        Texts, `Html`, None (nothing), or lists of these.
    **attributes : object
        ``class_`` and ``for_`` lose the underscore at the end, other underscores become hyphens.
        None and False leave the attribute out, True writes it without a value.

    Raises
    ------
    ValueError
        For a tag or attribute name that is not one, for event attributes and for addresses that
        are not local (``#…``, ``/…``, or nothing for the page itself). A browser takes a backslash
        for a slash, and leaves tabs out. Of an ``img`` the address may hold a JPEG or PNG whole.

    Examples
    --------
    >>> str(el("a", "1 < 2", href="#/person?id=3", class_="cw-link"))
    '<a href="#/person?id=3" class="cw-link">1 &lt; 2</a>'
    """
    if not _NAME.match(name) or name.lower() in ("script", "style", "iframe", "object"):
        raise ValueError(f"not an element of ours: {name!r}")
    written = "".join(_attribute(key, value, name) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    inside = "".join(_child(child) for child in children)
    return Html(f"<{name}{written}>{inside}</{name}>")


def _child(child: object) -> str:
    return join(child) if isinstance(child, (list, tuple)) else text(child)


def _attribute(key: str, value: object, element: str) -> str:
    """Write one attribute with a space before it, or nothing."""
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if not _ATTRIBUTE.match(name) or name.lower().startswith("on"):
        raise ValueError(f"not an attribute of ours: {name!r}")
    if value is True:
        return f" {name}"
    if name in _ADDRESSES and not _SAFE_ADDRESS.match(str(value)):
        if (element, name) == ("img", "src") and _PICTURE.match(str(value)):
            return f' src="{value}"'
        raise ValueError(f"not a local address: {name}")
    return f' {name}="{text(str(value))}"'
