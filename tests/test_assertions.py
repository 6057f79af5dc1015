"""The assertion helpers: their words, their arithmetic, and what they accept."""

import re

import pytest
from aiohttp.test_utils import make_mocked_request

from asyncly.srvmocker import RequestHistory
from asyncly.srvmocker._core.matching.criteria import opaque
from asyncly.srvmocker.assertions import call_matches, check_called, check_not_called


def call(body: bytes, target: str = "/", **headers: str) -> RequestHistory:
    return RequestHistory(make_mocked_request("POST", target, headers), body)


CALLS = [call(b"[1]", "/?q=1", A="1"), call(b"[2]", "/?q=2", A="2"), call(b"\xff")]


def test_call_matches_wants_all_that_is_given() -> None:
    one = CALLS[0]
    assert call_matches(one)
    assert call_matches(one, json=[1], body=b"[1]", headers={"a": "1"}, query={"q": "1"})
    assert not call_matches(one, json=[2])
    assert not call_matches(one, body=b"")
    assert not call_matches(one, headers={"a": "2"})
    assert not call_matches(one, query={"q": "2"})
    assert not call_matches(one, json=[1], query={"p": "1"})
    assert not call_matches(CALLS[2], json=[1])


def test_check_called_without_criteria_counts() -> None:
    check_called("it", CALLS)
    check_called("it", CALLS, times=3)
    check_called("it", [], times=0)
    with pytest.raises(AssertionError, match=r"^it: expected 1 call\(s\), got 3"):
        check_called("it", CALLS, times=1)
    with pytest.raises(AssertionError, match=r"^it: expected at least one call, got 0"):
        check_called("it", [])


def test_check_called_with_criteria_wants_one_that_satisfies_all() -> None:
    check_called("it", CALLS, json=[2], headers={"A": "2"})
    check_called("it", tuple(CALLS), times=3, body=b"\xff")
    none = r"^it: none of 3 call\(s\) matched the given criteria"
    with pytest.raises(AssertionError, match=none):
        check_called("it", CALLS, json=[2], headers={"A": "1"})
    with pytest.raises(AssertionError, match=none):
        check_called("it", CALLS, times=3, body=b"")
    with pytest.raises(AssertionError, match=r"^it: expected 2 call\(s\), got 3"):
        check_called("it", CALLS, times=2, body=b"\xff")
    with pytest.raises(AssertionError, match=r"^it: expected at least one call, got 0"):
        check_called("it", [], times=0, json=[1])


def test_check_called_takes_a_further_question() -> None:
    second = opaque(lambda view: view.target == "/?q=2")
    check_called("it", CALLS, also=second)
    check_called("it", CALLS, also=second, json=[2])
    with pytest.raises(AssertionError, match=r"^it: none of 3 call\(s\) matched"):
        check_called("it", CALLS, also=second, json=[1])
    with pytest.raises(AssertionError, match=r"^it: none of 1 call\(s\) matched"):
        check_called("it", CALLS[:1], times=1, also=second)


def test_check_not_called() -> None:
    check_not_called("it", [])
    with pytest.raises(AssertionError, match=r"^it: expected no calls, got 3"):
        check_not_called("it", CALLS)


def test_empty_criteria_are_given_all_the_same() -> None:
    """`{}` asks nothing, but it asks: there must be a call."""
    check_called("it", CALLS, headers={}, query={})
    with pytest.raises(AssertionError, match=r"^it: expected at least one call, got 0"):
        check_called("it", [], times=0, headers={})


@pytest.mark.parametrize("falsy", [0, False, "", [], {}])
def test_falsy_json_is_a_criterion(falsy: object) -> None:
    none = r"^it: none of 1 call\(s\) matched"
    with pytest.raises(AssertionError, match=none):
        check_called("it", [call(b"null")], times=1, json=falsy)


@pytest.mark.parametrize("times", ["1", [1], b"1"])
def test_times_that_no_count_equals_are_refused(times: object) -> None:
    with pytest.raises(TypeError, match=rf"^times={re.escape(repr(times))} is not a whole number$"):
        check_called("proxy", [], times=times)  # type: ignore[arg-type]  # that is the test
