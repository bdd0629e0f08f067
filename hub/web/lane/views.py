"""Finding the view of a path, and having it ready to be called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import iscoroutinefunction
from django.urls import ResolverMatch, URLResolver, get_resolver

_PATHS_REMEMBERED: Final = 1000


@dataclass(frozen=True, slots=True)
class Route:
    match: ResolverMatch
    view: Callable[..., Any]
    is_async: bool


class Views:
    """The views of ``ROOT_URLCONF``. ``prepare`` is called once for each view.

    Django's resolver tries pattern after pattern, a tenth of a request's time; where a path leads
    is remembered, for a bounded number of paths. Requests for one path share a
    :class:`~django.urls.ResolverMatch`, which views read and never change.
    """

    def __init__(self, prepare: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        self._prepare = prepare
        self._resolver: URLResolver | None = None
        self._known: dict[str, Route] = {}
        self._prepared: dict[Callable[..., Any], tuple[Callable[..., Any], bool]] = {}

    def find(self, path: str) -> Route:
        """Raises :class:`~django.urls.Resolver404` where nothing is."""
        resolver = get_resolver()
        if resolver is not self._resolver:
            self._resolver, self._known, self._prepared = resolver, {}, {}
        route = self._known.get(path)
        if route is not None:
            return route
        match = resolver.resolve(path)
        route = Route(match, *self._ready(match.func))
        if len(self._known) >= _PATHS_REMEMBERED:
            self._known.clear()  # by chance or on purpose: the paths in use are soon back
        self._known[path] = route
        return route

    def _ready(self, function: Callable[..., Any]) -> tuple[Callable[..., Any], bool]:
        ready = self._prepared.get(function)
        if ready is None:
            view = self._prepare(function)
            ready = self._prepared[function] = (view, iscoroutinefunction(view))
        return ready
