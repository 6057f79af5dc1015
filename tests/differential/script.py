"""The words in which scenarios are written.

A scenario is plain JSON, so that it can be handed to another interpreter; these functions only
make it pleasant to write. Bytes are latin-1 text throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Wire: TypeAlias = "bool | int | float | str | Sequence[Wire] | Mapping[str, Wire] | None"
Step: TypeAlias = "dict[str, Wire]"

HOST = "mock.test"


@dataclass(frozen=True)
class Scenario:
    """Routes, and what is done with them, in order."""

    id: str
    routes: Sequence[Wire]
    steps: Sequence[Step]
    kind: str = "service"
    extra: Mapping[str, Wire] = field(default_factory=dict[str, Wire])

    def wire(self) -> dict[str, Wire]:
        """The scenario as the player reads it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "routes": self.routes,
            "steps": self.steps,
            **self.extra,
        }


def special(kind: str, raw: Wire = None) -> Wire:
    """A value that JSON has no word for; the player's `value` knows the kinds."""
    return {"$": kind, "v": raw}


def octets(content: str) -> Wire:
    """Bytes, as a value."""
    return special("bytes", content)


def route(method: str, path: str, name: str, **match: Wire) -> Wire:
    """A route; each keyword is a predicate of its `Match`."""
    return {"method": method, "path": path, "name": name, "match": match or None}


def register(name: str, response: Wire) -> Step:
    """Register a response."""
    return {"do": "register", "name": name, "response": response}


def replies(*names: str) -> list[Step]:
    """Each handler answers with its own name."""
    return [register(name, json_response({"from": name})) for name in names]


def json_response(body: Wire, **rest: Wire) -> Wire:
    """A `JsonResponse`."""
    return {"kind": "json", "body": body, **rest}


def raw_response(body: str = "", **rest: Wire) -> Wire:
    """A `RawResponse`."""
    return {"kind": "raw", "body": octets(body), **rest}


def user_response(name: str) -> Wire:
    """One of the classes that the player defines as a user would."""
    return {"kind": "user", "name": name}


def sequence(*responses: Wire, **rest: Wire) -> Wire:
    """A `SequenceResponse`."""
    return {"kind": "sequence", "responses": responses, **rest}


def message(
    method: str,
    target: str,
    body: str | None = None,
    *headers: str,
    version: str = "1.1",
    host: str | None = HOST,
) -> str:
    """A request as it goes over the wire; a body brings its Content-Length."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines.extend(headers)
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines) + "\r\n\r\n" + (body or "")


def chunked(method: str, target: str, *chunks: str, headers: tuple[str, ...] = ()) -> str:
    """A request whose body comes in chunks."""
    head = message(method, target, None, *headers, "Transfer-Encoding: chunked")
    return head + "".join(f"{len(each):x}\r\n{each}\r\n" for each in (*chunks, ""))


def stream(
    *data: str | bool | None,
    answers: list[str] | None = None,
    then: str | None = None,
    to: str | None = None,
    again: int | None = None,
) -> Step:
    """Bytes over a connection of their own, and the methods of the answers to wait for.

    `None` among the data waits for an interim answer, `True` lets the server see what came so
    far, `False` closes the client's side and lets the server see that too. `then` is `"eof"` (the
    server must close) or `"leave"` (the client goes). `again` is the number of an earlier
    connection to go on with.
    """
    return {
        "do": "send",
        "data": data,
        "answers": ["GET"] if answers is None else answers,
        "then": then,
        "to": to,
        "again": again,
    }


def get(target: str, *headers: str) -> Step:
    """A GET over a connection of its own."""
    return stream(message("GET", target, None, *headers))


def ask(method: str, target: str, body: str | None = None, *headers: str) -> Step:
    """Any request over a connection of its own."""
    return stream(message(method, target, body, *headers), answers=[method.upper()])


def post(target: str, body: str = "", *headers: str) -> Step:
    """A POST over a connection of its own."""
    return ask("POST", target, body, *headers)


def check(call: str, *args: Wire, on: str = "service", **kwargs: Wire) -> Step:
    """Call one of the service's own methods, and note what it says."""
    return {"do": "assert", "call": call, "args": args, "kwargs": kwargs, "on": on}


def called(name: str, criteria: Mapping[str, Wire]) -> Step:
    """`assert_called` with criteria that are known only when the scenario is made."""
    return {"do": "assert", "call": "assert_called", "args": [name], "kwargs": criteria}


def ask_match(on: str, **criteria: Wire) -> Step:
    """Ask a `Match` about each recorded call."""
    return {"do": "match", "on": on, "criteria": criteria}


def change(operation: str, on: str = "@all", at: int = 0, source: str | None = None) -> Step:
    """Edit a history."""
    return {"do": "change", "op": operation, "on": on, "at": at, "from": source}


def build(**what: Wire) -> Step:
    """Only make a thing."""
    return {"do": "build", "what": what}


def inspect(on: str, *names: str, read: bool = False) -> Step:
    """Look at attributes of the recorded requests."""
    return {"do": "inspect", "on": on, "names": names, "read": read}
