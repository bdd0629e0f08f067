"""What all admin pages that change flags share: the actor, and refusals as messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from plugins.flags.history import acting_as


class ActorMixin:
    """Changes made in the admin are the user's.

    What only the model can refuse (a segment that rules use, say) becomes a message: the
    transaction was rolled back, nothing was changed.
    """

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _as_user(request, super().changeform_view, *args, **kwargs)  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _as_user(request, super().changelist_view, *args, **kwargs)  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _as_user(request, super().delete_view, *args, **kwargs)  # type: ignore[misc]


def _as_user(
    request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
) -> HttpResponse:
    with acting_as(request.user.get_username(), request.user.pk):
        try:
            return view(request, *args, **kwargs)
        except RestrictedError as error:
            messages.error(request, str(error.args[0]))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(request.path)
