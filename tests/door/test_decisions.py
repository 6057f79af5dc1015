"""What is decided for a request before it is recorded and answered."""

import pytest

from asyncly.srvmocker._door.reading.assembly import Message
from asyncly.srvmocker.exceptions import NotKeptError
from tests.streams.played import stage


def message(target: str, method: str = "POST", body: bytes = b"") -> Message:
    return Message(
        start=f"{method} {target} HTTP/1.1".encode(),
        fields=b"",
        body=body,
        method=method,
        target=target,
        version="1.1",
        keep_alive=True,
        upgrade=False,
        content_encoding=b"",
        oversized=False,
    )


async def test_a_miss_carries_what_it_tells_and_a_route_nothing() -> None:
    async with stage() as on_stage:
        site = on_stage.site
        taken = site.decide(message("/pick", body=b'{"n": 1}'), 0)
        assert taken.route is not None
        assert (taken.route.handler_name, taken.miss, taken.advice) == ("one", None, None)
        for target in ("/nowhere", "/turns", "/pick"):
            missed = site.decide(message(target), 0)
            assert missed.route is None
            assert missed.miss is not None
            assert missed.advice is not None
            assert missed.advice.text.encode() in missed.miss.render(0, 0.0).current
            assert missed.pure
        later = [site.decide(message("/nowhere"), 0) for _ in range(100)]
        assert later[-1].advice is None
        assert later[-1].miss is later[-2].miss is not None


async def test_of_an_oversized_request_the_body_is_not_known() -> None:
    async with stage() as on_stage:
        for target, status in (("/nowhere", 404), ("/turns", 405), ("/pick", 413)):
            decision = on_stage.site.oversized(message(target))
            assert decision.miss is not None
            assert (decision.miss.status, decision.pure) == (status, False)
            with pytest.raises(NotKeptError):
                decision.view.body  # noqa: B018 - it raises
