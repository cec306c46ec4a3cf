"""Which scripts a served page may run: ours, named by their hashes, and nobody else's.

Decides the content security policy and the other headers of every answer; leaves what the scripts
are to serving.py. Markup that slipped through all escaping still runs nothing: no inline script
outside the listed hashes, no event attribute, no address of another host.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

__all__ = ["content_security_policy", "security_headers"]


def content_security_policy(scripts: Iterable[str]) -> str:
    """Write the policy for a page with these inline scripts and no others.

    ``blob:`` lets widgets load the module that came with them (anywidget imports its text from a
    blob that only a running script can make); ``unsafe-eval`` is what JupyterLab's checks of
    messages need, which compile their schemas; neither is within reach of markup. Styles may
    stand in the page, since JupyterLab's parts write theirs there.

    Parameters
    ----------
    scripts : iterable of str
        The text between the tags, exactly.

    Returns
    -------
    str
        Value of ``Content-Security-Policy`` (W3C CSP Level 3).
    """
    hashes = " ".join(dict.fromkeys(_hash(script) for script in scripts))
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {hashes} 'unsafe-eval' blob:",
            "script-src-attr 'none'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'none'",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def security_headers(scripts: Iterable[str]) -> dict[str, str]:
    """Give what every answer says about safety."""
    return {
        "Content-Security-Policy": content_security_policy(scripts),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
