"""What operators and programs do to flags, in one place for the admin and the actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from hub.sdk import NotFound
from plugins.flags.models import Environment, Flag, FlagState, Variant
from plugins.flags.rollouts import settle_due

BOOLEAN_VARIANTS: Mapping[str, Any] = {"on": True, "off": False}


def create_flag(key: str, *, variants: Mapping[str, Any] | None = None, **fields: Any) -> Flag:
    """A new flag, off in every environment.

    ``variants`` are values by key: the first is served by default, the last while off. A boolean
    flag has ``on`` and ``off`` unless others are given. Raises ValidationError.
    """
    with transaction.atomic():
        flag = Flag(key=key, **fields)
        flag.save()
        if variants is None and flag.type == "boolean":
            variants = BOOLEAN_VARIANTS
        give_variants(flag, variants or {})
    return flag


def give_variants(flag: Flag, variants: Mapping[str, Any]) -> None:
    """The variants of a new flag, in order, and its states, off."""
    for position, (name, value) in enumerate(variants.items()):
        Variant(flag=flag, key=name, value=value, position=position).save()
    flag.ensure_states()


def set_enabled(key: str, environment: str, enabled: bool) -> FlagState:
    """Switch a flag on or off in one environment. Raises NotFound for either."""
    settle_due()  # what was scheduled for earlier must not undo this
    with transaction.atomic():
        state = (
            FlagState.objects.select_for_update()
            .filter(flag__key=key, environment__key=environment)
            .first()
        )
        if state is None:
            raise _not_found(key, environment)
        if state.enabled != enabled:
            state.enabled = enabled
            state.save(update_fields=["enabled"])
    return state


def _not_found(key: str, environment: str) -> NotFound:
    if not Environment.objects.filter(key=environment).exists():
        return NotFound(f"There is no environment '{environment}'.", code="environment_not_found")
    return NotFound(f"There is no flag '{key}'.", code="flag_not_found")
