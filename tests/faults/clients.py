"""What the users of four clients see of an answer: its status and size, or an exception."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
import httpx
import requests
from yarl import URL

SECONDS: Final = 0.2
"""The time-out of every client; what it means differs."""

CURL: Final = shutil.which("curl")


def _seen(status: int, body: bytes) -> str:
    return f"{status}, {len(body)} bytes"


def _raised(error: BaseException) -> str:
    """An exception by its shortest name that can be imported."""
    kind = type(error)
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}".removeprefix("builtins.")


async def by_aiohttp(url: URL, times: int) -> str:
    """The whole request within the time-out."""
    seen = ""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for _ in range(times):
            try:
                async with session.get(url) as response:
                    seen = _seen(response.status, await response.read())
            except (aiohttp.ClientError, OSError) as error:
                seen = _raised(error)
    return seen


async def by_httpx(url: URL, times: int) -> str:
    """Each wait for bytes within the time-out."""

    def ask() -> str:
        seen = ""
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            for _ in range(times):
                try:
                    response = client.get(str(url))
                    seen = _seen(response.status_code, response.content)
                except httpx.HTTPError as error:
                    seen = _raised(error)
        return seen

    return await asyncio.to_thread(ask)


async def by_requests(url: URL, times: int) -> str:
    """Each wait for bytes within the time-out."""

    def ask() -> str:
        seen = ""
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(times):
                try:
                    response = session.get(str(url), timeout=SECONDS)
                    seen = _seen(response.status_code, response.content)
                except requests.RequestException as error:
                    seen = _raised(error)
        return seen

    return await asyncio.to_thread(ask)


async def by_curl(url: URL, times: int) -> str:
    """The whole of all requests within the time-out; its exit code is that of the last one."""
    assert CURL is not None
    options = ["-sS", "--compressed", "--noproxy", "*", "--max-time", str(SECONDS)]
    outputs = ["-w", "%{http_code}, %{size_download} bytes\n", "-o", "/dev/null"]
    process = await asyncio.create_subprocess_exec(
        CURL,
        *options,
        *(word for _ in range(times) for word in (*outputs, str(url))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    written, _ = await process.communicate()
    if process.returncode:
        return f"exit code {process.returncode}"
    return written.decode().splitlines()[-1]


CLIENTS: dict[str, Callable[[URL, int], Awaitable[str]]] = {
    "aiohttp": by_aiohttp,
    "httpx": by_httpx,
    "requests": by_requests,
    "curl": by_curl,
}
