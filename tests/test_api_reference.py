"""The API reference: it is generated without a warning and has every public module and name."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pdoc.doc
import pytest

from tests.snippets import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "docs" / "build.py"), str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


MODULES = ["asyncly.srvmocker", "asyncly.pytest_plugin"]


def described() -> list[pdoc.doc.Module]:
    def below(module: pdoc.doc.Module) -> list[pdoc.doc.Module]:
        public = [child for child in module.submodules if not child.name.startswith("_")]
        return [module, *(found for child in public for found in below(child))]

    tops = [pdoc.doc.Module(importlib.import_module(name)) for name in MODULES]
    return [found for top in tops for found in below(top)]


DESCRIBED = described()


def docstring(module: pdoc.doc.Module, name: str) -> str:
    # pdoc's Doc is generic in what it describes
    if name not in module.members:
        return ""
    return module.members[name].docstring.strip()  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize("module", DESCRIBED, ids=lambda module: module.fullname)
def test_a_module_has_a_page_with_its_names(module: pdoc.doc.Module, site: Path) -> None:
    page = site.joinpath(*module.fullname.split(".")).with_suffix(".html").read_text("utf-8")
    for name in getattr(module.obj, "__all__", ()):
        assert f'id="{name}"' in page, name


@pytest.mark.parametrize("module", DESCRIBED, ids=lambda module: module.fullname)
def test_every_public_name_is_described(module: pdoc.doc.Module) -> None:
    bare = [
        name
        for name in getattr(module.obj, "__all__", ())
        # A second name for an object is described where it is defined.
        if not any(docstring(other, name) for other in (module, *DESCRIBED))
    ]
    assert bare == []
