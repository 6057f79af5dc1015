"""What RFC 9112 (and RFC 9110, on messages) asks of a server, as literal bytes.

Each stream is sent whole, in two at every place of interest, and byte by byte, and is answered by
a ready answer and by a user's own class: the answers, the records and what becomes of the
connection are always the same.
"""

import pytest

from tests.conformance.wire import (
    HOST,
    RESPONSES,
    Bodiless,
    Case,
    Verdict,
    chunked,
    cuts,
    post,
    refused,
    request,
    serving,
)

GET = request()
OK = (200,)
LIMITED = {"max_line_size": 40, "max_field_size": 30, "max_headers": 4, "client_max_size": 20}


def line(start: bytes) -> bytes:
    return start + b"\r\n" + HOST + b"\r\n"


REQUEST_LINES = {
    # RFC 9112 section 3
    "plain": Case(GET),
    "lower-case method": refused(line(b"get / HTTP/1.1"), 400),
    "unknown method": refused(line(b"BREW / HTTP/1.1"), 400),
    "no method": refused(line(b" / HTTP/1.1"), 400),
    "space in front": refused(line(b" GET / HTTP/1.1"), 400),
    "space behind": refused(line(b"GET / HTTP/1.1 "), 400),
    "no target": refused(line(b"GET HTTP/1.1"), 400),
    "space in the target": refused(line(b"GET /a b HTTP/1.1"), 400),
    "tab in the target": refused(line(b"GET /a\tb HTTP/1.1"), 400),
    "control in the target": refused(line(b"GET /a\x01b HTTP/1.1"), 400),
    "raw UTF-8 in the target": refused(line(b"GET /\xc3\xa9 HTTP/1.1"), 400),
    "not HTTP": refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 400),
    "a response": refused(b"HTTP/1.1 200 OK\r\n\r\n", 400),
    "leading empty lines": Case(b"\r\n\r\n\r\n" + GET),  # section 2.2: SHOULD ignore
    "empty lines between": Case(GET + b"\r\n\r\n" + GET, (200, 200), (b"", b"")),
    "empty lines only": Case(b"\r\n\r\n", (), ()),
    "nothing": Case(b"\r\n", (), ()),
    # the version, section 2.3 and RFC 9110 section 15.6.6
    "HTTP/0.9": refused(b"GET /\r\n\r\n", 505),
    "HTTP/0.9, said": refused(line(b"GET / HTTP/0.9"), 505),
    "HTTP/1.2": refused(line(b"GET / HTTP/1.2"), 505),
    "HTTP/2.0": refused(line(b"GET / HTTP/2.0"), 505),
    "HTTP/3.0": refused(line(b"GET / HTTP/3.0"), 505),
    "HTTP/1.10": refused(line(b"GET / HTTP/1.10"), 400),
    "HTTP/1": refused(line(b"GET / HTTP/1"), 400),
    "lower-case HTTP": refused(line(b"GET / http/1.1"), 400),
    "another protocol": refused(line(b"GET / HTCPCP/1.0"), 400),
    "HTTP/2 preface": refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
}

TARGETS = {
    # section 3.2
    "origin-form": Case(line(b"GET /a?b=c HTTP/1.1")),
    "absolute-form": Case(line(b"GET http://b/a?b=c HTTP/1.1")),  # MUST accept
    "absolute-form without a path": Case(line(b"GET http://b HTTP/1.1")),
    "absolute-form with a user": Case(line(b"GET http://u:p@b/ HTTP/1.1")),
    "absolute-form with a bad host": refused(line(b"GET http://[b/ HTTP/1.1"), 400),
    "absolute-form with a bad port": refused(line(b"GET http://b:99999/ HTTP/1.1"), 400),
    "asterisk-form": Case(line(b"OPTIONS * HTTP/1.1"), (404,), ()),
    "authority-form": Case(line(b"CONNECT b:80 HTTP/1.1")),
    "relative": refused(line(b"GET a HTTP/1.1"), 400),
    "authority-form for GET": refused(line(b"GET b:80 HTTP/1.1"), 400),
    "CONNECT twice": Case(2 * line(b"CONNECT b:80 HTTP/1.1"), (200, 200), (b"", b"")),
    "CONNECT with a body": refused(
        b"CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\nContent-Length: 3\r\n\r\nabc", 400
    ),
    "CONNECT with an empty body": Case(
        b"CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\nContent-Length: 0\r\n\r\n"
    ),
    "two slashes": Case(line(b"GET //a:b/c HTTP/1.1")),
    "two slashes and a port": Case(line(b"GET //a:99999/%20 HTTP/1.1")),
    "two slashes and a bracket": Case(line(b"GET //[a/%20 HTTP/1.1")),
    "bad escapes": Case(line(b"GET /%zz%f HTTP/1.1")),
    "escaped bytes that are no UTF-8": Case(line(b"GET /%ff%fe HTTP/1.1")),
    "every character": Case(line(b"GET /-._~!$&'()*+,;=:@%20?/?[]|^`{}<>\"\\ HTTP/1.1")),
    "fragment": Case(line(b"GET /a#b HTTP/1.1")),
}

FIELDS = {
    # section 5
    "empty value": Case(request(b"X:")),
    "optional white space": Case(request(b"X: \t  y \t ")),
    "bytes above ASCII": Case(request(b"X: \xff\xc3\xa9")),
    "many of one name": Case(request(b"X: 1", b"x: 2", b"X: 1")),
    "space before the colon": refused(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),  # MUST
    "tab before the colon": refused(request(b"X\t: y"), 400),
    "no colon": refused(request(b"X"), 400),
    "no name": refused(request(b": y"), 400),
    "space in the name": refused(request(b"X Y: z"), 400),
    "parenthesis in the name": refused(request(b"X(: z"), 400),
    "byte above ASCII in the name": refused(request(b"X\xe9: z"), 400),
    "space before the first field": refused(b"GET / HTTP/1.1\r\n X: y\r\n" + HOST + b"\r\n", 400),
    "folded": refused(request(b"X: a", b" b"), 400),  # section 5.2: MUST 400 or replace
    "folded with a tab": refused(request(b"X: a", b"\tb"), 400),
    "folded before its value": refused(request(b"X:", b" b"), 400),
    "NUL in a value": refused(request(b"X: a\0b"), 400),
    "control in a value": refused(request(b"X: a\x01b"), 400),
    "DEL in a value": refused(request(b"X: a\x7fb"), 400),
    # section 2.2: a bare CR MUST be refused or replaced; a bare LF may be refused
    "bare CR in a value": refused(request(b"X: a\rb"), 400),
    "bare CR behind the request line": refused(b"GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
    "bare CR at the end": refused(b"GET / HTTP/1.1\r\nHost: a\r\n\rGET", 400),
    "bare LF behind the request line": refused(b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    "bare LF behind a field": refused(b"GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
    "bare LF at the end": refused(b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    "bare LFs": refused(b"GET / HTTP/1.1\nHost: a\n\n", 400),
}


def with_host(value: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nHost:" + value + b"\r\n\r\n"


HOSTS = {
    # section 3.2: MUST 400 without one, with more than one, with an invalid one
    "no Host": refused(b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": refused(request(b"Host: b"), 400),
    "two equal Hosts": refused(request(b"Host: a"), 400),
    "two Hosts in HTTP/1.0": refused(b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "no Host, absolute-form": refused(b"GET http://a/ HTTP/1.1\r\n\r\n", 400),
    "Host in any case": Case(b"GET / HTTP/1.1\r\nhOsT: a\r\n\r\n"),
    "empty": Case(with_host(b"")),
    "name and port": Case(with_host(b" example.com:8080")),
    "empty port": Case(with_host(b" example.com:")),
    "white space around": Case(with_host(b"\t  a \t")),
    "IPv4": Case(with_host(b" 127.0.0.1:80")),
    "IPv6": Case(with_host(b" [::1]:80")),
    "escapes": Case(with_host(b" %41b")),
    "space inside": refused(with_host(b" a b"), 400),
    "comma": Case(with_host(b" a,b")),  # a sub-delim of a reg-name
    "slash": refused(with_host(b" a/b"), 400),
    "at": refused(with_host(b" u@a"), 400),
    "above ASCII": refused(with_host(b" \xc3\xa9"), 400),
    "two ports": refused(with_host(b" a:1:2"), 400),
    "port that is no number": refused(with_host(b" a:b"), 400),
    "half a bracket": refused(with_host(b" [::1"), 400),
    "bracket inside": refused(with_host(b" a[b]"), 400),
    "half an escape": refused(with_host(b" a%4"), 400),
}

LENGTHS = {
    # section 6
    "length": Case(post(b"Content-Length: 3", body=b"abc"), recorded=(b"abc",)),
    "length in any case": Case(post(b"content-LENGTH: 3", body=b"abc"), recorded=(b"abc",)),
    "white space around": Case(post(b"Content-Length: \t3 \t", body=b"abc"), recorded=(b"abc",)),
    "zeros in front": Case(post(b"Content-Length: 003", body=b"abc"), recorded=(b"abc",)),
    "zero": Case(post(b"Content-Length: 0")),
    "none": Case(post()),
    "a body with GET": Case(request(b"Content-Length: 3", body=b"abc"), recorded=(b"abc",)),
    "a body with HEAD": Case(
        request(b"Content-Length: 3", body=b"abc", method=b"HEAD"), (Bodiless(200),), (b"abc",)
    ),
    "a body that looks like a request": Case(
        post(b"Content-Length: %d" % len(GET), body=GET), recorded=(GET,)
    ),
    "not all there": Case(post(b"Content-Length: 4", body=b"abc"), (), (), "waiting"),
    "two": refused(post(b"Content-Length: 3", b"Content-Length: 4", body=b"abc"), 400),
    "two equal": refused(post(b"Content-Length: 3", b"Content-Length: 3", body=b"abc"), 400),
    "a list": refused(post(b"Content-Length: 3, 4", body=b"abc"), 400),
    "a list of equals": refused(post(b"Content-Length: 3, 3", body=b"abc"), 400),
    "plus": refused(post(b"Content-Length: +3", body=b"abc"), 400),
    "minus": refused(post(b"Content-Length: -3", body=b"abc"), 400),
    "hexadecimal": refused(post(b"Content-Length: 0x3", body=b"abc"), 400),
    "fraction": refused(post(b"Content-Length: 3.0", body=b"abc"), 400),
    "underscore": refused(post(b"Content-Length: 1_0", body=b"abc"), 400),
    "digits above ASCII": refused(post("Content-Length: ٣".encode(), body=b"abc"), 400),
    "space inside": refused(post(b"Content-Length: 3 4", body=b"abc"), 400),
    "empty": refused(post(b"Content-Length:", body=b"abc"), 400),
    "overflow": refused(post(b"Content-Length: 18446744073709551616", body=b"abc"), 400),
    "overflow by far": refused(post(b"Content-Length: " + b"9" * 100, body=b"abc"), 400),
    "HTTP/1.0": Case(
        b"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", recorded=(b"abc",), then="closed"
    ),
}

CODED = b"3\r\nabc\r\n0\r\n\r\n"
CODINGS = {
    # section 6.1
    "chunked": Case(chunked(CODED), recorded=(b"abc",)),
    "any case": Case(post(b"transfer-encoding: ChUnKeD", body=CODED), recorded=(b"abc",)),
    "white space around": Case(
        post(b"Transfer-Encoding: \t chunked ", body=CODED), recorded=(b"abc",)
    ),
    "unknown": refused(post(b"Transfer-Encoding: x", body=CODED), 501),
    "gzip alone": refused(post(b"Transfer-Encoding: gzip", body=CODED), 501),
    "identity": refused(post(b"Transfer-Encoding: identity", body=CODED), 501),
    "gzip, chunked": refused(post(b"Transfer-Encoding: gzip, chunked", body=CODED), 501),
    "almost chunked": refused(post(b"Transfer-Encoding: xchunked", body=CODED), 501),
    "chunked with a parameter": refused(post(b"Transfer-Encoding: chunked;a=b", body=CODED), 501),
    "chunked not last": refused(post(b"Transfer-Encoding: chunked, gzip", body=CODED), 400),
    "chunked twice": refused(post(b"Transfer-Encoding: chunked, chunked", body=CODED), 400),
    "two lines": refused(
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=CODED), 400
    ),
    "gzip in a line of its own": refused(
        post(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked", body=CODED), 400
    ),
    "empty": refused(post(b"Transfer-Encoding:", body=CODED), 400),
    "quoted": refused(post(b'Transfer-Encoding: "chunked"', body=CODED), 501),
    "vertical tab": refused(post(b"Transfer-Encoding: \x0bchunked", body=CODED), 400),
    "with a length": refused(
        post(b"Transfer-Encoding: chunked", b"Content-Length: 3", body=CODED), 400
    ),
    "behind a length": refused(
        post(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=CODED), 400
    ),
    "HTTP/1.0": refused(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + CODED, 400),
    "HTTP/1.0 that stays": refused(
        b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + CODED,
        400,
    ),
}

CHUNKS = {
    # section 7.1
    "none": Case(chunked(b"0\r\n\r\n")),
    "several": Case(chunked(b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), recorded=(b"abc",)),
    "hexadecimal": Case(
        chunked(b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), recorded=(b"0123456789" * 2,)
    ),
    "zeros in front": Case(chunked(b"0003\r\nabc\r\n000\r\n\r\n"), recorded=(b"abc",)),
    "data that looks like chunks": Case(
        chunked(b"b\r\n0\r\n\r\nGET / \r\n0\r\n\r\n"), recorded=(b"0\r\n\r\nGET / ",)
    ),
    # section 7.1.1: MUST ignore unrecognized extensions
    "extensions": Case(chunked(b'3;a;b=c;d="e"\r\nabc\r\n0;f=g\r\n\r\n'), recorded=(b"abc",)),
    # section 7.1.2: trailers
    "trailers": Case(chunked(b"3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n"), recorded=(b"abc",)),
    "Host in a trailer": Case(chunked(b"0\r\nHost: b\r\n\r\n")),
    "no colon in a trailer": refused(chunked(b"0\r\nX\r\n\r\n"), 400),
    "folded trailer": refused(chunked(b"0\r\nX: y\r\n z\r\n\r\n"), 400),
    "Content-Length in a trailer": refused(chunked(b"0\r\nContent-Length: 3\r\n\r\nabc"), 400),
    "Transfer-Encoding in a trailer": refused(
        chunked(b"0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400
    ),
    "not a number": refused(chunked(b"x\r\n"), 400),
    "no number": refused(chunked(b"\r\nabc\r\n0\r\n\r\n"), 400),
    "minus": refused(chunked(b"-3\r\nabc\r\n0\r\n\r\n"), 400),
    "plus": refused(chunked(b"+3\r\nabc\r\n0\r\n\r\n"), 400),
    "0x": refused(chunked(b"0x3\r\nabc\r\n0\r\n\r\n"), 400),
    "space in front": refused(chunked(b" 3\r\nabc\r\n0\r\n\r\n"), 400),
    "overflow": refused(chunked(b"1" + b"0" * 16 + b"\r\nabc\r\n0\r\n\r\n"), 400),
    "too long": refused(chunked(b"3\r\nabcd\r\n0\r\n\r\n"), 400),
    "too short": refused(chunked(b"4\r\nabc\r\n0\r\n\r\n"), 400),
    "no CRLF behind the data": refused(chunked(b"3\r\nabc0\r\n\r\n"), 400),
    "bare LF behind the size": refused(chunked(b"3\nabc\r\n0\r\n\r\n"), 400),
    "bare LF behind the data": refused(chunked(b"3\r\nabc\n0\r\n\r\n"), 400),
    "bare LF behind an extension": refused(chunked(b"3;a\nabc\r\n0\r\n\r\n"), 400),
    "bare CR behind the size": refused(chunked(b"3\rabc\r\n0\r\n\r\n"), 400),
    "bare LF at the end": refused(chunked(b"3\r\nabc\r\n0\r\n\n"), 400),
    "no end": Case(chunked(b"3\r\nabc\r\n"), (), (), "waiting"),
    "no end of the trailers": Case(chunked(b"3\r\nabc\r\n0\r\nX: y\r\n"), (), (), "waiting"),
    "bad in the second chunk": refused(chunked(b"3\r\nabc\r\nx\r\n"), 400),
}

EXPECTATIONS = {
    # RFC 9110 section 10.1.1
    "100-continue": Case(
        post(b"Expect: 100-continue", b"Content-Length: 3", body=b"abc"), recorded=(b"abc",)
    ),
    "any case": Case(
        post(b"expect: 100-CONTINUE", b"Content-Length: 3", body=b"abc"), recorded=(b"abc",)
    ),
    "white space around": Case(
        post(b"Expect: \t100-continue \t", b"Content-Length: 3", body=b"abc"), recorded=(b"abc",)
    ),
    "without a body": Case(post(b"Expect: 100-continue")),
    "with a body of nothing": Case(post(b"Expect: 100-continue", b"Content-Length: 0")),
    "chunked": Case(
        post(b"Expect: 100-continue", b"Transfer-Encoding: chunked", body=CODED),
        recorded=(b"abc",),
    ),
    "HTTP/1.0": Case(  # MUST ignore
        b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
        recorded=(b"abc",),
        then="closed",
    ),
    "unknown in HTTP/1.0": Case(
        b"POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 3\r\n\r\nabc",
        recorded=(b"abc",),
        then="closed",
    ),
    "unknown": refused(post(b"Expect: x", b"Content-Length: 3", body=b"abc"), 417),
    "empty": Case(post(b"Expect:", b"Content-Length: 3", body=b"abc"), recorded=(b"abc",)),
}

CONNECTIONS = {
    # RFC 9112 section 9
    "pipelined": Case(
        GET + post(b"Content-Length: 1", body=b"2") + chunked(b"1\r\n3\r\n0\r\n\r\n") + GET,
        (200, 200, 200, 200),
        (b"", b"2", b"3", b""),
    ),
    "three alike": Case(3 * GET, (200, 200, 200), (b"", b"", b"")),
    "close": Case(request(b"Connection: close"), then="closed"),
    "close in any case": Case(request(b"connection: CLOSE"), then="closed"),
    "close in a list": Case(request(b"Connection: x, close, y"), then="closed"),
    "close in a line of its own": Case(
        request(b"Connection: x", b"Connection: close"), then="closed"
    ),
    "close wins over keep-alive": Case(request(b"Connection: keep-alive, close"), then="closed"),
    "almost close": Case(request(b"Connection: closed")),
    "part of a name is close": Case(request(b"Connection: x-close")),
    "keep-alive": Case(request(b"Connection: keep-alive")),
    # section 9.6: MUST NOT process any further requests
    "nothing behind close": Case(request(b"Connection: close") + GET, then="closed"),
    "garbage behind close": Case(request(b"Connection: close") + b"\0\0\0", then="closed"),
    "a body with close": Case(
        post(b"Connection: close", b"Content-Length: 3", body=b"abc") + GET,
        recorded=(b"abc",),
        then="closed",
    ),
    "chunks with close": Case(
        post(b"Connection: close", b"Transfer-Encoding: chunked", body=CODED) + GET,
        recorded=(b"abc",),
        then="closed",
    ),
    "HTTP/1.0": Case(b"GET / HTTP/1.0\r\n\r\n", then="closed"),
    "HTTP/1.0 with fields": Case(b"GET / HTTP/1.0\r\nX: y\r\n\r\n", then="closed"),
    "nothing behind HTTP/1.0": Case(b"GET / HTTP/1.0\r\n\r\n" + GET, then="closed"),
    "HTTP/1.0 that stays": Case(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    "both versions": Case(
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + GET, (200, 200), (b"", b"")
    ),
    "a response of its own in front": Case(line(b"OPTIONS * HTTP/1.1") + GET, (404, 200), (b"",)),
    "HEAD": Case(request(method=b"HEAD"), (Bodiless(200),)),
    "HEAD, then GET": Case(request(method=b"HEAD") + GET, (Bodiless(200), 200), (b"", b"")),
    "HEAD that is refused": Case(b"HEAD / HTTP/1.1\r\n\r\n", (Bodiless(400),), (), "closed"),
    "HEAD with a bad chunk": Case(
        request(b"Transfer-Encoding: chunked", method=b"HEAD", body=b"x\r\n"),
        (Bodiless(400),),
        (),
        "closed",
    ),
    # a valid request in front of garbage is answered and recorded
    "garbage behind": Case(GET + b"\0\0\0", (200, 400), (b"",), "closed"),
    "no Host behind": Case(GET + b"GET / HTTP/1.1\r\n\r\n", (200, 400), (b"",), "closed"),
    "a bad chunk behind": Case(GET + chunked(b"x\r\n"), (200, 400), (b"",), "closed"),
    "garbage behind HEAD": Case(
        request(method=b"HEAD") + b"\0\0", (Bodiless(200), 400), (b"",), "closed"
    ),
    "half a request behind": Case(GET + GET[:20], (200,), (b"",), "waiting"),
}

UPGRADES = {
    # RFC 9110 section 7.8: a server MAY ignore the wish
    "h2c": Case(request(b"Connection: upgrade", b"Upgrade: h2c")),
    "h2c, as curl asks": Case(
        request(
            b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"
        )
    ),
    "h2c, then more": Case(
        request(b"Connection: upgrade", b"Upgrade: h2c") + GET, (200, 200), (b"", b"")
    ),
    "h2c with a body": Case(
        post(b"Connection: upgrade", b"Upgrade: h2c", b"Content-Length: 3", body=b"abc"),
        recorded=(b"abc",),
    ),
    "h2c with chunks": Case(
        post(b"Connection: upgrade", b"Upgrade: h2c", b"Transfer-Encoding: chunked", body=CODED)
        + GET,
        (200, 200),
        (b"abc", b""),
    ),
    "h2c with a bad chunk": refused(
        post(b"Connection: upgrade", b"Upgrade: h2c", b"Transfer-Encoding: chunked", body=b"x\r\n"),
        400,
    ),
    "h2c and close": Case(
        request(b"Connection: upgrade, close", b"Upgrade: h2c") + GET, then="closed"
    ),
    "h2c, a body and close": Case(
        post(b"Connection: upgrade, close", b"Upgrade: h2c", b"Content-Length: 3", body=b"abc"),
        recorded=(b"abc",),
        then="closed",
    ),
    "no Connection": Case(request(b"Upgrade: h2c") + GET, (200, 200), (b"", b"")),
    "no Host": refused(b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", 400),
    "no Host and a body": refused(
        b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\na", 400
    ),
    "HTTP/2.0 and a body": refused(
        post(b"Connection: upgrade", b"Upgrade: h2c", b"Content-Length: 3", body=b"abc").replace(
            b"HTTP/1.1", b"HTTP/2.0"
        ),
        505,
    ),
    # MUST ignore an Upgrade in HTTP/1.0
    "HTTP/1.0": Case(
        b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", then="closed"
    ),
    "HTTP/1.0 with a body": Case(
        b"POST / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        recorded=(b"abc",),
        then="closed",
    ),
    "WebSocket declined": Case(request(b"Connection: upgrade", b"Upgrade: websocket")),
    "WebSocket declined, then more": Case(
        request(b"Connection: upgrade", b"Upgrade: websocket") + GET, (200, 200), (b"", b"")
    ),
    "WebSockets declined": Case(
        3 * request(b"Connection: upgrade", b"Upgrade: websocket") + GET,
        (200, 200, 200, 200),
        (b"",) * 4,
    ),
    "WebSocket declined behind another request": Case(
        GET + request(b"Connection: upgrade", b"Upgrade: websocket") + GET,
        (200, 200, 200),
        (b"",) * 3,
    ),
    "WebSocket declined in front of garbage": Case(
        request(b"Connection: upgrade", b"Upgrade: websocket") + b"\0\0",
        (200, 400),
        (b"",),
        "closed",
    ),
    "WebSocket with a body": Case(
        post(b"Connection: upgrade", b"Upgrade: websocket", b"Content-Length: 3", body=b"abc")
        + GET,
        (200, 200),
        (b"abc", b""),
    ),
    "WebSocket and close": Case(
        request(b"Connection: upgrade, close", b"Upgrade: websocket") + GET, then="closed"
    ),
}

LONG = b"x" * 21
SIZES = {
    # RFC 9112 section 3 and 5.4, RFC 9110 sections 15.5.14, 15.5.15; RFC 6585 section 5
    "target at the limit": Case(request(target=b"/" + b"a" * 39), limits=LIMITED),
    "target over the limit": refused(request(target=b"/" + b"a" * 40), 414, **LIMITED),
    "target without an end": refused(b"GET /" + b"a" * 40, 414, **LIMITED),
    "field at the limit": Case(request(b"X" * 10 + b": " + b"y" * 20), limits=LIMITED),
    "field over the limit": refused(request(b"X" * 10 + b": " + b"y" * 21), 431, **LIMITED),
    "fields at the limit": Case(request(b"A: 1", b"B: 2", b"C: 3"), limits=LIMITED),
    "fields at every limit": Case(
        request(*(b"X" * 10 + b": " + b"y" * 20,) * 3, target=b"/" + b"a" * 39), limits=LIMITED
    ),
    "fields over the limit": refused(request(b"A: 1", b"B: 2", b"C: 3", b"D: 4"), 431, **LIMITED),
    "trailers over the limit": refused(
        chunked(b"0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"), 431, **LIMITED
    ),
    "half a head behind a body": Case(
        2 * post(b"Content-Length: 20", body=b"y" * 20) + GET[:20],
        (200, 200),
        (b"y" * 20,) * 2,
        "waiting",
        {"max_line_size": 10, "max_field_size": 20, "max_headers": 2, "client_max_size": 20},
    ),
    "white space up to there": Case(request(b"X:" + b" " * 900 + b"y"), limits=LIMITED),
    "body at the limit": Case(
        post(b"Content-Length: 20", body=b"y" * 20), recorded=(b"y" * 20,), limits=LIMITED
    ),
    "body over the limit": Case(
        post(b"Content-Length: 21", body=LONG) + GET, (413, 200), (b"",), limits=LIMITED
    ),
    "chunks over the limit": Case(
        chunked(b"15\r\n" + LONG + b"\r\n0\r\n\r\n") + GET, (413, 200), (b"",), limits=LIMITED
    ),
    "chunks over the limit, then a bad one": Case(
        chunked(b"15\r\n" + LONG + b"\r\nx\r\n"), (413, 400), (), "closed", limits=LIMITED
    ),
    "a request in front of too much": Case(
        GET + post(b"Content-Length: 21", body=LONG) + GET,
        (200, 413, 200),
        (b"", b""),
        limits=LIMITED,
    ),
    "over the limit and close": Case(
        post(b"Connection: close", b"Content-Length: 21", body=LONG),
        (413,),
        (),
        "closed",
        limits=LIMITED,
    ),
    "over the limit, and expected": Case(
        post(b"Expect: 100-continue", b"Content-Length: 21") + GET,
        (413,),
        (),
        "closed",
        limits=LIMITED,
    ),
    "over the limit, expected and sent": Case(
        post(b"Expect: 100-continue", b"Content-Length: 21", body=LONG) + GET,
        (413,),
        (),
        "closed",
        limits=LIMITED,
    ),
    "over the limit with a bad target": refused(
        post(b"Content-Length: 21", body=LONG).replace(b" / ", b" http://[b/ "), 400, **LIMITED
    ),
    "HEAD over the limit": Case(
        request(b"Content-Length: 21", method=b"HEAD", body=LONG),
        (Bodiless(413),),
        (),
        limits=LIMITED,
    ),
    "over the limit, nobody's path": Case(
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\n" + LONG,
        (404,),
        (),
        limits=LIMITED,
    ),
    "upgrade over the limit": Case(
        post(b"Connection: upgrade", b"Upgrade: h2c", b"Content-Length: 21", body=LONG) + GET,
        (413, 200),
        (b"",),
        limits=LIMITED,
    ),
    "no limits": Case(
        post(*(b"A: 1",) * 200, b"B: " + b"y" * 9000, b"Content-Length: 9000", body=b"z" * 9000),
        recorded=(b"z" * 9000,),
        limits=dict.fromkeys(LIMITED, 0),
    ),
}

TABLES = {
    "request line": REQUEST_LINES,
    "target": TARGETS,
    "field": FIELDS,
    "host": HOSTS,
    "length": LENGTHS,
    "coding": CODINGS,
    "chunk": CHUNKS,
    "expectation": EXPECTATIONS,
    "connection": CONNECTIONS,
    "upgrade": UPGRADES,
    "size": SIZES,
}
CASES = {
    f"{group}: {name}": case for group, table in TABLES.items() for name, case in table.items()
}


@pytest.mark.parametrize("response", RESPONSES)
@pytest.mark.parametrize("name", CASES)
async def test_verdict(name: str, response: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    expected = Verdict(list(case.answers), list(case.recorded), case.then)
    async with serving(RESPONSES[response], monkeypatch, **case.limits) as wire:
        for segments in cuts(case.data):
            assert (await wire.verdict(segments, case), segments) == (expected, segments)
