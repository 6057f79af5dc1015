"""The client's behaviour as traffic: how often it calls, how many calls at once.

A `Traffic` is a summary of the calls that were there when it was made. Times are those of the
server: a call arrives when its request has been read whole, and is answered when its answer has
been written.
"""

from __future__ import annotations

from typing import Final, NoReturn

from asyncly.srvmocker._core.bounds import CountBounds, refuse_contradictions
from asyncly.srvmocker._core.traffic.gaps import GapBounds, Seconds
from asyncly.srvmocker._core.traffic.ranks import Distribution, seconds_text, size_text
from asyncly.srvmocker._core.traffic.summary import Columns, Figures, Sizes
from asyncly.srvmocker.exceptions import leaves_out_frames

__all__ = ("Columns", "Distribution", "Sizes", "Traffic")

__tracebackhide__ = leaves_out_frames

_LISTED: Final = 10
_PERCENTILES: Final = (0, 50, 95, 99, 100)
_TITLES: Final = ("min", "median", "p95", "p99", "max", "total")


class Traffic:
    """What the times and sizes of calls tell of the client that made them.

    Read-only; every figure is computed when it is first asked for. Those that are distributed over
    calls are `Distribution`s, with percentiles by nearest rank. Times are in seconds, sizes in
    bytes. `str()` gives a table of all of it.

    The assertions take `exactly`, `at_least` and `at_most`; at least one must be given, and
    `exactly` stands alone. What is missing, negative or contradicts another raises `ValueError`.
    A failed one raises `AssertionError`; its text names calls as `calls[12]` or `calls[12:15]`,
    counted from 0 in order of arrival.

    Args:
        columns: The calls.
        subject: Whose calls they are; messages begin with it.

    Example:
        >>> from asyncly.srvmocker.traffic import Columns, Traffic
        >>> traffic = Traffic(Columns([0.0, 0.25, 0.5, 2.5]), "handler 'items'")
        >>> traffic
        <Traffic of handler 'items': 4 calls in 2.5 s, at most 3 in any 1 s, \
at most 1 in flight, 1 connection>
        >>> traffic.rate, traffic.gaps.min, traffic.gaps.max
        (1.2, 0.25, 2.0)
        >>> traffic.assert_rate(at_most=2, per=0.5)
        >>> traffic.assert_rate(at_most=2, per=1.0)
        Traceback (most recent call last):
        AssertionError: handler 'items': expected at most 2 call(s) in any 1 s, got 3: \
calls[0:3], 0 s to 0.5 s after the first
    """

    __slots__ = ("_figures", "_subject")

    def __init__(self, columns: Columns, subject: str = "all calls") -> None:
        self._figures = Figures(columns)
        self._subject = subject

    @property
    def subject(self) -> str:
        """Whose calls they are."""
        return self._subject

    @property
    def calls(self) -> int:
        """The number of calls."""
        return self._figures.size

    @property
    def span(self) -> float:
        """Seconds from the first call to the last; 0 where there are fewer than two."""
        return self._figures.span

    @property
    def rate(self) -> float:
        """Calls per second on average: those after the first, by the `span`; 0 without one."""
        span = self.span
        return (self.calls - 1) / span if span else 0.0

    def rates(self, per: float = 1.0) -> Distribution[int]:
        """Return how many calls came in each window of `per` seconds that ends with a call.

        So `rates().max` is the most calls in any second, wherever it begins. A window is half
        open: two calls exactly `per` apart are not within one.

        Args:
            per: The length of the window in seconds.

        Raises:
            ValueError: `per` is not a positive number of seconds.

        Example:
            >>> from asyncly.srvmocker.traffic import Columns, Traffic
            >>> Traffic(Columns([0.5, 0.75, 1.25, 2.25])).rates(per=1.0).max
            3
        """
        return Distribution("rates", self._figures.window(per), str)

    @property
    def gaps(self) -> Distribution[float]:
        """Seconds from each call to the next."""
        return Distribution("gaps", self._figures.gaps, seconds_text)

    @property
    def waits(self) -> Distribution[float]:
        """Seconds from the answer to each call to the next call; 0 where that came before it.

        For a client that sends one request after the other, this is how long it waited.
        """
        return Distribution("waits", self._figures.waits, seconds_text)

    @property
    def durations(self) -> Distribution[float]:
        """Seconds from each call to its answer, delays included; those that have one."""
        return Distribution("durations", self._figures.durations, seconds_text)

    @property
    def overhead(self) -> Distribution[float]:
        """Seconds that the mock itself worked on each call, apart from delays it was told to make.

        A benchmark of a client can subtract it.
        """
        return Distribution("overhead", self._figures.overhead, seconds_text)

    @property
    def in_flight(self) -> Distribution[int]:
        """How many calls were in flight whenever one arrived, itself included.

        So `in_flight.max` is the most that ever were. A call is in flight from its arrival until
        its answer is written. A call that is answered at once is alone unless delayed ones are
        waiting: give the handler a delay to see how many a client sends at a time.
        """
        return Distribution("in flight", self._figures.in_flight, str)

    @property
    def unanswered(self) -> int:
        """The number of calls without an answer when this summary was made."""
        return self._figures.unanswered

    @property
    def connections(self) -> int:
        """The number of connections on which the calls came."""
        return len(self._figures.by_connection)

    @property
    def calls_per_connection(self) -> Distribution[int]:
        """The number of these calls on each of the connections."""
        return Distribution("calls per connection", self._figures.per_connection, str)

    @property
    def bytes_in(self) -> Distribution[int]:
        """Bytes of each request: start line, header fields and body, as it is recorded.

        That is without chunked framing, and decompressed where the client sent a
        `Content-Encoding`; fewer or more bytes were on the wire then.
        """
        return Distribution("bytes in", self._figures.bytes_in, size_text)

    @property
    def bytes_out(self) -> Distribution[int]:
        """Bytes of each answer: status line, header fields and body."""
        return Distribution("bytes out", self._figures.bytes_out, size_text)

    def assert_rate(
        self, *, at_least: int | None = None, at_most: int | None = None, per: float = 1.0
    ) -> None:
        """Assert how many calls came per `per` seconds, wherever these begin.

        There is no `exactly`: the count of a window that slides hardly ever stays the same.

        Args:
            at_least: At least so many in every window that is over before the last call came; if
                there is no such window, the assertion fails.
            at_most: At most so many in any window.
            per: The length of the window in seconds. It is half open: two calls exactly `per`
                apart are not within one.

        Raises:
            AssertionError: It is not so.
            ValueError: The bounds or `per` make no sense.

        Example:
            >>> from asyncly.srvmocker.traffic import Columns, Traffic
            >>> traffic = Traffic(Columns([0.0, 0.5, 1.0, 1.5, 3.0, 3.5]))
            >>> traffic.assert_rate(at_most=2, per=1.0)
            >>> traffic.assert_rate(at_least=1, per=1.0)
            Traceback (most recent call last):
            AssertionError: all calls: expected at least 1 call(s) in every 1 s, got 0: \
in the 1 s after calls[3], 1.5 s after the first
        """
        refuse_contradictions({"at_least": at_least, "at_most": at_most})
        bounds = CountBounds(None, at_least, at_most)
        peak = self._figures.window(per).peak
        starts = self._figures.columns.starts
        if at_most is not None and peak.held > at_most:
            first = peak.at + 1 - peak.held
            self._fail(
                f"at most {at_most} call(s) in any {per:g} s, got {peak.held}: "
                f"calls[{first}:{peak.at + 1}], {self._after(first)} to {self._after(peak.at)} "
                "after the first"
            )
        if not bounds.at_least:
            return
        fewest = self._figures.quietest(per)
        wanted = f"at least {at_least} call(s) in every {per:g} s"
        if fewest is None:
            self._fail(
                f"{wanted}, but no window of {per:g} s is over before the last of "
                f"{len(starts)} call(s), {self.span:.6g} s after the first"
            )
        if fewest.held < bounds.at_least:
            self._fail(
                f"{wanted}, got {fewest.held}: in the {per:g} s after calls[{fewest.at}], "
                f"{self._after(fewest.at)} after the first"
            )

    def assert_in_flight(
        self,
        exactly: int | None = None,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> None:
        """Assert how many calls were in flight when there were most: `in_flight.max`.

        Raises:
            AssertionError: It is not so.
            ValueError: The bounds make no sense.

        Example:
            >>> from asyncly.srvmocker.traffic import Columns, Traffic
            >>> traffic = Traffic(Columns([0.0, 0.25, 0.75], ends=[0.5, 1.0, 1.0]))
            >>> traffic.assert_in_flight(exactly=2)
            >>> traffic.assert_in_flight(at_most=1)
            Traceback (most recent call last):
            AssertionError: all calls: expected at most 1 call(s) in flight at once, got 2: \
when calls[1] came, 0.25 s after the first, calls[0] had no answer
        """
        bounds = CountBounds(exactly, at_least, at_most)
        peak = self._figures.in_flight.peak
        if bounds.holds(peak.held):
            return
        where = ""
        if peak.held > 1:
            others = _listed([f"calls[{number}]" for number in self._figures.held_up(peak)])
            came = f"calls[{peak.at}] came, {self._after(peak.at)} after the first"
            where = f": when {came}, {others} had no answer"
        self._fail(f"{bounds} call(s) in flight at once, got {peak.held}{where}")

    def assert_gaps(
        self,
        exactly: Seconds | None = None,
        *,
        at_least: Seconds | None = None,
        at_most: Seconds | None = None,
        tolerance: float = 0.0,
    ) -> None:
        """Assert the time from each call to the next.

        Args:
            exactly: Each gap is this long, give or take the tolerance, which must be given. One
                number of seconds holds for every gap; a sequence names them one by one, and there
                must be that many.
            at_least: Likewise: no gap is shorter.
            at_most: Likewise: no gap is longer.
            tolerance: Seconds by which a gap may be off.

        Raises:
            AssertionError: It is not so, or there are no two calls.
            ValueError: The bounds make no sense.

        Example:
            >>> from asyncly.srvmocker.traffic import Columns, Traffic
            >>> traffic = Traffic(Columns([0.0, 0.125, 0.3125, 0.75]))
            >>> traffic.assert_gaps(at_least=[0.1, 0.15, 0.4])
            >>> traffic.assert_gaps(at_least=[0.1, 0.2, 0.4])
            Traceback (most recent call last):
            AssertionError: all calls: expected gaps of at least 0.1, 0.2, 0.4 s, \
got 0.125, 0.1875, 0.4375 s: 0.1875 s from calls[1] to calls[2], 0.0125 s too short
        """
        bounds = GapBounds(exactly, at_least, at_most, tolerance)
        self._compare(bounds, self._figures.gap_list(), "gaps")

    def assert_waits(
        self,
        exactly: Seconds | None = None,
        *,
        at_least: Seconds | None = None,
        at_most: Seconds | None = None,
        tolerance: float = 0.0,
    ) -> None:
        """Assert the time from the answer to each call to the next call, as of retries.

        As `assert_gaps` in everything else: what the mock took to answer does not count as waiting.

        Raises:
            AssertionError: It is not so, or there are no two calls.
            ValueError: The bounds make no sense.

        Example:
            >>> from asyncly.srvmocker.traffic import Columns, Traffic
            >>> traffic = Traffic(Columns([0.0, 1.0, 2.25], ends=[0.5, 1.5, 2.5]))
            >>> traffic.assert_waits(at_least=[0.5, 0.7])
            >>> traffic.assert_waits(at_most=0.6)
            Traceback (most recent call last):
            AssertionError: all calls: expected waits of at most 0.6 s, 1 of 2 are not: \
0.75 s from calls[1] to calls[2], 0.15 s too long
        """
        bounds = GapBounds(exactly, at_least, at_most, tolerance)
        self._compare(bounds, self._figures.wait_list(), "waits")

    def _compare(self, bounds: GapBounds, gaps: list[float], noun: str) -> None:
        difference = bounds.explain(gaps, noun)
        if difference is not None:
            self._fail(difference)

    def assert_connections(
        self,
        exactly: int | None = None,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> None:
        """Assert on how many connections the calls came; `exactly=1`: one was used for all.

        Raises:
            AssertionError: It is not so.
            ValueError: The bounds make no sense.

        Example:
            >>> from asyncly.srvmocker.traffic import Columns, Traffic
            >>> traffic = Traffic(Columns([0.0, 0.5, 1.0], connections=[4, 4, 9]))
            >>> traffic.assert_connections(exactly=1)
            Traceback (most recent call last):
            AssertionError: all calls: expected exactly 1 connection(s), got 2: \
2, 1 call(s) on each, in order of their first
        """
        bounds = CountBounds(exactly, at_least, at_most)
        calls = self._figures.by_connection
        if bounds.holds(len(calls)):
            return
        each = (
            f": {_listed(list(map(str, calls.values())))} call(s) on each, in order of their first"
        )
        self._fail(f"{bounds} connection(s), got {len(calls)}{each if calls else ''}")

    def _after(self, call: int) -> str:
        starts = self._figures.columns.starts
        return f"{starts[call] - starts[0]:.6g} s"

    def _fail(self, difference: str) -> NoReturn:
        raise AssertionError(f"{self._subject}: expected {difference}")

    def __repr__(self) -> str:
        figures = self._figures
        return (
            f"<Traffic of {self._subject}: {self.calls} calls in {self.span:.6g} s, "
            f"at most {figures.window(1.0).highest} in any 1 s, "
            f"at most {figures.in_flight.highest} in flight, "
            f"{self.connections} connection{'' if self.connections == 1 else 's'}>"
        )

    def __str__(self) -> str:
        figures = self._figures
        title = "".join(f"{title:>11}" for title in _TITLES)
        lines = [
            f"traffic of {self._subject}",
            f"calls        {self.calls} in {self.span:.6g} s, {self.rate:.4g} per second",
            f"in any 1 s   at most {figures.window(1.0).highest}",
            f"in flight    at most {figures.in_flight.highest}; {self.unanswered} not answered yet",
            f"connections  {self.connections}",
            f"{'':20}{title}",
        ]
        distributions: list[Distribution[int] | Distribution[float]] = [
            self.gaps,
            self.durations,
            self.overhead,
            self.bytes_in,
            self.bytes_out,
            self.calls_per_connection,
        ]
        for distribution in distributions:
            cells = "".join(f"{cell:>11}" for cell in distribution.texts(*_PERCENTILES))
            lines.append(f"{distribution.name:20}{cells}".rstrip())
        return "\n".join(lines)


def _listed(words: list[str]) -> str:
    more = f", ... {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return ", ".join(words[:_LISTED]) + more
