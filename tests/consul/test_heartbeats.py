"""TTL checks: passed, warned of, failed, and not heard of."""

from __future__ import annotations

import pytest
from django.db.models import F

from hub.registry.clock import database_time
from hub.registry.consul import running
from hub.registry.consul.models import ConsulCheck
from hub.registry.instances import sweeping
from hub.registry.instances.rows import Change, Instance, InstanceLease
from hub.registry.instances.steering import restore, take_out
from tests.consul.conftest import Consul
from tests.instances.kinds import pass_time

pytestmark = pytest.mark.django_db(transaction=True)

PASS = "agent/check/pass/service:web"


def test_a_check_is_critical_until_it_is_passed(consul: Consul) -> None:
    consul.register(Check={"TTL": "10s"})
    assert (consul.health(), Instance.objects.get().status) == ("critical", "STARTING")
    consul.put(PASS)
    assert (consul.health(), Instance.objects.get().status) == ("passing", "UP")


def test_a_warning_stays_up_and_a_failure_is_down(consul: Consul) -> None:
    consul.register_ttl()
    consul.put("agent/check/warn/service:web?note=slow")
    assert (consul.health(), Instance.objects.get().status) == ("warning", "UP")
    assert consul.get("agent/checks")["service:web"]["Output"] == "slow"
    consul.put("agent/check/fail/service:web")
    assert (consul.health(), Instance.objects.get().status) == ("critical", "DOWN")
    consul.put(PASS)
    assert (consul.health(), Instance.objects.get().status) == ("passing", "UP")


def test_update_says_it_in_a_body(consul: Consul) -> None:
    consul.register_ttl()
    consul.put("agent/check/update/service:web", {"Status": "warning", "Output": "x" * 5000})
    check = consul.get("agent/checks")["service:web"]
    assert (check["Status"], len(check["Output"])) == ("warning", 4096)
    said = consul.put("agent/check/update/service:web", {"Status": "well"}, status=400)
    assert "Status must be" in said


def test_a_pass_renews_the_lease_and_changes_nothing_that_is_seen(consul: Consul) -> None:
    consul.register_ttl()
    pass_time(8.0)
    before, changes = InstanceLease.objects.get().expires_at, Change.objects.count()
    consul.put(PASS)
    assert InstanceLease.objects.get().expires_at > before + 5.0
    assert Change.objects.count() == changes


def test_what_is_not_heard_of_is_critical_with_its_last_output(consul: Consul) -> None:
    consul.register_ttl()
    consul.put(f"{PASS}?note=fine")
    pass_time(11.0)
    sweeping.sweep()
    assert consul.health() == "critical"
    assert consul.get("agent/checks")["service:web"]["Output"] == "TTL expired (last output: fine)"
    assert consul.get("health/service/web?passing=1") == []
    consul.put(PASS)
    assert consul.health() == "passing"


def test_of_two_ttl_checks_one_does_not_speak_for_the_other(consul: Consul) -> None:
    checks = [{"CheckID": own, "TTL": "10s", "Status": "passing"} for own in ("a", "b")]
    consul.register(Checks=checks)
    consul.put("agent/check/pass/a")
    ConsulCheck.objects.filter(pk="b").update(expires_at=F("expires_at") - 11.0)
    consul.put("agent/check/pass/a")
    assert Instance.objects.get().status == "DOWN"
    consul.put("agent/check/pass/b")
    assert Instance.objects.get().status == "UP"


def test_a_ttl_longer_than_a_lease_ends_all_the_same(consul: Consul) -> None:
    consul.register_ttl(ttl="2h")
    assert not InstanceLease.objects.exists()
    ConsulCheck.objects.update(expires_at=database_time() - 1.0)
    assert running.expire(started=database_time()) == 0  # the hub has only begun to listen
    assert running.expire(started=database_time() - running.QUIET - 1.0) == 1
    assert (consul.health(), Instance.objects.get().status) == ("critical", "DOWN")
    consul.put(PASS)
    assert consul.health() == "passing"
    assert running.expire(started=0.0) == 0


def test_what_is_critical_for_long_is_deregistered_where_it_wished_so(consul: Consul) -> None:
    wished = {"DeregisterCriticalServiceAfter": "1m"}
    consul.register("a", Check={"TTL": "10s", **wished})
    consul.register("b", Check={"TTL": "10s"})
    consul.register("c", Check={"TTL": "10s", "Status": "passing", **wished})
    ConsulCheck.objects.update(critical_since=F("critical_since") - 61.0)
    assert running.reap(started=database_time()) == 0
    assert running.reap(started=0.0) == 1
    assert set(consul.get("agent/services")) == {"b", "c"}
    pass_time(20.0, "c")
    sweeping.sweep()
    pass_time(61.0, "c")
    assert running.reap(started=0.0) == 1


def test_checks_that_have_no_ttl_are_not_passed(consul: Consul) -> None:
    consul.register(Check={"TCP": "127.0.0.1:1", "Interval": "10s"})
    assert "does not have associated TTL" in consul.put(PASS, status=404)
    assert "Unknown check ID" in consul.put("agent/check/pass/no", status=404)


def test_an_operators_word_outlives_heartbeats(consul: Consul) -> None:
    consul.register_ttl()
    take_out(["web"], reason="broken disk", user_id=None)
    consul.put(PASS)
    checks = {check["CheckID"]: check for check in consul.get("health/checks/web")}
    maintenance = checks["_service_maintenance:web"]
    assert (maintenance["Status"], maintenance["Notes"]) == ("critical", "broken disk")
    assert consul.get("health/service/web?passing") == []
    restore(["web"], reason="", user_id=None)
    assert consul.health() == "passing"
