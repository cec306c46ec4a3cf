"""What the disk refuses, in words: the system gives a number, and its own sentence is English.

Decides the words for the reasons that people meet; leaves the rest as the system says it.
"""

from __future__ import annotations

import errno

from casework.terms import _

__all__ = ["is_of_disk", "refusal"]


def refusal(error: OSError) -> str:
    """Give the reason, as half a sentence."""
    return _words().get(error.errno or 0) or error.strerror or str(error)


def is_of_disk(error: OSError) -> bool:
    """Tell whether the disk refuses, and not a network or this program."""
    return error.errno in _words()


def _words() -> dict[int, str]:
    return {
        errno.ENOENT: _("it does not exist"),
        errno.EACCES: _("there is no permission for it"),
        errno.EPERM: _("there is no permission for it"),
        errno.EISDIR: _("it is a folder"),
        errno.ENOTDIR: _("its folder is a file"),
        errno.ENAMETOOLONG: _("its name is too long"),
        errno.EROFS: _("the disk can only be read"),
        errno.ENOSPC: _("the disk is full"),
        errno.EDQUOT: _("the share of the disk is used up"),
    }
