"""The coverage-guided fuzzer of the whole door; its arguments are libFuzzer's."""

import asyncio
import sys

import atheris

with atheris.instrument_imports(include=["asyncly.srvmocker"]):
    from tests.fuzz.checks import check_door


if __name__ == "__main__":
    with asyncio.Runner() as runner:
        loop = runner.get_loop()

        def check(data: bytes) -> None:
            check_door(loop, data)

        atheris.Setup(sys.argv, check)
        atheris.Fuzz()
