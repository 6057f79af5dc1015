"""What a service keeps of the calls that it records.

Invariant: a `Keep` is a description, checked when it is made; what is not kept is still counted.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("Keep",)


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept of the calls of a handler; the default is everything.

    For all handlers of a service it is given to `start_service`, for one of them to its
    `MockRoute`. Counts stay exact whatever is kept. An assertion about what was not kept raises
    `NotKeptError`, unless what was kept settles it.

    Args:
        last: Only so many calls of the handler, the latest; 0 keeps none: counts only.
        every: One call in so many, beginning with the first.
        bodies: Bodies of up to so many bytes; of a call with a larger one everything else is kept.
            0 keeps no body but the empty one: metadata only.

    Raises:
        ValueError: `last` or `bodies` is negative, or `every` is less than 1.
        TypeError: One of them is not a whole number.

    Example:
        >>> from asyncly.srvmocker import Keep, MockRoute, start_service
        >>> routes = [
        ...     MockRoute("POST", "/events", "events", keep=Keep(last=0)),
        ...     MockRoute("POST", "/orders", "order"),
        ... ]
        >>> async with start_service(routes, keep=Keep(last=1_000, bodies=4_096)) as service:
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.post("/events", json={"id": 7})
        ...     service.counts("events").calls, len(service.history)
        (1, 0)
    """

    last: int | None = None
    every: int = 1
    bodies: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("last", 0), ("every", 1), ("bodies", 0)):
            value: object = getattr(self, name)
            if value is None and name != "every":
                continue
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"Keep({name}={value!r}): give a whole number")
            if value < least:
                raise ValueError(f"Keep({name}={value}): give {least} or more")


def check_keep(value: object) -> None:
    """Raise `TypeError` for what is neither a `Keep` nor `None`."""
    if value is not None and not isinstance(value, Keep):
        raise TypeError(f"keep={value!r} is not a Keep")
