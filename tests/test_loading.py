"""Routes from files: how they are read, and how it is told what is wrong with them."""

import builtins
import json
import re
import sys
from pathlib import Path

import aiohttp
import pytest

from asyncly.srvmocker import (
    Match,
    RoutesError,
    SrvMockerError,
    load_routes,
    start_service,
)
from tests.routes_data.support import route

# Files.

SHOP = [
    {
        "method": "POST",
        "path": "/orders",
        "handler": "declined",
        "match": {"json": {"card": "0002", "items": [1]}, "headers": {"X-Trace": "on"}},
        "response": {"json": {"paid": False}, "status": 402},
    },
    {"method": "GET", "path": "/logo", "handler": "logo", "response": {"file": "logo.svg"}},
]
AS_YAML = """
routes:
  - method: POST
    path: /orders
    handler: declined
    match:
      json: {card: "0002", items: [1]}
      headers: {X-Trace: "on"}
    response:
      json: {paid: false}
      status: 402
  - {method: GET, path: /logo, handler: logo, response: {file: logo.svg}}
"""
AS_TOML = """
[[routes]]
method = "POST"
path = "/orders"
handler = "declined"
match.json = { card = "0002", items = [1] }
match.headers = { X-Trace = "on" }
response = { json = { paid = false }, status = 402 }

[[routes]]
method = "GET"
path = "/logo"
handler = "logo"
response.file = "logo.svg"
"""
FILES = {
    "shop.yaml": AS_YAML,
    "shop.yml": AS_YAML,
    "shop.toml": AS_TOML,
    "shop.json": json.dumps(SHOP),
    "SHOP.JSON": "\ufeff" + json.dumps({"routes": SHOP}),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", [str, Path])
async def test_a_file_says_what_a_list_says(
    client: aiohttp.ClientSession, tmp_path: Path, name: str, kind: type[str]
) -> None:
    (tmp_path / name).write_text(FILES[name], "utf-8")
    (tmp_path / "logo.svg").write_text("<svg/>", "utf-8")
    routes = load_routes(kind(tmp_path / name))
    match = Match(json={"card": "0002", "items": [1]}, headers={"X-Trace": "on"})
    assert [(each.method, each.path, each.handler_name, each.match) for each in routes] == [
        ("POST", "/orders", "declined", match),
        ("GET", "/logo", "logo", None),
    ]
    async with start_service(routes, strict=True) as service:
        async with client.get(service.url / "logo") as answer:
            assert (answer.content_type, await answer.text()) == ("image/svg+xml", "<svg/>")
        order = {"card": "0002", "items": [1]}
        trace = {"X-Trace": "on"}
        async with client.post(service.url / "orders", json=order, headers=trace) as answer:
            assert (answer.status, await answer.json()) == (402, {"paid": False})


def test_what_is_no_such_file_names_the_argument(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.yaml")
    with pytest.raises(ValueError) as caught:
        load_routes(missing)
    assert str(caught.value) == f"source={missing!r}: there is no such file"
    assert isinstance(caught.value, SrvMockerError)
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(RoutesError, match=r"^source='.*folder.json': it cannot be read: "):
        load_routes(tmp_path / "folder.json")
    with pytest.raises(RoutesError) as other:
        load_routes("routes.txt")
    assert str(other.value) == (
        "source='routes.txt': expected a name that ends with .json, .toml, .yaml, .yml"
    )


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "a.json",
            b"{",
            "it is not JSON: Expecting property name enclosed in double quotes",
        ),
        ("a.toml", b"a = ", "it is not TOML: Invalid value (at end of document)"),
        (
            "a.yaml",
            b"- a: [\n- b",
            "it is not YAML: expected the node content, but found '-'",
        ),
        ("a.yaml", b"a: 1\n---\nb: 1", "it is not YAML: but found another document (line 2"),
        ("a.yaml", b"a: \x01", "it is not YAML: unacceptable character #x0001"),
        ("a.yaml", b"- !!python/name:os.system", "it is not YAML: could not determine a construc"),
        ("a.yaml", b"- ? {}\n  : 1", "it is not YAML: found unhashable key (line 1, column 5)"),
        ("a.yaml", b"\xff", "expected UTF-8: 'utf-8' codec can't decode byte 0xff in position 0"),
        (
            "a.yaml",
            b"",
            "expected a list of routes, or a mapping with one under 'routes', got nothing",
        ),
        ("a.json", b"[" * 200_000, "it is nested too deeply"),
        (
            "a.yaml",
            b"- {a: 1,\n   a: 2}",
            "it is not YAML: the key 'a' stands twice in one mapping",
        ),
        ("a.json", b'[{"a": 1, "a": 2}]', "the key 'a' stands twice in one object"),
        ("a.toml", b"a = 1\na = 2", "it is not TOML: Cannot overwrite a value"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RoutesError) as caught:
        load_routes(path)
    assert str(caught.value).startswith(f"{path}: {reason}")


def test_a_yaml_file_that_refers_to_itself_is_nested_too_deeply(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("- {method: GET, path: /, handler: x, response: &r {then: *r}}", "utf-8")
    with pytest.raises(RoutesError, match=r"it is nested too deeply$"):
        load_routes(path)


def test_an_error_names_file_key_and_what_was_expected(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(AS_YAML.replace("402", "paid"), "utf-8")
    with pytest.raises(RoutesError) as caught:
        load_routes(path)
    assert str(caught.value) == f"{path}: routes[0].response.status: expected int, got str"
    error = caught.value
    assert (error.file, error.key, error.reason) == (
        str(path),
        "routes[0].response.status",
        "expected int, got str",
    )


def test_the_file_of_a_body_is_looked_for_beside_the_routes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([route(response={"file": "body.json"})]), "utf-8")
    with pytest.raises(RoutesError) as caught:
        load_routes(path)
    missing = str(tmp_path / "body.json")
    assert str(caught.value) == f"{path}: routes[0].response.file: path={missing!r} is no file"


@pytest.mark.parametrize(
    ("name", "package"), [("a.yaml", "PyYAML"), ("a.json", "msgspec"), ("a.toml", "msgspec")]
)
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    real = builtins.__import__

    def without(wanted: str, *arguments: object, **keywords: object) -> object:
        if wanted.split(".", maxsplit=1)[0] == {"PyYAML": "yaml"}.get(package, package):
            raise ImportError(wanted, name=wanted)
        return real(wanted, *arguments, **keywords)  # type: ignore[arg-type]  # handed on as it came  # pyright: ignore[reportArgumentType]

    (tmp_path / name).write_text("[]", "utf-8")
    for module in [each for each in sys.modules if each.startswith("asyncly.srvmocker._routes")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    text = f"{package} is not installed: pip install 'asyncly[routes]'"
    with pytest.raises(ImportError, match=re.escape(text)):
        load_routes(tmp_path / name)
