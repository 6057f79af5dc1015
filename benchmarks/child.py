"""The entry point of every process that a benchmark starts.

Run by its path, with `-I`, under the interpreter of either environment: the project's folder is
put at the *end* of `sys.path`, so the published package, where it is installed, is not hidden by
this project, and an installed wheel of this project is preferred to the folder.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parent.parent))

    from benchmarks.roles import main

    main(sys.argv[1:])
