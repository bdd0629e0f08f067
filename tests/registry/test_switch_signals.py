"""What operators do with a plugin is told to those who listen, once, after the commit."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from django.db import transaction

from hub.loader import boot
from hub.loader.catalog import Catalog, Contribution
from hub.loader.catalog import Plugin as Loaded
from hub.operations import signals
from hub.operations.engine import engine
from hub.registry.models import Plugin
from hub.registry.plugin_settings import store
from hub.registry.switches import switch
from hub.registry.sync import sync
from hub.sdk import signals as sdk_signals
from hub.sdk.signals import (
    Courier,
    PluginDisabled,
    PluginEnabled,
    Receiver,
    SettingsChanged,
    plugin_disabled,
    plugin_enabled,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    events: list[Any] = []
    receivers = tuple(
        Contribution("receiver", "listener", "listener", Receiver(signal, events.append, 5.0))
        for signal in (plugin_enabled, plugin_disabled)
    )
    plugins = {
        label: Loaded(label=label, package=label, source="test", contributions=receivers)
        for label in ("listener", "kitchen")
    }
    engine()  # made of the true catalog, as long as it is there
    monkeypatch.setattr(boot, "_catalog", Catalog(MappingProxyType(plugins)))
    return events


def test_each_change_is_told_after_the_commit(heard: list[Any]) -> None:
    kitchen = Plugin.objects.create(label="kitchen", state="running")
    with transaction.atomic():
        switch(kitchen, on=False, user_id=None)
        assert heard == []
    assert heard == [PluginDisabled("kitchen", None)]  # the kitchen itself is off already
    switch(kitchen, on=False, user_id=None)
    assert len(heard) == 1
    switch(kitchen, on=True, user_id=None)
    assert heard[1:] == [PluginEnabled("kitchen", None)] * 2


def test_changed_settings_are_told_with_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    courier = Courier(send=lambda signal, payload: sent.append(payload), asend=signals.asend)
    monkeypatch.setattr(sdk_signals, "_courier", courier)
    sync(engine())
    greeter = Plugin.objects.get(label="greeter")
    try:
        for _ in range(2):  # the second changes nothing
            store(greeter, {"greeting": "Ahoy"}, user=None)
    finally:
        store(greeter, {}, resets=frozenset({"greeting"}), user=None)
    assert sent == [SettingsChanged("greeter", ("greeting",), None)] * 2
