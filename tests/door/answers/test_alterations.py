"""What faults make of the steps of an answer."""

import gzip
import zlib
from collections.abc import Iterator, Sequence

import pytest

from asyncly.srvmocker._door.answers import alterations, scripts
from asyncly.srvmocker._door.answers.ready import kind_of
from asyncly.srvmocker._door.answers.scripts import Ending, Step

GET = kind_of("GET", "1.1", keep_alive=True)
HEAD = kind_of("HEAD", "1.1", keep_alive=True)
CONNECT = kind_of("CONNECT", "1.1", keep_alive=True)
TOP = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nA: b\r\n\r\n"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWER = TOP + b"abcdef"
CUTS: dict[str, Sequence[Step]] = {
    "whole": [ANSWER],
    "head and body": [TOP, b"abcdef"],
    "in the empty line": [TOP[:-2], TOP[-2:] + b"abc", b"def"],
    "in its last break": [TOP[:-1], TOP[-1:], b"abcdef", Ending.KEEP],
    "by byte": [ANSWER[at : at + 1] for at in range(len(ANSWER))],
}
LASTING = [Ending.RESET, Ending.HANG]


def steps(*given: Step) -> Iterator[Step]:
    return iter(given)


def joined(made: Iterator[Step]) -> list[Step]:
    return [step for step in scripts.joined(made) if step != b""]


def test_what_is_written_at_once_is_one_write() -> None:
    made = scripts.joined(steps(b"a", b"b", 0.5, 0.0, b"c", Ending.CLOSE))
    assert list(made) == [b"ab", 0.5, 0.0, b"c", Ending.CLOSE]
    assert list(scripts.joined(steps(b"a", b"b"))) == [b"ab"]
    assert list(scripts.joined(steps())) == []
    half = bytes(1 << 15)
    assert [
        len(step) for step in scripts.joined(steps(*[half] * 5)) if isinstance(step, bytes)
    ] == [
        1 << 16,
        1 << 16,
        1 << 15,
    ]


@pytest.mark.parametrize("before", [[], [b"a", b"b"]])
def test_what_comes_before_an_exception_is_written(before: list[bytes]) -> None:
    def failing() -> Iterator[Step]:
        yield from before
        raise LookupError("no more")

    made = scripts.joined(failing())
    if before:
        assert next(made) == b"ab"
    with pytest.raises(LookupError):
        next(made)


@pytest.mark.parametrize("cuts", CUTS)
def test_head_and_body_are_told_apart_wherever_they_were_cut(cuts: str) -> None:
    found = list(alterations.pieces(iter(CUTS[cuts])))
    assert found.pop() is Ending.KEEP
    pieces = [piece for piece in found if isinstance(piece, alterations.Piece)]
    assert b"".join(piece.data for piece in pieces if not piece.body) == TOP
    assert b"".join(piece.data for piece in pieces if piece.body) == b"abcdef"
    assert [piece.last for piece in pieces if not piece.body][-1]
    assert sum(piece.last for piece in pieces) == 1


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize(
    ("after", "left"), [(None, b""), (0, TOP), (2, TOP + b"ab"), (6, ANSWER), (9, ANSWER)]
)
def test_an_answer_is_cut_at_a_byte(cuts: str, after: int | None, left: bytes) -> None:
    made = joined(alterations.cut(iter(CUTS[cuts]), after, Ending.RESET))
    assert made == [*([left] if left else []), Ending.RESET]


def test_what_is_behind_a_cut_is_not_asked_for() -> None:
    def forever() -> Iterator[Step]:
        yield TOP
        yield 0.5
        yield b"ab"
        raise AssertionError("not asked for")

    assert list(alterations.cut(forever(), 2, Ending.CLOSE)) == [TOP, 0.5, b"ab", Ending.CLOSE]
    assert list(alterations.cut(forever(), 0, Ending.CLOSE)) == [TOP, Ending.CLOSE]


@pytest.mark.parametrize("lasting", LASTING)
def test_what_hangs_or_is_reset_already_stays_so(lasting: Ending) -> None:
    early = (TOP[:9], lasting, b"more")
    kept: list[Step] = [TOP[:9], lasting]
    assert joined(alterations.cut(steps(*early), 3, Ending.CLOSE)) == kept
    assert joined(alterations.ended(steps(*early), Ending.CLOSE)) == kept
    assert joined(alterations.mismeasured(steps(*early), GET, 3, relative=True)) == kept
    assert joined(alterations.misframed(steps(*early), GET, b"x")) == kept
    assert joined(alterations.misframed(steps(TOP, b"a", lasting), GET, b"x"))[-1] is lasting
    assert joined(alterations.cut_gzip(steps(*early), GET, 1)) == kept
    assert joined(alterations.doubled(steps(*early), [b"x"])) == kept
    assert joined(alterations.slowed(steps(*early), None, None)) == kept


def test_another_ending() -> None:
    made = alterations.ended(steps(ANSWER, 0.5, Ending.KEEP), Ending.CLOSE)
    assert list(made) == [ANSWER, 0.5, Ending.CLOSE]
    assert list(alterations.ended(steps(ANSWER), Ending.RESET)) == [ANSWER, Ending.RESET]


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize(
    ("declared", "relative", "length"),
    [(9, False, b"9"), (3, True, b"9"), (-2, True, b"4"), (-60, True, b"0")],
)
def test_another_length(cuts: str, declared: int, relative: bool, length: bytes) -> None:
    made = joined(alterations.mismeasured(iter(CUTS[cuts]), GET, declared, relative=relative))
    assert made == [ANSWER.replace(b": 6", b": " + length), Ending.KEEP]


def test_a_length_is_added_where_there_is_none() -> None:
    made = joined(
        alterations.mismeasured(steps(b"HTTP/1.1 204 No\r\n\r\n", 0.5), GET, 7, relative=False)
    )
    assert made == [b"HTTP/1.1 204 No\r\nContent-Length: 7\r\n\r\n", 0.5, Ending.KEEP]


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP 200\r\n\r\n", CHUNKS])
def test_a_length_that_is_not_there_cannot_be_wrong(head: bytes) -> None:
    line = head.partition(b"\r\n")[0].decode()
    wanted = f"the answer '{line}' tells no Content-Length, which this fault needs"
    for made in (
        alterations.mismeasured(steps(head), GET, 3, relative=True),
        alterations.cut_gzip(steps(head), GET, 3),
    ):
        with pytest.raises(TypeError) as caught:
            list(made)
        assert str(caught.value) == wanted


def test_a_length_that_would_be_right_is_no_fault() -> None:
    empty = b"HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n"
    with pytest.raises(ValueError, match=r"^by=-3 leaves the Content-Length 0 as it is$"):
        list(alterations.mismeasured(steps(empty), GET, -3, relative=True))
    for nothing in (b"HTTP/1.1 204 No\r\n\r\n", b"HTTP/1.0 304 No\r\n\r\n"):
        with pytest.raises(ValueError, match=r"^by=-3 leaves the Content-Length 0 as it is$"):
            list(alterations.mismeasured(steps(nothing), GET, -3, relative=True))


HEADS_ALONE = [
    (b"HTTP/1.1 204 No\r\n\r\n", GET),
    (b"HTTP/1.1 304 No\r\n\r\n", GET),
    (b"HTTP/1.1 200 OK\r\n\r\n", HEAD),
    (b"HTTP/1.1 200 OK\r\n\r\n", CONNECT),
]


@pytest.mark.parametrize(("head", "kind"), HEADS_ALONE)
def test_a_head_alone_stays_one(head: bytes, kind: int) -> None:
    made = joined(alterations.mismeasured(steps(head), kind, 3, relative=True))
    assert made == [head[:-2] + b"Content-Length: 3\r\n\r\n", Ending.KEEP]
    made = joined(alterations.misframed(steps(head), kind, b"zz\r\n"))
    assert made == [head[:-2] + b"Transfer-Encoding: chunked\r\n\r\n", Ending.KEEP]
    assert joined(alterations.cut_gzip(steps(head), kind, 2)) == [head, Ending.KEEP]


@pytest.mark.parametrize("kind", [HEAD, CONNECT])
def test_a_head_that_promises_chunks_tells_no_length(kind: int) -> None:
    with pytest.raises(TypeError, match=r"tells no Content-Length, which this fault needs$"):
        list(alterations.mismeasured(steps(CHUNKS), kind, 3, relative=True))


@pytest.mark.parametrize("malformed", ["size", "ending", "missing"])
def test_a_body_becomes_chunks_of_which_one_is_malformed(malformed: str) -> None:
    wrong = alterations.MALFORMED[malformed]
    made = joined(alterations.misframed(steps(TOP, 0.5, b"abc", b"def"), GET, wrong))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n"
    assert made == [head, 0.5, b"3\r\nabc\r\n3\r\ndef\r\n" + wrong, Ending.CLOSE]


def test_chunks_begin_with_the_malformed_one() -> None:
    made = joined(alterations.misframed(steps(CHUNKS, b"1\r\na\r\n0\r\n\r\n"), GET, b"zz\r\n"))
    assert made == [CHUNKS + b"zz\r\n", Ending.CLOSE]


def test_an_answer_to_head_has_no_chunks() -> None:
    for head in (TOP, CHUNKS):
        made = joined(alterations.misframed(steps(head, Ending.KEEP), HEAD, b"zz\r\n"))
        assert made[-1] is Ending.KEEP
        assert made[:-1] == [
            CHUNKS.replace(b"\r\n\r\n", b"\r\nA: b\r\n\r\n") if head is TOP else head
        ]


def test_a_head_without_an_end_is_followed_by_nonsense_all_the_same() -> None:
    made = joined(alterations.misframed(steps(TOP[:9]), GET, b"zz\r\n"))
    assert made == [TOP[:9] + b"zz\r\n", Ending.CLOSE]


@pytest.mark.parametrize("cuts", CUTS)
def test_gzip_without_its_end(cuts: str) -> None:
    made = joined(alterations.cut_gzip(iter(CUTS[cuts]), GET, 8))
    assert made.pop() is Ending.KEEP
    [answer] = made
    assert isinstance(answer, bytes)
    head, _, packed = answer.partition(b"\r\n\r\n")
    assert head == (
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nA: b\r\nContent-Encoding: gzip" % len(packed)
    )
    assert zlib.decompressobj(wbits=31).decompress(packed) == b"abcdef"
    with pytest.raises(EOFError):
        gzip.decompress(packed)


def test_gzip_that_is_there_already_is_cut_as_it_is() -> None:
    top = TOP.replace(b"A: b", b"content-encoding: gzip")
    made = joined(alterations.cut_gzip(steps(top, 0.5, b"abcdef", Ending.CLOSE), GET, 2))
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nabcd"
    assert made == [0.5, cut, Ending.CLOSE]
    made = joined(alterations.cut_gzip(steps(top, b"abcdef"), GET, 7))
    assert made == [cut.replace(b": 4", b": 0")[:-4], Ending.KEEP]


def test_an_answer_to_head_has_no_gzip() -> None:
    assert joined(alterations.cut_gzip(steps(TOP), HEAD, 2)) == [TOP, Ending.KEEP]


def test_a_second_answer() -> None:
    made = alterations.doubled(steps(ANSWER, 0.5, Ending.CLOSE), [b"x", Ending.KEEP])
    assert list(made) == [ANSWER, 0.5, b"x", Ending.KEEP]
    assert list(alterations.doubled(steps(ANSWER), [b"x"])) == [ANSWER, b"x"]


@pytest.mark.parametrize(
    ("rate", "pieces"),
    [(0.5, [1] * 6), (10, [1] * 6), (199, [1] * 6), (200, [2] * 3), (450, [4, 2]), (1e6, [6])],
)
def test_each_byte_comes_when_it_is_due(rate: float, pieces: list[int]) -> None:
    made = list(alterations.paced(b"abcdef", rate))
    assert [len(step) for step in made if isinstance(step, bytes)] == pieces
    assert sum(step for step in made if isinstance(step, float)) == pytest.approx(6 / rate)
    assert isinstance(made[0], float), "the first one, too"
    assert list(alterations.paced(b"", rate)) == []


def test_head_and_body_have_their_own_pace() -> None:
    made = list(alterations.slowed(steps(TOP, 0.5, b"ab"), 10_000_000, 10))
    assert made == [len(TOP) / 10_000_000, TOP, 0.5, 0.1, b"a", 0.1, b"b", Ending.KEEP]
    assert joined(alterations.slowed(steps(ANSWER), None, 1e6)) == [
        TOP,
        6e-6,
        b"abcdef",
        Ending.KEEP,
    ]
