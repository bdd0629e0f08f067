"""An aspyx-service program, server or client, that knows nothing but a Consul.

It runs in an environment of its own. aspyx resolves no annotations that are texts, so this module
has no ``from __future__ import annotations``.
"""

import logging
import sys
import time
from abc import abstractmethod
from urllib.parse import urlsplit

import uvicorn
from aspyx.di import Environment, create, module
from aspyx_service import (
    AbstractComponent,
    ChannelAddress,
    Component,
    ConsulComponentRegistry,
    FastAPIServer,
    HealthCheckManager,
    HealthStatus,
    RequestContext,
    Server,
    Service,
    ServiceManager,
    ServiceModule,
    SessionManager,
    component,
    health,
    implementation,
    service,
)
from consul import Consul
from fastapi import FastAPI


@service(name="echo")
class Echo(Service):
    @abstractmethod
    def echo(self, text: str) -> str: ...


@component(name="echo-component", services=[Echo])
class EchoComponent(Component):
    pass


def registry_at(url: str, token: str, port: int) -> ConsulComponentRegistry:
    parts = urlsplit(url)
    return ConsulComponentRegistry(port, Consul(host=parts.hostname, port=parts.port, token=token))


def serve(url: str, token: str, port: int) -> None:
    @implementation()
    class EchoHere(Echo):
        def echo(self, text: str) -> str:
            return f"aspyx says {text}"

    @implementation()
    @health("/echo-health")
    class EchoComponentHere(AbstractComponent, EchoComponent):
        def get_addresses(self, port: int) -> list[ChannelAddress]:
            return [ChannelAddress("dispatch-json", f"http://{Server.get_local_ip()}:{port}")]

        async def get_health(self) -> HealthCheckManager.Health:
            return HealthCheckManager.Health(HealthStatus.OK)

    application = FastAPI()
    application.add_middleware(RequestContext)

    @module(imports=[ServiceModule])
    class Serving:
        @create()
        def server(
            self, manager: ServiceManager, registry: ConsulComponentRegistry
        ) -> FastAPIServer:
            return FastAPIServer(application, manager, registry)

        @create()
        def storage(self) -> SessionManager.Storage:
            return SessionManager.InMemoryStorage()

        @create()
        def registry(self) -> ConsulComponentRegistry:
            return registry_at(url, token, port)

    FastAPIServer.boot(Serving, host="0.0.0.0", port=port, start_thread=False)  # noqa: S104
    uvicorn.run(application, host="0.0.0.0", port=port, log_level="info")  # noqa: S104


def call(url: str, token: str) -> None:
    @module(imports=[ServiceModule])
    class Calling:
        @create()
        def storage(self) -> SessionManager.Storage:  # nothing starts without one
            return SessionManager.InMemoryStorage()

        @create()
        def registry(self) -> ConsulComponentRegistry:
            return registry_at(url, token, 1)

    manager = Environment(Calling).get(ServiceManager)
    for _ in range(100):
        try:
            print(manager.get_service(Echo).echo("hello"), flush=True)
            return
        except Exception as error:  # noqa: BLE001 - it is not found before its check has passed
            logging.info("not yet: %s", error)
            time.sleep(0.2)
    sys.exit("nobody answered")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    role, hub, secret, *rest = sys.argv[1:]
    if role == "serve":
        serve(hub, secret, int(rest[0]))
    else:
        call(hub, secret)
