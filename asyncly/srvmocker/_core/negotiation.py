"""Which content codings a client accepts (RFC 9110 section 12.5.3)."""

import re
from functools import lru_cache
from typing import Final

__all__ = ("accepts_coding",)

_MEMBER: Final = re.compile(
    r"(?P<name>[!#$%&'*+\-.^_`|~0-9A-Za-z]+)"
    r"(?:[ \t]*;[ \t]*[qQ]=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
_ALIASES: Final = {"x-gzip": "gzip"}  # RFC 9110 section 8.4.1.3


@lru_cache(256)
def accepts_coding(field: str, coding: str) -> bool:
    """Whether a client with this `Accept-Encoding` field gets a coding.

    It does where the coding, or `*`, has a weight above 0 that is not below that of `identity`, if
    that is named. Members that are malformed are passed over.
    """
    weights: dict[str, float] = {}
    for text in field.split(","):
        member = _MEMBER.fullmatch(text.strip(" \t"))
        if member is not None:
            name = member["name"].lower()
            weights[_ALIASES.get(name, name)] = float(member["weight"] or 1)
    weight = weights.get(coding, weights.get("*", 0.0))
    return weight > 0 and weight >= weights.get("identity", 0.0)
