"""The pytest plugin: fixtures `mock_routes`, `mock_service` and `mock_proxy`, and reports.

`--mock-report=DIR` writes a page about each test's `mock_service`.
The report of a failed test tells the requests to `mock_service` that no route answered, and, of a
plain `def` test, that a client waited for an event loop that did not run.
Under `pytest -vv` the report of a failed assertion about calls has a section with all that differs,
and the JSON line by line.

Invariants: loading the plugin imports nothing but pytest; aiohttp and the package itself are
imported when a fixture is first used. A service always runs in the event loop of the test that
asks for it, whoever runs that test: pytest-asyncio in either mode and with any loop scope
(pytest-aiohttp builds on it), or anyio.

So the fixtures themselves are plain. They choose an asynchronous half that the test's own runner
understands, and return what it yields; an asynchronous fixture of this module's own would be
ignored in pytest-asyncio's strict mode, and would run in another loop than a test with a wider loop
scope.
"""

from __future__ import annotations

import re
import sys
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from inspect import iscoroutinefunction
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import TYPE_CHECKING, Final, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterable

    from asyncly.srvmocker import CallAssertionError, MockProxyService, MockRoute, MockService

__all__ = ("mock_proxy", "mock_routes", "mock_service")

_LOOP_SCOPES: Final = ("function", "class", "module", "package", "session")
_RICH: Final = 2
"""How often `-v` must be given for the longer reports."""

_SECTION: Final = "asyncly: wanted and got"
_UNMATCHED: Final = "asyncly: requests that no route answered"

_UNHEARD: Final = "asyncly: a client that nobody heard"

_NO_LOOP: Final = (
    "A client of mock_service waited in vain: the service answers while the event loop of the test "
    "runs. Make the test `async def`, and run a client that blocks with asyncio.to_thread."
)
_NO_RUNNER: Final = (
    "{fixture} needs an event loop, and no plugin gives this test one: install pytest-asyncio or "
    "pytest-aiohttp (pip install pytest-asyncio), or mark the test with anyio"
)
_NO_MARK: Final = (
    "{fixture}: nobody runs this test, as pytest-asyncio is in strict mode: mark the test with "
    "@pytest.mark.asyncio, or set asyncio_mode = auto in the configuration of pytest"
)
_NO_PAGES: Final = "--mock-report needs Jinja2: pip install 'asyncly[report]'"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.\[\]-]+")
_NAME_LENGTH: Final = 150  # with the digest and the ending, well below what file systems allow


@pytest.fixture
def mock_routes() -> Iterable[MockRoute]:
    """The routes of `mock_service`: none, until a test module or conftest overrides this fixture.

    Example:
        >>> @pytest.fixture
        ... def mock_routes():
        ...     return [MockRoute("GET", "/items/{id}", "item")]
    """
    return ()


@pytest.fixture
def mock_service(
    request: pytest.FixtureRequest,
    mock_routes: Iterable[MockRoute],  # the half takes them; named here, they may have parameters
) -> MockService:
    """A mock server of `mock_routes`, running for one test.

    Example:
        >>> async def test_item(mock_service):
        ...     mock_service.register("item", JsonResponse({"id": 7}))
        ...     assert await my_client(mock_service.url).item(7) == {"id": 7}
        ...     mock_service.assert_called("item", times=1)
    """
    service: MockService = request.getfixturevalue(_half(request, "mock_service"))
    return service


@pytest.fixture
def mock_proxy(request: pytest.FixtureRequest) -> MockProxyService:
    """A forward proxy without authentication, running for one test.

    Example:
        >>> async def test_goes_through_the_proxy(mock_proxy):
        ...     await my_client(proxy=mock_proxy.url).item(7)
        ...     mock_proxy.assert_called(times=1)
    """
    proxy: MockProxyService = request.getfixturevalue(_half(request, "mock_proxy"))
    return proxy


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--mock-report`."""
    group = parser.getgroup("asyncly", "mock services (asyncly)")
    group.addoption(
        "--mock-report",
        metavar="DIR",
        help="write a report of each test's mock_service into DIR: a page for people, and JSON",
    )


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say where the reports are."""
    folder = _report_folder(config)
    return [] if folder is None else [f"mock reports: {folder}"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the asynchronous halves for every runner that is active."""
    if folder := _report_folder(config):
        if find_spec("jinja2") is None:
            raise pytest.UsageError(_NO_PAGES)
        # pytest-xdist hands the options to its workers, which may stand in another folder.
        config.option.mock_report = str(folder)
    plugins = config.pluginmanager
    plugins.register(_halves("anyio", pytest.fixture))
    runner = sys.modules.get("pytest_asyncio.plugin")
    if runner is not None and plugins.is_registered(runner):
        # pytest-asyncio binds a fixture to one loop scope; a test asks for the half of its own.
        for scope in _LOOP_SCOPES:
            plugins.register(_halves(scope, partial(runner.fixture, loop_scope=scope)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what is known beyond the text of what failed: all that differs, unmatched requests."""
    report = yield
    # Who has raised one has imported the module.
    exceptions = sys.modules.get("asyncly.srvmocker.exceptions")
    if call.excinfo is not None and exceptions is not None:
        kind: type[CallAssertionError] = exceptions.CallAssertionError
        verbose = cast("int", item.config.getoption("verbose"))
        for error in _inside(call.excinfo.value) if verbose >= _RICH else ():
            if isinstance(error, kind) and (detail := error.detail()):
                report.sections.append((_SECTION, detail))
        service = _service(item) if report.failed else None
        if service is not None:
            if told := _unmatched(service):
                report.sections.append((_UNMATCHED, told))
            if _is_unheard(item, service):
                report.sections.append((_UNHEARD, _NO_LOOP))
    return report


def _service(item: pytest.Item) -> MockService | None:
    """Return the `mock_service` of a test, if it has one."""
    from asyncly.srvmocker import MockService  # noqa: PLC0415 - imported before

    fixtures = cast("dict[str, object]", getattr(item, "funcargs", {}))
    service = fixtures.get("mock_service")
    return cast("MockService", service) if isinstance(service, MockService) else None


def _unmatched(service: MockService) -> str:
    """Tell which requests of a test no route answered: code under test may well hide a 404."""
    try:
        service.assert_no_unmatched()
    except AssertionError as error:
        return dedent(str(error).partition("\n")[2])
    return ""


def _is_unheard(item: pytest.Item, service: MockService) -> bool:
    """Whether a plain test has a client that waits for the event loop to run.

    That the test is a plain one is no error by itself: it may run the loop, by whatever name it has
    it, or look at what an asynchronous fixture has asked.
    """
    if iscoroutinefunction(getattr(item, "obj", None)):
        return False
    site = service._site  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # of this package
    return site is not None and site.listener is not None and site.listener.waited_for


def _inside(error: BaseException) -> list[BaseException]:
    """Return an exception, and those that it groups or follows, each once."""
    found = [error]
    for one in found:  # grows
        others: list[BaseException | None] = [one.__cause__]
        if not one.__suppress_context__:
            others.append(one.__context__)
        if isinstance(one, BaseExceptionGroup):
            others += cast("BaseExceptionGroup[BaseException]", one).exceptions
        found += [
            other
            for other in others
            if other is not None and not any(other is known for known in found)
        ]
    return found


def _halves(suffix: str, fixture: Callable[..., Callable[[object], object]]) -> ModuleType:
    """Make the asynchronous halves for one way of running them, as a plugin of their own."""

    @fixture(name=f"_mock_service_{suffix}")
    async def service(
        request: pytest.FixtureRequest, mock_routes: Iterable[MockRoute]
    ) -> AsyncIterator[MockService]:
        from asyncly.srvmocker import start_service  # noqa: PLC0415 - heavy, so only when used

        async with start_service(mock_routes) as running:
            yield running
        # Now nothing is in progress any more.
        if folder := _report_folder(request.config):
            test = _item(request).nodeid
            running.report(folder / f"{_file_name(test)}.html", title=test)

    @fixture(name=f"_mock_proxy_{suffix}")
    async def proxy() -> AsyncIterator[MockProxyService]:
        from asyncly.srvmocker import start_proxy  # noqa: PLC0415 - heavy, so only when used

        async with start_proxy() as running:
            yield running

    plugin = ModuleType(f"asyncly-{suffix}")
    vars(plugin).update(service=service, proxy=proxy)
    return plugin


def _half(request: pytest.FixtureRequest, fixture: str) -> str:
    """Name the asynchronous half of a fixture that runs in the test's own loop."""
    if "anyio_backend" in request.fixturenames:
        return f"_{fixture}_anyio"
    if not request.config.pluginmanager.has_plugin("asyncly-function"):
        pytest.fail(_NO_RUNNER.format(fixture=fixture), pytrace=False)
    marker = _item(request).get_closest_marker("asyncio")
    if marker is None and _lacks_its_mark(request):
        pytest.fail(_NO_MARK.format(fixture=fixture), pytrace=False)
    scope = None if marker is None else marker.kwargs.get("loop_scope")
    return f"_{fixture}_{scope or request.config.getini('asyncio_default_test_loop_scope')}"


def _lacks_its_mark(request: pytest.FixtureRequest) -> bool:
    """Whether an asynchronous test without a mark is run by nobody.

    pytest would say so too, but only to install what is installed already.
    """
    mode = request.config.getoption("asyncio_mode") or request.config.getini("asyncio_mode")
    return mode == "strict" and iscoroutinefunction(getattr(_item(request), "obj", None))


def _item(request: pytest.FixtureRequest) -> pytest.Item:
    # pytest leaves the type of `node` open.
    return cast("pytest.Item", request.node)  # pyright: ignore[reportUnknownMemberType]


def _report_folder(config: pytest.Config) -> Path | None:
    chosen: str | None = config.getoption("--mock-report")
    return Path(chosen).absolute() if chosen else None


def _file_name(test: str) -> str:
    """Return a file name for a test's node id: readable, safe on any system, and its own.

    The digest keeps apart what the readable part cannot: other letters, upper and lower case.
    """
    digest = sha256(test.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    readable = _UNSAFE.sub("-", test).lstrip(".-")
    return f"{readable[-_NAME_LENGTH:]}-{digest}"
