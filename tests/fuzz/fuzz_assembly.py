"""The coverage-guided fuzzer of the assembler; its arguments are libFuzzer's."""

import sys

import atheris

with atheris.instrument_imports(include=["asyncly.srvmocker._door"]):
    from tests.fuzz.checks import check_assembly


if __name__ == "__main__":
    atheris.Setup(sys.argv, check_assembly)
    atheris.Fuzz()
