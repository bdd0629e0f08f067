"""Operators close the circuits of a service: with a reason, the right to it, and a trace; and each
process that serves heeds it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db.models import F
from django.test import Client

from hub.client.resilience.budget import BudgetReport
from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.operations.engine import Engine
from hub.registry.instances import circuits
from hub.registry.instances.circuits import Resets
from hub.registry.instances.outgoing import outgoing_to
from hub.registry.instances.outgoing_rows import CircuitReset
from hub.registry.instances.telling import Teller

pytestmark = pytest.mark.django_db

PAGE = "/admin/registry/service/kitchen/change/"
RESET = "/admin/registry/service/kitchen/circuits/"
BUTTON = "Reset the circuits"
URL = "http://10.0.0.1/rpc"
ELSEWHERE = "http://10.0.0.2/rpc"


class Calls:
    """Those of a process to one address of a service."""

    def __init__(self, service: str = "kitchen", url: str = URL) -> None:
        self.service, self.url, self.state = service, url, "closed"

    def fail(self) -> None:
        """Until the address is left out."""
        self.state = "open"

    def forget(self, service: str, url: str = "") -> None:
        assert service == self.service and url in ("", self.url)
        self.state = "closed"

    def report(self) -> tuple[ServiceReport, ...]:
        address = AddressReport(
            instance="a-1",
            url=self.url,
            state=self.state,
            outstanding=0,
            calls=9,
            errors=5,
            failures=5,
            ejections=1,
            ejected_for=30.0 if self.state == "open" else 0.0,
            latency=0.5,
        )
        budget = BudgetReport(calls=9, retries=0, allowed=30)
        return (ServiceReport(service=self.service, budget=budget, addresses=(address,)),)

    def resets(self) -> Resets:
        return Resets(report=self.report, forget=self.forget)

    def teller(self) -> Teller:
        return Teller(report=self.report)


@pytest.fixture
def calls(kitchen: Engine) -> Calls:
    """They fail, and the page shows it."""
    made = Calls()
    made.fail()
    made.teller().tell_news()
    return made


@pytest.fixture
def operator(db: None) -> Client:
    """Staff who may reset circuits."""
    user = User.objects.create_user("otto", is_staff=True)
    names = ["view_service", "change_service"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def reset(client: Client, reason: str = "it is mended", **said: str) -> Any:
    return client.post(RESET, {"reason": reason, **said})


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


def traces() -> list[tuple[str, str, str]]:
    found = LogEntry.objects.values_list("content_type__model", "object_id", "change_message")
    return list(found)


def test_an_open_circuit_has_a_button_and_what_was_done_is_kept(
    calls: Calls, operator: Client
) -> None:
    assert BUTTON in page(operator)
    answer = reset(operator)
    assert (answer.status_code, answer["location"]) == (302, PAGE)
    assert traces() == [("service", "kitchen", "Reset the circuits: it is mended")]
    shown = page(operator)
    assert "The circuits of kitchen are closed within a second." in shown
    assert "Reset the circuits: it is mended" in shown
    assert "being reset" in shown
    assert 'name="reason"' not in shown


def test_each_process_calls_all_addresses_again_and_tells_so(
    calls: Calls, operator: Client
) -> None:
    resets = calls.resets()
    assert (resets.heed(), calls.state) == (frozenset(), "open")
    reset(operator)
    assert resets.heed() == {"kitchen"}
    assert calls.state == "closed"
    calls.teller().tell_news(also={"kitchen"})
    assert [row.state for row in outgoing_to("kitchen")] == ["closed"]
    assert BUTTON not in page(operator).replace("Reset the circuits: it is mended", "")


def test_a_wish_is_heeded_once_and_for_what_was_open_then(calls: Calls, operator: Client) -> None:
    resets = calls.resets()
    resets.heed()
    reset(operator)
    assert resets.heed() == {"kitchen"}
    calls.fail()
    assert (resets.heed(), resets.heed(), calls.state) == (frozenset(), frozenset(), "open")
    late = Calls()
    late.fail()
    assert (late.resets().heed(), late.state) == (frozenset(), "open")


def test_only_the_service_that_is_meant_is_begun_anew_with(calls: Calls, operator: Client) -> None:
    other = Calls("orders")
    other.fail()
    resets = other.resets()
    resets.heed()
    reset(operator)
    assert (resets.heed(), other.state) == (frozenset(), "open")


def test_while_no_address_is_left_out_nothing_is_read(
    kitchen: Engine, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert Calls().resets().heed() == frozenset()


def test_a_teller_tells_of_what_was_reset_though_nobody_called(calls: Calls) -> None:
    teller = calls.teller()
    teller.tell_news()
    calls.forget("kitchen")
    assert (teller.tell_news(), teller.tell_news(also={"kitchen"})) == (0, 1)


def test_only_those_who_may_see_the_button_and_press_it(
    calls: Calls, viewer: Client, nobody: Client
) -> None:
    assert BUTTON not in page(viewer)
    assert reset(viewer).status_code == 403
    assert reset(nobody).status_code == 403
    assert not CircuitReset.objects.exists()


def test_it_takes_post(calls: Calls, root: Client) -> None:
    assert root.get(RESET).status_code == 405


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_nothing_is_done_without_a_fit_reason(calls: Calls, root: Client, reason: str) -> None:
    assert reset(root, reason).status_code == 302
    assert "The reason " in page(root)
    assert not CircuitReset.objects.exists()
    assert traces() == []


def test_where_no_circuit_is_open_there_is_nothing_to_do(calls: Calls, root: Client) -> None:
    calls.forget("kitchen")
    calls.teller().tell_news()
    assert BUTTON not in page(root)
    reset(root)
    assert "Nothing to do: no circuit of kitchen is open." in page(root)
    assert traces() == []


def test_an_address_has_a_button_of_its_own(calls: Calls, operator: Client) -> None:
    assert f'name="url" value="{URL}"' in page(operator)
    assert reset(operator, url=URL).status_code == 302
    text = f"Reset the circuit of {URL}: it is mended"
    assert traces() == [("service", "kitchen", text)]
    shown = page(operator)
    assert f"The circuit of kitchen at {URL} is closed within a second." in shown
    assert text in shown and "being reset" in shown
    assert 'name="url"' not in shown


def test_of_two_addresses_only_the_one_that_is_meant_is_begun_anew_with(
    calls: Calls, operator: Client
) -> None:
    other = Calls(url=ELSEWHERE)
    other.fail()
    resets, others = calls.resets(), other.resets()
    assert (resets.heed(), others.heed()) == (frozenset(), frozenset())
    reset(operator, url=URL)
    assert (resets.heed(), calls.state) == ({"kitchen"}, "closed")
    assert (others.heed(), other.state) == (frozenset(), "open")
    reset(operator)
    assert (others.heed(), other.state) == ({"kitchen"}, "closed")


def test_an_address_that_nobody_calls_is_named(calls: Calls, root: Client) -> None:
    reset(root, url=ELSEWHERE)
    assert "has no address" in page(root)
    assert not CircuitReset.objects.exists()
    assert traces() == []


def test_a_wish_for_all_addresses_takes_the_place_of_those_for_one(
    calls: Calls, root: Client
) -> None:
    reset(root, url=URL)
    reset(root)
    assert [each.url for each in CircuitReset.objects.all()] == [""]
    reset(root, url=URL)
    assert {each.url for each in CircuitReset.objects.all()} == {"", URL}


def test_a_second_wish_takes_the_place_of_the_first(calls: Calls, root: Client) -> None:
    reset(root)
    CircuitReset.objects.update(asked_at=F("asked_at") - 100)
    before = CircuitReset.objects.get().asked_at
    assert circuits.reset("kitchen", reason="again", user_id=None)
    assert CircuitReset.objects.get().asked_at > before
