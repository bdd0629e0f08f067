"""What every answer of the API lane has around it, in plain ASGI: a few microseconds a request."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Iterable, Mapping
from random import getrandbits
from typing import Final

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from hub.rpc.heads import HEADERS
from hub.web.asgi import Application, Message, Receive, Scope, Send, send_problem
from hub.web.lane.bodies import LimitedBody, Refuse, refuse_body
from hub.web.lane.transport_security import TransportSecurity
from hub.wire.errors import BadRequest, HubError, InternalError

logger = logging.getLogger("hub.web")

Header = tuple[bytes, bytes]

_SAFE_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HTTP_1: Final = frozenset({"1.0", "1.1"})
_HOSTS_REMEMBERED: Final = 1000


class Envelope:
    """Wraps an ASGI application that serves HTTP.

    Before it: the request's id (``X-Request-ID`` if it is safe to log, else a new one) goes into
    ``scope["request_id"]``, its headers by name into ``scope[HEADERS]``; the host must be allowed
    (400 ``bad_host``); plain HTTP is sent away where https is demanded; a body over
    ``HUB_MAX_BODY_BYTES`` is refused (413), whether it announces its length or not. After it: the
    id and the security headers are added, each only where the answer has none; answers are not
    stored by caches unless they say otherwise. An exception that comes out of the application is
    logged and answered with a bare 500.

    ``refuse`` writes what it answers itself, problem+json unless told otherwise. What is only
    ``for_programs`` goes without the headers that tell browsers how to show a document. Settings
    are read once, here.
    """

    def __init__(
        self,
        application: Application,
        *,
        refuse: Refuse = send_problem,
        for_programs: bool = False,
    ) -> None:
        self._application = application
        self._send_refusal = refuse
        self._hosts = _Hosts()
        self._transport = TransportSecurity()
        self._limit: int = settings.HUB_MAX_BODY_BYTES
        self._headers = _PROGRAMS if for_programs else (*_of_documents(), *_PROGRAMS)
        self._names = frozenset(name for name, _ in self._headers)
        self._rest: dict[frozenset[bytes], tuple[Header, ...]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = scope[HEADERS] = dict(scope["headers"])
        request_id = headers.get(b"x-request-id", b"")
        if not request_id or not _SAFE_ID.fullmatch(request_id):
            request_id = b"%032x" % getrandbits(128)
        scope["request_id"] = request_id.decode("ascii")
        answer = _Answer(self, send, request_id, self._transport.headers_for(scope))
        refused = self._refused(scope, headers, receive, answer.send)
        if refused is not None:
            await refused
            return
        counted = None
        if not _is_framed(scope, headers):
            counted = LimitedBody(
                scope, receive, answer.send, limit=self._limit, refuse=self._send_refusal
            )
            receive = counted.receive
        try:
            await self._application(scope, receive, counted.send if counted else answer.send)
        except Exception as error:
            if counted is not None and counted.refused:
                return
            failure = _told(error, scope)
            if answer.started:
                raise  # the server breaks the connection off: the client must not take it as whole
            head = scope["method"] == "HEAD"
            await self._send_refusal(answer.send, failure, scope=scope, head=head)

    def _refused(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> Awaitable[None] | None:
        """The answer where the application is not asked at all."""
        host = headers.get(b"host", b"")
        if not self._hosts.allow(host, scope):
            head = scope["method"] == "HEAD"
            return self._send_refusal(send, _BAD_HOST, scope=scope, head=head)
        away = self._transport.away(scope, host)
        if away is not None:
            return away(scope, receive, send)
        length = headers.get(b"content-length")
        if length and not _fits(length, self._limit):
            limit = self._limit
            return refuse_body(scope, receive, send, limit=limit, refuse=self._send_refusal)
        return None

    def dress(
        self, headers: Iterable[Header], request_id: bytes, hsts: tuple[Header, ...]
    ) -> list[Header]:
        """The answer's own headers, and of the envelope's those it lacks."""
        dressed = [*headers]
        own = [name.lower() for name, _ in dressed]
        dressed += self._lacking(self._names.intersection(own))
        dressed.append((b"x-request-id", request_id))
        dressed += hsts
        return dressed

    def _lacking(self, own: frozenset[bytes]) -> tuple[Header, ...]:
        """The envelope's headers but for those that the answer has; found once for each choice."""
        rest = self._rest.get(own)
        if rest is None:
            rest = self._rest[own] = tuple(entry for entry in self._headers if entry[0] not in own)
        return rest


class _Answer:
    """The way back of one request."""

    __slots__ = ("_envelope", "_hsts", "_request_id", "_send", "started")

    def __init__(
        self, envelope: Envelope, send: Send, request_id: bytes, hsts: tuple[Header, ...]
    ) -> None:
        self._envelope = envelope
        self._send = send
        self._request_id = request_id
        self._hsts = hsts
        self.started = False

    def send(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.started = True
            headers = self._envelope.dress(message.get("headers", ()), self._request_id, self._hsts)
            message = {**message, "headers": headers}
        return self._send(message)


class _Hosts:
    """``ALLOWED_HOSTS``, asked once for each host seen."""

    def __init__(self) -> None:
        self._allowed = list(settings.ALLOWED_HOSTS)
        if settings.DEBUG and not self._allowed:
            self._allowed = [".localhost", "127.0.0.1", "[::1]"]  # as Django does
        self._known: dict[bytes, bool] = {}

    def allow(self, host: bytes, scope: Scope) -> bool:
        if not host and scope.get("server"):
            host = str(scope["server"][0]).encode()  # HTTP/1.0 needs no Host
        known = self._known.get(host)
        if known is None:
            domain, _ = split_domain_port(host.decode("latin-1"))
            known = bool(domain) and validate_host(domain, self._allowed)
            if len(self._known) < _HOSTS_REMEMBERED:
                self._known[host] = known
        return known


_BAD_HOST: Final = BadRequest(
    "The hub does not answer for this host.",
    code="bad_host",
    hint="Name it in HUB_ALLOWED_HOSTS or HUB_PUBLIC_URL.",
)


_PROGRAMS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


def _of_documents() -> tuple[Header, ...]:
    return (
        (b"referrer-policy", _latin(settings.SECURE_REFERRER_POLICY)),
        (b"cross-origin-opener-policy", _latin(settings.SECURE_CROSS_ORIGIN_OPENER_POLICY)),
        (b"x-frame-options", _latin(settings.X_FRAME_OPTIONS)),
    )


def _told(error: Exception, scope: Scope) -> HubError:
    """What the caller is told; what was not meant for him is logged."""
    if isinstance(error, HubError):
        return error
    logger.error("%s failed (request %s)", scope["path"], scope["request_id"], exc_info=error)
    return InternalError("Something went wrong inside.")


def _is_framed(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """True where no more than the announced length, or no body at all, can come: HTTP/1 marks the
    end of a body by its length, and what is beyond is another request. Other bodies are counted."""
    if b"transfer-encoding" in headers:
        return False
    if headers.get(b"content-length"):
        return scope["http_version"] in _HTTP_1
    return scope["method"] in _BODILESS and scope["http_version"] != "2"


def _fits(length: bytes, limit: int) -> bool:
    return length.isdigit() and len(length) < 20 and int(length) <= limit


def _latin(value: str | None) -> bytes:
    return (value or "").encode("latin-1")
