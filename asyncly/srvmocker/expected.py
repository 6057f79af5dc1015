"""Expected values that say more than `==` does; they stand in `Match` and in assertions alike."""

from asyncly.srvmocker._core.expected import (
    ABSENT,
    NULL,
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
