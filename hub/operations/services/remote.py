"""Services in other processes, for the code of this one: found through the registry, called over
channels.

The registry lives above (hub.registry). Who owns one names it at start::

    remote.connect(DatabaseRegistry)

Until then, and in programs without a registry, only what is implemented here can be called.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.conf import settings

from hub.client.channels.registered import Channels, UnknownChannel
from hub.client.choosing.chooser import Strategy
from hub.client.discovery.following import Follower, Following
from hub.client.discovery.snapshot import Endpoint
from hub.client.instances import Registry
from hub.client.interceptors import interceptors_of
from hub.client.invoking import Invoking
from hub.client.methods import RemoteMethod
from hub.client.proxies import proxy
from hub.client.resilience.calling import Calling
from hub.client.resilience.judging import Judgement
from hub.client.resilience.traffic import ServiceReport, Traffic
from hub.client.tokens import Tokens
from hub.loader.boot import catalog
from hub.loader.catalog import Catalog
from hub.loader.once import once
from hub.operations.observers import OutgoingCall, notify_outgoing
from hub.operations.services.call_settings import CallSettings
from hub.operations.services.calling import refuse_on_loop

T = TypeVar("T")

LOCAL: Final = "local"
CHANNEL: Final = "channel"
"""The kind of contribution that a class marked ``@channel`` is."""

RegistryFactory = Callable[[], Registry]

_registry: RegistryFactory | None = None


def connect(registry: RegistryFactory) -> None:
    """Name what makes the registry that this process finds services in. Called once, at start;
    ``registry`` is called in each process that makes a remote call, at the first one. Its
    ``watch`` is awaited on an event loop of its own, in a thread called ``hub-client``."""
    global _registry
    _registry = registry


def is_connected() -> bool:
    return _registry is not None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asks for, as :func:`hub.sdk.get_service` says it."""

    qualifier: str = ""
    channel: str = ""
    timeout: float | None = None
    version: str = ""
    choose: str | Strategy = ""


class _OffLoop(Invoking):
    """In a hub no event loop waits for another process."""

    def call(self, method: RemoteMethod, arguments: dict[str, Any]) -> Any:
        refuse_on_loop(f"{method.interface.__name__}.{method.name}")
        return super().call(method, arguments)

    def iterate(self, method: RemoteMethod, arguments: dict[str, Any]) -> Iterator[Any]:
        refuse_on_loop(f"{method.interface.__name__}.{method.name}")
        return super().iterate(method, arguments)


class RemoteServices:
    """The services that this process calls elsewhere. Usable from any thread and event loop."""

    def __init__(self, registry: Registry, calls: CallSettings, found: Catalog) -> None:
        self._calls = calls
        self._channels = Channels(calls.client, own=_contributed(found, CHANNEL))
        self._traffic = Traffic(ended=_ended)
        self._follower = Follower(registry)
        own = calls.token.get_secret_value() if calls.token else None
        self._tokens = Tokens(own)
        self._interceptors = interceptors_of(
            each.function for each in _contributed(found, "interceptor") if each.on == "client"
        )
        # Who asks with the same wish again gets the same way to choose, with what it has seen.
        self._calling = functools.lru_cache(maxsize=1024)(self._made)

    def get(self, interface: type[T], wish: Wish) -> T:
        """An object of the interface; makes no connection. Raises :class:`TypeError` for what is no
        service, :class:`UnknownChannel`, and :class:`ValueError` for a version or a way to
        choose that is none."""
        invoking = _OffLoop(
            calling=self._calling(wish.channel, wish.version, wish.choose),
            tokens=self._tokens,
            interceptors=self._interceptors,
            timeout=wish.timeout,
            default_timeout=self._calls.client.timeout,
            qualifier=wish.qualifier,
        )
        return proxy(interface, invoking)

    def check_channel(self, name: str) -> None:
        """Raises :class:`UnknownChannel`, which lists those there are."""
        try:
            self._channels.factory(name)
        except UnknownChannel as error:
            hint = f"There are: {LOCAL}, {', '.join(self._channels.names)}."
            raise UnknownChannel(error.message, hint=hint) from None

    def report(self) -> tuple[ServiceReport, ...]:
        """What this process's calls came to, by service and address."""
        return self._traffic.report()

    def following(self) -> Following:
        """How the registry is followed."""
        return self._follower.report()

    def forget(self, service: str, url: str = "") -> None:
        """Begin anew with one address of a service, or with all of them, as operators ask for."""
        self._traffic.of(service).forget(url)

    def close(self) -> None:
        """Close connections and stop following the registry. A later call begins anew."""
        self._follower.close()
        self._channels.close()

    def _made(self, channel: str, version: str, choose: str | Strategy) -> Calling:
        return Calling(
            self._follower,
            self._channels,
            self._traffic,
            channel=channel,
            preferred=self._calls.channels,
            version=version,
            choose=choose or self._calls.choose,
            zone=self._calls.zone,
        )


@once
def remote_services() -> RemoteServices | None:
    """Those of this process; ``None`` where no registry is connected."""
    if _registry is None:
        return None
    return RemoteServices(_registry(), settings.HUB_CALLS, catalog())


def report() -> tuple[ServiceReport, ...]:
    """What this process's calls of services elsewhere came to; for the admin and for metrics."""
    found = remote_services()
    return found.report() if found is not None else ()


def _ended(service: str, endpoint: Endpoint, judgement: Judgement, seconds: float) -> None:
    call = OutgoingCall(service, endpoint.instance, endpoint.channel, judgement.failed, seconds)
    notify_outgoing(call)


def _contributed(found: Catalog, kind: str) -> Iterator[Any]:
    for plugin in found.loaded():
        for entry in plugin.contributed(kind):
            yield entry.value
