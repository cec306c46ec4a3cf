"""The command ``casework score``: a sheet as JSON in, a result as JSON out.

Decides how the sheet is read and how a refusal is worded; leaves scoring to ``scoring``. Besides
``{"answers": …, "context": …}`` it takes ``{"total": …}`` for an old form of which only the total
is on file. ``"banding"`` and ``"version"`` in the context choose another reading of the score.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import IO, Any

from casework.errors import CaseworkError, InvalidEntry, NotFound
from casework.instruments.definition import Instrument
from casework.instruments.library import instrument
from casework.instruments.refusals import no_version
from casework.instruments.scoring import Result, read_total, score
from casework.terms import LANGUAGES, _, language, speaking

__all__ = ["score_command"]

PARTS = ("answers", "context", "total")


def score_command(code: str, stdin: IO[str], stdout: IO[str], stderr: IO[str]) -> int:
    """Score one sheet read from a stream.

    Parameters
    ----------
    code : str
        Id of the instrument.
    stdin, stdout, stderr : text streams
        The sheet, the result as one line of JSON, and the refusal in both languages.

    Returns
    -------
    int
        0 when a result was written, an incomplete one included; 2 when the sheet was refused.
    """
    text = stdin.read()
    try:
        result = _result(code, text)
    except CaseworkError:
        stderr.write(_in_both_languages(lambda: _result(code, text)) + "\n")
        return 2
    stdout.write(json.dumps(result.as_json(), ensure_ascii=False) + "\n")
    chosen = instrument(code)
    if chosen.unverified:
        stderr.write(_("{instrument}: {why}", instrument=chosen.id, why=chosen.reserve) + "\n")
    return 0


def _result(code: str, text: str) -> Result:
    sheet = _sheet(text)
    context = dict(_table(sheet, "context"))
    reading = {name: _text(context, name) for name in ("banding", "version")}
    chosen = _chosen(code, reading["version"])
    if "total" in sheet:
        return read_total(chosen, sheet["total"], context, **reading)
    return score(chosen, _table(sheet, "answers"), context, **reading)


def _chosen(code: str, version: str | None) -> Instrument:
    """Give the instrument with the scoring asked for, refusing one that was never on file."""
    newest = instrument(code)
    try:
        return instrument(code, version)
    except NotFound:
        raise no_version(newest, version or "") from None


def _sheet(text: str) -> dict[str, Any]:
    """Read the JSON, refusing what is not one sheet."""
    try:
        found = json.loads(text.lstrip("\ufeff"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        place = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else "?"
        raise _refused(_("The input is not JSON (line:column {place}).", place=place)) from None
    if not isinstance(found, dict):
        raise _refused(_("The input is not a JSON object."))
    odd = [key for key in found if key not in PARTS]
    if odd:
        raise _refused(_("The input has an unknown part {part}.", part=repr(odd[0])))
    if ("answers" in found) == ("total" in found):
        raise _refused(_("The input needs either answers or a total."))
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: which of its two answers holds is not ours to guess."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise _refused(_("{key} stands twice in the input.", key=repr(double)))
    return found


def _table(sheet: dict[str, Any], part: str) -> dict[str, Any]:
    found = sheet.get(part)
    if found is None and part == "context":
        return {}
    if not isinstance(found, dict):
        raise _refused(_("{part} must be a JSON object.", part=part))
    return found


def _text(context: dict[str, Any], name: str) -> str | None:
    found = context.pop(name, None)
    if found is not None and not isinstance(found, str):
        raise _refused(_("{part} must be a text.", part=name))
    return found


def _refused(what: str) -> InvalidEntry:
    expected = '{"answers": {"key": value}, "context": {}}'
    accepted = _("Accepted: {expected}. Correct the input and run it again.", expected=expected)
    return InvalidEntry(f"{what} {accepted}", "stdin", None, expected)


def _in_both_languages(refused: Callable[[], object]) -> str:
    """Say a refusal in the language in force and then in the other one."""
    lines = []
    for code in sorted(LANGUAGES, key=lambda one: one != language()):
        with speaking(code):
            try:
                refused()
            except CaseworkError as error:
                lines.append(error.message)
    return "\n".join(lines)
