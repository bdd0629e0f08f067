"""What a plugin imports. Everything in ``__all__`` is the plugin API; nothing else is.

Interfaces of services are imported by programs without Django too (hub.client), so what needs
Django is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from hub.sdk.access import (
    Access,
    Denied,
    allow_all,
    authenticated,
    deny_all,
    requires_permission,
    requires_scope,
    requires_staff,
)
from hub.sdk.actions import Example, action
from hub.sdk.caching import CachePolicy, etag, last_modified, no_store, ttl
from hub.sdk.callers import CallContext, Caller
from hub.sdk.channels import channel
from hub.sdk.components import Component, ComponentState, component
from hub.sdk.containers import CallScope, container, inject
from hub.sdk.contexts import Context, context
from hub.sdk.exceptions import exception_handler
from hub.sdk.followed import Followed
from hub.sdk.health import Health, Status, health_check
from hub.sdk.injection import Inject, Injected, InjectionError, provide, provided
from hub.sdk.interceptors import RemoteCall, interceptor
from hub.sdk.markers import Body, Header, Path, Query
from hub.sdk.middlewares import ASGIApp, Message, Ordered, Receive, Scope, Send, middleware
from hub.sdk.mounts import StaticMount
from hub.sdk.runtime import Restart, worker
from hub.sdk.services import get_service, implementation, method, service
from hub.sdk.settings import PluginSettings
from hub.sdk.signals import on_signal
from hub.sdk.trail import trace_headers
from hub.sdk.triggers import cron, delete, every, get, page, patch, post, put
from hub.wire.errors import (
    BadRequest,
    Conflict,
    DeadlineExceeded,
    FieldError,
    Forbidden,
    HubError,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
)

if TYPE_CHECKING:
    from hub.sdk.commands import Command
    from hub.sdk.manifest import PluginConfig
    from hub.sdk.navigation import MenuEntry
    from hub.sdk.routes import RouteAccess

__all__ = [
    "ASGIApp",
    "Access",
    "BadRequest",
    "Body",
    "CachePolicy",
    "CallContext",
    "CallScope",
    "Caller",
    "Command",
    "Component",
    "ComponentState",
    "Conflict",
    "Context",
    "DeadlineExceeded",
    "Denied",
    "Example",
    "FieldError",
    "Followed",
    "Forbidden",
    "Header",
    "Health",
    "HubError",
    "Inject",
    "Injected",
    "InjectionError",
    "InvalidInput",
    "MenuEntry",
    "Message",
    "NotFound",
    "Ordered",
    "Path",
    "PluginConfig",
    "PluginSettings",
    "Query",
    "Receive",
    "RemoteCall",
    "Restart",
    "RouteAccess",
    "Scope",
    "Send",
    "StaticMount",
    "Status",
    "Unauthenticated",
    "Unavailable",
    "action",
    "allow_all",
    "authenticated",
    "channel",
    "component",
    "container",
    "context",
    "cron",
    "delete",
    "deny_all",
    "etag",
    "every",
    "exception_handler",
    "get",
    "get_service",
    "health_check",
    "implementation",
    "inject",
    "interceptor",
    "last_modified",
    "method",
    "middleware",
    "no_store",
    "on_signal",
    "page",
    "patch",
    "post",
    "provide",
    "provided",
    "put",
    "requires_permission",
    "requires_scope",
    "requires_staff",
    "service",
    "trace_headers",
    "ttl",
    "worker",
]

_WITH_DJANGO: Final = {
    "Command": "hub.sdk.commands",
    "MenuEntry": "hub.sdk.navigation",
    "PluginConfig": "hub.sdk.manifest",
    "RouteAccess": "hub.sdk.routes",
}


def __getattr__(name: str) -> Any:
    module = _WITH_DJANGO.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(module), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
