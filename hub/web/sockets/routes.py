"""Which consumer answers a path: the routes of plugins below ``/ws/<label>/``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer, JsonWebsocketConsumer
from django.urls.exceptions import Resolver404

from hub.loader.catalog import Catalog
from hub.sdk.access import Access, authenticated
from hub.sdk.sockets import MAX_MESSAGE_BYTES, MAX_MESSAGES_PER_SECOND
from hub.web.asgi import Application
from hub.web.sockets.filling import filled_consumer


@dataclass(frozen=True, slots=True)
class Rules:
    """What a consumer's class declares of its sockets (hub/sdk/sockets.py)."""

    access: Access = authenticated
    max_message_bytes: int = MAX_MESSAGE_BYTES
    max_messages_per_second: int = MAX_MESSAGES_PER_SECOND
    takes_bytes: bool = True
    idle_timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A consumer and what the path told. ``label`` is the plugin's, empty for the hub's own."""

    label: str
    application: Application
    rules: Rules
    arguments: Mapping[str, Any] = field(default_factory=dict)
    remaining: str = ""


class SocketTable:
    """The routes of all plugins, by label."""

    def __init__(self, catalog: Catalog, own: Mapping[str, Application]) -> None:
        self._own = dict(own)
        self._routes = {
            plugin.label: [entry.value for entry in plugin.contributed("websocket")]
            for plugin in catalog.loaded()
        }
        self._rules: dict[int, Rules] = {}

    def find(self, path: str) -> Found | None:
        """``path`` is the decoded, absolute one."""
        own = self._own.get(path)
        if own is not None:
            return Found("", own, self._rules_of(own))
        label, slash, rest = path.removeprefix("/ws/").partition("/")
        if not path.startswith("/ws/") or not slash:
            return None
        return self._search(label, self._routes.get(label, ()), rest, (), {})

    def _search(
        self,
        label: str,
        routes: Iterable[Any],
        path: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Found | None:
        for route in routes:
            try:
                match = route.pattern.match(path)
            except Resolver404:
                continue
            if not match:
                continue
            rest, more_args, more_kwargs = match
            arguments = {**kwargs, **more_kwargs, **route.default_args}
            nested = getattr(route.callback, "routes", None)
            if nested is None:
                told = {"args": (*args, *more_args), "kwargs": arguments}
                rules = self._rules_of(route.callback)
                application = filled_consumer(route.callback, plugin=label)
                return Found(label, application, rules, told, rest)
            found = self._search(label, nested, rest, (*args, *more_args), arguments)
            if found is not None:
                return found
        return None

    def _rules_of(self, application: Any) -> Rules:
        rules = self._rules.get(id(application))
        if rules is None:
            rules = self._rules[id(application)] = rules_of(application)
        return rules


def rules_of(application: Any) -> Rules:
    """The declarations of a consumer's class, or of a plain ASGI callable, with the defaults for
    what it does not say."""
    owner = getattr(application, "consumer_class", application)
    json_only = isinstance(owner, type) and issubclass(
        owner, AsyncJsonWebsocketConsumer | JsonWebsocketConsumer
    )
    standard = Rules(takes_bytes=not json_only)
    rules = Rules(
        **{
            name: getattr(owner, name, getattr(standard, name))
            for name in Rules.__dataclass_fields__
        }
    )
    if not isinstance(rules.access, Access):
        raise TypeError(f"{owner!r}: 'access' must be an access rule, not {rules.access!r}.")
    return rules
