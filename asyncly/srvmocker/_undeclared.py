"""What is told of the name of a handler that no route declares.

Invariant: imported when a name was wrong, and not before.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ("why_undeclared",)


def why_undeclared(name: object, known: Iterable[str]) -> str:
    """Say that no route declares a name, and which were meant; `TypeError` for what is none.

    Example:
        >>> from asyncly.srvmocker._undeclared import why_undeclared
        >>> why_undeclared("creat", ["create", "list"])
        "no route declares the handler 'creat'; did you mean 'create'?"
    """
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is not the name of a handler: give strings, not in a list")
    told = str.__str__(name)  # it may be the member of an enumeration
    plain = sorted(map(str.__str__, known))
    near = get_close_matches(told, plain, n=3)
    remedy = f"did you mean {' or '.join(map(repr, near))}?" if near else f"declared: {plain}"
    return f"no route declares the handler {told!r}; {remedy}"
