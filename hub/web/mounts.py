"""Folders of plugins at addresses of their own (``mounts.py`` in a plugin).

A prefix takes whole segments: ``/docs`` answers ``/docs/a`` and never ``/docs2``. The longest one
that fits decides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from wsgiref.headers import Headers

from hub.loader.catalog import Catalog
from hub.loader.modules.mounts import PREFIX, Mounted, first_segment
from hub.operations import switches
from hub.operations.threads import run_in_thread
from hub.sdk.access import allow_all
from hub.security.callers import caller_of
from hub.web.asgi import Receive, Scope, Send, reference_to, send_problem
from hub.web.pages.rendering import login_address
from hub.web.sockets.credentials import judged
from hub.web.static_files import Files
from hub.wire.errors import HubError, MethodNotAllowed, NotFound, Unauthenticated

_INDEX: Final = "index.html"
_MISSING: Final = "404.html"


class Mounts:
    """The ASGI application of all mounts; expects the envelope around it. A plugin that is
    switched off has none."""

    def __init__(self, catalog: Catalog) -> None:
        self._mounts = {
            contribution.value.prefix: _Mount(plugin.label, contribution.value)
            for plugin in catalog.loaded()
            for contribution in plugin.contributed("static_mount")
        }
        self._depth = max((prefix.count("/") for prefix in self._mounts), default=0)
        own = PREFIX.removeprefix("/")
        self._first = {first_segment(prefix) for prefix in self._mounts} - {own}

    def takes(self, path: str) -> bool:
        """True for what is below ``/mounts/``, and below the top-level prefixes."""
        if path.startswith(f"{PREFIX}/"):
            return True
        return bool(self._first) and first_segment(path) in self._first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = scope["method"] == "HEAD"
        try:
            found = self._find(scope["path"])
            if found is None or found[0].label in await switches.aoff():
                raise NotFound("There is nothing at this address.")
            if scope["method"] not in ("GET", "HEAD"):
                raise MethodNotAllowed("Files are read.", headers={"Allow": "GET, HEAD"})
            mount, rest = found
            if mount.declared.access is not allow_all:
                await judged(mount.declared.access, await caller_of(scope))
            await mount.answer(rest, scope, send)
        except HubError as error:
            if _needs_login(error, scope):
                return await _send_away(send, login_address(_address(scope)))
            return await send_problem(send, error, scope=scope, head=head)
        return None

    def _find(self, path: str) -> tuple[_Mount, str] | None:
        """The mount, and the path below it with its slash. No more segments are looked at than
        prefixes have, however many a request sends."""
        segments = path.split("/", self._depth + 1)
        for length in range(min(self._depth + 1, len(segments)), 1, -1):
            prefix = "/".join(segments[:length])
            mount = self._mounts.get(prefix)
            if mount is not None:
                return mount, path[len(prefix) :]
        return None


class _Mount:
    """One folder. Everything that reads the disk runs in a thread."""

    def __init__(self, label: str, mounted: Mounted) -> None:
        self.label = label
        self.declared = mounted.mount
        self._root = mounted.root
        self._files = Files(
            self._locate, max_age=mounted.mount.max_age, add_headers=self._add_headers
        )

    async def answer(self, rest: str, scope: Scope, send: Send) -> None:
        """Raises :class:`NotFound` where neither a file nor a stand-in is."""
        page, files = self.declared.html, self._files
        wanted = f"{rest}{_INDEX}" if page and rest.endswith("/") else rest
        if rest and await files.answer(wanted, scope, send):
            return None
        if page and await run_in_thread(self._is_folder, rest):
            return await _send_away(send, _with_slash(scope))
        fallback = self.declared.fallback
        is_file = "." in rest.rpartition("/")[2]
        if fallback and not is_file and await files.answer(f"/{fallback}", scope, send):
            return None
        if page and await files.answer_missing(f"/{_MISSING}", scope, send):
            return None
        raise NotFound("There is no such file.")

    def _is_folder(self, rest: str) -> bool:
        """True for a folder with an index that was asked for without its slash: the index's links
        would lead astray."""
        if rest.endswith("/"):
            return False
        try:
            return self._locate(f"{rest}/{_INDEX}") is not None
        except (OSError, ValueError):
            return False

    def _locate(self, rest: str) -> str | None:
        """The file, if it is one and lies in the folder: neither dots nor links lead out of it."""
        segments = rest.removeprefix("/").split("/")
        if "\\" in rest or not all(segments) or any(part.startswith(".") for part in segments):
            return None
        path = (self._root / Path(*segments)).resolve()
        return str(path) if path.is_relative_to(self._root) and path.is_file() else None

    def _add_headers(self, headers: Headers, path: str, url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        if str(headers["Content-Type"]).startswith("text/html"):
            headers["Cache-Control"] = "no-cache"
        if self.declared.access is not allow_all:
            kept = str(headers["Cache-Control"]).replace("public", "private")
            headers["Cache-Control"] = kept if "private" in kept else f"{kept}, private"
            headers["Vary"] = "Authorization, Cookie"


def _needs_login(error: HubError, scope: Scope) -> bool:
    """True for a person with a browser who has shown no credentials."""
    stranger = isinstance(error, Unauthenticated) and error.code == Unauthenticated.default_code
    return stranger and any(
        name == b"accept" and b"text/html" in value for name, value in scope["headers"]
    )


def _address(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _with_slash(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{reference_to(scope['path'])}/" + (f"?{query}" if query else "")


async def _send_away(send: Send, address: str) -> None:
    headers = [(b"location", address.encode("ascii")), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
