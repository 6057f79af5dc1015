"""Reports for the tests: an ordinary one, and some that nobody would wish for."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from asyncly.srvmocker._report.data import (
    CallDetail,
    Failure,
    HandlerCounts,
    Injected,
    Refused,
    ReportData,
    Traffic,
    Unmatched,
)

NAN = float("nan")
EPOCH = 1_795_490_000.0
"""2026-11-24 03:13:20 UTC."""

Call = tuple[float, str, int]
"""Seconds since the first call, handler, status."""


def report(
    calls: Sequence[Call],
    *,
    declared: Sequence[str] = (),
    latency: float | None = 0.001,
    last: Sequence[CallDetail] = (),
    unmatched: Sequence[Unmatched] = (),
) -> ReportData:
    """Return a report of some calls, each of which took this long if it was answered."""
    names = dict.fromkeys([*declared, *(name for _, name, _ in calls)])
    places = {name: place for place, name in enumerate(names)}
    statuses: dict[str, Counter[int]] = {name: Counter() for name in names}
    for _, name, status in calls:
        statuses[name][status] += 1
    took = [] if latency is None else [latency if status else NAN for _, _, status in calls]
    return ReportData(
        service="http://127.0.0.1:4711/",
        generator="asyncly 0.8.0",
        epoch=EPOCH,
        made=1000.0,
        handlers=[
            HandlerCounts(
                name=name,
                calls=sum(found.values()),
                statuses=found,
                outcomes={"answered": sum(found.values()) - found[0], "client gone": found[0]},
            )
            for name, found in statuses.items()
        ],
        times=array("d", [100.0 + at for at, _, _ in calls]),
        handler_of=array("I", [places[name] for _, name, _ in calls]),
        statuses=array("I", [status for _, _, status in calls]),
        durations=array("d", took),
        last=last,
        unmatched=unmatched,
    )


def ordinary() -> ReportData:
    """Everything that a report can hold, a little of each."""
    calls: list[Call] = [(at / 10, "create" if at % 3 else "read", 200) for at in range(50)]
    calls += [(5.0, "read", 503), (5.0, "create", 0), (6.0, "read", 404)]
    plain = report(calls, declared=["create", "read", "never"])
    return ReportData(
        service=plain.service,
        title="tests/test_orders.py::test_under_load",
        generator=plain.generator,
        epoch=EPOCH,
        made=200.0,
        handlers=plain.handlers,
        times=plain.times,
        handler_of=plain.handler_of,
        statuses=plain.statuses,
        durations=plain.durations,
        own_times=array("d", [1e-5] * len(calls)),
        unmatched=[
            Unmatched(
                at=101.0,
                method="GET",
                target="/itms/7",
                status=404,
                reason="no route has the path /itms/7\nnearest: GET /items/{id}",
            )
        ],
        unmatched_total=9,
        refused=[
            Refused(at=None, status=400, reason="no Host header", start=b"GET / HTTP/1.1\r\n\xff"),
            Refused(at=104.0, status=0, reason="client gone", start=b""),
        ],
        failures=[
            Failure(
                at=102.0,
                handler="read",
                method="GET",
                target="/items/7",
                error="RuntimeError",
                text="boom",
                trace="Traceback (most recent call last):\n  …\nRuntimeError: boom\n",
            ),
            Failure(at=None, handler="", method="GET", target="/", error="KeyError", text=""),
        ],
        last=[
            CallDetail(
                at=105.0,
                handler="create",
                method="POST",
                target="/items",
                status=200,
                duration=0.001,
                headers=[("Host", "127.0.0.1:4711"), ("Content-Type", "application/json")],
                body=b'{"item": "tea"}',
                injected="late",
            ),
            CallDetail(at=106.0, handler="read", method="GET", target="/items/9", status=0),
        ],
        account={"received": 64, "answered": 61, "refused": 2, "client gone": 1},
        traffic=Traffic(
            connections=4,
            most_on_one=40,
            most_in_flight=3,
            peak_rate=10.0,
            bytes_in=4096,
            bytes_out=1_234_567,
        ),
        injections=[
            Injected(name="late", handlers={"create": 1, "read": 1200}),
            Injected(name="down"),
        ],
    )


NASTY = (
    '</title></script><script>document.title="owned"</script>'
    '<img src="http://203.0.113.1/x.png" onerror=alert(1)>'
    "\ud800\udcff\x00\x1b[31m\u202e\r\n\t\u2028'\"&amp;{{ 7 * 7 }}{% raw %}]]>-->"
)


def hostile(nasty: str = NASTY) -> ReportData:
    """Every text as bad and as long as it gets, and more of everything than fits."""
    long = nasty * (5000 // len(nasty))
    many = 60
    names = [f"{number}{long}" for number in range(300)]
    calls: list[Call] = [
        (number / 100, names[number % 300], (200, 302, 101, 404, 503, 999, 0)[number % 7])
        for number in range(20 * many)
    ]
    data = report(calls, declared=[f"never {number}{long}" for number in range(300)])
    bodies = [nasty.encode("utf-8", "replace") * 99, bytes(range(256)) * 9, b"\xc3\x28", b"", None]
    return ReportData(
        service=long,
        title=long,
        generator=long,
        epoch=1e18,
        made=NAN,
        handlers=data.handlers,
        times=data.times,
        handler_of=data.handler_of,
        statuses=data.statuses,
        durations=data.durations,
        unmatched=[
            Unmatched(at=1e9, method=long, target=long, status=404, reason=f"{long}\n{long}")
        ]
        * many,
        refused=[
            Refused(at=0.0, status=400, reason=long, start=nasty.encode("utf-8", "replace") * 999)
        ]
        * many,
        failures=[
            Failure(
                at=0.0, handler=long, method=long, target=long, error=long, text=long, trace=long
            )
        ]
        * many,
        last=[
            CallDetail(
                at=0.0,
                handler=long,
                method=long,
                target=long,
                status=200,
                headers=[(f"X-{field}", long) for field in range(50)],
                body=bodies[number % len(bodies)],
                body_size=10_000 if number % 2 else None,
                injected=long,
            )
            for number in range(many)
        ],
        account={f"{number}{long}": 1 for number in range(many)},
        injections=[
            Injected(name=f"{number}{long}", handlers=dict.fromkeys(names, number + 1))
            for number in range(many)
        ],
    )


def largest() -> ReportData:
    """The most marks that there can be, and texts of the letter that takes the most bytes."""
    quotes = '"' * 100
    calls = sorted(
        (min(at + 0.5, 79.0), f"{quotes}{handler}", status)
        for at in range(80)
        for handler in range(300)
        for status in (200, 302, 101, 404, 503, 999, 0)
    )
    marks = report([(0.0, f"{quotes}0", 200), *calls])
    texts = hostile(quotes)
    return replace(
        texts,
        handlers=[*marks.handlers, *texts.handlers],
        times=marks.times,
        handler_of=marks.handler_of,
        statuses=marks.statuses,
        durations=marks.durations,
        last=[replace(one, body=quotes.encode() * 99) for one in texts.last],
    )
