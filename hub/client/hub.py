"""A hub as programs see it: where services are found and called."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self, TypeVar

from hub.client.channels.registered import Channels
from hub.client.choosing.chooser import Strategy
from hub.client.discovery.following import Follower, Following
from hub.client.discovery.membership import Membership
from hub.client.instances import Registration, Registry
from hub.client.interceptors import Interceptor, interceptors_of
from hub.client.invoking import Invoking
from hub.client.methods import method_by_name
from hub.client.proxies import proxy
from hub.client.registries.over_http import HubRegistry
from hub.client.resilience.calling import Calling, Fixed, Source
from hub.client.resilience.traffic import ServiceReport, Traffic
from hub.client.settings import ClientSettings
from hub.client.tokens import Token, Tokens
from hub.client.transport.places import place_of

T = TypeVar("T")

_DISPATCH: Final = ("dispatch-json", "dispatch-msgpack", "dispatch-protobuf")
_BY_NAME: Final = "dispatch-json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Defaults:
    """What a proxy takes where its own arguments say nothing."""

    channel: str
    timeout: float | None
    choose: str | Strategy
    zone: str


class Hub:
    """``Hub("https://hub:8000", token=…).service(Inventory).item("A1")``.

    Services are found through the hub's registry, which is followed from the first call on by a
    thread of its own; :meth:`direct` and :meth:`rest` do without. ``token`` is a text, or a plain
    or async function that gives one and is asked again when it is refused. ``channel`` is the only
    one to use; without it the order in which instances announce theirs counts. ``timeout`` is for
    a call as a whole, in seconds; without it a method's own counts, else 5. ``ca`` and
    ``certificate`` are PEM files: authorities to trust, this program's certificate and key.
    ``interceptors`` run around each call, ``channels`` are classes marked ``@channel``.

    Usable from any thread, any event loop and after a fork. Importing it loads no Django. Raises
    :class:`hub.wire.errors.BadRequest` for a URL that can't be called.
    """

    def __init__(
        self,
        url: str,
        *,
        token: Token | None = None,
        channel: str = "",
        timeout: float | None = None,
        ca: str = "",
        certificate: str = "",
        settings: ClientSettings | None = None,
        interceptors: Iterable[Interceptor] = (),
        channels: Iterable[type] = (),
        choose: str | Strategy = "",
        zone: str = "",
        registry: Registry | None = None,
        addresses: dict[str, str] | None = None,
    ) -> None:
        place_of(url)
        self.url = url.rstrip("/")
        given = settings or ClientSettings()
        self.settings = replace(
            given, ca=ca or given.ca, certificate=certificate or given.certificate
        )
        self._tokens = Tokens(token)
        self._interceptors = interceptors_of(interceptors)
        self._channels = Channels(self.settings, own=channels)
        self._traffic = Traffic()
        self._defaults = _Defaults(channel=channel, timeout=timeout, choose=choose, zone=zone)
        self._follower: Follower | None = None
        if addresses is not None:
            self._source: Source = Fixed(addresses)
            self._registry = registry
        else:
            self._registry = registry or HubRegistry(
                self.url, token=token or "", settings=self.settings
            )
            self._source = self._follower = Follower(self._registry)
        if channel:
            self._channels.factory(channel)

    @classmethod
    def direct(cls, url: str, *, mount: str = "", **options: Any) -> Self:
        """Without a registry: all services are at this URL. The channel ``rest`` needs to know
        below which ``mount`` (``/api/<mount>``) the plugin has its operations."""
        base = url.rstrip("/")
        addresses = dict.fromkeys(_DISPATCH, f"{base}/rpc")
        addresses["stream"] = f"{base.replace('http', 'ws', 1)}/rpc/stream"
        if mount:
            addresses["rest"] = f"{base}/api/{mount}"
        return cls(url, addresses=addresses, **options)

    @classmethod
    def rest(cls, url: str, **options: Any) -> Self:
        """Any REST service, not a hub: the triggers of an interface and the markers ``Path``,
        ``Query``, ``Header`` and ``Body`` of its parameters say how it is called."""
        from hub.client.channels.foreign import ForeignRestChannel

        own = (*options.pop("channels", ()), ForeignRestChannel)
        return cls(url, addresses={"rest": url.rstrip("/")}, channels=own, **options)

    def service(
        self,
        interface: type[T],
        *,
        channel: str = "",
        timeout: float | None = None,
        version: str = "",
        qualifier: str = "",
        choose: str | Strategy = "",
    ) -> T:
        """An object of the interface whose methods are calls. ``version`` is a PEP 440 specifier
        of the component's version (``>=1.2,<2``), ``qualifier`` names one of several
        implementations, ``choose`` how one of several addresses is chosen.

        Makes no connection. Raises :class:`TypeError` for a class that is no service, and
        :class:`hub.client.channels.registered.UnknownChannel`.
        """
        defaults = self._defaults
        calling = Calling(
            self._source,
            self._channels,
            self._traffic,
            channel=channel or defaults.channel,
            version=version,
            choose=choose or defaults.choose,
            zone=defaults.zone,
        )
        return proxy(interface, self._invoking(calling, timeout=timeout, qualifier=qualifier))

    def call(self, name: str, /, **arguments: Any) -> Any:
        """Call an operation of this hub by its name, without an interface:
        ``hub.call("greeter.say_hello", name="you")``. The part before the last dot is the service,
        for actions their plugin's label. Takes and gives JSON values."""
        return self._by_name.call(method_by_name(name), arguments)

    async def acall(self, name: str, /, **arguments: Any) -> Any:
        """The same for async code."""
        return await self._by_name.acall(method_by_name(name), arguments)

    def join(self, registration: Registration) -> Membership:
        """A ``with`` (or ``async with``) block in which this process is a member of the registry:
        registered when it is entered, renewed in time, gone at its end."""
        if self._registry is None:
            raise TypeError("This hub is used without a registry, so nothing can join it.")
        return Membership(self._registry, registration)

    def report(self) -> tuple[ServiceReport, ...]:
        """What the calls of this object came to, by service and address."""
        return self._traffic.report()

    def following(self) -> Following | None:
        """How the registry is followed; ``None`` where there is none."""
        return self._follower.report() if self._follower is not None else None

    def close(self) -> None:
        """Close connections and stop following the registry. A later call begins anew."""
        if self._follower is not None:
            self._follower.close()
        self._channels.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()

    @functools.cached_property
    def _by_name(self) -> Invoking:
        source = Fixed({_BY_NAME: f"{self.url}/rpc"})
        calling = Calling(source, self._channels, self._traffic, channel=_BY_NAME)
        return self._invoking(calling)

    def _invoking(
        self, calling: Calling, *, timeout: float | None = None, qualifier: str = ""
    ) -> Invoking:
        return Invoking(
            calling=calling,
            tokens=self._tokens,
            interceptors=self._interceptors,
            timeout=timeout or self._defaults.timeout,
            default_timeout=self.settings.timeout,
            qualifier=qualifier,
        )
