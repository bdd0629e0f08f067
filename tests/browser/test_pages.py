"""Every page loads from the hub alone and without complaints of the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

ADMIN = [
    "/admin/",
    "/admin/registry/plugin/",
    "/admin/registry/plugin/greeter/change/",
    "/admin/registry/plugin/flags/change/",
    "/admin/registry/operation/",
    "/admin/registry/operation/flags.evaluate/change/",
    "/admin/registry/service/",
    "/admin/registry/component/",
    "/admin/auth/user/",
    "/admin/auth/user/1/change/",
    "/admin/auth/group/",
    "/admin/security/apitoken/",
    "/admin/security/apitoken/add/",
    "/admin/security/scopegrant/",
    "/admin/flags/flag/",
    "/admin/flags/flag/add/",
    "/admin/flags/environment/",
    "/admin/flags/segment/",
    "/admin/flags/segment/add/",
    "/admin/flags/change/",
    "/admin/password_change/",
]


def test_pages_of_the_admin(page: Page) -> None:
    for path in ADMIN:
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        page.wait_for_load_state("networkidle")


def test_swagger_shows_the_operations(visitor: Page) -> None:
    visitor.goto("/api/docs")
    visitor.locator("#operations-greeter-greeter_say_hello").wait_for()
    visitor.wait_for_load_state("networkidle")


def test_redoc_shows_the_operations(visitor: Page) -> None:
    visitor.goto("/api/redoc")
    visitor.get_by_role("heading", name="Greet someone by name.").wait_for()
    visitor.wait_for_load_state("networkidle")


@pytest.mark.parametrize("operation", ["flags-flags_evaluate"])
def test_swagger_tries_an_operation_with_the_admins_session(page: Page, operation: str) -> None:
    page.goto("/api/docs")
    page.locator(f"#operations-{operation} button").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(f"#operations-{operation} .live-responses-table")
    answer.wait_for()
    assert '"reason": "DEFAULT"' in answer.inner_text()
