"""The main job on real input: the published OpenFeature SDK and its OFREP provider against a hub
that runs as a process of its own."""

# ruff: noqa: S310, S603 - the addresses and commands are the test's own

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason
from websockets.sync.client import connect

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "correct horse battery"
_HUBS_OWN = ("HUB_", "DATABASE_URL", "REDIS_URL", "CELERY_", "DJANGO_")

FLAGS = """
from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.models import Environment, Rule
production = Environment.objects.get(key="production")
Environment.objects.create(key="staging", name="Staging")
checkout = create_flag("new-checkout")
on, off = checkout.variants.all()
Rule.objects.create(
    flag=checkout, environment=production, position=1, name="testers", variant=on,
    conditions=[{"attribute": "email", "operator": "ends_with", "values": ["@example.com"]}],
)
Rule.objects.create(
    flag=checkout, environment=production, position=2, name="half of Germany",
    conditions=[{"attribute": "country", "operator": "equals", "values": ["DE"]}],
    weights=[{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}],
)
create_flag("colour", type="string", variants={"blue": "#00f", "red": "#f00"})
create_flag("max-upload", type="integer", variants={"large": 100, "small": 10})
create_flag("fee", type="float", variants={"one": 1, "none": 0})
create_flag("limits", type="object", variants={"paid": {"seats": 50, "on": [1, None]}, "free": {}})
for key in ("new-checkout", "colour", "max-upload", "fee", "limits"):
    state = set_enabled(key, "production", True)
state = checkout.states.get(environment=production)
state.default_variant = off
state.save()
"""


@dataclass(frozen=True)
class Hub:
    url: str
    settings: dict[str, str]
    token: str = ""

    def manage(self, *arguments: str) -> str:
        """Run a command of the hub against the same data; its output."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.settings,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any, Any]:
        sent = {"Content-Type": "application/json", **headers}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        request = Request(self.url + path, json.dumps(body).encode(), sent, method="POST")
        try:
            with urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read()), answer.headers
        except HTTPError as error:
            with error:
                return error.code, error.read().decode(), error.headers


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("flags-hub")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_HUBS_OWN)}
    settings = {**kept, "HUB_DATA_DIR": str(folder), "HUB_ADMIN_PASSWORD": PASSWORD}
    log = folder / "hub.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(port)],
            env=settings,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        bare = Hub(f"http://127.0.0.1:{port}", settings)
        _wait_until_ready(bare, process, log)
        bare.manage("shell", "--no-imports", "--command", FLAGS)
        status, pair, _ = bare.post(
            "/api/auth/token",
            {"username": "admin", "password": PASSWORD, "scope": "flags:evaluate"},
        )
        assert status == 200, pair
        yield Hub(bare.url, settings, pair["access_token"])
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(hub: Hub, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while True:
        try:
            with urlopen(f"{hub.url}/readyz", timeout=5):
                return
        except (URLError, OSError):
            told = log.read_text(errors="replace")
            assert process.poll() is None, told
            assert time.monotonic() < deadline, told
            time.sleep(0.1)


def connected(hub: Hub, path: str = "/api/flags", **headers: str) -> Iterator[OpenFeatureClient]:
    given = {"Authorization": f"Bearer {hub.token}", **headers}
    provider = OFREPProvider(hub.url + path, headers_factory=lambda: given)
    api.set_provider(provider, domain="hub")
    yield api.get_client(domain="hub")
    api.clear_providers()
    provider.session.close()


@pytest.fixture
def client(hub: Hub) -> Iterator[OpenFeatureClient]:
    yield from connected(hub)


@pytest.fixture
def client_of_staging(hub: Hub) -> Iterator[OpenFeatureClient]:
    yield from connected(hub, "/api/flags/environments/staging")


TESTER = EvaluationContext("user-1", {"email": "me@example.com"})


def test_every_type_is_evaluated(client: OpenFeatureClient) -> None:
    assert client.get_boolean_value("new-checkout", False, TESTER) is True
    assert client.get_string_value("colour", "") == "#00f"
    assert client.get_integer_value("max-upload", 0) == 100
    fee = client.get_float_value("fee", 0.5)
    assert isinstance(fee, float)
    assert fee == 1.0
    assert client.get_object_value("limits", {}) == {"seats": 50, "on": [1, None]}


def test_variant_reason_and_metadata_arrive(client: OpenFeatureClient) -> None:
    found = client.get_boolean_details("new-checkout", False, TESTER)
    assert (found.variant, found.reason) == ("on", Reason.TARGETING_MATCH)
    assert found.flag_metadata["rule"] == "testers"
    assert client.get_string_details("colour", "").reason == Reason.STATIC
    stranger = client.get_boolean_details("new-checkout", True, EvaluationContext("user-2"))
    assert (stranger.value, stranger.reason) == (False, Reason.DEFAULT)


def test_a_rollout_is_sticky_and_deals_both(client: OpenFeatureClient) -> None:
    def deal() -> list[bool]:
        people = (EvaluationContext(f"user-{n}", {"country": "DE"}) for n in range(60))
        return [client.get_boolean_value("new-checkout", False, person) for person in people]

    first = deal()
    assert {True, False} == set(first)
    assert deal() == first


def test_a_rollout_without_a_targeting_key_falls_back(client: OpenFeatureClient) -> None:
    nobody = EvaluationContext(attributes={"country": "DE"})
    found = client.get_boolean_details("new-checkout", True, nobody)
    assert (found.value, found.error_code) == (True, ErrorCode.TARGETING_KEY_MISSING)


def test_a_flag_that_is_not_there_falls_back(client: OpenFeatureClient) -> None:
    found = client.get_string_details("nothing", "mine")
    assert (found.value, found.error_code) == ("mine", ErrorCode.FLAG_NOT_FOUND)


def test_a_flag_of_another_type_falls_back(client: OpenFeatureClient) -> None:
    found = client.get_boolean_details("colour", True)
    assert (found.value, found.error_code) == (True, ErrorCode.TYPE_MISMATCH)


def test_another_environment_answers_for_itself(client_of_staging: OpenFeatureClient) -> None:
    found = client_of_staging.get_boolean_details("new-checkout", True, TESTER)
    assert (found.value, found.reason) == (False, Reason.DISABLED)


def test_a_wrong_token_falls_back(hub: Hub) -> None:
    for wrong in connected(Hub(hub.url, hub.settings, "wrong")):
        found = wrong.get_boolean_details("new-checkout", False, TESTER)
        assert (found.value, found.error_code) == (False, ErrorCode.GENERAL)
        assert found.error_message == "unauthorized"


def test_all_flags_come_at_once_and_only_when_they_changed(hub: Hub) -> None:
    path = "/api/flags/ofrep/v1/evaluate/flags"
    context = {"context": {"targetingKey": "user-1", "email": "me@example.com"}}
    status, told, headers = hub.post(path, context)
    assert status == 200
    assert {flag["key"]: flag["value"] for flag in told["flags"]}["max-upload"] == 100
    assert hub.post(path, context, **{"If-None-Match": headers["ETag"]})[0] == 304


def test_a_switch_by_another_process_reaches_the_client(
    hub: Hub, client: OpenFeatureClient
) -> None:
    switch = "from plugins.flags.changes import set_enabled; set_enabled('fee', 'production', {})"
    try:
        hub.manage("shell", "--no-imports", "--command", switch.format(False))
        time.sleep(1)  # what the hub promises; the process that switched is another one
        assert client.get_float_details("fee", 0.5).reason == Reason.DISABLED
    finally:
        hub.manage("shell", "--no-imports", "--command", switch.format(True))


class Listener(threading.Thread):
    """What a program adds to its OpenFeature client: a thread that is told of changes."""

    def __init__(self, hub: Hub, told: Callable[[list[str]], None]) -> None:
        super().__init__(daemon=True)
        self._address = hub.url.replace("http:", "ws:") + "/ws/flags/changes"
        self._subprotocols: Any = ["hub", f"hub.token.{hub.token}"]
        self._told = told
        self.listening = threading.Event()

    def run(self) -> None:
        with connect(self._address, subprotocols=self._subprotocols) as socket:
            for text in socket:
                message = json.loads(text)
                if message["type"] == "listening":
                    self.listening.set()
                else:
                    self._told(message["keys"])
                    return


def test_a_client_that_listens_refreshes_at_once(hub: Hub, client: OpenFeatureClient) -> None:
    seen: list[Any] = []
    done = threading.Event()

    def evaluate_anew(keys: list[str]) -> None:
        seen.extend((keys, client.get_integer_value("max-upload", 0)))
        done.set()

    status, pair, _ = hub.post("/api/auth/token", {"username": "admin", "password": PASSWORD})
    assert status == 200, pair
    everything = Hub(hub.url, hub.settings, pair["access_token"])
    for enabled, expected in ((False, 10), (True, 100)):
        seen.clear()
        done.clear()
        listener = Listener(hub, evaluate_anew)
        listener.start()
        assert listener.listening.wait(20)
        body = {"key": "max-upload", "environment": "production", "enabled": enabled}
        status, answer, _ = everything.post("/api/flags/set-enabled", body)
        assert status == 200, answer
        assert done.wait(20)
        assert seen == [["max-upload"], expected]
