"""What a service promises, kept by version."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hub.operations.engine import engine
from hub.registry import declared, service_versions
from hub.registry.instances.announcing import Place, running_here
from hub.registry.models import ServiceVersion
from hub.registry.sync import sync
from hub.sdk.components import ComponentState

pytestmark = pytest.mark.django_db


def test_each_service_has_its_contract_and_schemas() -> None:
    sync(engine())
    row = ServiceVersion.objects.get(service="inventory")
    assert row.name == f"inventory@{row.version}"
    assert len(row.contract) == 64
    assert {"arguments", "result", "streams"} == set(row.methods["item"])


def test_the_contract_is_what_its_instances_are_registered_with() -> None:
    from hub.operations.services.states import ComponentNow, component_states

    sync(engine())
    states = component_states()
    before = states.now("warehouse")
    states.change("warehouse", ComponentNow(state=ComponentState.RUNNING))
    try:
        found = {each.component: each for each in running_here(Place("http://h", "h"))}
    finally:
        states.change("warehouse", before)
    row = ServiceVersion.objects.get(service="inventory")
    assert found["warehouse"].contracts == {"inventory": row.contract}


def test_older_versions_stay_and_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    sync(engine())
    rows = declared.component_rows

    def newer(made: Any) -> Any:
        found = rows(made)
        found["warehouse"] = {**found["warehouse"], "version": "9.0"}
        return found

    monkeypatch.setattr(service_versions, "component_rows", newer)
    sync(engine())
    kept = dict(
        ServiceVersion.objects.filter(service="inventory").values_list("version", "present")
    )
    assert kept.pop("9.0") is True
    assert list(kept.values()) == [False]


def test_rest_tells_the_versions_of_a_service() -> None:
    sync(engine())
    client = Client()
    client.force_login(User.objects.create_superuser("ann"))
    [version] = client.get("/api/registry/services/inventory").json()["versions"]
    assert version["present"] is True
    assert "item" in version["methods"]
