"""The context: long-lived objects made while the hub runs, found by their type.

Providers make what can be described beforehand; what turns up at run time, such as a connection
that a lifespan opened, is added here: ``context.add(pool)``, ``context.get(Pool)``.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

T = TypeVar("T")

_MISSING: Final[Any] = object()


class Context:
    """Objects by type and name. An object is found by its class and by each base class of it.

    ``child()`` makes a layer on top: it sees what is below and hides it by what it adds. All
    methods may be called from any thread.
    """

    __slots__ = ("__weakref__", "_entries", "_found", "_layers", "_lock", "_parent")

    def __init__(self, parent: Context | None = None) -> None:
        self._parent = parent
        self._lock: threading.RLock = parent._lock if parent else threading.RLock()
        self._layers: weakref.WeakSet[Context] = parent._layers if parent else weakref.WeakSet()
        self._layers.add(self)
        self._entries: dict[tuple[type, str | None], Any] = {}
        # What was found before, by what was asked for. Any change of any layer empties it.
        self._found: dict[Any, Any] = {}

    def add(self, obj: T, *, name: str | None = None, replace: bool = False) -> T:
        """Add ``obj`` to this layer and return it.

        Raises :class:`KeyError` where this layer has one of the same class and name, unless
        ``replace`` is true.
        """
        key = (type(obj), name)
        with self._lock:
            if key in self._entries and not replace:
                raise KeyError(f"The context already has {_told(*key)}; say replace=True.")
            self._entries[key] = obj
            self._forget()
        return obj

    def remove(self, obj: object, *, name: str | None = None) -> None:
        """Take ``obj`` out of this layer. Raises :class:`KeyError` where it is not in it."""
        key = (type(obj), name)
        with self._lock:
            if self._entries.get(key, _MISSING) is not obj:
                raise KeyError(f"The context does not have this {_told(*key)}.")
            del self._entries[key]
            self._forget()

    def get(self, kind: type[T], name: str | None = None) -> T:
        """The object of class ``kind``, or of a subclass. The topmost layer that has one wins.

        Raises :class:`LookupError` where there is none, or several that fit equally well.
        """
        try:
            found: T = self._found[kind if name is None else (kind, name)]
        except KeyError:
            return self._look_up(kind, name)
        return found

    def find(self, kind: type[T], name: str | None = None) -> T | None:
        """Like :meth:`get`, ``None`` where there is none."""
        with self._lock:
            found = self._search(kind, name)
        return None if found is _MISSING else found

    def child(self) -> Context:
        """A layer on top of this one."""
        with self._lock:
            return Context(self)

    @contextmanager
    def layer(self) -> Iterator[Context]:
        """A child for a while: what it holds is let go at the end."""
        child = self.child()
        try:
            yield child
        finally:
            child.clear()

    def clear(self) -> None:
        """Take everything out of this layer."""
        with self._lock:
            self._entries.clear()
            self._forget()

    def forked(self) -> None:
        """In a child: who looks at the moment is a thread of the parent."""
        lock = threading.RLock()
        for layer in self._layers:
            layer._lock = lock

    def _look_up(self, kind: type[T], name: str | None) -> T:
        with self._lock:
            found = self._search(kind, name)
            if found is _MISSING:
                raise LookupError(f"The context has no {_told(kind, name)}.")
            self._found[kind if name is None else (kind, name)] = found
        return found  # type: ignore[no-any-return]

    def _search(self, kind: type, name: str | None) -> Any:
        layer: Context | None = self
        while layer is not None:
            found = layer._own(kind, name)
            if found is not _MISSING:
                return found
            layer = layer._parent
        return _MISSING

    def _own(self, kind: type, name: str | None) -> Any:
        exact = self._entries.get((kind, name), _MISSING)
        if exact is not _MISSING:
            return exact
        fits = [
            (other.__mro__.index(kind), other, obj)
            for (other, its_name), obj in self._entries.items()
            if its_name == name and kind in other.__mro__
        ]
        if not fits:
            return _MISSING
        nearest = min(distance for distance, _, _ in fits)
        best = [(other, obj) for distance, other, obj in fits if distance == nearest]
        if len(best) > 1:
            names = " and ".join(other.__qualname__ for other, _ in best)
            raise LookupError(f"The context has several of {_told(kind, name)}: {names}.")
        return best[0][1]

    def _forget(self) -> None:
        for layer in self._layers:
            layer._found = {}


def _told(kind: type, name: str | None) -> str:
    return kind.__qualname__ if name is None else f"{kind.__qualname__} named '{name}'"


context: Final = Context()
"""The context of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=context.forked)
