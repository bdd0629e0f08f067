"""The views the lane is tried with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Annotated, Any

from django.contrib.auth.models import Group
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, re_path
from ninja import Body, NinjaAPI

from hub.security.callers import caller_of_request
from hub.wire.errors import Conflict

SECRET = "the password is sesame"

api = NinjaAPI(docs_url=None, openapi_url=None, urls_namespace="lane")


@api.get("/async")
async def ninja_async(request: HttpRequest, name: str = "World") -> dict[str, Any]:
    return {"hello": name, "thread": threading.get_ident()}


@api.get("/sync")
def ninja_sync(request: HttpRequest, name: str = "World") -> dict[str, Any]:
    return {"hello": name, "thread": threading.get_ident()}


@api.post("/echo")
async def ninja_echo(
    request: HttpRequest, payload: Annotated[dict[str, Any], Body()]
) -> dict[str, Any]:
    return payload


class Log:
    """What the views have done, for tests to see."""

    events: list[str] = []
    entered = asyncio.Event()


def database(request: HttpRequest) -> HttpResponse:
    count = Group.objects.count()
    return JsonResponse(
        {"count": count, "connection": id(connection.connection), "thread": threading.get_ident()}
    )


async def mixed(request: HttpRequest) -> HttpResponse:
    first = await Group.objects.acount()
    name = (await request.auser()).get_username()  # type: ignore[attr-defined]
    return JsonResponse({"count": first, "user": name})


def who(request: Any) -> HttpResponse:
    return JsonResponse(
        {"kind": caller_of_request(request).kind, "user": request.user.get_username()}
    )


async def raises(request: HttpRequest, what: str) -> HttpResponse:
    raise _ERRORS[what]


def raises_sync(request: HttpRequest, what: str) -> HttpResponse:
    raise _ERRORS[what]


_ERRORS: dict[str, BaseException] = {
    "value": ValueError(SECRET),
    "hub": Conflict("It exists.", headers={"Retry-After": "1"}),
    "404": Http404(SECRET),
    "denied": PermissionDenied("no"),
    "suspicious": SuspiciousOperation(SECRET),
    "bad": BadRequest(SECRET),
    "exit": SystemExit(3),
    "stop": StopIteration(),
}


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            for number in range(3):
                yield b"%d;" % number
        finally:
            Log.events.append("stream closed")

    return StreamingHttpResponse(parts())


async def endless(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x"
                await asyncio.sleep(0.01)
        finally:
            Log.events.append("endless closed")

    return StreamingHttpResponse(parts())


async def broken_stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ValueError(SECRET)

    return StreamingHttpResponse(parts())


async def slow(request: HttpRequest) -> HttpResponse:
    Log.entered.set()
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        Log.events.append("slow cancelled")
        raise
    return HttpResponse("never")


def form(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"fields": sorted(request.POST), "files": sorted(request.FILES)})


async def large(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"x" * 200_000)


async def cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("set")
    response.set_cookie("a", "b")
    response["Cache-Control"] = "max-age=60"
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


async def nothing(request: HttpRequest) -> None:
    return None


async def only_get(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotAllowed(["GET"])


async def template(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "no/such/template.html", {})


urlpatterns = [
    path("api/n/", api.urls),
    path("api/database", database),
    path("api/mixed", mixed),
    path("api/who", who),
    path("api/raises/<what>", raises),
    path("api/raises-sync/<what>", raises_sync),
    path("api/stream", stream),
    path("api/endless", endless),
    path("api/broken-stream", broken_stream),
    path("api/slow", slow),
    path("api/form", form),
    path("api/large", large),
    path("api/cookie", cookie),
    path("api/nothing", nothing),
    path("api/only-get", only_get),
    path("api/template", template),
    re_path(r"^api/echo/(?P<rest>.*)$", lambda request, rest: HttpResponse(rest)),
]
