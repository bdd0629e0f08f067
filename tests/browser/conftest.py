"""A real browser in front of a real hub. Plain sync tests only: Playwright's loop is running."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import HubProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = ""
    if not CHROMIUM.exists():
        reason = f"no {CHROMIUM} (Debian: apt install chromium)"
    elif find_spec("playwright") is None:
        reason = "playwright is not installed"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub that these tests alone switch and fill."""
    folder = tmp_path_factory.mktemp("browsed")
    with HubProcess(folder, settings={"HUB_ADMIN_PASSWORD": "correct horse"}) as hub:
        yield hub


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the whole session: while it runs, asyncio's own tests can't.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def visitor(browser: Browser, hub: HubProcess) -> Iterator[Page]:
    """A page of somebody unknown. In the end: nothing came from another host than the hub, and
    the browser had nothing to complain about."""
    context = browser.new_context(base_url=hub.url, viewport={"width": 1600, "height": 1200})
    page = context.new_page()
    page.set_default_timeout(15_000)
    foreign: list[str] = []
    complaints: list[str] = []

    def note_request(request: object) -> None:
        url = str(request.url)  # type: ignore[attr-defined]
        if not url.startswith((f"{hub.url}/", "data:", "blob:")):
            foreign.append(url)

    page.on("request", note_request)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield page
    context.close()
    assert not foreign
    assert not complaints


@pytest.fixture
def page(visitor: Page) -> Page:
    """A page of the signed-in superuser, at the start page of the admin."""
    visitor.goto("/admin/")
    visitor.locator("[name=username]").fill("admin")
    visitor.locator("[name=password]").fill("correct horse")
    visitor.get_by_role("button", name="Log in").click()
    visitor.wait_for_url("**/admin/")
    return visitor
