"""A JSON body as a typed value: which library reads what, and what is said of a misfit."""

import math
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NewType,
    TypedDict,
    cast,
)
from uuid import UUID

import msgspec
import pydantic
import pytest
from hypothesis import given
from typing_extensions import TypeAliasType

from asyncly.srvmocker import PayloadError, SrvMockerError
from asyncly.srvmocker._core.jsonbody import parse
from asyncly.srvmocker.payload import decode_body
from tests.core.support import VALUES, bodies_of, examples


class Line(msgspec.Struct):
    name: str
    price: float


class Order(msgspec.Struct, frozen=True):
    items: list[Line]
    note: str | None = None


@dataclass
class Point:
    x: int
    y: int = 0

    def __post_init__(self) -> None:
        if self.x == 13:
            raise ValueError("Unlucky `x`")
        if self.x == 14:
            raise KeyError(self.x)


class User(TypedDict):
    id: int
    names: list[str]


class Pair(NamedTuple):
    left: int
    right: str


class Colour(Enum):
    RED = "red"


class Cat(msgspec.Struct, tag="cat"):
    lives: int


class Dog(msgspec.Struct, tag="dog"):
    name: str


class Renamed(msgspec.Struct, rename="camel"):
    first_name: str
    by_name: dict[str, dict[str, int]] = {}


class Item(pydantic.BaseModel):
    name: str
    price: float


class Basket(pydantic.BaseModel):
    items: list[Item]


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    when: datetime
    rest: object = None


class Kitten(pydantic.BaseModel):
    kind: Literal["kitten"]


class Puppy(pydantic.BaseModel):
    kind: Literal["puppy"]


@pydantic.dataclasses.dataclass
class Checked:
    x: Annotated[int, pydantic.Field(gt=0)]


@dataclass
class Envelope:
    content: list[Item]


@dataclass
class Bounded:
    amount: pydantic.PositiveInt


@dataclass
class Deep:
    def __post_init__(self) -> None:
        raise RecursionError("too deep")


@dataclass
class Folder:
    folders: "list[Folder]"


class Nested(pydantic.BaseModel):
    inner: "list[Nested]" = []


class Mixed(msgspec.Struct):
    item: Item


@dataclass
class MixedConstraints:
    amount: Annotated[int, msgspec.Meta(gt=0)]
    count: Annotated[int, pydantic.Field(gt=0)]


class Opaque:
    """Neither library knows how to make one."""


@dataclass
class Dangling:
    other: "Nowhere"  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable]  # wanted


class DanglingModel(pydantic.BaseModel):
    other: "Nowhere"  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable]  # wanted


Id = NewType("Id", int)
Tea = NewType("Tea", Item)
ANYTHING: tuple[Any, ...] = (object, Annotated[object, pydantic.Field()])
"""The one is msgspec's, the other pydantic's."""

Items = TypeAliasType("Items", list[Item])


def refused(body: bytes, kind: Any, of: str = "") -> PayloadError:
    with pytest.raises(PayloadError) as caught:
        decode_body(body, kind, of=of)
    return caught.value


# --- what fits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "value"),
    [
        (b'{"a": [1, null]}', dict, {"a": [1, None]}),
        (b'{"a": [1, null]}', object, {"a": [1, None]}),
        (b'{"a": [1, null]}', Any, {"a": [1, None]}),
        (b'{"a": [1, null]}', dict[str, list[int | None]], {"a": [1, None]}),
        (b'{"1": 2}', dict[int, float], {1: 2.0}),
        (b"[1, 1]", list[int], [1, 1]),
        (b"[1, 1]", set[int], {1}),
        (b"[1, 2]", tuple[int, ...], (1, 2)),
        (b"[1]", Sequence[int], [1]),
        (b'"text"', str, "text"),
        (b"true", bool, True),
        (b"null", None, None),
        (b"1", int | None, 1),
        (b"null", int | None, None),
        (b'"a"', Literal["a", "b"], "a"),
        (b"7", Id, 7),
        (b"12", Annotated[int, msgspec.Meta(gt=10)], 12),
        (b'"red"', Colour, Colour.RED),
        (b'"2024-01-02T03:04:05Z"', datetime, datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (b'"00000000-0000-0000-0000-000000000001"', UUID, UUID(int=1)),
        (b'"1.50"', Decimal, Decimal("1.50")),
        (b'"YWI="', bytes, b"ab"),
        (b'[1, "b"]', Pair, Pair(1, "b")),
        (b'{"x": 1, "more": 2}', Point, Point(1)),
        (b'{"id": 1, "names": []}', User, {"id": 1, "names": []}),
        (b'{"items": [{"name": "tea", "price": 3}]}', Order, Order([Line("tea", 3.0)])),
        (b'{"type": "dog", "name": "Rex"}', Cat | Dog, Dog("Rex")),
        (b'{"firstName": "Ann"}', Renamed, Renamed("Ann")),
        (b'{"folders": [{"folders": []}]}', Folder, Folder([Folder([])])),
        (b'{"name": "tea", "price": "3.5"}', Item, Item(name="tea", price=3.5)),
        (b'[{"name": "tea", "price": 3}]', list[Item], [Item(name="tea", price=3)]),
        (b'[{"name": "tea", "price": 3}]', Items, [Item(name="tea", price=3)]),
        (b"null", Item | None, None),
        (b'{"kind": "puppy"}', Kitten | Puppy, Puppy(kind="puppy")),
        (
            b'{"kind": "puppy"}',
            Annotated[Kitten | Puppy, pydantic.Field(discriminator="kind")],
            Puppy(kind="puppy"),
        ),
        (b'{"x": "1"}', Checked, Checked(1)),
        (
            b'{"content": [{"name": "a", "price": 1}]}',
            Envelope,
            Envelope([Item(name="a", price=1)]),
        ),
        (b'{"amount": 1}', Bounded, Bounded(1)),
        (b'{"name": "tea", "price": 3}', Tea, Item(name="tea", price=3)),
        (b'{"inner": [{}]}', Nested, Nested(inner=[Nested()])),
        (
            b'{"when": "2024-01-02T03:04:05Z"}',
            Strict,
            Strict(when=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ),
    ],
    ids=str,
)
def test_a_body_is_decoded(body: bytes, kind: Any, value: object) -> None:
    for _ in range(2):  # the second time by a decoder that is known
        decoded: object = decode_body(body, kind)
        assert decoded == value
        assert type(decoded) is type(value)


def test_two_decoded_values_share_nothing() -> None:
    first = decode_body(b'{"a": []}', dict[str, list[int]])
    first["a"].append(1)
    assert decode_body(b'{"a": []}', dict[str, list[int]]) == {"a": []}
    plain = decode_body(b'{"a": []}', object)
    cast("dict[str, list[int]]", plain)["a"].append(1)
    assert decode_body(b'{"a": []}', object) == {"a": []}


def test_a_type_that_cannot_be_hashed_is_decoded_into() -> None:
    kind = Annotated[int, []]
    with pytest.raises(TypeError):
        hash(kind)
    assert decode_body(b"1", kind) == 1


def test_the_order_of_a_union_is_kept() -> None:
    class One(pydantic.BaseModel):
        a: int

    class Two(pydantic.BaseModel):
        a: int

    assert (One | Two) == (Two | One)
    assert type(decode_body(b'{"a": 1}', One | Two)) is One
    assert type(decode_body(b'{"a": 1}', Two | One)) is Two


# --- what JSON is ------------------------------------------------------------------------------

BIG = 2**70


@pytest.mark.parametrize("kind", [dict[str, int], pydantic.create_model("Bag", a=(int, ...))])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_the_rules_are_those_of_the_json_criteria(encoding: str, kind: Any) -> None:
    body = f'{{"a": 1, "a": {BIG}}}'.encode(encoding)
    decoded = decode_body(body, kind)
    assert (decoded["a"] if isinstance(decoded, dict) else decoded.a) == BIG


def test_nan_and_infinity_are_numbers() -> None:
    for kind in (list[float], list[Annotated[float, pydantic.Field()]]):
        nan, infinity = decode_body(b"[NaN, -Infinity]", kind)
        assert math.isnan(nan)
        assert infinity == float("-inf")


def test_a_lone_surrogate_is_a_character() -> None:
    assert decode_body(b'["\\ud800"]', list[str]) == ["\ud800"]
    body = b'{"items": [], "more\\ud800": 1}'
    assert decode_body(body, Basket) == Basket(items=[])


@pytest.mark.parametrize("depth", [300, 900, 1020])
def test_what_is_nested_deeply_is_decoded(depth: int) -> None:
    body = b"[" * depth + b"]" * depth
    for kind in ANYTHING:
        decoded: object = decode_body(body, kind)
        for _ in range(depth - 1):
            assert isinstance(decoded, list)
            [decoded] = cast("list[object]", decoded)
        assert decoded == []


@given(VALUES.flatmap(bodies_of))
@examples(200)
def test_either_library_is_given_what_the_criteria_compare(body: bytes) -> None:
    for kind in ANYTHING:
        decoded: object = decode_body(body, kind)
        assert repr(decoded) == repr(parse(body).value)


# --- what does not fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (
            b'{"items": [{"name": "", "price": 1}, {"name": "", "price": "3"}]}',
            Order,
            "Order: $.items[1].price: expected float, got str",
        ),
        (b'{"x": 1.0}', Point, "Point: $.x: expected int, got float"),
        (b'{"x": true}', Point, "Point: $.x: expected int, got bool"),
        (b'{"items": null}', Order, "Order: $.items: expected array, got null"),
        (b"[{}]", list[Point], "list[Point]: $[0]: object missing required field x"),
        (b"[]", Point, "Point: $: expected object, got array"),
        (b'"1"', int | None, "int | None: $: expected int | null, got str"),
        (b"5", Annotated[int, msgspec.Meta(gt=9)], "int: $: expected int >= 10"),
        (b'"c"', Literal["a", "b"], "Literal['a', 'b']: $: invalid enum value 'c'"),
        (b'[1, "2"]', tuple[int, ...], "tuple[int, ...]: $[1]: expected int, got str"),
        (b'{"type": "cow"}', Cat | Dog, "Cat | Dog: $.type: invalid value 'cow'"),
        (b'{"firstName": 1}', Renamed, "Renamed: $.firstName: expected str, got int"),
        (
            b'{"firstName": "", "byName": {"a": {"b": 1}, "c": {"d": 2, "e f": "3"}}}',
            Renamed,
            "Renamed: $.byName.c['e f']: expected int, got str",
        ),
        (
            b'[{"a": {"1": 2, "x": 3}}]',
            list[dict[str, dict[int, int]]],
            "list[dict[str, dict[int, int]]]: $[0].a.x (the key): expected int, got str",
        ),
        (b'[{"x": 13}]', list[Point], "list[Point]: $[0]: Unlucky `x`"),
        (
            b'{"a": {"x": 13}, "b": {"x": 14}}',
            dict[str, Point],
            "dict[str, Point]: $.a: Unlucky `x`",
        ),
        (
            b'["\\ud800"]',
            list[Colour],
            (
                "list[Colour]: $: 'utf-8' codec can't encode character '\\ud800' in position 0: "
                "surrogates not allowed"
            ),
        ),
        (b"x", Point, "Point: it is not JSON: Expecting value: line 1 column 1 (char 0): b'x'"),
        (b"", Point, "Point: it is not JSON: it is empty"),
        (
            b'{"a": \xff}',
            list[Item],
            (
                "list[Item]: it is not JSON: 'utf-8' codec can't decode byte 0xff in position 6: "
                "invalid start byte: b'{\"a\": \\xff}'"
            ),
        ),
        (
            b"<html>" * 11,
            Item,
            f"Item: it is not JSON: Expecting value: line 1 column 1 (char 0): b'{'<html>' * 10}'…",
        ),
        (
            b'{"items": [{"name": "", "price": "x"}]}',
            Basket,
            (
                "Basket: $.items[0].price: input should be a valid number, unable to parse string "
                "as a number"
            ),
        ),
        (
            b'{"a": {"price": "x"}}',
            dict[str, Item],
            (
                "dict[str, Item]:\n  $.a.name: field required\n"
                "  $.a.price: input should be a valid number, unable to parse string as a number"
            ),
        ),
        (
            b'"{"',
            pydantic.Json[int],
            "int: $: invalid JSON: EOF while parsing an object at line 1 column 1",
        ),
        (b'{"x": 0}', Checked, "Checked: $.x: input should be greater than 0"),
        (b'{"amount": 0}', Bounded, "Bounded: $.amount: input should be greater than 0"),
        (b"0", pydantic.PositiveInt, "int: $: input should be greater than 0"),
        (
            b'["\\ud800"]',
            set[pydantic.PositiveInt],
            (
                "set[int]: $[0]: input should be a valid string, unable to parse raw data "
                "as a unicode string"
            ),
        ),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named(body: bytes, kind: Any, text: str) -> None:
    for of, whose in (("", ""), ("handler 'create'", "handler 'create': ")):
        assert str(refused(body, kind, of)) == f"{whose}the body does not fit {text}"


@pytest.mark.parametrize("digits", [400, 4000])
def test_an_integer_beyond_float_does_not_fit_one(digits: int) -> None:
    error = refused(b"1" * digits, float)
    assert str(error).startswith("the body does not fit float: $: ")
    assert decode_body(b"1" * digits, int) == int("1" * digits)


def test_nesting_beyond_what_the_library_takes_does_not_fit() -> None:
    error = refused(b'{"inner": [' * 450 + b"]}" * 450, Nested)
    assert ".inner[0]: recursion error - " in str(error)
    assert len(str(error)) < 250
    assert str(refused(b"{}", Deep)) == "the body does not fit Deep: $: too deep"


def test_many_problems_are_told_in_part() -> None:
    error = refused(b"[%b{}]" % (b"{}," * 19), list[Kitten])
    assert error.problems[0] == "$[0].kind: field required"
    assert len(error.problems) == 20
    lines = str(error).splitlines()
    assert lines[0] == "the body does not fit list[Kitten]:"
    assert lines[-2:] == ["  $[9].kind: field required", "  and 10 more"]


def test_what_a_client_sent_does_not_make_the_text_long() -> None:
    key = b"k" * 100_000
    assert len(str(refused(b'{"%b": {"x": ""}}' % key, dict[str, Point]))) < 200
    assert len(str(refused(b'{"%b": 1}' % key, dict[int, int], "x" * 1000))) < 500
    assert len(str(refused(b'"%b"' % key, Colour))) < 400


def test_the_error_carries_what_it_says() -> None:
    error = refused(b'{"x": ""}', Point, "handler 'a'")
    assert (error.of, error.wanted, error.problems) == (
        "handler 'a'",
        "Point",
        ("$.x: expected int, got str",),
    )
    assert isinstance(error, SrvMockerError)
    assert isinstance(error, AssertionError)
    assert isinstance(error.__cause__, msgspec.ValidationError)
    assert isinstance(refused(b'{"x": 0}', Checked).__cause__, pydantic.ValidationError)
    assert refused(b"?", Checked).__cause__ is None
    again: PayloadError = pickle.loads(pickle.dumps(error))
    assert (str(again), again.problems) == (str(error), error.problems)


def test_an_error_of_a_users_own_check_is_his() -> None:
    with pytest.raises(KeyError, match="14"):
        decode_body(b'{"x": 14}', Point)


# --- what nothing decodes into -----------------------------------------------------------------


OF_BOTH = "it has a part of msgspec's and one of pydantic's"


class Plain(pydantic.BaseModel):
    content: dict[str, Item] = {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("Point", "'Point': Type ''Point'' is not supported"),
        (5, "5: Type '5' is not supported"),
        (list["Nowhere"], "list['Nowhere']: Type ''Nowhere'' is not supported"),  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable]  # wanted
        (Line | Order, "Line | Order: If a type union contains multiple Struct types, all "),
        (Mixed, f"Mixed: {OF_BOTH}"),
        (MixedConstraints, f"MixedConstraints: {OF_BOTH}"),
        (list[Item | Line], f"list[Item | Line]: {OF_BOTH}"),
        (list[Item | Opaque], "list[Item | Opaque]: Unable to generate pydantic-core schema for <"),
        (Dangling, "Dangling: name 'Nowhere' is not defined"),
        (DanglingModel, "DanglingModel: `"),
        (list[DanglingModel], "list[DanglingModel]: `"),
    ],
    ids=str,
)
def test_a_type_that_nothing_decodes_into_is_refused(kind: Any, text: str) -> None:
    for body in (b"{}", b"[{}]"):
        with pytest.raises(TypeError) as caught:
            decode_body(body, kind)
        assert str(caught.value).startswith(f"no JSON body can be decoded into {text}")
        assert "\n" not in str(caught.value)


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Local(msgspec.Struct):
        a: int

    monkeypatch.setitem(sys.modules, "msgspec", None)  # importing it is an ImportError
    with pytest.raises(ImportError) as caught:
        decode_body(b"1", Local)
    assert str(caught.value) == "msgspec is not installed: pip install 'asyncly[typed]'"
    assert caught.value.name == "msgspec"
    monkeypatch.undo()
    assert decode_body(b'{"a": 1}', Local) == Local(1)


def test_pydantic_alone_is_enough_for_its_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    assert decode_body(b"{}", list[Plain] | Plain) == Plain()


@pytest.mark.parametrize("kind", ["list[int]", "Annotated[int, 1]"])
def test_nothing_is_imported_before_it_is_needed(kind: str) -> None:
    code = (
        "import sys\nfrom typing import Annotated\n"
        "from asyncly.srvmocker.payload import decode_body\n"
        "before = {'msgspec', 'pydantic'} & set(sys.modules)\n"
        f"try: decode_body(b'', {kind})\nexcept AssertionError: pass\n"
        "print(before, {'msgspec', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set() {'msgspec'}\n"
