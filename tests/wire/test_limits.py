"""Bodies from outside: too large, too deep, too many, broken. Each is a clear error."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub.wire.codecs.codec import Codec
from hub.wire.codecs.compression import inflate
from hub.wire.codecs.json_codec import check_json, json_codec
from hub.wire.codecs.limits import Limits
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.codecs.packed import check_packed
from hub.wire.errors import BadRequest, HubError, PayloadTooLarge, UnsupportedMediaType
from hub.wire.protobuf.codec import protobuf_file
from hub.wire.protobuf.reading import Root
from hub.wire.schemas import adapter_for
from tests.wire.values import Node

TREES: dict[str, Codec] = {
    "json": json_codec(adapter_for(Node)),
    "msgpack": msgpack_codec(adapter_for(Node)),
    "protobuf": protobuf_file("t", {"Tree": Root(adapter_for(Node))}).codecs["Tree"],
}
NUMBERS: dict[str, Codec] = {
    "json": json_codec(adapter_for(list[int])),
    "msgpack": msgpack_codec(adapter_for(list[int])),
    "protobuf": protobuf_file("t", {"Numbers": Root(adapter_for(list[int]))}).codecs["Numbers"],
}
ANY: dict[str, Codec] = {
    "json": json_codec(adapter_for(JsonValue)),
    "msgpack": msgpack_codec(adapter_for(JsonValue)),
}


def tree(levels: int) -> Node:
    node = Node(1, "n", 0.5, True, [], [], [])
    for _ in range(levels - 1):
        node = Node(1, "n", 0.5, True, [], [], [node])
    return node


def code(codec: Codec, body: bytes, **limits: int) -> str:
    with pytest.raises(HubError) as caught:
        codec.decode(body, Limits(**limits))
    assert caught.value.message.endswith((".", ")"))
    return caught.value.code


@pytest.mark.parametrize("kind", TREES)
def test_size(kind: str) -> None:
    body = TREES[kind].encode(tree(3))
    assert TREES[kind].decode(body, Limits(size=len(body))) == tree(3)
    assert code(TREES[kind], body, size=len(body) - 1) == "payload_too_large"


@pytest.mark.parametrize("kind", TREES)
def test_depth_is_counted_alike(kind: str) -> None:
    """A node is an object that holds lists, so each level of the tree is two."""
    body = TREES[kind].encode(tree(5))
    assert TREES[kind].decode(body, Limits(depth=10)) == tree(5)
    assert code(TREES[kind], body, depth=9) == "too_deep"


@pytest.mark.parametrize("kind", NUMBERS)
def test_elements(kind: str) -> None:
    body = NUMBERS[kind].encode([7] * 50)
    assert NUMBERS[kind].decode(body, Limits(elements=60)) == [7] * 50
    assert code(NUMBERS[kind], body, elements=49) == "too_many_elements"


@pytest.mark.parametrize("kind", TREES)
def test_many_messages_are_too_many_elements(kind: str) -> None:
    node = Node(1, "n", 0.5, True, ["a"] * 20, [0.5] * 20, [tree(1)] * 20)
    body = TREES[kind].encode(node)
    assert TREES[kind].decode(body, Limits(elements=500)) == node
    assert code(TREES[kind], body, elements=50) == "too_many_elements"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", b"[" * 100_000),
        ("json", b'{"a":' * 100_000),
        ("msgpack", b"\x91" * 100_000),
        ("msgpack", b"\x81\xa1a" * 50_000),
    ],
)
def test_bodies_of_nothing_but_depth(kind: str, body: bytes) -> None:
    assert code(ANY[kind], body) == "too_deep"


def test_protobuf_of_nothing_but_depth() -> None:
    body = b""
    for _ in range(3000):
        body = b"\x3a" + _varint(len(body)) + body
    assert code(TREES["protobuf"], b"\x0a" + _varint(len(body)) + body) == "too_deep"


@pytest.mark.parametrize(
    "body",
    [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdd\x00\x0f\x42\x40" * 60],
    ids=["array", "map", "nested"],
)
def test_msgpack_that_claims_to_hold_more_than_it_has(body: bytes) -> None:
    assert code(ANY["msgpack"], body) in ("invalid_msgpack", "too_many_elements")
    assert code(ANY["msgpack"], body, elements=3) == "too_many_elements"


def test_brackets_in_texts_are_no_depth() -> None:
    body = json.dumps({"a": '[{\\"' * 500 + "\\"}).encode()
    check_json(body, Limits(depth=1, elements=1))
    with pytest.raises(BadRequest, match="deeper than 1 "):
        check_json(b'{"a":"\\\\",' + body[1:-1] + b',"b":[]}', Limits(depth=1))


@given(
    st.recursive(
        st.none() | st.integers(0, 2**40) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=30,
    )
)
def test_depth_and_elements_are_exact(value: Any) -> None:
    """Both scanners agree with what is counted on the value itself."""
    depth, elements = _measured(value)
    document = json.dumps(value, ensure_ascii=False).encode()
    packed = msgspec.msgpack.encode(value)
    for check, body in ((check_json, document), (check_packed, packed)):
        check(body, Limits(depth=depth, elements=elements))
        if depth:
            with pytest.raises(BadRequest, match="deeper"):
                check(body, Limits(depth=depth - 1, elements=elements))
        if elements:
            with pytest.raises(PayloadTooLarge, match="elements"):
                check(body, Limits(depth=depth, elements=elements - 1))


@given(body=st.binary(max_size=80))
def test_scanners_take_any_bytes(body: bytes) -> None:
    for check in (check_json, check_packed):
        try:
            check(body, Limits(depth=0, elements=0))
        except HubError as error:
            assert error.status in (400, 413)


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_plain_bodies_stay(encoding: str) -> None:
    assert inflate(b"abc", encoding) == b"abc"
    with pytest.raises(PayloadTooLarge):
        inflate(b"abc", encoding, Limits(size=2))


@given(body=st.binary(max_size=300))
def test_compressed_bodies_are_inflated(body: bytes) -> None:
    raw = zlib.compressobj(wbits=-15)
    assert inflate(gzip.compress(body), "gzip") == body
    assert inflate(gzip.compress(body) + gzip.compress(b"more"), " GZip") == body + b"more"
    assert inflate(zlib.compress(body), "deflate") == body
    assert inflate(raw.compress(body) + raw.flush(), "deflate") == body


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_bombs_stop_at_the_limit(encoding: str) -> None:
    zeros = bytes(10_000_000)
    bomb = gzip.compress(zeros) if encoding == "gzip" else zlib.compress(zeros)
    assert len(bomb) < 20_000
    with pytest.raises(PayloadTooLarge, match="100000 bytes"):
        inflate(bomb, encoding, Limits(size=100_000))
    if encoding == "gzip":
        with pytest.raises(PayloadTooLarge):
            inflate(gzip.compress(bytes(60_000)) * 2, encoding, Limits(size=100_000))
        with pytest.raises(BadRequest, match="too many members"):
            inflate(gzip.compress(b"") * 1001, encoding)


def test_exactly_the_limit_is_allowed() -> None:
    assert len(inflate(gzip.compress(bytes(1000)), "gzip", Limits(size=1000))) == 1000
    with pytest.raises(PayloadTooLarge):
        inflate(gzip.compress(bytes(1001)), "gzip", Limits(size=1000))


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@given(body=st.binary(max_size=60))
def test_broken_compression_is_a_clear_error(encoding: str, body: bytes) -> None:
    try:
        inflate(body, encoding)
    except BadRequest as error:
        assert error.code == "invalid_encoding"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compression_that_ends_early(encoding: str) -> None:
    whole = gzip.compress(b"abc" * 50) if encoding == "gzip" else zlib.compress(b"abc" * 50)
    with pytest.raises(BadRequest, match="ends too early"):
        inflate(whole[:-3], encoding)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "\0"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        inflate(b"", encoding)
    assert caught.value.hint == "Use gzip or deflate."


def _measured(value: Any) -> tuple[int, int]:
    if not isinstance(value, (dict, list)):
        return 0, 0
    inner = [_measured(one) for one in (value.values() if isinstance(value, dict) else value)]
    depth = max((depth for depth, _ in inner), default=0)
    return depth + 1, len(inner) + sum(elements for _, elements in inner)


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])
