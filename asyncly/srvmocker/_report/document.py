"""The report as JSON, for a job that keeps and compares it.

Invariants: what a version of the schema promises (`docs/report.md`) is only ever added to; a field
that goes or changes its meaning makes a new version. Keys come in a fixed order, so the same data
gives the same text. `at` is seconds from the first call, spans are seconds; unknown is null.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from asyncly.srvmocker._report.data import CallDetail
from asyncly.srvmocker._report.summary import Distribution, Figures, Lane, Summary, Timeline
from asyncly.srvmocker._report.words import as_text, encodable_json, moment

__all__ = ("SCHEMA", "render")

SCHEMA: Final = 1
"""The version of the schema."""


def render(summary: Summary) -> str:
    """Return a report as one line of JSON."""
    data, zero = summary.data, summary.zero
    timeline = summary.timeline
    document = {
        "schema": SCHEMA,
        "generator": data.generator,
        "title": data.title,
        "service": data.service,
        "began": (moment(data.epoch + timeline.start) or None) if timeline else None,
        "made": moment(data.epoch + data.made) or None,
        "calls": summary.calls,
        "kept": summary.kept,
        "statuses": _by_status(summary.statuses),
        "outcomes": summary.outcomes,
        "account": dict(data.account),
        "traffic": asdict(data.traffic),
        "latency": _distribution(summary.latency),
        "own_time": _distribution(summary.own),
        "gaps": _distribution(summary.gaps),
        "timeline": _timeline(timeline) if timeline else None,
        "handlers": [
            {
                "name": one.counts.name,
                "calls": one.counts.calls,
                "kept": one.kept,
                "statuses": _by_status(one.counts.statuses),
                "outcomes": dict(one.counts.outcomes),
                "latency": _figures(one.latency),
                "gaps": _figures(one.gaps),
            }
            for one in summary.handlers
        ],
        "unmatched": {
            "total": data.all_unmatched,
            "last": [
                {
                    "at": one.at - zero,
                    "method": one.method,
                    "target": one.target,
                    "status": one.status or None,
                    "reason": one.reason,
                }
                for one in data.unmatched
            ],
        },
        "failures": {
            "total": data.all_failures,
            "last": [
                {
                    "at": None if one.at is None else one.at - zero,
                    "handler": one.handler or None,
                    "method": one.method,
                    "target": one.target,
                    "error": one.error,
                    "text": one.text,
                    "trace": one.trace,
                }
                for one in data.failures
            ],
        },
        "refused": {
            "total": data.all_refused,
            "last": [
                {
                    "at": None if one.at is None else one.at - zero,
                    "status": one.status or None,
                    "reason": one.reason,
                    "start": one.start.decode("utf-8", "surrogateescape"),
                }
                for one in data.refused
            ],
        },
        "injections": [
            {"name": one.name, "calls": one.calls, "handlers": dict(one.handlers)}
            for one in data.injections
        ],
        "last": [_call(one, zero) for one in data.last],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return encodable_json(text) + "\n"


def _by_status(statuses: Mapping[int, int]) -> dict[str, int]:
    return {str(status or "none"): number for status, number in sorted(statuses.items())}


def _figures(found: Figures | None) -> dict[str, float] | None:
    return None if found is None else asdict(found)


def _distribution(found: Distribution | None) -> dict[str, object] | None:
    if found is None:
        return None
    histogram = {"edges": list(found.axis.edges), "counts": list(found.counts)}
    return {**asdict(found.figures), "histogram": histogram}


def _timeline(found: Timeline) -> dict[str, object]:
    return {
        "span": found.span,
        "width": found.width,
        "bins": found.bins,
        "counts": found.counts,
        "lanes": [_lane(lane) for lane in found.lanes],
    }


def _lane(lane: Lane) -> dict[str, object]:
    name = lane.name if lane.handlers == 1 else None
    return {"name": name, "handlers": lane.handlers, "calls": lane.calls, "counts": lane.counts}


def _call(one: CallDetail, zero: float) -> dict[str, object]:
    return {
        "at": one.at - zero,
        "handler": one.handler,
        "method": one.method,
        "target": one.target,
        "status": one.status or None,
        "duration": one.duration,
        "headers": [list(pair) for pair in one.headers],
        "body": None if one.body is None else _body(one.body, one.whole_size),
        "body_size": one.whole_size,
        "injected": one.injected,
    }


def _body(kept: bytes, whole: int | None) -> dict[str, str]:
    text = as_text(kept, cut=whole != len(kept))
    return {"hex": kept.hex()} if text is None else {"text": text}
