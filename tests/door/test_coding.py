"""Content codings as the record shows them."""

import gzip
import sys
import zlib
from types import ModuleType

import pytest

from asyncly.srvmocker._door.coding import decode_content

BODY = b"the same words, the same words, the same words"


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([], BODY),
        (["identity"], BODY),
        (["gzip"], gzip.compress(BODY)),
        (["GZip"], gzip.compress(BODY)),
        (["x-gzip"], gzip.compress(BODY)),
        (["gzip"], gzip.compress(BODY[:9]) + gzip.compress(BODY[9:])),
        (["deflate"], zlib.compress(BODY)),
        (["deflate"], bare_deflate(BODY)),
        (["deflate, gzip"], gzip.compress(zlib.compress(BODY))),
        (["deflate", "gzip"], gzip.compress(zlib.compress(BODY))),
    ],
)
def test_decoded(fields: list[str], body: bytes) -> None:
    assert decode_content(body, fields) == BODY


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (["gzip"], b""),
        (["deflate"], b""),
        (["gzip"], BODY),
        (["deflate"], BODY),
        (["gzip"], gzip.compress(BODY)[:-9]),
        (["deflate"], zlib.compress(BODY)[:-5]),
        (["compress"], BODY),
        (["gzip, unheard-of"], gzip.compress(BODY)),
        (["unheard-of, gzip"], gzip.compress(BODY)),
        ([""], BODY),
    ],
)
def test_what_cannot_be_decoded_stays_as_it_came(fields: list[str], body: bytes) -> None:
    assert decode_content(body, fields) == body


@pytest.mark.parametrize(
    ("coding", "first", "second"),
    [("br", "brotlicffi", "brotli"), ("zstd", "compression.zstd", "backports.zstd")],
)
def test_codings_that_need_a_library(
    coding: str, first: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def library(name: str) -> ModuleType:
        module = ModuleType(name)

        def decompress(body: bytes) -> bytes:
            return name.encode() + body

        vars(module)["decompress"] = decompress
        return module

    monkeypatch.setitem(sys.modules, first, None)
    monkeypatch.setitem(sys.modules, second, None)
    assert decode_content(b"!", [coding]) == b"!"
    monkeypatch.setitem(sys.modules, second, library(second))
    assert decode_content(b"!", [coding]) == second.encode() + b"!"
    monkeypatch.setitem(sys.modules, first, library(first))
    assert decode_content(b"!", [coding]) == first.encode() + b"!"
