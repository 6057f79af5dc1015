"""Every number that the soak holds the server to."""

from __future__ import annotations

from typing import Final

HEALTHY_P99: Final = 5.0
"""Milliseconds: the p99 of a healthy client among slow ones, and among delayed answers."""

LATE: Final = 5.0
"""Milliseconds by which a delayed answer may come late, on an idle machine."""

EARLY: Final = 1.0
"""Milliseconds by which it may come early: the resolution of the event loop's clock."""

DEAF_BYTES: Final = 5 << 20
"""Memory that a client may cost that sends and never reads, beyond the record of its requests."""

REPEATED_BYTES: Final = 40
"""The record of a request that comes again and again."""

IDLE_BYTES: Final = 8 * 1024
"""Memory of an idle keep-alive connection."""

IDLE_BYTES_OF_AIOHTTP: Final = 16 * 1024
"""The same after an answer of aiohttp's: its protocol and its task stay with the connection."""

PENDING_BYTES: Final = IDLE_BYTES
"""Memory of a connection on which an answer hangs, is held or is delayed: no task, no thread."""

CLOSING_EACH: Final = 0.1
"""Milliseconds that the end of the service takes for each answer that is still pending."""

PATIENCE: Final = 120.0
"""Seconds after which a phase that still waits for something is given up."""

ROUND_PATIENCE: Final = 300.0
"""The same for the half million numbered requests between two checks."""
