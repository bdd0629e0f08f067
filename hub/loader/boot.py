"""Discovered plugins become the catalog, once, when Django's apps are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType

from django.core.exceptions import ImproperlyConfigured
from packaging.utils import canonicalize_name

from hub.loader import once
from hub.loader.catalog import Catalog, Contribution, Failure, Plugin, PluginState
from hub.loader.collisions import without_collisions
from hub.loader.contributions import SETTINGS, read_contributions
from hub.loader.discovery import Discovery
from hub.loader.injection.judging import without_broken_injection
from hub.loader.manifests import Found, Refusal
from hub.loader.services.judging import without_broken_services
from hub.loader.starts import starts
from hub.sdk.settings import SettingsDeclaration

Judge = Callable[[str, SettingsDeclaration | None], str]

_catalog: Catalog | None = None


def _accept(label: str, declaration: SettingsDeclaration | None) -> str:
    return ""


_judge: Judge = _accept


def judge_settings_with(judge: Judge) -> None:
    """Name what knows the values of settings; it lives above. It is asked with a plugin's label
    and declaration (``None``: it declares no settings) and answers why the plugin can't run with
    them, or nothing. Called once, at start."""
    global _judge
    _judge = judge


def catalog() -> Catalog:
    """The catalog of this process. Raises :class:`RuntimeError` before ``django.setup()``."""
    if _catalog is None:
        raise RuntimeError("The catalog is read when Django's apps are ready: call django.setup().")
    return _catalog


def boot(discovery: Discovery) -> Catalog:
    """Read every accepted plugin's modules and keep the catalog for this process."""
    global _catalog
    _catalog = build(discovery)
    once.change(_catalog)
    return _catalog


@contextmanager
def using(other: Catalog) -> Iterator[Catalog]:
    """For tests: ``other`` is the catalog of this process meanwhile, and everything that is made
    of the catalog is made of it. What Django itself knows (apps, models, URLs) stays."""
    global _catalog
    before, _catalog = _catalog, other
    once.change(other)
    try:
        yield other
    finally:
        _catalog = before
        once.change(before, forget=other)


def build(discovery: Discovery) -> Catalog:
    read: list[Plugin] = []
    for found in discovery.accepted:
        read.append(_unmet(found, read) or _load(found))
    loaded = without_broken_injection(without_broken_services(without_collisions(tuple(read))))
    refused = (_refused(refusal) for refusal in discovery.refused)
    plugins: dict[str, Plugin] = {plugin.label: plugin for plugin in loaded}
    for plugin in refused:
        # A refused plugin may claim the label of one that runs; it is listed all the same.
        key = plugin.label if plugin.label not in plugins else f"{plugin.label} ({plugin.package})"
        plugins[key] = plugin
    return Catalog(MappingProxyType(plugins))


def _load(found: Found) -> Plugin:
    settings, broken = read_contributions(found, (SETTINGS,))
    wrong = _wrong_settings(found, settings, broken)
    if wrong and found.config.builtin:
        raise ImproperlyConfigured(wrong)  # the hub can't run without its own parts
    if wrong:
        return _refused(found.refuse(wrong), where="settings")
    contributions, failures = read_contributions(found)
    contributions, failures = (*settings, *contributions), (*broken, *failures)
    config = found.config
    return Plugin(
        label=found.label,
        package=found.package,
        source=found.source,
        version=config.version,
        summary=config.summary,
        mount=config.mount,
        builtin=config.builtin,
        links=tuple(config.links),
        requires=tuple(str(requirement) for requirement in found.requires),
        state=PluginState.DEGRADED if failures else PluginState.RUNNING,
        failures=failures,
        contributions=contributions,
        cost=starts.cost_of(found.label),
    )


def _unmet(found: Found, loaded: list[Plugin]) -> Plugin | None:
    """The plugin as refused, if one that it requires was refused for its settings."""
    refused = {
        canonicalize_name(plugin.label): plugin.label
        for plugin in loaded
        if plugin.state is PluginState.REFUSED
    }
    for requirement in found.requires:
        label = refused.get(canonicalize_name(requirement.name))
        if label is not None:
            return _refused(found.refuse(f"it requires '{label}', which is refused."))
    return None


def _wrong_settings(
    found: Found, settings: tuple[Contribution, ...], broken: tuple[Failure, ...]
) -> str:
    if broken:
        return ""  # what it declares is not known
    return _judge(found.label, settings[0].value if settings else None)


def _refused(refusal: Refusal, *, where: str = "manifest") -> Plugin:
    return Plugin(
        label=refusal.label,
        package=refusal.package,
        source=refusal.source,
        version=refusal.version,
        summary=refusal.summary,
        state=PluginState.REFUSED,
        failures=(Failure(where, refusal.reason, refusal.traceback),),
    )
