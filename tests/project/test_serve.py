"""``serve`` as a real process: it starts, answers, says what is wrong, and stops in good order."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from os import getpid
from pathlib import Path

import psycopg
import pytest

from tests.processes import ROOT, HubProcess, answer, clean_environment, free_port
from tests.services import postgres_database

pytestmark = pytest.mark.process

PASSWORD = re.compile(r"password: (\S+)")


def serve(
    folder: Path, *options: str, command: str = "serve", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "hub", command, *options],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT), **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def postgres() -> Iterator[str]:
    try:
        with postgres_database(f"hub_serve_{getpid()}") as url:
            yield url
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL on 127.0.0.1: {str(error).splitlines()[0]}")


def test_a_running_hub_is_live_and_ready(running_hub: HubProcess) -> None:
    assert answer(f"{running_hub.url}/livez") == (200, b'{"status":"UP"}')
    assert answer(f"{running_hub.url}/readyz") == (200, b'{"status":"UP"}')
    assert answer(f"{running_hub.url}/livez", method="POST")[0] == 405


def test_it_says_where_it_is(running_hub: HubProcess) -> None:
    for path in ("/", "/admin/", "/api/docs"):
        assert f"{running_hub.url}{path}\n" in running_hub.output


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (("--server", "uvicorn"), signal.SIGTERM),
        (("--server", "uvicorn"), signal.SIGINT),
        (("--server", "uvicorn", "--workers", "2"), signal.SIGTERM),
        (("--server", "granian"), signal.SIGINT),
        (("--server", "granian", "--workers", "2"), signal.SIGTERM),
        (("--server", "daphne"), signal.SIGTERM),
        (("--server", "daphne", "--workers", "2"), signal.SIGINT),
    ],
)
def test_every_server_starts_answers_and_stops_with_success(
    tmp_path: Path, options: tuple[str, ...], number: int
) -> None:
    with HubProcess(tmp_path, *options) as hub:
        assert answer(f"{hub.url}/livez")[0] == 200
        assert answer(f"{hub.url}/admin/login/")[0] == 200
        assert hub.stop(number) == 0, hub.output
    assert hub.failures == []


def test_the_first_password_is_shown_once_and_kept_nowhere(tmp_path: Path) -> None:
    with HubProcess(tmp_path, new=True) as first:
        (password,) = PASSWORD.findall(first.output)
        first.stop()
    with HubProcess(tmp_path) as second:
        assert not PASSWORD.search(second.output)
        second.stop()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "var").iterdir() if path.is_file())
    assert password.encode() not in kept


def test_a_given_password_is_never_shown(running_hub: HubProcess) -> None:
    assert "correct horse" not in running_hub.output
    assert "password" not in running_hub.output


def test_requests_are_logged_only_when_asked_for(tmp_path: Path, running_hub: HubProcess) -> None:
    answer(f"{running_hub.url}/livez?quiet")
    with HubProcess(tmp_path, "--access-log") as loud:
        answer(f"{loud.url}/livez?loud")
        loud.stop()
    assert "/livez?loud" in loud.output
    assert "/livez?quiet" not in running_hub.output


def test_a_port_in_use_is_told_in_one_sentence(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for server in ("uvicorn", "granian", "daphne"):
            done = serve(tmp_path, "--server", server, "--port", str(port))
            assert done.returncode == 1
            assert f"Can't listen on 127.0.0.1 port {port} (address already in use)" in done.stderr
            assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["serve", "check", "migrate"])
def test_a_wrong_setting_stops_every_command(tmp_path: Path, command: str) -> None:
    done = serve(tmp_path, command=command, HUB_DEBUG="perhaps", REDIS_URL="http://s3cret")
    assert done.returncode == 2
    assert done.stderr.startswith("hub: wrong setting: HUB_DEBUG: ")
    assert "REDIS_URL: must be an address" in done.stderr
    assert "s3cret" not in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--bind", "nowhere"), "Can't listen on 'nowhere': write HOST:PORT"),
        (("--bind", ":1", "--port", "2"), "Give --bind, or --host and --port, not both"),
        (("--bind", "fd://77"), "Can't listen on fd://77: it is no open socket"),
        (("--socket-mode", "999"), "permissions in octal, such as 660, not '999'"),
        (("--host", "no.such.host.invalid"), "The host 'no.such.host.invalid' is not known"),
        (("--port", "70000"), "a port is a number from 0 to 65535, not '70000'"),
        (("--workers", "0"), "a whole number above 0, not '0'"),
        (("--server", "apache"), "invalid choice: 'apache'"),
    ],
)
def test_options_that_can_not_be_are_told(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    done = serve(tmp_path, *options)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_is_waited_for_and_told(tmp_path: Path) -> None:
    done = serve(
        tmp_path,
        "--wait",
        "1",
        DATABASE_URL=f"postgres://hub:s3cret@127.0.0.1:{free_port()}/hub",
        HUB_SECRET_KEY="k" * 40,
    )
    assert done.returncode == 1
    assert "Waiting for the database" in done.stderr
    assert "The database did not answer within 1 seconds" in done.stderr
    assert "s3cret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_two_that_start_at_once_on_a_new_folder_both_serve(tmp_path: Path) -> None:
    one, two = HubProcess(tmp_path, new=True), HubProcess(tmp_path, new=True)
    with one, two:
        passwords = PASSWORD.findall(one.output + two.output)
        assert len(passwords) == 1
        assert (one.stop(), two.stop()) == (0, 0)


def test_two_that_start_at_once_on_a_new_postgresql_both_serve(
    tmp_path: Path, postgres: str
) -> None:
    settings = {"DATABASE_URL": postgres, "HUB_SECRET_KEY": "k" * 40}
    one, two = (HubProcess(tmp_path, settings=settings) for _ in range(2))
    with one, two:
        assert len(PASSWORD.findall(one.output + two.output)) == 1
        assert answer(f"{one.url}/admin/login/")[0] == 200
        assert (one.stop(), two.stop()) == (0, 0)
    assert not (tmp_path / "var").exists()
