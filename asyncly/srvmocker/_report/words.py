"""How numbers and texts are shown to people.

Invariants: what is shown can be encoded as UTF-8 and cannot change how the text around it is read
(no control characters, no lone surrogates, no overrides of direction); they are shown as escapes.
What is cut says how much was there.
"""

import codecs
import html
import re
from datetime import UTC, datetime
from itertools import accumulate
from typing import Final, NamedTuple

__all__ = (
    "Body",
    "amount",
    "as_text",
    "body",
    "count",
    "day",
    "duration",
    "encodable_json",
    "fit",
    "moment",
    "rate",
    "shorten",
    "size",
    "unit_of",
    "visible",
)

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\uffff\U000e0000-\U000e007f]"
)
_LINES: Final = re.compile(r"[\t\n]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_UNITS: Final = ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
_LONG_UNITS: Final = ((60.0, "min"), (3600.0, "h"), (86400.0, "d"))
_HEX_LINE: Final = 16


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8, as `surrogateescape` has it
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str, *, lines: bool = False) -> str:
    """Return a text with escapes for what is not seen; line ends and tabs stay with `lines`."""
    text = _HIDDEN.sub(_escape, text.replace("\r\n", "\n") if lines else text)
    return text if lines else _LINES.sub(_escape, text)


def encodable_json(text: str) -> str:
    """Return JSON that can be encoded: escaped escapes for the lone surrogates in its strings."""
    return _SURROGATES.sub(lambda found: "\\" + _escape(found), text)


def fit(text: str, limit: int) -> str:
    """Return the beginning of a text: at most `limit` characters, and twice as many bytes in HTML.

    A quotation mark takes five or six bytes, many a letter four: a page of them would be larger
    than any other.
    """
    text = text[:limit]
    room = 2 * limit
    if len(text) * 6 <= room or len(html.escape(text).encode()) <= room:
        return text
    sizes = accumulate(len(html.escape(letter).encode()) for letter in text)
    return text[: sum(1 for size in sizes if size <= room)]


def shorten(text: str, limit: int, *, lines: bool = False) -> str:
    """Return the visible form of a text, cut to what fits into some `limit` characters."""
    shown = visible(text[:limit], lines=lines)
    fitting = fit(shown, limit)
    cut = len(text) > limit or fitting != shown
    return f"{fitting}… ({count(len(text))} characters)" if cut else shown


def count(number: int) -> str:
    """Return a number with its thousands marked."""
    return f"{number:,}"


def amount(number: int, one: str, more: str = "") -> str:
    """Return a number of things: `1 call`, `2 calls`."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _three_digits(value: float) -> str:
    for limit, digits in ((9.995, 2), (99.95, 1)):
        if value < limit:
            text = f"{value:.{digits}f}"
            return text.rstrip("0").rstrip(".")
    return f"{value:,.0f}"


def duration(seconds: float) -> str:
    """Return a span of time with three digits and its unit, up to days."""
    if seconds < 1e-9:
        return "0 s"
    if seconds < 59.95:
        factor, unit = next((found for found in _UNITS if seconds < 999.5 * found[0]), _UNITS[-1])
        return f"{_three_digits(seconds / factor)} {unit}"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next(place for place, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number:,} {unit}" for number, unit in parts[first : first + 2] if number)


def unit_of(span: float) -> tuple[float, str]:
    """Return the unit that an axis of this many seconds is labelled in, and its seconds."""
    # Parts of a second are written as decimals, parts of a minute or a day are not.
    fitting = [unit for unit in _UNITS if span >= unit[0]]
    fitting += [unit for unit in _LONG_UNITS if span >= 2 * unit[0]]
    return fitting[-1] if fitting else _UNITS[0]


def size(number: int) -> str:
    """Return a number of bytes, in units of a thousand."""
    value = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{_three_digits(value)} {'byte' if number == 1 else unit}"
        value /= 1000
    return f"{_three_digits(value)} TB"


def rate(per_second: float) -> str:
    """Return a number of calls per second."""
    return f"{_three_digits(per_second)}/s"


def moment(unix: float) -> str:
    """Return a time of day in UTC, as ISO 8601 writes it; nothing where there is no such day."""
    try:
        return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, OSError, ValueError):
        return ""


def day(unix: float) -> str:
    """Return a time of day in UTC, for people."""
    iso = moment(unix)
    return iso.replace("T", " ").replace("+00:00", " UTC") if iso else "an unknown day"


class Body(NamedTuple):
    """What is shown of a body."""

    text: str
    note: str
    """What the text is: how much of how many bytes, in which form."""


def body(kept: bytes | None, whole: int | None, limit: int) -> Body:
    """Return a body as text if it is UTF-8, else as hexadecimal, cut to some `limit` characters.

    Args:
        kept: The body, or its first part; `None` if it was not kept.
        whole: How many bytes it had; `None` if nobody knows.
        limit: The most characters to show.
    """
    if kept is None:
        return Body("", "not kept" if whole is None else f"{size(whole)}, not kept")
    total = len(kept) if whole is None else whole
    if not total:
        return Body("", "empty")
    part = kept[:limit]
    text = as_text(part, cut=len(part) < total)
    if text is None:
        part = kept[: limit // 5]  # a line of 16 bytes has 75 characters
        text = _hexadecimal(part)
    text = visible(text, lines=True)
    fitting = fit(text, limit)
    if fitting != text:
        text = fitting + "…"
    whole_of_it = len(part) == total
    return Body(text, size(total) if whole_of_it else f"first {size(len(part))} of {size(total)}")


def as_text(part: bytes, *, cut: bool) -> str | None:
    """Return bytes as the text that they are in UTF-8, or `None`; `cut` ones may end anywhere."""
    if b"\0" in part:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(part, final=not cut)
    except UnicodeDecodeError:
        return None


def _hexadecimal(part: bytes) -> str:
    lines: list[str] = []
    for start in range(0, len(part), _HEX_LINE):
        line = part[start : start + _HEX_LINE]
        seen = "".join(chr(code) if 0x20 <= code < 0x7F else "." for code in line)
        lines.append(f"{start:04x}  {line.hex(' '):<47}  {seen}")
    return "\n".join(lines)
