"""Which registry this hub is part of: its own, another hub's, or a Consul's (``HUB_REGISTRY``)."""

from __future__ import annotations

from django.conf import settings

from hub.client.instances import Registry
from hub.client.registries.consul import ConsulRegistry
from hub.client.registries.over_http import HubRegistry
from hub.project.environment import Environment
from hub.project.setting_values import CONSUL, told
from hub.registry.instances.database import DatabaseRegistry


def registry() -> Registry:
    """A new one each time; it makes no connection yet."""
    environment: Environment = settings.ENVIRONMENT
    url, token = environment.registry, told(environment.registry_token) or None
    if not url:
        return DatabaseRegistry()
    if url.startswith(CONSUL):
        ca = environment.calls.client.ca
        return ConsulRegistry(url.removeprefix(CONSUL), token=token, ca=ca)
    return HubRegistry(url, token=token, settings=environment.calls.client)


def is_shared() -> bool:
    """Whether the processes of this hub announce what they run as one: in its own registry."""
    environment: Environment = settings.ENVIRONMENT
    return not environment.registry
