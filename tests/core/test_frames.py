"""The frames of a WebSocket's server, as RFC 6455 section 5.2 has them."""

import pytest

from asyncly.srvmocker._core.frames import BINARY, TEXT, encode_frame


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_the_length_takes_as_little_as_it_can(size: int, head: bytes) -> None:
    payload = bytes(size)
    assert encode_frame(TEXT, payload) == head + payload


def test_a_binary_message_has_another_opcode() -> None:
    assert encode_frame(BINARY, b"ab") == b"\x82\x02ab"
