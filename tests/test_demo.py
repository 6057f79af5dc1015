"""The demonstration: its accounting sees every kind of fault, and it runs, and ends, as it says."""

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from asyncly.srvmocker import Match
from examples.demo.__main__ import main
from examples.demo.catalogue import Shot, catalogue
from examples.demo.ledger import Account, Counts, balance
from examples.demo.report import Family, Figures, Progress, families, table
from examples.demo.server import loop_runner
from tests.snippets import ROOT

SENT = {1: "a", 2: "a", 3: "b"}


def account(
    *,
    sent: dict[int, str] = SENT,
    answered: tuple[int, ...] = (1, 2, 3),
    mistaken: tuple[int, ...] = (),
    recorded: dict[str, list[int]] | None = None,
    in_history: int = 3,
    service: Counts | None = None,
) -> Account:
    return balance(
        sent=sent,
        answered=answered,
        mistaken=mistaken,
        recorded=recorded if recorded is not None else {"a": [1, 2], "b": [3]},
        in_history=in_history,
        service=service or Counts(len(sent), 0, len(set(answered) | set(mistaken))),
    )


class TestLedger:
    def test_all_well(self) -> None:
        outcome = account()
        assert outcome.balanced
        assert outcome.faults() == []
        assert (outcome.sent, outcome.answered, outcome.recorded) == (3, 3, 3)

    def test_a_lost_request(self) -> None:
        outcome = account(recorded={"a": [1], "b": [3]}, in_history=2)
        assert outcome.lost == (2,)
        assert outcome.faults() == ["1 request(s) lost: sent but not recorded (number 2)"]
        assert not outcome.balanced

    def test_a_request_counted_twice_under_its_handler(self) -> None:
        outcome = account(recorded={"a": [1, 2, 2], "b": [3]}, in_history=4)
        assert outcome.doubled == (2,)
        assert outcome.strayed == ()
        assert outcome.faults() == [
            "1 request(s) counted twice: recorded more than once (number 2)"
        ]

    def test_one_lost_and_one_doubled_do_not_cancel_out(self) -> None:
        outcome = account(recorded={"a": [1, 1], "b": [3]})
        assert outcome.recorded == outcome.sent
        assert (outcome.lost, outcome.doubled) == ((2,), (1,))
        assert not outcome.balanced

    def test_a_request_counted_by_two_handlers(self) -> None:
        outcome = account(recorded={"a": [1, 2], "b": [3, 2]}, in_history=4)
        assert (outcome.doubled, outcome.strayed) == ((2,), (2,))

    def test_a_request_under_another_handler(self) -> None:
        outcome = account(recorded={"a": [1], "b": [2, 3]})
        assert (outcome.strayed, outcome.lost, outcome.doubled) == ((2,), (), ())
        assert not outcome.balanced

    def test_a_record_of_what_was_never_sent(self) -> None:
        outcome = account(recorded={"a": [1, 2, 9], "b": [3]}, in_history=4)
        assert outcome.unknown == (9,)
        assert not outcome.balanced

    def test_no_answer(self) -> None:
        outcome = account(answered=(1, 3))
        assert outcome.unanswered == (2,)
        assert outcome.answered == 2
        assert outcome.faults()[0] == "1 request(s) without an answer (number 2)"

    def test_the_answer_of_another(self) -> None:
        outcome = account(answered=(1, 3), mistaken=(2,))
        assert (outcome.mistaken, outcome.unanswered) == ((2,), ())
        assert not outcome.balanced

    def test_the_whole_history_and_the_handlers_disagree(self) -> None:
        assert account(in_history=2).faults() == [
            "service.history holds 2 records, its handlers together 3"
        ]

    @pytest.mark.parametrize(
        ("service", "faults"),
        [
            (Counts(3, 1, 2), []),
            (Counts(4, 2, 2), ["received and sent: 4, not 3", "read: 4, not 3"]),
            (Counts(4, 2, 1), ["became of it: 4, not 3", "received and sent: 4, not 3"]),
            (Counts(3, 1, 1, refused=1), ["read: 2, not 3", "refused: 1, not 0"]),
            (Counts(3, 1, 1, gone=1), ["read: 2, not 3", "client gone: 1, not 0"]),
            (Counts(3, 1, 1, in_progress=1), ["read: 2, not 3", "after the end: 1, not 0"]),
        ],
    )
    def test_the_services_own_account(self, service: Counts, faults: list[str]) -> None:
        outcome = account(service=service)
        assert outcome.balanced is not bool(faults)
        found = outcome.faults()
        assert len(found) == len(faults)
        for line, end in zip(found, faults, strict=True):
            assert line.startswith("service.account: ")
            assert line.endswith(end)

    def test_many_faults_are_shown_shortened(self) -> None:
        sent = dict.fromkeys(range(1, 9), "a")
        outcome = account(sent=sent, answered=tuple(sent), recorded={}, in_history=0)
        assert outcome.faults() == [
            "8 request(s) lost: sent but not recorded (number 1, 2, 3, 4, 5, …)"
        ]


class TestCatalogue:
    def test_hundreds_of_routes_with_names_of_their_own(self) -> None:
        cases = catalogue()
        assert len(cases) > 500
        assert len({case.route.handler_name for case in cases}) == len(cases)

    def test_every_kind_of_criterion_and_fallbacks(self) -> None:
        matches = [case.route.match for case in catalogue()]
        assert None in matches
        for kind in ("json", "body", "headers", "query"):
            assert any(isinstance(m, Match) and getattr(m, kind) is not None for m in matches)

    def test_an_answer_belongs_to_one_request(self) -> None:
        case = next(case for case in catalogue() if case.family == "tenants")
        first, second = case.shot(1), case.shot(2)
        own = b'{"number": 1, "params": {"id": "i1"}}'
        assert first.accepts(200, own)
        assert not second.accepts(200, own)

    @pytest.mark.parametrize(
        ("status", "body"), [(500, b'"x"'), (200, b'"y"'), (200, b"x"), (200, b"\xff")]
    )
    def test_other_answers_are_not_accepted(self, status: int, body: bytes) -> None:
        assert Shot("GET", "/", "x").accepts(200, b'"x"')
        assert not Shot("GET", "/", "x").accepts(status, body)

    def test_raw_answers_are_compared_as_bytes(self) -> None:
        assert Shot("GET", "/", b"x").accepts(200, b"x")
        assert not Shot("GET", "/", b"x").accepts(200, b'"x"')


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestReport:
    def test_a_terminal_sees_one_moving_line(self) -> None:
        stream = Terminal()
        progress = Progress(stream, seconds=4)
        progress.show(1.0, 500)
        progress.show(4.0, 4000)
        progress.close()
        first, second = stream.getvalue().split("\r")[1:]
        assert first == "[########......................]  25%  500 requests, 500/s "
        assert second == "[##############################] 100%  4,000 requests, 1,000/s \n"

    def test_anything_else_gets_a_line_a_second_and_a_last_one(self) -> None:
        stream = io.StringIO()
        progress = Progress(stream, seconds=2.5)
        for tenth in range(1, 26):
            progress.show(tenth / 10, tenth * 100)
        progress.show(2.51, 2510)
        progress.close()
        assert stream.getvalue().splitlines() == [
            " 40%  1,000 requests, 1,000/s",
            " 80%  2,000 requests, 1,000/s",
            "100%  2,500 requests, 1,000/s",
        ]

    def test_sums_by_family(self) -> None:
        rows = families(
            {"a 1": "a", "a 2": "a", "b": "b"},
            {1: "a 1", 2: "a 2", 3: "b", 4: "b"},
            [1, 2, 3],
            {"a 1": [1], "a 2": [2], "b": [3, 4]},
        )
        assert rows == [Family("a", 2, 2, 2, 2), Family("b", 1, 2, 1, 2)]

    def test_the_table_ends_with_the_verdict(self) -> None:
        figures = Figures(requests=1000, seconds=2.0, server_cpu=0.05, memory=250_000)
        rows = [Family("a", 1, 2, 2, 2), Family("b", 1, 1, 1, 1)]
        lines = table(rows, account(), figures).splitlines()
        assert lines[-1].startswith("Balanced")
        assert lines[-3] == (
            "service.account: received 3 = answered 3 (0 ready, 3 by aiohttp) + refused 0 "
            "+ client gone 0 + in progress 0"
        )
        assert re.search(
            r"^requests/s \(one aiohttp client\) +500$", "\n".join(lines), re.MULTILINE
        )
        assert re.search(r"^server CPU per request +50\.0 µs$", "\n".join(lines), re.MULTILINE)
        assert re.search(r"^memory per recorded .* 250 bytes$", "\n".join(lines), re.MULTILINE)

    def test_the_table_names_the_faults(self) -> None:
        figures = Figures(requests=0, seconds=1.0, server_cpu=0.0, memory=0)
        text = table([], account(answered=(1, 2)), figures)
        assert "THE ACCOUNT DOES NOT BALANCE" in text
        assert "1 request(s) without an answer (number 3)" in text


@contextmanager
def demo(*arguments: str) -> Generator[subprocess.Popen[str]]:
    """The demonstration in a process of its own.

    The server's process inherits stderr, so `communicate` returns only when both have ended.
    """
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "examples.demo", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_a_short_run_balances() -> None:
    with demo("--seconds", "1", "--connections", "8") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Balanced: " in out
    total = re.search(r"^total +(\d+) +([\d,]+) +([\d,]+) +([\d,]+)$", out, re.MULTILINE)
    assert total is not None
    assert total[1] == str(len(catalogue()))
    assert int(total[2].replace(",", "")) > 2 * len(catalogue())
    assert all(a == b for a, b in pairwise(total.groups()[1:]))
    assert f"service.account: received {total[2]} = answered {total[2]} (" in out
    assert err.endswith("/s\n")


@pytest.mark.parametrize(("tampering", "fault"), [("lose", "lost"), ("double", "counted twice")])
def test_a_falsified_history_is_found(tampering: str, fault: str) -> None:
    with demo("--seconds", "0.1", "--tamper", tampering) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert "THE ACCOUNT DOES NOT BALANCE" in out
    assert f"1 request(s) {fault}: " in out
    assert "Balanced" not in out


def test_without_uvloop_it_runs_on_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_spec(name: str) -> None:
        assert name == "uvloop"

    monkeypatch.setattr("importlib.util.find_spec", no_spec)
    assert loop_runner() == ("asyncio", asyncio.run)


def test_a_server_that_ends_by_itself_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(broken))
    assert main(["--seconds", "0.1"]) == 2
    assert capsys.readouterr() == ("", "failed: the server's process ended with 3\n")


@pytest.mark.parametrize(
    ("module", "start"),
    [
        ("examples.demo.server", "module.main()"),
        ("benchmarks.soak.server", "uvloop.run(module.serve())"),
    ],
)
def test_a_server_that_cannot_start_ends(module: str, start: str) -> None:
    # Its stdin stays open meanwhile, as a parent's would.
    code = f"import uvloop, {module} as module\nmodule.start_service = None\n{start}"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            assert process.wait(timeout=60) == 1
        finally:
            process.kill()
        assert process.stderr is not None
        assert process.stderr.read().endswith("TypeError: 'NoneType' object is not callable\n")


@pytest.mark.parametrize("arguments", [("--seconds", "0"), ("--connections", "0")])
def test_nonsense_is_refused(arguments: tuple[str, str]) -> None:
    with demo(*arguments) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert out == ""
    assert "--seconds must be above 0 and --connections at least 1" in err


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell lets its background jobs ignore SIGINT, and what they start inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGINT, 130, "interrupted\n"), (signal.SIGKILL, -signal.SIGKILL, "")],
)
@pytest.mark.usefixtures("interruptible")
def test_nothing_is_left_when_it_is_interrupted(
    number: signal.Signals, status: int, said: str
) -> None:
    with demo("--seconds", "600") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stderr.readline()  # the load has begun
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert err.endswith(said)
    assert "Traceback" not in err
