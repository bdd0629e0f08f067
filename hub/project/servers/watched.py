"""Which folders ``--reload`` watches."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings

import hub


def watched_folders() -> tuple[Path, ...]:
    """Those of the hub, of each plugin, of new plugins to come and of templates; and the working
    folder, for the configuration in it. None lies within another."""
    found = sorted({folder.resolve() for folder in _folders() if folder.is_dir()})
    return tuple(folder for folder in found if not any(other in folder.parents for other in found))


def _folders() -> Iterator[Path]:
    yield Path(hub.__file__).parent
    yield Path("plugins")
    yield from (Path(folder) for folder in settings.ENVIRONMENT.plugin_dirs)
    templates: Any = settings.TEMPLATES
    for engine in templates:
        yield from (Path(folder) for folder in engine["DIRS"])
    for plugin in settings.HUB_DISCOVERY.accepted:
        spec = find_spec(plugin.package)
        yield from (Path(place) for place in (spec and spec.submodule_search_locations) or ())
