"""The plugin, in pytest runs of its own: one for every way in which a test can get a loop."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

ALONE = ("-p", "no:anyio")
"""anyio takes nothing from pytest-asyncio, but a run that means one runner should have one."""

USES_BOTH = """
    import aiohttp
    import pytest
    from asyncly.srvmocker import JsonResponse, MockRoute

    @pytest.fixture
    def mock_routes():
        return [MockRoute("GET", "/items", "items")]

    {mark}
    async def test_direct(mock_service):
        mock_service.register("items", JsonResponse([1]))
        async with aiohttp.ClientSession() as client:
            async with client.get(mock_service.url / "items") as answer:
                assert await answer.json() == [1]
        mock_service.assert_called("items", times=1)

    {mark}
    async def test_through_the_proxy(mock_service, mock_proxy):
        mock_service.register("items", JsonResponse([2]))
        async with aiohttp.ClientSession() as client:
            url = mock_service.url / "items"
            async with client.get(url, proxy=mock_proxy.url) as answer:
                assert await answer.json() == [2]
        mock_proxy.assert_called(times=1, target=url)
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> "Runner":
    # What the outer run was told must not reach the inner ones.
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("PYTEST_PLUGINS", raising=False)
    return Runner(pytester)


class Runner:
    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester

    def write(self, *test_module: str, **modules: str) -> None:
        # pytest leaves the type of the keywords open.
        self.pytester.makepyfile(*test_module, **modules)  # pyright: ignore[reportUnknownMemberType]

    def __call__(self, *arguments: str, ini: tuple[str, ...] = ()) -> pytest.RunResult:
        lines = ["[pytest]", "filterwarnings = error", *ini]
        if "no:asyncio" not in arguments:
            # pytest-asyncio warns when nobody chose.
            lines.append("asyncio_default_fixture_loop_scope = function")
        self.pytester.makeini("\n".join(lines))
        return self.pytester.runpytest_subprocess(*arguments)


@pytest.mark.parametrize("aiohttp_plugin", [(), ("-p", "no:aiohttp")], ids=["with", "without"])
@pytest.mark.parametrize(
    ("mode", "mark"), [("auto", ""), ("strict", "@pytest.mark.asyncio")], ids=["auto", "strict"]
)
def test_under_pytest_asyncio(
    run: Runner, mode: str, mark: str, aiohttp_plugin: tuple[str, ...]
) -> None:
    run.write(USES_BOTH.format(mark=mark))
    run(*ALONE, *aiohttp_plugin, ini=(f"asyncio_mode = {mode}",)).assert_outcomes(passed=2)


def test_under_pytest_aiohttp_with_its_client(run: Runner) -> None:
    run.write("""
        import pytest
        from aiohttp import web
        from asyncly.srvmocker import JsonResponse, MockRoute

        @pytest.fixture
        def mock_routes():
            return [MockRoute("GET", "/upstream", "upstream")]

        async def test_an_application_that_calls_the_mock(mock_service, aiohttp_client):
            from aiohttp import ClientSession

            async def front(request):
                async with ClientSession() as session:
                    async with session.get(mock_service.url / "upstream") as answer:
                        return web.json_response(await answer.json())

            mock_service.register("upstream", JsonResponse({"ok": True}))
            app = web.Application()
            app.router.add_get("/", front)
            client = await aiohttp_client(app)
            assert await (await client.get("/")).json() == {"ok": True}
    """)
    run(*ALONE, ini=("asyncio_mode = auto",)).assert_outcomes(passed=1)


@pytest.mark.parametrize("plugins", [("-p", "no:asyncio", "-p", "no:aiohttp"), ()])
def test_under_anyio(run: Runner, plugins: tuple[str, ...]) -> None:
    run.pytester.makeconftest("""
        import pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
    """)
    run.write(USES_BOTH.format(mark="@pytest.mark.anyio"))
    run(*plugins).assert_outcomes(passed=2)


ASKS = """
    import asyncio
    import aiohttp
    import pytest
    from asyncly.srvmocker import MockRoute, RawResponse

    @pytest.fixture
    def mock_routes():
        return [MockRoute("GET", "/", "root")]

    async def ask(service):
        service.register("root", RawResponse(b"here"))
        async with asyncio.timeout(30), aiohttp.ClientSession() as client:
            async with client.get(service.url) as answer:
                assert await answer.read() == b"here"
"""


def test_the_service_runs_in_the_loop_that_the_mark_names(run: Runner) -> None:
    """A fixture bound to another loop than the test's would never answer."""
    run.write(
        ASKS
        + """
    class TestIt:
        @pytest.mark.asyncio(loop_scope="function")
        async def test_function(self, mock_service):
            await ask(mock_service)

        @pytest.mark.asyncio(loop_scope="class")
        async def test_class(self, mock_service):
            await ask(mock_service)

        @pytest.mark.asyncio(loop_scope="module")
        async def test_module(self, mock_service):
            await ask(mock_service)

        @pytest.mark.asyncio(loop_scope="package")
        async def test_package(self, mock_service):
            await ask(mock_service)

        @pytest.mark.asyncio(loop_scope="session")
        async def test_session(self, mock_service):
            await ask(mock_service)
    """
    )
    run(*ALONE).assert_outcomes(passed=5)


def test_the_service_runs_in_the_loop_that_the_configuration_names(run: Runner) -> None:
    run.write(
        ASKS
        + """
    async def test_it(mock_service):
        await ask(mock_service)

    async def test_it_again(mock_service):
        await ask(mock_service)
    """
    )
    ini = ("asyncio_mode = auto", "asyncio_default_test_loop_scope = session")
    run(*ALONE, ini=ini).assert_outcomes(passed=2)


def test_without_a_runner_the_error_says_what_to_install(run: Runner) -> None:
    run.write("""
        def test_service(mock_service): pass
        def test_proxy(mock_proxy): pass
    """)
    result = run("-p", "no:asyncio", "-p", "no:aiohttp", *ALONE)
    result.assert_outcomes(errors=2)
    for fixture in ("mock_service", "mock_proxy"):
        result.stdout.fnmatch_lines(
            f"*{fixture} needs an event loop, and no plugin gives this test one: install "
            "pytest-asyncio or pytest-aiohttp (pip install pytest-asyncio)*"
        )


def test_without_its_mark_in_strict_mode_the_error_says_what_to_do(run: Runner) -> None:
    run.write("""
        async def test_service(mock_service): pass
        async def test_proxy(mock_proxy): pass
        def test_plain(mock_service): assert mock_service.url.port
    """)
    result = run(*ALONE, "-p", "no:aiohttp")
    result.assert_outcomes(errors=2, passed=1)
    for fixture in ("mock_service", "mock_proxy"):
        result.stdout.fnmatch_lines(
            f"{fixture}: nobody runs this test, as pytest-asyncio is in strict mode: mark the test "
            "with @pytest.mark.asyncio, or set asyncio_mode = auto in the configuration of pytest"
        )
    run(*ALONE, "-p", "no:aiohttp", "--asyncio-mode=auto").assert_outcomes(passed=3)


def test_a_plain_test_may_ask_in_ways_that_nobody_knows_beforehand(run: Runner) -> None:
    """So to ask for the fixture is no error there: a request is answered whenever the loop runs."""
    run.write(
        ASKS
        + """
    @pytest.fixture
    async def loop_of_ours():
        return asyncio.get_running_loop()

    @pytest.fixture
    async def asked(mock_service):
        await ask(mock_service)

    def test_in_the_current_loop(mock_service):
        asyncio.get_event_loop().run_until_complete(ask(mock_service))

    def test_in_a_loop_by_any_name(mock_service, loop_of_ours):
        loop_of_ours.run_until_complete(ask(mock_service))

    def test_what_a_fixture_has_asked(mock_service, asked):
        mock_service.assert_called("root", times=1)
    """
    )
    run(*ALONE, ini=("asyncio_mode = auto",)).assert_outcomes(passed=3)


UNHEARD = """
    import asyncio
    import urllib.request
    import pytest
    from asyncly.srvmocker import MockRoute, RawResponse

    @pytest.fixture
    def mock_routes():
        return [MockRoute("GET", "/", "root", response=RawResponse(b"here"))]

    def get(service):
        with urllib.request.urlopen(str(service.url), timeout=0.05) as answer:
            return answer.read()
"""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_plain_test_that_waited_in_vain_is_told_why(run: Runner, loop: str) -> None:
    run.pytester.makeconftest(f"""
        import {loop}

        def pytest_asyncio_loop_factories(config, item):
            return {{"{loop}": {loop}.new_event_loop}}
    """)
    run.write(
        UNHEARD
        + """
    def test_waits(mock_service):
        get(mock_service)
    """
    )
    result = run(*ALONE, "-p", "no:aiohttp", ini=("asyncio_mode = auto",))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- asyncly: a client that nobody heard -*",
            "A client of mock_service waited in vain: the service answers while the event loop of*",
        ]
    )


def test_what_fails_otherwise_is_not_told_of_it(run: Runner) -> None:
    run.write(
        UNHEARD
        + """
    def test_plain(mock_service):
        assert not mock_service.url

    async def test_in_a_thread(mock_service):
        assert await asyncio.to_thread(get, mock_service) == b"there"

    async def test_refused(mock_service):
        await mock_service.stop_accepting()
        get(mock_service)

    @pytest.fixture
    async def stopped(mock_service):
        await mock_service.stop_accepting()

    def test_refused_plainly(mock_service, stopped):
        get(mock_service)

    @pytest.fixture
    def late():
        yield
        raise RuntimeError

    def test_teardown(late, mock_service):
        pass

    def test_without_a_service():
        assert False
    """
    )
    result = run(*ALONE, "-p", "no:aiohttp", ini=("asyncio_mode = auto",))
    result.assert_outcomes(failed=5, passed=1, errors=1)
    result.stdout.no_fnmatch_line("*that nobody heard*")


def test_there_are_no_routes_until_the_fixture_is_overridden(run: Runner) -> None:
    run.write("""
        import aiohttp

        async def test_it(mock_routes, mock_service):
            assert list(mock_routes) == []
            async with aiohttp.ClientSession() as client:
                async with client.get(mock_service.url) as answer:
                    assert answer.status == 404
    """)
    run(*ALONE, ini=("asyncio_mode = auto",)).assert_outcomes(passed=1)


def test_the_nearest_routes_count(run: Runner) -> None:
    """conftest, module and class may each override the routes; an async fixture may give them."""
    run.pytester.makeconftest("""
        import pytest
        from asyncly.srvmocker import MockRoute

        @pytest.fixture
        def mock_routes():
            return [MockRoute("GET", "/", "of_conftest")]
    """)
    run.write(
        test_conftest="""
        def declared(service, name):
            return name in service._handler_names

        async def test_it(mock_service):
            assert declared(mock_service, "of_conftest")
        """,
        test_overridden="""
        import pytest
        from asyncly.srvmocker import MockRoute

        @pytest.fixture(params=["a", "b"])
        async def mock_routes(request):
            return [MockRoute("GET", "/", request.param)]

        async def test_in_module(mock_service, request):
            assert mock_service._handler_names <= {"a", "b"}

        class TestInClass:
            @pytest.fixture
            def mock_routes(self):
                return [MockRoute("GET", "/", "of_class")]

            async def test_it(self, mock_service):
                assert mock_service._handler_names == {"of_class"}
        """,
    )
    run(*ALONE, ini=("asyncio_mode = auto",)).assert_outcomes(passed=4)


def test_each_test_has_a_service_of_its_own_that_is_closed_after_it(run: Runner) -> None:
    run.write("""
        import aiohttp
        import pytest

        before = []

        @pytest.mark.parametrize("number", [1, 2])
        async def test_it(mock_service, mock_proxy, number):
            async with aiohttp.ClientSession() as client:
                for url in before:
                    with pytest.raises(aiohttp.ClientConnectionError):
                        await client.get(url)
            before.extend([mock_service.url, mock_proxy.url])
    """)
    run(*ALONE, ini=("asyncio_mode = auto",)).assert_outcomes(passed=2)


def test_a_fixture_of_the_user_can_build_on_the_service(run: Runner) -> None:
    run.write("""
        import aiohttp
        import pytest

        @pytest.fixture
        async def client(mock_service):
            async with aiohttp.ClientSession(mock_service.url) as session:
                yield session

        async def test_it(client):
            assert (await client.get("/")).status == 404
    """)
    run(*ALONE, ini=("asyncio_mode = auto",)).assert_outcomes(passed=1)


def test_only_the_three_fixtures_are_listed(run: Runner) -> None:
    result = run("--fixtures")
    listed = [line.split()[0] for line in result.outlines if re.match(r"_?mock_\w+ -- ", line)]
    assert listed == ["mock_routes", "mock_service", "mock_proxy"]


def test_it_is_a_pytest_entry_point() -> None:
    (entry,) = entry_points(group="pytest11", name="asyncly")
    assert entry.value == "asyncly.pytest_plugin"


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import asyncly.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["asyncly", "asyncly.pytest_plugin"]


def test_a_run_without_the_fixtures_never_imports_aiohttp(run: Runner) -> None:
    run.write("""
        import sys

        def test_it():
            assert "asyncly.pytest_plugin" in sys.modules
            assert not {"aiohttp", "asyncly.srvmocker", "orjson"} & sys.modules.keys()
    """)
    run(*ALONE, "-p", "no:aiohttp").assert_outcomes(passed=1)


FAILS = """
    import pytest
    from asyncly.srvmocker import CallAssertionError

    def failure(name):
        def detail():
            print("made for", name)
            return f"more of {name}\\n  - wanted\\n  + got"
        return CallAssertionError(f"{name}: none of 3\\n  call 1", detail=detail)

    def test_direct():
        raise failure("direct")

    def test_group():
        raise ExceptionGroup("two", [failure("first"), ValueError(), failure("second")])

    def test_cause():
        raise ValueError("other") from failure("cause")

    def test_context():
        try:
            raise failure("context")
        except AssertionError:
            raise ValueError("other")

    def test_hidden_context():
        try:
            raise failure("hidden")
        except AssertionError:
            raise ValueError("other") from None

    def test_without_more():
        raise CallAssertionError("alone")

    def test_expected():
        with pytest.raises(CallAssertionError):
            raise failure("expected")

    @pytest.fixture
    def late():
        yield
        raise failure("teardown")

    def test_teardown(late):
        pass
"""


@pytest.mark.parametrize("distributed", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_very_verbose_run_tells_more_of_a_failed_assertion(
    run: Runner, distributed: tuple[str, ...]
) -> None:
    run.write(FAILS)
    result = run("-vv", *ALONE, *distributed)
    result.assert_outcomes(failed=6, passed=2, errors=1)
    told = [line for line in result.outlines if line.startswith("more of ")]
    names = ("cause", "context", "direct", "first", "second", "teardown")
    assert sorted(told) == [f"more of {name}" for name in names]
    titles = [line for line in result.outlines if "asyncly: wanted and got" in line]
    assert len(titles) == len(told)
    result.stdout.fnmatch_lines(
        ["E * direct: none of 3", "E * call 1", "*- asyncly: wanted and got -*", "more of direct",
         "  - wanted", "  + got"]
    )  # fmt: skip


@pytest.mark.parametrize("verbosity", [(), ("-v",)])
def test_a_run_that_is_not_very_verbose_makes_no_more_than_the_text(
    run: Runner, verbosity: tuple[str, ...]
) -> None:
    run.write(FAILS)
    result = run(*verbosity, *ALONE)
    result.assert_outcomes(failed=6, passed=2, errors=1)
    result.stdout.fnmatch_lines(["E * direct: none of 3", "E * call 1"])
    result.stdout.no_fnmatch_line("*asyncly: wanted and got*")
    result.stdout.no_fnmatch_line("made for *")


def test_a_failed_test_tells_which_requests_no_route_answered(run: Runner) -> None:
    run.write("""
        import aiohttp
        import pytest
        from asyncly.srvmocker import MockRoute, RawResponse

        @pytest.fixture
        def mock_routes():
            return [MockRoute("GET", "/items/{id}", "item", response=RawResponse(b"{}"))]

        async def ask(service, path):
            async with aiohttp.ClientSession(service.url) as client:
                async with client.get(path) as answer:
                    return answer.status == 200

        async def test_wrong(mock_service):
            assert await ask(mock_service, "/item/7")

        async def test_right(mock_service):
            assert not await ask(mock_service, "/items/7")

        async def test_meant(mock_service):
            assert not await ask(mock_service, "/meant")

        async def test_skipped(mock_service):
            await ask(mock_service, "/skipped")
            pytest.skip()

        def test_without_a_service():
            assert False
    """)
    result = run(*ALONE, "-p", "no:aiohttp", ini=("asyncio_mode = auto",))
    result.assert_outcomes(failed=3, passed=1, skipped=1)
    assert result.outlines.count("no route for GET /item/7") == 1
    result.stdout.fnmatch_lines(
        [
            "*- asyncly: requests that no route answered -*",
            "no route for GET /item/7",
            "  route GET /items/{id} -> 'item': 1 difference",
            '    path: "item" instead of "items"',
        ]
    )
    assert sum("requests that no route" in line for line in result.outlines) == 1


def test_a_failure_without_the_package_imports_nothing(run: Runner) -> None:
    run.write(
        """
        import sys

        def test_it():
            assert False

        def test_after_it():
            assert not {"aiohttp", "asyncly.srvmocker", "orjson"} & sys.modules.keys()
        """
    )
    run("-vv", *ALONE, "-p", "no:aiohttp").assert_outcomes(failed=1, passed=1)


def test_a_diagnosis_in_the_output_of_pytest(run: Runner) -> None:
    """What a person sees: the text below the line that failed, and at the end a summary line."""
    run.write("""
        import asyncio

        import aiohttp
        from asyncly.srvmocker import MockRoute, RawResponse, start_service

        async def ask():
            __tracebackhide__ = False
            async with (
                start_service([MockRoute("POST", "/items", "create")]) as service,
                aiohttp.ClientSession(service.url) as client,
            ):
                service.register("create", RawResponse())
                await client.post("/items", data=b'{"price": 13}')
                service.assert_called("create", json={"price": 12.5})

        def test_it():
            asyncio.run(ask())
    """)
    result = run("-vv", *ALONE, "-p", "no:aiohttp")
    text = [line.rstrip() for line in result.outlines]
    start = next(n for n, line in enumerate(text) if line.startswith("E  "))
    assert [line.removeprefix("E").strip() for line in text[start : start + 5]] == [
        (
            "asyncly.srvmocker.exceptions.CallAssertionError: handler 'create': none of 1 call(s) "
            "matched the given criteria"
        ),
        "wanted:",
        'json: {"price": 12.5}',
        "call 1 of 1, POST /items: 1 difference",
        "$.price: wanted 12.5, got 13",
    ]
    result.stdout.fnmatch_lines(
        ["*- asyncly: wanted and got -*", "  wanted (-) and got (+):", '    -   "price": 12.5,']
    )


def test_a_failed_assertion_is_shown_where_the_test_asked(run: Runner) -> None:
    """And not with the package's own source, which says nothing to whoever reads it."""
    run.write("""
        import asyncio

        import aiohttp
        from asyncly.srvmocker import MockRoute, RawResponse, start_service

        ROUTES = [MockRoute("GET", "/", "home"), MockRoute("GET", "/other", "other")]

        def ask(check):
            async def run():
                async with start_service(ROUTES) as service, aiohttp.ClientSession() as client:
                    service.register("home", RawResponse())
                    await client.get(service.url)
                    return service
            check(asyncio.run(run()))

        def test_called():
            ask(lambda service: service.assert_called("home", times=2))

        def test_count():
            ask(lambda service: service.calls("home").assert_count(2))

        def test_order():
            ask(lambda service: service.assert_order("home", "home"))

        def test_traffic():
            ask(lambda service: service.calls().traffic().assert_connections(exactly=2))

        def test_unmatched():
            ask(lambda service: service.last_call("other"))

        def test_name():
            ask(lambda service: service.calls("hom"))
    """)
    result = run(*ALONE, "-p", "no:aiohttp")
    result.assert_outcomes(failed=6)
    text = "\n".join(result.outlines)
    assert "asyncly/srvmocker" not in text
    assert text.count("    ask(lambda service: service.") == 6


REPORTED = """
    import aiohttp
    import pytest
    from asyncly.srvmocker import MockRoute, RawResponse

    @pytest.fixture
    def mock_routes():
        return [MockRoute("GET", "/", "root")]

    @pytest.mark.parametrize("times", [1, 2], ids=["one/../ü", "ONE/../Ü" + "x" * 300])
    async def test_asks(mock_service, times):
        mock_service.register("root", RawResponse(b""))
        async with aiohttp.ClientSession() as client:
            for _ in range(times):
                await client.get(mock_service.url)

    async def test_fails(mock_service):
        raise RuntimeError

    def test_without_a_service(): pass
"""


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "workers"])
def test_each_test_with_a_service_is_reported(run: Runner, workers: tuple[str, ...]) -> None:
    run.write(test_it=REPORTED)
    result = run(*ALONE, *workers, "--mock-report=out/reports", ini=("asyncio_mode = auto",))
    result.assert_outcomes(passed=3, failed=1)
    folder = run.pytester.path / "out" / "reports"
    result.stdout.fnmatch_lines(f"mock reports: {folder}")
    pages = {path.name: path for path in folder.glob("*.html")}
    assert all(re.fullmatch(r"[\w.\[\]-]+-[0-9a-f]{8}\.html", name, re.ASCII) for name in pages)
    assert max(map(len, pages)) < 200
    told = {
        name: json.loads(path.with_suffix(".json").read_bytes()) for name, path in pages.items()
    }
    assert sorted(each["calls"] for each in told.values()) == [0, 1, 2]
    (failed,) = (each for name, each in told.items() if name.startswith("test_it.py-test_fails-"))
    assert (failed["calls"], failed["title"]) == (0, "test_it.py::test_fails")
    assert all(
        "<svg" in path.read_text("utf-8") for name, path in pages.items() if told[name]["calls"]
    )
    assert len(list(folder.iterdir())) == 6


def test_without_the_option_nothing_is_reported(run: Runner) -> None:
    run.write(test_it=REPORTED)
    result = run(*ALONE, ini=("asyncio_mode = auto",))
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.no_fnmatch_line("mock reports:*")
    assert list(run.pytester.path.rglob("*.html")) == []


def test_reports_without_their_extra_are_refused_at_once(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write(REPORTED)
    run.pytester.mkpydir("hidden").joinpath("sitecustomize.py").write_text(
        "import sys; sys.modules['jinja2'] = None"
    )
    path = os.pathsep.join([str(run.pytester.path / "hidden"), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    result = run(*ALONE, "--mock-report=out")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: --mock-report needs Jinja2: pip install 'asyncly*report*'")
