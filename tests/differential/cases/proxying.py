"""The forward proxy: what it relays, what it refuses, what it records."""

from tests.differential.script import (
    Scenario,
    Step,
    Wire,
    check,
    chunked,
    json_response,
    message,
    octets,
    raw_response,
    register,
    replies,
    route,
    stream,
    user_response,
)

BASIC = "Proxy-Authorization: Basic dXNlcjpwYXNz"  # user:pass
WRONG = "Proxy-Authorization: Basic dXNlcjpub3Bl"


def proxying(
    name: str, *steps: Step, upstream: list[str] | None = None, auth: list[Wire] | None = None
) -> Scenario:
    """A proxy, a service behind it, and a server of literal bytes."""
    answers: list[Wire] = list(upstream or [])
    return Scenario(
        f"proxying/{name}",
        [route("GET", "/x", "x"), route("POST", "/x", "p"), route("*", "/e/{tail:.*}", "e")],
        [*replies("x", "p"), register("e", user_response("echo")), *steps],
        kind="proxy",
        extra={"upstream": answers, "auth": auth},
    )


def through(
    method: str, path: str, body: str | None = None, *headers: str, to: str = "service"
) -> Step:
    """One request through the proxy."""
    host = f"@{to}@"
    return stream(
        message(method, f"http://{host}{path}", body, *headers, host=host), answers=[method]
    )


def answer(*headers: str, body: str = "", line: str = "200 OK", length: bool = True) -> str:
    """A literal answer of the target."""
    counted = (f"Content-Length: {len(body)}",) if length else ()
    return "\r\n".join([f"HTTP/1.1 {line}", *headers, *counted]) + "\r\n\r\n" + body


def relayed(name: str, *answers: str, method: str = "GET") -> Scenario:
    """What becomes of literal answers."""
    return proxying(
        f"answer-{name}",
        *(
            through(method, "/y", None, "User-Agent: t", "Accept: */*", to="upstream")
            for _ in answers
        ),
        upstream=list(answers),
    )


LOOK: Step = {"do": "upstream"}
CLIENT = ("User-Agent: t", "Accept: */*", "Accept-Encoding: gzip")

CASES = [
    proxying(
        "relay",
        through("GET", "/x?a=1", None, *CLIENT),
        through("POST", "/x", '{"a":1}', "Content-Type: application/json", *CLIENT),
        through("GET", "/nope", None, *CLIENT),
        check("assert_called", on="proxy", times=3),
        check("assert_called", on="proxy", target="http://@service@/x?a=1", method="GET"),
        check("assert_called", on="proxy", target="http://@service@/x"),
        check("assert_called", on="proxy", target="http://@service@/y"),
        check("assert_called", on="proxy", method="POST", json={"a": True}),
        check("assert_called", on="proxy", method="PUT"),
        check("assert_called", on="proxy", times=2),
        check("assert_called", on="proxy", body=octets('{"a":1}')),
        check("assert_called", on="proxy", headers={"user-agent": "t"}, query={"a": "1"}),
        check("assert_called", on="proxy", query={"a": "2"}),
        check("assert_called", on="proxy", times=3, json=1),
        check("assert_called", on="proxy"),
        check("assert_not_called", on="proxy"),
        check("last_call", on="proxy"),
        check("get_calls", on="proxy"),
        check("assert_called", "x", times=1),
        check("assert_called", "p", times=1, json={"a": 1}),
    ),
    proxying(
        "nothing-came",
        check("assert_called", on="proxy"),
        check("assert_called", on="proxy", times=0),
        check("assert_called", on="proxy", times=1),
        check("assert_called", on="proxy", times=0, method="GET"),
        check("assert_not_called", on="proxy"),
        check("last_call", on="proxy"),
        check("get_calls", on="proxy"),
    ),
    proxying(
        "auth",
        through("GET", "/x", None, *CLIENT),
        through("GET", "/x", None, WRONG, *CLIENT),
        through("GET", "/x", None, BASIC, *CLIENT),
        through("POST", "/x", "body", *CLIENT),
        check("assert_called", on="proxy", times=4),
        check("assert_called", "x", times=1),
        check("assert_not_called", "p"),
        auth=["user", "pass"],
    ),
    proxying("auth-not-wanted", through("GET", "/e/a", None, BASIC, *CLIENT)),
    proxying(
        "hop-by-hop",
        through(
            "GET",
            "/y",
            None,
            "Keep-Alive: 5",
            "Proxy-Connection: keep-alive",
            "TE: trailers",
            "Trailer: X",
            "X-Kept: 1",
            *CLIENT,
            to="upstream",
        ),
        LOOK,
        upstream=[
            answer(
                "Keep-Alive: 5",
                "Proxy-Authenticate: Basic",
                "Trailer: X",
                "Upgrade: h2c",
                "X-Kept: 1",
                body="ok",
            )
        ],
    ),
    proxying(
        "named-in-connection",
        through(
            "GET", "/y", None, "Connection: X-Hop", "X-Hop: 1", "X-Kept: 1", *CLIENT, to="upstream"
        ),
        LOOK,
        upstream=[answer("Connection: X-Hop", "X-Hop: 1", "X-Kept: 1", body="ok")],
    ),
    proxying(
        "nothing-invented",
        through("GET", "/y", to="upstream"),
        LOOK,
        upstream=[answer(body="ok")],
    ),
    proxying(
        "request-headers-kept",
        through(
            "GET",
            "/y",
            None,
            "X-Twice: 1",
            "X-Twice: 2",
            "x-lower: 1",
            "Cookie: a=b",
            "Authorization: Basic x",
            *CLIENT,
            to="upstream",
        ),
        LOOK,
        upstream=[answer(body="ok")],
    ),
    proxying(
        "request-body",
        through("POST", "/y", "abc", "Content-Type: text/plain", *CLIENT, to="upstream"),
        LOOK,
        upstream=[answer(body="ok")],
    ),
    proxying(
        "request-body-empty",
        through("POST", "/y", "", *CLIENT, to="upstream"),
        LOOK,
        upstream=[answer(body="ok")],
    ),
    proxying(
        "request-body-chunked",
        stream(chunked("POST", "http://@service@/e/x", "ab", "c", headers=CLIENT)),
    ),
    proxying(
        "target-encoded",
        through("GET", "/e/%41%2F%C3%BC?a=%41&b=c+d", None, *CLIENT),
        through("GET", "/e/ok?", None, *CLIENT),
        through("GET", "/e/a;b=c", None, *CLIENT),
    ),
    proxying(
        "target-verbatim",
        through("GET", "/%7Ea/%2e/b?x=%20&y", None, *CLIENT, to="upstream"),
        LOOK,
        upstream=[answer(body="ok")],
    ),
    relayed(
        "set-cookie",
        answer("Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Type: text/plain", body="ok"),
    ),
    relayed("no-content-type", answer(body="ok")),
    relayed(
        "gzip", answer("Content-Encoding: gzip", "Content-Type: text/plain", body="not really gzip")
    ),
    relayed(
        "redirect",
        answer("Location: /elsewhere", "Content-Type: text/plain", line="302 Found", body="go"),
    ),
    relayed(
        "reason",
        answer("Content-Type: text/plain", line="200 Quite Fine", body="ok"),
        answer("Content-Type: text/plain", line="299 Odd", body="ok"),
    ),
    relayed(
        "statuses",
        *(
            answer("Content-Type: text/plain", line=line, body="b")
            for line in ("201 Created", "404 Not Found", "500 Internal Server Error", "503 Busy")
        ),
    ),
    relayed(
        "no-content",
        answer(line="204 No Content", length=False),
        answer('ETag: "x"', line="304 Not Modified", length=False),
    ),
    relayed(
        "chunked",
        answer(
            "Transfer-Encoding: chunked",
            "Content-Type: text/plain",
            body="2\r\nok\r\n0\r\n\r\n",
            length=False,
        ),
    ),
    relayed(
        "until-close",
        answer("Connection: close", "Content-Type: text/plain", body="all of it", length=False),
    ),
    relayed(
        "server-and-date",
        answer(
            "Server: theirs",
            "Date: Wed, 21 Oct 2015 07:28:00 GMT",
            "Content-Type: text/plain",
            body="ok",
        ),
    ),
    relayed("empty", answer("Content-Type: text/plain"), answer()),
    relayed(
        "head",
        answer("Content-Type: text/plain", "Content-Length: 10", length=False),
        method="HEAD",
    ),
    proxying(
        "dead-target",
        through("GET", "/x", None, *CLIENT, to="dead"),
        check("assert_called", on="proxy", times=1),
    ),
    proxying(
        "broken-target",
        through("GET", "/y", None, *CLIENT, to="upstream"),
        check("assert_called", on="proxy", times=1),
        upstream=["nonsense\r\n\r\n"],
    ),
    proxying(
        "keep-alive",
        stream(
            message("GET", "http://@service@/x", None, *CLIENT, host="@service@") * 3,
            answers=["GET"] * 3,
        ),
    ),
    proxying("body-limit", through("POST", "/x", "x" * (1024**2 + 1), *CLIENT)),
    proxying(
        "straight-to-service",
        stream(message("GET", "/x", None, *CLIENT), to="service"),
        check("assert_not_called", on="proxy"),
        check("assert_called", "x", times=1),
    ),
    proxying(
        "empty-answer",
        register("x", raw_response("", status=404)),
        through("GET", "/x", None, *CLIENT),
        register("x", json_response(None)),
        through("GET", "/x", None, *CLIENT),
    ),
]
