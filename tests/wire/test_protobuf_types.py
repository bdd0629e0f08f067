"""What Python's types become in Protobuf, and names that are none there."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, make_dataclass
from typing import Any, Generic, TypeVar

import pytest
import typing_extensions
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import BaseModel, ConfigDict, Field, create_model

from hub.wire.errors import BadRequest, HubError
from hub.wire.protobuf.codec import ProtobufFile, protobuf_file
from hub.wire.protobuf.reading import Root
from hub.wire.schemas import adapter_for

T = TypeVar("T")
typed_dict: Any = typing_extensions.TypedDict


@dataclass
class Item:
    """A thing to sell.

    It has a price.
    """

    name: str
    price: float | None
    left: int | None = 5
    tags: list[str] | None = None
    seen: datetime.datetime | None = None
    sold: dict[str, int] = field(default_factory=dict)


class Box(BaseModel, Generic[T]):
    content: T


class DateTime(BaseModel):
    """Called like the hub's own."""

    year: int


class Nothing(BaseModel):
    pass


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    extra_json: int = 0


def compiled(hint: Any, name: str = "Root") -> ProtobufFile:
    return protobuf_file("shop", {name: Root(adapter_for(hint))})


def there_and_back(hint: Any, value: Any) -> Any:
    codec = compiled(hint).codecs["Root"]
    return codec.decode(codec.encode(value))


def test_the_proto_file() -> None:
    assert (
        compiled(Item, "Answer").text()
        == """\
syntax = "proto3";

package shop;

// A google.protobuf.Timestamp that also keeps its zone: as such it can be read and written.
message DateTime {
  int64 seconds = 1;  // since 1970-01-01T00:00:00Z
  int32 nanos = 2;
  sint32 offset = 3;  // of its zone, in seconds east of UTC
  bool no_zone = 4;  // a local time: the seconds count as if it were UTC
}

message Answer {
  optional Item value = 1;
}

// A thing to sell.
//
// It has a price.
message Item {
  optional string name = 1;
  optional double price = 2;  // absent: null
  optional int64 left = 3;
  optional bool left_is_null = 4;  // left is null, not absent
  optional ItemTags tags = 5;  // absent: null
  optional DateTime seen = 6;  // absent: null
  map<string, int64> sold = 7;
}

message ItemTags {
  repeated string value = 1;
}
"""
    )


KEYS = [
    "class",
    "self",
    "a-b",
    "a_b",
    "a b",
    "9",
    "ä",
    "_x",
    "x",
    "__",
    "x_is_null",
    "Value",
    "value",
]


def test_any_member_names_travel() -> None:
    made: Any = create_model(
        "Odd",
        **{
            f"f{place}": (int | None, Field(default=7, validation_alias=key))
            for place, key in enumerate(KEYS)
        },
        y_is_null=(int, 3),
        y=(int | None, 4),
        kind=(str, ""),
    )
    for value in (made(), made(y=None), made(**dict.fromkeys(KEYS, None), y_is_null=1)):
        assert there_and_back(made, value) == value


def test_keys_that_are_no_names_travel() -> None:
    typed: Any = typed_dict("Odd", dict.fromkeys(KEYS, int))
    value = {key: place for place, key in enumerate(KEYS)}
    assert there_and_back(typed, value) == value


def test_classes_of_one_name_are_two_messages() -> None:
    first = make_dataclass("Same", [("a", int)], namespace={"__module__": "first"})
    second = make_dataclass("Same", [("b", str)], namespace={"__module__": "second"})
    value = (first(1), second("x"))
    assert there_and_back(tuple[first, second], value) == value  # type: ignore[valid-type]


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (Box[int], Box[int](content=1)),
        (Box[Box[str]], Box[Box[str]](content=Box[str](content="x"))),
        (DateTime, DateTime(year=3)),
        (dict[str, DateTime | None], {"a": DateTime(year=3), "b": None}),
        (Nothing, Nothing()),
        (list[Nothing], [Nothing(), Nothing()]),
        (Open, Open(extra_json=3, more={"a": [1]}, **{"x y": None})),
    ],
    ids=repr,
)
def test_other_types_travel(hint: Any, value: Any) -> None:
    assert there_and_back(hint, value) == value


def test_roots_may_be_called_like_classes() -> None:
    file = compiled(Item, "Item")
    value = Item("a", None)
    assert file.codecs["Item"].decode(file.codecs["Item"].encode(value)) == value


def test_services_share_their_messages() -> None:
    arguments: Any = create_model("Arguments", item=(Item, ...), more=(Item | None, None))
    roots = {
        "Shop_sell_Request": Root(adapter_for(arguments), arguments=True),
        "Shop_sell_Response": Root(adapter_for(Item)),
    }
    text = protobuf_file("shop", roots).text()
    assert text.count("message Item {") == 1
    assert (
        "message Shop_sell_Request {\n  optional Item item = 1;\n"
        "  optional Item more = 2;  // absent: null\n}" in text
    )


def test_a_moment_is_read_by_others_as_a_timestamp() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    moment = datetime.datetime(2024, 2, 29, 12, 0, 0, 500, tzinfo=zone)
    body = compiled(datetime.datetime).codecs["Root"].encode(moment)
    assert Timestamp.FromString(body[2:]).ToDatetime(datetime.UTC) == moment


def test_others_timestamps_and_durations_are_read() -> None:
    stamp = Timestamp(seconds=1, nanos=999_999_999).SerializeToString()
    codec = compiled(datetime.datetime).codecs["Root"]
    read = codec.decode(b"\x0a" + bytes([len(stamp)]) + stamp)
    assert read == datetime.datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=datetime.UTC)
    length = Duration(seconds=-1, nanos=-500_000_000).SerializeToString()
    codec = compiled(datetime.timedelta).codecs["Root"]
    read = codec.decode(b"\x0a" + bytes([len(length)]) + length)
    assert read == datetime.timedelta(seconds=-1.5)


@pytest.mark.parametrize("hint", [datetime.datetime, datetime.timedelta])
def test_times_beyond_pythons_are_wrong_values(hint: Any) -> None:
    far = Timestamp(seconds=2**62).SerializeToString()
    with pytest.raises(HubError) as caught:
        compiled(hint).codecs["Root"].decode(b"\x0a" + bytes([len(far)]) + far)
    assert caught.value.code == "invalid_input"


def test_a_missing_field_is_named() -> None:
    with pytest.raises(HubError, match="name: is required"):
        compiled(Item).codecs["Root"].decode(b"\x0a\x00")


def test_json_within_is_checked() -> None:
    codec = compiled(Any).codecs["Root"]
    with pytest.raises(BadRequest, match="JSON within"):
        codec.decode(b"\x0a\x01{")
    deep = b"[" * 100 + b"]" * 100
    with pytest.raises(BadRequest) as caught:
        codec.decode(b"\x0a\xc8\x01" + deep)
    assert caught.value.code == "too_deep"


class Whole(BaseModel):
    number: int


class Text(BaseModel):
    number: str


class Left(BaseModel):
    below: Left | Right | None
    told: Whole


class Right(BaseModel):
    below: Left | Right | None
    told: Text


def test_types_that_differ_only_deep_within_are_told_apart_in_time() -> None:
    """Trying each type at each level would take 2 ** 25 steps."""
    value: Any = None
    for _ in range(25):
        value = Right(below=value, told=Text(number="x"))
    body = compiled(Right).codecs["Root"].encode(value)
    assert body.count(b"\x0a\x01x") == 25


@pytest.mark.parametrize("wrong", [2**63, "\ud800"])
def test_a_choice_that_holds_nothing_of_it_is_not_sent(wrong: Any) -> None:
    with pytest.raises(HubError) as caught:
        compiled(list[int | str]).codecs["Root"].encode([1, wrong])
    assert caught.value.code == "not_encodable"
