"""What a service tells its report: counts, times, failures, and the last calls, cut to size."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from asyncly.srvmocker import (
    CallNumbers,
    Delay,
    EveryNth,
    Keep,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    SrvMockerError,
    start_service,
)
from tests.rawhttp import ask

ROUTES = [
    MockRoute("GET", "/a", "a"),
    MockRoute("POST", "/b", "b", keep=Keep(bodies=10)),
    MockRoute("GET", "/c", "c"),
]


async def test_a_report_tells_what_has_happened(tmp_path: Path) -> None:
    async with start_service(ROUTES) as service, aiohttp.ClientSession(service.url) as client:
        service.register("a", RawResponse(b"a"))
        service.register("b", LatencyResponse(RawResponse(status=201), 0.02))
        for path, body in (("/b", b"x" * 11), ("/b", b"short")):
            await (await client.post(path, data=body)).read()
        for _ in range(45):
            await (await client.get("/a", headers={"X-Long": "v" * 600})).read()
        await (await client.get("/c")).read()
        await (await client.get("/nowhere")).read()
        await ask(service.url, b"nonsense\r\n\r\n")
        service.history.append(service.history[0])
        service.report(tmp_path / "running.json")
    service.report(tmp_path / "closed.json", title="t")
    told = json.loads((tmp_path / "closed.json").read_bytes())
    assert json.loads((tmp_path / "running.json").read_bytes())["calls"] == told["calls"] == 48
    assert (told["title"], told["statuses"]) == ("t", {"200": 45, "201": 2, "500": 1})
    assert told["latency"]["highest"] >= 0.02
    assert told["latency"]["lowest"] > 0
    assert told["own_time"]["highest"] < told["latency"]["highest"]
    assert told["account"]["refused"] == 1
    assert {name: each["total"] for name, each in told.items() if name in _LISTS} == {
        "unmatched": 1,
        "refused": 1,
        "failures": 1,
    }
    assert len(told["last"]) == 40
    assert all(len(value) <= 512 for call in told["last"] for _, value in call["headers"])


_LISTS = ("unmatched", "refused", "failures")


async def test_a_report_tells_what_was_injected(tmp_path: Path) -> None:
    def told(service: MockService) -> tuple[object, list[object]]:
        service.report(tmp_path / "r.json")
        found = json.loads((tmp_path / "r.json").read_bytes())
        return found["injections"], [call["injected"] for call in found["last"]]

    routes = [MockRoute("GET", "/a", "a", keep=Keep(last=1)), MockRoute("GET", "/c", "c")]
    async with start_service(routes) as service, aiohttp.ClientSession(service.url) as client:
        service.register("a", RawResponse(b"a"))
        service.register("c", RawResponse(b"c"))
        assert told(service) == ([], [])
        down = RawResponse(status=503)
        with service.inject(down, when=EveryNth(2), name="down"):
            for _ in range(4):
                await client.get("/a")
            await client.get("/c")
        service.inject(down, when=CallNumbers(2), name="down", handlers="c")
        late = service.inject(Delay(0), name="l" * 600, handlers="c")
        await client.get("/c")
        await client.get("/c")
        long = "l" * 512
        assert told(service) == (
            [
                {"name": "down", "calls": 3, "handlers": {"a": 2, "c": 1}},
                {"name": long, "calls": 1, "handlers": {"c": 1}},
            ],
            ["down", None, long, "down"],
        )
        service.reset()
        late.off()
        assert told(service)[0] == [
            {"name": name, "calls": 0, "handlers": {}} for name in ("down", long)
        ]
        service.reset()
        assert told(service)[0] == [{"name": "down", "calls": 0, "handlers": {}}]
        late.on()
        await client.get("/c")
        assert told(service)[0] == [
            {"name": "down", "calls": 0, "handlers": {}},
            {"name": long, "calls": 1, "handlers": {"c": 1}},
        ]


async def test_bodies_that_were_not_kept_and_calls_that_wait(tmp_path: Path) -> None:
    async with start_service(ROUTES) as service:
        service.register("b", LatencyResponse(RawResponse(), 60))
        async with aiohttp.ClientSession(service.url) as client:

            async def send() -> None:
                await client.post("/b", data=b"x" * 11)

            sending = asyncio.create_task(send())
            await service.wait_for_calls("b")
            service.report(tmp_path / "r.json")
            sending.cancel()
    told = json.loads((tmp_path / "r.json").read_bytes())
    (call,) = told["last"]
    assert (call["body"], call["duration"], call["status"]) == (None, None, None)


async def test_a_history_of_a_user_s_own_is_none_of_the_service_s(tmp_path: Path) -> None:
    async with start_service(ROUTES) as service:
        pass
    assert service._site is not None
    mine: MockService[str] = MockService([], {}, service.url, {}, _site=service._site)
    mine.report(tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_bytes())["kept"] == 0


def test_a_service_made_by_hand_has_seen_nothing(tmp_path: Path) -> None:
    service: MockService[str] = MockService([], {}, URL("http://a"), {})
    with pytest.raises(SrvMockerError, match=r"^only a service that start_service started has"):
        service.report(tmp_path / "r.json")
