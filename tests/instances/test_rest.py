"""Joining, staying, leaving and following over REST."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import User

from hub.registry.instances.rows import Instance, InstanceLease
from hub.registry.instances.steering import take_out
from hub.registry.instances.watching import own_feed
from hub.security.models import ScopeGrant
from hub.testing.client import HubClient
from hub.testing.tokens import issue_token
from tests.instances.kinds import join, pass_time

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/registry/instances"


def token_of(name: str, *scopes: str) -> str:
    user = User.objects.create_user(name)
    for scope in scopes:
        ScopeGrant.objects.create(user=user, scope=scope)
    return issue_token(user, scopes=scopes)


@pytest.fixture
def ann() -> HubClient:
    return HubClient(token=token_of("ann", "registry:read", "registry:write"))


def body(id: str = "shop-1", **values: Any) -> dict[str, Any]:
    return {
        "id": id,
        "component": "shop",
        "services": ["inventory"],
        "addresses": {"rest": "http://10.0.0.1:8000/api/shop"},
        **values,
    }


def test_the_life_of_an_instance(ann: HubClient) -> None:
    joined = ann.post(PATH, body("shop:1"))
    assert joined.status == 201
    lease = joined.json()
    assert (lease["id"], lease["lease"]) == ("shop:1", 30.0)
    assert lease["renew_in"] == pytest.approx(10.0)
    place = f"{PATH}/shop%3A1"
    renewed = ann.put(f"{place}/lease", {"generation": lease["generation"], "status": "DRAINING"})
    assert (renewed.status, renewed.json()["generation"]) == (200, lease["generation"])
    told = ann.get(place).json()
    assert (told["status"], told["owner"], told["source"]) == ("DRAINING", "ann", "api")
    assert told["lease_expires_at"] > told["renewed_at"]
    left = ann.delete(f"{place}?generation={lease['generation']}")
    assert (left.status, left.body) == (204, b"")
    assert ann.get(place).status == 404


def test_the_index_of_a_registration_is_where_a_watch_goes_on(ann: HubClient) -> None:
    index = ann.post(PATH, body()).json()["index"]
    found = ann.get(f"/api/registry/watch?index={index}").json()
    assert found == {
        "index": index,
        "reset": False,
        "instances": [],
        "removed": [],
        "protected": [],
    }


def test_stale_and_unknown_leases_are_told_apart(ann: HubClient) -> None:
    old = ann.post(PATH, body()).json()
    ann.post(PATH, body())
    stale = ann.put(f"{PATH}/shop-1/lease", {"generation": old["generation"]})
    assert (stale.status, stale.json()["code"]) == (409, "stale_lease")
    left = ann.delete(f"{PATH}/shop-1?generation={old['generation']}")
    assert (left.status, left.json()["code"]) == (409, "stale_lease")
    gone = ann.put(f"{PATH}/shop-9/lease", {"generation": 1})
    assert (gone.status, gone.json()["code"]) == (404, "unknown_instance")
    assert ann.delete(f"{PATH}/shop-9").json()["code"] == "unknown_instance"


def test_somebody_elses_instance_is_nobody_elses(ann: HubClient) -> None:
    lease = ann.post(PATH, body()).json()
    bob = HubClient(token=token_of("bob", "registry:write"))
    renewal = {"generation": lease["generation"]}
    for answer in (
        bob.post(PATH, body()),
        bob.put(f"{PATH}/shop-1/lease", renewal),
        bob.delete(f"{PATH}/shop-1"),
    ):
        assert (answer.status, answer.json()["code"]) == (403, "other_owner")
    eve = HubClient(token=token_of("eve", "registry:write", "registry:admin"))
    assert eve.put(f"{PATH}/shop-1/lease", renewal).status == 200
    assert eve.delete(f"{PATH}/shop-1").status == 204


def test_scopes_decide() -> None:
    reader = HubClient(token=token_of("ann", "registry:read"))
    writer = HubClient(token=token_of("bob", "registry:write"))
    assert HubClient().get(PATH).status == 401
    assert reader.get(PATH).status == 200
    assert reader.post(PATH, body()).json()["missing_scope"] == "registry:write"
    assert writer.get(PATH).json()["missing_scope"] == "registry:read"
    assert writer.post(PATH, body()).status == 201
    assert writer.put(f"{PATH}/shop-1/lease", {"generation": 1}).status == 409
    assert reader.put(f"{PATH}/shop-1/lease", {"generation": 1}).status == 403


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id": "a/b"}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"id": "a\x00b"}, "id"),
        ({"id": ".."}, "id"),
        ({"component": "c" * 401}, "component"),
        ({"lease": 4.9}, "lease"),
        ({"lease": 3601}, "lease"),
        ({"status": "UNKNOWN"}, "status"),
        ({"weight": -1}, "weight"),
        ({"weight": True}, "weight"),
        ({"services": ["a", "a"]}, "services"),
        ({"services": [""]}, "services"),
        ({"services": ["s"] * 201}, "services"),
        ({"contracts": {"orders": "abc"}}, "contracts"),
        ({"addresses": {"rest": "http://user:secret@host/"}}, "addresses.rest"),
        ({"addresses": {"rest": "file:///etc/passwd"}}, "addresses.rest"),
        ({"addresses": {"rest": "http://host:99999/"}}, "addresses.rest"),
        ({"addresses": {"rest": "http://ho st/"}}, "addresses.rest"),
        ({"addresses": {"rest": "http://host/#a"}}, "addresses.rest"),
        ({"addresses": {"rest": "http://"}}, "addresses.rest"),
        ({"addresses": {"rest": "http://h/" + "x" * 2000}}, "addresses.rest"),
        ({"addresses": {"Rest!": "http://host/"}}, "addresses"),
        ({"addresses": {"local": "http://host/"}}, "addresses"),
        ({"metadata": {"k" * 65: "v"}}, "metadata"),
        ({"metadata": {"k": "v" * 513}}, "metadata"),
        ({"metadata": {str(key): "v" for key in range(65)}}, "metadata"),
        ({"metadata": {"k": 5}}, "metadata.k"),
        ({"generation": 7}, "generation"),
    ],
)
def test_what_is_wrong_is_named(ann: HubClient, wrong: dict[str, Any], field: str) -> None:
    answer = ann.post(PATH, body(**wrong) if "id" not in wrong else body() | wrong)
    assert answer.status == 422, answer.text
    assert field in {each["field"] for each in answer.json()["errors"]}
    assert not Instance.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1]:8443/api",
        "ws://host/rpc/stream",
        "wss://h.example/x?y=1",
        "grpc://host:50051",
    ],
)
def test_addresses_that_are_taken(ann: HubClient, url: str) -> None:
    assert ann.post(PATH, body(addresses={"own-channel": url})).status == 201
    assert ann.get(f"{PATH}/shop-1").json()["addresses"] == {"own-channel": url}


def test_lists_are_filtered(ann: HubClient) -> None:
    join("a", zone="north")
    join("b", zone="south", services=("orders",))
    join("c", component="mail", services=("orders",))
    take_out(["c"], reason="moved", user_id=None)

    def ids(query: str) -> list[str]:
        return [each["id"] for each in ann.get(f"{PATH}?{query}").json()["instances"]]

    assert ids("") == ["a", "b", "c"]
    assert ids("service=orders") == ["b", "c"]
    assert ids("component=mail") == ["c"]
    assert ids("status=UP") == ["a", "b"]
    assert ids("zone=north") == ["a"]
    assert ids("service=orders&status=OUT_OF_SERVICE") == ["c"]
    assert ann.get(f"{PATH}?status=WELL").status == 422
    assert ann.get(f"{PATH}?rack=4").status == 422


def test_lists_come_in_pages(ann: HubClient) -> None:
    for name in "abcde":
        join(name)
    first = ann.get(f"{PATH}?limit=2").json()
    assert ([each["id"] for each in first["instances"]], first["next"]) == (["a", "b"], "b")
    last = ann.get(f"{PATH}?limit=2&after=d").json()
    assert ([each["id"] for each in last["instances"]], last["next"]) == (["e"], None)


def test_an_unchanged_list_is_not_sent_again(ann: HubClient) -> None:
    lease = ann.post(PATH, body()).json()
    first = ann.get(PATH)
    tag = first.headers["etag"]
    ann.put(f"{PATH}/shop-1/lease", {"generation": lease["generation"]})
    unchanged = ann.get(PATH, **{"If-None-Match": tag})
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert unchanged.headers["etag"] == first.headers["etag"]
    ann.post(PATH, body("shop-2"))
    assert ann.get(PATH, **{"If-None-Match": tag}).status == 200


async def test_a_long_poll_is_answered_when_something_changes() -> None:
    reader = HubClient(token=await asyncio.to_thread(token_of, "ann", "registry:read"))
    await asyncio.to_thread(join, "a")
    index = (await reader.aget("/api/registry/watch")).json()["index"]
    polls = [
        asyncio.create_task(
            reader.aget(f"/api/registry/watch?index={index}&wait=1m&service=orders&service=mail")
        )
        for _ in range(5)
    ]
    async with asyncio.timeout(30.0):
        while len(own_feed()) < 5:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    await asyncio.to_thread(join, "b", services=("mail",))
    for answer in await asyncio.gather(*polls):
        found = answer.json()
        assert [each["id"] for each in found["instances"]] == ["b"]
        assert found["instances"][0]["addresses"] == {"rest": "http://10.0.0.1:8000/api/shop"}


@pytest.mark.parametrize("wait", ["soon", "-1s", "1h", "5%20s", "%D9%A3s"])
def test_a_wait_is_a_time(ann: HubClient, wait: str) -> None:
    assert ann.get(f"/api/registry/watch?wait={wait}").status == 422


def test_many_renewals_at_once_are_few_writes(
    ann: HubClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = [ann.post(PATH, body(f"shop-{number}")).json() for number in range(30)]
    from hub.registry.instances import coalescing

    batches: list[int] = []
    renew_all = coalescing.renew_all

    def counted(renewals: list[Any]) -> Any:
        batches.append(len(renewals))
        return renew_all(renewals)

    monkeypatch.setattr(coalescing, "renew_all", counted)
    monkeypatch.setattr(coalescing, "LINGER", 0.2)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(
            *(
                ann.aput(f"{PATH}/{lease['id']}/lease", {"generation": lease["generation"] + wrong})
                for lease in leases
                for wrong in (0, 1)
            )
        )

    pass_time(20.0)
    answers = asyncio.run(all_at_once())
    assert [answer.status for answer in answers] == [200, 404] * 30
    assert sum(batches) == 60
    assert len(batches) <= 3
    assert all(claim.renewed_at > 0 for claim in InstanceLease.objects.all())
