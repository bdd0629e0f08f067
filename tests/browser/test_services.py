"""An operator looks at a service that no plugin declares: in the list, and on a narrow screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.test_instances import enter

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

NARROW = 390  # pixels


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def width(part: Locator) -> float:
    return float(part.evaluate("part => part.getBoundingClientRect().width"))


def test_a_service_that_only_an_instance_knows_is_found_by_filter_and_opened(page: Page) -> None:
    enter(page, "ledger-1")
    page.goto("/admin/registry/service/?known=registered")
    row = page.locator("#result_list tr", has_text="invoices")
    assert row.locator(".hub-badge").first.inner_text() == "registered"
    row.get_by_role("link").first.click()
    page.wait_for_url("**/admin/registry/service/invoices/change/**")
    assert page.locator(".hub-head__title .hub-badge").inner_text() == "registered"
    page.get_by_role("link", name="ledger-1").click()
    page.wait_for_url("**/admin/registry/instance/ledger-1/change/")
    page.get_by_role("link", name="invoices").click()
    page.wait_for_url("**/admin/registry/service/invoices/change/")


def test_its_instances_are_cards_on_a_narrow_screen(page: Page) -> None:
    enter(page, "ledger-2-with-a-long-name.department.example.com")
    page.set_viewport_size({"width": NARROW, "height": 844})
    page.goto("/admin/registry/service/invoices/change/")
    assert width_of(page) == NARROW
    table = page.locator(".hub-stacked").first
    title = page.locator(".hub-panel__title", has_text="Instances")
    assert width(table) <= width(title)  # it does not run into the panel's padding
    assert not table.locator("thead").is_visible()
    labels = table.locator("td[data-label]").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    assert '"Addresses"' in labels


def test_where_programs_follow_it_answers_the_operator(page: Page) -> None:
    enter(page, "ledger-3")
    page.goto("/admin/registry/service/invoices/change/")
    for name in ("instances", "changes"):
        address = page.get_by_role("link", name=name, exact=True).get_attribute("href")
        answer = page.request.get(str(address))
        assert "ledger-3" in [each["id"] for each in answer.json()["instances"]]
