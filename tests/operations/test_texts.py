"""The declared type says what a text stands for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hub.operations.texts import TextKind, read_texts, text_kind
from hub.wire.errors import HubError
from hub.wire.schemas import JsonSchema, adapter_for
from tests.operations.conftest import called, compiled


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 2


@dataclass
class Point:
    x: int


TABLE: list[tuple[Any, list[str], Any]] = [
    (str, ["007"], "007"),
    (str, ["true"], "true"),
    (str, ["null"], "null"),
    (str, ["[1]"], "[1]"),
    (str, [""], ""),
    (str, ["a", "b"], "b"),
    (str | None, ["null"], "null"),
    (int, ["7"], 7),
    (int, ["-7"], -7),
    (int, ["many"], "many"),
    (int, ["true"], "true"),
    (float | None, ["false"], "false"),
    (int | None, ["null"], None),
    (int | str, ["7"], "7"),
    (float, ["1e3"], 1000.0),
    (float, ["NaN"], "NaN"),
    (bool, ["true"], True),
    (bool, ["yes"], "yes"),
    (Literal[1, 2], ["2"], 2),
    (Literal["1", "2"], ["2"], "2"),
    (Literal["a"], ["a"], "a"),
    (Colour, ["red"], "red"),
    (Level, ["2"], 2),
    (date, ["2026-01-02"], "2026-01-02"),
    (Decimal, ["1.10"], "1.10"),
    (UUID, ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    (bytes, ["MTIz"], "MTIz"),
    (list[str], ["1"], ["1"]),
    (list[str], ["1", "2"], ["1", "2"]),
    (list[str], ['["a", "b"]'], ["a", "b"]),
    (list[str], ["[a"], ["[a"]),
    (list[int], ["1"], [1]),
    (list[int], ["1", "2"], [1, 2]),
    (list[int], ["[1, 2]"], [1, 2]),
    (list[int] | None, ["1"], [1]),
    (set[int], ["1", "2"], [1, 2]),
    (tuple[int, ...], ["1"], [1]),
    (tuple[int, int], ["[1, 2]"], [1, 2]),
    (dict[str, int], ['{"a": 1}'], {"a": 1}),
    (Point, ['{"x": 1}'], {"x": 1}),
    (list[Point], ['{"x": 1}'], [{"x": 1}]),
    (Any, ["007"], "007"),
]


@pytest.mark.parametrize(("hint", "texts", "value"), TABLE, ids=lambda entry: repr(entry)[:30])
def test_texts_are_read_as_the_type_says(hint: Any, texts: list[str], value: Any) -> None:
    def plain(value: Any) -> None: ...

    plain.__annotations__["value"] = hint
    assert compiled(plain).input.from_texts({"value": texts}) == {"value": value}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "9" * 5_000,
        "[" * 900 + "]" * 900,
        "1e999",
        "NaN",
        '{"a": NaN}',
        "\ud800",
        "{",
    ],
    ids=lambda text: text[:8],
)
@pytest.mark.parametrize("hint", [int, float, list[int], dict[str, int], Point, str])
async def test_absurd_texts_are_refused_or_taken_as_text(hint: Any, text: str) -> None:
    async def plain(value: Any) -> str:
        return "taken"

    plain.__annotations__["value"] = hint
    arguments = compiled(plain).input.from_texts({"value": [text]})
    try:
        assert await called(plain, arguments) == "taken"
        assert hint is str
    except HubError as error:
        assert 400 <= error.status < 500


async def test_unknown_names_are_refused_with_their_name() -> None:
    async def plain(value: int = 1) -> int:
        return value

    with pytest.raises(HubError) as caught:
        await called(plain, compiled(plain).input.from_texts({"colour": ["red"]}))
    assert caught.value.detail["errors"][0]["field"] == "colour"


@given(st.lists(st.text(), min_size=1), st.sampled_from(TextKind))
def test_any_text_is_read(texts: list[str], kind: TextKind) -> None:
    json.dumps(read_texts(texts, kind))


SCALARS = st.one_of(st.integers(), st.booleans(), st.text(), st.none(), st.dates(), st.uuids())


@given(SCALARS)
def test_a_scalar_survives_being_written_as_text(value: Any) -> None:
    adapter: TypeAdapter[Any] = adapter_for(type(value))
    schema = adapter.json_schema(schema_generator=JsonSchema)
    written = adapter.dump_python(value, mode="json")
    text = written if isinstance(written, str) else json.dumps(written)
    kind = text_kind(schema, schema.get("$defs", {}))
    assert adapter.validate_python(read_texts([text], kind)) == value
