"""Expected values that say more than `==` does; they stand in `Match` and in assertions alike."""

from typing import Final

from asyncly.srvmocker._core.matching import expected as _expected
from asyncly.srvmocker._core.matching.expected import (
    Absent,
    AtPath,
    Exactly,
    Null,
    Part,
    Partial,
    ValidJson,
)

__all__ = (
    "ABSENT",
    "NULL",
    "Absent",
    "AtPath",
    "Exactly",
    "Null",
    "Part",
    "Partial",
    "ValidJson",
)

ABSENT: Final[Absent] = _expected.ABSENT
"""Stands for a name that must not be there: a header field, a key, a cookie, a field of a form.

Example:
    >>> from asyncly.srvmocker import ABSENT, Match
    >>> Match(headers={"X-Trace": ABSENT})
    Match(headers={'X-Trace': ABSENT})
"""

NULL: Final[Null] = _expected.NULL
"""JSON's `null` as an expected value, where `None` means that a criterion is not given.

Example:
    >>> from asyncly.srvmocker import NULL, Match
    >>> Match(json=NULL)
    Match(json=NULL)
"""
