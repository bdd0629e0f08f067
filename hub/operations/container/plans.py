"""What is made in which order for a set of needs, worked out once.

Dishka reads the declarations; what runs are these plans. Its own containers make things on the
event loop only, bind the process's things to one loop, let a thread that asks at the same time
make a second one, hand a call's error to a cleanup as a value (so that a transaction would
commit), and leave the other cleanups out when one is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from hub.loader.injection.graph import Graph
from hub.loader.injection.provisions import CALL_CONTEXT, CALLER, Making, Need, Provision

CLEANED: Final = frozenset({Making.GENERATOR, Making.ASYNC_GENERATOR})
AWAITED: Final = frozenset({Making.ASYNC, Making.ASYNC_GENERATOR})

Wired = tuple[tuple[str, Provision], ...]
Fresh = tuple[tuple[str, Callable[[], Any]], ...]


class Step(NamedTuple):
    """Make one thing: ``wired`` arguments were made before, ``fresh`` ones are looked at now."""

    provision: Provision
    source: Callable[..., Any]
    making: Making
    wired: Wired
    fresh: Fresh


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """``app`` and ``call`` are steps in order; ``lent`` are the process's things that the call's
    own steps and the targets use. ``stands_alone``: the call's steps are all there is; ``lasts``:
    there are none, and what is given lives as long as the process."""

    needs: tuple[Need, ...]
    plugin: str
    targets: Wired
    fresh: Fresh
    app: tuple[Step, ...]
    call: tuple[Step, ...]
    lent: tuple[Provision, ...]
    wants_caller: bool
    awaits: bool
    cleans: bool
    stands_alone: bool
    lasts: bool


def make_plan(
    graph: Graph,
    needs: Iterable[Need],
    plugin: str,
    *,
    who: str,
    replaced: Set[Provision] = frozenset(),
) -> Plan:
    """The plan for ``needs`` of ``plugin``; ``who`` stands first in the path of an error.
    ``replaced`` provisions are there already, and so nothing is made for them.

    Raises :class:`hub.sdk.injection.InjectionError`.
    """
    needs = tuple(needs)
    graph.order(needs, plugin, [who])
    targets, fresh = _wiring(graph, needs, plugin, replaced)
    steps = _steps(graph, [provision for _, provision in targets], replaced)
    app = tuple(step for step in steps if step.provision.scope == "app")
    call = tuple(step for step in steps if step.provision.scope == "call")
    used = [each for step in call for _, each in step.wired] + [each for _, each in targets]
    given = {each for each in used if each.making is Making.GIVEN}
    lent = dict.fromkeys(each for each in used if each.scope == "app" and each not in replaced)
    wants_caller = bool(given & {CALLER, CALL_CONTEXT})
    return Plan(
        needs=needs,
        plugin=plugin,
        targets=targets,
        fresh=fresh,
        app=app,
        call=call,
        lent=tuple(lent),
        wants_caller=wants_caller,
        awaits=any(step.making in AWAITED for step in call),
        cleans=any(step.making in CLEANED for step in call),
        stands_alone=not (app or fresh or wants_caller),
        lasts=not (call or fresh or wants_caller),
    )


def _wiring(
    graph: Graph, needs: Iterable[Need], plugin: str, replaced: Set[Provision]
) -> tuple[Wired, Fresh]:
    chosen = [(need.name, graph.choose(need, plugin, [])) for need in needs]
    wired = tuple(
        (name, each)
        for name, each in chosen
        if each is not None and (each.making is not Making.FRESH or each in replaced)
    )
    fresh = tuple(
        (name, each.source)
        for name, each in chosen
        if each is not None and each.making is Making.FRESH and each not in replaced
    )
    return wired, fresh


def _steps(graph: Graph, targets: Iterable[Provision], replaced: Set[Provision]) -> list[Step]:
    """The targets and what they need, each once, after what it needs itself."""
    steps: dict[Provision, Step] = {}

    def visit(provision: Provision) -> None:
        if provision in steps or provision in replaced or provision.making is Making.GIVEN:
            return
        wired, fresh = _wiring(graph, provision.needs, provision.plugin, replaced)
        for _, inner in wired:
            visit(inner)
        steps[provision] = Step(provision, provision.source, provision.making, wired, fresh)

    for target in targets:
        visit(target)
    return list(steps.values())
