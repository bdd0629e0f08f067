"""An operator changes a plugin's settings; programs follow; the change is rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.processes import HubProcess
from tests.web.signed_in import call

if TYPE_CHECKING:
    from playwright.sync_api import Page

HELLO = "/api/greeter/say-hello?name=World"


def test_settings_are_changed_refused_and_rolled_back(page: Page, hub: HubProcess) -> None:
    page.goto("/admin/registry/plugin/greeter/change/")
    page.get_by_role("link", name="Settings", exact=False).first.click()
    page.wait_for_url("**/greeter/settings/")
    page.locator("[name=value-greeting]").fill("Good morning")
    page.locator("[name=value-mark]").select_option(label=".")
    page.get_by_role("button", name="Save settings").click()
    page.get_by_text("Changed: greeting, mark.").wait_for()
    assert call(hub, "GET", HELLO) == (200, "Good morning World.")

    page.locator("[name=value-greeting]").fill("x" * 51)
    page.locator("[name=value-greeting]").evaluate("element => element.form.noValidate = true")
    with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        page.get_by_role("button", name="Save settings").click()
    assert refused.value.status == 200
    assert "at most 50 characters" in page.locator(".hub-field__error").inner_text()
    assert page.locator("[name=value-greeting]").input_value() == "x" * 51

    page.goto("/admin/registry/plugin/greeter/settings/")
    page.get_by_role("button", name="Reset").first.click()
    page.get_by_text("Changed: greeting.").wait_for()
    assert call(hub, "GET", HELLO) == (200, "Hello World.")
    page.get_by_role("button", name="Roll back").last.click()
    page.get_by_text("Rolled back to before change").first.wait_for()
    assert call(hub, "GET", HELLO) == (200, "Hello World!")
