"""Where ``serve`` listens."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.project.servers.addresses import Inet, Inherited, Unix, activated, read_address
from hub.project.servers.listening import open_all, unix_files
from hub.project.servers.plan import CantServe
from hub.project.servers.surroundings import remove_sockets
from tests.processes import ROOT, HubProcess, Program, answer, clean_environment, free_port
from tests.serving.conftest import SERVERS, eventually


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "hub.sock"


def listen_on(text: str) -> socket.socket:
    (listener,) = open_all([read_address(text)])
    return listener


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("127.0.0.1:80", Inet("127.0.0.1", 80)),
        ("[::1]:0", Inet("::1", 0)),
        (":8000", Inet("0.0.0.0", 8000)),  # noqa: S104
        ("hub.example:65535", Inet("hub.example", 65535)),
        ("unix:/run/hub.sock", Unix(Path("/run/hub.sock"))),
        ("unix:///run/hub.sock", Unix(Path("/run/hub.sock"))),
        ("fd://3", Inherited(3)),
    ],
)
def test_addresses_are_read(text: str, read: object) -> None:
    assert read_address(text) == read


@given(st.text() | st.from_regex(r"(unix:|fd://|\[)?[\w:/\]\[.]*:?\d*"))
def test_any_other_text_is_refused_in_a_sentence(text: str) -> None:
    with suppress(CantServe):
        assert str(read_address(text))


def test_a_stale_socket_file_is_replaced_and_removed_in_the_end(file: Path) -> None:
    listen_on(f"unix:{file}").close()  # leaves its file, as a killed program does
    with closing(listen_on(f"unix:{file}")) as listener:
        assert stat.S_IMODE(file.stat().st_mode) == 0o660
        files = unix_files([listener])
    remove_sockets(files)
    assert not file.exists()


def test_a_file_that_is_in_use_or_no_socket_is_left(file: Path) -> None:
    with closing(listen_on(f"unix:{file}")), pytest.raises(CantServe, match="already in use"):
        listen_on(f"unix:{file}")
    file.unlink()
    file.write_text("precious")
    with pytest.raises(CantServe, match="there is a file that is no socket"):
        listen_on(f"unix:{file}")
    assert file.read_text() == "precious"


def test_the_file_of_another_is_not_removed(file: Path) -> None:
    with closing(listen_on(f"unix:{file}")) as listener:
        files = unix_files([listener])
    file.rename(file.with_name("kept"))  # its inode is not used again
    with closing(listen_on(f"unix:{file}")):
        remove_sockets(files)
        assert file.exists()


def test_any_address_answers_both_families() -> None:
    (listener,) = open_all([Inet("::", 0)])
    with closing(listener):
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=5).close()


def test_a_taken_port_closes_what_was_opened_before() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        free = free_port()
        port = taken.getsockname()[1]
        with pytest.raises(CantServe, match=f"127.0.0.1 port {port} .address already in use"):
            open_all([Inet("127.0.0.1", free), Inet("127.0.0.1", port)])
    socket.create_server(("127.0.0.1", free)).close()


def test_sockets_of_systemd_are_for_the_process_they_are_meant_for() -> None:
    mine = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "HOME": "/"}
    assert activated(mine) == (Inherited(3), Inherited(4))
    assert mine == {"HOME": "/"}
    assert activated({"LISTEN_PID": "1", "LISTEN_FDS": "2"}) == ()


@pytest.mark.process
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.soak
def test_one_hub_listens_on_several_addresses(tmp_path: Path, server: str, file: Path) -> None:
    port, other = free_port(), free_port()
    binds = (f"127.0.0.1:{port}", f"[::1]:{other}", f"unix:{file}")
    options = [word for bind in binds for word in ("--bind", bind)]
    workers = ("--workers", "2") if server == "uvicorn" else ()
    command = [sys.executable, "-m", "hub", "serve", "--server", server, *options, *workers]
    environment = clean_environment(PYTHONPATH=str(ROOT))
    with Program(command, folder=tmp_path, environment=environment) as hub:
        eventually(lambda: answer(f"http://127.0.0.1:{port}/readyz")[0] == 200)
        assert answer(f"http://[::1]:{other}/admin/login/")[0] == 200
        for path in ("/livez", "/admin/login/", "/api/greeter/say-hello?name=World"):
            assert over(file, path) == 200
        assert f"also   unix:{file}" in hub.output
        assert hub.stop() == 0, hub.output
    assert not file.exists()
    assert "Traceback" not in hub.output


def over(file: Path, path: str) -> int:
    """The status of an answer over a Unix socket."""
    connection = HTTPConnection("localhost", timeout=20)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.connect(str(file))
    with closing(connection):
        connection.request("GET", path)
        return connection.getresponse().status


@pytest.mark.process
def test_a_socket_that_was_opened_before_is_served(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "serve", "--bind", f"fd://{listener.fileno()}"],
            cwd=tmp_path,
            env=clean_environment(PYTHONPATH=str(ROOT)),
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )
    try:
        assert answer(f"http://127.0.0.1:{port}/livez", timeout=60)[0] == 200
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.process
def test_any_free_port_is_told(tmp_path: Path) -> None:
    with HubProcess(tmp_path) as hub:
        assert hub.stop() == 0
    command = [sys.executable, "-m", "hub", "serve", "--port", "0"]
    with Program(
        command, folder=tmp_path, environment=clean_environment(PYTHONPATH=str(ROOT))
    ) as it:
        it.wait_for("  web    http://127.0.0.1:")
        url = it.output.partition("  web    ")[2].split("/\n")[0]
        assert eventually(lambda: answer(f"{url}/livez")[0] == 200)
        assert it.stop() == 0
