"""Names that somebody may have meant: another case, another spelling."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

__all__ = ("folded", "likeness", "meant")

_LIMIT: Final = 200  # names that are looked at
_LONGEST: Final = 80  # characters of a name that is looked at
_ALIKE: Final = 0.75


def folded(name: str) -> str:
    """Return what is left of a name when case and separators do not count."""
    return name.casefold().replace("-", "").replace("_", "").replace(" ", "")


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - needed only when something fails

    return SequenceMatcher(None, one[:_LONGEST], other[:_LONGEST], autojunk=False).ratio()


def meant(name: str, among: Iterable[str]) -> str | None:
    """Return the name that was probably meant, if one of these was."""
    best: str | None = None
    best_likeness = _ALIKE
    wanted = folded(name)
    for other in islice(among, _LIMIT):
        found = folded(other)
        if found == wanted:
            return other
        how_alike = likeness(wanted, found)
        if how_alike > best_likeness or (how_alike == best_likeness and best is None):
            best, best_likeness = other, how_alike
    return best
