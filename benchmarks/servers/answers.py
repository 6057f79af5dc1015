"""The answer of the servers that are not mock services: the same bytes that aiohttp would send."""

from __future__ import annotations

import json
from collections.abc import Mapping


def raw_answer(body: Mapping[str, object]) -> bytes:
    """A whole response with the fields that aiohttp sets; the Date is as long as a real one."""
    payload = json.dumps(body).encode()
    head = (
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(payload)}\r\n"
        "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        "Server: Python/3.11 aiohttp/3.14.0\r\n"
        "\r\n"
    )
    return head.encode() + payload
