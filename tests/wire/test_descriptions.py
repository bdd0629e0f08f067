"""A type is described once, for both, where programs write it as REST does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum, IntFlag
from typing import Any

import pytest
from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode

from hub.wire.codecs.codec import schema_generator
from hub.wire.schemas import adapter_for, json_schema, schema_between_programs


class Colour(Enum):
    RED = "red"


class Rights(IntFlag):
    READ = 1
    WRITE = 2


@dataclass(frozen=True)
class Plain:
    name: str
    at: datetime
    colour: Colour = Colour.RED
    children: tuple[Plain, ...] = ()


@dataclass(frozen=True)
class WithList:
    names: list[str] = field(default_factory=list)


class Model(BaseModel):
    size: int = 1


class WithAlias(BaseModel):
    size: int = Field(alias="theSize")


def between_programs(hint: Any, mode: JsonSchemaMode) -> dict[str, Any]:
    adapter = adapter_for(hint)
    return adapter.json_schema(
        by_alias=False, mode=mode, schema_generator=schema_generator(adapter)
    )


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize("hint", [int, str | None, Plain, list[Plain], Model, dict[str, Colour]])
def test_it_is_the_same(hint: Any, mode: JsonSchemaMode) -> None:
    found = schema_between_programs(adapter_for(hint), mode=mode)
    assert found == between_programs(hint, mode)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize("hint", [bytes, WithAlias, Decimal, Rights, WithList, list[WithAlias]])
def test_it_is_not_the_same(hint: Any, mode: JsonSchemaMode) -> None:
    assert schema_between_programs(adapter_for(hint), mode=mode) is None
    assert json_schema(adapter_for(hint), mode=mode) != between_programs(hint, mode)


def test_it_is_made_once() -> None:
    adapter = adapter_for(Plain)
    first = json_schema(adapter, mode="validation")
    assert json_schema(adapter, mode="validation") is first
    assert json_schema(adapter, mode="serialization") is not first
