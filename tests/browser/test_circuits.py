"""An operator sees that processes of the hub leave an instance out, and has them call it again."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bells import BELLS
from tests.faults.landscape import wait_for
from tests.processes import HubProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page

MODULES = BELLS | {
    "actions": """
from hub.sdk import action, allow_all, get, get_service
from .services import Bells

@action(get(), access=allow_all)
def ring() -> None:
    get_service(Bells).ring()
""",
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder: Path = tmp_path_factory.mktemp("circuits")
    package = folder / "towers" / "ringing"
    package.mkdir(parents=True)
    for name, text in MODULES.items():
        (package / f"{name}.py").write_text(text)
    settings = {"HUB_PLUGIN_DIRS": str(package.parent), "HUB_ADMIN_PASSWORD": "correct horse"}
    with HubProcess(folder, "--workers", "2", settings=settings) as hub:
        yield hub


def enter(page: Page, id: str, port: int) -> None:
    page.goto("/admin/registry/instance/add/")
    page.locator("[name=id]").fill(id)
    page.locator("[name=component]").fill("tower")
    page.locator("[name=services]").fill("bells")
    page.locator("[name=addresses]").fill(f"dispatch-json http://127.0.0.1:{port}/rpc")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/change/")


def ring(hub: HubProcess) -> None:
    """It fails, in one of the processes."""
    try:
        urllib.request.urlopen(f"{hub.url}/api/ringing/ring", timeout=30).close()
    except urllib.error.HTTPError as error:
        error.close()


def test_open_circuits_of_two_processes_are_reset(page: Page, hub: HubProcess) -> None:
    enter(page, "tower-1", 9)
    enter(page, "tower-2", 10)
    circuits = page.locator("table.hub-table", has=page.get_by_text("Circuit", exact=True))
    rows = circuits.locator("tbody tr")

    def states() -> list[str]:
        page.goto("/admin/registry/service/bells/change/")
        return circuits.locator(".hub-badge").all_inner_texts() if circuits.count() else []

    def are_open_in_two_processes() -> bool:
        for _ in range(20):
            ring(hub)
        return states().count("open") == 2

    wait_for(are_open_in_two_processes)
    row = rows.filter(has_text="open").first
    url = row.get_by_text("http://127.0.0.1").inner_text()
    its_own = row.get_by_role("button", name=f"Reset the circuit of {url}")
    its_own.click()
    assert page.locator("[name=reason]:invalid").count() == 1, "nothing is sent without a reason"
    others = rows.filter(has_text="open").filter(has_not_text=url).count()
    page.locator("[name=reason]").fill("this tower is back")
    its_own.click()
    page.get_by_text(f"The circuit of bells at {url} is closed within a second.").wait_for()
    wait_for(lambda: states().count("closed") == 4 - others)

    wait_for(are_open_in_two_processes)
    page.locator("[name=reason]").fill("the towers are back")
    page.locator("[name=reason]").press("Enter")
    page.get_by_text("The circuits of bells are closed within a second.").wait_for()
    wait_for(lambda: states() == ["closed"] * 4)
    assert page.get_by_role("button", name="Reset").count() == 0
    assert page.get_by_text("Reset the circuits: the towers are back").count() == 1
    assert page.get_by_text(f"Reset the circuit of {url}: this tower is back").count() == 1
