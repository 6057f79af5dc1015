"""Writes the API reference, made from the docstrings, to ``docs/_site`` or the folder given.

``python docs/build.py [FOLDER]``.  A warning of the generator is an error.
"""

import sys
import warnings
from pathlib import Path

import pdoc
import pdoc.render

MODULES = ("asyncly.srvmocker", "asyncly.pytest_plugin")


def main() -> None:
    here = Path(__file__).parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here / "_site"
    warnings.simplefilter("error")
    pdoc.render.configure(docformat="google", show_source=False, search=True)
    pdoc.pdoc(*MODULES, output_directory=folder)
    print(f"the API reference is in {folder}/index.html")


if __name__ == "__main__":
    main()
