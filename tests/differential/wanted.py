"""The differences that are wanted: where this package leaves the published one behind on purpose.

A difference that no entry explains fails the test of its scenario. An entry that explains no
difference fails too: then the reason has gone, or the scenario that showed it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from tests.differential.compare import Difference
from tests.differential.conditions import (
    answered,
    answered_here_alone,
    answers_relayed,
    at,
    both,
    closing_alone,
    either,
    lost_there,
    names_as_sent,
    not_the_registration,
    one_more,
    only_more_warnings,
    other_words,
    own_content_type,
    place,
    refusal,
    refused,
    refused_here_alone,
    refused_there_alone,
    same_toml,
    started_here_alone,
    status_of,
    type_instead_of_assertion,
    within,
    within_places,
    without_interim,
)


@dataclass(frozen=True)
class Wanted:
    """A kind of difference: its name, why it is wanted, and which differences are of it."""

    name: str
    reason: str
    explains: Callable[[Difference], bool]


MADE = ("ValueError", "TypeError", "RecursionError", "OverflowError", "RepresenterError")

WANTED = [
    Wanted(
        "a-route-says-more",
        "What is kept of its calls, and what a strict service lets pass on it; keywords only, so "
        "that a route is made as ever.",
        within("starting/object-route-fields"),
    ),
    Wanted(
        "unmatched-is-explained",
        "The 404 and the 405 of a request that no route answers tell why, and which routes come "
        "nearest; there, they tell their own status.",
        at("told"),
    ),
    # --- matching
    Wanted(
        "undecodable-never-matches",
        "A body that cannot be read as JSON (bytes of no encoding, nesting or integers over the "
        "interpreter's limits) equals nothing; there, it made a 500 out of the request, or an "
        "assertion raise UnicodeDecodeError.",
        within("matching/json-undecodable*", "history/assert-undecodable*"),
    ),
    Wanted(
        "nan-never-equals",
        "NaN equals nothing; there, one that the json module had made was found by its identity.",
        within("matching/json-nan-of-the-json-module"),
    ),
    Wanted(
        "predicates-of-a-wrong-type",
        "A predicate that no request can satisfy, such as text where bytes are compared, is "
        "refused when it is made; there, it never matched.",
        either(
            refused(
                "matching/body-text-never",
                "matching/headers-value-not-text",
                "matching/query-value-not-text",
                by=("TypeError",),
            ),
            both(within("history/assert-wrong-type"), type_instead_of_assertion),
        ),
    ),
    # --- routes
    Wanted(
        "unreachable-route-warns",
        "A route that can never be reached is a warning that names it and says why.",
        only_more_warnings,
    ),
    Wanted(
        "unreachable-method-starts",
        "A method behind '*', or in other letters behind itself, on the same path: a warning; "
        "there, RuntimeError. Methods in any case are one group.",
        started_here_alone,
    ),
    Wanted(
        "method-with-line-break",
        "A line break at the end of a method is refused; there, it was let through and the route "
        "was never reached.",
        refused("starting/method-newline", by=("ValueError",)),
    ),
    # --- responses
    Wanted(
        "refused-when-made",
        "What cannot be sent (a body that cannot be serialized, a status or a header that would "
        "break the answer, a latency below zero, an unknown ending of a sequence) is refused when "
        "the response is made; there, a client got a 500, or a broken answer, or the mistake was "
        "passed over.",
        refused("starting/*", by=MADE),
    ),
    Wanted(
        "nothing-to-answer-with",
        "Follows from the entry before: the response was refused, so that none is registered, "
        "and the client gets the 500 of a handler without a response.",
        both(within("starting/late-*"), not_the_registration),
    ),
    Wanted(
        "rendered-when-made",
        "A response is rendered when it is made: a later change of the body does not reach "
        "clients, and its attributes cannot be set.",
        either(
            within(
                "responding/body-changed-after-it-was-made",
                "starting/object-content-serialize",
                "starting/object-content-equal",
            ),
            refused(
                "starting/object-content-set-status",
                "starting/object-latency-set",
                by=("AttributeError",),
            ),
        ),
    ),
    Wanted(
        "responses-are-checked",
        "What is not a BaseMockResponse is refused when it is registered or wrapped, with words "
        "that name the mistake; there, anything with a `response` was taken.",
        within("responding/user-duck", "responding/user-duck-wrapped"),
    ),
    Wanted(
        "raw-body-is-bytes",
        "RawResponse(None) is refused: its body is bytes; there, it was an empty body.",
        within("responding/raw-none"),
    ),
    Wanted(
        "own-content-type-wins",
        "A Content-Type among the user's headers wins over the serializer's.",
        both(
            within(
                "responding/json-user-type*",
                "responding/yaml-user-type",
                "responding/content-type-given",
            ),
            own_content_type,
        ),
    ),
    Wanted(
        "toml-writer",
        "TOML is written by tomli-w, which is maintained: other white space, the same document.",
        same_toml,
    ),
    Wanted(
        "yaml-plain-data",
        "YAML holds plain data: a tuple is a list; there, a tag named Python's tuple, which no "
        "client but Python's unsafe loader can read.",
        within("responding/yaml-types"),
    ),
    # --- the service
    Wanted(
        "undeclared-handler-words",
        "The warning about an undeclared handler says the same in other words.",
        other_words,
    ),
    Wanted(
        "undeclared-handler-without-routes",
        "With no routes at all, every handler is undeclared, and the warning says so; there, "
        "nothing was said.",
        both(within("starting/register-without-routes"), at("warned")),
    ),
    # --- the door
    Wanted(
        "refusals-in-own-words",
        "A malformed request gets the status that the RFC names, a short reason and a closed "
        "connection, in the version that the server speaks; there, 400 and aiohttp's own words.",
        refusal,
    ),
    Wanted(
        "stricter-by-the-rfc",
        "Refused here, taken there: versions that the server does not speak, a Host that is none "
        "(RFC 9112 section 3.2), transfer codings other than chunked (section 6.1), and any in a "
        "request of HTTP/1.0.",
        both(
            within(
                "wire/host-odd",
                "wire/http-1.0-chunked",
                "wire/malformed-encoding",
                "wire/malformed-line",
                "wire/malformed-version",
            ),
            refused_here_alone,
        ),
    ),
    Wanted(
        "nothing-to-continue-with",
        "A request without a body is not asked to go on (RFC 9110 section 10.1.1).",
        both(within("wire/expect-no-body"), without_interim),
    ),
    Wanted(
        "refusals-close",
        "An unknown expectation closes the connection: whether the body follows is not known.",
        both(within("wire/expect-unknown"), lambda difference: difference.path[0] == "open"),
    ),
    Wanted(
        "good-requests-before-bad-bytes",
        "Requests that came whole are answered and recorded, whatever came behind them; there, "
        "all that shared a segment with bad bytes were lost.",
        both(
            within("wire/pipelined-close-in-the-middle", "wire/http-1.0-pipelined"),
            lost_there,
        ),
    ),
    Wanted(
        "trailers-apart",
        "Fields behind the last chunk are not header fields (RFC 9110 section 6.5.1); there, some "
        "of them stood among the headers.",
        within("wire/chunked-trailers"),
    ),
    Wanted(
        "broken-compression",
        "A body that is not what its Content-Encoding says is the client's mistake: 400; there, "
        "500. Neither is recorded.",
        both(
            within(
                "wire/gzip-broken",
                "wire/gzip-broken-before-others",
                "wire/gzip-second-member-broken",
                "wire/gzip-trailing-garbage",
                "wire/deflate-broken",
            ),
            answered(500, 400),
        ),
    ),
    Wanted(
        "matches-have-more-criteria",
        "A match can ask for more, and its text tells what it asks for and nothing else.",
        within(
            "starting/object-match-repr",
            "starting/object-match-fields",
            "starting/object-match-asdict",
        ),
    ),
    Wanted(
        "a-criterion-that-raises-does-not-hold",
        "A request that cannot be compared with what a route expects is not that route's, and the "
        "error is kept; there, the client saw a 500.",
        within("matching/json-grumpy"),
    ),
    Wanted(
        "errors-keep-the-connection",
        "A 500 says nothing about the connection, which stays open; there, it is closed.",
        closing_alone,
    ),
    Wanted(
        "requests-behind-an-error",
        "No request behind a failed one is lost: it is recorded and answered; there, it is "
        "dropped without a word.",
        both(within("wire/pipelined-500-in-the-middle"), answered_here_alone),
    ),
    Wanted(
        "half-closed-clients",
        "A client that closes its side while its request is being answered may still read: the "
        "response is made and sent; there, it was cancelled.",
        either(
            both(within("wire/half-closed-while-answered"), answered_here_alone),
            both(within("responding/client-leaves-before-the-answer"), at("body"), one_more),
        ),
    ),
    Wanted(
        "clone-of-a-request-with-a-body",
        "A response may clone a request that has a body; there, the body had been read before, "
        "and aiohttp refused.",
        both(
            within("responding/user-facts"),
            lambda difference: difference.path[:2] == ("steps", 2) or place(difference) == "open.1",
        ),
    ),
    Wanted(
        "task-of-a-live-request",
        "The task of a request is the one that answers it; there, one that waits for it.",
        both(within("responding/user-task"), at("headers.0.1", "body")),
    ),
    Wanted(
        "one-text-of-a-500",
        "What a response returned that is no answer is a 500 in the same words as any other.",
        both(within("responding/user-wrong_type"), at("headers.0.1", "body")),
    ),
    Wanted(
        "forms-of-live-requests",
        "A response may read a multipart form; there, its stream was used up.",
        within("responding/user-reads-form"),
    ),
    # --- recorded requests
    Wanted(
        "recorded-without-connection",
        "A recorded request does not keep its connection alive: no transport, another protocol.",
        both(within("history/internals"), at("transport", "protocol", "task")),
    ),
    Wanted(
        "recorded-class",
        "A recorded request is of a class derived from aiohttp's Request, and says so.",
        both(within("history/attributes"), at("type", "repr")),
    ),
    Wanted(
        "recorded-stream-is-whole",
        "The stream of a recorded request holds its body, so that a multipart form can be read "
        "from it; there, the stream was used up.",
        within_places(
            ("history/attributes", ("can_read_body", "eof")),
            ("history/read-again-multipart", ("post",)),
        ),
    ),
    Wanted(
        "names-as-sent",
        "Names of header fields are recorded as the client wrote them; there, aiohttp's parser "
        "had written those that it knows in its own way.",
        names_as_sent,
    ),
    # --- the proxy
    Wanted(
        "answers-as-they-are",
        "The target's answer is relayed as it is: no Date, Server or Content-Type is added, and "
        "names keep their letters.",
        both(within("proxying/*"), answers_relayed),
    ),
    Wanted(
        "framing-as-it-was",
        "An answer in chunks, or until the target closes, is relayed while it comes; "
        "Content-Length is kept on HEAD.",
        both(
            within(
                "proxying/answer-chunked", "proxying/answer-until-close", "proxying/answer-head"
            ),
            at("headers"),
        ),
    ),
    Wanted(
        "connection-names-dropped",
        "Fields that Connection names are dropped in both directions (RFC 9110 section 7.6.1).",
        both(within("proxying/named-in-connection"), at("headers")),
    ),
    Wanted(
        "requests-as-they-are",
        "The target gets what the client sent: no Accept, Accept-Encoding, User-Agent or "
        "Content-Type is added.",
        within(
            "proxying/nothing-invented",
            "proxying/request-body-empty",
            "proxying/request-body-chunked",
        ),
    ),
    Wanted(
        "target-verbatim",
        "The target's bytes are kept, a bare '?' too.",
        both(within("proxying/target-encoded"), at("raw_path")),
    ),
    Wanted(
        "bad-gateway",
        "A target that cannot be reached or does not speak HTTP is a 502 with the reason; there, "
        "a 500 with a traceback.",
        within("proxying/dead-target", "proxying/broken-target"),
    ),
    Wanted(
        "refusal-with-reason",
        "A 407 says why in its body.",
        both(within("proxying/auth"), at("headers", "body")),
    ),
    Wanted(
        "bodies-of-any-size",
        "The proxy has no limit on bodies of its own: the target decides.",
        within("proxying/body-limit"),
    ),
]


OF_OLDER_AIOHTTP = [
    # Its own parser read requests in another way before 3.14; ours reads them alike under each.
    Wanted(
        "older: white-space-behind-values",
        "White space behind a field's value is no part of it (RFC 9112 section 5).",
        within("matching/headers-case", "wire/header-white-space"),
    ),
    Wanted(
        "older: refused-by-the-rfc",
        "Refused here, taken there: no Host or two, Transfer-Encoding twice, targets that are no "
        "URL of this server, more header fields than the limit, and what is no gzip behind gzip.",
        both(
            within(
                "wire/no-host",
                "wire/two-hosts",
                "wire/too-many-headers",
                "wire/malformed-encoding-twice",
                "wire/malformed-target",
                "wire/gzip-trailing-garbage",
                "wire/gzip-second-member-broken",
            ),
            refused_here_alone,
        ),
    ),
    Wanted(
        "older: targets-without-an-answer",
        "A target with a broken authority is a 400; there, no answer came.",
        both(
            within("wire/malformed-target"),
            lambda difference: (
                (
                    difference.reference in ({"eof": ""}, {"timeout": True})
                    and status_of(difference.ours) == 400
                )
                or (difference.reference, difference.ours) == ("timeout", "closed")
            ),
        ),
    ),
    Wanted(
        "older: codings-in-any-letters",
        "Names of content codings may be written in any letters (RFC 9110 section 8.4.1).",
        both(within("wire/gzip"), refused_there_alone),
    ),
    Wanted(
        "older: several-members",
        "A gzip body may have several members; there, only the first was read.",
        both(within("wire/gzip-twice-in-one"), at("body")),
    ),
    Wanted(
        "older: limit-is-allowed",
        "A body of exactly client_max_size is not too large.",
        both(within("wire/body-limit", "wire/body-over-limit-chunked"), refused_there_alone),
    ),
]
if tuple(map(int, version("aiohttp").split(".")[:2])) < (3, 14):
    WANTED.extend(OF_OLDER_AIOHTTP)


def explanation(difference: Difference) -> Wanted | None:
    """The first entry that explains the difference."""
    return next((each for each in WANTED if each.explains(difference)), None)
