"""Writes the API reference, made from the docstrings, to ``docs/_site`` or the folder given.

``python docs/build.py [FOLDER]``.  A warning of the generator is an error.
"""

import pkgutil
import sys
import warnings
from pathlib import Path

import pdoc
import pdoc.render

import asyncly


def public_modules() -> list[str]:
    """All modules but the private ones; pdoc itself stops at a package's `__all__`."""
    found = [module.name for module in pkgutil.walk_packages(asyncly.__path__, "asyncly.")]
    return ["asyncly", *(name for name in found if "._" not in name)]


def main() -> None:
    here = Path(__file__).parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here / "_site"
    warnings.simplefilter("error")
    pdoc.render.configure(docformat="google", show_source=False, search=True)
    pdoc.pdoc(*public_modules(), output_directory=folder)
    print(f"the API reference is in {folder}/index.html")


if __name__ == "__main__":
    main()
