"""The load: a real aiohttp client with a number of connections, each with one request at a time.

Every request carries a number of its own; the client keeps a book of what it sent and whether the
answer that came back belongs to that very request.
"""

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from examples.demo.catalogue import ID_HEADER, Case

ANSWER_WITHIN = 10.0
SHOW_EVERY = 0.1


@dataclass(slots=True)
class Book:
    """What the client knows: numbers sent (with the handler expected), answered, mistaken."""

    sent: dict[int, str] = field(default_factory=dict[int, str])
    answered: set[int] = field(default_factory=set[int])
    mistaken: set[int] = field(default_factory=set[int])


class Client:
    """Sends the requests of the catalogue; use as an async context manager."""

    def __init__(self, url: URL, cases: Sequence[Case], connections: int, seed: int = 0) -> None:
        self.book = Book()
        self._url = url
        self._cases = cases
        self._connections = connections
        self._shuffled = list(cases)
        random.Random(seed).shuffle(self._shuffled)
        self._numbers = itertools.count(1)
        self._session = ClientSession(
            connector=TCPConnector(limit=connections),
            timeout=ClientTimeout(total=ANSWER_WITHIN),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def once_each(self) -> None:
        """Send one request to every handler (this also opens the connections)."""
        await self._work(iter(self._cases), lambda: False)

    async def drive(self, seconds: float, show: Callable[[float, int], None]) -> float:
        """Send for so many seconds, wait for the last answers, and return the seconds it took."""
        loop = asyncio.get_running_loop()
        before = len(self.book.answered)
        start = loop.time()

        def tell() -> None:
            show(loop.time() - start, len(self.book.answered) - before)

        async def ticker() -> None:
            while True:
                await asyncio.sleep(SHOW_EVERY)
                tell()

        ticking = asyncio.create_task(ticker())
        try:
            await self._work(
                itertools.cycle(self._shuffled), lambda: loop.time() - start >= seconds
            )
        finally:
            ticking.cancel()
        tell()
        return loop.time() - start

    async def _work(self, cases: Iterator[Case], over: Callable[[], bool]) -> None:
        async def worker() -> None:
            while not over():
                case = next(cases, None)
                if case is None:
                    return
                await self._send(case)

        async with asyncio.TaskGroup() as group:
            for _ in range(self._connections):
                group.create_task(worker())

    async def _send(self, case: Case) -> None:
        number = next(self._numbers)
        shot = case.shot(number)
        self.book.sent[number] = case.route.handler_name
        try:
            async with self._session.request(
                shot.method,
                URL(f"{self._url.origin()}{shot.target}", encoded=True),
                data=shot.body,
                headers={**shot.headers, ID_HEADER: str(number)},
            ) as answer:
                right = shot.accepts(answer.status, await answer.read())
        except (ClientError, TimeoutError):
            return  # stays in the book as sent and not answered
        (self.book.answered if right else self.book.mistaken).add(number)
