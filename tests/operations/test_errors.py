"""Whatever happens, a caller sees the hub's one error, and nothing internal."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.http import Http404
from pydantic import BaseModel

from hub.sdk import Conflict, HubError, InvalidInput
from tests.operations.conftest import called, compiled


class Inner(BaseModel):
    secret: int


async def failure_of(error: Exception) -> HubError:
    async def fails() -> None:
        raise error

    with pytest.raises(HubError) as caught:
        await called(fails)
    return caught.value


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (Conflict("It is there already."), 409, "conflict", "It is there already."),
        (HubError("Pay.", code="unpaid", status=402), 402, "unpaid", "Pay."),
        (Http404("No such item."), 404, "not_found", "No such item."),
        (Http404(), 404, "not_found", "There is no such thing."),
        (PermissionDenied("Not yours."), 403, "forbidden", "Not yours."),
        (PermissionDenied(), 403, "forbidden", "You may not do this."),
        (ValidationError("Too many."), 422, "invalid_input", "Too many."),
    ],
    ids=repr,
)
async def test_errors_that_mean_something_keep_their_meaning(
    error: Exception, status: int, code: str, message: str
) -> None:
    failure = await failure_of(error)
    assert (failure.status, failure.code, failure.message) == (status, code, message)


async def test_a_validation_error_of_django_names_its_fields() -> None:
    failure = await failure_of(
        ValidationError({"sku": ["is taken", "is short"], "__all__": ["does not fit"]})
    )
    assert isinstance(failure, InvalidInput)
    assert [(error.field, error.message) for error in failure.errors] == [
        ("sku", "is taken"),
        ("sku", "is short"),
        ("", "does not fit"),
    ]


def _of_pydantic() -> Exception:
    try:
        Inner.model_validate({"secret": "hunter2"})
    except ValueError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    "error",
    [
        KeyError("hunter2"),
        ValueError("hunter2"),
        ObjectDoesNotExist("hunter2"),
        ExceptionGroup("hunter2", [ValueError("hunter2")]),
        _of_pydantic(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_unexpected_error_says_nothing_and_is_logged(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    failure = await failure_of(error)
    assert (failure.status, failure.code) == (500, "internal_error")
    assert "hunter2" not in f"{failure.message}{failure.hint}{failure.detail}"
    (record,) = [entry for entry in caplog.records if entry.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert "shop.fails failed (request r-1)" in record.getMessage()


async def test_expected_errors_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    await failure_of(Conflict("It is there already."))
    assert not [entry for entry in caplog.records if entry.levelno >= logging.WARNING]


async def test_a_hub_error_reaches_the_caller_as_it_is() -> None:
    error = Conflict("It is there already.", detail={"sku": "A1"}, hint="Use another.")
    failure = await failure_of(error)
    assert failure is error
    assert failure.__cause__ is None


async def test_a_result_that_breaks_its_declaration_is_internal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def lies() -> int:
        return "hunter2"  # type: ignore[return-value]

    with pytest.raises(HubError) as caught:
        await called(lies)
    assert caught.value.code == "internal_error"
    assert "shop.lies returned what it does not declare" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_member_that_breaks_the_declaration_is_not_sent() -> None:
    @dataclass
    class Report:
        total: int

    def report() -> Report: ...  # type: ignore[empty-body]

    report.__annotations__["return"] = Report
    output = compiled(report).output
    with pytest.raises(ValueError, match="total"):
        output.to_json(output.check(Report("many")))  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a":', b"[1,", b'{"a": "\xc3"}', b"nul", b" "])
async def test_broken_json_is_a_bad_request(body: bytes) -> None:
    async def plain(a: int = 0) -> int:
        return a

    with pytest.raises(HubError) as caught:
        await called(plain, body)
    assert (caught.value.status, caught.value.code) == (400, "invalid_json")


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"'])
async def test_arguments_are_an_object(body: bytes) -> None:
    async def plain(a: int = 0) -> int:
        return a

    with pytest.raises(InvalidInput):
        await called(plain, body)


async def test_every_wrong_field_is_named() -> None:
    async def order(sku: str, amount: int, note: str = "") -> None: ...

    with pytest.raises(InvalidInput) as caught:
        await called(order, {"amount": "many", "colour": "red"})
    assert {(error.field, error.code) for error in caught.value.errors} == {
        ("sku", "missing"),
        ("amount", "int_parsing"),
        ("colour", "unknown_field"),
    }
    assert caught.value.message == "sku: is required (and 2 more)"


async def test_arguments_without_a_json_form_are_refused() -> None:
    async def plain(a: Any) -> None: ...

    ring: list[Any] = []
    ring.append(ring)
    for value in (object(), ring, "\ud800"):
        with pytest.raises(HubError) as caught:
            await called(plain, {"a": value})
        assert caught.value.status == 400
