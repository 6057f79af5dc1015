"""`ProblemResponse`: problem details (RFC 9457)."""

import aiohttp
import pytest

from asyncly.srvmocker import MockRoute, ProblemResponse, start_service


async def test_what_is_sent_is_a_problem(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register(
            "it",
            ProblemResponse(
                403,
                "You do not have enough credit.",
                "Your balance is 30, but that costs 50.",
                type="https://example.com/probs/out-of-credit",
                instance="/account/12345/msgs/abc",
                headers={"X-A": "1"},
                balance=30,
                accounts=["/account/12345", "/account/67890"],
            ),
        )
        async with client.get(service.url) as answer:
            assert (answer.status, answer.headers["X-A"]) == (403, "1")
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert await answer.json() == {
                "type": "https://example.com/probs/out-of-credit",
                "title": "You do not have enough credit.",
                "status": 403,
                "detail": "Your balance is 30, but that costs 50.",
                "instance": "/account/12345/msgs/abc",
                "balance": 30,
                "accounts": ["/account/12345", "/account/67890"],
            }
    assert service.account.answered_ready == 1


@pytest.mark.parametrize(
    ("response", "body"),
    [
        (ProblemResponse(404), {"type": "about:blank", "title": "Not Found", "status": 404}),
        (ProblemResponse(599), {"type": "about:blank", "status": 599}),
        (ProblemResponse(404, "Gone"), {"type": "about:blank", "title": "Gone", "status": 404}),
        (ProblemResponse(404, type="/probs/x"), {"type": "/probs/x", "status": 404}),
        (
            ProblemResponse(400, detail="d", field=None),
            {
                "type": "about:blank",
                "title": "Bad Request",
                "status": 400,
                "detail": "d",
                "field": None,
            },
        ),
    ],
)
def test_members_that_are_not_given_are_left_out(
    response: ProblemResponse, body: dict[str, object]
) -> None:
    assert response.body == body


def test_mistakes_are_found_when_it_is_made() -> None:
    with pytest.raises(ValueError, match=r"^status 99 is not a three-digit HTTP status code$"):
        ProblemResponse(99)
    with pytest.raises(TypeError, match="not JSON serializable") as caught:
        ProblemResponse(400, when=object())
    assert caught.value.__notes__ == [
        "while serializing a response body as application/problem+json"
    ]


def test_a_content_type_that_the_user_gives_wins() -> None:
    response = ProblemResponse(400, headers={"content-type": "application/json"})
    assert list(response.headers.values()) == ["application/json"]
    assert repr(response) == "<ProblemResponse 400 application/json, 62 bytes>"
