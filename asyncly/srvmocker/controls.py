"""What a user does to a service, beside registering responses and asking what came.

Invariant: `MockService` alone is built on this; its fields are described there.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence
from typing import TYPE_CHECKING

from asyncly.srvmocker.exceptions import SrvMockerError
from asyncly.srvmocker.failures import HandlerFailure
from asyncly.srvmocker.recorded import RequestHistory
from asyncly.srvmocker.responses.base import BaseMockResponse

if TYPE_CHECKING:
    from asyncly.srvmocker._door.site import Listening, Site

__all__ = ("Controls",)


class Controls:
    """The half of a service that changes it as a whole.

    Example:
        >>> from asyncly.srvmocker import MockService
        >>> from asyncly.srvmocker.controls import Controls
        >>> issubclass(MockService, Controls)
        True
    """

    history: MutableSequence[RequestHistory]
    history_map: MutableMapping[str, MutableSequence[RequestHistory]]
    handlers: MutableMapping[str, BaseMockResponse]
    errors: MutableSequence[HandlerFailure]
    _site: Site[RequestHistory] | None
    _saved: dict[str, BaseMockResponse]

    def reset(self, *, restore: bool = False) -> None:
        """Begin anew: forget calls, counts, errors and unmatched requests; rewind sequences.

        It is safe while requests are being answered; they are counted when they have their answer.
        Who waits for calls goes on waiting, for as many as before.

        Args:
            restore: Put back the responses that were registered at `save_responses()`; where it
                was not called, none. Otherwise the registered responses stay.

        Example:
            >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.register("home", RawResponse(b"for all tests"))
            ...     service.save_responses()
            ...     service.register("home", RawResponse(b"for one test"))
            ...     service.reset(restore=True)
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         await (await client.get("/")).read()
            b'for all tests'
        """
        if restore:
            self.handlers.clear()
            self.handlers.update(self._saved)
        for response in self.handlers.values():
            rewind = getattr(response, "__rewind__", None)  # a user may register what is none
            if rewind is not None:
                rewind()
        self.errors.clear()
        if self._site is None:
            self.history.clear()
            self.history_map.clear()
        else:
            self._site.reset()

    def save_responses(self) -> None:
        """Remember the registered responses, for `reset(restore=True)`."""
        self._saved.clear()
        self._saved.update(self.handlers)

    async def stop_accepting(self, *, drop: bool = False) -> None:
        """Refuse new connections, as a server that is down does; the port stays the service's.

        Connections that are open are kept, and answered; their client may go on using them. Does
        nothing more to a service that refuses already.

        Args:
            drop: Close the open connections too, at once; requests in progress get no answer.

        Raises:
            SrvMockerError: The service does not run, or is a namespace, which has no port of its
                own.

        Example:
            >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.register("home", RawResponse(b"back again"))
            ...     await service.stop_accepting(drop=True)
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         try:
            ...             await client.get("/")
            ...         except aiohttp.ClientConnectorError:
            ...             await service.start_accepting()
            ...         await (await client.get("/")).read()
            b'back again'
        """
        site, listener = self._listening("stop_accepting")
        listener.stop()
        if drop:
            await site.drop()

    async def start_accepting(self) -> None:
        """Accept connections again, on the same port; does nothing where they are accepted.

        Raises:
            SrvMockerError: As for `stop_accepting`.

        Example:
            >>> from asyncly.srvmocker import start_service
            >>> async with start_service([]) as service:
            ...     await service.stop_accepting()
            ...     await service.start_accepting()
        """
        _, listener = self._listening("start_accepting")
        await listener.start()

    def _listening(self, name: str) -> tuple[Site[RequestHistory], Listening]:
        site = self._site
        if site is None or site.listener is None:
            raise SrvMockerError(
                f"{name}: only a service that runs has a port; a namespace has that of its service"
            )
        return site, site.listener
