"""Both sides of a TLS connection, of an authority made for the occasion."""

import ssl

import trustme


def tls_contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A context for a server on the loopback interface, and one for a client that trusts it."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.configure_cert(server)  # pyright: ignore[reportUnknownMemberType]  # PyOpenSSL's type
    client = ssl.create_default_context()
    authority.configure_trust(client)  # pyright: ignore[reportUnknownMemberType]  # PyOpenSSL's type
    return server, client
