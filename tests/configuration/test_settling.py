"""A plugin's layers become one value; what is wrong is told with place, key, type and hints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.operations.configuration.layers import Layer
from hub.operations.configuration.listing import listed
from hub.operations.configuration.settled import Settled, check, layers_of, settle
from hub.operations.configuration.wrong import WrongSettings
from hub.sdk import PluginSettings
from tests.configuration.settings_classes import Color, Shop, shop_layers, sources


def origin(settled: Settled, *path: str) -> str:
    return settled.merged.origin_of(path).place


def refusal(folder: Path, **said: Any) -> str:
    with pytest.raises(WrongSettings) as caught:
        settle(shop_layers(folder, **said))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_layer_is_stronger_than_the_one_below(tmp_path: Path) -> None:
    def currency(stored: dict[str, Any] | None = None, **said: Any) -> tuple[str, str]:
        settled = settle(shop_layers(tmp_path, **said), stored)
        value = settled.value
        assert isinstance(value, Shop)
        return value.currency, origin(settled, "currency")

    assert currency() == ("EUR", "default")
    (tmp_path / "hub.toml").write_text("[plugins.shop]\ncurrency = 'AAA'\n")
    assert currency() == ("AAA", "hub.toml line 2")
    (tmp_path / "shop.toml").write_text("currency = 'BBB'\n")
    assert currency() == ("BBB", "shop.toml line 1")
    (tmp_path / "more.toml").write_text("\n\n[plugins]\nshop.currency = 'CCC'\n")
    variables = {"HUB_CONFIG": "more.toml"}
    assert currency(variables=variables) == ("CCC", "more.toml line 4")
    stored = {"currency": "DDD"}
    assert currency(stored, variables=variables) == ("DDD", "admin")
    variables["HUB_PLUGINS__SHOP__CURRENCY"] = "EEE"
    found = currency(stored, variables=variables)
    assert found == ("EEE", "HUB_PLUGINS__SHOP__CURRENCY")
    found = currency(stored, variables=variables, sets=["shop.currency=FFF"])
    assert found == ("FFF", "--set shop.currency")


def test_the_working_directory_is_stronger_than_the_user_and_he_than_the_system(
    tmp_path: Path,
) -> None:
    weaker = {
        "system": "ports = [1]\nnote = 'sys'\nmode = 'careful'",
        "home": "ports = [2]\nnote = 'me'",
    }
    for folder, text in weaker.items():
        (tmp_path / folder / "hub").mkdir(parents=True)
        (tmp_path / folder / "hub" / "shop.toml").write_text(text)
    (tmp_path / "shop.toml").write_text("ports = [3]")
    value = settle(shop_layers(tmp_path)).value
    assert isinstance(value, Shop)
    assert (value.ports, value.note, value.mode) == ([3], "me", "careful")


def test_tables_merge_with_defaults_and_lists_do_not(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text("ports = [1, 2]\nlimits.daily = 7\nrates.a = 1.5\n")
    variables = {
        "HUB_PLUGINS__SHOP__PORTS": "3",
        "HUB_PLUGINS__SHOP__RATES__B": "2",
        "HUB_PLUGINS__SHOP__COLOR": "blue",
        "HUB_PLUGINS__SHOP__OPEN": "off",
        "HUB_PLUGINS__SHOP__COUNTRIES": "AT, CH",
    }
    value = settle(shop_layers(tmp_path, variables=variables)).value
    assert isinstance(value, Shop)
    assert value.ports == [3]
    assert (value.limits.daily, value.limits.weekly) == (7, 600)
    assert value.rates == {"a": 1.5, "b": 2.0}
    assert (value.color, value.open, value.countries) == (Color.BLUE, False, ("AT", "CH"))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            {"sets": ["shop.curency=EUR"]},
            "--set shop.curency: there is no setting 'plugins.shop.curency'; "
            "did you mean 'currency'?",
        ),
        (
            {"variables": {"HUB_PLUGINS__SHOP__LIMITS__DALY": "1"}},
            "HUB_PLUGINS__SHOP__LIMITS__DALY: there is no setting 'plugins.shop.limits.daly'; "
            "did you mean 'daily'?",
        ),
        (
            {"variables": {"HUB_PLUGINS__SHOP__LIMITS__DAILY": "many"}},
            "HUB_PLUGINS__SHOP__LIMITS__DAILY: plugins.shop.limits.daily must be int: ",
        ),
        (
            {"variables": {"HUB_PLUGINS__SHOP__PORTS": "1,x"}},
            "HUB_PLUGINS__SHOP__PORTS: plugins.shop.ports must be list[int]: ",
        ),
        (
            {"variables": {"HUB_PLUGINS__SHOP__RATES": "{"}},
            "HUB_PLUGINS__SHOP__RATES: plugins.shop.rates must be dict[str, float]: is not JSON",
        ),
        (
            {"variables": {"HUB_PLUGINS__SHOP": "{"}},
            "HUB_PLUGINS__SHOP: the settings of 'shop': is not JSON",
        ),
        (
            {"sets": ["shop.mode=slow"]},
            "--set shop.mode: plugins.shop.mode must be one of 'fast', 'careful': ",
        ),
        ({"sets": ["shop.limits.weekly=1"]}, "the settings of 'shop': a week is shorter"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, said: dict[str, Any], sentence: str) -> None:
    assert refusal(tmp_path, **said).startswith(f"wrong setting: {sentence}")


def test_a_table_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("\n[plugins]\nshop = 5\n")
    assert "hub.toml line 3: plugins.shop must be a table" in refusal(tmp_path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text("open = 'perhaps'\nprots = [1]\n")
    sentence = refusal(tmp_path)
    assert "shop.toml line 1: plugins.shop.open must be bool" in sentence
    assert "shop.toml line 2: there is no setting 'plugins.shop.prots'" in sentence


def test_secrets_show_nowhere(tmp_path: Path) -> None:
    variables = {"HUB_PLUGINS__SHOP__API_KEY": "s3cret-value"}
    told = refusal(tmp_path, variables=variables, sets=["shop.limits.weekly=1"])
    assert "s3cret" not in told
    settled = settle(shop_layers(tmp_path, variables=variables))
    assert "s3cret" not in f"{settled.value!r} {[entry.value for entry in listed(settled)]}"
    (tmp_path / "shop.toml").write_text("api_key = ['s3cret-list']\n")
    told = refusal(tmp_path)
    assert told.endswith(
        "shop.toml line 1: plugins.shop.api_key must be a secret or None: is not accepted"
    )


def test_what_has_no_default_must_be_said(tmp_path: Path) -> None:
    class Needy(PluginSettings):
        address: str

    with pytest.raises(WrongSettings) as caught:
        settle(layers_of("needy", Needy, sources(tmp_path)))
    assert "plugins.needy.address is not set and has no default" in str(caught.value)
    assert "HUB_PLUGINS__NEEDY__ADDRESS" in str(caught.value)


@pytest.mark.parametrize(
    ("stored", "left_out"),
    [
        ({"mode": "slow", "currency": "USD"}, ("mode",)),
        ({"gone": 1, "currency": "USD"}, ("gone",)),
        ({"limits.gone": 1, "currency": "USD"}, ("limits.gone",)),
        ({"limits.daily": "x", "currency": "USD"}, ("limits.daily",)),
        ({"mode.deeper": 1, "currency": "USD"}, ("mode.deeper",)),
    ],
)
def test_stored_values_that_no_longer_fit_are_left_out(
    tmp_path: Path, stored: dict[str, Any], left_out: tuple[str, ...]
) -> None:
    layers = shop_layers(tmp_path)
    settled = settle(layers, stored)
    assert isinstance(settled.value, Shop)
    assert settled.value.currency == "USD"
    assert settled.value.mode == "fast"
    assert settled.left_out == left_out
    assert settled.faults
    with pytest.raises(WrongSettings):
        check(layers, stored)


def test_stored_values_that_do_not_fit_together_are_all_left_out(tmp_path: Path) -> None:
    settled = settle(shop_layers(tmp_path), {"limits.daily": 50, "limits.weekly": 5})
    assert settled.value == Shop()
    assert set(settled.left_out) == {"limits.daily", "limits.weekly"}


def test_what_environment_and_command_line_say_is_pinned(tmp_path: Path) -> None:
    layers = shop_layers(tmp_path, variables={"HUB_PLUGINS__SHOP__MODE": "careful"})
    pinned = {entry.leaf.key for entry in listed(settle(layers, {"mode": "fast"})) if entry.pinned}
    assert pinned == {"mode"}
    assert Layer.ENVIRONMENT.pins
    assert not Layer.ADMIN.pins
