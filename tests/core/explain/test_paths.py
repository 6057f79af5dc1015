"""Which patterns nearly fit a path, and what is different."""

import pytest

from asyncly.srvmocker._core.explain.paths import Paths, segments

PATTERNS = [
    "/items",
    r"/items/{id:\d+}",
    "/api/v1/users/{id}/posts",
    "/api/v1/users",
    "/files/{tail:.*}",
    r"/files/{tail:.*}/raw",
    "/a/b/",
    "/Order/{id}.json",
]


@pytest.fixture
def paths() -> Paths[str]:
    made: Paths[str] = Paths()
    for pattern in PATTERNS:
        made.add(pattern, pattern)
    return made


@pytest.mark.parametrize(
    ("path", "pattern", "why"),
    [
        ("/itmes", "/items", '"itmes" instead of "items"'),
        ("/Items", "/items", '"Items" instead of "items"'),
        ("/items/", "/items", "the slash at the end is too many"),
        ("/a/b", "/a/b/", "the slash at the end is missing"),
        ("/items/abc", r"/items/{id:\d+}", r'"abc" does not fit {id:\d+}'),
        ("/v1/items", "/items", '"v1" is too many'),
        ("/items/7/x", r"/items/{id:\d+}", '"x" is too many'),
        ("/api/v2/users/7/posts", "/api/v1/users/{id}/posts", '"v2" instead of "v1"'),
        ("/api/users/7/posts", "/api/v1/users/{id}/posts", '"v1" is missing'),
        ("/api/v1/users/7", "/api/v1/users/{id}/posts", '"posts" is missing'),
        ("/order/7.json", "/Order/{id}.json", '"order" instead of "Order"'),
        ("/Order/7.xml", "/Order/{id}.json", '"7.xml" does not fit {id}.json'),
        (
            "/API/V1/User/7/posts/",
            "/api/v1/users/{id}/posts",
            (
                '"API" instead of "api", "V1" instead of "v1", "User" instead of "users", '
                "the slash at the end is too many"
            ),
        ),
        ("/file/a/b/c", "/files/{tail:.*}", '"file" instead of "files"'),
        ("/file/a/b/raw", "/files/{tail:.*}", '"file" instead of "files"'),
    ],
)
def test_what_is_different_is_said(paths: Paths[str], path: str, pattern: str, why: str) -> None:
    first = paths.near(path, 3)[0]
    assert (first.value, first.why) == (pattern, why)


@pytest.mark.parametrize("path", ["/", "/zzz/yyy/xxx", "", "/x", "/" + "y/" * 3000])
def test_a_path_of_another_kind_has_none(paths: Paths[str], path: str) -> None:
    assert paths.near(path, 3) == []


def test_only_those_that_are_hardly_further_away_are_told(paths: Paths[str]) -> None:
    assert [near.value for near in paths.near("/a/b", 3)] == ["/a/b/"]
    near = paths.near("/items/abc", 3)
    assert [one.value for one in near] == [r"/items/{id:\d+}", "/items"]
    assert [one.cost for one in near] == sorted(one.cost for one in near)
    assert len(paths.near("/items/abc", 1)) == 1


def test_of_many_names_the_likeliest_is_found() -> None:
    paths: Paths[str] = Paths()
    for number in range(1000):
        paths.add(f"/api/thing{number:04}/{{id}}", str(number))
        paths.add(f"/api/thing{number:04}/", str(number))
    assert paths.near("/api/thing0x77/5", 1)[0].value == "77"
    assert paths.near("/api/thing077/5", 1)[0].value in {"77", "777"}
    assert paths.near("/api/other/5", 1) == []
    assert paths.near("/api/THING0500/5", 1)[0].value == "500"


def test_a_pattern_is_split_outside_of_braces() -> None:
    assert segments("/a/{b:[/]{2}}/c") == ["a", "{b:[/]{2}}", "c"]
    assert segments("/") == [""]
    assert segments("/a/") == ["a", ""]
