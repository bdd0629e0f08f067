"""Reading one plugin's manifest: ``apps.py`` and the ``PluginConfig`` in it."""

from __future__ import annotations

import importlib
import importlib.util
import re
from dataclasses import dataclass
from types import ModuleType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from hub import __version__
from hub.sdk.manifest import PluginConfig

RESERVED_MOUNTS = frozenset({"docs", "redoc", "openapi.json"})

_MOUNT = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A plugin that is not loaded; ``reason`` is a sentence for the operator."""

    label: str
    package: str
    source: str
    reason: str
    traceback: str = ""
    version: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin whose manifest is in order."""

    label: str
    package: str
    source: str
    config: type[PluginConfig]
    requires: tuple[Requirement, ...] = ()

    @property
    def config_path(self) -> str:
        return f"{self.config.__module__}.{self.config.__qualname__}"

    @property
    def version(self) -> str:
        return self.config.version

    @property
    def mount(self) -> str:
        return self.config.mount

    def refuse(self, reason: str) -> Refusal:
        return Refusal(
            label=self.label,
            package=self.package,
            source=self.source,
            reason=reason,
            version=self.config.version,
            summary=self.config.summary,
        )


def read_manifest(label: str, package: str, source: str) -> Found | Refusal:
    """The plugin's manifest, or why it is refused. Lets errors of importing it through."""
    if importlib.util.find_spec(f"{package}.apps") is None:
        reason = f"{package} has no manifest: no apps.py with a PluginConfig."
        return Refusal(label=label, package=package, source=source, reason=reason)
    module = importlib.import_module(f"{package}.apps")
    configs = _configs_in(module)
    if len(configs) != 1:
        names = ", ".join(config.__name__ for config in configs) or "none"
        reason = f"{package}.apps must declare exactly one PluginConfig, not {names}."
        return Refusal(label=label, package=package, source=source, reason=reason)
    found = Found(label=configs[0].label, package=package, source=source, config=configs[0])
    return _checked(found)


def _configs_in(module: ModuleType) -> list[type[PluginConfig]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, PluginConfig)
        and value.__module__ == module.__name__
    ]


def _wrong_kind(config: type[PluginConfig]) -> str:
    """What can't be read at all, as a reason; the class is the plugin author's, not checked yet."""
    for name in ("version", "summary", "requires_hub", "mount"):
        value = getattr(config, name)
        if not isinstance(value, str):
            return f"{name} must be text, not {value!r}."
    if not _is_tuple_of(config.requires_plugins, str):
        return f"requires_plugins must be a tuple of texts, not {config.requires_plugins!r}."
    if not _is_tuple_of(config.links, tuple) or not all(
        len(link) == 2 and _is_tuple_of(link, str) for link in config.links
    ):
        return f"links must be a tuple of (title, address) pairs, not {config.links!r}."
    return ""


def _is_tuple_of(value: object, kind: type) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(entry, kind) for entry in value)


def _checked(found: Found) -> Found | Refusal:
    config = found.config
    wrong = _wrong_kind(config)
    if wrong:
        return found.refuse(wrong)
    try:
        Version(config.version)
        wanted = SpecifierSet(config.requires_hub)
        requires = tuple(Requirement(text) for text in config.requires_plugins)
    except InvalidVersion as error:
        return found.refuse(f"version is not a PEP 440 version: {error}.")
    except InvalidSpecifier as error:
        return found.refuse(f"requires_hub is not a PEP 440 specifier: {error}.")
    except InvalidRequirement as error:
        return found.refuse(f"requires_plugins holds something unreadable: {error}.")
    if not wanted.contains(__version__, prereleases=True):
        return found.refuse(
            f"it requires hub {config.requires_hub}, and this is hub {__version__}."
        )
    if not found.label.isidentifier() or not found.label.islower():
        return found.refuse(f"the label '{found.label}' must be a lower-case identifier.")
    if not _MOUNT.fullmatch(config.mount) or config.mount in RESERVED_MOUNTS:
        return found.refuse(f"the mount '{config.mount}' can't stand under /api/.")
    return Found(found.label, found.package, found.source, config, requires)
