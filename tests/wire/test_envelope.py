"""Errors between programs: the same class with the same words comes back, on each codec."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire import errors
from hub.wire.codecs.json_codec import json_codec
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.envelope import ENVELOPE, ErrorEnvelope, error_map, qualified
from hub.wire.errors import FieldError, HubError, InvalidInput, NotFound, Unauthenticated
from hub.wire.protobuf.codec import protobuf_file
from hub.wire.protobuf.reading import Root

CODECS = {
    "json": json_codec(ENVELOPE),
    "msgpack": msgpack_codec(ENVELOPE),
    "protobuf": protobuf_file("hub", {"Error": Root(ENVELOPE)}).codecs["Error"],
}


class SkuUnknown(NotFound):
    default_code = "sku_unknown"

    def __init__(self, sku: str) -> None:
        super().__init__(f"There is no {sku}.", detail={"sku": sku})


class OutOfStock(Exception):
    status = 409

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(sku, left)
        self.sku, self.left = sku, left


class Picky(Exception):
    def __init__(self, *, reason: str) -> None:
        super().__init__(reason)


def sent(error: Exception, codec: str = "json", *, declared: Any = ()) -> Exception:
    known = error_map(declared)
    one = CODECS[codec]
    return known.exception(one.decode(one.encode(known.envelope(error))))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    "error",
    [
        HubError("Own.", code="own", status=418, hint="Do so.", detail={"a": [1, None, 2.5]}),
        NotFound("Gone."),
        SkuUnknown("A1"),
        Unauthenticated("Who?", code="token_expired"),
        InvalidInput("n: is required", [FieldError("n", "is required", "missing")]),
        errors.Unavailable("Later."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_same_error_comes_back(codec: str, error: HubError) -> None:
    back = sent(error, codec)
    assert type(back) is type(error)
    assert isinstance(back, HubError)
    for name in ("code", "message", "status", "hint", "detail"):
        assert getattr(back, name) == getattr(error, name)
    if isinstance(error, InvalidInput):
        assert isinstance(back, InvalidInput)
        assert back.errors == error.errors


@pytest.mark.parametrize("codec", CODECS)
def test_declared_exceptions_come_back_with_their_arguments(codec: str) -> None:
    back = sent(OutOfStock("A1", 3), codec, declared=[OutOfStock])
    assert isinstance(back, OutOfStock)
    assert (back.sku, back.left) == ("A1", 3)
    envelope = error_map([OutOfStock]).envelope(OutOfStock("A1", 3))
    assert (envelope.code, envelope.status) == ("out_of_stock", 409)


def test_others_tell_nothing() -> None:
    envelope = error_map().envelope(OSError("/etc/secret"))
    assert (envelope.code, envelope.status) == ("internal_error", 500)
    assert "secret" not in repr(envelope)
    assert "OSError" not in repr(envelope)


def test_a_class_the_caller_does_not_know_becomes_the_hubs_nearest() -> None:
    unknown = ErrorEnvelope(code="sold", message="Sold.", status=409, exception="shop.models.Sold")
    back = error_map().exception(unknown)
    assert type(back) is errors.Conflict
    assert back.code == "sold"
    assert back.__notes__ == ["The other side raised shop.models.Sold."]
    by_code = ErrorEnvelope(code="not_found", message="No.", status=400)
    assert type(error_map().exception(by_code)) is NotFound
    assert type(error_map().exception(ErrorEnvelope(code="x", message="", status=-1))) is HubError


@pytest.mark.parametrize("name", ["os.system", "builtins.SystemExit", "builtins.ValueError"])
def test_names_from_the_wire_lead_nowhere(name: str) -> None:
    back = error_map().exception(ErrorEnvelope(code="x", message="ls", status=418, exception=name))
    assert type(back) is HubError


def test_a_declared_class_that_cant_be_made_becomes_the_hubs() -> None:
    envelope = error_map([Picky]).envelope(Picky(reason="so"))
    back = error_map([Picky]).exception(envelope)
    assert (type(back), str(back)) == (HubError, "so")


def test_two_declared_exceptions_of_one_name_are_refused() -> None:
    other = type("Picky", (Exception,), {"__module__": Picky.__module__})
    with pytest.raises(ValueError, match="Two exceptions"):
        error_map([Picky, other])
    assert qualified(Picky).endswith(".Picky")


def test_details_without_a_json_form_are_told_as_text() -> None:
    error = HubError("Odd.", detail={"a": object, "b": float("nan"), "c": b"\xff"})
    back = sent(error)
    assert isinstance(back, HubError)
    assert back.detail["b"] == "NaN"


@given(body=st.binary(max_size=60))
def test_any_bytes_are_an_error_or_a_clear_error(body: bytes) -> None:
    for codec in CODECS.values():
        try:
            assert isinstance(error_map().exception(codec.decode(body)), HubError)
        except HubError as error:
            assert error.status in (400, 413, 422)


@given(detail=st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text()))
def test_what_another_program_calls_an_error_is_one(detail: dict[str, Any]) -> None:
    name = "hub.wire.errors.InvalidInput"
    envelope = ErrorEnvelope(code="", message="", detail={"errors": detail}, exception=name)
    assert isinstance(error_map().exception(envelope), InvalidInput)
