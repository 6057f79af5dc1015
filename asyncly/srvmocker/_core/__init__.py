"""The pure core: what a request is, which route it selects, and what is remembered of it.

Nothing in here imports asyncio, sockets or aiohttp (a test enforces it). The core is given a
request as bytes and says what was decided; who read the bytes and who answers is not its business.

    bytes -> RequestView -> Dispatcher (routing, criteria) -> Journal (blobs, sequences)
"""
