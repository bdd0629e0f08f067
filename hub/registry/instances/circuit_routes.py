"""``/api/registry/circuits``: which addresses the hub's processes leave out, and calling them
again."""

from typing import Final, Literal, cast

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from ninja.params.functions import Query
from pydantic import ConfigDict, Field
from pydantic_core import to_json

from hub.operations.threads import run_in_thread
from hub.registry.instances.acts import LONGEST_REASON, reason_in
from hub.registry.instances.bodies import errors
from hub.registry.instances.circuit_states import CircuitState, circuit_states
from hub.registry.instances.circuits import check_service, reset
from hub.registry.instances.routes import READING, STEERING
from hub.registry.instances.routes import router as router
from hub.sdk.callers import Caller

State = Literal["closed", "open", "half-open"]

_UNKNOWN: Final = "There is no such service (`unknown_service`)"


class ResetBody(Schema):
    """Without ``url`` all addresses of the service are meant. ``reason`` is kept in the history."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "service": "orders",
                "url": "http://10.0.0.7:8000/rpc",
                "reason": "it is mended",
            }
        },
    )

    service: str = Field(min_length=1, max_length=400)
    url: str = Field("", max_length=2000)
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class CircuitAnswer(Schema):
    """The calls of one ``process`` to one address. ``state`` is ``closed``, ``open`` (left out for
    ``ejected_for`` seconds more) or ``half-open`` (the next call is the probe). One that is
    ``being_reset`` is closed by its process within a second. ``failures`` are in a row,
    ``ejections`` is how often it was left out; ``latency``, ``p50`` and ``p99`` are in seconds."""

    service: str
    url: str
    instance: str
    process: str
    state: State
    being_reset: bool
    ejected_for: float
    calls: int
    errors: int
    failures: int
    ejections: int
    outstanding: int
    latency: float
    p50: float
    p99: float


class CircuitsAnswer(Schema):
    """``further`` circuits there are that ``limit`` leaves out."""

    circuits: list[CircuitAnswer]
    further: int


class ResetAnswer(Schema):
    """``changed``: whether a circuit was open."""

    changed: bool


@router.get(
    "/circuits",
    auth=READING,
    response=CircuitsAnswer,
    operation_id="registry_circuits_list",
    summary="List circuits",
    openapi_extra=errors(_404=f"{_UNKNOWN}."),
)
async def list_circuits(
    request: HttpRequest,
    service: str = "",
    state: State | None = None,
    limit: int = Query(100, ge=1, le=1000),
) -> HttpResponse:
    """What the hub's processes told in the last minute of the addresses they call, those that they
    leave out first; of a service, in a state."""
    return _answer(await run_in_thread(_listed, service, state or "", limit))


@router.post(
    "/circuits/reset",
    auth=STEERING,
    response=ResetAnswer,
    operation_id="registry_circuits_reset",
    summary="Reset the circuits of a service, or of one address",
    openapi_extra=errors(_404=f"{_UNKNOWN}, or it has no such address (`unknown_address`)."),
)
async def reset_circuits(request: HttpRequest, body: ResetBody) -> HttpResponse:
    """What operators do in the admin: each process that leaves the address out calls it again
    within a second, as if it had never failed; without `url` all addresses of the service."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return _answer(await run_in_thread(_reset, body, caller.user_id))


def _listed(service: str, state: str, limit: int) -> CircuitsAnswer:
    if service:
        check_service(service)
    wanted = {"service": service, "state": state}
    found = circuit_states(**{name: value for name, value in wanted.items() if value})
    circuits = [_told(each) for each in found[:limit]]
    return CircuitsAnswer(circuits=circuits, further=len(found) - len(circuits))


def _told(circuit: CircuitState) -> CircuitAnswer:
    row = circuit.row
    return CircuitAnswer(
        service=row.service,
        url=row.url,
        instance=row.instance,
        process=row.process,
        state=cast(State, row.state),
        being_reset=circuit.being_reset,
        ejected_for=circuit.left,
        calls=row.calls,
        errors=row.errors,
        failures=row.failures,
        ejections=row.ejections,
        outstanding=row.outstanding,
        latency=row.latency,
        p50=row.p50,
        p99=row.p99,
    )


def _reset(body: ResetBody, user_id: int | None) -> ResetAnswer:
    reason = reason_in({"reason": body.reason})
    check_service(body.service)
    changed = reset(body.service, url=body.url, reason=reason, user_id=user_id)
    return ResetAnswer(changed=changed)


def _answer(body: Schema) -> HttpResponse:
    return HttpResponse(to_json(body), content_type="application/json")
