"""Signals and log records of the hub that a test looks at."""

from __future__ import annotations

import logging

import pytest

from hub.registry.models import Plugin
from hub.registry.switches import switch
from hub.sdk import signals
from hub.testing import (
    CapturedLogs,
    CapturedSignals,
    HubClient,
    Identities,
    StartedHub,
    started_hub,
)

pytestmark = pytest.mark.hub_plugins("greeter")


def test_signals_are_kept_and_receivers_are_called(
    hub: StartedHub, caller: Identities, hub_signals: CapturedSignals, hub_logs: CapturedLogs
) -> None:
    user_id = caller.superuser().caller.user_id
    greeter = Plugin.objects.get(pk="greeter")
    switch(greeter, on=False, user_id=None)
    switch(greeter, on=True, user_id=user_id)
    assert hub_signals.of(signals.plugin_disabled) == [signals.PluginDisabled("greeter", None)]
    assert hub_signals.of(signals.plugin_enabled) == [signals.PluginEnabled("greeter", user_id)]
    assert hub_logs.find(event="Hello greeter!", level="info")
    hub_signals.clear()
    assert hub_signals.sent == []


@pytest.mark.django_db(transaction=True)
def test_a_started_hub_says_so(hub_signals: CapturedSignals) -> None:
    with started_hub("greeter"):
        assert len(hub_signals.of(signals.hub_started)) == 1
        assert not hub_signals.of(signals.hub_stopping)
    assert len(hub_signals.of(signals.hub_stopping)) == 1


def test_records_are_structured_and_hold_no_secrets(
    hub_client: HubClient, hub_logs: CapturedLogs
) -> None:
    hub_logs.at("debug", "tests.captured")
    logger = logging.getLogger("tests.captured")
    logger.debug("Seen %s.", "it", extra={"password": "sesame", "count": 3})
    (record,) = hub_logs.find(event="Seen it.", logger="tests.captured")
    assert (record["level"], record["count"]) == ("debug", 3)
    assert "sesame" not in str(record)
    assert not hub_logs.find(event="Seen it.", level="error")
    hub_logs.clear()
    assert hub_logs.records == []


def test_levels_are_themselves_again() -> None:
    assert logging.getLogger("tests.captured").level == logging.NOTSET
