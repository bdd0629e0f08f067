"""Protobuf's field numbers of this hub's services, against the committed ``protobuf.json`` files.

A plugin gets such a file once somebody locks its numbers; from then on code and file must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.operations.services.exposed import ExposedService, exposed_services
from hub.rpc.codecs import PROTOBUF
from hub.wire.protobuf.lock import Lock, differences
from hub.wire.protobuf.lock_files import lock_path, read_locks, write_locks
from hub.wire.protobuf.services import ServiceFile, service_file


@dataclass(frozen=True, slots=True)
class Numbered:
    """The services whose numbers stand in one file."""

    path: Path
    services: tuple[ExposedService, ...]

    @property
    def is_locked(self) -> bool:
        return self.path.is_file()

    def compiled(self) -> Mapping[str, ServiceFile]:
        """With the numbers of the file as it is now. Raises :class:`BrokenLock`."""
        locks = read_locks(self.path)
        return {
            service.name: service_file(service.name, service.types(), locks.get(service.name))
            for service in self.services
        }

    def text(self) -> str:
        """What to write, so that file and code agree. A service that went keeps its numbers."""
        fitting: dict[str, Lock] = {name: each.file.lock for name, each in self.compiled().items()}
        return write_locks({**read_locks(self.path), **fitting})

    def differences(self) -> list[str]:
        """Where file and code differ, a sentence each."""
        locks, found = read_locks(self.path), list[str]()
        for name, each in self.compiled().items():
            lock = locks.get(name)
            if lock is None:
                found.append(f"The service '{name}' is not in {self.path}.")
            else:
                found += [f"{name}: {told}" for told in differences(each.file.shapes, lock)]
        return found


def numbered(services: Iterable[ExposedService] | None = None) -> Iterator[Numbered]:
    """By file, of the services that are exposed over Protobuf."""
    chosen = exposed_services().by_name.values() if services is None else services
    by_path: dict[Path, list[ExposedService]] = {}
    for service in chosen:
        path = lock_path(service.module)
        if path is not None and PROTOBUF.name in service.channels:
            by_path.setdefault(path, []).append(service)
    return (Numbered(path, tuple(each)) for path, each in by_path.items())
