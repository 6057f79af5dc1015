"""What the tests of the core share: settings of properties, JSON values, views of requests.

Properties are derandomized, so that a run says the same twice. For a longer, random search set
HYPOTHESIS_EXAMPLES to the number of examples.
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from asyncly.srvmocker._core.request import RequestView, encode_fields, encode_start

_EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "0"))


def examples(count: int) -> settings:
    return settings(
        deadline=None,
        database=None,
        derandomize=not _EXAMPLES,
        max_examples=_EXAMPLES or count,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


# Numbers of different types that are equal, or nearly so.
CLOSE_SCALARS: list[Any] = [
    *(None, True, False, 0, 1, 2, 0.0, -0.0, 1.0, 2.0, 0.5, "", "a", "1", "None"),
    *(2**53, 2.0**53, 2**53 + 1, 10**30, 1e30, 2**64, 2.0**64, -(2**63), 1e308 * 10),
]

TEXTS = st.one_of(
    st.text(max_size=6),
    st.text(st.characters(categories=["Cs", "L"]), max_size=3),
    st.text('ab-_ 1\\"/\n\x00é', max_size=8),
)
SCALARS = st.one_of(
    st.sampled_from(CLOSE_SCALARS),
    st.integers(),
    st.integers(min_value=-(2**70), max_value=2**70),
    st.floats(allow_nan=False),
    TEXTS,
)


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(children, max_size=4) | st.dictionaries(TEXTS, children, max_size=4)


VALUES: st.SearchStrategy[Any] = st.recursive(SCALARS, _nested, max_leaves=8)


def _nested_small(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(children, max_size=2) | st.dictionaries(
        st.sampled_from(["a", "b"]), children, max_size=2
    )


# Few enough that two of them are often equal.
CLOSE_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(CLOSE_SCALARS), _nested_small, max_leaves=4
)

ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
    *("utf-32", "utf-32-le", "utf-32-be"),
)


@st.composite
def bodies_of(draw: st.DrawFn, value: Any) -> bytes:
    """The bytes of a value, in any way in which a client may write it."""
    text = json.dumps(
        value,
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\r\n:")])),
    )
    if draw(st.booleans()):
        text = _escaped(text)
    return text.encode(draw(st.sampled_from(ENCODINGS)), "surrogatepass")


def _escaped(text: str) -> str:
    """Write the first letter `a` of a JSON text as an escape, if it stands in a string."""
    before, letter, after = text.partition("a")
    inside = letter and "\\" not in before and before.count('"') % 2
    return f"{before}\\u0061{after}" if inside else text


def equals_json(body: bytes, expected: Any) -> bool:
    """What the contract says of a body and an expected value, in its own words."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return bool(parsed == expected)


def view_of(
    body: bytes = b"",
    *,
    method: str = "POST",
    target: str = "/",
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    raw_headers: Sequence[tuple[bytes, bytes]] = (),
) -> RequestView:
    pairs = CIMultiDict(headers).items()
    fields = [(name.encode(), value.encode()) for name, value in pairs]
    fields += raw_headers
    return RequestView(encode_start(method, target, (1, 1)), encode_fields(fields), body)


def parts(head: bytes) -> tuple[bytes, bytes]:
    """The start line and the fields of a head."""
    start, _, fields = head.partition(b"\r\n")
    return start, fields


def nested_list(depth: int, core: object = 1) -> object:
    value = core
    for _ in range(depth):
        value = [value]
    return value
