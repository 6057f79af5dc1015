"""What is wrong with a body: it is no JSON, or its bytes are others.

Invariant: `why_not_json` gives the reason of the standard `json` module, which decides what
matches. Offsets are those of bytes, from 0.
"""

import json
from contextlib import suppress
from typing import Final

from asyncly.srvmocker._core.explain.findings import Findings, equal, parting, shared
from asyncly.srvmocker._core.explain.shown import around_bytes, show
from asyncly.srvmocker._core.jsonbody import parse
from asyncly.srvmocker._core.request import PartialView, RequestView
from asyncly.srvmocker.diagnosis import Difference

__all__ = ("body_of", "compare_bytes", "kept_body", "not_kept", "other_type", "why_not_json")

_END: Final = "the end of the body"
_HINTED: Final = 1 << 20  # bytes of a body that is parsed for a hint


def kept_body(view: RequestView) -> bytes | None:
    """Return the body of a request, or `None` where it was not kept."""
    return None if isinstance(view, PartialView) else view.body


def not_kept(findings: Findings) -> None:
    """Add that the body is not there to be compared."""
    if findings.found(1.0):
        findings.keep(Difference("invalid", "body", note="was not kept"))


def body_of(view: RequestView, findings: Findings) -> bytes | None:
    """Return a body that is to be gone through, which is work; or add that it was not kept."""
    body = kept_body(view)
    if body is None:
        not_kept(findings)
    else:
        findings.work.bytes -= len(body)
    return body


def other_type(view: RequestView, wanted: str, findings: Findings) -> str:
    """Say that a body is of another type than the one that has what was looked for."""
    if view.media_type.name == wanted:
        return ""
    kind = view.headers.get("Content-Type", "")
    if not kind:
        return f"there is no Content-Type, which would be {wanted}"
    return f"Content-Type is {show(kind, findings.bounds.value)}, not {wanted}"


def why_not_json(body: bytes, limit: int) -> str:
    """Say where and how a body is not JSON."""
    if not body:
        return "the body is empty"
    encoding = json.detect_encoding(body)
    try:
        text = body.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        near = around_bytes(body, error.start, limit)
        return (
            f"not JSON: cannot be decoded as {encoding} at offset {error.start}: "
            f"{error.reason}, near {near}"
        )
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode(encoding, "surrogatepass"))
        said = error.msg[:1].lower() + error.msg[1:]
        return f"invalid JSON at offset {offset}: {said}, near {around_bytes(body, offset, limit)}"
    except RecursionError:
        return "not JSON that can be parsed: nested too deeply"
    except ValueError:
        return "not JSON that can be parsed: an integer has too many digits"
    return "not JSON that can be parsed"


def compare_bytes(wanted: bytes, got: bytes, findings: Findings) -> None:
    """Add how the bytes of a body differ from those that were wanted."""
    if got == wanted:
        return
    offset = parting(wanted, got)
    if not findings.found(2.0 - shared(wanted, got)):
        return
    room = findings.bounds.value
    shown = [
        around_bytes(data, offset, room) if offset < len(data) else _END for data in (wanted, got)
    ]
    if not got:
        shown[1] = "an empty body"
    elif not wanted:
        shown[0] = "an empty body"
    note = f"bytes differ at offset {offset}; {len(wanted)} bytes wanted, {len(got)} came"
    hint = _hint(wanted, got)
    note = f"{note}; {hint}" if hint else note
    findings.keep(Difference("different", "body", shown[0], shown[1], note))


def _hint(wanted: bytes, got: bytes) -> str:
    if wanted.strip() == got.strip():
        return "they differ in white space at the ends only"
    if max(len(wanted), len(got)) <= _HINTED:
        with suppress(RecursionError):
            here, there = parse(wanted), parse(got)
            if here.valid and there.valid and equal(there.value, here.value)[0]:
                return "they are equal as JSON, which json= compares"
    return ""
