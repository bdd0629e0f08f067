"""``runtime.py``: what counts as lifespan and worker, and what is refused with a sentence."""

from __future__ import annotations

import pytest

from tests.loader.conftest import Shelf

ALL = """
import threading
from contextlib import asynccontextmanager
from hub.sdk import Restart, worker
from {package}.making import made

start_timeout = 3
stop_timeout = 4

@asynccontextmanager
async def lifespan():
    '''Opens the shop.

    And closes it.'''
    yield

@worker
async def bare():
    '''Sweep.'''

@worker(name="mopping", singleton=True, restart=Restart(initial=2, maximum=8), stop_timeout=1)
def mop(stop: threading.Event): ...

def unmarked(): ...

workers = (made(), unmarked)
"""
MAKING = """
from hub.sdk import worker

def made():
    @worker(name="polishing", restart=None)
    async def polish(): ...
    return polish
"""


def test_a_lifespan_and_workers_are_read(shelf: Shelf) -> None:
    source = ALL.format(package=f"{shelf.folder.name}.shop")
    shelf.plugin("shop", runtime=source, making=MAKING)
    plugin = shelf.loaded("shop")
    assert plugin.failures == ()
    (lifespan,) = plugin.contributed("lifespan")
    assert (lifespan.name, lifespan.detail) == ("shop.lifespan", "Opens the shop.")
    assert (lifespan.value.start_timeout, lifespan.value.stop_timeout) == (3.0, 4.0)
    workers = {entry.name: entry for entry in plugin.contributed("worker")}
    assert set(workers) == {"shop.bare", "shop.mopping", "shop.polishing", "shop.unmarked"}
    assert workers["shop.bare"].detail == "Sweep."
    assert workers["shop.bare"].value.stop_timeout == 4.0  # the module's
    mopping = workers["shop.mopping"].value
    assert (mopping.singleton, mopping.stop_timeout) == (True, 1)
    assert (mopping.restart.initial, mopping.restart.maximum) == (2, 8)
    assert workers["shop.polishing"].value.restart is None


@pytest.mark.parametrize(
    "lifespan",
    [
        "from contextlib import asynccontextmanager as made\n@made\nasync def lifespan(): yield",
        "from contextlib import contextmanager as made\n@made\ndef lifespan(): yield",
        "async def lifespan(): yield",
        "def lifespan(): yield",
        "class lifespan:\n    def __enter__(self): ...\n    def __exit__(self, *_): ...",
        "def lifespan(retries=3): yield",
    ],
)
def test_every_shape_of_a_lifespan_is_taken(shelf: Shelf, lifespan: str) -> None:
    shelf.plugin("shop", runtime=lifespan)
    assert shelf.loaded("shop").failures == ()
    assert [entry.kind for entry in shelf.loaded("shop").contributions] == ["lifespan"]


WORKER = "from hub.sdk import Restart, worker\n"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "it must define 'lifespan', or functions marked @worker"),
        ("lifespan = 5", "'lifespan' must be a function that yields once, not 5"),
        ("async def lifespan(): ...", "it never yields"),
        ("def lifespan(app): yield", "lifespan takes 'app', and nobody gives it that"),
        ("start_timeout = -1\ndef lifespan(): yield", "start_timeout= is a number of seconds"),
        ("stop_timeout = 'x'\ndef lifespan(): yield", "stop_timeout= is a number of seconds"),
        ("workers = 5", "'workers' must be a tuple of functions"),
        ("workers = (5,)", "'workers' must be a tuple of functions"),
        (WORKER + "@worker\nasync def w(): yield", "the worker 'w' yields"),
        (WORKER + "@worker\ndef w(): yield", "the worker 'w' yields"),
        (WORKER + "@worker\ndef w(queue): ...", "the worker 'w' takes 'queue', and nobody"),
        (WORKER + "@worker\nasync def w(stop): ...", "the worker 'w' takes 'stop', and nobody"),
        (WORKER + "@worker(name='a b')\ndef w(): ...", "a worker's name is an identifier"),
        (WORKER + "@worker(restart=5)\ndef w(): ...", "restart= is a Restart(…), or None"),
        (WORKER + "@worker(restart=Restart(initial=0))\ndef w(): ...", "initial= is a number"),
        (WORKER + "@worker(restart=Restart(jitter=2))\ndef w(): ...", "jitter= is a share"),
        (WORKER + "@worker(stop_timeout=True)\ndef w(): ...", "stop_timeout= is a number"),
        (
            WORKER + "@worker(name='one')\ndef a(): ...\n@worker(name='one')\ndef b(): ...",
            "two workers have the name 'one'",
        ),
    ],
)
def test_what_is_wrong_is_told_and_degrades_the_plugin(
    shelf: Shelf, source: str, sentence: str
) -> None:
    shelf.plugin("shop", runtime=source)
    plugin = shelf.loaded("shop")
    (failure,) = plugin.failures
    assert plugin.state == "degraded"
    assert sentence in failure.message
    assert plugin.contributions == ()


def test_an_imported_worker_is_of_the_plugin_that_has_it(shelf: Shelf) -> None:
    source = f"from {shelf.folder.name}.shop.making import there\ndef lifespan(): yield"
    making = WORKER + "@worker\nasync def there(): ..."
    shelf.plugin("shop", runtime=source, making=making)
    assert not list(shelf.loaded("shop").contributed("worker"))
