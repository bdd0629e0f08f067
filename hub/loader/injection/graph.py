"""Who may use which provision, and in what order things are made.

A plugin uses its own providers and those of the plugins it requires. Which one fills a need is
decided by type and qualifier; two that fit are a fault, never a choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_origin

from hub.loader.injection.provisions import (
    CALL_CONTEXT,
    CALLER,
    Making,
    Need,
    Provision,
    specialised,
)
from hub.loader.injection.texts import described, path_of
from hub.sdk.injection import InjectionError
from hub.sdk.settings import PluginSettings

EVERYONE: Final = ""
_WRONG_SCOPE: Final = (
    "is wrongly scoped: what is made once a process (scope 'app') can't hold what is made for one "
    "call (scope 'call')."
)
"""Sees the providers of all plugins: code that belongs to no plugin."""


class Graph:
    """``provisions`` and the labels of required plugins, both by plugin label."""

    def __init__(
        self,
        provisions: Mapping[str, Sequence[Provision]],
        requires: Mapping[str, Iterable[str]],
    ) -> None:
        self.provisions = provisions
        self._requires = {label: frozenset(others) for label, others in requires.items()}
        self._made: dict[tuple[Any, str, str], tuple[Provision, ...]] = {}
        self._own: dict[Any, Provision | None] = {}
        self._special: dict[tuple[Provision, Any], Provision | None] = {}

    def candidates(self, need: Need, plugin: str) -> tuple[Provision, ...]:
        """The provisions that make what is needed, of those that ``plugin`` sees."""
        key = (need.hint, need.qualifier, plugin)
        try:
            found = self._made.get(key)
        except TypeError:  # a type that can't be a key, such as Literal of a list
            return ()
        if found is None:
            found = self._made[key] = tuple(self._candidates(need, plugin))
        return found

    def choose(self, need: Need, plugin: str, path: list[str]) -> Provision | None:
        """The provision that fills the need; ``None`` for a default. Raises
        :class:`InjectionError`, with ``path`` before the need's own type."""
        found = self.candidates(need, plugin)
        if len(found) == 1:
            return found[0]
        way = path_of([*path, described(need.hint, need.qualifier)])
        if found:
            places = " and by ".join(provision.where for provision in found)
            raise InjectionError(
                f"{way} is ambiguous: it is provided by {places}; tell them apart by qualifier=."
            )
        if need.optional:
            return None
        raise InjectionError(f"{way} is not provided{self._hint(need, plugin)}.")

    def order(self, needs: Iterable[Need], plugin: str, path: Sequence[str]) -> list[Provision]:
        """All that must be made for ``needs``, each after what it needs itself. Raises
        :class:`InjectionError` for what is missing, ambiguous, cyclic or wrongly scoped."""
        made: dict[Provision, None] = {}
        for need in needs:
            self._visit(need, plugin, list(path), [], made)
        return list(made)

    def refuse_call_things(self, needs: Iterable[Need], plugin: str, user: str) -> None:
        """Raise :class:`InjectionError` where what lives as long as the process would hold what is
        made for one call."""
        for need in needs:
            provision = self.choose(need, plugin, [user])
            if provision is not None and provision.scope == "call":
                path = [user, described(provision.provides, provision.qualifier)]
                raise InjectionError(f"{path_of(path)} {_WRONG_SCOPE}")

    def order_of(self, provision: Provision) -> list[Provision]:
        """All that must be made for one provision, itself last. Raises as :meth:`order`."""
        made: dict[Provision, None] = {}
        path = [described(provision.provides, provision.qualifier)]
        self._visit_needs(provision, path, [], made)
        return list(made)

    def __iter__(self) -> Iterator[Provision]:
        for provisions in self.provisions.values():
            yield from provisions

    def _visit(
        self,
        need: Need,
        plugin: str,
        path: list[str],
        above: list[Provision],
        made: dict[Provision, None],
    ) -> None:
        provision = self.choose(need, plugin, path)
        if provision is None:
            return
        path = [*path, described(provision.provides, provision.qualifier)]
        if provision in above:
            raise InjectionError(f"{path_of(path)} is a cycle.")
        if above and above[-1].scope == "app" and provision.scope == "call":
            raise InjectionError(f"{path_of(path)} {_WRONG_SCOPE}")
        if provision in made:
            return
        self._visit_needs(provision, path, above, made)

    def _visit_needs(
        self,
        provision: Provision,
        path: list[str],
        above: list[Provision],
        made: dict[Provision, None],
    ) -> None:
        for inner in provision.needs:
            self._visit(inner, provision.plugin, path, [*above, provision], made)
        made[provision] = None

    def _candidates(self, need: Need, plugin: str) -> Iterator[Provision]:
        if not need.qualifier:
            if need.hint not in self._own:
                self._own[need.hint] = _built_in(need.hint)
            special = self._own[need.hint]
            if special is not None:
                yield special
                return
        for provision in self._seen_by(plugin):
            if provision.qualifier == need.qualifier:
                fit = self._fitting(provision, need.hint)
                if fit is not None:
                    yield fit

    def _fitting(self, provision: Provision, hint: Any) -> Provision | None:
        if provision.provides == hint:
            return provision
        if provision.generic is None or get_origin(hint) is not _origin(provision.provides):
            return None
        key = (provision, hint)
        if key not in self._special:
            self._special[key] = specialised(provision, hint)
        return self._special[key]

    def _seen_by(self, plugin: str) -> Iterator[Provision]:
        for label, provisions in self.provisions.items():
            if plugin in (EVERYONE, label) or label in self._requires.get(plugin, ()):
                yield from provisions

    def _hint(self, need: Need, plugin: str) -> str:
        near = [each for each in self if each.provides == need.hint]
        hidden = [each for each in near if each.qualifier == need.qualifier]
        if hidden:
            label = hidden[0].plugin
            return f": the plugin '{label}' provides it; add it to requires_plugins"
        if near:
            known = ", ".join(repr(each.qualifier) for each in near)
            return f": there is one with the qualifier {known}"
        for each in self._seen_by(plugin):
            if isinstance(need.hint, type) and _is_subclass(each.provides, need.hint):
                name = described(need.hint)
                return f": {each.where} makes a subclass of it; say provides={name}"
        return ": no provider makes it"


def _built_in(hint: Any) -> Provision | None:
    """Who calls, settings by their class, and the argument of a generic: ``type[Item]``."""
    if hint is CALLER.provides:
        return CALLER
    if hint is CALL_CONTEXT.provides:
        return CALL_CONTEXT
    if _is_subclass(hint, PluginSettings):
        return _fresh(hint, hint.current)
    if get_origin(hint) is type and isinstance(get_args(hint)[0], type):
        (value,) = get_args(hint)
        return _fresh(hint, lambda: value)
    return None


def _fresh(hint: Any, source: Any) -> Provision:
    return Provision(
        provides=hint, source=source, making=Making.FRESH, scope="app", where=described(hint)
    )


def _is_subclass(value: Any, of: type) -> bool:
    return isinstance(value, type) and not get_args(value) and issubclass(value, of)


def _origin(hint: Any) -> Any:
    return get_origin(hint) or hint
