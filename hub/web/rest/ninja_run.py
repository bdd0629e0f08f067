"""Running a ninja route with fewer steps: the way of most routes, everything else as ninja does.

Ninja validates values into models to take them apart again, and dumps a result to Python objects
to encode them; here Pydantic does each in one step. Both see the same validators, serializers and
errors.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja.errors import ValidationErrorContext
from ninja.operation import AsyncOperation, Operation
from pydantic import BaseModel, ValidationError

Run = Callable[..., Awaitable[Any]]

JSON: Final = "application/json; charset=utf-8"


def new_response() -> HttpResponse:
    """For JSON. With its charset said, Django need not look for it in the header three times."""
    return HttpResponse(content_type=JSON, charset="utf-8")


def lean_run(operation: Operation, check: Callable[[HttpRequest], None]) -> Run | None:
    """What to call instead of ``operation.run``, or ``None`` where only ninja's own will do.

    ``check(request)`` is called once access is granted, before the values are read.
    """
    if not isinstance(operation, AsyncOperation) or operation.stream_format:
        return None
    view = operation.view_func
    models = tuple(operation.models)
    answers = _answers(operation)
    guarded = bool(operation.auth_callbacks or operation.throttle_objects)
    response_argument = operation.signature.response_arg

    async def run(request: HttpRequest, **path_values: Any) -> Any:
        if guarded:
            refused = await operation._run_checks(request)
            if refused:
                return refused
        try:
            check(request)
            values = _values(operation, models, request, path_values)
            given = new_response() if response_argument else None
            if response_argument:
                values[response_argument] = given
            result = await view(request, **values)
            encode = answers.get(type(result))
            if encode is None or given is not None:
                return operation._result_to_response(request, result, given or new_response())
            return encode(request, result)
        except Exception as error:  # noqa: BLE001 - ninja's exception handlers answer
            return operation.api.on_exception(request, error)

    return run


def _values(
    operation: Operation,
    models: tuple[Any, ...],
    request: HttpRequest,
    path_values: Mapping[str, Any],
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors: list[ValidationErrorContext[Any]] = []
    for model in models:
        try:
            # The fields of the model are the view's parameters.
            values |= model.resolve(request, operation.api, path_values).__dict__
        except ValidationError as error:
            errors.append(ValidationErrorContext(pydantic_validation_error=error, model=model))
    if errors:
        raise operation.api.validation_error_from_error_contexts(errors)
    return values


def _answers(operation: Operation) -> Mapping[type, Callable[[HttpRequest, Any], HttpResponse]]:
    """Encoders by the result's own class: the one the route declares, if it is a model."""
    if len(operation.response_models) != 1:
        return {}
    [(status, model)] = operation.response_models.items()
    declared = getattr(model, "model_fields", {}).get("response")
    kind = declared.annotation if declared is not None else None
    if not isinstance(status, int) or not isinstance(kind, type) or not issubclass(kind, BaseModel):
        return {}
    to_json = kind.__pydantic_serializer__.to_json
    dumping: dict[str, Any] = {
        "by_alias": operation.by_alias,
        "exclude_unset": operation.exclude_unset,
        "exclude_defaults": operation.exclude_defaults,
        "exclude_none": operation.exclude_none,
    }

    def encode(request: HttpRequest, result: Any) -> HttpResponse:
        context = {"request": request, "response_status": status}
        response = new_response()
        response.status_code = status
        response.content = to_json(result, context=context, fallback=str, **dumping)
        return response

    return {kind: encode}
