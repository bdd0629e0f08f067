"""Kept answers lie in Django's default cache, also where they are reached without its detours."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache

from hub.operations import caching
from hub.operations.operation import Operation
from hub.sdk import action, allow_all, etag, get, ttl
from tests.caching.conftest import LOCMEM, Rest, ask
from tests.operations.conftest import compiled

ASKED: list[str] = []


class OfOperators(LocMemCache):
    """A cache that somebody wrote for their hub."""

    def get(self, key: str, *args: Any, **more: Any) -> Any:
        ASKED.append(key)
        return super().get(key, *args, **more)


def counted(policy: Any) -> Operation:
    numbers = itertools.count(1)

    @action(get(), access=allow_all, cache=policy)
    async def count(name: str = "") -> int:
        return next(numbers)

    return compiled(count)


@pytest.mark.parametrize(
    "options", [{}, {"KEY_PREFIX": "shop"}, {"VERSION": 3}, {"OPTIONS": {"MAX_ENTRIES": 5}}]
)
async def test_who_clears_djangos_cache_clears_kept_answers(
    settings: Any, options: dict[str, Any]
) -> None:
    settings.CACHES = {"default": {"BACKEND": LOCMEM, "LOCATION": uuid4().hex, **options}}
    count = counted(ttl(30))
    assert [await ask(count), await ask(count)] == [1, 1]
    caches["default"].clear()
    assert [await ask(count), await ask(count)] == [2, 2]


async def test_the_caches_own_limit_holds(settings: Any) -> None:
    (options,) = settings.CACHES.values()
    settings.CACHES = {"default": {**options, "OPTIONS": {"MAX_ENTRIES": 5}}}
    count = counted(ttl(30))
    for name in "abcdefghij":
        await ask(count, name=name)
    assert len(vars(caches["default"])["_cache"]) <= 5


async def test_a_cache_of_ones_own_is_asked_as_it_is(settings: Any) -> None:
    (options,) = settings.CACHES.values()
    settings.CACHES = {"default": {**options, "BACKEND": f"{__name__}.OfOperators"}}
    ASKED.clear()
    count = counted(ttl(30))
    assert [await ask(count), await ask(count)] == [1, 1]
    assert len(ASKED) == 2


async def test_arguments_of_any_length_are_told_apart() -> None:
    count = counted(ttl(30))
    names = ["x" * size + end for size in (0, 200, 250, 300, 5000) for end in "ab"]
    found = [await ask(count, name=name) for name in names]
    assert found == [*range(1, 11)]
    assert [await ask(count, name=name) for name in names] == found


async def test_the_tag_of_a_kept_answer_is_made_once(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []
    tag_of = caching.tag_of

    def noting(document: bytes) -> str:
        made.append(document)
        return tag_of(document)

    monkeypatch.setattr(caching, "tag_of", noting)
    count = counted(ttl(30) & etag())
    assert {(await rest(count)).header("etag") for _ in range(3)} == {tag_of(b"1")}
    assert made == [b"1"]


async def test_entries_of_an_earlier_version_are_read(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They had no tag."""

    async def put_as_before(key: str, entry: tuple[Any, ...], seconds: int) -> None:
        caches["default"].set(key, entry[:2], seconds)

    monkeypatch.setattr(caching, "put", put_as_before)
    count = counted(ttl(30) & etag())
    tag = (await rest(count)).header("etag") or ""
    again = await rest(count)
    assert (again.status, again.body, again.header("etag")) == (200, b"1", tag)
    assert (await rest(count, headers=[(b"if-none-match", tag.encode())])).status == 304
