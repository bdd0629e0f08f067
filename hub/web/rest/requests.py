"""Reading an HTTP request into an operation's arguments. Pure ASGI, no Django request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from hub.operations.inputs import InputSpec
from hub.operations.texts import TextKind
from hub.web.asgi import Receive, Scope
from hub.web.rest.json_bodies import read_json
from hub.wire.errors import BadRequest, FieldError, InvalidInput, UnsupportedMediaType

BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})

# Nothing encoded: splitting is all there is to do.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~:,@/=&-]+")
_MOST_FIELDS: Final = 1000
_LISTS: Final = frozenset({TextKind.TEXTS, TextKind.JSONS})


async def read_arguments(
    spec: InputSpec, texts: Mapping[str, str], scope: Scope, receive: Receive
) -> bytes | Mapping[str, Any]:
    """The call's arguments: from the path, and from the JSON body or the query string.

    Raises :class:`BadRequest`, :class:`UnsupportedMediaType` or :class:`InvalidInput`.
    """
    query = scope["query_string"]
    if scope["method"] not in BODY_METHODS:
        given = read_query(query)
        _refuse_query(given, spec, texts)
        return spec.from_texts(given | {name: [text] for name, text in texts.items()})
    _check_media_type(scope)
    body = await read_body(receive)
    if query:
        names = read_query(query)
        _refuse([FieldError(name, "belongs into the JSON body", "unknown_field") for name in names])
    if not texts:
        return body
    return _object_in(body, texts) | spec.from_texts({name: [text] for name, text in texts.items()})


def read_query(query: bytes) -> dict[str, list[str]]:
    """``a=1&a=2`` → ``{"a": ["1", "2"]}``. Raises :class:`BadRequest` for what is no UTF-8."""
    if not query:
        return {}
    texts: dict[str, list[str]] = {}
    try:
        pairs = _pairs(query.decode("ascii"))
    except UnicodeDecodeError:
        raise BadRequest("The query string is not UTF-8.", code="bad_encoding") from None
    except ValueError as error:
        raise BadRequest(f"The query string can't be read: {error}.") from None
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    return texts


def _pairs(query: str) -> Iterable[tuple[str, str]]:
    if _PLAIN.fullmatch(query) and query.count("&") < _MOST_FIELDS:
        parts = (part.partition("=") for part in query.split("&") if part)
        return ((name, text) for name, _, text in parts)
    return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)


async def read_body(receive: Receive) -> bytes:
    """The whole body; its size is limited by the lane's envelope."""
    message = await receive()
    if not message.get("more_body", False):
        return message.get("body", b"")  # type: ignore[no-any-return]
    chunks = [message.get("body", b"")]
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection closed before the body was complete.")
        chunks.append(message.get("body", b""))
    return b"".join(chunks)


def refuse_bad_encoding(scope: Scope) -> None:
    """Django would put U+FFFD where path or query are no UTF-8, and so work with another value
    than was sent. Raises :class:`BadRequest`."""
    query = scope["query_string"]
    for what, sent in (("path", scope.get("raw_path") or b""), ("query string", query)):
        if b"%" in sent:
            try:
                unquote_to_bytes(sent).decode()
            except UnicodeDecodeError:
                raise BadRequest(f"The {what} is not UTF-8.", code="bad_encoding") from None


def check_media_type(media_type: str) -> None:
    """``media_type`` as the header gives it; none is taken for JSON. Raises
    :class:`UnsupportedMediaType`."""
    name = media_type.partition(";")[0].strip().lower()
    if name and name != "application/json" and not name.endswith("+json"):
        raise UnsupportedMediaType(f"The body must be application/json, not {name}.")


def _check_media_type(scope: Scope) -> None:
    for name, value in scope["headers"]:
        if name == b"content-type":
            check_media_type(value.decode("latin-1"))


def _refuse_query(
    query: Mapping[str, list[str]], spec: InputSpec, texts: Mapping[str, str]
) -> None:
    """Nothing may be given twice: who reads along on the way could take the other value."""
    errors = []
    for name, values in query.items():
        if name in texts:
            errors.append(FieldError(name, "stands in the path", "unknown_field"))
        elif len(values) > 1:
            parameter = spec.parameters.get(name)
            if parameter is not None and parameter.text_kind not in _LISTS:
                errors.append(FieldError(name, "is given more than once", "repeated"))
    _refuse(errors)


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidInput(f"{errors[0].field}: {errors[0].message}", errors)


def _object_in(body: bytes, texts: Mapping[str, str]) -> dict[str, Any]:
    """The body's object, for merging with the path's values: none may be given twice."""
    if not body:
        return {}
    value = read_json(body)
    if not isinstance(value, dict):
        raise InvalidInput("The body must be an object.", [FieldError("", "object", "dict_type")])
    _refuse(
        [FieldError(name, "stands in the path", "unknown_field") for name in texts if name in value]
    )
    return value
