"""No bytes and no JSON at all make reading the input raise anything but the hub's error."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from hub.operations.inputs import InputSpec
from hub.wire.errors import HubError
from hub.wire.problem import encode_problem
from tests.operations.conftest import compiled


class Colour(Enum):
    RED = "red"


@dataclass
class Tree:
    value: Decimal
    children: list[Tree] = field(default_factory=list)


def everything(
    number: int = 0,
    ratio: float = 0.0,
    colour: Colour = Colour.RED,
    tree: Tree | None = None,
    at: datetime | None = None,
    lasts: timedelta | None = None,
    key: UUID | int | None = None,
    raw: bytes = b"",
    names: dict[str, set[int]] | None = None,
    either: Literal["a", 1] | list[tuple[int, str]] = "a",
    free: Any = None,
) -> None: ...


NAMES = list(everything.__annotations__)[:-1]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.sampled_from(["value", "children"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@functools.cache
def spec() -> InputSpec:
    return compiled(everything).input


def read(document: bytes) -> None:
    try:
        values = spec().read(document)
    except HubError as error:
        assert 400 <= error.status < 500
        assert json.loads(encode_problem(error))["code"] == error.code
    else:
        assert set(values) <= set(NAMES)


@given(st.binary())
@example(b"[" * 100_000)
@example(b'{"number": ' + b"9" * 100_000 + b"}")
@example(b'{"number": 1e999}')
@example(b'{"number": 1, "number": "x"}')
@example(b'{"free": "\\ud800"}')
@example(b"\xef\xbb\xbf{}")
@example(b'{"tree": ' + b'{"value": 1, "children": [' * 300)
def test_any_bytes(document: bytes) -> None:
    read(document)


@given(JSON)
def test_any_json(value: Any) -> None:
    read(json.dumps(value).encode())


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_any_json_for_the_parameters(arguments: dict[str, Any]) -> None:
    read(json.dumps(arguments).encode())


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), JSON))
def test_any_mapping(arguments: dict[str, Any]) -> None:
    try:
        spec().read(arguments)
    except HubError as error:
        assert 400 <= error.status < 500
