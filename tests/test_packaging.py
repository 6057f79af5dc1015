"""What the package says about itself, and that the files which say it agree."""

import re
import tomllib
from importlib.metadata import metadata, requires, version
from importlib.resources import files
from pathlib import Path
from typing import cast

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import asyncly

ROOT = Path(__file__).resolve().parent.parent


def runtime() -> list[Requirement]:
    """What the package and its extras need, from its own metadata."""
    found = [Requirement(text) for text in requires("asyncly") or []]
    return [one for one in found if one.name != "asyncly"]


def development() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return [Requirement(text) for text in cast("list[str]", project["dependency-groups"]["dev"])]


def pins(name: str) -> dict[str, Version]:
    """A file of pins: `name==version` and comments, nothing else."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    split = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(package): Version(pinned) for package, pinned in split}


def floor(requirement: Requirement) -> Version:
    (lowest,) = (one.version for one in requirement.specifier if one.operator == ">=")
    return Version(lowest)


def test_the_version_is_said_once() -> None:
    assert asyncly.__version__ == version("asyncly")


def test_the_types_are_for_users_too() -> None:
    assert files("asyncly").joinpath("py.typed").is_file()


def test_the_extras() -> None:
    extras = metadata("asyncly").get_all("Provides-Extra") or []
    assert sorted(extras) == [
        "all",
        "br",
        "dirty-equals",
        "jsonpath",
        "msgpack",
        "multipart",
        "report",
        "routes",
        "schema",
        "toml",
        "typed",
        "uvloop",
        "yaml",
        "zstd",
    ]


def test_there_is_a_classifier_for_each_python() -> None:
    described = metadata("asyncly")
    assert described["Requires-Python"] == ">=3.11"
    for minor in (11, 12, 13):
        python = f"Programming Language :: Python :: 3.{minor}"
        assert python in (described.get_all("Classifier") or [])


@pytest.mark.parametrize("requirement", [*runtime(), *development()], ids=str)
def test_what_is_needed_is_pinned_for_development(requirement: Requirement) -> None:
    pinned = pins("constraints.txt").get(canonicalize_name(requirement.name))
    if requirement.name != "types-PyYAML":  # it follows the numbers of PyYAML
        assert pinned is not None
        assert requirement.specifier.contains(pinned)


def test_the_oldest_releases_that_are_tried_are_the_oldest_allowed() -> None:
    oldest = {canonicalize_name(one.name): floor(one) for one in runtime()}
    assert pins(".ci/oldest.txt") == oldest


@pytest.mark.parametrize("name", ["constraints.txt", ".ci/oldest.txt", "pyproject.toml"])
def test_no_package_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert re.findall(r"--(?:extra-)?index-url|--find-links|https?://\S+", text) == []


def test_each_stub_says_why_it_is_there() -> None:
    stubs = ROOT / "stubs"
    words = (stubs / "README.md").read_text("utf-8")
    packages = {path.relative_to(stubs).parts[0] for path in stubs.rglob("*.pyi")}
    assert [name for name in packages if f"`{name.removesuffix('.pyi')}`" not in words] == []
