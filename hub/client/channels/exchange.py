"""What channels over HTTP share: a call becomes a request, an answer a result or an exception."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final

from pydantic import ValidationError

from hub.client.calls import Call, TimedOut
from hub.client.channels.faults import body_of, raised
from hub.client.methods import RemoteMethod
from hub.client.settings import ClientSettings
from hub.client.transport.messages import Answer, BadAnswer, Request
from hub.client.transport.transport import Transport
from hub.wire.codecs.codec import not_encodable
from hub.wire.errors import HubError
from hub.wire.validation import invalid

TIMEOUT_HEADER: Final = "x-request-timeout-ms"
QUALIFIER_HEADER: Final = "x-hub-qualifier"


class HttpChannel(ABC):
    """``encode`` and ``decode`` are pure; the transport does all I/O."""

    name: ClassVar[str]

    def __init__(self, settings: ClientSettings) -> None:
        self._settings = settings
        self._transport = Transport(settings)

    @abstractmethod
    def serves(self, method: RemoteMethod) -> bool: ...

    @abstractmethod
    def encode(self, call: Call, address: str) -> Request: ...

    @abstractmethod
    def result(self, call: Call, answer: Answer, body: bytes) -> Any:
        """The value in the ``body`` of a 2xx answer. Raises :class:`HubError`."""

    def decode(self, call: Call, answer: Answer) -> Any:
        """The result, or raises what the other side raised."""
        if not 200 <= answer.status < 300:
            raise raised(call.method, answer, self._settings.answers)
        try:
            return self.result(call, answer, body_of(answer, self._settings.answers))
        except BadAnswer:
            raise
        except HubError as error:
            raise BadAnswer(
                f"The answer of {call.method} can't be read: {error.message}", detail=error.detail
            ) from None

    def call(self, call: Call, address: str) -> Any:
        return self.decode(call, self._transport.send(self.encode(call, address)))

    async def acall(self, call: Call, address: str) -> Any:
        return self.decode(call, await self._transport.asend(self.encode(call, address)))

    def close(self) -> None:
        self._transport.close()


def headers_of(call: Call) -> dict[str, str]:
    """The call's headers, with what is left of its deadline. Raises :class:`TimedOut` where
    nothing is left."""
    left = call.deadline - time.monotonic()
    if left <= 0:
        raise TimedOut(f"The deadline of {call.method} passed before it was sent.")
    headers = {TIMEOUT_HEADER: str(int(left * 1000) or 1)}
    if call.qualifier:
        headers[QUALIFIER_HEADER] = call.qualifier
    headers.update(call.headers)
    return headers


def checked(method: RemoteMethod, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments that could not be encoded, as what the method declares: a list for a tuple, say.
    Raises :class:`hub.wire.errors.InvalidInput`, as a call within one process does."""
    try:
        return method.arguments.validator.validate_python(arguments)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise invalid(error) from None
    except RecursionError as error:
        raise not_encodable(str(error)) from None
