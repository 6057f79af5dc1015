"""What is refused, and when: routes, matches, responses, sequences."""

from tests.differential.script import (
    Scenario,
    Step,
    Wire,
    build,
    get,
    json_response,
    octets,
    raw_response,
    register,
    replies,
    route,
    sequence,
    special,
    user_response,
)


def start(name: str, *routes: Wire) -> Scenario:
    """Only start a service of these routes."""
    return Scenario(f"starting/{name}", list(routes), [{"do": "about"}])


def building(name: str, *what: dict[str, Wire]) -> Scenario:
    """Make things that may be wrong."""
    steps: list[Step] = [build(**each) for each in what]
    return Scenario(f"starting/{name}", [], steps)


def answering(name: str, *responses: Wire) -> Scenario:
    """Register each of the responses in turn, and ask for it."""
    steps: list[Step] = []
    for each in responses:
        steps.extend([register("x", each), get("/x")])
    return Scenario(f"starting/{name}", [route("GET", "/x", "x")], steps)


# What the player's table of small facts about the package's objects holds.
OBJECTS = """
    exported match-equal match-unequal match-to-other match-hash-plain
    match-hash-json match-hash-headers match-repr match-fields match-replace
    match-asdict match-positional match-frozen match-copy match-pickle
    match-copied match-by-hand match-parameters route-equal route-hash
    route-repr route-fields route-frozen route-keywords route-too-few
    route-replace history-made history-same-request history-equal history-unequal
    history-parameters call-matches abstract exceptions key
    sequence-of-generator sequence-empty sequence-parameters json-parameters content-parameters
    content-attributes content-serialize content-set-status content-equal latency-attributes
    latency-parameters latency-set start-service-parameters start-proxy-parameters
"""

CASES = [
    start("nothing"),
    start("usual", route("GET", "/a", "a"), route("POST", "/a", "b"), route("GET", "/c/{d}", "c")),
    start("path-without-slash", route("GET", "a", "a")),
    start("path-with-host", route("GET", "http://a/b", "a")),
    start("path-brace-open", route("GET", "/{a", "a")),
    start("path-brace-closed", route("GET", "/a}", "a")),
    start("path-brace-empty", route("GET", "/{}", "a")),
    start("path-brace-nested", route("GET", "/{a{b}}", "a")),
    start("path-name-with-dash", route("GET", "/{a-b}", "a")),
    start("path-name-with-digit", route("GET", "/{1a}", "a")),
    start("path-name-twice", route("GET", "/{a}/{a}", "a")),
    start("path-bad-regex", route("GET", "/{a:[}", "a")),
    start("path-bad-regex-2", route("GET", "/{a:*}", "a")),
    start("path-regex-empty", route("GET", "/{a:}", "a")),
    start("path-regex-group", route("GET", "/{a:(?P<b>x)}", "a")),
    start("path-empty", route("GET", "", "a")),
    start("path-with-newline", route("GET", "/a\nb", "a")),
    start("path-surrogate", route("GET", "/\ud800", "a")),
    start("method-empty", route("", "/a", "a")),
    start("method-space", route("GE T", "/a", "a")),
    start("method-newline", route("GET\n", "/a", "a")),
    start("method-non-ascii", route("GÜT", "/a", "a")),
    start("method-comma", route("GET,POST", "/a", "a")),
    start("method-star-in-word", route("G*T", "/a", "a")),
    start("any-before-method", route("*", "/a", "a"), route("GET", "/a", "b")),
    start("any-before-method-dynamic", route("*", "/{a}", "a"), route("GET", "/{a}", "b")),
    start("any-before-method-other-name", route("*", "/{a}", "a"), route("GET", "/{b}", "b")),
    start("method-before-any", route("GET", "/a", "a"), route("*", "/a", "b")),
    start("mixed-case-adjacent", route("get", "/a", "a"), route("GET", "/a", "b")),
    start(
        "mixed-case-apart",
        route("get", "/a", "a", headers={"k": "v"}),
        route("GET", "/b", "b"),
        route("GET", "/a", "c"),
    ),
    start("same-route-twice", route("GET", "/a", "a"), route("GET", "/a", "b")),
    start("empty-name", route("GET", "/a", "")),
    start("odd-names", route("GET", "/a", "a b"), route("GET", "/b", "ü"), route("GET", "/c", "'")),
    building(
        "sequences",
        {"kind": "sequence", "responses": []},
        {"kind": "sequence", "responses": [json_response(1)], "on_exhausted": "cycle"},
        {"kind": "sequence", "responses": [json_response(1)], "on_exhausted": "last"},
    ),
    building(
        "sequence-unknown-ending",
        {"kind": "sequence", "responses": [json_response(1)], "on_exhausted": "stop"},
    ),
    building("latency-negative", {"kind": "latency", "wrapped": json_response(1), "latency": -1}),
    building(
        "latency-nan",
        {"kind": "latency", "wrapped": json_response(1), "latency": special("complex", "1j")},
    ),
    building("json-set", {"kind": "json", "body": special("set", [1])}),
    building("json-object", {"kind": "json", "body": special("object")}),
    building("json-bytes", {"kind": "json", "body": octets("x")}),
    building("json-date", {"kind": "json", "body": special("date", "2020-01-02")}),
    building("json-deep", {"kind": "json", "body": special("deep", "5000")}),
    building("toml-null", {"kind": "toml", "body": {"a": None}}),
    building("toml-list", {"kind": "toml", "body": [1]}),
    building("yaml-object", {"kind": "yaml", "body": special("object")}),
    building("msgpack-object", {"kind": "msgpack", "body": special("object")}),
    building("msgpack-big", {"kind": "msgpack", "body": 1 << 70}),
    building("content-none", {"kind": "content", "body": None}),
    building("content-dict", {"kind": "content", "body": {"a": 1}}),
    building("header-line-break", {"kind": "raw", "headers": {"X-A": "a\r\nX-B: b"}}),
    building("header-name-space", {"kind": "raw", "headers": {"X A": "a"}}),
    building("header-name-empty", {"kind": "raw", "headers": {"": "a"}}),
    building("header-name-colon", {"kind": "json", "body": 1, "headers": {"X:A": "a"}}),
    building("header-null", {"kind": "json", "body": 1, "headers": {"X-A": "a\x00b"}}),
    building("header-not-text", {"kind": "json", "body": 1, "headers": {"X-A": 1}}),
    building("status-odd", {"kind": "raw", "status": 99}),
    building("status-big", {"kind": "raw", "status": 1000}),
    building("status-text", {"kind": "raw", "status": "200"}),
    building(
        "matches",
        {"json": None},
        {"body": octets("")},
        {"headers": {}},
        {"query": {}},
        {"json": special("grumpy")},
        {"json": special("set", [1])},
    ),
    answering("late-set", json_response(special("set", [1]))),
    answering("late-status", raw_response("x", status=99), raw_response("x", status=600)),
    answering("late-header", raw_response("x", headers={"X-A": "a\r\nX-B: b"})),
    answering("late-content", {"kind": "content", "body": {"a": 1}}),
    answering("late-content-text", {"kind": "content", "body": "text"}),
    answering("late-yaml-object", {"kind": "yaml", "body": special("object")}),
    answering("late-sequence-ending", sequence(json_response(1), on_exhausted="stop")),
    answering("late-latency", {"kind": "latency", "wrapped": json_response(1), "latency": -1}),
    Scenario(
        "starting/register",
        [route("GET", "/a", "a"), route("GET", "/b", "b")],
        [
            {"do": "about"},
            *replies("a"),
            register("c", json_response(1)),
            register("A", json_response(1)),
            register("", json_response(1)),
            {"do": "about"},
            get("/a"),
            get("/b"),
            register("a", json_response("again")),
            get("/a"),
            get("/b"),
        ],
    ),
    Scenario(
        "starting/register-without-routes",
        [],
        [register("c", json_response(1)), {"do": "about"}, get("/c")],
    ),
    Scenario(
        "starting/write-handlers",
        [route("GET", "/a", "a"), route("GET", "/b", "b")],
        [
            {"do": "handlers", "name": "a", "response": json_response("written")},
            {"do": "handlers", "name": "odd", "response": user_response("echo")},
            get("/a"),
            get("/b"),
            {"do": "handlers", "name": "a", "response": raw_response("over")},
            get("/a"),
            {"do": "handlers", "name": "a", "response": None},
            {"do": "handlers", "name": "no such", "response": None},
            get("/a"),
            {"do": "about"},
        ],
    ),
    *(
        Scenario(f"starting/object-{each}", [], [{"do": "probe", "name": each}])
        for each in OBJECTS.split()
    ),
]
