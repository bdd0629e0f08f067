from __future__ import annotations

from argparse import REMAINDER
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic_core import PydanticSerializationError, from_json

from hub.logs.following import follow
from hub.operations.engine import engine
from hub.operations.operation import Operation
from hub.operations.pipeline import invoke_sync
from hub.operations.streams import stream
from hub.sdk.callers import EVERY_SCOPE, Caller
from hub.security.callers import caller_of_user
from hub.web.console import fail
from hub.wire.errors import BadRequest, HubError

SUPERUSER = Caller(
    kind="system",
    username="command line",
    scopes=frozenset({EVERY_SCOPE}),
    is_staff=True,
    is_superuser=True,
)


class Command(BaseCommand):
    """Run an operation: its result is JSON on stdout, a line for each where it streams."""

    requires_system_checks = ()  # a broken plugin must not keep one from looking
    help = (
        "Run an operation, as the superuser or --as a user. Parameters are given one by one "
        '(run greeter.say_hello --name World) or together (--json \'{"name": "World"}\').'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("operation", help="The operation's name, such as greeter.say_hello.")
        parser.add_argument(
            "arguments",
            nargs=REMAINDER,
            help="--<parameter> VALUE …, --json OBJECT, --as USER",
        )
        parser.add_argument("--as", dest="user", help="Run with the rights of this user.")
        parser.add_argument("--json", help="All parameters as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            operation = engine().operation(options["operation"])
            texts = _options(options["arguments"])
            user = _last(texts, "as", otherwise=options["user"])
            whole = _last(texts, "json", otherwise=options["json"])
            if "help" in texts:
                self.stderr.write(_usage(operation))
                return
            arguments = _merged(operation, whole, texts)
            caller = _caller(user)
            follow()
            if operation.streams:
                async_to_sync(self._print_all)(operation, caller, arguments)
                return
            value = invoke_sync(operation, caller=caller, arguments=arguments, transport="cli")
            document = operation.output.to_json(value).decode()
        except HubError as error:
            fail(error)
        except PydanticSerializationError as error:
            raise CommandError(
                f"The result of {operation.name} has no JSON form: {error}"
            ) from None
        self.stdout.write(document)

    async def _print_all(
        self, operation: Operation, caller: Caller, arguments: dict[str, Any]
    ) -> None:
        """Each result as soon as it is there."""
        results = stream(operation, caller=caller, arguments=arguments, transport="cli")
        async with aclosing(results):
            async for item in results:
                self.stdout.write(operation.output.to_json(item).decode())
                self.stdout.flush()


def _options(words: Sequence[str]) -> dict[str, list[str]]:
    """``--name a --tag=b`` → ``{"name": ["a"], "tag": ["b"]}``. A lone ``--flag`` is ``true``."""
    texts: dict[str, list[str]] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("--") or word == "--":
            raise BadRequest(f"'{word}' is no parameter: write --<parameter> VALUE.")
        name, equals, value = word[2:].partition("=")
        if not equals:
            value = left.pop(0) if left and not left[0].startswith("--") else "true"
        texts.setdefault(name.replace("-", "_"), []).append(value)
    return texts


def _last(texts: dict[str, list[str]], name: str, *, otherwise: str | None) -> str | None:
    found = texts.pop(name, None)
    return found[-1] if found else otherwise


def _merged(operation: Operation, whole: str | None, texts: dict[str, list[str]]) -> dict[str, Any]:
    arguments = operation.input.from_texts(texts)
    if whole is None:
        return arguments
    try:
        value = from_json(whole, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"--json can't be read: {error}.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise BadRequest("--json must be an object.", code="invalid_json")
    return {**value, **arguments}


def _caller(username: str | None) -> Caller:
    if username is None:
        return SUPERUSER
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user '{username}'.")
    return caller_of_user(user, kind="system")


def _usage(operation: Operation) -> str:
    lines = [f"{operation.name}: {operation.summary}", f"Access: {operation.access.describe()}"]
    for parameter in operation.input.parameters.values():
        kind = parameter.schema.get("type", "JSON")
        need = "required" if parameter.required else f"default {parameter.schema.get('default')}"
        lines.append(f"  --{parameter.name.replace('_', '-')}  {kind}, {need}")
    return "\n".join(lines)
