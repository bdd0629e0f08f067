"""An operation: one callable the hub knows, compiled once from its declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from hub.operations.inputs import InputSpec
from hub.operations.outputs import OutputSpec
from hub.sdk.access import Access, allow_all
from hub.sdk.actions import Example
from hub.sdk.caching import CachePolicy
from hub.sdk.triggers import Method, ScheduleTrigger


@dataclass(frozen=True, slots=True)
class WebRoute:
    """Where an operation is reached over HTTP: ``path`` is absolute (``/api/greeter/say-hello``),
    ``parameters`` names its ``{placeholders}`` in order."""

    method: Method
    path: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRoute:
    """``path`` is absolute (``/pages/greeter/say-hello``), ``template`` a template's name."""

    path: str
    parameters: tuple[str, ...]
    template: str


OWNER: Final = "owner"


@dataclass(frozen=True, slots=True)
class OwnerSpec:
    """Of a nested action: ``type`` is the class whose method it is, ``input`` its parameters
    without the owner. (The operation's own ``input`` has the owner as the parameter ``owner``.)"""

    type: type
    input: InputSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """``name`` is ``<label>.<action>``, ``<label>.<Type>.<method>`` of a nested action, or
    ``<label>.<service>.<method>``; ``service`` is the name of the service it belongs to, the
    plugin's label for actions. ``timeout`` is in seconds. ``batch`` takes a list of owners and the
    arguments by name. One that ``streams`` gives its results one by one: ``function`` is a
    generator's, ``output`` describes one of them, and ``timeout`` counts for each. ``raises`` are
    the exceptions that callers get as their class."""

    name: str
    plugin: str
    summary: str
    description: str
    function: Callable[..., Any]
    is_async: bool
    input: InputSpec
    output: OutputSpec
    access: Access
    timeout: float
    routes: tuple[WebRoute, ...] = ()
    examples: tuple[Example, ...] = ()
    pages: tuple[PageRoute, ...] = ()
    schedules: tuple[ScheduleTrigger, ...] = ()
    cache: CachePolicy | None = None
    owner: OwnerSpec | None = None
    batch: Callable[..., Any] | None = None
    service: str = ""
    streams: bool = False
    raises: tuple[type[Exception], ...] = ()

    def checked(self, value: Any) -> Any:
        """A result as the declared type. Raises :class:`TypeError`: that it is of another is not
        the caller's fault, the function breaks its own declaration."""
        try:
            return self.output.check(value)
        except ValidationError as error:
            raise TypeError(f"{self.name} returned what it does not declare: {error}") from error

    def encoded(self, value: Any) -> bytes:
        """A checked result as a JSON document. Raises :class:`TypeError` where it has none."""
        try:
            return self.output.to_json(value)
        except ValueError as error:
            raise TypeError(f"The result of {self.name} has no JSON form: {error}") from error

    @property
    def is_private(self) -> bool:
        """True when the answer may differ from caller to caller."""
        return self.access is not allow_all or bool(self.input.injected)


@dataclass(frozen=True, slots=True)
class RefusedOperation:
    """An action that can't be offered; ``reason`` names the parameter and the type."""

    name: str
    plugin: str
    reason: str
    traceback: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Operations:
    """All operations by name, and those that were refused."""

    by_name: Mapping[str, Operation]
    refused: tuple[RefusedOperation, ...] = ()

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.by_name.values())

    def of(self, plugin: str) -> Iterator[Operation]:
        return (operation for operation in self if operation.plugin == plugin)
