"""Values as a reader sees them: JSON notation for what JSON has, `repr` for everything else.

Invariants: a shown value has at most as many characters as asked for, and all of them are
printable, so that any terminal and any encoding can take it. No value makes showing it fail.
The work is bounded by the size of the text, except for a `repr` of a user's own.
"""

from collections.abc import Callable, Collection
from typing import Final, TypeVar, cast

from asyncly.srvmocker._core.raised import kept

__all__ = ("around", "around_bytes", "clean", "cut", "failure", "name", "quote", "show")

T = TypeVar("T")

_LEAST: Final = 24  # too short to be shortened in the middle
_MORE: Final = 14  # what it takes to say that there are more
_DEPTH: Final = 12


def clean(text: str) -> str:
    """Escape what cannot be printed, as `repr` does."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def cut(text: str, limit: int) -> str:
    """Shorten a text in the middle, and say how much is left out."""
    if len(text) <= limit:
        return text
    if limit < _LEAST:
        return text[: max(limit - 1, 0)] + "…"
    kept = limit - 11 - len(str(len(text)))
    head = kept - kept // 3
    return f"{text[:head]}… {len(text) - kept} more …{text[head - kept :]}"


def name(text: str, limit: int) -> str:
    """Show a name, a path or a target."""
    return cut(clean(cut(text, limit)), limit)


def quote(text: str, limit: int) -> str:
    """Show a text in double quotes."""
    escaped = clean(cut(text, limit - 2).replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{cut(escaped, limit - 2)}"'


def around(text: str, offset: int, limit: int) -> str:
    """Show the part of a text around an offset, in double quotes."""
    room = limit - 4
    start = max(min(offset - room // 3, len(text) - room), 0)
    end = start + room
    escaped = clean(text[start:end].replace("\\", "\\\\").replace('"', '\\"'))
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return f'{before}"{cut(escaped, room)}"{after}'


def around_bytes(data: bytes, offset: int, limit: int) -> str:
    """Show the part of some bytes around an offset, as a literal."""
    room = limit - 5
    start = max(min(offset - room // 3, len(data) - room), 0)
    end = start + room
    before, after = "…" if start else "", "…" if end < len(data) else ""
    return f"{before}{cut(repr(data[start:end]), room + 3)}{after}"


def failure(error: BaseException, limit: int = 120) -> str:
    """Say what a user's own code raised."""
    try:
        said = str(error)
    except BaseException as unspeakable:  # noqa: BLE001 - whatever a user's own class raises
        kept(unspeakable)
        said = ""
    raised = type(error).__name__
    return name(f"raised {raised}: {said}" if said else f"raised {raised}", limit)


def show(value: object, limit: int) -> str:
    """Show any value."""
    return cut(_show(value, limit, 0), limit)


def _show(value: object, room: int, depth: int) -> str:
    kind = type(value)
    if kind is str:
        return quote(cast(str, value), max(room, 8))
    if value is None or kind is bool:
        return {None: "null", True: "true", False: "false"}[cast("bool | None", value)]
    if kind is int:
        return _show_int(cast(int, value))
    if kind is float:
        return repr(value).replace("nan", "NaN").replace("inf", "Infinity")
    if kind is dict:
        return _show_object(cast("dict[object, object]", value), room, depth)
    if kind is list:
        return _show_array(cast("list[object]", value), room, depth)
    try:
        return clean(cut(repr(value), max(room, _LEAST)))
    except BaseException as error:  # noqa: BLE001 - whatever a user's own class raises
        return f"<{kind.__name__}, whose repr {failure(kept(error))}>"


def _show_object(members: dict[object, object], room: int, depth: int) -> str:
    def member(item: tuple[object, object], left: int) -> str:
        key, value = item
        shown = _show(key, min(left // 2, 40), depth + 1)
        return f"{shown}: {_show(value, left - len(shown) - 2, depth + 1)}"

    return f"{{{_as_many_as_fit(members.items(), member, room, depth)}}}"


def _show_array(items: list[object], room: int, depth: int) -> str:
    def element(item: object, left: int) -> str:
        return _show(item, left, depth + 1)

    return f"[{_as_many_as_fit(items, element, room, depth)}]"


def _as_many_as_fit(
    items: Collection[T], shown: Callable[[T, int], str], room: int, depth: int
) -> str:
    """Show the first items, and how many more there are; at least one, unless it is too deep."""
    parts: list[str] = []
    left = room - _MORE
    for number, item in enumerate(items):
        part = shown(item, left) if depth < _DEPTH and (left > 0 or not parts) else ""
        if not part or (parts and len(part) > left):
            parts.append(f"… {len(items) - number} more")
            break
        parts.append(part)
        left -= len(part) + 2
    return ", ".join(parts)


def _show_int(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # over the interpreter's limit of digits
        return f"<an integer of {value.bit_length()} bits>"
