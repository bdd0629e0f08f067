"""Services of a plugin in a running hub, over everything that reaches operations."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from websockets.sync.client import connect

from tests.processes import ROOT, HubProcess, clean_environment
from tests.registry.shelves import write_plugin
from tests.web.signed_in import admin_token, call

pytestmark = pytest.mark.process

MODULES = {
    "apps": """
        from hub.sdk import PluginConfig

        class Depot(PluginConfig):
            version = "1.4"
        """,
    "services": """
        from dataclasses import dataclass
        from hub.sdk import (
            Caller, Component, allow_all, component, get, get_service, implementation, method,
            post, requires_scope, service,
        )

        @dataclass
        class Item:
            sku: str
            left: int = 0

        @service(access=allow_all)
        class Stock:
            \"\"\"What there is.\"\"\"

            @get("/items/{sku}")
            async def item(self, sku: str, left: int = 3) -> Item: ...

            @post()
            def ask(self, sku: str) -> int: ...

            @method(access=requires_scope("root"))
            @get()
            def secret(self) -> str: ...

        @implementation(Stock)
        class Shelves(Stock):
            async def item(self, sku: str, left: int = 3) -> Item:
                return Item(sku, left)

            def ask(self, sku: str) -> int:
                return len(get_service(Stock).secret())

            def secret(self) -> str:
                return "s3cret"

        @component(services=[Stock], version="2.0")
        class Hall(Component):
            \"\"\"Where it lies.\"\"\"

            def startup(self):
                print("hall starts", flush=True)

            async def shutdown(self):
                print("hall stops", flush=True)

            async def get_health(self):
                return None
        """,
    "api": """
        from ninja import Router
        from hub.sdk import RouteAccess, get_service
        from .services import Stock

        router = Router()

        @router.get("/mine", auth=RouteAccess())
        def mine(request) -> str:
            return get_service(Stock).secret()

        @router.get("/open", auth=None)
        def everyones(request) -> str:
            return get_service(Stock).secret()
        """,
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("depot")
    write_plugin(folder, "depot", MODULES)
    settings = {"HUB_ADMIN_PASSWORD": "correct horse", "HUB_STRICT": "true"}
    with HubProcess(folder, settings=settings) as running:
        yield running
        assert "hall starts" in running.output
        assert running.stop() == 0, running.output
        assert "hall stops" in running.output


def test_over_rest(hub: HubProcess) -> None:
    assert call(hub, "GET", "/api/depot/stock/items/A1?left=7") == (200, {"sku": "A1", "left": 7})
    status, problem = call(hub, "GET", "/api/depot/stock/items/A1?left=many")
    assert (status, problem["errors"][0]["field"]) == (422, "left")
    assert call(hub, "GET", "/api/depot/stock/secret")[0] == 401
    paths = call(hub, "GET", "/api/openapi.json")[1]["paths"]
    assert "/api/depot/stock/items/{sku}" in paths


def test_calls_within_are_those_of_the_caller(hub: HubProcess) -> None:
    token = admin_token(hub)
    assert call(hub, "POST", "/api/depot/stock/ask", {"sku": "A1"})[0] == 401
    assert call(hub, "POST", "/api/depot/stock/ask", {"sku": "A1"}, token=token) == (200, 6)
    assert call(hub, "GET", "/api/depot/mine", token=token) == (200, "s3cret")
    assert call(hub, "GET", "/api/depot/open")[0] == 401


def test_over_graphql(hub: HubProcess) -> None:
    query = '{ depot { stockItem(sku: "A1") { sku left } } }'
    _, body = call(hub, "POST", "/graphql", {"query": query})
    assert body == {"data": {"depot": {"stockItem": {"sku": "A1", "left": 3}}}}


def test_over_a_socket(hub: HubProcess) -> None:
    with connect(f"ws://127.0.0.1:{hub.port}/ws/call", open_timeout=20) as socket:
        arguments = {"sku": "A1"}
        socket.send(json.dumps({"id": 1, "operation": "depot.stock.item", "arguments": arguments}))
        assert json.loads(socket.recv(timeout=20))["result"] == {"sku": "A1", "left": 3}


def test_over_the_command_line(hub: HubProcess) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub", "run", "depot.stock.ask", "--sku", "A1"],
        cwd=hub.folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "6\n"), done.stderr


def test_the_registry_knows_them(hub: HubProcess) -> None:
    token = admin_token(hub)
    _, found = call(hub, "GET", "/api/registry/components/hall", token=token)
    assert (found["services"], found["version"], found["summary"]) == (
        ["stock"],
        "2.0",
        "Where it lies.",
    )
    _, found = call(hub, "GET", "/api/registry/operations?service=stock", token=token)
    assert [row["name"] for row in found["results"]] == [
        "depot.stock.ask",
        "depot.stock.item",
        "depot.stock.secret",
    ]
