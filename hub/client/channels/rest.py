"""The channel ``rest``: an operation by its own web trigger, as any HTTP client calls it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from hub.client.calls import Call
from hub.client.channels.exchange import HttpChannel, checked, headers_of
from hub.client.methods import RemoteMethod, remote_service
from hub.client.transport.heads import head_of
from hub.client.transport.messages import Answer, Request
from hub.sdk.triggers import WebTrigger
from hub.wire.codecs.codec import Values, not_encodable
from hub.wire.codecs.json_codec import JsonCodec, json_codec
from hub.wire.errors import FieldError, HubError, InvalidInput

JSON: Final = "application/json"
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_ACCEPT: Final = (("accept", f"{JSON}, application/problem+json"),)
_NO_SEGMENTS: Final = frozenset({"", ".", ".."})


class RestChannel(HttpChannel):
    """Addresses are those of the plugin's own prefix: ``https://hub/api/warehouse``. Arguments that
    the path does not name are members of the JSON body, or stand in the query."""

    name: ClassVar[str] = "rest"

    def serves(self, method: RemoteMethod) -> bool:
        return trigger_of(method) is not None and not method.streams

    def encode(self, call: Call, address: str) -> Request:
        method = call.method
        trigger, path = _way_of(method, call.qualifier)
        headers = headers_of(call)
        if trigger.method in WITH_BODY:
            headers["content-type"] = JSON
        if trigger.method in WITH_BODY and "{" not in path:
            url, body = f"{address.rstrip('/')}{path}", _document(method, call.arguments)
        else:
            tree = tree_of(method, call.arguments)
            filled = filled_path(path, tree)
            rest = {name: value for name, value in tree.items() if name not in filled.names}
            url, body = f"{address.rstrip('/')}{filled.text}", b""
            if trigger.method in WITH_BODY:
                body = to_json(rest)
            elif pairs := _query(method, rest):
                url += f"?{urlencode(pairs)}"
        head = head_of(trigger.method, url, _ACCEPT)
        return Request(head=head, headers=headers, body=body, deadline=call.deadline)

    def result(self, call: Call, answer: Answer, body: bytes) -> Any:
        return json_result(call, body, self._settings.answers)


class FilledPath:
    """A path with its values, percent-encoded; ``names`` are those it took."""

    __slots__ = ("names", "text")

    def __init__(self, text: str, names: frozenset[str]) -> None:
        self.text = text
        self.names = names


def trigger_of(method: RemoteMethod) -> WebTrigger | None:
    triggers = method.declaration.triggers
    return next((each for each in triggers if isinstance(each, WebTrigger)), None)


def needed_trigger(method: RemoteMethod) -> WebTrigger:
    found = trigger_of(method)
    if found is None:
        raise TypeError(f"{method} has no web trigger, so the channel rest can't carry it.")
    return found


@functools.lru_cache(maxsize=4096)
def _way_of(method: RemoteMethod, qualifier: str) -> tuple[WebTrigger, str]:
    trigger = needed_trigger(method)
    return trigger, full_path(method, trigger, qualifier)


def full_path(method: RemoteMethod, trigger: WebTrigger, qualifier: str = "") -> str:
    """Below the address: the service's path and the trigger's."""
    prefix = remote_service(method.interface).declaration.path.rstrip("/")
    if qualifier:
        prefix = f"{prefix}/{qualifier.replace('_', '-')}"
    own = method.name.replace("_", "-") if trigger.path is None else trigger.path.lstrip("/")
    return f"{prefix}/{own}".rstrip("/")


def filled_path(path: str, tree: Mapping[str, Any]) -> FilledPath:
    """Each value stays in its one segment, whatever it holds. Raises :class:`InvalidInput` for
    what can't be a segment."""
    names: set[str] = set()
    segments: list[str] = []
    for segment in path.split("/"):
        if not (segment.startswith("{") and segment.endswith("}")):
            segments.append(segment)
            continue
        name = segment[1:-1]
        if name not in tree:
            raise _no_segment(name, "is required", "missing")
        if tree[name] is None:
            raise _no_segment(name, "null can't stand in a path", "no_segment")
        text = as_text(tree[name])
        if text in _NO_SEGMENTS:  # whoever is on the way may take these out of the path
            raise _no_segment(name, f"{text!r} can't stand in a path", "no_segment")
        names.add(name)
        segments.append(quote(text, safe=""))
    return FilledPath("/".join(segments), frozenset(names))


def _no_segment(name: str, message: str, code: str) -> InvalidInput:
    return InvalidInput(f"{name}: {message}", [FieldError(name, message, code)])


def tree_of(
    method: RemoteMethod, arguments: dict[str, Any], *, by_alias: bool = False
) -> dict[str, Any]:
    """The arguments as JSON values. Raises :class:`InvalidInput`."""
    values = _values_of(method)
    try:
        found: dict[str, Any] = values.to_tree(arguments)
    except HubError:
        arguments = checked(method, arguments)
        found = values.to_tree(arguments)
    if by_alias:
        serializer = method.arguments.serializer
        found = serializer.to_python(arguments, mode="json", by_alias=True, warnings="error")
    return found


def _document(method: RemoteMethod, arguments: dict[str, Any]) -> bytes:
    """All of them as one JSON object, without a detour over Python's."""
    codec = JsonCodec(_values_of(method))
    try:
        return codec.encode(arguments)
    except HubError:
        return codec.encode(checked(method, arguments))


@functools.lru_cache(maxsize=4096)
def _values_of(method: RemoteMethod) -> Values:
    return Values(method.arguments)


def as_text(value: Any) -> str:
    """A JSON value in a path or a query: texts as they are, others as JSON."""
    return value if isinstance(value, str) else to_json(value).decode()


def json_result(call: Call, body: bytes, limits: Any) -> Any:
    return _codec_of(call.method).decode(body or b"null", limits)


@functools.lru_cache(maxsize=4096)
def _codec_of(method: RemoteMethod) -> JsonCodec:
    return json_codec(method.result)


def _query(method: RemoteMethod, rest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A list is one JSON text, so that an empty one is told, too."""
    pairs: list[tuple[str, str]] = []
    for name, value in rest.items():
        if value is None:
            if method.visible.parameters[name].default is None:
                continue  # absent means the same
            if _takes_texts(method, name):
                raise not_encodable(f"{name}=None would be read as a text in a query")
        pairs.append((name, as_text(value)))
    return pairs


def _takes_texts(method: RemoteMethod, name: str) -> bool:
    """Whether the hub reads the parameter's text as it stands."""
    try:
        TypeAdapter(method.hints[name]).validate_json(b'"null"')
    except ValidationError:
        return False
    return True
