"""Calling a method of one instance from its page: a real server answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from hub.client.instances import Registration
from hub.registry.instances.leases import register
from hub.registry.instances.rows import Source

pytestmark = pytest.mark.django_db(transaction=True)

CALL = "/admin/registry/instance/far-1/call/"


class Answering(BaseHTTPRequestHandler):
    """Says what it was sent; ``/unknown`` fails as a hub does."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status, answer = (
            200,
            {
                "path": self.path,
                "sent": json.loads(body),
                "authorization": self.headers.get("authorization", ""),
            },
        )
        if self.path.endswith("/unknown"):
            status, answer = (
                404,
                {"code": "unknown_method", "message": "There is none.", "status": 404},
            )
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if status != 200:
            self.send_header("x-hub-error", "unknown_method")
        document = json.dumps(answer).encode()
        self.send_header("content-length", str(len(document)))
        self.end_headers()
        self.wfile.write(document)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def far() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/rpc"
    server.shutdown()
    server.server_close()
    thread.join()


def join(url: str, *services: str, source: Source = Source.API) -> None:
    addresses = {"dispatch-json": url, "rest": "http://127.0.0.1:9/api"}
    told = Registration(id="far-1", component="far", services=services, addresses=addresses)
    register(told, source=source)


def call(client: Client, key: str, /, *, channel: str = "dispatch-json", **values: str) -> Any:
    data = {f"value-{name}": text for name, text in values.items() if name != "token"}
    token = values.get("token", "")
    return client.post(CALL, {"call": key, "channel": channel, "token": token, **data})


def result_of(answer: Any) -> Any:
    assert answer.status_code == 200
    outcome = answer.context["outcome"]
    assert outcome.ok, outcome
    return json.loads(outcome.result)


def test_an_action_is_called_with_its_form_at_the_chosen_address(root: Client, far: str) -> None:
    join(far, "greeter")
    page = root.get("/admin/registry/instance/far-1/change/?call=greeter.say_hello")
    assert 'name="value-name"' in page.content.decode()
    told = result_of(call(root, "greeter.say_hello", name="Ann"))
    assert told == {"path": "/rpc/greeter/say_hello", "sent": {"name": "Ann"}, "authorization": ""}
    assert LogEntry.objects.get().change_message == (
        "Called greeter.say_hello over dispatch-json: ok."
    )


def test_of_a_service_that_is_not_known_here_method_and_arguments_are_typed(
    root: Client, far: str
) -> None:
    join(far, "strange")
    told = result_of(call(root, "strange.*", method="add", arguments='{"a": 1, "b": [2]}'))
    assert (told["path"], told["sent"]) == ("/rpc/strange/add", {"a": 1, "b": [2]})


@pytest.mark.parametrize(
    ("method", "arguments", "field"),
    [("add", "[1]", "arguments"), ("add", "{", "arguments"), ("a b", "{}", "method")],
)
def test_what_can_not_be_called_is_said_at_its_field(
    root: Client, far: str, method: str, arguments: str, field: str
) -> None:
    join(far, "strange")
    answer = call(root, "strange.*", method=method, arguments=arguments)
    assert set(answer.context["outcome"].errors) == {field}


def test_the_error_of_the_other_side_is_shown(root: Client, far: str) -> None:
    join(far, "strange")
    outcome = call(root, "strange.*", method="unknown").context["outcome"]
    assert (outcome.status, outcome.code, outcome.message) == (
        404,
        "unknown_method",
        "There is none.",
    )


def test_an_instance_that_is_not_there_is_an_error_on_the_page(root: Client, far: str) -> None:
    told = Registration(
        id="far-1",
        component="far",
        services=("strange",),
        addresses={"dispatch-json": "http://127.0.0.1:9/rpc"},
    )
    register(told, source=Source.API)
    outcome = call(root, "strange.*", method="add").context["outcome"]
    assert (outcome.status, outcome.code) == (503, "not_sent")


def test_only_the_hubs_own_instances_get_a_token_of_the_operators(root: Client, far: str) -> None:
    join(far, "greeter")
    assert result_of(call(root, "greeter.say_hello", name="A"))["authorization"] == ""
    typed = result_of(call(root, "greeter.say_hello", name="A", token="mine"))
    assert typed["authorization"] == "Bearer mine"
    join(far, "greeter", source=Source.PLUGIN)
    own = result_of(call(root, "greeter.say_hello", name="A"))
    assert own["authorization"].startswith("Bearer ey")


def test_methods_and_addresses_that_are_not_offered_are_not_called(root: Client, far: str) -> None:
    join(far, "greeter")
    assert call(root, "flags.anything").status_code == 302
    assert call(root, "greeter.say_hello", channel="rest", name="A").context["outcome"] is None
    assert not LogEntry.objects.exists()


def test_rights_are_needed(viewer: Client, nobody: Client, far: str) -> None:
    join(far, "greeter")
    for client in (viewer, nobody):
        assert call(client, "greeter.say_hello", name="A").status_code == 403
    page = viewer.get("/admin/registry/instance/far-1/change/").content.decode()
    assert "Call a method here" not in page
