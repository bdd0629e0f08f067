"""Services come and go at the agent."""

from __future__ import annotations

from typing import Any

import pytest

from hub.registry.consul.models import ConsulCheck, ConsulService
from hub.registry.instances.leases import deregister
from hub.registry.instances.rows import Address, Instance, InstanceLease, Source
from tests.consul.conftest import Consul, token_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_service_becomes_an_instance(consul: Consul) -> None:
    consul.register_ttl("web", ID="web1", Tags=["rails"], Meta={"version": "2.1", "a": "b"})
    row = Instance.objects.get()
    assert (row.id, row.component, row.services) == ("web1", "web", ["web"])
    assert (row.source, row.owner, row.status) == (Source.CONSUL, "ann", "UP")
    assert (row.version, row.metadata, row.lease) == ("2.1", {"a": "b"}, 10.0)
    assert Address.objects.values_list("channel", "url").get() == ("tcp", "tcp://10.0.0.5:80")


def test_the_agent_tells_what_was_said(consul: Consul) -> None:
    wan = {"Address": "198.51.100.5", "Port": 81}
    consul.register(
        ID="web1", Port=80, Tags=["rails"], Meta={"a": "b"}, Weights={"Passing": 3, "Warning": 2},
        TaggedAddresses={"wan": wan},
    )  # fmt: skip
    assert consul.get("agent/services") == {
        "web1": {
            "ID": "web1",
            "Service": "web",
            "Tags": ["rails"],
            "Meta": {"a": "b"},
            "Port": 80,
            "Address": "10.0.0.5",
            "TaggedAddresses": {"wan": wan},
            "Weights": {"Passing": 3, "Warning": 2},
            "EnableTagOverride": False,
            "Datacenter": "dc1",
        }
    }
    assert consul.get("agent/service/web1")["ContentHash"]
    assert Instance.objects.get().weight == 300


def test_without_an_address_it_is_the_programs_own(consul: Consul) -> None:
    consul.put("agent/service/register", {"Name": "web", "Port": 80})
    assert consul.get("agent/services")["web"]["Address"] == "127.0.0.1"


def test_behind_a_proxy_the_address_must_be_said(consul: Consul, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    said = consul.put("agent/service/register", {"Name": "web"}, status=400)
    assert "Address is missing" in said


def test_deregistering_leaves_nothing(consul: Consul) -> None:
    consul.register_ttl()
    consul.put("agent/service/deregister/web")
    assert not Instance.objects.exists()
    assert not ConsulService.objects.exists()
    assert not ConsulCheck.objects.exists()
    assert "Unknown service ID" in consul.put("agent/service/deregister/web", status=404)


def test_registered_again_it_keeps_what_was_found_out(consul: Consul) -> None:
    consul.register(Check={"TTL": "10s"})
    consul.put("agent/check/pass/service:web?note=well")
    consul.register(Check={"TTL": "20s"}, Port=81)
    [check] = consul.get("agent/checks").values()
    assert (check["Status"], check["Output"]) == ("passing", "well")
    assert InstanceLease.objects.get().duration == 20.0
    assert consul.get("agent/services")["web"]["Port"] == 81


def test_checks_that_are_not_named_stay_unless_they_are_replaced(consul: Consul) -> None:
    consul.register(Check={"CheckID": "a", "TTL": "10s"})
    consul.register(Check={"CheckID": "b", "TTL": "10s"})
    assert set(consul.get("agent/checks")) == {"a", "b"}
    body = {"Name": "web", "Address": "10.0.0.5", "Check": {"CheckID": "c", "TTL": "10s"}}
    consul.put("agent/service/register?replace-existing-checks=true", body)
    assert set(consul.get("agent/checks")) == {"c"}


def test_checks_come_and_go_by_themselves(consul: Consul) -> None:
    consul.register()
    assert Instance.objects.get().status == "UP"
    check = {"Name": "alive", "ServiceID": "web", "TTL": "10s", "Status": "critical"}
    consul.put("agent/check/register", check)
    assert Instance.objects.get().status == "STARTING"
    assert InstanceLease.objects.get().duration == 10.0
    consul.put("agent/check/deregister/alive")
    assert Instance.objects.get().status == "UP"
    assert not InstanceLease.objects.exists()
    assert "Unknown check ID" in consul.put("agent/check/deregister/alive", status=404)
    unknown = consul.put("agent/check/register", {**check, "ServiceID": "no"}, status=404)
    assert "does not exist" in unknown


def test_another_service_keeps_the_id_of_its_check(consul: Consul) -> None:
    consul.register("web", Check={"CheckID": "alive", "TTL": "10s"})
    body = {"Name": "db", "Address": "10.0.0.6", "Check": {"CheckID": "alive", "TTL": "10s"}}
    assert "belongs to the service 'web'" in consul.put("agent/service/register", body, status=400)
    assert not Instance.objects.filter(id="db").exists()


def test_what_is_somebody_elses_is_left_alone(consul: Consul) -> None:
    consul.register_ttl()
    bob = Consul(token_of("bob", "registry:read", "registry:write"))
    body = {"Name": "web", "Address": "10.0.0.6"}
    for path, data in (
        ("agent/service/register", body),
        ("agent/service/deregister/web", b""),
        ("agent/check/pass/service:web", b""),
        ("agent/check/deregister/service:web", b""),
        ("agent/check/register", {"Name": "x", "ServiceID": "web", "TTL": "10s"}),
    ):
        assert "somebody else's" in bob.put(path, data, status=403)
    assert Instance.objects.get().owner == "ann"


def test_what_the_registry_refuses_is_a_plain_400(consul: Consul) -> None:
    said = consul.put("agent/service/register", {"Name": "a/b", "Address": "10.0.0.5"}, status=400)
    assert "id must be" in said


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("agent/service/register", rb'{"Name": "\ud800"}', "the body is no JSON"),
        ("agent/service/register", rb'{"Name": "a", "Tags": ["\ud800"]}', "the body is no JSON"),
        ("agent/service/register", rb'{"Name": "a", "Tags": ["\u0000"]}', "Tags must be at most"),
        ("agent/service/register", rb'{"Name": "a", "Port": NaN}', "the body is no JSON"),
        ("agent/check/update/x", rb'{"Status": "passing", "Output": "\udfff"}', "is no JSON"),
    ],
)
def test_texts_that_no_database_keeps_are_refused(
    consul: Consul, path: str, body: bytes, said: str
) -> None:
    assert said in consul.put(path, body, status=400)


def test_what_the_registry_removes_is_gone_here_too(consul: Consul) -> None:
    consul.register_ttl()
    deregister("web")
    assert consul.get("agent/services") == {}
    assert "Unknown check ID" in consul.put("agent/check/pass/service:web", status=404)
