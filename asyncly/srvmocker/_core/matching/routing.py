"""From a method and a path to the group of routes that answers them.

Patterns mean what they mean to aiohttp, and are tried in the order in which aiohttp's own router
tries them: the candidates with the longest literal folders first, and among those the order of
registration. Paths are compared in yarl's `path_safe` form: decoded, except for %2F and %25.

Invariants: resolving is a pure function of (method, path). Paths without a variable are found by
one look-up; only when that fails, or the path ends with a slash, the folders are walked upwards.
"""

import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Final, Generic, TypeVar

from yarl import URL

from asyncly.srvmocker._core.request import RequestView

__all__ = (
    "ANY_METHOD",
    "Miss",
    "Router",
    "check_method",
    "compile_path",
    "params_of",
    "path_shape",
    "variables_of",
    "why_unmatchable",
)

ANY_METHOD: Final = "*"

_METHOD: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# A variable is a pair of braces whose content may hold one more level of braces: {id:\d{2}}.
_VARIABLE: Final = re.compile(r"(\{[A-Za-z_](?:[^{}]|\{[^{}]*\})*\})")
_PLAIN_VARIABLE: Final = re.compile(r"\{([_a-zA-Z][_a-zA-Z0-9]*)\}")
_REGEX_VARIABLE: Final = re.compile(r"\{([_a-zA-Z][_a-zA-Z0-9]*):(.+)\}", re.DOTALL)
_UNCHANGED: Final = string.ascii_letters + string.digits + "/._~-"  # by encoding and by decoding
_ANYTHING: Final = re.compile(r"\(\?P<\w+>\[\^\{\}/\]\+\)")  # of a variable without a regex
_DIGITS: Final = b"0123456789"
_SAME: Final = bytes(range(256))
_NO_PARAMS: Final[Mapping[str, str]] = {}

G = TypeVar("G")


class Miss:
    """Why no group answers: `allowed` lists the methods that the path knows; empty is a 404."""

    __slots__ = ("allowed",)

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed: frozenset[str] = allowed


def check_method(method: str) -> str:
    """Return the method in upper case; `ValueError` where it is no token (RFC 9110 5.6.2)."""
    if not _METHOD.fullmatch(method):
        raise ValueError(
            f"{method!r} is not an HTTP method: give a token such as 'GET', or '*' for any"
        )
    return method.upper()


def _quote(literal: str) -> str:
    """Percent-encode what a URL path cannot hold, leaving existing escapes alone."""
    quoted = URL.build(path=literal, encoded=False).raw_path
    return quoted.replace("%25", "%") if "%" in literal else quoted


@lru_cache(maxsize=4096)  # services are started again and again with the same routes
def compile_path(path: str) -> tuple[str, re.Pattern[str] | None]:
    """Return the canonical form of a pattern and its regex, or no regex without variables."""
    if not path.startswith("/") and path:
        raise ValueError(f"path {path!r} does not start with '/'")
    if "{" not in path and "}" not in path:
        return path or "/", None
    regex = canonical = ""
    for part in _VARIABLE.split(path):
        if plain := _PLAIN_VARIABLE.fullmatch(part):
            regex += f"(?P<{plain[1]}>[^{{}}/]+)"
            canonical += "{" + plain[1] + "}"
        elif with_regex := _REGEX_VARIABLE.fullmatch(part):
            regex += f"(?P<{with_regex[1]}>{with_regex[2]})"
            canonical += "{" + with_regex[1] + "}"
        elif "{" in part or "}" in part:
            raise ValueError(
                f"path {path!r} has a malformed variable near {part!r}: "
                "write {name} or {name:regex}"
            )
        else:
            literal = _quote(part)
            regex += re.escape(literal)
            canonical += literal
    try:
        return canonical, re.compile(regex)
    except re.error as error:
        raise ValueError(f"path {path!r} is not a valid pattern: {error}") from None


def variables_of(path: str) -> tuple[str, ...]:
    """Return the names of a pattern's variables, in order."""
    _, regex = compile_path(path)
    return () if regex is None else tuple(regex.groupindex)


def path_shape(path: str) -> str:
    """Return what a pattern matches, whatever its variables are called, to compare patterns."""
    canonical, regex = compile_path(path)
    if regex is None:
        return canonical
    return "~" + re.sub(r"\(\?P<\w+>", "(?:", regex.pattern)  # no literal path begins so


@lru_cache(maxsize=4096)  # as above
def why_unmatchable(path: str) -> str | None:
    """Return why no request's path matches a pattern, and the remedy; `None` where one may.

    Paths are compared decoded. One without a variable is compared as it was written, so an escape
    in it matches nothing; of one with variables aiohttp percent-encodes the literal parts, so
    whatever that changes matches nothing. Regular expressions are not looked into. A request whose
    percent signs are malformed (RFC 3986 section 2.1) may match all the same.
    """
    numbered = (f"literal{number or ''}" for number in count())
    names = (name for name in numbered if f"{{{name}" not in path)
    if "{" not in path:
        decoded = _decode(path)
        if decoded == path:
            return None
        remedy = _as_variables(path, names) if "{" in decoded or "}" in decoded else decoded
        return f"a path is compared decoded: write {remedy}"
    parts = _VARIABLE.split(path)  # literal parts and variables by turns
    literals = parts[::2]
    reachable = [_as_variables(literal, names) for literal in literals]
    if reachable == literals:
        return None
    if any("?" in literal for literal in literals):
        return "a query is no part of a path: ask for it with Match(query=...)"
    parts[::2] = reachable
    return (
        "beside a variable, literal text is compared percent-encoded, and the path is decoded: "
        f"write {''.join(parts)}"
    )


def _as_variables(literal: str, names: Iterator[str]) -> str:
    """Turn each segment of a literal part that can never match into a variable with a regex."""
    if not literal.strip(_UNCHANGED):
        return literal
    segments: list[str] = []
    # As a whole: yarl encodes a colon in what it takes for the first segment of a relative path.
    for segment, quoted in zip(literal.split("/"), _quote(literal).split("/"), strict=True):
        decoded = _decode(quoted)
        if decoded == quoted:
            segments.append(segment)
        else:
            segments.append(f"{{{next(names)}:{''.join(map(_escape, decoded))}}}")
    return "/".join(segments)


def _escape(char: str) -> str:
    """Escape a character for a variable's regex, where aiohttp takes no brace or line break."""
    return f"\\x{ord(char):02x}" if char in "{}" or char < " " else re.escape(char)


def _decode(path: str) -> str:
    """Return the `path_safe` form of a piece of a path."""
    return URL.build(path=f"/{path}", encoded=True).path_safe[1:]


def _unquote(value: str) -> str:
    return value.replace("%2F", "/").replace("%25", "%") if "%" in value else value


class _Resource(Generic[G]):
    """One path pattern with its groups by method."""

    __slots__ = ("canonical", "methods", "path", "regex")

    def __init__(self, path: str) -> None:
        self.path = path
        self.canonical, self.regex = compile_path(path)
        self.methods: dict[str, G] = {}

    def fits(self, path: str) -> bool:
        if self.regex is None:
            return path == self.canonical
        return self.regex.fullmatch(path) is not None

    def params(self, path: str) -> Mapping[str, str]:
        """Return the values of the variables in a path that fits."""
        found = None if self.regex is None else self.regex.fullmatch(path)
        if found is None:
            return _NO_PARAMS
        groups: Mapping[str, str | None] = found.groupdict()
        return {name: _unquote(text) for name, text in groups.items() if text is not None}

    @property
    def digits(self) -> Iterable[int]:
        """The digits that tell paths apart: all, where a variable has a regular expression."""
        literal = self.canonical
        if self.regex is not None:
            literal = _ANYTHING.sub("", self.regex.pattern)
            if "(?P<" in literal:
                return _DIGITS
        return {digit for digit in _DIGITS if chr(digit) in literal}

    @property
    def folder(self) -> str:
        """The literal folders of the pattern, under which it is looked for."""
        literal = self.canonical
        if "{" in literal:
            literal = literal.partition("{")[0].rpartition("/")[0]
        return literal.rstrip("/") or "/"


def params_of(path: str) -> Callable[[RequestView], Mapping[str, str]]:
    """Return what tells the path parameters of requests for a path pattern."""
    known: list[_Resource[None]] = []

    def params(view: RequestView) -> Mapping[str, str]:
        if not known:
            known.append(_Resource(path))
        return known[0].params(view.rel_url.path_safe)

    return params


class Router(Generic[G]):
    """Holds a group per (method, path pattern) and finds the one for a request."""

    __slots__ = ("_by_folder", "_last", "_literal", "alike")

    def __init__(self) -> None:
        self.alike: bytes = _SAME
        """A table for `bytes.translate` that makes one of paths which find the same group, as far
        as they differ in digits that stand in no path of a route."""
        self._by_folder: dict[str, list[_Resource[G]]] = {}
        self._literal: dict[str, dict[str, G]] = {}
        self._last: _Resource[G] | None = None

    def add(self, method: str, path: str, group: G) -> None:
        """Add a group; `method` in upper case or `*`. Raises `ValueError` on a bad pattern."""
        resource = self._last
        if resource is None or resource.path != path:
            resource = self._last = _Resource(path)
            self._by_folder.setdefault(resource.folder, []).append(resource)
        if ANY_METHOD not in resource.methods:
            resource.methods.setdefault(method, group)

    def freeze(self) -> None:
        """Prepare the look-up of paths without a variable; call it after the last `add`."""
        told = {digit for each in self._by_folder.values() for it in each for digit in it.digits}
        free = [digit for digit in _DIGITS if digit not in told]
        if free:
            self.alike = bytes.maketrans(bytes(free), bytes(free[:1] * len(free)))
        for resources in self._by_folder.values():
            answered: set[str] = set()  # the paths of which every method is taken
            for resource in resources:
                path = resource.canonical
                # A pattern with a variable in the same folder can only match a path that ends
                # with a slash, so any other literal path is decided by its literals alone.
                if resource.regex is None and not path.endswith("/") and path not in answered:
                    groups = self._literal.setdefault(path, {})
                    for method, group in resource.methods.items():
                        groups.setdefault(method, group)
                    if ANY_METHOD in resource.methods:
                        answered.add(path)

    def find(self, method: str, path: str) -> G | Miss:
        """Return the group, or why there is none."""
        literal = self._literal.get(path)
        if literal is not None:
            group = literal.get(method)
            if group is not None:
                return group
        by_folder = self._by_folder
        folder = path
        while folder:
            for resource in by_folder.get(folder, ()):
                regex = resource.regex
                if path == resource.canonical if regex is None else regex.fullmatch(path):
                    methods = resource.methods
                    group = methods.get(method)
                    if group is None:
                        group = methods.get(ANY_METHOD)
                    if group is not None:
                        return group
            if folder == "/":
                break
            folder = folder.rpartition("/")[0] or "/"
        found = self._walk(method, path)
        assert isinstance(found, Miss), "the same walk, for the methods that are allowed"
        return found

    def resolve(self, method: str, path: str) -> tuple[G, Mapping[str, str]] | Miss:
        """Return the group and the path parameters, or why there is none."""
        found = self._walk(method, path)
        return found if isinstance(found, Miss) else (found[0], found[1].params(path))

    def _walk(self, method: str, path: str) -> tuple[G, _Resource[G]] | Miss:
        allowed: set[str] = set()
        folder = path
        while folder:
            for resource in self._by_folder.get(folder, ()):
                if resource.fits(path):
                    methods = resource.methods
                    group = methods.get(method, methods.get(ANY_METHOD))
                    if group is not None:
                        return group, resource
                    allowed.update(methods)
            if folder == "/":
                break
            folder = folder.rpartition("/")[0] or "/"
        return Miss(frozenset(allowed))
