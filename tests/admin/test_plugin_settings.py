"""The settings of a plugin in the admin: the form, its locks, its history, who may do what."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import Client

from hub.operations.configuration import current
from hub.operations.configuration.current import Slot
from hub.operations.configuration.settled import settle
from hub.operations.engine import Engine
from hub.registry import troubles
from hub.registry.models import Plugin, SettingChange, SettingOverride
from hub.registry.plugin_settings import store, version_of
from hub.registry.settings_form import rows_of
from hub.sdk.settings import SettingsDeclaration, hand_in, take_back
from hub.wire.errors import Conflict
from tests.configuration.settings_classes import Shop, shop_layers

PAGE = "/admin/registry/plugin/kitchen/settings/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told() -> list[tuple[Shop, Shop]]:
    return []


@pytest.fixture
def slot(
    kitchen: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: list[tuple[Shop, Shop]],
) -> Iterator[Slot]:
    """The plugin ``kitchen`` has settings: one in a file, one pinned, one secret."""
    (tmp_path / "shop.toml").write_text("note = 'from a file'\n")
    variables = {
        "HUB_PLUGINS__SHOP__MODE": "careful",
        "HUB_PLUGINS__SHOP__API_KEY": "s3cret-key",
    }
    layers = shop_layers(tmp_path, variables=variables)
    declaration = SettingsDeclaration(Shop, lambda old, new: told.append((old, new)))
    slot = Slot(declaration, layers, settle(layers))
    monkeypatch.setattr(current, "slots", lambda: {"kitchen": slot})
    monkeypatch.setattr(current, "tell", lambda hook, old, new: hook(old, new))
    hand_in(slot.settled.value)
    current.forget()
    current.follow()
    yield slot
    current.forget()
    troubles.forget()
    take_back(Shop)


def form(slot: Slot, **changed: str | None) -> dict[str, str]:
    """What a browser posts: every field as it was drawn, but ``changed`` (``None``: no tick)."""
    posted = {"version": str(version_of(Plugin.objects.get(label="kitchen")))}
    for row in rows_of(slot, "kitchen"):
        if not row.locked:
            posted[row.was_key] = row.was
            if row.null:
                posted |= {row.null_was_key: "on", row.field.null_key: "on"}
            if row.text or row.field.kind != "boolean":
                posted[row.field.key] = row.text
    for key, text in changed.items():
        name = f"value-{key.replace('__', '.')}"
        if text is None:
            posted.pop(name)
        else:
            posted[name] = text
    return posted


def text_of(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode())


def crumbs(answer: HttpResponse) -> list[str]:
    heading = re.findall("<h1.*?</h1>", text_of(answer), re.DOTALL)[0]  # dialogs come later
    words = re.sub("<[^>]*>", " ", heading).split()
    return [word for word in words if word != "chevron_right"]


def stored() -> dict[str, Any]:
    return dict(SettingOverride.objects.values_list("key", "value"))


def test_the_page_shows_values_sources_locks_and_no_secret(slot: Slot, root: Client) -> None:
    page = text_of(root.get(PAGE))
    assert "ISO 4217 code." in page
    assert "shop.toml line 1" in page
    assert "Pinned by <code>HUB_PLUGINS__SHOP__MODE</code>" in page
    assert 'name="value-mode"' not in page
    assert "HUB_PLUGINS__KITCHEN__API_KEY" in page
    assert "s3cret" not in page
    assert PAGE in root.get("/admin/registry/plugin/kitchen/change/").content.decode()


def test_the_breadcrumbs_end_with_the_settings(slot: Slot, root: Client) -> None:
    assert crumbs(root.get(PAGE)) == ["Registry", "Plugins", "kitchen", "Settings"]
    plugin = root.get("/admin/registry/plugin/kitchen/change/")
    assert crumbs(plugin) == ["Registry", "Plugins", "kitchen"]


def test_saving_what_is_shown_changes_nothing(slot: Slot, root: Client) -> None:
    answer = root.post(PAGE, form(slot), follow=True)
    assert "Nothing was changed." in text_of(answer)
    assert stored() == {}


def test_a_change_counts_at_once_is_told_and_kept_with_its_author(
    slot: Slot, root: Client, told: list[tuple[Shop, Shop]]
) -> None:
    answer = root.post(
        PAGE, form(slot, currency="USD", limits__daily="7", open=None, ports="[1, 2]"), follow=True
    )
    assert "Changed: currency, limits.daily, open, ports." in text_of(answer)
    value = Shop.current()
    assert (value.currency, value.limits.daily, value.open, value.ports) == (
        "USD",
        7,
        False,
        [1, 2],
    )
    assert value.note == "from a file"
    assert [(old.currency, new.currency) for old, new in told] == [("EUR", "USD")]
    change = SettingChange.objects.get(key="currency")
    assert (change.username, change.old, change.new) == ("root", None, {"value": "USD"})
    assert "currency" in LogEntry.objects.get().change_message


def test_the_whole_model_decides(slot: Slot, root: Client) -> None:
    answer = root.post(PAGE, form(slot, currency="euro", limits__weekly="x"))
    page = text_of(answer)
    assert answer.status_code == 200
    assert "string should match pattern" in page
    assert "valid integer" in page
    assert 'value="euro"' in page
    answer = root.post(PAGE, form(slot, limits__weekly="1"))
    assert "a week is shorter than a day" in text_of(answer)
    assert "s3cret" not in text_of(answer)
    assert stored() == {}


def test_what_can_not_be_read_is_told_at_its_field(slot: Slot, root: Client) -> None:
    page = text_of(root.post(PAGE, form(slot, ports="[1", limits__daily="")))
    assert "is not JSON" in page
    assert "needs a value" in page
    assert stored() == {}


def test_a_reset_leaves_it_to_the_layer_below(slot: Slot, root: Client) -> None:
    root.post(PAGE, form(slot, note="mine"))
    assert Shop.current().note == "mine"
    page = text_of(root.get(PAGE))
    assert "(shop.toml line 1)" in page
    root.post(PAGE, {"reset": "note"})
    assert Shop.current().note == "from a file"
    assert stored() == {}


def test_rolling_back_undoes_a_change_and_all_after_it(slot: Slot, root: Client) -> None:
    root.post(PAGE, form(slot, currency="AAA"))
    root.post(PAGE, form(slot, currency="BBB", open=None))
    second = SettingChange.objects.get(key="open").pk
    root.post(PAGE, form(slot, currency="CCC", note="new"))
    first_of_second = min(second, SettingChange.objects.filter(key="currency")[1].pk)
    answer = root.post(f"{PAGE}{first_of_second}/roll-back/", follow=True)
    assert "Changed: currency, note, open." in text_of(answer)
    assert stored() == {"currency": "AAA"}
    assert Shop.current().currency == "AAA"
    newest = SettingChange.objects.first()
    assert newest is not None
    assert newest.note == f"Rolled back to before change {first_of_second}."
    assert "There is no change 99999." in text_of(root.post(f"{PAGE}99999/roll-back/"))


def test_two_who_change_at_once_do_not_undo_each_other(slot: Slot, root: Client) -> None:
    stale = form(slot, currency="USD")
    root.post(PAGE, form(slot, note="mine"))
    answer = root.post(PAGE, stale)
    assert "Somebody else has changed these settings meanwhile." in text_of(answer)
    assert stored() == {"note": "mine"}


def test_what_is_pinned_or_secret_is_not_stored(slot: Slot, root: Client) -> None:
    forged = {"value-mode": "fast", "was-mode": "x", "value-api_key": "s3cret", "was-api_key": "x"}
    root.post(PAGE, {**form(slot), **forged})
    assert stored() == {}
    plugin = Plugin.objects.get(label="kitchen")
    with pytest.raises(Exception, match="never stored"):
        store(plugin, {"api_key": "s3cret"}, user=None)


def test_looking_is_not_changing(slot: Slot, viewer: Client, nobody: Client) -> None:
    page = viewer.get(PAGE)
    assert page.status_code == 200
    assert "Save settings" not in text_of(page)
    assert viewer.post(PAGE, form(slot, currency="USD")).status_code == 403
    assert viewer.post(f"{PAGE}1/roll-back/").status_code == 403
    assert nobody.get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code == 302
    assert stored() == {}


def test_links_and_forged_forms_change_nothing(slot: Slot, root: Client) -> None:
    assert root.get(f"{PAGE}1/roll-back/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = root.cookies
    assert strict.post(PAGE, form(slot, currency="USD")).status_code == 403
    assert stored() == {}


def test_a_plugin_without_settings_leads_back(slot: Slot, root: Client) -> None:
    for label in ("shed", "nothing"):
        assert root.get(f"/admin/registry/plugin/{label}/settings/").status_code == 302


def test_a_value_that_no_longer_fits_degrades_the_plugin_until_the_next_save(
    slot: Slot, root: Client
) -> None:
    plugin = Plugin.objects.get(label="kitchen")
    SettingOverride.objects.create(plugin=plugin, key="currency", value="long gone")
    SettingOverride.objects.create(plugin=plugin, key="vanished", value=1)
    current.forget()
    troubles.forget()
    current.follow()
    assert Shop.current().currency == "EUR"
    assert Plugin.objects.get(label="kitchen").status == "degraded"
    page = text_of(root.get(PAGE))
    assert "A saved value no longer fits and is left out." in page
    assert "admin: there is no setting 'plugins.shop.vanished'" in page
    root.post(PAGE, form(slot, note="new"))
    assert stored() == {"note": "new"}
    assert Plugin.objects.get(label="kitchen").status == "running"


def test_history_can_not_be_changed(slot: Slot) -> None:
    plugin = Plugin.objects.get(label="kitchen")
    assert store(plugin, {"currency": "USD"}, user=None) == ("currency",)
    change = SettingChange.objects.get()
    change.new = None
    with pytest.raises(TypeError, match="history"):
        change.save()
    with pytest.raises(Conflict):
        store(plugin, {"currency": "AAA"}, user=None, seen=0)
