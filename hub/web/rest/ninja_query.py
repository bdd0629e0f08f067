"""Query parameters of ninja routes that the route does not know, or that are given twice.

Ninja ignores the first and takes the last of the second. What a route declares or documents
(``openapi_extra={"parameters": …}``) is known; a query schema with ``extra="allow"`` knows all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from inspect import ismethod, unwrap
from typing import Any, Final

from django.http import HttpRequest, QueryDict
from ninja.operation import Operation

from hub.web.rest.ninja_run import lean_run
from hub.wire.errors import FieldError, InvalidInput

_ATTRIBUTE: Final = "_hub_check_parameters"


def refusing_unknown(run: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator, in ninja's mode ``view``: requests with unknown parameters are refused."""
    operation = getattr(unwrap(run), "__self__", None)
    if not isinstance(operation, Operation):
        return run
    known = _known(operation)

    def check(request: HttpRequest) -> None:
        if known is not None and request.GET:
            _refuse(request.GET.keys() - known, "there is no such parameter", "unknown_field")

    lean = lean_run(operation, check) if ismethod(run) else None
    if lean is not None:
        return functools.wraps(run)(lean)

    @functools.wraps(run)
    def run_checking(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        setattr(request, _ATTRIBUTE, check)
        return run(request, *args, **kwargs)

    return run_checking


def refuse_unknown(request: HttpRequest) -> None:
    """Raises :class:`InvalidInput` naming each parameter the route does not know."""
    check = getattr(request, _ATTRIBUTE, None)
    if check is not None:
        check(request)


def single_texts(query: QueryDict, lists: Collection[str]) -> dict[str, Any]:
    """The query's values, those named in ``lists`` as lists. Raises :class:`InvalidInput` for what
    is given twice and is no list."""
    values: dict[str, Any] = {}
    repeated = []
    for name, texts in dict.items(query):
        if name in lists:
            values[name] = list(texts)
            continue
        if len(texts) > 1:
            repeated.append(name)
        values[name] = texts[-1] if texts else []
    _refuse(repeated, "is given more than once", "repeated")
    return values


def _known(operation: Operation) -> frozenset[str] | None:
    names: set[str] = set()
    for model in _query_models(operation):
        names.update(model.__ninja_flatten_map__)
        if _takes_everything(model):
            return None
    for parameter in (operation.openapi_extra or {}).get("parameters", ()):
        if parameter.get("in") == "query":
            names.add(parameter["name"])
    return frozenset(names)


def _query_models(operation: Operation) -> Iterator[Any]:
    return (model for model in operation.models if model.__ninja_param_source__ == "query")


def _takes_everything(model: Any) -> bool:
    return any(
        getattr(field.annotation, "model_config", {}).get("extra") == "allow"
        for field in model.model_fields.values()
    )


def _refuse(names: Collection[str], message: str, code: str) -> None:
    if not names:
        return
    errors = [FieldError(name, message, code) for name in sorted(names)]
    raise InvalidInput(f"{errors[0].field}: {errors[0].message}", errors)
