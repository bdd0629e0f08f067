"""Members with aliases: the answer is what its schema says, and can be sent back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from hub.operations.operation import Operation
from hub.wire.errors import InvalidInput
from tests.operations.conftest import called, compiled, refusal


class Both(BaseModel):
    from_: int = Field(alias="from")


class Read(BaseModel, extra="forbid"):
    net_price: int = Field(validation_alias="price")


class Written(BaseModel):
    net_price: int = Field(serialization_alias="netPrice")


class Apart(BaseModel):
    net_price: int = Field(validation_alias="in", serialization_alias="out")


class Choice(BaseModel):
    net_price: int = Field(validation_alias=AliasChoices("price", "cost"))


class Camel(BaseModel, alias_generator=to_camel, extra="forbid"):
    net_price: int
    is_open: bool = True


class Plain(TypedDict):
    net_price: Annotated[int, Field(alias="netPrice")]


@dataclass
class Record:
    net_price: Annotated[int, Field(serialization_alias="netPrice")]


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int = Field(serialization_alias="theNumber")
    branches: list[Tree] = Field(default=[], alias="theBranches")


def echo_of(hint: Any) -> Operation:
    async def echo(value: Any) -> Any:
        return value

    echo.__annotations__ = {"value": hint, "return": hint}
    return compiled(echo)


CASES: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "both": (Both, {"from": 1}, {"from": 1}),
    "read": (Read, {"price": 1}, {"net_price": 1}),
    "written": (Written, {"net_price": 1}, {"netPrice": 1}),
    "apart": (Apart, {"in": 1}, {"out": 1}),
    "choice": (Choice, {"cost": 1}, {"net_price": 1}),
    "made by a generator": (Camel, {"netPrice": 1}, {"netPrice": 1, "isOpen": True}),
    "typed dict": (Plain, {"netPrice": 1}, {"netPrice": 1}),
    "dataclass": (Record, {"net_price": 1}, {"netPrice": 1}),
    "inside others": (
        Tree,
        {"number": 1, "theBranches": [{"number": 2}]},
        {"theNumber": 1, "theBranches": [{"theNumber": 2, "theBranches": []}]},
    ),
}

each_type = pytest.mark.parametrize(("hint", "sent", "answer"), CASES.values(), ids=CASES)


@each_type
async def test_the_answer_is_what_the_schema_says(hint: Any, sent: Any, answer: Any) -> None:
    operation = echo_of(hint)
    value = operation.input.read({"value": sent})["value"]
    assert json.loads(operation.encoded(value)) == answer
    assert operation.output.to_python(value) == answer
    schema = operation.output.json_schema
    Draft202012Validator(schema).validate(answer)
    described = schema["$defs"]["Tree"] if "$ref" in schema else schema
    assert set(described["properties"]) == set(answer)


@each_type
def test_an_answer_can_be_sent_back(hint: Any, sent: Any, answer: Any) -> None:
    operation = echo_of(hint)
    first = operation.input.read({"value": sent})
    assert operation.input.read({"value": answer}) == first


@each_type
def test_what_the_schema_asks_for_is_read(hint: Any, sent: Any, answer: Any) -> None:
    operation = echo_of(hint)
    schema = operation.input.json_schema
    required = schema["properties"]["value"]
    required = schema["$defs"][required["$ref"].rpartition("/")[2]]["required"]
    assert operation.input.read({"value": dict.fromkeys(required, 1)})


@each_type
def test_the_names_of_the_code_are_read_too(hint: Any, sent: Any, answer: Any) -> None:
    operation = echo_of(hint)
    value = operation.input.read({"value": sent})["value"]
    by_name = operation.output.adapter.dump_python(value, by_alias=False)
    assert operation.input.read({"value": by_name}) == {"value": value}


def test_booleans_beside_aliases_are_read_and_are_no_numbers() -> None:
    operation = echo_of(Camel)
    read = operation.input.read({"value": {"netPrice": 1, "isOpen": False}})
    assert read["value"] == Camel.model_construct(net_price=1, is_open=False)

    written = echo_of(list[Record])
    assert written.input.read({"value": [{"netPrice": 2}]})["value"] == [Record(2)]
    with pytest.raises(InvalidInput, match="netPrice"):
        written.input.read({"value": [{"netPrice": True}]})


def test_a_wrong_member_is_named_as_the_schema_names_it() -> None:
    with pytest.raises(InvalidInput) as raised:
        echo_of(Both).input.read({"value": {"from": "x"}})
    assert raised.value.errors[0].field == "value.from"


class Swapped(BaseModel):
    """An alias that is another member's name stays that member's."""

    a: int = Field(serialization_alias="b")
    b: int = Field(default=0, serialization_alias="c")


def test_a_written_name_that_is_another_members_is_not_read_as_the_first() -> None:
    read = echo_of(Swapped).input.read({"value": {"a": 1, "b": 2}})["value"]
    assert (read.a, read.b) == (1, 2)


async def test_results_may_be_given_by_the_names_of_the_code() -> None:
    async def made() -> Both:
        return {"from_": 3}  # type: ignore[return-value]

    assert await called(made) == Both.model_validate({"from": 3})


def test_an_alias_of_a_parameter_is_refused_by_its_name() -> None:
    async def search(text: Annotated[str, Field(alias="from")]) -> str:
        return text

    assert "the parameter 'text' has an alias" in refusal(search)
