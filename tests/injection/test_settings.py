"""Settings are injected by their class, with the values they have at that moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.sdk import PluginSettings
from hub.sdk.settings import hand_in, take_back
from tests.injection.conftest import Maker


class Settings(PluginSettings):
    size: int = 1


class Box:
    def __init__(self, settings: Settings) -> None:
        self.size = settings.size


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    hand_in(Settings())
    yield
    take_back(Settings)


async def test_each_call_sees_the_present_values(container_for: Maker) -> None:
    container = container_for(Box)
    assert (await container.aget(Box)).size == 1
    hand_in(Settings(size=2))
    assert (await container.aget(Box)).size == 2
    assert (await container.aget(Settings)).size == 2


def test_settings_can_be_overridden(container_for: Maker) -> None:
    container = container_for(Box)
    with container.override(Settings, Settings(size=9)):
        assert container.get(Box).size == 9
    assert container.get(Box).size == 1
