"""Targets: what is cut out of them, and which are refused."""

import pytest

from asyncly.srvmocker._door.proxy.target import RefusalError, Target, parse_target


@pytest.mark.parametrize(
    ("raw", "host", "port", "authority", "origin_form"),
    [
        (b"http://h/a", "h", 80, b"h", b"/a"),
        (b"HTTP://h/a", "h", 80, b"h", b"/a"),
        (b"http://h:8080/a?b=c&d", "h", 8080, b"h:8080", b"/a?b=c&d"),
        (b"http://h", "h", 80, b"h", b"/"),
        (b"http://h?", "h", 80, b"h", b"/?"),
        (b"http://h?a=b", "h", 80, b"h", b"/?a=b"),
        (b"http://h/a?", "h", 80, b"h", b"/a?"),
        (b"http://h:/a", "h", 80, b"h:", b"/a"),
        (b"http://h/%2f%2F%zz//../.?%41", "h", 80, b"h", b"/%2f%2F%zz//../.?%41"),
        ("http://h/é?ü".encode(), "h", 80, b"h", "/é?ü".encode()),
        (b"http://h/\xff", "h", 80, b"h", b"/\xff"),
        (b"http://u:p@h:1/a", "h", 1, b"h:1", b"/a"),
        (b"http://u@v@h/a@b", "h", 80, b"h", b"/a@b"),
        (b"http://[::1]:81/a", "::1", 81, b"[::1]:81", b"/a"),
        (b"http://[fe80::1%25lo]/", "fe80::1%lo", 80, b"[fe80::1%25lo]", b"/"),
        (b"http://%6cocalhost/", "localhost", 80, b"%6cocalhost", b"/"),
        ("http://bücher.example/".encode(), "bücher.example", 80, "bücher.example".encode(), b"/"),
        (b"http://h/http://other/", "h", 80, b"h", b"/http://other/"),
    ],
)
def test_absolute_form(
    raw: bytes, host: str, port: int, authority: bytes, origin_form: bytes
) -> None:
    assert parse_target("GET", raw) == Target(host, port, authority, origin_form)


@pytest.mark.parametrize(
    ("method", "raw", "status", "words"),
    [
        ("CONNECT", b"h:443", 501, "CONNECT is not implemented"),
        ("GET", b"/a", 400, "not an absolute URL"),
        ("OPTIONS", b"*", 400, "not an absolute URL"),
        ("GET", b"h:80", 400, "not an absolute URL"),
        ("GET", b"https://h/", 501, "scheme 'https' is not implemented"),
        ("GET", b"ftp://h/", 501, "scheme 'ftp' is not implemented"),
        ("GET", b"http:///a", 400, "names no host and port to connect to: ''"),
        ("GET", b"http://:80/a", 400, "names no host and port to connect to: ':80'"),
        ("GET", b"http://h:99999/", 400, "'h:99999'"),
        ("GET", b"http://h:8o/", 400, "'h:8o'"),
        ("GET", b"http://h:1234567890/", 400, "'h:1234567890'"),
        ("GET", b"http://%ff/", 400, "'%ff'"),
        ("GET", b"http://\xff/", 400, r"'\\xff'"),
        ("GET", b"http://[::1/", 400, "'[::1'"),
    ],
)
def test_refused(method: str, raw: bytes, status: int, words: str) -> None:
    with pytest.raises(RefusalError) as caught:
        parse_target(method, raw)
    assert caught.value.status == status
    assert words in caught.value.reason


def test_shown_as_a_person_writes_it() -> None:
    assert str(parse_target("GET", b"http://[::1]:81/a")) == "[::1]:81"
    assert str(parse_target("GET", b"http://h/a")) == "h:80"
