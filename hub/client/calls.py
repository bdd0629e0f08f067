"""A remote call as channels see it, and what a channel is.

The way of a call: a proxy binds arguments (``Call``) → interceptors → an address is chosen → a
channel encodes, sends and decodes → result or exception. Retries and deadlines stand around the
channel, not in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from hub.client.methods import RemoteMethod
from hub.wire.errors import DeadlineExceeded, Unavailable

TIMEOUT: Final = 5.0  # seconds, for a call as a whole where nobody says another


@dataclass(slots=True, kw_only=True)
class Call:
    """One call on its way. Interceptors may change ``arguments``, ``headers`` (lower-case names)
    and, after it, ``result``. ``deadline`` is on the clock of :func:`time.monotonic`."""

    method: RemoteMethod
    arguments: dict[str, Any]
    deadline: float
    headers: dict[str, str] = field(default_factory=dict)
    qualifier: str = ""
    result: Any = None
    instance: str = ""  # the id of the instance that was asked last
    attempts: int = 0


class Channel(Protocol):
    """A transport for calls. One object a process, used from any thread and any event loop."""

    @property
    def name(self) -> str: ...

    def serves(self, method: RemoteMethod) -> bool:
        """Whether this channel can carry the method: ``rest`` needs a web trigger."""

    def call(self, call: Call, address: str) -> Any:
        """The result, as a value of the method's type. Raises what the other side raised, mapped
        back to its class; :class:`NotSent`, :class:`ConnectionLost` or
        :class:`DeadlineExceeded` where no answer came."""

    async def acall(self, call: Call, address: str) -> Any: ...

    def close(self) -> None: ...


class NotSent(Unavailable):
    """Nothing of the call reached the other side, so that it may be tried again anywhere.

    ``here``: it was raised in this process. One that the other side tells of befell a call of its
    own, when it had long begun; restored errors never are ``here``.
    """

    default_code = "not_sent"
    here: bool = False

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message, **members)
        self.here = True


class ConnectionLost(Unavailable):
    """The connection broke after the call was sent: whether it was done is not known."""

    default_code = "connection_lost"


class NoInstance(Unavailable):
    """No instance of the service takes calls."""

    default_code = "no_instance"


class TimedOut(DeadlineExceeded):
    """The call's own deadline passed before an answer came. ``here`` as in :class:`NotSent`."""

    default_code = "deadline_exceeded"
    here: bool = False

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message, **members)
        self.here = True
