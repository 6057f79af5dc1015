"""What clients put into cookies, texts and forms is read as they meant it, or told to be none."""

import subprocess
import sys
from http.cookies import SimpleCookie
from time import process_time

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from asyncly.srvmocker._core.content import (
    media_type,
    multipart_of,
    read_cookies,
    read_form,
    read_text,
)
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.exceptions import PayloadError
from tests.core.support import examples

FORM = media_type("application/x-www-form-urlencoded")
PARTS = media_type('multipart/form-data; boundary="b"')


def fields(*cookies: str) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict([("cookie", value) for value in cookies]))


@pytest.mark.parametrize(
    ("value", "name", "parameters"),
    [
        ("", "", {}),
        ("Text/Plain", "text/plain", {}),
        ("text/plain ; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (r'a/b; x="1;\"2"; y=3; x=4', "a/b", {"x": '1;"2', "y": "3"}),
    ],
)
def test_a_media_type_and_its_parameters(value: str, name: str, parameters: dict[str, str]) -> None:
    kind = media_type(value)
    assert (kind.name, kind.parameters) == (name, parameters)


def test_a_charset_is_utf8_where_none_is_named() -> None:
    assert media_type("text/plain").charset == "utf-8"
    assert media_type("text/plain; charset=latin-1").charset == "latin-1"


@pytest.mark.parametrize(
    "line",
    [
        'a="1;2" ; b=3',
        'a="1;2',
        'a="1"2;b=3',
        "a=1",
        "a=1; b=2",
        'a="1 2"; b',
        " a = 1 ;;b=x=y",
        r'a="\"\303\251"',
        r'a="\\\"\\"; b="\1\12\123\1234\400\9"',
        r'a="\"; b="\\',
        'a="',
        "=1; a=",
        "",
    ],
)
def test_cookies_are_those_that_aiohttp_reads(line: str) -> None:
    request = make_mocked_request("GET", "/", headers={"Cookie": line})
    assert dict(read_cookies(fields(line))) == dict(request.cookies)


@pytest.mark.parametrize("line", ["a{}b", "a=b{}c", "a{}=b", "a={}b", 'a="b"{}c', 'a="b{}'])
def test_a_cookie_with_a_long_run_of_spaces_is_read_in_no_time(line: str) -> None:
    spaces = " " * 30_000
    name, _, value = line.format(spaces).partition("=")
    began = process_time()
    assert dict(read_cookies(fields(line.format(spaces)))) == {name.strip(): value.strip()}
    assert process_time() - began < 2, "it was tried in all ways"


@pytest.mark.parametrize(
    ("escaped", "unescaped"),
    [(r"\\", "\\"), (r"\"", '"'), (r"\101", "A"), (r"\4", "4"), (r"\1014\a", "A4a")],
)
def test_a_cookie_with_many_backslashes_is_read_in_no_time(escaped: str, unescaped: str) -> None:
    quoted = f'"{escaped * (60_000 // len(escaped))}"'
    began = process_time()
    cookies = read_cookies(fields(f"a={quoted}; b=1"))
    assert process_time() - began < 2, "the rest was looked through for each of them"
    assert (cookies["a"], cookies["b"]) == (unescaped * (60_000 // len(escaped)), "1")


QUOTED = st.text(st.sampled_from('\\\\\\"01237489aZé ,'), max_size=12)


@given(QUOTED, st.sampled_from(['"{}"', "{}", '"{}', '{}"']))
@example("", '"{}')
@example("\\\n", '"{}"')
@examples(500)
def test_a_value_in_quotes_is_what_the_standard_library_makes_of_it(text: str, form: str) -> None:
    value = form.format(text).strip()
    assert read_cookies(fields(f"a={value}"))["a"] == SimpleCookie().value_decode(value)[0]


def test_cookies_of_one_name_stand_in_order() -> None:
    assert list(read_cookies(fields("a=1; b=2", "a=3")).items()) == [
        ("a", "1"),
        ("b", "2"),
        ("a", "3"),
    ]


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        (b"caf\xc3\xa9", "utf-8", "café"),
        (b"caf\xe9", "latin-1", "café"),
        (b"caf\xe9", "utf-8", None),
        (b"abc", "nonsense", None),
        (b"abc", "base64", None),
        (b"abc", "x\0y", None),
    ],
)
def test_a_text_is_read_or_is_none(body: bytes, charset: str, text: str | None) -> None:
    assert read_text(body, charset) == text


@pytest.mark.parametrize(
    ("body", "kind", "wanted"),
    [
        (b"a=1&b=&c&a=%C3%A9+x&%zz=%00\r\n", FORM, "a=1 b= c= a=é x %zz=\0"),
        (b"a=%E9&b=\xe9", media_type("application/x-www-form-urlencoded;charset=latin-1"),
         "a=é b=é"),
        (b"a=%C3%A9", media_type("application/x-www-form-urlencoded;charset=nonsense"), "a=é"),
        (b"a=1", media_type("text/plain"), ""),
        (b"", FORM, ""),
    ],
)  # fmt: skip
def test_an_urlencoded_form(body: bytes, kind: object, wanted: str) -> None:
    assert isinstance(kind, type(FORM))
    form = read_form(body, kind)
    assert " ".join(f"{name}={value}" for name, value in form.items()) == wanted


def parts(*each: bytes) -> bytes:
    return b"".join(b"--b\r\n%b\r\n" % part for part in each) + b"--b--\r\n"


def test_a_multipart_body() -> None:
    body = parts(
        b'Content-Disposition: form-data; name="a"\r\n\r\ncaf\xc3\xa9',
        b'Content-Disposition: form-data; name="f"; filename="x y.bin"\r\n'
        b"Content-Type: Application/X-Bin; v=1\r\nX-More: 1\r\n\r\n\x00\r\n--\xff",
        b'Content-Disposition: form-data; name="a"\r\n'
        b"Content-Type: text/plain; charset=latin-1\r\n\r\n\xe9",
        b"Content-Disposition: form-data\r\n\r\n",
    )
    found = multipart_of(body, PARTS)
    assert found.trouble == ""
    assert [
        (part.name, part.filename, part.content_type, part.content) for part in found.parts
    ] == [
        ("a", None, "text/plain", b"caf\xc3\xa9"),
        ("f", "x y.bin", "application/x-bin", b"\x00\r\n--\xff"),
        ("a", None, "text/plain", b"\xe9"),
        ("", None, "text/plain", b""),
    ]
    assert found.parts[1].headers["x-more"] == "1"
    assert [part.text for part in found.named("a")] == ["café", "é"]
    with pytest.raises(PayloadError) as caught:
        _ = found.parts[1].text
    assert str(caught.value) == "part 'f': the body does not fit str: it is no utf-8 text"


async def test_a_part_has_as_many_and_as_long_fields_as_the_client_likes() -> None:
    more = b"".join(b"X-%d: %b\r\n" % (number, b"v" * 5000) for number in range(20))
    body = parts(b'Content-Disposition: form-data; name="a"\r\n' + more + b"\r\n1")
    assert len(multipart_of(body, PARTS).parts[0].headers) == 21


@pytest.mark.parametrize(
    ("body", "kind", "trouble"),
    [
        (b"", "multipart/form-data", "its Content-Type names no boundary"),
        (b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
         "multipart/form-data; boundary=b", "it is no multipart body: "),
        (parts(b"X: 1\r\n\r\n1"), "multipart/form-data; boundary=b", "it is no multipart body: "),
    ],
)  # fmt: skip
def test_what_cannot_be_read_has_a_reason(body: bytes, kind: str, trouble: str) -> None:
    found = multipart_of(body, media_type(kind))
    assert found.parts == ()
    assert found.trouble.startswith(trouble)


def test_other_bodies_have_no_parts() -> None:
    found = multipart_of(b"--b--", media_type("multipart/mixed; boundary=b"))
    assert (found.parts, found.trouble) == ((), "")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "multipart", None)  # importing it is an ImportError
    with pytest.raises(ImportError) as caught:
        multipart_of(parts(), PARTS)
    assert str(caught.value) == "multipart is not installed: pip install 'asyncly[multipart]'"
    assert caught.value.name == "multipart"


def test_a_view_decodes_each_at_most_once() -> None:
    head = b"Content-Type: application/x-www-form-urlencoded\r\nCookie: a=1"
    view = RequestView(b"POST / HTTP/1.1", head, b"a=1")
    for name in ("cookies", "media_type", "text", "form", "multipart"):
        assert getattr(view, name) is getattr(view, name)
    undecodable = RequestView(b"POST / HTTP/1.1", b"", b"\xff")
    assert undecodable.text is None
    assert undecodable.text is None


def test_it_is_imported_when_it_is_needed() -> None:
    code = "import sys, asyncly.srvmocker; print('asyncly.srvmocker._core.content' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


async def test_aiohttp_reads_the_same_parts() -> None:
    body = parts(b'Content-Disposition: form-data; name="a"; filename="%22.txt"\r\n\r\n1')
    form = aiohttp.FormData()
    form.add_field("a", b"1", filename='".txt', content_type="text/plain")
    (part,) = multipart_of(body, PARTS).parts
    writer = form()
    assert isinstance(writer, aiohttp.MultipartWriter)
    (sent,) = multipart_of(await writer.as_bytes(), media_type(writer.content_type)).parts
    assert (part.filename, part.content) == (sent.filename, sent.content) == ('".txt', b"1")
