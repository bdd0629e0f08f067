"""Executing one request: documents, deadline, errors."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionContext, GraphQLError, GraphQLObjectType, Undefined
from graphql.pyutils import Path

from hub.operations import switches
from hub.operations.faults import as_hub_error
from hub.sdk.callers import Caller
from hub.web.graphql import limits
from hub.web.graphql.calls import Call
from hub.web.graphql.documents import Document, InvalidDocument
from hub.web.graphql.requests import Request
from hub.web.graphql.schema import SERIAL, HubSchema
from hub.wire.errors import (
    BadRequest,
    Forbidden,
    HubError,
    InternalError,
    MethodNotAllowed,
)

logger = logging.getLogger(__name__)

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``status`` is that of the newer media type: 400 where nothing could be executed."""

    body: Body
    status: int = 200


class HubExecution(ExecutionContext):
    """GraphQL's own, with the mutations of one plugin one after the other, and fewer tasks."""

    def execute_fields(
        self, parent_type: GraphQLObjectType, source_value: Any, path: Any, fields: Any
    ) -> Any:
        if parent_type.extensions.get(SERIAL):
            return self.execute_fields_serially(parent_type, source_value, path, fields)
        results: dict[str, Any] = {}
        waiting: list[str] = []
        for name, nodes in fields.items():
            own = Path(path, name, parent_type.name)
            value = self.execute_field(parent_type, source_value, nodes, own)
            if value is Undefined:
                continue
            results[name] = value
            if self.is_awaitable(value):
                waiting.append(name)
        return _awaited(results, waiting) if waiting else results


async def _awaited(results: dict[str, Any], waiting: list[str]) -> dict[str, Any]:
    """One that must be awaited needs no task of its own, which is most of the fields there are."""
    if len(waiting) == 1:
        results[waiting[0]] = await results[waiting[0]]
    else:
        values = await asyncio.gather(*(results[name] for name in waiting))
        results.update(zip(waiting, values, strict=True))
    return results


async def execute(
    schema: HubSchema, request: Request, *, caller: Caller, request_id: str, read_only: bool
) -> Outcome:
    """Raises :class:`HubError` where the request as a whole is refused. ``read_only``: queries
    only, as over GET. What a resolver waits for ends at the request's deadline, so that the fields
    that are ready are answered."""
    may_introspect = limits.introspection_allowed()
    try:
        document = schema.documents.get(request.query, suggest=may_introspect)
    except InvalidDocument as invalid:
        return _invalid(invalid.errors, invalid.code)
    if document.introspects and not may_introspect:
        raise Forbidden("Introspection is switched off.", code="introspection_off")
    _check_kind(document, request.operation_name, read_only=read_only)
    off = await switches.aoff()
    deadline = time.monotonic() + limits.REQUEST_SECONDS
    call = Call(caller=caller, request_id=request_id, deadline=deadline, off=off)
    execution = HubExecution.build(
        schema.visible(off) if document.introspects else schema.full,
        document.ast,
        context_value=call,
        raw_variable_values=request.variables,
        operation_name=request.operation_name,
        hide_suggestions=not may_introspect,
    )
    if isinstance(execution, list):
        return _invalid(execution, "invalid_variables")
    try:
        return await _run(execution, call)
    except RecursionError:
        raise BadRequest("The request is nested too deep.", code="too_much_depth") from None
    finally:
        _drop(call)


async def _run(execution: ExecutionContext, call: Call) -> Outcome:
    try:
        data = execution.execute_operation(execution.operation, None)
        if inspect.isawaitable(data):
            data = await data
    except GraphQLError as error:  # of the operation as a whole: no field has run
        return _invalid([error], "invalid_query")
    errors = execution.collected_errors.errors
    if not errors:
        return Outcome({"data": data})
    shown = sorted(errors, key=lambda error: [str(part) for part in error.path or ()])
    return Outcome({"errors": [_shown(error, call) for error in shown], "data": data})


def _check_kind(document: Document, operation_name: str | None, *, read_only: bool) -> None:
    kind = document.kind(operation_name)
    if read_only and kind == "mutation":
        raise MethodNotAllowed(
            "A mutation is sent by POST.", code="mutation_by_get", headers={"Allow": "POST"}
        )
    if kind == "subscription":
        raise BadRequest("There are no subscriptions over HTTP.", code="no_subscriptions")


def _drop(call: Call) -> None:
    """Leave nothing running, and no failure unseen, of what the request began."""
    for loading in call.loads.values():
        if isinstance(loading, asyncio.Future):
            if loading.done() and not loading.cancelled():
                loading.exception()
            loading.cancel()
    call.loads.clear()


def _invalid(errors: list[GraphQLError], code: str) -> Outcome:
    return Outcome({"errors": [_with_code(error, code) for error in errors]}, 400)


def refused(error: HubError) -> Body:
    """The answer to a request that is refused as a whole."""
    return {"errors": [{"message": error.message, "extensions": _extensions(error)}]}


def _with_code(error: GraphQLError, code: str) -> Body:
    return {**error.formatted, "extensions": {"code": code}}


def _shown(error: GraphQLError, call: Call) -> Body:
    cause = error.original_error
    if isinstance(cause, GraphQLError) and cause.nodes:
        return _with_code(error, "invalid_input")  # an argument, coerced while it ran
    failure = as_hub_error(cause if isinstance(cause, Exception) else error)
    if isinstance(failure, InternalError) and cause is not failure:
        where = ".".join(map(str, error.path or ()))
        logger.error("%s failed (request %s)", where, call.request_id or "-", exc_info=cause)
    body = {**error.formatted, "message": failure.message}
    return {**body, "extensions": _extensions(failure)}


def _extensions(error: HubError) -> Mapping[str, Any]:
    hint = {"hint": error.hint} if error.hint else {}
    return {**error.detail, **hint, "code": error.code, "status": error.status}
