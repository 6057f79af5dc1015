"""Run the fuzzers: `python -m tests.fuzz SECONDS`, shared between them; stops at the first failure.

A failure is told with the bytes that caused it: they belong into `corpus/`, where `make test` finds
them. What a long run has learned is kept in `.fuzz/`.
"""

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.fuzz.checks import LARGEST

HERE: Final = Path(__file__).resolve().parent
_FUZZERS: Final = ("assembly", "door")


def main() -> int:
    """Return the exit status: 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("seconds", type=int)
    parser.add_argument("fuzzer", nargs="?", choices=_FUZZERS, help="only this one")
    given = parser.parse_args()
    fuzzers = (given.fuzzer,) if given.fuzzer else _FUZZERS
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("atheris is not installed: `make fuzz` installs it\n")
        return 2
    for name in fuzzers:
        learned = HERE.parents[1] / ".fuzz" / name
        learned.mkdir(parents=True, exist_ok=True)
        ended = subprocess.run(
            [
                *(sys.executable, "-m", f"tests.fuzz.fuzz_{name}"),
                f"-max_total_time={max(1, given.seconds // len(fuzzers))}",
                f"-max_len={LARGEST}",
                f"-dict={HERE / 'http.dict'}",
                f"-artifact_prefix={learned.parent}/{name}-",
                "-print_final_stats=1",
                "-timeout=20",
                str(learned),
                str(HERE / "corpus"),
            ],
            check=False,
        )
        if ended.returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
