"""A value means the same on each codec."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.wire.codecs.codec import Codec
from hub.wire.codecs.json_codec import json_codec
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.errors import BadRequest, HubError, InvalidInput
from hub.wire.protobuf.codec import protobuf_file
from hub.wire.protobuf.reading import Root
from hub.wire.schemas import adapter_for
from tests.wire.values import TYPES, Colour, Defaults, Node, Options, Pet

CODECS = ("json", "msgpack", "protobuf")


@functools.cache
def codec(kind: str, hint: Any) -> Codec:
    adapter = adapter_for(hint)
    if kind == "json":
        return json_codec(adapter)
    if kind == "msgpack":
        return msgpack_codec(adapter)
    return protobuf_file("tests", {"Root": Root(adapter)}).codecs["Root"]


@pytest.mark.parametrize("kind", CODECS)
@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_values_come_back_as_they_went(kind: str, name: str, data: st.DataObject) -> None:
    hint, values = TYPES[name]
    value = data.draw(values)
    one = codec(kind, hint)
    back = one.decode(one.encode(value))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_all_codecs_read_the_same(name: str, data: st.DataObject) -> None:
    hint, values = TYPES[name]
    value = data.draw(values)
    read = [codec(kind, hint).decode(codec(kind, hint).encode(value)) for kind in CODECS]
    assert read[0] == read[1] == read[2]


@pytest.mark.parametrize("kind", CODECS)
@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_clear_error(kind: str, body: bytes) -> None:
    for hint in (Node, Any, Defaults, dict[str, int], Options):
        try:
            codec(kind, hint).decode(body)
        except HubError as error:
            assert error.status in (400, 413, 422)
            assert error.message.endswith((".", ")")) or isinstance(error, InvalidInput)


@pytest.mark.parametrize("kind", CODECS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_bodies_are_a_value_or_a_clear_error(kind: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(TYPES)))
    hint, values = TYPES[name]
    body = bytearray(codec(kind, hint).encode(data.draw(values)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body)))
        body[place : place + data.draw(st.integers(0, 1))] = data.draw(st.binary(max_size=2))
    try:
        codec(kind, hint).decode(bytes(body))
    except HubError as error:
        assert error.status in (400, 413, 422)


@dataclass
class LoosePet:
    """As ``Pet``, without its bounds."""

    kind: Literal["cat", "dog"]
    age: int


@pytest.mark.parametrize("kind", CODECS)
def test_a_wrong_value_is_named_by_its_field(kind: str) -> None:
    body = codec(kind, LoosePet).encode(LoosePet("cat", -3))
    with pytest.raises(InvalidInput) as caught:
        codec(kind, Pet).decode(body)
    assert [(error.field, error.code) for error in caught.value.errors] == [
        ("age", "greater_than_equal")
    ]


@pytest.mark.parametrize("kind", CODECS)
def test_what_the_type_does_not_allow_is_not_sent(kind: str) -> None:
    with pytest.raises(HubError) as caught:
        codec(kind, Node).encode("a text")
    assert (caught.value.code, caught.value.status) == ("not_encodable", 500)
    with pytest.raises(HubError, match="can't be sent"):
        codec(kind, str).encode("\ud800")


def test_integers_beyond_64_bits() -> None:
    for kind in ("json", "msgpack"):
        for value in (2**64, -(2**63) - 1, 10**400):
            assert codec(kind, int).decode(codec(kind, int).encode(value)) == value
    with pytest.raises(HubError, match="more than 64 bits") as caught:
        codec("protobuf", int).encode(2**63)
    assert caught.value.code == "not_encodable"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", b"NaN"),
        ("json", b'{"a": Infinity}'),
        ("msgpack", b"\xcb\x7f\xf8\0\0\0\0\0\0"),
        ("msgpack", b"\x81\xa1a\xca\xff\x80\0\0"),
    ],
)
def test_what_is_no_number_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(BadRequest):
        codec(kind, Any).decode(body)


def test_what_is_no_number_is_refused_in_protobuf() -> None:
    with pytest.raises(BadRequest, match="NaN"):
        codec("protobuf", float).decode(b"\x09\0\0\0\0\0\0\xf0\x7f")


def test_msgpack_carries_bytes_as_bytes() -> None:
    one = codec("msgpack", dict[str, bytes])
    assert one.encode({"a": b"\xff\x00"}) == b"\x81\xa1a\xc4\x02\xff\x00"


def test_msgpack_of_others_may_hold_times_and_keys_that_are_numbers() -> None:
    assert codec("msgpack", dict[int, int]).decode(b"\x81\x01\x02") == {1: 2}
    with pytest.raises(BadRequest, match="extension type 7"):
        codec("msgpack", Any).decode(b"\xd4\x07\x00")


def test_an_enum_number_nobody_knows_is_a_wrong_value() -> None:
    with pytest.raises(InvalidInput) as caught:
        codec("protobuf", Options).decode(b"\x0a\x04\x08\x01\x10\x63")
    assert caught.value.errors[0].field == "colour"
    assert codec("protobuf", Colour).decode(codec("protobuf", Colour).encode(Colour.RED))
