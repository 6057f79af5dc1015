"""What aiohttp does for us: its requests, and its turns on a connection of the door's."""
