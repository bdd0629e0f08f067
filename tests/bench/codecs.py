"""``python -m tests.bench.codecs``: a tree of 15 nodes, 1.9 KB of JSON, through each codec.

Microseconds to encode and to decode, validated, the best of many rounds taken in turns, and
what the parts cost that were chosen from: MessagePack by msgspec and by msgpack-python, Protobuf by
the runtime and by a codec in Python for this very type, without checks. Exit code 1 when something
came back wrong, never for being slow.
"""

from __future__ import annotations

import argparse
import gc
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgpack
import msgspec

from hub.wire.codecs.json_codec import json_codec
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.protobuf.codec import protobuf_file
from hub.wire.protobuf.reading import Root
from hub.wire.schemas import adapter_for

CALLS: Final = 30  # a slice so short that some of many are not interrupted


@dataclass
class Node:
    id: int
    name: str
    weight: float
    active: bool
    tags: list[str]
    scores: list[float]
    children: list[Node]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.codecs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=150)
    rounds: int = parser.parse_args(arguments).rounds
    value = tree()
    adapter = adapter_for(Node)
    codecs = {
        "JSON": json_codec(adapter),
        "MessagePack": msgpack_codec(adapter),
        "Protobuf": protobuf_file("bench", {"Tree": Root(adapter)}).codecs["Tree"],
    }
    say = sys.stdout.write
    work: dict[str, Callable[[], Any]] = {}
    sizes: dict[str, int] = {}
    for name, codec in codecs.items():
        body = codec.encode(value)
        if codec.decode(body) != value:
            say(f"{name}: what came back is not what went\n")
            return 1
        sizes[name] = len(body)
        work[f"{name} encode"] = lambda codec=codec: codec.encode(value)  # type: ignore[misc]
        work[f"{name} decode"] = lambda codec=codec, body=body: codec.decode(body)  # type: ignore[misc]
    work |= pieces(adapter.dump_python(value), codecs["Protobuf"])
    figures = measured(work, rounds)
    say(f"\nCodecs, best of {rounds} rounds on Python {sys.version.split()[0]}\n")
    for name, size in sizes.items():
        encode, decode = figures[f"{name} encode"], figures[f"{name} decode"]
        say(f"  {name + ',':12} {size:5} bytes: encode {encode:5.1f} µs, decode {decode:5.1f} µs, ")
        say(f"together {encode + decode:5.1f} µs\n")
    say("Pieces, without validation:\n")
    for name in list(work)[len(sizes) * 2 :]:
        say(f"  {name:34} {figures[name]:5.1f} µs\n")
    return 0


def measured(work: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in work}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):  # in turns, so that what else the machine does hits all
            for name, call in work.items():
                began = time.perf_counter()
                for _ in range(CALLS):
                    call()
                times[name].append((time.perf_counter() - began) / CALLS * 1e6)
    finally:
        gc.enable()
    return {name: min(each) for name, each in times.items()}


def pieces(document: dict[str, Any], protobuf: Any) -> dict[str, Callable[[], Any]]:
    packed = msgspec.msgpack.encode(document)
    messages = protobuf.messages
    body = messages.write(document)
    own = body[1 + _length_width(body) :]  # the tree within the root message
    if read_tree(own) != document:
        raise ValueError("the Python codec is wrong")
    return {
        "msgspec packs": lambda: msgspec.msgpack.encode(document),
        "msgspec unpacks": lambda: msgspec.msgpack.decode(packed),
        "msgpack-python packs": lambda: msgpack.packb(document),
        "msgpack-python unpacks": lambda: msgpack.unpackb(packed),
        "protobuf writes": lambda: messages.write(document),
        "protobuf reads": lambda: messages.read(body),
        "Python writes Protobuf": lambda: write_tree(document),
        "Python reads Protobuf": lambda: read_tree(own),
    }


def tree() -> Node:
    """The payload that the peers are measured with."""
    numbers = iter(range(1, 16))

    def node(level: int) -> Node:
        number = next(numbers)
        return Node(
            id=number,
            name=f"node-{number:03}",
            weight=number / 4,
            active=number % 2 == 0,
            tags=["alpha", "beta", f"tag-{number}"],
            scores=[0.5, 1.25, number + 0.75],
            children=[node(level - 1), node(level - 1)] if level else [],
        )

    return node(3)


# A codec for this very type, to compare with.


def write_tree(tree: Mapping[str, Any]) -> bytes:
    name = tree["name"].encode()
    parts = [
        b"\x08", _varint(tree["id"]), b"\x12", _varint(len(name)), name,
        b"\x19", struct.pack("<d", tree["weight"]), b"\x20\x01" if tree["active"] else b"\x20\x00",
    ]  # fmt: skip
    for tag in tree["tags"]:
        text = tag.encode()
        parts += (b"\x2a", _varint(len(text)), text)
    scores = tree["scores"]
    parts += (b"\x32", _varint(8 * len(scores)), struct.pack(f"<{len(scores)}d", *scores))
    for child in tree["children"]:
        within = write_tree(child)
        parts += (b"\x3a", _varint(len(within)), within)
    return b"".join(parts)


def read_tree(body: bytes) -> dict[str, Any]:
    tree: dict[str, Any] = {"tags": [], "scores": [], "children": []}
    at = 0
    while at < len(body):
        tag, at = body[at], at + 1
        if tag == 0x19:
            tree["weight"], at = struct.unpack_from("<d", body, at)[0], at + 8
            continue
        number, at = _read_varint(body, at)
        if tag == 0x08:
            tree["id"] = number
        elif tag == 0x20:
            tree["active"] = bool(number)
        else:
            content, at = body[at : at + number], at + number
            if tag == 0x12:
                tree["name"] = content.decode()
            elif tag == 0x2A:
                tree["tags"].append(content.decode())
            elif tag == 0x32:
                tree["scores"] += struct.unpack(f"<{number // 8}d", content)
            else:
                tree["children"].append(read_tree(content))
    return tree


def _varint(number: int) -> bytes:
    if number < 128:
        return bytes((number,))
    return bytes((number & 127 | 128,)) + _varint(number >> 7)


def _read_varint(body: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while body[at] > 127:
        number |= (body[at] & 127) << shift
        shift, at = shift + 7, at + 1
    return number | body[at] << shift, at + 1


def _length_width(body: bytes) -> int:
    return _read_varint(body, 1)[1] - 1


if __name__ == "__main__":
    sys.exit(main())
