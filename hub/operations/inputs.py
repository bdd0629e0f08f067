"""What an operation takes: validated from JSON, described by JSON Schema."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from hub.operations.texts import TextKind, read_texts, text_kind
from hub.operations.true_is_no_number import Exact, says_true_or_false
from hub.sdk.hidden import hidden_kind
from hub.wire.arguments import argument_types, arguments_adapter
from hub.wire.errors import BadRequest
from hub.wire.mirrors.mirror import NOTHING, Mirror
from hub.wire.signatures import Undescribable
from hub.wire.validation import invalid, refuse_constants

_PLAIN = (str, int, bool, NoneType)


@dataclass(frozen=True, slots=True)
class Parameter:
    """``schema`` is the parameter's JSON Schema, with references into the input's ``$defs``."""

    name: str
    required: bool
    schema: Mapping[str, Any]
    text_kind: TextKind


@dataclass(frozen=True, slots=True)
class InputSpec:
    """``injected`` maps a hidden parameter to ``caller`` or ``context``. ``plain``: all values are
    such as JSON holds as they are. ``mirror`` reads plain documents, all others ``adapter`` or,
    with booleans in them, ``exact``."""

    parameters: Mapping[str, Parameter]
    injected: Mapping[str, str]
    adapter: TypeAdapter[dict[str, Any]]
    json_schema: Mapping[str, Any]
    exact: Exact
    mirror: Mirror
    plain: bool = False

    def read(self, arguments: bytes | Mapping[str, Any]) -> dict[str, Any]:
        """Validated arguments by name, from a JSON object or a mapping of JSON values.

        Parameters not given are absent, so that the function's own defaults count. Members that
        have aliases are known by each of them and by their Python name (``hub.wire.aliases``).
        Raises :class:`InvalidInput` naming each wrong field, :class:`BadRequest` for broken JSON.
        """
        if not isinstance(arguments, bytes):
            if not arguments and not self.parameters:
                return {}
            arguments = _as_json(arguments)
        value = self.mirror.read_json(arguments or b"{}")
        if value is not NOTHING:
            return value  # type: ignore[no-any-return]
        refuse_constants(arguments)
        try:
            if says_true_or_false(arguments):
                return self.exact.validate_json(arguments)  # type: ignore[no-any-return]
            return self.adapter.validator.validate_json(arguments or b"{}", by_name=True)  # type: ignore[no-any-return]
        except ValidationError as error:
            raise invalid(error) from None

    def canonical(self, values: Mapping[str, Any]) -> bytes:
        """Validated arguments as JSON, alike for equal ones, whatever their order."""
        known = {name: values[name] for name in self.parameters if name in values}
        if self.plain:
            return to_json(known)
        return self.adapter.serializer.to_json(known, by_alias=True, warnings="error")

    def from_texts(self, texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """JSON values from texts by name, for :meth:`read`, which refuses unknown names."""
        known = self.parameters
        return {
            name: read_texts(values, known[name].text_kind if name in known else TextKind.TEXT)
            for name, values in texts.items()
        }


def input_spec(title: str, signature: inspect.Signature, hints: Mapping[str, Any]) -> InputSpec:
    """Compile the parameters of a function; ``title`` names their object in documents.

    Raises :class:`Undescribable` naming parameter and type where one can't be described.
    """
    types = argument_types(signature, hints, hidden=hidden_kind)
    adapter, titled = arguments_adapter(title, types)
    schema = {key: value for key, value in titled.items() if key != "title"}
    definitions = schema.get("$defs", {})
    properties = schema.get("properties", {})
    for name in types.fields.keys() - properties.keys():
        raise Undescribable(
            f"the parameter '{name}' has an alias; parameters are called as in the code, "
            "only members of objects may have aliases."
        )
    parameters = {
        name: Parameter(
            name=name,
            required=name not in types.defaults,
            schema=properties[name],
            text_kind=text_kind(properties[name], definitions),
        )
        for name in types.fields
    }
    plain = all(_is_plain(hint) for hint in types.fields.values())
    return InputSpec(
        parameters, types.hidden, adapter, schema, Exact(adapter), Mirror(adapter), plain
    )


def _as_json(arguments: Mapping[str, Any]) -> bytes:
    try:
        return to_json(arguments, bytes_mode="base64")
    except ValueError as error:
        raise BadRequest(f"The arguments have no JSON form: {error}", code="invalid_json") from None


def _is_plain(hint: Any) -> bool:
    if get_origin(hint) in (list, Union, UnionType):
        return all(map(_is_plain, get_args(hint)))
    return hint in _PLAIN
