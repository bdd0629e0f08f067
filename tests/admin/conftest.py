from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from hub.loader.catalog import Failure
from hub.operations import switches
from hub.operations.engine import Engine
from hub.registry import admin as registry_admin
from hub.registry.statistics import recorder
from hub.registry.sync import sync
from hub.sdk import Caller, Example, action, allow_all, get, post, requires_scope
from tests.registry.catalogs import engine_of, plugin, refused


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Item:
    sku: str
    count: int


@action(post(), access=allow_all, examples=[Example("soup", {"title": "Soup", "portions": 2})])
def cook(
    title: str,
    portions: int,
    items: list[Item] | None = None,
    color: Color = Color.RED,
    ready: bool = False,
    day: dt.date | None = None,
    at: dt.datetime | None = None,
    price: Decimal = Decimal("9.90"),
    level: Literal[1, 2] = 1,
) -> dict[str, Any]:
    """Cook <b>something</b>."""
    return {"title": title, "portions": portions, "items": items, "price": price, "day": day}


@action(get(), access=requires_scope("kitchen:secret"))
def secret(caller: Caller) -> str:
    return caller.username


@action(get(), access=allow_all)
def burn() -> str:
    raise RuntimeError("the pan is on fire")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    switches.forget()
    recorder.forget()
    yield
    switches.forget()
    recorder.forget()


@pytest.fixture
def kitchen(db: None, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A running plugin, a degraded one, a refused one and a part of the hub, as rows."""
    engine = engine_of(
        plugin("kitchen", cook, secret, burn, links=(("Handbook", "https://example.com/"),)),
        plugin("shed", failures=[Failure("plugins.shed.api", "broken", "Traceback: <shed>")]),
        plugin("core", builtin=True),
        refused("garden", "it needs hub >=9"),
    )
    sync(engine)
    monkeypatch.setattr(registry_admin, "engine", lambda: engine)
    return engine


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def viewer(db: None) -> Client:
    """Staff who may look at everything of the registry and change nothing."""
    user = User.objects.create_user("vera", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="registry", codename__startswith="view_")
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def nobody(db: None) -> Client:
    """Staff without any permission."""
    client = Client()
    client.force_login(User.objects.create_user("nora", is_staff=True))
    return client
