"""The wanted and the nearest JSON, line by line: every marked line is a difference."""

import json
from typing import Any
from unittest.mock import ANY

from hypothesis import given

from asyncly.srvmocker._core.explain.sidebyside import side_by_side
from tests.core.explain.support import Angry
from tests.core.support import CLOSE_VALUES, VALUES, examples, nested_list


def compared(wanted: object, got: object) -> list[str]:
    return list(side_by_side(wanted, json.dumps(got).encode()))


def test_what_differs_is_marked() -> None:
    wanted = {"kind": "book", "tags": [], "items": [{"price": 12.5, "at": ANY}, 3], "only": True}
    got = {"items": [{"at": "now", "price": 13}, 3], "kind": "book", "more": None, "tags": []}
    assert compared(wanted, got) == [
        "  wanted (-) and got (+):",
        "      {",
        '        "kind": "book",',
        '        "tags": [],',
        '        "items": [',
        "          {",
        '    -       "price": 12.5,',
        "    ?                 ^^^",
        '    +       "price": 13,',
        "    ?                 ^",
        '            "at": "now",',
        "          },",
        "          3,",
        "        ],",
        '    -   "only": true,',
        '    +   "more": null,',
        "      }",
    ]


def test_lists_of_other_lengths_are_aligned_at_their_beginning() -> None:
    assert compared([1.0, {"a": 1, "b": True}, 3], [1, {"b": 1, "a": 1}]) == [
        *("  wanted (-) and got (+):", "      [", "        1,", "        {"),
        *('          "b": 1,', '          "a": 1,', "        },", "    -   3,", "      ]"),
    ]
    assert compared([{"a": 1}], [{"a": 2}, 4])[3:] == [
        *('    -     "a": 1,', "    ?          ^", '    +     "a": 2,', "    ?          ^"),
        *("        },", "    +   4,", "      ]"),
    ]


@given(CLOSE_VALUES | VALUES, CLOSE_VALUES | VALUES)
@examples(200)
def test_lines_are_marked_only_where_something_differs(wanted: Any, got: Any) -> None:
    body = json.dumps(got).encode()
    lines = list(side_by_side(wanted, body))
    if wanted == json.loads(body):
        assert lines == []
    else:
        assert lines == [] or any(line[4] in "+-" for line in lines[1:])
    assert all(line.isprintable() for line in lines)


def test_a_body_that_is_not_json_has_no_lines() -> None:
    assert list(side_by_side({"a": 1}, b"{")) == []


def test_names_and_values_may_be_anything() -> None:
    lines = compared({1: Angry(), "a": "b" * 1000}, {"1": 2, "a": "b"})
    assert "    -   1: <Angry, whose repr raised KeyError: 'no text'>," in lines
    assert max(map(len, lines)) < 300
    assert len(compared(nested_list(200, 1), nested_list(200, 2))) < 400


def test_of_long_documents_the_parts_that_differ_are_shown() -> None:
    wanted: list[object] = list(range(500))
    got = [*range(250), "new", *range(251, 500)]
    assert compared(wanted, got) == [
        "  wanted (-) and got (+):",
        "    @@ -250,5 +250,5 @@",
        *(
            "       248,",
            "       249,",
            "    -  250,",
            '    +  "new",',
            "       251,",
            "       252,",
        ),
    ]


def test_of_very_long_documents_the_beginning_is_compared() -> None:
    lines = compared([0, *range(9000)], [1, *range(9000)])
    assert lines[-1] == "    … only the first 2000 lines are compared"
    assert len(lines) < 20
