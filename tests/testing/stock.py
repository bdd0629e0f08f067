"""A plugin with what the testing kit looks at: a table, settings, things to inject, examples."""

from __future__ import annotations

STOCK = {
    "plugins/stock/__init__.py": "",
    "plugins/stock/apps.py": """
        from hub.sdk import PluginConfig

        class Stock(PluginConfig):
            version = "1.0.0"
            summary = "What there is on the shelves."
            requires_hub = ">=0.1"
        """,
    "plugins/stock/config.py": """
        from pydantic import Field
        from hub.sdk import PluginSettings

        class Settings(PluginSettings):
            unit: str = Field("pieces", description="What amounts are counted in.")
        """,
    "plugins/stock/providers.py": """
        from hub.sdk import provide

        class Clock:
            hour = 12

        @provide()
        def clock() -> Clock:
            return Clock()
        """,
    "plugins/stock/runtime.py": """
        from contextlib import asynccontextmanager

        open_now = False

        @asynccontextmanager
        async def lifespan():
            global open_now
            open_now = True
            yield
            open_now = False
        """,
    "plugins/stock/models.py": """
        from django.db import models

        class Item(models.Model):
            sku = models.CharField(max_length=20)
        """,
    "plugins/stock/migrations/__init__.py": "",
    "plugins/stock/migrations/0001_initial.py": """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            initial = True
            operations = [
                migrations.CreateModel("Item", [
                    ("id", models.BigAutoField(auto_created=True, primary_key=True,
                                               serialize=False, verbose_name="ID")),
                    ("sku", models.CharField(max_length=20)),
                ]),
            ]
        """,
    "plugins/stock/actions.py": """
        from dataclasses import dataclass
        from datetime import date
        from decimal import Decimal
        from enum import Enum

        from hub.sdk import Caller, Example, Injected, action, allow_all, get, post
        from plugins.stock.config import Settings
        from plugins.stock.models import Item
        from plugins.stock.providers import Clock

        class Colour(Enum):
            RED = "red"
            DARK_BLUE = "dark-blue"

        @dataclass(frozen=True)
        class Size:
            width: Decimal
            is_large: bool

        @dataclass(frozen=True)
        class Box:
            kind: str
            sizes: list[Size]

        @dataclass(frozen=True)
        class Bag:
            made_of: str

        @dataclass(frozen=True)
        class Shelf:
            best_before: date
            colour: Colour
            content: Box | Bag
            spare: Bag | None = None

        SHELF = Shelf(date(2030, 1, 2), Colour.DARK_BLUE, Box("box", [Size(Decimal("1.50"), True)]))

        @action(get("/shelves/{row}/{name}"), access=allow_all,
                examples=[Example("a shelf", {"row": 3, "name": "a/b ü?"}, result=SHELF)])
        def shelf(row: int, name: str, tags: list[str] = [], large: bool = True) -> Shelf:
            "Tell what stands there."
            assert (row, name) == (3, "a/b ü?")
            return SHELF

        @action(post(), examples=[Example("two bags", {
            "bags": [{"made_of": "paper"}, {"made_of": "cloth"}], "colour": "red"}, result=2)])
        async def count_bags(bags: list[Bag], colour: Colour) -> int:
            "Count bags."
            assert colour is Colour.RED
            return len(bags)

        @action(get(), examples=[Example("the tester", result="test has 0 pieces at 12")])
        def mine(caller: Caller, clock: Injected[Clock]) -> str:
            "Tell the caller what is theirs."
            number = Item.objects.count()
            return f"{caller.username} has {number} {Settings.current().unit} at {clock.hour}"

        @action(get(), access=allow_all, examples=[Example("no one"), Example("three", {"n": 3},
                result=[None, [], [Bag("paper")]])])
        async def lists(n: int = 0, tags: list[str] = []) -> list[list[Bag] | None]:
            "Nothing, an empty list, and a list of one."
            return [None, [], [Bag("paper")]][:n]

        @action(access=allow_all, examples=[Example("inside", result="inside")])
        async def inside() -> str:
            "Be reached from within."
            return "inside"
        """,
    "plugins/stock/tests/__init__.py": "",
    "plugins/stock/tests/test_contract.py": """
        import pytest
        from hub.testing import assert_plugin_contract, example_tests

        test_examples = example_tests("stock")

        @pytest.mark.django_db(transaction=True)
        def test_contract():
            assert_plugin_contract("stock")
        """,
    "plugins/stock/tests/test_kit.py": """
        import json
        import os
        from pathlib import Path

        import pytest
        from django.conf import settings
        from django.db import connection

        from plugins.stock import runtime
        from plugins.stock.models import Item
        from plugins.stock.providers import Clock

        class Midnight(Clock):
            hour = 0

        def test_lifespans_run_as_long_as_the_hub_does(hub):
            assert runtime.open_now
            assert hub.plugins == ("stock",)

        def test_and_no_longer():
            assert not runtime.open_now

        async def test_what_is_replaced_counts_on_the_way(
            hub_client, caller, hub_settings, hub_override
        ):
            await Item.objects.acreate(sku="A1")
            hub_settings("stock", unit="boxes")
            hub_override(Clock, Midnight())
            ada = hub_client.as_caller(caller())
            answer = await ada.aget("/api/stock/mine")
            assert answer.json() == "ada has 1 boxes at 0"

        async def test_and_in_no_other_test(hub_client, caller):
            ada = hub_client.as_caller(caller())
            assert (await ada.acall("stock.mine")) == "ada has 0 pieces at 12"

        def test_tell_where_this_process_keeps_its_things(db):
            told = {"data": os.environ["HUB_DATA_DIR"], "redis": os.environ.get("REDIS_URL"),
                    "database": str(connection.settings_dict["NAME"])}
            folder = Path(os.environ["TOLD"])
            name = os.environ.get("PYTEST_XDIST_WORKER", "alone")
            (folder / name).write_text(json.dumps(told))
        """,
}
