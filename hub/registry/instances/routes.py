"""``/api/registry/instances`` and ``/api/registry/watch``: joining, staying, leaving, following.

Async and lean: renewals come by the thousand, and as many wait for changes.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query
from pydantic_core import to_json

from hub.client.instances import InstanceStatus, StaleLease, UnknownInstance
from hub.operations.threads import run_in_thread
from hub.registry.instances import changes, leases, reading
from hub.registry.instances.acts import ACTS, Act, perform
from hub.registry.instances.bodies import (
    JoinedAnswer,
    LeaseAnswer,
    RegistrationBody,
    RenewalBody,
    SteeringBody,
    answers,
    errors,
)
from hub.registry.instances.coalescing import renew_soon
from hub.registry.instances.documents import (
    changes_json,
    detailed_document,
    instance_documents,
    lease_document,
)
from hub.registry.instances.renewing import Renewal
from hub.registry.instances.rows import Instance, InstanceService, Source
from hub.registry.instances.watching import names_in, watch
from hub.sdk.access import requires_scope
from hub.sdk.callers import Caller
from hub.sdk.routes import RouteAccess
from hub.security.drf import READ_SCOPE, WRITE_SCOPE
from hub.wire.conditional import read_conditions
from hub.wire.errors import FieldError, InvalidInput

router = Router(tags=["registry"])

READING: Final = RouteAccess(requires_scope(READ_SCOPE))
WRITING: Final = RouteAccess(requires_scope(WRITE_SCOPE))
ADMIN_SCOPE: Final = "registry:admin"  # for tokens, which are never staff
STEERING: Final = RouteAccess(requires_scope(ADMIN_SCOPE))

Steering = Literal["drain", "take_out", "restore", "weigh", "evict"]

_JSON: Final = "application/json"
_WAIT: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s|m)?")
_UNITS: Final = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0}
_OBJECT: Final[dict[str, Any]] = {"type": "object", "additionalProperties": True}


@router.post(
    "/instances",
    auth=WRITING,
    response={201: JoinedAnswer},
    operation_id="registry_instances_register",
    summary="Register an instance",
    openapi_extra=errors(
        _403="The id is another owner's (`other_owner`).",
        _422="A field is missing, unknown or wrong (`invalid_input`).",
    ),
)
async def register(request: HttpRequest, body: RegistrationBody) -> HttpResponse:
    """Join, or join anew in place of an older process with the same id, whose lease is stale from
    then on. Renew the lease by its generation before it ends."""
    caller = _caller(request)
    lease = await run_in_thread(
        leases.register,
        body.registration(lease=leases.standard_lease()),
        source=Source.API,
        owner=owner_of(caller),
        any_owner=may_touch_all(caller),
    )
    return _answer(to_json(lease_document(lease) | {"index": lease.generation + 1}), status=201)


@router.put(
    "/instances/{id}/lease",
    auth=WRITING,
    response=LeaseAnswer,
    operation_id="registry_instances_renew",
    summary="Renew a lease",
    openapi_extra=errors(
        _403="The instance is another owner's (`other_owner`).",
        _404="The instance is not known any more: register anew (`unknown_instance`).",
        _409="A newer process holds the id: stop (`stale_lease`).",
    ),
)
async def renew(request: HttpRequest, id: str, body: RenewalBody) -> HttpResponse:
    """Say that the instance lives, and how it is. A lease that was over is taken up again."""
    return _answer(await renewed(id, body, _caller(request)))


@router.delete(
    "/instances/{id}",
    auth=WRITING,
    response={204: None},
    operation_id="registry_instances_deregister",
    summary="Deregister an instance",
    openapi_extra=errors(
        _403="The instance is another owner's (`other_owner`).",
        _404="The instance is not known (any more) (`unknown_instance`).",
        _409="A newer process holds the id (`stale_lease`).",
    ),
)
async def deregister(
    request: HttpRequest, id: str, generation: int | None = Query(None, ge=0, le=2**63 - 1)
) -> HttpResponse:
    """Leave. With `generation` only where no newer process holds the id."""
    await run_in_thread(_leave, id, generation, owner=_owner_asked(_caller(request)))
    return HttpResponse(status=204)


@router.get(
    "/instances",
    auth=READING,
    operation_id="registry_instances_list",
    summary="List instances",
    openapi_extra=answers(
        "`instances` by id, the `index` from which a watch goes on, the `protected` ones of their "
        "services, and `next`: what to send as `after` for the rest, or null.",
        _OBJECT,
        _304="Nothing changed since the answer whose ETag was sent.",
    ),
)
async def list_instances(
    request: HttpRequest,
    service: str = "",
    component: str = "",
    status: InstanceStatus | None = None,
    zone: str = "",
    after: str = "",
    limit: int = Query(100, ge=1, le=1000),
) -> HttpResponse:
    """The instances of a service, of a component, of a zone, in a status."""
    log = await run_in_thread(changes.tail)
    etag = f'W/"registry-{log.next}"'
    headers = ((b"if-none-match", value.encode("latin-1")) for value in _none_match(request))
    if read_conditions(headers).unchanged(etag, None):
        return _with_etag(HttpResponse(status=304), etag)
    found = {"component": component, "status": status, "zone": zone, "pk__gt": after}
    chosen = {name: value for name, value in found.items() if value}
    body = await run_in_thread(_page, log.next, service, chosen, limit)
    return _with_etag(_answer(body), etag)


@router.get(
    "/instances/{id}",
    auth=READING,
    operation_id="registry_instances_get",
    summary="Get one instance",
    openapi_extra=answers(
        "The instance, with its lease.", _OBJECT, _404="There is none (`unknown_instance`)."
    ),
)
async def get_instance(request: HttpRequest, id: str) -> HttpResponse:
    """The instance as it is now, with when its lease was renewed and until when it lasts."""
    return _answer(await run_in_thread(_one, id))


@router.post(
    "/instances/{id}/{act}",
    auth=STEERING,
    operation_id="registry_instances_steer",
    summary="Steer an instance",
    openapi_extra=answers(
        "`changed`: whether that was news.",
        _OBJECT,
        _404="There is no such instance (`unknown_instance`).",
    ),
)
async def steer(request: HttpRequest, id: str, act: Steering, body: SteeringBody) -> HttpResponse:
    """What operators do in the admin: `drain`, `take_out`, `restore`, `weigh`, `evict`, each with a
    reason, which its history keeps."""
    said = {"reason": body.reason, "weight": "" if body.weight is None else str(body.weight)}
    user_id = _caller(request).user_id
    changed = await run_in_thread(_steer, id, ACTS[act], said, user_id=user_id)
    return _answer(to_json({"changed": changed}))


@router.get(
    "/watch",
    auth=READING,
    operation_id="registry_watch",
    summary="Wait for changes",
    openapi_extra=answers(
        "`{index, reset, instances, removed, protected}`: with `reset` the instances are all there "
        "are, else those that changed, as they are now; `removed` are ids. Send `index` back.",
        _OBJECT,
    ),
)
async def watch_changes(
    request: HttpRequest,
    index: int = Query(0, ge=0, le=2**63 - 1),
    wait: str = Query(
        "0s", max_length=20, description="Such as `30s`, `500ms` or `5m`; at most ten minutes."
    ),
    service: list[str] = Query(default=[]),  # noqa: B008 - how ninja declares parameters
) -> HttpResponse:
    """What changed since `index`, as soon as something does, at the latest after `wait` and up to
    a sixteenth more. `service`, given any number of times, narrows it. An index of 0, or one that
    is too old, gives everything. An answer may hold nothing but a new index."""
    return _answer(await watched(index, wait, frozenset(service)))


async def renewed(id: str, body: RenewalBody, caller: Caller) -> bytes:
    """Renew a lease, asked for by ``caller``: the answer's body. Raises as
    :func:`hub.registry.instances.leases.renew`."""
    status = None if body.status is None else InstanceStatus(body.status)
    owner = _owner_asked(caller)
    return to_json(lease_document(await renew_soon(Renewal(id, body.generation, status, owner))))


async def watched(index: int, wait: str, services: frozenset[str]) -> bytes:
    """What changed from ``index`` on: the answer's body. Raises :class:`InvalidInput`."""
    return changes_json(await watch(index, seconds_of(wait), names_in(services)))


def seconds_of(text: str) -> float:
    """Raises :class:`InvalidInput`."""
    found = _WAIT.fullmatch(text)
    if found is None:
        message = "must be a time such as 30s, 500ms or 5m"
        raise InvalidInput(f"wait: {message}", [FieldError("wait", message, "invalid")])
    return float(found[1]) * _UNITS[found[2]]


def owner_of(caller: Caller) -> str:
    """Whose the instances are that the caller registers."""
    return caller.username or f"user {caller.user_id}"


def may_touch_all(caller: Caller) -> bool:
    """Staff, and tokens with the scope for it, may take over, renew and remove what is others'."""
    return caller.is_staff or caller.is_superuser or caller.has_scope(ADMIN_SCOPE)


def _caller(request: HttpRequest) -> Caller:
    found: Caller = request.auth  # type: ignore[attr-defined]
    return found


def _owner_asked(caller: Caller) -> str | None:
    return None if may_touch_all(caller) else owner_of(caller)


def _leave(id: str, generation: int | None, *, owner: str | None) -> None:
    if leases.deregister(id, generation, owner=owner):
        return
    if Instance.objects.filter(pk=id).exists():
        raise StaleLease(f"A newer process holds the instance '{id}'.")
    raise _unknown(id)


def _steer(id: str, act: Act, said: Mapping[str, str], *, user_id: int | None) -> bool:
    if not Instance.objects.filter(pk=id).exists():
        raise _unknown(id)
    return bool(perform(act, [id], said, user_id=user_id))


def _one(id: str) -> bytes:
    row = Instance.objects.select_related("claim").filter(pk=id).first()
    if row is None:
        raise _unknown(id)
    return to_json(detailed_document(row))


def _page(index: int, service: str, chosen: dict[str, Any], limit: int) -> bytes:
    rows = Instance.objects.filter(**chosen)
    if service:
        rows = rows.filter(pk__in=_offering(service))
    found = list(rows.order_by("pk")[: limit + 1])
    shown = found[:limit]
    names = frozenset(name for row in shown for name in row.services)
    return to_json(
        {
            "index": index,
            "instances": instance_documents(shown),
            "protected": sorted(reading.protected_of(names)) if names else [],
            "next": shown[-1].pk if len(found) > limit else None,
        }
    )


def _offering(service: str) -> QuerySet[InstanceService, Any]:
    return InstanceService.objects.filter(name=service).values("instance")


def _unknown(id: str) -> UnknownInstance:
    return UnknownInstance(f"There is no instance '{id}'.")


def _answer(body: bytes, *, status: int = 200) -> HttpResponse:
    return HttpResponse(body, status=status, content_type=_JSON)


def _with_etag(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _none_match(request: HttpRequest) -> list[str]:
    value = request.META.get("HTTP_IF_NONE_MATCH")
    return [value] if value else []
