"""Settings as people see them: each value with its source, secrets masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.operations.configuration.layers import Layer, Origin
from hub.operations.configuration.leaves import Leaf, leaves
from hub.operations.configuration.secrets import MASK
from hub.operations.configuration.settled import Settled


@dataclass(frozen=True, slots=True)
class Shown:
    """``value`` is what JSON can hold; of a secret, only whether there is one."""

    leaf: Leaf
    value: Any
    origin: Origin

    @property
    def pinned(self) -> bool:
        """Whether the admin can't change it: something above says it."""
        return self.origin.layer.pins

    @property
    def set_by_admin(self) -> bool:
        return self.origin.layer is Layer.ADMIN


def listed(settled: Settled) -> tuple[Shown, ...]:
    """The settings of a plugin, in the order of their declaration."""
    values = settled.value.model_dump(mode="json", fallback=str, warnings=False)
    return tuple(
        Shown(leaf, _shown(leaf, _at(values, leaf)), settled.merged.origin_of(leaf.path))
        for leaf in leaves(type(settled.value))
    )


def masked(value: Any) -> Any:
    """What is shown of a secret."""
    return MASK if value not in (None, "", [], {}) else value


def _shown(leaf: Leaf, value: Any) -> Any:
    return masked(value) if leaf.secret else value


def _at(values: Any, leaf: Leaf) -> Any:
    for key in leaf.path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values
