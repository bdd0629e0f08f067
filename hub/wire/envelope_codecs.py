"""The error envelope as bytes, in the codec a caller speaks."""

from __future__ import annotations

import functools
from typing import Final

from hub.wire.codecs.codec import Codec
from hub.wire.codecs.json_codec import json_codec
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.envelope import ENVELOPE
from hub.wire.protobuf.codec import protobuf_file
from hub.wire.protobuf.reading import Root

HEADER: Final = "x-hub-error"  # on every answer that is an envelope; its value is the code
EXCEPTION_HEADER: Final = "x-hub-exception"  # on problem documents: the class that was raised
MESSAGE: Final = "ErrorEnvelope"


@functools.cache
def envelope_codec(media_type: str) -> Codec:
    """The codec of :class:`hub.wire.envelope.ErrorEnvelope` for ``application/json``,
    ``application/msgpack`` or ``application/x-protobuf``; for others it is JSON."""
    if media_type == "application/msgpack":
        return msgpack_codec(ENVELOPE)
    if media_type == "application/x-protobuf":
        roots = {MESSAGE: Root(ENVELOPE, arguments=True)}
        return protobuf_file("hub", roots).codecs[MESSAGE]
    return json_codec(ENVELOPE)
