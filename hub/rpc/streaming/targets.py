"""What a frame that opens a call means here."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.loader.once import once
from hub.operations.operation import Operation
from hub.operations.services.exposed import exposed_services
from hub.rpc.codecs import JSON, MESSAGE_PACK, Carried, carried
from hub.wire.frames import Asked, FrameFormat

CHANNEL = "stream"


@dataclass(frozen=True, slots=True)
class Target:
    """``way`` is how values travel in frames of one format."""

    operation: Operation
    way: Carried


@dataclass(frozen=True, slots=True)
class _Targets:
    by_name: dict[tuple[str, str, str, str], Target] = field(default_factory=dict)


@once
def _targets() -> _Targets:
    return _Targets()


def target_of(frame: Asked, form: FrameFormat) -> Target:
    """Compiled at the first call. Raises :class:`hub.wire.errors.NotFound`."""
    known = _targets().by_name
    key = (frame.service, frame.method, frame.qualifier, form.subprotocol)
    found = known.get(key)
    if found is None:
        services = exposed_services()
        service = services.find(frame.service)
        services.check_channel(service, CHANNEL)
        operation = service.operation(frame.method, frame.qualifier)
        channel = JSON if form.text else MESSAGE_PACK
        found = known[key] = Target(operation, carried(service, operation, frame.method, channel))
    return found
