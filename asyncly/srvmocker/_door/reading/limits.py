"""How much of a request is taken in; the defaults are aiohttp's."""

from dataclasses import dataclass

from asyncly.srvmocker._core.bounds import check_whole
from asyncly.srvmocker._core.delays import need_number

__all__ = ("Limits",)


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds; 0 or `None` is no limit.

    `client_max_size` bounds a body after decompression, `max_line_size` the request target,
    `max_field_size` one header field, `max_headers` their number. `head_timeout` and `body_timeout`
    bound the time between the first and the last byte of a head and of a body.
    """

    client_max_size: int = 1024**2
    max_line_size: int = 8190
    max_field_size: int = 8190
    max_headers: int = 128
    head_timeout: float | None = None
    body_timeout: float | None = None

    def __post_init__(self) -> None:
        for name in ("client_max_size", "max_line_size", "max_field_size", "max_headers"):
            value = getattr(self, name)
            check_whole(name, value)
            if value < 0:
                raise ValueError(f"{name}={value} is negative")
        for name in ("head_timeout", "body_timeout"):
            value = getattr(self, name)
            if value is None:
                continue
            need_number(name, value)
            if not value > 0:
                raise ValueError(f"{name}={value!r} is not a time in seconds: give more than 0")
