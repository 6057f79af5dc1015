"""The pure core: what a request is, which route it selects, and what is remembered of it.

Nothing in here imports asyncio, sockets or aiohttp (a test enforces it). The core is given a
request as bytes and says what was decided; who read the bytes and who answers is not its business.

    bytes -> RequestView -> matching (which route) -> record (that it came)
    record -> traffic (figures), explain (why not)

What lies beside these four rooms belongs to several of them, and imports none.
"""
