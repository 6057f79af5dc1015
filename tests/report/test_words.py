"""What people read: numbers with their units, and texts that are safe to show."""

import pytest

from asyncly.srvmocker._report import words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (1e-10, "0 s"),
        (2.5e-8, "0.03 µs"),
        (1e-6, "1 µs"),
        (1.234e-5, "12.3 µs"),
        (0.0009996, "1 ms"),
        (0.25, "250 ms"),
        (9.996, "10 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (86400 * 1234 + 3600, "1,234 d 1 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1_234_567, "1.23 MB"),
        (5_000_000_000, "5 GB"),
        (1_234_000_000_000_000, "1,234 TB"),
    ],
)
def test_sizes(number: int, text: str) -> None:
    assert words.size(number) == text


def test_counts_amounts_and_rates() -> None:
    assert words.count(1234567) == "1,234,567"
    assert words.amount(1, "call") == "1 call"
    assert words.amount(2000, "call") == "2,000 calls"
    assert words.rate(43712.4) == "43,712/s"
    assert words.rate(0.5) == "0.5/s"


def test_moments() -> None:
    assert words.moment(0.25) == "1970-01-01T00:00:00.250+00:00"
    assert words.day(0.25) == "1970-01-01 00:00:00.250 UTC"


@pytest.mark.parametrize("unix", [float("nan"), float("inf"), 1e18])
def test_what_is_no_day(unix: float) -> None:
    assert words.moment(unix) == ""
    assert words.day(unix) == "an unknown day"


@pytest.mark.parametrize(
    ("span", "unit"),
    [
        (1e-7, (1e-6, "µs")),
        (1e-6, (1e-6, "µs")),
        (0.5, (1e-3, "ms")),
        (1, (1, "s")),
        (119, (1, "s")),
        (120, (60, "min")),
        (7200, (3600, "h")),
        (1e9, (86400, "d")),
    ],
)
def test_the_unit_of_an_axis(span: float, unit: tuple[float, str]) -> None:
    assert words.unit_of(span) == unit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 🐍 \u05d0", "plain é 🐍 \u05d0"),
        ("\x00\x1b[1m\x7f\x85", "\\x00\\x1b[1m\\x7f\\x85"),
        ("a\tb\r\nc", "a\\tb\\r\\nc"),
        ("\u202eabc\u2066\ufeff", "\\u202eabc\\u2066\\ufeff"),
        ("\ud800 \udcff \udfff", "\\ud800 \\xff \\udfff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_is_not_seen_is_shown(text: str, shown: str) -> None:
    assert words.visible(text) == shown
    assert shown.encode()


def test_lines_may_stay_lines() -> None:
    assert words.visible("a\r\n\tb\rc\n", lines=True) == "a\n\tb\\rc\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abcde", "abcde"),
        ("abcdef", "abcde… (6 characters)"),
        ("a\x00b", "a\\x00… (3 characters)"),  # it grows when it is made visible
    ],
)
def test_long_texts_are_cut_and_say_so(text: str, shown: str) -> None:
    assert words.shorten(text, 5) == shown


@pytest.mark.parametrize(
    ("text", "fitting"),
    [("a" * 12, 10), ('"' * 12, 3), ("é" * 12, 10), ("🐍" * 12, 5), ("a" * 9 + "🐍", 10)],
)
def test_texts_are_cut_by_what_they_take_in_html(text: str, fitting: int) -> None:
    assert words.fit(text, 10) == text[:fitting]


def test_json_can_be_encoded_and_parsed() -> None:
    assert words.encodable_json('"a\udcffb\ud800"') == '"a\\\\xffb\\\\ud800"'


@pytest.mark.parametrize(
    ("kept", "whole", "shown"),
    [
        (None, None, ("", "not kept")),
        (None, 1500, ("", "1.5 kB, not kept")),
        (b"", None, ("", "empty")),
        (b"", 7, ("", "first 0 bytes of 7 bytes")),
        (b"text", 4, ("text", "4 bytes")),
        ("é".encode(), None, ("é", "2 bytes")),
        (b"x" * 200, None, ("x" * 160, "first 160 bytes of 200 bytes")),
        # Cut in the middle of a character, which is left out.
        (b"ab\xc3", 4, ("ab", "first 3 bytes of 4 bytes")),
        (b"\x1b" * 100, None, ("\\x1b" * 40 + "…", "100 bytes")),
        (
            b"\x00\xffABC",
            None,
            ("0000  00 ff 41 42 43                                   ..ABC", "5 bytes"),
        ),
        (
            b"\xc3\x28" * 40,
            None,
            (
                (
                    "0000  c3 28 c3 28 c3 28 c3 28 c3 28 c3 28 c3 28 c3 28  .(.(.(.(.(.(.(.(\n"
                    "0010  c3 28 c3 28 c3 28 c3 28 c3 28 c3 28 c3 28 c3 28  .(.(.(.(.(.(.(.("
                ),
                "first 32 bytes of 80 bytes",
            ),
        ),
    ],
)
def test_bodies(kept: bytes | None, whole: int | None, shown: tuple[str, str]) -> None:
    assert words.body(kept, whole, 160) == shown
