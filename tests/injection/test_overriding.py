"""Keywords for one call, and overrides for tests."""

from __future__ import annotations

import pytest

from hub.sdk import InjectionError, provide
from tests.injection.conftest import Maker

made: list[str] = []


class Engine:
    def __init__(self) -> None:
        made.append("engine")


class Session:
    def __init__(self, engine: Engine) -> None:
        made.append("session")
        self.engine = engine


@provide(scope="app")
class Shared:
    def __init__(self, session: Session) -> None:
        self.session = session


@provide(scope="app")
def shared_session(engine: Engine) -> Session:
    return Session(engine)


@provide(scope="app")
def shared_engine() -> Engine:
    return Engine()


@pytest.fixture(autouse=True)
def nothing_made() -> None:
    made.clear()


async def test_keywords_win_and_the_rest_is_filled_in(container_for: Maker) -> None:
    def greet(name: str, session: Session, mark: str = "!") -> tuple[str, Session]:
        return name + mark, session

    container = container_for(Engine, Session)
    text, session = await container.acall(greet, name="Ada")
    assert (text, type(session)) == ("Ada!", Session)
    own = session
    made.clear()
    assert container_for(Engine, Session) is not container
    assert await container.acall(greet, "Ada", session=own, mark="?") == ("Ada?", own)
    assert made == []


def test_sync_code_calls_too(container_for: Maker) -> None:
    def greet(session: Session, *, name: str) -> str:
        return name

    async def agreet(session: Session, name: str) -> str:
        return name

    container = container_for(Engine, Session)
    assert container.call(greet, name="Ada") == container.call(agreet, name="Ada") == "Ada"


async def test_a_missing_keyword_is_named(container_for: Maker) -> None:
    def greet(name: str) -> str:
        return name

    with pytest.raises(InjectionError, match=r"greet → str is not provided"):
        await container_for().acall(greet)


async def test_a_keyword_may_be_a_provider_s_parameter(container_for: Maker) -> None:
    container = container_for(Engine, Session)
    engine = await container.aget(Engine)
    assert (await container.aget(Session, engine=engine)).engine is engine


def test_an_override_reaches_what_needs_it_and_ends(container_for: Maker) -> None:
    container = container_for(shared_engine, shared_session, Shared)
    before = container.get(Shared)
    made.clear()
    other = object()
    with container.override(Engine, other):
        assert container.get(Engine) is other
        assert container.get(Shared).session.engine is other
        assert made == ["session"]
    assert container.get(Shared) is before


def test_what_only_the_overridden_thing_needs_is_not_made(container_for: Maker) -> None:
    container = container_for(Engine, Session)
    with container.override(Session, "instead"):
        assert container.get(Session) == "instead"
    assert made == []


def test_overrides_nest_and_a_wrong_one_is_told(container_for: Maker) -> None:
    container = container_for(Engine, Session)
    with container.override(Engine, 1), container.override(Engine, 2):
        assert container.get(Session).engine == 2
    with (
        pytest.raises(InjectionError, match="int can't be overridden: no provider makes it"),
        container.override(int, 3),
    ):
        pass
