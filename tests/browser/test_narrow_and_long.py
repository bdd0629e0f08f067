"""Lists and documents stay readable on a telephone, and with names that are too long for a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_operator import make_token
from tests.processes import HubProcess
from tests.web.signed_in import call

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}

CUT_OFF = """() => [...document.querySelectorAll("#result_list tbody > tr > *")]
    .filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.innerText)"""
HIDDEN = """() => {
    const box = document.querySelector("#result_list").parentElement;
    return box.scrollWidth - box.clientWidth;
}"""
TALL_LABELS = """() => {
    const tall = (cell) => {
        const { display, height, lineHeight } = getComputedStyle(cell, "::before");
        return display !== "none" && parseFloat(height) > 1.9 * parseFloat(lineHeight);
    };
    const cells = [...document.querySelectorAll("#result_list tbody > tr > *")];
    return cells.filter(tall).map((cell) => cell.dataset.label);
}"""
SCROLLED = """() => [...document.querySelectorAll(".hub-panel")]
    .filter(panel => panel.scrollWidth > panel.clientWidth + 1)
    .map(panel => panel.querySelector("h2").innerText)"""
WIDTH = "() => document.documentElement.scrollWidth"


def register(hub: HubProcess, token: str) -> None:
    body = {
        "id": "i" * 120,
        "component": "c" * 120,
        "services": ["s" * 90, "t" * 90],
        "addresses": {"dispatch-json": "http://127.0.0.1:9/rpc"},
    }
    status, told = call(hub, "POST", "/api/registry/instances", body, token=token)
    assert status == 201, told


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_long_names_are_broken_and_not_cut_off(page: Page, hub: HubProcess, size: Any) -> None:
    token = make_token(page, "long names", "registry:write")
    register(hub, token)
    page.set_viewport_size(size)
    page.goto("/admin/registry/instance/")
    page.get_by_text("i" * 120).first.wait_for()
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(HIDDEN) < 10  # borders, and parts of a pixel of each column
    assert page.evaluate(TALL_LABELS) == []
    assert page.evaluate(WIDTH) <= size["width"]


def test_a_flag_with_a_long_name_is_broken_too(page: Page) -> None:
    page.goto("/admin/flags/flag/add/")
    page.locator("[name=key]").fill("k" * 90)
    page.locator("[name=description]").fill("d" * 150)
    page.locator("[name=_save]").click()
    page.goto("/admin/flags/flag/")
    page.get_by_text("k" * 90).first.wait_for()
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("plugin/warehouse", {"Reached at", "Access", "State"}),
        ("service/inventory", {"Reached at", "Access", "State", "Type", "Required", "Limits"}),
        ("operation/warehouse.inventory.item", {"Type", "Required", "Limits"}),
    ],
)
def test_operations_and_parameters_are_cards_on_a_telephone(
    page: Page, path: str, labels: set[str]
) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"/admin/registry/{path}/change/")
    assert page.evaluate(SCROLLED) == []
    seen = page.locator(".hub-stacked td[data-label]:visible").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content.slice(1, -1))"
    )
    assert set(seen) >= labels
    assert page.locator(".hub-stacked td:visible", has_not_text=re.compile(r"\S")).count() == 0


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc", "/graphql"])
def test_documents_fit_a_telephone(visitor: Page, path: str) -> None:
    visitor.set_viewport_size(PHONE)  # type: ignore[arg-type]
    visitor.goto(path)
    visitor.get_by_role("link", name="Sign in").first.wait_for()
    assert visitor.evaluate("() => document.querySelector('.hub-bar').scrollWidth") <= 390
