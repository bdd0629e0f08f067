"""The lean request says what Django's would, in whatever order it is asked."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.handlers.asgi import ASGIRequest
from hypothesis import given
from hypothesis import strategies as st

from hub.web.lane.request import LeanRequest

ATTRIBUTES = (
    "META", "method", "path", "path_info", "content_type", "content_params", "encoding",
    "COOKIES", "headers", "scheme", "body", "GET",
)  # fmt: skip


def scope(query: str = "", *headers: tuple[bytes, bytes], **more: Any) -> dict[str, Any]:
    made = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/api/x",
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 8000),
    }
    return {**made, **more}


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize(
    "asked",
    [
        scope(),
        scope("a=1&b=2&a=3"),
        scope("", (b"cookie", b"a=1; b=2"), (b"x-odd", b"\xff"), (b"x-twice", b"1")),
        scope("", (b"content-type", b"text/plain; charset=latin-1"), (b"content-length", b"0")),
        scope("a=1", root_path="/hub", path="/hub/api/x"),
        scope(server=None, client=None),
    ],
)
def test_each_attribute_is_as_in_djangos_request(asked: dict[str, Any], attribute: str) -> None:
    ours = LeanRequest(dict(asked), io.BytesIO(b"text"))
    theirs = ASGIRequest(dict(asked), io.BytesIO(b"text"))
    assert getattr(ours, attribute) == getattr(theirs, attribute)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_the_query_is_as_in_djangos_request(pairs: list[tuple[str, str]]) -> None:
    query = urlencode(pairs, errors="replace")
    ours = LeanRequest(scope(query), io.BytesIO()).GET
    assert ours == ASGIRequest(scope(query), io.BytesIO()).GET
    assert not ours._mutable


@given(st.text(st.sampled_from("ab=&;.~-_,:@/+"), max_size=20))
def test_odd_queries_are_read_alike(query: str) -> None:
    ours = LeanRequest(scope(query), io.BytesIO()).GET
    assert ours == ASGIRequest(scope(query), io.BytesIO()).GET


def test_the_query_is_decoded_at_once() -> None:
    with pytest.raises(UnicodeDecodeError):
        LeanRequest({**scope(), "query_string": b"\xff"}, io.BytesIO())
