"""Where the core meets aiohttp and the sockets."""
