"""Where in a JSON value: paths such as `$.items[2].price`, where `$` is the whole.

Invariant: what is taken out of a value to find a path is put back, in its order.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast

__all__ = ("find_keys", "render")

_LONGEST: Final = 120  # characters of a path, and
_LONGEST_KEY: Final = 40  # of a key in it

_UNNAMED: Final = "[...]"
_INDEX: Final = re.compile(r"\[(\d+)\]")


def render(steps: Iterable[int | str]) -> str:
    """Write the path that leads through these indices and keys; one that is long is cut short."""
    path = "".join(map(_render_step, steps))
    return f"${path}" if len(path) <= _LONGEST else f"$…{path[-_LONGEST:]}"


def _render_step(step: int | str) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if len(step) > _LONGEST_KEY:
        step = f"{step[:_LONGEST_KEY]}…"
    return f".{step}" if step.isidentifier() else f"[{step!r}]"


def find_keys(path: str, value: object, fails: Callable[[], bool]) -> str:
    """Put keys in the place of each `[...]` of a path that leads to what is wrong in a value.

    `fails` tells whether the value is still wrong in the same way; it is asked while members are
    taken out, about as often as their number can be halved. What cannot be found stays as it is.
    """
    search = _Search(fails)
    steps: list[int | str] = []
    rest = path[1:]
    try:
        while rest:
            found = search.step(rest, value)
            if found is None:
                break
            step, rest, value = found
            steps.append(step)
    finally:
        search.put_back()
    return render(steps) + rest


class _Search:
    """Takes members out of objects.

    Those beside a key that was found stay out to the end: they may be wrong in the same way.
    """

    def __init__(self, fails: Callable[[], bool]) -> None:
        self._fails = fails
        self._changed: list[tuple[dict[str, object], dict[str, object]]] = []

    def put_back(self) -> None:
        for members, everything in self._changed:
            _fill(members, everything)

    def step(self, rest: str, value: object) -> tuple[int | str, str, object] | None:
        """Take one step: return it, the path behind it and the value that it leads to."""
        if isinstance(value, list) and (index := _INDEX.match(rest)):
            items = cast("list[object]", value)
            number = int(index[1])
            return number, rest[index.end() :], items[number]
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            if rest.startswith(_UNNAMED):
                key, rest = self._culprit(members), rest.removeprefix(_UNNAMED)
            else:
                key = max((key for key in members if _begins(rest, key)), key=len, default=None)
                rest = "" if key is None else rest[1 + len(key) :]
            return None if key is None else (key, rest, members[key])
        return None

    def _culprit(self, members: dict[str, object]) -> str | None:
        """Return the key of the first member that is wrong, by halving."""
        some = list(members)
        everything = dict(members)
        self._changed.append((members, everything))
        while len(some) > 1:
            half = some[: len(some) // 2]
            _fill(members, {key: everything[key] for key in half})
            some = half if self._fails() else some[len(half) :]
        _fill(members, {key: everything[key] for key in some})
        return some[0] if some and self._fails() else None


def _begins(rest: str, key: str) -> bool:
    return rest.startswith(f".{key}") and rest[1 + len(key) : 2 + len(key)] in ("", ".", "[")


def _fill(members: dict[str, object], content: Mapping[str, object]) -> None:
    members.clear()
    members.update(content)
