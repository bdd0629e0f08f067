"""What a plugin owes: faults that are found, and names that are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.loader.boot import catalog
from hub.loader.catalog import Contribution, Failure, Plugin
from hub.testing import assert_plugin_contract
from hub.testing.contract_checks import documented, loads, manifest
from hub.testing.contract_snapshot import snapshot


@pytest.fixture
def greeter() -> Plugin:
    return catalog().plugins["greeter"]


def test_names_that_are_none_are_told() -> None:
    with pytest.raises(LookupError, match="no plugin 'greter'; did you mean 'greeter'"):
        assert_plugin_contract("greter")
    with pytest.raises(LookupError, match="no check 'snap'; there are: manifest, loads"):
        assert_plugin_contract("greeter", without=("snap",))


def test_a_manifest_says_what_the_plugin_is(greeter: Plugin, tmp_path: Path) -> None:
    assert list(manifest(greeter, tmp_path)) == []
    bare = replace(greeter, version="0.0.0", summary="the tour")
    assert list(manifest(bare, tmp_path)) == [
        "the manifest has no version.",
        "the summary is not a sentence: 'the tour'.",
    ]


def test_failures_of_loading_are_faults(greeter: Plugin, tmp_path: Path) -> None:
    assert list(loads(greeter, tmp_path)) == []
    broken = replace(greeter, failures=(Failure("greeter.api", "It is broken."),))
    assert list(loads(broken, tmp_path)) == ["greeter.api: It is broken."]


def test_services_have_descriptions(greeter: Plugin, tmp_path: Path) -> None:
    service = Contribution("service", "inventory", "greeter.services", object())
    told = replace(greeter, contributions=(*greeter.contributions, service))
    assert list(documented(told, tmp_path)) == ["the service 'inventory' has no description."]


def test_a_snapshot_is_written_and_read(
    greeter: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_WRITE_SNAPSHOTS", raising=False)
    (missing,) = snapshot(greeter, tmp_path)
    assert missing == f"there is no contract.json in {tmp_path}: HUB_WRITE_SNAPSHOTS=1 writes it."
    monkeypatch.setenv("HUB_WRITE_SNAPSHOTS", "1")
    assert list(snapshot(greeter, tmp_path)) == []
    monkeypatch.setenv("HUB_WRITE_SNAPSHOTS", "0")
    assert list(snapshot(greeter, tmp_path)) == []
    (tmp_path / "contract.json").write_text("{")
    (broken,) = snapshot(greeter, tmp_path)
    assert "is not JSON" in broken
