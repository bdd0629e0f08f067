"""``GET /rpc/<service>``: what can be called, in words and schemas; ``.proto`` for other languages,
``.curl`` to try it.

Whoever may call one of the methods may read of all of them; others need the scope
``registry:read``.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic_core import to_json

from hub.operations.operation import Operation
from hub.operations.services.exposed import ExposedService, exposed_services
from hub.operations.threads import run_in_thread
from hub.rpc.asgi import Scope, Send, send_body
from hub.rpc.codecs import PROTOBUF, protobuf_of
from hub.rpc.curl import curl_text
from hub.sdk.access import Denied, refusal
from hub.sdk.callers import Caller
from hub.security.callers import caller_of
from hub.security.drf import READ_SCOPE
from hub.wire.contracts import contract_hash, method_schemas
from hub.wire.errors import NotFound

PREFIX: Final = "/rpc"
_JSON: Final = b"application/json"
_TEXT: Final = b"text/plain; charset=utf-8"


async def answer(scope: Scope, send: Send) -> None:
    """Raises :class:`hub.wire.errors.HubError`."""
    head = scope["method"] == "HEAD"
    caller = await caller_of(scope)
    name = scope["path"].removeprefix(PREFIX).strip("/")
    if not name:
        await send_body(send, await _listed(caller), media_type=_JSON, head=head)
        return
    name, _, form = name.partition(".")
    service = exposed_services().find(name)
    if not await may_read(service, caller):
        raise refusal(
            Denied(
                f"You may call nothing of the service '{name}'.",
                missing_scope=READ_SCOPE,
            ),
            caller,
        )
    if form == "proto":
        exposed_services().check_channel(service, PROTOBUF.name)
        body, media_type = protobuf_of(service).text().encode(), _TEXT
    elif form == "curl":
        body, media_type = curl_text(service, base=_base(scope)).encode(), _TEXT
    elif form:
        raise NotFound(
            f"A service is described as {PREFIX}/{name}, {PREFIX}/{name}.proto and "
            f"{PREFIX}/{name}.curl."
        )
    else:
        body, media_type = to_json(described(service)), _JSON
    await send_body(send, body, media_type=media_type, head=head)


async def may_read(service: ExposedService, caller: Caller) -> bool:
    if caller.has_scope(READ_SCOPE):
        return True
    operations = [each for methods in service.implementations.values() for each in methods.values()]
    if caller.is_authenticated and any(each.access.needs_permissions for each in operations):
        caller = await run_in_thread(caller.with_permissions)
    for operation in operations:
        if await _may_call(operation, caller):
            return True
    return False


def described(service: ExposedService) -> dict[str, Any]:
    """``contract`` is the hash of all methods' schemas; ``idempotent`` methods may be tried again
    when an answer was lost."""
    schemas = method_schemas(service.types())
    own = service.methods
    return {
        "service": service.name,
        "description": service.description,
        "plugin": service.plugin,
        "component": service.component,
        "channels": service.channels,
        "qualifiers": [each for each in service.implementations if each],
        "contract": contract_hash(schemas),
        "methods": {
            name: {
                "summary": own[name].summary,
                "description": own[name].description,
                "access": own[name].access.describe(),
                "timeout": own[name].timeout,
                "idempotent": name in service.idempotent,
                "raises": [kind.__qualname__ for kind in own[name].raises],
                **schema,
            }
            for name, schema in schemas.items()
        },
    }


async def _listed(caller: Caller) -> bytes:
    """The services that can be called from afar and that the caller may read of."""
    shown = [
        {
            "service": service.name,
            "summary": service.description.partition("\n")[0],
            "channels": service.channels,
            "url": f"{PREFIX}/{service.name}",
        }
        for service in exposed_services().by_name.values()
        if service.channels and await may_read(service, caller)
    ]
    return to_json({"services": shown})


async def _may_call(operation: Operation, caller: Caller) -> bool:
    """What depends on arguments counts as allowed."""
    access = operation.access
    if access.may_block:
        verdict = await run_in_thread(access.decide, caller, None, timeout=operation.timeout)
    else:
        verdict = access.decide(caller, None)
    return not isinstance(verdict, Denied)


def _base(scope: Scope) -> str:
    """Where the caller sees the hub; its name has been checked by the envelope."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"localhost")
    return f"{scope['scheme']}://{host.decode('latin-1')}"
