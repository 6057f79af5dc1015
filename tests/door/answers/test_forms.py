"""Filled forms: byte for byte what aiohttp sends, with a length, a Date and a body of their own."""

from itertools import product

import pytest
from aiohttp import web

from asyncly.srvmocker._door.answers import forms
from asyncly.srvmocker._door.answers import ready as answers
from asyncly.srvmocker._door.answers.forms import FilledForm
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, kind_of

FIRST = "Mon, 01 Jan 2024 00:00:00 GMT"
LATER = "Tue, 02 Jan 2024 23:59:59 GMT"
CONTENTS = (b"", b"a", b"x\r\n\r\n", b"Content-Length: 1\r\n", b"y" * 70_000)
KINDS = [
    kind_of(method, version, keep_alive)
    for method, version, keep_alive in product(
        ("GET", "HEAD", "CONNECT"), ("1.0", "1.1"), (True, False)
    )
]


def by_aiohttp(status: int, content_type: str | None, content: bytes) -> ReadyAnswer:
    headers = None if content_type is None else {"Content-Type": content_type}
    return ReadyAnswer(status, lambda: web.Response(body=content, status=status, headers=headers))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    dates = [FIRST]
    monkeypatch.setattr(forms, "_FORMS", {})
    monkeypatch.setattr(answers, "rfc822_formatted_time", lambda: dates[-1])
    monkeypatch.setattr("aiohttp.web_response.rfc822_formatted_time", lambda: dates[-1])
    return dates


@pytest.mark.parametrize("status", [200, 201, 204, 205, 304, 404, 500, 999])
@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain; charset=utf-8"])
def test_the_bytes_are_those_of_aiohttp(
    clock: list[str], status: int, content_type: str | None
) -> None:
    for kind, content in product(KINDS, CONTENTS):
        wanted = by_aiohttp(status, content_type, content).render(kind, 0.0)
        for _ in range(2):
            got = FilledForm(status, content_type, content).render(kind, 0.0)
            assert got.current == wanted.current
            assert (got.status, got.closes) == (status, wanted.closes)


def test_the_date_is_that_of_the_second(clock: list[str]) -> None:
    kind = kind_of("GET", "1.1", keep_alive=True)
    answer = FilledForm(211, None, b"abc")
    assert FIRST.encode() in answer.render(kind, 1000.2).current
    clock.append(LATER)
    assert FIRST.encode() in answer.render(kind, 1000.9).current
    later = answer.render(kind, 1001.0).current
    assert LATER.encode() in later
    assert later.endswith(b"\r\n\r\nabc")


def test_it_can_be_left_to_aiohttp() -> None:
    response = FilledForm(201, "text/x", b"abc").response()
    assert (response.status, response.body, response.content_type) == (201, b"abc", "text/x")


def test_not_all_forms_are_kept(clock: list[str]) -> None:
    kind = kind_of("GET", "1.1", keep_alive=True)
    for number in range(2 * forms._FORMS_KEPT):
        content_type = f"text/x-{number}"
        answer = FilledForm(200, content_type, b"a")
        assert f"Content-Type: {content_type}\r\n".encode() in answer.render(kind, 0.0).current
        assert len(forms._FORMS) <= forms._FORMS_KEPT
