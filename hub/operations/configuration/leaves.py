"""What a settings class consists of: its leaves, by their paths through nested models."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from hub.operations.configuration.layers import Path

_ANYTHING: Final = Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """One setting. A nested model is no leaf, its fields are; a table (``dict``) is one."""

    path: Path
    info: FieldInfo
    secret: bool

    @property
    def key(self) -> str:
        return ".".join(self.path)

    @property
    def type_name(self) -> str:
        return type_name(self.info.annotation)


@functools.cache
def leaves(model: type[BaseModel]) -> tuple[Leaf, ...]:
    """The settings of ``model`` in the order of their declaration."""
    return tuple(_leaves(model, (), (model,)))


def _leaves(
    model: type[BaseModel], path: Path, outer: tuple[type[BaseModel], ...]
) -> Iterator[Leaf]:
    for name, info in model.model_fields.items():
        inner = info.annotation
        if is_model(inner) and inner not in outer:
            yield from _leaves(inner, (*path, name), (*outer, inner))
        else:
            yield Leaf((*path, name), info, is_secret(inner))


def is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def is_secret(annotation: Any, _seen: tuple[Any, ...] = ()) -> bool:
    """Whether a secret is anywhere in the type."""
    if isinstance(annotation, type) and issubclass(annotation, SecretStr | SecretBytes):
        return True
    if is_model(annotation):
        return annotation not in _seen and any(
            is_secret(info.annotation, (*_seen, annotation))
            for info in annotation.model_fields.values()
        )
    return any(is_secret(argument, _seen) for argument in get_args(annotation))


def options(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the type itself."""
    if get_origin(annotation) is Annotated:
        return options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(entry for member in get_args(annotation) for entry in options(member))
    return (annotation,)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The one model that a value of the type may be."""
    models = [entry for entry in options(annotation) if is_model(entry)]
    return models[0] if len(models) == 1 else None


def tables_in(annotation: Any) -> Any:
    """The type of a table's values, if a table with free keys is one of the options; else
    ``None``."""
    for entry in options(annotation):
        origin = get_origin(entry) or entry
        if isinstance(origin, type) and issubclass(origin, Mapping):
            arguments = get_args(entry)
            return arguments[1] if len(arguments) == 2 else _ANYTHING
    return None


def annotation_at(model: type[BaseModel], path: Path) -> Any:
    """The declared type at ``path``; ``None`` where there is no such setting."""
    annotation: Any = model
    for key in path:
        inner = model_in(annotation)
        if inner is not None:
            info = inner.model_fields.get(key)
            annotation = info.annotation if info is not None else None
        else:
            annotation = tables_in(annotation)
        if annotation is None:
            return None
    return annotation


def type_name(annotation: Any) -> str:
    """A type in the words of its declaration, without modules: ``list[int]``, ``str or None``."""
    if annotation is None or annotation is type(None):
        return "None"
    if annotation is Any:
        return "anything"
    members = options(annotation)
    if len(members) > 1:
        return " or ".join(dict.fromkeys(type_name(member) for member in members))
    annotation = members[0]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "one of " + ", ".join(repr(value) for value in arguments)
    if isinstance(annotation, type) and issubclass(annotation, SecretStr | SecretBytes):
        return "a secret"
    if is_model(annotation):
        return "a table"
    if origin is not None and arguments:
        inner = ", ".join("…" if entry is ... else type_name(entry) for entry in arguments)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    return str(getattr(annotation, "__name__", annotation))
