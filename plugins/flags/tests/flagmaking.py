"""Compiled flags for tests of the engine, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.flags.compiled import CompiledFlag, CompiledRule, Serve
from plugins.flags.compiler import compile_conditions, compile_serve

NOW = 1_900_000_000.0
ON_OFF: Mapping[str, Any] = {"on": True, "off": False}


def split(*shares: tuple[str, float], bucket_by: str = "targetingKey") -> Serve:
    weights = [{"variant": variant, "weight": weight} for variant, weight in shares]
    variants = dict.fromkeys(variant for variant, _ in shares)
    return compile_serve("", weights, bucket_by=bucket_by, variants=variants)


def condition(attribute: str, operator: str, *values: str) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, "values": list(values)}


def rule(*conditions: dict[str, Any], serve: Serve | None = None, **options: Any) -> CompiledRule:
    compiled = compile_conditions(conditions, options.get("segments", {}))
    return CompiledRule("a rule", compiled, serve or Serve("on"))


def flag(key: str = "a", *rules: CompiledRule, **fields: Any) -> CompiledFlag:
    settings: dict[str, Any] = {
        "key": key,
        "salt": key,
        "variants": ON_OFF,
        "enabled": True,
        "off": "off",
        "default": Serve("off"),
        "rules": rules,
        **fields,
    }
    return CompiledFlag(**settings)


def flags(*made: CompiledFlag) -> dict[str, CompiledFlag]:
    return {each.key: each for each in made}
