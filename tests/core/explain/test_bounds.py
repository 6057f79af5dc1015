"""What may be said and looked at."""

from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, FULL, TERSE, Work


def test_a_text_is_a_few_kilobytes_and_a_longer_one_is_longer() -> None:
    assert TERSE.total <= 4096
    assert all(longer >= short for longer, short in zip(FULL, TERSE, strict=True))
    assert set(COUNT_ONLY) == {0}


def test_work_ends_with_either_of_its_parts() -> None:
    assert Work(1, 1).left
    assert not Work(0, 1).left
    assert not Work(1, -5).left
