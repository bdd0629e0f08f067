"""What answers at ``/v1/agent`` and at the endpoints that don't block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hub.operations.threads import run_in_thread
from hub.registry.consul import agent, catalog, documents, hearing
from hub.registry.consul.bodies import read_object
from hub.registry.consul.definitions import (
    LONGEST_OUTPUT,
    Health,
    read_check,
    read_service,
    read_status,
    worst_of,
)
from hub.registry.consul.node import DATACENTER, PORT, node
from hub.registry.consul.records import ServiceRecord
from hub.registry.consul.requests import Answer, Request, json_answer, text_answer
from hub.wire.errors import NotFound

_DATABASE_TIMEOUT: Final = 10.0
_DONE: Final = Answer()


async def register_service(request: Request) -> Answer:
    fields = read_object(request.body)
    given = "" if fields.has("Address") else request.client_address
    service = read_service(fields, caller_address=given)
    await _in_thread(
        agent.register_service,
        service,
        owner=request.owner,
        replace_checks=request.flag("replace-existing-checks"),
    )
    return _DONE


async def deregister_service(request: Request) -> Answer:
    await _in_thread(agent.deregister_service, request.names[0], owner=request.owner)
    return _DONE


async def register_check(request: Request) -> Answer:
    check = read_check(read_object(request.body))
    await _in_thread(agent.register_check, check, owner=request.owner)
    return _DONE


async def deregister_check(request: Request) -> Answer:
    await _in_thread(agent.deregister_check, request.names[0], owner=request.owner)
    return _DONE


async def pass_check(request: Request) -> Answer:
    return await _heard(request, Health.PASSING, request.query.get("note", ""))


async def warn_check(request: Request) -> Answer:
    return await _heard(request, Health.WARNING, request.query.get("note", ""))


async def fail_check(request: Request) -> Answer:
    return await _heard(request, Health.CRITICAL, request.query.get("note", ""))


async def update_check(request: Request) -> Answer:
    fields = read_object(request.body)
    health = read_status(fields.text("Status"))
    return await _heard(request, health, fields.text("Output", longest=1_000_000))


async def _heard(request: Request, health: Health, output: str) -> Answer:
    await _in_thread(
        hearing.update_check,
        request.names[0],
        health,
        output=output.replace("\x00", "")[:LONGEST_OUTPUT],
        owner=request.owner,
    )
    return _DONE


async def agent_self(request: Request) -> Answer:
    return json_answer(documents.agent_self(node()))


async def agent_services(request: Request) -> Answer:
    found = await _in_thread(catalog.registered)
    return json_answer({one.id: documents.agent_service(one, node=node()) for one in found})


async def agent_service(request: Request) -> Answer:
    record = await _in_thread(catalog.registered_one, request.names[0])
    if record is None:
        raise NotFound(f"unknown service ID: {request.names[0]}")
    return json_answer(documents.agent_service_with_hash(record, node=node()))


async def agent_checks(request: Request) -> Answer:
    found = await _in_thread(catalog.registered)
    entries: dict[str, Any] = {}
    for record in found:
        entries |= documents.agent_checks(record, node=node())
    return json_answer(entries)


async def agent_health_by_id(request: Request) -> Answer:
    record = await _in_thread(catalog.registered_one, request.names[0])
    if record is None:
        return _health(request, [], document={"AggregatedStatus": "critical", "Service": None})
    return _health(request, [record], document=documents.agent_health(record, node=node()))


async def agent_health_by_name(request: Request) -> Answer:
    every = await _in_thread(catalog.registered)
    found = [record for record in every if record.name == request.names[0]]
    entries = [documents.agent_health(record, node=node()) for record in found]
    return _health(request, found, document=entries)


def _health(request: Request, found: list[ServiceRecord], *, document: Any) -> Answer:
    """The HTTP status tells the worst; 404 that there is no such service."""
    worst = worst_of([record.health for record in found]) if found else Health.CRITICAL
    status = documents.agent_health_status(worst) if found else 404
    if request.query.get("format") == "text":
        return text_answer(worst.value, status=status)
    return json_answer(document, status=status)


async def datacenters(request: Request) -> Answer:
    return json_answer([DATACENTER])


async def leader(request: Request) -> Answer:
    return json_answer(_place())


async def peers(request: Request) -> Answer:
    return json_answer([_place()])


def _place() -> str:
    address = node().address
    return f"[{address}]:{PORT}" if ":" in address else f"{address}:{PORT}"


async def _in_thread(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return await run_in_thread(function, *args, timeout=_DATABASE_TIMEOUT, **kwargs)
