"""REST services that are no hub's, behind an interface with triggers and markers.

Where a parameter stands is what its marker says. Without one: in the path if that names it; else
the first object of a POST, PUT or PATCH is the body; else in the query.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args, get_origin, is_typeddict
from urllib.parse import urlencode

from pydantic import BaseModel
from pydantic_core import to_json

from hub.client.calls import Call
from hub.client.channels.exchange import headers_of
from hub.client.channels.rest import (
    JSON,
    WITH_BODY,
    RestChannel,
    as_text,
    filled_path,
    full_path,
    needed_trigger,
    tree_of,
)
from hub.client.methods import RemoteMethod
from hub.client.transport.heads import head_of
from hub.client.transport.messages import Answer, Request
from hub.sdk.channels import channel
from hub.sdk.markers import Body, Header, Marker, Path, Query, marker_of

_TEXT: Final = "text/"
_ACCEPT: Final = (("accept", JSON),)


@dataclass(frozen=True, slots=True)
class Places:
    """By the parameter's name what the other side calls it. ``whole_body`` is the parameter that
    is the body by itself."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, str]
    whole_body: str = ""


@channel("rest")
class ForeignRestChannel(RestChannel):
    """In place of the hub's own channel, for :meth:`hub.client.Hub.rest`. Members of objects travel
    by their aliases."""

    def encode(self, call: Call, address: str) -> Request:
        method = call.method
        trigger = needed_trigger(method)
        places = places_of(method)
        tree = tree_of(method, call.arguments, by_alias=True)
        named = {places.path[name]: each for name, each in tree.items() if name in places.path}
        url = address.rstrip("/") + filled_path(full_path(method, trigger), named).text
        pairs = [pair for name, key in places.query.items() for pair in _pairs(key, tree.get(name))]
        if pairs:
            url += f"?{urlencode(pairs)}"
        headers = headers_of(call)
        for name, key in places.headers.items():
            if tree.get(name) is not None:
                headers[key] = as_text(tree[name])
        body = b""
        if places.whole_body in tree:
            body = to_json(tree[places.whole_body])
        elif places.body:
            body = to_json({key: tree[name] for name, key in places.body.items() if name in tree})
        if body:
            headers["content-type"] = JSON
        head = head_of(trigger.method, url, _ACCEPT)
        return Request(head=head, headers=headers, body=body, deadline=call.deadline)

    def result(self, call: Call, answer: Answer, body: bytes) -> Any:
        media_type = answer.headers.get("content-type", "")
        if media_type.startswith(_TEXT) and call.method.hints.get("return") is str:
            return body.decode(errors="replace")
        return super().result(call, answer, body)


@functools.lru_cache(maxsize=4096)
def places_of(method: RemoteMethod) -> Places:
    trigger = needed_trigger(method)
    in_path = {part[1:-1] for part in full_path(method, trigger).split("/") if part[:1] == "{"}
    found: dict[type[Marker], dict[str, str]] = {Path: {}, Query: {}, Header: {}, Body: {}}
    for name in method.visible.parameters:
        hint = method.hints[name]
        marker = marker_of(hint) or _guessed(
            name, hint, in_path, body_is_free=trigger.method in WITH_BODY and not found[Body]
        )
        found[type(marker)][name] = marker.name or _own_name(marker, name)
    body = found[Body]
    whole = next(iter(body)) if len(body) == 1 else ""
    return Places(found[Path], found[Query], found[Header], body, whole)


def _guessed(name: str, hint: Any, in_path: set[str], *, body_is_free: bool) -> Marker:
    if name in in_path:
        return Path()
    return Body() if body_is_free and _is_object(hint) else Query()


def _own_name(marker: Marker, name: str) -> str:
    return name.replace("_", "-") if isinstance(marker, Header) else name


def _is_object(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return _is_object(get_args(hint)[0])
    choices = [each for each in get_args(hint) if each is not type(None)]
    if choices and not isinstance(hint, type) and get_origin(hint) not in (list, tuple, dict):
        return all(map(_is_object, choices))
    if not isinstance(hint, type):
        return False
    return dataclasses.is_dataclass(hint) or is_typeddict(hint) or issubclass(hint, BaseModel)


def _pairs(key: str, value: Any) -> list[tuple[str, str]]:
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    return [(key, as_text(each)) for each in values]
