"""A plugin with a contribution of every kind, each of which can be seen to work from outside."""

from __future__ import annotations

MODULES = {
    "apps": """
        from hub.sdk import PluginConfig

        class Everything(PluginConfig):
            version = "1.0"
        """,
    "notes": """
        from pathlib import Path

        def note(name):
            with Path(f"{name}.notes").open("a") as file:
                file.write(".")
        """,
    "actions": """
        from hub.sdk import action, allow_all, every, get, page
        from .notes import note

        @action(get(), page(), access=allow_all)
        def ping() -> str:
            return "pong"

        @action(every(seconds=1))
        def tick() -> None:
            note("schedule")
        """,
    "services": """
        from hub.sdk import Component, allow_all, component, get, implementation, service

        @service(access=allow_all)
        class Bell:
            @get()
            def ring(self) -> str: ...

        @implementation(Bell)
        class Brass(Bell):
            def ring(self) -> str:
                return "ding"

        @component(services=[Bell])
        class Tower(Component): ...
        """,
    "api": """
        from ninja import Router

        router = Router()

        @router.get("/routed", auth=None)
        async def routed(request) -> str:
            return "routed"
        """,
    "schema": """
        import graphene

        class Query(graphene.ObjectType):
            shout = graphene.String()

            def resolve_shout(self, info):
                return "HELLO"
        """,
    "consumers": """
        from django.urls import path
        from hub.sdk import allow_all
        from hub.sdk.sockets import TextSocket

        class Echo(TextSocket):
            access = allow_all

            async def receive(self, text_data):
                await self.send(text_data)

        routes = [path("echo", Echo.as_asgi())]
        """,
    "tasks": """
        from celery import shared_task
        from hub.sdk import every
        from .notes import note

        @shared_task
        def toil():
            note("task")

        schedules = {"toil": every(seconds=1)}
        """,
    "health": """
        from hub.sdk import health_check
        from .notes import note

        @health_check(interval=1)
        def pulse() -> None:
            note("health_check")
        """,
    "middleware": """
        from hub.sdk import middleware

        @middleware()
        def stamp(app):
            async def stamped(scope, receive, send):
                async def sending(message):
                    if message["type"] == "http.response.start":
                        own = (b"x-everything", b"1")
                        message = {**message, "headers": [*message["headers"], own]}
                    await send(message)
                await app(scope, receive, sending)
            return stamped
        """,
    "exceptions": """
        from hub.sdk import HubError, exception_handler

        @exception_handler(ZeroDivisionError, everywhere=True)
        def teapot(error):
            return HubError("No.", code="teapot", status=418)
        """,
    "runtime": """
        import asyncio
        from contextlib import asynccontextmanager
        from hub.sdk import worker
        from .notes import note

        @asynccontextmanager
        async def lifespan():
            global beating
            beating = asyncio.ensure_future(beat())
            try:
                yield
            finally:
                beating.cancel()

        async def beat():
            while True:
                note("lifespan")
                await asyncio.sleep(0.2)

        @worker
        async def clock():
            while True:
                note("worker")
                await asyncio.sleep(0.2)
        """,
    "navigation": """
        from hub.sdk import MenuEntry

        navigation = [MenuEntry("Everything there is", link="/pages/everything/ping")]
        """,
    "signals": """
        from hub.sdk import on_signal, signals
        from .notes import note

        @on_signal(signals.plugin_enabled, signals.plugin_disabled)
        def heard(event):
            if event.label == "other":
                note("signal")
        """,
    "mounts": """
        from hub.sdk import StaticMount, allow_all

        mounts = [StaticMount("/files", "files", access=allow_all)]
        """,
}
OTHER = {
    "apps": """
        from hub.sdk import PluginConfig

        class Other(PluginConfig):
            version = "1.0"
        """,
    "actions": """
        from hub.sdk import action, allow_all, get

        @action(get(), access=allow_all)
        def halve() -> int:
            return 1 // 0

        @action(get(), access=allow_all)
        def rest() -> int:
            return 1
        """,
}
FILES = {"templates/everything/ping.html": "<p>{{ model }}</p>", "files/note.txt": "a file"}
