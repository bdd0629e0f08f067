"""The data folder: the generated key, the SQLite file, and who may read them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub.project.environment import Environment, variables
from hub.project.state import secret_key, sqlite_file

KEY = "k" * 40


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    environment = Environment(HUB_DATA_DIR=tmp_path / "var")
    key = secret_key(environment)
    assert len(key) >= 50
    assert secret_key(environment) == key


def test_only_the_own_user_may_read_the_state(tmp_path: Path) -> None:
    environment = Environment(HUB_DATA_DIR=tmp_path / "var")
    secret_key(environment)
    file = sqlite_file(environment)
    assert mode(tmp_path / "var") == 0o700
    assert mode(tmp_path / "var" / "secret_key") == 0o600
    assert mode(file) == 0o600


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    environment = Environment(HUB_DATA_DIR=tmp_path / "var")
    barrier = Barrier(16)

    def start(_: int) -> str:
        barrier.wait()
        return secret_key(environment)

    with ThreadPoolExecutor(16) as threads:
        keys = set(threads.map(start, range(16)))
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_a_key_from_the_environment_needs_no_folder(tmp_path: Path) -> None:
    environment = Environment(HUB_DATA_DIR=tmp_path / "var", HUB_SECRET_KEY=KEY)
    assert secret_key(environment) == KEY
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "postgres://host/name"),
        ("REDIS_URL", "redis://host"),
        ("CELERY_BROKER_URL", "amqp://host//"),
    ],
)
def test_external_services_require_the_key(tmp_path: Path, variable: str, value: str) -> None:
    environment = Environment(HUB_DATA_DIR=tmp_path / "var", **{variable: value})
    with pytest.raises(ImproperlyConfigured, match="HUB_SECRET_KEY: must be set"):
        secret_key(environment)
    assert not (tmp_path / "var").exists()


def test_a_damaged_key_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("cut")
    with pytest.raises(ImproperlyConfigured, match="HUB_DATA_DIR: the file secret_key"):
        secret_key(Environment(HUB_DATA_DIR=tmp_path))


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = Environment(HUB_DATA_DIR=tmp_path / "file" / "var")
    with pytest.raises(ImproperlyConfigured, match=r"HUB_DATA_DIR: .*Not a directory"):
        secret_key(environment)
    with pytest.raises(ImproperlyConfigured, match=r"HUB_DATA_DIR: .*Not a directory"):
        sqlite_file(environment)


def test_a_database_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "hub.sqlite3"
    file.write_bytes(b"kept")
    assert sqlite_file(Environment(HUB_DATA_DIR=tmp_path)).read_bytes() == b"kept"
