"""What is learned of a segment: the decision that it was, if it was that and nothing else."""

from asyncly.srvmocker._door.aio.calls import LiveView
from asyncly.srvmocker._door.decisions import Decision
from asyncly.srvmocker._door.learning import Learning
from tests.streams.played import Stage, stage

SEGMENT = b"GET /any/1 HTTP/1.1\r\nHost: a\r\n\r\n"


def decision(on_stage: Stage, *, pure: bool = True) -> Decision:
    view = LiveView(b"GET /any/1 HTTP/1.1", b"Host: a", b"")
    return Decision(view, 0, route=on_stage.site.dispatcher.routes[0], pure=pure)


async def test_a_decision_that_was_all_of_a_segment_is_remembered() -> None:
    async with stage() as on_stage:
        site, learning, made = on_stage.site, Learning(), decision(on_stage)
        learning.begin(SEGMENT)
        assert learning.segment == SEGMENT
        learning.decided(made, site)
        learning.end(site, whole=True, goes_on=False)
        assert site.memo.get(SEGMENT) is made
        assert learning.segment == b""


async def test_what_was_more_or_less_is_not_remembered() -> None:
    async with stage() as on_stage:
        site, learning = on_stage.site, Learning()

        def nothing() -> None: ...

        def two() -> None:
            learning.decided(decision(on_stage), site)
            learning.decided(decision(on_stage), site)

        def with_more() -> None:
            learning.more()
            learning.decided(decision(on_stage), site)

        def impure() -> None:
            learning.decided(decision(on_stage, pure=False), site)

        def part() -> None:
            learning.decided(decision(on_stage), site)

        for number, happens in enumerate((nothing, two, with_more, impure, part)):
            learning.begin(SEGMENT + b"%d" % number)
            happens()
            learning.end(site, whole=happens is not part, goes_on=False)
        assert not len(site.memo)
        learning.begin(SEGMENT)
        part()
        learning.end(site, whole=True, goes_on=False)
        assert len(site.memo) == 1, "nothing is left over for the next one"


async def test_what_another_site_has_decided_is_not_remembered_under_bytes_that_are_not_its() -> (
    None
):
    async with stage() as on_stage, stage() as other:
        learning = Learning()
        learning.begin(SEGMENT)
        learning.decided(decision(other), other.site)
        learning.end(on_stage.site, whole=True, goes_on=False)
        assert not len(on_stage.site.memo)
        assert not len(other.site.memo)


async def test_the_first_bytes_are_there_while_a_request_goes_on() -> None:
    async with stage() as on_stage:
        learning = Learning()
        learning.begin(b"POST / HTTP/1.1\r\n" + b"x" * 1000)
        learning.end(on_stage.site, whole=False, goes_on=True)
        assert learning.segment == b"POST / HTTP/1.1\r\n" + b"x" * 183
