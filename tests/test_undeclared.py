"""What is told of a name that no route declares."""

from enum import StrEnum

import pytest

from asyncly.srvmocker._undeclared import why_undeclared


class Name(StrEnum):
    CREATE = "create"
    LIST = "list"


def test_the_nearest_names_are_told_or_all() -> None:
    told = "no route declares the handler"
    assert why_undeclared("creat", Name) == f"{told} 'creat'; did you mean 'create'?"
    assert why_undeclared("x", Name) == f"{told} 'x'; declared: ['create', 'list']"
    assert why_undeclared(Name.LIST, ["create"]) == f"{told} 'list'; declared: ['create']"


@pytest.mark.parametrize("name", [None, 7, ["create"], b"create"])
def test_what_is_no_name_is_a_type_error(name: object) -> None:
    with pytest.raises(TypeError, match=r" is not the name of a handler: give strings, not in a "):
        why_undeclared(name, ["create"])
