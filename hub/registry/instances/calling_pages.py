"""Calling a method on one instance, by a form on its page: over the channel and to the address that
the operator chooses, whatever its status."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from pydantic_core import to_jsonable_python

from hub.client.calls import TIMEOUT, Call
from hub.client.channels.registered import Channels
from hub.client.headers import trail_headers
from hub.client.invoking import AUTHORIZATION
from hub.client.tokens import bearer
from hub.loader.boot import catalog
from hub.loader.once import once
from hub.operations.services.remote import CHANNEL
from hub.registry import links
from hub.registry.instances.method_forms import MethodForm, carries, form_of, keys_of
from hub.registry.instances.rows import Address, Instance, Source
from hub.registry.rows_admin import RowsAdmin
from hub.registry.schema_form import Filled, read_form
from hub.registry.tryout import Outcome, answered, inputs_of, refused, unreadable
from hub.sdk.callers import EVERY_SCOPE
from hub.security import jwt
from hub.wire.errors import HubError, InternalError

_METHOD: Final = "call"
_CHANNEL: Final = "channel"
_TOKEN: Final = "token"  # noqa: S105 - the name of an input


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call as it is to be made. ``token`` is an Authorization header, or empty."""

    form: MethodForm
    channel: str
    url: str
    token: str


@once
def _channels() -> Channels:
    own = (entry.value for each in catalog().loaded() for entry in each.contributed(CHANNEL))
    return Channels(settings.HUB_CALLS.client, own=own)


class CallingPages(RowsAdmin):
    """For those who may change instances. The call has the rights of the operator: the hub's own
    instances get a token of theirs that ends within minutes, and others none but what is typed."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.call_view)
        own = path("<path:object_id>/call/", view, name="registry_instance_call")
        return [own, *super().get_urls()]

    def call_form(self, request: HttpRequest, row: Instance) -> dict[str, Any]:
        """What the page shows of it, with the method that the address names, else the first."""
        keys = keys_of(row) if self.has_change_permission(request, row) else []
        chosen = request.GET.get(_METHOD, "")
        if not keys:
            return {"methods": []}
        form = form_of(row, chosen if chosen in keys else keys[0])
        return {
            "methods": keys,
            "call_url": links.action_page("call", row),
            "gets_own_token": row.source == Source.PLUGIN,
            **_drawn(row, form),
        }

    def call_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Call it, POST only. Whatever comes of it stands on the page."""
        posted = request.POST.dict()
        return self.act(request, object_id, lambda row: self._called(request, row, posted))

    def _called(self, request: HttpRequest, row: Instance, posted: dict[str, str]) -> HttpResponse:
        form = form_of(row, posted.get(_METHOD, ""))
        address = _address(row, form, posted.get(_CHANNEL, ""))
        filled = read_form(form.fields, posted)
        outcome = None
        if address is not None:
            token = _token(row, cast(User, request.user), posted.get(_TOKEN, ""))
            outcome = _made(_Asked(form, address.channel, address.url, token), filled)
            said = f"Called {form.key} over {address.channel}: {outcome.code}."
            self.log_change(request, row, said)
        return self.page(request, row, **_drawn(row, form, posted, outcome))


def _drawn(
    row: Instance,
    form: MethodForm,
    posted: Mapping[str, str] | None = None,
    outcome: Outcome | None = None,
) -> dict[str, Any]:
    return {
        "method_form": form,
        "inputs": inputs_of(form.fields, posted, outcome),
        "ways": _ways(row, form),
        "way": (posted or {}).get(_CHANNEL, ""),
        "outcome": outcome,
    }


def _ways(row: Instance, form: MethodForm) -> list[Address]:
    """The addresses at which the method can be called."""
    known = _channels()
    return [
        each
        for each in row.addresses.all()
        if each.channel in known.names and carries(known.named(each.channel), form)
    ]


def _address(row: Instance, form: MethodForm, channel: str) -> Address | None:
    return next((each for each in _ways(row, form) if each.channel == channel), None)


def _token(row: Instance, user: User, typed: str) -> str:
    """Nobody else's process is handed a token of the operator's, with which it could act as him."""
    if typed.strip():
        return bearer(typed)
    if row.source != Source.PLUGIN:
        return ""
    scopes = frozenset({EVERY_SCOPE})
    return bearer(jwt.sign(user_id=user.pk, username=user.username, scopes=scopes, sid=""))


def _made(asked: _Asked, filled: Filled) -> Outcome:
    names = {field.name for field in asked.form.fields}
    if filled.errors:
        return unreadable(filled, names)
    started = time.perf_counter()
    try:
        method, arguments = asked.form.filled(filled.arguments)
        call = Call(
            method=method,
            arguments=arguments,
            deadline=time.monotonic() + (method.declaration.timeout or TIMEOUT),
            headers=trail_headers(),
        )
        if asked.token:
            call.headers[AUTHORIZATION] = asked.token
        value = _channels().named(asked.channel).call(call, asked.url)
    except HubError as error:
        return refused(error, time.perf_counter() - started, names)
    except Exception as error:  # noqa: BLE001 - declared exceptions come back as their classes
        text = f"{type(error).__name__}: {error}"
        return refused(InternalError(text, code="exception"), time.perf_counter() - started, names)
    seconds = time.perf_counter() - started
    return answered(
        to_jsonable_python(value, fallback=str, inf_nan_mode="strings", bytes_mode="base64"),
        seconds,
    )
