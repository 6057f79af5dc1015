"""Files that aiohttp sends whole, although a part of them was asked for.

aiohttp understands the date of an `If-Range` field and takes an entity tag in it for none.
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import hdrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web import BaseRequest, FileResponse
from multidict import CIMultiDict

__all__ = ("WholeFile", "may_be_a_part")


class WholeFile(FileResponse):
    """Sends the file as if no range had been asked for."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Begin to send it."""
        fields = CIMultiDict(request.headers)
        fields.popall(hdrs.RANGE, None)
        return await super().prepare(request.clone(headers=fields))


def may_be_a_part(request: BaseRequest, path: Path) -> bool:
    """Whether a client that names an entity tag in `If-Range` has a part of this very file.

    It is compared strongly (RFC 9110 section 13.1.5). Who names no tag is left to aiohttp.
    """
    tag = request.headers.get(hdrs.IF_RANGE, "").strip()
    if not tag.endswith('"'):
        return True
    try:
        found = path.stat()
    except OSError:  # it is gone, which aiohttp tells
        return True
    return tag == f'"{found.st_mtime_ns:x}-{found.st_size:x}"'  # as aiohttp makes it
