"""Static files from the installed apps, without ``collectstatic`` and under every server.

servestatic knows the headers (types, ETag, 304, ranges); two things of it are done differently.
It wants all files listed at start, while here a file is looked up through Django's finders when
first asked for, which costs the start nothing. And its ASGI side makes a thread for every file it
sends; here the process's own threads read, in one hop for most files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from servestatic.asgi import ServeStaticASGI
from servestatic.responders import MissingFileError, Response, StaticFile

from hub.operations.threads import run_in_thread
from hub.web.asgi import Receive, Scope, Send, send_problem
from hub.wire.errors import NotFound

BLOCK_BYTES: Final = 262_144

# Names carry no hash, so browsers ask again after this many seconds; a 304 answers them.
MAX_AGE: Final = 300


AddHeaders = Callable[[Headers, str, str], None]


def _add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


class Files:
    """Files that ``locate`` finds, by decoded path: GET and HEAD, 304, ranges; 405 otherwise.

    ``locate`` returns a file's place, or ``None``; it may raise what the file system raises. What
    was found stays known (a name and its headers, a kilobyte) until the file changes.
    """

    def __init__(
        self,
        locate: Callable[[str], str | None],
        *,
        max_age: int = MAX_AGE,
        add_headers: AddHeaders = _add_headers,
    ) -> None:
        self._locate = locate
        self._known: dict[str, _Known] = {}
        self._library = ServeStaticASGI(
            None, max_age=max_age, allow_all_origins=False, add_headers_function=add_headers
        )

    async def answer(self, path: str, scope: Scope, send: Send) -> bool:
        """Send the file at ``path``. False, and nothing is sent, where there is none."""
        opened = await run_in_thread(self._open, path, scope["method"], _environ(scope))
        if opened is not None:
            await _send_file(*opened, send)
        return opened is not None

    async def answer_missing(self, path: str, scope: Scope, send: Send) -> bool:
        """The same with the status 404, and whole whatever the client has: the page that tells
        that something else is not there."""
        opened = await run_in_thread(self._open, path, scope["method"], {})
        if opened is not None:
            await _send_file(*opened, send, status=404)
        return opened is not None

    def _open(
        self, path: str, method: str, environ: Mapping[str, str]
    ) -> tuple[Response, bytes] | None:
        """The answer and the first block of its body."""
        known = self._known.get(path)
        if known is None or not known.is_current():
            known = self._find(path)
        if known is None:
            return None
        try:
            response: Response = known.file.get_response(method, environ)
        except FileNotFoundError:
            return None
        block = response.file.read(BLOCK_BYTES) if response.file is not None else b""
        return response, block

    def _find(self, path: str) -> _Known | None:
        self._known.pop(path, None)
        if not self._library.url_is_canonical(path):
            return None
        try:
            found = self._locate(path)
            if not found:
                return None
            changed = Path(found).stat().st_mtime_ns  # before the library looks at it
            known = _Known(found, changed, self._library.get_static_file(found, path))
        except (SuspiciousFileOperation, MissingFileError, ValueError, OSError):
            return None  # outside the folders, a folder, gone, or a name no file can have
        self._known[path] = known
        return known


class StaticFiles:
    """The ASGI application for ``STATIC_URL``, over Django's finders; 404 for what is not there."""

    def __init__(self) -> None:
        self._prefix = settings.STATIC_URL
        self._files = Files(self._locate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await self._files.answer(scope["path"], scope, send):
            error = NotFound("There is no such file.")
            await send_problem(send, error, scope=scope, head=scope["method"] == "HEAD")

    def _locate(self, path: str) -> str | None:
        if not path.startswith(self._prefix):
            return None
        return finders.find(path.removeprefix(self._prefix)) or None


@dataclass(frozen=True, slots=True)
class _Known:
    """``changed`` is the time of the file's last change when it was found, in ns."""

    path: str
    changed: int
    file: StaticFile

    def is_current(self) -> bool:
        try:
            return Path(self.path).stat().st_mtime_ns == self.changed
        except OSError:
            return False


async def _send_file(
    response: Response, block: bytes, send: Send, *, status: int | None = None
) -> None:
    try:
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in response.headers
            if value is not None
        ]
        await send(
            {
                "type": "http.response.start",
                "status": status or int(response.status),
                "headers": headers,
            }
        )
        while len(block) == BLOCK_BYTES:
            await send({"type": "http.response.body", "body": block, "more_body": True})
            block = await run_in_thread(response.file.read, BLOCK_BYTES)
        await send({"type": "http.response.body", "body": block})
    finally:
        if response.file is not None:
            response.file.close()


def _environ(scope: Scope) -> dict[str, str]:
    """The request's headers under the names WSGI gives them, which the library reads."""
    return {
        f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}": value.decode("latin-1")
        for name, value in scope["headers"]
    }
