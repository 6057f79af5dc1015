"""A real browser for the tests: Chromium, headless, spoken to over its debugging pipe.

The DevTools protocol over a pair of pipes needs no port, no client library and no event loop:
messages are JSON, each ended by a zero byte.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

COMMAND = shutil.which("chromium")
_PATIENCE = 60.0  # seconds, for a machine that does much else
_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)

Message = dict[str, object]


class Browser:
    """One page of a running browser, and what it reported."""

    def __init__(self, writer: int, reader: int) -> None:
        self._writer = writer
        self._reader = reader
        self._unread = b""
        self._sent = 0
        self._session: dict[str, str] = {}
        self.events: list[Message] = []
        """What the page reported, oldest first."""

    def command(self, method: str, **parameters: object) -> Message:
        """Send a command and return its result; what the page reports meanwhile is kept."""
        self._sent += 1
        number = self._sent
        message = {"id": number, "method": method, "params": parameters, **self._session}
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return cast("Message", answer["result"])

    def open_page(self) -> None:
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        attached = self.command("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": cast("str", attached["sessionId"])}
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.command(f"{domain}.enable")

    def visit(self, page: Path) -> None:
        """Open a page and wait until it and all that it asks for is loaded."""
        self.events.clear()
        self.command("Page.navigate", url=page.as_uri())
        self.wait_for("Page.loadEventFired")

    def wait_for(self, method: str) -> None:
        while not self.reported(method):
            self._message()

    def reported(self, *methods: str) -> list[Message]:
        """Return what was reported under these names."""
        return [
            cast("Message", event["params"]) for event in self.events if event["method"] in methods
        ]

    def asked_for(self) -> list[str]:
        """Return the addresses of everything that the page loaded."""
        requests = self.reported("Network.requestWillBeSent")
        return [cast("str", cast("Message", one["request"])["url"]) for one in requests]

    def complaints(self) -> list[Message]:
        """Return what a console would show, and the issues that a page is charged with."""
        return self.reported(
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Audits.issueAdded",
        )

    def look(self, *, width: int, dark: bool = False, media: str = "") -> None:
        """Show the page in a window of this width, in light or dark."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )

    def evaluate(self, expression: str) -> object:
        """Return the value of an expression of JavaScript on the page."""
        answer = self.command("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return cast("Message", answer["result"]).get("value")

    def picture(self) -> bytes:
        """Return the whole page as PNG."""
        shot = self.command("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(cast("str", shot["data"]))

    def printed(self) -> bytes:
        """Return the page as PDF, as it would be printed."""
        return base64.b64decode(cast("str", self.command("Page.printToPDF")["data"]))

    def _message(self) -> Message:
        """Read one message; keep it where it is a report."""
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._reader], [], [], max(until - time.monotonic(), 0))
            assert ready, "the browser says nothing"
            part = os.read(self._reader, 1 << 16)
            assert part, "the browser has ended"
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\0")
        message = cast("Message", json.loads(line))
        if "method" in message:
            self.events.append(message)
        return message


@contextmanager
def started(profile: Path) -> Generator[Browser]:
    """Run a browser of one's own, with a new profile."""
    assert COMMAND is not None, "Chromium is not installed: apt-get install chromium"
    with ExitStack() as stack:
        read_by_browser, writer = _pipe(stack)
        reader, written_by_browser = _pipe(stack)
        # The browser reads from 3 and writes to 4; the shell puts them there.
        shell = 'exec "$@" 3<&"$IN" 4>&"$OUT"'
        process = stack.enter_context(
            subprocess.Popen(
                ["bash", "-c", shell, "bash", COMMAND, *_SWITCHES, f"--user-data-dir={profile}"],
                env={**os.environ, "IN": str(read_by_browser), "OUT": str(written_by_browser)},
                pass_fds=(read_by_browser, written_by_browser),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        stack.callback(process.kill)
        browser = Browser(writer, reader)
        browser.open_page()
        yield browser
        browser.command("Browser.close")
        process.wait(_PATIENCE)


def _pipe(stack: ExitStack) -> tuple[int, int]:
    """Make a pipe whose ends stay clear of the numbers that the browser uses."""
    ends: list[int] = []
    for low in os.pipe():
        ends.append(fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(low)
        stack.callback(os.close, ends[-1])
    return ends[0], ends[1]
