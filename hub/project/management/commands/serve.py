"""``serve``: prepare everything and run the hub."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from collections.abc import Sequence
from socket import AF_UNIX, socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub import __version__
from hub.loader.boot import catalog
from hub.loader.catalog import PluginState
from hub.operations.engine import engine
from hub.project.preparation import NotPrepared, prepare, release_connections
from hub.project.serve_hooks import (
    Around,
    SetupFailed,
    ToldToStop,
    add_plugin_options,
    heeding_signals,
)
from hub.project.servers.addresses import Address, Inet, activated, read_address
from hub.project.servers.handover import PREPARE_ONLY, taken
from hub.project.servers.listening import adopt, open_all
from hub.project.servers.plan import SERVERS, CantServe, Serving, check_server
from hub.project.servers.supervising import supervise
from hub.web.access_log import VARIABLE as ACCESS_LOG


class Command(BaseCommand):
    help = (
        "Run the hub: create or update the database, make the first superuser, start the web "
        "server. Stops in good order on TERM or Ctrl-C, at once on a second one; takes new code "
        "and configuration on HUP."
    )

    plugins = True  # false where only the command's own options are asked for
    _left_out: frozenset[str] = frozenset()

    def add_arguments(self, parser: CommandParser) -> None:
        _add_addresses(parser)
        parser.add_argument(
            "--server", choices=SERVERS, default="uvicorn", help="web server (%(default)s)"
        )
        parser.add_argument(
            "--workers",
            type=_positive,
            default=1,
            help="processes that share the addresses (%(default)s)",
        )
        parser.add_argument("--access-log", action="store_true", help="log each request")
        parser.add_argument(
            "--grace",
            type=_positive,
            default=10,
            help="seconds that calls in flight may take to finish (%(default)s)",
        )
        parser.add_argument(
            "--drain-delay",
            type=_whole,
            default=0,
            help="seconds to go on serving after TERM, while /readyz already says 503, for load "
            "balancers to notice (%(default)s)",
        )
        parser.add_argument(
            "--wait",
            type=_positive,
            default=30,
            help="seconds to wait for the database (%(default)s)",
        )
        parser.add_argument(
            "--no-worker",
            action="store_true",
            help="no embedded worker and beat: tasks wait for another process of this hub "
            "(with CELERY_BROKER_URL they are always processes of their own)",
        )
        parser.add_argument(
            "--reload",
            action="store_true",
            help="start anew when Python, TOML or template files change: for development",
        )
        parser.add_argument(
            PREPARE_ONLY,
            action="store_true",
            help="prepare the database, say what would stop the start, and end",
        )
        if self.plugins:
            self._left_out = add_plugin_options(parser, catalog())

    def handle(self, *args: Any, **options: Any) -> None:
        handover = taken(os.environ)
        serving = Serving(
            server=options["server"],
            workers=options["workers"],
            grace=options["grace"],
            drain_delay=options["drain_delay"],
            tasks=not (options["no_worker"] or settings.ENVIRONMENT.broker_url),
        )
        if options["access_log"]:
            os.environ[ACCESS_LOG] = "1"  # the server's processes inherit it
        _refuse_unless_all_run()
        try:
            check_server(serving.server)
            if options["prepare_only"]:
                self._tell(prepare(say=self._say, patience=options["wait"]))
                return
            sockets = adopt(handover.fds) if handover else open_all(_addresses(options))
            password = None
            if handover is None or handover.prepare:
                password = prepare(say=self._say, patience=options["wait"])
        except (CantServe, NotPrepared) as error:
            raise CommandError(str(error)) from None
        release_connections()
        if handover is None:
            self._welcome(sockets, password)
            self._warn(serving)
            if serving.workers > 1 or options["reload"]:
                supervise(serving, sockets, reload=options["reload"])
        from hub.project.servers.process import Process

        around = Around(catalog(), options, left_out=self._left_out)
        process = Process(serving, sockets, handover=handover, after=around.teardown)
        code = 0
        try:
            with heeding_signals():
                around.setup()
                code = process.run()
        except SetupFailed as error:
            process.clean_up()
            raise CommandError(str(error)) from None
        except ToldToStop:
            process.clean_up()
        if code:
            raise SystemExit(code)

    def _welcome(self, sockets: Sequence[socket], password: str | None) -> None:
        self._tell(password)
        places = [_place(listener) for listener in sockets]
        here = next((place for place in places if place.startswith("http")), "")
        also = "".join(f"\n  also   {place}" for place in places if place != here)
        web = f"\n  web    {here}/\n  admin  {here}/admin/\n  docs   {here}/api/docs"
        self._say(f"Hub {__version__}{web if here else ''}{also}")

    def _tell(self, password: str | None) -> None:
        """Nowhere else, and never again."""
        if password:
            self._say(_framed("First start: sign in as admin", f"password: {password}"))

    def _warn(self, serving: Serving) -> None:
        if serving.workers > 1 and settings.ENVIRONMENT.redis_url is None:
            self._say(
                f"Each of the {serving.workers} processes has a cache and a channel layer of its "
                "own: what one sends over WebSocket or caches, the others don't see. Set REDIS_URL."
            )

    def _say(self, text: str) -> None:
        self.stderr.write(text, str)
        self.stderr.flush()


def _add_addresses(parser: CommandParser) -> None:
    parser.add_argument(
        "--host", help="address to listen on (127.0.0.1); :: is any, of IPv4 and IPv6"
    )
    parser.add_argument("--port", type=_port, help="port, 0 for any free one (8000)")
    parser.add_argument(
        "--bind",
        action="append",
        metavar="ADDRESS",
        help="HOST:PORT, [IPv6]:PORT, unix:PATH or fd://NUMBER instead of --host and --port; "
        "may be given several times",
    )
    parser.add_argument(
        "--socket-mode",
        type=_mode,
        default=0o660,
        help="permissions of unix: sockets, in octal (660)",
    )


def _addresses(options: dict[str, Any]) -> Sequence[Address]:
    host, port, bind = options["host"], options["port"], options["bind"]
    inherited = activated(os.environ)
    if bind:
        if host is not None or port is not None:
            raise CantServe("Give --bind, or --host and --port, not both.")
        return [read_address(text, mode=options["socket_mode"]) for text in bind]
    if inherited and host is None and port is None:
        return inherited
    return [Inet(host or "127.0.0.1", 8000 if port is None else port)]


def _refuse_unless_all_run() -> None:
    if not settings.HUB_STRICT:
        return
    compiled = engine()
    broken = [
        f"{plugin.label} is {compiled.state_of(plugin)} "
        f"({'; '.join(failure.message for failure in compiled.failures_of(plugin))})"
        for plugin in compiled.catalog
        if compiled.state_of(plugin) is not PluginState.RUNNING
    ]
    if broken:
        raise CommandError(f"HUB_STRICT is set, and not every plugin runs: {'; '.join(broken)}")


def _place(listener: socket) -> str:
    """Where ``listener`` is: an address a person on this machine can open, or a file."""
    name = listener.getsockname()
    if listener.family == AF_UNIX:
        return f"unix:{name}"
    host, port = name[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _framed(*lines: str) -> str:
    width = max(map(len, lines))
    edge = "─" * (width + 4)
    return "\n".join((f"┌{edge}┐", *(f"│  {line:<{width}}  │" for line in lines), f"└{edge}┘"))


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"a whole number above 0, not {text!r}")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"a whole number, not {text!r}")
    return int(text)


def _mode(text: str) -> int:
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise ArgumentTypeError(f"permissions in octal, such as 660, not {text!r}")
    return mode
