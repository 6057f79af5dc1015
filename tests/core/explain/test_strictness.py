"""The error of requests that no route answers."""

from asyncly.srvmocker._core.explain.strictness import unmatched_error


class Missed:
    def __init__(self, explanation: str) -> None:
        self.explanation = explanation


def test_the_last_few_are_told() -> None:
    error = unmatched_error(9, [Missed(f"reason {number}\n  more") for number in range(7)])
    told = "".join(f"\n  reason {number}\n    more" for number in range(2, 7))
    assert str(error) == f"expected no unmatched requests, got 9{told}"
    assert error.subject == "the service"


def test_the_text_is_bounded() -> None:
    error = unmatched_error(3, [Missed("line of a reason\n" * 1000)] * 3)
    assert len(str(error)) < 5000
