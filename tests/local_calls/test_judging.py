"""What does not fit together is told at start by name, and the rest works."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import pytest

from hub.sdk import (
    Component,
    Health,
    Injected,
    Status,
    action,
    allow_all,
    component,
    get,
    get_service,
    implementation,
    service,
)
from tests.local_calls.conftest import failures_of, hub_of, judged, plugin_of


@service
class Clock:
    def now(self, zone: str = "UTC") -> str:
        raise NotImplementedError

    async def wait(self, seconds: int) -> None: ...


class Good(Clock):
    def now(self, zone: str = "UTC") -> str:
        return f"noon {zone}"

    async def wait(self, seconds: int) -> None: ...


def _now(**changed: Any) -> type:
    """An implementation that differs in one thing."""
    return type("Odd", (Good,), {**changed, "__module__": __name__})


def forgets(**_: Any) -> type:
    class Odd(Clock):
        def now(self, zone: str = "UTC") -> str:
            return zone

    return Odd


async def anow(self: Any, zone: str = "UTC") -> str:
    return zone


def streams(self: Any, zone: str = "UTC") -> Any:
    yield zone


def renames(self: Any, area: str = "UTC") -> str:
    return area


def wants_more(self: Any, zone: str, colour: str) -> str:
    return zone


def positional(self: Any, zone: str = "", /) -> str:
    return zone


@get("/now")
def marked(self: Any, zone: str = "UTC") -> str:
    return zone


@pytest.mark.parametrize(
    ("owner", "reason"),
    [
        (forgets(), "Odd.wait does not fit Clock.wait: it is forgotten."),
        (_now(wait=lambda self, seconds: None), "it is plain, and the interface's is async."),
        (_now(now=streams), "it is a generator, and the interface's is plain."),
        (_now(now="noon"), "it is no method."),
        (_now(now=renames), "it does not take 'zone'."),
        (_now(now=wants_more), "it wants 'colour', which the interface does not have."),
        (_now(now=positional), "its parameter 'zone' can't be given by name."),
        (_now(now=marked), "triggers and @method(…) belong to the interface."),
    ],
    ids=lambda entry: entry if isinstance(entry, str) else "",
)
def test_a_method_that_does_not_fit_is_named(owner: type, reason: str) -> None:
    (failure,) = failures_of(plugin_of(Clock, implementation(Clock)(owner)))
    assert failure.startswith("Odd.")
    assert reason in failure
    assert failure.endswith("'shop.Odd' is left out.")


def test_an_implementation_may_take_more() -> None:
    def anything(self: Any, **options: Any) -> str:
        return str(options)

    def more(self: Any, *rest: int, zone: str, colour: str = "red") -> str:
        return zone + colour

    for now, found in ((anything, "{'zone': 'UTC'}"), (more, "UTCred")):
        with hub_of(Clock, implementation(Clock)(_now(now=now))):
            assert get_service(Clock).now() == found


def test_an_implementation_may_be_async_where_the_interface_is_plain() -> None:
    """It runs on the event loop then, without a thread of its own; callers wait as ever."""
    with hub_of(Clock, implementation(Clock)(_now(now=anow))) as engine:
        assert get_service(Clock).now() == "UTC"
        assert engine.operation("shop.clock.now").is_async


def test_an_abstract_implementation_is_told() -> None:
    from abc import ABC

    class Odd(Good, ABC):
        @abstractmethod
        def _tick(self) -> None: ...

    (failure,) = failures_of(plugin_of(Clock, implementation(Clock)(Odd)))
    assert failure == "Odd is abstract: it does not define '_tick'. 'shop.Odd' is left out."


def _good() -> type:
    return implementation(Clock)(type("Copy", (Good,), {"__module__": __name__}))


def test_two_implementations_need_a_qualifier() -> None:
    first, second = plugin_of(Clock, _good()), plugin_of(_good(), label="other")
    (failure,) = failures_of(first, second)
    assert "'clock' is implemented by tests.local_calls.test_judging.Copy and by" in failure
    assert "tell them apart by qualifier=" in failure
    with hub_of(first, second):
        assert get_service(Clock).now() == "noon UTC"
    (failure,) = failures_of(plugin_of(Clock, _good(), _good()))
    assert "qualifier=" in failure


def test_an_interface_that_no_plugin_declares() -> None:
    (failure,) = failures_of(plugin_of(_good()))
    assert "Copy implements 'clock', which no plugin here declares" in failure


def test_names_are_unique_in_the_hub() -> None:
    @service(name="clock")
    class Another:
        def nothing(self) -> None: ...

    (failure,) = failures_of(plugin_of(Clock), plugin_of(Another, label="other"))
    assert "the service 'clock' is already taken by" in failure
    assert "(plugin 'shop'); 'clock' is left out." in failure


def test_a_plugins_actions_are_the_service_of_its_label() -> None:
    @action(access=allow_all)
    def tick() -> int:
        return 1

    (failure,) = failures_of(plugin_of(tick, label="clock"), plugin_of(Clock))
    assert "the service 'clock' is already taken by clock.actions (plugin 'clock')" in failure
    (failure,) = failures_of(plugin_of(Clock, tick, label="clock"))
    assert "the service 'clock' is already taken" in failure
    assert not failures_of(plugin_of(Clock, _good(), label="clock"))


def test_components_bundle_what_their_plugin_implements_and_have_names_of_their_own() -> None:
    @component(services=[Clock])
    class Tower(Component): ...

    @component(services=[Clock])
    class Steeple(Component): ...

    @component(name="tower")
    class Again(Component): ...

    good = _good()
    (failure,) = failures_of(plugin_of(Clock, Tower))
    assert failure.startswith("the component 'tower' bundles Clock, which nothing in its plugin")
    (failure,) = failures_of(plugin_of(Clock, good, Tower, Steeple))
    assert failure == "Clock is in the component 'tower' already. 'steeple' is left out."
    (failure,) = failures_of(plugin_of(Clock, good, Tower), plugin_of(Again, label="other"))
    assert "the component 'tower' is already taken" in failure
    found = failures_of(plugin_of(Clock, good), plugin_of(Tower, Again, label="tower"))
    assert "the component of the label 'tower' is already taken" in found[0]
    assert "bundles Clock, which nothing in its plugin implements" in found[1]


def test_the_check_of_a_component_that_is_left_out_goes_with_it() -> None:
    @component(services=[Clock])
    class Tower(Component):
        def get_health(self) -> Health:
            return Health(Status.UP)

    plugin = judged(plugin_of(Clock, Tower))["shop"]
    assert [entry.kind for entry in plugin.contributions] == ["service"]
    plugin = judged(plugin_of(Clock, _good(), Tower))["shop"]
    assert [entry.name for entry in plugin.contributed("health_check")] == ["shop.tower"]


def test_what_the_constructor_asks_for_is_checked_at_start() -> None:
    class Wheel: ...

    class Odd(Good):
        def __init__(self, wheel: Wheel) -> None: ...

    Odd.__init__.__annotations__ = {"wheel": Wheel}
    (failure,) = failures_of(plugin_of(Clock, implementation(Clock)(Odd)))
    assert failure == "shop: Odd → Wheel is not provided: no provider makes it."


def test_what_injects_a_service_that_is_left_out_is_refused() -> None:
    def ask(clock: Injected[Clock]) -> str:
        return clock.now()

    ask.__annotations__ = {"clock": Injected[Clock], "return": str}
    (failure,) = failures_of(plugin_of(action()(ask)))
    assert failure == "shop: ask → Clock is not provided: no provider makes it."
