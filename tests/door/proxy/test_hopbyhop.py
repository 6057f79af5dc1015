"""What of a head goes on to the next hop."""

from asyncly.srvmocker._door.proxy.hopbyhop import end_to_end, request_head, response_head


def test_hop_by_hop_fields_are_dropped() -> None:
    kept = [(b"X-A", b"1"), (b"Set-Cookie", b"a=b"), (b"set-cookie", b"c=d"), (b"x-a", b"2")]
    dropped = [
        (b"Connection", b"close"),
        (b"KEEP-ALIVE", b"timeout=5"),
        (b"Proxy-Authenticate", b"Basic"),
        (b"Proxy-Authorization", b"Basic eA=="),
        (b"Proxy-Connection", b"keep-alive"),
        (b"TE", b"trailers"),
        (b"Trailer", b"X-T"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Upgrade", b"h2c"),
    ]
    assert end_to_end([*kept[:2], *dropped, *kept[2:]]) == kept


def test_fields_that_connection_names_are_dropped() -> None:
    fields = [
        (b"Connection", b"X-One ,\tx-two"),
        (b"X-One", b"1"),
        (b"X-TWO", b"2"),
        (b"X-Three", b"3"),
        (b"connection", b"x-three,, close"),
        (b"X-Four", b"4"),
    ]
    assert end_to_end(fields) == [(b"X-Four", b"4")]


def test_host_and_length_are_no_options_of_a_connection() -> None:
    fields = [(b"Host", b"h"), (b"Connection", b"host, content-length"), (b"Content-Length", b"3")]
    assert end_to_end(fields) == [fields[0], fields[2]]


def test_request_head_keeps_names_order_and_values() -> None:
    fields = [
        (b"x-B", b"caf\xe9"),
        (b"HOST", b"old"),
        (b"X-a", b" \t"),
        (b"Content-Length", b"03 "),
    ]
    assert request_head("PUT", b"/a?", b"h:1", fields, 3) == (
        b"PUT /a? HTTP/1.1\r\nx-B: caf\xe9\r\nHOST: h:1\r\nX-a: \r\nContent-Length: 03\r\n\r\n"
    )


def test_a_missing_host_is_put_first_and_a_second_one_is_dropped() -> None:
    assert request_head("GET", b"/", b"h", [(b"A", b"1")], 0) == (
        b"GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n\r\n"
    )
    assert request_head("GET", b"/", b"h", [(b"host", b"1"), (b"Host", b"2")], 0) == (
        b"GET / HTTP/1.1\r\nhost: h\r\n\r\n"
    )


def test_a_chunked_body_goes_on_with_its_length() -> None:
    fields = [(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"9"), (b"A", b"1")]
    assert request_head("POST", b"/", b"h", fields, 5) == (
        b"POST / HTTP/1.1\r\nHost: h\r\nA: 1\r\nContent-Length: 5\r\n\r\n"
    )


def test_response_head() -> None:
    assert response_head(b"1.1", 200, b"", [(b"a", b"b")]) == b"HTTP/1.1 200 \r\na: b\r\n\r\n"
    assert response_head(b"1.0", 999, b"Na\xefve", []) == b"HTTP/1.0 999 Na\xefve\r\n\r\n"
