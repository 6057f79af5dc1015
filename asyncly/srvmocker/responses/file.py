"""Files from the disk, with ranges and validators.

Invariant: the file is read when a client asks, so a later change to it reaches clients, with
another ETag; that it is there is checked when the response is made.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from aiohttp import hdrs

from asyncly.srvmocker._core.answer import check_headers, check_status
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.typing import Headers

__all__ = ("FileResponse",)


class FileResponse(BaseMockResponse):
    """Answers with a file: whole, in part, or not at all where the client has it.

    aiohttp sends it: `Range` and `If-Range` (RFC 9110 section 14) get a 206 or a 416,
    `If-None-Match` and `If-Modified-Since` a 304, `If-Match` and `If-Unmodified-Since` a 412
    (section 13), against the file's `ETag` and `Last-Modified`. Where a file of the same name with
    `.gz` or `.br` behind it is there, clients that accept that coding get it.

    Args:
        path: The file. A relative path is resolved at once.
        status: The status code of the whole file.
        content_type: The `Content-Type`; by default it is guessed from the name.
        headers: Header fields; a `Content-Type` given here wins.

    Raises:
        ValueError: There is no such file, or the status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker import FileResponse
        >>> FileResponse("no-such-file.bin")
        Traceback (most recent call last):
        ValueError: path='no-such-file.bin' is no file
    """

    __writes_itself__: ClassVar[bool] = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        status: int = 200,
        content_type: str | None = None,
        headers: Headers | None = None,
    ) -> None:
        try:
            self._path: Path = Path(path).absolute()
        except TypeError:
            raise TypeError(f"path={path!r} is neither a string nor a path") from None
        if not self._path.is_file():
            raise ValueError(f"path={os.fspath(path)!r} is no file")
        self._status: int = check_status(status)
        self._headers = check_headers(headers)
        if content_type is not None:
            given = check_headers({"Content-Type": content_type})
            self._headers.setdefault(hdrs.CONTENT_TYPE, given[hdrs.CONTENT_TYPE])

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return an answer of aiohttp's that sends the file."""
        kind = web.FileResponse
        if hdrs.IF_RANGE in request.headers:
            from asyncly.srvmocker._door.aio.files import (  # noqa: PLC0415 - it needs aiohttp.web
                WholeFile,
                may_be_a_part,
            )

            if not may_be_a_part(request, self._path):
                kind = WholeFile
        return kind(self._path, status=self._status, headers=self._headers)

    def __repr__(self) -> str:
        return f"<FileResponse {self._status} {str(self._path)!r}>"
