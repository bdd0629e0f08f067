"""A change of a flag is seen at once by everybody who looks at the list of flags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.processes import HubProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LISTENING = "() => document.documentElement.dataset.flagsLive"


@pytest.fixture
def colleague(browser: Browser, hub: HubProcess) -> Iterator[Page]:
    """The page of a second browser, with cookies of its own."""
    context = browser.new_context(base_url=hub.url, viewport={"width": 1600, "height": 1200})
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/admin/")
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
    yield page
    context.close()


def badge(page: Page, text: str) -> None:
    page.locator("[data-flag-states='pushed']").get_by_text(text, exact=True).wait_for()


def test_two_browsers_see_a_flag_change_pushed_live(page: Page, colleague: Page) -> None:
    page.goto("/admin/flags/flag/add/")
    page.locator("[name=key]").fill("pushed")
    page.locator("[name=_save]").click()
    page.wait_for_url("**/admin/flags/flag/*/change/")

    colleague.goto("/admin/flags/flag/")
    badge(colleague, "production: off")
    colleague.wait_for_function(LISTENING)
    watching = page.context.new_page()
    watching.goto("/admin/flags/flag/")
    badge(watching, "production: off")
    watching.wait_for_function(LISTENING)

    page.get_by_role("button", name="Turn on").click()
    badge(colleague, "production: on")
    badge(watching, "production: on")
    page.get_by_role("button", name="Turn off").click()
    badge(colleague, "production: off")
    badge(watching, "production: off")
