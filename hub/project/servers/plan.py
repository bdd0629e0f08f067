"""What ``serve`` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

SERVERS: Final = ("uvicorn", "granian", "daphne")


class CantServe(Exception):
    """Why the server can't start, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """``grace`` is how many seconds calls in flight, and tasks, may take to finish at a stop;
    ``drain_delay`` how many pass before it, while load balancers notice. With ``tasks`` the
    embedded worker and beat run beside the web server."""

    server: str
    workers: int
    grace: int
    drain_delay: int
    tasks: bool


def check_server(server: str) -> None:
    """Raise :class:`CantServe` where ``server`` can't be had."""
    if server == "granian" and find_spec("granian") is None:
        raise CantServe(
            "granian is not installed: pip install 'django-service-hub[granian]', "
            "or choose --server uvicorn."
        )
