"""aspyx-service 0.11.6, serving and driven, in an environment of its own.

It carries no type that holds itself, so each level of the tree is a class; and it resolves no
annotations that are texts, so this module has none.
"""

import sys
from abc import abstractmethod
from dataclasses import make_dataclass
from pathlib import Path

import uvicorn
from aspyx.di import create, module
from aspyx_service import (
    AbstractComponent,
    Body,
    ChannelAddress,
    Component,
    ComponentRegistry,
    FastAPIServer,
    RequestContext,
    Service,
    ServiceManager,
    ServiceModule,
    SessionManager,
    component,
    implementation,
    post,
    rest,
    service,
)
from aspyx_service.service import LocalComponentRegistry
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "aspyx"))

from driver import obey
from one_address import manager_at

CHANNELS = ["rest", "dispatch-json", "dispatch-msgpack", "dispatch-protobuf"]


def _level(name, below):
    fields = {"id": int, "name": str, "weight": float, "active": bool}
    fields |= {"tags": list[str], "scores": list[float], "children": list[below]}
    made = make_dataclass(name, fields.items())
    made.__module__ = __name__
    globals()[name] = made
    return made


Leaf = _level("Leaf", str)
Twig = _level("Twig", Leaf)
Branch = _level("Branch", Twig)
Tree = _level("Tree", Branch)


@service(name="trees")
class Trees(Service):
    @abstractmethod
    def tree(self, data: Tree) -> Tree: ...


@service(name="async-trees")
class AsyncTrees(Service):
    @abstractmethod
    async def tree(self, data: Tree) -> Tree: ...


@service(name="rest-trees")
@rest("/api")
class RestTrees(Service):
    @abstractmethod
    @post("/tree")
    def tree(self, data: Body(Tree)) -> Tree: ...


@service(name="async-rest-trees")
@rest("/async-api")
class AsyncRestTrees(Service):
    @abstractmethod
    @post("/tree")
    async def tree(self, data: Body(Tree)) -> Tree: ...


@component(name="forest", services=[Trees, AsyncTrees, RestTrees, AsyncRestTrees])
class Forest(Component):
    pass


def serve(port):
    class Mirror:
        def tree(self, data: Tree) -> Tree:
            return data

    class AsyncMirror:
        async def tree(self, data: Tree) -> Tree:
            return data

    @implementation()
    class TreesHere(Mirror, Trees):
        pass

    @implementation()
    class AsyncTreesHere(AsyncMirror, AsyncTrees):
        pass

    @implementation()
    class RestTreesHere(Mirror, RestTrees):
        pass

    @implementation()
    class AsyncRestTreesHere(AsyncMirror, AsyncRestTrees):
        pass

    @implementation()
    class ForestHere(AbstractComponent, Forest):
        def get_addresses(self, port: int) -> list[ChannelAddress]:
            return [ChannelAddress(name, f"http://127.0.0.1:{port}") for name in CHANNELS]

    application = FastAPI()
    application.add_middleware(RequestContext)

    @module(imports=[ServiceModule])
    class Serving:
        @create()
        def server(self, manager: ServiceManager, registry: ComponentRegistry) -> FastAPIServer:
            return FastAPIServer(application, manager, registry)

        @create()
        def storage(self) -> SessionManager.Storage:  # nothing starts without one
            return SessionManager.InMemoryStorage()

        @create()
        def registry(self) -> LocalComponentRegistry:
            return LocalComponentRegistry()

    FastAPIServer.boot(Serving, host="127.0.0.1", port=port, start_thread=False)
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def make_tree():
    levels, numbers = [Tree, Branch, Twig, Leaf], iter(range(1, 16))

    def made(depth):
        number = next(numbers)
        children = [made(depth + 1) for _ in range(2)] if depth < 3 else []
        tags, scores = ["alpha", "beta", f"tag-{number}"], [0.5, 1.25, number + 0.75]
        name = f"node-{number:03d}"
        return levels[depth](number, name, number / 4, number % 2 == 0, tags, scores, children)

    return made(0)


def call(url):
    manager = manager_at(url, CHANNELS)
    tree = make_tree()

    def calls(of_rest, of_others):
        made = {}
        for name in CHANNELS:
            kind = of_rest if name == "rest" else of_others
            method = manager.get_service(kind, preferred_channel=name).tree
            made[name] = lambda method=method: method(tree)
        return made

    sync = calls(RestTrees, Trees)
    for name, each in sync.items():
        assert each() == tree, name
    obey(sync, calls(AsyncRestTrees, AsyncTrees))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        call(sys.argv[2])
