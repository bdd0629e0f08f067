"""Operations as fields: each is resolved by the one pipeline."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLField, GraphQLFieldResolver

from hub.operations.fingerprints import fingerprint
from hub.operations.operation import Operation
from hub.operations.pipeline import invoke
from hub.web.graphql.batches import load
from hub.web.graphql.calls import Call
from hub.web.graphql.inputs import arguments_of
from hub.web.graphql.names import TypeNames, field_name, type_name
from hub.web.graphql.outputs import Nested, OutputTypes
from hub.wire.schemas import adapter_for, json_schema


def action_field(
    operation: Operation, names: TypeNames, nested: Nested
) -> tuple[str, GraphQLField]:
    """The field of an operation, and its name. It is nullable: one field's error is no reason to
    take the others away."""
    prefix = operation.plugin
    schema = operation.output.json_schema
    types = OutputTypes(names, nested, prefix=prefix, definitions=schema.get("$defs", {}))
    live = types.is_live(schema)
    resolve = _nested(operation, live) if operation.owner else _action(operation, live)
    spec = operation.owner.input if operation.owner else operation.input
    own_name = operation.name.split(".")[1:]
    field = GraphQLField(
        types.optional(schema, type_name(*own_name)),
        args=arguments_of(operation.name, spec, names, prefix=prefix),
        resolve=resolve,
        description=operation.description or None,
    )
    return own_field_name(operation), field


def own_field_name(operation: Operation) -> str:
    """``inventoryItem`` for the method of a service, which stands beside the plugin's actions."""
    own_name = operation.name.split(".")[1:]
    return field_name(own_name[-1] if operation.owner else "_".join(own_name))


def owner_mark(owner: type) -> str:
    """The fingerprint of the type that nested actions belong to."""
    described = json_schema(adapter_for(owner), mode="serialization")
    schema = {key: value for key, value in described.items() if key != "$defs"}
    definitions = described.get("$defs", {})
    types = OutputTypes(TypeNames({}), Nested(), prefix="", definitions=definitions)
    return fingerprint(types.resolved(schema), definitions)


def _action(operation: Operation, live: bool) -> GraphQLFieldResolver:
    async def resolve(source: Any, info: Any, /, **arguments: Any) -> Any:
        call: Call = info.context
        value = await invoke(
            operation,
            caller=call.caller,
            arguments=arguments,
            transport="graphql",
            request_id=call.request_id,
            timeout=call.remaining(),
        )
        return value if live else operation.output.to_python(value)

    return resolve


def _nested(operation: Operation, live: bool) -> GraphQLFieldResolver:
    # What is kept in the hub's cache is kept for each owner by itself.
    is_cached = operation.cache is not None and operation.cache.ttl > 0
    batched = operation.batch is not None and not is_cached

    async def resolve(source: Any, info: Any, /, **arguments: Any) -> Any:
        call: Call = info.context
        if batched:
            value = await load(operation, source, arguments, call)
        else:
            value = await invoke(
                operation,
                caller=call.caller,
                arguments=arguments,
                transport="graphql",
                request_id=call.request_id,
                timeout=call.remaining(),
                owner=source,
            )
        return value if live else operation.output.to_python(value)

    return resolve
