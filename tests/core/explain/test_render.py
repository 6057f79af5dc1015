"""A diagnosis as text: complete where it is short, and never too long."""

from asyncly.srvmocker._core.explain.bounds import TERSE
from asyncly.srvmocker._core.explain.render import bounded, count_of, differences, lines_of
from asyncly.srvmocker.diagnosis import Candidate, Diagnosis, Difference

ONE = Difference("different", "$.a", "1", "2")


def test_the_parts_stand_in_order() -> None:
    diagnosis = Diagnosis(
        wanted=tuple(f"line {number}" for number in range(10)),
        nearest=(
            Candidate(4, "POST /a", (ONE,), 1),
            Candidate(2, "POST /b", (ONE, ONE), 16, alike=3),
            Candidate(1, "POST /c", (ONE,), 7, complete=False),
        ),
        elsewhere=(
            Candidate(0, "POST /d", where="handler 'd'", alike=1),
            Candidate(0, "POST /e", (ONE,), 1, where="no route"),
        ),
        calls=1000,
        first=20,
        last=480,
    )
    assert (
        "\n".join(lines_of(diagnosis, TERSE))
        == """\
  wanted:
    line 0
    line 1
    line 2
    line 3
    line 4
    line 5
    line 6
    line 7
    … and 2 more
  call 5 of 1000, POST /a: 1 difference
    $.a: wanted 1, got 2
  call 3 of 1000, POST /b (and 3 more alike): 16 differences
    $.a: wanted 1, got 2
    $.a: wanted 1, got 2
    … and 14 more
  call 2 of 1000, POST /c: at least 7 differences
    $.a: wanted 1, got 2
    … and 6 more
    too large to be compared in full
  looked at 500 of 1000 calls: the first 20 and the last 480
  POST /d, which matches, went to handler 'd' (and 1 more alike)
  POST /e went to no route: 1 difference
    $.a: wanted 1, got 2"""
    )


def test_only_the_last_may_have_been_looked_at() -> None:
    assert list(lines_of(Diagnosis(calls=9, last=2), TERSE)) == [
        "  looked at 2 of 9 calls: the last 2"
    ]
    assert list(lines_of(Diagnosis(calls=9, last=9), TERSE)) == []
    assert list(lines_of(Diagnosis(calls=9), TERSE)) == []


def test_a_text_has_no_more_bytes_than_it_may() -> None:
    lines = ["é" * 20] * 10
    assert bounded(lines, 1000) == "\n".join(lines)
    cut = bounded(lines, 200)
    assert len(cut.encode()) <= 200
    assert cut.splitlines() == ["é" * 20] * 4 + ["  … the rest is left out"]
    assert bounded([], 100) == ""


def test_a_candidate_without_differences_has_none_to_tell() -> None:
    assert count_of(Candidate(0, "x")) == ""
    assert list(differences(Candidate(0, "x"))) == []
