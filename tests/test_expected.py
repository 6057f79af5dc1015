"""Expected values that say more than `==`: in routes, in assertions, and by themselves."""

import re
import sys
from collections.abc import Callable, Mapping

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request
from dirty_equals import Contains, IsInt, IsStr
from yarl import URL

from asyncly.srvmocker import (
    ABSENT,
    NULL,
    AtPath,
    CallAssertionError,
    Exactly,
    Match,
    MockRoute,
    MockService,
    Part,
    Partial,
    RawResponse,
    RecordedRequest,
    ValidJson,
    start_service,
)
from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, TERSE
from asyncly.srvmocker._core.explain.criteria import wanted_by
from asyncly.srvmocker._core.matching.expected import pure_json, pure_text
from asyncly.srvmocker._core.request import PartialView
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.handlers import build_dispatcher
from asyncly.srvmocker.matching import compile_match
from tests.core.explain.support import findings, lines
from tests.core.support import view_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=b"}


def part(head: str, content: bytes) -> bytes:
    return b"--b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head.encode(), content)


UPLOAD = (
    part("name=title", "lämp".encode())
    + part('name=file; filename="a.txt"\r\nContent-Type: text/css', b"\xff\x00")
    + part("name=title", b"two")
    + part("name=odd", b"\xff")
    + b"--b--"
)


def asked(match: Match, holds: bool, body: bytes = b"", **given: object) -> list[str]:
    """The differences of a request: there are some exactly if the match does not hold."""
    compiled = compile_match(match)
    view = view_of(body, **given)  # type: ignore[arg-type]  # as the tables below have it
    assert compiled.holds(view) is holds
    result = findings()
    for bounds in (COUNT_ONLY, TERSE):
        result = findings(bounds)
        for criterion in wanted_by(compiled):
            criterion.compare(view, result)
        assert (result.cost == 0) is (result.total == 0) is holds
    assert [line for each in wanted_by(compiled) for line in each.told(TERSE)] or match == Match()
    return lines(result)


TWO = [("X-A", "1"), ("x-a", "2"), ("X-B", "b")]
ANY_COOKIE: list[tuple[str, str]] = [("Cookie", "sid=7; sid=8; lang=de")]


@pytest.mark.parametrize(
    ("wanted", "holds", "told"),
    [
        ({"x-a": "1"}, True, ""),
        ({"X-A": "2"}, False, "the second of 2 values equals"),
        ({"X-A": re.compile("^1$")}, True, ""),
        ({"X-A": re.compile("3")}, False, "the pattern is not found"),
        ({"X-C": re.compile("")}, False, "missing"),
        ({"X-A": IsStr(min_length=1)}, True, ""),
        ({"X-B": IsStr(min_length=2)}, False, 'got "b"'),
        ({"X-A": ["1", "2"]}, True, ""),
        ({"X-A": ("1", re.compile("2|3"))}, True, ""),
        ({"X-A": ["1", re.compile("3")]}, False, "the pattern is not found"),
        ({"X-A": ["1", "3"]}, False, 'got ["1", "2"]'),
        ({"X-A": ["1"]}, False, "1 wanted, 2 came"),
        ({"X-C": ["1"]}, False, "1 wanted, 0 came"),
        ({"X-C": []}, True, ""),
        ({"X-C": ABSENT}, True, ""),
        ({"X-B": ABSENT}, False, 'header X-B: unexpected, got "b"'),
        ({"X-A": ABSENT}, False, 'header X-A: unexpected, got ["1", "2"]'),
        (Exactly({"X-A": ["1", "2"], "x-b": "b"}), True, ""),
        (Exactly({"X-A": "1", "X-B": "b"}), False, "one value was wanted"),
        (Exactly({"X-A": ["1", "2"]}), False, 'header X-B: unexpected, got "b"'),
        (Exactly({"X-A": ["1", "2"], "X-B": "b", "X-C": ABSENT}), True, ""),
    ],
)
def test_names_and_values(wanted: Mapping[str, object], holds: bool, told: str) -> None:
    assert told in "\n".join(asked(Match(headers=wanted), holds, headers=TWO))


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        (Match(cookies={"sid": "7"}), True),
        (Match(cookies={"sid": "8"}), False),
        (Match(cookies={"sid": ["7", "8"], "theme": ABSENT}), True),
        (Match(cookies=Exactly({"sid": ["7", "8"]})), False),
        (Match(query={"a": "é", "B": ABSENT}), True),
        (Match(query=Exactly({"a": "é", "b": IsStr()})), True),
        (Match(query=Exactly({"a": "é"})), False),
        (Match(form={"x": "1"}), False),
        (Match(form=Exactly({})), True),
    ],
)
def test_each_source_of_names(match: Match, holds: bool) -> None:
    asked(match, holds, target="/?a=%C3%A9&b=1", headers=ANY_COOKIE)


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ({"a": ["1", "2"]}, True),
        ({"a": "1", "b": ""}, True),
        ({"c": "1"}, False),
        (Exactly({"a": ["1", "2"], "b": ""}), True),
    ],
)
def test_a_form(form: Mapping[str, object], holds: bool) -> None:
    asked(Match(form=form), holds, b"a=1&b=&a=2", headers=FORM)


@pytest.mark.parametrize(
    ("match", "holds", "told"),
    [
        (Match(body=b"caf\xe9"), True, ""),
        (Match(body=re.compile(b"^caf")), True, ""),
        (Match(body=re.compile(b"^x")), False, "the pattern is not found"),
        (Match(body=Contains(0xE9)), True, ""),
        (Match(text="café"), True, ""),
        (Match(text=re.compile("é$"), body=re.compile(b"a")), True, ""),
        (Match(text=re.compile("^é")), False, "text: wanted"),
        (Match(text=Contains("af")), True, ""),
        (Match(text="cafe"), False, 'text: wanted "cafe", got "café"'),
    ],
)
def test_a_body(match: Match, holds: bool, told: str) -> None:
    kind = {"Content-Type": "text/plain; charset=latin-1"}
    assert told in "\n".join(asked(match, holds, b"caf\xe9", headers=kind))


def test_a_body_that_is_no_text_has_none() -> None:
    assert asked(Match(text=re.compile("")), False, b"\xff") == ["text: is no utf-8 text"]


@pytest.mark.parametrize(
    ("parts", "holds", "told"),
    [
        ({"title": "lämp"}, True, ""),
        ({"title": "two"}, False, 'part title: wanted "two", got "lämp"'),
        ({"title": ["lämp", b"two"]}, True, ""),
        ({"title": ["lämp"]}, False, "part title: unexpected, got b'two'"),
        ({"title": ["lämp", "two", "three"]}, False, "part title: missing"),
        ({"title": re.compile("^l")}, True, ""),
        ({"file": b"\xff\x00"}, True, ""),
        ({"file": re.compile(b"\x00$")}, True, ""),
        ({"file": Contains(0xFF)}, True, ""),
        ({"title": Contains("mp")}, True, ""),
        ({"odd": "x"}, False, "part odd: is no text"),
        ({"file": Part(filename="a.txt", content_type=re.compile("^text/"))}, True, ""),
        ({"file": Part(filename=re.compile("md$"))}, False, "part file, file name: wanted"),
        ({"file": Part(content_type="text/plain")}, False, "part file, type: wanted"),
        ({"file": Part(filename=ABSENT)}, False, "part file, file name: unexpected"),
        ({"title": Part("lämp", filename=ABSENT)}, True, ""),
        ({"title": Part(filename="x")}, False, "part title, file name: missing"),
        ({"none": ABSENT}, True, ""),
        ({"odd": ABSENT}, False, "part odd: unexpected"),
        ({"none": "1"}, False, "part none: missing"),
        (Exactly({"title": ["lämp", "two"], "file": Part(), "odd": Part()}), True, ""),
        (Exactly({"title": ["lämp", "two"], "file": Part()}), False, "part odd: unexpected"),
        (Exactly({"title": "lämp"}), False, "part title: unexpected"),
    ],
)
def test_parts(parts: Mapping[str, object], holds: bool, told: str) -> None:
    assert told in "\n".join(asked(Match(multipart=parts), holds, UPLOAD, headers=PARTS))


def test_a_broken_multipart_body_has_no_parts() -> None:
    told = asked(Match(multipart={"a": ABSENT}), False, b"--b", headers=PARTS)
    assert told == [
        "body: it is no multipart body: Unexpected end of multipart stream (parser closed)"
    ]
    asked(Match(multipart=Exactly({})), False, b"--b", headers=PARTS)


ORDER = (
    b'{"id": 7, "user": {"name": "Ada", "age": 36}, "items": [{"p": 3, "n": 1}, {"p": 5}],'
    b' "x": null}'
)


@pytest.mark.parametrize(
    ("json", "holds"),
    [
        (Partial({"id": 7}), True),
        (Partial({"user": {"name": "Ada"}, "x": None}), True),
        (Partial({"user": {"name": "Bob"}}), False),
        (Partial({"user": {"mail": "x"}}), False),
        (Partial({"id": {"a": 1}}), False),
        (Partial({"items": [{"p": 3}, {"p": 5}]}), True),
        (Partial({"items": [{"p": 3}]}), False),
        (Partial({"items": {"p": 3}}), False),
        (Partial({"user": [1]}), False),
        (Partial({"x": NULL}), True),
        (Partial({"y": NULL}), False),
        (Partial({"id": IsInt(gt=6)}), True),
        (Partial({"user": Partial({"age": IsInt(gt=40)})}), False),
        (Partial({"user": ValidJson({"required": ["age"]})}), True),
        (AtPath("$.user.name", "Ada"), True),
        (AtPath("$.items[*].p", 5), True),
        (AtPath("$.items[*].p", 4), False),
        (AtPath("$.items[*].p", values=[3, 5]), True),
        (AtPath("$.items[?@.p > 3]", Partial({"p": 5})), True),
        (AtPath("$.nothing", ABSENT), True),
        (AtPath("$.id", ABSENT), False),
        (AtPath("$.x", NULL), True),
        (AtPath("$.x", None), True),
        (AtPath("$.id", IsInt()), True),
        (ValidJson({"type": "object", "required": ["id"]}), True),
        (ValidJson({"properties": {"id": {"type": "string"}}}), False),
        (ValidJson(True), True),
        (ValidJson(False), False),
        (NULL, False),
    ],
)
def test_json(json: object, holds: bool) -> None:
    asked(Match(json=json), holds, ORDER)


def test_json_is_told_member_by_member() -> None:
    wanted = Partial({"id": 8, "user": {"name": "Bob", "mail": "x"}, "items": [{"p": 3}]})
    assert asked(Match(json=wanted), False, ORDER)[:3] == [
        "$.id: wanted 8, got 7",
        '$.user.name: wanted "Bob", got "Ada"',
        '$.user.mail: missing, wanted "x"',
    ]
    schema = ValidJson({"properties": {"user": {"properties": {"age": {"maximum": 3}}}}})
    assert asked(Match(json={"a": schema}), False, b'{"a": ' + ORDER + b"}") == [
        "$.a.user.age: 36 is greater than the maximum of 3"
    ]


@pytest.mark.parametrize(
    ("json", "body", "holds"),
    [
        (NULL, b"null", True),
        (NULL, b" null ", True),
        (NULL, b"0", False),
        (NULL, b"", False),
        ({"a": [NULL]}, b'{"a": [null]}', True),
        ({"a": [NULL]}, b'{"a": []}', False),
        ([Partial({"a": NULL}), NULL], b'[{"a": null, "b": 1}, null]', True),
        (Partial({"a": "needle"}), b'{"a": "needle" }', True),
        (Partial({"a": "needle"}), rb'{"a": "n\u0065edle"}', True),
        (Partial({"a": "needle"}), b'{"a": "other"}', False),
        (Partial({"a": 1}), b"[", False),
        (Partial([]), b"[]", True),
        (AtPath("$", 3), b"3", True),
        (AtPath("$.a", 3), b"3", False),
        (ValidJson({"type": "string"}), rb'"\ud800"', False),
        ([ValidJson({"type": "integer"})], b"[1]", True),
    ],
)
def test_json_of_other_shapes(json: object, body: bytes, holds: bool) -> None:
    asked(Match(json=json), holds, body)


@pytest.mark.parametrize(
    ("value", "pure"),
    [
        (Partial({"a": [1, None]}), True),
        ([{"a": AtPath("$.a", values=[1])}], True),
        (AtPath("$.a", ABSENT), True),
        (ValidJson({}), True),
        (Partial({"a": IsInt()}), False),
        (AtPath("$.a", IsInt()), False),
        ({1: "a"}, False),
    ],
)
def test_what_only_compares_is_pure(value: object, pure: bool) -> None:
    assert pure_json(value) is pure
    assert compile_match(Match(json=value)).pure is pure


@pytest.mark.parametrize(
    ("match", "pure"),
    [
        (Match(headers={"a": re.compile("1")}, query={"a": ["1", "2"], "b": ABSENT}), True),
        (Match(headers={"a": IsStr()}), False),
        (Match(cookies={"a": "1"}, form={"a": "1"}, path_params={"a": "1"}, text="1"), True),
        (Match(text=IsStr()), False),
        (Match(body=re.compile(b"")), True),
        (Match(multipart={"a": Part("1", re.compile("x"), "a/b")}), True),
        (Match(multipart={"a": Part(IsStr())}), False),
        (Match(predicate=bool), False),
        (Match(json=1) & ~Match(query={"a": "1"}) | Match(body=b"1"), True),
        (~Match(query={"a": IsStr()}), False),
    ],
)
def test_which_matches_are_pure(match: Match, pure: bool) -> None:
    assert compile_match(match).pure is pure


def test_the_index_takes_null() -> None:
    assert compile_match(Match(json=NULL)).json_key is None
    assert compile_match(Match(json={"a": NULL})).json_key == frozenset({("a", None)})
    assert pure_text(IsStr()) is False


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: AtPath("$.", 1), ValueError, r"^AtPath\('\$\.'\) is no JSONPath: "),
        (lambda: AtPath("a", 1), ValueError, "is no JSONPath"),
        (lambda: AtPath("", 1), ValueError, r"^AtPath\(''\) is no JSONPath: the shortest one is "),
        (lambda: AtPath("$[1e9]", 1), ValueError, r"^AtPath\('\$\[1e9\]'\) is no JSONPath: "),
        (lambda: AtPath("$[?" + "(" * 9999, 1), ValueError, r"^AtPath\('.*'\) is no JSONPath: "),
        (lambda: AtPath(3, 1), ValueError, r"^AtPath\(3\): a JSONPath is a string$"),  # type: ignore[arg-type]  # wanted
        (lambda: AtPath("$"), ValueError, "give either an expected value or values="),
        (lambda: AtPath("$", 1, values=[]), ValueError, "give either"),
        (lambda: ValidJson({"type": "nope"}), ValueError, "^ValidJson: this is no JSON Schema: "),
        (lambda: ValidJson("x"), ValueError, "give a dict, True or False$"),  # type: ignore[arg-type]  # wanted
        (lambda: ValidJson({"$ref": "http://x/"}), ValueError, "none is fetched"),
        (lambda: Exactly([1]), TypeError, r"^Exactly\(\[1\]\): give a mapping, not list$"),  # type: ignore[arg-type]  # wanted
        (lambda: Match(text=b"1"), TypeError, "^text=b'1': values are compared as text"),
        (lambda: Match(body="1"), TypeError, "^body='1': give bytes, not str$"),
        (lambda: Match(body=re.compile("1")), TypeError, "give bytes, not a pattern of str$"),
        (lambda: Match(multipart=[1]), TypeError, "^multipart=.*give a mapping, not list$"),  # type: ignore[arg-type]  # wanted
        (lambda: Match(multipart={1: "a"}), TypeError, "the name 1 is not a string$"),  # type: ignore[dict-item]  # wanted
        (lambda: Match(multipart={"a": [1]}), TypeError, "give text, bytes or a Part, not int$"),
        (lambda: Match(predicate=1), TypeError, "^predicate=1: give a function, not int$"),  # type: ignore[arg-type]  # wanted
    ],
)  # fmt: skip
def test_what_can_never_be_asked(
    make: Callable[[], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        make()


@pytest.mark.parametrize(
    ("module", "make", "extra"),
    [
        ("jsonpath", lambda: AtPath("$", 1), "python-jsonpath is not installed: .*jsonpath"),
        ("jsonschema_rs", lambda: ValidJson({}), r"jsonschema-rs is not .*asyncly\[schema\]"),
        ("multipart", lambda: Match(multipart={}), r"multipart is not .*asyncly\[multipart\]"),
        ("multipart", Part, r"multipart is not installed"),
    ],
)
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, module: str, make: Callable[[], object], extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # importing it is an ImportError
    with pytest.raises(ImportError, match=extra):
        make()


def test_they_are_equal_to_their_like_and_say_what_they_are() -> None:
    for one, like, other in [
        (Partial({"a": 1}), Partial({"a": 1.0}), Partial({"a": 2})),
        (AtPath("$.a", 1), AtPath("$.a", 1), AtPath("$.a", values=[1])),
        (ValidJson({}), ValidJson({}), ValidJson(True)),
        (Exactly({"a": "1"}), Exactly({"a": "1"}), Exactly({})),
        (Match(json=1) & Match(json=2), Match(json=1) & Match(json=2), Match()),
        (NULL, None, 0),
    ]:
        assert one == like
        assert one != other
    assert hash(NULL) == hash(None)
    assert hash(~Match(body=b"1")) == hash(~Match(body=b"1"))
    assert ValidJson({}) != object()
    assert repr([ABSENT, NULL, Exactly({"a": "1"}), Part("x")]) == (
        "[ABSENT, NULL, Exactly({'a': '1'}), Part(content='x')]"
    )
    assert repr(AtPath("$", values=[1])) == "AtPath('$', values=[1])"
    assert repr(Partial([1])) == "Partial([1])"
    assert repr(ValidJson(True)) == "ValidJson(True)"
    combined = (Match(json=1) & ~Match(text="a")) | Match(body=b"1")
    assert repr(combined) == "((Match(json=1) & ~Match(text='a')) | Match(body=b'1'))"
    with pytest.raises(TypeError):
        Match() & 1  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]  # wanted
    with pytest.raises(TypeError):
        1 | Match()  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]  # wanted


A, B = Match(query={"a": "1"}), Match(query={"b": "1"})


@pytest.mark.parametrize(
    ("match", "target", "holds"),
    [
        (A & B, "/?a=1&b=1", True),
        (A & B, "/?a=1", False),
        (A | B, "/?b=1", True),
        (A | B, "/?c=1", False),
        (~A, "/?a=1", False),
        (~A, "/", True),
        (~(A & B), "/?a=1", True),
        (A | Match(), "/", True),
        (~Match(), "/", False),
        (Match(json=1) | (A & ~B), "/?a=1&b=1", False),
    ],
)
def test_matches_are_combined(match: Match, target: str, holds: bool) -> None:
    asked(match, holds, target=target)


def raises(call: RecordedRequest) -> bool:
    return call.json() == 1


def test_a_contrary_that_cannot_be_asked_differs() -> None:
    compiled = compile_match(~Match(predicate=raises))
    result = findings()
    for criterion in wanted_by(compiled):
        criterion.compare(view_of(b"{"), result)
    (line,) = lines(result)
    assert "predicate raises: raised PayloadError" in line
    assert "or:" in str([*wanted_by(compile_match(A | B))[0].told(TERSE)])
    unasked = wanted_by(compile_match((A | Match(predicate=raises)) & ~Match(predicate=raises)),
                        ask=False)  # fmt: skip
    result = findings()
    for criterion in unasked:
        criterion.compare(view_of(), result)
    assert len(lines(result)) == 1


ROUTES = [
    MockRoute("POST", "/items/{id}", "seven", Match(path_params={"id": "7"})),
    MockRoute("POST", "/items/{id}", "broken", Match(predicate=raises) | Match(text=IsStr())),
    MockRoute("POST", "/items/{id}", "big", Match(predicate=lambda call: len(call.body) > 9)),
    MockRoute(
        "POST", "/items/{id}", "named",
        Match(predicate=lambda call: call.path_params["id"] == "n" and call.request.path != ""),
    ),
]  # fmt: skip


async def test_routes_ask_for_path_parameters_and_predicates(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        for route in ROUTES:
            service.register(route.handler_name, RawResponse())
        for name, body in [("7", b""), ("8", b"0123456789"), ("n", b""), ("x", b"{")]:
            await client.post(service.url / "items" / name, data=body)
        async with client.post(service.url / "items" / "y", data=b"{") as answer:
            text = await answer.text()
        assert [call.handler_name for call in service.history] == ["seven", "big", "named"]
        assert 'wanted "7", got "y"' in text
        assert "raised PayloadError" in text
        assert len(service.unmatched) == 2
        assert {each.handler_name for each in service.errors} == {"broken"}
        assert service.errors[0].call.path_params == {"id": "8"}
        calls = service.calls()
        calls.matching(Match(path_params={"id": re.compile("[78]")})).assert_count(2)
        calls.matching(Match(predicate=lambda call: call.path_params["id"] == "8")).assert_count(1)
        calls.matching(Match(predicate=lambda call: call.request.method == "POST")).assert_count(3)
        calls.matching(~Match(path_params={"id": "7"})).assert_count(2)
        service.assert_called("big", body=re.compile(b"^0"), headers={"X-None": ABSENT})
        with pytest.raises(CallAssertionError, match=r"predicate of test_expected\.py:[0-9]+"):
            calls.matching(Match(predicate=lambda call: False)).assert_count(1)


def test_what_was_not_kept_cannot_be_told() -> None:
    view = PartialView(b"POST / HTTP/1.1", b"")
    for match in [Match(text="a"), Match(form={"a": "1"}), Match(multipart={"a": "1"})]:
        result = findings()
        for criterion in wanted_by(compile_match(match)):
            criterion.compare(view, result)
        assert lines(result) == ["body: was not kept"]


def test_a_request_of_aiohttp_tells_its_path_parameters() -> None:
    request = make_mocked_request("GET", "/7", match_info={"id": "7"})
    assert Match(path_params={"id": "7"}).matches(request, b"")
    assert not Match(path_params={"id": "8"}).matches(request, b"")
    assert Match(predicate=lambda call: call.path_params == {"id": "7"}).matches(request, b"")
    assert not compile_match(Match(path_params={"id": "7"})).holds(view_of())
    assert not compile_match(Match(predicate=lambda call: call.path_params)).holds(view_of())


async def test_an_application_of_ones_own_keeps_what_is_raised() -> None:
    app = web.Application()
    service = MockService([], {}, URL(), {"a": RawResponse()}, frozenset("a"))
    app[SERVICE_KEY] = service
    routes = [MockRoute("GET", "/", "b", Match(predicate=raises)), MockRoute("GET", "/", "a")]
    app.router.add_get("/", build_dispatcher(routes))
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        answer = await session.get(server.make_url("/"))
        assert answer.status == 200
    assert [each.handler_name for each in service.errors] == ["b"]
