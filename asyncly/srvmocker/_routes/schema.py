"""What routes from data look like, and what is told where data does not.

msgspec holds the data to the structs below; what it finds is told by keys such as
`routes[2].response.status`. Imported by the first `load_routes`: msgspec is an extra.

Invariant: what a key may be is said once, by the struct that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, convert

from asyncly.srvmocker._core.jsonpath import find_keys
from asyncly.srvmocker.exceptions import RoutesError
from asyncly.srvmocker.faults.bodies import ChunkError
from asyncly.srvmocker.responses.sequence import OnExhausted
from asyncly.srvmocker.strictness import StrictCheck

StructT = TypeVar("StructT", bound=Struct)


Named = Literal["headers", "query", "cookies", "path_params", "form", "multipart"]


class MatchData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a request must look like."""

    json: Any = UNSET
    json_partial: Any = UNSET
    json_schema: dict[str, Any] | bool | UnsetType = UNSET
    jsonpath: dict[str, Any] | UnsetType = UNSET
    text: Any = UNSET
    base64: str | UnsetType = UNSET
    headers: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    cookies: dict[str, Any] | None = None
    path_params: dict[str, Any] | None = None
    form: dict[str, Any] | None = None
    multipart: dict[str, Any] | None = None
    exactly: list[Named] = []


class PartData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a part of a multipart body must look like."""

    text: Any = UNSET
    base64: str | UnsetType = UNSET
    filename: Any = UNSET
    content_type: Any = UNSET


class AnswerData(Struct, forbid_unknown_fields=True, kw_only=True):
    """A response, a sequence of them, or one for each state of a scenario; perhaps spoilt."""

    json: Any = UNSET
    text: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET
    body: Any = UNSET
    file: str | UnsetType = UNSET
    status: int | UnsetType = UNSET
    headers: dict[str, str | list[str]] | UnsetType = UNSET
    latency: Annotated[float, Meta(ge=0)] | UnsetType = UNSET
    sequence: Annotated[list[ItemData], Meta(min_length=1)] | UnsetType = UNSET
    on_exhausted: OnExhausted | UnsetType = UNSET
    then: AnswerData | UnsetType = UNSET
    scenario: str | UnsetType = UNSET
    answers: Annotated[dict[str, StateData], Meta(min_length=1)] | UnsetType = UNSET
    otherwise: StateData | UnsetType = UNSET
    fault: str | FaultData | UnsetType = UNSET


class ItemData(AnswerData, forbid_unknown_fields=True, kw_only=True):
    """A response within a sequence."""

    times: Annotated[int, Meta(ge=1)] = 1


class StateData(AnswerData, forbid_unknown_fields=True, kw_only=True):
    """A response in a state, and the state that is entered with it."""

    next: str | UnsetType = UNSET


After = Literal["request", "head"] | int


class DisconnectData(Struct, forbid_unknown_fields=True, kw_only=True):
    """How the connection ends."""

    after: After = "request"
    reset: bool = False


class HangData(Struct, forbid_unknown_fields=True, kw_only=True):
    """Where an answer stands still."""

    after: After = "request"


class CloseData(Struct, forbid_unknown_fields=True, kw_only=True):
    """How a connection ends that was to be kept."""

    reset: bool = False


class TruncatedData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What length is promised."""

    declared_length: int


class WrongLengthData(Struct, forbid_unknown_fields=True, kw_only=True):
    """By how many bytes the length is wrong."""

    by: int


class MalformedChunkData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is wrong with a chunk."""

    error: ChunkError = "size"


class TruncatedGzipData(Struct, forbid_unknown_fields=True, kw_only=True):
    """How many bytes are left out."""

    missing: int = 8


class GarbageData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is sent."""

    text: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET


class EndlessHeaderData(Struct, forbid_unknown_fields=True, kw_only=True):
    """At what pace the field goes on."""

    bytes_per_second: float | None = None


class DoubleData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What nobody has asked for."""

    second: AnswerData | None = None


class SlowData(Struct, forbid_unknown_fields=True, kw_only=True):
    """At what pace head and body come."""

    head: float | None = None
    body: float | None = None


class FaultData(Struct, forbid_unknown_fields=True, kw_only=True):
    """One of the faults, with what it takes."""

    disconnect: DisconnectData | UnsetType = UNSET
    hang: HangData | UnsetType = UNSET
    unannounced_close: CloseData | UnsetType = UNSET
    truncated: TruncatedData | UnsetType = UNSET
    wrong_length: WrongLengthData | UnsetType = UNSET
    malformed_chunk: MalformedChunkData | UnsetType = UNSET
    truncated_gzip: TruncatedGzipData | UnsetType = UNSET
    garbage: GarbageData | UnsetType = UNSET
    endless_header: EndlessHeaderData | UnsetType = UNSET
    double: DoubleData | UnsetType = UNSET
    slow: SlowData | UnsetType = UNSET


class KeepData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is kept of the calls."""

    last: int | None = None
    every: int = 1
    bodies: int | None = None


class RouteData(Struct, forbid_unknown_fields=True, kw_only=True):
    """A route with its response."""

    method: str
    path: str
    handler: str
    match: MatchData | None = None
    response: AnswerData | None = None
    keep: KeepData | None = None
    lenient: list[StrictCheck] = []


class ScenarioData(Struct, forbid_unknown_fields=True, kw_only=True):
    """The states that responses share."""

    initial: str
    states: list[str] | UnsetType = UNSET
    entered: list[str] = []


class RoutesData(Struct, forbid_unknown_fields=True, kw_only=True):
    """All routes, and what they share."""

    routes: list[RouteData]
    scenarios: dict[str, ScenarioData] = {}


FAULTS: Final[Mapping[str, type[Struct]]] = {
    "disconnect": DisconnectData,
    "hang": HangData,
    "unannounced_close": CloseData,
    "truncated": TruncatedData,
    "wrong_length": WrongLengthData,
    "malformed_chunk": MalformedChunkData,
    "truncated_gzip": TruncatedGzipData,
    "garbage": GarbageData,
    "endless_header": EndlessHeaderData,
    "double": DoubleData,
    "slow": SlowData,
}

# What msgspec says.
_FOUND: Final = re.compile(
    r"(?P<reason>.*?)(?: - at `(?P<member>key` in `)?(?P<path>\$.*)`)?", re.DOTALL
)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(?P<key>.*)`", re.DOTALL)
_CHOICE: Final = re.compile(r"Invalid enum value (?P<value>.*)", re.DOTALL)
# How data is called by people who write YAML as well as JSON.
_WORDS: Final = {"object": "a mapping", "array": "a list", "null": "nothing"}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "exactly": get_args(Named),
    "on_exhausted": ("raise", "cycle", "last"),
    "lenient": ("unmatched", "errors", "undeclared", "uncalled"),
    "after": ("request", "head", "a number of bytes"),
    "error": ("size", "ending", "missing"),
}
_STRUCTS: Final[Mapping[str, type[Struct]]] = {
    "routes": RouteData,
    "match": MatchData,
    "response": AnswerData,
    "then": AnswerData,
    "sequence": ItemData,
    "keep": KeepData,
    "answers": StateData,
    "otherwise": StateData,
    "fault": FaultData,
    "second": AnswerData,
    "scenarios": ScenarioData,
    **FAULTS,
}


def checked(data: object, kind: type[StructT], *, file: str, at: str = "") -> StructT:
    """Hold data to a struct; `at` is the key that it has in the file."""
    try:
        return convert(data, kind)
    except msgspec.ValidationError as error:
        found = str(error)
    except RecursionError:
        raise RoutesError(file, at, "it is nested too deeply") from None
    key, reason = _told(found, data, kind)
    raise RoutesError(file, f"{at}{key}" if at else key.removeprefix("."), reason)


def meant(wrong: str, known: Iterable[str]) -> str:
    """Tell which of the known names was meant, or all of them."""
    names = list(known)
    near = get_close_matches(wrong, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"


def _told(found: str, data: object, kind: type[Struct]) -> tuple[str, str]:
    """Return the key and the reason of what msgspec has found."""
    told = _FOUND.fullmatch(found)
    assert told is not None, "it takes any text"
    reason, path = told["reason"], told["path"] or "$"

    def fails() -> bool:
        try:
            convert(data, kind)
        except msgspec.ValidationError as error:
            return str(error) == found
        return False

    # What stands in brackets is no key of a struct: a number, or a name that the user chose.
    levels = re.findall(r"[a-z_]+", re.sub(r"\[[^]]*\]", "", path))
    if "[...]" in path:
        path = find_keys(path, data, fails)
    key = path[1:]
    if told["member"]:
        return key, "expected only strings as keys: put them in quotes"
    if unknown := _UNKNOWN.fullmatch(reason):
        known = (_STRUCTS[levels[-1]] if levels else kind).__struct_fields__
        return f"{key}.{unknown['key']}", f"unknown key; {meant(unknown['key'], known)}"
    if missing := _MISSING.fullmatch(reason):
        return f"{key}.{missing['key']}", "it is missing"
    if choice := _CHOICE.fullmatch(reason):
        choices = ", ".join(_CHOICES[levels[-1]])
        return key, f"expected one of {choices}, got {choice['value']}"
    return key, _plain(reason)


def _plain(reason: str) -> str:
    """Say in plain words what msgspec says."""

    def words(found: re.Match[str]) -> str:
        return " or ".join(_WORDS.get(word, word) for word in found[1].split(" | "))

    reason = re.sub(r"`([^`]*)`", words, reason)
    return f"{reason[:1].lower()}{reason[1:]}"


def kind_of(value: object) -> str:
    if value is None:
        return "nothing"
    kind = type(value)
    return "a mapping" if issubclass(kind, Mapping) else kind.__name__
