"""The differences that are wanted: where this package leaves the published one behind on purpose.

A difference that no entry explains fails the test of its scenario. An entry that explains no
difference fails too: then the reason has gone, or the scenario that showed it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass

from tests.differential.compare import Difference
from tests.differential.script import Wire


@dataclass(frozen=True)
class Wanted:
    """A kind of difference: its name, why it is wanted, and which differences are of it."""

    name: str
    reason: str
    explains: Callable[[Difference], bool]


def place(difference: Difference) -> str:
    """Where the difference is, as one text."""
    return ".".join(map(str, difference.path))


def raised(seen: Wire) -> str | None:
    """The name of the exception that stands here, where one does."""
    if isinstance(seen, dict):
        if isinstance(seen.get("built"), dict):
            return raised(seen["built"])
        if "raised" in seen:
            return str(seen["raised"])
    return None


def within(*scenarios: str) -> Callable[[Difference], bool]:
    """Any difference of these scenarios, which show nothing else; a `*` ends a prefix."""

    def explains(difference: Difference) -> bool:
        return any(
            difference.scenario.startswith(each[:-1])
            if each.endswith("*")
            else difference.scenario == each
            for each in scenarios
        )

    return explains


def refused(*scenarios: str, by: tuple[str, ...]) -> Callable[[Difference], bool]:
    """Made without complaint there, refused with one of these exceptions here."""
    here = within(*scenarios)

    def explains(difference: Difference) -> bool:
        return (
            here(difference)
            and raised(difference.reference) is None
            and raised(difference.ours) in by
        )

    return explains


def at(*ends: str) -> Callable[[Difference], bool]:
    """Any difference at a place that ends so."""

    def explains(difference: Difference) -> bool:
        return any(
            place(difference) == end or place(difference).endswith("." + end) for end in ends
        )

    return explains


def both(*conditions: Callable[[Difference], bool]) -> Callable[[Difference], bool]:
    """All of these hold."""
    return lambda difference: all(each(difference) for each in conditions)


def either(*conditions: Callable[[Difference], bool]) -> Callable[[Difference], bool]:
    """One of these holds."""
    return lambda difference: any(each(difference) for each in conditions)


def type_instead_of_assertion(difference: Difference) -> bool:
    """The criteria of an assertion are refused, where it merely failed."""
    return (raised(difference.reference), raised(difference.ours)) == (
        "AssertionError",
        "TypeError",
    )


def within_places(
    *places: tuple[str, tuple[str, ...]],
) -> Callable[[Difference], bool]:
    """Differences of these scenarios at these places."""
    return either(*(both(within(scenario), at(*ends)) for scenario, ends in places))


def not_the_registration(difference: Difference) -> bool:
    """Anything that a client saw."""
    return raised(difference.ours) is None


def only_more_warnings(difference: Difference) -> bool:
    """The same warnings at start, and that some routes cannot be reached."""
    theirs, ours = difference.reference, difference.ours
    if difference.path != ("start_warnings",):
        return False
    if not isinstance(theirs, list) or not isinstance(ours, list):
        return False
    return [each for each in ours if each != "UnreachableRouteWarning"] == theirs


def started_here_alone(difference: Difference) -> bool:
    """The routes of which one can never be reached start here, and do not there."""
    return (
        difference.path == ("start",)
        and difference.ours == "ok"
        and isinstance(difference.reference, dict)
        and difference.reference["raised"] == "RuntimeError"
        and "will never be executed" in str(difference.reference["text"])
    )


def other_words(difference: Difference) -> bool:
    """The text of the warning about an undeclared handler: what it must say, it says."""
    theirs, ours = str(difference.reference), str(difference.ours)
    _, _, named = theirs.partition("declared handlers: ")
    names = named.partition("]")[0]
    return (
        "warned" in difference.path
        and theirs.startswith("register() called with unknown handler_name")
        and names in ours
        and "UnknownHandlerError" in ours
    )


def same_toml(difference: Difference) -> bool:
    """Other text of the same document, and so another length."""
    if not difference.scenario.startswith("responding/toml-"):
        return False
    if difference.path[-1] == "body":
        return tomllib.loads(str(difference.reference)) == tomllib.loads(str(difference.ours))
    return number(difference.reference) and number(difference.ours)


def number(seen: Wire) -> bool:
    """Text of digits, such as a length."""
    return isinstance(seen, str) and seen.isdigit()


def status_of(seen: Wire) -> Wire:
    """The status of an answer."""
    return seen.get("status") if isinstance(seen, dict) else None


def answered(theirs: int, ours: int) -> Callable[[Difference], bool]:
    """Whole answers with these statuses."""
    return lambda difference: (
        (status_of(difference.reference), status_of(difference.ours)) == (theirs, ours)
    )


def refusal(difference: Difference) -> bool:
    """Refused there with 400 or 417, here with that or the status that the RFC names."""
    theirs, ours = difference.reference, difference.ours
    if not isinstance(ours, dict) or status_of(theirs) not in (400, 417):
        return False
    headers = ours.get("headers")
    return (
        ours["version"] == "HTTP/1.1"
        and isinstance(headers, list)
        and ["Connection", "close"] in headers
        and ours["status"] in (status_of(theirs), 414, 431, 501, 505)
    )


def pairs(seen: Wire) -> list[tuple[str, str]]:
    """Header fields, names in lower case."""
    assert isinstance(seen, list)
    return sorted((str(name).lower(), str(value)) for name, value in seen)  # type: ignore[misc,str-unpack,unused-ignore]  # pairs are lists here


def own_content_type(difference: Difference) -> bool:
    """A Content-Type that the user gave, in the place of the serializer's."""
    ours = difference.ours
    if difference.path[-1] == "headers":  # in other cases of letters, they sort elsewhere
        mine = dict(pairs(ours))
        rest = dict(pairs(difference.reference))
        del mine["content-type"], rest["content-type"]
        return mine == rest
    return "headers" in difference.path and "/" in str(ours)


def names_as_sent(difference: Difference) -> bool:
    """The same name of a field in other letters, in a recorded request."""
    theirs, ours = difference.reference, difference.ours
    return (
        difference.path[0] in ("history", "history_map")
        and "headers" in difference.path
        and isinstance(theirs, str)
        and isinstance(ours, str)
        and theirs.lower() == ours.lower()
    )


INVENTED = {"date", "server"}


def answers_relayed(difference: Difference) -> bool:
    """The published proxy adds fields to the answer; nothing else differs."""
    if difference.path[0] != "steps" or difference.path[-1] != "headers":
        return False
    theirs, ours = pairs_or_none(difference.reference), pairs_or_none(difference.ours)
    if theirs is None or ours is None:
        return False
    invented = [each for each in theirs if each not in ours]
    return not [each for each in ours if each not in theirs] and all(
        name in INVENTED or (name, value) == ("content-type", "application/octet-stream")
        for name, value in invented
    )


def pairs_or_none(seen: Wire) -> list[tuple[str, str]] | None:
    """Header fields of an answer, or nothing where these are none."""
    if isinstance(seen, list) and all(isinstance(each, list) and len(each) == 2 for each in seen):
        return pairs(seen)
    return None


MADE = ("ValueError", "TypeError", "RecursionError", "OverflowError", "RepresenterError")

WANTED = [
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
        "A route that can never be reached is a warning that names both.",
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
        within(
            "wire/host-odd",
            "wire/http-1.0-chunked",
            "wire/malformed-encoding",
            "wire/malformed-line",
            "wire/malformed-version",
        ),
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
        within("wire/pipelined-close-in-the-middle", "wire/http-1.0-pipelined"),
    ),
    Wanted(
        "trailers-apart",
        "Fields behind the last chunk are not header fields (RFC 9110 section 6.5.1); there, some "
        "of them stood among the headers.",
        within("wire/chunked-trailers"),
    ),
    Wanted(
        "broken-compression",
        "A body that cannot be decompressed is the client's mistake: 400; there, 500.",
        both(within("wire/gzip-broken"), answered(500, 400)),
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


def explanation(difference: Difference) -> Wanted | None:
    """The first entry that explains the difference."""
    return next((each for each in WANTED if each.explains(difference)), None)
