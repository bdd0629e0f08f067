"""What a document may ask for. Checked on the parsed document before it is validated.

Fragments count as often as they are spread, but each is measured once, so that fragments that
spread fragments can't make the measuring itself expensive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from hub.wire.errors import BadRequest

MAX_CHARACTERS: Final = 15_000
MAX_TOKENS: Final = 1000
MAX_COMMENTS: Final = 200
MAX_DEPTH: Final = 10
MAX_ALIASES: Final = 15
MAX_DIRECTIVES: Final = 50
MAX_COST: Final = 5000
# The same field written again in one selection: comparing them with each other is quadratic.
MAX_REPEATS: Final = 50
MAX_OPERATIONS: Final = 20
MAX_VALIDATION_ERRORS: Final = 20
# Introspection is deep by nature; what makes it explode are lists of types within lists of types.
MAX_INTROSPECTION_DEPTH: Final = 20
MAX_INTROSPECTION_LISTS: Final = 2
MAX_INTROSPECTIONS: Final = 3
# Seconds a whole request may take.
REQUEST_SECONDS: Final = 30.0

# An object costs 2 and a scalar 1; what is below a field costs half as much again, level by level.
OBJECT_COST: Final = 2.0
SCALAR_COST: Final = 1.0
LEVEL_FACTOR: Final = 1.5

_TYPE_LISTS: Final = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})


def introspection_allowed() -> bool:
    """``HUB_GRAPHQL_INTROSPECTION``, on unless it is switched off."""
    return bool(getattr(settings, "HUB_GRAPHQL_INTROSPECTION", True))


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection amounts to, everything below it included. ``meta_depth`` is the depth of
    its introspection, ``meta_lists`` how many lists of types stand within each other there."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: float = 0.0
    repeats: int = 0
    introspections: int = 0
    meta_depth: int = 0
    meta_lists: int = 0

    def __or__(self, other: Measure) -> Measure:
        """Both beside each other."""
        return Measure(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.cost + other.cost,
            self.repeats + other.repeats,
            self.introspections + other.introspections,
            max(self.meta_depth, other.meta_depth),
            max(self.meta_lists, other.meta_lists),
        )


def measured(document: DocumentNode) -> Measure:
    """The document's measure. Raises :class:`BadRequest` naming the limit that is passed."""
    measurer = _Measurer(document)
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    _hold("operations", len(operations), MAX_OPERATIONS)
    whole = Measure()
    for operation in operations:
        found = measurer.of(operation.selection_set)
        found |= Measure(directives=len(operation.directives))
        _hold("depth", found.depth, MAX_DEPTH)
        _hold("aliases", found.aliases, MAX_ALIASES)
        _hold("directives", found.directives, MAX_DIRECTIVES)
        _hold("cost", found.cost, MAX_COST)
        whole |= found
    for name in measurer.fragments:  # those that are spread nowhere are validated too
        whole |= Measure(repeats=measurer.fragment(name).repeats)
    _hold("repeats", whole.repeats, MAX_REPEATS)
    _hold("introspection", whole.introspections, MAX_INTROSPECTIONS)
    _hold("introspection", whole.meta_depth, MAX_INTROSPECTION_DEPTH)
    _hold("introspection", whole.meta_lists, MAX_INTROSPECTION_LISTS)
    return whole


class _Measurer:
    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, Measure | None] = {}

    def of(self, selections: SelectionSetNode | None) -> Measure:
        whole = Measure()
        seen: set[str] = set()
        for node in selections.selections if selections else ():
            whole |= Measure(directives=len(node.directives))
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                whole |= Measure(repeats=int(key in seen))
                seen.add(key)
                whole |= self._field(node)
            elif isinstance(node, InlineFragmentNode):
                whole |= self.of(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                whole |= self.fragment(node.name.value)
        return whole

    def fragment(self, name: str) -> Measure:
        if name not in self._known:
            self._known[name] = None
            definition = self.fragments.get(name)
            self._known[name] = self.of(definition.selection_set) if definition else Measure()
        found = self._known[name]
        if found is None:
            raise BadRequest(f"The fragment '{name}' spreads itself.", code="fragment_cycle")
        return found

    def _field(self, node: FieldNode) -> Measure:
        below = self.of(node.selection_set)
        name = node.name.value
        is_meta = name in {"__schema", "__type"}
        base = OBJECT_COST if node.selection_set else SCALAR_COST
        return Measure(
            # Of introspection, the depth has a limit of its own.
            depth=1 if is_meta else 1 + below.depth,
            aliases=below.aliases + (node.alias is not None),
            directives=below.directives,
            cost=base + LEVEL_FACTOR * below.cost if not is_meta else base,
            repeats=below.repeats,
            introspections=below.introspections + is_meta,
            meta_depth=1 + below.depth if is_meta else below.meta_depth,
            meta_lists=below.meta_lists + (name in _TYPE_LISTS),
        )


def _hold(what: str, found: float, limit: int) -> None:
    if found > limit:
        raise BadRequest(
            f"The query passes the limit on {what}: {found:g} of {limit}.",
            code=f"too_much_{what}"
            if what in {"cost", "depth", "introspection"}
            else f"too_many_{what}",
            detail={"limit": limit},
        )
