"""The account by itself: what it adds up, and how much of what was refused it keeps."""

from asyncly.srvmocker import MockRoute, start_service
from asyncly.srvmocker._door.account import Account, Refused
from tests.rawhttp import ask
from tests.scripted import OK, Steps


def test_what_has_no_end_yet_is_in_progress() -> None:
    account = Account()
    assert (account.answered, account.in_progress) == (0, 0)
    account.received = 10
    account.answered_ready, account.answered_by_aiohttp, account.client_gone = 4, 2, 1
    assert (account.answered, account.in_progress) == (6, 3)
    assert repr(account) == (
        "<Account 10 received = 6 answered (4 ready, 2 by aiohttp, 0 step by step) "
        "+ 0 refused + 1 client gone + 3 in progress>"
    )


def test_a_refused_stream_counts_as_received_and_its_first_bytes_are_kept() -> None:
    account = Account()
    account.refuse(431, "too many header fields", b"x" * 300)
    assert (account.received, account.refused, account.in_progress) == (1, 1, 0)
    assert list(account.last_refused) == [Refused(431, "too many header fields", b"x" * 200)]


def test_the_last_hundred_refusals_are_kept_oldest_first() -> None:
    account = Account()
    for number in range(250):
        account.refuse(400, str(number), b"")
    assert account.refused == 250
    assert [refused.reason for refused in account.last_refused] == [
        str(number) for number in range(150, 250)
    ]


def test_the_hit_rate_is_the_part_that_was_recognised_and_refusals_are_no_part_of_it() -> None:
    account = Account()
    assert account.hit_rate == 0
    account.refuse(400, "", b"")
    assert account.hit_rate == 0
    account.received, account.decided = 5, 1
    assert account.hit_rate == 0.75


def test_beginning_anew_leaves_what_is_in_progress() -> None:
    account = Account()
    account.received, account.answered_ready, account.answered_by_aiohttp = 10, 4, 2
    account.client_gone, account.decided, account.unmatched = 1, 5, 3
    account.refuse(400, "why", b"x")
    assert account.in_progress == 3
    account.clear()
    assert (account.received, account.in_progress, account.answered) == (3, 3, 0)
    assert (account.refused, account.client_gone, account.decided, account.unmatched) == (
        0,
        0,
        0,
        0,
    )
    assert not account.last_refused


async def test_answers_step_by_step_have_a_number_of_their_own() -> None:
    async with start_service([MockRoute("GET", "/", "steps")]) as service:
        service.register("steps", Steps([OK]))
        await ask(service.url, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        account = service.account
        assert (account.answered, account.answered_step_by_step) == (1, 1)
        assert "(0 ready, 0 by aiohttp, 1 step by step)" in repr(account)
        service.reset()
        assert account.answered_step_by_step == 0
