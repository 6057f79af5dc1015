"""What a failed assertion knows, and how a difference reads."""

import pickle

import pytest

from asyncly.srvmocker.diagnosis import Candidate, Diagnosis, Difference


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (Difference("different", "$.a", "1", "2"), "$.a: wanted 1, got 2"),
        (Difference("different", "$.a", "1", '"1"', "hm"), '$.a: wanted 1, got "1" (hm)'),
        (Difference("missing", "header X", '"1"'), 'header X: missing, wanted "1"'),
        (Difference("missing", "query x", "1", note="hm"), "query x: missing, wanted 1 (hm)"),
        (Difference("unexpected", "$.b", got="3"), "$.b: unexpected, got 3"),
        (Difference("invalid", "body", note="the body is empty"), "body: the body is empty"),
        (Difference("different", "path", note="another"), "path: another"),
    ],
)
def test_a_difference_is_one_line(difference: Difference, text: str) -> None:
    assert str(difference) == text


def test_it_is_plain_data() -> None:
    near = Candidate(2, "POST /", (Difference("missing", "$.a", "1"),), 1)
    diagnosis = Diagnosis(("json: 1",), (near,), (near,), calls=1000, first=20, last=480)
    assert pickle.loads(pickle.dumps(diagnosis)) == diagnosis
    assert diagnosis.looked_at == 500
    assert {diagnosis: "hashable"}
