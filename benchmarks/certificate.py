"""A certificate for the scenarios over TLS, made for one run and kept in a temporary folder."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import trustme


@contextmanager
def certificate() -> Generator[Path]:
    """A file with key, chain and issuer: servers load it, our own client trusts it."""
    issuer = trustme.CA()
    issued = issuer.issue_cert("127.0.0.1")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "certificate.pem")
        chain = [issued.private_key_pem, *issued.cert_chain_pems, issuer.cert_pem]
        path.write_bytes(b"".join(part.bytes() for part in chain))
        yield path
