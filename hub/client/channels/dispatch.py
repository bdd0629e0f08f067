"""The channels ``dispatch-json``, ``dispatch-msgpack`` and ``dispatch-protobuf``:
``POST <address>/<service>/<method>`` with an object of arguments, answered by the result."""

from __future__ import annotations

import functools
import gzip
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Final

from hub.client.calls import Call
from hub.client.channels.exchange import HttpChannel, checked, headers_of
from hub.client.methods import RemoteMethod, RemoteService, remote_service
from hub.client.settings import ClientSettings
from hub.client.transport.heads import Head, head_of
from hub.client.transport.messages import Answer, BadAnswer, Request
from hub.wire.codecs.codec import Codec
from hub.wire.codecs.json_codec import json_codec
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.errors import HubError
from hub.wire.protobuf.lock_files import lock_for
from hub.wire.protobuf.services import MethodTypes, ServiceFile, service_file

_LEVEL: Final = 6  # of gzip


@dataclass(frozen=True, slots=True)
class MethodCodecs:
    arguments: Codec
    result: Codec


class DispatchChannel(HttpChannel):
    """One codec's channel."""

    def __init__(self, settings: ClientSettings) -> None:
        super().__init__(settings)
        self._codecs: dict[RemoteMethod, MethodCodecs | None] = {}

    @abstractmethod
    def compiled(self, method: RemoteMethod) -> MethodCodecs | None:
        """Called once a method; ``None`` where its types have no form here."""

    def serves(self, method: RemoteMethod) -> bool:
        return not method.streams and self._of(method) is not None

    def encode(self, call: Call, address: str) -> Request:
        method = call.method
        codec = (self._codecs.get(method) or self._known(method)).arguments
        try:
            body = codec.encode(call.arguments)
        except HubError:
            body = codec.encode(checked(method, call.arguments))
        headers = headers_of(call)
        above = self._settings.compress_above
        if above is not None and len(body) > above:
            body = gzip.compress(body, _LEVEL)
            headers["content-encoding"] = "gzip"
        head = _head_of(method, address, codec.media_type)
        return Request(head=head, headers=headers, body=body, deadline=call.deadline)

    def result(self, call: Call, answer: Answer, body: bytes) -> Any:
        codec = (self._codecs.get(call.method) or self._known(call.method)).result
        told = answer.headers.get("content-type", "")
        media_type = told if told == codec.media_type else told.partition(";")[0].strip()
        if media_type != codec.media_type:
            shown = media_type[:100] or "nothing known"
            raise BadAnswer(f"{call.method} was answered with {shown}, not {codec.media_type}.")
        return codec.decode(body, self._settings.answers)

    def _known(self, method: RemoteMethod) -> MethodCodecs:
        found = self._of(method)
        if found is None:
            raise TypeError(f"The types of {method} have no form on the channel {self.name}.")
        return found

    def _of(self, method: RemoteMethod) -> MethodCodecs | None:
        if method not in self._codecs:
            self._codecs[method] = self.compiled(method)
        return self._codecs[method]


@functools.lru_cache(maxsize=4096)
def _head_of(method: RemoteMethod, address: str, media_type: str) -> Head:
    url = f"{address.rstrip('/')}/{method.service}/{method.name}"
    return head_of("POST", url, (("content-type", media_type), ("accept", media_type)))


def protobuf_of(service: RemoteService) -> ServiceFile:
    """The service's messages, numbered by the lock beside its interface, if there is one. Raises
    :class:`hub.wire.protobuf.lock.BrokenLock`."""
    return _file_of(service.declaration.interface)


@functools.lru_cache(maxsize=256)
def _file_of(interface: type) -> ServiceFile:
    service = remote_service(interface)
    name = service.declaration.name
    types = {
        each.name: MethodTypes(arguments=each.arguments, result=each.result, streams=each.streams)
        for each in service.methods.values()
    }
    return service_file(name, types, lock_for(name, interface.__module__))


class JsonChannel(DispatchChannel):
    name = "dispatch-json"

    def compiled(self, method: RemoteMethod) -> MethodCodecs:
        return MethodCodecs(json_codec(method.arguments), json_codec(method.result))


class MessagePackChannel(DispatchChannel):
    name = "dispatch-msgpack"

    def compiled(self, method: RemoteMethod) -> MethodCodecs:
        return MethodCodecs(msgpack_codec(method.arguments), msgpack_codec(method.result))


class ProtobufChannel(DispatchChannel):
    name = "dispatch-protobuf"

    def compiled(self, method: RemoteMethod) -> MethodCodecs | None:
        if method.interface is object:  # called by name: without types there are no messages
            return None
        found = protobuf_of(remote_service(method.interface)).methods.get(method.name)
        return None if found is None else MethodCodecs(found.request, found.response)
