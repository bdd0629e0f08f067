"""Instances entered by hand: judged as those that register, without a lease."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from hub.registry.instances.rows import Instance, InstanceLease
from tests.instances.kinds import addresses_of, join

pytestmark = pytest.mark.django_db

ADD = "/admin/registry/instance/add/"
EDIT = "/admin/registry/instance/billing-1/edit/"
FILLED = {
    "id": "billing-1",
    "component": "billing",
    "version": "1.4.0",
    "services": "invoices\r\n refunds \r\n",
    "addresses": "rest https://billing.example/api\r\ndispatch-json  https://billing.example/rpc",
    "weight": "50",
    "zone": "eu",
    "metadata": "owner=team billing\r\nnote=a=b",
}


def enter(client: Client, page: str = ADD, **values: str) -> Any:
    return client.post(page, {**FILLED, **values})


def test_what_is_entered_is_an_instance_without_a_lease(root: Client) -> None:
    answer = enter(root)
    assert answer["location"] == "/admin/registry/instance/billing-1/change/"
    row = Instance.objects.get()
    assert (row.status, row.source, row.lease, row.weight) == ("UP", "admin", None, 50)
    assert row.services == ["invoices", "refunds"]
    assert row.metadata == {"owner": "team billing", "note": "a=b"}
    assert list(addresses_of("billing-1")) == ["rest", "dispatch-json"]
    assert not InstanceLease.objects.exists()
    assert LogEntry.objects.get().change_message == "Entered by hand."
    assert "no lease" in root.get(answer["location"]).content.decode()


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("id", "", "must be 1 to 200 characters"),
        ("id", "a/b", "without &#x27;/&#x27;"),
        ("component", "", "must be a name"),
        ("addresses", "rest", "needs a channel and a URL"),
        ("addresses", "rest ftp://x/", "one of the schemes"),
        ("addresses", "rest http://me:secret@x/", "no credentials"),
        ("addresses", "rest http://a/\nrest http://b/", "is there twice"),
        ("weight", "much", "must be a whole number"),
        ("weight", "1001", "from 0 to 1000"),
        ("services", "a\na", "once each"),
        ("metadata", "=x", "needs a key"),
        ("metadata", f"{'k' * 65}=x", "keys of 1 to 64"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(root: Client, field: str, text: str, said: str) -> None:
    answer = enter(root, **{field: text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert page.count('aria-invalid="true"') == 1
    assert "team billing" in page or field == "metadata"
    assert not Instance.objects.exists()


def test_an_id_that_is_taken_is_not_overwritten(root: Client) -> None:
    join("billing-1", owner="somebody")
    assert "is taken by an instance" in enter(root).content.decode()
    assert Instance.objects.get().owner == "somebody"


def test_it_is_changed_by_the_same_form(root: Client) -> None:
    enter(root)
    page = root.get(EDIT).content.decode()
    assert "dispatch-json https://billing.example/rpc" in page
    assert enter(root, EDIT, id="another", zone="us").status_code == 302
    row = Instance.objects.get()
    assert (row.pk, row.zone, row.source) == ("billing-1", "us", "admin")


def test_what_others_registered_is_not_changed_here(root: Client) -> None:
    join("billing-1")
    assert root.get(EDIT).status_code == 403
    assert enter(root, EDIT).status_code == 403
    assert EDIT not in root.get("/admin/registry/instance/billing-1/change/").content.decode()


def test_rights_are_needed(root: Client, viewer: Client, nobody: Client) -> None:
    for client in (viewer, nobody):
        assert client.get(ADD).status_code == 403
        assert enter(client).status_code == 403
    enter(root)
    assert enter(viewer, EDIT, zone="us").status_code == 403
    assert Instance.objects.get().zone == "eu"
