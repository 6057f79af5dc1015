"""The docstrings: each public name has one with an example, and every example is run."""

import ast
import asyncio
import contextlib
import doctest
import importlib
import inspect
import io
import pkgutil
import traceback
from itertools import pairwise
from types import ModuleType

import aiohttp
import pytest

import asyncly
from tests.snippets import run


def examples(module: ModuleType) -> list[doctest.DocTest]:
    """The examples of a module, its classes and functions, and those below its assignments."""
    found = doctest.DocTestFinder().find(module)
    body = ast.parse(inspect.getsource(module)).body
    for before, after in pairwise(body):
        if not isinstance(before, ast.Assign | ast.AnnAssign) or not isinstance(after, ast.Expr):
            continue
        if isinstance(after.value, ast.Constant) and isinstance(text := after.value.value, str):
            target = before.target if isinstance(before, ast.AnnAssign) else before.targets[0]
            name = f"{module.__name__}.{ast.unparse(target)}"
            text = inspect.cleandoc(text)
            found.append(doctest.DocTestParser().get_doctest(text, {}, name, None, None))
    return [test for test in found if test.examples]


def modules() -> list[ModuleType]:
    names = [found.name for found in pkgutil.walk_packages(asyncly.__path__, "asyncly.")]
    return [asyncly, *map(importlib.import_module, names)]


MODULES = modules()
PUBLIC = [module for module in MODULES if "._" not in module.__name__]
EXAMPLES = [test for module in MODULES for test in examples(module)]
NAMES = [
    (module, name)
    for module in PUBLIC
    for name in getattr(module, "__all__", ())
    if getattr(getattr(module, name), "__module__", None) == module.__name__
]


@pytest.mark.parametrize("test", EXAMPLES, ids=lambda test: test.name)
def test_examples_do_what_they_show(test: doctest.DocTest) -> None:
    # A reader sees the docstring, not the module's imports; only these two go without saying.
    namespace: dict[str, object] = {"__name__": "__main__", "aiohttp": aiohttp, "pytest": pytest}
    with asyncio.Runner() as runner:
        for example in test.examples:
            _check(test, example, namespace, runner)


def _check(
    test: doctest.DocTest,
    example: doctest.Example,
    namespace: dict[str, object],
    runner: asyncio.Runner,
) -> None:
    assert doctest.SKIP not in example.options, "an example that is not run proves nothing"
    place = f"<{test.name}, line {example.lineno + 1} of its docstring>"
    want = example.want if example.exc_msg is None else example.exc_msg
    with contextlib.redirect_stdout(io.StringIO()) as written:
        try:
            run(example.source, mode="single", namespace=namespace, file_name=place, runner=runner)
        except Exception as error:
            if example.exc_msg is None:
                raise
            got = "".join(traceback.format_exception_only(error))
        else:
            assert example.exc_msg is None, f"{place}: no exception was raised"
            got = written.getvalue()
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.OutputChecker().check_output(want, got, flags), (
        f"{place}\n{example.source}wanted:\n{want}\ngot:\n{got}"
    )


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_public_module_says_what_is_public(module: ModuleType) -> None:
    assert module.__doc__
    names = getattr(module, "__all__", None)
    assert names is not None
    # Constants first, as ruff has it.
    assert list(names) == sorted(names, key=lambda name: (not name.isupper(), name))


@pytest.mark.parametrize(
    ("module", "name"), NAMES, ids=lambda value: getattr(value, "__name__", value)
)
def test_every_public_name_has_a_docstring_with_an_example(module: ModuleType, name: str) -> None:
    thing = getattr(module, name)
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        return  # an instance or an alias: the reference's own test asks for its description
    assert thing.__doc__, "no docstring"
    assert ">>> " in thing.__doc__, "no example"


@pytest.mark.parametrize(
    ("module", "name"), NAMES, ids=lambda value: getattr(value, "__name__", value)
)
def test_every_public_method_has_a_docstring(module: ModuleType, name: str) -> None:
    thing = getattr(module, name)
    members: dict[str, object] = dict(vars(thing)) if inspect.isclass(thing) else {}
    undocumented = [
        member
        for member, value in members.items()
        if not member.startswith("_")
        and (inspect.isroutine(value) or isinstance(value, property))
        and not inspect.getdoc(value)
    ]
    assert undocumented == []
