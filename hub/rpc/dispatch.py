"""``POST /rpc/<service>/<method>``: calls from afar. Pure ASGI, no Django request on the way.

bytes → method, caller, deadline → ``invoke`` → bytes. The body is read and undone only once the
caller is let in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from hub.loader.once import once
from hub.operations.given import Sent
from hub.operations.operation import Operation
from hub.operations.pipeline import invoke
from hub.operations.services.exposed import ExposedService, exposed_services
from hub.operations.waiting import framed_if_waiting
from hub.rpc import describing
from hub.rpc.asgi import Receive, Scope, Send, read_body, send_body, send_failure
from hub.rpc.aspyx import answer_aspyx
from hub.rpc.codecs import JSON, Carried, Channel, carried, channel_of
from hub.rpc.heads import Head, read_head
from hub.security.callers import caller_of
from hub.wire.errors import HubError, MethodNotAllowed, NotFound

logger = logging.getLogger(__name__)

PREFIX: Final = "/rpc"
ASPYX: Final = "/invoke"

Watch = Callable[[Receive], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Target:
    """An operation at its address. ``carried`` is filled by channel, at the first call over it."""

    service: ExposedService
    method: str
    operation: Operation
    carried: dict[str, Carried] = field(default_factory=dict)

    def on(self, channel: Channel) -> Carried:
        """Fill in what is not there yet. Raises :class:`NotFound` where the service is not exposed
        over the channel."""
        exposed_services().check_channel(self.service, channel.name)
        made = carried(self.service, self.operation, self.method, channel)
        self.carried[channel.name] = made
        return made


def warm_up() -> None:
    """What the first call would wait for, but for the codecs of its method."""
    _targets()


@once
def _targets() -> dict[tuple[str, str], Target]:
    """By path and qualifier."""
    return {
        (f"{PREFIX}/{service.name}/{method}", qualifier): Target(service, method, operation)
        for service in exposed_services().by_name.values()
        for qualifier, methods in service.implementations.items()
        for method, operation in methods.items()
    }


class DispatchApp:
    """Answers ``/rpc``, what is below it, and ``/invoke``. Every failure is an error envelope, with
    its code in the header ``x-hub-error``.

    ``watch`` makes, of ``receive``, the frame that cancels a call whose caller went away.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method: str = scope["method"]
        channel = JSON
        try:
            if method == "POST":
                head = read_head(scope)
                channel = channel_of(head.content_type)
                if scope["path"] == ASPYX:
                    await answer_aspyx(head, channel, scope, receive, send)
                    return
                await self._call(head, channel, scope, receive, send)
            elif method in {"GET", "HEAD"}:
                await describing.answer(scope, send)
            else:
                raise _only_post()
        except HubError as error:
            await send_failure(send, error, media_type=channel.media_type, head=method == "HEAD")

    async def _call(
        self, head: Head, channel: Channel, scope: Scope, receive: Receive, send: Send
    ) -> None:
        qualifier = head.qualifier.decode("latin-1")
        target = _targets().get((scope["path"], qualifier)) or _missing(scope["path"], qualifier)
        way = target.carried.get(channel.name) or target.on(channel)
        caller = await caller_of(scope)
        body = await read_body(receive)

        async def answered() -> None:
            result = await invoke(
                target.operation,
                caller=caller,
                arguments=Sent(body, head.inflating(way.arguments)),
                transport=channel.name,
                request_id=scope.get("request_id", ""),
                timeout=head.timeout,
            )
            answer = _encoded(target, way, result)
            await send_body(send, answer, media_type=channel.media_type.encode())

        await framed_if_waiting(answered(), self._watch, receive)


async def refuse_call(
    send: Send, error: HubError, *, scope: Mapping[str, Any], head: bool = False
) -> None:
    """What the envelope around the application answers itself, in the caller's codec."""
    try:
        media_type = channel_of(read_head(scope).content_type).media_type
    except HubError:
        media_type = JSON.media_type
    await send_failure(send, error, media_type=media_type, head=head)


def _encoded(target: Target, way: Carried, result: object) -> bytes:
    try:
        return way.result(result)
    except HubError:
        logger.exception("The result of %s can't be sent.", target.operation.name)
        raise


def _missing(path: str, qualifier: str) -> Target:
    """Raises the reason why there is no such target."""
    service, _, method = path.removeprefix(f"{PREFIX}/").partition("/")
    if not method:
        raise MethodNotAllowed(
            f"Calls are made to {PREFIX}/<service>/<method>.",
            headers={"Allow": "GET, HEAD"},
        )
    exposed_services().find(service).operation(method, qualifier)
    raise NotFound("There is no such method.", code="unknown_method")


def _only_post() -> HubError:
    return MethodNotAllowed(
        "Calls are made with POST, and described with GET.", headers={"Allow": "GET, HEAD, POST"}
    )
