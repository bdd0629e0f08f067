"""The one error, and the problem document it becomes (RFC 9457)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from hub.wire import errors
from hub.wire.errors import FieldError, HubError, InvalidInput, Unauthenticated
from hub.wire.problem import encode_problem, problem

KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HubError)
]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (errors.BadRequest, 400, "bad_request"),
        (errors.Forbidden, 403, "forbidden"),
        (errors.NotFound, 404, "not_found"),
        (errors.MethodNotAllowed, 405, "method_not_allowed"),
        (errors.Conflict, 409, "conflict"),
        (errors.PayloadTooLarge, 413, "payload_too_large"),
        (errors.UnsupportedMediaType, 415, "unsupported_media_type"),
        (errors.InternalError, 500, "internal_error"),
        (errors.Unavailable, 503, "unavailable"),
        (errors.DeadlineExceeded, 504, "deadline_exceeded"),
    ],
)
def test_each_kind_has_its_status_and_code(kind: type[HubError], status: int, code: str) -> None:
    error = kind("A sentence.")
    assert (error.status, error.code, str(error)) == (status, code, "A sentence.")


def test_codes_are_unique() -> None:
    codes = [kind.default_code for kind in KINDS]
    assert len(set(codes)) == len(codes) == 13


def test_code_and_status_can_be_ones_own() -> None:
    error = HubError("Pay first.", code="unpaid", status=402, headers={"Retry-After": "5"})
    assert (error.code, error.status, error.headers) == ("unpaid", 402, {"Retry-After": "5"})


def test_a_stranger_gets_a_challenge() -> None:
    assert Unauthenticated("Who?").headers == {"WWW-Authenticate": 'Bearer realm="hub"'}
    challenge = Unauthenticated("Who?", code="token_expired").headers["WWW-Authenticate"]
    assert challenge == 'Bearer realm="hub", error="invalid_token"'


def test_the_problem_document() -> None:
    error = InvalidInput(
        "price: is required", [FieldError("price", "is required", "missing")], hint="Say a price."
    )
    assert problem(error, instance="/api/shop/items") == {
        "type": "urn:hub:problem:invalid_input",
        "title": "Unprocessable Content",
        "status": 422,
        "code": "invalid_input",
        "detail": "price: is required",
        "hint": "Say a price.",
        "instance": "/api/shop/items",
        "errors": [{"field": "price", "message": "is required", "code": "missing"}],
    }


def test_members_of_ones_own_shadow_nothing() -> None:
    body = problem(HubError("Real.", detail={"detail": "false", "status": 200, "more": 1}))
    assert (body["detail"], body["status"], body["more"]) == ("Real.", 400, 1)


def test_a_status_without_a_name_has_a_title_all_the_same() -> None:
    assert problem(HubError("Odd.", status=599))["title"] == "Error"


def test_members_without_a_json_form_are_written_as_text() -> None:
    body = json.loads(encode_problem(HubError("Odd.", detail={"what": {1, 2}, "who": object})))
    assert body["who"] == "<class 'object'>"


@pytest.mark.parametrize(
    "error",
    [
        HubError("lone \ud800", detail={"a": 1}),
        HubError("A sentence.", detail={"a": "\udfff"}),
        HubError("A sentence.", detail={"a": {"\udfff": 1}}),
    ],
    ids=ascii,
)
def test_what_is_no_unicode_does_not_lose_the_answer(error: HubError) -> None:
    body = json.loads(encode_problem(error))
    assert (body["detail"], body["code"], "a" in body) == (error.message, "error", False)


@given(
    st.text(),
    st.text(),
    st.dictionaries(st.text(), st.text() | st.integers() | st.floats() | st.binary() | st.none()),
)
def test_anything_said_becomes_json(message: str, hint: str, detail: dict[str, Any]) -> None:
    document = encode_problem(HubError(message, hint=hint, detail=detail))
    body = from_json(document, allow_inf_nan=False)
    assert (body["status"], body["detail"]) == (400, message)


def test_titles_are_those_of_rfc_9110_on_every_python() -> None:
    titles = {
        status: problem(HubError("", code="x", status=status))["title"] for status in (413, 422)
    }
    assert titles == {413: "Content Too Large", 422: "Unprocessable Content"}
