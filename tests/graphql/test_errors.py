"""Errors: the hub's code in ``extensions``, and nothing of what broke inside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from hub.sdk import Conflict, NotFound, action, allow_all, get
from hub.web.graphql import limits
from tests.graphql.conftest import ask, codes, schema_of


@dataclass
class Wrong:
    number: int


def raising(error: BaseException) -> Callable[..., Any]:
    async def broken() -> str:
        raise error

    return broken


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (NotFound("There is no such item."), "not_found", 404),
        (
            Conflict("Taken.", code="taken", hint="Take another.", detail={"by": "ada"}),
            "taken",
            409,
        ),
        (PermissionDenied("no"), "forbidden", 403),
        (RuntimeError("secret"), "internal_error", 500),
        (ValueError("secret"), "internal_error", 500),
        (TimeoutError("secret"), "internal_error", 500),
        (asyncio.CancelledError("secret"), "internal_error", 500),
        (RecursionError("secret"), "internal_error", 500),
    ],
)
async def test_an_error_has_its_code(error: BaseException, code: str, status: int) -> None:
    outcome = await ask(schema_of(raising(error)), "{ shop { broken } }")
    (shown,) = outcome.body["errors"]
    assert (shown["extensions"]["code"], shown["extensions"]["status"]) == (code, status)
    assert (shown["path"], outcome.body["data"]) == (["shop", "broken"], {"shop": {"broken": None}})
    assert outcome.status == 200
    assert "secret" not in str(outcome.body)


async def test_hint_and_detail_are_told() -> None:
    error = Conflict("Taken.", code="taken", hint="Take another.", detail={"by": "ada"})
    outcome = await ask(schema_of(raising(error)), "{ shop { broken } }")
    assert outcome.body["errors"][0]["message"] == "Taken."
    assert outcome.body["errors"][0]["extensions"] == {
        "code": "taken",
        "status": 409,
        "hint": "Take another.",
        "by": "ada",
    }


async def test_one_fields_error_leaves_the_others() -> None:
    async def fine() -> int:
        return 1

    outcome = await ask(schema_of(raising(NotFound("no")), fine), "{ shop { broken fine } }")
    assert outcome.body["data"] == {"shop": {"broken": None, "fine": 1}}


@pytest.mark.parametrize("value", ["secret", Wrong("secret"), None])  # type: ignore[arg-type]
async def test_a_result_that_breaks_its_declaration_is_internal(
    value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong() -> Wrong:
        return value  # type: ignore[no-any-return]

    outcome = await ask(schema_of(wrong), "{ shop { wrong { number } } }")
    assert codes(outcome) == ["internal_error"]
    assert "secret" not in str(outcome.body)
    assert caplog.records


async def test_a_request_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.1)

    async def fine() -> int:
        return 1

    @action(get(), access=allow_all)
    async def endless() -> int:
        await asyncio.sleep(60)
        return 1

    outcome = await ask(schema_of(fine, endless), "{ shop { fine endless } }")
    assert codes(outcome) == ["deadline_exceeded"]
    assert outcome.body["data"] == {"shop": {"fine": 1, "endless": None}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "invalid_syntax"),
        ("{", "invalid_syntax"),
        ("{ nothing }", "invalid_query"),
        ("{ shop }", "invalid_query"),
        ("query A { __typename } query B { __typename }", "invalid_variables"),
        ("query($a: Nothing) { __typename }", "invalid_query"),
        ("type A { a: Int }", "invalid_query"),
        ("fragment A on Query { __typename }", "invalid_query"),
        ("mutation { shop { fine } }", "invalid_query"),
        ("\x00", "invalid_syntax"),
        ("{ shop { fine(\ud800) } }", "invalid_syntax"),
    ],
)
async def test_a_document_that_means_nothing_is_refused(query: str, code: str) -> None:
    async def fine() -> int:
        return 1

    outcome = await ask(schema_of(fine), query)
    assert (outcome.status, codes(outcome)[0]) == (400, code)
    assert "data" not in outcome.body
