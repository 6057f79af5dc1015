"""The recorded calls of some handlers, to be counted, awaited, looked through and asserted on.

Invariants: a `Calls` is a question, not an answer: it looks at what is recorded whenever it is
asked. Nothing about a call that was not kept is guessed: what the kept calls do not settle raises
`NotKeptError`.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NoReturn, Protocol, cast, overload

from asyncly.srvmocker._core.bounds import check_whole
from asyncly.srvmocker._core.matching.criteria import compile_criteria, conjunction
from asyncly.srvmocker._core.matching.given import check_json
from asyncly.srvmocker._core.record.question import Question
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker.exceptions import NotKeptError, SrvMockerError, leaves_out_frames
from asyncly.srvmocker.matching import Match, compile_match
from asyncly.srvmocker.recorded import RecordedRequest, RequestHistory
from asyncly.srvmocker.typing import Expected, Value

if TYPE_CHECKING:
    from aiohttp import web

    from asyncly.srvmocker._core.request import RequestView
    from asyncly.srvmocker._core.traffic.summary import Columns
    from asyncly.srvmocker.traffic import Traffic

__all__ = ("Calls",)

__tracebackhide__ = leaves_out_frames


class _Site(Protocol):
    def columns(self, rows: array[int]) -> Columns: ...
    def recall(self, view: RequestView) -> web.BaseRequest: ...
    def params(self, view: RequestView) -> Mapping[str, str]: ...


class Calls(Sequence[RequestHistory]):
    """The calls of some handlers that look as asked for, in order of arrival.

    `service.calls("create")` makes one. It is live: `len()`, iteration, indexing and `==`, as
    between lists, look at what is recorded then. Where the service keeps only some calls (`Keep`),
    they see those that are kept, while the assertions know of all.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("POST", "/items", "create")]) as service:
        ...     service.register("create", JsonResponse({}))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         for name in ("lamp", "desk", "lamp"):
        ...             response = await client.post("/items", json={"name": name})
        ...     lamps = service.calls("create").matching(json={"name": "lamp"})
        ...     lamps.assert_count(2)
        ...     [call.body for call in lamps]
        [b'{"name": "lamp"}', b'{"name": "lamp"}']
    """

    __slots__ = ("_question", "_site")

    def __init__(
        self,
        question: Question[RequestHistory],
        site: _Site | None = None,
    ) -> None:
        self._question = question
        self._site = site

    def __len__(self) -> int:
        return len(self._question.calls())

    @overload
    def __getitem__(self, index: int) -> RequestHistory: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RequestHistory]: ...
    def __getitem__(self, index: int | slice) -> RequestHistory | Sequence[RequestHistory]:
        calls = self._question.calls()
        try:
            return calls[index]
        except IndexError:
            raise IndexError(f"{self._subject}: there is no call {index} of {len(calls)}") from None

    def __iter__(self) -> Iterator[RequestHistory]:
        return iter(self._question.calls())

    def __reversed__(self) -> Iterator[RequestHistory]:
        return reversed(self._question.calls())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (list, Calls, CallSequence)):
            return NotImplemented
        return list(self) == list(cast("Sequence[object]", other))

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # what it equals changes

    def __repr__(self) -> str:
        try:
            least, most = self._question.count()
        except NotKeptError:
            return f"<Calls of {self._subject}>"
        return f"<Calls of {self._subject}: {least if least == most else f'{least} to {most}'}>"

    def matching(
        self,
        match: Match | None = None,
        *,
        json: Value = None,
        body: Expected = None,
        headers: Mapping[str, Expected] | None = None,
        query: Mapping[str, Expected] | None = None,
        text: Expected = None,
        cookies: Mapping[str, Expected] | None = None,
        path_params: Mapping[str, Expected] | None = None,
        form: Mapping[str, Expected] | None = None,
        multipart: Mapping[str, Expected] | None = None,
        predicate: Callable[[RecordedRequest], object] | None = None,
    ) -> Calls:
        """Narrow it to the calls that satisfy criteria: those of a `Match`, and those given here.

        Those given here are as in a `Match`.

        Args:
            match: A match, as routes have it.
            json: The parsed JSON body equals this, as `==` has it.
            body: The bytes of the body equal these.
            headers: These header fields are present; the first value of each equals.
            query: These query parameters are present; the first decoded value of each equals.
            text: The decoded body equals this.
            cookies: These cookies are present; the first value of each equals.
            path_params: These variables of the route's path have these decoded values.
            form: These fields of an urlencoded form are present; the first value of each equals.
            multipart: These fields of a multipart form are present; the first part of each equals.
                Needs the extra `multipart`.
            predicate: A function of the call that returns whether it matches.

        Raises:
            TypeError: A value can never be equal, or `predicate` takes something else than a call.
            ValueError: No criterion is given.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("POST", "/items", "create")]) as service:
            ...     service.calls("create").matching(headers={"X-Trace": "on"}).assert_count(0)
        """
        if json is not None:
            check_json("json", json)
        more = (text, cookies, path_params, form, multipart, predicate)
        rest = None
        if any(each is not None for each in more):
            rest = Match(
                text=text,
                cookies=cookies,
                path_params=path_params,
                form=form,
                multipart=multipart,
                predicate=predicate,
            )
        site = self._site
        wanted = [
            compile_match(each) if site is None else compile_match(each, site.recall, site.params)
            for each in (match, rest)
            if each is not None
        ]
        if any(each is not None for each in (json, body, headers, query)):
            wanted.append(compile_criteria(json=json, body=body, headers=headers, query=query))
        if not wanted:
            raise ValueError(
                "nothing to match: give a Match, or criteria such as json= or headers="
            )
        return Calls(self._question.narrowed(conjunction(*wanted)), self._site)

    def assert_count(
        self,
        exactly: int | None = None,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> None:
        """Assert how many of these calls there were; `assert_count(0)`: none.

        Args:
            exactly: So many.
            at_least: So many or more.
            at_most: So many or fewer.

        Raises:
            CallAssertionError: There were more or fewer.
            NotKeptError: It cannot be known, as calls were not kept.
            ValueError: No bound is given, or they contradict each other.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.calls("home").assert_count(at_least=1)
            Traceback (most recent call last):
            asyncly.srvmocker.exceptions.CallAssertionError: handler 'home': expected at least 1 \
call(s), got 0
        """
        from asyncly.srvmocker._core.bounds import CountBounds  # noqa: PLC0415 - on first use

        bounds = CountBounds(exactly, at_least, at_most)
        least, most = self._question.count()
        if bounds.holds(least) and bounds.holds(most):
            return
        wanted = str(bounds).removeprefix("exactly ")
        too_many = bounds.highest is not None and least > bounds.highest
        if too_many or most < bounds.lowest:
            got = f"{least}" if least == most else f"{least} to {most}"
            self._fail(f"expected {wanted} call(s), got {got}")
        raise NotKeptError(
            f"{self._subject}: expected {wanted} call(s), and {least} to {most} came: "
            f"{most - least} were not kept; keep them with a wider Keep"
        )

    def assert_order(self, *steps: Match | Calls, exactly: bool = False) -> None:
        """Assert that calls came that look like each of the steps, in this order.

        Args:
            steps: What the calls look like: a `Match` each, or other `Calls` of the same service.
            exactly: There were no other calls than these.

        Raises:
            CallAssertionError: They did not.
            NotKeptError: It cannot be known, as calls were not kept.
            ValueError: There are no steps, or one is of another service.

        Example:
            >>> from asyncly.srvmocker import JsonResponse, Match, MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/items", "list")]) as service:
            ...     service.register("list", JsonResponse([]))
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         for page in "123":
            ...             response = await client.get("/items", params={"page": page})
            ...     pages = [Match(query={"page": page}) for page in "123"]
            ...     service.calls("list").assert_order(*pages, exactly=True)
        """
        if not steps:
            raise ValueError("no order to assert: give at least one step")
        wanted = [step if isinstance(step, Calls) else self.matching(step) for step in steps]
        history = self._question.record.history
        if any(step._question.record.history is not history for step in wanted):  # noqa: SLF001 - of this class
            raise ValueError("a step has the calls of another service, which no order binds")
        rows = self._kept_rows("their order")
        each = [step._kept_rows("their order") for step in wanted]  # noqa: SLF001 - of this class
        if exactly and len(rows) != len(each):
            words = f"expected exactly {len(each)} call(s) in this order, got {len(rows)}"
            self._fail(f"{words}{self._came(rows)}")
        last = -1
        for number, (step, found) in enumerate(zip(wanted, each, strict=True)):
            if exactly:
                if rows[number] not in found:
                    self._fail(
                        f"call {number + 1} of {len(each)} is not as expected{self._came(rows)}",
                        criteria=step._question,  # noqa: SLF001 - of this class
                        at=number,
                    )
                continue
            behind = next((row for row in found if row > last), None)
            if behind is None:
                place = f"step {number + 1} of {len(each)}"
                when = "" if not number else f" behind that of step {number}"
                had = f", only {len(found)} before it" if found else ""
                told = f"{place}: expected a call{when}, got none{had}"
                step._fail(f"{told}{self._came(rows)}")  # noqa: SLF001 - of this class
            last = behind

    def _came(self, rows: array[int]) -> str:
        """Return a line that tells in which order these calls came."""
        from asyncly.srvmocker._core.explain.calls import order_of  # noqa: PLC0415 - on failure

        return order_of(self._question, rows)

    async def wait(
        self,
        times: int = 1,
        *,
        timeout: float | None = 5.0,  # noqa: ASYNC109 - its error tells what did come
    ) -> Calls:
        """Wait until there are so many of these calls; those that are there already count.

        Args:
            times: How many calls.
            timeout: Seconds after which to give up; `None`: never.

        Returns:
            These calls.

        Raises:
            CallTimeoutError: They did not come in time; the text tells which did.
            NotKeptError: It cannot be known how many there are, as calls were not kept.
            SrvMockerError: The service was closed meanwhile, or is none that `start_service` made.
            ValueError: `times` is less than 1, or `timeout` is negative.

        Example:
            >>> import asyncio
            >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
            >>> async with start_service([MockRoute("POST", "/hook", "hook")]) as service:
            ...     service.register("hook", RawResponse())
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         sending = asyncio.create_task(client.post("/hook"))
            ...         calls = await service.calls("hook").wait(timeout=5)
            ...         response = await sending
            ...     calls[0].path
            '/hook'
        """
        _check_wait(times, timeout)
        question = self._question
        history = question.record.history
        if history is None:
            raise SrvMockerError("only a service that start_service started can be waited for")
        least, most = question.count()
        if least >= times:
            return self
        if least != most:
            self._refuse_unkept(f"whether {times} came")
        from asyncly.srvmocker._core.record.waiting import Countdown  # noqa: PLC0415 - on first use

        enough: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

        def done(error: BaseException | None) -> None:
            if not enough.done():
                enough.set_result(error)

        countdown = Countdown(question.compiled, wanted=times, there=least, done=done)
        names: tuple[str | None, ...] = question.names or (None,)
        history.watchers.add(names, countdown)
        try:
            await asyncio.wait((enough,), timeout=timeout)
        finally:
            history.watchers.discard(names, countdown)
            enough.cancel()
        if enough.cancelled():
            self._time_out(times, timeout or 0.0)
        error = enough.result()
        if error is not None:
            raise error
        return self

    def traffic(self) -> Traffic:
        """Return what the times and sizes of these calls tell of the client.

        Raises:
            NotKeptError: Calls were not kept, so their times are not known.
            SrvMockerError: The service is none that `start_service` made.

        Example:
            >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/items", "list")]) as service:
            ...     service.register("list", JsonResponse([]))
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         for _ in range(3):
            ...             await (await client.get("/items")).read()
            ...     service.calls("list").traffic().assert_connections(exactly=1)
            b'[]'
            b'[]'
            b'[]'
        """
        from asyncly.srvmocker.traffic import Traffic  # noqa: PLC0415 - on first use

        rows = self._kept_rows("their times")
        if self._site is None:
            raise SrvMockerError("only a service that start_service started knows of its traffic")
        return Traffic(self._site.columns(rows), self._subject)

    @property
    def names(self) -> tuple[str, ...]:
        """The handlers; none stands for all of them."""
        return self._question.names

    @property
    def _subject(self) -> str:
        names = self._question.names
        if not names:
            return "all handlers"
        return f"handler{'s' * (len(names) > 1)} {', '.join(map(repr, names))}"

    def _kept_rows(self, what: str) -> array[int]:
        """Return the rows of these calls, which must all have been kept."""
        self._refuse_unkept(what)
        rows = self._question.rows()
        if rows is None:
            raise SrvMockerError(f"of calls that the service did not record, {what} is not known")
        return rows

    def _refuse_unkept(self, what: str) -> None:
        unkept = self._question.unkept
        if unkept:
            raise NotKeptError(
                f"{self._subject}: {unkept} call(s) were not kept, so {what} cannot be known; "
                "keep them with a wider Keep"
            )

    def _fail(
        self, words: str, *, criteria: Question[RequestHistory] | None = None, at: int | None = None
    ) -> NoReturn:
        from asyncly.srvmocker._core.explain.calls import question_failed  # noqa: PLC0415 - rare

        raise question_failed(
            f"{self._subject}: {words}", self._subject, self._question, criteria, at=at
        )

    def _time_out(self, times: int, timeout: float) -> NoReturn:
        from asyncly.srvmocker._core.explain.calls import question_timed_out  # noqa: PLC0415 - rare

        got = self._question.count()[0]
        raise question_timed_out(
            f"{self._subject}: expected {times} call(s) within {timeout:g} s, got {got}",
            self._subject,
            self._question,
            timeout,
        )


def _check_wait(times: int, timeout: object) -> None:
    check_whole("times", times)
    if times < 1:
        raise ValueError(f"times={times}: give 1 or more; for none, assert_count(0) afterwards")
    if timeout is None:
        return
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool):
        raise TypeError(f"timeout={timeout!r} is not a number of seconds")
    if not timeout >= 0:
        raise ValueError(f"timeout={timeout}: give a number of seconds, or None to wait for ever")
