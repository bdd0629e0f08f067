"""The dispatch endpoint of a hub that runs, called by plain HTTP and by aspyx-service's client."""

from __future__ import annotations

import http.client
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.wire.codecs.message_pack import pack, unpack
from tests.aspyx.installed import NotInstalled, python_with_aspyx
from tests.processes import HubProcess

pytestmark = pytest.mark.process

PLUGIN = """
from dataclasses import dataclass

from hub.sdk import Component, allow_all, component, implementation, requires_scope, service, method


@dataclass
class Item:
    n: int
    s: str


@service(name="probe", access=allow_all)
class Probe:
    def item(self, item: Item) -> Item: ...

    async def add(self, a: int, b: int) -> int: ...

    async def boom(self, what: str) -> str: ...

    @method(access=requires_scope("secret"))
    async def secret(self) -> str: ...


@implementation(Probe)
class ProbeHere(Probe):
    def item(self, item: Item) -> Item:
        return item

    async def add(self, a: int, b: int) -> int:
        return a + b

    async def boom(self, what: str) -> str:
        raise ValueError(what)

    async def secret(self) -> str:
        return "secret"


@component(name="probe-component", services=(Probe,))
class ProbeComponent(Component):
    pass
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder: Path = tmp_path_factory.mktemp("rpc")
    package = folder / "plugins" / "probing"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "apps.py").write_text(
        "from hub.sdk import PluginConfig\n\n\nclass Probing(PluginConfig):\n    version = '1'\n"
    )
    (package / "services.py").write_text(PLUGIN)
    with HubProcess(folder, settings={"HUB_PLUGIN_DIRS": str(folder / "plugins")}) as running:
        yield running


@pytest.fixture
def connection(hub: HubProcess) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    yield made
    made.close()


def test_one_connection_takes_many_calls(connection: http.client.HTTPConnection) -> None:
    for number in range(20):
        body = pack({"a": number, "b": 1})
        connection.request("POST", "/rpc/probe/add", body, {"content-type": "application/msgpack"})
        answer = connection.getresponse()
        assert (answer.status, unpack(answer.read())) == (200, number + 1)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]


def test_a_failure_says_that_it_is_the_hubs(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/rpc/probe/secret", b"{}", {"content-type": "application/json"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["x-hub-error"]) == (401, "unauthenticated")
    assert json.loads(answer.read())["code"] == "unauthenticated"


def test_the_hubs_own_server_tells_of_its_services(hub: HubProcess) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{hub.port}/rpc/probe") as answer:
        found = json.load(answer)
    assert (found["component"], set(found["methods"])) == (
        "probe-component",
        {"item", "add", "boom", "secret"},
    )


@pytest.fixture(scope="module")
def aspyx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return python_with_aspyx(tmp_path_factory.mktemp("aspyx"))
    except NotInstalled as error:
        pytest.skip(str(error))


@pytest.mark.soak
def test_an_unmodified_client_of_aspyx_service_works(hub: HubProcess, aspyx: Path) -> None:
    program = Path(__file__).with_name("aspyx_caller.py")
    command = [str(aspyx), str(program), f"http://127.0.0.1:{hub.port}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert not done.returncode, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == {"dispatch-json", "dispatch-msgpack", "dispatch-protobuf"}
    for channel, told in found.items():
        assert told["item"] == [7, "x"], channel
        assert told["add"] == 3, channel
        assert told["boom"][0] == "RemoteServiceException", channel
        assert "went wrong inside" in told["boom"][1] and "broken" not in told["boom"][1], channel
        assert told["secret"][0] in ("AuthorizationException", "RemoteServiceException"), channel
        assert "401" in told["secret"][1], channel
