"""What a user's own code raises: kept, whatever it is, unless it is meant for somebody else.

A cancellation, or an outcome of pytest's, is no `Exception`, and is an error of that code like any
other. What ends the process, or a generator, is nobody's error.
"""

from typing import Final

__all__ = ("kept",)

_MEANT_FOR_OTHERS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)


def kept(error: BaseException) -> BaseException:
    """Return what was raised, to be kept; raise it where it is meant for somebody else."""
    if isinstance(error, _MEANT_FOR_OTHERS):
        raise error
    return error
