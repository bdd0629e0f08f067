"""With Redis, a group send reaches the sockets of every process."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis
from websockets.sync.client import connect

from tests.processes import HubProcess
from tests.servers.conftest import SETTINGS, Served
from tests.services import redis_url

pytestmark = pytest.mark.process


@pytest.fixture
def url() -> str:
    try:
        return redis_url()
    except redis.RedisError as error:
        pytest.skip(f"no Redis on 127.0.0.1: {str(error).splitlines()[0]}")


def test_a_send_in_one_process_reaches_the_sockets_of_another(tmp_path: Path, url: str) -> None:
    settings = {**SETTINGS, "REDIS_URL": url, "HUB_SECRET_KEY": "k" * 50}
    with (
        HubProcess(tmp_path, settings=settings) as one,
        HubProcess(tmp_path, settings=settings) as two,
    ):
        here, there = Served("uvicorn", one), Served("uvicorn", two)
        with (
            connect(there.sockets + "/ws/lab/club") as far,
            connect(here.sockets + "/ws/lab/club") as near,
        ):
            assert (far.recv(timeout=20), near.recv(timeout=20)) == ("welcome", "welcome")
            assert here.call("POST", "/api/lab/shout", {"text": "hello"}).status == 200
            for name, socket in (("far", far), ("near", near)):
                text, sent = str(socket.recv(timeout=20)).split()
                assert text == "hello"
                print(f"\n{name}: {(time.time() - float(sent)) * 1000:.1f} ms")
