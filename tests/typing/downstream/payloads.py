"""Recorded bodies as typed values: the type that is given is the type that comes back."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NewType, TypeAlias, TypedDict, assert_type

import msgspec
import pydantic

from asyncly.srvmocker import MockProxyService, MockService, RequestHistory
from asyncly.srvmocker.payload import decode_body


class Struct(msgspec.Struct):
    price: float


@dataclass
class Data:
    price: float


class Typed(TypedDict):
    price: float


class Model(pydantic.BaseModel):
    price: float


Id = NewType("Id", int)
Either: TypeAlias = Struct | Data


def classes(call: RequestHistory) -> None:
    assert_type(call.decode(Struct), Struct)
    assert_type(call.decode(Data), Data)
    assert_type(call.decode(Typed), Typed)
    assert_type(call.decode(Model), Model)
    assert_type(call.decode(Id), Id)
    assert_type(call.decode(str), str)
    assert_type(call.decode(object), object)
    assert_type(call.decode(Struct).price, float)
    call.decode(Struct).cost  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue, reportUnknownMemberType]
    wrong: Data = call.decode(Struct)  # error: mypy[assignment] pyright[reportAssignmentType]
    del wrong


def containers(call: RequestHistory) -> None:
    assert_type(call.decode(list[Model]), list[Model])
    assert_type(call.decode(dict[str, list[Data]]), dict[str, list[Data]])
    assert_type(call.decode(tuple[int, ...]), tuple[int, ...])
    assert_type(call.decode(dict[str, object]), dict[str, object])
    assert_type(call.decode(dict[str, Any]), dict[str, Any])


def forms(call: RequestHistory) -> None:
    assert_type(call.decode(Struct | None), Struct | None)
    assert_type(call.decode(Struct | Data), Struct | Data)
    assert_type(call.decode(Either), Struct | Data)
    assert_type(call.decode(Annotated[int, msgspec.Meta(gt=0)]), int)
    assert_type(call.decode(list[Annotated[int, msgspec.Meta(gt=0)]]), list[int])
    assert_type(call.decode(Literal["a", "b"]), Literal["a", "b"])


def wherever_it_comes_from(service: MockService, proxy: MockProxyService, body: bytes) -> None:
    assert_type(service.last_call("create").decode(Data), Data)
    assert_type([call.decode(Data) for call in service.get_calls("create")], list[Data])
    assert_type(proxy.last_call().decode(Data), Data)
    assert_type(decode_body(body, list[Data]), list[Data])
    assert_type(decode_body(body, Data | None, of="a body"), Data | None)


def wrong(call: RequestHistory) -> None:
    call.decode(1)  # error: mypy[call-overload] pyright[reportArgumentType, reportCallIssue]
    call.decode(kind=Data)  # error: mypy[call-overload] pyright[reportCallIssue]
    call.decode()  # error: mypy[call-overload] pyright[reportCallIssue]
    decode_body("{}", Data)  # error: mypy[call-overload] pyright[reportArgumentType, reportCallIssue]
