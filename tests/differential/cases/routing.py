"""Which route takes a request: paths, patterns, methods, encodings, order."""

from tests.differential.script import (
    Scenario,
    Step,
    Wire,
    ask,
    get,
    message,
    post,
    raw_response,
    register,
    replies,
    route,
    stream,
    user_response,
)


def paths(name: str, patterns: list[str], targets: list[str], method: str = "GET") -> Scenario:
    """Each pattern is a handler of its own; each target is asked for once."""
    names = [f"h{index}" for index in range(len(patterns))]
    return Scenario(
        f"routing/{name}",
        [route(method, path, name) for path, name in zip(patterns, names, strict=True)],
        [*replies(*names), *(ask(method, target) for target in targets)],
    )


def methods(name: str, routes: list[Wire], asked: list[str], target: str = "/x") -> Scenario:
    """One path, several methods."""
    names = list(dict.fromkeys(str(each["name"]) for each in routes if isinstance(each, dict)))
    steps: list[Step] = [*replies(*names), *(ask(method, target) for method in asked)]
    return Scenario(f"routing/{name}", routes, steps)


CASES = [
    paths("plain", ["/a", "/b", "/a/b"], ["/a", "/b", "/a/b", "/c", "/", "/a/", "/A", "/a?x=1"]),
    paths("static-before-dynamic", ["/items/all", "/items/{name}"], ["/items/all", "/items/7"]),
    paths("dynamic-before-static", ["/items/{name}", "/items/all"], ["/items/all", "/items/7"]),
    paths(
        "dynamic-overlap",
        ["/{a}/b", "/a/{b}", "/{x}/{y}"],
        ["/a/b", "/z/b", "/a/z", "/y/z", "/a", "/a/b/c"],
    ),
    paths(
        "dynamic-overlap-reversed",
        ["/{x}/{y}", "/a/{b}", "/{a}/b"],
        ["/a/b", "/z/b", "/a/z", "/y/z"],
    ),
    paths(
        "regex",
        [r"/n/{id:\d+}", r"/n/{id:[a-z]+}", "/n/{name}"],
        ["/n/12", "/n/ab", "/n/A1", "/n/", "/n/12/3", "/n/%31%32"],
    ),
    paths("tail", ["/files/{tail:.*}"], ["/files/", "/files/a", "/files/a/b//c", "/files"]),
    paths("catch-all", ["/{tail:.*}", "/a"], ["/", "/a", "/a/b", "/a?b=c", "/%2F"]),
    paths("catch-all-last", ["/a", "/a/{b}", "/{tail:.*}"], ["/", "/a", "/a/b", "/a/b/c", "/b"]),
    paths("prefix-in-segment", ["/v{n}/x", "/v1/x", "/v{n}/{y}"], ["/v1/x", "/v2/x", "/v2/y"]),
    paths("two-in-segment", [r"/{a}-{b}", r"/{a:\w+}.{ext}"], ["/x-y", "/x-y-z", "/f.txt", "/x"]),
    paths("index-depth", ["/a/{x}", "/a/b/{x}", "/{p}/b/c"], ["/a/b/c", "/a/b", "/z/b/c"]),
    paths("root", ["/"], ["/", "//", "/?x", "/x"]),
    paths("empty-pattern", [""], ["/", "//", "/x"]),
    paths("trailing-slash", ["/a", "/b/", "/c/{x}/"], ["/a", "/a/", "/b", "/b/", "/c/1", "/c/1/"]),
    paths("double-slash", ["/a//b", "/a/b"], ["/a//b", "/a/b", "//a/b", "/a///b"]),
    paths("dots", ["/a/b", "/b", "/a/../b", "/a/./b"], ["/a/../b", "/a/./b", "/./b", "/../b"]),
    paths("encoded-dots", ["/a/b", "/b"], ["/a/%2e%2e/b", "/a/%2E/b"]),
    paths("encoded-request", ["/a b", "/ü", "/a%20c"], ["/a%20b", "/%C3%BC", "/a%20c", "/a+b"]),
    paths("encoded-pattern", ["/%C3%BC", "/%61", "/x%2Fy"], ["/%C3%BC", "/a", "/x%2Fy", "/x/y"]),
    paths(
        "non-ascii-pattern",
        ["/Straße/{ort}", "/日本"],
        ["/Stra%C3%9Fe/K%C3%B6ln", "/%E6%97%A5%E6%9C%AC"],
    ),
    paths("encoded-slash", ["/a/{x}", "/a/{x}/{y}"], ["/a/b%2Fc", "/a/b%2fc", "/a/b/c", "/a%2Fb"]),
    paths("encoded-percent", ["/a/{x}", "/a/%25"], ["/a/%25", "/a/%2525", "/a/%252F"]),
    paths("bad-percent", ["/a/{x}", "/b"], ["/a/%", "/a/%zz", "/a/%4", "/a/%C3", "/a/%ff"]),
    paths("encoded-letters", ["/abc/{x}", "/abc"], ["/%61bc", "/%61%62%63", "/%61bc/%64"]),
    paths("lower-hex", ["/{x}"], ["/%c3%bc", "/%C3%BC", "/%c3%bC"]),
    paths(
        "reserved", ["/a/{x}"], ["/a/b;c=1", "/a/b:c", "/a/b@c", "/a/b,c", "/a/!$&'()*", "/a/~_-."]
    ),
    paths("brackets", ["/a/{x}"], ["/a/[b]", "/a/{b}", "/a/b|c", "/a/b^c", '/a/b"c', "/a/b<c>"]),
    paths(
        "pattern-special",
        ["/a.b", "/a+b", "/a(b)", "/a*"],
        ["/a.b", "/axb", "/a+b", "/a(b)", "/a*"],
    ),
    paths(
        "regex-groups",
        [r"/{x:(?:a|b)c}", r"/{y:a{2,3}}"],
        ["/ac", "/bc", "/cc", "/aa", "/aaa", "/aaaa"],
    ),
    paths("regex-slash", [r"/p/{x:[^/]+/[^/]+}", "/p/{y}"], ["/p/a/b", "/p/a", "/p/a/b/c"]),
    paths("regex-encoded", [r"/{x:[a-z ]+}", r"/u/{x:ü+}"], ["/a%20b", "/ab", "/u/%C3%BC"]),
    paths("regex-anchors", [r"/{x:a$}", r"/{x:^b}"], ["/a", "/b", "/ab"]),
    paths("same-shape", ["/a/{x}", "/a/{y}"], ["/a/1"]),
    paths("same-pattern-twice", ["/a/{x}", "/b", "/a/{x}"], ["/a/1", "/b"]),
    paths("many-static", [f"/s/{n}" for n in range(30)], ["/s/0", "/s/17", "/s/29", "/s/30"]),
    paths("fragment", ["/a", "/a#b"], ["/a#b", "/a%23b"]),
    paths("question-in-pattern", ["/a?x=1", "/a"], ["/a?x=1", "/a?x=2", "/a%3Fx=1"]),
    paths("semicolon", ["/a;v=1", "/a"], ["/a;v=1", "/a", "/a;v=2"]),
    paths("long", ["/" + "a" * 4000, "/{x}"], ["/" + "a" * 4000, "/" + "b" * 4000]),
    paths(
        "not-found-after-method",
        ["/a/{x}", "/a/b"],
        ["/a/b", "/a/c"],
        method="PUT",
    ),
    Scenario(
        "routing/405",
        [
            route("GET", "/x", "g"),
            route("POST", "/x", "p"),
            route("DELETE", "/x/{name}", "d"),
            route("PUT", "/x/1", "u"),
        ],
        [
            *replies("g", "p", "d", "u"),
            ask("PUT", "/x"),
            ask("PATCH", "/x/1"),
            ask("DELETE", "/x/1"),
            ask("GET", "/x/2"),
            ask("HEAD", "/x"),
            ask("OPTIONS", "/x"),
            ask("GET", "/y"),
            post("/x/1", "some body"),
        ],
    ),
    Scenario(
        "routing/405-across-resources",
        [
            route("GET", "/{a}/x", "ga"),
            route("POST", "/x/{b}", "pb"),
            route("PUT", "/{a}/{b}", "pab"),
            route("DELETE", "/x/x", "dxx"),
        ],
        [
            *replies("ga", "pb", "pab", "dxx"),
            *(ask(method, "/x/x") for method in ("GET", "POST", "PUT", "DELETE", "PATCH")),
            *(ask(method, "/y/x") for method in ("GET", "POST", "PUT", "DELETE")),
            *(ask(method, "/x/y") for method in ("GET", "POST", "PUT", "DELETE")),
        ],
    ),
    methods(
        "any-method", [route("*", "/x", "any")], ["GET", "POST", "HEAD", "OPTIONS", "PATCH", "FOO"]
    ),
    methods(
        "method-before-any",
        [route("GET", "/x", "g"), route("*", "/x", "any")],
        ["GET", "POST", "HEAD"],
    ),
    methods(
        "any-on-another-resource",
        [route("*", "/{a}", "any"), route("GET", "/x", "g"), route("GET", "/{b}", "later")],
        ["GET", "POST"],
    ),
    methods("no-implicit-head", [route("GET", "/x", "g")], ["HEAD", "GET"]),
    methods("head-route", [route("HEAD", "/x", "h"), route("GET", "/x", "g")], ["HEAD", "GET"]),
    methods(
        "custom-methods",
        [route("PURGE", "/x", "p"), route("M-SEARCH", "/x", "m")],
        ["PURGE", "M-SEARCH", "GET"],
    ),
    methods(
        "webdav",
        [route("PROPFIND", "/x", "p"), route("MKCOL", "/x", "m")],
        ["PROPFIND", "MKCOL", "LOCK"],
    ),
    methods(
        "lower-case-route",
        [route("get", "/x", "g"), route("pOsT", "/x", "p")],
        ["GET", "POST", "PUT"],
    ),
    methods("lower-case-request", [route("GET", "/x", "g")], ["get", "Get", "GET"]),
    methods("lower-case-any", [route("*", "/x", "any")], ["get", "gEt"]),
    methods(
        "mixed-case-group",
        [
            route("get", "/x", "lower", headers={"x-a": "1"}),
            route("GET", "/x", "upper"),
        ],
        ["GET"],
    ),
    methods("odd-method-names", [route("A!B", "/x", "odd")], ["A!B", "A'B", "*", "A"]),
    methods(
        "connect", [route("CONNECT", "/x", "c"), route("*", "/{t:.*}", "any")], ["TRACE", "OPTIONS"]
    ),
    Scenario(
        "routing/options-star",
        [route("*", "/{tail:.*}", "any"), route("OPTIONS", "/x", "o")],
        [*replies("any", "o"), stream(message("OPTIONS", "*"), answers=["OPTIONS"])],
    ),
    Scenario(
        "routing/absolute-form",
        [route("GET", "/x", "g")],
        [
            *replies("g"),
            stream(message("GET", "http://mock.test/x?a=1")),
            stream(message("GET", "http://other.test/x")),
            stream(message("GET", "http://other.test")),
            stream(message("GET", "https://other.test:8443/x#f")),
            stream(message("GET", "HTTP://OTHER.test/x")),
            stream(message("GET", "ftp://other.test/x")),
        ],
    ),
    Scenario(
        "routing/groups-in-order",
        [
            route("GET", "/x", "first", headers={"x-k": "1"}),
            route("GET", "/y", "other"),
            route("GET", "/x", "second", headers={"x-k": "2"}),
            route("GET", "/x", "rest"),
        ],
        [
            *replies("first", "other", "second", "rest"),
            get("/x", "X-K: 1"),
            get("/x", "X-K: 2"),
            get("/x", "X-K: 3"),
            get("/x"),
            get("/y"),
        ],
    ),
    Scenario(
        "routing/behind-a-fallback",
        [
            route("GET", "/x", "rest"),
            route("GET", "/x", "never", headers={"x-k": "1"}),
        ],
        [*replies("rest", "never"), get("/x", "X-K: 1")],
    ),
    Scenario(
        "routing/no-match-does-not-fall-to-next-resource",
        [
            route("GET", "/{a}", "dynamic", headers={"x-k": "1"}),
            route("GET", "/{b}", "later"),
            route("GET", "/s", "static", headers={"x-k": "2"}),
            route("*", "/{c}", "any"),
        ],
        [
            *replies("dynamic", "later", "static", "any"),
            get("/s"),
            get("/s", "X-K: 1"),
            get("/s", "X-K: 2"),
            get("/t"),
            get("/t", "X-K: 1"),
            ask("POST", "/s"),
        ],
    ),
    Scenario(
        "routing/one-name-many-routes",
        [
            route("GET", "/a", "one"),
            route("POST", "/b/{name}", "one"),
            route("GET", "/a", "one", headers={"x-k": "1"}),
        ],
        [*replies("one"), get("/a"), post("/b/7", "x"), get("/a")],
    ),
    Scenario(
        "routing/match-info",
        [route("GET", r"/{a}/{b:\d+}/{tail:.*}", "e"), route("GET", "/enc/{x}", "e")],
        [
            register("e", user_response("echo")),
            get("/q/7/x/y?z=1"),
            get("/enc/%C3%BC%20%2F%25"),
            get("/enc/a+b"),
            get("/q/7/"),
        ],
    ),
    Scenario(
        "routing/404-with-body",
        [route("POST", "/x", "p", json=1)],
        [*replies("p"), post("/x", "2"), post("/nope", "2"), get("/x"), post("/x", "1")],
    ),
    Scenario(
        "routing/404-by-accept",
        [route("GET", "/x", "x")],
        [
            register("x", raw_response("ok")),
            get("/nope", "Accept: text/html"),
            get("/nope", "Accept: application/json"),
            get("/nope", "Accept: */*"),
            ask("POST", "/x", "a", "Accept: text/html"),
        ],
    ),
    Scenario("routing/no-routes", [], [get("/"), get("/x"), ask("OPTIONS", "/")]),
]
