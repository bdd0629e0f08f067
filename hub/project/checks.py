"""System checks of the hub's own settings. README's section on checks lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def check_public_url(
    *, app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """In production the hub must know its own address, and it should be https."""
    if settings.ENVIRONMENT.https:
        return []
    return [
        Warning(
            "HUB_PUBLIC_URL is not an https address.",
            hint="Set it to the address users see, such as https://hub.example.com: cookies "
            "become secure and browsers are told to stay on https.",
            id="hub.W102",
        )
    ]


@register(Tags.security, deploy=True)
def check_any_host(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Warning(
            "HUB_ALLOWED_HOSTS answers for any host name.",
            hint="Name the hosts: a forged Host header ends up in links and redirects.",
            id="hub.W103",
        )
    ]
