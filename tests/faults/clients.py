"""What the users of four clients see of an answer: its status and size, or an exception."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from time import sleep
from typing import Final

import aiohttp
import httpx
import requests
from yarl import URL

CURL: Final = shutil.which("curl")


_BETWEEN: Final = 0.02  # seconds: what stands behind an answer has come by then


def _seen(status: int, body: bytes) -> str:
    return f"{status}, {len(body)} bytes"


def _raised(error: BaseException) -> str:
    """An exception by its shortest name that can be imported."""
    kind = type(error)
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}".removeprefix("builtins.")


async def by_aiohttp(url: URL, times: int, seconds: float) -> str:
    """The whole request within the time-out."""
    seen = ""
    timeout = aiohttp.ClientTimeout(total=seconds)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for number in range(times):
            await asyncio.sleep(_BETWEEN * bool(number))
            try:
                async with session.get(url) as response:
                    seen = _seen(response.status, await response.read())
            except (aiohttp.ClientError, OSError) as error:
                seen = _raised(error)
    return seen


async def by_httpx(url: URL, times: int, seconds: float) -> str:
    """Each wait for bytes within the time-out."""

    def ask() -> str:
        seen = ""
        with httpx.Client(timeout=seconds, trust_env=False) as client:
            for number in range(times):
                sleep(_BETWEEN * bool(number))
                try:
                    response = client.get(str(url))
                    seen = _seen(response.status_code, response.content)
                except httpx.HTTPError as error:
                    seen = _raised(error)
        return seen

    return await asyncio.to_thread(ask)


async def by_requests(url: URL, times: int, seconds: float) -> str:
    """Each wait for bytes within the time-out."""

    def ask() -> str:
        seen = ""
        with requests.Session() as session:
            session.trust_env = False
            for number in range(times):
                sleep(_BETWEEN * bool(number))
                try:
                    response = session.get(str(url), timeout=seconds)
                    seen = _seen(response.status_code, response.content)
                except requests.RequestException as error:
                    seen = _raised(error)
        return seen

    return await asyncio.to_thread(ask)


async def by_curl(url: URL, times: int, seconds: float) -> str:
    """The whole of all requests within the time-out; its exit code is that of the last one."""
    assert CURL is not None
    options = ["-sS", "--compressed", "--noproxy", "*", "--max-time", str(seconds)]
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


CLIENTS: dict[str, Callable[[URL, int, float], Awaitable[str]]] = {
    "aiohttp": by_aiohttp,
    "httpx": by_httpx,
    "requests": by_requests,
    "curl": by_curl,
}
