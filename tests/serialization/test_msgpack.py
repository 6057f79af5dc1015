"""`MsgpackSerializer`."""

import msgspec
import pytest

from asyncly.srvmocker.serialization.msgpack import MsgpackSerializer


def test_it_writes_msgpack() -> None:
    assert MsgpackSerializer.content_type == "application/msgpack"
    assert MsgpackSerializer.dumps({"ok": True}) == b"\x81\xa2ok\xc3"
    body = {"a": [1, -1, 2.5, None, b"\x00", "é"]}
    content = MsgpackSerializer.dumps(body)
    assert isinstance(content, bytes)
    assert msgspec.msgpack.decode(content) == body


def test_it_refuses_what_msgpack_cannot_hold() -> None:
    with pytest.raises(TypeError, match="object"):
        MsgpackSerializer.dumps(object())
