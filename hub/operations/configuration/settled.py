"""A plugin's layers become one validated value, and every value knows where it came from."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.operations.configuration.layers import (
    Layer,
    LayerOfValues,
    Merged,
    Origin,
    Path,
    Values,
    merged,
    nested,
)
from hub.operations.configuration.leaves import (
    annotation_at,
    is_secret,
    model_in,
    type_name,
)
from hub.operations.configuration.secrets import redacted, secrets_in
from hub.operations.configuration.sources import PLUGINS, Sources
from hub.operations.configuration.texts import value_of
from hub.operations.configuration.variables import path_of, variable_of
from hub.operations.configuration.wrong import Wrong, WrongSettings, near
from hub.sdk.settings import PluginSettings

Stored = Mapping[str, Any]
"""The admin's values by dotted key."""


@dataclass(frozen=True, slots=True)
class Settled:
    """``faults`` are told of stored values that no longer fit, ``left_out`` are their keys."""

    value: PluginSettings
    merged: Merged
    faults: tuple[Wrong, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of one plugin that are known at the start, below and above the admin's."""

    label: str
    model: type[PluginSettings]
    lower: tuple[LayerOfValues, ...]
    upper: tuple[LayerOfValues, ...]

    def over(self, changes: Mapping[str, Any]) -> Layers:
        """The same with further values on top of all."""
        layer = LayerOfValues(changes, lambda path: Origin(Layer.OVERRIDE, "override"))
        return replace(self, upper=(*self.upper, layer))


def layers_of(
    label: str, model: type[PluginSettings], sources: Sources, *, labels: Iterable[str] = ()
) -> Layers:
    """Raises :class:`WrongSettings` for files, tables and texts that can't be read."""
    key = (PLUGINS, label)
    hub_files = [file.layer(Layer.HUB_FILE, below=key) for file in sources.hub_files]
    own_files = [file.layer(Layer.PLUGIN_FILE) for file in sources.files_of(label)]
    given = [sources.given.layer(Layer.GIVEN_FILE, below=key)] if sources.given else []
    faults = [*_no_tables(label, sources)]
    said = [
        (path_of(entry.rest, model), entry.text, Origin(Layer.ENVIRONMENT, entry.name))
        for entry in sources.variables_of(label, labels)
    ]
    said += [
        (entry.path, entry.text, Origin(Layer.COMMAND_LINE, f"--set {label}.{_key(entry.path)}"))
        for entry in sources.sets_of(label)
    ]
    upper: list[LayerOfValues] = []
    for path, text, origin in said:
        try:
            value = value_of(text, annotation_at(model, path))
        except ValueError as error:
            faults.append(_wrong_value(label, model, path, str(error), origin))
            continue
        if path:
            upper.append(_single(path, value, origin))
        elif isinstance(value, dict):
            upper.append(LayerOfValues(value, lambda _path, origin=origin: origin))  # type: ignore[misc]
        else:
            faults.append(Wrong((), "", f"{origin.place}: names no setting of '{label}'"))
    if faults:
        raise WrongSettings(faults)
    defaults = LayerOfValues(_defaults(model), lambda path: Origin(Layer.DEFAULT, "default"))
    return Layers(label, model, (defaults, *hub_files, *own_files, *given), tuple(upper))


def settle(layers: Layers, stored: Stored | None = None) -> Settled:
    """The value of all layers. A stored value that does not fit is left out, and told in
    ``faults``; whatever else is wrong raises :class:`WrongSettings`."""
    left = dict(stored or {})
    dropped: list[Wrong] = []
    while True:
        together = merged((*layers.lower, *_stored_layers(left), *layers.upper))
        value, faults = _validated(layers, together)
        if value is not None:
            left_out = tuple(key for key in stored or () if key not in left)
            return Settled(value, together, tuple(dropped), left_out)
        guilty = _stored_keys(faults, left)
        if not left:
            raise WrongSettings(faults)
        # Where no stored value is named, together they may be what the model refuses.
        for key in guilty or tuple(left):
            del left[key]
        dropped += faults


def check(layers: Layers, stored: Stored) -> Settled:
    """Like :func:`settle`, but nothing may be left out: for values that are about to be stored.
    Raises :class:`WrongSettings`."""
    together = merged((*layers.lower, *_stored_layers(stored), *layers.upper))
    value, faults = _validated(layers, together)
    if value is None:
        raise WrongSettings(faults)
    return Settled(value, together)


def no_settings(label: str, sources: Sources, labels: Iterable[str]) -> tuple[Wrong, ...]:
    """What is said about a plugin that has no settings."""
    key = (PLUGINS, label)
    places = [file.place(key) for _, file in sources.files if _table(file.values, key) is not None]
    places += [file.name for file in sources.files_of(label)]
    places += [entry.name for entry in sources.variables_of(label, labels)]
    places += [f"--set {label}.{_key(entry.path)}" for entry in sources.sets_of(label)]
    return tuple(
        Wrong((), "", f"{place}: the plugin '{label}' has no settings") for place in places
    )


def _validated(layers: Layers, together: Merged) -> tuple[PluginSettings | None, tuple[Wrong, ...]]:
    unknown = tuple(_unknown(layers, together, layers.model, together.values, ()))
    try:
        value = layers.model.model_validate(together.values)
    except ValidationError as error:
        known = {entry.path for entry in unknown}
        hidden = secrets_in(layers.model, together.values)
        details = error.errors(include_url=False, include_input=False, include_context=False)
        faults = (
            _wrong_from(layers, together, entry, hidden)
            for entry in details
            if tuple(map(str, entry["loc"])) not in known
        )
        return None, (*unknown, *faults)
    return (None, unknown) if unknown else (value, ())


def _wrong_from(
    layers: Layers, together: Merged, entry: ErrorDetails, hidden: tuple[str, ...]
) -> Wrong:
    path = _known_part(layers.model, tuple(map(str, entry["loc"])))
    annotation = annotation_at(layers.model, path) if path else None
    if entry["type"] == "missing":
        name = variable_of(layers.label, path)
        message = f"is not set and has no default; {name} or a settings file can say it"
        return Wrong(path, message, f"{_full(layers.label, path)} {message}")
    message = redacted(entry["msg"].removeprefix("Value error, "), hidden)
    message = f"{message[:1].lower()}{message[1:]}" if message else "is not accepted"
    if is_secret(annotation):
        message = "is not accepted"  # who wrote the check may have shown the value in its words
    origin = together.origin_of(tuple(map(str, entry["loc"]))) if path else None
    return _wrong_value(layers.label, layers.model, path, message, origin)


def _wrong_value(
    label: str, model: type[BaseModel], path: Path, message: str, origin: Origin | None
) -> Wrong:
    where = f"{origin.place}: " if origin is not None else ""
    if not path:
        return Wrong(path, message, f"{where}the settings of '{label}': {message}", origin)
    expected = type_name(annotation_at(model, path))
    sentence = f"{where}{_full(label, path)} must be {expected}: {message}"
    return Wrong(path, message, sentence, origin)


def _unknown(
    layers: Layers, together: Merged, model: type[BaseModel], values: Values, path: Path
) -> Iterator[Wrong]:
    for key, value in values.items():
        here = (*path, key)
        if key not in model.model_fields:
            if model.model_config.get("extra") == "allow":
                continue
            origin = together.origin_of(here)
            message = f"there is no setting '{_full(layers.label, here)}'"
            message += near(key, model.model_fields)
            yield Wrong(here, message, f"{origin.place}: {message}", origin)
            continue
        inner = model_in(model.model_fields[key].annotation)
        if inner is not None and isinstance(value, Mapping):
            yield from _unknown(layers, together, inner, value, here)


def _known_part(model: type[BaseModel], path: Path) -> Path:
    """The setting that an error is in: Pydantic's path goes on into lists and unions."""
    while path and annotation_at(model, path) is None:
        path = path[:-1]
    return path


def _stored_layers(stored: Stored) -> list[LayerOfValues]:
    return [
        _single(tuple(key.split(".")), value, Origin(Layer.ADMIN, "admin"))
        for key, value in stored.items()
    ]


def _stored_keys(faults: Iterable[Wrong], stored: Stored) -> tuple[str, ...]:
    return tuple(
        key
        for key in stored
        if any(
            fault.origin is not None
            and fault.origin.layer is Layer.ADMIN
            and _overlap(fault.path, tuple(key.split(".")))
            for fault in faults
        )
    )


def _overlap(one: Path, other: Path) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _single(path: Path, value: Any, origin: Origin) -> LayerOfValues:
    return LayerOfValues(nested(path, value), lambda _path: origin)


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Tables that are declared as defaults: they merge with what the layers above say."""
    found: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if info.is_required():
            continue
        default = info.default
        if info.default_factory is not None:
            # What a factory raises is shown when the model is validated.
            with contextlib.suppress(Exception):
                default = info.get_default(call_default_factory=True, validated_data={})
        if isinstance(default, BaseModel) and model_in(info.annotation) is not None:
            found[name] = _as_table(default)
        elif isinstance(default, Mapping):
            found[name] = dict(default)
    return found


def _as_table(value: BaseModel) -> dict[str, Any]:
    return {
        name: _as_table(entry) if isinstance(entry, BaseModel) else entry
        for name in type(value).model_fields
        for entry in (getattr(value, name),)
    }


def _no_tables(label: str, sources: Sources) -> Iterator[Wrong]:
    for _, file in sources.files:
        table = _table(file.values, (PLUGINS, label))
        if table is not None and not isinstance(table, Mapping):
            place = file.place((PLUGINS, label))
            yield Wrong((), "", f"{place}: plugins.{label} must be a table: [plugins.{label}]")


def _table(values: Any, path: Path) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _full(label: str, path: Path) -> str:
    return ".".join((PLUGINS, label, *path))


def _key(path: Path) -> str:
    return ".".join(path)
