"""What can be a provider: functions, classes, methods, generics, plain and async."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Generic, Self, TypeVar

import pytest

from hub.sdk import Inject, InjectionError, provide, provided
from tests.injection.conftest import Maker

T = TypeVar("T")


class Engine: ...


@dataclass
class Session:
    engine: Engine


class Report:
    def __init__(self, session: Session, title: str = "untitled") -> None:
        self.session = session
        self.title = title


class Item: ...


@dataclass
class There:
    thread: threading.Thread


class Repository(Generic[T]):
    def __init__(self, engine: Engine, model: type[T]) -> None:
        self.engine = engine
        self.model = model


class Items(Repository[Item]): ...


def make_engine() -> Engine:
    return Engine()


async def test_classes_are_made_by_their_constructors_and_keep_their_defaults(
    container_for: Maker,
) -> None:
    report = await container_for(Report, Session, Engine).aget(Report)
    assert isinstance(report.session.engine, Engine)
    assert report.title == "untitled"


async def test_functions_plain_and_async_make_what_they_say_they_return(
    container_for: Maker,
) -> None:
    async def session(engine: Engine) -> Session:
        return Session(engine)

    container = container_for(session, make_engine)
    assert isinstance((await container.aget(Session)).engine, Engine)


def test_sync_code_gets_what_async_functions_make(container_for: Maker) -> None:
    async def session(engine: Engine) -> Session:
        return Session(engine)

    assert isinstance(container_for(session, make_engine).get(Session).engine, Engine)


async def test_a_classmethod_returns_self(container_for: Maker) -> None:
    class Ticket:
        @classmethod
        async def draw(cls, engine: Engine) -> Self:
            ticket = cls()
            ticket.engine = engine  # type: ignore[attr-defined]
            return ticket

    container = container_for(Engine, provided(Ticket.draw, provides=Ticket))
    assert isinstance((await container.aget(Ticket)).engine, Engine)


async def test_a_generic_class_is_made_for_each_argument(container_for: Maker) -> None:
    container = container_for(Repository, Engine)
    items = await container.aget(Repository[Item])
    assert items.model is Item
    assert (await container.aget(Repository[Session])).model is Session


async def test_a_subclass_of_a_generic_one_knows_its_argument(container_for: Maker) -> None:
    assert (await container_for(Items, Engine).aget(Items)).model is Item


async def test_a_generic_function_is_called_for_each_argument(container_for: Maker) -> None:
    def repository(engine: Engine, model: type[T]) -> Repository[T]:
        return Repository(engine, model)

    container = container_for(repository, Engine)
    assert (await container.aget(Repository[Item])).model is Item


async def test_qualifiers_tell_apart_two_of_one_type(container_for: Maker) -> None:
    @provide(qualifier="main")
    def main() -> str:
        return "main"

    @provide(qualifier="spare")
    def spare() -> str:
        return "spare"

    class Both:
        def __init__(
            self, one: Annotated[str, Inject("main")], two: Annotated[str, Inject("spare")]
        ) -> None:
            self.names = one, two

    container = container_for(main, spare, Both)
    assert (await container.aget(Both)).names == ("main", "spare")
    assert await container.aget(str, qualifier="spare") == "spare"
    with pytest.raises(InjectionError, match=r"^container → str is not provided: there is one "):
        await container.aget(str)


async def test_a_provider_may_name_the_interface_it_provides(container_for: Maker) -> None:
    class Interface: ...

    class Thing(Interface): ...

    container = container_for(provided(Thing, provides=Interface))
    assert type(await container.aget(Interface)) is Thing
    with pytest.raises(InjectionError, match="makes a subclass of it; say provides=Interface"):
        await container_for(Thing).aget(Interface)


async def test_a_function_below_contextmanager_is_a_generator(container_for: Maker) -> None:
    ends: list[str] = []

    @contextmanager
    def session() -> Iterator[Session]:
        yield Session(Engine())
        ends.append("session")

    container = container_for(session)
    async with container.call_scope() as call:
        assert isinstance(await call.aget(Session), Session)
        assert ends == []
    assert ends == ["session"]


async def test_plain_functions_run_in_a_thread_and_constructors_at_once(
    container_for: Maker,
) -> None:
    class Here:
        def __init__(self) -> None:
            self.thread = threading.current_thread()

    def there() -> There:
        return There(threading.current_thread())

    container = container_for(Here, there)
    assert (await container.aget(Here)).thread is threading.current_thread()
    assert (await container.aget(There)).thread is not threading.current_thread()


@pytest.mark.parametrize("name", ["no_result", "untyped", "positional", "starred"])
def test_what_can_not_be_read_is_named(name: str, container_for: Maker) -> None:
    def no_result():  # type: ignore[no-untyped-def]
        return 1

    def untyped(engine) -> Session:  # type: ignore[no-untyped-def]
        return Session(engine)

    def positional(engine: Engine, /) -> Session:
        return Session(engine)

    def starred(*engines: Engine) -> Session:
        return Session(engines[0])

    with pytest.raises(TypeError, match=rf"the provider shop\.providers\..*{name} "):
        container_for(locals()[name])


@pytest.mark.parametrize("wrong", ["request", "", None])
def test_a_scope_is_app_or_call(wrong: object) -> None:
    with pytest.raises(ValueError, match="scope= is 'app' or 'call'"):
        provide(scope=wrong)(Engine)  # type: ignore[arg-type]


async def test_a_generator_that_does_not_yield_once_is_told(container_for: Maker) -> None:
    async def never() -> AsyncIterator[Engine]:
        for engine in ():
            yield engine

    def twice() -> Iterator[Session]:
        yield Session(Engine())
        yield Session(Engine())

    container = container_for(never, twice)
    async with container.call_scope() as call:
        with pytest.raises(RuntimeError, match="never did not yield"):
            await call.aget(Engine)
    with pytest.raises(RuntimeError, match="twice yields more than once"):
        async with container.call_scope() as call:
            await call.aget(Session)
