"""Which pages may open sockets: a page of another site brings the visitor's cookies along."""

from __future__ import annotations

from typing import Any

import pytest

from hub.web.asgi import Application
from tests.sockets.driver import Socket


async def entered(lab: Application, origin: str, host: str = "testserver", **more: Any) -> int:
    """The close code, 0 if the socket stays open."""
    async with Socket(lab, "/ws/lab/echo", origin=origin, host=host, **more) as socket:
        await socket.accepted()
        socket.say("hello")
        message = await socket.next()
        return int(message.get("code", 0))


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://testserver", "testserver"),
        ("https://testserver", "testserver"),
        ("http://testserver:8000", "testserver:8000"),
        ("http://TESTSERVER", "testserver"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("", "testserver"),
    ],
)
async def test_pages_of_the_same_host_may(lab: Application, origin: str, host: str) -> None:
    assert await entered(lab, origin, host) == 0


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://testserver.evil.example",
        "http://testserver:8001",
        "http://eviltestserver",
        "http://user@evil.example",
        "null",
        "file://",
        "testserver",
        "http://testserver:port",
        "http://",
        "http://[testserver",
    ],
)
async def test_other_pages_may_not(lab: Application, origin: str) -> None:
    assert await entered(lab, origin) == 4403


async def test_trusted_origins_may(lab: Application, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com", "https://*.example.org"]
    assert await entered(lab, "https://app.example.com") == 0
    assert await entered(lab, "https://a.example.org") == 0
    assert await entered(lab, "http://app.example.com") == 4403
    assert await entered(lab, "http://a.example.org") == 4403
    assert await entered(lab, "https://example.org.evil.example") == 4403


async def test_two_origins_are_none(lab: Application) -> None:
    more = [(b"origin", b"http://testserver")]
    assert await entered(lab, "http://evil.example", headers=more) == 4403


async def test_the_hub_answers_for_its_own_hosts_only(lab: Application) -> None:
    assert await entered(lab, "http://evil.example", "evil.example") == 4400


async def test_a_plain_socket_is_refused_where_https_is_demanded(
    lab: Application, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert await entered(lab, "http://testserver") == 4403
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    secure = [(b"x-forwarded-proto", b"https")]
    assert await entered(lab, "https://testserver", headers=secure) == 0
