"""What operations take, as GraphQL arguments and input types.

Arguments arrive as JSON values under the names the code gave them; validating them, and making the
user's own classes of them, is the pipeline's. What was not given stays absent.
"""

from __future__ import annotations

from graphql import (
    GraphQLArgument,
    GraphQLArgumentMap,
    GraphQLInputField,
    GraphQLInputObjectType,
)

from hub.operations.inputs import InputSpec
from hub.web.graphql import scalars
from hub.web.graphql.names import TypeNames, field_name, is_name, type_name
from hub.web.graphql.types import AnyType, Node, Types


class InputTypes(Types):
    def union_type(self, members: list[Node], where: str) -> AnyType:
        return scalars.JSON  # GraphQL has no unions of inputs

    def is_object(self, node: Node) -> bool:
        return super().is_object(node) and all(map(is_name, map(field_name, node["properties"])))

    def object_type(self, node: Node, where: str) -> AnyType:
        name, mark = self.named(node, where)
        made = self.names.made(f"{name}Input", mark)
        if made is None:
            own = self.names.claim(f"{name}Input", mark)
            made = GraphQLInputObjectType(
                own, lambda: self._fields(node, name), description=node.get("description")
            )
            self.names.keep(f"{name}Input", mark, made)
        return made

    def _fields(self, node: Node, owner: str) -> dict[str, GraphQLInputField]:
        required = node.get("required", ())
        fields: dict[str, GraphQLInputField] = {}
        for name, member in node["properties"].items():
            where = type_name(owner.removeprefix(type_name(self.prefix)), name)
            kind = self.of if name in required else self.optional
            fields.setdefault(
                field_name(name),
                GraphQLInputField(
                    kind(member, where), out_name=name, description=member.get("description")
                ),
            )
        return fields


def arguments_of(
    operation: str, spec: InputSpec, names: TypeNames, *, prefix: str
) -> GraphQLArgumentMap:
    """An operation's parameters as arguments of its field."""
    definitions = spec.json_schema.get("$defs", {})
    types = InputTypes(names, prefix=prefix, definitions=definitions)
    own = type_name(*operation.split(".")[1:])
    arguments: GraphQLArgumentMap = {}
    for name, parameter in spec.parameters.items():
        node = parameter.schema
        kind = types.of if parameter.required else types.optional
        argument = GraphQLArgument(
            kind(node, type_name(own, name)), out_name=name, description=node.get("description")
        )
        if arguments.setdefault(field_name(name), argument) is not argument:
            raise ValueError(f"two parameters are called {field_name(name)} in GraphQL")
    return arguments
