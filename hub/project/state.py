"""What the hub keeps in its data folder: the generated secret key and the SQLite file.

Both are for the hub's own user only: the folder is made with mode 0700, the files with 0600.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from hub.project.environment import Environment

_KEY_LENGTH = 32


def secret_key(environment: Environment) -> str:
    """The key from the environment, else the one generated into the data folder.

    Several processes may start at once on a fresh folder: the key is created exclusively, and
    the loser of the race reads the winner's.
    """
    if environment.secret_key is not None:
        return environment.secret_key.get_secret_value()
    if environment.external:
        raise ImproperlyConfigured(
            "wrong setting: HUB_SECRET_KEY: must be set when DATABASE_URL, REDIS_URL or "
            "CELERY_BROKER_URL is, since several processes must share it. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    try:
        key = _generated_key(_made(environment.data_dir) / "secret_key")
    except OSError as error:
        raise _unwritable(error) from None
    if len(key) < _KEY_LENGTH:
        raise ImproperlyConfigured(
            "wrong setting: HUB_DATA_DIR: the file secret_key in it is damaged; remove it and a "
            "new one is made (sessions and tokens signed with the old one end)"
        )
    return key


def sqlite_file(environment: Environment) -> Path:
    """The embedded database's file, made here so that nobody else may read it. SQLite gives its
    side files the same mode."""
    path = environment.data_dir.resolve() / "hub.sqlite3"
    try:
        _made(environment.data_dir)
        if not path.exists():
            path.touch(mode=0o600)
    except OSError as error:
        raise _unwritable(error) from None
    return path


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _generated_key(path: Path) -> str:
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)  # atomic, and fails where another process was first
        finally:
            Path(draft).unlink()
    return path.read_text().strip()


def _unwritable(error: OSError) -> ImproperlyConfigured:
    reason = error.strerror or type(error).__name__
    return ImproperlyConfigured(
        f"wrong setting: HUB_DATA_DIR: the hub can't keep its state there ({reason})"
    )
