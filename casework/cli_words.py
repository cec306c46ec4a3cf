"""What argparse says by itself, in the language in force.

argparse asks gettext, and knows no other way to be given words: its two names for that are set
here. What is not listed stays as argparse words it; the test names what must be listed.
"""

from __future__ import annotations

import argparse

from casework.terms import _

__all__ = ["let_argparse_speak"]


def let_argparse_speak() -> None:
    """Let usage, help and complaints be in our language from now on."""
    argparse._ = _said  # type: ignore[attr-defined]
    argparse.ngettext = _said_of_many  # type: ignore[attr-defined]


def _said(text: str) -> str:
    return _words().get(text, text)


def _said_of_many(one: str, many: str, n: int) -> str:
    return _said(one if n == 1 else many)


def _words() -> dict[str, str]:
    return {
        "usage: ": _("usage: "),
        "positional arguments": _("positional arguments"),
        "options": _("options"),
        "show this help message and exit": _("show this help message and exit"),
        "argument %(argument_name)s: %(message)s": _("argument %(argument_name)s: %(message)s"),
        "unrecognized arguments: %s": _("unrecognized arguments: %s"),
        "not allowed with argument %s": _("not allowed with argument %s"),
        "ignored explicit argument %r": _("ignored explicit argument %r"),
        "the following arguments are required: %s": _("the following arguments are required: %s"),
        "expected one argument": _("expected one argument"),
        "expected at most one argument": _("expected at most one argument"),
        "expected at least one argument": _("expected at least one argument"),
        "expected %s argument": _("expected %s argument"),
        "expected %s arguments": _("expected %s arguments"),
        "ambiguous option: %(option)s could match %(matches)s": _(
            "ambiguous option: %(option)s could match %(matches)s"
        ),
        "invalid choice: %(value)r (choose from %(choices)s)": _(
            "invalid choice: %(value)r (choose from %(choices)s)"
        ),
    }
