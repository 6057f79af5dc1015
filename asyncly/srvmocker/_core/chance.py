"""Chance that can be repeated: a seed and a run of random numbers of its own.

Invariant: nothing here touches the generator of the `random` module, nor that of another run.
"""

from random import Random, SystemRandom
from typing import Final

from asyncly.srvmocker._core.delays import is_number

__all__ = ("check_probability", "chosen_seed", "run_of")

_SEEDS: Final = 1 << 32


def chosen_seed(seed: object) -> int:
    """Return the seed, or one that was drawn where it is `None`.

    `TypeError` for what is no number: the hash of anything else may change from run to run.
    """
    if seed is None:
        return SystemRandom().randrange(_SEEDS)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"seed={seed!r} is not an integer")
    return seed


def check_probability(name: str, value: float) -> None:
    """Raise `ValueError` or `TypeError` for what is no probability, and name the argument."""
    if not is_number(value):
        raise TypeError(f"{name}={value!r} is not a probability: give a number, 0 to 1")
    if not 0 <= value <= 1:
        raise ValueError(f"{name}={value!r} is not a probability: give 0 to 1")


def run_of(seed: int) -> Random:
    """Begin the run of a seed."""
    return Random(seed)  # noqa: S311 - it is to be repeated, not to be secret
