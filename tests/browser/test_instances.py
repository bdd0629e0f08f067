"""An operator looks at an instance, steers it and calls a method on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def enter(page: Page, id: str) -> None:
    page.goto("/admin/registry/instance/add/")
    page.locator("[name=id]").fill(id)
    page.locator("[name=component]").fill("billing")
    page.locator("[name=services]").fill("invoices")
    page.locator("[name=addresses]").fill("dispatch-json http://127.0.0.1:9/rpc")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/change/")


def test_an_instance_is_entered_drained_restored_and_evicted(page: Page) -> None:
    enter(page, "billing-1")
    page.locator("[name=reason]").fill("update to 2.0")
    page.get_by_role("button", name="Drain").click()
    page.get_by_text("billing-1 drains").wait_for()
    assert page.locator(".hub-head__title .hub-badge").inner_text() == "DRAINING"
    page.locator("[name=reason]").fill("updated")
    page.get_by_role("button", name="Restore").click()
    page.get_by_text("billing-1 is restored").wait_for()
    assert page.locator(".hub-head__title .hub-badge").inner_text() == "UP"
    page.locator("[name=reason]").fill("gone")
    page.get_by_role("button", name="Evict").click()
    page.get_by_text("Evict billing-1?").wait_for()
    page.get_by_role("button", name="Evict", exact=True).click()
    page.wait_for_url("**/admin/registry/instance/")
    assert page.get_by_text("billing-1 is evicted").count()
    assert page.locator("#result_list").get_by_text("billing-1").count() == 0


def test_two_are_chosen_in_the_list_and_taken_out(page: Page) -> None:
    enter(page, "billing-2")
    enter(page, "billing-3")
    page.goto("/admin/registry/instance/?component=billing")
    for id in ("billing-2", "billing-3"):
        page.locator(f"#result_list input[type=checkbox][value='{id}']").check()
    page.locator("select[name=action]").select_option("take_out_chosen")
    page.get_by_role("button", name="Run").click()
    page.locator("[name=reason]").fill("disk full")
    page.get_by_role("button", name="Take out of service").click()
    page.get_by_text("Each of 2 instances is out of service").wait_for()
    assert page.locator("#result_list").get_by_text("OUT_OF_SERVICE").count() == 2


def test_a_method_is_called_on_the_hubs_own_instance(page: Page) -> None:
    page.goto("/admin/registry/service/inventory/change/")
    page.locator("a[href*='/admin/registry/instance/'][href$='/change/']").first.click()
    page.locator("#hub-method").select_option("inventory.items")
    page.get_by_role("button", name="Show its form").click()
    page.wait_for_url("**call=inventory.items**")
    page.locator("#hub-channel").select_option("dispatch-json")
    page.get_by_role("button", name="Call", exact=True).click()
    page.locator("#hub-result").wait_for()
    assert '"sku"' in page.locator("#hub-result").inner_text()
