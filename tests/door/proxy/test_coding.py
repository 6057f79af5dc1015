"""Content codings as the record shows them."""

import gzip
import zlib

import pytest

from asyncly.srvmocker._door.proxy.coding import decode_content

BODY = b"the same words, the same words, the same words"


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def gzip_of(data: bytes) -> bytes:
    """The same bytes at any time: they are part of the tests' names."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([], BODY),
        (["identity"], BODY),
        (["gzip"], gzip_of(BODY)),
        (["GZip"], gzip_of(BODY)),
        (["x-gzip"], gzip_of(BODY)),
        (["gzip"], gzip_of(BODY[:9]) + gzip_of(BODY[9:])),
        (["deflate"], zlib.compress(BODY)),
        (["deflate"], bare_deflate(BODY)),
        (["deflate, gzip"], gzip_of(zlib.compress(BODY))),
        (["deflate", "gzip"], gzip_of(zlib.compress(BODY))),
    ],
)
def test_decoded(fields: list[str], body: bytes) -> None:
    assert decode_content(body, fields) == BODY


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (["gzip"], b""),
        (["gzip"], BODY),
        (["deflate"], BODY),
        (["deflate"], zlib.compress(BODY)[:-5]),
        (["compress"], BODY),
        (["gzip, unheard-of"], gzip_of(BODY)),
        (["unheard-of, gzip"], gzip_of(BODY)),
        ([""], BODY),
        (["br"], BODY),
        (["zstd"], BODY),
        (["\udcff"], BODY),
    ],
)
def test_what_cannot_be_decoded_stays_as_it_came(fields: list[str], body: bytes) -> None:
    assert decode_content(body, fields) == body
