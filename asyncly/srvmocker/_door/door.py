"""The door: the protocol that reads every connection.

    bytes -> Assembler -> Site.decide, record -> queue -> ready bytes, a pause, or aiohttp

Invariants:
- A whole request is recorded when it has arrived, also when its client has left before the answer.
- There is one answer for each request, in the order of arrival; a pause or a turn of aiohttp's
  holds back all that stands behind it on this connection, and nothing on any other.
- Reading stops while too much waits for an answer or the client does not read.
- After a refusal the rest of the stream is read and dropped, so that the client gets to see why.
"""

import asyncio
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, NoReturn, cast

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.aio.inner import Inner
from asyncly.srvmocker._door.answers.holds import Waiter
from asyncly.srvmocker._door.answers.plans import Delay, Pause, Responder
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, closes, kind_of
from asyncly.srvmocker._door.answers.scripts import Ending, Player, Script, reset_connection
from asyncly.srvmocker._door.decisions import Decision
from asyncly.srvmocker._door.exchange import Due, Exchange, Planned
from asyncly.srvmocker._door.learning import Learning
from asyncly.srvmocker._door.reading.assembly import Assembler, Message, Refusal
from asyncly.srvmocker._door.reading.inflate import UndecodableError, inflate_body
from asyncly.srvmocker._door.site import Site
from asyncly.srvmocker._door.watch import Watch

__all__ = ("Door",)

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_QUEUE_HIGH: Final = 64  # requests waiting for their answer on one connection
_QUEUE_LOW: Final = 16
_HELD_HIGH: Final = 1 << 16  # bytes behind a request that asks for a WebSocket
_NO_URL: Final = "invalid request target: "
_NOTHING_LEARNED: Final = Learning()
_NOTHING_DUE: Final[deque[Due]] = deque()  # of most connections: one of its own has 760 bytes
_LINGER: Final = 2.0  # seconds that a refused client has to read why


class Door(asyncio.Protocol):
    """One connection."""

    __slots__ = (
        "_assembler",
        "_awaits_upgrade",
        "_busy",
        "_deaf",
        "_eof",
        "_held",
        "_inner",
        "_learning",
        "_lingering",
        "_number",
        "_paused",
        "_player",
        "_queue",
        "_read_paused",
        "_short",
        "_site",
        "_spare",
        "_timer",
        "_transport",
        "_upgraded",
        "_watch",
    )

    def __init__(self, site: Site[Any]) -> None:
        self._site = site
        self._short = False  # a segment may take the short way
        self._number = 0
        self._transport: asyncio.Transport | None = None
        self._assembler: Assembler | None = None
        self._inner: Inner | None = None
        self._queue: deque[Due] = _NOTHING_DUE  # has its own once something waits
        self._spare: Exchange | None = None  # has had its answer, and is there for the next request
        self._busy: Exchange | None = None  # the request whose answer takes its time
        self._paused = False  # the client does not read
        self._read_paused = False
        self._deaf = False  # whatever else comes is dropped
        self._eof = False
        self._awaits_upgrade = False
        self._upgraded = False  # the bytes are aiohttp's
        self._held = b""
        self._timer: Delay | None = None  # ends a pause
        self._player: Player | None = None  # writes an answer step by step
        self._watch: Watch | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._learning = _NOTHING_LEARNED  # has its own with its assembler

    # --- what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._number = self._site.came(self)
        if self._site.watches:
            self._watch = Watch(self._site, self._timed_out)
        self._settle()

    def data_received(self, data: bytes) -> None:
        """Take in a segment."""
        if self._short:
            transport = self._transport
            assert transport is not None, "_settle has looked"
            site = self._site
            if site.namespaces:
                site = site.site_of_segment(data)
            taken = site.lane(data, transport, self._number)
            if taken is not False:
                if taken is not True:
                    self._give(self._taken_in(taken, site))  # nothing stands before it
                    self._settle()
                return
        self._take(data)
        self._settle()

    def _settle(self) -> None:
        """Tell whether a segment may take the short way; called at the end of whatever happens."""
        assembler = self._assembler
        self._short = (
            (assembler is None or assembler.at_boundary)
            and self._transport is not None
            and not (self._busy or self._queue or self._deaf or self._paused or self._upgraded)
        )

    def _take(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._upgraded:
            assert self._inner is not None
            self._inner.data_received(data)
            return
        if self._awaits_upgrade:
            self._held += data
            if len(self._held) > _HELD_HIGH:
                self._pause_reading()
            return
        while data:
            data = self._assemble(data)

    def _assemble(self, data: bytes) -> bytes:
        """Take in a segment of HTTP; return what was held back and can be taken in now."""
        assembler = self._assembler
        if assembler is None:
            assembler = self._assembler = Assembler(
                self._site.limits,
                deliver=self._deliver,
                on_continue=self._continue,
                on_oversized=self._oversized,
            )
            self._learning = Learning()
        learning = self._learning
        learning.begin(data)
        at_boundary = assembler.at_boundary
        try:
            assembler.feed(data)
        except Refusal as refusal:
            self._refuse(refusal)
        over = assembler.at_boundary
        learning.end(self._site, whole=at_boundary and over and not self._deaf, goes_on=not over)
        if self._awaits_upgrade:
            self._held, assembler.behind_upgrade = assembler.behind_upgrade, b""
        if self._watch is not None and not self._deaf:
            self._watch.look(assembler)
        return self._let_go()

    def eof_received(self) -> bool | None:
        """Answer what is still to be answered, then close."""
        self._eof = True
        if self._upgraded:
            assert self._inner is not None
            self._inner.eof_received()
            return False
        player, holds = self._player, isinstance(self._timer, Waiter)
        hangs = holds or (player is not None and player.hangs)  # nothing else tells who left
        waiting = not hangs and (self._busy is not None or bool(self._queue))
        # A TLS connection cannot be half-closed.
        transport = self._transport
        return waiting and transport is not None and not transport.get_extra_info("sslcontext")

    def connection_lost(self, exc: Exception | None) -> None:
        """Count what can no longer be answered, and let go of everything."""
        for handle in (self._timer, self._lingering, self._watch):
            if handle is not None:
                handle.cancel()
        self._abandon()
        self._deaf = True
        self._transport = self._spare = None
        self._assembler = None
        if self._inner is not None:
            self._inner.connection_lost(exc)
        self._site.left(self)
        self._settle()

    def pause_writing(self) -> None:
        """Answer nothing more until the client reads."""
        self._paused = True
        self._short = False
        if self._player is not None:
            self._player.paused = True
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Go on answering."""
        self._paused = False
        if self._inner is not None:
            self._inner.resume_writing()
        if self._player is not None and self._player.resume():
            self._play_on()
        else:
            self._go_on()

    # --- what the assembler calls

    def _deliver(self, message: Message) -> None:
        kind = kind_of(message.method, message.version, message.keep_alive)
        try:
            if not inflate_body(message, self._site.limits.client_max_size):
                self._oversized(message)
                return
        except UndecodableError as error:
            self._refuse_now(message, str(error))
        try:
            site = self._site.site_of(message.target)
            decision = site.decide(message, kind)
        except ValueError as error:  # yarl reads an absolute target more closely than llhttp
            self._refuse_now(message, f"{_NO_URL}{error}")
        self._learning.decided(decision, site)
        if message.upgrade:
            self._learning.more()
        self._awaits_upgrade = message.upgrade
        self._due(self._taken_in(decision, site))

    def _continue(self) -> None:
        self._learning.more()
        self._due(_CONTINUE)

    def _oversized(self, message: Message) -> None:
        self._learning.more()
        try:
            site = self._site.site_of(message.target)
            decision = site.oversized(message)
        except ValueError as error:
            self._refuse_now(message, f"{_NO_URL}{error}")
        self._due(self._taken_in(decision, site))

    def _refuse_now(self, message: Message, reason: str) -> NoReturn:
        assert self._assembler, "only what it delivers is looked at"
        self._assembler.refuse(HTTPStatus.BAD_REQUEST, reason, head=message.method == "HEAD")

    def _refuse(self, refusal: Refusal) -> None:
        self._site.account.refuse(refusal.status, refusal.reason, self._learning.segment)
        self._deaf = True
        self._due(refusal)

    # --- in order

    def _taken_in(self, decision: Decision, site: Site[Any]) -> Exchange:
        exchange = self._spare or Exchange(self)
        self._spare = None
        exchange.begin(site, decision, self._number)
        return exchange

    def _due(self, due: Due) -> None:
        if self._busy is None and not self._queue and not self._paused:
            self._give(due)
            return
        if self._queue is _NOTHING_DUE:
            self._queue = deque()
        self._queue.append(due)
        if isinstance(due, Exchange):
            due.rest()
        if len(self._queue) >= _QUEUE_HIGH:
            self._pause_reading()

    def _drain(self) -> None:
        while True:
            while self._queue and not (self._busy or self._paused or self._transport is None):
                self._give(self._queue.popleft(), waited=True)
            held = self._let_go() if self._awaits_upgrade else b""
            if not held:
                break
            self._take(held)
        if self._read_paused and len(self._queue) <= _QUEUE_LOW and len(self._held) <= _HELD_HIGH:
            self._resume_reading()
        if self._eof and not self._queue and self._busy is None:
            self._close()

    def _give(self, due: Due, *, waited: bool = False) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or self._lingering is not None:
            if isinstance(due, Exchange):  # behind the last answer, or nobody is there to be told
                due.gone()
        elif isinstance(due, Exchange):
            if waited:
                due.go_on()
            self._follow(due, due.plan(), transport)
        elif isinstance(due, bytes):
            transport.write(due)
        else:
            transport.write(self._site.refusal(due))
            self._linger(transport)

    def _follow(self, exchange: Exchange, plan: Planned, transport: asyncio.Transport) -> None:
        if isinstance(plan, ReadyAnswer):
            rendered = plan.render(exchange.decision.kind, exchange.began)
            transport.write(rendered.current)
            exchange.site.account.answered_ready += 1
            exchange.given(rendered)
            self._spare = exchange  # nobody else has it
            if rendered.closes:
                self._close()
        elif plan is None:
            self._busy = exchange
            inner = self._inner
            if inner is None:
                inner = self._inner = self._site.inner.connect(transport)
                if self._paused:
                    inner.pause_writing()
            inner.take(exchange)
        elif isinstance(plan, Script):
            self._busy = exchange
            self._player = exchange.player(plan, transport, self._play_on)
            self._play()
        elif plan.__class__ is Pause:
            self._busy = self._timer = exchange
            exchange.sleep(plan)
        else:
            self._busy = exchange
            exchange.rest()
            self._timer = plan.begin(self._site.pauses, self.rested, exchange)
            if self._eof and isinstance(self._timer, Waiter):
                transport.close()  # nothing more would tell that the client has left

    def rested(self, exchange: Exchange, then: Responder) -> None:
        """Go on behind a pause."""
        if self._busy is not exchange:
            return  # its client has left in the same moment
        self._busy = self._timer = None
        transport = self._transport
        if transport is None or transport.is_closing():
            exchange.gone()
        else:
            exchange.go_on()
            ready: ReadyAnswer | None = getattr(then, "__ready__", None)
            self._follow(exchange, ready or exchange.follow(then), transport)
        if self._queue or self._eof or self._read_paused or self._awaits_upgrade:
            self._drain()
        self._settle()

    def _go_on(self) -> None:
        self._drain()
        self._settle()

    def _play(self) -> None:
        """Go on with a script, as far as it can be done now."""
        exchange, player, transport = self._busy, self._player, self._transport
        assert exchange and player and transport, "somebody waits for it"  # noqa: PT018 - as one
        ended = player.play()
        if ended is None:
            exchange.rest()
            if player.hangs and self._eof:  # nothing more would tell that the client has left
                transport.close()
            return
        self._busy = self._player = None
        if transport.is_closing():
            exchange.gone()
        elif isinstance(ended, BaseException) and not player.size:
            self._follow(exchange, exchange.give_up(ended), transport)
        else:
            ending = exchange.played(player, ended)
            if ending is Ending.RESET:
                reset_connection(transport)
            elif ending is Ending.CLOSE or closes(exchange.decision.kind):
                self._close()

    def _play_on(self) -> None:
        assert self._busy is not None, "somebody waits for it"
        self._busy.go_on()
        self._play()
        self._go_on()

    # --- what an exchange calls when aiohttp had its turn

    def turn_over(self, response: web.StreamResponse) -> None:
        """Go on behind an answer of aiohttp's."""
        exchange = self._busy
        if exchange is None:
            return  # counted already: the connection was lost, or a WebSocket has ended
        self._busy = None
        transport = self._transport
        if transport is None or transport.is_closing():
            exchange.gone()
            return
        exchange.site.account.answered_by_aiohttp += 1
        exchange.over_by_aiohttp(response)
        if response.keep_alive:
            self._drain()
        else:
            self._close()
        self._settle()

    def upgraded(self) -> None:
        """Leave the bytes to aiohttp from now on; the request has its answer."""
        self._upgraded = True
        self._short = False
        if self._busy is not None:
            self._busy.over(HTTPStatus.SWITCHING_PROTOCOLS, 0)
            self._busy.site.account.answered_by_aiohttp += 1
            self._busy = None
        self._awaits_upgrade = False
        held, self._held = self._held, b""
        if self._read_paused:
            self._resume_reading()
        if held:
            assert self._inner is not None
            self._inner.data_received(held)

    def _let_go(self) -> bytes:
        """Return what stands behind a wish for a WebSocket that was not granted."""
        held = b""
        if self._awaits_upgrade and self._busy is None and not self._queue and not self._deaf:
            self._awaits_upgrade = False
            held, self._held = self._held, b""
        return held

    # --- the connection itself

    def _pause_reading(self) -> None:
        if not self._read_paused and self._transport is not None:
            self._read_paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        self._read_paused = False
        if self._watch is not None and self._assembler is not None and not self._deaf:
            self._watch.look(self._assembler)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _close(self) -> None:
        """Close behind what has been written; whatever still waits gets no answer."""
        transport = self._transport
        self._deaf = True
        self._abandon()
        if transport is not None:
            self._linger(transport)

    def _abandon(self) -> None:
        for due in (self._busy, *self._queue):
            if isinstance(due, Exchange):
                due.gone()
        self._queue.clear()
        self._busy = None
        if self._player is not None:
            self._player.stop()
            self._player = None

    def _linger(self, transport: asyncio.Transport) -> None:
        """Close for writing and drop what comes, so that no reset overtakes the answer."""
        # RFC 9112 section 9.6. TLS connections cannot be half-closed, and wait by themselves.
        if self._eof or transport.get_extra_info("sslcontext") is not None:
            transport.close()
            return
        with suppress(OSError):  # its client has reset it, which nobody has told yet
            transport.write_eof()
        if self._read_paused:
            self._resume_reading()
        if self._watch is not None:
            self._watch.cancel()
        self._lingering = self._site.loop.call_later(_LINGER, transport.close)

    def _timed_out(self, phase: str) -> None:
        assert self._watch is not None, "it is the one that tells"
        if self._read_paused:  # the server's own doing: the time begins anew when it reads again
            self._watch.begin_anew()
            return
        self._refuse(Refusal(HTTPStatus.REQUEST_TIMEOUT, f"the request {phase} took too long"))
        self._settle()

    def end(self) -> None:
        """Close at once if nothing is in progress; the service is shutting down."""
        self._deaf = True
        self._short = False
        transport = self._transport
        if transport is not None and not (self._busy or self._queue or self._upgraded):
            transport.close()

    def abort(self) -> None:
        """Close at once, whatever is in progress."""
        assert self._transport is not None, "who has left is no connection of the service's"
        self._transport.abort()
