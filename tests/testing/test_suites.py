"""The kit in another project: pytest started in a folder with a plugin and its tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.testing.stock import STOCK
from tests.testing.suites import run_pytest, write

pytestmark = pytest.mark.process

CONTRACT = "plugins/stock/tests/test_contract.py::test_contract"
TRANSPORTS = ("call", "rest", "graphql", "websocket", "command")
SERVER = "plugins/stock/tests/test_kit.py::test_server"


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin whose contract was written by a run of its tests."""
    folder = tmp_path_factory.mktemp("stock")
    write(folder, STOCK)
    done = run_pytest(
        folder,
        *(CONTRACT, "plugins/stock/actions.py", "-o", "hub_examples=stock", "-v"),
        HUB_ONLY_PLUGINS="stock",
        HUB_WRITE_SNAPSHOTS="1",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for transport in TRANSPORTS:
        assert f"plugins/stock/actions.py::count_bags-two_bags-{transport} PASSED" in done.stdout
    kept = json.loads((folder / "plugins/stock/tests/contract.json").read_text())
    assert "operation stock.shelf" in kept
    return folder


@pytest.mark.soak
def test_two_processes_run_all_tests_side_by_side(stock: Path, tmp_path: Path) -> None:
    done = run_pytest(
        stock,
        *("-n", "2", "--dist", "each", "-v"),
        HUB_ONLY_PLUGINS="stock",
        TOLD=str(tmp_path),
        REDIS_URL="",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    places = [json.loads((tmp_path / name).read_text()) for name in ("gw0", "gw1")]
    for what in ("data", "database"):
        assert len({place[what] for place in places}) == 2, places
    assert not any(Path(place["data"]).exists() for place in places)
    for transport in TRANSPORTS:
        assert f"test_contract.py::test_examples[shelf-a_shelf-{transport}]" in done.stdout
    for absent in ("inside-inside-rest", "inside-inside-graphql", "no_one"):
        assert absent not in done.stdout


@pytest.mark.soak
def test_changes_of_the_contract_are_told(stock: Path, tmp_path: Path) -> None:
    files = {
        path.relative_to(stock).as_posix(): path.read_text()
        for path in stock.rglob("*")
        if path.suffix in (".py", ".json")
    }
    actions = files["plugins/stock/actions.py"]
    files["plugins/stock/actions.py"] = actions.replace("count_bags", "count_all").replace(
        "row: int, name", "row: int, level: str, name"
    )
    files["plugins/stock/runtime.py"] = CLOSED
    write(tmp_path, files)
    done = run_pytest(tmp_path, CONTRACT, HUB_ONLY_PLUGINS="stock")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "snapshot: added: operation stock.count_all" in done.stdout
    assert "snapshot: removed: operation stock.count_bags" in done.stdout
    assert "operation stock.shelf: parameter 'level' is new and required" in done.stdout
    assert "the change breaks callers" in done.stdout
    assert "examples: the hub does not start with it:" in done.stdout
    assert "RuntimeError: closed for today" in done.stdout


CLOSED = """
    async def lifespan():
        raise RuntimeError("closed for today")
        yield
    """


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, {**STOCK, **FAULTY})
    done = run_pytest(tmp_path, CONTRACT, SERVER, HUB_ONLY_PLUGINS="stock")
    assert done.returncode == 1, done.stdout + done.stderr
    told = done.stdout
    for fault in (
        "breaks its contract, 9 faults:",
        "manifest: the manifest has no version.",
        "docs: stock.half has no description: write a docstring.",
        "docs: the setting 'unit' has no description.",
        "snapshot: there is no contract.json in",
        "migrations: models have changes without a migration: makemigrations stock",
        "migrations: they can't be undone:",
        "examples: half-three-call: stock.half, 'three', by call: 1.0, not 1.5",
    ):
        assert fault in told, fault
    assert "Log of the hub at http://127.0.0.1:" in told
    assert "a word of the hub" in told


def test_examples_of_a_plugin_that_is_not_there(tmp_path: Path) -> None:
    tests = {
        "test_it.py": """
        from hub.testing import example_tests

        test_examples = example_tests("stok")
        """
    }
    write(tmp_path, tests)
    done = run_pytest(tmp_path, "--hub-examples", "gone", HUB_ONLY_PLUGINS="greeter")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "There is no plugin 'gone'; there are: " in done.stdout
    done = run_pytest(tmp_path, "test_it.py", HUB_ONLY_PLUGINS="greeter")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "There is no plugin 'stok'; there are: " in done.stdout
    assert "Traceback" not in done.stdout


FAULTY = {
    "plugins/stock/apps.py": """
        from hub.sdk import PluginConfig

        class Stock(PluginConfig):
            summary = "What there is on the shelves."
            requires_hub = ">=0.1"
        """,
    "plugins/stock/config.py": """
        from hub.sdk import PluginSettings

        class Settings(PluginSettings):
            unit: str = "pieces"
        """,
    "plugins/stock/actions.py": """
        from hub.sdk import Example, action, allow_all

        @action(access=allow_all, examples=[Example("three", {"n": 3}, result=1.5)])
        def half(n: int) -> float:
            return n // 2
        """,
    "plugins/stock/runtime.py": """
        import logging
        from contextlib import asynccontextmanager

        @asynccontextmanager
        async def lifespan():
            logging.getLogger("stock").warning("a word of the hub")
            yield
        """,
    "plugins/stock/models.py": """
        from django.db import models

        class Item(models.Model):
            sku = models.CharField(max_length=30)
        """,
    "plugins/stock/migrations/0002_names.py": """
        from django.db import migrations

        class Migration(migrations.Migration):
            dependencies = [("stock", "0001_initial")]
            operations = [migrations.RunPython(lambda apps, editor: None)]
        """,
    "plugins/stock/tests/test_kit.py": """
        def test_server(hub_server):
            assert hub_server().url == ""
        """,
}
