"""Flags in GraphQL, as graphene types: ``{ flags { flags { key states { enabled } } } }``.

The same flags for the same callers as over REST.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import graphene
from graphene.types.generic import GenericScalar

from hub.sdk import FieldError, InvalidInput, RouteAccess, requires_scope
from plugins.flags import actions
from plugins.flags.compiled import CompiledFlag
from plugins.flags.evaluation import in_force
from plugins.flags.snapshot import SNAPSHOT

_ACCESS = RouteAccess(requires_scope("flags:evaluate"))


class FlagState(graphene.ObjectType):  # type: ignore[misc]
    """A flag in one environment. ``problem`` says why it can't be evaluated, if it can't."""

    environment = graphene.String(required=True)
    enabled = graphene.Boolean(required=True)
    rules = graphene.List(graphene.NonNull(graphene.String), required=True)
    problem = graphene.String(required=True)


class Flag(graphene.ObjectType):  # type: ignore[misc]
    key = graphene.String(required=True)
    type = graphene.String(required=True)
    variants = GenericScalar(required=True)
    states = graphene.List(graphene.NonNull(FlagState), required=True)


class FlagEvaluation(graphene.ObjectType):  # type: ignore[misc]
    """What a flag yields. ``variant`` is null when the caller's own default was used."""

    key = graphene.String(required=True)
    value = GenericScalar()
    variant = graphene.String()
    reason = graphene.String(required=True)
    metadata = GenericScalar(required=True)


def _described(flag: CompiledFlag) -> dict[str, Any]:
    variants = dict(flag.variants)
    return {"key": flag.key, "type": flag.type, "variants": variants, "states": []}


def _state(environment: str, flag: CompiledFlag) -> FlagState:
    return FlagState(
        environment=environment,
        enabled=flag.enabled,
        rules=[rule.name for rule in flag.rules],
        problem=flag.broken,
    )


class Query(graphene.ObjectType):  # type: ignore[misc]
    flags = graphene.List(
        graphene.NonNull(Flag),
        key=graphene.String(),
        description="The flags that are not archived, by key, in every environment.",
    )
    evaluation = graphene.Field(
        FlagEvaluation,
        key=graphene.String(required=True),
        context=GenericScalar(),
        environment=graphene.String(),
        default=GenericScalar(),
        description="Evaluate a flag for a context.",
    )

    async def resolve_flags(
        self, info: graphene.ResolveInfo, key: str | None = None
    ) -> list[Mapping[str, Any]]:
        await _ACCESS.aadmit(info.context)
        snapshot = await SNAPSHOT.aget()
        now = time.time()
        found: dict[str, dict[str, Any]] = {}
        for environment, flags in snapshot.environments.items():
            for flag in flags.values():
                if key is None or flag.key == key:
                    entry = found.setdefault(flag.key, _described(flag))
                    entry["states"].append(_state(environment, in_force(flag, now)))
        return [found[name] for name in sorted(found)]

    async def resolve_evaluation(
        self, info: graphene.ResolveInfo, **given: Any
    ) -> Mapping[str, Any]:
        await _ACCESS.aadmit(info.context)
        context = given.pop("context", None)
        if context is not None and not isinstance(context, dict):
            raise InvalidInput(
                "context: must be an object", [FieldError("context", "an object", "dict_type")]
            )
        answer = await actions.evaluate(context=context, **given)
        return asdict(answer)
