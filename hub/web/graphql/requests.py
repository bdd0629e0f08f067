"""Reading a GraphQL request from HTTP, by the GraphQL over HTTP draft of the GraphQL Foundation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.web.asgi import Receive, Scope
from hub.web.rest.json_bodies import read_json
from hub.web.rest.requests import read_body, read_query
from hub.wire.errors import BadRequest, FieldError, InvalidInput, UnsupportedMediaType

GRAPHQL: Final = "application/graphql-response+json"
JSON: Final = "application/json"

_MEMBERS: Final = frozenset({"query", "operationName", "variables", "extensions"})


@dataclass(frozen=True, slots=True)
class Request:
    query: str
    operation_name: str | None
    variables: dict[str, Any]


async def read_request(scope: Scope, receive: Receive) -> Request:
    """The request of a GET's query string or a POST's JSON body. Raises :class:`BadRequest`,
    :class:`InvalidInput` or :class:`UnsupportedMediaType`."""
    if scope["method"] != "POST":
        return _request(_of_query(scope["query_string"]))
    # A form can be sent by any page of the web, without asking; JSON can't.
    media_type = header(scope, b"content-type").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise UnsupportedMediaType(
            f"A GraphQL request is sent as application/json, not {media_type or 'untyped'}."
        )
    body = read_json(await read_body(receive))
    if isinstance(body, list):
        raise BadRequest("Send one request at a time.", code="batching_off")
    if not isinstance(body, dict):
        raise InvalidInput("The body must be an object.", [FieldError("", "object", "dict_type")])
    return _request(body)


def answer_type(scope: Scope) -> str:
    """``application/json`` for clients that ask for it alone; it is the older of the two, with
    which errors in the document are answered with status 200."""
    accepted = [part.partition(";")[0].strip() for part in header(scope, b"accept").split(",")]
    older = JSON in accepted and GRAPHQL not in accepted and "*/*" not in accepted
    return JSON if older else GRAPHQL


def wants_page(scope: Scope) -> bool:
    """True for a browser that was led here, not for a query."""
    return (
        scope["method"] in {"GET", "HEAD"}
        and b"query=" not in scope["query_string"]
        and "text/html" in header(scope, b"accept")
    )


def header(scope: Scope, name: bytes) -> str:
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def _of_query(query_string: bytes) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, texts in read_query(query_string).items():
        if len(texts) > 1:
            _refuse(name, "is given more than once", "repeated")
        given[name] = texts[0]
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = read_json(given[name].encode()) if given[name] else None
    return given


def _request(given: Mapping[str, Any]) -> Request:
    for name in given:
        if name not in _MEMBERS:
            _refuse(str(name), "there is no such field", "unknown_field")
    query, operation_name = given.get("query"), given.get("operationName")
    if query is None:
        _refuse("query", "is required", "missing")
    if not isinstance(query, str):
        _refuse("query", "must be a text", "string_type")
    if operation_name is not None and not isinstance(operation_name, str):
        _refuse("operationName", "must be a text", "string_type")
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            _refuse(name, "must be an object", "dict_type")
    return Request(str(query), operation_name or None, given.get("variables") or {})


def _refuse(field: str, message: str, code: str) -> None:
    raise InvalidInput(f"{field}: {message}", [FieldError(field, message, code)])
