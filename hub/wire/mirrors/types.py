"""From Pydantic's compiled schema to a type that msgspec reads by the same rules.

Numbers, texts, booleans, lists, dicts with texts as keys, what may be null, and dataclasses of
those. Anything else, each constraint and each setting of a type's own among it, has no mirror. A
dataclass is mirrored by a struct, since msgspec would overlook members that it does not have.
"""

from __future__ import annotations

import dataclasses
import math
import sys
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from hub.wire.core_schemas import Definitions, Schema


class NoMirror(Exception):
    """The type has parts that the two engines may take differently."""


class Mirrored(NamedTuple):
    """``seen`` is what msgspec reads, ``made`` the type of the value; they ``differ`` where a
    dataclass is within. ``levels``: how deep a document can be, infinite for what holds itself."""

    seen: Any
    made: Any
    differ: bool = False
    levels: float = 0


class Arguments(NamedTuple):
    """``seen`` is the struct, in which those that are not given are :data:`msgspec.UNSET`;
    ``made`` by name is ``None`` where the value is what was read."""

    seen: Any
    made: Mapping[str, Any]
    levels: float


_MOST: Final = sys.float_info.max
_FINITE: Final[Any] = Annotated[float, msgspec.Meta(ge=-_MOST, le=_MOST)]  # NaN is not either
_SCALARS: Final[Mapping[str, Mirrored]] = {
    "int": Mirrored(int, int),
    "float": Mirrored(_FINITE, float),
    "str": Mirrored(str, str),
    "bool": Mirrored(bool, bool),
}
# What a schema may say besides and mean the same to both.
_SILENT: Final = frozenset({"type", "ref", "metadata"})
_CONFIG: Final = {
    "extra_fields_behavior": "forbid",
    "ser_json_bytes": "base64",
    "val_json_bytes": "base64",
    "allow_inf_nan": False,
    "hide_input_in_errors": True,
}
_DATACLASS: Final = {"cls", "config", "fields", "frozen", "post_init", "schema", "slots"}
_DATACLASS_ARGS: Final = {"collect_init_only", "computed_fields", "dataclass_name", "fields"}
_TYPED_DICT: Final = {"cls", "config", "fields", "extra_behavior", "computed_fields"}

# Types that are made at run time.
_union: Any = typing.Union
_list: Any = list
_dict: Any = dict


def value_types(schema: Schema) -> Mirrored:
    """Raises :class:`NoMirror`."""
    types = _Types()
    types.value(schema)
    types.link()
    return types.value(schema)


def argument_types(schema: Schema) -> Arguments:
    """Of an object of arguments by name. Raises :class:`NoMirror`."""
    types = _Types()
    types.arguments(schema)
    types.link()
    return types.arguments(schema)


class _Types:
    def __init__(self) -> None:
        self._opened = Definitions(refuse=_expect_reference).opened
        self._made: dict[type, Mirrored] = {}
        self._structs: dict[str, Any] = {}

    def link(self) -> None:
        """Have the structs know each other by name, and all that comes now know the structs."""
        for struct in self._structs.values():
            for name, other in self._structs.items():
                setattr(struct, name, other)
        self._made = {
            own: made._replace(seen=self._structs[made.seen.__forward_arg__])
            for own, made in self._made.items()
        }

    def arguments(self, schema: Schema) -> Arguments:
        schema = self._opened(schema)
        if schema["type"] != "typed-dict" or schema.get("computed_fields"):
            raise NoMirror(schema["type"])
        _expect(schema, _TYPED_DICT)
        _expect_config(schema)
        fields: list[Any] = []
        made: dict[str, Any] = {}
        levels = 0.0
        for name, field in schema["fields"].items():
            _expect(field, {"schema", "required"})
            value = self.value(field["schema"])
            if field["required"]:
                fields.append((name, value.seen))
            else:
                seen = _union[value.seen, msgspec.UnsetType]
                fields.append((name, seen, msgspec.UNSET))
            made[name] = value.made if value.differ else None
            levels = max(levels, value.levels)
        return Arguments(self._struct("Arguments", fields), made, levels + 1)

    def value(self, schema: Schema) -> Mirrored:
        schema = self._opened(schema)
        kind = schema["type"]
        if kind in _SCALARS:
            _expect(schema, ())
            return _SCALARS[kind]
        if kind == "nullable":
            _expect(schema, {"schema"})
            inner = self.value(schema["schema"])
            return _around(inner, lambda each: _union[each, None], levels=0)
        if kind == "list":
            _expect(schema, {"items_schema"})
            inner = self.value(schema["items_schema"])
            return _around(inner, lambda each: _list[each])
        if kind == "dict":
            _expect(schema, {"keys_schema", "values_schema"})
            _expect(self._opened(schema["keys_schema"]), (), type="str")
            inner = self.value(schema["values_schema"])
            return _around(inner, lambda each: _dict[str, each])
        if kind == "dataclass":
            return self._made.get(schema["cls"]) or self._dataclass(schema)
        raise NoMirror(kind)

    def _dataclass(self, schema: Schema) -> Mirrored:
        own, inner = schema["cls"], schema["schema"]
        _expect(schema, _DATACLASS)
        _expect_config(schema)
        _expect(inner, _DATACLASS_ARGS, type="dataclass-args")
        if schema["post_init"] or inner["collect_init_only"] or inner.get("computed_fields"):
            raise NoMirror(own)
        if not _is_made_by_its_fields(own, [field["name"] for field in inner["fields"]]):
            raise NoMirror(own)
        name = f"Mirror{len(self._made)}"  # known by it before it is made: it may hold itself
        self._made[own] = Mirrored(typing.ForwardRef(name), own, differ=True, levels=math.inf)
        fields = [(field, *self._default(field)) for field in inner["fields"]]
        values = [self.value(schema) for _, schema, _ in fields]
        levels = 1 + max((value.levels for value in values), default=0)
        self._made[own] = made = self._made[own]._replace(levels=levels)
        self._struct(
            name,
            [
                (field["name"], value.seen, *default)
                for (field, _, default), value in zip(fields, values, strict=True)
            ],
        )
        return made

    def _default(self, field: Schema) -> tuple[Schema, tuple[Any, ...]]:
        """The field's schema, and its default if it has one."""
        _expect(field, {"name", "schema", "init", "kw_only"}, init=True)
        schema = self._opened(field["schema"])
        if schema["type"] != "default":
            return schema, ()
        _expect(
            schema,
            {"schema", "default", "default_factory", "default_factory_takes_data"},
            default_factory_takes_data=False,
        )
        if "default" in schema:
            return schema["schema"], (msgspec.field(default=_fixed(schema["default"])),)
        return schema["schema"], (msgspec.field(default_factory=schema["default_factory"]),)

    def _struct(self, name: str, fields: list[Any]) -> Any:
        try:
            made = msgspec.defstruct(name, fields, forbid_unknown_fields=True, kw_only=True)
        except (TypeError, ValueError) as error:  # a name that a struct can't have
            raise NoMirror(name) from error
        self._structs[name] = made
        return made


def _around(inner: Mirrored, outer: Any, *, levels: int = 1) -> Mirrored:
    return Mirrored(outer(inner.seen), outer(inner.made), inner.differ, inner.levels + levels)


def _expect(schema: Schema, known: Iterable[str], **said: Any) -> None:
    """Nothing but ``known`` and, where it is there, what is ``said``."""
    if not schema.keys() <= {*_SILENT, *known, *said}:
        raise NoMirror(schema["type"])
    if any(schema.get(key, value) != value for key, value in said.items()):
        raise NoMirror(schema["type"])


def _expect_reference(schema: Schema) -> None:
    _expect(schema, {"schema_ref"})


def _expect_config(schema: Schema) -> None:
    config = {key: value for key, value in schema.get("config", {}).items() if key != "title"}
    if config != _CONFIG or schema.get("extra_behavior", "forbid") != "forbid":
        raise NoMirror("config")


def _is_made_by_its_fields(own: Any, names: list[str]) -> bool:
    """Not by code of its author's, which msgspec would run or leave out otherwise."""
    fields: Any = dataclasses.fields(own) if dataclasses.is_dataclass(own) else ()
    parameters: Any = getattr(own, "__dataclass_params__", None)
    return (
        [field.name for field in fields] == names
        and parameters is not None
        and parameters.init
        and own.__new__ is object.__new__
        and own.__getattribute__ is object.__getattribute__
        and (parameters.frozen or own.__setattr__ is object.__setattr__)
    )


def _fixed(value: Any) -> Any:
    if value is None or type(value) in {int, float, str, bool}:
        return value
    raise NoMirror("default")
