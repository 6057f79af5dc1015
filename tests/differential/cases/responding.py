"""What a client is answered: every kind of response, statuses, headers, endings."""

from tests.differential.script import (
    Scenario,
    Step,
    Wire,
    ask,
    check,
    chunked,
    get,
    inspect,
    json_response,
    message,
    octets,
    post,
    raw_response,
    register,
    route,
    sequence,
    special,
    stream,
    user_response,
)


def answers(name: str, *responses: Wire, methods: tuple[str, ...] = ("GET",)) -> Scenario:
    """Each response in turn, asked for with each method."""
    steps: list[Step] = []
    for response in responses:
        steps.append(register("x", response))
        steps.extend(ask(method, "/x", None, "X-Sent: 1") for method in methods)
    return Scenario(f"responding/{name}", [route("*", "/x", "x")], steps)


def requested(name: str, response: Wire, *steps: Step) -> Scenario:
    """One response, asked for in these ways."""
    return Scenario(
        f"responding/{name}", [route("*", "/x", "x")], [register("x", response), *steps]
    )


def unframed(name: str, *responses: Wire) -> Scenario:
    """Answers of which a client cannot tell where they end: everything until the server closes."""
    steps: list[Step] = []
    for each in responses:
        steps.append(register("x", each))
        steps.append(
            stream(message("GET", "/x", None, "Connection: close"), answers=[], then="eof")
        )
    return Scenario(f"responding/{name}", [route("*", "/x", "x")], steps)


def content(body: Wire, **rest: Wire) -> Wire:
    """A `ContentResponse`."""
    return {"kind": "content", "body": body, **rest}


def latency(wrapped: Wire, seconds: float) -> Wire:
    """A `LatencyResponse`."""
    return {"kind": "latency", "wrapped": wrapped, "latency": seconds}


def of_kind(kind: str, body: Wire, **rest: Wire) -> Wire:
    """A response of one of the formats."""
    return {"kind": kind, "body": body, **rest}


def each_of_kind(kind: str, *bodies: Wire) -> list[Wire]:
    """A response of one of the formats for each body."""
    return [of_kind(kind, body) for body in bodies]


STATUSES = (200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 304, 307, 308)
ERRORS = (400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 411, 413, 418, 422, 429, 451, 499)
FAULTS = (500, 501, 502, 503, 504, 505, 511, 599, 600, 700, 999)
BOTH = ("GET", "HEAD")

CASES = [
    answers(
        "json",
        *(
            json_response(each)
            for each in ({"a": 1}, [], {}, "text", "", 0, 1.5, True, None, [None, {"b": [1, 2]}])
        ),
    ),
    answers(
        "json-text",
        json_response("ü€😀"),
        json_response({"ü": "\ud83d"}),
        json_response("a\u2028</script>\x7f\0"),
    ),
    answers(
        "json-numbers",
        json_response(float("nan")),
        json_response(float("inf")),
        json_response(2**70),
        json_response(1e22),
        json_response(0.1),
        json_response(-0.0),
    ),
    answers(
        "json-keys",
        json_response(special("pairs", [[1, 2], [None, 3], [True, 4], [1.5, 5]])),
        json_response({"b": 1, "a": 2}),
    ),
    answers(
        "json-tuple",
        json_response(special("tuple", [1, [2]])),
        json_response(special("text", "Sub")),
    ),
    answers(
        "json-large",
        json_response(["x" * 100] * 3000),
        json_response({str(n): n for n in range(2000)}),
    ),
    answers(
        "json-statuses",
        *(json_response({"s": status}, status=status) for status in STATUSES),
        methods=BOTH,
    ),
    answers("json-errors", *(json_response({"s": status}, status=status) for status in ERRORS)),
    answers("json-faults", *(json_response({"s": status}, status=status) for status in FAULTS)),
    answers(
        "raw-statuses", *(raw_response("body", status=status) for status in STATUSES), methods=BOTH
    ),
    answers(
        "raw-empty-statuses",
        *(raw_response(status=status) for status in (200, 201, 204, 205, 304, 404, 500)),
        methods=BOTH,
    ),
    unframed("raw-interim", raw_response("body", status=100), raw_response("", status=199)),
    unframed("raw-switching", raw_response("", status=101)),
    answers(
        "raw",
        raw_response(),
        raw_response("text"),
        raw_response("\x00\xff\r\n\r\n"),
        raw_response("HTTP/1.1 200 OK\r\n\r\n"),
        methods=BOTH,
    ),
    answers(
        "raw-type",
        raw_response("a", headers={"Content-Type": "text/html"}),
        raw_response("a", headers={"content-type": "text/csv; charset=latin-1"}),
        raw_response("", headers={"Content-Type": "text/plain"}),
        methods=BOTH,
    ),
    answers(
        "raw-text", of_kind("raw", "text, not bytes"), of_kind("raw", special("bytearray", "ba"))
    ),
    answers("raw-none", of_kind("raw", None), methods=BOTH),
    answers("raw-big", raw_response("x" * 300_000), raw_response("y" * 3_000_000), methods=BOTH),
    answers(
        "headers",
        json_response(
            1, headers={"X-A": "1", "x-b": "2", "Cache-Control": "no-store", "ETag": '"e"'}
        ),
        json_response(1, headers={}),
        raw_response("r", headers={"X-A": "", "X-Sp": " a b "}),
        methods=BOTH,
    ),
    answers(
        "headers-non-ascii",
        json_response(1, headers={"X-A": "ü€"}),
        raw_response("", headers={"X-A": "\xff"}),
    ),
    answers(
        "headers-user-content-length",
        raw_response("abc", headers={"Content-Length": "3"}),
        raw_response("abc", headers={"content-length": "2"}),
        methods=BOTH,
    ),
    answers(
        "headers-user-content-length-json",
        json_response([1], headers={"Content-Length": "3"}),
        methods=BOTH,
    ),
    unframed("headers-user-chunked", raw_response("abc", headers={"Transfer-Encoding": "chunked"})),
    unframed(
        "headers-user-chunked-json", json_response("abc", headers={"transfer-encoding": "chunked"})
    ),
    answers(
        "headers-user-date",
        raw_response("abc", headers={"Date": "yesterday", "Server": "mine/1"}),
        json_response(1, headers={"server": "mine/2"}),
        methods=BOTH,
    ),
    answers(
        "headers-user-connection",
        raw_response("abc", headers={"Connection": "close"}),
        raw_response("abc", headers={"connection": "keep-alive"}),
        json_response(1, headers={"Connection": "close"}),
        raw_response("abc", headers={"Connection": "upgrade", "Upgrade": "h2c"}),
    ),
    answers(
        "headers-encoding",
        raw_response("abc", headers={"Content-Encoding": "gzip"}),
        json_response(1, headers={"Content-Encoding": "br"}),
    ),
    answers(
        "headers-two-cases",
        raw_response("a", headers={"X-A": "1", "x-a": "2"}),
        json_response(1, headers={"X-A": "1", "x-a": "2"}),
    ),
    answers(
        "headers-location",
        raw_response("", status=302, headers={"Location": "/ü?a b"}),
        json_response({}, status=201, headers={"Location": "http://h/x"}),
    ),
    answers(
        "headers-set-cookie",
        raw_response("", headers={"Set-Cookie": "a=1; Path=/", "set-cookie": "b=2"}),
    ),
    answers(
        "json-user-type",
        json_response(1, headers={"Content-Type": "application/problem+json"}),
        methods=BOTH,
    ),
    answers(
        "json-user-type-lower",
        json_response(1, headers={"content-type": "application/vnd.api+json"}),
        methods=BOTH,
    ),
    answers(
        "json-user-type-same",
        json_response(1, headers={"Content-Type": "application/json"}),
        methods=BOTH,
    ),
    answers("yaml-user-type", of_kind("yaml", {"a": 1}, headers={"content-TYPE": "text/x-yaml"})),
    answers(
        "content",
        content(octets("plain")),
        content("text"),
        content(None),
        content(octets(""), headers={"Content-Type": "a/b"}),
        methods=BOTH,
    ),
    answers(
        "content-serializers",
        *(content("Body", serializer=name) for name in ("json", "upper", "backwards", "charset")),
        methods=BOTH,
    ),
    answers(
        "content-charset",
        content("ü", serializer="upper"),
        content("ü", serializer="charset"),
        content("ü", serializer="latin"),
    ),
    answers(
        "content-type-given",
        content("x", serializer="upper", headers={"Content-Type": "text/mine"}),
        content("x", headers={"Content-Type": "text/mine"}),
    ),
    answers(
        "content-status",
        content("x", serializer="upper", status=404),
        content(octets("x"), status=204),
        methods=BOTH,
    ),
    answers(
        "msgpack",
        *each_of_kind("msgpack", {"a": [1, 2.5, None, True, "ü"]}, [], 2**63, octets("b")),
        methods=BOTH,
    ),
    answers(
        "yaml",
        *each_of_kind(
            "yaml",
            {"b": [1, 2], "a": {"c": None}},
            [],
            "text",
            "ü\n- x",
            1.5,
            None,
            {"d": special("date", "2020-01-02")},
        ),
        methods=BOTH,
    ),
    answers(
        "yaml-anchors",
        of_kind("yaml", {"text": "a: b", "multi": "one\ntwo\n", "yes": "yes", "num": "1"}),
    ),
    answers(
        "yaml-types",
        of_kind("yaml", special("tuple", [1, 2])),
        of_kind("yaml", special("set", [1])),
    ),
    answers(
        "toml-scalars", of_kind("toml", {"a": 1, "b": "text", "c": True, "d": 1.5}), methods=BOTH
    ),
    answers("toml-tables", of_kind("toml", {"t": {"x": 1, "u": {"y": "z"}}, "top": 2})),
    answers("toml-arrays", of_kind("toml", {"a": [1, 2, 3], "e": [], "s": ["x"]})),
    answers("toml-array-of-tables", of_kind("toml", {"rows": [{"n": 1}, {"n": 2}]})),
    answers("toml-strings", of_kind("toml", {"q": 'a"b', "n": "one\ntwo", "u": "ü", "p": "c:\\d"})),
    answers("toml-empty", of_kind("toml", {})),
    answers(
        "toml-dates",
        of_kind(
            "toml",
            {"d": special("date", "2020-01-02"), "t": special("datetime", "2020-01-02T03:04:05")},
        ),
    ),
    answers(
        "latency",
        latency(json_response(1), 0),
        latency(raw_response("x", status=404), 0.01),
        latency(user_response("echo"), 0),
        latency(latency(json_response(2), 0), 0.001),
    ),
    Scenario(
        "responding/sequence-raise",
        [route("GET", "/x", "x")],
        [
            register("x", sequence(json_response(1), raw_response("2", status=503))),
            *[get("/x")] * 4,
            register("x", sequence(json_response("new"))),
            get("/x"),
            get("/x"),
        ],
    ),
    Scenario(
        "responding/sequence-cycle",
        [route("GET", "/x", "x")],
        [
            register(
                "x",
                sequence(
                    json_response(1),
                    raw_response("2"),
                    user_response("counts"),
                    on_exhausted="cycle",
                ),
            ),
            *[get("/x")] * 8,
        ],
    ),
    Scenario(
        "responding/sequence-last",
        [route("GET", "/x", "x")],
        [
            register("x", sequence(json_response(1), user_response("counts"), on_exhausted="last")),
            *[get("/x")] * 5,
        ],
    ),
    Scenario(
        "responding/sequence-one",
        [route("GET", "/x", "x"), route("GET", "/y", "y")],
        [
            register("x", sequence(json_response(1), on_exhausted="cycle")),
            register("y", sequence(json_response(1), on_exhausted="last")),
            *[get("/x"), get("/y")] * 3,
        ],
    ),
    Scenario(
        "responding/sequence-nested",
        [route("GET", "/x", "x")],
        [
            register(
                "x",
                sequence(
                    sequence(json_response("a"), json_response("b"), on_exhausted="cycle"),
                    latency(sequence(json_response("c"), on_exhausted="last"), 0),
                    sequence(json_response("d")),
                    on_exhausted="cycle",
                ),
            ),
            *[get("/x")] * 8,
        ],
    ),
    Scenario(
        "responding/sequence-with-error",
        [route("GET", "/x", "x")],
        [
            register(
                "x",
                sequence(
                    user_response("broken"),
                    user_response("conflict"),
                    json_response(3),
                    on_exhausted="cycle",
                ),
            ),
            *[get("/x")] * 4,
        ],
    ),
    Scenario(
        "responding/sequence-head-counts",
        [route("*", "/x", "x")],
        [
            register("x", sequence(json_response(1), json_response(2), json_response(3))),
            ask("HEAD", "/x"),
            get("/x"),
            ask("HEAD", "/x"),
            ask("HEAD", "/x"),
            get("/x"),
        ],
    ),
    Scenario(
        "responding/sequence-pipelined",
        [route("GET", "/x", "x")],
        [
            register("x", sequence(*(json_response(n) for n in range(5)), on_exhausted="cycle")),
            stream(message("GET", "/x") * 7, answers=["GET"] * 7),
        ],
    ),
    *(
        answers(f"user-{name}", user_response(name), methods=BOTH)
        for name in (
            "conflict",
            "redirect",
            "broken",
            "echo",
            "streams",
            "streams_length",
            "cookies",
            "reason",
            "hangs_up",
            "counts",
            "wraps",
            "wrong_type",
            "returned",
            "not_found",
            "timeout",
            "plain",
        )
    ),
    requested(
        "user-errors-then-others",
        user_response("broken"),
        stream(message("GET", "/y") + message("GET", "/x"), answers=["GET", "GET"]),
        register("x", json_response("fine")),
        get("/x"),
    ),
    requested(
        "user-error-by-accept",
        user_response("broken"),
        get("/x", "Accept: text/html"),
        get("/x", "Accept: application/json"),
    ),
    requested(
        "user-conflict-pipelined",
        user_response("conflict"),
        stream(message("GET", "/x") * 3, answers=["GET"] * 3),
    ),
    requested(
        "user-streams-pipelined",
        user_response("streams"),
        stream(message("GET", "/x") * 3, answers=["GET"] * 3),
    ),
    requested(
        "user-streams-http-1.0",
        user_response("streams"),
        stream(message("GET", "/x", version="1.0")),
    ),
    requested(
        "user-squeezed",
        user_response("squeezed"),
        get("/x", "Accept-Encoding: gzip"),
        get("/x", "Accept-Encoding: deflate, gzip;q=0.5"),
        get("/x", "Accept-Encoding: identity"),
        get("/x"),
    ),
    requested(
        "user-reads-body",
        user_response("reads_body"),
        get("/x"),
        post("/x", "some text"),
        stream(chunked("POST", "/x", "chun", "ked")),
        post("/x", "{}", "Content-Type: application/json"),
    ),
    requested(
        "user-reads-form",
        user_response("reads_form"),
        post("/x", "a=1&b=2&a=3", "Content-Type: application/x-www-form-urlencoded"),
        post(
            "/x",
            '--B\r\nContent-Disposition: form-data; name="f"\r\n\r\nv\r\n--B--\r\n',
            "Content-Type: multipart/form-data; boundary=B",
        ),
        post("/x", "plain"),
        get("/x"),
    ),
    requested(
        "user-socket",
        user_response("socket"),
        stream(
            message(
                "GET",
                "/x",
                None,
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Version: 13",
            ),
            "\x81\x82\x00\x00\x00\x00hi",
            "\x88\x82\x00\x00\x00\x00\x03\xe8",
            then="eof",
        ),
        get("/x"),
        get("/x", "Upgrade: websocket", "Connection: Upgrade"),
    ),
    requested(
        "user-echo-all",
        user_response("echo"),
        post("/x?a=1&a=2&b", "body", "Cookie: c=d; e=f", "X-Y: 1", "X-Y: 2"),
    ),
    Scenario(
        "responding/kinds-on-one-connection",
        [
            route("GET", f"/{name}", name)
            for name in ("json", "raw", "echo", "streams", "seq", "late", "none", "conflict")
        ],
        [
            register("json", json_response({"a": 1})),
            register("raw", raw_response("raw")),
            register("echo", user_response("echo")),
            register("streams", user_response("streams")),
            register(
                "seq", sequence(json_response(1), user_response("counts"), on_exhausted="cycle")
            ),
            register("late", latency(json_response("late"), 0.01)),
            register("conflict", user_response("conflict")),
            stream(
                *(
                    message("GET", f"/{name}")
                    for name in (
                        "json",
                        "streams",
                        "late",
                        "raw",
                        "conflict",
                        "seq",
                        "nope",
                        "echo",
                        "seq",
                        "late",
                        "seq",
                        "json",
                    )
                ),
                answers=["GET"] * 12,
            ),
            stream(
                *(message("GET", f"/{name}") for name in ("json", "raw", "none")),
                answers=["GET"] * 3,
            ),
        ],
    ),
    Scenario(
        "responding/registered-in-the-middle",
        [route("GET", "/x", "x")],
        [
            register("x", json_response("old")),
            stream(message("GET", "/x")),
            register("x", json_response("new")),
            stream(message("GET", "/x"), again=0),
            register("x", user_response("echo")),
            stream(message("GET", "/x"), again=0),
            register("x", raw_response("raw")),
            stream(message("GET", "/x"), again=0),
        ],
    ),
    requested(
        "conditional-and-range-are-ignored",
        raw_response(
            "0123456789", headers={"ETag": '"e"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
        ),
        get("/x", 'If-None-Match: "e"'),
        get("/x", "If-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT"),
        get("/x", "Range: bytes=2-4"),
        get("/x", "Accept: application/json"),
    ),
    Scenario(
        "responding/tls",
        [route("GET", "/x", "x"), route("POST", "/e", "e")],
        [
            {"do": "about"},
            register("x", json_response(1)),
            register("e", user_response("echo")),
            stream(message("GET", "/x") * 3 + message("POST", "/e", "body"), answers=["GET"] * 4),
            inspect("@all", "url", "scheme", "secure"),
        ],
        extra={"tls": True},
    ),
    Scenario(
        "responding/user-facts",
        [route("GET", "/{a}/b", "x"), route("POST", "/s", "x"), route("PUT", r"/n/{n:\d+}", "x")],
        [
            register("x", user_response("facts")),
            get("/p/b?q=1", "X-A: 1"),
            post("/s", "body"),
            ask("PUT", "/n/12", "", "Connection: close"),
        ],
    ),
    Scenario(
        "responding/user-task",
        [route("GET", "/x", "x")],
        [register("x", user_response("task")), get("/x")],
    ),
    Scenario(
        "responding/user-duck",
        [route("GET", "/x", "x"), route("GET", "/y", "y")],
        [
            register("x", user_response("duck")),
            get("/x"),
            {"do": "handlers", "name": "y", "response": user_response("duck")},
            get("/y"),
        ],
    ),
    Scenario(
        "responding/user-duck-wrapped",
        [route("GET", "/x", "x")],
        [
            register("x", sequence(user_response("duck"), on_exhausted="last")),
            get("/x"),
            register("x", latency(user_response("duck"), 0)),
            get("/x"),
        ],
    ),
    Scenario(
        "responding/client-leaves-before-the-answer",
        [route("GET", "/x", "x"), route("GET", "/y", "y")],
        [
            register("y", json_response(1)),
            register("x", latency(user_response("counts"), 0.05)),
            stream(message("GET", "/x"), True, answers=[], then="leave"),
            *[get("/y")] * 3,
            get("/x"),
            get("/x"),
            check("assert_called", "x", times=3),
        ],
    ),
    Scenario(
        "responding/body-changed-after-it-was-made",
        [route("GET", "/x", "x")],
        [{"do": "mutate", "name": "x"}, get("/x")],
    ),
]
