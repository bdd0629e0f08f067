"""``signals.py``: which functions count as receivers."""

from __future__ import annotations

import pytest

from tests.loader.conftest import Shelf

IMPORT = "from hub.sdk import on_signal, signals\n"


def test_a_contribution_for_each_signal(shelf: Shelf) -> None:
    source = f"""{IMPORT}
@on_signal(signals.hub_started, signals.hub_stopping, timeout=2)
async def both(event): ...

@on_signal(signals.check_changed)
@on_signal(signals.plugin_enabled)
def stacked(event): ...
"""
    shelf.plugin("shop", signals=source)
    shelf.plugin("till", signals=f"from {shelf.folder.name}.shop.signals import both")
    plugin = shelf.loaded("shop")
    assert plugin.failures == ()
    told = [(entry.name, entry.detail, entry.value.timeout) for entry in plugin.contributions]
    assert told == [
        ("shop.both", "on hub_started", 2),
        ("shop.both", "on hub_stopping", 2),
        ("shop.stacked", "on plugin_enabled", 5.0),
        ("shop.stacked", "on check_changed", 5.0),
    ]
    assert shelf.loaded("till").contributions == ()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("@on_signal()\ndef one(event): ...", "@on_signal takes signals such as"),
        ("@on_signal('hub_started')\ndef one(event): ...", "@on_signal takes signals such as"),
        ("@on_signal(signals.hub_started, timeout=0)\ndef one(e): ...", "up to 60, not 0"),
        ("@on_signal(signals.hub_started, timeout=99)\ndef one(e): ...", "up to 60, not 99"),
        ("@on_signal(signals.hub_started)\ndef one(): ...", "a function of one parameter"),
        ("@on_signal(signals.hub_started)\ndef one(a, b): ...", "a function of one parameter"),
        ("@on_signal(signals.no_such)\ndef one(event): ...", "has no attribute 'no_such'"),
    ],
)
def test_what_can_not_be_a_receiver_degrades_the_plugin(
    shelf: Shelf, source: str, sentence: str
) -> None:
    shelf.plugin("shop", signals=IMPORT + source)
    plugin = shelf.loaded("shop")
    (failure,) = plugin.failures
    assert sentence in failure.message
    assert plugin.state == "degraded"
