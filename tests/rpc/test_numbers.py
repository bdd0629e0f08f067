"""``protobuf.json`` and the command that keeps it: numbers stay what they were."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from hub.operations.services.exposed import exposed_services
from hub.rpc.checks import check_locks
from hub.rpc.codecs import protobuf_of
from hub.rpc.numbering import numbered
from hub.wire.protobuf import lock_files
from hub.wire.protobuf.lock import BrokenLock
from hub.wire.protobuf.lock_files import lock_for, read_locks
from tests.local_calls.conftest import hub_of, plugin_of

SERVICES = """
from __future__ import annotations

from dataclasses import dataclass

from hub.sdk import Component, allow_all, component, implementation, service


@dataclass
class Item:
    {fields}


@service(name="stock", access=allow_all)
class Stock:
    async def item(self, sku: str) -> Item: ...


@implementation(Stock)
class Here(Stock):
    async def item(self, sku: str) -> Item:
        return Item(*[1] * 2)


@component(services=(Stock,))
class Depot(Component):
    pass
"""

SAME = "name: int\n    left: int"
MORE = "left: int\n    price: float = 0.0\n    name: int = 0"
LESS = "left: int"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "numbered_shop"
    package.mkdir()
    (package / "__init__.py").touch()
    yield package
    for name in [each for each in sys.modules if each.partition(".")[0] == "numbered_shop"]:
        del sys.modules[name]


def shop(folder: Path, fields: str) -> Any:
    """A hub with the plugin as its author has it now."""
    number = len(list(folder.glob("services*.py")))
    (folder / f"services{number}.py").write_text(SERVICES.format(fields=fields))
    lock_files._read_once.cache_clear()
    module: ModuleType = import_module(f"numbered_shop.services{number}")
    return hub_of(plugin_of(module.Stock, module.Here, module.Depot, label="numbered_shop"))


def protobuf(*words: str) -> str:
    out = StringIO()
    call_command("protobuf", *words, stdout=out)
    return out.getvalue()


def item_numbers() -> dict[str, int]:
    lock_files._read_once.cache_clear()
    return protobuf_of(exposed_services().find("stock")).file.lock.numbers()["Item"]


def test_numbers_follow_the_declaration_until_they_are_locked(folder: Path) -> None:
    with shop(folder, SAME):
        assert item_numbers() == {"name": 1, "left": 2}
        assert check_locks(app_configs=None) == []
        assert not protobuf("check")


def test_locked_numbers_stay_when_the_code_changes(folder: Path) -> None:
    with shop(folder, SAME):
        assert protobuf("lock", "numbered_shop") == f"{folder / 'protobuf.json'}\n"
    with shop(folder, MORE):
        assert item_numbers() == {"left": 2, "price": 3, "name": 1}


def test_the_check_tells_where_code_and_lock_differ(folder: Path) -> None:
    with shop(folder, SAME):
        protobuf("lock", "numbered_shop")
        assert check_locks(app_configs=None) == []
        assert not protobuf("check", "numbered_shop")
    with shop(folder, MORE):
        (found,) = check_locks(app_configs=None)
        assert found.id == "hub.W051" and "Item.price has no number" in found.msg
        with pytest.raises(CommandError, match=r"Item\.price has no number"):
            protobuf("check")
        protobuf("lock")
        assert check_locks(app_configs=None) == []


def test_the_number_of_what_went_is_reserved(folder: Path) -> None:
    with shop(folder, SAME):
        protobuf("lock", "numbered_shop")
    with shop(folder, LESS):
        protobuf("lock", "numbered_shop")
        assert 'reserved "name";' in protobuf("show", "numbered_shop")
    with shop(folder, SAME):
        assert item_numbers() == {"left": 2, "name": 1}


def test_locking_twice_changes_nothing(folder: Path) -> None:
    with shop(folder, SAME):
        protobuf("lock", "numbered_shop")
        before = (folder / "protobuf.json").read_text()
        protobuf("lock")
        assert (folder / "protobuf.json").read_text() == before


def test_a_service_that_is_not_in_the_file_is_told_and_one_that_went_stays(folder: Path) -> None:
    with shop(folder, SAME):
        protobuf("lock", "numbered_shop")
        path = folder / "protobuf.json"
        document = json.loads(path.read_text())
        document["services"] = {"gone": document["services"]["stock"]}
        path.write_text(json.dumps(document))
        (found,) = check_locks(app_configs=None)
        assert "'stock' is not in" in found.msg
        protobuf("lock")
        assert set(read_locks(path)) == {"gone", "stock"}


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"format": 2}', '{"format": 1, "services": []}', "\xff"),
        '{"format": 1, "services": {"stock": {"package": "stock", "types": {"Item": 1}}}}',
    ],
)
def test_a_broken_file_is_named(folder: Path, text: str) -> None:
    path = folder / "protobuf.json"
    with shop(folder, SAME):
        path.write_text(text)
        with pytest.raises(BrokenLock, match=r"protobuf\.json"):
            lock_for("stock", "numbered_shop.services0")
        (found,) = check_locks(app_configs=None)
        assert str(path) in found.msg
        with pytest.raises(CommandError, match=r"protobuf\.json"):
            protobuf("lock")


def test_unknown_labels_are_refused(folder: Path) -> None:
    with shop(folder, SAME), pytest.raises(CommandError, match="No plugin 'nobody'"):
        protobuf("lock", "nobody")


def test_modules_without_a_file_have_no_lock() -> None:
    assert lock_for("stock", "no.such.module") is None
    assert list(numbered(())) == []
