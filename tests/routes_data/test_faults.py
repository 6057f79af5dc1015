"""Faults in routes from data: each is the one that code makes, and what is wrong is told by key."""

import aiohttp
import pytest

from asyncly.srvmocker import (
    BaseMockResponse,
    DisconnectResponse,
    DoubleResponse,
    EndlessHeaderResponse,
    GarbageResponse,
    HangResponse,
    JsonResponse,
    LatencyResponse,
    MalformedChunkResponse,
    RawResponse,
    RoutesError,
    SequenceResponse,
    SlowResponse,
    TruncatedGzipResponse,
    TruncatedResponse,
    UnannouncedCloseResponse,
    WrongLengthResponse,
    load_routes,
    start_service,
)
from asyncly.srvmocker._routes.schema import FAULTS
from tests.faults.bytes_of import came, shortened


def entry(**response: object) -> dict[str, object]:
    return {"method": "GET", "path": "/", "handler": "home", "response": response}


def made(**response: object) -> BaseMockResponse:
    (route,) = load_routes([entry(**response)])
    assert route.response is not None
    return route.response


def wrong(**response: object) -> str:
    with pytest.raises(RoutesError) as caught:
        load_routes([entry(**response)])
    return str(caught.value).removeprefix("routes[0].response")


NOTHING: dict[str, object] = {}
TEXT = RawResponse("some text")
ONE_BY_ONE: list[tuple[object, BaseMockResponse]] = [
    ("disconnect", DisconnectResponse()),
    ({"disconnect": {"after": "head"}}, DisconnectResponse(after="head")),
    ({"disconnect": {"reset": True}}, DisconnectResponse(reset=True)),
    ({"disconnect": {"after": 17}}, DisconnectResponse(after=17)),
    ("hang", HangResponse()),
    ({"hang": {"after": 3}}, HangResponse(after=3)),
    ("unannounced_close", UnannouncedCloseResponse()),
    ({"unannounced_close": {"reset": True}}, UnannouncedCloseResponse(reset=True)),
    ({"truncated": {"declared_length": 20}}, TruncatedResponse(b"", 20)),
    ({"wrong_length": {"by": -2}}, WrongLengthResponse(by=-2)),
    ("malformed_chunk", MalformedChunkResponse()),
    ({"malformed_chunk": {"error": "missing"}}, MalformedChunkResponse(error="missing")),
    ("truncated_gzip", TruncatedGzipResponse()),
    ({"truncated_gzip": {"missing": 12}}, TruncatedGzipResponse(missing=12)),
    ("garbage", GarbageResponse()),
    ({"garbage": {"text": "SSH-2.0\r\n"}}, GarbageResponse(b"SSH-2.0\r\n")),
    ({"garbage": {"base64": "AP8="}}, GarbageResponse(b"\x00\xff")),
    ("endless_header", EndlessHeaderResponse()),
    ({"endless_header": {"bytes_per_second": 9}}, EndlessHeaderResponse(bytes_per_second=9)),
    ("double", DoubleResponse()),
    ({"double": {"second": {"json": 2}}}, DoubleResponse(second=JsonResponse(2))),
    ({"slow": {"head": 20, "body": 1000.5}}, SlowResponse(head=20, body=1000.5)),
    ({"slow": {"body": 7}}, SlowResponse(body=7)),
]  # fmt: skip


def test_every_fault_has_a_name() -> None:
    named = {given if isinstance(given, str) else next(iter(given)) for given, _ in ONE_BY_ONE}  # type: ignore[call-overload]  # a name or a mapping with one
    assert named == set(FAULTS)


@pytest.mark.parametrize(("fault", "expected"), ONE_BY_ONE)
def test_a_fault_is_that_of_its_name(fault: object, expected: BaseMockResponse) -> None:
    found = made(fault=fault)
    assert type(found) is type(expected)
    assert repr(found) == repr(expected)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("disconnect", DisconnectResponse(response=TEXT)),
        ("hang", HangResponse(response=TEXT)),
        ("unannounced_close", UnannouncedCloseResponse(TEXT)),
        ({"truncated": {"declared_length": 20}}, TruncatedResponse("some text", 20)),
        ({"wrong_length": {"by": 1}}, WrongLengthResponse(TEXT, by=1)),
        ("malformed_chunk", MalformedChunkResponse(TEXT)),
        ("truncated_gzip", TruncatedGzipResponse(TEXT)),
        ("double", DoubleResponse(TEXT)),
        ({"slow": {"body": 7}}, SlowResponse(TEXT, body=7)),
    ],
)
def test_a_fault_spoils_what_is_answered_beside_it(
    fault: object, expected: BaseMockResponse
) -> None:
    found = made(fault=fault, text="some text")
    assert type(found) is type(expected)
    assert repr(found) == repr(expected)


def test_whatever_is_answered_may_be_spoilt() -> None:
    several = made(sequence=[{"json": 1}, {"fault": "hang"}], fault="disconnect")
    inside = SequenceResponse([JsonResponse(1), HangResponse()])
    assert repr(several) == repr(DisconnectResponse(response=inside))
    assert type(made(fault="disconnect", latency=2)) is LatencyResponse
    assert repr(made(fault="hang", status=503)) == repr(
        HangResponse(response=RawResponse(b"", 503))
    )


MANY = {"Set-Cookie": ["a=1", "b=2"], "Content-Type": "a"}


@pytest.mark.parametrize(
    ("response", "data"),
    [
        ({"fault": "disconnect"}, b""),
        ({"fault": {"garbage": {"text": "no HTTP"}}}, b"no HTTP"),
        (
            {"fault": {"truncated": {"declared_length": 9}}, "json": [1], "status": 201},
            b"HTTP/1.1 201 Created|Content-Type: application/json|Content-Length: 9||[1]",
        ),
        (
            {"fault": {"truncated": {"declared_length": 9}}, "text": "a", "headers": MANY},
            b"HTTP/1.1 200 OK|Set-Cookie: a=1|Set-Cookie: b=2|Content-Type: a|Content-Length: 9||a",
        ),
    ],
)
async def test_a_client_gets_it(response: dict[str, object], data: bytes) -> None:
    found = await came(made(**response))
    assert (shortened(found.data).replace(b"\r\n", b"|"), found.end) == (data, "FIN")


async def test_a_client_that_tries_again_gets_through(client: aiohttp.ClientSession) -> None:
    flaky = {"sequence": [{"fault": "disconnect", "times": 2}], "then": {"json": "at last"}}
    post = {**entry(**flaky), "method": "POST"}
    async with start_service(load_routes([post])) as service:
        for _ in range(2):
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await client.post(service.url)
        async with client.post(service.url) as answer:
            assert await answer.json() == "at last"


WRONG: list[tuple[dict[str, object], str]] = [
    ({"fault": 3}, ".fault: expected str or a mapping, got int"),
    ({"fault": "disconect"}, ".fault: there is no fault 'disconect'; did you mean 'disconnect"),
    ({"fault": "x"}, ".fault: there is no fault 'x'; there are disconnect, hang, unannounced_"),
    ({"fault": {}}, ".fault: expected one fault, got none"),
    ({"fault": {"hang": {}, "slow": {}}}, ".fault: expected one fault, got 'hang' and 'slow'"),
    ({"fault": {"hung": {}}}, ".fault.hung: unknown key; did you mean 'hang'?"),
    ({"fault": {"hang": 3}}, ".fault.hang: expected a mapping, got int"),
    ({"fault": {"hang": {"aftr": 3}}}, ".fault.hang.aftr: unknown key; did you mean 'after'?"),
    (
        {"fault": {"hang": {"after": "body"}}},
        ".fault.hang.after: expected one of request, head, a number of bytes, got 'body'",
    ),
    ({"fault": {"hang": {"after": -1}}}, ".fault.hang: after=-1 is no number of bytes: give 0"),
    ({"fault": {"disconnect": {"reset": 1}}}, ".fault.disconnect.reset: expected bool, got in"),
    ({"fault": "wrong_length"}, ".fault.wrong_length.by: it is missing"),
    ({"fault": {"wrong_length": {"by": 0}}}, ".fault.wrong_length: by=0 is no wrong length"),
    ({"fault": "truncated"}, ".fault.truncated.declared_length: it is missing"),
    (
        {"fault": {"truncated": {"declared_length": 1}}, "text": "ab"},
        ".fault.truncated: declared_length=1 is not more than the 2 bytes of the body",
    ),
    (
        {"fault": {"truncated": {"declared_length": 1}}, "sequence": [NOTHING]},
        ".fault.truncated: it cuts a body that is written beside it: json, text, base64 or bod",
    ),
    (
        {"fault": {"malformed_chunk": {"error": "data"}}},
        ".fault.malformed_chunk.error: expected one of size, ending, missing, got 'data'",
    ),
    ({"fault": {"truncated_gzip": {"missing": 0}}}, ".fault.truncated_gzip: missing=0 is no n"),
    ({"fault": {"garbage": {"text": ""}}}, ".fault.garbage: data is empty: Disconnect"),
    ({"fault": {"garbage": {"base64": "@"}}}, ".fault.garbage.base64: Only base64 data is all"),
    (
        {"fault": {"garbage": {"text": "a", "base64": ""}}},
        ".fault.garbage.base64: expected it or 'text', got both",
    ),
    (
        {"fault": "garbage", "text": "a"},
        ".fault.garbage: it sends no answer: leave out what is answered beside it",
    ),
    ({"fault": "endless_header", "status": 200}, ".fault.endless_header: it sends no answer: "),
    (
        {"fault": {"endless_header": {"bytes_per_second": 0}}},
        ".fault.endless_header: bytes_per_second=0.0 is no pace: give more than 0 bytes a seco",
    ),
    (
        {"fault": {"double": {"second": {"stats": 1}}}},
        ".fault.double.second.stats: unknown key; did you mean 'status'?",
    ),
    ({"fault": {"double": {"second": {"status": 1}}}}, ".fault.double.second.status: status 1"),
    (
        {"fault": {"double": {"second": {"sequence": [NOTHING]}}}},
        ".fault.double: second=<SequenceResponse of 1, 0 used, on_exhausted='raise'> has no by",
    ),
    ({"fault": {"garbage": {"text": "\ud800"}}}, ".fault.garbage.text: 'utf-8' codec can't encode"),
    (
        {"fault": "hang", "file": __file__},
        f".fault.hang: <FileResponse 200 {__file__!r}> writes it",
    ),
    ({"fault": "slow"}, ".fault.slow: nothing is slow: give a pace for head, body or both"),
    ({"fault": {"slow": {"head": "x"}}}, ".fault.slow.head: expected float or nothing, got st"),
    ({"sequence": [{"fault": {"hang": 1}}]}, ".sequence[0].fault.hang: expected a mapping, go"),
]


@pytest.mark.parametrize(("response", "told"), WRONG)
def test_what_is_wrong_with_a_fault_is_told_by_its_key(
    response: dict[str, object], told: str
) -> None:
    assert wrong(**response).startswith(told)
