"""Settings and provided things that are others during a test."""

from __future__ import annotations

import pytest

from hub.operations.configuration.wrong import WrongSettings
from hub.operations.engine import engine
from hub.sdk import InjectionError
from hub.testing import HubClient, ReplacedSettings, ReplacedThings, StartedHub, call, started_hub
from hub.testing.choosing import with_required

pytestmark = pytest.mark.hub_plugins("greeter")


def test_a_plugins_settings(hub_settings: ReplacedSettings, hub_client: HubClient) -> None:
    hub_settings("greeter", greeting="Hi", mark="?")
    hub_settings("greeter", mark=".")
    assert hub_client.get("/api/greeter/say-hello?name=Ada").json() == "Hi Ada."


def test_they_are_themselves_again_in_the_next_test(hub_client: HubClient) -> None:
    assert hub_client.get("/api/greeter/say-hello?name=Ada").json() == "Hello Ada!"


@pytest.mark.django_db(transaction=True)
def test_the_hubs_settings(hub_settings: ReplacedSettings) -> None:
    hub_settings(HUB_MAX_BODY_BYTES=10, HUB_DEFAULT_TIMEOUT=7)
    with started_hub() as hub:
        answer = hub.client().post("/graphql", {"query": "{ greeter { __typename } }"})
        assert answer.status == 413
        assert engine().operation("greeter.say_hello").timeout == 7
    assert engine().operation("greeter.say_hello").timeout != 7


def test_what_does_not_exist_is_told(
    hub_settings: ReplacedSettings, hub_override: ReplacedThings
) -> None:
    with pytest.raises(LookupError, match=r"'greter' has no settings\. Did you mean 'greeter'"):
        hub_settings("greter", mark="?")
    with pytest.raises(LookupError, match="Did you mean 'HUB_MAX_BODY_BYTES'"):
        hub_settings(HUB_MAX_BODY=1)
    with pytest.raises(WrongSettings, match="mark"):
        hub_settings("greeter", mark="#")
    with pytest.raises(InjectionError, match="no provider makes it"):
        hub_override(int, 3)
    assert call("greeter.say_hello", name="Ada") == "Hello Ada!"


@pytest.mark.django_db(transaction=True)
def test_plugins_that_can_not_be_chosen() -> None:
    with pytest.raises(LookupError, match="no plugin 'greter'; did you mean 'greeter'"):
        with_required(["greter"])
    with started_hub("greeter") as hub:
        assert hub.plugins == ("greeter",)
        with pytest.raises(RuntimeError, match="runs in this process already"):
            started_hub("flags").__enter__()


def test_work_runs_on_the_hubs_loop(hub: StartedHub) -> None:
    import asyncio

    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    assert hub.run(loop()) is hub.loop
