"""The programs in examples/ run without a warning and print what they are about."""

import os
import subprocess
import sys

import pytest

from tests.snippets import ROOT
from tests.test_docs import plugin_arguments

EXAMPLES = ROOT / "examples"
SAID = {
    "from_data.py": """\
4000-0001 200 {'paid': True}
4000-0002 402 {'paid': False, 'reason': 'card declined'}
stock 503 busy
stock 503 busy
stock 200 {"left": 3}
routes[0].respons: unknown key; did you mean 'response'?
""",
    "outbox.py": """\
[b'{"text": "hello", "urgent": false}', b'{"text": "hurry!", "urgent": true}']
handler 'message': expected 1 call(s), got 0
  wanted:
    json: {"text": "hello", "urgent": true}
  call 2 of 2, POST /messages: 1 difference
    $.text: wanted "hello", got "hurry!"
  call 1 of 2, POST /messages: 1 difference
    $.urgent: wanted true, got false
the service is strict:
1 unmatched request(s)
  no route for POST /logout: no path is like it
    the service has POST /login, POST /messages
""",
    "retries.py": "{'temperature': 21.5}\nno answer after 2 attempts\n",
    "stateful.py": "GET 404 no note 'today'\nPUT 200 stored\nGET 200 buy tea\n",
    "through_proxy.py": "without credentials: 407\nwith credentials: 200 {'ok': True}\n",
    "typed_names.py": "valid 200 {'paid': True}\nexpired 402 {'paid': False}\n",
}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_program_runs(name: str) -> None:
    done = python(str(EXAMPLES / name))
    assert (done.returncode, done.stdout, done.stderr) == (0, SAID[name], "")


def test_the_test_module_passes() -> None:
    done = python("-m", "pytest", *plugin_arguments(), "-q", str(EXAMPLES / "test_orders.py"))
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_no_example_is_forgotten() -> None:
    programs = {path.name for path in EXAMPLES.glob("*.py")} - {"__init__.py"}
    assert programs == {*SAID, "test_orders.py"}
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in programs if f"({name})" not in listed] == []
