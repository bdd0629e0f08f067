"""Examples of actions, called on every transport that reaches them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.core.management import call_command
from pydantic_core import to_jsonable_python

from hub.operations.engine import engine
from hub.operations.operation import Operation, WebRoute
from hub.sdk.actions import MISSING, Example
from hub.testing.client import HubClient
from hub.testing.example_queries import Query, query_for
from hub.web.graphql.schema import hub_schema

_BODIES: Final = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class ExampleCase:
    """One example on one transport: ``call``, ``rest``, ``graphql``, ``websocket`` or
    ``command``. Actions without a web trigger have no ``rest`` and no ``graphql``."""

    operation: str
    example: Example
    transport: str
    route: int = 0

    @property
    def id(self) -> str:
        """``say_hello-developer-rest``."""
        name = re.sub(r"[^\w.]+", "_", self.example.name).strip("_")
        place = f"{self.transport}{self.route + 1}" if self.route else self.transport
        return f"{self.operation.partition('.')[2]}-{name}-{place}"

    @property
    def arguments(self) -> dict[str, Any]:
        """As they travel in JSON."""
        found: dict[str, Any] = to_jsonable_python(dict(self.example.parameters))
        return found

    def check(self, client: HubClient) -> None:
        """Call it as ``client``. Raises :class:`AssertionError` for another answer than the
        example promises, and for errors."""
        operation = engine().operation(self.operation)
        wanted = operation.output.to_python(self.example.result)
        got, shown = _TRANSPORTS[self.transport](self, operation, client, wanted)
        assert got == shown, (
            f"{self.operation}, '{self.example.name}', by {self.transport}: {got!r}, not {shown!r}"
        )


def cases_of(label: str) -> Iterator[ExampleCase]:
    """Each example with a result of the plugin's operations, on each of its transports."""
    for operation in engine().operations.of(label):
        for example in operation.examples:
            if example.result is MISSING:
                continue
            yield ExampleCase(operation.name, example, "call")
            for number in range(len(operation.routes)):
                yield ExampleCase(operation.name, example, "rest", number)
            if _query(operation, {}, operation.output.to_python(example.result)) is not None:
                yield ExampleCase(operation.name, example, "graphql")
            yield ExampleCase(operation.name, example, "websocket")
            yield ExampleCase(operation.name, example, "command")


Outcome = tuple[Any, Any]
"""What was answered, and what should have been."""


def _by_call(case: ExampleCase, operation: Operation, client: HubClient, wanted: Any) -> Outcome:
    value = client.call(operation.name, **case.arguments)
    return operation.output.to_python(value), wanted


def _by_rest(case: ExampleCase, operation: Operation, client: HubClient, wanted: Any) -> Outcome:
    route = operation.routes[case.route]
    path, rest = _address(route, case.arguments)
    if route.method in _BODIES:
        answer = client.request(route.method, path, rest)
    else:
        query = urlencode(_texts(rest), doseq=True)
        answer = client.request(route.method, f"{path}?{query}" if query else path)
    assert answer.status == 200, f"{route.method} {path}: {answer.status} {answer.text}"
    return answer.json(), wanted


def _by_graphql(case: ExampleCase, operation: Operation, client: HubClient, wanted: Any) -> Outcome:
    query = _query(operation, case.arguments, wanted)
    assert query is not None, f"{operation.name} is not in the GraphQL schema."
    answer = client.graphql(query.text, query.variables)
    assert "errors" not in answer, f"{query.text}: {answer['errors']}"
    return query.found(answer["data"]), query.shown


def _by_websocket(
    case: ExampleCase, operation: Operation, client: HubClient, wanted: Any
) -> Outcome:
    with client.websocket("/ws/call") as socket:
        message = {"id": 1, "operation": operation.name, "arguments": case.arguments}
        socket.send(message)
        answer = socket.receive_json()
    assert "error" not in answer, f"{operation.name} over /ws/call: {answer['error']}"
    return answer["result"], wanted


def _by_command(case: ExampleCase, operation: Operation, client: HubClient, wanted: Any) -> Outcome:
    out = io.StringIO()
    arguments = json.dumps(case.arguments)
    user = client.caller.user
    who = ("--as", user.get_username()) if user is not None else ()
    call_command("run", operation.name, "--json", arguments, *who, stdout=out)
    return json.loads(out.getvalue()), wanted


_TRANSPORTS: Final[Mapping[str, Callable[..., Outcome]]] = {
    "call": _by_call,
    "rest": _by_rest,
    "graphql": _by_graphql,
    "websocket": _by_websocket,
    "command": _by_command,
}


def _query(operation: Operation, arguments: Mapping[str, Any], wanted: Any) -> Query | None:
    return query_for(hub_schema().full, operation, arguments, wanted)


def _address(route: WebRoute, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path with its placeholders filled, and the parameters that are left."""
    rest = dict(parameters)
    path = route.path
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", quote(_text(rest.pop(name)), safe=""))
    return path, rest


def _texts(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [_text(entry) for entry in value] if isinstance(value, list | tuple) else _text(value)
        for name, value in parameters.items()
        if value is not None
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
