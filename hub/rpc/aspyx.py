"""``POST /invoke``: the calls of aspyx-service, so that its unmodified clients work.

Its clients look at the text of a failure in an answer with status 200. Only what is wrong with a
token is a 401, by whose challenge they tell an expired one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.loader.once import once
from hub.operations.given import Sent
from hub.operations.operation import Operation
from hub.operations.pipeline import invoke
from hub.operations.services.exposed import exposed_services
from hub.rpc.asgi import Receive, Scope, Send, read_body, send_body
from hub.rpc.codecs import MESSAGE_PACK, PROTOBUF, Channel, limits
from hub.rpc.heads import Head
from hub.security.callers import caller_of
from hub.wire.aspyx.documents import JSON, Documents, Method, read_method
from hub.wire.aspyx.documents import MESSAGE_PACK as PACKED
from hub.wire.aspyx.messages import AspyxMethod, NotInAspyx, aspyx_method
from hub.wire.codecs.codec import Values
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.codecs.trees import tree_to_json
from hub.wire.errors import BadRequest, HubError, NotFound, Unauthenticated, UnsupportedMediaType

Failure = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class _Call:
    """``document`` makes the object of arguments by name; ``answer`` a body of the result."""

    operation: Operation
    document: Callable[[bytes], bytes]
    answer: Callable[[Any], bytes]
    failure: Failure


async def answer_aspyx(
    head: Head, channel: Channel, scope: Scope, receive: Receive, send: Send
) -> None:
    """Raises :class:`HubError` where not even the form of a failure is known."""
    body = head.inflated(await read_body(receive))
    failure = _plain_failure(channel, head)
    status, headers = 200, []
    try:
        call = _protobuf(head) if channel is PROTOBUF else _document(body, channel)
        failure = call.failure
        result = await invoke(
            call.operation,
            caller=await caller_of(scope),
            arguments=Sent(body, call.document),
            transport=channel.name,
            request_id=scope.get("request_id", ""),
            timeout=head.timeout,
        )
        answer = call.answer(result)
    except Unauthenticated as error:
        answer, status = failure(error.message), error.status
        headers = [(b"www-authenticate", _challenge(error).encode("latin-1", "replace"))]
    except HubError as error:
        answer = failure(error.message)
    await send_body(
        send, answer, media_type=channel.media_type.encode(), status=status, headers=headers
    )


def _document(body: bytes, channel: Channel) -> _Call:
    """A call as JSON or MessagePack, which names its method inside."""
    wire = PACKED if channel is MESSAGE_PACK else JSON
    call = wire.read_call(body, limits())
    operation = _operation(call.method, channel)
    return _Call(
        operation,
        lambda _: tree_to_json(_by_name(operation, call.arguments)),
        functools.partial(_answer, operation, wire),
        wire.write_failure,
    )


def _protobuf(head: Head) -> _Call:
    method = read_method(head.rpc_method.decode("latin-1"))
    operation = _operation(method, PROTOBUF)
    messages = _messages(operation, method)
    values = Values(operation.output.adapter)
    return _Call(
        operation,
        lambda body: tree_to_json(messages.read_call(body, limits())),
        lambda result: messages.write_result(values.to_tree(result)),
        messages.write_failure,
    )


def _operation(method: Method, channel: Channel) -> Operation:
    """Raises :class:`NotFound`."""
    services = exposed_services()
    service = services.find(method.service)
    services.check_channel(service, channel.name)
    if method.component != service.component:
        raise NotFound(
            f"The service '{service.name}' is not in a component '{method.component[:100]}'.",
            code="unknown_component",
        )
    return service.operation(method.name)


def _by_name(operation: Operation, arguments: Sequence[Any]) -> Mapping[str, Any]:
    names = tuple(operation.input.parameters)
    if len(arguments) > len(names):
        raise BadRequest(
            f"{operation.name} takes at most {len(names)} arguments, not {len(arguments)}.",
            code="too_many_arguments",
        )
    return dict(zip(names, arguments, strict=False))


def _answer(operation: Operation, wire: Documents, result: Any) -> bytes:
    values = Values(operation.output.adapter)
    tree = values.to_tree(result)
    if wire is PACKED:
        binary = msgpack_codec(operation.output.adapter).bytes_out
        tree = binary(tree) if binary else tree
    return wire.write_result(tree)


@once
def _known() -> dict[str, AspyxMethod]:
    return {}


def _messages(operation: Operation, method: Method) -> AspyxMethod:
    """Made once. Raises :class:`UnsupportedMediaType` where that wire has no form for a type."""
    known = _known()
    found = known.get(operation.name)
    if found is None:
        name = f"{method.service}_{method.name}"
        try:
            found = aspyx_method(name, operation.input.adapter, operation.output.adapter)
        except NotInAspyx as error:
            raise UnsupportedMediaType(str(error)) from None
        known[operation.name] = found
    return found


def _plain_failure(channel: Channel, head: Head) -> Failure:
    """For what fails before the method is known. The text has the same number in all answers."""
    if channel is PROTOBUF:
        return _text_field
    return (PACKED if channel is MESSAGE_PACK else JSON).write_failure


_EXCEPTION: Final = 2 << 3 | 2  # the field ``exception``, of a length


def _text_field(text: str) -> bytes:
    data = text.encode(errors="replace")
    length, size = bytearray(), len(data)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([_EXCEPTION, *length, size]) + data


def _challenge(error: Unauthenticated) -> str:
    """Its clients look for the word."""
    word = ', error_description="expired"' if error.code == "token_expired" else ""
    return f"{error.headers.get('WWW-Authenticate', 'Bearer')}{word}"
