"""Routes and their responses, read from data: a file, or a list in a test.

Invariant: what is wrong with the data is told here, with its file and key, and not when a service
starts or a client asks. Nothing is taken on trust: keys that nobody knows, and keys that stand
twice, are errors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Final

from asyncly.srvmocker.exceptions import RoutesError
from asyncly.srvmocker.routes import MockRoute
from asyncly.srvmocker.serialization.base import missing_extra

__all__ = ("load_routes",)


def load_routes(
    source: str | PathLike[str] | Sequence[Mapping[str, object]] | Mapping[str, object],
) -> list[MockRoute]:
    """Read routes and their responses from data; needs the `routes` extra.

    Each entry has `method`, `path` and `handler`, and may have `match`, `response`, `keep` and
    `lenient`; the guide on routes from data tells of all keys.

    Args:
        source: The path of a `.yaml`, `.yml`, `.toml` or `.json` file (UTF-8) with a list of
            entries, or with one under the key `routes`, perhaps beside `scenarios`; or such a list
            or mapping itself. Files that are named in a file are looked for beside it.

    Returns:
        The routes, for `start_service`; each brings its response along.

    Raises:
        RoutesError: A `ValueError`: the file is not there or cannot be read, or an entry is wrong;
            its text names file and key, and what was expected.
        ImportError: The extra is not installed.

    Example:
        >>> from asyncly.srvmocker import load_routes, start_service
        >>> routes = load_routes(
        ...     [
        ...         {"method": "GET", "path": "/", "handler": "home", "response": {"json": [7]}},
        ...     ]
        ... )
        >>> async with start_service(routes) as service:
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         print(await (await client.get("/")).json())
        [7]
        >>> load_routes([{"method": "GET", "path": "/", "handler": "home", "reponse": {}}])
        Traceback (most recent call last):
        asyncly.srvmocker.exceptions.RoutesError: routes[0].reponse: unknown key; did you mean \
'response'?
    """
    try:
        from asyncly.srvmocker._routes.data import routes_of  # noqa: PLC0415 - it needs an extra
    except ImportError as error:
        raise missing_extra("msgspec", "routes", error) from error
    if not isinstance(source, (str, PathLike)):
        return routes_of(source, "", Path())
    path = Path(source)
    return routes_of(_read(path), str(path), path.parent)


def _read(path: Path) -> object:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise RoutesError(
            "", f"source={str(path)!r}", f"expected a name that ends with {', '.join(_READERS)}"
        )
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise RoutesError("", f"source={str(path)!r}", "there is no such file") from None
    except UnicodeDecodeError as error:
        raise RoutesError(str(path), "", f"expected UTF-8: {error}") from error
    except OSError as error:
        raise RoutesError("", f"source={str(path)!r}", f"it cannot be read: {error}") from error
    try:
        return reader(text, str(path))
    except RecursionError:
        raise RoutesError(str(path), "", "it is nested too deeply") from None


def _json(text: str, file: str) -> object:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise RoutesError(file, "", f"the key {key!r} stands twice in one object")
            found[key] = value
        return found

    try:
        value: object = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise RoutesError(file, "", f"it is not JSON: {error}") from error
    return value


def _toml(text: str, file: str) -> object:
    import tomllib  # noqa: PLC0415 - for TOML only

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RoutesError(file, "", f"it is not TOML: {error}") from error


def _yaml(text: str, file: str) -> object:
    try:
        import yaml  # noqa: PLC0415 - it needs an extra
    except ImportError as error:
        raise missing_extra("PyYAML", "routes", error) from error

    class Loader(yaml.SafeLoader):
        """Plain data only, and each key of a mapping once, which PyYAML does not ask for."""

        def construct_mapping(
            self, node: yaml.MappingNode, deep: bool = False
        ) -> dict[Hashable, object]:
            found: set[object] = set()
            for key_node, _ in node.value:
                if isinstance(key_node, yaml.ScalarNode):
                    key = (key_node.tag, key_node.value)
                    if key in found:
                        raise yaml.MarkedYAMLError(
                            problem=f"the key {key_node.value!r} stands twice in one mapping",
                            problem_mark=key_node.start_mark,
                        )
                    found.add(key)
            return super().construct_mapping(node, deep)

    try:
        value: object = yaml.load(text, Loader)  # noqa: S506 - a safe loader, see above
    except yaml.YAMLError as error:
        reason = str(error)
        if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
            mark = error.problem_mark
            reason = f"{error.problem} (line {mark.line + 1}, column {mark.column + 1})"
        raise RoutesError(file, "", f"it is not YAML: {reason}") from error
    return value


_READERS: Final[Mapping[str, Callable[[str, str], object]]] = {
    ".json": _json,
    ".toml": _toml,
    ".yaml": _yaml,
    ".yml": _yaml,
}
