"""A hub that runs in the test's process, with chosen plugins."""

from __future__ import annotations

import asyncio

import pytest

from hub.loader.boot import catalog
from hub.sdk import Unauthenticated
from hub.testing import HubClient, Identities, SocketClosed, StartedHub

HELLO = {"name": "World"}


@pytest.mark.hub_plugins("greeter")
def test_the_chosen_plugins_are_there_and_no_others(hub: StartedHub, hub_client: HubClient) -> None:
    assert hub.plugins == ("greeter",)
    assert hub_client.get("/api/greeter/say-hello?name=World").json() == "Hello World!"
    assert hub_client.get("/api/greeter/greetings/de?name=Ada").json()["text"] == "Hallo Ada!"
    assert hub_client.get("/api/flags/list-flags").status == 404
    assert "paths" in (document := hub_client.get("/api/openapi.json").json())
    assert not [path for path in document["paths"] if path.startswith("/api/flags")]
    fields = hub_client.graphql("{ __schema { queryType { fields { name } } } }")
    names = {field["name"] for field in fields["data"]["__schema"]["queryType"]["fields"]}
    assert names == {"greeter", "registry"}


def test_without_a_marker_all_plugins_are_there(hub: StartedHub) -> None:
    assert set(hub.plugins) == {plugin.label for plugin in catalog() if not plugin.builtin}


@pytest.mark.hub_plugins("greeter")
def test_one_caller_on_every_transport(hub_client: HubClient, caller: Identities) -> None:
    who = {"username": "ada", "kind": "token", "scopes": ["read"]}
    ada = hub_client.as_caller(caller("read", superuser=True))
    assert ada.get("/api/greeter/who-am-i").json() == who
    asked = ada.graphql("{ greeter { whoAmI { username kind scopes } } }")
    assert asked == {"data": {"greeter": {"whoAmI": who}}}
    assert ada.call("greeter.who_am_i").username == "ada"
    with ada.websocket("/ws/call") as socket:
        socket.send({"id": 1, "operation": "greeter.who_am_i"})
        assert socket.receive_json() == {"id": 1, "result": who}
    with pytest.raises(Unauthenticated):
        hub_client.call("greeter.who_am_i")


@pytest.mark.hub_plugins("greeter")
async def test_async_tests_have_the_same(hub_client: HubClient, hub: StartedHub) -> None:
    answer, greeting = await asyncio.gather(
        hub_client.aget("/api/greeter/say-hello?name=World"),
        hub_client.acall("greeter.say_hello", name="Ada"),
    )
    assert (answer.json(), greeting) == ("Hello World!", "Hello Ada!")
    assert await hub.acall("greeter.only_for_root") == "You are root."
    async with hub_client.websocket("/ws/greeter/echo") as socket:
        await socket.asend("hey")
        assert await socket.areceive() == "hey"


@pytest.mark.hub_plugins("greeter")
def test_a_refused_socket_tells_why(hub_client: HubClient) -> None:
    with (
        hub_client.with_token("wrong").websocket("/ws/call") as socket,
        pytest.raises(SocketClosed) as caught,
    ):
        socket.receive()
    assert caught.value.code == 4401


@pytest.mark.hub_plugins("greeter")
def test_someone_with_a_browser(hub_client: HubClient, caller: Identities) -> None:
    ada = hub_client.as_caller(caller.user("ada"))
    assert ada.get("/api/greeter/who-am-i").json()["kind"] == "session"
    assert ada.call("greeter.who_am_i").kind == "session"
    assert ada.post("/graphql", {"query": "{ greeter { whoAmI { kind } } }"}).status == 200
