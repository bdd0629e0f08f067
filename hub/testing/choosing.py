"""Only some plugins: those a test names, what they require, and the hub's own parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType

from django.conf import settings
from django.urls import get_resolver
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hub.loader.boot import catalog, using
from hub.loader.catalog import Catalog, Plugin, PluginState
from hub.loader.injection.judging import injection_faults
from hub.loader.once import hand_in
from hub.operations.compiler import compile_operations
from hub.operations.engine import Engine, engine


def loaded_plugin(label: str) -> Plugin:
    """The plugin of this process. Raises :class:`LookupError`, which names near labels, for one
    that does not exist, or was refused, with the reason."""
    known = catalog().plugins
    plugin = known.get(label)
    if plugin is None:
        near = get_close_matches(label, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(sorted(known))}."
        raise LookupError(f"There is no plugin '{label}'; {hint}")
    if plugin.state is PluginState.REFUSED:
        reasons = "; ".join(failure.message for failure in plugin.failures)
        raise LookupError(f"The plugin '{label}' is refused: {reasons}")
    return plugin


def with_required(labels: Sequence[str]) -> frozenset[str]:
    """``labels`` and, in turn, what those plugins require. Raises :class:`LookupError`."""
    by_name = {canonicalize_name(label): label for label in catalog().plugins}
    chosen: list[str] = []
    left = list(labels)
    for label in left:  # grows as it goes
        plugin = loaded_plugin(label)
        if label not in chosen:
            chosen.append(label)
            names = (canonicalize_name(Requirement(text).name) for text in plugin.requires)
            left.extend(by_name[name] for name in names if name in by_name)
    return frozenset(chosen)


@contextmanager
def only(labels: Sequence[str]) -> Iterator[Engine]:
    """The catalog and the operations of this process are those of ``labels`` meanwhile; without
    ``labels`` those of all plugins, made anew, so that replaced settings count.

    The container stays: overrides and what lives in it are the same. Raises :class:`LookupError`
    for unknown plugins, and where one needs something of a plugin it does not require.
    """
    whole = engine()
    _ = get_resolver().url_patterns  # Django's URLs are those of all plugins, made once
    chosen = with_required(labels) if labels else frozenset(whole.catalog.plugins)
    plugins = {
        key: plugin
        for key, plugin in whole.catalog.plugins.items()
        if plugin.builtin or key in chosen
    }
    faults = injection_faults(tuple(plugins.values())) if labels else {}
    if faults:
        told = "; ".join(fault.message for each in faults.values() for fault in each)
        raise LookupError(f"Without the plugins it does not require: {told}")
    with using(Catalog(MappingProxyType(plugins))) as own:
        operations = compile_operations(
            own, default_timeout=settings.HUB_DEFAULT_TIMEOUT, container=whole.container
        )
        hand_in(engine, replace(whole, catalog=own, operations=operations))
        yield engine()
