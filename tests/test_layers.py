"""How the package is built: what may import what, and what every module has.

Read from the source of the package that is installed, whichever that is.
"""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import asyncly

PACKAGE = Path(asyncly.__file__).parent
FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
PUBLIC = [name for name in FILES if not any(part.startswith("_") for part in name.split("."))]
REPORT = [name for name in FILES if name.startswith("asyncly.srvmocker._report")]
CORE = [name for name in FILES if name.startswith("asyncly.srvmocker._core")]

NOT_IN_THE_CORE = {"aiohttp", "asyncio", "selectors", "socket", "socketserver", "ssl", "uvloop"}


def tree(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text("utf-8"))


def imports(module: str) -> Iterator[str]:
    """Every module that this one imports, also inside functions and for type checkers only."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            assert node.module
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (found for found in submodules if found in FILES)
            if any(found not in FILES for found in submodules):
                yield node.module


def layer(module: str) -> int:
    """The place of a module, counted from the bottom."""
    inside = module.removeprefix("asyncly.srvmocker").lstrip(".")
    match inside.split("."):
        case ["typing" | "exceptions" | "diagnosis", *_]:
            return 0
        case ["_core", "matching", *_]:
            return 2
        case ["_core", "record", *_]:
            return 3
        case ["_core", "traffic", *_]:
            return 4
        case ["_core", "explain", *_]:
            return 5
        case ["_core" | "_report", *_]:
            return 1
        case ["_door", "aio" | "reading", *_]:
            return 6
        case ["_door", "answers" | "proxy", *_]:
            return 7
        case ["_door", *_]:
            return 8
        case _:
            return 9


@pytest.mark.parametrize("module", FILES)
def test_imports_run_one_way(module: str) -> None:
    upwards = [
        found for found in imports(module) if found in FILES and layer(found) > layer(module)
    ]
    assert upwards == []


def test_no_import_runs_in_a_circle() -> None:
    graph = {module: {found for found in imports(module) if found in FILES} for module in FILES}
    # Raises CycleError, which names the circle.
    assert set(TopologicalSorter(graph).static_order()) == set(FILES)


@pytest.mark.parametrize("module", CORE)
def test_the_core_knows_no_sockets_and_no_event_loop(module: str) -> None:
    assert {found.split(".")[0] for found in imports(module)} & NOT_IN_THE_CORE == set()


@pytest.mark.parametrize("module", REPORT)
def test_a_report_knows_the_standard_library_and_its_extra_only(module: str) -> None:
    own = {found for found in imports(module) if found.startswith("asyncly.srvmocker._report")}
    others = {found.split(".")[0] for found in set(imports(module)) - own}
    assert others - {"jinja2"} <= sys.stdlib_module_names - NOT_IN_THE_CORE


def test_importing_the_core_runs_no_event_loop_code() -> None:
    """The rule as the interpreter sees it: nothing that the core imports brings aiohttp along.

    The packages around the core import aiohttp themselves, so they are left out of this.
    """
    code = """
import importlib, sys, types
for name in ("asyncly.srvmocker",):
    module = types.ModuleType(name)
    module.__path__ = [sys.argv[1]]
    sys.modules[name] = module
for name in sys.argv[2:]:
    importlib.import_module(name)
print("aiohttp" in sys.modules)
"""
    folder = str(PACKAGE / "srvmocker")
    done = subprocess.run(
        [sys.executable, "-c", code, folder, *CORE], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]


def test_what_is_not_asked_for_is_not_imported() -> None:
    code = "import sys, asyncly.srvmocker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = set(done.stdout.split())
    assert {
        "dirty_equals",
        "h11",
        "jinja2",
        "jsonpath",
        "jsonschema_rs",
        "msgspec",
        "multipart",
        "pytest",
        "tomli_w",
        "unittest",
        "uvloop",
        "yaml",
    } & found == set()


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_says_what_it_exports(module: str) -> None:
    imported = importlib.import_module(module)
    if FILES[module].name == "__init__.py" and not hasattr(imported, "__all__"):
        assert all(isinstance(node, ast.Expr) for node in tree(module).body), "more than words"
        return
    exported = imported.__all__
    # Constants first, as ruff has it.
    in_order = sorted(set(exported), key=lambda name: (not name.isupper(), name))
    assert in_order == list(exported), "sorted, each once"
    assert [name for name in exported if not hasattr(imported, name)] == []


@pytest.mark.parametrize("module", FILES)
def test_a_module_opens_with_its_purpose(module: str) -> None:
    assert ast.get_docstring(tree(module))


@pytest.mark.parametrize("module", FILES)
def test_a_module_stays_readable(module: str) -> None:
    assert len(FILES[module].read_text("utf-8").splitlines()) <= 500


@pytest.mark.parametrize("module", FILES)
def test_nothing_is_printed(module: str) -> None:
    calls = [node.func for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
    assert [call for call in calls if isinstance(call, ast.Name) and call.id == "print"] == []


@pytest.mark.parametrize("module", PUBLIC)
def test_no_public_module_says_any(module: str) -> None:
    names = [node for node in ast.walk(tree(module)) if isinstance(node, ast.Name)]
    assert [f"line {node.lineno}" for node in names if node.id == "Any"] == []


EXEMPTION = re.compile(
    r"#\s*(?:type:\s*ignore|pyright:\s*ignore|noqa|pragma:\s*no (?:cover|branch))(?P<rest>.*)$"
)
CODES = re.compile(r"^(?:\[[\w, -]+\]|:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?")


def exemptions() -> Iterator[tuple[str, str, str]]:
    for path in FILES.values():
        above = ""
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if found := EXEMPTION.search(line):
                yield f"{path.name}:{number}", above.strip(), found["rest"]
            above = line


@pytest.mark.parametrize(
    ("above", "rest"), [pytest.param(above, rest, id=where) for where, above, rest in exemptions()]
)
def test_an_exemption_has_its_reason(above: str, rest: str) -> None:
    """On its line, or as a comment on the line above where that would be too long."""
    assert CODES.sub("", rest).strip(" -#") or above.startswith("#")
