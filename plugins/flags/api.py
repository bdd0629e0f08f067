"""OFREP over HTTP, below ``/api/flags``.

A provider's base address is ``http://host/api/flags`` for the default environment and
``http://host/api/flags/environments/staging`` for another; the header ``X-Flags-Environment``
names one too, for clients whose address can't be changed. Callers need the scope
``flags:evaluate``.
"""

import time
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from ninja import Router

from hub.sdk import RouteAccess, requires_scope
from plugins.flags import ofrep
from plugins.flags.compiled import CompiledFlag, ErrorCode
from plugins.flags.counts import COUNTS
from plugins.flags.evaluation import evaluate, evaluate_all
from plugins.flags.openapi import BULK, SINGLE
from plugins.flags.snapshot import SNAPSHOT

router = Router(auth=RouteAccess(requires_scope("flags:evaluate")), tags=["OFREP"])


@router.post("/ofrep/v1/evaluate/flags/{key}", summary="Evaluate one flag", openapi_extra=SINGLE)
async def evaluate_flag(request: HttpRequest, key: str) -> HttpResponse:
    """The variant, and its value, that the flag yields for the context."""
    return await _single(request, _header(request), key)


@router.post("/ofrep/v1/evaluate/flags", summary="Evaluate every flag", openapi_extra=BULK)
async def evaluate_flags(request: HttpRequest) -> HttpResponse:
    """All flags at once; with ``If-None-Match`` 304 while nothing changed for this context."""
    return await _bulk(request, _header(request))


@router.post(
    "/environments/{environment}/ofrep/v1/evaluate/flags/{key}",
    summary="Evaluate one flag in an environment",
    openapi_extra=SINGLE,
)
async def evaluate_flag_in(request: HttpRequest, environment: str, key: str) -> HttpResponse:
    """Like evaluating one flag, in the environment of that key."""
    return await _single(request, environment, key)


@router.post(
    "/environments/{environment}/ofrep/v1/evaluate/flags",
    summary="Evaluate every flag in an environment",
    openapi_extra=BULK,
)
async def evaluate_flags_in(request: HttpRequest, environment: str) -> HttpResponse:
    """Like evaluating every flag, in the environment of that key."""
    return await _bulk(request, environment)


async def _single(request: HttpRequest, environment: str, key: str) -> HttpResponse:
    try:
        context = ofrep.read_context(request.body)
        environment, flags = await _flags(environment)
    except ofrep.Refused as refused:
        return _json(400, ofrep.refusal(refused, key))
    now = time.time()
    evaluation = evaluate(flags, key, context, now=now)
    if evaluation.error_code is not ErrorCode.FLAG_NOT_FOUND:
        COUNTS.add(environment, key, evaluation.variant, now=now)
    return _json(*ofrep.answer(evaluation))


async def _bulk(request: HttpRequest, environment: str) -> HttpResponse:
    try:
        context = ofrep.read_context(request.body)
        environment, flags = await _flags(environment)
    except ofrep.Refused as refused:
        return _json(400, ofrep.refusal(refused))
    now = time.time()
    evaluations = evaluate_all(flags, context, now=now)
    body, tag = ofrep.answer_all(evaluations)
    if ofrep.matches(request.headers.get("If-None-Match", ""), tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    # A 304 uses no flag anew, so only a full answer counts.
    for evaluation in evaluations:
        COUNTS.add(environment, evaluation.key, evaluation.variant, now=now)
    response = _json(200, body)
    response.headers["ETag"] = tag
    return response


async def _flags(environment: str) -> tuple[str, Mapping[str, CompiledFlag]]:
    """The flags of the environment, the default one's if it is empty; and its key."""
    snapshot = await SNAPSHOT.aget()
    name = environment or snapshot.default
    flags = snapshot.environments.get(name)
    if flags is None:
        raise ofrep.Refused(ErrorCode.GENERAL, f"There is no environment '{name}'.")
    return name, flags


def _header(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_X_FLAGS_ENVIRONMENT", ""))


def _json(status: int, body: bytes) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")
