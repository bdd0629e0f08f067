"""One declared action gives the same answer on every way to it: the table of greeter's README."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest
import websockets

from tests.processes import HubProcess, answer

pytestmark = pytest.mark.process

PASSWORD = "correct-horse-1"
GREETING = "Hello World!"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("hub")
    with HubProcess(folder, settings={"HUB_ADMIN_PASSWORD": PASSWORD}) as running:
        yield running


@pytest.fixture(scope="module")
def admin(hub: HubProcess) -> Admin:
    return Admin(hub.url)


class Admin:
    """A browser without a window: cookies, and forms with their CSRF token."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookies = CookieJar()
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(self._cookies))
        login = "/admin/login/?next=/admin/"
        self.page(login)
        self.post(login, username="admin", password=PASSWORD)

    def page(self, path: str) -> str:
        with self._opener.open(self._url + path, timeout=20) as response:
            return str(response.read().decode())

    def post(self, path: str, **fields: str) -> str:
        token = next(cookie.value for cookie in self._cookies if cookie.name == "csrftoken")
        body = urlencode({"csrfmiddlewaretoken": token or "", **fields}).encode()
        request = Request(self._url + path, body, {"Referer": self._url + path})
        with self._opener.open(request, timeout=20) as response:
            return str(response.read().decode())


def test_over_rest(hub: HubProcess) -> None:
    status, body = answer(f"{hub.url}/api/greeter/say-hello?name=World")
    assert (status, json.loads(body)) == (200, GREETING)


def test_over_graphql(hub: HubProcess) -> None:
    query = quote('{ greeter { sayHello(name: "World") } }')
    status, body = answer(f"{hub.url}/graphql?query={query}")
    assert (status, json.loads(body)) == (200, {"data": {"greeter": {"sayHello": GREETING}}})


def test_over_websocket(hub: HubProcess) -> None:
    token = hub.token()

    async def call() -> object:
        address = f"ws://127.0.0.1:{hub.port}/ws/call"
        headers = {"Authorization": f"Bearer {token}"}
        async with websockets.connect(address, additional_headers=headers) as socket:
            arguments = {"name": "World"}
            message = {"id": 1, "operation": "greeter.say_hello", "arguments": arguments}
            await socket.send(json.dumps(message))
            async with asyncio.timeout(20):
                return json.loads(await socket.recv())

    assert asyncio.run(call()) == {"id": 1, "result": GREETING}


def test_as_a_page(hub: HubProcess) -> None:
    status, body = answer(f"{hub.url}/pages/greeter/hello/World")
    assert status == 200
    assert GREETING in body.decode()


def test_on_the_command_line(hub: HubProcess) -> None:
    assert json.loads(hub.command("run", "greeter.say_hello", "--name", "World")) == GREETING


def test_by_the_admins_form(admin: Admin) -> None:
    page = admin.post(
        "/admin/registry/operation/greeter.say_5Fhello/try/", **{"value-name": "World"}
    )
    assert "Hello World!" in page


def test_by_its_schedule(admin: Admin) -> None:
    listed = admin.page("/admin/schedules/schedule/?q=say_hello")
    found = re.search(r"/admin/schedules/schedule/([^/\"]*say_5Fhello[^/\"]*)/change/", listed)
    assert found, listed
    row = f"/admin/schedules/schedule/{found[1]}"
    assert GREETING not in admin.page(f"{row}/change/")
    admin.post(f"{row}/run/")
    deadline = time.monotonic() + 60
    while GREETING not in admin.page(f"{row}/change/"):
        assert time.monotonic() < deadline, "The schedule did not run."
        time.sleep(0.2)
