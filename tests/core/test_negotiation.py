"""`Accept-Encoding`: what a client accepts (RFC 9110 section 12.5.3)."""

import pytest

from asyncly.srvmocker._core.negotiation import accepts_coding


@pytest.mark.parametrize(
    "field",
    [
        "gzip",
        "GZip",
        "x-gzip",
        "deflate, gzip",
        "br;q=1.0, gzip;q=0.8, *;q=0.1",
        "*",
        "*;q=0.001",
        "identity;q=0, *",
        "gzip; q=0.5",
        "gzip\t;\tQ=1.",
        "compress;q=0.5, gzip;q=1",
        "identity;q=0.5, gzip;q=0.5",
        "not a token, gzip",
        ",, gzip ,",
    ],
)
def test_accepted(field: str) -> None:
    assert accepts_coding(field, "gzip")


@pytest.mark.parametrize(
    "field",
    [
        "",
        "br",
        "identity",
        "gzip;q=0",
        "gzip;q=0.000",
        "*;q=0",
        "gzip;q=0, *",
        "*, gzip;q=0",
        "gzip;q=0.5, identity",
        "gzip;q=0.5, identity;q=0.6",
        "gzip;q=2",
        "gzip;q=0.1234",
        "gzip;q=x",
        "gzip;level=1",
        "gzip br",
    ],
)
def test_not_accepted(field: str) -> None:
    assert not accepts_coding(field, "gzip")
