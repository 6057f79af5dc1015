"""What a difference looks like: the words in which `wanted.py` says which ones it means."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

from tests.differential.compare import ABSENT, Difference
from tests.differential.script import Wire


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


def one_more(difference: Difference) -> bool:
    """A count that is ahead by one."""
    theirs, ours = difference.reference, difference.ours
    return number(theirs) and number(ours) and int(str(ours)) == int(str(theirs)) + 1


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
        ours.get("version") == "HTTP/1.1"
        and isinstance(headers, list)
        and ["Connection", "close"] in headers
        and status_of(ours) in (status_of(theirs), 414, 431, 501, 505)
    )


def closing_alone(difference: Difference) -> bool:
    """The head of an error of the server's, which closes the connection there and not here."""
    theirs, ours = difference.reference, difference.ours
    if difference.path[0] == "open":
        return theirs == "closed" and str(ours).endswith((" after 500", " after 504"))
    return (
        difference.path[-1] == "headers"
        and isinstance(theirs, list)
        and isinstance(ours, list)
        and [each for each in theirs if each not in ours] == [["Connection", "close"]]
        and [each for each in ours if each not in theirs] == []
    )


def answered_here_alone(difference: Difference) -> bool:
    """An answer, the record of its request, an assertion about it, the connection."""
    theirs, ours = difference.reference, difference.ours
    if isinstance(theirs, list) and isinstance(ours, list):
        return difference.path[0] in ("history", "history_map") and len(theirs) + 1 == len(ours)
    if difference.path[0] == "open":
        return theirs == "closed" and ours == "404"
    if ours == "ok":
        return raised(theirs) == "AssertionError"
    return theirs == {"eof": ""} and status_of(ours) == 200


def refused_here_alone(difference: Difference) -> bool:
    """Refused here, and so not recorded, and the connection closed; taken there."""
    theirs, ours = difference.reference, difference.ours
    if difference.path[0] == "open":
        return (theirs, ours) == ("404", "closed")
    if difference.path[0] in ("history", "history_map"):
        assert isinstance(theirs, list)
        return ours == ABSENT or (isinstance(ours, list) and len(ours) < len(theirs))
    return status_of(theirs) in (200, 404) and status_of(ours) in (400, 431, 501, 505)


def refused_there_alone(difference: Difference) -> bool:
    """Taken here, and so recorded; a 413 or a 500 there."""
    theirs, ours = difference.reference, difference.ours
    if difference.path[0] == "open":
        return (theirs, ours) == ("closed", "404")
    if difference.path[0] in ("history", "history_map"):
        assert isinstance(ours, list)
        return theirs == ABSENT or (isinstance(theirs, list) and len(theirs) < len(ours))
    if difference.path[-1] == "status":
        return theirs in (413, 500) and ours == 200
    return difference.path[-1] in ("reason", "headers", "body")


def without_interim(difference: Difference) -> bool:
    """The same answers, of which the first one there is a 100."""
    theirs, ours = difference.reference, difference.ours
    return isinstance(theirs, list) and status_of(theirs[0]) == 100 and theirs[1:] == ours


def lost_there(difference: Difference) -> bool:
    """Requests that are answered and recorded here; there, a 400 for all of them."""
    theirs, ours = difference.reference, difference.ours
    if difference.path[0] in ("history", "history_map"):
        return theirs in ([], ABSENT) and isinstance(ours, list)
    return (
        isinstance(theirs, list)
        and isinstance(ours, list)
        and (status_of(theirs[0]), status_of(ours[0])) == (400, 200)
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
