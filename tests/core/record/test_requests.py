"""The request table: three parts, each stored once while it keeps coming."""

from itertools import islice

import pytest

from asyncly.srvmocker._core.record import requests
from asyncly.srvmocker._core.record.requests import Requests


def sizes(table: Requests) -> list[int]:
    least, beyond = table.sizes()
    return [least + more for more in islice(beyond, len(table))]


def test_requests_whose_parts_all_came_before_share_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requests, "_KNOWN", 2)
    table = Requests()
    bodies = (b"1", b"2", b"3")
    first = [table.add(b"start", b"fields", body) for body in bodies]
    again = [table.add(b"start", b"fields", body) for body in bodies]
    once_more = [table.add(b"start", b"fields", body) for body in reversed(bodies)]
    assert first == [0, 1, 2]
    assert len(table) <= 9
    told = (*bodies, *bodies, *bodies[::-1])
    for number, body in zip(first + again + once_more, told, strict=True):
        view = table.view(number)
        assert (view.start, view.fields, view.body) == (b"start", b"fields", body)


@pytest.mark.parametrize(
    "parts",
    [
        [(b"s", b"f", b"b")],
        [(b"s", b"f", b"b"), (b"s", b"f", b"bb")],
        [(b"s", b"f", b"b"), (b"ss", b"fff", b"bb"), (b"s", b"fff", None), (b"s", b"f", b"bb")],
        [(b"s", b"f", None), (b"s", b"f", None)],
    ],
)
def test_sizes_are_those_of_the_bytes(parts: list[tuple[bytes, bytes, bytes | None]]) -> None:
    table = Requests()
    numbers = [table.add(*each) for each in parts]
    expected = [len(s) + len(f) + len(b or b"") + 6 for s, f, b in parts]
    assert [table.size(number) for number in numbers] == expected
    assert [sizes(table)[number] for number in numbers] == expected
