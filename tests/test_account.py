"""The account of a service: what became of every request, and it balances."""

import aiohttp
import pytest

from asyncly.srvmocker import MockRoute, RawResponse, start_service
from asyncly.srvmocker.account import Account, Refused
from tests.rawhttp import ask


async def test_it_counts_what_was_answered_and_what_was_refused(
    client: aiohttp.ClientSession,
) -> None:
    async with start_service([MockRoute("GET", "/a", "a")]) as service:
        service.register("a", RawResponse())
        for path in ("a", "b"):
            async with client.get(service.url / path):
                pass
        assert (await ask(service.url, b"nonsense\r\n\r\n")).status == 400
        account = service.account
    assert isinstance(account, Account)
    assert (account.received, account.answered, account.refused) == (3, 2, 1)
    assert (account.client_gone, account.in_progress) == (0, 0)
    [refused] = account.last_refused
    assert isinstance(refused, Refused)
    assert (refused.status, refused.first_bytes) == (400, b"nonsense\r\n\r\n")
    assert refused.reason
    with pytest.raises(AttributeError):
        account.other = 1  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
