"""Which plugins are there? Runs while settings are read: only ``<plugin>.apps`` is imported.

Sources are the entry point group ``hub.plugins``, every package in the namespace ``plugins`` and
in further folders. Whatever is wrong with one plugin refuses that plugin, never the start.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from packaging.utils import canonicalize_name

from hub.loader.choosing import Candidate, Choice
from hub.loader.dependencies import dependency_order
from hub.loader.manifests import Found, Refusal, read_manifest
from hub.loader.starts import starts

GROUP = "hub.plugins"


@dataclass(frozen=True, slots=True)
class Discovery:
    """``accepted`` is in dependency order, builtin plugins first. ``left_out`` are labels that
    were found and not loaded, since the settings say so."""

    accepted: tuple[Found, ...]
    refused: tuple[Refusal, ...]
    left_out: frozenset[str] = frozenset()

    @property
    def installed_apps(self) -> list[str]:
        """For ``INSTALLED_APPS``: the dotted path of each accepted plugin's config class."""
        return [found.config_path for found in self.accepted]

    @property
    def labels(self) -> frozenset[str]:
        """Of every plugin that was found, whether it is loaded or not."""
        accepted = {entry.label for entry in self.accepted}
        return self.left_out | accepted | {entry.label for entry in self.refused}


def discover(
    *,
    folders: Sequence[Path] = (),
    only: frozenset[str] = frozenset(),
    exclude: frozenset[str] = frozenset(),
    builtin: Sequence[str] = (),
    reserved: frozenset[str] = frozenset(),
) -> Discovery:
    """Find all plugins and order them. ``reserved`` labels belong to other Django apps; with
    ``only`` nothing else is read than these plugins and what they require.

    Raises :class:`ImproperlyConfigured` for a folder that does not exist, for a name in ``only``
    or ``exclude`` that no plugin has, and for a builtin plugin in ``exclude``.
    """
    own = [Candidate(name.rpartition(".")[2], name, "builtin") for name in builtin]
    others = sorted(_outside(folders), key=lambda candidate: candidate.label)
    choice = Choice(only, exclude, builtin=frozenset(candidate.label for candidate in own))
    starts.heading("Reading the plugins' manifests")
    chosen, left_out = choice.choose(_once(others), _read)
    read = [*(_read(candidate) for candidate in own), *chosen]
    accepted: dict[str, Found] = {}
    refused: list[Refusal] = []
    for found in read:
        if isinstance(found, Found):
            found = _unclaimed(found, accepted, reserved)
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            accepted[found.label] = found
    ordered, unmet = dependency_order(accepted)
    return Discovery(accepted=ordered, refused=(*refused, *unmet), left_out=left_out)


def _once(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Without those whose package came before."""
    return list({candidate.package: candidate for candidate in reversed(candidates)}.values())[::-1]


def _outside(folders: Sequence[Path]) -> Iterator[Candidate]:
    for entry in entry_points(group=GROUP):
        package = entry.module.removesuffix(".apps")
        yield Candidate(entry.name, package, "entry point")
    yield from _packages_in("plugins", source="folder")
    for folder in folders:
        yield from _packages_in(_importable(folder), source="folder")


def _importable(folder: Path) -> str:
    """The package that ``folder`` is from now on."""
    if not folder.is_dir():
        raise ImproperlyConfigured(f"wrong setting: HUB_PLUGIN_DIRS: no folder {folder}")
    folder = folder.resolve()
    if str(folder.parent) not in sys.path:
        sys.path.append(str(folder.parent))
        importlib.invalidate_caches()
    spec = importlib.util.find_spec(folder.name)
    places = (spec.submodule_search_locations if spec else None) or ()
    if str(folder) not in {str(Path(place).resolve()) for place in places}:
        raise ImproperlyConfigured(
            f"wrong setting: HUB_PLUGIN_DIRS: {folder} can't be imported: a module of the name "
            f"'{folder.name}' comes before it; rename the folder"
        )
    return folder.name


def _packages_in(namespace: str, *, source: str) -> Iterator[Candidate]:
    spec = importlib.util.find_spec(namespace)
    locations = list(spec.submodule_search_locations or ()) if spec else []
    for location in locations:
        for path in sorted(Path(location).iterdir()):
            is_package = (path / "__init__.py").is_file() or (path / "apps.py").is_file()
            if path.name.isidentifier() and is_package:
                yield Candidate(path.name, f"{namespace}.{path.name}", source)


def _read(candidate: Candidate) -> Found | Refusal:
    starts.begin(candidate.label)
    try:
        with starts.step(candidate.label, "manifest"):
            found = read_manifest(candidate.label, candidate.package, candidate.source)
        starts.called(found.label, before=candidate.label)
        return found
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin can fail, the hub can't
        return Refusal(
            label=candidate.label,
            package=candidate.package,
            source=candidate.source,
            reason=f"{candidate.package}.apps can't be imported: {type(error).__name__}: {error}",
            traceback=traceback.format_exc(),
        )


def _unclaimed(
    found: Found, accepted: dict[str, Found], reserved: frozenset[str]
) -> Found | Refusal:
    """``found``, or its refusal when another plugin or app has its label or its mount."""
    if found.label in reserved:
        return found.refuse(f"the label '{found.label}' belongs to an app of the hub.")
    for other in accepted.values():
        # Requirements name plugins as packages: stock_levels and stock__levels are one name there.
        if canonicalize_name(other.label) == canonicalize_name(found.label):
            return found.refuse(
                f"the label '{found.label}' is taken by {other.package} ({other.source})."
            )
        if other.mount == found.mount:
            return found.refuse(f"the mount '/api/{found.mount}/' is taken by {other.package}.")
    return found
