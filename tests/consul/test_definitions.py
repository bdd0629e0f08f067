"""What programs say of their services and checks, read or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.client.instances import InstanceStatus
from hub.registry.consul.bodies import Fields, read_object
from hub.registry.consul.definitions import Health, ServiceDefinition, read_check, read_service
from hub.registry.consul.registrations import lease_of, registration_of, reported
from hub.wire.errors import BadRequest


def read(**members: Any) -> ServiceDefinition:
    return read_service(Fields({"Name": "web", **members}), caller_address="10.0.0.9")


def test_the_least_that_is_said() -> None:
    service = read()
    assert (service.id, service.name, service.address) == ("web", "web", "10.0.0.9")
    assert service.tags is None
    assert (service.passing_weight, service.warning_weight) == (1, 1)
    assert service.checks == ()


def test_keys_are_read_in_any_case_with_and_without_underscores() -> None:
    service = read(
        id="web1",
        enable_tag_override=True,
        tagged_addresses={"Lan": {"address": "10.0.0.1"}},
        check={"tcp": "web:80", "interval": "10s", "deregister_critical_service_after": "2m"},
    )
    assert service.id == "web1"
    assert service.enable_tag_override
    assert service.tagged_addresses == {"Lan": ("10.0.0.1", 0)}
    assert service.checks[0].deregister_after == 120.0


def test_checks_are_named_after_their_service() -> None:
    one = read(ID="w", Check={"TTL": "10s"})
    two = read(ID="w", Checks=[{"TTL": "10s"}, {"CheckID": "mine", "TTL": "20s"}])
    assert [check.id for check in one.checks] == ["service:w"]
    assert [check.id for check in two.checks] == ["service:w:1", "mine"]
    assert one.checks[0].name == "Service 'web' check"
    assert one.checks[0].status is Health.CRITICAL


def test_numbers_are_nanoseconds() -> None:
    assert read(Check={"TTL": 15_000_000_000}).checks[0].ttl == 15.0


def test_an_interval_is_a_second_at_least_and_a_deregistration_a_minute() -> None:
    [check] = read(
        Check={"TCP": "10.0.0.5:22", "Interval": "1ms", "DeregisterCriticalServiceAfter": "1s"}
    ).checks
    assert (check.interval, check.deregister_after) == (1.0, 60.0)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"Name": ""}, "Missing service name"),
        ({"Name": 5}, "Name must be text"),
        ({"Port": 70000}, "Port must be from 0 to 65535"),
        ({"Port": "80"}, "Port must be a whole number"),
        ({"Port": True}, "Port must be a whole number"),
        ({"Tags": "a"}, "Tags must be a list"),
        ({"Tags": [1]}, "Tags must be"),
        ({"Meta": {"a b": "c"}}, "Key name 'a b' is invalid"),
        ({"Meta": {"a": 1}}, "'a' must be text"),
        ({"Address": "http://x/"}, "Address must be a host name"),
        ({"Weights": {"Passing": 0}}, "Weights.Passing"),
        ({"Check": {"TTL": "10s", "Interval": "1s"}}, "cannot both be specified"),
        ({"Check": {"HTTP": "http://x"}}, "Interval must be > 0"),
        ({"Check": {"Interval": "5s"}}, "TTL must be > 0"),
        ({"Check": {"TTL": "soon"}}, "no duration"),
        ({"Check": {"TTL": "-1s"}}, "must not be negative"),
        ({"Check": {"Args": ["sh"], "Interval": "1s"}}, "Args: the hub has TTL, HTTP and TCP"),
        ({"Check": {"GRPC": "x:1", "Interval": "1s"}}, "GRPC"),
        ({"Check": {"HTTP": "file:///etc/passwd", "Interval": "1s"}}, "HTTP must be a URL"),
        ({"Check": {"HTTP": "http://u:p@x/", "Interval": "1s"}}, "no credentials"),
        ({"Check": {"HTTP": "http://x/\r\nA: b", "Interval": "1s"}}, "HTTP must be a URL"),
        ({"Check": {"TCP": "x", "Interval": "1s"}}, "TCP must be an address"),
        ({"Check": {"TTL": "1s", "Status": "up"}}, "Status must be"),
        ({"Check": {"HTTP": "http://x", "Interval": "1s", "Header": {"A": ["b\r\n"]}}}, "Header"),
        ({"Checks": [{"TTL": "1s", "ID": "a"}, {"TTL": "1s", "ID": "a"}]}, "one ID"),
        ({"Kind": "connect-proxy"}, "no service mesh"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(members: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        read(**members)


def test_a_check_of_a_node_is_refused() -> None:
    with pytest.raises(BadRequest, match="ServiceID is missing"):
        read_check(Fields({"Name": "disk", "TTL": "10s"}))


_PLAIN: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10)
)
_VALUES = (
    _PLAIN | st.lists(_PLAIN, max_size=3) | st.dictionaries(st.text(max_size=5), _PLAIN, max_size=3)
)
_NAMES = st.sampled_from(
    ["Name", "ID", "Tags", "Meta", "Port", "Address", "Weights", "Check", "Checks", "TTL", "HTTP",
     "TaggedAddresses", "Interval", "Header", "Kind"]
)  # fmt: skip


@given(st.dictionaries(_NAMES, _VALUES, max_size=5), st.dictionaries(_NAMES, _VALUES, max_size=3))
def test_nonsense_is_refused_or_read(members: dict[str, Any], check: dict[str, Any]) -> None:
    body = json.dumps({"Check": check, **members}).encode()
    try:
        read_service(read_object(body), caller_address="10.0.0.9")
    except BadRequest as error:
        assert error.message


@given(st.binary(max_size=100))
def test_bytes_are_refused_or_read(body: bytes) -> None:
    try:
        read_object(body)
    except BadRequest as error:
        assert error.message.startswith("Request decode failed: ")


def test_deep_nesting_is_no_json() -> None:
    with pytest.raises(BadRequest):
        read_object(b"[" * 100_000)


def test_channels_of_aspyx_become_addresses() -> None:
    channels = "rest(http://10.0.0.5:8000),dispatch-json(http://10.0.0.5:8000)"
    told = registration_of(read(Meta={"channels": channels, "x": "y"}), status=InstanceStatus.UP)
    assert told.addresses == {
        "rest": "http://10.0.0.5:8000",
        "dispatch-json": "http://10.0.0.5:8000",
    }
    assert told.metadata == {"x": "y"}
    assert (told.component, told.services) == ("web", ("web",))


@pytest.mark.parametrize(
    ("members", "addresses"),
    [
        ({"Port": 80}, {"tcp": "tcp://10.0.0.9:80"}),
        ({"Port": 80, "Tags": ["http"]}, {"http": "http://10.0.0.9:80"}),
        ({"Port": 80, "Address": "2001:db8::1"}, {"tcp": "tcp://[2001:db8::1]:80"}),
        (
            {"Port": 80, "Check": {"HTTP": "https://10.0.0.9/", "Interval": "5s"}},
            {"https": "https://10.0.0.9:80"},
        ),
        ({}, {}),
    ],
)
def test_others_have_one_address(members: dict[str, Any], addresses: dict[str, str]) -> None:
    assert registration_of(read(**members), status=InstanceStatus.UP).addresses == addresses


@pytest.mark.parametrize(
    ("ttls", "lease"),
    [([], None), (["10s"], 10.0), (["1s"], 5.0), (["1m", "20s"], 20.0), (["2h"], None)],
)
def test_the_shortest_ttl_is_the_lease(ttls: list[str], lease: float | None) -> None:
    assert lease_of(read(Checks=[{"TTL": ttl} for ttl in ttls]).checks) == lease


def test_an_instance_is_as_its_worst_check() -> None:
    critical, warning = (Health.CRITICAL, False), (Health.WARNING, False)
    assert reported([]) is InstanceStatus.UP
    assert reported([warning]) is InstanceStatus.UP
    assert reported([warning, critical]) is InstanceStatus.DOWN
    assert reported([(Health.CRITICAL, True)]) is InstanceStatus.STARTING
    assert reported([critical, (Health.CRITICAL, True)]) is InstanceStatus.DOWN
