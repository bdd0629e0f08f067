"""``plugins remove``: nothing of a plugin stays, nothing of others goes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from os import getpid
from pathlib import Path

import psycopg
import pytest

from tests.processes import HubProcess
from tests.registry.shelves import SHOP, STOCK, Answers, run, write_plugin
from tests.services import postgres_database

pytestmark = pytest.mark.process

MADE = (
    ("migrate", "-v0"),
    ("sync_hub",),
    ("sql", "INSERT INTO stock_item (sku) VALUES ('pen'), ('cup')"),
    ("sql", "INSERT INTO stock_tag (name) VALUES ('blue')"),
    ("sql", "INSERT INTO stock_item_tags (item_id, tag_id) VALUES (1, 1)"),
)
LEFT = (
    ("sql", "SELECT COUNT(*) FROM django_migrations WHERE app IN ('stock', 'shop')"),
    ("sql", "SELECT COUNT(*) FROM django_content_type WHERE app_label IN ('stock', 'shop')"),
    ("sql", "SELECT COUNT(*) FROM registry_plugin WHERE label IN ('stock', 'shop')"),
    ("sql", "SELECT COUNT(*) FROM registry_operation WHERE plugin_id = 'stock'"),
    ("sql", "SELECT COUNT(*) FROM schedules_schedule WHERE plugin = 'stock'"),
    ("sql", "SELECT COUNT(*) FROM health_check WHERE plugin_id = 'stock'"),
    (
        "sql",
        "SELECT COUNT(*) FROM django_celery_beat_periodictask WHERE name LIKE 'stock.%'",
    ),
)
OTHERS = (
    ("sql", "SELECT COUNT(*) FROM registry_plugin WHERE label = 'greeter'"),
    ("sql", "SELECT COUNT(*) FROM django_celery_beat_periodictask WHERE name LIKE '%greeter%'"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {}
        return
    try:
        with postgres_database(f"hub_removal_{getpid()}") as url:
            public = "http://hub.example.com"
            yield {"DATABASE_URL": url, "HUB_SECRET_KEY": "k" * 40, "HUB_PUBLIC_URL": public}
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL on 127.0.0.1: {str(error).splitlines()[0]}")


def counts(answers: Answers) -> list[int]:
    return [rows[0][0] for rows, *_ in answers]


def test_a_plugin_goes_with_all_it_has_and_those_that_need_it(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    write_plugin(tmp_path, "stock", STOCK)
    write_plugin(tmp_path, "shop", SHOP)
    remove = ("plugins", "remove", "stock")
    told = run(
        tmp_path,
        *MADE,
        (*remove, "--json"),
        (*remove, "--yes"),
        (*remove, "--cascade"),
        ("sql", "SELECT COUNT(*) FROM stock_item"),
        (*remove, "--cascade", "--yes"),
        (*remove, "--cascade", "--yes"),
        ("plugins", "list", "--json"),
        *LEFT,
        *OTHERS,
        **settings,
    )
    (dry,) = told.json(5)
    assert dry["tables"] == {"stock_tag": 1, "stock_item_tags": 1, "stock_item": 2}
    assert dry["migrations"] == ["0001_initial"]
    assert dry["schedules"] == ["stock.count"]
    assert dry["content_types"] == ["item", "tag"]
    assert "add_item" in dry["permissions"]
    assert (dry["rows"]["operations"], dry["rows"]["checks"]) == (1, 1)
    # Not without the shop, which is named with all its reasons.
    assert "The plugin 'shop' requires it." in told[6][2]
    assert "shop_order.item_id refers to stock_item (plugin 'shop')." in told[6][2]
    assert "Migrations of 'shop' build on its own." in told[6][2]
    assert "--cascade" in told[6][2]
    # The dry run with both: the shop goes first, and nothing has gone yet.
    assert told[7][0].index("shop:") < told[7][0].index("stock:")
    assert "nothing has" in told[7][1]
    assert told[8][0] == [[2]]
    assert "stock is removed." in told[9][1]
    assert f"delete the folder {tmp_path / 'plugins' / 'stock'}" in told[9][1]
    assert "HUB_EXCLUDE_PLUGINS=shop,stock." in told[9][1]
    # Again: nothing to do, and no error.
    assert (told[10][2], "nothing of it is in the database" in told[10][0]) == ("", True)
    switched = {entry["label"]: entry["enabled"] for entry in told.json(11)}
    assert (switched["stock"], switched["shop"], switched["greeter"]) == (False, False, True)
    assert counts(Answers(told[12:])) == [0] * len(LEFT) + [1, 2]
    # It comes back, empty.
    again = run(
        tmp_path, *MADE[:2], ("sql", "SELECT COUNT(*) FROM stock_item"), ("plugins",), **settings
    )
    assert again[2][0] == [[0]]
    assert {entry["label"]: entry["enabled"] for entry in again.json(3)}["stock"] is True


@pytest.mark.soak
def test_what_is_left_of_a_plugin_whose_code_is_gone(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    package = write_plugin(tmp_path, "stock", STOCK)
    run(tmp_path, *MADE, **settings)
    shutil.rmtree(package)
    told = run(
        tmp_path,
        ("sync_hub",),
        ("plugins", "remove", "stock", "--json"),
        ("plugins", "remove", "stock", "--yes"),
        ("plugins", "remove", "stock", "--yes"),
        *LEFT,
        *OTHERS,
        ("plugins", "remove", "stoc"),
        **settings,
    )
    (dry,) = told.json(1)
    assert dry["tables"] == {"stock_tag": 1, "stock_item_tags": 1, "stock_item": 2}
    assert "The code of 'stock' is not loaded" in dry["unknown"][0]
    assert told[2][2] == ""
    assert "is still here" not in told[2][1]
    assert told[3][2] == ""
    assert counts(Answers(told[4:-1])) == [0] * len(LEFT) + [1, 2]
    assert "There is no plugin 'stoc'." in told[-1][2]
    assert "Did you mean 'stock'?" in told[-1][2]


IRREVERSIBLE = """
    from django.db import migrations

    class Migration(migrations.Migration):
        dependencies = [("stock", "0001_initial")]
        operations = [migrations.RunPython(lambda apps, editor: None)]
    """


def test_a_migration_that_can_not_be_undone_keeps_no_table(tmp_path: Path) -> None:
    write_plugin(tmp_path, "stock", {**STOCK, "migrations/0002_for_good": IRREVERSIBLE})
    told = run(
        tmp_path,
        *MADE,
        ("plugins", "remove", "stock"),
        ("plugins", "remove", "stock", "--yes"),
        *LEFT,
        ("sql", "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'stock_%'"),
    )
    assert "0002_for_good can't be undone: the tables are dropped without them" in told[5][0]
    assert told[6][2] == ""
    assert counts(Answers(told[7:])) == [0] * (len(LEFT) + 1)


def test_models_without_migrations_go_too(tmp_path: Path) -> None:
    modules = {name: text for name, text in STOCK.items() if not name.startswith("migrations")}
    write_plugin(tmp_path, "stock", modules)
    told = run(
        tmp_path,
        ("migrate", "--run-syncdb", "-v0"),
        *MADE[1:],
        ("plugins", "remove", "stock", "--yes"),
        ("sql", "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'stock_%'"),
        ("plugins", "remove", "flags"),
        ("plugins", "remove", "registry", "--yes"),
    )
    assert told[5][2] == ""
    assert told[6][0] == [[0]]
    assert "flags_flag, 0 rows" in told[7][0]
    assert "'registry' is a part of the hub." in told[8][2]


SLOW = """
    import time
    from contextlib import contextmanager
    from pathlib import Path

    @contextmanager
    def lifespan():
        from .models import Item
        yield
        time.sleep(3)
        Path("counted").write_text(str(Item.objects.count()))
    """


@pytest.mark.soak
def test_what_still_runs_elsewhere_keeps_its_tables_until_it_has_stopped(tmp_path: Path) -> None:
    write_plugin(tmp_path, "stock", {**STOCK, "runtime": SLOW})
    run(tmp_path, *MADE)
    with HubProcess(tmp_path):
        told = run(tmp_path, ("plugins", "remove", "stock", "--yes"), *LEFT)
        assert (told[0][2], "stock is removed." in told[0][1]) == ("", True)
        assert (tmp_path / "counted").read_text() == "2"
        assert counts(Answers(told[1:])) == [0] * len(LEFT)
