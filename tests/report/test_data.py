"""What a report is made of is checked when it is put together."""

from array import array
from dataclasses import FrozenInstanceError, replace
from typing import cast

import pytest

from asyncly.srvmocker._report.data import CallDetail, ReportData
from tests.report.samples import NAN, ordinary, report

INF = float("inf")
TWO = report([(0, "a", 200), (1, "a", 200)])


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"handler_of": array("I", [0])}, "handler_of has 1 entries, times has 2"),
        ({"statuses": array("I")}, "statuses has 0 entries, times has 2"),
        ({"durations": array("d", [1])}, "durations has 1 entries, times has 2"),
        ({"own_times": array("d", [1, 2, 3])}, "own_times has 3 entries, times has 2"),
        ({"times": array("d", [2, 1])}, "times are finite and never decrease"),
        ({"times": array("d", [NAN, 1])}, "times are finite and never decrease"),
        ({"times": array("d", [1, NAN])}, "times are finite and never decrease"),
        ({"times": array("d", [-INF, 1])}, "times are finite and never decrease"),
        ({"times": array("d", [1, INF])}, "times are finite and never decrease"),
        ({"handler_of": array("i", [0, -1])}, "handler_of names one of 1 handlers by its place"),
        ({"handler_of": array("I", [0, 1])}, "handler_of names one of 1 handlers by its place"),
        ({"statuses": array("i", [200, -1])}, "statuses are status codes, or 0"),
        ({"unmatched": ordinary().unmatched, "unmatched_total": 0}, "unmatched_total is 0, and 1"),
        ({"refused": ordinary().refused, "refused_total": 1}, "refused_total is 1, and 2"),
        ({"failures": ordinary().failures, "failures_total": 1}, "failures_total is 1, and 2"),
    ],
)
def test_what_does_not_fit_is_refused(changed: dict[str, object], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{error}"):
        replace(TWO, **cast("dict[str, int]", changed))  # type: ignore[arg-type]  # on purpose


def test_totals_are_what_is_listed_unless_told() -> None:
    data = ordinary()
    assert (data.all_unmatched, data.all_refused, data.all_failures) == (9, 2, 2)
    data = replace(data, unmatched_total=None, refused_total=5, failures_total=6)
    assert (data.all_unmatched, data.all_refused, data.all_failures) == (1, 5, 6)


@pytest.mark.parametrize(
    ("body", "told", "size"),
    [(None, None, None), (None, 5, 5), (b"abc", None, 3), (b"abc", 9, 9), (b"abc", 1, 3)],
)
def test_how_large_a_body_was(body: bytes | None, told: int | None, size: int | None) -> None:
    call = CallDetail(
        at=0, handler="a", method="GET", target="/", status=200, body=body, body_size=told
    )
    assert call.whole_size == size


def test_nothing_at_all_is_a_report_too() -> None:
    data = ReportData(service="", epoch=0, made=0)
    assert len(data.times) == len(data.handlers) == 0
    with pytest.raises(FrozenInstanceError):
        data.title = "other"  # type: ignore[misc]  # on purpose
