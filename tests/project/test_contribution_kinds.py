"""One plugin with every small module, in a real hub: what it adds works, and stops when it is
switched off."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.processes import ROOT, HubProcess, clean_environment
from tests.web.signed_in import admin_token, call

pytestmark = pytest.mark.process

MODULES = {
    "apps": """
        from hub.sdk import PluginConfig

        class Corner(PluginConfig):
            version = "1.0"
        """,
    "middleware": """
        from hub.sdk import middleware

        @middleware()
        class Named:
            def __init__(self, app):
                self.app = app

            async def __call__(self, scope, receive, send):
                if scope["query_string"] == b"burn":
                    raise LookupError("s3cret")

                async def answer(message):
                    if message["type"] == "http.response.start":
                        message["headers"] = [*message["headers"], (b"x-corner", b"here")]
                    await send(message)

                await self.app(scope, receive, answer)
        """,
    "exceptions": """
        from hub.sdk import Conflict, exception_handler

        class SoldOut(Exception): ...

        @exception_handler(SoldOut)
        def sold_out(error):
            return Conflict("Nothing is left.", code="sold_out")
        """,
    "actions": """
        from hub.sdk import action, allow_all, get

        from .exceptions import SoldOut

        @action(get(), access=allow_all)
        def buy() -> str:
            raise SoldOut("s3cret")
        """,
    "api": """
        from ninja import Router

        from .exceptions import SoldOut

        router = Router()

        @router.get("/plain", auth=None)
        def plain(request):
            raise SoldOut("s3cret")

        @router.get("/async", auth=None)
        async def asynchronous(request):
            raise SoldOut("s3cret")
        """,
    "schema": """
        import graphene

        from .exceptions import SoldOut

        class Query(graphene.ObjectType):
            left = graphene.Int()

            def resolve_left(self, info):
                raise SoldOut("s3cret")
        """,
    "consumers": """
        from django.urls import path

        from hub.sdk import allow_all
        from hub.sdk.sockets import TextSocket

        from .exceptions import SoldOut

        class Till(TextSocket):
            access = allow_all

            async def receive(self, text_data):
                raise SoldOut("s3cret")

        routes = [path("till", Till.as_asgi())]
        """,
    "navigation": """
        from hub.sdk import MenuEntry

        navigation = [
            MenuEntry("Round the corner", link="/mounts/corner/site/", icon="explore",
                      badge=lambda request: 7),
            MenuEntry("Nowhere", link="admin:nothing_here"),
        ]
        """,
    "signals": """
        from pathlib import Path

        from hub.sdk import on_signal, signals

        @on_signal(signals.hub_started, signals.hub_stopping, signals.plugin_disabled,
                   signals.plugin_enabled)
        def note(event):
            with Path("heard.txt").open("a") as file:
                print(type(event).__name__, getattr(event, "label", ""), file=file)
        """,
    "mounts": """
        from hub.sdk import StaticMount, allow_all

        mounts = [
            StaticMount("/site", "site", html=True, access=allow_all),
            StaticMount("/corner-shop", "site", html=True, top=True),
        ]
        """,
    "cli": """
        from pathlib import Path

        def add_arguments(parser):
            parser.add_argument("--corner-file")
            parser.add_argument("--corner-fails", choices=["setup", "teardown"])

        def note(options, word):
            Path(options["corner_file"] or "cli.txt").open("a").write(word)
            if options["corner_fails"] == word:
                raise OSError(f"no {word}")

        def setup(options):
            note(options, "setup")

        def teardown(options):
            note(options, "teardown")
        """,
}


@pytest.fixture(scope="module")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the plugin."""
    folder = tmp_path_factory.mktemp("corner")
    package = folder / "plugins" / "corner"
    (package / "site").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "site" / "index.html").write_text("<h1>Corner</h1>")
    for name, source in MODULES.items():
        (package / f"{name}.py").write_text(dedent(source))
    return folder


@pytest.fixture(scope="module")
def hub(corner: Path) -> Iterator[HubProcess]:
    settings = {"HUB_ADMIN_PASSWORD": "correct horse"}
    with HubProcess(corner, "--corner-file", "around.txt", settings=settings) as running:
        yield running
        assert running.stop() == 0, running.output
    assert (corner / "around.txt").read_text() == "setupteardown"
    heard = (corner / "heard.txt").read_text().splitlines()
    assert [line.split()[0] for line in (heard[0], heard[-1])] == ["HubStarted", "HubStopping"]


def fetch(
    hub: HubProcess, path: str, headers: Mapping[str, str] | None = None
) -> tuple[int, Any, str]:
    try:
        with urlopen(Request(hub.url + path, headers=dict(headers or {})), timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def close_reason(hub: HubProcess) -> tuple[int, str]:
    with connect(f"ws://127.0.0.1:{hub.port}/ws/corner/till", open_timeout=20) as socket:
        socket.send("one soup")
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(timeout=20)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


def test_middleware_stands_before_rest_and_graphql_only(hub: HubProcess) -> None:
    for path in ("/api/greeter/say-hello?name=A", "/api/nothing", "/graphql?query={__typename}"):
        assert fetch(hub, path)[1]["x-corner"] == "here", path
    for path in ("/livez", "/admin/login/", "/pages/greeter/hello/A", "/mounts/corner/site/"):
        assert fetch(hub, path)[1]["x-corner"] is None, path


def test_middleware_that_burns_is_a_problem_with_its_request(hub: HubProcess) -> None:
    status, headers, body = fetch(hub, "/api/greeter/say-hello?burn", {"X-Request-ID": "r-77"})
    assert (status, headers["x-request-id"]) == (500, "r-77")
    assert json.loads(body)["code"] == "internal_error"
    assert "s3cret" not in body
    hub.wait_for("of the plugin 'corner' failed on /api/greeter/say-hello (request r-77)")


@pytest.mark.parametrize("path", ["buy", "plain", "async"])
def test_an_exception_means_what_its_handler_says_over_rest(hub: HubProcess, path: str) -> None:
    status, body = call(hub, "GET", f"/api/corner/{path}")
    assert (status, body["code"], body["detail"]) == (409, "sold_out", "Nothing is left.")


def test_and_over_graphql_and_websocket(hub: HubProcess) -> None:
    query = "{ own: corner { one: buy two: left } }"
    _, body = call(hub, "POST", "/graphql", {"query": query})
    codes = {".".join(error["path"]): error["extensions"]["code"] for error in body["errors"]}
    assert codes == {"own.one": "sold_out", "own.two": "sold_out"}
    assert close_reason(hub) == (4409, "sold_out: Nothing is left.")


def test_the_folder_is_served_and_guarded(hub: HubProcess) -> None:
    assert fetch(hub, "/mounts/corner/site")[2] == "<h1>Corner</h1>"
    assert fetch(hub, "/corner-shop/")[0] == 401
    token = {"Authorization": f"Bearer {admin_token(hub)}"}
    status, headers, body = fetch(hub, "/corner-shop/", token)
    assert (status, body) == (200, "<h1>Corner</h1>")
    assert headers["cache-control"] == "no-cache, private"
    assert headers["x-frame-options"] == "DENY"
    assert fetch(hub, "/corner-shop2/", token)[0] == 404
    assert fetch(hub, "/corner-shop/%2e%2e/apps.py", token)[0] == 404


def test_the_wrong_menu_entry_is_its_failure_and_all_else_is_listed(hub: HubProcess) -> None:
    path = "/api/registry/plugins/corner"
    _, row = call(hub, "GET", path, token=admin_token(hub))
    (failure,) = row["failures"]
    assert "the menu entry 'Nowhere' links to 'admin:nothing_here'" in failure["message"]
    assert row["state"] == "degraded"
    kinds = {entry["kind"] for entry in row["contributions"]}
    assert kinds >= {
        *("middleware", "exception_handler", "navigation", "receiver", "static_mount", "serve")
    }


def test_switched_off_all_of_it_stops_at_once(hub: HubProcess) -> None:
    token = admin_token(hub)
    path = "/api/registry/plugins/corner"
    assert call(hub, "PATCH", path, {"enabled": False}, token=token)[0] == 200
    try:
        assert fetch(hub, "/api/greeter/say-hello?name=A")[1]["x-corner"] is None
        assert fetch(hub, "/mounts/corner/site/")[0] == 404
        assert fetch(hub, "/corner-shop/", {"Authorization": f"Bearer {token}"})[0] == 404
    finally:
        assert call(hub, "PATCH", path, {"enabled": True}, token=token)[0] == 200
    assert fetch(hub, "/api/greeter/say-hello?name=A")[1]["x-corner"] == "here"
    assert fetch(hub, "/mounts/corner/site/")[0] == 200
    heard = (hub.folder / "heard.txt").read_text()
    assert "PluginEnabled corner" in heard
    assert "PluginDisabled" not in heard  # it was off by then


def serve(corner: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", "serve", "--port", "0", *options],
        cwd=corner,
        env=clean_environment(PYTHONPATH=str(ROOT), HUB_DATA_DIR="var-of-its-own"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_setup_that_fails_stops_the_start(corner: Path) -> None:
    done = serve(corner, "--corner-fails", "setup")
    assert done.returncode == 1
    assert "The setup of the plugin 'corner' failed: OSError: no setup" in done.stderr
    assert (corner / "cli.txt").read_text() == "setup"


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_a_teardown_that_fails_is_told_by_the_exit_code(corner: Path, server: str) -> None:
    settings = {"HUB_DATA_DIR": f"var-{server}"}
    options = ("--corner-fails", "teardown", "--server", server, "--corner-file", server)
    with HubProcess(corner, *options, settings=settings) as running:
        assert running.stop() == 1, running.output
    assert "The teardown of the plugin 'corner' failed." in running.output
    assert (corner / server).read_text() == "setupteardown"


def test_the_help_shows_the_options_below_the_plugin(corner: Path) -> None:
    done = serve(corner, "--help")
    assert "options of the plugin corner:\n  --corner-file" in done.stdout
