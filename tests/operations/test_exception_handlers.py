"""Which handler answers for an exception, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from django.http import Http404

from hub.loader import boot
from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.operations import switches
from hub.operations.engine import engine
from hub.operations.faults import as_hub_error
from hub.operations.observers import CallRecord
from hub.sdk import Conflict, HubError, NotFound
from hub.sdk.exceptions import ExceptionHandler
from tests.operations.conftest import called

Declared = dict[str, list[ExceptionHandler]]


class Trouble(Exception): ...


class SoldOut(Trouble): ...


def saying(word: str) -> Callable[[Any], HubError]:
    return lambda error: Conflict(f"{word}: {error}", code=word)


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts plugins with these handlers, by label, in the place of the process's catalog."""

    def declare(**handlers: list[ExceptionHandler]) -> None:
        plugins = {
            label: Plugin(
                label=label,
                package=label,
                source="test",
                contributions=tuple(
                    Contribution("exception_handler", handler.error.__name__, label, handler)
                    for handler in found
                ),
            )
            for label, found in handlers.items()
        }
        engine()  # made of the true catalog, as long as it is there
        monkeypatch.setattr(boot, "_catalog", Catalog(MappingProxyType(plugins)))

    return declare


def code_of(error: Exception, plugin: str = "shop") -> str:
    return as_hub_error(error, plugin=plugin).code


def test_the_most_specific_class_answers(declare: Callable[..., None]) -> None:
    declare(
        shop=[
            ExceptionHandler(Exception, saying("any")),
            ExceptionHandler(Trouble, saying("trouble")),
            ExceptionHandler(SoldOut, saying("sold_out")),
        ]
    )
    assert code_of(SoldOut()) == "sold_out"
    assert code_of(Trouble()) == "trouble"
    assert code_of(OSError()) == "any"
    assert code_of(NotFound("x")) == "not_found"  # the hub's own stay as they are


def test_a_handler_counts_for_its_own_plugin_unless_declared_everywhere(
    declare: Callable[..., None],
) -> None:
    declare(
        shop=[ExceptionHandler(SoldOut, saying("own"))],
        lib=[
            ExceptionHandler(OSError, saying("lib")),
            ExceptionHandler(Trouble, saying("all"), everywhere=True),
        ],
    )
    assert code_of(SoldOut()) == "own"
    assert code_of(Trouble()) == "all"
    assert code_of(OSError()) == "internal_error"
    assert code_of(SoldOut(), plugin="other") == "all"
    assert code_of(SoldOut(), plugin="") == "all"


def test_what_the_hub_knows_comes_after(declare: Callable[..., None]) -> None:
    declare(shop=[ExceptionHandler(Http404, saying("gone"))], other=[])
    assert code_of(Http404()) == "gone"
    assert code_of(Http404(), plugin="other") == "not_found"


async def test_the_handlers_of_a_switched_off_plugin_are_not_asked(
    declare: Callable[..., None], switched_off: set[str]
) -> None:
    declare(shop=[], lib=[ExceptionHandler(Trouble, saying("all"), everywhere=True)])
    switched_off.add("lib")
    switches.forget()
    await switches.aoff()
    assert code_of(Trouble()) == "internal_error"


def broken(error: Exception) -> HubError:
    raise LookupError("the handler itself")


def raising(error: Exception) -> HubError:
    raise Conflict("As good as returned.", code="raised")


def wordless(error: Exception) -> Any:
    return "sold out"


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (broken, "The exception handler 'broken' of the plugin 'shop' failed for Trouble"),
        (wordless, "'wordless' of the plugin 'shop' returned str, not a HubError, for Trouble"),
    ],
)
def test_a_handler_that_fails_is_logged_and_tells_nothing(
    declare: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    function: Callable[[Any], HubError],
    sentence: str,
) -> None:
    declare(shop=[ExceptionHandler(Trouble, function)])
    answer = as_hub_error(Trouble("s3cret"), plugin="shop")
    assert (answer.code, answer.status) == ("internal_error", 500)
    assert "s3cret" not in answer.message
    assert sentence in caplog.text


def test_a_handler_may_raise_the_answer(declare: Callable[..., None]) -> None:
    declare(shop=[ExceptionHandler(Trouble, raising)])
    assert code_of(Trouble()) == "raised"


async def test_a_call_answers_it_and_is_counted_as_such(
    declare: Callable[..., None],
    records: list[CallRecord],
    caplog: pytest.LogCaptureFixture,
) -> None:
    declare(shop=[ExceptionHandler(Trouble, saying("sold_out"))])

    def buy() -> str:
        raise SoldOut("soup")

    with pytest.raises(Conflict, match="sold_out: soup"):
        await called(buy)
    assert [(record.code, record.status) for record in records] == [("sold_out", 409)]
    assert not [each for each in caplog.records if each.name.startswith("hub.operations")]
