"""The table of docs/faults.md: what the users of four clients see of each fault."""

import asyncio
import re
import subprocess
from importlib.metadata import version
from typing import NamedTuple

import pytest

from asyncly.srvmocker import MockRoute, faults, start_service
from tests.conformance.wire import assert_balanced
from tests.faults.clients import CLIENTS, CURL
from tests.snippets import ROOT

PAGE = ROOT / "docs" / "faults.md"
ROW = re.compile(
    r"^\| (?P<fault>`(?P<code>[^`]+)`(?P<next>, the next request)?) \| (?P<cells>.*) \|$",
    re.MULTILINE,
)
HELD = re.compile(r"^Held by a test with (?P<versions>[^\n]*)\.$", re.MULTILINE)
TIMES_OUT = re.compile(r"TimeoutError|ReadTimeout|exit code 28")
STOPPED = "service.stop_accepting()"


class Row(NamedTuple):
    """One line of the table."""

    fault: str
    code: str
    requests: int
    cells: list[str]

    @property
    def seconds(self) -> float:
        """The time-out of the clients: none where none of them should run into it."""
        return 0.2 if TIMES_OUT.search(" ".join(self.cells)) else 10


def rows() -> list[Row]:
    text = PAGE.read_text(encoding="utf-8").partition("## What the users of four clients see")[2]
    return [
        Row(found["fault"], found["code"], 2 if found["next"] else 1, found["cells"].split(" | "))
        for found in ROW.finditer(text)
    ]


def held_versions() -> dict[str, str]:
    found = HELD.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    return dict(re.findall(r"(\w+) ([\d.]+\d)", found["versions"]))


def installed_versions() -> dict[str, str]:
    told = {name: version(name) for name in CLIENTS if name != "curl"}
    if CURL is not None:
        said = subprocess.run([CURL, "--version"], capture_output=True, text=True, check=True)
        told["curl"] = said.stdout.split()[1]
    return told


INSTALLED = installed_versions()


def cell(seen: str) -> str:
    """What was seen, as the table has it."""
    return seen if seen[:1].isdigit() or seen.startswith("exit code") else f"`{seen}`"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.fault)
async def test_the_table_says_what_they_see(row: Row) -> None:
    async with asyncio.timeout(30), start_service([MockRoute("GET", "/", "fault")]) as service:
        if row.code == STOPPED:
            await service.stop_accepting()
        else:
            service.register("fault", eval(row.code, {**vars(faults)}))
        there = {name: ask for name, ask in CLIENTS.items() if name in INSTALLED}
        seen = dict(
            zip(
                there,
                await asyncio.gather(
                    *(ask(service.url, row.requests, row.seconds) for ask in there.values())
                ),
                strict=True,
            )
        )
    assert_balanced(service)
    assert not service.errors
    held = held_versions()
    wanted = dict(zip(CLIENTS, row.cells, strict=True))
    # Other releases of a client may raise something else.
    same = [name for name in there if INSTALLED[name] == held[name]]
    assert {name: cell(seen[name]) for name in same} == {name: wanted[name] for name in same}


def test_the_table_is_held_with_the_pinned_releases() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    held = held_versions()
    assert {name: pinned[name] for name in held if name != "curl"} == {
        name: told for name, told in held.items() if name != "curl"
    }
    assert list(held) == list(CLIENTS)


def test_every_fault_is_in_the_table() -> None:
    assert {row.code.partition("(")[0] for row in rows()} == {
        *faults.__all__,
        "service.stop_accepting",
    }
