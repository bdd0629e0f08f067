"""One call, from choosing an address to its result, over failures of some."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from hub.client.calls import Call, ConnectionLost, NoInstance, NotSent, TimedOut
from hub.client.channels.registered import UnknownChannel
from hub.client.instances import Instance
from hub.client.resilience import attempts
from hub.client.resilience.calling import Calling, Fixed
from hub.client.resilience.traffic import Traffic
from hub.wire.errors import NotFound, Unavailable
from tests.resilience.conftest import HARMLESS, ONCE, Known, call_of, channels_of, way_of

HOW = pytest.mark.parametrize("how", ["call", "acall"])


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 0.001)


def failing(*bad: str, error: Callable[[], Exception]) -> Callable[[Call, str], str]:
    """Answers with the address, but for ``bad`` ones."""

    def answer(call: Call, address: str) -> str:
        if address.removeprefix("http://") in bad:
            raise error()
        return address

    return answer


def refused() -> Exception:
    return NotSent("refused")


def calling_of(answer: Any, known: Any, **members: Any) -> tuple[Calling, list[str], Traffic]:
    channels, asked = channels_of(answer)
    traffic = members.pop("traffic", None) or Traffic()
    members = {"channel": "fake", "choose": "first"} | members
    return Calling(known, channels, traffic, **members), asked, traffic


@HOW
def test_a_call_fails_over_to_another_address(how: str) -> None:
    calling, asked, _ = calling_of(failing("a", "b", error=refused), Known("a", "b", "c"))
    call = call_of(ONCE)
    assert way_of(calling, how)(call) == "http://c"
    assert asked == ["http://a", "http://b", "http://c"]
    assert (call.instance, call.attempts) == ("c", 3)


@HOW
def test_three_tries_are_the_most(how: str) -> None:
    bad = ("a", "b", "c", "d")
    calling, asked, _ = calling_of(failing(*bad, error=refused), Known(*bad))
    with pytest.raises(NotSent):
        way_of(calling, how)(call_of())
    assert len(asked) == 3


@HOW
def test_the_only_address_is_tried_again(how: str) -> None:
    answers = iter([NotSent("refused"), NotSent("refused"), "there"])

    def answer(call: Call, address: str) -> str:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    calling, asked, _ = calling_of(answer, Known("a"))
    assert way_of(calling, how)(call_of()) == "there"
    assert asked == ["http://a"] * 3


@HOW
@pytest.mark.parametrize(
    "error", [ConnectionLost("broken"), Unavailable("draining")], ids=["lost", "503"]
)
def test_only_what_is_harmless_is_done_twice(how: str, error: Exception) -> None:
    answer = failing("a", error=lambda: error)
    calling, asked, _ = calling_of(answer, Known("a", "b"))
    assert way_of(calling, how)(call_of(HARMLESS)) == "http://b"
    with pytest.raises(type(error)):
        way_of(calling, how)(call_of(ONCE))
    assert asked == ["http://a", "http://b", "http://a"]


@HOW
def test_an_answer_is_an_answer_even_if_it_is_an_error(how: str) -> None:
    answer = failing("a", error=lambda: NotFound("no such item"))
    calling, asked, traffic = calling_of(answer, Known("a", "b"))
    for _ in range(7):
        with pytest.raises(NotFound):
            way_of(calling, how)(call_of(HARMLESS))
    assert asked == ["http://a"] * 7
    assert traffic.of("shelf").report().addresses[0].errors == 0


@HOW
def test_a_call_that_timed_out_is_over(how: str) -> None:
    answer = failing("a", error=lambda: TimedOut("late"))
    calling, asked, _ = calling_of(answer, Known("a", "b"))
    with pytest.raises(TimedOut):
        way_of(calling, how)(call_of(HARMLESS))
    assert asked == ["http://a"]


@HOW
def test_nothing_is_tried_again_past_the_deadline(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 60.0)
    monkeypatch.setattr(attempts, "_LONGEST_PAUSE", 60.0)
    calling, asked, _ = calling_of(failing("a", error=refused), Known("a"))
    with pytest.raises(NotSent):
        way_of(calling, how)(call_of())
    assert asked == ["http://a"]


@HOW
def test_who_asks_to_be_left_alone_is_if_there_is_time(how: str) -> None:
    asked_at: list[float] = []

    def answer(call: Call, address: str) -> str:
        asked_at.append(time.monotonic())
        if len(asked_at) == 1:
            raise Unavailable("busy", headers={"retry-after": "1"})
        return "done"

    calling, _, _ = calling_of(answer, Known("a"))
    assert way_of(calling, how)(call_of()) == "done"
    assert asked_at[1] - asked_at[0] >= 1.0
    asked_at.clear()
    with pytest.raises(Unavailable):
        way_of(calling, how)(call_of(seconds=0.9))
    assert len(asked_at) == 1


@HOW
def test_retries_end_with_their_budget(how: str) -> None:
    calling, asked, traffic = calling_of(failing("a", error=refused), Known("a"))
    for _ in range(50):
        with pytest.raises(NotSent):
            way_of(calling, how)(call_of())
    budget = traffic.of("shelf").report().budget
    assert (budget.calls, budget.retries, budget.left) == (50, 30, 0)
    assert len(asked) == 80


@HOW
def test_an_address_that_keeps_failing_gets_no_more_calls(how: str) -> None:
    calling, asked, traffic = calling_of(failing("a", error=refused), Known("a", "b", "c"))
    for _ in range(20):
        assert way_of(calling, how)(call_of()) == "http://b"
    assert asked.count("http://a") == 5
    states = {each.instance: each.state for each in traffic.of("shelf").report().addresses}
    assert states == {"a": "open", "b": "closed"}


@HOW
def test_a_process_that_takes_the_place_of_another_begins_anew(how: str) -> None:
    bad = {"http://a"}

    def answer(call: Call, address: str) -> str:
        if address in bad:
            raise NotSent("refused")
        return address

    known = Known("a", "b")
    calling, _, _ = calling_of(answer, known)
    for _ in range(6):
        way_of(calling, how)(call_of())
    bad.clear()
    assert way_of(calling, how)(call_of()) == "http://b"
    known.members["generation"] = 2
    known.told("a", "b")
    assert way_of(calling, how)(call_of()) == "http://a"


@HOW
def test_the_own_zone_is_first_while_one_is_well_there(how: str) -> None:
    def at(name: str, zone: str) -> Instance:
        addresses = {"fake": f"http://{name}"}
        return Instance(id=name, component="c", services=("shelf",), addresses=addresses, zone=zone)

    known, bad = Known(), set[str]()
    known.instances(at("a", "west"), at("b", "east"), at("c", "east"), at("d", "west"))

    def answer(call: Call, address: str) -> str:
        if address in bad:
            raise NotSent("refused")
        return address

    calling, asked, _ = calling_of(answer, known, zone="east")
    assert way_of(calling, how)(call_of()) == "http://b"
    bad.add("http://b")
    assert way_of(calling, how)(call_of()) == "http://c"
    bad.add("http://c")
    assert way_of(calling, how)(call_of()) == "http://a"
    for _ in range(6):
        way_of(calling, how)(call_of())
    asked.clear()
    assert way_of(calling, how)(call_of()) == "http://a"
    assert asked == ["http://a"], "nobody in the zone is well"
    elsewhere, _, _ = calling_of(answer, known, zone="north")
    assert way_of(elsewhere, how)(call_of()) == "http://a"


@HOW
def test_no_instance_is_an_error_that_names_the_service(how: str) -> None:
    calling, _, _ = calling_of(failing(error=refused), Known())
    with pytest.raises(NoInstance, match="'shelf'") as caught:
        way_of(calling, how)(call_of())
    assert caught.value.code == "no_instance"


def test_what_is_asked_for_must_exist() -> None:
    with pytest.raises(UnknownChannel, match="no channel 'fax'"):
        calling_of(failing(error=refused), Known(), channel="fax")
    with pytest.raises(ValueError, match="version specifier"):
        calling_of(failing(error=refused), Known(), version="the newest")
    with pytest.raises(ValueError, match="no way to choose"):
        calling_of(failing(error=refused), Known(), choose="best")


@HOW
def test_addresses_without_a_registry_serve_every_service(how: str) -> None:
    calling, asked, _ = calling_of(failing(error=refused), Fixed({"fake": "http://hub"}))
    assert way_of(calling, how)(call_of()) == "http://hub"
    assert asked == ["http://hub"]


@HOW
def test_channels_that_this_program_does_not_have_are_passed_over(how: str) -> None:
    known = Known()
    addresses = {"carrier-pigeon": "pigeon://a", "fake": "http://a"}
    known.instances(Instance(id="a", component="c", services=("shelf",), addresses=addresses))
    calling, _, _ = calling_of(failing(error=refused), known, channel="")
    assert way_of(calling, how)(call_of()) == "http://a"


@pytest.mark.parametrize("how", ["iterate", "aiterate"])
def test_a_stream_is_tried_again_until_its_first_item_is_there(how: str) -> None:
    def answer(call: Call, address: str) -> Any:
        if address == "http://a":
            raise NotSent("refused")
        return items()

    def items() -> Any:
        yield 1
        raise NotSent("in the middle")

    calling, asked, traffic = calling_of(answer, Known("a", "b"))
    got: list[int] = []

    async def all_of() -> None:
        async for each in calling.aiterate(call_of()):
            got.append(each)

    with pytest.raises(NotSent, match="in the middle"):
        if how == "iterate":
            got.extend(calling.iterate(call_of()))
        else:
            import asyncio

            asyncio.run(all_of())
    assert asked == ["http://a", "http://b"]
    assert how == "iterate" or got == [1]
    assert all(each.outstanding == 0 for each in traffic.of("shelf").report().addresses)


def test_a_stream_that_nobody_reads_on_counts_no_more() -> None:
    calling, _, traffic = calling_of(lambda call, address: [1, 2, 3], Known("a"))
    stream = calling.iterate(call_of())
    assert next(stream) == 1
    assert traffic.of("shelf").report().addresses[0].outstanding == 1
    stream.close()  # type: ignore[attr-defined]
    (address,) = traffic.of("shelf").report().addresses
    assert (address.outstanding, address.errors) == (0, 0)


def test_many_threads_may_call_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    calling, asked, traffic = calling_of(
        lambda call, address: address, Known("a", "b", "c"), choose="least_of_two"
    )
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: calling.call(call_of()), range(2000)))
    report = traffic.of("shelf").report()
    assert sum(each.calls for each in report.addresses) == len(asked) == 2000
    assert all(each.outstanding == 0 for each in report.addresses)
    assert report.budget.calls == 2000
