"""Everything that settings are read from at the start of a process: files, environment, options.

Values of plugins stay as they were said until the plugin's class is known.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final

from hub.operations.configuration import variables
from hub.operations.configuration.command_line import (
    CONFIG_VARIABLE,
    SET_VARIABLE,
    Assignment,
    assignments,
)
from hub.operations.configuration.layers import Layer
from hub.operations.configuration.toml_files import TomlFile, files_named, folders, read_toml
from hub.operations.configuration.variables import Variable
from hub.operations.configuration.wrong import Wrong, WrongSettings, near

HUB_FILE: Final = "hub.toml"
PLUGINS: Final = "plugins"


@dataclass(frozen=True, slots=True)
class Sources:
    """``hub_files`` are the weakest first; ``given`` is the file of ``--config``."""

    here: FilePath
    folders: tuple[FilePath, ...] = ()
    hub_files: tuple[TomlFile, ...] = ()
    given: TomlFile | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    sets: tuple[Assignment, ...] = ()

    @property
    def files(self) -> tuple[tuple[Layer, TomlFile], ...]:
        """Files with the hub's own settings, the weakest first."""
        given = ((Layer.GIVEN_FILE, self.given),) if self.given is not None else ()
        return (*((Layer.HUB_FILE, file) for file in self.hub_files), *given)

    def files_of(self, label: str) -> tuple[TomlFile, ...]:
        """``<label>.toml``, the weakest first. Raises :class:`WrongSettings`."""
        name = f"{label}.toml"
        return () if name == HUB_FILE else files_named(name, self.folders, self.here)

    def variables_of(self, label: str, labels: Iterable[str]) -> tuple[Variable, ...]:
        known = {label, *labels}
        return tuple(
            Variable(name, variables.below(label, name), text)
            for name, text in self.variables.items()
            if variables.owner(name, known) == label
        )

    def sets_of(self, label: str) -> tuple[Assignment, ...]:
        """Assignments to settings of the plugin, their paths below its label."""
        return tuple(
            Assignment(path[1:], entry.text)
            for entry in self.sets
            if (path := _below_plugins(entry))[:1] == (label,)
        )

    def check_labels(self, labels: Iterable[str]) -> None:
        """Raise :class:`WrongSettings` for settings of plugins that do not exist."""
        known = frozenset(labels)
        faults = [*self._unknown_tables(known), *self._unknown_variables(known)]
        faults += [
            Wrong(entry.path, "", f"{entry.place}: {_no_plugin(label, known)}")
            for entry in self.sets
            if (label := (_below_plugins(entry) or ("",))[0]) not in known
            and (entry.path[0] == PLUGINS or len(entry.path) > 1)
        ]
        if faults:
            raise WrongSettings(faults)

    def _unknown_tables(self, known: frozenset[str]) -> Iterator[Wrong]:
        for _, file in self.files:
            tables: Any = file.values.get(PLUGINS, {})
            if not isinstance(tables, Mapping):
                sentence = f"{file.place((PLUGINS,))}: plugins must be a table: [plugins.<label>]"
                yield Wrong((PLUGINS,), "", sentence)
                continue
            for label in tables:
                if label not in known:
                    place = file.place((PLUGINS, label))
                    yield Wrong((PLUGINS, label), "", f"{place}: {_no_plugin(label, known)}")

    def _unknown_variables(self, known: frozenset[str]) -> Iterator[Wrong]:
        for name in self.variables:
            if variables.owner(name, known) is None:
                label = name.removeprefix(variables.PREFIX).lower().partition("__")[0]
                yield Wrong((), "", f"{name}: {_no_plugin(label, known)}")


def read_sources(
    environment: Mapping[str, str] | None = None, here: FilePath | None = None
) -> Sources:
    """Read what there is. Raises :class:`WrongSettings` for files that can't be read."""
    environment = os.environ if environment is None else environment
    here = FilePath.cwd() if here is None else here
    places = folders(environment, here)
    given = environment.get(CONFIG_VARIABLE, "")
    return Sources(
        here=here,
        folders=places,
        hub_files=files_named(HUB_FILE, places, here),
        given=read_toml(here / given, here) if given else None,
        variables=variables.of_plugins(environment),
        sets=assignments(environment.get(SET_VARIABLE, "")),
    )


def _below_plugins(entry: Assignment) -> tuple[str, ...]:
    return entry.path[1:] if entry.path[0] == PLUGINS else entry.path


def _no_plugin(label: str, known: frozenset[str]) -> str:
    return f"there is no plugin '{label}'{near(label, known)}"
