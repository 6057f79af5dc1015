"""The class of received parts can be imported by users."""

from asyncly.srvmocker._core import content
from asyncly.srvmocker.parts import ReceivedPart


def test_it_is_the_class_of_the_parts() -> None:
    assert ReceivedPart is content.ReceivedPart
