"""What must come of a stream, in the plainest words.

A table of routes and one loop over the facts; nothing of the door, of its parser or of its matching
is used here.
"""

import json
import zlib
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tests.streams.words import LARGEST, Said


class Reply(NamedTuple):
    """What a client gets: a status and a body, `None` for a body whose words do not matter."""

    status: int
    body: bytes | None


class Call(NamedTuple):
    """What must be on record."""

    handler: str
    method: str
    path: str
    body: bytes


@dataclass
class Foretold:
    """What must come of one stream."""

    replies: list[Reply] = field(default_factory=list[Reply])
    heads: list[bool] = field(default_factory=list[bool])
    """For each reply, whether a HEAD was answered."""
    calls: list[Call] = field(default_factory=list[Call])
    closed: bool = False
    received: int = 0
    refused: int = 0


FIXED: Final = {
    ("GET", "/ready"): (200, b'"ready"'),
    ("POST", "/made"): (201, b"made"),
    ("POST", "/late"): (200, b"late"),
    ("GET", "/nothing"): (204, b""),
}
METHODS_OF: Final = {
    "/ready": ("GET",),
    "/made": ("POST",),
    "/late": ("POST",),
    "/nothing": ("GET",),
    "/late-own": ("POST",),
    "/turns": ("PUT",),
    "/pick": ("POST",),
}
TURNS: Final = (b"first", b"second", b"third")


def echo(method: str, path: str, body: bytes) -> bytes:
    """What the users' own response class of these tests answers."""
    return f"{method} {path} {len(body)} {zlib.crc32(body)}".encode()


@dataclass
class Model:
    """A service, as far as its clients can tell; `turns` is where its one sequence stands."""

    turns: int = 0

    def foretell(self, stream: list[Said]) -> Foretold:
        """Say what must come of a stream."""
        foretold = Foretold()
        for said in stream:
            if not said.whole:
                break
            foretold.received += 1
            if said.flaw:
                foretold.replies.append(Reply(said.flaw, None))
                foretold.heads.append(False)
                foretold.refused += 1
                foretold.closed = True
                break
            large = len(said.body) > LARGEST
            # Nobody is asked for nothing, or for what is known to be too much.
            if said.asks and not (said.announced and (large or not said.body)):
                foretold.replies.append(Reply(100, b""))
                foretold.heads.append(False)
            foretold.replies.append(self._reply(said, large, foretold.calls))
            foretold.heads.append(said.method == "HEAD")
            if said.closes or (large and said.asks):
                foretold.closed = True
                break
        return foretold

    def _reply(self, said: Said, large: bool, calls: list[Call]) -> Reply:
        method, path, body = said.method, said.path, said.body
        if path.startswith(("/any/", "/own/")):
            handler = path[1:4]
        elif path not in METHODS_OF:
            return Reply(404, None)
        elif method not in METHODS_OF[path]:
            return Reply(405, None)
        else:
            handler = _picked(body) if path == "/pick" else path[1:]
        if large:
            return Reply(413, None)
        if not handler:
            return Reply(404, None)
        calls.append(Call(handler, method, path, body))
        if handler in ("own", "late-own"):
            reply = Reply(200, echo(method, path, body))
        elif handler == "any":
            reply = Reply(200, b"any")
        elif handler == "turns":
            reply = Reply(200, TURNS[self.turns % len(TURNS)])
            self.turns += 1
        elif path == "/pick":
            reply = Reply(200, handler.encode())
        else:
            reply = Reply(*FIXED[method, path])
        return Reply(reply.status, b"") if method == "HEAD" else reply


def _picked(body: bytes) -> str:
    try:
        value = json.loads(body)
    except ValueError:
        return ""
    if value == {"n": 1}:
        return "one"
    return "two" if value == {"n": 2} else ""
