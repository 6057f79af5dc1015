"""Formats that need an extra: without it, importing them says which one to install."""

import importlib
import subprocess
import sys

import pytest

EXTRAS = [
    ("msgpack", "msgspec", "msgspec"),
    ("toml", "tomli_w", "tomli-w"),
    ("yaml", "yaml", "PyYAML"),
]


@pytest.mark.parametrize(("extra", "module", "package"), EXTRAS)
@pytest.mark.parametrize("kind", ["serialization", "responses"])
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, kind: str, extra: str, module: str, package: str
) -> None:
    serialization = f"asyncly.srvmocker.serialization.{extra}"
    name = f"asyncly.srvmocker.{kind}.{extra}"
    monkeypatch.setitem(sys.modules, module, None)  # importing it is an ImportError
    monkeypatch.delitem(sys.modules, serialization, raising=False)
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ImportError) as caught:
        importlib.import_module(name)
    assert str(caught.value) == f"{package} is not installed: pip install 'asyncly[{extra}]'"
    assert caught.value.name == module
    assert isinstance(caught.value.__cause__, ImportError)


def test_the_package_itself_needs_none_of_them() -> None:
    blocked = [module for _, module, _ in EXTRAS]
    source = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked})); import asyncly.srvmocker as s; "
        "assert all(hasattr(s, name) for name in s.__all__)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", source], check=True)
