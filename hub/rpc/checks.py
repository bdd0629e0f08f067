"""System check ``hub.W051``: Protobuf's field numbers differ from those that were locked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from hub.loader.checks import finding
from hub.rpc.numbering import numbered
from hub.wire.protobuf.lock import BrokenLock

HINT = "Write the new numbers with 'hub protobuf lock' and commit the file."


def check_locks(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for each in numbered():
        if not each.is_locked:
            continue
        try:
            told = each.differences()
        except BrokenLock as error:
            told = [str(error)]
        found += [finding("051", f"Protobuf numbers: {sentence}", hint=HINT) for sentence in told]
    return found
