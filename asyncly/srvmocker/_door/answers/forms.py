"""Answers of which the body is new each time, and the head is not.

aiohttp renders one answer of each status and content type, for each kind of request; of another
only the length, the Date and the body are put in.

Invariants: what is written is what aiohttp would write for a response of these. A form is kept for
each status and content type, up to a number, so what is kept does not grow with the requests.
"""

from typing import Final

from aiohttp import hdrs

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, Rendered

__all__ = ("FilledForm",)

_FORMS_KEPT: Final = 512
_LENGTH: Final = b"\r\nContent-Length: "


class _Head:
    """A rendered head, cut where the length belongs."""

    __slots__ = ("after_length", "before_length", "of", "with_body")

    def __init__(self, current: bytes, stand_in: bytes) -> None:
        self.of: bytes = current
        head, end, body = current.partition(b"\r\n\r\n")
        self.with_body: bool = body == stand_in
        self.before_length: bytes = b""
        self.after_length: bytes = head + end
        before, name, after = self.after_length.partition(_LENGTH)
        if name:  # a 204 has none
            self.before_length = before + name
            self.after_length = b"\r\n" + after.partition(b"\r\n")[2]


class _Form:
    """What all answers of one status and content type have in common.

    aiohttp may tell other fields of an empty body, so those have a form of their own.
    """

    __slots__ = ("_answer", "_content_type", "_heads", "_stand_in", "_status")

    def __init__(self, status: int, content_type: str | None, *, empty: bool) -> None:
        self._status = status
        self._content_type = content_type
        self._stand_in = b"" if empty else b"x"
        self._answer = ReadyAnswer(status, lambda: self.make(self._stand_in))
        self._heads: dict[int, _Head] = {}

    def make(self, content: bytes) -> web.Response:
        """Return the aiohttp response."""
        content_type = self._content_type
        headers = None if content_type is None else {hdrs.CONTENT_TYPE: content_type}
        return web.Response(body=content, status=self._status, headers=headers)

    def fill(self, content: bytes, kind: int, now: float) -> Rendered:
        """Return what to write for a content; `kind` and `now` as for `ReadyAnswer.render`."""
        answer = self._answer
        rendered = answer.by_kind[kind]
        if rendered is None or rendered.until <= now:
            rendered = answer.render(kind, now)
        head = self._heads.get(kind)
        if head is None or head.of is not rendered.current:
            head = self._heads[kind] = _Head(rendered.current, self._stand_in)
        written = head.after_length
        if head.before_length:
            written = b"%b%d%b%b" % (
                head.before_length,
                len(content),
                written,
                content if head.with_body else b"",
            )
        return Rendered(written, rendered.status, None, rendered.closes)


_FORMS: Final[dict[tuple[int, str | None, bool], _Form]] = {}


class FilledForm(ReadyAnswer):
    """A finished answer with a content that nobody will ask for again.

    `content_type` is `None` for what aiohttp says of bytes.
    """

    __slots__ = ("_content", "_form")

    def __init__(self, status: int, content_type: str | None, content: bytes) -> None:
        key = (status, content_type, not content)
        form = _FORMS.get(key)
        if form is None:
            if len(_FORMS) >= _FORMS_KEPT:
                _FORMS.clear()
            form = _FORMS[key] = _Form(status, content_type, empty=not content)
        self.status: int = status
        self._form = form
        self._content = content

    def render(self, kind: int, now: float) -> Rendered:
        """Return what to write."""
        return self._form.fill(self._content, kind, now)

    def response(self) -> web.Response:
        """Return the same as an aiohttp response."""
        return self._form.make(self._content)
