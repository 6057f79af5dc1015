"""The plain rendering of the published package's semantics."""

from typing import cast

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from benchmarks.reference import Criteria, Recorder, Request, Route, dispatch

# Its headers and query are mappings in all but name to a type checker.
REQUEST = cast(
    "Request",
    make_mocked_request("POST", "/a?page=2", headers=CIMultiDict({"X-Kind": "book"})),
)


@pytest.mark.parametrize(
    ("criteria", "body", "outcome"),
    [
        (Criteria(), b"", True),
        (Criteria(json={"a": 1}), b'{"a": 1.0}', True),
        (Criteria(json={"a": 1}), b'{"a": 2}', False),
        (Criteria(json={"a": 1}), b"{", False),
        (Criteria(body=b"x"), b"x", True),
        (Criteria(body=b"x"), b"y", False),
        (Criteria(headers={"x-kind": "book"}), b"", True),
        (Criteria(headers={"x-kind": "film"}), b"", False),
        (Criteria(query={"page": "2"}), b"", True),
        (Criteria(query={"page": "3"}), b"", False),
        (Criteria(query={"size": "3"}), b"", False),
        (Criteria(json=1, query={"page": "2"}), b"1", True),
    ],
)
def test_criteria_hold_together(criteria: Criteria, body: bytes, outcome: bool) -> None:
    assert criteria.hold(REQUEST, body) is outcome


def test_the_first_route_that_holds_wins() -> None:
    routes = [Route("one", Criteria(json=1)), Route("rest"), Route("two", Criteria(json=2))]
    assert dispatch(routes, REQUEST, b"1") is routes[0]
    assert dispatch(routes, REQUEST, b"2") is routes[1]
    assert dispatch(routes[:1], REQUEST, b"2") is None


def test_assertions_over_recorded_calls() -> None:
    recorder = Recorder()
    for body in (b"1", b"2"):
        recorder.record("h", REQUEST, body)
    assert [call.body for call in recorder.history] == [b"1", b"2"]
    recorder.assert_called("h", times=2)
    recorder.assert_called("h", criteria=Criteria(json=2))
    with pytest.raises(AssertionError, match=r"^h: 2 calls instead of 3$"):
        recorder.assert_called("h", times=3)
    with pytest.raises(AssertionError, match=r"^h: none of 2 calls$"):
        recorder.assert_called("h", criteria=Criteria(json=3))
    with pytest.raises(AssertionError, match=r"^other: none of 0 calls$"):
        recorder.assert_called("other", criteria=Criteria())
