"""Data -> `Match`: what a request has to look like.

Invariant: a literal of a test's own may hold any object that says itself what it equals; what a
file says is text, numbers and lists of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import NoneType
from typing import Final, cast

from msgspec import UNSET

from asyncly.srvmocker._routes.schema import MatchData, Named, PartData, checked, kind_of
from asyncly.srvmocker._routes.teller import Teller
from asyncly.srvmocker.expected import ABSENT, NULL, AtPath, Exactly, Part, Partial, ValidJson
from asyncly.srvmocker.matching import Match

__all__ = ("Matches",)

_TEXT: Final = "str or a mapping with 'regex' alone"
_PART: Final = f"{_TEXT}, or one with {', '.join(PartData.__struct_fields__)}"


class Matches:
    """Makes matches of data."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def match(self, key: str, given: MatchData) -> Match:
        """Make a match."""
        body = None
        for number, name in enumerate(given.exactly):
            if getattr(given, name) is None:
                raise self._teller.error(
                    f"{key}.exactly[{number}]",
                    f"expected {name!r} beside it; an empty one says that there are none",
                )
        if given.base64 is not UNSET:
            self._teller.alone(key, given, ("text", "base64"))
            body = self._teller.decoded(f"{key}.base64", given.base64)
        with self._teller.at(key):
            match = Match(
                body=body,
                text=None if given.text is UNSET else self._text(f"{key}.text", given.text),
                headers=self._named(key, given, "headers"),
                query=self._named(key, given, "query"),
                cookies=self._named(key, given, "cookies"),
                path_params=self._named(key, given, "path_params"),
                form=self._named(key, given, "form"),
                multipart=self._named(key, given, "multipart"),
            )
        documents = list(self._documents(key, given))
        if documents:
            match = replace(match, json=documents[0])
        for document in documents[1:]:
            match &= Match(json=document)
        return match

    def _documents(self, key: str, given: MatchData) -> Iterator[object]:
        """Make everything that a JSON body is to equal."""
        if given.json is not UNSET:
            yield NULL if given.json is None else given.json
        if given.json_partial is not UNSET:
            yield Partial(given.json_partial)
        if given.json_schema is not UNSET:
            with self._teller.at(f"{key}.json_schema"):
                yield ValidJson(given.json_schema)
        for path, expected in ({} if given.jsonpath is UNSET else given.jsonpath).items():
            with self._teller.at(f"{key}.jsonpath"):
                yield AtPath(path, NULL if expected is None else expected)

    def _named(self, key: str, given: MatchData, kind: Named) -> Mapping[str, object] | None:
        """Make what names and values are to equal, and perhaps all of them."""
        names: dict[str, object] | None = getattr(given, kind)
        if names is None:
            return None
        here = f"{key}.{kind}"
        made = self._parts(here, names) if kind == "multipart" else self._texts(here, names)
        return Exactly(made) if kind in given.exactly else made

    def _texts(self, key: str, given: Mapping[str, object]) -> dict[str, object]:
        """Make what the values of names are to equal."""
        return {name: self._values(f"{key}.{name}", value) for name, value in given.items()}

    def _parts(self, key: str, given: Mapping[str, object]) -> dict[str, object]:
        """Make what the parts of a multipart body are to look like."""
        made: dict[str, object] = {}
        for name, value in given.items():
            here = f"{key}.{name}"
            if isinstance(value, list):
                items = cast("list[object]", value)
                made[name] = [self._part(f"{here}[{n}]", item) for n, item in enumerate(items)]
            else:
                made[name] = ABSENT if value is None else self._part(here, value)
        return made

    def _part(self, key: str, given: object) -> object:
        if not isinstance(given, dict):
            return given if isinstance(given, bytes) else self._text(key, given, _PART)
        members = cast("dict[object, object]", given)
        if set(members) == {"regex"}:
            return self._text(key, members)
        wanted = checked(members, PartData, file=self._teller.file, at=key)
        self._teller.alone(key, wanted, ("text", "base64"))
        content: object = None
        if wanted.text is not UNSET:
            content = self._text(f"{key}.text", wanted.text)
        if wanted.base64 is not UNSET:
            content = self._teller.decoded(f"{key}.base64", wanted.base64)
        filename, kind = wanted.filename, wanted.content_type
        with self._teller.at(key):
            return Part(
                content,
                None if filename is UNSET else self._text_or_absent(f"{key}.filename", filename),
                None if kind is UNSET else self._text(f"{key}.content_type", kind),
            )

    def _text_or_absent(self, key: str, given: object) -> object:
        return ABSENT if given is None else self._text(key, given)

    def _values(self, key: str, given: object) -> object:
        if isinstance(given, list):
            items = cast("list[object]", given)
            return [self._text(f"{key}[{number}]", item) for number, item in enumerate(items)]
        return self._text_or_absent(key, given)

    def _text(self, key: str, given: object, wanted: str = _TEXT) -> object:
        """Make what a text is to equal; in a test's own data any object may say so."""
        told = kind_of(given)
        if isinstance(given, str):
            return given
        if isinstance(given, dict):
            members = cast("dict[object, object]", given)
            pattern = members.get("regex")
            if isinstance(pattern, str) and len(members) == 1:
                with self._teller.at(f"{key}.regex"):
                    return re.compile(pattern)
        elif not (self._teller.file or isinstance(given, (int, float, bytes, NoneType))):
            return given
        raise self._teller.error(key, f"expected {wanted}, got {told}")
