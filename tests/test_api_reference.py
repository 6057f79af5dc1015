"""The API reference: it is generated without a warning and has every public module and name."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pdoc.doc
import pytest

from tests.snippets import ROOT
from tests.test_docstrings import PUBLIC


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


DESCRIBED = [pdoc.doc.Module(module) for module in PUBLIC]


def docstring(module: pdoc.doc.Module, name: str) -> str:
    # pdoc's Doc is generic in what it describes, which does not matter here.
    members = cast("Mapping[str, object]", module.members)  # pyright: ignore[reportUnknownMemberType]
    member = members.get(name)
    return member.docstring.strip() if isinstance(member, pdoc.doc.Doc) else ""


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
