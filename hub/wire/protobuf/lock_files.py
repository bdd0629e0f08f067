"""``protobuf.json``: the locks of the services that a package declares, beside its modules.

Whoever has the package, the hub that serves it or a program that calls it, reads the same numbers.
A package without the file numbers fields in the order of their declaration.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hub.wire.protobuf.lock import FORMAT, BrokenLock, Lock, lock_document, lock_of

NAME: Final = "protobuf.json"


def lock_path(module: str) -> Path | None:
    """Where the locks of what an imported ``module`` declares are: in its own folder. ``None`` for
    one that has no file."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return Path(file).with_name(NAME) if file else None


def lock_for(service: str, module: str) -> Lock | None:
    """The lock of the ``service`` that an imported ``module`` declares; read once a process.
    ``None`` where it has none. Raises :class:`BrokenLock` with the file's name."""
    path = lock_path(module)
    return None if path is None else _read_once(path).get(service)


def read_locks(path: Path) -> dict[str, Lock]:
    """The locks by service; empty where there is no file. Raises :class:`BrokenLock`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenLock(f"{path} can't be read: {error}.") from None
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise BrokenLock(f"it has the format {document['format']!r}, not {FORMAT}.")
        return {
            service: lock_of({**each, "format": FORMAT})
            for service, each in document["services"].items()
        }
    except BrokenLock as error:
        raise BrokenLock(f"{path}: {error}") from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BrokenLock(f"{path} holds no locks: {error!r}.") from None


def write_locks(locks: Mapping[str, Lock]) -> str:
    """The file's text: sorted by service, so that it changes no more than what it tells."""
    services = {
        service: {"package": lock.package, "types": lock_document(lock)["types"]}
        for service, lock in sorted(locks.items())
    }
    document = {"format": FORMAT, "services": services}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


@functools.lru_cache(maxsize=1024)
def _read_once(path: Path) -> dict[str, Lock]:
    return read_locks(path)
