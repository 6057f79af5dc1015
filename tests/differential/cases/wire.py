"""Bytes on the wire: framing, persistence, pipelines, encodings of bodies, malformed input."""

import gzip
import zlib

from tests.differential.script import (
    Scenario,
    Step,
    ask,
    check,
    chunked,
    get,
    json_response,
    message,
    octets,
    post,
    raw_response,
    register,
    route,
    stream,
    user_response,
)

ROUTES = [
    route("GET", "/g", "g"),
    route("POST", "/p", "p"),
    route("HEAD", "/g", "h"),
    route("*", "/e", "e"),
    route("*", "/s", "s"),
]
ANSWERS: list[Step] = [
    register("g", json_response({"g": 1})),
    register("p", raw_response("posted", headers={"X-P": "1"})),
    register("h", json_response({"h": 1})),
    register("e", user_response("echo")),
    register("s", user_response("streams")),
]
GET = message("GET", "/g")


def on_wire(name: str, *steps: Step) -> Scenario:
    """The usual routes, and these streams."""
    return Scenario(f"wire/{name}", list(ROUTES), [*ANSWERS, *steps])


def malformed(name: str, *data: str, answers: int = 1) -> Scenario:
    """Streams that must be refused; a good request on another connection must not suffer."""
    return on_wire(
        f"malformed-{name}", *(stream(each, answers=["GET"] * answers) for each in data), get("/g")
    )


def lines(*each: str, body: str = "") -> str:
    """A head of literal lines, and a body."""
    return "\r\n".join(each) + "\r\n\r\n" + body


def squeezed(content: str) -> str:
    """The content in gzip."""
    return gzip.compress(content.encode("latin-1"), mtime=0).decode("latin-1")


def deflated(content: str) -> str:
    """The content in zlib's format."""
    return zlib.compress(content.encode("latin-1")).decode("latin-1")


def raw_deflated(content: str) -> str:
    """The content in bare deflate."""
    made = zlib.compressobj(wbits=-15)
    return (made.compress(content.encode("latin-1")) + made.flush()).decode("latin-1")


def cut(data: str) -> list[str | bool | None]:
    """The same bytes, one at a time, with the server looking at each."""
    pieces: list[str | bool | None] = []
    for each in data:
        pieces.extend([each, True])
    return pieces


MEBIBYTE = 1024**2
H = "Host: mock.test"

CASES = [
    on_wire(
        "head",
        ask("HEAD", "/g"),
        stream(message("HEAD", "/g") + GET, answers=["HEAD", "GET"]),
        ask("HEAD", "/e"),
        ask("HEAD", "/s"),
        ask("HEAD", "/p"),
        ask("HEAD", "/nope"),
    ),
    on_wire(
        "pipelined",
        stream(GET * 5, answers=["GET"] * 5),
        stream(
            message("POST", "/p", "abc") + GET + message("POST", "/e", "x") + GET,
            answers=["GET"] * 4,
        ),
    ),
    on_wire("pipelined-deep", stream(GET * 60, answers=["GET"] * 60)),
    on_wire(
        "pipelined-404-405",
        stream(message("GET", "/nope") + message("PUT", "/g", "b") + GET, answers=["GET"] * 3),
    ),
    on_wire(
        "pipelined-head", stream((message("HEAD", "/g") + GET) * 3, answers=["HEAD", "GET"] * 3)
    ),
    on_wire(
        "pipelined-close-in-the-middle",
        stream(GET + message("GET", "/g", None, "Connection: close") + GET, answers=["GET"] * 3),
    ),
    on_wire(
        "pipelined-500-in-the-middle",
        stream(GET + message("GET", "/e") + GET, answers=["GET"] * 3),
        register("e", user_response("broken")),
        stream(GET + message("GET", "/e") + GET, answers=["GET"] * 3),
        check("assert_called", "g", times=4),
    ),
    on_wire(
        "half-closed-while-answered",
        register("g", {"kind": "latency", "wrapped": json_response(1), "latency": 0.05}),
        stream(GET, True, False, then="eof"),
        check("assert_called", "g", times=1),
    ),
    on_wire(
        "keep-alive",
        stream(GET),
        stream(GET, again=0),
        stream(message("POST", "/p", "x"), again=0),
        stream(GET, again=0),
    ),
    on_wire(
        "one-byte-at-a-time",
        stream(*cut(message("POST", "/p?a=1", "body", "X-A: 1"))),
        stream(*cut(chunked("POST", "/e", "ab", "c"))),
    ),
    on_wire("cut-between-requests", stream(GET + GET[:10], True, GET[10:], answers=["GET"] * 2)),
    on_wire("cut-in-line-end", stream(GET[:-1], True, GET[-1:]), stream(GET[:-3], True, GET[-3:])),
    on_wire(
        "close",
        get("/g", "Connection: close"),
        get("/g", "connection: Close"),
        get("/g", "Connection: x, close"),
        get("/e", "Connection: close"),
        get("/s", "Connection: close"),
        get("/nope", "Connection: close"),
        ask("HEAD", "/g", None, "Connection: close"),
    ),
    on_wire(
        "connection-odd",
        get("/g", "Connection: keep-alive"),
        get("/g", "Connection: Keep-Alive, close"),
        get("/g", "Connection:"),
        get("/g", "Connection: nonsense"),
        get("/g", "Connection: keep-alive", "Connection: close"),
    ),
    on_wire(
        "http-1.0",
        stream(message("GET", "/g", version="1.0")),
        stream(message("GET", "/g", None, "Connection: keep-alive", version="1.0")),
        stream(message("GET", "/e", None, "Connection: keep-alive", version="1.0")),
        stream(message("HEAD", "/g", version="1.0"), answers=["HEAD"]),
        stream(message("POST", "/p", "abc", version="1.0")),
        stream(message("GET", "/nope", version="1.0")),
    ),
    on_wire(
        "http-1.0-no-host",
        stream(message("GET", "/g", version="1.0", host=None)),
        stream(message("GET", "/e", version="1.0", host=None)),
    ),
    on_wire(
        "http-1.0-pipelined",
        stream(
            message("GET", "/g", None, "Connection: keep-alive", version="1.0") * 2
            + message("GET", "/g", version="1.0") * 2,
            answers=["GET"] * 4,
        ),
    ),
    on_wire(
        "http-1.0-chunked",
        stream(
            lines("POST /p HTTP/1.0", H, "Transfer-Encoding: chunked", body="1\r\na\r\n0\r\n\r\n")
        ),
    ),
    on_wire(
        "no-host", stream(message("GET", "/g", host=None)), stream(message("GET", "/e", host=None))
    ),
    on_wire(
        "host-odd",
        *(
            stream(message("GET", "/g", host=each))
            for each in (
                "mock.test:81",
                "MOCK.test",
                "",
                "127.0.0.1",
                "[::1]:80",
                "a b",
                "mock.test/x",
                "user@mock.test",
                "ü",
            )
        ),
    ),
    on_wire("two-hosts", stream(lines("GET /g HTTP/1.1", H, "Host: other.test"))),
    on_wire(
        "chunked",
        stream(chunked("POST", "/p", "abc", "de")),
        stream(chunked("POST", "/p")),
        stream(chunked("POST", "/e", "x" * 70000)),
        stream(chunked("POST", "/p", "a") + GET, answers=["GET"] * 2),
        check("assert_called", "p", body=octets("abcde")),
    ),
    on_wire(
        "chunked-details",
        *(
            stream(lines("POST /p HTTP/1.1", H, "Transfer-Encoding: chunked", body=body))
            for body in (
                "3;ext=1\r\nabc\r\n0\r\n\r\n",
                "3 ;a\r\nabc\r\n0\r\n\r\n",
                "0003\r\nabc\r\n000\r\n\r\n",
                "A\r\n0123456789\r\n0\r\n\r\n",
                "a\r\n0123456789\r\n0;x\r\n\r\n",
                '3;a="b;c"\r\nabc\r\n0\r\n\r\n',
            )
        ),
    ),
    on_wire(
        "chunked-trailers",
        stream(
            lines(
                "POST /p HTTP/1.1",
                H,
                "Transfer-Encoding: chunked",
                "Trailer: X-T",
                body="3\r\nabc\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n",
            )
            + GET,
            answers=["GET"] * 2,
        ),
    ),
    on_wire(
        "chunked-odd-case",
        stream(
            lines("POST /p HTTP/1.1", H, "transfer-encoding: Chunked", body="1\r\na\r\n0\r\n\r\n")
        ),
    ),
    on_wire(
        "expect",
        stream(
            message("POST", "/p", None, "Content-Length: 3", "Expect: 100-continue"), None, "abc"
        ),
        stream(
            message("POST", "/e", None, "Content-Length: 3", "Expect: 100-Continue"), None, "abc"
        ),
        stream(
            lines("POST /p HTTP/1.1", H, "Transfer-Encoding: chunked", "Expect: 100-continue"),
            None,
            "1\r\na\r\n0\r\n\r\n",
        ),
    ),
    on_wire("expect-with-body", stream(message("POST", "/p", "abc", "Expect: 100-continue"))),
    on_wire("expect-no-body", stream(message("GET", "/g", None, "Expect: 100-continue"))),
    on_wire(
        "expect-no-route",
        stream(message("POST", "/nope", "abc", "Expect: 100-continue")),
        stream(message("PUT", "/g", "abc", "Expect: 100-continue")),
    ),
    on_wire(
        "expect-unknown",
        stream(message("POST", "/p", "abc", "Expect: tea")),
        stream(message("POST", "/p", "abc", "Expect:")),
    ),
    on_wire(
        "expect-http-1.0",
        stream(message("POST", "/p", "abc", "Expect: 100-continue", version="1.0")),
    ),
    on_wire(
        "gzip",
        post("/p", squeezed("hello"), "Content-Encoding: gzip"),
        post("/e", squeezed("hello"), "Content-Encoding: GZIP"),
        stream(
            chunked(
                "POST",
                "/p",
                squeezed("hello")[:10],
                squeezed("hello")[10:],
                headers=("Content-Encoding: gzip",),
            )
        ),
        check("assert_called", "p", body=octets("hello")),
    ),
    on_wire(
        "deflate",
        post("/p", deflated("hello"), "Content-Encoding: deflate"),
        post("/p", raw_deflated("hello"), "Content-Encoding: deflate"),
    ),
    on_wire(
        "gzip-twice-in-one", post("/p", squeezed("a") + squeezed("b"), "Content-Encoding: gzip")
    ),
    on_wire("gzip-broken", post("/p", "not gzip at all", "Content-Encoding: gzip"), get("/g")),
    on_wire(
        "gzip-cut-off", post("/p", squeezed("hello")[:-4], "Content-Encoding: gzip"), get("/g")
    ),
    on_wire(
        "gzip-trailing-garbage",
        post("/p", squeezed("hello") + "garbage", "Content-Encoding: gzip"),
        get("/g"),
    ),
    on_wire(
        "gzip-second-member-broken",
        post("/p", squeezed("hello") + squeezed("x")[:3] + "y" * 20, "Content-Encoding: gzip"),
        get("/g"),
    ),
    on_wire(
        "deflate-broken",
        post("/p", "\xff" * 20, "Content-Encoding: deflate"),
        post("/p", deflated("hello" * 100)[:-10], "Content-Encoding: deflate"),
        get("/g"),
    ),
    on_wire(
        "gzip-broken-before-others",
        stream(message("POST", "/p", "no", "Content-Encoding: gzip") + GET, answers=["GET"] * 2),
        get("/g"),
    ),
    on_wire(
        "gzip-empty",
        post("/p", "", "Content-Encoding: gzip"),
        post("/p", squeezed(""), "Content-Encoding: gzip"),
    ),
    on_wire("gzip-no-body", get("/g", "Content-Encoding: gzip")),
    on_wire(
        "encoding-unknown",
        post("/p", "abc", "Content-Encoding: compress"),
        post("/p", "abc", "Content-Encoding: identity"),
        post("/p", "abc", "Content-Encoding: x-gzip"),
        post("/p", "abc", "Content-Encoding: gzip, gzip"),
        post("/p", "abc", "Content-Encoding:"),
    ),
    on_wire(
        "gzip-json",
        post("/p", squeezed('{"a":1}'), "Content-Encoding: gzip", "Content-Type: application/json"),
        check("assert_called", "p", json={"a": 1}),
    ),
    on_wire(
        "gzip-bomb", post("/p", squeezed("0" * (3 * MEBIBYTE)), "Content-Encoding: gzip"), get("/g")
    ),
    on_wire("body-limit", post("/p", "x" * (MEBIBYTE - 1)), post("/p", "x" * MEBIBYTE), get("/g")),
    on_wire("body-over-limit", post("/p", "x" * (MEBIBYTE + 1)), get("/g")),
    on_wire("body-far-over-limit", post("/p", "x" * (3 * MEBIBYTE)), get("/g")),
    on_wire(
        "body-over-limit-chunked",
        stream(chunked("POST", "/p", *["x" * 65536] * 17)),
        stream(chunked("POST", "/p", *["x" * 65536] * 16)),
        get("/g"),
    ),
    on_wire("body-over-limit-no-route", post("/nope", "x" * (MEBIBYTE + 1)), get("/g")),
    on_wire(
        "body-over-limit-next-request",
        stream(message("POST", "/p", "x" * (MEBIBYTE + 1)) + GET, answers=["GET"] * 2),
    ),
    on_wire(
        "body-on-get",
        stream(message("GET", "/g", "body") + GET, answers=["GET"] * 2),
        stream(message("HEAD", "/g", "body") + GET, answers=["HEAD", "GET"]),
        ask("DELETE", "/e", "body"),
        ask("OPTIONS", "/e", "body"),
    ),
    on_wire(
        "body-like-a-request",
        stream(message("POST", "/p", GET) + GET, answers=["GET"] * 2),
        stream(chunked("POST", "/p", GET, GET) + GET, answers=["GET"] * 2),
    ),
    on_wire(
        "body-on-404",
        stream(message("POST", "/nope", "body") + GET, answers=["GET"] * 2),
        stream(chunked("POST", "/nope", "a", "b") + GET, answers=["GET"] * 2),
    ),
    on_wire(
        "no-length-no-body",
        ask("POST", "/p"),
        stream(message("POST", "/p") + GET, answers=["GET"] * 2),
    ),
    on_wire(
        "blank-lines-first",
        stream("\r\n" + GET),
        stream("\r\n\r\n" + GET),
        stream(GET + "\r\n" + GET, answers=["GET"] * 2),
        stream(message("POST", "/p", "a") + "\r\n" + GET, answers=["GET"] * 2),
    ),
    on_wire(
        "bare-line-feeds",
        stream(GET.replace("\r\n", "\n")),
        stream("GET /g HTTP/1.1\r\nHost: a\nX-A: 1\r\n\r\n"),
        stream("GET /g HTTP/1.1\nHost: a\r\n\r\n"),
    ),
    on_wire(
        "folded-header",
        stream(lines("GET /g HTTP/1.1", H, "X-A: 1", " 2"), answers=["GET"]),
        stream(lines("GET /g HTTP/1.1", " X-A: 1", H)),
    ),
    on_wire(
        "header-white-space",
        stream(lines("GET /g HTTP/1.1", H, "X-A : 1")),
        stream(lines("GET /g HTTP/1.1", H, "X-A:\t1\t")),
        stream(lines("GET /g HTTP/1.1", H, " X-A: 1")),
    ),
    on_wire(
        "header-characters",
        *(
            stream(lines("GET /g HTTP/1.1", H, each))
            for each in (
                "X-A: a\x00b",
                "X-A: a\x0bb",
                "X-A: a\x7fb",
                "X-A: \xff",
                "X-A: a\rb",
                "X(A): 1",
                "X-\xfc: 1",
                "X_A: 1",
                ": 1",
                "X-A",
                "X A: 1",
                "X\x00A: 1",
            )
        ),
    ),
    on_wire("many-headers", get("/g", *(f"X-{n}: {n}" for n in range(90)))),
    on_wire("too-many-headers", get("/g", *(f"X-{n}: {n}" for n in range(140))), get("/g")),
    on_wire(
        "long-header",
        get("/g", "X-A: " + "a" * 8000),
        get("/g", "X-A: " + "a" * 8186),
        get("/g", "X-A: " + "a" * 9000),
        get("/g"),
    ),
    on_wire("long-header-name", get("/g", "X" * 9000 + ": a"), get("/g")),
    on_wire("long-target", get("/g?" + "a" * 8000), get("/g?" + "a" * 9000), get("/g")),
    on_wire("header-total", get("/g", *(f"X-{n}: " + "a" * 4000 for n in range(20))), get("/g")),
    malformed(
        "line",
        "GET /g\r\n\r\n",
        "GET\r\n\r\n",
        "/g HTTP/1.1\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET  /g HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /g  HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /g HTTP/1.1 \r\nHost: a\r\n\r\n",
    ),
    malformed(
        "target",
        *(
            lines(f"GET {target} HTTP/1.1", H)
            for target in (
                "g",
                "/g h",
                "",
                "/g\x00",
                "/\x01",
                "?a",
                "//",
                "http:///g",
                "http://",
                "http://[/g",
                "mock.test:80",
                "/\xff",
                "/\xc3\xbc",
                "http://h:99999999/g",
                "*",
                "#",
                "/g\t",
            )
        ),
    ),
    malformed(
        "version",
        *(
            lines(f"GET /g {version}", H)
            for version in (
                "HTTP/1.2",
                "HTTP/2.0",
                "HTTP/0.9",
                "HTTP/1",
                "http/1.1",
                "HTTP/1.1.1",
                "HTTP/a.b",
                "HTTPS/1.1",
                "HTTP/11.1",
                "HTTP/1.10",
                "HTTP/3.0",
                "ICY/1.1",
                "HTTP/-1.1",
                "",
            )
        ),
    ),
    malformed(
        "method",
        *(
            lines(f"{method} /g HTTP/1.1", H)
            for method in ("G(T", "G T", "\x00", "GET\t", "G:T", "GÜT", "{}", "G" * 100, "@")
        ),
    ),
    malformed(
        "length",
        *(
            lines("POST /p HTTP/1.1", H, f"Content-Length: {length}", body="abc")
            for length in (
                "-1",
                "+3",
                "3a",
                "0x3",
                "3, 3",
                "3,4",
                "",
                "3.0",
                "1e1",
                " 3",
                "03",
                "\xb3",
                "99999999999999999999999",
                "3_0",
                "\x0b3",
            )
        ),
    ),
    malformed(
        "length-twice",
        lines("POST /p HTTP/1.1", H, "Content-Length: 3", "Content-Length: 3", body="abc"),
        lines("POST /p HTTP/1.1", H, "Content-Length: 3", "Content-Length: 4", body="abcd"),
        lines("POST /p HTTP/1.1", H, "content-length: 3", "Content-Length: 03", body="abc"),
    ),
    malformed(
        "length-and-chunked",
        lines(
            "POST /p HTTP/1.1",
            H,
            "Content-Length: 3",
            "Transfer-Encoding: chunked",
            body="1\r\na\r\n0\r\n\r\n",
        ),
        lines(
            "POST /p HTTP/1.1",
            H,
            "Transfer-Encoding: chunked",
            "Content-Length: 11",
            body="1\r\na\r\n0\r\n\r\n",
        ),
    ),
    malformed(
        "encoding",
        *(
            lines("POST /p HTTP/1.1", H, f"Transfer-Encoding: {coding}", body="1\r\na\r\n0\r\n\r\n")
            for coding in (
                "gzip",
                "identity",
                "chunked, gzip",
                "gzip, chunked",
                "chunked, chunked",
                "xchunked",
                "chunked;a",
                "",
                "\x0bchunked",
                "chunked, identity",
            )
        ),
    ),
    malformed(
        "encoding-twice",
        lines(
            "POST /p HTTP/1.1",
            H,
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: chunked",
            body="1\r\na\r\n0\r\n\r\n",
        ),
        lines(
            "POST /p HTTP/1.1",
            H,
            "Transfer-Encoding: identity",
            "Transfer-Encoding: chunked",
            body="1\r\na\r\n0\r\n\r\n",
        ),
    ),
    malformed(
        "chunk",
        *(
            lines("POST /p HTTP/1.1", H, "Transfer-Encoding: chunked", body=body)
            for body in (
                "x\r\nabc\r\n0\r\n\r\n",
                "-1\r\na\r\n0\r\n\r\n",
                "+1\r\na\r\n0\r\n\r\n",
                "0x1\r\na\r\n0\r\n\r\n",
                "1_0\r\na\r\n0\r\n\r\n",
                "3\r\nabcd\r\n0\r\n\r\n",
                "\r\nabc\r\n0\r\n\r\n",
                " 3\r\nabc\r\n0\r\n\r\n",
                "fffffffffffffffff\r\na\r\n0\r\n\r\n",
                "g\r\n\r\n",
                "3\nabc\n0\n\n",
                "3;\x00\r\nabc\r\n0\r\n\r\n",
                "3;\nx\r\nabc\r\n0\r\n\r\n",
            )
        ),
    ),
    malformed(
        "trailer",
        lines(
            "POST /p HTTP/1.1",
            H,
            "Transfer-Encoding: chunked",
            body="1\r\na\r\n0\r\nbad trailer\r\n\r\n",
        ),
        lines(
            "POST /p HTTP/1.1",
            H,
            "Transfer-Encoding: chunked",
            body="1\r\na\r\n0\r\nContent-Length: 5\r\n\r\n",
        ),
    ),
    malformed(
        "first-bytes",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x00\x00\x00\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "{}\r\n\r\n",
        "<xml/>\r\n\r\n",
    ),
    on_wire(
        "malformed-after-good",
        stream(GET, True, "nonsense\r\n\r\n", answers=["GET"] * 2),
        get("/g"),
    ),
    on_wire(
        "malformed-after-good-post",
        stream(
            message("POST", "/p", "abc"),
            True,
            "GET /g HTTP/1.1\r\nBad Header\r\n\r\n",
            answers=["GET"] * 2,
        ),
        get("/g"),
    ),
    on_wire(
        "upgrade-ignored",
        get(
            "/g",
            "Upgrade: h2c",
            "Connection: Upgrade, HTTP2-Settings",
            "HTTP2-Settings: AAMAAABkAAQAAP__",
        ),
        get("/g", "Upgrade: websocket", "Connection: Upgrade"),
        get("/e", "Upgrade: foo", "Connection: Upgrade"),
    ),
    on_wire(
        "upgrade-with-body",
        stream(message("POST", "/p", "abc", "Upgrade: foo", "Connection: upgrade")),
        stream(message("POST", "/p", "abc", "Upgrade: foo") + GET, answers=["GET"] * 2),
    ),
    on_wire(
        "connect",
        stream(lines("CONNECT mock.test:443 HTTP/1.1", H)),
        stream(lines("CONNECT /e HTTP/1.1", H)),
    ),
    on_wire("te-and-trailer", get("/g", "TE: trailers", "Connection: TE"), get("/g", "Trailer: X")),
    on_wire("accept-encoding-is-ignored", get("/g", "Accept-Encoding: gzip, deflate, br")),
    on_wire(
        "server-errors-close",
        register("e", user_response("broken")),
        stream(message("GET", "/e")),
        stream(message("GET", "/e", None, "Connection: close")),
        stream(message("GET", "/e", version="1.0")),
        stream(message("HEAD", "/e"), answers=["HEAD"]),
    ),
    on_wire(
        "no-response",
        stream(message("POST", "/p", "x")),
        {"do": "handlers", "name": "p", "response": None},
        stream(GET + message("POST", "/p", "y"), answers=["GET"] * 2),
        stream(message("HEAD", "/g"), answers=["HEAD"]),
    ),
]
