"""Routing, against aiohttp's own router: the same route, parameters, 404 and 405."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from urllib.parse import quote, unquote_to_bytes

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from asyncly.srvmocker._core.matching.routing import (
    Miss,
    Router,
    check_method,
    path_shape,
    why_unmatchable,
)
from asyncly.srvmocker._core.request import target_url
from tests.core.support import examples

Routes = Sequence[tuple[str, str]]


async def handler(request: web.Request) -> web.StreamResponse:
    raise AssertionError("never called")


def ours(routes: Routes) -> Router[int]:
    router: Router[int] = Router()
    for number, (method, path) in enumerate(routes):
        router.add(method, path, number)
    router.freeze()
    return router


def theirs(routes: Routes) -> tuple[web.UrlDispatcher, dict[web.AbstractRoute, int]]:
    router = web.UrlDispatcher()
    numbers: dict[web.AbstractRoute, int] = {}
    for number, (method, path) in enumerate(routes):
        try:
            numbers[router.add_route(method, path, handler)] = number
        except RuntimeError:  # behind '*', or there already: wanted, the first one is taken
            continue
    router.freeze()
    return router, numbers


REQUESTS = {m: make_mocked_request(m, "/") for m in ("GET", "POST", "PUT", "OPTIONS", "*")}

Outcome = tuple[int, Mapping[str, str]] | frozenset[str]


def our_outcome(router: Router[int], method: str, path: str) -> Outcome:
    found = router.resolve(method, path)
    group = router.find(method, path)
    if isinstance(found, Miss):
        assert isinstance(group, Miss)
        assert group.allowed == found.allowed
    else:
        assert group == found[0]
    return found.allowed if isinstance(found, Miss) else (found[0], dict(found[1]))


def their_outcome(
    router: tuple[web.UrlDispatcher, dict[web.AbstractRoute, int]], method: str, url: URL
) -> Outcome:
    request = REQUESTS[method].clone(rel_url=url)
    resolving = router[0].resolve(request)
    try:
        resolving.send(None)
    except StopIteration as stopped:
        info: web.UrlMappingMatchInfo = stopped.value
    else:
        raise AssertionError("aiohttp's router waits for something")
    error = info.http_exception
    if isinstance(error, web.HTTPMethodNotAllowed):
        return frozenset(error.allowed_methods)
    return frozenset() if error else (router[1][info.route], dict(info))


def check_as_aiohttp(routes: Routes, requests: Sequence[tuple[str, str]]) -> None:
    our_router, their_router = ours(routes), theirs(routes)
    for method, target in requests:
        url = target_url(method, target)
        expected = their_outcome(their_router, method, url)
        assert our_outcome(our_router, method, url.path_safe) == expected, (method, target)


def outcome(routes: Routes, method: str, path: str) -> Outcome:
    return our_outcome(ours(routes), method, path)


def test_literals_and_variables() -> None:
    routes = [("GET", "/items"), ("GET", "/items/{id}"), ("POST", "/items"), ("GET", "/")]
    assert outcome(routes, "GET", "/items") == (0, {})
    assert outcome(routes, "GET", "/items/7") == (1, {"id": "7"})
    assert outcome(routes, "POST", "/items") == (2, {})
    assert outcome(routes, "GET", "/") == (3, {})
    assert outcome(routes, "PUT", "/items") == frozenset({"GET", "POST"})
    assert outcome(routes, "POST", "/items/7") == frozenset({"GET"})
    assert outcome(routes, "GET", "/items/") == frozenset()
    assert outcome(routes, "GET", "/items/7/8") == frozenset()


def test_parameters_are_decoded() -> None:
    routes = [("GET", "/{a}/x/{b:.*}")]
    path = URL("/caf%C3%A9%2Fx%25/x/a%20b/%2F", encoded=True).path_safe
    assert outcome(routes, "GET", path) == (0, {"a": "café/x%", "b": "a b//"})


def test_any_method_is_taken_behind_the_exact_one() -> None:
    routes = [("GET", "/a"), ("*", "/a"), ("*", "/b/{x}")]
    assert outcome(routes, "GET", "/a") == (0, {})
    assert outcome(routes, "BREW", "/a") == (1, {})
    assert outcome(routes, "GET", "/b/1") == (2, {"x": "1"})


def test_what_stands_behind_any_method_on_the_same_path_is_never_reached() -> None:
    for path, target in (("/a", "/a"), ("/{x:a}", "/a")):
        found = ours([("*", path), ("GET", path)]).resolve("GET", target)
        assert not isinstance(found, Miss)
        assert found[0] == 0


def test_the_first_of_two_groups_with_one_method_and_path_is_taken() -> None:
    assert outcome([("GET", "/a"), ("GET", "/a")], "GET", "/a") == (0, {})
    assert outcome([("GET", "/a"), ("GET", "/b"), ("GET", "/a")], "GET", "/a") == (0, {})


def test_an_earlier_pattern_answers_only_with_its_methods() -> None:
    routes = [("GET", "/a"), ("GET", "/b"), ("*", "/a"), ("POST", "/a")]
    assert outcome(routes, "POST", "/a") == (2, {})


def test_longer_literal_folders_are_tried_first() -> None:
    routes = [("GET", "/{tail:.*}"), ("GET", "/a/{x}"), ("POST", "/a/b/{y:.*}"), ("GET", "/a/b/")]
    assert outcome(routes, "GET", "/a/b/") == (3, {})
    assert outcome(routes, "GET", "/a/b") == (1, {"x": "b"})
    assert outcome(routes, "GET", "/a/b/c") == (0, {"tail": "a/b/c"})
    assert outcome(routes, "POST", "/a/b/") == (2, {"y": ""})
    assert outcome(routes, "PUT", "/a/b/c") == frozenset({"GET", "POST"})


def test_an_empty_path_is_the_root() -> None:
    assert outcome([("GET", "")], "GET", "/") == (0, {})
    assert outcome([("GET", ""), ("GET", "/")], "GET", "/") == (0, {})
    assert outcome([("GET", "/")], "GET", "") == frozenset()


def test_a_group_that_takes_no_part_is_no_parameter() -> None:
    routes = [("GET", "/{x:(?P<y>a)?b}")]
    assert outcome(routes, "GET", "/ab") == (0, {"x": "ab", "y": "a"})
    assert outcome(routes, "GET", "/b") == (0, {"x": "b"})


CORNER_ROUTES: Routes = [
    *(
        ("GET", "/a"),
        ("POST", "/a"),
        ("GET", "/a/"),
        ("GET", "/a//"),
        ("GET", "//a"),
        ("GET", "//"),
    ),
    *(("GET", "/a b"), ("GET", "/a%20c"), ("GET", "/%2F"), ("GET", "/é"), ("GET", "/%C3%A8")),
    *(("GET", "/a/{x}"), ("PUT", "/a/{y}"), ("GET", "/a/{x}/"), ("GET", "/a/{x:.*}")),
    *(
        ("GET", r"/n/{id:\d{2}}"),
        ("GET", "/n/{id}.json"),
        ("GET", "/n/{id}-{no}"),
        ("GET", "/n{id}"),
    ),
    *(("GET", "/q/a b/{x}"), ("GET", "/q/é/{x}"), ("GET", "/q/%20/{x}"), ("GET", "/q/a.c/{x}")),
    *(("GET", "/../{x}"), ("GET", "/p%25/{x}"), ("*", "/star/{x}"), ("GET", "/star/{x}")),
    *(
        ("GET", "/q?/{x}"),
        ("GET", "/alt/{x:b|c/d}"),
        ("GET", "/opt/{x:(?:b/)?}c"),
        ("GET", "/{x}{y:;.*}"),
    ),
]
CORNER_TARGETS = [
    *(
        "/",
        "/a",
        "/a/",
        "/a//",
        "//a",
        "//",
        "///",
        "/a/b",
        "/a/b/",
        "/a/b/c",
        "/%61",
        "/a?b",
        "/A",
    ),
    *("/a%20b", "/a b", "/a%20c", "/a%2520c", "/%2F", "/%2f", "/%252F", "/é", "/%C3%A9", "/%C3%A8"),
    *("/n/12", "/n/123", "/n/1.json", "/n/1-2", "/n/1-2-3", "/nn", "/n", "/n/", "/%6E/12"),
    *("/q/a%20b/1", "/q/%C3%A9/1", "/q/%20/1", "/q/%2520/1", "/q/a.c/1", "/q/abc/1", "/q/a%20b/"),
    *("/../1", "/p%25/1", "/p%2525/1", "/p%/1", "/star/1", "/star/", "/star", "/q%3F/1"),
    *(
        "/alt/b",
        "/alt/c/d",
        "/alt/b/d",
        "/opt/c",
        "/opt/b/c",
        "/x;y",
        "/x;",
        "/%FF",
        "/a/%2F",
        "/a/%25",
    ),
    *("http://h/a", "http://h", "http://h/a/b?c", "*"),
]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS", "*"])
def test_corner_cases_are_routed_as_aiohttp_does(method: str) -> None:
    requests = [(method, target) for target in CORNER_TARGETS]
    urls = [(m, str(target_url(m, t).relative()) if "h/" in t else t) for m, t in requests]
    check_as_aiohttp(CORNER_ROUTES, urls)
    check_as_aiohttp(CORNER_ROUTES[::-1], urls)
    for routes in pairwise(CORNER_ROUTES):
        check_as_aiohttp(routes, urls)


SEGMENTS = st.sampled_from(
    [
        *("a", "b", "ab", "", "a b", "é", "a%20b", "%2F", "%25", "a.b", "..", "{x}", "{y}", "a{x}"),
        *(
            "{x}.json",
            "{x}{y}",
            r"{x:\d+}",
            "{x:.*}",
            "{y:[^/]+}",
            "{x:a|b}",
            r"{x:\d{2}}",
            "{x:a/b}",
        ),
    ]
)
BROKEN = st.sampled_from(["{", "}", "{x", "{1}", "{x:}", "{x:[}", "{x:(}", "{}", "{x y}", "{x:*}"])
PATHS = st.lists(SEGMENTS, max_size=3).map(lambda parts: "/" + "/".join(parts)) | st.just("")
METHODS = st.sampled_from(["GET", "POST", "*"])
TARGETS = st.lists(
    st.sampled_from(
        [
            *(
                "a",
                "b",
                "ab",
                "",
                "a%20b",
                "a b",
                "é",
                "%C3%A9",
                "%2F",
                "%2f",
                "%25",
                "%252F",
                "12",
            ),
            *("a.json", "a.b", "..", "1", "aa", "%61", "a%2Fb"),
        ]
    ),
    max_size=4,
).map(lambda parts: "/" + "/".join(parts))


def accepted_by_aiohttp(path: str) -> bool:
    try:
        web.UrlDispatcher().add_route("GET", path, handler)
    except ValueError:
        return False
    return True


@given(
    st.lists(st.tuples(METHODS, PATHS.filter(accepted_by_aiohttp)), max_size=10),
    st.lists(st.tuples(st.sampled_from(["GET", "POST", "PUT"]), TARGETS), min_size=1, max_size=8),
)
@examples(400)
def test_random_patterns_are_routed_as_aiohttp_does(
    routes: list[tuple[str, str]], requests: list[tuple[str, str]]
) -> None:
    check_as_aiohttp(routes, requests)


@given(st.lists(SEGMENTS | BROKEN, max_size=3).map("/".join).map("/{}".format))
@examples(200)
def test_the_patterns_that_aiohttp_takes_are_taken(path: str) -> None:
    if accepted_by_aiohttp(path):
        ours([("GET", path)])
    else:
        with pytest.raises(ValueError, match=r"^path "):
            ours([("GET", path)])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a", "^path 'a' does not start with '/'$"),
        ("{x:.*}", "^path '{x:.*}' does not start with '/'$"),
        ("/{", "has a malformed variable near '/{': write {name} or {name:regex}$"),
        ("/{1}", "malformed variable"),
        ("/{x y}", "malformed variable"),
        ("/{x:}", "malformed variable"),
        ("/a}", "malformed variable"),
        ("/{x:[}", r"^path '/{x:\[}' is not a valid pattern: "),
        ("/{x}/{x}", "is not a valid pattern: redefinition of group name 'x'"),
    ],
)
def test_a_malformed_pattern_is_refused(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ours([("GET", path)])
    with pytest.raises(ValueError, match=message):
        path_shape(path)


def matched(path: str, targets: Iterable[str]) -> bool:
    """Whether aiohttp's router finds a path for one of these targets; ours must agree."""
    check_as_aiohttp([("GET", path)], [("GET", target) for target in targets])
    router = theirs([("GET", path)])
    outcomes = [their_outcome(router, "GET", target_url("GET", target)) for target in targets]
    return any(outcome != frozenset() for outcome in outcomes)


LITERALS = [
    *(chr(code) for code in range(128) if chr(code) not in "{}"),
    *("é", "€", "😀", "%20", "%C3%A9", "%2f", "%2F", "%25", "%252F", "%FF", "%7E", "%7e", "%7B"),
    *("%41", "%5C", "a-b", "100%", "%zz", "a%20é"),
]


def ways_to_ask(literal: str) -> list[str]:
    """Each way in which a client may write what stands in a pattern, escapes well-formed."""
    raw = literal.encode()
    texts = {literal, quote(raw, safe=""), quote(unquote_to_bytes(raw), safe=""), quote(literal)}
    texts |= {quote(unquote_to_bytes(raw), safe="/%"), "".join(f"%{byte:02x}" for byte in raw)}
    return sorted(text for text in texts if "?" not in text and "#" not in text)


PATTERNS = [
    ("/a{}b/{{x}}", "/a{}b/1"),
    ("/{{x}}/{}", "/1/{}"),
    ("/{{x}}{}", "/1{}"),
    ("/{{x:1}}a{}b/c", "/1a{}b/c"),
    ("/c/{}", "/c/{}"),
]


@pytest.mark.parametrize("literal", LITERALS)
def test_a_pattern_that_nothing_matches_is_told_with_the_remedy(literal: str) -> None:
    for pattern, target in PATTERNS:
        path = pattern.format(literal)
        targets = [target.format(way) for way in ways_to_ask(literal)]
        reason = why_unmatchable(path)
        assert (reason is None) is matched(path, targets)
        if reason is not None and "?" not in literal:
            assert matched(reason.partition(": write ")[2], targets)


BESIDE = "beside a variable, literal text is compared percent-encoded, and the path is decoded"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/café/{id}", f"{BESIDE}: write /{{literal:café}}/{{id}}"),
        (
            "/x{literal}/é/a b{y}/é",
            r"write /x{literal}/{literal1:é}/{literal2:a\ b}{y}/{literal3:é}",
        ),
        ("/%7B/b c", r"a path is compared decoded: write /{literal:\x7b}/{literal1:b\ c}"),
        ("/%7Ba%7D/{x}", r"write /{literal:\x7ba\x7d}/{x}"),
        ("/a%20b", "a path is compared decoded: write /a b"),
        ("/a/{id}?full=1", "a query is no part of a path: ask for it with Match(query=...)"),
        ("/é/{id:é}", "write /{literal:é}/{id:é}"),
    ],
)
def test_the_remedy_fits_the_pattern(path: str, reason: str) -> None:
    told = why_unmatchable(path)
    assert told is not None
    assert told == reason or (reason.startswith("write ") and told.endswith(f": {reason}"))


@pytest.mark.parametrize(
    "path", ["", "/", "/a b", "/é", "/{id}", "/{id:é}", "/a%2Fb/{x:.*}", "/%FF"]
)
def test_a_pattern_that_a_path_can_match_is_not_told(path: str) -> None:
    assert why_unmatchable(path) is None


PIECES = st.lists(st.sampled_from([*"ab/ é%?{-", "{x}", "{y:.*}", "%20", "%2f", "%25"]), max_size=6)


@given(PIECES.map("".join).map("/{}".format), st.lists(TARGETS, min_size=1, max_size=8))
@examples(400)
def test_what_is_told_to_match_nothing_is_never_found(path: str, targets: list[str]) -> None:
    if accepted_by_aiohttp(path) and why_unmatchable(path) is not None:
        assert not matched(path, targets)


@pytest.mark.parametrize(
    ("method", "upper"),
    [("get", "GET"), ("*", "*"), ("M-Search", "M-SEARCH"), ("a!#$%&'", "A!#$%&'")],
)
def test_methods_in_any_case_are_one(method: str, upper: str) -> None:
    assert check_method(method) == upper


@pytest.mark.parametrize("method", ["", " ", "GET ", "GE T", "GET\n", "GÉT", "GET,POST", "(GET)"])
def test_a_method_that_is_no_token_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="is not an HTTP method: give a token such as 'GET'"):
        check_method(method)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("/a/{x}", "/a/{y}", True),
        ("/a/{x:[0-9]}", "/a/{y:[0-9]}", True),
        ("", "/", True),
        ("/a", "/a", True),
        ("/a", "/a/", False),
        ("/a/{x}", "/a/{x:[0-9]}", False),
        ("/{x:a}", "/a", False),
        ("/{x:y}", "/(?:y)", False),
    ],
)
def test_the_shape_of_a_pattern_does_not_name_its_variables(
    first: str, second: str, same: bool
) -> None:
    assert (path_shape(first) == path_shape(second)) is same


ALIKE = st.sampled_from(
    ["/a/{id}", "/a/1", "/v1/{id}", "/v0/{id}", "/a/{id:[0-4]+}", "/{x}/{y}", "/a{n}", "/é7/{id}"]
)
DIGITS_AND_OTHERS = st.text("0123456789/av", max_size=8)


@given(st.lists(ALIKE, min_size=1, max_size=5), st.lists(DIGITS_AND_OTHERS, min_size=2, max_size=9))
@examples(400)
def test_what_is_alike_finds_the_same_group(patterns: list[str], rests: list[str]) -> None:
    router = ours([("GET", pattern) for pattern in patterns])
    told: dict[bytes, Outcome] = {}
    for rest in [*rests, *(f"{head}{rest}" for head in ("a/", "v1/") for rest in rests)]:
        path = f"/{rest}"
        found = router.find("GET", path)
        outcome: Outcome = found.allowed if isinstance(found, Miss) else (found, {})
        shape = path.encode().translate(router.alike)
        assert told.setdefault(shape, outcome) == outcome


def test_digits_of_a_plain_variable_are_alike() -> None:
    shape = ours([("GET", "/orders/{id}"), ("GET", "/v2/{id}")]).alike
    assert b"/orders/10947".translate(shape) == b"/orders/00000"
    assert b"/orders/12345".translate(shape) == b"/orders/02000"
    with_regex = ours([("GET", r"/orders/{id:\d+}")])
    assert b"/orders/10947".translate(with_regex.alike) == b"/orders/10947"
    every_digit = ours([("GET", "/0123456789")])
    assert b"/0123456789".translate(every_digit.alike) == b"/0123456789"
    surrogate = ours([("GET", "/\ud800/3")])
    assert b"/3/123".translate(surrogate.alike) == b"/3/003"
    without_zero = ours([("GET", "/0/{id}")])
    assert b"/0/123".translate(without_zero.alike) == b"/0/111"
