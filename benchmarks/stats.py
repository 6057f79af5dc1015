"""The little statistics that the benchmarks need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

__all__ = ("median", "paired_ratios", "percentile")


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that `percent` per cent of the values do not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]


def paired_ratios(subject: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """The ratio of each pair of runs that were made one after the other.

    A machine gets slower and faster over seconds; both runs of a pair see about the same of it,
    which a ratio of two averages does not.

    Raises:
        ValueError: the numbers of runs differ, or a baseline figure is not positive.
    """
    if len(subject) != len(baseline) or not subject:
        raise ValueError(f"{len(subject)} and {len(baseline)} runs do not make pairs")
    if min(baseline) <= 0:
        raise ValueError(f"a baseline figure of {min(baseline)} has no ratio")
    return [own / other for own, other in zip(subject, baseline, strict=True)]
