"""The JSON: what the schema promises."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from asyncly.srvmocker._report.data import Traffic
from asyncly.srvmocker._report.document import SCHEMA, render
from asyncly.srvmocker._report.summary import summarize
from tests.report.samples import NAN, ordinary, report


def parsed(text: str) -> dict[str, object]:
    def refuse(name: str) -> object:
        raise AssertionError(f"{name} is no JSON")

    assert text.endswith("}\n")
    assert text.count("\n") == 1
    return cast("dict[str, object]", json.loads(text, parse_constant=refuse))


FIGURES = {"count", "mean", "lowest", "p50", "p90", "p95", "p99", "highest"}


def test_the_schema_of_an_ordinary_report() -> None:
    found = parsed(render(summarize(ordinary())))
    handlers = cast("list[dict[str, object]]", found.pop("handlers"))
    timeline = cast("dict[str, object]", found.pop("timeline"))
    latency, own, gaps = (
        cast("dict[str, object]", found.pop(name)) for name in ("latency", "own_time", "gaps")
    )
    assert found == {
        "schema": SCHEMA,
        "generator": "asyncly 0.8.0",
        "title": "tests/test_orders.py::test_under_load",
        "service": "http://127.0.0.1:4711/",
        "began": "2026-11-24T03:15:00.000+00:00",
        "made": "2026-11-24T03:16:40.000+00:00",
        "calls": 53,
        "kept": 53,
        "statuses": {"none": 1, "200": 50, "404": 1, "503": 1},
        "outcomes": {"answered": 52, "client gone": 1},
        "account": {"received": 64, "answered": 61, "refused": 2, "client gone": 1},
        "traffic": {
            "connections": 4,
            "most_on_one": 40,
            "most_in_flight": 3,
            "peak_rate": 10.0,
            "bytes_in": 4096,
            "bytes_out": 1_234_567,
        },
        "unmatched": {
            "total": 9,
            "last": [
                {
                    "at": 1.0,
                    "method": "GET",
                    "target": "/itms/7",
                    "status": 404,
                    "reason": "no route has the path /itms/7\nnearest: GET /items/{id}",
                }
            ],
        },
        "failures": {
            "total": 2,
            "last": [
                {
                    "at": 2.0,
                    "handler": "read",
                    "method": "GET",
                    "target": "/items/7",
                    "error": "RuntimeError",
                    "text": "boom",
                    "trace": "Traceback (most recent call last):\n  …\nRuntimeError: boom\n",
                },
                {
                    "at": None,
                    "handler": None,
                    "method": "GET",
                    "target": "/",
                    "error": "KeyError",
                    "text": "",
                    "trace": "",
                },
            ],
        },
        "refused": {
            "total": 2,
            "last": [
                {
                    "at": None,
                    "status": 400,
                    "reason": "no Host header",
                    "start": "GET / HTTP/1.1\r\n\\xff",
                },
                {"at": 4.0, "status": None, "reason": "client gone", "start": ""},
            ],
        },
        "last": [
            {
                "at": 5.0,
                "handler": "create",
                "method": "POST",
                "target": "/items",
                "status": 200,
                "duration": 0.001,
                "headers": [["Host", "127.0.0.1:4711"], ["Content-Type", "application/json"]],
                "body": {"text": '{"item": "tea"}'},
                "body_size": 15,
                "injected": "late",
            },
            {
                "at": 6.0,
                "handler": "read",
                "method": "GET",
                "target": "/items/9",
                "status": None,
                "duration": None,
                "headers": [],
                "body": None,
                "body_size": None,
                "injected": None,
            },
        ],
        "injections": [
            {"name": "late", "calls": 1201, "handlers": {"create": 1, "read": 1200}},
            {"name": "down", "calls": 0, "handlers": {}},
        ],
    }
    check_distribution(latency, 52)
    check_distribution(own, 53)
    check_distribution(gaps, 52)
    check_timeline(timeline)
    assert [handler["name"] for handler in handlers] == ["create", "read", "never"]
    create, _, never = handlers
    assert create["calls"] == create["kept"] == 34
    assert create["statuses"] == {"none": 1, "200": 33}
    assert create["outcomes"] == {"answered": 33, "client gone": 1}
    assert cast("dict[str, object]", create["latency"]).keys() == FIGURES
    assert cast("dict[str, object]", create["gaps"]).keys() == FIGURES
    assert (never["calls"], never["latency"], never["gaps"]) == (0, None, None)


def check_distribution(found: Mapping[str, object], count: int) -> None:
    assert found.keys() == {*FIGURES, "histogram"}
    assert found["count"] == count
    histogram = cast("dict[str, list[float]]", found["histogram"])
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1
    assert sum(histogram["counts"]) == count


def check_timeline(found: Mapping[str, object]) -> None:
    assert (found["span"], found["width"], found["bins"]) == (6.0, 0.1, 61)
    counts = cast("dict[str, list[int]]", found["counts"])
    assert {kind: sum(numbers) for kind, numbers in counts.items()} == {
        "2xx": 50,
        "4xx": 1,
        "5xx": 1,
        "none": 1,
    }
    assert {len(numbers) for numbers in counts.values()} == {61}
    lanes = cast("list[dict[str, object]]", found["lanes"])
    assert [(lane["name"], lane["handlers"], lane["calls"]) for lane in lanes] == [
        ("create", 1, 34),
        ("read", 1, 19),
    ]


def test_handlers_that_share_a_lane_are_not_named() -> None:
    found = parsed(render(summarize(report([(0.0, f"h{place}", 200) for place in range(30)]))))
    lanes = cast("list[dict[str, object]]", cast("dict[str, object]", found["timeline"])["lanes"])
    assert (lanes[-1]["name"], lanes[-1]["handlers"]) == (None, 11)


def test_nothing_that_is_unknown_is_made_up() -> None:
    data = replace(report([], declared=["a"]), made=NAN, traffic=Traffic())
    found = parsed(render(summarize(data)))
    for name in ("began", "made", "latency", "own_time", "gaps", "timeline"):
        assert found[name] is None
    assert set(cast("dict[str, object]", found["traffic"]).values()) == {None}


def test_bodies_are_text_or_hexadecimal() -> None:
    call = replace(ordinary().last[0], body=b"\xff\x00", body_size=9)
    cut = replace(ordinary().last[0], body=b"ab\xc3", body_size=4)
    found = parsed(render(summarize(replace(ordinary(), last=[call, cut]))))
    bodies = [
        (one["body"], one["body_size"]) for one in cast("list[dict[str, object]]", found["last"])
    ]
    assert bodies == [({"hex": "ff00"}, 9), ({"text": "ab"}, 4)]


def test_lone_surrogates_are_escaped_and_the_rest_is_as_it_was() -> None:
    text = 'a\udcff\ud800\x00"\\</script>\u202e'
    found = parsed(render(summarize(replace(ordinary(), title=text, account={text: 1}))))
    shown = 'a\\xff\\ud800\x00"\\</script>\u202e'
    assert found["title"] == shown
    assert found["account"] == {shown: 1}


def test_the_same_data_gives_the_same_text() -> None:
    assert render(summarize(ordinary())) == render(summarize(ordinary()))
