"""The whole document: parts merged, each component and operation id unique."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from pydantic_core import to_json

import hub
from hub.loader.once import once
from hub.operations.engine import engine
from hub.web.openapi.operations import describe_operations
from hub.web.openapi.parts import (
    PROBLEM,
    SECURITY,
    SECURITY_SCHEMES,
    Part,
    problem_responses,
    response_components,
)
from hub.web.rest.gate import labels_by_mount
from hub.web.rest.ninja_mount import ninja_apis
from hub.web.rest.resources import resource_urls

VERSION = "3.1.0"

_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')


def document_bytes(off: frozenset[str]) -> bytes:
    """The document as JSON, without the plugins that are switched off."""
    return _remembered()(off)


@once
def _remembered() -> Callable[[frozenset[str]], bytes]:
    return functools.lru_cache(maxsize=8)(lambda off: to_json(document(off=off)))


def document(*, off: frozenset[str] = frozenset()) -> dict[str, Any]:
    """OpenAPI 3.1 for all that is reachable over REST. Raises :class:`ValueError` where two
    operations have one id."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": PROBLEM}
    for prefix, part in _parts():
        renamed = _with_unique_names(part, schemas, prefix)
        schemas.update(renamed.schemas)
        for path, item in renamed.paths.items():
            paths.setdefault(path, {}).update(item)
    paths = {path: item for path, item in sorted(paths.items()) if _label(path) not in off}
    _check_ids(paths)
    return {
        "openapi": VERSION,
        "info": {
            "title": "The hub",
            "version": hub.__version__,
            "description": "Operations of all plugins, their own routes, and the registry.",
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": "/"}],
        "tags": [_tag(name) for name in sorted(_tags(paths))],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": response_components(),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _parts() -> Iterator[tuple[str, Part]]:
    yield "Operations", describe_operations(engine().operations)
    for mount, api in ninja_apis().items():
        if mount not in labels_by_mount():
            continue
        schema = api.get_openapi_schema(path_prefix=f"/api/{mount}/")
        yield mount.title(), _completed(json.loads(to_json(schema)))
    generator: Any = SchemaGenerator(patterns=resource_urls())  # type: ignore[no-untyped-call]
    yield (
        "Registry",
        _completed(generator.get_schema(request=None, public=True), conflicts=("409",)),
    )


def _completed(schema: dict[str, Any], *, conflicts: tuple[str, ...] = ()) -> Part:
    """A library's document as a part: failures documented, security by the hub's own schemes."""
    for _path, method, operation in _operations(schema["paths"]):
        public = not operation.get("security")
        operation["security"] = [] if public else SECURITY
        responses = problem_responses(
            public=public,
            input=bool(operation.get("parameters") or operation.get("requestBody")),
            body=method in {"post", "put", "patch"},
            more=conflicts if method != "get" else (),
        )
        operation["responses"] = {**responses, **operation["responses"]}
    components = schema.get("components", {}).get("schemas", {})
    return Part(schema["paths"], components)


def _with_unique_names(part: Part, taken: dict[str, Any], prefix: str) -> Part:
    """The part with its components renamed where another part has that name for another schema."""
    clashes = _clashes(part.schemas, taken)
    if not clashes:
        return part
    new = {name: _free(f"{prefix}{name}", part.schemas, taken) for name in clashes}
    text = _REFERENCE.sub(
        lambda found: f'"#/components/schemas/{new.get(found[1], found[1])}"',
        json.dumps([part.paths, part.schemas]),
    )
    paths, schemas = json.loads(text)
    return Part(paths, {new.get(name, name): value for name, value in schemas.items()})


def _clashes(schemas: dict[str, Any], taken: dict[str, Any]) -> set[str]:
    """Names that mean something else elsewhere, themselves or by what they refer to."""
    clashes = {name for name in schemas if name in taken and taken[name] != schemas[name]}
    references = {name: set(_REFERENCE.findall(json.dumps(schemas[name]))) for name in schemas}
    while more := {
        name
        for name in schemas
        if name in taken and name not in clashes and references[name] & clashes
    }:
        clashes |= more
    return clashes


def _free(name: str, schemas: dict[str, Any], taken: dict[str, Any]) -> str:
    while name in schemas or name in taken:
        name += "_"
    return name


def _operations(paths: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in paths.items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield path, method, operation


def _check_ids(paths: dict[str, Any]) -> None:
    seen: dict[str, str] = {}
    for path, method, operation in _operations(paths):
        where = f"{method.upper()} {path}"
        other = seen.setdefault(operation["operationId"], where)
        if other != where:
            raise ValueError(f"operation id {operation['operationId']!r}: {other} and {where}")


def _tags(paths: dict[str, Any]) -> set[str]:
    return {tag for _path, _method, entry in _operations(paths) for tag in entry.get("tags", ())}


def _tag(name: str) -> dict[str, str]:
    plugin = engine().catalog.plugins.get(name)
    return {"name": name, "description": plugin.summary} if plugin else {"name": name}


def _label(path: str) -> str | None:
    return labels_by_mount().get(path.removeprefix("/api/").partition("/")[0])
