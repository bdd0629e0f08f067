"""The three channels of the dispatch endpoint, and how each carries the values of a method.

A body becomes a JSON document in one step, and the operation's own validator reads that: the same
value is read by the same rules on every channel.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from hub.loader.once import once
from hub.operations.given import Document
from hub.operations.operation import Operation
from hub.operations.services.exposed import ExposedService
from hub.wire.codecs.codec import Codec
from hub.wire.codecs.json_codec import check_json, json_codec
from hub.wire.codecs.limits import Limits
from hub.wire.codecs.message_pack import msgpack_codec, packed_to_json, read_packed
from hub.wire.errors import InternalError, UnsupportedMediaType
from hub.wire.mirrors.mirror import NOTHING, Mirror
from hub.wire.protobuf.lock import BrokenLock
from hub.wire.protobuf.lock_files import lock_for
from hub.wire.protobuf.services import ServiceFile, service_file

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    media_type: str


JSON: Final = Channel("dispatch-json", "application/json")
MESSAGE_PACK: Final = Channel("dispatch-msgpack", "application/msgpack")
PROTOBUF: Final = Channel("dispatch-protobuf", "application/x-protobuf")

_BY_MEDIA_TYPE: Final = {
    "application/json": JSON,
    "application/msgpack": MESSAGE_PACK,
    "application/x-msgpack": MESSAGE_PACK,
    "application/vnd.msgpack": MESSAGE_PACK,
    "application/x-protobuf": PROTOBUF,
    "application/protobuf": PROTOBUF,
}
_BY_HEADER: Final = {name.encode(): channel for name, channel in _BY_MEDIA_TYPE.items()}


def channel_of(content_type: bytes) -> Channel:
    """By a header's value; none is JSON. Raises :class:`UnsupportedMediaType`."""
    found = _BY_HEADER.get(content_type)
    if found is not None:
        return found
    name = content_type.decode("latin-1").partition(";")[0].strip().lower()
    if not name:
        return JSON
    if name not in _BY_MEDIA_TYPE:
        raise UnsupportedMediaType(
            f"Calls are not made with {name[:100]}.",
            hint="Send application/json, application/msgpack or application/x-protobuf.",
        )
    return _BY_MEDIA_TYPE[name]


@dataclass(frozen=True, slots=True)
class Carried:
    """One method on one channel. ``arguments`` makes JSON of a body, or the validated arguments
    where that is quicker, ``result`` a body of a value."""

    arguments: Callable[[bytes], Document]
    result: Callable[[object], bytes]


def carried(
    service: ExposedService, operation: Operation, method: str, channel: Channel
) -> Carried:
    """Compile; for Protobuf that takes milliseconds once a service. Raises
    :class:`UnsupportedMediaType` where Protobuf has no form for the method's types."""
    within = limits()
    if channel is PROTOBUF:
        codecs = protobuf_of(service).methods.get(method)
        if codecs is None:
            raise UnsupportedMediaType(
                f"Protobuf has no form for the types of {operation.name}.",
                hint="Call it with application/json or application/msgpack.",
            )
        read = functools.partial(codecs.request.document, limits=within)
        return Carried(read, codecs.response.encode)
    if channel is MESSAGE_PACK:
        packed: Codec = msgpack_codec(operation.output.adapter)
        read = functools.partial(_packed, operation.input.mirror, limits=within)
        return Carried(read, packed.encode)
    return Carried(
        functools.partial(_checked, limits=within), json_codec(operation.output.adapter).encode
    )


def protobuf_of(service: ExposedService) -> ServiceFile:
    """The service's messages with their locked numbers, made once. Raises :class:`InternalError`
    where the lock can't be read."""
    known = _files()
    with known.lock:
        if service.name not in known.made:
            try:
                lock = lock_for(service.name, service.module)
            except BrokenLock as error:
                logger.exception("The Protobuf numbers of '%s' can't be read.", service.name)
                raise InternalError(
                    f"The Protobuf numbers of '{service.name}' can't be read.", code="broken_lock"
                ) from error
            known.made[service.name] = service_file(service.name, service.types(), lock)
        return known.made[service.name]


class _Files:
    def __init__(self) -> None:
        self.made: dict[str, ServiceFile] = {}
        self.lock = threading.Lock()


@once
def _files() -> _Files:
    return _Files()


def limits() -> Limits:
    return Limits(size=settings.HUB_MAX_BODY_BYTES)


def _packed(mirror: Mirror, body: bytes, *, limits: Limits) -> Document:
    if not body:
        return b""
    value = read_packed(mirror, body, limits)
    return packed_to_json(body, limits) if value is NOTHING else value


def _checked(body: bytes, *, limits: Limits) -> bytes:
    check_json(body, limits)
    return body
