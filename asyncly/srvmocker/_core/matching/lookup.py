"""Looks up what belongs to a JSON value, among thousands of values.

Invariant: what is found is what belongs to the value that is `==`; no two of them are.

A body is seldom frozen for that: most values are told apart by one member, or refused by a few.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from asyncly.srvmocker._core.jsonbody import INVALID, freeze
from asyncly.srvmocker._core.matching.given import ABSENT

__all__ = ("ByValue",)

V = TypeVar("V")

_FEW: Final = 4  # values that are compared one by one
_TELLING: Final = 3  # members that are looked at before a body is frozen

_Members: TypeAlias = tuple[tuple[str, frozenset[Hashable]], ...]


class ByValue(Generic[V]):
    """Maps JSON values to what belongs to them."""

    __slots__ = ("_by_key", "_by_member", "_member", "_telling")

    def __init__(self, values: Mapping[Hashable, tuple[object, V]]) -> None:
        """Take, by its `freeze` key, each value with what belongs to it; there is at least one."""
        self._by_key = {key: found for key, (_, found) in values.items()}
        self._telling = _telling_members(values)
        self._member = ""
        self._by_member: dict[Hashable, tuple[tuple[object, V], ...]] = {}
        if self._telling and 2 * len(self._telling[0][1]) >= len(values):
            self._part(values)

    def _part(self, values: Mapping[Hashable, tuple[object, V]]) -> None:
        """Part the values by the member that tells nearly all of them apart.

        To compare an object with one or two takes a quarter of what it takes to freeze it.
        """
        name = self._member = self._telling[0][0]
        parted = self._by_member
        shared: dict[Hashable, object] = {}
        for key, (value, found) in values.items():
            frozen = dict(cast("frozenset[tuple[str, Hashable]]", key))
            told = frozen[name]
            # Members that are equal are one object, which is at hand when it is compared.
            members = cast("dict[str, object]", value).items()
            wanted = {each: shared.setdefault(frozen[each], member) for each, member in members}
            parted[told] = (*parted.get(told, ()), (wanted, found))

    def get(self, value: Any) -> V | None:
        """Return what belongs to a value, if anything does.

        The value is a parsed one, or `INVALID`, to which nothing belongs. Raises `RecursionError`
        where it is nested too deep to tell.
        """
        if self._member:
            if value.__class__ is not dict:
                return None
            try:
                candidates = self._by_member.get(value.get(self._member, ABSENT))
            except TypeError:  # a list or an object
                return self._by_key.get(freeze(value)) if self._may_hold(value) else None
            if candidates is None:
                return None
            if len(candidates) <= _FEW:
                for wanted, found in candidates:
                    if value == wanted:
                        return found
                return None
        return self._by_key.get(freeze(value)) if self._may_hold(value) else None

    def _may_hold(self, value: Any) -> bool:
        """Refuse what cannot be there, without the cost of freezing it."""
        if not self._telling:
            return value is not INVALID
        if value.__class__ is not dict:
            return False
        try:
            for name, told in self._telling:
                if value.get(name, ABSENT) not in told:
                    return False
        except TypeError:  # a list or an object, which only the frozen key can compare
            pass
        return True


def _telling_members(keys: Iterable[Hashable]) -> _Members:
    """Choose the members that tell the objects apart best, with the values they have.

    There are none unless everything is an object and has them.
    """
    objects: list[dict[str, Hashable]] = []
    for key in keys:
        if not isinstance(key, frozenset):
            return ()
        objects.append(dict(cast("frozenset[tuple[str, Hashable]]", key)))
    names = set(objects[0]).intersection(*objects)
    told = [(name, frozenset(item[name] for item in objects)) for name in sorted(names)]
    told.sort(key=lambda member: len(member[1]), reverse=True)
    return tuple(told[:_TELLING])
