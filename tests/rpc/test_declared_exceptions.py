"""``raises=``: exceptions that callers get as their class, on each way to an operation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.loader.catalog import Contribution
from hub.operations.faults import DeclaredFault
from hub.operations.pipeline import invoke
from hub.sdk import (
    Conflict,
    HubError,
    action,
    allow_all,
    exception_handler,
    get_service,
    implementation,
    method,
    service,
)
from hub.sdk.exceptions import exception_handlers_of
from hub.sdk.services import service_declaration_of
from hub.wire.envelope import error_map
from hub.wire.errors import InternalError, NotFound
from hub.wire.problem import problem
from tests.local_calls.conftest import calling_as, hub_of, plugin_of
from tests.rpc.conftest import USER


class Torn(Exception):
    pass


class Wet(Exception):
    code, status = "soaked", 418


class Other(Exception):
    pass


@service(name="papers", access=allow_all, raises=(Torn,))
class Papers:
    @method(raises=(Wet,))
    def read(self, how: str) -> str:
        raise NotImplementedError

    async def glance(self, how: str) -> str: ...  # type: ignore[empty-body]


FAULTS = {"torn": Torn("at the edge"), "wet": Wet(3), "other": Other("secret")}


@implementation(Papers)
class PapersHere(Papers):
    def read(self, how: str) -> str:
        raise FAULTS[how]

    async def glance(self, how: str) -> str:
        raise FAULTS[how]


def test_a_service_knows_what_its_methods_raise() -> None:
    declaration = service_declaration_of(Papers)
    assert declaration is not None
    assert declaration.raises == (Torn, Wet)
    assert {each.name: each.raises for each in declaration.methods} == {
        "read": (Torn, Wet),
        "glance": (Torn,),
    }


def test_local_callers_get_the_exception_itself() -> None:
    with hub_of(Papers, PapersHere), calling_as(USER):
        for how in ("torn", "wet"):
            with pytest.raises(type(FAULTS[how])) as caught:
                get_service(Papers).read(how)
            assert caught.value is FAULTS[how]
        with pytest.raises(InternalError):
            get_service(Papers).read("other")


async def test_async_callers_too() -> None:
    with hub_of(Papers, PapersHere), calling_as(USER):
        with pytest.raises(Torn):
            await get_service(Papers).glance("torn")
        with pytest.raises(InternalError):
            await get_service(Papers).glance("wet")  # not declared for this one


async def test_other_edges_show_code_and_text() -> None:
    with hub_of(Papers, PapersHere) as engine, pytest.raises(HubError) as caught:
        await invoke(
            engine.operation("shop.papers.read"),
            caller=USER,
            arguments={"how": "wet"},
            transport="rest",
        )
    shown = problem(caught.value)
    assert (shown["code"], shown["status"], shown["detail"]) == ("soaked", 418, "3")
    assert shown["exception"].endswith("test_declared_exceptions.Wet")


async def test_a_handler_says_what_it_means_and_the_class_stays() -> None:
    @exception_handler(Torn)
    def torn(error: Torn) -> HubError:
        return Conflict("It is torn.", code="torn_apart", hint="Glue it.")

    handlers = tuple(
        Contribution("exception_handler", "Torn", "shop.exceptions", each)
        for each in exception_handlers_of(torn)
    )
    plugin = plugin_of(Papers, PapersHere)
    handled = replace(plugin, contributions=(*plugin.contributions, *handlers))
    with hub_of(handled) as engine, pytest.raises(DeclaredFault) as caught:
        await invoke(
            engine.operation("shop.papers.read"),
            caller=USER,
            arguments={"how": "torn"},
            transport="dispatch-json",
        )
    envelope = caught.value.envelope
    assert (envelope.code, envelope.status, envelope.hint) == ("torn_apart", 409, "Glue it.")
    found = error_map((Torn,)).exception(envelope)
    assert isinstance(found, Torn) and found.args == ("at the edge",)


def test_what_can_not_be_declared_is_refused() -> None:
    for raises in (ValueError, (NotFound,), (Exception,), ("Torn",), (KeyboardInterrupt,)):
        with pytest.raises(TypeError):
            action(raises=raises)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        service(raises=(NotFound,))
