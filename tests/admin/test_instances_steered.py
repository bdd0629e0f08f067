"""What operators do with instances in the admin: with a reason, the right to it, and a trace."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from hub.registry.instances.rows import Brake, Instance
from tests.instances.kinds import join, status_of

pytestmark = pytest.mark.django_db

LIST = "/admin/registry/instance/"


def steer(client: Client, act: str, reason: str = "update", **more: str) -> Any:
    data = {"act": act, "reason": reason, **more}
    return client.post("/admin/registry/instance/shop-1/steer/", data)


def choose(client: Client, act: str, *ids: str, **more: Any) -> Any:
    data = {"action": f"{act}_chosen", "_selected_action": ids, "select_across": "0", **more}
    return client.post(LIST, data)


def traces() -> list[str]:
    return list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))


@pytest.fixture
def operator(db: None) -> Client:
    """Staff who may steer instances, and not evict them."""
    user = User.objects.create_user("otto", is_staff=True)
    names = ["view_instance", "change_instance"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def test_drained_taken_out_restored_and_weighed(operator: Client) -> None:
    join()
    for act, status in (
        ("drain", "DRAINING"),
        ("take_out", "OUT_OF_SERVICE"),
        ("restore", "UP"),
    ):
        assert steer(operator, act).status_code == 302
        assert status_of() == status
    steer(operator, "weigh", weight="7")
    assert Instance.objects.get().weight == 7
    steer(operator, "weigh", weight="")
    assert Instance.objects.get().weight == 100
    assert traces() == [
        "Drained: update",
        "Taken out of service: update",
        "Restored: update",
        "Weight 7: update",
        "Weight as registered: update",
    ]
    page = operator.get("/admin/registry/instance/shop-1/change/").content.decode()
    assert "Weight 7: update" in page


def test_eviction_is_asked_for_twice(root: Client) -> None:
    join()
    answer = steer(root, "evict")
    assert "Evict shop-1?" in answer.content.decode()
    assert Instance.objects.exists()
    assert steer(root, "evict", confirmed="1")["location"] == LIST
    assert not Instance.objects.exists()
    assert traces() == ["Evicted: update"]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_nothing_is_done_without_a_fit_reason(root: Client, reason: str) -> None:
    join()
    steer(root, "drain", reason)
    steer(root, "evict", reason, confirmed="1")
    assert status_of() == "UP"
    assert not traces()


@pytest.mark.parametrize("weight", ["-1", "1001", "much", "1.5", "٣"])
def test_a_weight_that_is_none_is_refused(root: Client, weight: str) -> None:
    join()
    steer(root, "weigh", weight=weight)
    assert Instance.objects.get().weight == 100
    assert not traces()


def test_rights_are_needed(viewer: Client, operator: Client, nobody: Client) -> None:
    join()
    for client in (viewer, nobody):
        assert steer(client, "drain").status_code == 403
    assert steer(operator, "evict", confirmed="1").status_code == 403
    assert steer(operator, "explode").status_code == 403
    assert operator.get("/admin/registry/instance/shop-1/steer/").status_code == 405
    assert status_of() == "UP"


def test_many_are_steered_once_the_list_is_confirmed(root: Client) -> None:
    for number in (1, 2, 3):
        join(f"shop-{number}")
    asked = choose(root, "take_out", "shop-1", "shop-2").content.decode()
    assert "Take out of service" in asked
    assert "shop-2" in asked
    assert "shop-3" not in asked
    assert status_of("shop-1") == "UP"
    done = choose(root, "take_out", "shop-1", "shop-2", confirmed="1", reason="disk")
    assert done.status_code == 302
    assert [status_of(f"shop-{n}") for n in (1, 2, 3)] == ["OUT_OF_SERVICE"] * 2 + ["UP"]
    assert traces() == ["Taken out of service: disk"] * 2


def test_many_need_a_reason_too(root: Client) -> None:
    join()
    answer = choose(root, "drain", "shop-1", confirmed="1", reason=" ")
    assert "The reason is required" in answer.content.decode()
    assert status_of() == "UP"


def test_all_that_a_filter_leaves_are_steered(root: Client) -> None:
    join(zone="eu")
    join("shop-2", zone="us")
    chosen = {"action": "drain_chosen", "_selected_action": ["shop-1"], "select_across": "1"}
    root.post(f"{LIST}?zone=eu", {**chosen, "confirmed": "1", "reason": "move"})
    assert (status_of("shop-1"), status_of("shop-2")) == ("DRAINING", "UP")


def test_only_what_one_may_do_is_offered_for_many(viewer: Client, operator: Client) -> None:
    join()
    assert "drain_chosen" not in viewer.get(LIST).content.decode()
    page = operator.get(LIST).content.decode()
    assert "drain_chosen" in page
    assert "evict_chosen" not in page
    choose(operator, "evict", "shop-1", confirmed="1", reason="no")
    choose(viewer, "drain", "shop-1", confirmed="1", reason="no")
    assert status_of() == "UP"


def test_brakes_are_set_with_a_reason(root: Client, viewer: Client) -> None:
    page = "/admin/registry/brake/force/"
    modes = {"preservation": "on", "cap": "auto", "protection": "off"}
    assert viewer.post(page, {**modes, "reason": "x"}).status_code == 403
    assert root.post(page, modes).status_code == 422
    assert root.get(page).status_code == 405
    assert not Brake.objects.exclude(preservation="auto").exists()
    assert root.post(page, {**modes, "reason": "network work"}).status_code == 302
    row = Brake.objects.get()
    assert (row.preservation, row.cap, row.protection) == ("on", "auto", "off")
    assert "network work" in root.get("/admin/registry/brake/").content.decode()
    start = root.get("/admin/").content.decode()
    assert "An operator has set it to: always." in start


def test_the_start_page_names_services_that_nobody_can_call(root: Client, nobody: Client) -> None:
    join(services=("inventory", "orders"))
    join("shop-2", services=("inventory",))
    root.post("/admin/registry/instance/shop-1/steer/", {"act": "take_out", "reason": "x"})
    page = root.get("/admin/").content.decode()
    assert "Its one instance takes no calls." in page
    assert "?service=orders" in page
    assert "?service=inventory" not in page
    assert "?service=orders" not in nobody.get("/admin/").content.decode()


def test_the_start_page_tells_of_brakes_that_hold(root: Client) -> None:
    join()
    Brake.objects.create(pk=1, preserving=True, expected=100, arrived=40)
    assert "40 of 100 expected renewals" in root.get("/admin/").content.decode()
    assert "Self-preservation holds" in root.get("/admin/registry/brake/").content.decode()
