"""The container of this process: what plugins know as ``hub.sdk.container``."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from asgiref.sync import async_to_sync

from hub.loader.catalog import Catalog
from hub.loader.injection.graph import EVERYONE, Graph
from hub.loader.injection.judging import graph_of
from hub.loader.injection.provisions import Need, Provision, name_of, needs_of
from hub.loader.injection.texts import described
from hub.operations.container.app_things import AppThings
from hub.operations.container.call_things import CallThings, target
from hub.operations.container.making import carry_out
from hub.operations.container.plans import Plan, make_plan
from hub.operations.container.wrapping import filled, filled_lifespan
from hub.operations.running import is_async
from hub.sdk.callers import CallContext
from hub.sdk.injection import InjectionError

logger = logging.getLogger(__name__)


class Container:
    """``things`` are the process's; ``replaced`` are what tests put in place of provisions."""

    def __init__(
        self,
        graph: Graph,
        *,
        packages: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.graph = graph
        self.timeout = timeout
        self.things = AppThings()
        self.replaced: Mapping[Provision, Any] = {}
        self._packages = dict(packages or {})
        self._plans: dict[Any, Plan] = {}
        self._filling: dict[Any, Any] = {}

    async def aclose(self) -> None:
        """Clean up what was made for the process, at its end. What cleanups raise is logged."""
        try:
            await self.things.aclose()
        except Exception:
            logger.exception("Not everything could be cleaned up.")

    def close_if_alone(self) -> None:
        """The same at the end of a worker's process; not beside a server, which does it itself."""
        if self.things.are_alone:
            try:
                self.things.close()
            except Exception:
                logger.exception("Not everything could be cleaned up.")

    # ── Things by type ───────────────────────────────────────────────────────────────────────

    async def aget(self, kind: Any, *, qualifier: str = "", plugin: str = "", **given: Any) -> Any:
        """The process's thing of type ``kind``, or a new one if it is a call's and has no cleanup.
        ``given`` are parameters of its provider, which is then called anew."""
        if given:
            return await self.acall(self._source(kind, qualifier, plugin), **given)
        plan = self._lasting(kind, qualifier, plugin)
        if plan.stands_alone:
            values = dict(self.replaced)
            await carry_out(plan.call, values, [])
            return values[plan.targets[0][1]]
        return (await CallThings(self).fill(plan))[""]

    def get(self, kind: Any, *, qualifier: str = "", plugin: str = "", **given: Any) -> Any:
        """The same for sync code."""
        if given:
            return self.call(self._source(kind, qualifier, plugin), **given)
        return CallThings(self).fill_here(self._lasting(kind, qualifier, plugin))[""]

    # ── Calls ────────────────────────────────────────────────────────────────────────────────

    async def acall(self, function: Callable[..., Any], /, *args: Any, **given: Any) -> Any:
        """Call a function or class, async or not, with all parameters that are not given filled
        in by type. What was made for it is cleaned up when it has returned."""
        plan = self._plan_of_call(function, args, given)
        async with CallThings(self) as things:
            found = await things.fill(plan)
            result = function(*args, **found, **given)
            return await result if inspect.isawaitable(result) else result

    def call(self, function: Callable[..., Any], /, *args: Any, **given: Any) -> Any:
        """The same for sync code."""
        if is_async(function):
            return async_to_sync(self.acall)(function, *args, **given)
        plan = self._plan_of_call(function, args, given)
        with CallThings(self) as things:
            return function(*args, **things.fill_here(plan), **given)

    def call_scope(self, *, context: CallContext | None = None, plugin: str = "") -> CallThings:
        """A call of one's own: ``async with container.call_scope() as call``."""
        return CallThings(self, context=context, plugin=plugin)

    def filling(
        self, function: Callable[..., Any], *, plugin: str | None = None, here: bool = False
    ) -> Any:
        """``function`` with its marked parameters filled and hidden; itself if it has none. Made
        once. It may become async, if what it needs is, unless it must run ``here``."""
        made = self._filling.get((function, here))
        if made is None:
            needs = needs_of(function)
            own = self.plugin_of(function) if plugin is None else plugin
            made = function
            if needs:
                who = name_of(function)
                made = filled(function, needs, self, plugin=own, who=who, here=here)
            self._filling[function, here] = made
        return made

    def filling_lifespan(self, function: Callable[..., Any], *, plugin: str) -> Any:
        """The same for a generator function that yields once, between start and stop."""
        needs = needs_of(function)
        if not needs:
            return function
        return filled_lifespan(function, needs, self, plugin=plugin, who=name_of(function))

    async def make(self, factory: Callable[..., Any], /, *args: Any, plugin: str) -> Any:
        """``factory(*args)`` with its marked parameters filled in by what lives as long as the
        process, as its product does."""
        plan = self.plan_for(needs_of(factory), plugin, who=name_of(factory))
        async with CallThings(self, plugin=plugin) as things:
            return factory(*args, **await things.fill(self.current(plan)))

    # ── For tests ────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def override(self, kind: Any, value: Any, *, qualifier: str = "") -> Iterator[None]:
        """Put ``value`` in place of what is provided as ``kind``, for all threads. What lives as
        long as the process is made anew meanwhile."""
        found = self.graph.candidates(Need("", kind, qualifier), EVERYONE)
        if not found:
            name = described(kind, qualifier)
            raise InjectionError(f"{name} can't be overridden: no provider makes it.")
        before = self.things, self.replaced, self._plans
        self.replaced = {**self.replaced, **dict.fromkeys(found, value)}
        things = self.things = AppThings(self.replaced)
        self._plans = {}
        try:
            yield
        finally:
            self.things, self.replaced, self._plans = before
            things.close()

    # ── Plans ────────────────────────────────────────────────────────────────────────────────

    def plan_of(self, kind: Any, qualifier: str = "", plugin: str = EVERYONE) -> Plan:
        """The plan for one thing, made once."""
        key = (kind, qualifier, plugin)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = make_plan(
                self.graph,
                (target(kind, qualifier),),
                plugin,
                who="container",
                replaced=self.replaced.keys(),
            )
        return plan

    def plan_for(self, needs: tuple[Need, ...], plugin: str, *, who: str) -> Plan:
        """The plan for the parameters of one function, made once."""
        key = (needs, plugin)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = make_plan(
                self.graph, needs, plugin, who=who, replaced=self.replaced.keys()
            )
        return plan

    def current(self, plan: Plan) -> Plan:
        """The same plan, as long as nothing is overridden."""
        if not self.replaced:
            return plan
        return self.plan_for(plan.needs, plan.plugin, who="container")

    def at_hand(self, plan: Plan) -> dict[str, Any] | None:
        """What the plan gives by name, where all of it is there already; else ``None``."""
        if not plan.lasts or self.replaced:
            return None
        values = self.things.values
        try:
            return {name: values[each] for name, each in plan.targets}
        except KeyError:
            return None

    def plugin_of(self, function: Any) -> str:
        """The plugin whose code the function is, else :data:`EVERYONE`."""
        module = str(getattr(inspect.unwrap(function), "__module__", ""))
        for package, label in self._packages.items():
            if module == package or module.startswith(f"{package}."):
                return label
        return EVERYONE

    def _plan_of_call(self, function: Any, args: tuple[Any, ...], given: Mapping[str, Any]) -> Plan:
        key = (function, len(args), *given) if given else (function, len(args))
        plan = self._plans.get(key)
        if plan is None:
            names = list(inspect.signature(function).parameters)
            filled = {*names[: len(args)], *given}
            needs = needs_of(function, marked_only=False)
            needs = tuple(each for each in needs if each.name not in filled)
            plan = self._plans[key] = make_plan(
                self.graph,
                needs,
                self.plugin_of(function),
                who=name_of(function),
                replaced=self.replaced.keys(),
            )
        return plan

    def _lasting(self, kind: Any, qualifier: str, plugin: str) -> Plan:
        plan = self.plan_of(kind, qualifier, plugin)
        if plan.cleans:
            raise InjectionError(
                f"{described(kind, qualifier)} is cleaned up at the end of a call: get it by "
                "'with container.call_scope() as call: call.get(…)'."
            )
        return plan

    def _source(self, kind: Any, qualifier: str, plugin: str) -> Callable[..., Any]:
        provision = self.graph.choose(Need("", kind, qualifier), plugin, [])
        if provision is None:
            raise InjectionError(f"{described(kind, qualifier)} is not provided.")
        if "generator" in provision.making.value:
            raise InjectionError(
                f"{provision.where} has a cleanup: its parameters can't be given here."
            )
        return provision.source


def container_of(catalog: Catalog, *, timeout: float = 30.0) -> Container:
    """The container for the plugins of a catalog. ``timeout`` is in seconds."""
    packages = {plugin.package: plugin.label for plugin in catalog.loaded()}
    return Container(graph_of(catalog), packages=packages, timeout=timeout)
