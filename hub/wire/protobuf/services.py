"""The Protobuf messages of a service: two for each method, in one file.

Both sides compile them from the same types in the same order, so that names and numbers agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from hub.wire.protobuf.codec import ProtobufCodec, ProtobufFile, protobuf_file
from hub.wire.protobuf.lock import Lock
from hub.wire.protobuf.names import type_name
from hub.wire.protobuf.reading import Root, read_types


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodTypes:
    """``arguments`` describes the object of those that travel; ``result`` one item where the
    method ``streams``."""

    arguments: TypeAdapter[Any]
    result: TypeAdapter[Any]
    streams: bool = False


@dataclass(frozen=True, slots=True)
class MethodCodecs:
    request: ProtobufCodec
    response: ProtobufCodec


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """``methods`` lacks those whose types Protobuf has no form for."""

    service: str
    file: ProtobufFile
    methods: Mapping[str, MethodCodecs]
    streaming: frozenset[str] = frozenset()

    def text(self) -> str:
        """The ``.proto`` file, with the service at its end."""
        lines = [
            f"  rpc {name} ({request_name(self.service, name)}) returns "
            f"({'stream ' if name in self.streaming else ''}{response_name(self.service, name)});"
            for name in self.methods
        ]
        shapes = self.file.shapes
        own = type_name(f"{self.service}_service", {**shapes.messages, **shapes.enums})
        return "\n".join([self.file.text(), f"service {own} {{", *lines, "}", ""])


def service_file(
    service: str, methods: Mapping[str, MethodTypes], lock: Lock | None = None
) -> ServiceFile:
    """Compile the messages of a service, its ``methods`` in the order of their declaration."""
    able = _describable(service, methods)
    made = protobuf_file(package_name(service), _roots(service, able), lock)
    codecs = {
        name: MethodCodecs(
            made.codecs[request_name(service, name)], made.codecs[response_name(service, name)]
        )
        for name in able
    }
    streaming = frozenset(name for name, types in able.items() if types.streams)
    return ServiceFile(service, made, codecs, streaming)


def package_name(service: str) -> str:
    return service.replace("-", "_")


def request_name(service: str, method: str) -> str:
    return f"{type_name(service, ())}_{method}_Request"


def response_name(service: str, method: str) -> str:
    return f"{type_name(service, ())}_{method}_Response"


def _roots(service: str, methods: Mapping[str, MethodTypes]) -> dict[str, Root]:
    roots: dict[str, Root] = {}
    for name, types in methods.items():
        roots[request_name(service, name)] = Root(types.arguments, arguments=True)
        roots[response_name(service, name)] = Root(types.result)
    return roots


def _describable(service: str, methods: Mapping[str, MethodTypes]) -> Mapping[str, MethodTypes]:
    """One method that Protobuf has no form for does not take the others along."""
    if _can_be_read(service, methods):
        return methods
    return {name: each for name, each in methods.items() if _can_be_read(service, {name: each})}


def _can_be_read(service: str, methods: Mapping[str, MethodTypes]) -> bool:
    try:
        read_types(package_name(service), _roots(service, methods))
    except Exception:  # noqa: BLE001 - Pydantic's and those of the types' own code
        return False
    return True
