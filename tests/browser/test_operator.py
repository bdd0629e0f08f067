"""What an operator does in the admin, and what programs see of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.processes import HubProcess
from tests.web.signed_in import call

if TYPE_CHECKING:
    from playwright.sync_api import Page

HELLO = "/api/greeter/say-hello?name=World"


def text_of(page: Page) -> str:
    return page.locator("body").inner_text()


def make_token(page: Page, name: str, scopes: str) -> str:
    page.goto("/admin/security/apitoken/add/")
    page.locator("select[name=user]").select_option(label="admin")
    page.locator("[name=name]").fill(name)
    page.locator("[name=scopes]").fill(scopes)
    page.locator("[name=_save]").click()
    page.get_by_text("the only time it is shown").wait_for()
    found = re.search(r"hub_[0-9a-f]{8}_[0-9a-f]{64}", page.content())
    assert found
    return found[0]


def test_an_operator_signs_in_and_sees_the_plugins(page: Page) -> None:
    page.get_by_role("link", name="Plugins").first.click()
    page.wait_for_url("**/admin/registry/plugin/")
    for plugin in ("greeter", "flags", "registry", "security"):
        assert plugin in text_of(page)


def test_a_wrong_password_lets_nobody_in(visitor: Page) -> None:
    visitor.goto("/admin/")
    visitor.locator("[name=username]").fill("admin")
    visitor.locator("[name=password]").fill("wrong horse")
    visitor.get_by_role("button", name="Log in").click()
    visitor.get_by_text("Please enter the correct").wait_for()
    assert "/admin/login/" in visitor.url


def test_a_plugin_is_switched_off_and_on_and_rest_follows(page: Page, hub: HubProcess) -> None:
    page.goto("/admin/registry/plugin/greeter/change/")
    page.get_by_role("button", name="Switch off").click()
    _confirm(page)
    page.get_by_role("button", name="Switch on").wait_for()
    status, problem = call(hub, "GET", HELLO)
    assert (status, problem["code"]) == (503, "plugin_off")
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("button", name="Switch off").wait_for()
    assert call(hub, "GET", HELLO) == (200, "Hello World!")


def _confirm(page: Page) -> None:
    """Switching off may ask whether one is sure."""
    sure = page.locator("main, #content").get_by_role("button", name="Switch off")
    on = page.get_by_role("button", name="Switch on")
    sure.or_(on).first.wait_for()
    if not on.is_visible() and "/greeter/change/" not in page.url:
        sure.first.click()


def test_an_operation_is_tried_from_its_form(page: Page) -> None:
    page.goto("/admin/registry/operation/greeter.say_hello/change/")
    page.locator("[name=value-name]").fill("Ann")
    page.get_by_role("button", name="Run").click()
    page.locator("#hub-result").wait_for()
    assert "Hello Ann!" in page.locator("#hub-result").inner_text()


def test_a_wrong_value_is_shown_at_its_field(page: Page) -> None:
    page.goto("/admin/registry/operation/greeter.number_stats/change/")
    page.locator("[name=value-value]").fill("9" * 25)
    page.get_by_role("button", name="Run").click()
    error = page.locator(".hub-field__error").first
    error.wait_for()
    assert "less than or equal" in error.inner_text()
    assert page.locator("[name=value-value]").input_value() == "9" * 25
    assert page.locator("#hub-result").count() == 0


def test_a_flag_with_a_rule_is_made_tried_and_evaluated(page: Page, hub: HubProcess) -> None:
    page.goto("/admin/flags/flag/add/")
    page.locator("[name=key]").fill("new-checkout")
    page.locator("[name=name]").fill("New checkout")
    page.locator("[name=_save]").click()
    page.wait_for_url("**/admin/flags/flag/*/change/")
    flag = page.url
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("button", name="Turn off").wait_for()

    page.goto(flag)
    page.locator("a[href='#states']").click()
    page.locator("[name=states-0-default_variant]").select_option(index=2)
    page.locator("a[href='#rules']").click()
    page.get_by_text("Add another Rule").click()
    page.locator("[name=rules-0-name]").fill("Germans")
    chosen = page.locator("[name=rules-0-environment] option:checked")
    assert chosen.inner_text() == "production"  # the only one
    page.get_by_role("button", name="+ Add condition").click()
    page.locator(".flags-attribute:visible").fill("country")
    page.locator(".flags-operator:visible").select_option("equals")
    page.locator(".flags-values:visible").fill("DE")
    page.locator("[name=rules-0-variant]").select_option(index=1)
    page.locator("[name=_continue]").click()
    page.get_by_text("was changed successfully").wait_for()

    page.goto(flag.replace("/change/", "/try/"))
    page.locator("textarea").first.fill('{"targetingKey": "user-1", "country": "DE"}')
    page.get_by_role("button", name="Evaluate").click()
    page.locator("#flags-value").wait_for()
    assert page.locator("#flags-variant").inner_text() == "on"
    assert "Germans" in text_of(page)

    token = make_token(page, "a program", "flags:evaluate")
    assert evaluated(hub, token, "DE") == ("on", True, "TARGETING_MATCH")
    assert evaluated(hub, token, "FR")[:2] == ("off", False)


def evaluated(hub: HubProcess, token: str, country: str) -> tuple[Any, Any, Any]:
    path = "/api/flags/ofrep/v1/evaluate/flags/new-checkout"
    context = {"context": {"targetingKey": "user-1", "country": country}}
    status, body = call(hub, "POST", path, context, token=token)
    assert status == 200, body
    return body["variant"], body["value"], body["reason"]


def test_a_token_is_shown_once_works_and_ends_with_its_revocation(
    page: Page, hub: HubProcess
) -> None:
    token = make_token(page, "who", "flags:evaluate")
    status, who = call(hub, "GET", "/api/greeter/who-am-i", token=token)
    assert (status, who["kind"], who["scopes"]) == (200, "token", ["flags:evaluate"])
    assert call(hub, "GET", "/api/greeter/only-for-root", token=token)[0] == 403
    page.goto("/admin/security/apitoken/")
    assert token not in page.content()
    assert token.rpartition("_")[2] not in page.content()
